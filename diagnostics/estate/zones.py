"""The zones of each cluster, from what each of its peers says of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from diagnostics.estate.contradicting import of_lists
from diagnostics.estate.merging import Statement, Statements, combined, contradictions, grouped
from diagnostics.estate.model import Contradiction, Told, Zone
from diagnostics.estate.observations import ClusterRef, FactKey, NodeRef, Origin, Role, Source, ZoneRef, ZoneType

_TELLING = {ZoneType.TRAVERSAL_SERVER: Role.EXPRESSWAY_E, ZoneType.TRAVERSAL_CLIENT: Role.EXPRESSWAY_C}


class ZoneBook:
    """Statements about zones. Numbers of zones differ from node to node and over time, so names join them."""

    def __init__(
        self,
        statements: Iterable[Statement],
        node_key: Callable[[NodeRef], str],
        newest: Callable[[str, Origin], int],
    ) -> None:
        """`newest`: number of the newest upload with a file of an origin, by a node's case-folded name; -1: none has."""
        self.contradictions: list[Contradiction] = []
        self._of_nodes: dict[str, list[tuple[ZoneRef, Statement]]] = defaultdict(list)
        self._of_clusters: dict[str, list[tuple[ZoneRef, Statement]]] = defaultdict(list)
        self._newest = newest
        statements = list(statements)
        self.reached: Mapping[str, str] = _reached(statements)
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
        return Role.EXPRESSWAY_E if node in self.reached else None

    def told_role_of(self, node: str) -> Told[str] | None:
        """The role by its own traversal zones, with the zone that tells it; None where it has none."""
        own = [item for _, item in self._of_nodes.get(node, ()) if item.fact.key is FactKey.ZONE_TYPE]
        for kind, role in _TELLING.items():
            for item in own:
                if item.fact.value == kind:
                    return Told(role.value, item.fact.source)
        return None

    def of_cluster(self, cluster: str, members: Sequence[str], display: str) -> Iterator[Zone]:
        """The zones of a cluster as they are now.

        1. Peers share them: the newest dump of any peer replaces what older dumps of all peers say.
        2. Of dumps and inventories, the newest upload that has zones says which there are; one that is gone from it is gone.
        3. An answer of a REST interface tells of some zones: a newer one replaces what it says of those.
        """
        # Nodes first: what they show comes before what an inventory says of the cluster.
        mine = [pair for member in members for pair in self._of_nodes.get(member, ())]
        mine += self._of_clusters.get(cluster, ())
        since = max((self._newest(member, Origin.CONFIGURATION) for member in members), default=-1)
        mine = [pair for pair in mine if pair[1].origin is not Origin.CONFIGURATION or pair[1].batch == since]
        whole = max((item.batch for _, item in mine if item.origin is not Origin.ANSWER), default=-1)
        answers = ((subject, item) for subject, item in mine if item.origin is Origin.ANSWER and item.batch > whole)
        parts = grouped((*((subject, item) for subject, item in mine if item.batch == whole), *answers))
        by_name: dict[str, list[Statements]] = defaultdict(list)
        for part in parts.values():
            name = part.text(FactKey.ZONE_NAME)
            if name is not None and FactKey.ZONE_TYPE in part:
                by_name[name.value.casefold()].append(part)
        for same in by_name.values():
            yield self._zone(display, same)

    def _zone(self, cluster: str, parts: Sequence[Statements]) -> Zone:
        def text(key: FactKey) -> Told[str] | None:
            return combined(part.text(key) for part in _newest(parts, key))

        def flag(key: FactKey) -> Told[bool] | None:
            return combined(part.flag(key) for part in _newest(parts, key))

        name, kind = text(FactKey.ZONE_NAME), text(FactKey.ZONE_TYPE)
        assert name is not None and kind is not None
        port = combined(part.number(FactKey.ZONE_PORT) for part in _newest(parts, FactKey.ZONE_PORT))
        verify, verify_name = flag(FactKey.ZONE_TLS_VERIFY), text(FactKey.ZONE_VERIFY_NAME)
        transport, unified = text(FactKey.ZONE_TRANSPORT), flag(FactKey.ZONE_UNIFIED_COMMUNICATIONS)
        subject = f"{cluster}, {name.value}"
        self.contradictions += contradictions(
            subject,
            {
                FactKey.ZONE_TYPE: kind,
                FactKey.ZONE_PORT: port,
                FactKey.ZONE_TRANSPORT: transport,
                FactKey.ZONE_TLS_VERIFY: verify,
                FactKey.ZONE_VERIFY_NAME: verify_name,
                FactKey.ZONE_UNIFIED_COMMUNICATIONS: unified,
            },
        )
        naming = _newest(parts, FactKey.ZONE_PEER)
        self.contradictions += of_lists(subject, FactKey.ZONE_PEER, _peers_by_file(naming))
        peers: dict[str, Told[str]] = {}
        shown = [part for part in naming if any(item.fact.proven for item in part.newest(FactKey.ZONE_PEER))]
        for part in shown or naming:
            for peer in part.several(FactKey.ZONE_PEER):
                peers.setdefault(peer.value.casefold(), peer)
        return Zone(
            name=name.value,
            cluster=cluster,
            type=ZoneType(kind.value),
            unified_communications=unified,
            port=port,
            transport=transport,
            tls_verify=verify,
            verify_name=verify_name,
            peers=tuple(peers.values()),
            source=name.source,
        )


def _newest(parts: Iterable[Statements], key: FactKey) -> list[Statements]:
    """Those that say it in the newest upload that does."""
    parts = [part for part in parts if key in part]
    newest = max((part.batch_of(key) for part in parts), default=-1)
    return [part for part in parts if part.batch_of(key) == newest]


def _peers_by_file(parts: Iterable[Statements]) -> Iterator[tuple[tuple[str, ...], Source]]:
    """Each file names all peers of a zone: text and XML may stand for the same zone."""
    for part in parts:
        by_file: dict[str, list[Statement]] = defaultdict(list)
        for item in part.newest(FactKey.ZONE_PEER):
            by_file[item.fact.source.file_path].append(item)
        for said in by_file.values():
            yield tuple(str(item.fact.value) for item in said), said[0].fact.source


def _reached(statements: Iterable[Statement]) -> dict[str, str]:
    """The peer addresses of every traversal client, by their case-folded form."""
    kinds: dict[object, object] = {}
    peers: list[tuple[object, str]] = []
    for item in statements:
        if item.fact.key is FactKey.ZONE_TYPE:
            kinds[item.fact.subject] = item.fact.value
        elif item.fact.key is FactKey.ZONE_PEER:
            peers.append((item.fact.subject, str(item.fact.value)))
    return {name.casefold(): name for zone, name in peers if kinds.get(zone) == ZoneType.TRAVERSAL_CLIENT}
