"""The words that all readers share: limits, kinds, what became of a file, and the reading as a whole."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from diagnostics.estate.observations import Observation, Source
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.passwords import Passwords
from diagnostics.pki.revocation import Crl

MIB = 1024 * 1024
MOST_PROBLEMS = 100  # listed for one file; a person puts the first ones right and looks again


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what one reading may cost, each checked before or while the bytes are read, and what it may use.

    Attributes:
        depth: archives inside archives; a customer's zip of diagnostic archives is 2 deep.
        members: of all archives of one upload together; a diagnostic archive has about 40.
        inflated: bytes that all archives of one upload may unfold to; a diagnostic archive holds up to 20 captures of
            20 MB per interface beside its logs.
        ratio: unfolded to packed; deflate reaches 1,032 on zeros, real logs and dumps stay below 60.
        ratio_floor: bytes from which the ratio is looked at; a small file may well fold that tightly.
        structured: bytes of a file that must be held whole to be read (dump, XML, JSON, PEM bundle); the largest real
            status file seen has 94 kB, all public CAs together less than 2 MB.
        certificates: in one file; the largest public list has 555.
        facts: from one file; an Expressway-C with 1,000 zones gives about 10,000.
        kept: bytes of all certificates, CRLs and locked containers of one upload, each once; 20 nodes that each bring a
            list of all public CAs, every one different, have 20 MB. They are held in memory until they are stored.
        observations: of one upload together; ten clusters of six full dumps have about 300,000.
        spooled: bytes of a nested archive kept on disk while it is read (zip needs to seek).
        passwords: tried on PKCS#12 containers beside the empty one; None: whoever hands files over cannot give any.
    """

    depth: int = 3
    members: int = 20_000
    inflated: int = 8192 * MIB
    ratio: int = 250
    ratio_floor: int = 32 * MIB
    structured: int = 16 * MIB
    certificates: int = 5_000
    facts: int = 50_000
    kept: int = 128 * MIB
    observations: int = 500_000
    spooled: int = 1024 * MIB
    spool_directory: Path | None = None
    passwords: Passwords | None = None


class Kind(StrEnum):
    """What a file is. Content decides, never the extension."""

    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    CERTIFICATES = "certificates"
    REQUEST = "request"
    CRL = "crl"
    PRIVATE_KEY = "private-key"
    PUBLIC_KEY = "public-key"
    PKCS12 = "pkcs12"
    KEYSTORE = "keystore"  # Java: JKS, JCEKS
    CERTIFICATE_STORE = "certificate-store"  # Microsoft serialized store, .sst
    XCONFIGURATION = "xconfiguration"
    CONFIGURATION_XML = "configuration-xml"
    XSTATUS_XML = "xstatus-xml"
    XSTATUS_TEXT = "xstatus-text"
    LOG = "log"
    CAPTURE = "capture"
    REST_ANSWER = "rest-answer"  # of the Expressway REST interface, as JSON
    UCM_SNAPSHOT = "ucm-snapshot"
    UCM_LISTING = "ucm-listing"  # what `show cert ...` printed
    INVENTORY = "inventory"
    SPREADSHEET = "spreadsheet"  # an inventory as XLSX
    OTHER_ARCHIVE = "other-archive"
    DOCUMENT = "document"
    TEXT = "text"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What became of a file."""

    READ = "read"  # what can be read of it was read
    PARTLY = "partly"  # something of it was lost, and the problems say what
    NOT_READ = "not-read"  # recognised or not, nothing is read from such a file
    REFUSED = "refused"  # a bound or a safety rule stopped it


class ProblemCode(StrEnum):
    """What was wrong with a file; the words are in `reports.words`."""

    EMPTY = "empty"
    NOT_READ_YET = "not-read-yet"
    NOT_RECOGNISED = "not-recognised"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_MANY_MEMBERS = "too-many-members"
    UNFOLDS_TOO_FAR = "unfolds-too-far"
    TOO_MUCH = "too-much"
    RATIO = "ratio"
    OTHER_ARCHIVE = "other-archive"
    DAMAGED_ARCHIVE = "damaged-archive"
    DAMAGED_MEMBER = "damaged-member"
    ENCRYPTED_MEMBER = "encrypted-member"
    UNSAFE_NAME = "unsafe-name"
    NOT_A_FILE = "not-a-file"
    BLOCK_LOST = "block-lost"
    CERTIFICATE_CUT_OFF = "certificate-cut-off"
    CERTIFICATE_BROKEN = "certificate-broken"
    TEXT_MODE = "text-mode"
    ODD_PEM = "odd-pem"
    NEEDS_PASSWORD = "needs-password"
    NO_PASSWORD = "no-password"
    WRONG_PASSWORD = "wrong-password"
    TOO_MANY_ROUNDS = "too-many-rounds"
    PRIVATE_KEY = "private-key"
    MALFORMED = "malformed"
    FURTHER = "further"
    UNKNOWN_KEY = "unknown-key"
    WRONG_TYPE = "wrong-type"
    WRONG_VALUE = "wrong-value"
    MISSING_FILE = "missing-file"
    UNKNOWN_SERVICE = "unknown-service"
    CERTIFICATE_IN_LOG = "certificate-in-log"
    LOG_CUT = "log-cut"
    WHICH_NODE = "which-node"
    SEVERAL_NODES = "several-nodes"
    NODE_NOT_NAMED = "node-not-named"
    WHICH_PLACE = "which-place"
    CUT_SHORT = "cut-short"
    OUT_OF_TIME = "out-of-time"
    OUT_OF_MEMORY = "out-of-memory"
    KILLED_ITS_READER = "killed-its-reader"
    NOT_REACHED = "not-reached"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a file: 1-based line where it has one, and the parameters of the sentence."""

    code: ProblemCode
    line: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)


def listed(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The first of them, and how many more there are."""
    kept: list[Problem] = []
    further = 0
    for problem in problems:
        if len(kept) < MOST_PROBLEMS:
            kept.append(problem)
        else:
            further += 1
    if further:
        kept.append(Problem(code=ProblemCode.FURTHER, params={"count": str(further)}))
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """One file or archive member: what it is and what became of it.

    `size` in bytes, as far as it was read or announced; `found` counts what was taken from it (certificates, facts);
    `certificates` by SHA-256, each once, in the order of the file.
    """

    source: Source
    kind: Kind
    size: int
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    found: Mapping[str, int] = field(default_factory=dict)
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file on disk under the name that it was handed over with (a relative path where a folder was)."""

    name: str
    path: Path
    member: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that was read in one go; certificates and CRLs by SHA-256."""

    files: tuple[FileReading, ...]
    observations: tuple[Observation, ...]
    certificates: Mapping[str, Certificate]
    crls: Mapping[str, Crl]
    # PKCS#12 containers that no password at hand opened, by `Source.path`, their private keys taken out already:
    # what is needed to try again once somebody gives the password.
    locked: Mapping[str, bytes] = field(default_factory=dict)


# Of a file in an upload: its number, then the number of the entry in each archive around it.
Place = tuple[int, ...]


class Listener(Protocol):
    """Who hears of a walk over files while it goes on."""

    def begins(self, place: Place, source: Source) -> bool:
        """A file or member is about to be opened; False: it is passed over."""
        ...

    def recognised(self, kind: Kind) -> None:
        """What the one that began last is."""
        ...

    def moved(self, count: int) -> None:
        """So many bytes of it were read or unfolded."""
        ...

    def take(self, place: Place, file: "FileReading", taken: "Taken") -> None:
        """It is done with."""
        ...


@dataclass(slots=True)
class Gathering:
    """What the readers have put together so far; the one mutable thing in this room."""

    limits: Limits
    files: list[FileReading] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    certificates: dict[str, Certificate] = field(default_factory=dict)
    crls: dict[str, Crl] = field(default_factory=dict)
    locked: dict[str, bytes] = field(default_factory=dict)
    on_file: Callable[[FileReading], None] | None = None
    kept: int = 0  # bytes, as in `Limits.kept`

    def begins(self, place: Place, source: Source) -> bool:
        return True

    def recognised(self, kind: Kind) -> None:
        pass

    def moved(self, count: int) -> None:
        pass

    def take(self, place: Place, file: FileReading, taken: "Taken") -> None:
        new = sum(len(item.der) for item in taken.certificates if item.sha256 not in self.certificates)
        new += sum(len(item.der) for item in taken.crls if item.sha256 not in self.crls)
        new += len(taken.locked or b"")
        told = len(self.observations) + len(taken.observations)
        if self.kept + new > self.limits.kept or told > self.limits.observations:
            file, taken = _one_too_many(file, self.limits)
        else:
            self.kept += new
        self.observations.extend(taken.observations)
        for certificate in taken.certificates:
            self.certificates.setdefault(certificate.sha256, certificate)
        for crl in taken.crls:
            self.crls.setdefault(crl.sha256, crl)
        if taken.locked is not None:
            self.locked[file.source.path] = taken.locked
        self.files.append(file)
        if self.on_file is not None:
            self.on_file(file)

    def finished(self) -> Reading:
        return Reading(
            files=tuple(self.files),
            observations=tuple(self.observations),
            certificates=self.certificates,
            crls=self.crls,
            locked=self.locked,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a reader took from one file's bytes."""

    kind: Kind
    outcome: Outcome = Outcome.READ
    observations: tuple[Observation, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    crls: tuple[Crl, ...] = ()
    problems: tuple[Problem, ...] = ()
    found: Mapping[str, int] = field(default_factory=dict)
    locked: bytes | None = None  # as in `Reading.locked`


def _one_too_many(file: FileReading, limits: Limits) -> tuple[FileReading, Taken]:
    """What is left of a file that would bring an upload above what is kept of one."""
    params = {"limit": f"{limits.kept // MIB} MiB", "count": str(limits.observations)}
    problem = Problem(code=ProblemCode.TOO_MUCH, params=params)
    refused = replace(file, outcome=Outcome.REFUSED, problems=(problem,), found={}, certificates=())
    return refused, Taken(kind=file.kind, outcome=Outcome.REFUSED, problems=(problem,))
