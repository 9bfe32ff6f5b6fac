"""Generated estates, right and spoiled, against an independent judge: `openssl verify` and plain comparisons of names."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from diagnostics.pki.loading import load_certificate
from diagnostics.reports.values import certificate_values
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.authority import self_signed
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import UC_ZONE, healthy
from diagnostics.samples.inventory import Files
from tests.diagnostics.against_openssl.comparing import diagnosed, differences
from tests.diagnostics.against_openssl.faults import (
    DAY,
    FAULTS,
    Fault,
    edge_lacks_its_own_name,
    spoiled,
)
from tests.diagnostics.against_openssl.openssl import OpenSsl
from tests.diagnostics.against_openssl.oracle import Oracle
from tests.diagnostics.against_openssl.variations import (
    VARIATIONS,
    Variation,
    clusters,
    second_core_cluster,
    stores_with,
    varied,
)

AT = datetime(2026, 11, 1, tzinfo=UTC)
UNEASY = ("medium", "high", "critical")


def handed_over(plan: EstatePlan, *, inventory: bool) -> Files:
    """As an inventory or as what nodes give away; a node that nobody made a snapshot of gives nothing away."""
    if inventory:
        return as_inventory(plan)
    nothing = {f"{node.fqdn}_certificates.json" for node in plan.nodes() if not node.identity}
    return {path: content for path, content in as_artefacts(plan).items() if path not in nothing}


@pytest.mark.parametrize("seed", range(20))
def test_a_spoiled_estate_is_diagnosed_as_openssl_judges_it(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    plan = varied(rng, AT)
    names = spoiled(plan, rng)
    inventory = rng.random() < 0.5
    document = diagnosed(handed_over(plan, inventory=inventory), tmp_path / "estate", AT)
    assert differences(Oracle(plan, OpenSsl(tmp_path), inventory), document) == [], names


@pytest.mark.parametrize("seed", range(1000, 1010))
def test_a_healthy_estate_of_any_shape_is_silent(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    plan = varied(rng, AT)
    inventory = rng.random() < 0.5
    document = diagnosed(handed_over(plan, inventory=inventory), tmp_path / "estate", AT)
    assert [item["code"] for item in document["findings"] if item["severity"] in UNEASY] == []
    assert differences(Oracle(plan, OpenSsl(tmp_path), inventory), document) == []


def told(plan: EstatePlan, folder: Path, *, inventory: bool = True) -> list[dict[str, Any]]:
    """The findings, none of which the oracle contradicts."""
    document = diagnosed(handed_over(plan, inventory=inventory), folder / "estate", AT)
    assert differences(Oracle(plan, OpenSsl(folder), inventory), document) == []
    findings: list[dict[str, Any]] = document["findings"]
    return findings


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("inventory", [True, False], ids=["inventory", "artefacts"])
def test_each_fault_alone_is_diagnosed_as_openssl_judges_it(fault: Fault, inventory: bool, tmp_path: Path) -> None:
    plan = healthy(at=AT, unified_cm=2, im_presence=1)
    fault(plan, random.Random(7))
    assert told(plan, tmp_path, inventory=inventory)


@pytest.mark.parametrize("variation", VARIATIONS, ids=lambda variation: variation.__name__)
def test_each_variation_alone_is_silent(variation: Variation, tmp_path: Path) -> None:
    plan = healthy(at=AT, unified_cm=2, im_presence=1)
    variation(plan, random.Random(7))
    assert [item["code"] for item in told(plan, tmp_path) if item["severity"] in UNEASY] == []


def test_a_finding_that_is_left_out_or_moved_is_noticed(tmp_path: Path) -> None:
    """The comparison itself can fail: else the tests above would say nothing."""
    plan = healthy(at=AT)
    plan.node("expc1.example.com").trust["trusted-ca"].remove(plan.authorities["public-root"].certificate)
    document = diagnosed(handed_over(plan, inventory=True), tmp_path / "estate", AT)
    oracle = Oracle(plan, OpenSsl(tmp_path))
    (finding,) = document["findings"]
    assert differences(oracle, document) == []
    assert differences(oracle, {**document, "findings": []})
    assert differences(oracle, {**document, "findings": [{**finding, "node": "expc2.example.com"}]})
    assert differences(oracle, {**document, "findings": [{**finding, "store": "tomcat-trust"}]})
    other = {**finding["missing"][0], "sha256": plan.authorities["private-root"].sha256}
    assert differences(oracle, {**document, "findings": [{**finding, "missing": [other]}]})
    assert differences(oracle, {**document, "findings": [finding, {**finding, "code": "own-ca-not-trusted"}]})


def test_an_intermediate_that_the_peer_sends_does_not_help_above_one_that_the_list_holds(tmp_path: Path) -> None:
    """OpenSSL looks for issuers in the list alone once it has taken a certificate from it; the zone is down."""
    plan = healthy(at=AT)
    upper = plan.authorities["private-issuing"]
    lower = upper.intermediate("Lower CA")
    for store in stores_with(plan, upper.certificate):
        store.append(lower.certificate)
    for node in plan.nodes("expressway-c"):
        node.identity["server"] = lower.reissue(node.issued("server"))
    plan.node("expe2.example.com").trust["trusted-ca"].remove(upper.certificate)
    (finding,) = told(plan, tmp_path)
    assert (finding["code"], finding["node"]) == ("traversal-peer-ca-not-trusted", "expe2.example.com")
    assert [item["sha256"] for item in finding["missing"]] == [upper.sha256]


def test_one_of_two_voice_certificates_that_fails_makes_the_connection_fail(tmp_path: Path) -> None:
    plan = healthy(at=AT, expressway_c=1, ecdsa=True)
    plan.node("cucm1.example.com").identity["tomcat"] = self_signed(
        "cucm1.example.com", at=AT, dns=["cucm1.example.com"]
    )
    document = diagnosed(handed_over(plan, inventory=True), tmp_path / "estate", AT)
    verdicts = {row["service"]: row["verdict"] for row in document["connections"]}
    assert (verdicts["uc-https"], verdicts["uc-sip"]) == ("fails", "works")


def test_two_core_clusters_that_reach_one_faulty_edge_are_both_told(tmp_path: Path) -> None:
    plan = healthy(at=AT, expressway_c=1)
    second_core_cluster(plan, random.Random(1))
    edge_lacks_its_own_name(plan, random.Random(1))
    findings = [item for item in told(plan, tmp_path) if item["code"] == "traversal-peer-address-not-in-cert"]
    assert len({item["id"] for item in findings}) == 2
    assert {peer for item in findings for peer in item["peers"]} == {
        node.fqdn for cluster in clusters(plan, "expressway-c") for node in cluster.nodes
    }


@pytest.mark.parametrize("name", ["expe.example.com", "edge.example.com"])
def test_a_peer_address_that_every_edge_carries_is_right(name: str, tmp_path: Path) -> None:
    plan = healthy(at=AT)
    for node in plan.nodes("expressway-e"):
        issuer = plan.authorities["public-issuing"]
        node.identity["server"] = issuer.reissue(
            node.issued("server"), dns=[node.fqdn, name, "expe.example.com", "collab-edge.example.com"]
        )
    plan.zone("expc.example.com", UC_ZONE).peers = [name]
    assert told(plan, tmp_path) == []


def test_a_loose_expired_revocation_list_is_told_at_the_nodes_that_check_it(tmp_path: Path) -> None:
    plan = healthy(at=AT)
    plan.cluster("expe.example.com").settings.revocation = True
    issuer = plan.authorities["private-issuing"]
    plan.extra_files["old.crl"] = issuer.crl(this_update=AT - 9 * DAY, next_update=AT - DAY)
    document = diagnosed(handed_over(plan, inventory=False), tmp_path / "estate", AT)
    assert {(item["code"], item["node"], item["severity"]) for item in document["findings"]} == {
        ("crl-expired", f"expe{number}.example.com", "high") for number in (1, 2)
    }


def test_a_ca_of_the_same_name_that_hides_the_right_one_is_named(tmp_path: Path) -> None:
    """Without key identifiers OpenSSL takes the first CA of the name, and stops at its signature."""
    plan = healthy(at=AT)
    old = plan.authorities["public-issuing"]
    new = plan.authorities["public-issuing"] = old.renewed(authority_key_id=False)
    for store in stores_with(plan, old.certificate):
        store[store.index(old.certificate)] = new.certificate
    hiding = plan.authorities["public-root"].rekeyed()
    plan.node("expc1.example.com").trust["trusted-ca"].insert(0, hiding.certificate)
    document = diagnosed(handed_over(plan, inventory=True), tmp_path / "estate", AT)
    (finding,) = document["findings"]
    assert (finding["code"], finding["variant"], finding["node"]) == (
        "traversal-peer-ca-not-trusted",
        "shadowed",
        "expc1.example.com",
    )
    assert finding["params"]["same_name"] == [certificate_values(load_certificate(hiding.der))["subject"]]
