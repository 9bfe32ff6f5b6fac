"""Diagnosing in the background. Tasks take an id; the row is the truth."""

from __future__ import annotations

from celery import shared_task

from expcert.triage import services
from expcert.triage.models import Diagnosis
from expcert.work import perform, sweep


@shared_task(name=services.DIAGNOSE)
def diagnose(pk: str) -> None:
    perform(Diagnosis, pk, services.make_diagnosis)


@shared_task
def sweep_diagnoses() -> None:
    """Send again what a dead worker or a flushed broker lost."""
    sweep(Diagnosis, services.DIAGNOSE)


sweep_diagnoses.quiet = True  # type: ignore[attr-defined]
