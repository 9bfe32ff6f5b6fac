"""What a reader says it saw: one fact, one source. Plain values only, so that they can be stored and read back.

Certificates and CRLs are named by the SHA-256 of their DER; the bytes travel beside the observations
(`readers.base.Reading`).
"""

from dataclasses import dataclass
from enum import StrEnum

FactValue = str | bool | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact stands.

    Attributes:
        upload: the file as it was handed over.
        member: its path inside the archive or folder; None where `upload` is the file itself.
        part: which list inside a file that holds several (a snapshot's store); None where it holds one.
        line: 1-based; None where the fact is the whole file's.
        text: the words that say it, secrets taken out; empty where there is nothing worth quoting.
    """

    upload: str
    member: str | None = None
    part: str | None = None
    line: int | None = None
    text: str = ""

    @property
    def file_path(self) -> str:
        """One path for upload and member, archives read as folders."""
        return f"{self.upload}/{self.member}" if self.member else self.upload

    @property
    def path(self) -> str:
        """`file_path`, and the part behind a # where there is one."""
        return f"{self.file_path}#{self.part}" if self.part else self.file_path


class Role(StrEnum):
    """What a cluster is."""

    EXPRESSWAY_C = "expressway-c"
    EXPRESSWAY_E = "expressway-e"
    UNIFIED_CM = "unified-cm"
    IM_PRESENCE = "im-presence"
    UNITY_CONNECTION = "unity-connection"
    EXPRESSWAY = "expressway"  # one of the two; nothing at hand says which

    @property
    def is_expressway(self) -> bool:
        return self in (Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY)


class Slot(StrEnum):
    """A place for an identity certificate."""

    SERVER = "server"
    CLIENT = "client"  # X15.5 and later
    TOMCAT = "tomcat"
    TOMCAT_ECDSA = "tomcat-ecdsa"
    CALLMANAGER = "callmanager"
    CALLMANAGER_ECDSA = "callmanager-ecdsa"
    CUP = "cup"  # IM and Presence: SIP
    CUP_XMPP = "cup-xmpp"  # IM and Presence: XMPP clients, and Expressway-C
    CUP_ECDSA = "cup-ecdsa"
    CUP_XMPP_ECDSA = "cup-xmpp-ecdsa"
    CUP_XMPP_S2S = "cup-xmpp-s2s"  # IM and Presence: federation with other servers
    CUP_XMPP_S2S_ECDSA = "cup-xmpp-s2s-ecdsa"


class StoreName(StrEnum):
    """A list of trusted certificates."""

    TRUSTED_CA = "trusted-ca"
    TOMCAT_TRUST = "tomcat-trust"
    CALLMANAGER_TRUST = "callmanager-trust"
    CUP_XMPP_TRUST = "cup-xmpp-trust"
    CUP_TRUST = "cup-trust"  # the name is inferred


class ZoneType(StrEnum):
    """The zone types that certificates matter to."""

    TRAVERSAL_CLIENT = "traversal-client"
    TRAVERSAL_SERVER = "traversal-server"
    NEIGHBOR = "neighbor"
    DNS = "dns"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRef:
    """A node as one source names it.

    Attributes:
        name: its FQDN, or the bare host name that a diagnostic archive's members carry.
        container: the folder or archive in which that name means this node; None where the name is an FQDN.
    """

    name: str
    container: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRef:
    """A zone as one source names it: whose it is, and its number in a dump or position in an inventory."""

    owner: "NodeRef | ClusterRef"
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRef:
    """A cluster by its name (the cluster FQDN)."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRef:
    """The whole deployment."""


Subject = NodeRef | ClusterRef | ZoneRef | DeploymentRef


class Origin(StrEnum):
    """What kind of file a fact stands in: a newer one of a kind replaces all that an older one said of the same node."""

    PERSON = "person"  # an inventory, written down by somebody
    CONFIGURATION = "configuration"  # xConfiguration, as text or XML
    STATUS = "status"  # xStatus, as text or XML
    ANSWER = "answer"  # an answer of a REST interface, saved to a file
    LISTING = "listing"  # the output of a command that lists certificates
    NAME = "name"  # the name of a file or archive member
    LOG = "log"
    UNSTATED = "unstated"


class FactKey(StrEnum):
    """What can be said of a node, a cluster, a zone or the deployment."""

    # of a deployment
    DEPLOYMENT_NAME = "deployment-name"
    MRA_ENABLED = "mra-enabled"
    MRA_DOMAIN = "mra-domain"
    XMPP_FEDERATION_DOMAIN = "xmpp-federation-domain"
    IM_PRESENCE_DOMAIN = "im-presence-domain"  # IM and Presence over Mobile and Remote Access
    JABBER_GUEST_DOMAIN = "jabber-guest-domain"
    CHAT_NODE_ALIAS = "chat-node-alias"
    PHONE_SECURITY_PROFILE = "phone-security-profile"
    CMS_JOIN_HOST = "cms-join-host"
    # of a node or a cluster
    FQDN = "fqdn"
    HOST_NAME = "host-name"
    DOMAIN_NAME = "domain-name"
    ADDRESS = "address"
    VERSION = "version"
    ROLE = "role"
    CLUSTER = "cluster"
    CLUSTER_PEER = "cluster-peer"
    SERVER_ENTRY = "server-entry"
    TLS_VERIFICATION = "tls-verification"
    VERIFY_ORIGIN_SERVER = "verify-origin-server"
    SERVER_EKU_UPLOAD = "server-eku-upload"
    SIP_EKU_CHECKING = "sip-eku-checking"
    REVOCATION_MODE = "revocation-mode"
    REVOCATION_FALLBACK = "revocation-fallback"
    # of a node, as its configuration has it
    REVOCATION_OCSP = "revocation-ocsp"
    REVOCATION_CRL = "revocation-crl"
    REVOCATION_CRL_FETCH = "revocation-crl-fetch"
    CLUSTER_PRIMARY = "cluster-primary"  # the number of the peer whose configuration is taken over
    DNS_SERVER = "dns-server"
    NTP_SERVER = "ntp-server"
    SIP_TLS = "sip-tls"
    SIP_TLS_PORT = "sip-tls-port"
    SIP_TLS_VERSIONS = "sip-tls-versions"
    SIP_MUTUAL_TLS = "sip-mutual-tls"
    SIP_MUTUAL_TLS_PORT = "sip-mutual-tls-port"
    SIP_PREFERS_RSA = "sip-prefers-rsa"  # from X15.2, of TLS 1.3 signature algorithms
    SIP_CIPHERS = "sip-ciphers"
    UC_CLIENT_CIPHERS = "uc-client-ciphers"  # towards Unified CM, IM and Presence, Unity Connection
    TUNNEL_KEY_ALGORITHMS = "tunnel-key-algorithms"  # of the SSH tunnels
    XCP_VERIFICATION = "xcp-verification"
    XCP_VERIFY_HOST_NAME = "xcp-verify-host-name"
    XCP_REVOCATION = "xcp-revocation"
    XCP_CRL = "xcp-crl"
    XCP_CRL_FETCH = "xcp-crl-fetch"
    XCP_OCSP = "xcp-ocsp"
    XCP_UNREACHABLE_FAILS = "xcp-unreachable-fails"  # a source of revocation data that cannot be reached
    XCP_ADDRESS_TO_NAME = "xcp-address-to-name"
    ADMIN_CERTIFICATE_MODE = "admin-certificate-mode"  # client certificates of administrators
    ADMIN_CERTIFICATE_CRL = "admin-certificate-crl"
    ADMIN_CERTIFICATE_FALLBACK = "admin-certificate-fallback"
    MANAGER_TLS_VERIFY = "manager-tls-verify"
    LDAP_ENCRYPTION = "ldap-encryption"
    LDAP_CRL = "ldap-crl"
    POLICY_TLS_VERIFY = "policy-tls-verify"
    SYSLOG_TRANSPORT = "syslog-transport"
    SYSLOG_CRL = "syslog-crl"
    DEFAULT_ZONE_TLS_VERIFY = "default-zone-tls-verify"
    MRA_ONBOARDING = "mra-onboarding"  # activation codes: mutual TLS at the port of Mobile and Remote Access
    SSO_ENABLED = "sso-enabled"
    JABBER_GUEST_ENABLED = "jabber-guest-enabled"
    VERIFIED_UC_SERVER = "verified-uc-server"  # added with "TLS verify mode" On, by the name given
    UNVERIFIED_UC_SERVER = "unverified-uc-server"  # added with "TLS verify mode" Off
    # of a node, as its status has it
    SIP_TLS_LISTENER = "sip-tls-listener"  # address:port
    SIP_MUTUAL_TLS_LISTENER = "sip-mutual-tls-listener"
    ACTIVE_ZONE = "active-zone"  # name of a zone that the status shows as active
    # of a zone
    ZONE_NAME = "zone-name"
    ZONE_TYPE = "zone-type"
    ZONE_UNIFIED_COMMUNICATIONS = "zone-unified-communications"
    ZONE_PORT = "zone-port"
    ZONE_TRANSPORT = "zone-transport"
    ZONE_TLS_VERIFY = "zone-tls-verify"
    ZONE_VERIFY_NAME = "zone-verify-name"
    ZONE_PEER = "zone-peer"
    ZONE_INBOUND_MAPPING = "zone-inbound-mapping"  # of a DNS zone: inbound calls mapped to it by certificate
    ZONE_PROFILE = "zone-profile"
    ZONE_MEDIA_ENCRYPTION = "zone-media-encryption"
    ZONE_SIP = "zone-sip"  # whether SIP is on at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact of one thing; keys that may repeat (peers, domains, addresses) come as one fact each.

    `proven`: the product's own dump says it, rather than a person who wrote it down.
    """

    source: Source
    subject: Subject
    key: FactKey
    value: FactValue
    proven: bool = False
    origin: Origin = Origin.UNSTATED


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFile:
    """The certificates in one file, in order; `form` as `pki.loading.Form`, `lines` beside the certificates.

    `key_ids` and `request_ids` are the SHA-256 (hex) of the SubjectPublicKeyInfo that belongs to each private key that
    was here and could be matched, and of each request: enough to say which certificate they belong to, and nothing else.
    `request_names` are the common and DNS names that the requests ask for, all together.
    """

    source: Source
    form: str
    certificates: tuple[str, ...]
    lines: tuple[int | None, ...]
    crls: tuple[str, ...] = ()
    keys: int = 0
    faults: int = 0
    key_ids: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    request_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """That the file at `path` (as in `Source.path`) belongs at a place of a node.

    Exactly one of `slot`, `store` and `crl` is meant. `installed`: the source shows what the node really has (a
    diagnostic archive, a snapshot), not what somebody wrote down.
    """

    source: Source
    node: NodeRef
    path: str
    slot: Slot | None = None
    store: StoreName | None = None
    crl: bool = False
    installed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One certificate that a listing names without showing it.

    Attributes:
        name: its common name as the listing writes it (blanks may have become underscores).
        serial: lower-case hex without leading zeros; None where the listing does not say.
        line: 1-based, in the listing.
    """

    name: str
    serial: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a slot or list of a node holds by name and serial number alone: weaker evidence than the certificates.

    Exactly one of `slot` and `store` is set.

    Attributes:
        node: None where nothing in the file says whose it is: its path may.
        complete: all that is there; False where the listing was cut short or shows single entries.
    """

    source: Source
    node: NodeRef | None
    slot: Slot | None = None
    store: StoreName | None = None
    listed: tuple[Listed, ...] = ()
    complete: bool = True


class SignCode(StrEnum):
    """What a node itself reported; each has its words in `reports.symptoms` and is documented in `docs/uploads.md`."""

    # from log lines (`reference`: expressway-formats, section 5)
    TLS_INBOUND_UNTRUSTED = "tls-inbound-untrusted"  # this node does not trust the chain of a caller
    TLS_INBOUND_NAME = "tls-inbound-name"  # the caller's certificate lacks the name that this node expects
    TLS_INBOUND_REJECTED = "tls-inbound-rejected"  # the caller rejected this node's certificate (an alert came)
    TLS_INBOUND_CLOSED = "tls-inbound-closed"  # the caller hung up without an alert, as port scanners do
    TLS_INBOUND_OTHER = "tls-inbound-other"  # neither side speaks of a certificate
    TLS_OUTBOUND_UNTRUSTED = "tls-outbound-untrusted"
    TLS_OUTBOUND_NAME = "tls-outbound-name"
    TLS_OUTBOUND_REJECTED = "tls-outbound-rejected"
    TLS_OUTBOUND_CLOSED = "tls-outbound-closed"  # torn down without an alert: a firewall, most likely
    TLS_OUTBOUND_OTHER = "tls-outbound-other"
    PROXY_UNTRUSTED = "proxy-untrusted"  # the HTTP proxy does not trust a Unified CM, IM&P or Unity chain
    PROXY_NAME = "proxy-name"  # that server's certificate lacks the name the proxy uses
    PROXY_REJECTED = "proxy-rejected"  # that server rejected the Expressway-C certificate
    PROXY_FORBIDDEN = "proxy-forbidden"  # 403: a domain or service that is not allowed, no certificate problem
    CREDENTIALS = "credentials"  # a password or digest is wrong: no certificate problem, though it looks alike
    UNREACHABLE = "unreachable"  # the network, not a certificate
    LOG_TAKEN = "log-taken"  # no failure: a log of the node from `first` to `last` is there, `count` lines of it
    TLS_VERIFICATION_CHANGED = "tls-verification-changed"
    CERTIFICATE_CHANGED = "certificate-changed"
    # from log lines or the status
    ALARM = "alarm"  # `name` is the alarm's number where known, `detail` its text
    # from the status
    ZONE_FAILED = "zone-failed"  # `name` is the zone
    TUNNELS_DOWN = "tunnels-down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something that a node itself reported, once or many times: a symptom that findings explain.

    Attributes:
        source: where it stands first.
        node: the node that reported it.
        count: how often, in this file.
        first, last: UTC, as 2026-01-15T10:30:00Z; None where the file does not say.
        peer: the other end as the node writes it: an address or a name; None where it says neither.
        port: of the service side, where it says so.
        name: the name that was expected or asked for, the zone, or the alarm's number.
        presented: names that the peer's certificate carried, as the log has them.
        detail: the product's own words, secrets taken out.
        origin: what kind of file it stands in; an earlier release stored it without.
    """

    source: Source
    node: NodeRef
    code: SignCode
    count: int = 1
    first: str | None = None
    last: str | None = None
    peer: str | None = None
    port: int | None = None
    name: str | None = None
    presented: tuple[str, ...] = ()
    detail: str = ""
    origin: Origin = Origin.UNSTATED


Observation = Fact | CertificateFile | Placement | Listing | Sign
