"""What an upload would do to the estate, before it does: what is added, replaced and left, and what has to be asked."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from diagnostics.estate.assemble import assemble
from diagnostics.estate.changes import ChangeKind, ListChange, NodeChange, changes, changes_values, replaces
from diagnostics.estate.decisions import Decision
from diagnostics.estate.model import Deployment as Estate
from diagnostics.estate.model import Place, Question
from diagnostics.pki.certificate import Certificate as CertificateFacts
from diagnostics.readers import Reading as EngineReading
from diagnostics.reports.diagnosis import Batch
from expcert.inventory import services as inventory
from expcert.inventory import storable
from expcert.inventory.decisions import decision, names_in
from expcert.inventory.models import Deployment, Reading

MOST_QUESTIONS = 200  # of one upload that are asked; a form takes only so many fields, and a person too
_MOST_THINGS = 1_000  # stored of what changes; more than anybody reads, and a hostile inventory can name 50,000
_MOST_ENTRIES = 100  # of one list that gains or loses certificates
LATER = "later"  # no answer yet: the file belongs to no node until somebody says more
NOWHERE = "none"  # it belongs to no node


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`changes` in the engine's stored form, cut off where it is long (`stored_changes`).

    `replaces`: something that is stored would give way. `more_questions`: how many are not in `questions`.
    """

    base: str
    changes: dict[str, Any]
    replaces: bool
    questions: list[dict[str, Any]]
    more_questions: int = 0

    @property
    def asks(self) -> bool:
        """Whether a file fits several places. One that fits a single place, and may or may not be installed there (a
        renewal beside what it renews), is shown with the others and holds nobody up: on the files page it is one click.
        """
        return any(len(question["candidates"]) > 1 for question in self.questions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The facts of a deployment and, as the last batch, those of the upload that waits."""

    facts: inventory.Facts
    named: frozenset[str] = field(default_factory=frozenset)  # certificates and CRLs of the batches before


def base_of(deployment: Deployment, waiting: Reading | None = None) -> str:
    """Names the state that a preview holds for: what is applied, what is decided, and what was read."""
    applied = deployment.readings.exclude(applied_at=None).order_by("applied_at", "id").values_list("pk", "revision")
    decided = deployment.decisions.order_by("pk").values_list("pk", flat=True)
    said: list[object] = [[(str(pk), revision) for pk, revision in applied], list(decided)]
    said.append(waiting.revision if waiting is not None else 0)
    return _digest(said)


def preview_of_reading(deployment: Deployment, reading: EngineReading) -> Preview:
    """Of an upload that was just read and is not stored yet."""
    base = base_of(deployment)
    facts = inventory.facts_of(deployment)
    named = frozenset({*facts.certificates, *facts.crls})
    together = inventory.Facts(
        batches=(*facts.batches, Batch(observations=reading.observations, files=reading.files)),
        certificates={**facts.certificates, **reading.certificates},
        crls={**facts.crls, **reading.crls},
        decisions=facts.decisions,
    )
    return _preview(base, _Known(facts=together, named=named))


def preview_of_waiting(row: Reading, answers: Mapping[str, str], questions: Sequence[Mapping[str, Any]]) -> Preview:
    """Of a stored reading, with the answers that were given to its questions and are not confirmed yet."""
    deployment = row.deployment
    base = base_of(deployment, row)
    facts = inventory.facts_of(deployment, waiting=row)
    named = {
        sha256
        for certificates, crls in deployment.readings.exclude(applied_at=None).values_list("certificates", "crls")
        for sha256 in (*certificates, *crls)
    }
    answered = decisions_from(answers, questions, facts.certificates)
    return _preview(base, _Known(facts=facts, named=frozenset(named)), answered)


def _preview(base: str, known: _Known, answered: Sequence[Decision] = ()) -> Preview:
    newest = len(known.facts.batches) - 1
    before = _estate(known, newest, known.facts.decisions)
    after = _estate(known, newest + 1, known.facts.decisions)
    questions = [question for question in after.questions if question.batch == newest]
    if answered:
        after = _estate(known, newest + 1, (*known.facts.decisions, *answered))
    found = changes(before, after)
    return Preview(
        base=base,
        changes=storable.json(stored_changes(found)),
        replaces=replaces(found),
        questions=storable.json([_asked(question, known) for question in questions[:MOST_QUESTIONS]]),
        more_questions=max(0, len(questions) - MOST_QUESTIONS),
    )


def stored_changes(found: Sequence[NodeChange]) -> dict[str, Any]:
    """The engine's stored form with the first `_MOST_THINGS` of what changes, and how much there is of each kind.

    `counts` has the kinds of `ChangeKind`; `more` is how many things are left out.
    """
    left, kept, more = _MOST_THINGS, [], 0
    for node in sorted(found, key=lambda node: node.kind is None):
        short = replace(
            node,
            slots=node.slots[:left],
            lists=tuple(_cut(item) for item in node.lists[: max(0, left - len(node.slots))]),
            facts=node.facts[: max(0, left - len(node.slots) - len(node.lists))],
        )
        spent = 1 + len(short.each) + sum(len(item.added) + len(item.removed) for item in short.lists)
        if left > 0:
            kept.append(short)
        more += len(node.each) - (len(short.each) if left > 0 else 0)
        left = max(0, left - spent)
    counted = Counter(item.kind.value for node in found for item in node.each)
    return {**changes_values(kept), "counts": {kind.value: counted[kind.value] for kind in ChangeKind}, "more": more}


def _cut(item: ListChange) -> ListChange:
    return replace(item, added=item.added[:_MOST_ENTRIES], removed=item.removed[:_MOST_ENTRIES])


def _estate(known: _Known, batches: int, decisions: Sequence[Decision]) -> Estate:
    facts = known.facts
    certificates, crls = facts.certificates, facts.crls
    if batches < len(facts.batches):
        certificates = {sha256: item for sha256, item in certificates.items() if sha256 in known.named}
        crls = {sha256: item for sha256, item in crls.items() if sha256 in known.named}
    observations = [batch.observations for batch in facts.batches[:batches]]
    return assemble(observations, certificates, crls, decisions=decisions)


def _asked(question: Question, known: _Known) -> dict[str, Any]:
    """A question as plain values: the file, the certificate in it, and the places that it fits."""
    certificate = known.facts.certificates.get(question.certificate) if question.certificate else None
    return {
        "path": question.source.path,
        "certificate": question.certificate,
        "subject": certificate.subject.short if certificate else "",
        "candidates": [_candidate(place) for place in question.candidates],
    }


def _candidate(place: Place) -> dict[str, Any]:
    return {
        "key": place_key(place),
        "node": place.node,
        "slot": place.slot.value if place.slot else None,
        "store": place.store.value if place.store else None,
        "reason": place.reason.value if place.reason else None,
    }


def place_key(place: Place) -> str:
    """Names a place in a form."""
    return f"{place.slot or place.store or 'crl'}@{place.node}"


def decisions_from(
    answers: Mapping[str, str],
    questions: Sequence[Mapping[str, Any]],
    certificates: Mapping[str, CertificateFacts],
) -> list[Decision]:
    """The decisions that answers mean; "decide later" is none, nor is what the question does not offer.

    `certificates`: those that the questions are about, by SHA-256.
    """
    nowhere = {"node": None, "slot": None, "store": None}
    decisions = []
    for question in questions:
        answer = answers.get(question["path"], LATER)
        names = names_in(certificates.get(question["certificate"]))
        places = [place for place in question["candidates"] if place["key"] == answer]
        places += [nowhere] if answer == NOWHERE else []
        # A node without a slot or list of its own: the place for revocation lists.
        decisions += [
            decision(
                path=question["path"],
                certificate=question["certificate"],
                names=names,
                node=place["node"],
                slot=place["slot"],
                store=place["store"],
                crl=place["node"] is not None and not (place["slot"] or place["store"]),
            )
            for place in places
        ]
    return decisions


def replaced_by(stored: Mapping[str, Any]) -> frozenset[str]:
    """Each thing that stored changes replace or remove, and what takes its place."""
    return frozenset(
        json.dumps([node["node"], item], sort_keys=True)
        for node in stored.get("nodes", ())
        for item in (node["kind"] == ChangeKind.REMOVED, *node["slots"], *node["lists"], *node["facts"])
        if item is True or (item and item["kind"] != ChangeKind.ADDED)
    )


def token_of(base: str, stored: Mapping[str, Any], questions: Sequence[Mapping[str, Any]]) -> str:
    """Names what a person was shown, so that nothing else is confirmed."""
    return _digest([base, stored, questions])


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
