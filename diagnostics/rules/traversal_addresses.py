"""Zone peer addresses: the name by which Expressway-C reaches each Expressway-E must be in that node's certificate."""

from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.estate.links import Designation, PeerLink
from diagnostics.estate.model import Cluster, InstalledCertificate, Zone
from diagnostics.estate.observations import Slot
from diagnostics.pki.names import Match, NameCheck, as_address, closeness, normalised
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Place, Reason, Severity, Wording
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_cluster, at_node
from diagnostics.rules.view import View

_DOWN = N_(
    "The zone “{zone}” is down to {peers} with “TLS negotiation error”. On Expressway-C the event log has “Outbound "
    'TLS Negotiation Error … Peer\'s TLS certificate identity was unacceptable”, Common-name="{wanted}".'
)
_ACTIVE = N_("{menu_zone_status}: the zone is Active to every peer.")
_TEST = N_("On Expressway-C, {menu_traversal_test} with {wanted} passes, and {menu_zone_status} shows the zone Active.")
_FIX_ADDRESS = N_(
    "On {client_cluster}: {menu_zones}, zone “{zone}”, set the peer address to a name that is in the certificate: "
    "{presented}. With two network interfaces, use a name that resolves to the internal one of {edge}."
)
_REISSUE_EDGE = N_(
    "Or re-issue the certificate of {edge} with {wanted} among its subject alternative names "
    "({menu_server_certificate}, Generate CSR), upload it and restart."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One peer address of a zone that verifies, and what it meets.

    `check` None: it means no node, or that node's certificate is not at hand.
    """

    client: Cluster
    zone: Zone
    server: Cluster | None
    peer: PeerLink
    installed: InstalledCertificate | None
    check: NameCheck | None

    @property
    def wanted(self) -> str:
        return self.peer.address.value

    @property
    def place(self) -> Place:
        return at_cluster(self.client, peer=self.peer.node.fqdn if self.peer.node else None, zone=self.zone)


def reaches(view: View) -> Iterator[Reach]:
    """Every peer address that is verified; zones with verification off are left to traversal-tls-verify-off."""
    for link in view.links:
        if link.client is None or link.client_zone is None or link.verifies(link.client_zone) is False:
            continue
        for peer in link.peers:
            installed = peer.node.certificates.get(Slot.SERVER) if peer.node else None
            yield Reach(
                client=link.client,
                zone=link.client_zone,
                server=link.server,
                peer=peer,
                installed=installed,
                check=view.name(installed.certificate, peer.address.value) if installed else None,
            )


@rule(
    "traversal-peer-address-not-in-cert",
    name=N_("A zone's peer address is not in the Expressway-E certificate"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every peer address of a traversal-client zone with TLS verify mode On that is a host name."),
    sources=("221624", "117811", "X143-TS", "X150-MRA"),
    wordings={
        "certificate": Wording(
            title=N_("The certificate of {edge} does not carry {wanted}, as zone “{zone}” expects"),
            explanation=N_(
                "Expressway-C reaches {edge} as {wanted} and looks for that name in its certificate, which carries "
                "{presented} and not its own name."
            ),
            impact=_DOWN,
            steps=(
                N_(
                    "Re-issue the certificate of {edge} with {wanted} among its subject alternative names "
                    "({menu_server_certificate}, Generate CSR), upload it and restart."
                ),
            ),
            verify=_TEST,
            restart=True,
        ),
        "address": Wording(
            title=N_("Zone “{zone}” reaches {edge} as {wanted}, which is not in its certificate"),
            explanation=N_(
                "The peer address is {wanted}; the certificate of {edge} carries {presented}. Nearest: {nearest}."
            ),
            impact=_DOWN,
            steps=(_FIX_ADDRESS, _REISSUE_EDGE),
            verify=_ACTIVE,
        ),
        "nobody": Wording(
            title=N_("No certificate of {server_cluster} carries {wanted}, a peer address of zone “{zone}”"),
            explanation=N_(
                "The peer address is {wanted}; no node of {server_cluster} bears that name or has it in its "
                "certificate. Nearest: {nearest}."
            ),
            impact=_DOWN,
            steps=(_FIX_ADDRESS,),
            verify=_ACTIVE,
        ),
    },
)
def traversal_peer_address_not_in_cert(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Current guides look in the subjectAltName; a name in the CN alone is name-only-in-cn."""
    for reach in reaches(view):
        unknown = unknown_reach(view, say, reach)
        if as_address(reach.wanted) is not None:
            yield say.does_not_apply(reach.place, Reason.OTHER_CHECK, other="traversal-peer-address-is-ip")
        elif unknown is not None:
            yield unknown
        elif reach.check is None or reach.check.match is Match.ABSENT:
            yield _finding(view, say, reach)
        elif reach.check.match is Match.ONLY_IN_CN:
            yield say.does_not_apply(reach.place, Reason.OTHER_CHECK, other="name-only-in-cn")
        else:
            yield say.holds(reach.place)


@rule(
    "traversal-peer-address-is-ip",
    name=N_("A zone's peer address is an IP address"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every peer address of a traversal-client zone with TLS verify mode On that is an IP address."),
    sources=("X154-UC", "X143-TS", "117811"),
    wordings={
        "plain": Wording(
            title=N_("Zone “{zone}” reaches {edge} by IP address {wanted}, which its certificate does not carry"),
            explanation=N_(
                "The peer address is {wanted}. Expressway-C looks for exactly that in the certificate of {edge}, which "
                "carries {presented}. Certificates hardly ever carry IP addresses."
            ),
            impact=_DOWN,
            steps=(
                N_(
                    "On {client_cluster}: {menu_zones}, zone “{zone}”, replace {wanted} by an FQDN of {edge} that is in "
                    "its certificate: {presented}. Expressway-C must resolve it to the internal interface."
                ),
            ),
            verify=_ACTIVE,
        ),
    },
)
def traversal_peer_address_is_ip(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """An IP address passes only where the certificate carries that very address."""
    for reach in reaches(view):
        unknown = unknown_reach(view, say, reach)
        if as_address(reach.wanted) is None:
            yield say.holds(reach.place)
        elif unknown is not None:
            yield unknown
        elif reach.check is not None and reach.check.match is Match.IN_SAN:
            yield say.holds(reach.place)
        else:
            yield _configured(say, reach, reach.check, variant="plain")


def unknown_reach(view: View, say: Say, reach: Reach) -> Outcome | None:
    """Which node is meant, or what its certificate is, is not known; or every node that it may mean carries it."""
    if reach.peer.node is not None:
        if reach.installed is not None:
            return None
        return say.no_certificate(reach.place, reach.peer.node, Slot.SERVER)
    if reach.server is None or not reach.server.nodes:
        return say.cannot_tell(reach.place, Reason.PEER_UNKNOWN, address=reach.wanted)
    complete = all(Slot.SERVER in node.certificates for node in reach.server.nodes)
    whole = len(reach.server.nodes) >= max(reach.server.size, len(reach.zone.peers))
    carrying = sum(check.match is Match.IN_SAN for check in _checks_of_all(view, reach))
    if complete and whole and not carrying:
        return None  # every certificate that it could mean is at hand, and none carries it
    if complete and whole and carrying == len(reach.server.nodes):
        return say.holds(reach.place)  # the name of the whole Expressway-E cluster, say
    return say.cannot_tell(reach.place, Reason.PEER_UNKNOWN, address=reach.wanted)


def _finding(view: View, say: Say, reach: Reach) -> Finding:
    """The certificate is at fault where it lacks its own node's name; otherwise the configured address is."""
    node, installed = reach.peer.node, reach.installed
    if node is None or installed is None:
        return _configured(say, reach, _nearest_of_all(view, reach), variant="nobody")
    own = view.name(installed.certificate, node.fqdn)
    if own.match is not Match.ABSENT or reach.peer.how is not Designation.BY_NAME:
        return _configured(say, reach, reach.check, variant="address")
    return say.violated(
        at_node(node, zone=reach.zone),
        variant="certificate",
        peers=[client.fqdn for client in reach.client.nodes],
        certificates=(installed.certificate,),
        names=reach.check,
        evidence=(reach.peer.address.source, installed.source),
        release=node.version.value if node.version else "",
        # Two Expressway-C clusters may have a zone of one name to the same node.
        key=f"{reach.client.name} {normalised(reach.wanted)}",
        cause=f"reissue {installed.certificate.sha256}",
        edge=node.fqdn,
        client_cluster=reach.client.name,
    )


def _configured(say: Say, reach: Reach, check: NameCheck | None, *, variant: str) -> Finding:
    """A finding about the configured address: it sits in the zone of the Expressway-C cluster."""
    server = reach.server.name if reach.server else ""
    everyone = [node.fqdn for node in reach.server.nodes] if reach.server else []
    return say.violated(
        reach.place,
        variant=variant,
        peers=[reach.peer.node.fqdn] if reach.peer.node else everyone,
        certificates=[reach.installed.certificate] if reach.installed else [],
        names=check,
        evidence=(reach.peer.address.source, *((reach.installed.source,) if reach.installed else ())),
        release=reach.client.release,
        key=normalised(reach.wanted),
        cause=f"peer-address {reach.client.name} {reach.zone.name} {normalised(reach.wanted)}",
        edge=reach.peer.node.fqdn if reach.peer.node else server,
        client_cluster=reach.client.name,
        server_cluster=server,
        wanted=reach.wanted,
        presented=check.presented if check else (),
        nearest=(check.nearest or "") if check else "",
    )


def _nearest_of_all(view: View, reach: Reach) -> NameCheck | None:
    """The closest that any certificate of the cluster comes."""
    return min(_checks_of_all(view, reach), key=closeness, default=None)


def _checks_of_all(view: View, reach: Reach) -> list[NameCheck]:
    return [
        view.name(node.certificates[Slot.SERVER].certificate, reach.wanted)
        for node in (reach.server.nodes if reach.server else ())
        if Slot.SERVER in node.certificates
    ]
