"""Which finding explains a failure that a node reported: by the kind of trouble, and by where the finding sits.

A fault of a list sits at the verifier, a fault of a certificate at the presenter; a zone's setting at the verifier or,
where the certificate is to be made anew, at the presenter. What an alert or an alarm means is in `troubles` and in the
table of alarms below.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from diagnostics.estate.observations import Sign, SignCode
from diagnostics.expressway.connections import SSH_TUNNEL
from diagnostics.readers.logs.troubles import Trouble, trouble_of
from diagnostics.rules.base import Finding, Severity
from diagnostics.rules.symptom_alarms import ALARMS, TUNNEL_CAUSES, alarm_number, is_tunnel_alarm
from diagnostics.rules.symptom_ends import CLOSED, Ends


class At(StrEnum):
    """The end at which a finding sits."""

    VERIFIER = "verifier"
    PRESENTER = "presenter"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Bearing:
    """What failures a finding of a code can explain."""

    at: At
    troubles: frozenset[Trouble]


def _bears(at: At, *troubles: Trouble) -> Bearing:
    return Bearing(at, frozenset((*troubles, Trouble.ANY)))


# A finding that is not in here explains no failed handshake.
BEARINGS: dict[str, Bearing] = {
    "own-chain-gap": _bears(At.PRESENTER, Trouble.TRUST),
    "own-ca-not-trusted": _bears(At.PRESENTER, Trouble.TRUST),
    "server-cert-expired": _bears(At.PRESENTER, Trouble.VALIDITY),
    "server-cert-not-yet-valid": _bears(At.PRESENTER, Trouble.VALIDITY),
    "trust-ca-expired": _bears(At.VERIFIER, Trouble.VALIDITY, Trouble.TRUST),
    "eku-client-auth-missing": _bears(At.PRESENTER, Trouble.PURPOSE),
    "eku-server-auth-missing": _bears(At.PRESENTER, Trouble.PURPOSE),
    "ssh-tunnel-client-eku-missing": _bears(At.PRESENTER, Trouble.PURPOSE),
    "traversal-peer-ca-not-trusted": _bears(At.VERIFIER, Trouble.TRUST),
    "ssh-tunnel-intermediate-missing": _bears(At.VERIFIER, Trouble.TRUST),
    "traversal-peer-address-not-in-cert": _bears(At.EITHER, Trouble.NAME),
    "traversal-peer-address-is-ip": _bears(At.EITHER, Trouble.NAME),
    "traversal-verify-name-not-in-cert": _bears(At.EITHER, Trouble.NAME),
    "traversal-verify-name-partial-cluster": _bears(At.EITHER, Trouble.NAME),
    "name-only-in-cn": _bears(At.PRESENTER, Trouble.NAME),
    "uc-node-ca-not-trusted": _bears(At.VERIFIER, Trouble.TRUST),
    "uc-expc-chain-missing-on-ucm": _bears(At.VERIFIER, Trouble.TRUST),
    "uc-node-name-not-in-cert": _bears(At.PRESENTER, Trouble.NAME),
    "crl-revoked": _bears(At.PRESENTER, Trouble.REVOCATION),
    "crl-expired": _bears(At.VERIFIER, Trouble.REVOCATION),
    "cert-key-mismatch": _bears(At.PRESENTER),
}
MOST_CAUSES = 50  # findings that one sign is a symptom of; each has it in its list
_TUNNELS_ALONE = frozenset({"ssh-tunnel-intermediate-missing", "ssh-tunnel-client-eku-missing"})


class Causes:
    """Finds what explains a sign: among the findings at its ends, for there may be thousands elsewhere."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._at: dict[str, list[tuple[int, Finding]]] = defaultdict(list)
        self._known: dict[tuple[SignCode, str | None, str, Ends], list[Finding]] = {}
        for number, finding in enumerate(findings):
            # In a setting that all nodes of a cluster share, its peers tell where it is.
            for name in {item.casefold() for item in ((finding.node,) if finding.node is not None else finding.peers)}:
                self._at[name].append((number, finding))

    def of(self, sign: Sign, ends: Ends) -> list[Finding]:
        """The findings that explain the sign; of those that fit, only such as fit best."""
        key = (sign.code, sign.name, sign.detail, ends)  # all that is looked at
        if key not in self._known:
            self._known[key] = self._fitting(sign, ends)[:MOST_CAUSES]
        return self._known[key]

    def _fitting(self, sign: Sign, ends: Ends) -> list[Finding]:
        near = {number: item for name in ends.others | {ends.reporter} for number, item in self._at.get(name, ())}
        ranked: dict[tuple[bool, bool], list[Finding]] = {}
        for number in sorted(near):
            finding = near[number]
            if _fits(finding, sign, ends):
                exact = bool(finding.peers) and ends.known
                ranked.setdefault((not exact, finding.severity.rank > Severity.HIGH.rank), []).append(finding)
        return ranked[min(ranked)] if ranked else []


def _fits(finding: Finding, sign: Sign, ends: Ends) -> bool:
    if sign.code is SignCode.ALARM:
        return _fits_alarm(finding, sign, ends)
    if sign.code is SignCode.ZONE_FAILED:
        return _fits_zone(finding, sign, ends)
    if sign.code is SignCode.TUNNELS_DOWN:
        return finding.code in TUNNEL_CAUSES and _severe(finding) and _touches(finding, ends)
    bearing = BEARINGS.get(finding.code)
    if bearing is None or not _serves(finding, ends):
        return False
    trouble = Trouble.ANY if sign.code in CLOSED else trouble_of(sign.detail)
    if trouble not in bearing.troubles or (sign.code in CLOSED and not ends.known):
        return False
    if finding.zone is not None and ends.zones and finding.zone not in ends.zones:
        return False
    return _sits(finding, bearing.at, ends)


def _serves(finding: Finding, ends: Ends) -> bool:
    if not ends.services:
        return True
    if finding.code in _TUNNELS_ALONE:
        return SSH_TUNNEL in ends.services
    named = set(finding.services)
    return not named or "every-connection" in named or bool(named & ends.services) or SSH_TUNNEL in ends.services


def _sits(finding: Finding, at: At, ends: Ends) -> bool:
    places = list(_places(at, ends))
    return any(_at(finding, here, there) for here, there in places)


def _places(at: At, ends: Ends) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Where the finding must sit, and who the peers that it names must be among."""
    if at in (At.VERIFIER, At.EITHER):
        yield ends.verifiers, ends.presenters
    if at in (At.PRESENTER, At.EITHER):
        yield ends.presenters, ends.verifiers


def _at(finding: Finding, here: frozenset[str], there: frozenset[str]) -> bool:
    peers = {peer.casefold() for peer in finding.peers}
    if finding.node is not None:
        return finding.node.casefold() in here and (not peers or not there or bool(peers & there))
    # In a setting that all nodes of a cluster share: its peers, or the zone, tell which connection it is.
    return bool(peers & there)


def _touches(finding: Finding, ends: Ends) -> bool:
    """It sits at one end and does not speak of third parties alone."""
    either = ends.others | {ends.reporter}
    peers = {peer.casefold() for peer in finding.peers}
    node = finding.node.casefold() if finding.node else None
    if node is not None and node not in either:
        return False
    if node is None:
        return bool(peers & either)
    return not peers or not ends.known or (bool((peers | {node}) & ends.others) and bool(peers & either))


def _severe(finding: Finding) -> bool:
    return finding.severity in (Severity.CRITICAL, Severity.HIGH)


def _fits_zone(finding: Finding, sign: Sign, ends: Ends) -> bool:
    """A failed zone: findings of the zone, or of certificates and lists at its ends, that bring it down."""
    bearing = BEARINGS.get(finding.code)
    if bearing is None or not _severe(finding) or finding.code in _TUNNELS_ALONE:
        return False
    if finding.zone is not None:
        return (finding.zone in ends.zones or finding.zone == sign.name) and _touches(finding, ends)
    return not finding.code.startswith("uc-") and _touches(finding, ends)


def _fits_alarm(finding: Finding, sign: Sign, ends: Ends) -> bool:
    number = alarm_number(sign)
    if number is None or finding.code not in ALARMS[number].codes:
        return False
    if is_tunnel_alarm(sign):
        return _severe(finding) and _touches(finding, ends)
    return finding.node is not None and finding.node.casefold() in ends.others | {ends.reporter}
