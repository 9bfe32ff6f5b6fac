"""Who talks to whom: traversal zones of Expressway-C paired with those of Expressway-E, and C with its UC nodes."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from diagnostics.estate.model import Cluster, Deployment, Node, Told, Zone
from diagnostics.estate.observations import Role, Slot, ZoneType
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.names import Match, as_address, check_name, nearest_name, normalised


class Designation(StrEnum):
    """How it is known which Expressway-E a peer address means."""

    BY_NAME = "by-name"  # it is the node's FQDN
    BY_ADDRESS = "by-address"  # it is an IP address of the node
    BY_CERTIFICATE = "by-certificate"  # one node alone carries it in its certificate
    BY_ELIMINATION = "by-elimination"  # every other peer and node is spoken for
    BY_LIKENESS = "by-likeness"  # it is nearly the FQDN of one node that nothing else claims
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerLink:
    """A zone peer address and the Expressway-E that it means; `node` None: nothing says which."""

    address: Told[str]
    node: Node | None
    how: Designation


@dataclass(frozen=True, slots=True, kw_only=True)
class TraversalLink:
    """A traversal zone seen from both ends.

    Attributes:
        client, client_zone: None where no Expressway-C with such a zone is among the uploads.
        server, server_zone: None where no Expressway-E, or no zone of it, fits. Of Expressway-E nodes of which no
            configuration says that they are one cluster, that of the first peer; one that has a fitting zone of its own
            has a link of its own.
    """

    client: Cluster | None
    client_zone: Zone | None
    server: Cluster | None
    server_zone: Zone | None
    peers: tuple[PeerLink, ...]

    @property
    def name(self) -> str:
        zone = self.client_zone or self.server_zone
        return zone.name if zone else ""

    @property
    def edges(self) -> tuple[Node, ...]:
        """The Expressway-E nodes that the peers mean, whatever their cluster; of `server` every one that may be meant."""
        meant = {peer.node.fqdn: peer.node for peer in self.peers if peer.node}
        if self.server is None:
            return tuple(meant.values())
        if not meant or any(peer.node is None for peer in self.peers):
            meant = {node.fqdn: node for node in self.server.nodes} | meant
        of_server = [node for node in self.server.nodes if node.fqdn in meant]
        return (*of_server, *(node for node in meant.values() if node not in of_server))

    @property
    def carries_uc(self) -> bool:
        return any(zone is not None and zone.carries_uc for zone in (self.client_zone, self.server_zone))

    @property
    def port(self) -> int | None:
        for zone in (self.client_zone, self.server_zone):
            if zone is not None and zone.port is not None:
                return zone.port.value
        return None

    def verifies(self, zone: Zone | None) -> bool | None:
        """Whether that end verifies; a Unified Communications zone always does unless it says otherwise."""
        if zone is None:
            return None
        if zone.tls_verify is not None:
            return zone.tls_verify.value
        return True if self.carries_uc else None


def traversal_links(deployment: Deployment) -> tuple[TraversalLink, ...]:
    """Every traversal zone of the deployment, paired where both ends are known."""
    edges = _Edges(tuple(deployment.nodes(Role.EXPRESSWAY_E)))
    links = [
        link
        for cluster, zone in _zones(deployment, ZoneType.TRAVERSAL_CLIENT)
        for link in _parted(deployment, _from_client(deployment, edges, cluster, zone), zone)
    ]
    claimed = {(link.server.name, link.server_zone.name) for link in links if link.server and link.server_zone}
    for cluster, zone in _zones(deployment, ZoneType.TRAVERSAL_SERVER):
        if (cluster.name, zone.name) not in claimed:
            links.append(_from_server(deployment, cluster, zone))
    return tuple(links)


def uc_nodes(deployment: Deployment) -> tuple[Node, ...]:
    """The nodes that Expressway-C reaches over HTTPS, SIP TLS or XMPP for MRA."""
    return tuple(deployment.nodes(Role.UNIFIED_CM, Role.IM_PRESENCE, Role.UNITY_CONNECTION))


def _zones(deployment: Deployment, kind: ZoneType) -> Iterator[tuple[Cluster, Zone]]:
    for cluster in deployment.clusters:
        for zone in cluster.zones:
            if zone.type is kind and (zone.uses_tls or zone.carries_uc):
                yield cluster, zone


def _from_client(deployment: Deployment, edges: "_Edges", client: Cluster, zone: Zone) -> TraversalLink:
    found = {peer.value: edges.meant(peer.value) for peer in zone.peers}
    server = _server_of(deployment, [node for node, _ in found.values() if node])
    return TraversalLink(
        client=client,
        client_zone=zone,
        server=server,
        server_zone=_matching_zone(server, zone) if server else None,
        peers=_designate(zone.peers, found, server, edges),
    )


def _parted(deployment: Deployment, link: TraversalLink, zone: Zone) -> Iterator[TraversalLink]:
    """The link, and one for every further cluster among its peers that has a fitting zone of its own.

    Saved answers name no cluster: each Expressway-E is one by itself then, and has its own record of the shared zone.
    """
    elsewhere: dict[str, list[PeerLink]] = {}
    for peer in link.peers:
        if link.server is not None and peer.node is not None and peer.node.cluster != link.server.name:
            elsewhere.setdefault(peer.node.cluster, []).append(peer)
    own: list[TraversalLink] = []
    for peers in elsewhere.values():
        server = next(deployment.cluster_of(peer.node) for peer in peers if peer.node)
        if (fitting := _matching_zone(server, zone)) is not None:
            own.append(replace(link, server=server, server_zone=fitting, peers=tuple(peers)))
    moved = {peer.address.value for item in own for peer in item.peers}
    yield replace(link, peers=tuple(peer for peer in link.peers if peer.address.value not in moved))
    yield from own


def _from_server(deployment: Deployment, server: Cluster, zone: Zone) -> TraversalLink:
    """An Expressway-E zone that no uploaded Expressway-C zone reaches; with one Expressway-C about, it is that one."""
    clients = [item for item in deployment.clusters_of(Role.EXPRESSWAY_C) if not _has_traversal(item)]
    only = clients[0] if len(clients) == 1 else None
    return TraversalLink(client=only, client_zone=None, server=server, server_zone=zone, peers=())


def _has_traversal(cluster: Cluster) -> bool:
    return any(zone.type is ZoneType.TRAVERSAL_CLIENT for zone in cluster.zones)


def _server_of(deployment: Deployment, meant: Sequence[Node]) -> Cluster | None:
    """The cluster that most peers are in, of several that of the first; with one Expressway-E about, it is that one."""
    if meant:
        ((first, _),) = Counter(node.cluster for node in meant).most_common(1)
        return deployment.cluster_of(next(node for node in meant if node.cluster == first))
    edges = list(deployment.clusters_of(Role.EXPRESSWAY_E))
    return edges[0] if len(edges) == 1 else None


def _matching_zone(server: Cluster, zone: Zone) -> Zone | None:
    """The traversal-server zone on the same port; then of the same kind; then of the same name."""
    fitting = [
        item
        for item in server.zones
        if item.type is ZoneType.TRAVERSAL_SERVER
        and (item.port is None or zone.port is None or item.port.value == zone.port.value)
    ]
    fitting.sort(
        key=lambda item: (
            item.port is None or zone.port is None,
            item.carries_uc != zone.carries_uc,
            item.name.casefold() != zone.name.casefold(),
        )
    )
    return fitting[0] if fitting else None


_MOST_ALIKE = 50  # nodes of a cluster, which takes six; each is compared with each peer, letter by letter
_Found = tuple[Node | None, Designation]


class _Edges:
    """Nodes by what an address may mean them by: one pass over them, and not one for each peer of each zone."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        self._named: dict[str, int] = {}  # a name -> number of the first node that has it
        self._addressed: dict[str, int] = {}
        self._found: dict[str, _Found] = {}
        self._parts: dict[str, _Edges] = {}
        for number, node in enumerate(nodes):
            self._named.setdefault(normalised(node.fqdn), number)
            for own in node.addresses:
                if (ip := as_address(own)) is not None:
                    self._addressed.setdefault(str(ip), number)

    def of(self, cluster: Cluster) -> "_Edges":
        """The nodes of one cluster alone."""
        if cluster.name not in self._parts:
            self._parts[cluster.name] = _Edges(cluster.nodes)
        return self._parts[cluster.name]

    def meant(self, address: str) -> _Found:
        """By name or address the first node that has it; else the one node whose certificate carries it."""
        if address not in self._found:
            self._found[address] = self._directly(address)
        return self._found[address]

    def _directly(self, address: str) -> _Found:
        none, ip = len(self._nodes), as_address(address)
        by_name = self._named.get(normalised(address), none)
        by_address = self._addressed.get(str(ip), none) if ip is not None else none
        if min(by_name, by_address) < none:
            how = Designation.BY_NAME if by_name <= by_address else Designation.BY_ADDRESS
            return self._nodes[min(by_name, by_address)], how
        spelled = str(ip) if ip is not None else normalised(address)
        carrying = [node for node in self._likely.get(spelled, ()) if _carries(node, address)]
        return (carrying[0], Designation.BY_CERTIFICATE) if len(carrying) == 1 else (None, Designation.UNKNOWN)

    @cached_property
    def _likely(self) -> Mapping[str, list[Node]]:
        """A name or address -> the nodes whose certificate may carry it."""
        holders: dict[str, list[Node]] = defaultdict(list)
        certificates: dict[str, Certificate] = {}
        for node in self._nodes:
            if (installed := node.certificates.get(Slot.SERVER)) is not None:
                certificates[installed.certificate.sha256] = installed.certificate
                holders[installed.certificate.sha256].append(node)
        likely: dict[str, list[Node]] = defaultdict(list)
        for sha256, certificate in certificates.items():
            names = (*map(normalised, certificate.names.dns), *map(str, certificate.names.ips))
            for name in dict.fromkeys(names):
                likely[name] += holders[sha256][:2]  # one that two nodes have tells of neither
        return likely


def _carries(node: Node, name: str) -> bool:
    installed = node.certificates.get(Slot.SERVER)
    return installed is not None and check_name(installed.certificate, name).match is Match.IN_SAN


def _designate(
    peers: Sequence[Told[str]], directly: Mapping[str, _Found], server: Cluster | None, edges: _Edges
) -> tuple[PeerLink, ...]:
    """What is directly meant, whatever its cluster; the rest by what is left of the cluster."""
    nodes = server.nodes if server else ()
    found = dict(directly)
    taken = {node.fqdn for node, _ in found.values() if node}
    free = [node for node in nodes if node.fqdn not in taken]
    unclear = [peer.value for peer in peers if found[peer.value][0] is None]
    for address in unclear:
        # a name that other clusters' certificates carry as well
        there, how = edges.of(server).meant(address) if server else directly[address]
        like = None if there else _like(address, free)
        if there is not None:
            found[address] = (there, how)
        elif like is not None:
            found[address] = (like, Designation.BY_LIKENESS)
        free = [node for node in free if node is not found[address][0]]
    unclear = [address for address in unclear if found[address][0] is None]
    if len(unclear) == 1 and len(free) == 1 and server is not None and server.size == len(peers):
        found[unclear[0]] = (free[0], Designation.BY_ELIMINATION)
    return tuple(PeerLink(address=peer, node=found[peer.value][0], how=found[peer.value][1]) for peer in peers)


def _like(address: str, free: Sequence[Node]) -> Node | None:
    """The one node whose name it nearly is; none where two are as near, as the peers of a cluster are to its name."""
    if as_address(address) is not None or len(free) > _MOST_ALIKE:
        return None
    names = {node.fqdn: node for node in free}
    nearest, miss = nearest_name(address, names)
    other, _ = nearest_name(address, reversed(names))  # of two that are as near, the first is given
    return names[nearest] if nearest is not None and nearest == other and miss == "spelling" else None
