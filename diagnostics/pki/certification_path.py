"""The CA certificates of a certificate's certification path, as a person would export them from Windows one by one.

1. Every path is looked for in what is at hand: everything uploaded, and the public CA set. An issuer is one by name and
   signature, never by name alone (`paths`).
2. Of several (cross-signed CAs) the first is complete, accepted by OpenSSL, without a CA outside its dates, and short;
   of two alike the one that needs less from the public set.
3. What is still missing is named by what its child says of it: name, key identifier, and where the CA offers it. Nothing
   is fetched here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.paths import Candidate, Drop, Exploration, IssuerGraph, Path
from diagnostics.pki.verification import Verifier

MOST_PATHS = 32  # looked at beyond their signatures; real ones are one to four
MOST_ADDRESSES = 5  # addresses shown of those that one certificate names


class Origin(StrEnum):
    """Where a CA certificate was found."""

    UPLOADED = "uploaded"
    PUBLIC = "public"  # in the public CA set


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One CA certificate of a path."""

    certificate: Certificate
    origin: Origin
    outdated: bool  # outside its dates at the moment asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPath:
    """One way up, root first, without the certificate that it is of (unless that is signed by itself).

    Attributes:
        complete: the first step is signed by itself.
        refusal: OpenSSL's words where it refuses a complete path for something other than dates; else empty.
    """

    steps: tuple[Step, ...]
    complete: bool
    refusal: str = ""

    @property
    def outdated(self) -> bool:
        return any(step.outdated for step in self.steps)

    @property
    def valid(self) -> bool:
        return self.complete and not self.refusal and not self.outdated


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A CA certificate to fetch by hand.

    Attributes:
        subject: its name (RFC 4514 text); `name` is the short form.
        key_id: its subject key identifier as its child states it, hex; None where it states none.
        addresses: where the child says that the CA offers it (authority information access), as written there.
        child: the certificate that it issued.
        outdated: one is at hand and outside its dates, so it is a successor that is wanted; None: none is at hand.
        unfit: certificates at hand that bear its name and did not issue `child`, or may not, and why.
    """

    subject: str
    name: str
    key_id: str | None
    addresses: tuple[str, ...]
    child: Certificate
    outdated: Certificate | None = None
    unfit: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificationPath:
    """What came of it: the path to take, other possible ones, and what to fetch.

    `gave_up`: the certificates at hand lead in more ways than are followed, as only made-up ones do.
    """

    leaf: Certificate
    chosen: FoundPath
    others: tuple[FoundPath, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    gave_up: bool = False

    @property
    def authorities(self) -> tuple[Certificate, ...]:
        """The CA certificates to append, root first; those outside their dates are not among them."""
        return tuple(step.certificate for step in self.chosen.steps if not step.outdated)


def certification_path(
    leaf: Certificate,
    pool: Iterable[Certificate],
    public: Mapping[str, Certificate],
    *,
    at: datetime,
    verifier: Verifier | None = None,
) -> CertificationPath:
    """The path of `leaf` through `pool` and the public set (by SHA-256), judged at `at` (aware)."""
    verifier = verifier or Verifier()
    uploaded = {item.sha256: item for item in pool}
    known = {**public, **uploaded}
    explored = IssuerGraph(known.values(), verifier).explore(leaf)
    held = frozenset((*uploaded, leaf.sha256))
    found = [_judged(leaf, path, held, at, verifier) for path in _likely(explored, at)]
    chosen, *others = sorted(found, key=_rank)
    return CertificationPath(
        leaf=leaf,
        chosen=chosen,
        others=tuple(item for item in others if item.complete or not chosen.complete),
        wanted=tuple(_wanted(leaf, chosen, explored)),
        gave_up=explored.gave_up,
    )


def _likely(explored: Exploration, at: datetime) -> list[Path]:
    """The best by what costs nothing to know: complete, in date, and short; of incomplete ones the longest."""

    def cost(path: Path) -> tuple[bool, bool, int]:
        outdated = not all(item.valid_at(at) for item in path.issuers)
        length = len(path.certificates)
        return not path.complete, outdated, length if path.complete else -length

    return sorted(explored.paths, key=cost)[:MOST_PATHS]


def _judged(leaf: Certificate, path: Path, uploaded: frozenset[str], at: datetime, verifier: Verifier) -> FoundPath:
    steps = tuple(
        Step(
            certificate=item,
            origin=Origin.UPLOADED if item.sha256 in uploaded else Origin.PUBLIC,
            outdated=not item.valid_at(at),
        )
        for item in reversed(path.issuers)
    )
    refusal = _refusal(leaf, path, verifier) if path.complete else ""
    return FoundPath(steps=steps, complete=path.complete, refusal=refusal)


def _refusal(leaf: Certificate, path: Path, verifier: Verifier) -> str:
    """What OpenSSL says against this path alone, dates left out: name constraints, say."""
    trusted = verifier.trusted_list(path.issuers)
    return verifier.verify(leaf, helpers=path.issuers, trusted=trusted, at=None).words


def _rank(found: FoundPath) -> tuple[bool, bool, bool, int, int, tuple[str, ...]]:
    length = len(found.steps)
    public = sum(step.origin is Origin.PUBLIC for step in found.steps)
    fixed = tuple(step.certificate.sha256 for step in found.steps)  # so that two runs choose alike
    return (
        not found.complete,
        bool(found.refusal),
        found.outdated,
        length if found.complete else -length,
        public,
        fixed,
    )


def _wanted(leaf: Certificate, chosen: FoundPath, explored: Exploration) -> Iterable[Wanted]:
    """From the top down: the issuer above an incomplete path, and successors of what is outside its dates."""
    upwards = (leaf, *(step.certificate for step in reversed(chosen.steps) if step.certificate is not leaf))
    if not chosen.complete:
        top = upwards[-1]
        unfit = tuple(item for item in explored.candidates if item.child == top.sha256 and item.drop not in _NO_CLAIM)
        yield _asked_for(top, unfit=unfit)
    for step in chosen.steps:
        if step.outdated and step.certificate is not leaf:
            yield _asked_for(upwards[upwards.index(step.certificate) - 1], outdated=step.certificate)


_NO_CLAIM = (None, Drop.LOOP)


def _asked_for(child: Certificate, *, outdated: Certificate | None = None, unfit: tuple[Candidate, ...] = ()) -> Wanted:
    return Wanted(
        subject=child.issuer.text,
        name=child.issuer.short,
        key_id=child.authority_key_id,
        addresses=child.issuer_urls[:MOST_ADDRESSES],
        child=child,
        outdated=outdated,
        unfit=unfit,
    )
