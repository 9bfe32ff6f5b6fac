"""What nodes reported themselves, tied to what the other rules found: they run first, these two last.

1. Each sign is given to the findings that explain it, as their symptom.
2. What nothing explains is a finding that says what to upload; what is no certificate problem is one that says where to
   look instead. One finding per node, kind and peer, however many lines; many strangers are one finding.
3. A sign that is older than the certificate in place, or than a change that the node logged, says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from diagnostics.estate.model import Reported
from diagnostics.estate.observations import Sign, SignCode, Source
from diagnostics.readers.logs.troubles import Trouble, trouble_of
from diagnostics.rules.base import N_, Before, Confidence, Finding, Outcome, Place, Severity, Symptom
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.symptom_alarms import ALARMS, alarm_number, is_tunnel_alarm
from diagnostics.rules.symptom_causes import Causes
from diagnostics.rules.symptom_ends import INBOUND, RECEIVED, Ends, EndsOf, presented_by
from diagnostics.rules.symptom_wordings import NOT_A_CERTIFICATE, UNEXPLAINED
from diagnostics.rules.view import View

MOST_STRANGERS = 5  # unknown peers of one kind that have a finding each; beyond it they share one
MOST_EVIDENCE = 8
MOST_PEERS = 100  # that a finding names
_VARIANTS: dict[SignCode, str] = {
    SignCode.TLS_INBOUND_UNTRUSTED: "untrusted",
    SignCode.TLS_OUTBOUND_UNTRUSTED: "untrusted",
    SignCode.TLS_INBOUND_NAME: "name",
    SignCode.TLS_OUTBOUND_NAME: "name",
    SignCode.TLS_INBOUND_REJECTED: "rejected",
    SignCode.TLS_OUTBOUND_REJECTED: "rejected",
    SignCode.PROXY_UNTRUSTED: "proxy-untrusted",
    SignCode.PROXY_NAME: "proxy-name",
    SignCode.PROXY_REJECTED: "proxy-rejected",
    SignCode.TUNNELS_DOWN: "tunnels",
    SignCode.ZONE_FAILED: "zone",
    SignCode.ALARM: "alarm",
    SignCode.TLS_INBOUND_CLOSED: "closed",
    SignCode.TLS_OUTBOUND_CLOSED: "closed",
    SignCode.TLS_INBOUND_OTHER: "other",
    SignCode.TLS_OUTBOUND_OTHER: "other",
    SignCode.CREDENTIALS: "credentials",
    SignCode.PROXY_FORBIDDEN: "forbidden",
    SignCode.UNREACHABLE: "unreachable",
}
_CHANGES = (SignCode.CERTIFICATE_CHANGED, SignCode.TLS_VERIFICATION_CHANGED)
_MILD = ("stale", "alarm")
_LET_THROUGH = "Action=Continue"  # the HTTP proxy complained and went on


@dataclass(slots=True, kw_only=True)
class _Group:
    """Symptoms of one finding to be: reported by one node, of one kind, with one peer or with many strangers."""

    node: str
    variant: str
    peers: dict[str, None] = field(default_factory=dict)
    symptoms: list[Symptom] = field(default_factory=list)
    stranger: bool = False
    many: bool = False

    @property
    def last(self) -> Symptom:
        """The one that was seen last."""
        return max(self.symptoms, key=lambda item: item.sign.last or "")


@dataclass(slots=True, kw_only=True)
class _Sorted:
    """Every sign in its place: `explained` says where signs were that have a cause."""

    unexplained: list[_Group]
    not_a_certificate: list[_Group]
    ends_of: EndsOf
    explained: list[Place]
    serious: list[Place]


@rule(
    "symptom-unexplained",
    name=N_("A node reports a failure that nothing uploaded explains"),
    severity=Severity.MEDIUM,
    confidence=Confidence.INFERRED,
    applies=N_(
        "Every failed TLS handshake, failed zone, failed tunnel and alarm about certificates in logs and status files: "
        "medium for handshakes and tunnels; info for alarms, for what was let through, for what is older than the "
        "certificate in place, and for many unknown callers."
    ),
    sources=("212475", "213872", "221624", "ALARMS", "ATS-SSL"),
    wordings=UNEXPLAINED,
    note=N_("What a log line means is published for some lines only; direction and alert tell whose list is at fault."),
)
def symptom_unexplained(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """It holds where every failure that a node reported has its cause among the findings."""
    sorted_signs = _sorted(view)
    for place in sorted_signs.explained:
        yield say.holds(place)
    for group in sorted_signs.unexplained:
        finding = _finding(view, say, group, _severity(group))
        view.symptoms.setdefault(finding.id, group.symptoms)
        yield finding


@rule(
    "symptom-not-a-certificate",
    name=N_("A node reports a failure that looks like a certificate problem and is none"),
    severity=Severity.INFO,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Refused passwords, forbidden requests, unreachable hosts, and handshakes that end for other reasons."),
    sources=("213872", "117811", "212475"),
    wordings=NOT_A_CERTIFICATE,
)
def symptom_not_a_certificate(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """It holds where a failure that a node reported is about certificates."""
    sorted_signs = _sorted(view)
    for place in sorted_signs.serious:
        yield say.holds(place)
    for group in sorted_signs.not_a_certificate:
        finding = _finding(view, say, group, Severity.INFO)
        view.symptoms.setdefault(finding.id, group.symptoms)
        yield finding


def _sorted(view: View) -> _Sorted:
    kept = view.kept.get("symptoms")
    if kept is None:
        kept = view.kept["symptoms"] = _sort(view)
    assert isinstance(kept, _Sorted)
    return kept


def _sort(view: View) -> _Sorted:
    ends_of, changes = EndsOf(view), _changes(view.deployment.signs)
    causes_of = Causes(item for item in view.said if not item.code.startswith("symptom-"))
    groups: dict[tuple[str, str, str], _Group] = {}
    explained: dict[Place, None] = {}
    serious: dict[Place, None] = {}
    for reported in _once(view.deployment.signs):
        variant = _variant(reported.sign)
        if variant is None:
            continue
        ends = ends_of.of(reported)
        symptom = _symptom(view, ends_of, reported, ends, changes)
        causes = causes_of.of(reported.sign, ends)
        for cause in causes:
            view.symptoms.setdefault(cause.id, []).append(symptom)
        place = _place(ends_of, reported.node, symptom.peer)
        if variant not in NOT_A_CERTIFICATE:
            serious.setdefault(place)
        if causes:
            explained.setdefault(place)
        elif not _silent(reported.sign):
            _add(groups, variant, symptom, ends)
    merged = _merged(groups.values())
    return _Sorted(
        unexplained=[group for group in merged if group.variant in UNEXPLAINED],
        not_a_certificate=[group for group in merged if group.variant in NOT_A_CERTIFICATE],
        ends_of=ends_of,
        explained=list(explained),
        serious=list(serious),
    )


def _once(signs: Iterable[Reported]) -> Iterator[Reported]:
    """A status file's alarm about tunnels is a sign that they are down as well; one line is told once."""
    seen: set[tuple[str, Source]] = set()
    for reported in signs:
        key = (reported.node, reported.sign.source)
        if reported.sign.source.line is None or key not in seen:
            seen.add(key)
            yield reported


def _variant(sign: Sign) -> str | None:
    """Under which words the sign goes where nothing explains it; None: it is no failure."""
    if sign.code is SignCode.ALARM:
        if alarm_number(sign) is None:
            return None
        return "tunnels" if is_tunnel_alarm(sign) else "alarm"
    return _VARIANTS.get(sign.code)


def _silent(sign: Sign) -> bool:
    number = alarm_number(sign)
    return number is not None and ALARMS[number].silent


def _add(groups: dict[tuple[str, str, str], _Group], variant: str, symptom: Symptom, ends: Ends) -> None:
    if symptom.before is not None and variant in UNEXPLAINED:
        variant = "stale"
    what = symptom.peer or ""
    if variant in ("alarm", "zone"):
        what = alarm_number(symptom.sign) or symptom.sign.name or ""
    elif variant == "tunnels":
        what = ""  # the alarm and the list of tunnels say the same
    group = groups.setdefault((symptom.node, variant, what), _Group(node=symptom.node, variant=variant))
    group.symptoms.append(symptom)
    group.stranger = not ends.known and variant not in ("alarm", "zone", "tunnels")
    if symptom.peer:
        group.peers.setdefault(symptom.peer)


def _merged(groups: Iterable[_Group]) -> list[_Group]:
    """Strangers of one kind as one group where they are many: a public address meets hundreds."""
    strangers: dict[tuple[str, str], list[_Group]] = {}
    kept: list[_Group] = []
    for group in groups:
        if group.stranger and group.peers:
            strangers.setdefault((group.node, group.variant), []).append(group)
        else:
            kept.append(group)
    for (node, variant), alike in strangers.items():
        if len(alike) <= MOST_STRANGERS:
            kept += alike
            continue
        together = _Group(node=node, variant=variant, many=True)
        for group in alike:
            together.peers |= group.peers
            together.symptoms += group.symptoms
        kept.append(together)
    return kept


def _severity(group: _Group) -> Severity:
    if group.variant in _MILD or (group.many and all(item.sign.code in INBOUND for item in group.symptoms)):
        return Severity.INFO
    if group.variant == "zone":
        tls = any("tls" in item.sign.detail.casefold() or _concerns(item.sign) for item in group.symptoms)
        return Severity.MEDIUM if tls else Severity.INFO
    if all(_LET_THROUGH in item.sign.detail for item in group.symptoms):
        return Severity.INFO
    return Severity.MEDIUM


def _concerns(sign: Sign) -> bool:
    return trouble_of(sign.detail) is not Trouble.OTHER


def _finding(view: View, say: Say, group: _Group, severity: Severity) -> Finding:
    last = group.last
    node = _sorted(view).ends_of.node(group.node)
    peers = list(group.peers)[:MOST_PEERS]
    zone = last.sign.name if group.variant == "zone" else None
    place = at_node(node) if node else Place(node=group.node)
    return say.violated(
        Place(cluster=place.cluster, node=place.node, zone=zone),
        variant=_worded(group),
        severity=severity,
        peers=peers,
        evidence=[item.sign.source for item in group.symptoms[:MOST_EVIDENCE]],
        release=node.version.value if node and node.version else "",
        key=f"{group.variant} {_key(group)}",
        others=tuple(peers) or "",
        count=len(group.peers),
        detail=last.sign.detail or last.sign.code.value,
        last=_words(last.sign.last),
        wanted=last.sign.name or (peers[0] if peers else ""),
        alarm=_alarm_title(last.sign),
        changed=_words(last.changed),
    )


def _worded(group: _Group) -> str:
    if group.many:
        return "strangers"
    return "name-known" if group.variant == "name" and group.last.sign.name else group.variant


def _key(group: _Group) -> str:
    """What stays the same from one log to the next."""
    if group.many:
        return "many"
    sign = group.symptoms[0].sign
    if group.variant in ("alarm", "zone"):
        return alarm_number(sign) or sign.name or ""
    return "" if group.variant == "tunnels" else next(iter(group.peers), "")


def _alarm_title(sign: Sign) -> str:
    """Status files write "Title - Description", logs "Title: Description"."""
    return sign.detail.partition(": ")[0].partition(" - ")[0]


def _words(moment: str | None) -> str:
    """ "2026-01-15T10:30:00Z" -> "2026-01-15 10:30 UTC"; empty for none."""
    return f"{moment[:10]} {moment[11:16]} UTC" if moment else ""


def _place(ends_of: EndsOf, node: str, peer: str | None) -> Place:
    known = ends_of.node(node)
    return at_node(known, peer=peer) if known else Place(node=node, peer=peer)


def _symptom(view: View, ends_of: EndsOf, reported: Reported, ends: Ends, changes: dict[str, str]) -> Symptom:
    other = ends_of.node(next(iter(ends.others))) if len(ends.others) == 1 else None
    said = None if ends_of.names_itself(reported.node, reported.sign) else reported.sign.peer
    before, changed = _replaced(view, ends_of, reported.sign, ends, changes)
    return Symptom(
        node=reported.node,
        peer=other.fqdn if other and _speaks_of_peer(reported.sign) else said,
        sign=reported.sign,
        before=before,
        changed=changed,
    )


def _speaks_of_peer(sign: Sign) -> bool:
    return bool(sign.peer) or _is_connection(sign) or sign.code is SignCode.TUNNELS_DOWN or is_tunnel_alarm(sign)


def _is_connection(sign: Sign) -> bool:
    return sign.code not in (SignCode.ALARM, SignCode.ZONE_FAILED, SignCode.TUNNELS_DOWN)


def _changes(signs: Sequence[Reported]) -> dict[str, str]:
    """Node -> when it last logged a change of its certificates or of what it verifies."""
    changes: dict[str, str] = {}
    for reported in signs:
        if reported.sign.code in _CHANGES and reported.sign.last is not None:
            key = reported.node.casefold()
            changes[key] = max(changes.get(key, ""), reported.sign.last)
    return changes


def _replaced(
    view: View, ends_of: EndsOf, sign: Sign, ends: Ends, changes: dict[str, str]
) -> tuple[Before | None, str | None]:
    """Whether the sign is older than the certificate in place, or than the newest change at either end."""
    seen = _seen(sign)
    if seen is None or not _is_connection(sign):
        return None, None
    as_client = (sign.code in INBOUND) != (sign.code in RECEIVED)
    begun = [
        installed.certificate.not_before
        for name in ends.presenters
        if (node := ends_of.node(name)) is not None
        for installed in presented_by(view, node, as_client=as_client)
    ]
    issued = [item.astimezone(UTC) for item in begun if item is not None]
    if issued and len(issued) == len(begun) and min(issued) > seen:
        return Before.ISSUED, _moment(min(issued))
    changed = max((changes[name] for name in ends.others | {ends.reporter} if name in changes), default=None)
    return (Before.CHANGED, changed) if changed is not None and changed > _moment(seen) else (None, None)


def _seen(sign: Sign) -> datetime | None:
    """When it was last seen; None where it says no moment in UTC."""
    try:
        moment = datetime.fromisoformat(sign.last or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None


def _moment(when: datetime) -> str:
    return f"{when.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
