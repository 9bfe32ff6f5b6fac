"""One thing wrong at a time. What follows from it is not said here: `oracle` works it out from the spoiled plan."""

import random
from collections.abc import Callable
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from diagnostics.samples.authority import Authority, Issued, self_signed
from diagnostics.samples.blueprint import EstatePlan, NodePlan, Slot, Store, ZonePlan
from tests.diagnostics.against_openssl.oracle import remember
from tests.diagnostics.against_openssl.variations import clusters, dns_names, expressways, issuer_of

Fault = Callable[[EstatePlan, random.Random], None]
DAY = timedelta(days=1)


def spoiled(plan: EstatePlan, rng: random.Random, most: int = 3) -> list[str]:
    """Does one to `most` of `FAULTS` to the plan, and gives their names."""
    chosen = rng.sample(FAULTS, rng.randint(1, most))
    for fault in chosen:
        fault(plan, rng)
    return [fault.__name__ for fault in chosen]


def _any_list(plan: EstatePlan, rng: random.Random) -> list[x509.Certificate] | None:
    lists = [store for node in plan.nodes() for store in node.trust.values() if store]
    return rng.choice(lists) if lists else None


def _needed(plan: EstatePlan, store: list[x509.Certificate], rng: random.Random) -> Authority | None:
    found = [
        item for item in plan.authorities.values() if item.certificate in store and "Unrelated" not in str(item.name)
    ]
    return rng.choice(found) if found else None


def ca_deleted_from_one_list(plan: EstatePlan, rng: random.Random) -> None:
    store = _any_list(plan, rng)
    authority = _needed(plan, store, rng) if store else None
    if store and authority:
        store.remove(authority.certificate)


def ca_deleted_from_a_cluster(plan: EstatePlan, rng: random.Random) -> None:
    cluster = rng.choice(plan.clusters)
    store = next(iter(cluster.nodes[0].trust.values()), None)
    authority = _needed(plan, store, rng) if store else None
    for node in cluster.nodes if authority else ():
        for held in node.trust.values():
            held[:] = [item for item in held if item != authority.certificate]


def list_emptied(plan: EstatePlan, rng: random.Random) -> None:
    node = rng.choice(list(plan.nodes("unified-cm")) or expressways(plan))
    name = rng.choice([*node.trust] or [None])
    if name:
        node.trust[name] = [plan.authorities["unrelated-2"].certificate]


def ca_of_the_same_name_with_another_key(plan: EstatePlan, rng: random.Random) -> None:
    store = _any_list(plan, rng)
    authority = _needed(plan, store, rng) if store else None
    if store and authority:
        store[store.index(authority.certificate)] = authority.rekeyed().certificate


def ca_run_out(plan: EstatePlan, rng: random.Random) -> None:
    """The list holds an expired certificate of the CA, and the estate's other lists the current one."""
    store = _any_list(plan, rng)
    authority = _needed(plan, store, rng) if store else None
    if store and authority:
        expired = authority.renewed(not_before=plan.at - 900 * DAY, not_after=plan.at - 3 * DAY)
        store[store.index(authority.certificate)] = expired.certificate


def renewal_from_a_new_intermediate(plan: EstatePlan, rng: random.Random) -> None:
    """Appended on some nodes and forgotten on others."""
    node = rng.choice(expressways(plan))
    slot = rng.choice(list(node.identity))
    held = node.identity[slot]
    issuer = issuer_of(plan, held) if isinstance(held, Issued) else None
    if issuer is None:
        return
    new = plan.authorities["new-intermediate"] = (issuer.issuer or issuer).intermediate("Brand New Issuing CA 7")
    node.identity[slot] = new.reissue(node.issued(slot))
    for other in plan.nodes():
        for store in other.trust.values():
            if rng.random() < 0.6:
                store.append(new.certificate)


def certificate_of_an_unknown_ca(plan: EstatePlan, rng: random.Random) -> None:
    """Nobody has a copy of the CA: its name and key identifier are all there is."""
    node = rng.choice(expressways(plan))
    if isinstance(node.identity["server"], Issued):
        stranger = plan.authorities["unrelated-3"].intermediate("Unknown Issuing CA")
        node.identity["server"] = stranger.reissue(node.issued("server"))


def self_signed_expressway(plan: EstatePlan, rng: random.Random) -> None:
    node = rng.choice(expressways(plan))
    if isinstance(node.identity["server"], Issued):
        names = dns_names(node.issued("server").certificate)
        node.identity["server"] = self_signed(node.fqdn, at=plan.at, dns=names, ca=False)


def _changed(plan: EstatePlan, node: NodePlan, slot: Slot, **changes: object) -> None:
    held = node.identity.get(slot)
    if not isinstance(held, Issued):
        return
    issuer = issuer_of(plan, held)
    if issuer is not None:
        node.identity[slot] = issuer.reissue(held, **changes)  # type: ignore[arg-type]


def _without(plan: EstatePlan, node: NodePlan, slot: Slot, *names: str) -> None:
    held = node.identity.get(slot)
    if isinstance(held, Issued):
        kept = [item for item in dns_names(held.certificate) if item.casefold() not in names]
        common = None if node.fqdn in names else node.fqdn
        _changed(plan, node, slot, dns=kept or ["placeholder.example.org"], common_name=common)


def edge_lacks_its_own_name(plan: EstatePlan, rng: random.Random) -> None:
    node = rng.choice(list(plan.nodes("expressway-e")))
    _without(plan, node, "server", node.fqdn)


def edge_name_in_the_common_name_alone(plan: EstatePlan, rng: random.Random) -> None:
    node = rng.choice(list(plan.nodes("expressway-e")))
    held = node.identity["server"]
    if isinstance(held, Issued):
        kept = [item for item in dns_names(held.certificate) if item.casefold() != node.fqdn]
        _changed(plan, node, "server", dns=kept or ["placeholder.example.org"], common_name=node.fqdn)


def _client_zone(plan: EstatePlan, rng: random.Random) -> ZonePlan:
    cluster = rng.choice(clusters(plan, "expressway-c"))
    return rng.choice([zone for zone in cluster.zones if zone.kind == "traversal-client"])


def _server_zone(plan: EstatePlan, rng: random.Random) -> ZonePlan:
    cluster = rng.choice(clusters(plan, "expressway-e"))
    return rng.choice([zone for zone in cluster.zones if zone.kind == "traversal-server"])


def peer_address_mistyped(plan: EstatePlan, rng: random.Random) -> None:
    zone = _client_zone(plan, rng)
    number = rng.randrange(len(zone.peers))
    zone.peers[number] = f"expee{number + 1}.example.com"


def peer_address_in_another_domain(plan: EstatePlan, rng: random.Random) -> None:
    zone = _client_zone(plan, rng)
    number = rng.randrange(len(zone.peers))
    zone.peers[number] = f"expe{number + 1}.internal.example"


def peer_address_an_ip(plan: EstatePlan, rng: random.Random) -> None:
    zone = _client_zone(plan, rng)
    number = rng.randrange(len(zone.peers))
    zone.peers[number] = list(plan.nodes("expressway-e"))[number].address


def verify_name_mistyped(plan: EstatePlan, rng: random.Random) -> None:
    _server_zone(plan, rng).verify_name = rng.choice(("expc.exmaple.com", "expressway-c.corp.example"))


def verify_name_of_one_node(plan: EstatePlan, rng: random.Random) -> None:
    cluster = clusters(plan, "expressway-c")[0]
    _server_zone(plan, rng).verify_name = rng.choice(cluster.nodes).fqdn


def core_lacks_the_cluster_name(plan: EstatePlan, rng: random.Random) -> None:
    cluster = rng.choice(clusters(plan, "expressway-c"))
    node = rng.choice(cluster.nodes)
    for slot in list(node.identity):
        _without(plan, node, slot, cluster.name)


def no_core_has_the_cluster_name(plan: EstatePlan, rng: random.Random) -> None:
    cluster = rng.choice(clusters(plan, "expressway-c"))
    for node in cluster.nodes:
        for slot in list(node.identity):
            _without(plan, node, slot, cluster.name)


def edge_lacks_a_domain(plan: EstatePlan, rng: random.Random) -> None:
    node = rng.choice(list(plan.nodes("expressway-e")))
    domain = rng.choice(plan.mra_domains)
    _without(plan, node, "server", domain, f"collab-edge.{domain}")


def usage_of_a_server_alone(plan: EstatePlan, rng: random.Random) -> None:
    node = rng.choice(expressways(plan))
    for slot in list(node.identity):
        _changed(plan, node, slot, usages=("server",))


def usage_of_a_client_alone(plan: EstatePlan, rng: random.Random) -> None:
    _changed(plan, rng.choice(list(plan.nodes())), rng.choice(("server", "tomcat")), usages=("client",))


def _any_identity(plan: EstatePlan, rng: random.Random) -> tuple[NodePlan, Slot]:
    return rng.choice([(node, slot) for node in plan.nodes() for slot in node.identity])


def certificate_run_out(plan: EstatePlan, rng: random.Random) -> None:
    _changed(
        plan, *_any_identity(plan, rng), not_before=plan.at - 99 * DAY, not_after=plan.at - rng.choice((1, 60)) * DAY
    )


def certificate_from_the_future(plan: EstatePlan, rng: random.Random) -> None:
    _changed(plan, *_any_identity(plan, rng), not_before=plan.at + 2 * DAY, not_after=plan.at + 90 * DAY)


def certificate_about_to_end(plan: EstatePlan, rng: random.Random) -> None:
    _changed(plan, *_any_identity(plan, rng), not_after=plan.at + rng.choice((3, 20)) * DAY)


def not_pem(plan: EstatePlan, rng: random.Random) -> None:
    node = rng.choice(expressways(plan))
    held = node.identity["server"]
    if not isinstance(held, Issued):
        return
    bundle = pkcs7.serialize_certificates([held.certificate], Encoding.DER)
    content = rng.choice((held.der, bundle, held.pem.decode().encode("utf-16")))
    remember(content, held.certificate)
    node.identity["server"] = content


def verification_off(plan: EstatePlan, rng: random.Random) -> None:
    rng.choice((_client_zone, _server_zone))(plan, rng).tls_verify = False


def _voice(plan: EstatePlan, rng: random.Random) -> tuple[NodePlan, Slot] | None:
    found = [
        (node, slot)
        for node in plan.nodes("unified-cm", "im-presence")
        for slot in node.identity
        if slot != "cup"  # which Expressway-C does not meet
    ]
    return rng.choice(found) if found else None


def voice_certificate_with_the_short_name(plan: EstatePlan, rng: random.Random) -> None:
    found = _voice(plan, rng)
    if found:
        _changed(plan, *found, dns=[found[0].host], common_name=found[0].host)


def voice_certificate_self_signed(plan: EstatePlan, rng: random.Random) -> None:
    found = _voice(plan, rng)
    if found:
        node, slot = found
        node.identity[slot] = self_signed(node.fqdn, at=plan.at, dns=[node.fqdn])


def server_entry_an_address(plan: EstatePlan, rng: random.Random) -> None:
    found = _voice(plan, rng)
    if found:
        found[0].server_entry = found[0].address


def unified_cm_lacks_the_core_chain(plan: EstatePlan, rng: random.Random) -> None:
    nodes = [node for node in plan.nodes("unified-cm") if node.trust]
    if nodes:
        node = rng.choice(nodes)
        name: Store = rng.choice(("tomcat-trust", "callmanager-trust"))
        gone = rng.choice((("private-root",), ("private-issuing",), ("private-root", "private-issuing")))
        unwanted = [plan.authorities[key].certificate for key in gone]
        node.trust[name] = [item for item in node.trust[name] if item not in unwanted]


def certificate_revoked(plan: EstatePlan, rng: random.Random) -> None:
    node = rng.choice(expressways(plan))
    held = node.identity["server"]
    issuer = issuer_of(plan, held) if isinstance(held, Issued) else None
    if issuer:
        holder = rng.choice(expressways(plan))
        holder.crls.append(issuer.crl([node.issued("server")], this_update=plan.at - DAY, next_update=plan.at + DAY))


def revocation_list_run_out(plan: EstatePlan, rng: random.Random) -> None:
    node = rng.choice(expressways(plan))
    plan.cluster_of(node.fqdn).settings.revocation = True
    issuer = plan.authorities[rng.choice(("private-issuing", "public-issuing"))]
    node.crls.append(issuer.crl(this_update=plan.at - 9 * DAY, next_update=plan.at - 2 * DAY))


FAULTS: tuple[Fault, ...] = (
    ca_deleted_from_one_list,
    ca_deleted_from_a_cluster,
    list_emptied,
    ca_of_the_same_name_with_another_key,
    ca_run_out,
    renewal_from_a_new_intermediate,
    certificate_of_an_unknown_ca,
    self_signed_expressway,
    edge_lacks_its_own_name,
    edge_name_in_the_common_name_alone,
    peer_address_mistyped,
    peer_address_in_another_domain,
    peer_address_an_ip,
    verify_name_mistyped,
    verify_name_of_one_node,
    core_lacks_the_cluster_name,
    no_core_has_the_cluster_name,
    edge_lacks_a_domain,
    usage_of_a_server_alone,
    usage_of_a_client_alone,
    certificate_run_out,
    certificate_from_the_future,
    certificate_about_to_end,
    not_pem,
    verification_off,
    voice_certificate_with_the_short_name,
    voice_certificate_self_signed,
    server_entry_an_address,
    unified_cm_lacks_the_core_chain,
    certificate_revoked,
    revocation_list_run_out,
)
