"""What does not apply, each time with the reason: never a finding, and never a pass."""

from typing import Any

import pytest

from diagnostics.rules.base import Reason
from diagnostics.samples.healthy import UC_ZONE, healthy
from tests.diagnostics.rules.cases.base import node, reissue, without
from tests.diagnostics.rules.judging import AT, diagnosis, findings, outcomes


def reasons(document: dict[str, Any], code: str) -> set[tuple[str | None, str]]:
    return {(item["node"] or item["cluster"], item["reason"]) for item in outcomes(document, code, "does-not-apply")}


@pytest.mark.parametrize("form", ["inventory", "artefacts"])
def test_with_mobile_and_remote_access_off_nothing_about_unified_cm_and_domains_applies(form):
    plan = healthy(at=AT, im_presence=1)
    plan.mra_enabled = False
    without(plan, "expc1", "ucm-root")
    without(plan, "cucm1", "private-root", store="tomcat-trust")
    reissue(plan, "cucm1", "tomcat", common_name="cucm", dns=["cucm"])
    reissue(plan, "expe1", dns=["expe1.example.com", "expe.example.com"])
    document = diagnosis(plan, form)

    assert findings(document, plan) == set()
    expected = {
        "uc-node-ca-not-trusted": ("expc1.example.com", "expc2.example.com"),
        "uc-node-name-not-in-cert": ("cucm1.example.com", "imp1.example.com"),
        "uc-expc-chain-missing-on-ucm": ("cucm1.example.com",),
        "edge-domain-missing-from-san": ("expe.example.com",),
    }
    for code, places in expected.items():
        assert reasons(document, code) == {(place, Reason.MRA_OFF) for place in places}
        assert {item["outcome"] for item in outcomes(document, code)} == {"does-not-apply"}


def test_a_single_node_needs_no_cluster_name_and_no_name_in_common():
    plan = healthy(at=AT, expressway_c=1, expressway_e=1)
    document = diagnosis(plan)

    assert reasons(document, "cluster-name-missing-from-san") == {
        ("expc1.example.com", Reason.SINGLE_NODE),
        ("expe1.example.com", Reason.SINGLE_NODE),
    }
    assert reasons(document, "traversal-verify-name-partial-cluster") == {("expc1.example.com", Reason.SINGLE_NODE)}


def test_what_is_not_verified_does_not_apply():
    plan = healthy(at=AT)
    plan.zone("expc.example.com", UC_ZONE).tls_verify = False
    plan.zone("expc.example.com", UC_ZONE).peers[:] = ["198.51.100.21", "nobody.example.com"]
    plan.zone("expe.example.com", UC_ZONE).tls_verify = False
    plan.zone("expe.example.com", UC_ZONE).verify_name = "nobody.example.com"
    document = diagnosis(plan)

    assert {item.code for item in findings(document, plan)} == {"traversal-tls-verify-off"}
    assert reasons(document, "traversal-peer-ca-not-trusted") == {
        ("expc.example.com", Reason.VERIFY_OFF),
        ("expe.example.com", Reason.VERIFY_OFF),
    }


def test_verification_that_is_off_at_one_end_leaves_the_other_end_judged():
    plan = healthy(at=AT)
    plan.zone("expc.example.com", UC_ZONE).tls_verify = False
    without(plan, "expe1", "private-root")
    document = diagnosis(plan)

    assert {(item.code, item.node) for item in findings(document, plan)} == {
        ("traversal-tls-verify-off", None),
        ("traversal-peer-ca-not-trusted", "expe1.example.com"),
    }
    assert reasons(document, "traversal-peer-ca-not-trusted") == {("expc.example.com", Reason.VERIFY_OFF)}


def test_a_zone_without_unified_communications_may_have_verification_off():
    plan = healthy(at=AT, expressway_c=1, expressway_e=1)
    for cluster in ("expc1.example.com", "expe1.example.com"):
        zone = plan.zone(cluster, UC_ZONE)
        zone.unified_communications, zone.tls_verify = False, False
    document = diagnosis(plan)

    assert findings(document, plan) == set()
    assert reasons(document, "traversal-tls-verify-off") == {
        ("expc1.example.com", Reason.NOT_UNIFIED_COMMUNICATIONS),
        ("expe1.example.com", Reason.NOT_UNIFIED_COMMUNICATIONS),
    }
    assert outcomes(document, "ssh-tunnel-intermediate-missing") == []


@pytest.mark.parametrize(
    ("code", "spoil", "place", "other"),
    [
        (
            "traversal-peer-address-not-in-cert",
            lambda plan: plan.zone("expc.example.com", UC_ZONE).peers.__setitem__(0, "198.51.100.21"),
            "expc.example.com",
            "traversal-peer-address-is-ip",
        ),
        (
            "traversal-peer-address-not-in-cert",
            lambda plan: reissue(plan, "expe1", dns=["expe.example.com", "collab-edge.example.com"]),
            "expc.example.com",
            "name-only-in-cn",
        ),
        (
            "ssh-tunnel-intermediate-missing",
            lambda plan: without(plan, "expc1", "public-root"),
            "expc1.example.com",
            "traversal-peer-ca-not-trusted",
        ),
        (
            "server-cert-expiring",
            lambda plan: reissue(plan, "expe1", not_before=AT.replace(year=2025), not_after=AT.replace(minute=0)),
            "expe1.example.com",
            "server-cert-expired",
        ),
        (
            "traversal-verify-name-partial-cluster",
            lambda plan: setattr(plan.zone("expe.example.com", UC_ZONE), "verify_name", "wrong.example.com"),
            "expc1.example.com",
            "traversal-verify-name-not-in-cert",
        ),
        (
            "name-only-in-cn",
            lambda plan: reissue(
                plan, "expe1", common_name="edge", dns=["expe.example.com", "collab-edge.example.com"]
            ),
            "expe1.example.com",
            "traversal-peer-address-not-in-cert",
        ),
        (
            "name-only-in-cn",
            lambda plan: plan.zone("expc.example.com", UC_ZONE).peers.__setitem__(0, "198.51.100.21"),
            "expe1.example.com",
            "traversal-peer-address-is-ip",
        ),
        (
            "name-only-in-cn",
            lambda plan: setattr(plan.zone("expe.example.com", UC_ZONE), "verify_name", "wrong.example.com"),
            "expc1.example.com",
            "traversal-verify-name-not-in-cert",
        ),
        (
            "name-only-in-cn",
            lambda plan: setattr(plan.zone("expe.example.com", UC_ZONE), "verify_name", "expc2.example.com"),
            "expc1.example.com",
            "traversal-verify-name-partial-cluster",
        ),
    ],
    ids=[
        "address: is-ip",
        "address: only-in-cn",
        "tunnel: zone",
        "expiring: expired",
        "partial: nobody",
        "only-in-cn: address",
        "only-in-cn: is-ip",
        "only-in-cn: nobody",
        "only-in-cn: partial",
    ],
)
def test_of_two_rules_that_see_one_fault_one_names_the_other_and_that_one_speaks(code, spoil, place, other):
    plan = healthy(at=AT)
    spoil(plan)
    document = diagnosis(plan)
    passed_on = [item for item in outcomes(document, code, "does-not-apply") if item["reason"] == Reason.OTHER_CHECK]

    assert place in {item["node"] or item["cluster"] for item in passed_on}
    assert {item["params"]["other"] for item in passed_on} == {other}
    assert other in {item.code for item in findings(document, plan)}
    assert code not in {item.code for item in findings(document, plan)}


def test_without_a_revocation_list_nothing_of_the_kind_applies():
    document = diagnosis(healthy(at=AT, expressway_c=1, expressway_e=0, unified_cm=0))

    assert reasons(document, "crl-revoked") == {("expc1.example.com", Reason.NOTHING_OF_THE_KIND)}
    assert reasons(document, "crl-expired") == {(None, Reason.NOTHING_OF_THE_KIND)}


def test_what_the_publisher_has_handed_in_is_not_asked_of_the_subscriber():
    """Unified CM hands its lists on; with neither at hand, both are open."""
    plan = healthy(at=AT, unified_cm=2)
    node(plan, "cucm2").trust.clear()
    document = diagnosis(plan)
    node(plan, "cucm1").trust.clear()
    code = "uc-expc-chain-missing-on-ucm"

    assert findings(document, plan) == set()
    assert document["summary"]["cannot_tell"] == 0
    assert reasons(document, code) == {("cucm2.example.com", Reason.OTHER_CHECK)}
    assert {item["node"] for item in outcomes(diagnosis(plan), code, "cannot-tell")} == {
        "cucm1.example.com",
        "cucm2.example.com",
    }
