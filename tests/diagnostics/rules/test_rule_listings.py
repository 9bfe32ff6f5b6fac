"""What rules say of a Unified CM of which only `show cert` is at hand, and that they say how they know."""

import pytest

from diagnostics.reports.render import render
from diagnostics.rules.base import Reason
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.healthy import healthy
from tests.builders.unified_cm import PAGER, capture, list_trust, show_own
from tests.diagnostics.rules.judging import AT, diagnosis_of, findings, said

NAME = "cucm1.example.com"
SNAPSHOT = f"{NAME}_certificates.json"
WEAK = "This rests on a listing of names and serial numbers"


@pytest.fixture
def plan():
    return healthy(at=AT)


def with_listing(plan, trust, *further, after=(), host=NAME):
    """The estate with a terminal session in the place of the Unified CM's snapshot."""
    node = plan.node(NAME)
    own = [show_own(slot, node.issued(slot)) for slot in node.identity]
    files = {path: content for path, content in as_artefacts(plan).items() if path != SNAPSHOT}
    return {**files, "session.txt": capture(list_trust(trust, further), after, *own, host=host)}


def without(plan, *authorities):
    gone = [plan.authorities[name].certificate for name in authorities]
    return {store: [item for item in items if item not in gone] for store, items in plan.node(NAME).trust.items()}


def test_a_healthy_estate_is_as_healthy_with_listings(plan):
    with_snapshot = diagnosis_of(as_artefacts(plan), "artefacts")
    listed = diagnosis_of(with_listing(plan, plan.node(NAME).trust), "artefacts")
    assert listed["findings"] == []
    assert listed["summary"]["verdict"] == with_snapshot["summary"]["verdict"] == "healthy"
    assert {(item["code"], item["outcome"]) for item in listed["outcomes"]} == {
        (item["code"], item["outcome"]) for item in with_snapshot["outcomes"]
    }


def test_a_ca_that_the_listing_lacks_is_missing_and_the_finding_says_how_it_is_known(plan):
    document = diagnosis_of(with_listing(plan, without(plan, "private-root")), "artefacts")
    assert findings(document, plan) == {
        said(
            "uc-expc-chain-missing-on-ucm",
            "critical",
            node="cucm1",
            store=store,
            peers=["expc1", "expc2"],
            about=["expc1 server", "expc2 server"],
            missing=("private-root",),
        )
        for store in ("tomcat-trust", "callmanager-trust")
    }
    for finding in render(document)["findings"]:
        assert WEAK in finding["explanation"]
        assert ("session.txt", finding["store"]) in {(item["upload"], item["member"]) for item in finding["evidence"]}


def test_the_same_finding_from_certificates_says_nothing_of_the_kind(plan):
    plan.node(NAME).trust = without(plan, "private-root")
    rendered = render(diagnosis_of(as_artefacts(plan), "artefacts"))["findings"]
    assert len(rendered) == 2
    assert not any(WEAK in finding["explanation"] for finding in rendered)


def test_an_entry_of_the_same_name_and_another_serial_number_may_be_what_is_missing(plan):
    name = "Example_Corporation_Root_CA"
    renewed = [f"{store}/{name}_4711.pem: Trust Certificate" for store in ("tomcat-trust", "CallManager-trust")]
    document = diagnosis_of(with_listing(plan, without(plan, "private-root"), *renewed), "artefacts")
    assert document["findings"] == []
    assert {
        (item["node"], item["code"]) for item in document["outcomes"] if item["reason"] == Reason.LIST_INCOMPLETE
    } == {(NAME, "uc-expc-chain-missing-on-ucm")}
    (words, *_) = [
        item["reason"] for item in render(document)["outcomes"] if item["reason_code"] == Reason.LIST_INCOMPLETE
    ]
    assert "is known by its name alone" in words


def test_an_entry_of_another_name_is_not_what_is_missing(plan):
    other = ["tomcat-trust/Cisco_Manufacturing_CA_SHA2_02.pem: x", "CallManager-trust/CAPF-36205338.pem: x"]
    document = diagnosis_of(with_listing(plan, without(plan, "private-root"), *other), "artefacts")
    assert {item["code"] for item in document["findings"]} == {"uc-expc-chain-missing-on-ucm"}


def test_nothing_is_missing_from_a_listing_that_was_cut_short(plan):
    document = diagnosis_of(with_listing(plan, without(plan, "private-root"), PAGER), "artefacts")
    assert document["findings"] == []
    assert any(item["reason"] == Reason.LIST_INCOMPLETE for item in document["outcomes"])


def test_a_snapshot_beats_the_listing_beside_it(plan):
    files = with_listing(plan, without(plan, "private-root"))
    document = diagnosis_of({**files, SNAPSHOT: as_artefacts(plan)[SNAPSHOT]}, "artefacts")
    assert document["findings"] == []
