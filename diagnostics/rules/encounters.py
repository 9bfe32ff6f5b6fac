"""Who verifies whom, with which list, over which connection: the ground that the rules about trust stand on."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.estate.links import TraversalLink
from diagnostics.estate.model import Cluster, InstalledCertificate, Node, TrustStore, Zone
from diagnostics.estate.observations import Role, Slot, StoreName, ZoneType
from diagnostics.expressway.connections import IMP_XMPP, SSH_TUNNEL, TRAVERSAL_SIP, UC_HTTPS, UC_SIP, UNITY_HTTPS
from diagnostics.expressway.simulator import Stack
from diagnostics.rules.pairs import traversal_pairs, uc_pairs
from diagnostics.rules.view import Chain, View

OWN_CERTIFICATE = "own-certificate"
TRAVERSAL_PLAIN = "traversal-plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """One verifier meets one certificate of one peer.

    Attributes:
        store: the verifier's list; None: nobody handed it in.
        slot: which of the peer's certificates is presented.
        installed: that certificate; None: nobody handed it in.
        zone: the verifier's own zone, where the connection has one on its side.
    """

    service: str
    verifier: Node
    store_name: StoreName
    store: TrustStore | None
    peer: Node
    slot: Slot
    installed: InstalledCertificate | None
    stack: Stack
    link: TraversalLink | None = None
    zone: Zone | None = None

    @property
    def known(self) -> bool:
        """Both the list and the certificate are at hand."""
        return self.store is not None and self.installed is not None

    def may_be_lost(self, view: View) -> bool:
        """What the list lacks may stand in a part of its file that could not be read; only where `known`.

        Of a listing, it may be an entry of that name whose certificate is not at hand.
        """
        store = self.store
        return store is not None and any(store.may_hold(item.name) for item in self.chain(view).missing)

    def chain(self, view: View) -> Chain:
        """How the peer's certificate fares; only where `known`."""
        assert self.store is not None and self.installed is not None
        return view.chain(self.store, view.sent(self.peer, self.installed), self.stack)


def traversal_encounters(view: View) -> Iterator[Encounter]:
    """Both directions of every traversal connection, SIP TLS and, where the zone carries them, the SSH tunnels."""
    for link, client, server in traversal_pairs(view).pairs:
        yield from _pair(view, link, client, server)


def clusters_without_zones(view: View) -> tuple[Cluster, ...]:
    """Every Expressway-C, where there is an Expressway-E and nobody said by which zones they meet; else nothing."""
    deployment = view.deployment
    kinds = {zone.type for cluster in deployment.clusters for zone in cluster.zones}
    if kinds & {ZoneType.TRAVERSAL_CLIENT, ZoneType.TRAVERSAL_SERVER} or not [*deployment.nodes(Role.EXPRESSWAY_E)]:
        return ()
    return tuple(deployment.clusters_of(Role.EXPRESSWAY_C))


def _pair(view: View, link: TraversalLink, client: Node, server: Node) -> Iterator[Encounter]:
    stacks = []
    if link.verifies(link.client_zone) is not False or link.verifies(link.server_zone) is not False:
        stacks.append((TRAVERSAL_SIP if link.carries_uc else TRAVERSAL_PLAIN, Stack.SIP))
    if link.carries_uc:
        stacks.append((SSH_TUNNEL, Stack.SSH))
    for service, stack in stacks:
        sip = stack is Stack.SIP
        if not sip or link.verifies(link.client_zone) is not False:
            yield Encounter(
                service=service,
                verifier=client,
                store_name=StoreName.TRUSTED_CA,
                store=client.trust.get(StoreName.TRUSTED_CA),
                peer=server,
                slot=Slot.SERVER,
                installed=server.certificates.get(Slot.SERVER),
                stack=stack,
                link=link,
                zone=link.client_zone,
            )
        if not sip or link.verifies(link.server_zone) is not False:
            yield Encounter(
                service=service,
                verifier=server,
                store_name=StoreName.TRUSTED_CA,
                store=server.trust.get(StoreName.TRUSTED_CA),
                peer=client,
                slot=client.client_slot,
                installed=view.client_certificate(client),
                stack=stack,
                link=link,
                zone=link.server_zone,
            )


# Which certificate of a UC node Expressway-C meets on which connection. Which port shows which variant is not spelled
# out anywhere; tomcat serves UDS and AXL on 8443, CallManager the secure line side and TFTP.
UC_SLOTS: dict[Role, tuple[tuple[Slot, str], ...]] = {
    Role.UNIFIED_CM: (
        (Slot.TOMCAT, UC_HTTPS),
        (Slot.TOMCAT_ECDSA, UC_HTTPS),
        (Slot.CALLMANAGER, UC_SIP),
        (Slot.CALLMANAGER_ECDSA, UC_SIP),
    ),
    Role.IM_PRESENCE: ((Slot.TOMCAT, IMP_XMPP), (Slot.TOMCAT_ECDSA, IMP_XMPP), (Slot.CUP_XMPP, IMP_XMPP)),
    Role.UNITY_CONNECTION: ((Slot.TOMCAT, UNITY_HTTPS), (Slot.TOMCAT_ECDSA, UNITY_HTTPS)),
}
# The certificate without which nothing can be said of such a node.
UC_MAIN_SLOT = Slot.TOMCAT


def uc_encounters(view: View) -> Iterator[Encounter]:
    """Expressway-C meets every certificate that a UC node shows it, judged against the list alone."""
    pairs = uc_pairs(view)
    for client in pairs.clients:
        for node in pairs.nodes:
            for slot, service in UC_SLOTS[node.role]:
                if slot in node.certificates or slot in node.unread or slot is UC_MAIN_SLOT:
                    yield Encounter(
                        service=service,
                        verifier=client,
                        store_name=StoreName.TRUSTED_CA,
                        store=client.trust.get(StoreName.TRUSTED_CA),
                        peer=node,
                        slot=slot,
                        installed=node.certificates.get(slot),
                        stack=Stack.SSH,
                    )


UCM_STORES = ((StoreName.TOMCAT_TRUST, UC_HTTPS), (StoreName.CALLMANAGER_TRUST, UC_SIP))


def ucm_encounters(view: View) -> Iterator[Encounter]:
    """Unified CM meets Expressway-C's certificate, once with tomcat-trust and once with CallManager-trust."""
    pairs = uc_pairs(view)
    for node in (node for node in pairs.nodes if node.role is Role.UNIFIED_CM):
        for store_name, service in UCM_STORES:
            for client in pairs.clients:
                yield Encounter(
                    service=service,
                    verifier=node,
                    store_name=store_name,
                    store=node.trust.get(store_name),
                    peer=client,
                    slot=client.client_slot,
                    installed=view.client_certificate(client),
                    stack=Stack.SSH,
                )


def held_elsewhere(view: View, encounter: Encounter) -> bool:
    """Another node of the cluster has handed its list in; Unified CM replicates it to subscribers."""
    if encounter.store is not None or encounter.store_name in encounter.verifier.unread:
        return False
    kept = view.kept.get("lists of clusters")
    if kept is None:
        nodes = view.deployment.nodes(Role.UNIFIED_CM)
        kept = view.kept["lists of clusters"] = frozenset((node.cluster, name) for node in nodes for name in node.trust)
    assert isinstance(kept, frozenset)
    return (encounter.verifier.cluster, encounter.store_name) in kept


def absent_slots(node: Node) -> tuple[Slot, ...]:
    """Slots of which something must be there and is not at hand: nobody handed it in, or no certificate was in it."""
    wanted = {UC_MAIN_SLOT}
    if node.role.is_expressway:
        wanted = {Slot.SERVER, node.client_slot}
    wanted |= {place for place in node.unread if isinstance(place, Slot)}
    return tuple(slot for slot in Slot if slot in wanted and slot not in node.certificates)


def own_encounters(view: View) -> Iterator[Encounter]:
    """Every Expressway meets its own certificates: the upload page does, and what is missing is not sent."""
    for node in view.deployment.nodes(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY):
        for slot in (Slot.SERVER, Slot.CLIENT):
            if slot in node.certificates:
                yield Encounter(
                    service=OWN_CERTIFICATE,
                    verifier=node,
                    store_name=StoreName.TRUSTED_CA,
                    store=node.trust.get(StoreName.TRUSTED_CA),
                    peer=node,
                    slot=slot,
                    installed=node.certificates[slot],
                    stack=Stack.SSH,
                )


def all_encounters(view: View) -> Iterator[Encounter]:
    """Everything above that applies: with MRA switched off, nothing of the UC nodes does."""
    yield from own_encounters(view)
    yield from traversal_encounters(view)
    if not view.mra_off:
        yield from uc_encounters(view)
        yield from ucm_encounters(view)
