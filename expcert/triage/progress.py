"""How far an upload is on its way to a diagnosis, in steps that a person can follow."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expcert.intake.models import Upload
from expcert.triage.models import Diagnosis
from expcert.work import Problem, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: `state` is "done", "now", "waiting" or "failed"; `detail` may be empty."""

    title: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """All steps; `diagnosis_address` is set once there is something to read; `delay` is when to ask again (ms)."""

    steps: tuple[Step, ...]
    diagnosis_address: str
    failed: bool
    delay: int


def progress_of(upload: Upload) -> Progress:
    """The state of the upload and of the diagnosis that it set off."""
    diagnosis = upload.diagnoses.defer("document").order_by("-created_at").first()
    reading, diagnosing = _reading(upload), _diagnosing(upload, diagnosis)
    received = Step(title=_("Received"), state="done", detail=_received(upload))
    address = ""
    if diagnosis is not None and diagnosis.state == State.DONE:
        address = reverse("triage:diagnosis", args=[diagnosis.pk])
    failed = "failed" in (reading.state, diagnosing.state)
    seconds = (upload.heartbeat_at - upload.created_at).total_seconds() if upload.heartbeat_at else 0
    return Progress(
        steps=(received, reading, diagnosing),
        diagnosis_address=address,
        failed=failed,
        delay=400 if seconds < 10 else 2000,  # a long reading need not be asked after twice a second
    )


def _received(upload: Upload) -> str:
    count = upload.files.count()
    return ngettext("%(count)d file", "%(count)d files", count) % {"count": count}


def _reading(upload: Upload) -> Step:
    title = _("Reading")
    if upload.state == State.DONE:
        count = len(upload.reading.files["files"]) if upload.reading else 0
        return Step(title=title, state="done", detail=_files(count))
    if upload.state == State.FAILED:
        return Step(title=title, state="failed", detail=_problem(upload.problem))
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
        return Step(title=title, state="failed", detail=_problem(diagnosis.problem))
    words = {
        "loading": _("loading the estate"),
        "judging": _("checking every connection"),
        "storing": _("writing the report"),
    }
    return Step(title=title, state="now", detail=words.get(diagnosis.step, _("waiting for a worker")))


def _problem(code: str) -> str:
    return str(Problem(code).label) if code in Problem.values else code
