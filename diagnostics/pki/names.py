"""Does a certificate carry a name; and if not, what is nearest to it.

Sources of the rules: expressway behaviour is documented for the subjectAltName (Admin guide X15.4 "Unified
Communications", X14.3 "Zones and neighbors"), case rules nowhere, so names are compared without regard to case as
RFC 5922 has it, and the outcome says where normalisation mattered. The traffic server's CN fallback and wildcards
follow upstream Apache Traffic Server (X509HostnameValidator.cc).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

import idna

from diagnostics.pki.certificate import Certificate

_COMPARED = 50  # names whose letters are compared one by one; a certificate may hold thousands, to tie us up


class Match(StrEnum):
    """How a wanted name is found in a certificate."""

    IN_SAN = "in-san"  # a subjectAltName of the right kind equals it
    BY_WILDCARD = "by-wildcard"  # a wildcard subjectAltName covers it
    ONLY_IN_CN = "only-in-cn"  # the subject's common name equals it and no subjectAltName does
    ABSENT = "absent"  # nowhere


class Miss(StrEnum):
    """How the nearest name differs from the wanted one."""

    SPELLING = "spelling"  # a few letters differ
    SHORT_HOST = "short-host"  # the certificate has the bare host name
    OTHER_DOMAIN = "other-domain"  # same host, other domain
    OTHER_HOST = "other-host"  # same domain, other host
    WILDCARD = "wildcard"  # a wildcard would cover it, which this check does not accept
    ADDRESS_AS_DNS = "address-as-dns"  # an IP address written as a DNS name
    UNRELATED = "unrelated"  # nothing alike


@dataclass(frozen=True, slots=True, kw_only=True)
class NameCheck:
    """The three values side by side.

    Attributes:
        wanted: as configured.
        presented: every name of the certificate's subjectAltName.
        match: how it was found.
        found: the presented name that matched; None where none did.
        nearest: the presented name (or common name) nearest to `wanted`; None where it matched or there is no name.
        miss: how `nearest` differs; None where there is none.
        normalised: equal only after folding case, dropping a trailing dot or converting an internationalised name.
    """

    wanted: str
    presented: tuple[str, ...]
    match: Match
    found: str | None = None
    nearest: str | None = None
    miss: Miss | None = None
    normalised: bool = False


def as_address(name: str) -> IPv4Address | IPv6Address | None:
    """The IP address that `name` spells, brackets allowed; None where it spells none."""
    try:
        return ip_address(name.strip().strip("[]"))
    except ValueError:
        return None


def normalised(name: str) -> str:
    """Lower case, no trailing dot, A-labels, no blanks round it. A name that IDNA refuses is only folded."""
    return _as_presented(name.strip())


def _as_presented(name: str) -> str:
    # The same, but that blanks stay: a name in a certificate with a blank before or after it is another name.
    folded = name.rstrip(".").lower()
    if folded.isascii():
        return folded
    try:
        return idna.encode(folded, uts46=True).decode("ascii")
    except idna.IDNAError:
        return folded


def covers(pattern: str, name: str) -> bool:
    """Whether the wildcard `pattern` covers `name`: one `*`, alone in the first label, two further labels or more."""
    pattern, name = _as_presented(pattern), normalised(name)
    first, _, rest = pattern.partition(".")
    return first == "*" and rest.count(".") >= 1 and name.partition(".")[2] == rest and not name.startswith(".")


def check_name(certificate: Certificate, wanted: str, *, wildcards: bool = False) -> NameCheck:
    """Look for `wanted`, a host name or an IP address, in `certificate`.

    `wildcards` says whether the verifier is known to accept a wildcard; a zone is not.
    """
    wanted = wanted.strip()
    address = as_address(wanted)
    if address is not None:
        return _check_address(certificate, wanted, address)
    target = normalised(wanted)
    presented = certificate.names.texts
    for name in certificate.names.dns:
        if _as_presented(name) == target:
            return NameCheck(
                wanted=wanted, presented=presented, match=Match.IN_SAN, found=name, normalised=name != wanted
            )
    for name in certificate.names.dns:
        if wildcards and covers(name, target):
            return NameCheck(wanted=wanted, presented=presented, match=Match.BY_WILDCARD, found=name)
    for name in certificate.subject.common_names:
        if _as_presented(name) == target:
            return NameCheck(
                wanted=wanted, presented=presented, match=Match.ONLY_IN_CN, found=name, normalised=name != wanted
            )
    nearest, miss = nearest_name(wanted, (*certificate.names.dns, *certificate.subject.common_names))
    return NameCheck(wanted=wanted, presented=presented, match=Match.ABSENT, nearest=nearest, miss=miss)


def _check_address(certificate: Certificate, wanted: str, address: IPv4Address | IPv6Address) -> NameCheck:
    presented = certificate.names.texts
    if address in certificate.names.ips:
        return NameCheck(wanted=wanted, presented=presented, match=Match.IN_SAN, found=str(address))
    for name in certificate.names.dns:
        if as_address(name) == address:
            # Only the iPAddress form is compared by the traffic server upstream; documented for zones nowhere.
            return NameCheck(
                wanted=wanted, presented=presented, match=Match.ABSENT, nearest=name, miss=Miss.ADDRESS_AS_DNS
            )
    if any(as_address(name) == address for name in certificate.subject.common_names):
        return NameCheck(wanted=wanted, presented=presented, match=Match.ONLY_IN_CN, found=wanted)
    nearest, miss = _nearest_address(address, certificate)
    return NameCheck(wanted=wanted, presented=presented, match=Match.ABSENT, nearest=nearest, miss=miss)


def _nearest_address(address: IPv4Address | IPv6Address, certificate: Certificate) -> tuple[str | None, Miss | None]:
    """Another address where the certificate has any, the likest first; else its first host name."""
    wanted = str(address)
    addresses = [str(ip) for ip in certificate.names.ips[:_COMPARED]]
    if addresses:
        distance, nearest = min((_distance(wanted, text), text) for text in addresses)
        return nearest, Miss.SPELLING if distance <= 1 else Miss.UNRELATED
    named = (*certificate.names.dns, *certificate.subject.common_names)[:1]
    return (named[0], Miss.UNRELATED) if named else (None, None)


def nearest_name(wanted: str, candidates: Iterable[str]) -> tuple[str | None, Miss | None]:
    """The candidate most like `wanted`, and how it differs; (None, None) without candidates."""
    target = normalised(wanted)
    likely = sorted(dict.fromkeys(candidates), key=lambda name: _unlikeness(target, normalised(name)))[:_COMPARED]
    ranked = sorted((_distance(target, _as_presented(name)), order, name) for order, name in enumerate(likely))
    if not ranked:
        return None, None
    for kind in (_is_wildcard, _is_short_host, _is_other_domain, _is_other_host):
        for distance, _, name in ranked:
            miss = kind(target, normalised(name), distance)
            if miss is not None:
                return name, miss
    distance, _, name = ranked[0]
    close = distance <= max(2, len(target) // 5)
    return name, Miss.SPELLING if close else Miss.UNRELATED


def closeness(check: NameCheck) -> int:
    """Ranks misses, 0 for the likeliest slip; what matched comes first of all."""
    return -1 if check.miss is None else list(Miss).index(check.miss)


def _unlikeness(target: str, name: str) -> tuple[bool, bool, int]:
    """A cheap first sorting: same domain, same host, like length."""
    host, _, domain = target.partition(".")
    other_host, _, other_domain = name.partition(".")
    return domain != other_domain, host != other_host, abs(len(target) - len(name))


def _is_wildcard(target: str, name: str, distance: int) -> Miss | None:
    return Miss.WILDCARD if covers(name, target) else None


def _is_short_host(target: str, name: str, distance: int) -> Miss | None:
    return Miss.SHORT_HOST if "." not in name and name == target.partition(".")[0] else None


def _is_other_domain(target: str, name: str, distance: int) -> Miss | None:
    host, _, domain = target.partition(".")
    other_host, _, other_domain = name.partition(".")
    if host != other_host or not domain or not other_domain:
        return None
    return Miss.SPELLING if distance <= 2 else Miss.OTHER_DOMAIN


def _is_other_host(target: str, name: str, distance: int) -> Miss | None:
    domain = target.partition(".")[2]
    if not domain or name.partition(".")[2] != domain:
        return None
    return Miss.SPELLING if distance <= 2 else Miss.OTHER_HOST


def _distance(first: str, second: str) -> int:
    """Letters to insert, drop, replace or swap (optimal string alignment); names are capped at 253 by DNS."""
    first, second = first[:253], second[:253]
    before: list[int] = []
    previous = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        current = [row]
        for column, other in enumerate(second, 1):
            cost = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == second[column - 2] and first[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]
