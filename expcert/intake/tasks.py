"""Reading uploads in the background. Tasks take an id; the row is the truth."""

from __future__ import annotations

from celery import shared_task

from expcert.intake import reviewing, services, spool
from expcert.intake.models import Upload
from expcert.work import perform, sweep


@shared_task(name=services.READ_UPLOAD)
def read_upload(pk: str) -> None:
    perform(Upload, pk, services.read_upload)


@shared_task
def sweep_uploads() -> None:
    """Send again what a dead worker or a flushed broker lost, and remove what nobody needs or answers any more."""
    sweep(Upload, services.READ_UPLOAD)
    reviewing.discard_unanswered()
    reviewing.forget_orphans()
    spool.remove_forgotten_spools()
    spool.remove_abandoned_arrivals()


sweep_uploads.quiet = True  # type: ignore[attr-defined]
