"""The zones of a cluster, from what its peers say of them."""

from dataclasses import replace

from diagnostics.estate.model import Zone
from diagnostics.estate.observations import ClusterRef, NodeRef, ZoneType
from tests.diagnostics.estate.said import estate, node, zone

ONE, TWO = NodeRef(name="c1.example.com"), NodeRef(name="c2.example.com")
PAIR = [*node("c1.example.com", cluster="c.example.com"), *node("c2.example.com", cluster="c.example.com")]


def zones(*batches) -> tuple[Zone, ...]:
    return estate(*batches).clusters[0].zones


def test_one_zone_on_two_peers_under_different_numbers_is_one_zone() -> None:
    said = [
        *PAIR,
        *zone(ONE, "UC traversal", "traversal-client", "1", port=7001),
        *zone(TWO, "uc traversal", "traversal-client", "4", port=7001),
    ]
    (found,) = zones(said)
    assert (found.name, found.type) == ("UC traversal", ZoneType.TRAVERSAL_CLIENT)
    assert found.port is not None
    assert found.port.value == 7001


def test_peers_that_disagree_are_a_contradiction_and_the_first_is_used() -> None:
    said = [
        *PAIR,
        *zone(ONE, "UC", "traversal-client", tls_verify=True),
        *zone(TWO, "UC", "traversal-client", tls_verify=False),
    ]
    found = estate(said)
    (only,) = found.clusters[0].zones
    assert only.tls_verify is not None
    assert only.tls_verify.value is True
    assert [(item.subject, item.what) for item in found.contradictions] == [("c.example.com, UC", "zone-tls-verify")]


def test_addresses_of_all_peers_are_joined_without_doubles() -> None:
    said = [
        *PAIR,
        *zone(ONE, "UC", "traversal-client", peers=["e1.example.com", "e2.example.com"]),
        *zone(TWO, "UC", "traversal-client", peers=["E2.example.com", "e3.example.com"]),
    ]
    (found,) = zones(said)
    assert [peer.value for peer in found.peers] == ["e1.example.com", "e2.example.com", "e3.example.com"]


def test_a_zone_of_the_cluster_and_one_of_its_node_are_one() -> None:
    said = [
        *PAIR,
        *zone(ClusterRef(name="C.example.com"), "UC", "traversal-client", peers=["e1.example.com"]),
        *zone(ONE, "UC", "traversal-client", port=7001),
    ]
    (found,) = zones(said)
    assert found.port is not None
    assert [peer.value for peer in found.peers] == ["e1.example.com"]


def test_a_zone_that_a_later_upload_no_longer_has_is_gone() -> None:
    first = [*PAIR, *zone(ONE, "Old", "traversal-client", "1"), *zone(ONE, "UC", "traversal-client", "2")]
    assert [item.name for item in zones(first, zone(ONE, "UC", "traversal-client", "1"))] == ["UC"]


def test_an_upload_without_zones_leaves_them_as_they_were() -> None:
    first = [*PAIR, *zone(ONE, "UC", "traversal-client")]
    assert [item.name for item in zones(first, node("c1.example.com", version="X15.0"))] == ["UC"]


def test_a_zone_without_a_type_or_name_is_none() -> None:
    ref = zone(ONE, "Nameless", "traversal-client")
    assert zones([*PAIR, ref[1]]) == ()
    assert zones([*PAIR, ref[0]]) == ()


def test_an_address_that_the_dump_does_not_have_is_no_peer_because_an_inventory_says_so() -> None:
    shown = zone(ONE, "UC", "traversal-client", peers=["e1.example.com"])
    said = [
        *PAIR,
        *zone(ClusterRef(name="c.example.com"), "UC", "traversal-client", peers=["e1.example.com", "e9.example.com"]),
        *(replace(item, proven=True) for item in shown),
    ]
    (found,) = zones(said)
    assert [peer.value for peer in found.peers] == ["e1.example.com"]


def test_the_dump_comes_before_what_an_inventory_says_of_the_cluster() -> None:
    said = [
        *PAIR,
        *zone(ClusterRef(name="c.example.com"), "UC", "traversal-client", tls_verify=False),
        *(replace(item, proven=True) for item in zone(ONE, "UC", "traversal-client", tls_verify=True)),
    ]
    (found,) = zones(said)
    assert found.tls_verify is not None
    assert found.tls_verify.value is True
