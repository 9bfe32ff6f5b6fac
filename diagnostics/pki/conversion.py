"""What one file holds, parted as Expressway's two upload pages take it: the server certificate, and CA certificates."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.verification import Verifier

MOST_OF_ALL = 20_000  # signatures checked for all files of a deployment, some 2 s; 5,000 chains of three ask for 10,000
MOST_PAIRS = 5_000  # signatures checked to put one file in order; a file of same-named CAs is cheap to make


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """The distinct certificates of one file.

    Attributes:
        server: the one certificate of a host; None where there is none, or several and no key that says which.
        leaves: every certificate of a host, in the order of the file.
        authorities: the CA certificates, each below those that issued it (root first), else in the order of the file.
    """

    server: Certificate | None
    leaves: tuple[Certificate, ...]
    authorities: tuple[Certificate, ...]


class Signatures:
    """Who signed whom, each pair asked once, and `MOST_OF_ALL` in all: for what looks at every file of a deployment.

    Files of the same few certificates are cheap to make by the thousand. A pair beyond that counts as not signed, which
    leaves the certificates of such a file in its own order.
    """

    def __init__(self) -> None:
        self._verifier = Verifier()
        self._known: dict[tuple[str, str], bool] = {}

    def signed_by(self, child: Certificate, issuer: Certificate) -> bool:
        pair = (child.sha256, issuer.sha256)
        if pair not in self._known:
            if len(self._known) >= MOST_OF_ALL:
                return False
            self._known[pair] = self._verifier.signed_by(child, issuer)
        return self._known[pair]


def part(
    certificates: Iterable[Certificate],
    *,
    key_ids: Collection[str] = (),
    names: Collection[str] = (),
    signatures: Signatures | None = None,
) -> Parted:
    """Part the certificates of one file.

    `key_ids` are the SHA-256 of the public keys whose private keys came with it; `names` are those of the node that it
    is for, case-folded, by which a certificate with one of them is taken for the node's whatever else it says.
    """
    return Parting(certificates, key_ids=key_ids, signatures=signatures).for_names(names)


class Parting:
    """`part` for any number of nodes that one file is said to be for: the signatures in it are checked once."""

    def __init__(
        self,
        certificates: Iterable[Certificate],
        *,
        key_ids: Collection[str] = (),
        signatures: Signatures | None = None,
    ) -> None:
        self._distinct = tuple({item.sha256: item for item in certificates}.values())
        self._key_ids = key_ids
        self._issued = _issued(self._distinct, signatures or Signatures())
        self._common = frozenset(name.casefold() for item in self._distinct for name in item.subject.common_names)
        self._parted: dict[frozenset[str], Parted] = {}

    def for_names(self, names: Collection[str] = ()) -> Parted:
        said = self._common.intersection(names)
        if said not in self._parted:
            self._parted[said] = self._part(said)
        return self._parted[said]

    def _part(self, names: Collection[str]) -> Parted:
        leaves = tuple(item for item in self._distinct if _is_of_a_host(item, self._issued, names))
        hosts = {item.sha256 for item in leaves}
        authorities = [item for item in self._distinct if item.sha256 not in hosts]
        return Parted(
            server=_server(leaves, self._key_ids),
            leaves=leaves,
            authorities=_root_first(authorities, self._issued),
        )


def _server(leaves: tuple[Certificate, ...], key_ids: Collection[str]) -> Certificate | None:
    if len(leaves) == 1:
        return leaves[0]
    with_key = [item for item in leaves if item.key is not None and item.key.spki_sha256 in key_ids]
    return with_key[0] if len(with_key) == 1 else None


def _is_of_a_host(certificate: Certificate, issued: Mapping[str, Sequence[str]], names: Collection[str]) -> bool:
    """Whether it is the certificate of a server rather than of a CA.

    Not by basicConstraints alone: `openssl req -x509` says cA of every certificate that a server signs itself, and CA
    certificates of version 1 say nothing. A CA is issued to no host, or has issued something.
    """
    if certificate.ca is False:
        return True
    if issued.get(certificate.sha256):
        return False
    if certificate.ca is None or any(name.casefold() in names for name in certificate.subject.common_names):
        return True
    return bool(certificate.names.dns or certificate.names.ips)


def _issued(certificates: Sequence[Certificate], signatures: Signatures) -> dict[str, list[str]]:
    """Who issued whom among them, by name and signature; what signed itself is not counted."""
    by_subject: dict[object, list[Certificate]] = defaultdict(list)
    for item in certificates:
        by_subject[item.subject.key].append(item)
    issued: dict[str, list[str]] = defaultdict(list)
    pairs = ((item, other) for item in certificates for other in by_subject[item.issuer.key] if other is not item)
    for child, issuer in islice(pairs, MOST_PAIRS):
        if signatures.signed_by(child, issuer):
            issued[issuer.sha256].append(child.sha256)
    return issued


def _root_first(certificates: Sequence[Certificate], issued: Mapping[str, Sequence[str]]) -> tuple[Certificate, ...]:
    """Each below all of them that issued it; those that wait for each other (a ring) in the order given."""
    left = {item.sha256: item for item in certificates}
    waiting = Counter(child for issuer in left for child in issued.get(issuer, ()))
    ready = deque(sha256 for sha256 in left if not waiting[sha256])
    ordered: list[Certificate] = []
    while left:
        following = ready.popleft() if ready else next(iter(left))
        ordered.append(left.pop(following))
        for child in issued.get(following, ()):
            waiting[child] -= 1
            if not waiting[child] and child in left:
                ready.append(child)
    return tuple(ordered)
