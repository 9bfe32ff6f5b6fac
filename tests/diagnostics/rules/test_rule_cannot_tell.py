"""What cannot be told, each time with what would settle it."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from diagnostics.reports.render import render
from diagnostics.rules.base import Reason
from diagnostics.samples.artefacts import as_artefacts, diagnostic_members, tar_gz
from diagnostics.samples.authority import pem
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import UC_ZONE, healthy
from diagnostics.samples.inventory import Files, as_inventory
from tests.diagnostics.rules.cases.base import node, reissue
from tests.diagnostics.rules.cases.files import container, request
from tests.diagnostics.rules.judging import AT, diagnosis, diagnosis_of, full, outcomes

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
DATES = ("server-cert-expired", "server-cert-not-yet-valid", "server-cert-expiring")
OF_A_SERVER = (*DATES, "eku-server-auth-missing")
CA_DATES = "trust-ca-expired"
NAMES = ("traversal-verify-name-not-in-cert", "traversal-verify-name-partial-cluster", "name-only-in-cn")


def test_without_the_list_of_an_expressway_c_no_chain_can_be_told_there():
    plan = healthy(at=AT)
    document = diagnosis_of(without_member(plan, "ca_", "expc1"), "artefacts")

    settled(
        document,
        at(("own-chain-gap", CA_DATES), ["expc1"], Reason.LIST_UNKNOWN),
        at(TRUST, ["expc1"], Reason.LIST_UNKNOWN, EDGES),
        at("uc-node-ca-not-trusted", ["expc1"], Reason.LIST_UNKNOWN, ["cucm1"]),
    )
    assert "diagnostic log of expc1.example.com" in str(render(document)["outcomes"])


def test_without_the_list_of_an_expressway_e_no_chain_can_be_told_there():
    document = diagnosis_of(without_member(healthy(at=AT), "ca_", "expe2"), "artefacts")

    settled(
        document,
        at(("own-chain-gap", CA_DATES), ["expe2"], Reason.LIST_UNKNOWN),
        at(TRUST, ["expe2"], Reason.LIST_UNKNOWN, CORES),
    )


def test_without_a_list_in_an_inventory_the_upload_cannot_be_told():
    plan = healthy(at=AT)
    node(plan, "expe1").trust.clear()

    settled(
        diagnosis(plan),
        at(("own-ca-not-trusted", CA_DATES), ["expe1"], Reason.LIST_UNKNOWN),
        at(TRUST, ["expe1"], Reason.LIST_UNKNOWN, CORES),
    )


def test_without_the_certificate_of_an_expressway_e_nothing_that_it_carries_can_be_told():
    settled(
        diagnosis_of(without_member(healthy(at=AT), "server_", "expe1"), "artefacts"),
        at(("traversal-peer-address-not-in-cert", "name-only-in-cn"), ["expc"], Reason.CERTIFICATE_UNKNOWN, ["expe1"]),
        at(
            (
                *OF_A_SERVER,
                "own-ca-not-trusted",
                "eku-client-auth-missing",
                "edge-domain-missing-from-san",
                "cluster-name-missing-from-san",
            ),
            ["expe1"],
            Reason.CERTIFICATE_UNKNOWN,
        ),
        at((*TRUST, CA_DATES), CORES, Reason.CERTIFICATE_UNKNOWN, ["expe1"]),
    )


def test_without_the_certificate_of_an_expressway_c_nothing_that_it_carries_can_be_told():
    settled(
        diagnosis_of(without_member(healthy(at=AT), "server_", "expc2"), "artefacts"),
        at(NAMES, ["expe"], Reason.CERTIFICATE_UNKNOWN),
        at(
            (
                *OF_A_SERVER,
                "own-ca-not-trusted",
                "eku-client-auth-missing",
                "ssh-tunnel-client-eku-missing",
                "cluster-name-missing-from-san",
            ),
            ["expc2"],
            Reason.CERTIFICATE_UNKNOWN,
        ),
        at((*TRUST, CA_DATES), EDGES, Reason.CERTIFICATE_UNKNOWN, ["expc2"]),
        at(("uc-expc-chain-missing-on-ucm", CA_DATES), ["cucm1"], Reason.CERTIFICATE_UNKNOWN, ["expc2"]),
    )


def test_from_x15_5_it_is_the_client_certificate_that_is_asked_for():
    plan = healthy(at=AT, split_stores=True)
    document = diagnosis_of(without_member(plan, "client_", "expc1"), "artefacts")

    settled(
        document,
        at(NAMES, ["expe"], Reason.CERTIFICATE_UNKNOWN),
        at(
            (*DATES, "own-ca-not-trusted", "eku-client-auth-missing", "ssh-tunnel-client-eku-missing"),
            ["expc1"],
            Reason.CERTIFICATE_UNKNOWN,
        ),
        at((*TRUST, CA_DATES), EDGES, Reason.CERTIFICATE_UNKNOWN, ["expc1"]),
        at(("uc-expc-chain-missing-on-ucm", CA_DATES), ["cucm1"], Reason.CERTIFICATE_UNKNOWN, ["expc1"]),
    )
    assert all(item["params"]["slot"] == "client" for item in document["outcomes"] if item["outcome"] == "cannot-tell")


def test_without_the_snapshot_of_unified_cm_nothing_can_be_told_about_it():
    files = as_artefacts(healthy(at=AT))
    del files["cucm1.example.com_certificates.json"]

    settled(
        diagnosis_of(files, "artefacts"),
        at(("uc-node-ca-not-trusted", CA_DATES), CORES, Reason.CERTIFICATE_UNKNOWN, ["cucm1"]),
        at((*OF_A_SERVER, "uc-node-name-not-in-cert"), ["cucm1"], Reason.CERTIFICATE_UNKNOWN),
        at("uc-expc-chain-missing-on-ucm", ["cucm1"], Reason.LIST_UNKNOWN, CORES),
        at(CA_DATES, ["cucm1"], Reason.LIST_UNKNOWN),
    )


def test_without_the_configuration_of_expressway_c_zones_and_domains_are_open():
    settled(
        diagnosis_of(without_member(healthy(at=AT), "xconf_", *CORES), "artefacts"),
        at((*NAMES, *TRUST), ["expe"], Reason.OTHER_END_UNKNOWN),
        at("edge-domain-missing-from-san", ["expe"], Reason.DOMAINS_UNKNOWN),
    )


def test_without_any_zone_how_expressway_c_and_e_meet_is_open():
    plan = healthy(at=AT)
    for cluster in plan.clusters:
        cluster.zones.clear()

    settled(diagnosis(plan), at((*NAMES, *TRUST), ["expc"], Reason.ZONES_UNKNOWN))


def test_without_any_zone_and_without_expressway_e_there_is_nobody_to_meet():
    plan = healthy(at=AT, expressway_e=0)
    plan.cluster("expc.example.com").zones.clear()

    assert opened(diagnosis(plan)) == set()


def test_without_any_expressway_e_the_other_end_is_open():
    document = diagnosis(healthy(at=AT, expressway_e=0))

    settled(document, at((*NAMES, *TRUST), ["expc"], Reason.OTHER_END_UNKNOWN))


def test_without_any_expressway_c_the_other_end_and_its_domains_are_open():
    plan = healthy(at=AT, expressway_c=0, mra_domains=["example.com"])
    plan.zone("expe.example.com", UC_ZONE).verify_name = "expc.example.com"

    settled(
        diagnosis_of(as_artefacts(plan), "artefacts"),
        at((*NAMES, *TRUST), ["expe"], Reason.OTHER_END_UNKNOWN),
        at("edge-domain-missing-from-san", ["expe"], Reason.DOMAINS_UNKNOWN),
    )


def test_an_address_that_could_mean_a_node_nobody_has_handed_in_is_open():
    plan = healthy(at=AT, expressway_e=3)
    plan.zone("expc.example.com", UC_ZONE).peers[:] = ["a.dmz.internal", "b.dmz.internal", "c.dmz.internal"]
    (edges,) = (item for item in plan.clusters if item.role == "expressway-e")
    del edges.nodes[2]
    document = diagnosis(plan)

    codes = ("traversal-peer-address-not-in-cert", "name-only-in-cn")
    settled(document, at(codes, ["expc"], Reason.PEER_UNKNOWN))
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

    settled(diagnosis(plan), at(("traversal-peer-address-is-ip", "name-only-in-cn"), ["expc"], Reason.PEER_UNKNOWN))


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


USAGE_CODES = ("eku-client-auth-missing", "eku-server-auth-missing", "ssh-tunnel-client-eku-missing")
LEFT_OUT: list[tuple[Callable[[EstatePlan], None], set[Open]]] = [
    (_no_domains, at("edge-domain-missing-from-san", ["expe"], Reason.DOMAINS_UNKNOWN)),
    (_no_verify_mode, at("traversal-tls-verify-off", ["expe"], Reason.SETTING_UNKNOWN)),
    (_no_verify_name, at(NAMES, ["expe"], Reason.VERIFY_NAME_UNKNOWN)),
    (_short_cluster_name, {("cluster-name-missing-from-san", "expc", None, Reason.CLUSTER_NAME_UNKNOWN)}),
    (
        _no_lists_on_unified_cm,
        at("uc-expc-chain-missing-on-ucm", ["cucm1"], Reason.LIST_UNKNOWN, CORES)
        | at(CA_DATES, ["cucm1"], Reason.LIST_UNKNOWN),
    ),
    (
        _no_certificates_on_unified_cm,
        at(("uc-node-ca-not-trusted", CA_DATES), CORES, Reason.CERTIFICATE_UNKNOWN, ["cucm1"])
        | at((*OF_A_SERVER, "uc-node-name-not-in-cert"), ["cucm1"], Reason.CERTIFICATE_UNKNOWN),
    ),
    (_no_usages, at(USAGE_CODES, ["expc1"], Reason.NO_USAGE_EXTENSION)),
    (_no_setting, at("eku-client-auth-missing", ["expe1"], Reason.SETTING_UNKNOWN)),
]


@pytest.mark.parametrize(("leave_out", "expected"), LEFT_OUT, ids=[item.__name__.strip("_") for item, _ in LEFT_OUT])
def test_what_an_inventory_leaves_out_is_open_and_nothing_else(leave_out, expected):
    plan = healthy(at=AT)
    leave_out(plan)

    settled(diagnosis(plan), expected)


def without_the_configuration(*hosts: str, **estate: int) -> dict[str, Any]:
    return diagnosis_of(without_member(healthy(at=AT, **estate), "xconf_", *hosts), "artefacts")


def test_without_the_configuration_of_expressway_e_its_names_are_open_and_its_nodes_are_met_all_the_same():
    document = without_the_configuration(*EDGES)
    clusters = {item["name"]: item["nodes"] for item in document["deployment"]["clusters"] if item["role"][-1] == "e"}
    met = {(item["node"], item["peer"]) for code in TRUST for item in outcomes(document, code, "holds")}

    # Nothing says that they are one cluster, and no cluster name is asked of a single node.
    assert clusters == {full(host): [full(host)] for host in EDGES}
    settled(document, at(NAMES, EDGES, Reason.VERIFY_NAME_UNKNOWN))
    assert met == {(full(one), full(other)) for one, other in (*product(CORES, EDGES), *product(EDGES, CORES))}
    assert len(outcomes(document, "traversal-peer-address-not-in-cert", "holds")) == 2


def test_a_peer_without_a_configuration_is_in_the_cluster_that_names_it():
    document = without_the_configuration("expe2")

    assert {item["name"]: item["nodes"] for item in document["deployment"]["clusters"]}["expe.example.com"] == [
        "expe1.example.com",
        "expe2.example.com",
    ]
    assert document["summary"]["verdict"] == "healthy"


def test_one_unknown_certificate_of_two_is_not_taken_for_a_single_node():
    document = diagnosis_of(without_member(healthy(at=AT), "server_", "expc2"), "artefacts")

    assert not outcomes(document, "traversal-verify-name-partial-cluster", "does-not-apply")
    assert [item["node"] for item in outcomes(document, "traversal-verify-name-partial-cluster", "holds")] == [
        "expc1.example.com"
    ]


def swapped(plan: EstatePlan, path: str, content: bytes) -> dict[str, Any]:
    files = as_inventory(plan)
    assert path in files
    return diagnosis_of({**files, path: content})


def reasons_at(document: dict[str, Any], reason: Reason) -> set[str]:
    return {item["code"] for item in document["outcomes"] if item["reason"] == reason}


def test_a_signing_request_in_a_slot_is_said_to_be_there_and_to_be_no_certificate():
    document = swapped(healthy(at=AT), "nodes/expe1.example.com/server.pem", request(healthy(at=AT)))
    said = [item for item in render(document)["outcomes"] if item["reason_code"] == Reason.NOT_A_CERTIFICATE]

    assert [(item["code"], item["node"], item["variant"]) for item in document["findings"]] == [
        ("cert-file-not-pem", "expe1.example.com", "request")
    ]
    assert reasons_at(document, Reason.CERTIFICATE_UNKNOWN) == set()
    assert {item["code"] for item in said} >= {*OF_A_SERVER, *TRUST, "own-ca-not-trusted", CA_DATES}
    assert all("estate/nodes/expe1.example.com/server.pem, holds no certificate" in item["reason"] for item in said)
    assert all("not among the uploads" not in item["reason"] for item in said)


def test_a_container_in_the_place_of_a_list_is_no_empty_list():
    document = swapped(healthy(at=AT), "nodes/expe1.example.com/trusted-ca.pem", container(healthy(at=AT)))

    assert [(item["code"], item["node"], item["variant"]) for item in document["findings"]] == [
        ("cert-file-not-pem", "expe1.example.com", "pkcs12"),
        ("private-key-uploaded", None, "locked"),
    ]
    assert reasons_at(document, Reason.NOT_A_LIST) == {"own-ca-not-trusted", *TRUST, CA_DATES}


def test_what_may_stand_in_a_part_of_a_list_that_was_lost_is_not_said_to_be_missing():
    plan = healthy(at=AT)
    listed = node(plan, "expc1").trust["trusted-ca"]
    lost = plan.authorities["public-root"].certificate
    spoilt = pem([item for item in listed if item != lost]) + pem([lost]).replace(b"MII", b"M*I", 1)
    document = swapped(plan, "nodes/expc1.example.com/trusted-ca.pem", spoilt)
    (row,) = (
        item
        for item in document["connections"]
        if item["service"] == "traversal-sip" and (item["client"][:5], item["server"][:5]) == ("expc1", "expe1")
    )

    assert opened(document) == at(TRUST, ["expc1"], Reason.LIST_INCOMPLETE, EDGES)
    assert document["findings"] == []
    assert row["client_verifies"]["chain"] == "cannot-tell"
    assert "Look on expc1.example.com whether its trusted CA list lists Example Public Trust Root R1" in str(
        render(document)["outcomes"]
    )


def test_a_part_of_a_list_that_was_lost_does_not_matter_where_nothing_is_missing():
    plan = healthy(at=AT)
    spoilt = pem(node(plan, "expc1").trust["trusted-ca"]) + plan.authorities["unrelated-1"].pem[:300]
    document = swapped(plan, "nodes/expc1.example.com/trusted-ca.pem", spoilt)

    assert opened(document) == set()
    assert document["findings"] == []


def test_with_a_revocation_list_at_hand_a_certificate_that_is_not_is_open_for_it():
    plan = healthy(at=AT)
    dates = {"this_update": AT - timedelta(days=1), "next_update": AT + timedelta(days=6)}
    plan.extra_files["issuing.crl"] = plan.authorities["private-issuing"].crl(**dates)
    node(plan, "expc2").identity.clear()

    assert [(item["node"], item["reason"]) for item in outcomes(diagnosis(plan), "crl-revoked", "cannot-tell")] == [
        ("expc2.example.com", Reason.CERTIFICATE_UNKNOWN)
    ]
