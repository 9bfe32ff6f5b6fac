"""Opening a container with the password that a person gives on the page.

The password lives in the memory of this request and in the pipe to the child that opens the container, and nowhere else:
in no row, message, log line, session or answer.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum

from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from diagnostics.estate.observations import Source
from diagnostics.pki.passwords import Passwords, UnusablePasswords
from diagnostics.readers import FileReading, Limits
from diagnostics.readers import Reading as EngineReading
from diagnostics.readers.base import ProblemCode, Taken
from diagnostics.readers.isolated import ReaderEnded, unlock
from expcert.accounts import audit
from expcert.accounts.models import AuditEvent
from expcert.intake import spool
from expcert.intake.models import Became, Review, Upload
from expcert.intake.reviewing import NotWaiting, refresh
from expcert.inventory import services as inventory
from expcert.inventory.models import Reading

log = logging.getLogger("expcert.intake")

MOST_TRIES = 10  # passwords for the containers of one upload
_MOST_OF_ONE_PERSON = 20  # passwords within the window below, over all uploads
_WINDOW = 300  # seconds
_STILL_LOCKED = frozenset(
    {
        ProblemCode.NEEDS_PASSWORD,
        ProblemCode.NO_PASSWORD,
        ProblemCode.WRONG_PASSWORD,
        ProblemCode.TOO_MANY_ROUNDS,
    }
)


class Opened(StrEnum):
    """What came of a password."""

    OPEN = "open"
    WRONG = "wrong"
    UNUSABLE = "unusable"  # no password can look like that
    FAILED = "failed"  # opening it took too long, or more memory than is allowed
    GONE = "gone"  # the container is not kept (any more)
    TOO_OFTEN = "too-often"  # this person has to wait
    NO_MORE_TRIES = "no-more-tries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One container, the file that it is, and what came of the password for it."""

    path: str
    came: Opened


@sensitive_variables("password")
def try_password(upload: Upload, name: str, password: str, *, request: HttpRequest) -> Trial:
    """Try a password on the container of that name in `Review.locked`. Raises NotWaiting."""
    review = Review.objects.filter(upload=upload, upload__became=Became.WAITING).first()
    if review is None:
        raise NotWaiting
    container = next((item for item in review.locked if item["name"] == name), None)
    if container is None:
        return Trial(path="", came=Opened.GONE)
    came = _allowed(review, request) or _opened(upload, container, password)
    audit.record(
        AuditEvent.Verb.CONTAINER_TRIED,
        request=request,
        workspace=upload.deployment.workspace,
        about=upload,
        detail={"file": container["path"], "came": came.value},
    )
    return Trial(path=container["path"], came=came)


def _allowed(review: Review, request: HttpRequest) -> Opened | None:
    """None where one more password may be tried, which then counts."""
    key = f"container-passwords:{request.user.pk}"
    cache.add(key, 0, timeout=_WINDOW)
    try:
        tried = cache.incr(key)
    except ValueError:  # it ran out between the two
        tried = 1
    if tried > _MOST_OF_ONE_PERSON:
        return Opened.TOO_OFTEN
    counted = Review.objects.filter(pk=review.pk, tries__lt=MOST_TRIES).update(tries=F("tries") + 1)
    return None if counted else Opened.NO_MORE_TRIES


@sensitive_variables("password", "passwords")
def _opened(upload: Upload, container: dict[str, str], password: str) -> Opened:
    try:
        passwords = Passwords.of([password])
    except UnusablePasswords:
        return Opened.UNUSABLE
    data = spool.locked_bytes(upload, container["name"])
    if data is None:
        return Opened.GONE
    source = _source(upload, container["path"])
    try:
        taken = unlock(data, source, passwords, Limits())
    except ReaderEnded as ended:  # the code alone: it holds nothing of the file
        log.warning("a container of upload %s was not opened: %s", upload.pk, ended.problem.code.value)
        return Opened.FAILED
    problems = {problem.code for problem in taken.problems}
    if not taken.certificates and problems & _STILL_LOCKED:
        return Opened.FAILED if ProblemCode.TOO_MANY_ROUNDS in problems else Opened.WRONG
    _take_in(upload, container, _as_reading(source, taken, len(data)))
    return Opened.OPEN


def _source(upload: Upload, path: str) -> Source:
    """The source that this path came from: which part of it is the file that was handed over, its row says."""
    assert upload.reading is not None
    for file in inventory.reading_of(upload.reading).files:
        if file.source.path == path:
            return file.source
    return Source(upload=path)


def _as_reading(source: Source, taken: Taken, size: int) -> EngineReading:
    file = FileReading(
        source=source,
        kind=taken.kind,
        size=size,
        outcome=taken.outcome,
        problems=taken.problems,
        found=taken.found,
        certificates=tuple(dict.fromkeys(item.sha256 for item in taken.certificates)),
    )
    return EngineReading(
        files=(file,),
        observations=taken.observations,
        certificates={item.sha256: item for item in taken.certificates},
        crls={item.sha256: item for item in taken.crls},
    )


def _take_in(upload: Upload, container: dict[str, str], reading: EngineReading) -> None:
    """Merge what was opened into the waiting reading, and work the preview out again."""
    with transaction.atomic():
        inventory.hold(upload.deployment)
        review = Review.objects.select_for_update().filter(upload=upload).first()
        row = upload.reading and Reading._base_manager.filter(pk=upload.reading.pk).first()
        if review is None or row is None:
            raise NotWaiting
        if container not in review.locked:  # opened in another tab in this very moment
            return
        inventory.amend(row, reading)
        review.locked = [item for item in review.locked if item != container]
        review.save(update_fields=["locked"])
    (upload.spool / container["name"]).unlink(missing_ok=True)
    upload.reading = row
    refresh(upload, review, review.answers)
