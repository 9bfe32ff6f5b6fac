"""Sources of one upload that say different things are kept side by side."""

from dataclasses import replace

import pytest

from diagnostics.estate.model import Deployment
from diagnostics.estate.observations import ClusterRef, DeploymentRef, FactKey, NodeRef, Observation, Origin, Source
from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import Batch, diagnose
from diagnostics.reports.render import render
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.healthy import healthy
from tests.diagnostics.estate.said import AT, estate, fact, node, zone

ONE, TWO = NodeRef(name="c1.example.com"), NodeRef(name="c2.example.com")
CLUSTER = ClusterRef(name="c.example.com")
PAIR = [*node("c1.example.com", cluster="c.example.com"), *node("c2.example.com", cluster="c.example.com")]


def shown(*said: Observation, path: str = "xconf_dump.txt", origin: Origin = Origin.CONFIGURATION) -> list[Observation]:
    return [replace(item, source=Source(upload=path), proven=True, origin=origin) for item in said]


def told(found: Deployment) -> list[tuple[str, str, list[str]]]:
    return [(item.subject, item.what, [value for value, _ in item.said]) for item in found.contradictions]


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        (FactKey.VERSION, "X15.0", "X14.3"),
        (FactKey.CLUSTER, "c.example.com", "other.example.com"),
        (FactKey.SERVER_ENTRY, "c1", "192.0.2.1"),
        (FactKey.TLS_VERIFICATION, "enforce", "permissive"),
        (FactKey.REVOCATION_FALLBACK, "revoked", "not-revoked"),
    ],
)
def test_a_dump_and_an_inventory_about_a_node(key: FactKey, one: str, other: str) -> None:
    said = [*shown(fact(ONE, key, one)), fact(ONE, FactKey.FQDN, ONE.name), fact(ONE, key, other)]
    found = estate(said)
    assert told(found) == [("c1.example.com", key.value, [one, other])]
    assert [source.upload for _, source in found.contradictions[0].said] == ["xconf_dump.txt", "inventory.yaml"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("X14.3.2", "14.3.2", True),
        ("X14.3.2", "X14.3", True),
        ("15.0.1.12900-161", "15", True),
        ("X14.3.2", "X14.3.1", False),
        ("X14.3", "X1.4", False),
        ("X14.3", "unknown", False),
    ],
)
def test_a_release_that_is_said_less_exactly_is_the_same_release(one: str, other: str, same: bool) -> None:
    said = [*node(ONE.name, version=other), *shown(fact(ONE, FactKey.VERSION, one), origin=Origin.STATUS)]
    assert (told(estate(said)) == []) is same


@pytest.mark.parametrize(
    "key",
    [
        FactKey.VERIFY_ORIGIN_SERVER,
        FactKey.SERVER_EKU_UPLOAD,
        FactKey.SIP_EKU_CHECKING,
        FactKey.REVOCATION_MODE,
    ],
)
def test_a_switch_of_a_dump_and_what_the_inventory_says_of_the_cluster(key: FactKey) -> None:
    said = [*PAIR[:2], *shown(fact(ONE, key, False)), fact(CLUSTER, key, True)]
    assert told(estate(said)) == [("c1.example.com", key.value, ["false", "true"])]


def test_an_inventory_that_names_a_node_apart_from_its_cluster_contradicts_nothing() -> None:
    said = [*PAIR, fact(CLUSTER, FactKey.VERSION, "X15.0"), fact(TWO, FactKey.VERSION, "X14.3")]
    assert told(estate(said)) == []


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("port", 7001, 7003),
        ("transport", "TLS", "TCP"),
        ("tls_verify", True, False),
        ("verify_name", "c.example.com", "c1.example.com"),
        ("unified_communications", True, False),
    ],
)
def test_text_and_xml_about_a_zone(key: str, one: str | bool | int, other: str | bool | int) -> None:
    text = shown(*zone(ONE, "UC", "traversal-client", **{key: one}), path="xconf.txt")
    xml = shown(*zone(ONE, "UC", "traversal-client", **{key: other}), path="xconf.xml")
    values = [str(value).lower() if isinstance(value, bool) else str(value) for value in (one, other)]
    assert told(estate([*PAIR[:1], *text, *xml])) == [
        ("c1.example.com, UC", FactKey[f"ZONE_{key.upper()}"].value, values)
    ]


def test_two_peers_that_name_different_ends_of_one_zone() -> None:
    said = [
        *PAIR,
        *shown(*zone(ONE, "UC", "traversal-client", peers=["e1.example.com", "e2.example.com"]), path="one.txt"),
        *shown(*zone(TWO, "UC", "traversal-client", peers=["e1.example.com"]), path="two.txt"),
    ]
    assert told(estate(said)) == [
        ("c.example.com, UC", "zone-peer", ["e1.example.com, e2.example.com", "e1.example.com"])
    ]


def test_the_same_ends_in_another_order_or_case_are_the_same() -> None:
    said = [
        *PAIR,
        *shown(*zone(ONE, "UC", "traversal-client", peers=["e1.example.com", "E2.example.com"]), path="one.txt"),
        *shown(*zone(TWO, "UC", "traversal-client", peers=["e2.example.com", "e1.example.com"]), path="two.txt"),
    ]
    assert told(estate(said)) == []


def test_two_peers_of_one_cluster_with_different_switches() -> None:
    said = [
        *PAIR,
        *shown(fact(ONE, FactKey.SIP_EKU_CHECKING, True), path="one.txt"),
        *shown(fact(TWO, FactKey.SIP_EKU_CHECKING, False), path="two.txt"),
    ]
    assert told(estate(said)) == [("c.example.com", "sip-eku-checking", ["true", "false"])]


def test_two_peers_that_list_different_peers() -> None:
    peers = (("c1.example.com", "c2.example.com"), ("c1.example.com", "c2.example.com", "c3.example.com"))
    said = [
        *PAIR,
        *(
            item
            for ref, names in zip((ONE, TWO), peers, strict=True)
            for item in shown(*(fact(ref, FactKey.CLUSTER_PEER, name) for name in names), path=f"{ref.name}.txt")
        ),
    ]
    assert told(estate(said)) == [("c.example.com", "cluster-peer", [", ".join(names) for names in peers])]


def test_an_address_that_a_node_does_not_show() -> None:
    real = shown(fact(ONE, FactKey.ADDRESS, "192.0.2.1"), fact(ONE, FactKey.ADDRESS, "198.51.100.1"))
    assert told(estate([*PAIR[:1], *real, fact(ONE, FactKey.ADDRESS, "198.51.100.1")])) == []
    assert told(estate([*PAIR[:1], *real, fact(ONE, FactKey.ADDRESS, "203.0.113.9")])) == [
        ("c1.example.com", "address", ["192.0.2.1, 198.51.100.1", "203.0.113.9"])
    ]


def test_a_status_alone_does_not_know_what_static_nat_shows_to_the_outside() -> None:
    status = shown(fact(ONE, FactKey.ADDRESS, "192.0.2.1"), path="xstat.xml", origin=Origin.STATUS)
    written = fact(ONE, FactKey.ADDRESS, "203.0.113.9")
    assert told(estate([*PAIR[:1], *status, written])) == []
    dump = shown(fact(ONE, FactKey.ADDRESS, "192.0.2.1"), fact(ONE, FactKey.ADDRESS, "203.0.113.9"))
    assert told(estate([*PAIR[:1], *status, *dump, written])) == []
    assert told(estate([*PAIR[:1], *status, *dump[:1], written])) == [
        ("c1.example.com", "address", ["192.0.2.1", "203.0.113.9"])
    ]


def test_a_role_that_somebody_wrote_down_against_the_zones_that_tell_it() -> None:
    said = [*node("c1.example.com", role="expressway-e"), *shown(*zone(ONE, "UC", "traversal-client"))]
    assert told(estate(said)) == [("c1.example.com", "role", ["expressway-c", "expressway-e"])]
    by_status = shown(fact(ONE, FactKey.ROLE, "expressway-e"), path="xstat.xml", origin=Origin.STATUS)
    assert told(estate([*node("c1.example.com"), *by_status, *shown(*zone(ONE, "UC", "traversal-client"))])) == []


def test_the_domains_and_the_switch_of_mobile_and_remote_access() -> None:
    of_all = DeploymentRef()
    dump = shown(
        fact(ONE, FactKey.FQDN, ONE.name),
        fact(of_all, FactKey.MRA_DOMAIN, "a.example"),
        fact(of_all, FactKey.MRA_DOMAIN, "b.example"),
        fact(of_all, FactKey.MRA_ENABLED, True),
    )
    same = [fact(of_all, FactKey.MRA_DOMAIN, name) for name in ("B.example", "a.example")]
    assert told(estate([*dump, *same])) == []
    assert told(estate([*dump, same[0], fact(of_all, FactKey.MRA_ENABLED, False)])) == [
        ("", "mra-domain", ["a.example, b.example", "B.example"]),
        ("", "mra-enabled", ["true", "false"]),
    ]


def test_what_a_newer_upload_says_contradicts_nothing_older() -> None:
    first = [*PAIR, *shown(fact(ONE, FactKey.SIP_EKU_CHECKING, True), path="one.txt")]
    second = shown(fact(TWO, FactKey.SIP_EKU_CHECKING, False), path="two.txt")
    assert told(estate(first, second)) == []


def readings(*parts: dict[str, bytes], folder) -> list[SourceFile]:
    files = []
    for part in parts:
        for name, content in part.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            files.append(SourceFile(name=name, path=path))
    return files


def test_a_healthy_estate_handed_over_in_both_forms_contradicts_itself_nowhere(tmp_path) -> None:
    plan = healthy(at=AT, im_presence=1, split_stores=True)
    reading = read(readings(as_artefacts(plan), as_inventory(plan), folder=tmp_path))
    found = diagnose(
        [Batch(observations=reading.observations, files=reading.files)], reading.certificates, reading.crls, at=AT
    )
    assert told(found.deployment) == []


def test_the_report_says_in_words_what_is_contradicted(tmp_path) -> None:
    plan = healthy(at=AT)
    dumps = as_artefacts(plan)
    zone_plan = plan.zone("expc.example.com", "UC traversal")
    zone_plan.tls_verify = False
    plan.mra_domains.append("more.example")
    reading = read(readings(dumps, as_inventory(plan), folder=tmp_path))
    found = diagnose(
        [Batch(observations=reading.observations, files=reading.files)], reading.certificates, reading.crls, at=AT
    )
    rows = {(row["subject"], row["what_name"]): row for row in render(found.document)["contradictions"]}
    verify = rows["expc.example.com, UC traversal", "TLS verify mode"]
    assert sorted(said["shown"] for said in verify["said"]) == ["Off", "On"]
    assert {said["upload"] for said in verify["said"]} >= {"inventory.yaml"}
    assert [said["shown"] for said in rows["", "domains of Mobile and Remote Access"]["said"]] == [
        "example.com",
        "example.com, more.example",
    ]
