"""Changes, questions and uploads in words, as the review page and the history show them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from diagnostics.estate.changes import (
    ChangeKind,
    FactChange,
    ListChange,
    NodeChange,
    Shown,
    SlotChange,
    changes_of,
)
from diagnostics.estate.observations import FactKey
from diagnostics.reports.render import Words
from diagnostics.reports.sentences import PLACE_REASONS, PLACES, ROLES, SLOTS, STORES
from expcert.accounts.models import Workspace
from expcert.intake.models import Became, Upload
from expcert.inventory.models import PlacementDecision
from expcert.work import Problem, State

SHOWN_ENTRIES = 50  # of one list that gains or loses certificates
_UNSETTLED = 50  # on the workspace page
_FEW = 6  # places that are offered one below the other; more are a list to choose from


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that changes: `kind` as `ChangeKind`, `before` and `after` as lines of text, `remark` may be empty."""

    kind: str
    what: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLines:
    """What changes on a node; `kind` empty where nothing does. `node` empty: of the whole deployment."""

    node: str
    role: str
    kind: str
    lines: tuple[Line, ...]
    untouched: tuple[str, ...]

    @property
    def only_adds(self) -> bool:
        """Nothing gives way: its lines need no look before the upload is applied."""
        return bool(self.node) and all(line.kind == ChangeKind.ADDED for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Changes as a page shows them: nodes on which something changes, and names of those that are left as they are."""

    nodes: tuple[NodeLines, ...]
    left: tuple[str, ...]
    added: int
    replaced: int
    removed: int
    more: int  # things that are counted above and not among the lines

    @property
    def sentence(self) -> str:
        """One line for a list of uploads."""
        parts = [
            ngettext("%(count)d thing added", "%(count)d things added", self.added) % {"count": self.added},
            ngettext("%(count)d replaced", "%(count)d replaced", self.replaced) % {"count": self.replaced},
            ngettext("%(count)d removed", "%(count)d removed", self.removed) % {"count": self.removed},
        ]
        counts = (self.added, self.replaced, self.removed)
        said = [part for part, count in zip(parts, counts, strict=True) if count]
        return ", ".join(said) if said else _("nothing changed")


def change_page(stored: Mapping[str, Any]) -> ChangePage | None:
    """Stored changes in the reader's language; None where none are stored, or by a release that wrote them otherwise."""
    try:
        found = changes_of(stored)
    except ValueError:
        return None
    words = Words(get_language() or "en")
    counts = stored["counts"]
    return ChangePage(
        nodes=tuple(_node(node, words) for node in found if node.kind is not None),
        left=tuple(node.node for node in found if node.kind is None),
        added=counts[ChangeKind.ADDED],
        replaced=counts[ChangeKind.REPLACED],
        removed=counts[ChangeKind.REMOVED],
        more=stored["more"],
    )


def _node(node: NodeChange, words: Words) -> NodeLines:
    lines = [_slot(item, words) for item in node.slots]
    lines += [_list(item, words) for item in node.lists]
    lines += [_fact(item) for item in node.facts]
    return NodeLines(
        node=node.node,
        role=words.named(ROLES, node.role.value) if node.role else "",
        kind=node.kind.value if node.kind else "",
        lines=tuple(sorted(lines, key=lambda line: line.kind == ChangeKind.ADDED)),  # what is lost stands first
        untouched=tuple(words.named({**SLOTS, **STORES}, place.value) for place in node.untouched),
    )


def _slot(item: SlotChange, words: Words) -> Line:
    return Line(
        kind=item.kind.value,
        what=_("Certificate: %(slot)s") % {"slot": words.named(SLOTS, item.slot.value)},
        before=(_certificate(item.before),) if item.before else (),
        after=(_certificate(item.after),) if item.after else (),
        remark=_("What comes is older than what goes.") if item.older else "",
    )


def _certificate(shown: Shown) -> str:
    return _("%(name)s, issued by %(issuer)s, valid from %(start)s to %(end)s (SHA-256 %(sha256)s…)") % {
        "name": shown.name,
        "issuer": shown.issuer,
        "start": _day(shown.not_before),
        "end": _day(shown.not_after),
        "sha256": shown.sha256[:16],
    }


def _day(moment: str | None) -> str:
    return moment[:10] if moment else _("a date that cannot be read")


def _list(item: ListChange, words: Words) -> Line:
    return Line(
        kind=item.kind.value,
        what=_("List: %(store)s") % {"store": words.named(STORES, item.store.value)},
        before=_entries(item.before, item.removed, _("goes")),
        # Of a list of which nothing was known every entry is new: the number says it.
        after=_entries(item.after, item.added if item.before is not None else (), _("comes")),
        remark=_("The same certificates in another order.") if item.reordered else "",
    )


def _entries(count: int | None, changed: Iterable[Shown], word: str) -> tuple[str, ...]:
    if count is None:
        return ()
    said = [ngettext("%(count)d certificate", "%(count)d certificates", count) % {"count": count}]
    names = [f"{word}: {_certificate(shown)}" for shown in changed]
    said += names[:SHOWN_ENTRIES]
    if len(names) > SHOWN_ENTRIES:
        said.append(_("… %(count)d in all") % {"count": len(names)})
    return tuple(said)


def _fact(item: FactChange) -> Line:
    name = _fact_name(item.key)
    zone = _("Zone %(zone)s") % {"zone": f"“{item.zone}”"} if item.zone else ""
    what = zone if item.key is FactKey.ZONE_NAME else f"{zone}: {name}" if zone else name
    return Line(kind=item.kind.value, what=what, before=_values(item.before), after=_values(item.after))


def _values(values: Iterable[str]) -> tuple[str, ...]:
    switches = {"true": _("yes"), "false": _("no")}
    return tuple(switches.get(value, value) for value in values)


def _fact_name(key: FactKey) -> str:
    names = {
        FactKey.MRA_ENABLED: _("Mobile and Remote Access"),
        FactKey.MRA_DOMAIN: _("domains of Mobile and Remote Access"),
        FactKey.CLUSTER: _("cluster"),
        FactKey.ROLE: _("role"),
        FactKey.VERSION: _("version"),
        FactKey.ADDRESS: _("addresses"),
        FactKey.SERVER_ENTRY: _("entry in System > Server"),
        FactKey.CLUSTER_PEER: _("peers of the cluster"),
        FactKey.TLS_VERIFICATION: _("TLS verification of the cluster"),
        FactKey.VERIFY_ORIGIN_SERVER: _("verification of origin servers"),
        FactKey.SERVER_EKU_UPLOAD: _("upload of certificates for servers alone"),
        FactKey.SIP_EKU_CHECKING: _("checking of key usages by SIP"),
        FactKey.REVOCATION_MODE: _("revocation checking"),
        FactKey.REVOCATION_FALLBACK: _("behaviour where revocation cannot be told"),
        FactKey.ZONE_TYPE: _("type"),
        FactKey.ZONE_PEER: _("peers"),
        FactKey.ZONE_PORT: _("port"),
        FactKey.ZONE_TRANSPORT: _("transport"),
        FactKey.ZONE_TLS_VERIFY: _("TLS verify mode"),
        FactKey.ZONE_VERIFY_NAME: _("TLS verify subject name"),
        FactKey.ZONE_UNIFIED_COMMUNICATIONS: _("Unified Communications"),
    }
    return names.get(key, key.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    node: str
    place: str
    reason: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A file whose place is asked for; `field` names it in the form, `answer` is what was chosen so far."""

    field: str
    path: str
    subject: str
    choices: tuple[Choice, ...]
    answer: str

    @property
    def few(self) -> bool:
        return len(self.choices) <= _FEW


def asked(questions: Iterable[Mapping[str, Any]], answers: Mapping[str, str]) -> list[Asked]:
    """Questions as the page asks them."""
    words = Words(get_language() or "en")
    found = []
    for question in questions:
        answer = answers.get(question["path"], "later")
        found.append(
            Asked(
                field=field_of(question["path"]),
                path=question["path"],
                subject=question["subject"],
                choices=tuple(_choice(place, answer, words) for place in question["candidates"]),
                answer=answer,
            )
        )
    return found


def field_of(path: str) -> str:
    """The name of a question's field: browsers would change a path on its way, blanks and line ends alike."""
    return f"place-{hashlib.sha256(path.encode('utf-8', 'replace')).hexdigest()[:24]}"


def _choice(place: Mapping[str, Any], answer: str, words: Words) -> Choice:
    return Choice(
        value=place["key"],
        node=place["node"],
        place=place_name(place["slot"] or place["store"], words),
        reason=words.named(PLACE_REASONS, place["reason"]) if place["reason"] in PLACE_REASONS else "",
        chosen=place["key"] == answer,
    )


def place_name(place: str | None, words: Words) -> str:
    """A slot or list in words; None is what holds neither, a revocation list."""
    return words.named(PLACES, place or "crl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision as the history lists it; `node` empty: it belongs to no node. `by` empty: the account is gone."""

    pk: int
    path: str
    node: str
    place: str
    at: datetime
    by: str


def decided(rows: Iterable[PlacementDecision]) -> list[Decided]:
    words = Words(get_language() or "en")
    return [
        Decided(
            pk=row.pk,
            path=row.path,
            node=row.node,
            place=place_name(row.slot or row.store or None, words),
            at=row.decided_at,
            by=row.decided_by.get_username() if row.decided_by else "",
        )
        for row in rows
    ]


def code_of(upload: Upload) -> str:
    """What became of an upload as one word: of `Became`, "failed" or "now"; it has its name in the page's words."""
    if upload.state == State.FAILED:
        return "failed"
    return upload.became if upload.state == State.DONE and upload.became else "now"


def reason_of(upload: Upload) -> str:
    """Why there is nothing of it; empty where there is something, or where a person decided."""
    if upload.state == State.FAILED:
        return problem_words(upload.problem)
    if upload.became == Became.DISCARDED and upload.settled_by is None:
        return _("Nobody answered in time.")
    return ""


def unsettled(workspace: Workspace) -> QuerySet[Upload]:
    """Uploads that wait for an answer, and those that failed and that no later upload of the same deployment replaced."""
    later = Upload.objects.filter(
        deployment=OuterRef("deployment"), created_at__gt=OuterRef("created_at"), became=Became.APPLIED
    )
    failed = Q(state=State.FAILED) & ~Exists(later)
    uploads = Upload.objects.filter(Q(became=Became.WAITING) | failed, deployment__workspace=workspace)
    return uploads.select_related("deployment", "uploaded_by").defer("changes").order_by("-created_at")[:_UNSETTLED]


def problem_words(code: str) -> str:
    """Why work failed; the code itself where a later release wrote it."""
    return str(Problem(code).label) if code in Problem.values else code
