"""Every path from a leaf through a pool of certificates, and why each candidate was dropped.

This explains; it never judges. The verdict is OpenSSL's (`verification`), whose errors 2 and 20 stand for eight
different faults: naming the certificate that is missing needs an issuer graph over everything at hand.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from cryptography.x509 import Version

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.verification import Verifier

DEEPEST = 16  # certificates on one path; public and private PKIs use 2 to 5
MOST_STEPS = 5_000  # candidates tried for one leaf before giving up: issuer cycles and same-named CAs are cheap to make
MOST_SAME_NAMED = 50  # entries of a list that are held against a missing certificate of their name


class Drop(StrEnum):
    """Why a certificate with the wanted name does not continue the path."""

    OTHER_KEY = "other-key"  # same name, but its key did not make the signature
    NOT_A_CA = "not-a-ca"  # basicConstraints absent or cA false
    NO_CERT_SIGN = "no-cert-sign"  # key usage without keyCertSign
    PATH_LENGTH = "path-length"  # more CA certificates below it than it allows
    LOOP = "loop"  # already on this path


_UNFIT = (Drop.NOT_A_CA, Drop.NO_CERT_SIGN, Drop.PATH_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A certificate that bears the issuer name that `child` asks for; `drop` None: it was taken."""

    child: str
    certificate: Certificate
    drop: Drop | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Leaf first. `complete`: the last certificate is signed by itself."""

    certificates: tuple[Certificate, ...]
    complete: bool

    @property
    def issuers(self) -> tuple[Certificate, ...]:
        """What a verifier needs beside the leaf; for a self-signed leaf, the leaf itself."""
        return self.certificates[1:] or (self.certificates if self.complete else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """All that was found; `gave_up` where the bound on steps was reached."""

    paths: tuple[Path, ...]
    candidates: tuple[Candidate, ...]
    gave_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingIssuer:
    """A CA certificate that a path needs and a list does not hold.

    Attributes:
        subject: its name (RFC 4514 text); `name` is the short form of it for headings (the common name).
        key_id: its subject key identifier, hex; None where neither it nor its child states one.
        certificate: a copy, where one is at hand among everything uploaded; None where nobody has handed one in.
        child: SHA-256 of the certificate that it issued.
        same_name: certificates in the verifier's list that bear its name, but whose key did not sign `child`.
    """

    subject: str
    name: str
    key_id: str | None
    certificate: Certificate | None
    child: str
    same_name: tuple[Certificate, ...] = ()

    @property
    def is_root(self) -> bool | None:
        """Whether it ends the path; None where no copy is at hand to tell."""
        return None if self.certificate is None else self.certificate.self_issued


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """What a verifier lacks for one leaf: the path that needs least, and its gaps from the leaf upwards.

    Nothing is missing where the verifier holds the issuer and it may not issue (`Drop`): then OpenSSL's words stand.
    """

    path: Path
    missing: tuple[MissingIssuer, ...]


class IssuerGraph:
    """The certificates at hand by subject, with signatures checked once per pair."""

    def __init__(self, certificates: Iterable[Certificate], verifier: Verifier) -> None:
        self._verifier = verifier
        self._by_subject: dict[object, dict[str, Certificate]] = defaultdict(dict)
        self._signatures: dict[tuple[str, str], bool] = {}
        self._explored: dict[str, Exploration] = {}
        self._named: dict[str, tuple[Certificate, ...]] = {}
        for certificate in certificates:
            self._by_subject[certificate.subject.key].setdefault(certificate.sha256, certificate)

    def named(self, certificate: Certificate) -> tuple[Certificate, ...]:
        """Every certificate whose subject is the issuer of `certificate`, likeliest first."""
        if certificate.sha256 not in self._named:
            bearers = self._by_subject.get(certificate.issuer.key, {}).values()
            self._named[certificate.sha256] = tuple(sorted(bearers, key=lambda item: _unlikely(certificate, item)))
        return self._named[certificate.sha256]

    def signed_by(self, child: Certificate, issuer: Certificate) -> bool:
        pair = (child.sha256, issuer.sha256)
        if pair not in self._signatures:
            self._signatures[pair] = self._verifier.signed_by(child, issuer)
        return self._signatures[pair]

    def self_signed(self, certificate: Certificate) -> bool:
        return certificate.self_issued and self.signed_by(certificate, certificate)

    def explore(self, leaf: Certificate) -> Exploration:
        """Every path upwards from `leaf`, complete ones first, shortest first; bounded, and kept."""
        if leaf.sha256 not in self._explored:
            self._explored[leaf.sha256] = _Walk(self).from_leaf(leaf)
        return self._explored[leaf.sha256]


class _Walk:
    """One bounded depth-first walk."""

    def __init__(self, graph: IssuerGraph) -> None:
        self._graph = graph
        self._steps = 0
        self._candidates: dict[tuple[str, str, Drop | None], Candidate] = {}

    def from_leaf(self, leaf: Certificate) -> Exploration:
        paths = sorted(self._paths((leaf,)), key=lambda path: (not path.complete, len(path.certificates)))
        return Exploration(
            paths=tuple(paths), candidates=tuple(self._candidates.values()), gave_up=self._steps >= MOST_STEPS
        )

    def _paths(self, so_far: tuple[Certificate, ...]) -> Iterator[Path]:
        top = so_far[-1]
        if self._graph.self_signed(top):
            yield Path(certificates=so_far, complete=True)
            return
        taken = False
        for candidate in self._graph.named(top):
            if self._steps >= MOST_STEPS:
                break
            self._steps += 1
            drop = self._reason_against(so_far, candidate)
            self._candidates.setdefault(
                (top.sha256, candidate.sha256, drop), Candidate(child=top.sha256, certificate=candidate, drop=drop)
            )
            if drop is None and len(so_far) < DEEPEST:
                taken = True
                yield from self._paths((*so_far, candidate))
        if not taken:
            yield Path(certificates=so_far, complete=False)

    def _reason_against(self, so_far: tuple[Certificate, ...], candidate: Certificate) -> Drop | None:
        if any(item.sha256 == candidate.sha256 for item in so_far):
            return Drop.LOOP
        if not self._graph.signed_by(so_far[-1], candidate):
            return Drop.OTHER_KEY
        if not _may_issue(candidate):
            return Drop.NOT_A_CA
        if candidate.key_usage is not None and "keyCertSign" not in candidate.key_usage:
            return Drop.NO_CERT_SIGN
        below = sum(1 for item in so_far[1:] if not item.self_issued)
        if candidate.path_length is not None and below > candidate.path_length:
            return Drop.PATH_LENGTH
        return None


def shortfall(
    leaf: Certificate,
    graph: IssuerGraph,
    *,
    held: Collection[str],
    listed: Collection[str],
    list_entries: Iterable[Certificate] = (),
) -> Shortfall:
    """What is missing for `leaf` to be trusted.

    `held` are the fingerprints that may help on the way (the verifier's list and what the peer sends), `listed` those
    of the verifier's own list, where alone a path may end and which it does not leave again; `list_entries` are looked
    through for the same name with another key. Of several paths the one that lacks least is taken, and of those the
    shortest.
    """
    entries = tuple(list_entries)
    explored = graph.explore(leaf)
    # Whose issuer is there and unfit lacks nothing that could be appended.
    unfit = {item.child for item in explored.candidates if item.drop in _UNFIT and item.certificate.sha256 in held}
    best: Shortfall | None = None
    for path in explored.paths:
        gaps = _gaps(path, graph, held, listed, entries)
        found = Shortfall(path=path, missing=tuple(gap for gap in gaps if gap.certificate or gap.child not in unfit))
        if best is None or _cost(found) < _cost(best):
            best = found
    assert best is not None  # a walk yields at least the leaf alone
    return best


def _gaps(
    path: Path,
    graph: IssuerGraph,
    held: Collection[str],
    listed: Collection[str],
    entries: tuple[Certificate, ...],
) -> Iterator[MissingIssuer]:
    child = path.certificates[0]
    from_list = False  # OpenSSL takes nothing from the wire above a certificate that it took from the list
    for certificate in path.issuers:
        root = path.complete and certificate is path.certificates[-1]
        absent = certificate.sha256 not in (listed if root or from_list else held)
        from_list = from_list or absent or certificate.sha256 in listed
        if absent:
            yield MissingIssuer(
                subject=certificate.subject.text,
                name=certificate.subject.short,
                key_id=certificate.subject_key_id,
                certificate=certificate,
                child=child.sha256,
                same_name=_same_name(child, graph, entries),
            )
        child = certificate
    if not path.complete:
        top = path.certificates[-1]
        yield MissingIssuer(
            subject=top.issuer.text,
            name=top.issuer.short,
            key_id=top.authority_key_id,
            certificate=None,
            child=top.sha256,
            same_name=_same_name(top, graph, entries),
        )


def _same_name(child: Certificate, graph: IssuerGraph, entries: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    bearers = [item for item in entries if item.subject.key == child.issuer.key][:MOST_SAME_NAMED]
    return tuple(item for item in bearers if not graph.signed_by(child, item))


def _cost(found: Shortfall) -> tuple[bool, int, int]:
    return not found.path.complete, len(found.missing), len(found.path.certificates)


def _may_issue(candidate: Certificate) -> bool:
    """Whether it is a CA as OpenSSL sees it; key usages are looked at apart.

    Without basicConstraints OpenSSL takes a key usage with keyCertSign for an answer, and a self-issued certificate of
    version 1, as old roots are.
    """
    if candidate.ca is not None:
        return candidate.ca
    if candidate.key_usage is not None:
        return True
    return candidate.self_issued and _without_extensions(candidate)


def _without_extensions(candidate: Certificate) -> bool:
    if candidate.parsed is not None:
        return candidate.parsed.version is Version.v1
    return (candidate.subject_key_id, candidate.authority_key_id, candidate.extended_usages) == (None, None, None)


def _unlikely(child: Certificate, issuer: Certificate) -> tuple[bool, bool, str]:
    """Key identifiers that agree come first, and then what ends the path: in a web of CAs that sign each other the steps
    are used up before a short way is met that is looked at late. Then a fixed order, so that two runs read alike.
    """
    agrees = child.authority_key_id is not None and child.authority_key_id == issuer.subject_key_id
    return not agrees, not issuer.self_issued, issuer.sha256
