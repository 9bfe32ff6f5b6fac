"""Estates that are right in every respect and yet unlike each other: what a customer may have without a fault."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from cryptography import x509

from diagnostics.samples.authority import Authority, Issued, root, self_signed
from diagnostics.samples.blueprint import ClusterPlan, EstatePlan, NodePlan, Role, Slot, ZonePlan
from diagnostics.samples.healthy import UC_ZONE, healthy

# Each stands on one side of a change that the rules know: X14.0.2, X14.0.8, X14.2, X15.4.
RELEASES = ("X12.5.9", "X12.7.1", "X14.0.1", "X14.0.7", "X14.0.10", "X14.2.1", "X14.3.2", "X15.0.3", "X15.2.2", "X15.4")
B2B_ZONE, B2B_PORT = "B2B traversal", 7002
LAB_ZONE, LAB_PORT = "Lab traversal", 7003

Variation = Callable[[EstatePlan, random.Random], None]


def varied(rng: random.Random, at: datetime) -> EstatePlan:
    """A healthy estate with up to four of `VARIATIONS`, of any size and release."""
    split = rng.random() < 0.2
    plan = healthy(
        at=at,
        expressway_c=rng.choice((1, 1, 2, 2, 3, 6)),
        expressway_e=rng.choice((1, 2, 2, 3, 6)),
        unified_cm=rng.choice((0, 1, 1, 2, 3)),
        im_presence=rng.choice((0, 0, 1, 2)),
        version="X15.5" if split else rng.choice(RELEASES),
        mra_domains=rng.choice((["example.com"], ["example.com", "example.net"], ["other.example"])),
        split_stores=split,
        ecdsa=rng.random() < 0.2,
    )
    for variation in rng.sample(VARIATIONS, rng.randint(0, 4)):
        variation(plan, rng)
    return plan


def issuer_of(plan: EstatePlan, issued: Issued) -> Authority | None:
    """The authority that signed it; None: it signed itself."""
    for authority in plan.authorities.values():
        if authority.name == issued.certificate.issuer:
            try:
                issued.certificate.verify_directly_issued_by(authority.certificate)
            except Exception:
                continue
            return authority
    return None


def expressways(plan: EstatePlan) -> list[NodePlan]:
    return list(plan.nodes("expressway-c", "expressway-e"))


def clusters(plan: EstatePlan, role: Role) -> list[ClusterPlan]:
    return [item for item in plan.clusters if item.role == role]


def stores_with(plan: EstatePlan, certificate: x509.Certificate) -> Iterator[list[x509.Certificate]]:
    """Every list that holds the certificate."""
    for node in plan.nodes():
        for store in node.trust.values():
            if certificate in store:
                yield store


def _reissue(plan: EstatePlan, node: NodePlan, slot: Slot, issuer: Authority) -> None:
    node.identity[slot] = issuer.reissue(node.issued(slot))


def edge_from_the_private_ca(plan: EstatePlan, rng: random.Random) -> None:
    for node in plan.nodes("expressway-e"):
        _reissue(plan, node, "server", plan.authorities["private-issuing"])


def core_straight_from_the_root(plan: EstatePlan, rng: random.Random) -> None:
    for node in plan.nodes("expressway-c"):
        for slot in node.identity:
            _reissue(plan, node, slot, plan.authorities["private-root"])


def one_more_intermediate(plan: EstatePlan, rng: random.Random) -> None:
    upper = plan.authorities["private-issuing"]
    lower = plan.authorities["private-lower"] = upper.intermediate("Example Corporation Issuing CA 1 B")
    for store in stores_with(plan, upper.certificate):
        store.insert(rng.randrange(len(store) + 1), lower.certificate)
    for node in plan.nodes("expressway-c"):
        for slot in node.identity:
            _reissue(plan, node, slot, lower)


def renewed_root(plan: EstatePlan, rng: random.Random) -> None:
    """Same name and key, later end; beside the old one or in its place."""
    old = plan.authorities["private-root"]
    new = old.renewed(not_before=plan.at - timedelta(days=20), not_after=plan.at + timedelta(days=7300))
    for store in stores_with(plan, old.certificate):
        at = store.index(old.certificate)
        if rng.random() < 0.5:
            store[at] = new.certificate
        else:
            store.insert(at + rng.randint(0, 1), new.certificate)


def old_root_run_out_beside_its_renewal(plan: EstatePlan, rng: random.Random) -> None:
    """Same name and key: the expired one is left over and harms nothing, as the other one is there."""
    new = plan.authorities["public-root"]
    old = new.renewed(not_before=plan.at - timedelta(days=4000), not_after=plan.at - timedelta(days=40))
    for store in stores_with(plan, new.certificate):
        store.insert(store.index(new.certificate) + 1, old.certificate)


def cross_signed_root(plan: EstatePlan, rng: random.Random) -> None:
    """The root has a second certificate from another CA; either way up is trusted."""
    anchor, own = plan.authorities["unrelated-1"], plan.authorities["public-root"]
    cross = anchor.cross_sign(own)
    for store in stores_with(plan, own.certificate):
        store.append(cross.certificate)
        if anchor.certificate in store and rng.random() < 0.5:
            store.remove(own.certificate)


def self_signed_unified_cm(plan: EstatePlan, rng: random.Random) -> None:
    for node in plan.nodes("unified-cm"):
        for slot in list(node.identity):
            issued = self_signed(f"{node.host}-{slot}.{node.domain}", at=plan.at, dns=[node.fqdn])
            node.identity[slot] = issued
            for client in plan.nodes("expressway-c"):
                client.trust["trusted-ca"].append(issued.certificate)


def peers_by_address(plan: EstatePlan, rng: random.Random) -> None:
    for node in plan.nodes("expressway-e"):
        issuer = issuer_of(plan, node.issued("server"))
        assert issuer is not None
        node.identity["server"] = issuer.reissue(node.issued("server"), ips=[node.address])
    for cluster in clusters(plan, "expressway-c"):
        for zone in cluster.zones:
            zone.peers = [node.address for node in plan.nodes("expressway-e")]


def second_zone(plan: EstatePlan, rng: random.Random) -> None:
    """Calls to other companies, beside Mobile and Remote Access; maybe without verification."""
    verified = rng.random() < 0.7
    edge = clusters(plan, "expressway-e")[0]
    for core in clusters(plan, "expressway-c")[:1]:
        peers = list(core.zones[0].peers)
        here = ZonePlan(name=B2B_ZONE, kind="traversal-client", peers=peers)
        there = ZonePlan(name=B2B_ZONE, kind="traversal-server", verify_name=core.name)
        for cluster, zone in ((core, here), (edge, there)):
            zone.unified_communications, zone.port, zone.tls_verify = False, B2B_PORT, verified
            cluster.zones.append(zone)


def second_core_cluster(plan: EstatePlan, rng: random.Random) -> None:
    """Another Expressway-C cluster that reaches the same Expressway-E through a zone of its own."""
    first, edge = clusters(plan, "expressway-c")[0], clusters(plan, "expressway-e")[0]
    names = [f"labc{number}.example.com" for number in range(1, rng.choice((1, 2)) + 1)]
    name = names[0] if len(names) == 1 else "labc.example.com"
    lab = replace(first, name=name, nodes=[], zones=[])
    for number, fqdn in enumerate(names):
        model = first.nodes[0]
        identity: dict[Slot, Issued | bytes] = {}
        for slot in model.identity:
            issuer = issuer_of(plan, model.issued(slot))
            assert issuer is not None
            changed = list(dict.fromkeys((fqdn, name)))
            identity[slot] = issuer.reissue(model.issued(slot), common_name=fqdn, dns=changed)
        trust = {"trusted-ca": list(model.trust["trusted-ca"])}
        lab.nodes.append(NodePlan(fqdn=fqdn, address=f"192.0.2.{201 + number}", identity=identity, trust=trust))
    here = ZonePlan(name=UC_ZONE, kind="traversal-client", port=LAB_PORT, peers=list(first.zones[0].peers))
    lab.zones.append(here)
    edge.zones.append(ZonePlan(name=LAB_ZONE, kind="traversal-server", port=LAB_PORT, verify_name=name))
    plan.clusters.append(lab)


def subscribers_without_a_snapshot(plan: EstatePlan, rng: random.Random) -> None:
    for cluster in clusters(plan, "unified-cm"):
        for node in cluster.nodes[1:]:
            node.identity, node.trust = {}, {}


def mobile_and_remote_access_off(plan: EstatePlan, rng: random.Random) -> None:
    """Then nothing about Unified CM or the domains matters, right or wrong."""
    plan.mra_enabled = False
    for node in plan.nodes("unified-cm"):
        node.trust = {store: [] for store in node.trust}


def domains_without_the_prefix(plan: EstatePlan, rng: random.Random) -> None:
    for node in plan.nodes("expressway-e"):
        issued = node.issued("server")
        names = [name.removeprefix("collab-edge.") for name in dns_names(issued.certificate)]
        issuer = issuer_of(plan, issued)
        assert issuer is not None
        node.identity["server"] = issuer.reissue(issued, dns=list(dict.fromkeys(names)))


def names_in_capitals(plan: EstatePlan, rng: random.Random) -> None:
    for node in expressways(plan):
        issued = node.issued("server")
        issuer = issuer_of(plan, issued)
        assert issuer is not None
        node.identity["server"] = issuer.reissue(issued, dns=[name.upper() for name in dns_names(issued.certificate)])


def neglected_lists(plan: EstatePlan, rng: random.Random) -> None:
    """CA certificates that nobody needs, one of them long expired, in any order."""
    expired = root(
        "Forgotten Root CA", at=plan.at, organisation="Forgotten", not_after=plan.at - timedelta(days=400)
    ).certificate
    for node in expressways(plan):
        node.trust["trusted-ca"].append(expired)
        rng.shuffle(node.trust["trusted-ca"])


def authorities_without_key_identifiers(plan: EstatePlan, rng: random.Random) -> None:
    old = plan.authorities["private-issuing"]
    new = plan.authorities["private-issuing"] = old.renewed(subject_key_id=False, authority_key_id=False)
    for store in stores_with(plan, old.certificate):
        store[store.index(old.certificate)] = new.certificate


def neighbor_zone(plan: EstatePlan, rng: random.Random) -> None:
    """To somebody whose certificates nobody has handed in."""
    zone = ZonePlan(name="Gateway", kind="neighbor", unified_communications=False, port=5061, peers=["gw.example.org"])
    clusters(plan, "expressway-c")[0].zones.append(zone)


def current_revocation_list(plan: EstatePlan, rng: random.Random) -> None:
    day = timedelta(days=1)
    content = plan.authorities["private-issuing"].crl(this_update=plan.at - day, next_update=plan.at + 6 * day)
    for cluster in plan.clusters:
        if cluster.role in ("expressway-c", "expressway-e"):
            cluster.settings.revocation = True
            for node in cluster.nodes:
                node.crls.append(content)


def edge_for_servers_only(plan: EstatePlan, rng: random.Random) -> None:
    """As public CAs issue from 2026 on; X15.4 takes it once it is told to."""
    for cluster in clusters(plan, "expressway-e"):
        if cluster.version == "X15.4":
            cluster.settings.server_eku_upload = True
            for node in cluster.nodes:
                issuer = issuer_of(plan, node.issued("server"))
                assert issuer is not None
                node.identity["server"] = issuer.reissue(node.issued("server"), usages=("server",))


def wildcard_tomcat(plan: EstatePlan, rng: random.Random) -> None:
    for node in plan.nodes("unified-cm", "im-presence"):
        if "tomcat" in node.identity and issuer_of(plan, node.issued("tomcat")) is not None:
            issuer = plan.authorities["ucm-root"]
            node.identity["tomcat"] = issuer.reissue(node.issued("tomcat"), dns=[f"*.{node.domain}"])


VARIATIONS: tuple[Variation, ...] = (
    edge_from_the_private_ca,
    core_straight_from_the_root,
    one_more_intermediate,
    renewed_root,
    old_root_run_out_beside_its_renewal,
    cross_signed_root,
    self_signed_unified_cm,
    peers_by_address,
    second_zone,
    second_core_cluster,
    subscribers_without_a_snapshot,
    mobile_and_remote_access_off,
    domains_without_the_prefix,
    names_in_capitals,
    neglected_lists,
    authorities_without_key_identifiers,
    neighbor_zone,
    current_revocation_list,
    edge_for_servers_only,
    wildcard_tomcat,
)


def dns_names(certificate: x509.Certificate) -> list[str]:
    """The host names of its subjectAltName."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)
