"""What is wrong with an estate, worked out from its plan by the openssl command line and plain comparisons of names.

Nothing of the product takes part in it: no reader, no simulator, no rule. The numbers in brackets are sections of the
rules that it follows, as the documents of the vendor state them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from diagnostics.samples.authority import Issued, sha256
from diagnostics.samples.blueprint import ClusterPlan, EstatePlan, NodePlan, Slot, Store, ZonePlan
from tests.diagnostics.against_openssl.openssl import Chain, OpenSsl, Question
from tests.diagnostics.against_openssl.variations import clusters, dns_names

VOICE_SLOTS: dict[str, tuple[Slot, ...]] = {
    "unified-cm": ("tomcat", "tomcat-ecdsa", "callmanager", "callmanager-ecdsa"),
    "im-presence": ("tomcat", "tomcat-ecdsa", "cup-xmpp"),
}


@dataclass(frozen=True)
class Trouble:
    """Something that must be said, by one of `codes`, at `node` (None: at `cluster`), as high or critical.

    Attributes:
        peer: who must be named as the other end.
        question: the chain that fails; what is said to be missing must put it right.
        may: it may be said and need not.
    """

    codes: frozenset[str]
    cluster: str
    node: str | None = None
    store: str | None = None
    peer: str | None = None
    question: Question | None = None
    may: bool = False


@dataclass(frozen=True)
class Meeting:
    """A verifier meets a certificate; `service` as the report calls the connection, "own" for its own."""

    service: str
    verifier: NodePlan
    store: Store
    presenter: NodePlan
    slot: Slot
    question: Question


@dataclass
class Oracle:
    """The judge of one plan.

    `inventory`: the files say which node holds which revocation list, and how Unified CM spells its servers; archives
    do not say the former, and the latter in the names of Expressway-C's zones, without the node that is meant.
    """

    plan: EstatePlan
    openssl: OpenSsl
    inventory: bool = True
    meetings: list[Meeting] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.meetings = list(self._meetings())
        self.openssl.ask(item.question for item in self.meetings)

    def trusts(self, meeting: Meeting) -> bool:
        return self.openssl.accepts(meeting.question)

    def troubles(self) -> list[Trouble]:
        return [
            *self._chains(),
            *self._dates(),
            *self._usages(),
            *self._addresses(),
            *self._verify_names(),
            *self._cluster_names(),
            *self._voice_names(),
            *self._domains(),
            *self._revocation(),
            *self._settings(),
        ]

    # Who meets whom [1.2].

    def links(self) -> Iterator[tuple[ClusterPlan, ZonePlan, ClusterPlan, ZonePlan]]:
        """Traversal zones in pairs: one port, one pair."""
        for core in clusters(self.plan, "expressway-c"):
            for here in core.zones:
                for edge in clusters(self.plan, "expressway-e"):
                    for there in edge.zones:
                        kinds = (here.kind, there.kind)
                        if kinds == ("traversal-client", "traversal-server") and here.port == there.port:
                            yield core, here, edge, there

    def _meetings(self) -> Iterator[Meeting]:
        for cluster in self.plan.clusters:
            for node in cluster.nodes if cluster.role.startswith("expressway") else ():
                for slot in node.identity:
                    yield from self._meeting("own", node, "trusted-ca", node, slot)
        for core, here, edge, there in self.links():
            service = "traversal-sip" if here.unified_communications else "traversal-plain"
            for client in core.nodes:
                for server in edge.nodes:
                    if here.tls_verify:
                        yield from self._meeting(service, client, "trusted-ca", server, "server", sends=True)
                    if there.tls_verify:
                        slot = client_slot(client)
                        yield from self._meeting(service, server, "trusted-ca", client, slot, sends=True)
                    if here.unified_communications:
                        yield from self._meeting("ssh-tunnel", client, "trusted-ca", server, "server")
                        yield from self._meeting("ssh-tunnel", server, "trusted-ca", client, client_slot(client))
        if self.plan.mra_enabled:
            yield from self._voice_meetings()

    def _voice_meetings(self) -> Iterator[Meeting]:
        for client in self.plan.nodes("expressway-c"):
            for role, slots in VOICE_SLOTS.items():
                for node in self.plan.nodes(role):  # type: ignore[arg-type]
                    for slot in slots:
                        service = "uc-sip" if slot.startswith("callmanager") else "uc-https"
                        service = "imp-xmpp" if role == "im-presence" else service
                        yield from self._meeting(service, client, "trusted-ca", node, slot)
            for node in self.plan.nodes("unified-cm"):
                yield from self._meeting("uc-https", node, "tomcat-trust", client, client_slot(client))
                yield from self._meeting("uc-sip", node, "callmanager-trust", client, client_slot(client))

    def _meeting(
        self, service: str, verifier: NodePlan, store: Store, presenter: NodePlan, slot: Slot, *, sends: bool = False
    ) -> Iterator[Meeting]:
        leaf = certificate(presenter, slot)
        if leaf is None or store not in verifier.trust:
            return
        sent = _sent(leaf, presenter.trust.get("trusted-ca", [])) if sends else ()
        question = Question(leaf=leaf, trusted=tuple(verifier.trust[store]), sent=sent)
        yield Meeting(service, verifier, store, presenter, slot, question)

    # Chains [2.1, 2.2, 2.4, 4].

    def _chains(self) -> Iterator[Trouble]:
        zone_down = {
            (item.verifier.fqdn, item.presenter.fqdn)
            for item in self.meetings
            if item.service.startswith("traversal") and not self.trusts(item)
        }
        for item in self.meetings:
            if self.trusts(item):
                continue
            if item.service == "ssh-tunnel" and (item.verifier.fqdn, item.presenter.fqdn) in zone_down:
                continue  # said of the zone already
            yield self._trouble(item)

    def _trouble(self, item: Meeting) -> Trouble:
        codes = {
            "own": {"own-ca-not-trusted", "own-chain-gap"},
            "traversal-sip": {"traversal-peer-ca-not-trusted"},
            "traversal-plain": {"traversal-peer-ca-not-trusted"},
            "ssh-tunnel": {"ssh-tunnel-intermediate-missing", "traversal-peer-ca-not-trusted"},
        }.get(item.service, {"uc-node-ca-not-trusted"})
        may = False
        if item.store != "trusted-ca":
            codes = {"uc-expc-chain-missing-on-ucm"}
            may = self._release(item.presenter) < (14, 0, 2)
        elif codes == {"uc-node-ca-not-trusted"}:
            may = not self._verifies_voice(item.verifier)
        return Trouble(
            codes=frozenset(codes),
            cluster=self.plan.cluster_of(item.verifier.fqdn).name,
            node=item.verifier.fqdn,
            store=item.store,
            peer=None if item.service == "own" else item.presenter.fqdn,
            question=item.question,
            may=may,
        )

    def _verifies_voice(self, client: NodePlan) -> bool:
        off = self.plan.cluster_of(client.fqdn).settings.verify_origin_server is False
        return self._release(client) >= (14, 0, 8) and not off

    # Dates [2.1, 2.3].

    def _dates(self) -> Iterator[Trouble]:
        at = self.plan.at
        for node, _, leaf in self._identities():
            if leaf.not_valid_after_utc < at:
                yield self._at(node, "server-cert-expired")
            elif leaf.not_valid_before_utc > at:
                yield self._at(node, "server-cert-not-yet-valid")
            elif leaf.not_valid_after_utc - at <= timedelta(days=7):
                yield self._at(node, "server-cert-expiring")
        dated = {item.question: self._dated(item.question) for item in self.meetings if self.trusts(item)}
        self.openssl.ask(dated.values())
        for item in self.meetings:
            if item.question in dated and not self.openssl.accepts(dated[item.question]):
                valid = _valid(item.question.leaf, at)
                yield self._at(item.verifier, "trust-ca-expired", store=item.store, may=not valid)

    def _dated(self, question: Question) -> Question:
        return Question(leaf=question.leaf, trusted=question.trusted, sent=question.sent, at=self.plan.at)

    # Usages [2.1, 2.2].

    def _usages(self) -> Iterator[Trouble]:
        for node, slot, leaf in self._identities():
            if slot != "client" and not _serves(leaf, ExtendedKeyUsageOID.SERVER_AUTH):
                yield self._at(node, "eku-server-auth-missing")
        for node in self.plan.nodes("expressway-c", "expressway-e"):
            leaf_or_none = certificate(node, client_slot(node))
            if leaf_or_none is None or _serves(leaf_or_none, ExtendedKeyUsageOID.CLIENT_AUTH):
                continue
            cluster = self.plan.cluster_of(node.fqdn)
            if cluster.role == "expressway-c":
                yield self._at(node, "eku-client-auth-missing")
                if any(core is cluster and here.unified_communications for core, here, _, _ in self.links()):
                    yield self._at(node, "ssh-tunnel-client-eku-missing")
            elif self._release(node) < (15, 4):
                yield self._at(node, "eku-client-auth-missing")

    # Names [3].

    def _addresses(self) -> Iterator[Trouble]:
        codes = ("traversal-peer-address-not-in-cert", "traversal-peer-address-is-ip")
        for core, here, edge, _ in self.links():
            for address, server in zip(here.peers, edge.nodes, strict=False) if here.tls_verify else ():
                leaf = certificate(server, "server")
                if leaf is None or _carries(leaf, address) or address.casefold() in _common_names(leaf):
                    continue
                if address == server.fqdn:
                    yield self._at(server, *codes)
                else:
                    yield self._of(core, *codes)

    def _verify_names(self) -> Iterator[Trouble]:
        for core, _, edge, there in self.links():
            if not there.tls_verify or there.verify_name is None:
                continue
            leaves = {node.fqdn: certificate(node, client_slot(node)) for node in core.nodes}
            known = {fqdn: leaf for fqdn, leaf in leaves.items() if leaf is not None}
            lacking = [
                fqdn
                for fqdn, leaf in known.items()
                if not _carries(leaf, there.verify_name) and there.verify_name not in _common_names(leaf)
            ]
            if len(lacking) < len(known):
                for fqdn in lacking:
                    yield self._at(self.plan.node(fqdn), "traversal-verify-name-partial-cluster")
            elif lacking and there.verify_name == core.name:
                for fqdn in lacking:
                    yield self._at(self.plan.node(fqdn), "traversal-verify-name-not-in-cert")
            elif lacking:
                yield self._of(edge, "traversal-verify-name-not-in-cert")

    def _cluster_names(self) -> Iterator[Trouble]:
        for core in clusters(self.plan, "expressway-c"):
            for node in core.nodes if len(core.nodes) > 1 else ():
                leaf = certificate(node, "server")
                if leaf is not None and not _carries(leaf, core.name):
                    yield self._at(node, "cluster-name-missing-from-san")

    def _voice_names(self) -> Iterator[Trouble]:
        clients = list(self.plan.nodes("expressway-c"))
        if not self.plan.mra_enabled:
            return
        may = not any(self._verifies_voice(client) for client in clients)
        for node in self.plan.nodes("unified-cm", "im-presence"):
            wanted = node.server_entry if node.server_entry and self._entered(node) else node.fqdn
            for slot in VOICE_SLOTS[self.plan.cluster_of(node.fqdn).role]:
                leaf = certificate(node, slot)
                if leaf is not None and not _carries(leaf, wanted, wildcard=True) and wanted not in _common_names(leaf):
                    yield self._at(node, "uc-node-name-not-in-cert", may=may)

    def _entered(self, node: NodePlan) -> bool:
        """It is known that this node's entry means it: it is its name, or what is left of entries and of nodes."""
        if self.inventory or node.server_entry == node.fqdn:
            return True
        voice = list(self.plan.nodes("unified-cm"))
        entries, names = {item.server_entry for item in voice}, {item.fqdn for item in voice if item.identity}
        return node in voice and len(entries - names) == len(names - entries) == 1

    def _domains(self) -> Iterator[Trouble]:
        serving = {edge.name for _, here, edge, _ in self.links() if here.unified_communications}
        for edge in clusters(self.plan, "expressway-e"):
            for node in edge.nodes if self.plan.mra_enabled and edge.name in serving else ():
                leaf = certificate(node, "server")
                for domain in self.plan.mra_domains if leaf is not None else ():
                    if not (_carries(leaf, domain) or _carries(leaf, f"collab-edge.{domain}")):
                        yield self._at(node, "edge-domain-missing-from-san")

    # Revocation lists, forms and settings.

    def _revocation(self) -> Iterator[Trouble]:
        lists = [(node, x509.load_pem_x509_crl(content)) for node in self.plan.nodes() for content in node.crls]
        for holder, crl in lists:
            if crl.next_update_utc is not None and crl.next_update_utc < self.plan.at:
                yield self._at(holder, "crl-expired", may=not self.inventory)
                yield from () if self.inventory else self._concerned(crl)
            for node, _, leaf in self._identities():
                if crl.issuer == leaf.issuer and crl.get_revoked_certificate_by_serial_number(leaf.serial_number):
                    yield self._at(node, "crl-revoked")

    def _concerned(self, crl: x509.CertificateRevocationList) -> Iterator[Trouble]:
        """Nodes that check revocation and are shown a certificate right from the CA of a list that lies loose."""
        for item in self.meetings:
            checks = self.plan.cluster_of(item.verifier.fqdn).settings.revocation
            if checks and item.service != "own":
                direct = item.question.leaf.issuer == crl.issuer
                yield self._at(item.verifier, "crl-expired", may=not direct or not self.trusts(item))

    def _settings(self) -> Iterator[Trouble]:
        for node in self.plan.nodes("expressway-c", "expressway-e"):
            if any(not isinstance(held, Issued) for held in node.identity.values()):
                yield self._at(node, "cert-file-not-pem")
        for core, here, edge, there in self.links():
            for cluster, zone in ((core, here), (edge, there)):
                if zone.unified_communications and not zone.tls_verify:
                    yield self._of(cluster, "traversal-tls-verify-off")

    def _identities(self) -> Iterator[tuple[NodePlan, Slot, x509.Certificate]]:
        for node in self.plan.nodes():
            for slot in node.identity:
                leaf = certificate(node, slot)
                if leaf is not None:
                    yield node, slot, leaf

    def _release(self, node: NodePlan) -> tuple[int, ...]:
        return tuple(int(number) for number in re.findall(r"\d+", self.plan.version_of(node)))

    def _at(self, node: NodePlan, *codes: str, store: str | None = None, may: bool = False) -> Trouble:
        cluster = self.plan.cluster_of(node.fqdn).name
        return Trouble(codes=frozenset(codes), cluster=cluster, node=node.fqdn, store=store, may=may)

    def _of(self, cluster: ClusterPlan, *codes: str) -> Trouble:
        return Trouble(codes=frozenset(codes), cluster=cluster.name)


def certificate(node: NodePlan, slot: Slot) -> x509.Certificate | None:
    """What the slot holds; a file in the wrong form still holds the certificate that is in it."""
    held = node.identity.get(slot)
    if isinstance(held, bytes):
        return _UNPACKED.get(held)
    return held.certificate if held else None


_UNPACKED: dict[bytes, x509.Certificate] = {}


def remember(content: bytes, held: x509.Certificate) -> None:
    """What a file in the wrong form was made of."""
    _UNPACKED[content] = held


def client_slot(node: NodePlan) -> Slot:
    return "client" if "client" in node.identity else "server"


def _sent(leaf: x509.Certificate, own: list[x509.Certificate]) -> Chain:
    """The CA certificates above the leaf that the node's own list holds [4.2]."""
    chain: list[x509.Certificate] = []
    top = leaf
    while top.issuer != top.subject:
        above = next((item for item in own if _signed(top, item)), None)
        if above is None or above in chain:
            break
        chain.append(above)
        top = above
    return tuple(chain)


def _signed(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(issuer)
    except Exception:
        return False
    return True


def _valid(leaf: x509.Certificate, at: datetime) -> bool:
    return leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc


def _serves(leaf: x509.Certificate, usage: x509.ObjectIdentifier) -> bool:
    try:
        return usage in list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return True  # nothing is documented about a certificate without the extension


def _common_names(leaf: x509.Certificate) -> list[str]:
    return [str(item.value).casefold() for item in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def _carries(leaf: x509.Certificate, name: str, *, wildcard: bool = False) -> bool:
    try:
        address = ip_address(name)
    except ValueError:
        names = {item.casefold() for item in dns_names(leaf)}
        covering = f"*.{name.partition('.')[2]}".casefold()
        return name.casefold() in names or (wildcard and covering in names)
    try:
        held = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return address in held.get_values_for_type(x509.IPAddress)


def fingerprints(plan: EstatePlan) -> dict[str, x509.Certificate]:
    """Every certificate of the plan's lists and slots by SHA-256."""
    everything = [item for node in plan.nodes() for store in node.trust.values() for item in store]
    everything += [item for node in plan.nodes() for slot in node.identity if (item := certificate(node, slot))]
    return {sha256(item): item for item in everything}
