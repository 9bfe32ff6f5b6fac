"""Observations in, one estate out.

1. Resolve which node every source means (`naming`).
2. Collect statements per node, cluster, zone and for the deployment (`merging`).
3. Put certificate files where placements say they belong (`placing`).
4. Form clusters: by stated cluster name, else by shared peers, else a cluster of one.
5. Build zones per cluster (`zones`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from diagnostics.estate.merging import Statement, Statements, contradictions, grouped
from diagnostics.estate.model import Cluster, Contradiction, Deployment, MraFacts, Node, Settings, Told
from diagnostics.estate.naming import NodeNames
from diagnostics.estate.observations import (
    ClusterRef,
    DeploymentRef,
    Fact,
    FactKey,
    NodeRef,
    Observation,
    Role,
    Slot,
    Source,
    StoreName,
    ZoneRef,
)
from diagnostics.estate.placing import NodeFiles, Placing
from diagnostics.estate.server_entries import Candidate, matched, written
from diagnostics.estate.zones import ZoneBook
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.revocation import Crl

Batches = Sequence[Sequence[Observation]]


def assemble(batches: Batches, certificates: Mapping[str, Certificate], crls: Mapping[str, Crl]) -> Deployment:
    """One deployment from any number of uploads, oldest first.

    `certificates` and `crls` by SHA-256; what an observation names and they lack is left out.
    """
    return _Assembly(batches, certificates, crls).deployment()


class _Assembly:
    """The working state of one run of `assemble`; nodes and clusters are known by their case-folded names."""

    def __init__(self, batches: Batches, certificates: Mapping[str, Certificate], crls: Mapping[str, Crl]) -> None:
        self._certificates = certificates
        self._names = NodeNames(batches, certificates)
        self._placing = Placing(batches, self._names, certificates, crls)
        self._display: dict[str, str] = {}
        self._contradictions: list[Contradiction] = []
        said = [
            Statement(fact=item, batch=number)
            for number, batch in enumerate(batches)
            for item in batch
            if isinstance(item, Fact)
        ]
        self._of_nodes = grouped(
            (self._node_key(item.fact.subject), item) for item in said if isinstance(item.fact.subject, NodeRef)
        )
        self._of_clusters = grouped(
            (item.fact.subject.name.casefold(), item) for item in said if isinstance(item.fact.subject, ClusterRef)
        )
        self._of_all = Statements(item for item in said if isinstance(item.fact.subject, DeploymentRef))
        self._zones = ZoneBook((item for item in said if isinstance(item.fact.subject, ZoneRef)), self._node_key)
        for ref in self._placing.nodes:
            self._node_key(ref)
        self._join_server_entries()
        # The peers that each node's own configuration names; a node without one is not in here.
        self._peers = {
            key: frozenset(self._names.designated(peer.value).casefold() for peer in named)
            for key in self._display
            if (named := self._of_node(key).several(FactKey.CLUSTER_PEER))
        }

    def deployment(self) -> Deployment:
        clusters = tuple(self._clusters())
        name = self._of_all.text(FactKey.DEPLOYMENT_NAME)
        return Deployment(
            name=name.value if name else "",
            clusters=clusters,
            mra=self._mra(),
            certificates=self._certificates,
            copies=self._placing.copies,
            crls=self._placing.all_crls,
            loose=self._placing.loose,
            unresolved=self._placing.unresolved,
            contradictions=(*self._placing.contradictions, *self._contradictions, *self._zones.contradictions),
            placed=self._placing.placed,
        )

    def _node_key(self, ref: NodeRef) -> str:
        name = self._names.of(ref)
        self._display.setdefault(name.casefold(), name)
        return name.casefold()

    def _of_node(self, key: str) -> Statements:
        return self._of_nodes.get(key, _NOTHING_SAID)

    def _join_server_entries(self) -> None:
        """An entry of System > Server that surely means a node at hand is said of that node."""
        voice = [key for key in self._display if self._role(key) is Role.UNIFIED_CM]
        bare = [key for key in voice if self._is_bare_entry(key)]
        candidates = [self._candidate(key) for key in voice if key not in bare]
        for entry, key in matched(bare, candidates).items():
            for statement in self._of_nodes.pop(entry).of(FactKey.SERVER_ENTRY):
                self._of_nodes.setdefault(key, Statements()).add(statement)
            del self._display[entry]

    def _is_bare_entry(self, key: str) -> bool:
        """Nothing is known of it but that Expressway-C reaches it by that name."""
        said = self._of_node(key)
        return said.keys == {FactKey.SERVER_ENTRY, FactKey.ROLE} and not self._placing.has(key)

    def _candidate(self, key: str) -> Candidate:
        said, files = self._of_node(key), self._placing.files_of(key)
        voice = (Slot.CALLMANAGER, Slot.CALLMANAGER_ECDSA, StoreName.CALLMANAGER_TRUST)
        return Candidate(
            key=key,
            addresses=tuple(address.value for address in said.several(FactKey.ADDRESS)),
            carried=frozenset(
                written(str(name))
                for installed in files.certificates.values()
                for name in (*installed.certificate.names.dns, *installed.certificate.names.ips)
            ),
            entries=frozenset(written(entry.value) for entry in said.several(FactKey.SERVER_ENTRY)),
            certain=FactKey.CLUSTER in said
            or any(place in files.certificates or place in files.trust for place in voice),
        )

    def _mra(self) -> MraFacts:
        enabled = self._of_all.flag(FactKey.MRA_ENABLED)
        if enabled is not None and not enabled.value:
            # Each node says it for itself; one that has it switched on decides.
            switched_on: list[Told[bool]] = [Told(value, source) for value, source in enabled.others if value]
            enabled = switched_on[0] if switched_on else enabled
        return MraFacts(enabled=enabled, domains=self._of_all.several(FactKey.MRA_DOMAIN))

    def _clusters(self) -> Iterator[Cluster]:
        members: dict[tuple[str, Role], list[str]] = defaultdict(list)
        for key in self._display:
            members[self._cluster_key(key), self._role(key)].append(key)
        order = list(Role)
        for (key, role), group in sorted(members.items(), key=lambda item: (order.index(item[0][1]), item[0][0])):
            yield self._cluster(key, role, sorted(group))

    def _cluster_key(self, node: str) -> str:
        stated = self._stated_cluster(node)
        if stated is not None:
            return stated.value.casefold()
        peers = self._peers.get(node, frozenset())
        if not peers:
            # Of which no configuration is there: its peers' tells of it.
            naming = [other for other, named in self._peers.items() if node in named]
            others = {self._cluster_key(other) for other in naming if self._role(other) is self._role(node)}
            return others.pop() if len(others) == 1 else node
        # An unnamed cluster is known by its peers; the prefix keeps it apart from any host name.
        return "peers " + " ".join(sorted(peers)) if len(peers) > 1 else node

    def _stated_cluster(self, node: str) -> Told[str] | None:
        return self._of_node(node).text(FactKey.CLUSTER)

    def _cluster(self, key: str, role: Role, members: list[str]) -> Cluster:
        statements = [self._of_node(member) for member in members]
        told = next((item for item in (said.text(FactKey.CLUSTER) for said in statements) if item), None)
        name = told.value if told else self._display[members[0]]
        of_cluster = self._of_clusters.get(key, _NOTHING_SAID)
        peers = dict.fromkeys(
            self._names.designated(peer.value).casefold()
            for said in statements
            for peer in said.several(FactKey.CLUSTER_PEER)
        )
        return Cluster(
            name=name,
            role=role,
            nodes=tuple(self._node(member, role, name, of_cluster) for member in members),
            zones=tuple(self._zones.of_cluster(key, members, name)),
            named_peers=tuple(peers),
            told_name=told,
        )

    def _role(self, node: str) -> Role:
        said = self._of_node(node)
        stated, cluster = said.text(FactKey.ROLE), said.text(FactKey.CLUSTER)
        if stated is None and cluster is not None:
            stated = self._of_clusters.get(cluster.value.casefold(), _NOTHING_SAID).text(FactKey.ROLE)
        by_zones = self._zones.role_of(node)
        if stated is None:
            return by_zones or Role.EXPRESSWAY
        role = Role(stated.value)
        # A traversal zone is surer evidence than the status page's Expressway flag, whose meaning is inferred.
        return by_zones if role.is_expressway and by_zones is not None else role

    def _node(self, key: str, role: Role, cluster: str, of_cluster: Statements) -> Node:
        said = self._of_node(key)
        files = self._placing.files_of(key)
        version = said.text(FactKey.VERSION) or of_cluster.text(FactKey.VERSION)
        entry = said.text(FactKey.SERVER_ENTRY)
        self._contradictions += contradictions(self._display[key], {"version": version, "server entry": entry})
        return Node(
            fqdn=self._display[key],
            role=role,
            cluster=cluster,
            addresses=tuple(address.value for address in said.several(FactKey.ADDRESS)),
            version=version,
            certificates=files.certificates,
            trust=files.trust,
            crls=files.crls,
            server_entry=entry,
            settings=_settings(said, of_cluster),
            sources=_sources(said, files),
            unread=files.unread,
        )


_NOTHING_SAID = Statements()


def _settings(of_node: Statements, of_cluster: Statements) -> Settings:
    """Switches of the node, else of its cluster."""

    def flag(key: FactKey) -> Told[bool] | None:
        return of_node.flag(key) or of_cluster.flag(key)

    def text(key: FactKey) -> Told[str] | None:
        return of_node.text(key) or of_cluster.text(key)

    return Settings(
        tls_verification=text(FactKey.TLS_VERIFICATION),
        verify_origin_server=flag(FactKey.VERIFY_ORIGIN_SERVER),
        server_eku_upload=flag(FactKey.SERVER_EKU_UPLOAD),
        sip_eku_checking=flag(FactKey.SIP_EKU_CHECKING),
        revocation_mode=flag(FactKey.REVOCATION_MODE),
        revocation_fallback=text(FactKey.REVOCATION_FALLBACK),
    )


def _sources(said: Statements, files: NodeFiles) -> tuple[Source, ...]:
    """One source per file that speaks of the node."""
    by_path: dict[str, Source] = {}
    for source in (*said.sources, *(installed.source for installed in files.certificates.values())):
        by_path.setdefault(source.path, Source(upload=source.upload, member=source.member))
    for file in (*(item for store in files.trust.values() for item in store.files), *files.unread.values()):
        by_path.setdefault(file.source.path, Source(upload=file.source.upload, member=file.source.member))
    return tuple(by_path.values())
