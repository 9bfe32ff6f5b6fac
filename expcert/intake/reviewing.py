"""An upload that waits: what it would do is shown, questions are answered, and it is applied or discarded.

Several people, or one person in several tabs, may look at it at once, and other uploads may be applied meanwhile. What is
confirmed is named by a token of what was shown; where that is no longer what would happen, it is shown again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from diagnostics.pki.certificate import Certificate
from expcert.accounts import audit
from expcert.accounts.models import AuditEvent, User
from expcert.intake import spool
from expcert.intake.models import Became, Review, Upload
from expcert.intake.previewing import (
    LATER,
    NOWHERE,
    Preview,
    base_of,
    decisions_from,
    preview_of_waiting,
    replaced_by,
    token_of,
)
from expcert.inventory import decisions
from expcert.inventory import services as inventory
from expcert.inventory.models import Reading

log = logging.getLogger("expcert.intake")

_DISCARDED_AT_ONCE = 100  # uploads in one sweep
_ORPHANED_AFTER = timedelta(hours=1)


class NotWaiting(Exception):
    """Somebody has applied or discarded the upload already, or it is not read (any more)."""


class ShownAgain(Exception):
    """What would happen is no longer what was shown; the stored review says what it is now."""


class ReplacesMore(ShownAgain):
    """The answers that came with the confirmation make the upload replace what was not shown as replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A review as it stands, its preview up to date; `token` names what it shows."""

    upload: Upload
    review: Review
    token: str


def standing(upload: Upload) -> Standing:
    """Raises NotWaiting."""
    review = _review(upload)
    assert upload.reading is not None
    if review.base != base_of(upload.deployment, upload.reading):
        refresh(upload, review, review.answers)
    return Standing(upload=upload, review=review, token=_token(review))


def _review(upload: Upload) -> Review:
    if upload.became != Became.WAITING or upload.reading is None:
        raise NotWaiting
    review = Review.objects.filter(upload=upload).first()
    if review is None:
        raise NotWaiting
    return review


def _token(review: Review) -> str:
    return token_of(review.base, review.changes, review.questions)


def refresh(upload: Upload, review: Review, answers: Mapping[str, str]) -> Preview:
    """Work the preview out again, with these answers, and store it."""
    assert upload.reading is not None
    preview = preview_of_waiting(upload.reading, answers, review.questions)
    review.base, review.changes, review.questions = preview.base, preview.changes, preview.questions
    review.more_questions = preview.more_questions
    asked = {question["path"] for question in preview.questions}
    review.answers = {path: answer for path, answer in answers.items() if path in asked}
    # An update, not a save: a review that was settled meanwhile must not come back.
    Review.objects.filter(pk=review.pk).update(
        base=review.base,
        changes=review.changes,
        questions=review.questions,
        more_questions=review.more_questions,
        answers=review.answers,
    )
    return preview


def accepted(review: Review, answers: Mapping[str, str]) -> dict[str, str]:
    """Those of the answers that answer a question with something that it offers."""
    offered = {
        question["path"]: {NOWHERE, LATER, *(place["key"] for place in question["candidates"])}
        for question in review.questions
    }
    return {path: answer for path, answer in answers.items() if answer in offered.get(path, ())}


def keep_answers(upload: Upload, answers: Mapping[str, str]) -> None:
    """Remember what was chosen so far, and show what it leads to. Raises NotWaiting."""
    shown = standing(upload)
    chosen = accepted(shown.review, answers)
    if chosen != shown.review.answers:
        refresh(upload, shown.review, chosen)


def confirm(upload: Upload, *, token: str, answers: Mapping[str, str], request: HttpRequest) -> None:
    """Apply the reading and keep the decisions, in one transaction. Raises NotWaiting, ShownAgain and ReplacesMore."""
    shown = standing(upload)
    review = shown.review
    chosen = accepted(review, answers)
    if token != shown.token:
        if chosen != review.answers:
            refresh(upload, review, chosen)
        raise ShownAgain
    if chosen != review.answers:
        before = replaced_by(review.changes)
        refresh(upload, review, chosen)
        if not replaced_by(review.changes) <= before:
            raise ReplacesMore
    _apply(upload, review, request)
    spool.empty(upload)


@transaction.atomic
def _apply(upload: Upload, review: Review, request: HttpRequest) -> None:
    inventory.hold(upload.deployment)
    row = _still_waiting(upload)
    assert row.reading is not None
    if base_of(upload.deployment, row.reading) != review.base:
        raise ShownAgain
    by = request.user if isinstance(request.user, User) else None
    decided = decisions_from(review.answers, review.questions, _asked_about(upload, review))
    decisions.decide(upload.deployment, decided, by=by)
    inventory.apply(row.reading, upload_id=upload.pk)
    _settle(row, Became.APPLIED, by=by, changes=review.changes)
    audit.record(
        AuditEvent.Verb.UPLOAD_APPLIED,
        request=request,
        workspace=upload.deployment.workspace,
        about=upload,
        detail={"decisions": len(decided), "left closed": len(review.locked)},
    )


def _asked_about(upload: Upload, review: Review) -> dict[str, Certificate]:
    """The certificates of the questions that were answered."""
    wanted = [
        item["certificate"] for item in review.questions if item["certificate"] and item["path"] in review.answers
    ]
    return {item.sha256: item for item in inventory.certificates_by_fingerprint(upload.deployment, wanted)}


def _still_waiting(upload: Upload) -> Upload:
    """The row itself, held until the transaction ends. Raises NotWaiting."""
    row = Upload._base_manager.select_for_update(of=("self",)).select_related("reading").filter(pk=upload.pk).first()
    if row is None or row.became != Became.WAITING or row.reading is None:
        raise NotWaiting
    return row


def _settle(row: Upload, became: Became, *, by: User | None, changes: dict[str, Any] | None = None) -> None:
    row.became, row.settled_at, row.settled_by, row.changes = became, timezone.now(), by, changes or {}
    row.save(update_fields=["became", "settled_at", "settled_by", "changes"])
    Review.objects.filter(upload=row).delete()


def discard(upload: Upload, *, request: HttpRequest | None = None) -> None:
    """Remove what was read and waits; what is applied is untouched. Raises NotWaiting.

    Without a request it is the product itself that discards, as nobody answered in time.
    """
    with transaction.atomic():
        inventory.hold(upload.deployment)
        row = _still_waiting(upload)
        assert row.reading is not None
        by = request.user if request is not None and isinstance(request.user, User) else None
        inventory.forget(row.reading)
        row.reading = None
        _settle(row, Became.DISCARDED, by=by)
        audit.record(
            AuditEvent.Verb.UPLOAD_DISCARDED,
            request=request,
            workspace=upload.deployment.workspace,
            about=upload,
            detail={} if request is not None else {"days": settings.EXPCERT_REVIEW_DAYS},
        )
    spool.empty(upload)


def forget_orphans(*, now: datetime | None = None) -> int:
    """Delete waiting readings whose upload is gone: nobody can answer for them any more. The number of readings."""
    latest = (now or timezone.now()) - _ORPHANED_AFTER
    orphans = Reading._base_manager.filter(applied_at=None, upload=None, read_at__lt=latest)
    forgotten = 0
    for row in orphans.select_related("deployment").only("pk", "deployment")[:_DISCARDED_AT_ONCE]:
        inventory.forget(row)
        forgotten += 1
    return forgotten


def discard_unanswered(*, now: datetime | None = None) -> int:
    """Discard what has waited for longer than is allowed; the number of uploads."""
    latest = (now or timezone.now()) - timedelta(days=settings.EXPCERT_REVIEW_DAYS)
    waiting = Upload._base_manager.filter(became=Became.WAITING, finished_at__lt=latest)
    discarded = 0
    for upload in waiting.select_related("deployment__workspace").order_by("finished_at")[:_DISCARDED_AT_ONCE]:
        try:
            discard(upload)
        except NotWaiting:  # answered in this very moment
            continue
        log.info("upload %s was discarded: nobody answered within %d days", upload.pk, settings.EXPCERT_REVIEW_DAYS)
        discarded += 1
    return discarded
