"""What a rule is, and what it can say."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from diagnostics.estate.observations import Sign, Source
from diagnostics.pki.names import NameCheck
from diagnostics.pki.paths import MissingIssuer

ParamValue = str | int | tuple[str, ...]


def N_(text: str) -> str:  # noqa: N802  (the name that gettext's tools look for)
    """Marks a sentence for translation; it is rendered where it is shown."""
    return text


class Severity(StrEnum):
    """How much it hurts, worst first."""

    CRITICAL = "critical"  # a service is down, or the upload is refused
    HIGH = "high"  # a service fails for some, or at the next renewal or restart
    MEDIUM = "medium"  # works, against the documented requirement
    LOW = "low"  # housekeeping
    INFO = "info"  # worth knowing

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """How sure the rule itself is."""

    DOCUMENTED = "documented"  # a Cisco document says it
    INFERRED = "inferred"  # follows from several documents, none says it in one place
    GENERAL = "general"  # general knowledge of TLS and X.509


class Judgement(StrEnum):
    """What came of a check that was made at one place."""

    HOLDS = "holds"
    VIOLATED = "violated"
    DOES_NOT_APPLY = "does-not-apply"
    CANNOT_TELL = "cannot-tell"


class Reason(StrEnum):
    """Why a check does not apply or cannot be told; the words and what would settle it are in `reports.sentences`."""

    CERTIFICATE_UNKNOWN = "certificate-unknown"
    NOT_A_CERTIFICATE = "not-a-certificate"
    CA_ALONE = "ca-alone"
    LIST_UNKNOWN = "list-unknown"
    NOT_A_LIST = "not-a-list"
    LIST_INCOMPLETE = "list-incomplete"
    SETTING_UNKNOWN = "setting-unknown"
    PEER_UNKNOWN = "peer-unknown"
    ZONES_UNKNOWN = "zones-unknown"
    OTHER_END_UNKNOWN = "other-end-unknown"
    VERIFY_NAME_UNKNOWN = "verify-name-unknown"
    DOMAINS_UNKNOWN = "domains-unknown"
    CLUSTER_NAME_UNKNOWN = "cluster-name-unknown"
    UC_NODES_UNKNOWN = "uc-nodes-unknown"
    NO_USAGE_EXTENSION = "no-usage-extension"
    UNREADABLE = "unreadable"
    KEY_LOCKED = "key-locked"
    NOTHING_OF_THE_KIND = "nothing-of-the-kind"
    MRA_OFF = "mra-off"
    VERIFY_OFF = "verify-off"
    SINGLE_NODE = "single-node"
    NOT_UNIFIED_COMMUNICATIONS = "not-unified-communications"
    OTHER_CHECK = "other-check"
    TOO_MANY_PAIRS = "too-many-pairs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The sentences of a finding, with `{parameters}`; each is marked with `N_`.

    `impact` says who notices and how it looks to them; `verify` how to see that the fix worked.
    """

    title: str
    explanation: str
    impact: str
    steps: tuple[str, ...]
    verify: str
    restart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A check as data, and the function that makes it.

    Attributes:
        severity: the worst that it can say; a finding may be milder.
        applies: when it is made at all, in one sentence.
        wordings: by the variant that a finding names.
        sources: keys of `expressway.sources`.
    """

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    applies: str
    sources: tuple[str, ...]
    wordings: Mapping[str, Wording]
    check: "Callable[..., Iterator[Finding | Outcome]]"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that did speak.

    Attributes:
        node: where the fault sits and the remedy is carried out; None: in the configuration of the whole cluster.
        peer: the other end of the connection that suffers; None where it is several (`peers`) or none.
        certificates: SHA-256 of each certificate that it is about.
        evidence: where the facts stand that it rests on.
        release: of the node that it sits on, for menu paths; empty where unknown.
        key: what tells two findings of one rule at one place apart, and stays the same while the condition does.
        cause: findings with the same cause read as one problem; empty: it stands alone.
    """

    code: str
    severity: Severity
    variant: str
    params: Mapping[str, ParamValue]
    cluster: str | None = None
    node: str | None = None
    peers: tuple[str, ...] = ()
    zone: str | None = None
    store: str | None = None
    file: str | None = None
    certificates: tuple[str, ...] = ()
    missing: tuple[MissingIssuer, ...] = ()
    names: NameCheck | None = None
    evidence: tuple[Source, ...] = ()
    release: str = ""
    key: str = ""
    cause: str = ""
    services: tuple[str, ...] = ()

    @property
    def peer(self) -> str | None:
        return self.peers[0] if len(self.peers) == 1 else None

    @property
    def id(self) -> str:
        """Stable from run to run while the condition stays the same; 16 hex digits."""
        parts = (self.code, self.cluster, self.node, self.zone, self.store, self.file, self.key)
        return hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()[:16]


class Before(StrEnum):
    """Why a sign may speak of what is no longer so."""

    ISSUED = "issued"  # the certificate that is in place now was issued later
    CHANGED = "changed"  # the node reports a change of its certificates later


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A sign that a finding explains, or that a finding is about.

    Attributes:
        node: full name of the node that reported it.
        peer: full name of the other end where it is a known node, else as the node wrote it; None where it wrote none.
        before, changed: it was last seen before that change, at that moment (RFC 3339); None: nothing says so.
    """

    node: str
    peer: str | None
    sign: Sign
    before: Before | None = None
    changed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one check at one place, spoken or silent."""

    code: str
    judgement: Judgement
    cluster: str | None = None
    node: str | None = None
    peer: str | None = None
    zone: str | None = None
    reason: Reason | None = None
    params: Mapping[str, ParamValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a check is made."""

    cluster: str | None = None
    node: str | None = None
    peer: str | None = None
    zone: str | None = None
