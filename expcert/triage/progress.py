"""How far an upload is on its way to a diagnosis, in steps that a person can follow."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expcert.intake.models import Became, Upload
from expcert.intake.presenting import problem_words
from expcert.triage.models import Diagnosis
from expcert.work import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: `state` is "done", "now", "waiting" or "failed"; `detail` may be empty."""

    title: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """All steps.

    Attributes:
        diagnosis_address: set once there is something to read.
        review_address: set while the upload waits for an answer.
        failed: a step ended without a result.
        ended: nothing moves by itself any more, so nothing is asked again.
        delay: when to ask again, in milliseconds.
    """

    steps: tuple[Step, ...]
    diagnosis_address: str
    review_address: str
    failed: bool
    ended: bool
    delay: int


def progress_of(upload: Upload) -> Progress:
    """The state of the upload and of the diagnosis that it set off."""
    diagnosis = upload.diagnoses.defer("document").order_by("-created_at").first()
    reading, answer, diagnosing = _reading(upload), _answer(upload), _diagnosing(upload, diagnosis)
    received = Step(title=_("Received"), state="done", detail=_received(upload))
    address = ""
    if diagnosis is not None and diagnosis.state == State.DONE:
        address = reverse("triage:diagnosis", args=[diagnosis.pk])
    waits = upload.became == Became.WAITING
    failed = "failed" in (reading.state, diagnosing.state)
    seconds = (upload.heartbeat_at - upload.created_at).total_seconds() if upload.heartbeat_at else 0
    return Progress(
        steps=tuple(step for step in (received, reading, answer, diagnosing) if step is not None),
        diagnosis_address=address,
        review_address=reverse("intake:review", args=[upload.pk]) if waits else "",
        failed=failed,
        ended=failed or waits or upload.became == Became.DISCARDED,
        delay=400 if seconds < 10 else 2000,  # a long reading need not be asked after twice a second
    )


def _answer(upload: Upload) -> Step | None:
    """None where nobody was or is asked."""
    title = _("Answer")
    if upload.became == Became.WAITING:
        return Step(title=title, state="now", detail=_("what it replaces has to be confirmed, or something is asked"))
    if upload.became == Became.DISCARDED:
        return Step(title=title, state="failed", detail=_("discarded; what was stored before is untouched"))
    if upload.became == Became.APPLIED and upload.settled_by_id is not None:
        return Step(title=title, state="done")
    return None


def _received(upload: Upload) -> str:
    count = upload.files.count()
    return ngettext("%(count)d file", "%(count)d files", count) % {"count": count}


def _reading(upload: Upload) -> Step:
    title = _("Reading")
    if upload.state == State.DONE:
        return Step(title=title, state="done", detail=_files(upload.files_read))
    if upload.state == State.FAILED:
        return Step(title=title, state="failed", detail=problem_words(upload.problem))
    if upload.state == State.RUNNING:
        return Step(title=title, state="now", detail=_files(upload.done_units))
    return Step(title=title, state="now", detail=_("waiting for a worker"))


def _files(count: int) -> str:
    return ngettext("%(count)d file or archive member", "%(count)d files and archive members", count) % {"count": count}


def _diagnosing(upload: Upload, diagnosis: Diagnosis | None) -> Step:
    title = _("Diagnosing")
    if diagnosis is None:
        return Step(title=title, state="waiting")
    if diagnosis.state == State.DONE:
        return Step(title=title, state="done")
    if diagnosis.state == State.FAILED:
        return Step(title=title, state="failed", detail=problem_words(diagnosis.problem))
    words = {
        "loading": _("loading the estate"),
        "judging": _("checking every connection"),
        "storing": _("writing the report"),
    }
    return Step(title=title, state="now", detail=words.get(diagnosis.step, _("waiting for a worker")))
