"""The healthy plan, held against the openssl command: every chain, every name, both ways."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from diagnostics.samples.blueprint import EstatePlan, NodePlan, Store
from diagnostics.samples.healthy import UC_ZONE, UNRELATED, healthy

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)

PLANS = {
    "default": {},
    "single nodes": {"expressway_c": 1, "expressway_e": 1},
    "three to two": {"expressway_c": 3, "expressway_e": 2, "unified_cm": 2},
    "with IM and Presence": {"im_presence": 2},
    "with ECDSA": {"ecdsa": True, "mra_domains": ("example.com", "example.net")},
    "split stores": {"split_stores": True, "domain": "corp.example"},
    "old release": {"version": "X8.11.4", "ucm_version": "12.5.1"},
    "other day": {"at": datetime(2031, 2, 28, 23, 59, 59, tzinfo=UTC)},
}


@pytest.fixture(params=PLANS.values(), ids=PLANS.keys())
def plan(request) -> EstatePlan:
    return healthy(**{"at": AT, **request.param})


def client_certificate(node: NodePlan) -> x509.Certificate:
    return node.issued("client" if "client" in node.identity else "server").certificate


def handshakes(plan: EstatePlan) -> Iterator[tuple[str, x509.Certificate, list[x509.Certificate], str]]:
    """Who is judged by whom: a word for the pair, the certificate, the judge's list, the purpose."""
    for core in plan.nodes("expressway-c"):
        for edge in plan.nodes("expressway-e"):
            server, client = edge.issued("server").certificate, client_certificate(core)
            yield f"{core.fqdn} judges {edge.fqdn}", server, core.trust["trusted-ca"], "sslserver"
            yield f"{edge.fqdn} judges {core.fqdn}", client, edge.trust["trusted-ca"], "sslclient"
        for voice in plan.nodes("unified-cm", "im-presence"):
            for slot in voice.identity:
                certificate = voice.issued(slot).certificate
                yield f"{core.fqdn} judges {voice.fqdn} {slot}", certificate, core.trust["trusted-ca"], "sslserver"
            for store, certificates in voice.trust.items():
                yield f"{voice.fqdn} {store} judges {core.fqdn}", client_certificate(core), certificates, "sslclient"
    for role in ("expressway-c", "expressway-e"):
        peers = list(plan.nodes(role))
        for judge in peers:
            for peer in peers:
                server = peer.issued("server").certificate
                yield f"{judge.fqdn} judges {peer.fqdn}", server, judge.trust["trusted-ca"], "sslserver"
                client = client_certificate(peer)
                yield f"{judge.fqdn} judges {peer.fqdn}", client, judge.trust["trusted-ca"], "sslclient"


def test_every_node_trusts_every_peer_from_its_own_list_alone(openssl, plan):
    pairs = list(handshakes(plan))
    failed = {
        pair: complaint
        for pair, leaf, trusted, purpose in pairs
        if (complaint := openssl.verify(leaf, trusted=trusted, at=plan.at, purpose=purpose))
    }

    assert failed == {}
    cores, edges = (len(list(plan.nodes(role))) for role in ("expressway-c", "expressway-e"))
    assert len(pairs) >= 2 * cores * edges + 2 * cores


def test_every_name_that_is_asked_for_is_in_the_certificate(openssl, plan):
    missing = []
    for cluster in plan.clusters:
        for node in cluster.nodes:
            wanted = [node.fqdn]
            if cluster.role in ("expressway-c", "expressway-e"):
                wanted.append(cluster.name)
            if cluster.role == "expressway-e":
                wanted += [f"collab-edge.{domain}" for domain in plan.mra_domains]
            missing += [
                (node.fqdn, slot, name)
                for slot in node.identity
                for name in wanted
                if not (slot == "client" and name.startswith("collab-edge."))
                and not openssl.carries(node.issued(slot).certificate, name)
            ]

    assert missing == []


def test_the_zones_name_each_other(plan):
    core = next(cluster for cluster in plan.clusters if cluster.role == "expressway-c")
    edge = next(cluster for cluster in plan.clusters if cluster.role == "expressway-e")

    assert plan.zone(core.name, UC_ZONE).peers == [node.fqdn for node in edge.nodes]
    assert plan.zone(edge.name, UC_ZONE).verify_name == core.name
    assert plan.zone(core.name, UC_ZONE).port == plan.zone(edge.name, UC_ZONE).port == 7001


def test_every_list_has_the_unrelated_too_and_nothing_twice(plan):
    unrelated = {plan.authorities[name].certificate for name in UNRELATED}
    for node in plan.nodes():
        for certificates in node.trust.values():
            assert unrelated < set(certificates)
            assert len(set(certificates)) == len(certificates)


def test_nothing_ends_within_a_month(plan):
    held = [node.issued(slot).certificate for node in plan.nodes() for slot in node.identity]
    held += [authority.certificate for authority in plan.authorities.values()]

    assert all(item.not_valid_before_utc < plan.at for item in held)
    assert all((item.not_valid_after_utc - plan.at).days >= 31 for item in held)


def test_public_certificates_keep_to_the_lifetime_of_march_2027(plan):
    for node in plan.nodes("expressway-e"):
        certificate = node.issued("server").certificate
        assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days <= 100


def test_stores_are_those_of_the_role():
    plan = healthy(at=AT, im_presence=1)
    stores: dict[str, set[Store]] = {node.fqdn: set(node.trust) for node in plan.nodes()}

    assert stores["expc1.example.com"] == stores["expe2.example.com"] == {"trusted-ca"}
    assert stores["cucm1.example.com"] == {"tomcat-trust", "callmanager-trust"}
    assert stores["imp1.example.com"] == {"tomcat-trust", "cup-xmpp-trust"}


def test_split_stores_have_a_server_only_and_a_client_certificate(openssl):
    plan = healthy(at=AT, split_stores=True)

    assert {cluster.version for cluster in plan.clusters[:2]} == {"X15.5"}
    for node in plan.nodes("expressway-c", "expressway-e"):
        trusted = node.trust["trusted-ca"]
        server, client = node.issued("server").certificate, node.issued("client").certificate
        assert "purpose" in openssl.verify(server, trusted=trusted, at=AT, purpose="sslclient")
        assert openssl.verify(client, trusted=trusted, at=AT, purpose="sslclient") == ""


def test_unified_cm_has_rsa_where_the_slot_says_so():
    node = healthy(at=AT, ecdsa=True).node("cucm1.example.com")
    kinds = {slot: type(node.issued(slot).key) for slot in node.identity}

    assert issubclass(kinds["tomcat"], rsa.RSAPrivateKey)
    assert issubclass(kinds["callmanager"], rsa.RSAPrivateKey)
    assert issubclass(kinds["tomcat-ecdsa"], ec.EllipticCurvePrivateKey)
    assert issubclass(kinds["callmanager-ecdsa"], ec.EllipticCurvePrivateKey)


def test_two_calls_share_no_certificate_and_no_expressway_key():
    first, second = healthy(at=AT), healthy(at=AT)
    names = [node.fqdn for node in first.nodes("expressway-c", "expressway-e")]

    assert not {item.sha256 for item in first.authorities.values()} & {
        item.sha256 for item in second.authorities.values()
    }
    assert all(first.node(name).issued("server").key != second.node(name).issued("server").key for name in names)


def test_spoiling_one_list_leaves_the_others_alone():
    plan = healthy(at=AT)
    root = plan.authorities["public-root"].certificate
    plan.node("expc1.example.com").trust["trusted-ca"].remove(root)

    assert root not in plan.node("expc1.example.com").trust["trusted-ca"]
    assert root in plan.node("expc2.example.com").trust["trusted-ca"]


def test_look_ups_refuse_what_is_not_there():
    plan = healthy(at=AT)
    plan.node("expc1.example.com").identity["server"] = b"not a certificate"

    for look_up in (
        lambda: plan.node("expc9.example.com"),
        lambda: plan.cluster("nowhere.example.com"),
        lambda: plan.cluster_of("expc9.example.com"),
        lambda: plan.zone("expc.example.com", "No such zone"),
    ):
        with pytest.raises(KeyError):
            look_up()
    with pytest.raises(TypeError, match="raw file"):
        plan.node("expc1.example.com").issued("server")
