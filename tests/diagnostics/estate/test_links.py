"""Traversal zones of both sides find each other, and each peer address finds its node."""

import pytest

from diagnostics.estate.links import Designation, TraversalLink, traversal_links, uc_nodes
from diagnostics.estate.observations import ClusterRef, NodeRef, Role, Slot
from diagnostics.samples.authority import root
from tests.diagnostics.estate.said import AT, Files, estate, node, zone

CORE, EDGE = ClusterRef(name="c.example.com"), ClusterRef(name="e.example.com")
NODES = [
    *node("c1.example.com", cluster="c.example.com", role="expressway-c"),
    *node("e1.example.com", cluster="e.example.com", role="expressway-e", address="198.51.100.21"),
    *node("e2.example.com", cluster="e.example.com", role="expressway-e", address="198.51.100.22"),
]
SERVER = zone(EDGE, "UC edge", "traversal-server", port=7001, unified_communications=True)


def links(*said, files: Files | None = None) -> tuple[TraversalLink, ...]:
    return traversal_links(estate([item for part in said for item in part], files=files))


def designated(*peers: str, files: Files | None = None) -> list[tuple[str | None, Designation]]:
    (link,) = links(NODES, SERVER, zone(CORE, "UC", "traversal-client", port=7001, peers=peers), files=files)
    return [(peer.node.fqdn if peer.node else None, peer.how) for peer in link.peers]


def carrying(name: str, *owners: str) -> Files:
    files = Files()
    for owner in owners:
        issued = root(at=AT).issue(common_name=owner, dns=[owner, name])
        files.put(f"{owner}.pem", issued, at=NodeRef(name=owner), slot=Slot.SERVER)
    return files


def test_a_peer_address_is_the_node_of_that_name_whatever_its_case() -> None:
    assert designated("E2.example.com.") == [("e2.example.com", Designation.BY_NAME)]


def test_a_peer_address_is_the_node_with_that_address() -> None:
    assert designated("198.51.100.22") == [("e2.example.com", Designation.BY_ADDRESS)]


def test_another_name_is_the_one_node_whose_certificate_carries_it() -> None:
    found = designated("inside.example.com", files=carrying("inside.example.com", "e2.example.com"))
    assert found == [("e2.example.com", Designation.BY_CERTIFICATE)]


def test_a_name_that_both_certificates_carry_says_nothing() -> None:
    files = carrying("e.example.com", "e1.example.com", "e2.example.com")
    assert designated("e.example.com", files=files) == [(None, Designation.UNKNOWN)]


def test_a_mistyped_name_is_the_node_that_nothing_else_claims() -> None:
    assert designated("e1.example.com", "e2.exmaple.com") == [
        ("e1.example.com", Designation.BY_NAME),
        ("e2.example.com", Designation.BY_LIKENESS),
    ]


def test_the_last_address_is_the_last_node() -> None:
    assert designated("e1.example.com", "gateway.internal.example") == [
        ("e1.example.com", Designation.BY_NAME),
        ("e2.example.com", Designation.BY_ELIMINATION),
    ]


def test_nothing_is_eliminated_where_an_address_is_not_listed() -> None:
    assert designated("gateway.internal.example") == [(None, Designation.UNKNOWN)]


def test_zones_on_one_port_are_paired_and_others_are_not() -> None:
    b2b = zone(EDGE, "B2B edge", "traversal-server", "2", port=7002)
    ours = zone(CORE, "B2B", "traversal-client", "2", port=7002, peers=["e1.example.com"])
    uc = zone(CORE, "UC", "traversal-client", port=7001, peers=["e1.example.com"])
    pairs = {(item.client_zone.name, item.server_zone.name) for item in links(NODES, SERVER, b2b, uc, ours)}
    assert pairs == {("UC", "UC edge"), ("B2B", "B2B edge")}


def test_a_zone_on_a_port_that_the_other_side_has_not_stays_without_a_partner() -> None:
    alone = links(NODES, SERVER, zone(CORE, "UC", "traversal-client", port=7005, peers=["e1.example.com"]))
    assert [(item.client_zone is None, item.server_zone is None) for item in alone] == [(False, True), (True, False)]


def test_of_two_edges_the_one_that_the_peers_name_is_meant() -> None:
    other = [
        *node("f1.example.com", cluster="f.example.com", role="expressway-e"),
        *zone(ClusterRef(name="f.example.com"), "UC", "traversal-server", port=7001),
    ]
    client = zone(CORE, "UC", "traversal-client", port=7001, peers=["f1.example.com"])
    first = links(NODES, SERVER, other, client)[0]
    assert first.server is not None
    assert first.server.name == "f.example.com"


def test_two_edges_and_a_name_of_neither_leave_the_other_end_unknown() -> None:
    other = node("f1.example.com", cluster="f.example.com", role="expressway-e")
    client = zone(CORE, "UC", "traversal-client", port=7001, peers=["g1.example.org"])
    first = links(NODES, SERVER, other, client)[0]
    assert first.server is None
    assert first.peers[0].node is None


UC = {"port": 7001, "unified_communications": True}
APART = [item for name in ("e1", "e2") for item in node(f"{name}.example.com")]  # no role, no cluster, no zone


def test_nodes_that_a_zone_reaches_are_expressway_e_in_whatever_cluster_each_is() -> None:
    reached = ["e1.example.com", "E2.example.com"]
    (link,) = links(NODES[:3], APART, zone(CORE, "UC", "traversal-client", peers=reached, **UC))
    assert [(peer.node and peer.node.fqdn, peer.how) for peer in link.peers] == [
        ("e1.example.com", Designation.BY_NAME),
        ("e2.example.com", Designation.BY_NAME),
    ]
    assert [item.fqdn for item in link.edges] == ["e1.example.com", "e2.example.com"]
    assert {item.role for item in link.edges} == {Role.EXPRESSWAY_E}
    assert (link.server and link.server.name, link.server_zone) == ("e1.example.com", None)


def test_edges_of_no_known_cluster_meet_the_client_in_the_zone_that_each_has_itself() -> None:
    reached = ["e1.example.com", "e2.example.com", "somewhere.example.org"]
    said = [item for name in ("e1", "e2") for item in node(f"{name}.example.com", role="expressway-e")]
    own = [
        item
        for name in ("e1", "e2")
        for item in zone(NodeRef(name=f"{name}.example.com"), f"UC {name}", "traversal-server", **UC)
    ]
    found = links(NODES[:3], said, own, zone(CORE, "UC", "traversal-client", peers=reached, **UC))
    assert [
        (
            link.client and link.client.name,
            link.server_zone and link.server_zone.name,
            [peer.address.value for peer in link.peers],
        )
        for link in found
    ] == [
        ("c.example.com", "UC e1", ["e1.example.com", "somewhere.example.org"]),
        ("c.example.com", "UC e2", ["e2.example.com"]),
    ]


def test_a_name_that_one_certificate_alone_carries_is_that_node_in_whatever_cluster() -> None:
    files = carrying("inside.example.com", "e2.example.com")
    said = [*NODES[:3], *node("e1.example.com", role="expressway-e"), *node("e2.example.com", role="expressway-e")]
    reached = ["e1.example.com", "inside.example.com"]
    (link,) = links(said, zone(CORE, "UC", "traversal-client", peers=reached, **UC), files=files)
    assert [(peer.node and peer.node.fqdn, peer.how) for peer in link.peers] == [
        ("e1.example.com", Designation.BY_NAME),
        ("e2.example.com", Designation.BY_CERTIFICATE),
    ]


def test_a_name_that_two_clusters_carry_is_the_node_of_the_cluster_that_the_other_peers_mean() -> None:
    files = carrying("inside.example.com", "e2.example.com", "f1.example.com")
    other = node("f1.example.com", cluster="f.example.com", role="expressway-e")
    reached = ["e1.example.com", "inside.example.com"]
    (link, *_) = links(NODES, SERVER, other, zone(CORE, "UC", "traversal-client", peers=reached, **UC), files=files)
    assert [(peer.node and peer.node.fqdn, peer.how) for peer in link.peers] == [
        ("e1.example.com", Designation.BY_NAME),
        ("e2.example.com", Designation.BY_CERTIFICATE),
    ]


def test_where_a_peer_is_unknown_every_node_of_the_cluster_may_be_meant() -> None:
    (link,) = links(NODES, SERVER, zone(CORE, "UC", "traversal-client", peers=["somewhere.example.org"], **UC))
    assert [item.fqdn for item in link.edges] == ["e1.example.com", "e2.example.com"]


def test_an_edge_alone_has_its_zone_without_a_client() -> None:
    (link,) = links(NODES[3:], SERVER)
    assert (link.client, link.client_zone) == (None, None)
    assert link.carries_uc


@pytest.mark.parametrize(
    ("said", "unified_communications", "verifies"),
    [(None, True, True), (None, False, None), (False, True, False), (True, False, True)],
)
def test_a_unified_communications_zone_verifies_unless_it_says_otherwise(
    said: bool | None, unified_communications: bool, verifies: bool | None
) -> None:
    more = {} if said is None else {"tls_verify": said}
    flags = {"unified_communications": unified_communications, **more}
    (link,) = links(NODES, zone(CORE, "Z", "traversal-client", port=7001, peers=["e1.example.com"], **flags))
    assert link.verifies(link.client_zone) is verifies


def test_a_zone_over_tcp_is_no_tls_connection() -> None:
    assert links(NODES, zone(CORE, "Plain", "traversal-client", port=7001, transport="TCP")) == ()


def test_the_nodes_behind_expressway_are_those_of_the_three_voice_roles() -> None:
    roles = ("unified-cm", "im-presence", "unity-connection", "expressway-c")
    said = [item for role in roles for item in node(f"{role}.example.com", role=role)]
    assert {item.fqdn for item in uc_nodes(estate(said))} == {f"{role}.example.com" for role in roles[:3]}
