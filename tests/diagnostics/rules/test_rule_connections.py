"""The row of a connection says what the findings say of it."""

from typing import Any

from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import healthy
from tests.diagnostics.rules.cases.base import elsewhere, instead
from tests.diagnostics.rules.cases.uc_nodes import intermediate_absent
from tests.diagnostics.rules.judging import AT, diagnosis


def https_row(plan: EstatePlan) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The connection from expc1 to Unified CM, and the findings that it names."""
    document = diagnosis(plan)
    (row,) = (
        item
        for item in document["connections"]
        if (item["service"], item["client"]) == ("uc-https", "expc1.example.com")
    )
    return row, [item for item in document["findings"] if item["id"] in row["findings"]]


def test_a_chain_that_lacks_nothing_and_is_refused_fails_on_the_way_to_unified_cm():
    plan = healthy(at=AT)
    instead(plan, "expc1", "ucm-root", elsewhere(plan.authorities["ucm-root"]).certificate)
    row, found = https_row(plan)

    assert (row["verdict"], row["client_verifies"]["chain"]) == ("fails", "violated")
    assert {(item["code"], item["variant"]) for item in found} == {("uc-node-ca-not-trusted", "refused")}


def test_a_chain_that_unified_cm_refuses_fails_as_well():
    plan = healthy(at=AT)
    other = elsewhere(plan.authorities["private-root"]).certificate
    instead(plan, "cucm1", "private-root", other, store="tomcat-trust")
    row, found = https_row(plan)

    assert (row["verdict"], row["server_verifies"]["chain"]) == ("fails", "violated")
    assert {(item["code"], item["variant"]) for item in found} == {("uc-expc-chain-missing-on-ucm", "refused")}


def test_an_intermediate_that_unified_cm_may_send_leaves_the_connection_open():
    plan = healthy(at=AT)
    intermediate_absent(plan)
    row, found = https_row(plan)

    assert (row["verdict"], row["client_verifies"]["chain"]) == ("cannot-tell", "cannot-tell")
    assert {(item["code"], item["severity"]) for item in found} == {("uc-node-ca-not-trusted", "high")}
