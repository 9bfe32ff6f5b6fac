"""Observations of several sources become one estate."""

from diagnostics.estate.observations import ClusterRef, DeploymentRef, FactKey, NodeRef, Role
from tests.diagnostics.estate.said import estate, fact, node, zone


def test_nodes_with_one_cluster_name_are_peers_whatever_its_case() -> None:
    found = estate([*node("c1.example.com", cluster="C.example.com"), *node("c2.example.com", cluster="c.example.com")])
    assert [[item.fqdn for item in cluster.nodes] for cluster in found.clusters] == [
        ["c1.example.com", "c2.example.com"]
    ]


def test_nodes_without_a_cluster_name_are_joined_by_the_peers_that_they_list() -> None:
    said = []
    for name in ("c1.example.com", "c2.example.com"):
        said += node(name)
        said += [fact(NodeRef(name=name), FactKey.CLUSTER_PEER, peer) for peer in ("c1.example.com", "c2.example.com")]
    found = estate([*said, *node("other.example.com")]).clusters
    members = {tuple(item.fqdn for item in cluster.nodes) for cluster in found}
    assert members == {("c1.example.com", "c2.example.com"), ("other.example.com",)}
    assert all(cluster.told_name is None for cluster in found)


def test_a_peer_that_gave_nothing_away_still_counts_for_the_size() -> None:
    peers = [
        fact(NodeRef(name="c1.example.com"), FactKey.CLUSTER_PEER, peer)
        for peer in ("c1.example.com", "c2.example.com")
    ]
    (cluster,) = estate([*node("c1.example.com"), *peers]).clusters
    assert len(cluster.nodes) == 1
    assert cluster.size == 2


def test_a_single_node_is_a_cluster_of_its_own_name() -> None:
    (cluster,) = estate(node("c1.example.com")).clusters
    assert (cluster.name, cluster.size, cluster.told_name) == ("c1.example.com", 1, None)


def test_two_roles_under_one_cluster_name_stay_apart() -> None:
    found = estate(
        [
            *node("c1.example.com", cluster="x.example.com", role="expressway-c"),
            *node("u1.example.com", cluster="x.example.com", role="unified-cm"),
        ]
    )
    assert {(cluster.role, cluster.nodes[0].fqdn) for cluster in found.clusters} == {
        (Role.EXPRESSWAY_C, "c1.example.com"),
        (Role.UNIFIED_CM, "u1.example.com"),
    }


def test_a_peer_of_which_nothing_tells_the_role_is_what_the_other_peers_are() -> None:
    said = [
        *node("c1.example.com", cluster="c.example.com"),
        *node("c2.example.com", cluster="c.example.com"),
        *zone(NodeRef(name="c1.example.com"), "UC", "traversal-client"),
    ]
    (cluster,) = estate(said).clusters
    assert cluster.role is Role.EXPRESSWAY_C
    assert [(item.fqdn, item.role) for item in cluster.nodes] == [
        ("c1.example.com", Role.EXPRESSWAY_C),
        ("c2.example.com", Role.EXPRESSWAY_C),
    ]


def test_a_traversal_zone_is_surer_of_the_role_than_what_was_stated() -> None:
    ref = NodeRef(name="x1.example.com")
    said = [*node("x1.example.com", role="expressway-e"), *zone(ref, "UC", "traversal-client")]
    assert estate(said).clusters[0].role is Role.EXPRESSWAY_C


def test_a_unified_cm_is_never_an_expressway_by_its_zones() -> None:
    ref = NodeRef(name="u1.example.com")
    said = [*node("u1.example.com", role="unified-cm"), *zone(ref, "UC", "traversal-client")]
    assert estate(said).clusters[0].role is Role.UNIFIED_CM


def test_without_role_and_zones_it_is_just_an_expressway() -> None:
    assert estate(node("x1.example.com")).clusters[0].role is Role.EXPRESSWAY


def test_a_node_has_its_own_release_where_it_differs_from_the_cluster() -> None:
    cluster = fact(ClusterRef(name="c.example.com"), FactKey.VERSION, "X14.2")
    found = estate(
        [
            cluster,
            *node("c1.example.com", cluster="c.example.com"),
            *node("c2.example.com", cluster="c.example.com", version="X14.0.1"),
        ]
    )
    assert [item.version and item.version.value for item in found.nodes()] == ["X14.2", "X14.0.1"]


def test_a_switch_of_the_node_comes_before_that_of_its_cluster() -> None:
    said = [
        fact(ClusterRef(name="c.example.com"), FactKey.VERIFY_ORIGIN_SERVER, True),
        *node("c1.example.com", cluster="c.example.com"),
        *node("c2.example.com", cluster="c.example.com"),
        fact(NodeRef(name="c2.example.com"), FactKey.VERIFY_ORIGIN_SERVER, False),
    ]
    switches = [item.settings.verify_origin_server for item in estate(said).nodes()]
    assert [item.value for item in switches if item] == [True, False]


def test_what_nobody_said_is_unknown_and_not_off() -> None:
    (found,) = estate(node("c1.example.com")).nodes()
    assert found.version is None
    assert found.settings.revocation_mode is None
    assert estate(node("c1.example.com")).mra.enabled is None


def test_mobile_and_remote_access_is_on_as_soon_as_one_node_has_it_on() -> None:
    said = [fact(DeploymentRef(), FactKey.MRA_ENABLED, value) for value in (False, True, False)]
    enabled = estate(said).mra.enabled
    assert enabled is not None
    assert enabled.value is True


def test_a_domain_that_two_nodes_state_is_one_domain() -> None:
    said = [fact(DeploymentRef(), FactKey.MRA_DOMAIN, value) for value in ("example.com", "Example.com", "example.net")]
    assert [domain.value for domain in estate(said).mra.domains] == ["example.com", "example.net"]


def test_two_releases_of_one_node_are_kept_as_a_contradiction() -> None:
    ref = NodeRef(name="c1.example.com")
    said = [
        *node("c1.example.com", version="X14.0"),
        fact(ref, FactKey.VERSION, "X15.0", upload="xstat_dump.xml", proven=True),
    ]
    found = estate(said)
    assert [item.version.value for item in found.nodes() if item.version] == ["X15.0"]
    (contradiction,) = found.contradictions
    assert (contradiction.subject, contradiction.what) == ("c1.example.com", "version")
    assert [value for value, _ in contradiction.said] == ["X15.0", "X14.0"]


def test_a_later_upload_replaces_a_release_without_a_contradiction() -> None:
    found = estate(node("c1.example.com", version="X14.0"), node("c1.example.com", version="X15.0"))
    assert [item.version.value for item in found.nodes() if item.version] == ["X15.0"]
    assert found.contradictions == ()
