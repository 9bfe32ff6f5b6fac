"""An estate before it becomes files: plain mutable objects, so that a test can spoil one thing in one line.

The words (roles, slots, stores, kinds of zone) are those of the inventory file, `expcert-inventory/1`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, TypeVar

from cryptography import x509

from diagnostics.samples.authority import Authority, Issued

Role: TypeAlias = Literal["expressway-c", "expressway-e", "unified-cm", "im-presence", "unity-connection"]
Slot: TypeAlias = Literal[
    "server", "client", "tomcat", "tomcat-ecdsa", "callmanager", "callmanager-ecdsa", "cup", "cup-xmpp"
]
Store: TypeAlias = Literal["trusted-ca", "tomcat-trust", "callmanager-trust", "cup-xmpp-trust"]
ZoneKind: TypeAlias = Literal["traversal-client", "traversal-server", "neighbor", "dns"]
TlsVerification: TypeAlias = Literal["permissive", "enforce"]

Found = TypeVar("Found")

EXPRESSWAYS: tuple[Role, ...] = ("expressway-c", "expressway-e")


@dataclass(slots=True, kw_only=True)
class NodePlan:
    """One server.

    Attributes:
        identity: what lies in each slot; bytes stand for the file as it is, so that it can be anything at all.
        trust: each list in its order.
        version: None: its cluster's.
        server_entry: as written in Unified CM under System > Server; None: not said.
        crls: revocation lists, each as the bytes of one file.
        alarms: raised on the node, "Title - Description" as the status XML has them.
        log: further lines of the diagnostic log from the process name on; time, host and UTCTime are put around them.
    """

    fqdn: str
    address: str
    version: str | None = None
    identity: dict[Slot, Issued | bytes] = field(default_factory=dict)
    trust: dict[Store, list[x509.Certificate]] = field(default_factory=dict)
    server_entry: str | None = None
    crls: list[bytes] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The name up to the first dot."""
        return self.fqdn.partition(".")[0]

    @property
    def domain(self) -> str:
        """The name behind the first dot."""
        return self.fqdn.partition(".")[2]

    def issued(self, slot: Slot) -> Issued:
        """The certificate in a slot. KeyError: the slot is empty; TypeError: it holds a file that is none."""
        held = self.identity[slot]
        if not isinstance(held, Issued):
            raise TypeError(f"slot {slot} of {self.fqdn} holds a raw file")
        return held


@dataclass(slots=True, kw_only=True)
class ZonePlan:
    """A zone; all peers of a cluster share it.

    Attributes:
        peers: "Peer N address" of a traversal client or neighbor zone, as typed.
        verify_name: "TLS verify subject name" of a traversal server or DNS zone.
        cause: why the status page shows it as failed; None: it is active.
    """

    name: str
    kind: ZoneKind
    unified_communications: bool = True
    port: int = 7001
    tls_verify: bool = True
    peers: list[str] = field(default_factory=list)
    verify_name: str | None = None
    cause: str | None = None


@dataclass(slots=True, kw_only=True)
class SettingsPlan:
    """Switches that change what is checked; None: neither the inventory nor the dump says anything."""

    verify_origin_server: bool | None = None
    server_eku_upload: bool | None = None
    sip_eku_checking: bool | None = None
    revocation: bool | None = None
    revocation_fallback: Literal["revoked", "not-revoked"] | None = None


@dataclass(slots=True, kw_only=True)
class ClusterPlan:
    """One or more nodes that share their configuration; `name` is the cluster FQDN, of a single node its own."""

    name: str
    role: Role
    version: str
    nodes: list[NodePlan] = field(default_factory=list)
    zones: list[ZonePlan] = field(default_factory=list)
    tls_verification: TlsVerification | None = None
    settings: SettingsPlan = field(default_factory=SettingsPlan)


@dataclass(slots=True, kw_only=True)
class EstatePlan:
    """One customer's estate.

    Attributes:
        at: the moment it shows; archives and log lines carry it.
        authorities: every CA in play by a short name, such as "private-issuing".
        extra_files: path -> bytes of what lies about beside the rest.
    """

    name: str
    at: datetime
    clusters: list[ClusterPlan] = field(default_factory=list)
    mra_enabled: bool = True
    mra_domains: list[str] = field(default_factory=list)
    xmpp_federation_domains: list[str] = field(default_factory=list)
    chat_node_aliases: list[str] = field(default_factory=list)
    phone_security_profiles: list[str] = field(default_factory=list)
    cms_join_hosts: list[str] = field(default_factory=list)
    authorities: dict[str, Authority] = field(default_factory=dict)
    extra_files: dict[str, bytes] = field(default_factory=dict)

    def nodes(self, *roles: Role) -> Iterator[NodePlan]:
        """Nodes of the given roles, all where none is given."""
        for cluster in self.clusters:
            if not roles or cluster.role in roles:
                yield from cluster.nodes

    def node(self, fqdn: str) -> NodePlan:
        """KeyError where there is none of that name."""
        return _first((item for item in self.nodes() if item.fqdn == fqdn), fqdn)

    def cluster(self, name: str) -> ClusterPlan:
        """By its name; KeyError where there is none."""
        return _first((item for item in self.clusters if item.name == name), name)

    def cluster_of(self, fqdn: str) -> ClusterPlan:
        """The cluster that a node is in; KeyError where there is none."""
        found = (item for item in self.clusters if any(node.fqdn == fqdn for node in item.nodes))
        return _first(found, fqdn)

    def zone(self, cluster: str, name: str) -> ZonePlan:
        """KeyError where the cluster has no zone of that name."""
        return _first((item for item in self.cluster(cluster).zones if item.name == name), name)

    def version_of(self, node: NodePlan) -> str:
        return node.version or self.cluster_of(node.fqdn).version


def _first(found: Iterator[Found], name: str) -> Found:
    for item in found:
        return item
    raise KeyError(name)


def release(version: str) -> tuple[int, ...]:
    """The numbers of a release, for comparison: "X14.0.10" is (14, 0, 10)."""
    return tuple(int(number) for number in re.findall(r"\d+", version))
