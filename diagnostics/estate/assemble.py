"""Observations in, one estate out.

1. Resolve which node every source means (`naming`).
2. Leave out what a newer upload replaces (`current`), and collect statements per node, cluster, zone and for the
   deployment (`merging`).
3. Put certificate files where people, placements and the files themselves say that they belong (`placing`).
4. Form clusters: by stated cluster name, else by shared peers, else a cluster of one.
5. Build zones per cluster (`zones`), and note who contradicts whom (`contradicting`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from diagnostics.estate.contradicting import of_deployment, of_node, of_peers, of_role
from diagnostics.estate.current import Current, of_everybody
from diagnostics.estate.deciding import decided_files, decided_nodes, roles_decided
from diagnostics.estate.decisions import Decision
from diagnostics.estate.known_nodes import KnownNode, KnownNodes
from diagnostics.estate.listings import ListedPlaces, assigned, held, listed_places
from diagnostics.estate.merging import Statement, Statements, grouped, overriding
from diagnostics.estate.model import Cluster, Contradiction, Deployment, MraFacts, Node, Place, Reported, Settings, Told
from diagnostics.estate.naming import NodeNames
from diagnostics.estate.node_files import NodeFiles
from diagnostics.estate.observations import (
    CertificateFile,
    ClusterRef,
    DeploymentRef,
    FactKey,
    Listing,
    NodeRef,
    Observation,
    Origin,
    Placement,
    Role,
    Sign,
    Slot,
    Source,
    StoreName,
    ZoneRef,
)
from diagnostics.estate.placing import Placing
from diagnostics.estate.server_entries import Candidate, matched, written
from diagnostics.estate.zones import ZoneBook
from diagnostics.expressway.versions import Change, Version, has
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.names import as_address, normalised
from diagnostics.pki.revocation import Crl

Batches = Sequence[Sequence[Observation]]


def assemble(
    batches: Batches,
    certificates: Mapping[str, Certificate],
    crls: Mapping[str, Crl],
    decisions: Sequence[Decision] = (),
) -> Deployment:
    """One deployment from any number of uploads, oldest first.

    `certificates` and `crls` by SHA-256; what an observation names and they lack is left out. `decisions` in the order in
    which people made them.
    """
    return _Assembly(batches, certificates, crls, decisions).deployment()


class _Assembly:
    """The working state of one run of `assemble`; nodes and clusters are known by their case-folded names."""

    def __init__(
        self,
        batches: Batches,
        certificates: Mapping[str, Certificate],
        crls: Mapping[str, Crl],
        decisions: Sequence[Decision],
    ) -> None:
        self._batches, self._certificates = batches, certificates
        self._names = NodeNames(batches, certificates)
        self._current = Current(batches, self._names.key)
        self._decisions = decided_files(batches, decisions, certificates)
        self._roles_decided = roles_decided(self._decisions.values())
        self._display: dict[str, str] = {}
        self._contradictions: list[Contradiction] = []
        said = self._current.facts
        self._of_nodes = grouped(
            (self._node_key(item.fact.subject), item) for item in said if isinstance(item.fact.subject, NodeRef)
        )
        self._of_clusters = grouped(
            (item.fact.subject.name.casefold(), item) for item in said if isinstance(item.fact.subject, ClusterRef)
        )
        of_zones = (item for item in said if isinstance(item.fact.subject, ZoneRef))
        self._zones = ZoneBook(of_zones, self._node_key, self._current.newest)
        for ref in (*_told_of(batches), *decided_nodes(self._decisions.values(), self._names)):
            self._node_key(ref)
        seen = self._without_aliases([self._known_node(key, fqdn) for key, fqdn in self._display.items()])
        self._known = KnownNodes((*self._named_by_others(seen), *seen))
        self._placing = Placing(batches, self._names, certificates, crls, nodes=self._known, decisions=self._decisions)
        for places in self._placing.placed.values():
            for place in places:
                self._node_key(NodeRef(name=place.node))
        self._listed = self._of_listings(decisions)
        self._join_server_entries()
        # The peers that each node's own configuration names; a node without one is not in here.
        self._peers = {
            key: frozenset(self._names.designated(peer.value).casefold() for peer in named)
            for key in self._display
            if (named := self._of_node(key).several(FactKey.CLUSTER_PEER))
        }
        self._cluster_keys: dict[str, str] = {}
        self._naming: dict[str, list[str]] = defaultdict(list)  # a node -> those whose configurations name it
        for key, peers in self._peers.items():
            for peer in peers:
                self._naming[peer].append(key)
        dumps = self._newest_dumps()
        of_all = (item for item in said if isinstance(item.fact.subject, DeploymentRef))
        self._of_all = of_everybody(of_all, lambda node: dumps[self._cluster_key(node)])

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
            contradictions=(
                *self._placing.contradictions,
                *self._contradictions,
                *self._zones.contradictions,
                *of_deployment(self._of_all),
            ),
            placed={**self._placing.placed, **self._placed_listings()},
            certificate_files=tuple(
                (number, item)
                for number, batch in enumerate(self._batches)
                for item in batch
                if isinstance(item, CertificateFile)
            ),
            questions=(*self._placing.questions, *self._asked),
            signs=tuple(
                Reported(node=self._display[self._node_key(sign.node)], sign=sign) for sign in self._current.signs
            ),
        )

    def _node_key(self, ref: NodeRef) -> str:
        name = self._names.of(ref)
        self._display.setdefault(name.casefold(), name)
        return name.casefold()

    def _newest_dumps(self) -> Mapping[str, int]:
        """A cluster -> number of the newest upload with a dump of any of its peers."""
        newest: dict[str, int] = defaultdict(lambda: -1)
        for node in self._display:
            cluster = self._cluster_key(node)
            newest[cluster] = max(newest[cluster], self._current.newest(node, Origin.CONFIGURATION))
        return newest

    def _known_node(self, key: str, fqdn: str) -> KnownNode:
        said, cluster = self._of_node(key), self._stated_cluster(key)
        of_cluster = self._of_clusters.get(cluster.value.casefold(), _NOTHING_SAID) if cluster else _NOTHING_SAID
        version = overriding(said, of_cluster, FactKey.VERSION, Statements.text)
        return KnownNode(
            key=key,
            fqdn=fqdn,
            role=self._role(key),
            addresses=tuple(address.value for address in said.several(FactKey.ADDRESS)),
            clusters=frozenset({normalised(cluster.value)} if cluster else ()),
            split=has(Change.SPLIT_STORES, Version(version.value)) if version else None,
        )

    def _without_aliases(self, nodes: list[KnownNode]) -> list[KnownNode]:
        """Without entries of System > Server that spell the address or bare host name of a node at hand."""
        entries = {node.key for node in nodes if self._of_node(node.key).keys == _OF_AN_ENTRY}
        bare = {key for key in entries if "." not in key or as_address(key) is not None}
        names = {written(name) for node in nodes if node.key not in bare for name in (node.host, *node.addresses)}
        return [node for node in nodes if node.key not in bare or written(node.key) not in names]

    def _named_by_others(self, seen: Iterable[KnownNode]) -> Iterator[KnownNode]:
        """Nodes of which nothing is there but that a configuration names them: a peer, the far end of a traversal zone.

        A zone may reach a cluster by its name: that is none.
        """
        named: dict[str, tuple[str, Role, bool | None]] = {
            key: (name, Role.EXPRESSWAY_E, None) for key, name in self._zones.reached.items()
        }
        for node in seen:
            for peer in self._of_node(node.key).several(FactKey.CLUSTER_PEER):
                name = self._names.designated(peer.value)
                named[name.casefold()] = (name, node.role, node.split)
        clusters = {cluster for node in seen for cluster in node.clusters}
        for key, (name, role, split) in named.items():
            if "." in key and as_address(key) is None and key not in self._display and normalised(key) not in clusters:
                yield KnownNode(key=key, fqdn=name, role=role, split=split, seen=False)

    def _of_listings(self, decisions: Sequence[Decision]) -> Mapping[str, ListedPlaces]:
        known = [self._known_node(key, fqdn) for key, fqdn in self._display.items()]
        listings, self._asked = assigned(
            self._batches, self._names.key, self._known, known, self._placing.placed, decisions
        )
        for item in listings:
            self._display.setdefault(item.node, item.node)
        return listed_places(listings, held(self._placing.placed), self._certificates)

    def _placed_listings(self) -> dict[tuple[int, str], tuple[Place, ...]]:
        placed: dict[tuple[int, str], tuple[Place, ...]] = {}
        for key, listed in self._listed.items():
            for at, place in listed.placed(self._display.get(key, key)):
                placed[at] = (*placed.get(at, ()), place)
        return placed

    def _files(self, key: str) -> NodeFiles:
        """What was put on a node, and where nothing was, what a listing says."""
        files, listed = self._placing.files_of(key), self._listed.get(key)
        if listed is None:
            return files
        return replace(
            files,
            certificates={**files.certificates, **listed.certificates},
            trust={**files.trust, **listed.trust},
        )

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
        only_named = self._of_node(key).keys == _OF_AN_ENTRY
        return only_named and not self._placing.has(key) and key not in self._listed

    def _candidate(self, key: str) -> Candidate:
        said, files = self._of_node(key), self._files(key)
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
        return MraFacts(
            enabled=enabled,
            domains=self._of_all.several(FactKey.MRA_DOMAIN),
            xmpp_federation_domains=self._of_all.several(FactKey.XMPP_FEDERATION_DOMAIN),
            chat_node_aliases=self._of_all.several(FactKey.CHAT_NODE_ALIAS),
            phone_security_profiles=self._of_all.several(FactKey.PHONE_SECURITY_PROFILE),
            cms_join_hosts=self._of_all.several(FactKey.CMS_JOIN_HOST),
        )

    def _clusters(self) -> Iterator[Cluster]:
        members: dict[tuple[str, Role], list[str]] = defaultdict(list)
        for key in self._display:
            members[self._cluster_key(key), self._role(key)].append(key)
        for key, role in list(members):
            # A peer of which nothing tells the role (a log alone, say) is what the others of its cluster are.
            known = [role for role in (Role.EXPRESSWAY_C, Role.EXPRESSWAY_E) if (key, role) in members]
            if role is Role.EXPRESSWAY and len(known) == 1:
                members[key, known[0]] += members.pop((key, role))
        order = list(Role)
        for (key, role), group in sorted(members.items(), key=lambda item: (order.index(item[0][1]), item[0][0])):
            yield self._cluster(key, role, sorted(group))

    def _cluster_key(self, node: str) -> str:
        if node not in self._cluster_keys:
            self._cluster_keys[node] = self._found_cluster_key(node)
        return self._cluster_keys[node]

    def _found_cluster_key(self, node: str) -> str:
        stated = self._stated_cluster(node)
        if stated is not None:
            return stated.value.casefold()
        peers = self._peers.get(node, frozenset())
        if not peers:
            # Of which no configuration is there: its peers' tells of it.
            role = self._role(node)
            alike = (
                other for other in self._naming.get(node, ()) if role is Role.EXPRESSWAY or self._role(other) is role
            )
            others = {self._cluster_key(other) for other in alike}
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
        self._contradictions += of_peers(
            name, dict(zip(members, statements, strict=True)), lambda peer: self._names.designated(peer)
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
            return by_zones or self._roles_decided.get(node) or Role.EXPRESSWAY
        role = Role(stated.value)
        # A traversal zone is surer evidence than the status page's Expressway flag, whose meaning is inferred.
        return by_zones if role.is_expressway and by_zones is not None else role

    def _node(self, key: str, role: Role, cluster: str, of_cluster: Statements) -> Node:
        said = self._of_node(key)
        files = self._files(key)
        node = Node(
            fqdn=self._display[key],
            role=role,
            cluster=cluster,
            addresses=tuple(address.value for address in said.several(FactKey.ADDRESS)),
            version=overriding(said, of_cluster, FactKey.VERSION, Statements.text),
            certificates=files.certificates,
            trust=files.trust,
            crls=tuple(files.crls),
            server_entry=said.text(FactKey.SERVER_ENTRY),
            settings=_settings(said, of_cluster),
            sources=_sources(said, files),
            unread=files.unread,
        )
        self._contradictions += of_node(node, said)
        self._contradictions += of_role(node.fqdn, role, self._zones.told_role_of(key), self._stated_roles(key))
        return node

    def _stated_roles(self, node: str) -> list[Statement]:
        said, cluster = self._of_node(node), self._stated_cluster(node)
        of_cluster = self._of_clusters.get(cluster.value.casefold(), _NOTHING_SAID) if cluster else _NOTHING_SAID
        return [*said.newest(FactKey.ROLE), *of_cluster.newest(FactKey.ROLE)]


_NOTHING_SAID = Statements()
_OF_AN_ENTRY = frozenset({FactKey.SERVER_ENTRY, FactKey.ROLE})


def _told_of(batches: Batches) -> Iterator[NodeRef]:
    """Nodes on which something is placed, or of which there is a listing or a sign, and perhaps nothing else."""
    told = (item for batch in batches for item in batch if isinstance(item, Placement | Listing | Sign))
    return (item.node for item in told if item.node is not None)


def _settings(of_one: Statements, of_cluster: Statements) -> Settings:
    """Switches of the node, else of its cluster."""

    def flag(key: FactKey) -> Told[bool] | None:
        return overriding(of_one, of_cluster, key, Statements.flag)

    def text(key: FactKey) -> Told[str] | None:
        return overriding(of_one, of_cluster, key, Statements.text)

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
