"""The zones of each cluster, from what each of its peers says of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from diagnostics.estate.merging import Statement, Statements, combined, contradictions, grouped
from diagnostics.estate.model import Contradiction, Told, Zone
from diagnostics.estate.observations import ClusterRef, FactKey, NodeRef, Role, ZoneRef, ZoneType


class ZoneBook:
    """Statements about zones. Numbers of zones differ from node to node and over time, so names join them."""

    def __init__(self, statements: Iterable[Statement], node_key: Callable[[NodeRef], str]) -> None:
        self.contradictions: list[Contradiction] = []
        self._of_nodes: dict[str, list[tuple[ZoneRef, Statement]]] = defaultdict(list)
        self._of_clusters: dict[str, list[tuple[ZoneRef, Statement]]] = defaultdict(list)
        statements = list(statements)
        self._reached = _reached(statements)
        for statement in statements:
            subject = statement.fact.subject
            assert isinstance(subject, ZoneRef)
            if isinstance(subject.owner, ClusterRef):
                self._of_clusters[subject.owner.name.casefold()].append((subject, statement))
            else:
                self._of_nodes[node_key(subject.owner)].append((subject, statement))

    def role_of(self, node: str) -> Role | None:
        """A traversal server makes it an Expressway-E, a traversal client without one an Expressway-C.

        What the traversal client of another one reaches by name is an Expressway-E, of which no configuration is there.
        """
        kinds = {item.fact.value for _, item in self._of_nodes.get(node, ()) if item.fact.key is FactKey.ZONE_TYPE}
        if ZoneType.TRAVERSAL_SERVER in kinds:
            return Role.EXPRESSWAY_E
        if ZoneType.TRAVERSAL_CLIENT in kinds:
            return Role.EXPRESSWAY_C
        return Role.EXPRESSWAY_E if node in self._reached else None

    def of_cluster(self, cluster: str, members: Sequence[str], display: str) -> Iterator[Zone]:
        """Zones from the newest batch that speaks of this cluster's; one that is gone from it is gone."""
        mine = [*self._of_clusters.get(cluster, ())]
        for member in members:
            mine += self._of_nodes.get(member, ())
        newest = max((item.batch for _, item in mine), default=-1)
        parts = grouped((subject, item) for subject, item in mine if item.batch == newest)
        by_name: dict[str, list[Statements]] = defaultdict(list)
        for part in parts.values():
            name = part.text(FactKey.ZONE_NAME)
            if name is not None and FactKey.ZONE_TYPE in part:
                by_name[name.value.casefold()].append(part)
        for same in by_name.values():
            yield self._zone(display, same)

    def _zone(self, cluster: str, parts: Sequence[Statements]) -> Zone:
        name = combined(part.text(FactKey.ZONE_NAME) for part in parts)
        kind = combined(part.text(FactKey.ZONE_TYPE) for part in parts)
        assert name is not None and kind is not None
        port = combined(part.number(FactKey.ZONE_PORT) for part in parts)
        verify = combined(part.flag(FactKey.ZONE_TLS_VERIFY) for part in parts)
        verify_name = combined(part.text(FactKey.ZONE_VERIFY_NAME) for part in parts)
        self.contradictions += contradictions(
            f"{cluster}, {name.value}",
            {"Type": kind, "Port": port, "TLS verify mode": verify, "TLS verify subject name": verify_name},
        )
        peers: dict[str, Told[str]] = {}
        for part in parts:
            for peer in part.several(FactKey.ZONE_PEER):
                peers.setdefault(peer.value.casefold(), peer)
        return Zone(
            name=name.value,
            cluster=cluster,
            type=ZoneType(kind.value),
            unified_communications=combined(part.flag(FactKey.ZONE_UNIFIED_COMMUNICATIONS) for part in parts),
            port=port,
            transport=combined(part.text(FactKey.ZONE_TRANSPORT) for part in parts),
            tls_verify=verify,
            verify_name=verify_name,
            peers=tuple(peers.values()),
            source=name.source,
        )


def _reached(statements: Iterable[Statement]) -> frozenset[str]:
    """The peer addresses of every traversal client, case-folded."""
    kinds: dict[object, object] = {}
    peers: list[tuple[object, str]] = []
    for item in statements:
        if item.fact.key is FactKey.ZONE_TYPE:
            kinds[item.fact.subject] = item.fact.value
        elif item.fact.key is FactKey.ZONE_PEER:
            peers.append((item.fact.subject, str(item.fact.value).casefold()))
    return frozenset(address for zone, address in peers if kinds.get(zone) == ZoneType.TRAVERSAL_CLIENT)
