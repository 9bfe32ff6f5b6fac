"""What cannot be told, each time with what would settle it."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from cryptography import x509

from diagnostics.reports.render import render
from diagnostics.rules.base import Reason
from diagnostics.samples.artefacts import as_artefacts, diagnostic_members, tar_gz
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import UC_ZONE, healthy
from diagnostics.samples.inventory import Files
from tests.diagnostics.rules.cases.base import every_list, node, reissue, without
from tests.diagnostics.rules.judging import AT, diagnosis, diagnosis_of, findings, full, outcomes

CORES, EDGES = ("expc1", "expc2"), ("expe1", "expe2")
Open = tuple[str, str | None, str | None, Reason]  # code, node or cluster, peer, reason


def without_member(plan: EstatePlan, prefix: str, *hosts: str) -> Files:
    """The artefacts, but for one member in the diagnostic archives of the hosts."""
    files = as_artefacts(plan)
    for host in hosts:
        kept = {
            name: content
            for name, content in diagnostic_members(plan, node(plan, host)).items()
            if not name.startswith(prefix)
        }
        (archive,) = (name for name in files if name.startswith(f"diagnostic_log_{host}_"))
        assert len(kept) == len(diagnostic_members(plan, node(plan, host))) - 1
        files[archive] = tar_gz(kept, plan.at)
    return files


def opened(document: dict[str, Any]) -> set[Open]:
    """Every check that could not be made."""
    return {
        (item["code"], item["node"] or item["cluster"], item["peer"], Reason(item["reason"]))
        for item in document["outcomes"]
        if item["outcome"] == "cannot-tell"
    }


def at(
    codes: str | Iterable[str], places: Iterable[str], reason: Reason, peers: Iterable[str | None] = (None,)
) -> set[Open]:
    """Every code at every place towards every peer."""
    peers = list(peers)
    named = [codes] if isinstance(codes, str) else codes
    return {(code, full(place), full(peer), reason) for code in named for place in places for peer in peers}


def settled(document: dict[str, Any], *expected: set[Open]) -> None:
    """Exactly these checks are open; each names what to upload, and nobody calls the estate healthy."""
    assert opened(document) == set().union(*expected)
    assert document["findings"] == []
    assert document["summary"]["verdict"] == "unknown"
    for item in render(document)["outcomes"]:
        if item["outcome"] == "cannot-tell":
            assert item["reason"]
            assert item["settled_by"]
            assert "{" not in item["reason"] + item["settled_by"]
            assert "not known" not in item["settled_by"]


TRUST = ("traversal-peer-ca-not-trusted", "ssh-tunnel-intermediate-missing")


def test_without_the_list_of_an_expressway_c_no_chain_can_be_told_there():
    plan = healthy(at=AT)
    document = diagnosis_of(without_member(plan, "ca_", "expc1"), "artefacts")

    settled(
        document,
        at("own-chain-gap", ["expc1"], Reason.LIST_UNKNOWN),
        at(TRUST, ["expc1"], Reason.LIST_UNKNOWN, EDGES),
        at("uc-node-ca-not-trusted", ["expc1"], Reason.LIST_UNKNOWN, ["cucm1"]),
    )
    assert "diagnostic log of expc1.example.com" in str(render(document)["outcomes"])


def test_without_the_list_of_an_expressway_e_no_chain_can_be_told_there():
    document = diagnosis_of(without_member(healthy(at=AT), "ca_", "expe2"), "artefacts")

    settled(
        document,
        at("own-chain-gap", ["expe2"], Reason.LIST_UNKNOWN),
        at(TRUST, ["expe2"], Reason.LIST_UNKNOWN, CORES),
    )


def test_without_a_list_in_an_inventory_the_upload_cannot_be_told():
    plan = healthy(at=AT)
    node(plan, "expe1").trust.clear()

    settled(
        diagnosis(plan),
        at("own-ca-not-trusted", ["expe1"], Reason.LIST_UNKNOWN),
        at(TRUST, ["expe1"], Reason.LIST_UNKNOWN, CORES),
    )


def test_without_the_certificate_of_an_expressway_e_nothing_that_it_carries_can_be_told():
    settled(
        diagnosis_of(without_member(healthy(at=AT), "server_", "expe1"), "artefacts"),
        at("traversal-peer-address-not-in-cert", ["expc"], Reason.CERTIFICATE_UNKNOWN, ["expe1"]),
        at(
            (
                "own-ca-not-trusted",
                "eku-client-auth-missing",
                "edge-domain-missing-from-san",
                "cluster-name-missing-from-san",
            ),
            ["expe1"],
            Reason.CERTIFICATE_UNKNOWN,
        ),
        at(TRUST, CORES, Reason.CERTIFICATE_UNKNOWN, ["expe1"]),
    )


def test_without_the_certificate_of_an_expressway_c_nothing_that_it_carries_can_be_told():
    settled(
        diagnosis_of(without_member(healthy(at=AT), "server_", "expc2"), "artefacts"),
        at("traversal-verify-name-not-in-cert", ["expe"], Reason.CERTIFICATE_UNKNOWN),
        at(
            (
                "own-ca-not-trusted",
                "eku-client-auth-missing",
                "ssh-tunnel-client-eku-missing",
                "cluster-name-missing-from-san",
            ),
            ["expc2"],
            Reason.CERTIFICATE_UNKNOWN,
        ),
        at(TRUST, EDGES, Reason.CERTIFICATE_UNKNOWN, ["expc2"]),
        at("uc-expc-chain-missing-on-ucm", ["cucm1"], Reason.CERTIFICATE_UNKNOWN, ["expc2"]),
    )


def test_from_x15_5_it_is_the_client_certificate_that_is_asked_for():
    plan = healthy(at=AT, split_stores=True)
    document = diagnosis_of(without_member(plan, "client_", "expc1"), "artefacts")

    settled(
        document,
        at("traversal-verify-name-not-in-cert", ["expe"], Reason.CERTIFICATE_UNKNOWN),
        at(
            ("eku-client-auth-missing", "ssh-tunnel-client-eku-missing"),
            ["expc1"],
            Reason.CERTIFICATE_UNKNOWN,
        ),
        at(TRUST, EDGES, Reason.CERTIFICATE_UNKNOWN, ["expc1"]),
        at("uc-expc-chain-missing-on-ucm", ["cucm1"], Reason.CERTIFICATE_UNKNOWN, ["expc1"]),
    )
    assert all(item["params"]["slot"] == "client" for item in document["outcomes"] if item["outcome"] == "cannot-tell")


def test_without_the_snapshot_of_unified_cm_nothing_can_be_told_about_it():
    files = as_artefacts(healthy(at=AT))
    del files["cucm1.example.com_certificates.json"]

    settled(
        diagnosis_of(files, "artefacts"),
        at("uc-node-ca-not-trusted", CORES, Reason.CERTIFICATE_UNKNOWN, ["cucm1"]),
        at("uc-node-name-not-in-cert", ["cucm1"], Reason.CERTIFICATE_UNKNOWN),
        at("uc-expc-chain-missing-on-ucm", ["cucm1"], Reason.LIST_UNKNOWN, CORES),
    )


def test_without_the_configuration_of_expressway_c_zones_and_domains_are_open():
    settled(
        diagnosis_of(without_member(healthy(at=AT), "xconf_", *CORES), "artefacts"),
        at(("traversal-verify-name-not-in-cert", TRUST[0]), ["expe"], Reason.OTHER_END_UNKNOWN),
        at("edge-domain-missing-from-san", ["expe"], Reason.DOMAINS_UNKNOWN),
    )


def test_without_any_expressway_e_the_other_end_is_open():
    document = diagnosis(healthy(at=AT, expressway_e=0))

    settled(document, at(TRUST[0], ["expc"], Reason.OTHER_END_UNKNOWN))


def test_without_any_expressway_c_the_other_end_and_its_domains_are_open():
    plan = healthy(at=AT, expressway_c=0, mra_domains=["example.com"])
    plan.zone("expe.example.com", UC_ZONE).verify_name = "expc.example.com"

    settled(
        diagnosis_of(as_artefacts(plan), "artefacts"),
        at(("traversal-verify-name-not-in-cert", TRUST[0]), ["expe"], Reason.OTHER_END_UNKNOWN),
        at("edge-domain-missing-from-san", ["expe"], Reason.DOMAINS_UNKNOWN),
    )


def test_an_address_that_could_mean_a_node_nobody_has_handed_in_is_open():
    plan = healthy(at=AT, expressway_e=3)
    plan.zone("expc.example.com", UC_ZONE).peers[:] = ["a.dmz.internal", "b.dmz.internal", "c.dmz.internal"]
    (edges,) = (item for item in plan.clusters if item.role == "expressway-e")
    del edges.nodes[2]
    document = diagnosis(plan)

    settled(document, at("traversal-peer-address-not-in-cert", ["expc"], Reason.PEER_UNKNOWN))
    assert {item["params"]["address"] for item in outcomes(document, "traversal-peer-address-not-in-cert")} == {
        "a.dmz.internal",
        "b.dmz.internal",
        "c.dmz.internal",
    }


def test_an_ip_address_that_could_mean_a_node_nobody_has_handed_in_is_open():
    plan = healthy(at=AT, expressway_e=3)
    plan.zone("expc.example.com", UC_ZONE).peers[2] = "203.0.113.9"
    (edges,) = (item for item in plan.clusters if item.role == "expressway-e")
    del edges.nodes[2]

    settled(diagnosis(plan), at("traversal-peer-address-is-ip", ["expc"], Reason.PEER_UNKNOWN))


def _no_domains(plan: EstatePlan) -> None:
    plan.mra_domains.clear()


def _no_verify_mode(plan: EstatePlan) -> None:
    plan.zone("expe.example.com", UC_ZONE).tls_verify = None


def _no_verify_name(plan: EstatePlan) -> None:
    plan.zone("expe.example.com", UC_ZONE).verify_name = None


def _short_cluster_name(plan: EstatePlan) -> None:
    plan.cluster("expc.example.com").name = "expc"


def _no_lists_on_unified_cm(plan: EstatePlan) -> None:
    node(plan, "cucm1").trust.clear()


def _no_certificates_on_unified_cm(plan: EstatePlan) -> None:
    node(plan, "cucm1").identity.clear()


def _no_usages(plan: EstatePlan) -> None:
    reissue(plan, "expc1", usages=None)


def _no_setting(plan: EstatePlan) -> None:
    plan.cluster("expe.example.com").version = "X15.4"
    reissue(plan, "expe1", usages=("server",))


def _elsewhere(plan: EstatePlan) -> None:
    """The CA of Unified CM may sign for other names only."""
    other = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.org")], excluded_subtrees=None)
    every_list(plan, "ucm-root", plan.authorities["ucm-root"].renewed(name_constraints=other))


USAGE_CODES = ("eku-client-auth-missing", "eku-server-auth-missing", "ssh-tunnel-client-eku-missing")
LEFT_OUT: list[tuple[Callable[[EstatePlan], None], set[Open]]] = [
    (_no_domains, at("edge-domain-missing-from-san", ["expe"], Reason.DOMAINS_UNKNOWN)),
    (_no_verify_mode, at("traversal-tls-verify-off", ["expe"], Reason.SETTING_UNKNOWN)),
    (_no_verify_name, at("traversal-verify-name-not-in-cert", ["expe"], Reason.VERIFY_NAME_UNKNOWN)),
    (_short_cluster_name, {("cluster-name-missing-from-san", "expc", None, Reason.CLUSTER_NAME_UNKNOWN)}),
    (_no_lists_on_unified_cm, at("uc-expc-chain-missing-on-ucm", ["cucm1"], Reason.LIST_UNKNOWN, CORES)),
    (
        _no_certificates_on_unified_cm,
        at("uc-node-ca-not-trusted", CORES, Reason.CERTIFICATE_UNKNOWN, ["cucm1"])
        | at("uc-node-name-not-in-cert", ["cucm1"], Reason.CERTIFICATE_UNKNOWN),
    ),
    (_no_usages, at(USAGE_CODES, ["expc1"], Reason.NO_USAGE_EXTENSION)),
    (_no_setting, at("eku-client-auth-missing", ["expe1"], Reason.SETTING_UNKNOWN)),
    (_elsewhere, at("uc-node-ca-not-trusted", CORES, Reason.UNREADABLE, ["cucm1"])),
]


@pytest.mark.parametrize(("leave_out", "expected"), LEFT_OUT, ids=[item.__name__.strip("_") for item, _ in LEFT_OUT])
def test_what_an_inventory_leaves_out_is_open_and_nothing_else(leave_out, expected):
    plan = healthy(at=AT)
    leave_out(plan)

    settled(diagnosis(plan), expected)


def test_one_unjudgeable_certificate_does_not_hide_what_another_lacks():
    plan = healthy(at=AT)
    without(plan, "expc2", "ucm-root")
    _elsewhere(plan)
    document = diagnosis(plan)

    assert {(item.code, item.node) for item in findings(document, plan)} == {
        ("uc-node-ca-not-trusted", "expc2.example.com")
    }
    assert opened(document) == at("uc-node-ca-not-trusted", ["expc1"], Reason.UNREADABLE, ["cucm1"])
