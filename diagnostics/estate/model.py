"""One deployment as the rules see it. Everything is frozen, and every value knows who said it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from diagnostics.estate.observations import CertificateFile, Listed, Role, Sign, Slot, Source, StoreName, ZoneType
from diagnostics.expressway.stores import may_be_listed_as
from diagnostics.expressway.versions import Change, Version, has
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.revocation import Crl

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """A value, who said it, and who said otherwise (value and source each)."""

    value: T
    source: Source
    others: tuple[tuple[T, Source], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that certificates came from: its `form` (pki.loading.Form) and where it stands.

    `lost`: blocks of it that could not be read; each may have been a certificate. `certificates`: how many were read.
    """

    source: Source
    form: str
    lost: int = 0
    certificates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledCertificate:
    """An identity certificate in a slot of a node.

    Attributes:
        certificate: the leaf.
        above: what else stood in the file, in its order.
        proven: seen on the node (diagnostic archive, snapshot, probe) rather than written down by somebody.
        listed_only: known by a listing's name and serial number, which a certificate at hand has: weaker evidence.
    """

    certificate: Certificate
    above: tuple[Certificate, ...]
    file: StoredFile
    source: Source
    proven: bool
    listed_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStore:
    """A list of trusted certificates in the node's order, with the source of each entry.

    Attributes:
        unmatched: entries of a listing that are no certificate at hand.
        listed_only: known by the names and serial numbers of a listing: weaker evidence.
    """

    name: StoreName
    certificates: tuple[Certificate, ...]
    sources: tuple[Source, ...]
    files: tuple[StoredFile, ...]
    unmatched: tuple[Listed, ...] = ()
    listed_only: bool = False

    @property
    def fingerprints(self) -> frozenset[str]:
        return frozenset(item.sha256 for item in self.certificates)

    @property
    def lost(self) -> int:
        """Blocks of its files that could not be read: what is not in the list may be one of them."""
        return sum(file.lost for file in self.files)

    def may_hold(self, common_name: str) -> bool:
        """Whether a certificate of that name may be in it, although it is not among `certificates`."""
        return self.lost > 0 or any(may_be_listed_as(common_name, entry.name, entry.serial) for entry in self.unmatched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Switches that change what is checked; None: nobody said."""

    tls_verification: Told[str] | None = None
    verify_origin_server: Told[bool] | None = None
    server_eku_upload: Told[bool] | None = None
    sip_eku_checking: Told[bool] | None = None
    revocation_mode: Told[bool] | None = None
    revocation_fallback: Told[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One server.

    Attributes:
        fqdn: its full name, or the only name there is for it.
        version: its release; None: nobody said.
        server_entry: for Unified CM, IM&P and Unity, how Expressway-C addresses it; None: nobody said.
        unread: files that were handed in for a slot or list and hold no certificate.
    """

    fqdn: str
    role: Role
    cluster: str
    addresses: tuple[str, ...]
    version: Told[str] | None
    certificates: Mapping[Slot, InstalledCertificate]
    trust: Mapping[StoreName, TrustStore]
    crls: tuple[Crl, ...]
    server_entry: Told[str] | None
    settings: Settings
    sources: tuple[Source, ...]
    unread: Mapping[Slot | StoreName, StoredFile] = field(default_factory=dict)

    @property
    def release(self) -> Version | None:
        return Version(self.version.value) if self.version else None

    def has(self, change: Change) -> bool | None:
        """Whether its release has the change; None where the release is unknown."""
        return has(change, self.release)

    @property
    def has_split_stores(self) -> bool | None:
        """Separate server and client certificates, X15.5 and later; None where the release is unknown."""
        return self.has(Change.SPLIT_STORES)

    @property
    def client_slot(self) -> Slot:
        """The slot whose certificate it presents as TLS client: its own from X15.5, the server's before.

        Where the release is unknown, a client certificate says that there is a slot for it.
        """
        split = self.has_split_stores
        if split is None:
            split = Slot.CLIENT in self.certificates or Slot.CLIENT in self.unread
        return Slot.CLIENT if split else Slot.SERVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone of a cluster; None: nobody said. Where peers of the cluster say different things, `Told.others` has it."""

    name: str
    cluster: str
    type: ZoneType
    unified_communications: Told[bool] | None
    port: Told[int] | None
    transport: Told[str] | None
    tls_verify: Told[bool] | None
    verify_name: Told[str] | None
    peers: tuple[Told[str], ...]
    source: Source

    @property
    def is_traversal(self) -> bool:
        return self.type in (ZoneType.TRAVERSAL_CLIENT, ZoneType.TRAVERSAL_SERVER)

    @property
    def uses_tls(self) -> bool:
        """A Unified Communications zone always does; another one unless its transport says otherwise."""
        return self.transport is None or self.transport.value.upper() == "TLS"

    @property
    def carries_uc(self) -> bool:
        return self.unified_communications is not None and self.unified_communications.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One or more nodes that share configuration; a single node is a cluster of one."""

    name: str
    role: Role
    nodes: tuple[Node, ...]
    zones: tuple[Zone, ...]
    named_peers: tuple[str, ...]
    told_name: Told[str] | None

    @property
    def release(self) -> str:
        """The release of its first node that states one; empty where none does."""
        return next((node.version.value for node in self.nodes if node.version), "")

    @property
    def size(self) -> int:
        """Nodes that are known to be in it, whether or not anything of them was uploaded."""
        return max(len(self.nodes), len(self.named_peers))


@dataclass(frozen=True, slots=True, kw_only=True)
class MraFacts:
    """Mobile and Remote Access, as configured; `enabled` None: nobody said."""

    enabled: Told[bool] | None
    domains: tuple[Told[str], ...]
    xmpp_federation_domains: tuple[Told[str], ...] = ()
    chat_node_aliases: tuple[Told[str], ...] = ()
    phone_security_profiles: tuple[Told[str], ...] = ()
    cms_join_hosts: tuple[Told[str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One customer's estate.

    Attributes:
        certificates: everything at hand by SHA-256, placed or not.
        copies: where each certificate occurs among the uploads.
        loose: certificate files, and such as could be taken for one, that belong to no node as far as anybody said.
        unresolved: placements whose file is not among the uploads (batch number, source, path).
        placed: batch number and path of a file -> where it belongs.
        certificate_files: every file of certificates, keys and requests with its batch number, oldest first.
        questions: files whose place has to be asked for.
        signs: what nodes reported themselves, of the newest upload that speaks of each node.
    """

    name: str
    clusters: tuple[Cluster, ...]
    mra: MraFacts
    certificates: Mapping[str, Certificate]
    copies: Mapping[str, tuple[Source, ...]]
    crls: tuple[tuple[Crl, Source], ...]
    loose: tuple["LooseFile", ...] = ()
    unresolved: tuple[tuple[int, Source, str], ...] = ()
    contradictions: tuple["Contradiction", ...] = ()
    placed: Mapping[tuple[int, str], tuple["Place", ...]] = field(default_factory=dict)
    certificate_files: tuple[tuple[int, CertificateFile], ...] = ()
    questions: tuple["Question", ...] = ()
    signs: tuple["Reported", ...] = ()

    @property
    def called(self) -> str:
        """Its name, or where no upload states one the domain that most Expressways are in; empty: neither is known."""
        nodes = self.nodes(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY)
        domains = Counter(node.fqdn.partition(".")[2].casefold() for node in nodes if "." in node.fqdn)
        return self.name or next((domain for domain, _ in domains.most_common(1)), "")

    def nodes(self, *roles: Role) -> Iterator[Node]:
        """Nodes of the given roles (all where none is given), in the order of the clusters."""
        for cluster in self.clusters:
            if not roles or cluster.role in roles:
                yield from cluster.nodes

    def clusters_of(self, *roles: Role) -> Iterator[Cluster]:
        return (cluster for cluster in self.clusters if cluster.role in roles)

    def cluster_of(self, node: Node) -> Cluster:
        return next(item for item in self.clusters if item.name == node.cluster and item.role is node.role)


class PlaceReason(StrEnum):
    """Why a file is taken to belong to a place, surest first; the words are in `reports.sentences`."""

    PERSON = "person"  # somebody said so on the page
    ARCHIVE = "archive"  # its name as a member of a diagnostic log
    ANSWER = "answer"  # an interface of the node gave it (snapshot, REST answer, `show cert own`)
    INVENTORY = "inventory"  # an inventory says so
    NAMES = "names"  # the names in the certificate are a known node's
    FOLDER = "folder"  # the folder that it lies in is called like a node or list
    FILE_NAME = "file-name"  # it is called like a node or list


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A slot, a store or the revocation lists of a node."""

    node: str
    slot: Slot | None = None
    store: StoreName | None = None
    reason: PlaceReason | None = None

    @property
    def text(self) -> str:
        return f"{self.node} {self.slot or self.store or 'crl'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two sources of one upload that say different things; the first is the one the rules use.

    Attributes:
        subject: a node, a cluster, "cluster, zone", or empty: the whole deployment.
        what: value of a `FactKey`, a `Slot` or a `StoreName`; the words are in `reports.sentences`.
        said: values as text ("true" and "false" for switches, values of one list joined by commas; paths of files for a
            slot or list), each with who says it.
    """

    subject: str
    what: str
    said: tuple[tuple[str, Source], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A file that fits several places equally well: asked, not guessed.

    Attributes:
        batch: number of the upload that it came with.
        certificate: SHA-256 of the leaf, or of the first certificate where it has none.
        candidates: likeliest first, each with the reason that speaks for it; a single one where something else has the
            place (a renewal beside the certificate that it is to replace), or it is not sure that the file is a whole list.
    """

    batch: int
    source: Source
    certificate: str | None
    candidates: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A sign, and the full name of the node that reported it."""

    node: str
    sign: Sign


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseFile:
    """A file that no placement claims; `certificates` is empty where it holds something else."""

    file: StoredFile
    certificates: tuple[Certificate, ...]
