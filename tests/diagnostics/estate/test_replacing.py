"""A newer upload of a node replaces its older state; what other kinds of file say stays."""

from dataclasses import replace

import pytest

from diagnostics.estate.model import Deployment
from diagnostics.estate.observations import (
    ClusterRef,
    DeploymentRef,
    FactKey,
    NodeRef,
    Observation,
    Origin,
    Sign,
    SignCode,
    Source,
    ZoneRef,
)
from tests.diagnostics.estate.said import estate, fact, node, zone

ONE, TWO = NodeRef(name="c1.example.com"), NodeRef(name="c2.example.com")


def dump(*said: Observation, path: str = "xconf_dump.txt", origin: Origin = Origin.CONFIGURATION) -> list[Observation]:
    """The same as a node's own file of one kind says it."""
    return [replace(item, source=Source(upload=path), proven=True, origin=origin) for item in said]


def own(ref: NodeRef, *more: Observation, path: str | None = None) -> list[Observation]:
    return dump(fact(ref, FactKey.FQDN, ref.name), *more, path=path or f"{ref.name}.txt")


def zones(found: Deployment) -> list[str]:
    return [item.name for cluster in found.clusters for item in cluster.zones]


def test_the_last_zone_that_was_deleted_is_gone_with_the_next_dump() -> None:
    first = own(ONE, *zone(ONE, "UC", "traversal-client"))
    assert zones(estate(first)) == ["UC"]
    assert zones(estate(first, own(ONE))) == []


def test_the_dump_of_one_peer_speaks_for_the_zones_of_its_cluster() -> None:
    pair = [*node(ONE.name, cluster="c.example.com"), *node(TWO.name, cluster="c.example.com")]
    first = [
        *pair,
        *own(ONE, *zone(ONE, "UC", "traversal-client")),
        *own(TWO, *zone(TWO, "UC", "traversal-client")),
    ]
    assert zones(estate(first, own(ONE))) == []
    assert zones(estate(first, own(ONE, *zone(ONE, "New", "traversal-client")))) == ["New"]


def test_peers_and_switches_that_a_new_dump_no_longer_has_are_gone() -> None:
    first = own(ONE, fact(ONE, FactKey.CLUSTER_PEER, TWO.name), fact(ONE, FactKey.SIP_EKU_CHECKING, True))
    (before,) = estate(first).clusters
    (after,) = estate(first, own(ONE)).clusters
    assert before.named_peers == ("c2.example.com",)
    assert after.named_peers == ()
    assert after.nodes[0].settings.sip_eku_checking is None


def test_what_other_kinds_of_file_say_stays() -> None:
    status = dump(fact(ONE, FactKey.VERSION, "X14.3"), path="xstat.xml", origin=Origin.STATUS)
    written = node(ONE.name, server_entry="c1")
    found = estate([*written, *status, *own(ONE)], own(ONE, fact(ONE, FactKey.DOMAIN_NAME, "example.com")))
    (only,) = found.nodes()
    assert only.version is not None
    assert only.version.value == "X14.3"
    assert only.server_entry is not None


def test_a_new_status_replaces_the_old_one_and_not_the_dump() -> None:
    status = [
        dump(fact(ONE, FactKey.VERSION, version), *more, path="xstat.xml", origin=Origin.STATUS)
        for version, more in (("X14.3", [fact(ONE, FactKey.ADDRESS, "192.0.2.1")]), ("X15.0", []))
    ]
    found = estate([*own(ONE, *zone(ONE, "UC", "traversal-client")), *status[0]], status[1])
    (only,) = found.nodes()
    assert only.addresses == ()
    assert zones(found) == ["UC"]


def test_a_unified_cm_node_that_a_new_dump_no_longer_reaches_is_gone() -> None:
    entry = NodeRef(name="cucm9.example.com")
    reached = [fact(entry, FactKey.SERVER_ENTRY, entry.name), fact(entry, FactKey.ROLE, "unified-cm")]
    first = own(ONE, *reached)
    assert {item.fqdn for item in estate(first).nodes()} == {ONE.name, entry.name}
    assert {item.fqdn for item in estate(first, own(ONE)).nodes()} == {ONE.name}


def test_a_file_of_two_nodes_says_of_each_its_own() -> None:
    both = [
        *own(ONE, fact(ONE, FactKey.CLUSTER_PEER, "x.example.com"), path="both.txt"),
        *own(TWO, fact(TWO, FactKey.CLUSTER_PEER, "y.example.com"), path="both.txt"),
    ]
    found = {cluster.name: cluster.named_peers for cluster in estate(both, own(TWO)).clusters}
    assert found == {ONE.name: ("x.example.com",), TWO.name: ()}


@pytest.mark.parametrize("origin", [Origin.PERSON, Origin.ANSWER, Origin.LISTING, Origin.LOG])
def test_what_tells_of_a_part_replaces_that_part_alone(origin: Origin) -> None:
    first = dump(*node(ONE.name, version="X14.3"), *zone(ONE, "UC", "traversal-client"), origin=origin)
    second = dump(fact(ONE, FactKey.ADDRESS, "192.0.2.1"), path="second", origin=origin)
    found = estate(first, second)
    (only,) = found.nodes()
    assert only.version is not None
    assert only.addresses == ("192.0.2.1",)
    assert zones(found) == ["UC"]


def test_an_answer_about_one_zone_leaves_the_others_and_brings_that_one_up_to_date() -> None:
    first = own(
        ONE,
        *zone(ONE, "UC", "traversal-client", "1", port=7001, transport="TLS", peers=["e1.example.com"]),
        *zone(ONE, "Other", "neighbor", "2"),
    )
    later = dump(
        *zone(ONE, "UC", "traversal-client", "answer UC", port=7003, peers=["e9.example.com"]),
        path="answer.json",
        origin=Origin.ANSWER,
    )
    found = estate(first, later)
    (cluster,) = found.clusters
    by_name = {item.name: item for item in cluster.zones}
    assert set(by_name) == {"UC", "Other"}
    assert by_name["UC"].port is not None
    assert by_name["UC"].port.value == 7003
    assert [peer.value for peer in by_name["UC"].peers] == ["e9.example.com"]
    assert by_name["UC"].transport is not None
    assert found.contradictions == ()


def test_a_dump_replaces_the_answers_before_it() -> None:
    answer = dump(*zone(ONE, "Old", "neighbor", "a"), path="answer.json", origin=Origin.ANSWER)
    assert zones(estate(answer, own(ONE, *zone(ONE, "UC", "traversal-client")))) == ["UC"]


def domains(found: Deployment) -> list[str]:
    return [item.value for item in found.mra.domains]


def test_a_new_dump_of_one_cluster_leaves_the_domains_of_another_as_they_were() -> None:
    def says(ref: NodeRef, domain: str) -> list[Observation]:
        return own(ref, fact(DeploymentRef(), FactKey.MRA_DOMAIN, domain))

    first = [*says(ONE, "one.example"), *says(TWO, "two.example")]
    assert domains(estate(first)) == ["one.example", "two.example"]
    assert domains(estate(first, says(ONE, "new.example"))) == ["two.example", "new.example"]


def test_a_domain_that_one_peers_new_dump_no_longer_has_is_gone_for_the_cluster() -> None:
    def says(ref: NodeRef, *names: str) -> list[Observation]:
        return own(ref, *(fact(DeploymentRef(), FactKey.MRA_DOMAIN, name) for name in names))

    pair = [*node(ONE.name, cluster="c.example.com"), *node(TWO.name, cluster="c.example.com")]
    first = [*pair, *says(ONE, "a.example", "b.example"), *says(TWO, "a.example", "b.example")]
    assert domains(estate(first, says(ONE, "a.example"))) == ["a.example"]


def test_a_newer_inventory_decides_about_the_domains() -> None:
    first = own(ONE, fact(DeploymentRef(), FactKey.MRA_DOMAIN, "old.example"))
    found = estate(first, [fact(DeploymentRef(), FactKey.MRA_DOMAIN, "new.example")])
    assert domains(found) == ["new.example"]


def test_a_newer_release_of_the_cluster_replaces_what_an_older_status_said_of_a_node() -> None:
    status = dump(fact(ONE, FactKey.VERSION, "X14.3"), path="xstat.xml", origin=Origin.STATUS)
    member = node(ONE.name, cluster="c.example.com")
    written = [*member, fact(ClusterRef(name="c.example.com"), FactKey.VERSION, "X15.0")]
    for batches, release in (([[*member, *status], written], "X15.0"), ([written, status], "X14.3")):
        (only,) = estate(*batches).nodes()
        assert only.version is not None
        assert only.version.value == release


@pytest.mark.parametrize("key", [FactKey.VERSION, FactKey.ROLE])
def test_facts_that_an_earlier_release_stored_without_their_origin_do_not_take_a_dump_with_them(key: FactKey) -> None:
    stored = [
        replace(item, proven=True)
        for item in (fact(ONE, FactKey.DOMAIN_NAME, "example.com"), *zone(ONE, "UC", "traversal-client"))
    ]
    value = "X15.0" if key is FactKey.VERSION else "expressway-c"
    assert zones(estate(stored, [replace(fact(ONE, key, value), proven=True)])) == ["UC"]
    assert zones(estate(stored, [replace(fact(ONE, FactKey.DOMAIN_NAME, "example.net"), proven=True)])) == []


# signs


def sign(code: SignCode, path: str, ref: NodeRef = ONE, **more) -> Sign:
    return Sign(source=Source(upload=path), node=ref, code=code, **more)


def reported(found: Deployment) -> list[tuple[str, str, str]]:
    return [(item.node, item.sign.code.value, item.sign.source.upload) for item in found.signs]


def test_signs_come_with_the_full_name_of_their_node_and_make_it_known() -> None:
    bare = NodeRef(name="c1", container="logs")
    said = [*node("c1.example.com"), sign(SignCode.TLS_INBOUND_UNTRUSTED, "a.log", bare)]
    assert reported(estate(said)) == [("c1.example.com", "tls-inbound-untrusted", "a.log")]
    alone = estate([sign(SignCode.TLS_INBOUND_UNTRUSTED, "a.log", bare)])
    assert [item.fqdn for item in alone.nodes()] == ["c1"]


def test_a_newer_log_of_a_node_replaces_its_signs_and_no_other_nodes() -> None:
    first = [sign(SignCode.CREDENTIALS, "one.log"), sign(SignCode.CREDENTIALS, "two.log", TWO)]
    found = estate(first, [sign(SignCode.UNREACHABLE, "new.log")])
    assert reported(found) == [(TWO.name, "credentials", "two.log"), (ONE.name, "unreachable", "new.log")]


def test_a_new_status_without_an_alarm_ends_the_alarms_of_the_old_one_and_leaves_the_log() -> None:
    def status(release: str) -> list[Observation]:
        return dump(fact(ONE, FactKey.VERSION, release), path="xstat.xml", origin=Origin.STATUS)

    first = [
        *status("X14.3"),
        sign(SignCode.ALARM, "xstat.xml", name="30014"),
        sign(SignCode.ZONE_FAILED, "xstat.xml", name="UC"),
        sign(SignCode.ALARM, "a.log", name="20006"),
        sign(SignCode.CREDENTIALS, "a.log"),
    ]
    assert len(estate(first).signs) == 4
    assert reported(estate(first, status("X15.0"))) == [
        (ONE.name, "alarm", "a.log"),
        (ONE.name, "credentials", "a.log"),
    ]


def answer(zone_name: str, *, failed: bool, path: str) -> list[Observation]:
    """What a saved answer about one zone says of its state."""
    if failed:
        return [sign(SignCode.ZONE_FAILED, path, name=zone_name, origin=Origin.ANSWER)]
    return dump(fact(ONE, FactKey.ACTIVE_ZONE, zone_name), path=path, origin=Origin.ANSWER)


@pytest.mark.parametrize("failed", [True, False])
def test_an_answer_about_one_zone_replaces_what_an_older_status_reported_of_that_zone_alone(failed: bool) -> None:
    status = [
        sign(SignCode.ALARM, "xstat.xml", name="40049", origin=Origin.STATUS),
        sign(SignCode.ZONE_FAILED, "xstat.xml", name="UC", origin=Origin.STATUS),
        sign(SignCode.ZONE_FAILED, "xstat.xml", name="B2B", origin=Origin.STATUS),
    ]
    found = estate(status, answer("uc", failed=failed, path="zone.json"))
    kept = [(item.sign.source.upload, item.sign.name) for item in found.signs]
    assert kept == [("xstat.xml", "40049"), ("xstat.xml", "B2B"), *([("zone.json", "uc")] if failed else [])]


def test_a_newer_answer_replaces_an_older_one_and_a_newer_status_both() -> None:
    first, second = answer("UC", failed=True, path="one.json"), answer("UC", failed=True, path="two.json")
    assert [item.sign.source.upload for item in estate(first, second).signs] == ["two.json"]
    status = dump(fact(ONE, FactKey.VERSION, "X14.3"), path="xstat.xml", origin=Origin.STATUS)
    assert estate(first, second, status).signs == ()


def test_a_sign_that_an_earlier_release_stored_from_an_answer_is_an_answers() -> None:
    status = [sign(SignCode.ALARM, "xstat.xml", name="40049"), sign(SignCode.TUNNELS_DOWN, "xstat.xml")]
    stored = [
        *dump(fact(ONE, FactKey.SERVER_ENTRY, "c1"), path="zone.json", origin=Origin.ANSWER),
        sign(SignCode.ZONE_FAILED, "zone.json", name="UC"),
    ]
    assert [item.sign.code.value for item in estate(status, stored).signs] == ["alarm", "tunnels-down", "zone-failed"]


def test_one_sign_in_a_log_and_in_a_copy_of_it_is_one_sign() -> None:
    first = sign(SignCode.CREDENTIALS, "a.log", count=3, last="2026-01-15T10:30:00Z")
    again = replace(first, source=Source(upload="copy.log"))
    more = replace(again, count=4)
    assert reported(estate([first, again, more])) == [
        (ONE.name, "credentials", "a.log"),
        (ONE.name, "credentials", "copy.log"),
    ]


def test_a_zone_reference_of_a_node_makes_its_dump_speak_although_it_states_nothing_else() -> None:
    ref = ZoneRef(owner=ONE, key="1")
    bare = [fact(ref, FactKey.ZONE_NAME, "UC"), fact(ref, FactKey.ZONE_TYPE, "neighbor")]
    assert zones(estate(dump(*bare), dump(*zone(ONE, "New", "neighbor", "2"), path="later.txt"))) == ["New"]


@pytest.mark.parametrize("later_first", [False, True])
def test_of_two_dumps_of_a_node_in_one_upload_the_one_taken_later_by_its_name_counts_whole(later_first: bool) -> None:
    older = own(ONE, *zone(ONE, "Gone", "traversal-client"), path="xconf_dump_c1_2026-01-15_10_30_00.txt")
    later = own(ONE, fact(ONE, FactKey.SIP_EKU_CHECKING, True), path="after/xconf_dump_c1_2026-01-15_10_31_00.txt")
    said = [*later, *older] if later_first else [*older, *later]
    assert zones(estate(older)) == ["Gone"]
    assert zones(estate(said)) == []


def test_two_dumps_of_two_nodes_in_one_upload_both_count_whenever_they_were_taken() -> None:
    older = own(ONE, *zone(ONE, "One", "traversal-client"), path="xconf_dump_c1_2026-01-15_10_30_00.txt")
    later = own(TWO, *zone(TWO, "Two", "traversal-client"), path="xconf_dump_c2_2026-01-16_10_30_00.txt")
    assert sorted(zones(estate([*older, *later]))) == ["One", "Two"]


def test_a_dump_whose_name_says_no_time_is_not_taken_for_an_older_one() -> None:
    named = own(ONE, *zone(ONE, "Named", "traversal-client"), path="xconf_dump_c1_2026-01-15_10_30_00.txt")
    pasted = own(ONE, *zone(ONE, "Pasted", "traversal-client", "2"), path="pasted.txt")
    assert sorted(zones(estate([*named, *pasted]))) == ["Named", "Pasted"]
