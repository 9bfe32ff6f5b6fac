"""Rows that are the truth about work: the queue only carries hints, so it may lose, delay and repeat them.

A piece of work is a row of a model derived from `Work`, and one Celery task that takes the row's id:

    class Upload(Work, WorkspaceOwned):
        class Meta(Work.Meta):
            pass

    @shared_task
    def read_upload(pk: str) -> None:
        perform(Upload, pk, read)

    def read(upload: Upload, pulse: Pulse) -> None:
        for number, member in enumerate(members, 1):
            ...                                        # long steps outside of any transaction
            pulse.say("reading", done=number, total=len(members))
        with transaction.atomic():
            ...                                        # store the result
            pulse.finish()                             # in the same transaction, so that it is stored once

1. A view makes the row and calls `send(row, read_upload)` in one transaction.
2. The task claims the row. Of any number of copies of the task, one wins; the rest leave quietly.
3. While it works, a thread writes a heartbeat. Each claim raises the attempt's number, and only the owner of the latest
   attempt can write progress or a result: a worker that was taken for dead finds that out, and stores nothing.
4. The sweeper sends again what was queued and not taken, and what runs without a heartbeat. After MAX_ATTEMPTS it gives up.

SQLite lets one writer in at a time: a transaction that holds the lock for seconds makes everybody wait, the heartbeat
included. Compute first, then store in one short transaction.
"""

from __future__ import annotations

import logging
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, InterfaceError, OperationalError, connections, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError as BrokerError

if TYPE_CHECKING:
    from celery.app.task import Task

log = logging.getLogger("expcert.work")

STALE = timedelta(seconds=20)  # no heartbeat for so long: the worker is taken for dead
BEAT_SECONDS = 2.0
MAX_ATTEMPTS = 4
RESEND = timedelta(seconds=10)  # doubled with each sending that was not answered, up to RESEND_AT_MOST
RESEND_AT_MOST = timedelta(minutes=2)
SENDINGS_COUNTED = 1000  # while every worker is away for weeks, the count would outgrow its column
SWEEP_AT_MOST = 500  # rows of one kind in one sweep

W = TypeVar("W", bound="Work")


class State(models.TextChoices):
    QUEUED = "queued", _("waiting")  # sent to a worker, or about to be sent again
    RUNNING = "running", _("running")  # a worker owns it and writes a heartbeat
    DONE = "done", _("done")  # the result is stored
    FAILED = "failed", _("failed")  # ended without a result; `problem` says why


class Problem(models.TextChoices):
    """What can go wrong with any piece of work; each kind of work has further codes of its own."""

    GAVE_UP = (
        "gave-up",
        _("Every attempt ended without a result, most likely because the worker was stopped each time."),
    )
    TIME_LIMIT = "time-limit", _("It took longer than is allowed.")
    INTERNAL = "internal-error", _("Something failed inside the product. The log holds the details.")


class NoLongerOwner(Exception):
    """Another attempt has taken the row over (or ended it); nothing that this one found may be stored."""


class Work(models.Model):
    """One piece of work. The methods that change it are conditional updates, true only for the attempt that owns it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED, editable=False)
    step = models.CharField(max_length=40, blank=True, editable=False)  # a short code; its words are the page's affair
    done_units = models.PositiveBigIntegerField(default=0, editable=False)
    total_units = models.PositiveBigIntegerField(default=0, editable=False)  # 0: not known
    attempt = models.PositiveSmallIntegerField(default=0, editable=False)  # 0: never claimed
    sendings = models.PositiveSmallIntegerField(default=0, editable=False)  # since the last claim
    queued_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)  # None: never sent
    started_at = models.DateTimeField(null=True, editable=False)  # of the latest attempt
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=60, blank=True, editable=False)  # a code, only when failed
    problem_detail = models.JSONField(default=dict, editable=False)

    class Meta:
        abstract = True
        indexes: ClassVar = [models.Index(fields=("state", "sent_at"))]

    @property
    def ended(self) -> bool:
        return self.state in (State.DONE, State.FAILED)

    def claim(self, *, now: datetime | None = None) -> int | None:
        """Become the owner: the number of this attempt, or None if another has it, it has ended, or it is given up."""
        moment = now or timezone.now()
        seen = self._row().values("state", "attempt", "heartbeat_at").first()
        if seen is None or not _claimable(seen["state"], seen["heartbeat_at"], moment):
            return None
        free = _free(moment) & Q(attempt=seen["attempt"])
        if seen["attempt"] >= MAX_ATTEMPTS:
            if self._row().filter(free).update(state=State.FAILED, problem=Problem.GAVE_UP, finished_at=moment):
                log.error("%s %s is given up after %d attempts", self._meta.label, self.pk, MAX_ATTEMPTS)
            return None
        won = (
            self._row()
            .filter(free)
            .update(
                state=State.RUNNING,
                attempt=seen["attempt"] + 1,
                sendings=0,
                started_at=moment,
                heartbeat_at=moment,
                step="",
                done_units=0,
                total_units=0,
            )
        )
        if not won:
            return None
        self.refresh_from_db()
        return int(seen["attempt"]) + 1

    def beat(
        self,
        attempt: int,
        *,
        step: str | None = None,
        done: int | None = None,
        total: int | None = None,
        now: datetime | None = None,
    ) -> bool:
        """Say "still here", and how far; what is None stays. False when this attempt is no longer the owner."""
        said = {"step": step, "done_units": done, "total_units": total}
        changes = {name: value for name, value in said.items() if value is not None}
        return self._owned(attempt, heartbeat_at=now or timezone.now(), **changes)

    def finish(self, attempt: int, *, now: datetime | None = None) -> bool:
        """Ended well. Call it in the transaction that stores the result, and roll that back if it says False."""
        moment = now or timezone.now()
        return self._owned(attempt, state=State.DONE, finished_at=moment, heartbeat_at=moment)

    def fail(
        self, attempt: int, problem: str, detail: dict[str, Any] | None = None, *, now: datetime | None = None
    ) -> bool:
        """Ended without a result, for good. `detail` is shown to people: facts, never file contents or secrets."""
        moment = now or timezone.now()
        return self._owned(
            attempt, state=State.FAILED, problem=str(problem), problem_detail=detail or {}, finished_at=moment
        )

    def _row(self) -> models.QuerySet[Any]:
        return type(self)._base_manager.using(self._state.db).filter(pk=self.pk)

    def _owned(self, attempt: int, **changes: Any) -> bool:
        held = self._row().filter(state=State.RUNNING, attempt=attempt).update(**changes)
        if held:
            for name, value in changes.items():
                setattr(self, name, value)
        return bool(held)


def _claimable(state: str, heartbeat_at: datetime | None, now: datetime) -> bool:
    return state == State.QUEUED or (state == State.RUNNING and heartbeat_at is not None and heartbeat_at < now - STALE)


def _free(now: datetime) -> Q:
    """The same as `_claimable`, asked of the database in the moment of the change."""
    return Q(state=State.QUEUED) | Q(state=State.RUNNING, heartbeat_at__lt=now - STALE)


def send(row: Work, task: Task[..., Any] | str, *, now: datetime | None = None) -> None:
    """Hand the row to a worker when the transaction commits; if it rolls back, nothing is sent.

    `task` may be its name, for services, which tasks import and which so cannot import tasks.

    A broker that is away is no error here: the row says what is to be done, and the sweeper sends it again.
    """
    sendings = Least(F("sendings") + 1, SENDINGS_COUNTED)
    row._row().update(sent_at=now or timezone.now(), sendings=sendings)
    transaction.on_commit(lambda: _publish(row, task), using=row._state.db)


def _publish(row: Work, task: Task[..., Any] | str) -> None:
    # Never used twice, and found in the log by the row's id.
    identity = f"{row.pk}.{row.attempt}.{secrets.token_hex(3)}"
    try:
        if isinstance(task, str):
            current_app.send_task(task, args=[str(row.pk)], task_id=identity)
        else:
            task.apply_async(args=(str(row.pk),), task_id=identity)
    except (BrokerError, OSError) as exc:
        log.warning("%s %s could not be sent and will be sent again: %s", row._meta.label, row.pk, exc)


def sweep(model: type[W], task: Task[..., Any] | str, *, now: datetime | None = None) -> int:
    """Send again what nobody took and what lost its worker; the number of rows sent. Safe to run twice at once."""
    moment = now or timezone.now()
    dead = Q(state=State.RUNNING, heartbeat_at__lt=moment - STALE)
    waiting = Q(state=State.QUEUED) & (Q(sent_at=None) | Q(sent_at__lt=moment - RESEND))
    gave_up = model._base_manager.filter(dead, attempt__gte=MAX_ATTEMPTS).update(
        state=State.FAILED, problem=Problem.GAVE_UP, finished_at=moment
    )
    if gave_up:
        log.error("%d of %s are given up after %d attempts", gave_up, model._meta.label, MAX_ATTEMPTS)
    sent = 0
    for row in model._base_manager.filter(dead | waiting).order_by(F("sent_at").asc(nulls_first=True))[:SWEEP_AT_MOST]:
        if not _due(row, moment):
            continue
        # Whoever moves `sent_at` on is the one who sends.
        if model._base_manager.filter(pk=row.pk, state=row.state, sent_at=row.sent_at).update(sent_at=moment):
            send(row, task, now=moment)
            sent += 1
    if sent:
        log.warning("%d of %s were sent again", sent, model._meta.label)
    return sent


def _due(row: Work, now: datetime) -> bool:
    """A long queue is no loss: each sending that is not answered waits twice as long, or the sweeper would fill it."""
    if row.sent_at is None:
        return True
    doublings = min(max(0, row.sendings - 1), 10)  # beyond, the limit holds anyway, and a timedelta would overflow
    return bool(row.sent_at < now - min(RESEND * 2**doublings, RESEND_AT_MOST))


class Pulse:
    """The owner's side of a running attempt: progress, heartbeat, and the news that it is no longer the owner."""

    def __init__(self, row: Work, attempt: int) -> None:
        self.row = row
        self.attempt = attempt
        self.lost = False
        self._said: dict[str, Any] = {}
        self._lock = threading.Lock()

    def say(self, step: str | None = None, *, done: int | None = None, total: int | None = None) -> None:
        """Note how far it is. A new step is written now, a number with the next heartbeat, so loops may call it freely.

        Raises NoLongerOwner once another attempt has taken over.
        """
        self.check()
        said = {"step": step, "done": done, "total": total}
        with self._lock:
            self._said |= {name: value for name, value in said.items() if value is not None}
        if step is not None and step != self.row.step:
            self.beat()
            self.check()

    def beat(self) -> None:
        with self._lock:
            said, self._said = self._said, {}
        self.lost = not self.row.beat(self.attempt, **said) or self.lost

    def check(self) -> None:
        if self.lost:
            raise NoLongerOwner

    def finish(self) -> None:
        """Raises NoLongerOwner, which rolls back the transaction around it."""
        if not self.row.finish(self.attempt):
            raise NoLongerOwner

    def fail(self, problem: str, detail: dict[str, Any] | None = None) -> None:
        if not self.row.fail(self.attempt, problem, detail):
            raise NoLongerOwner


@contextmanager
def heartbeat(row: Work, attempt: int, *, every: float = BEAT_SECONDS) -> Iterator[Pulse]:
    """Beat from a thread with a database connection of its own, however long the step inside takes.

    Not inside a transaction that has written to the row: the thread would wait for it, and it for the thread.
    """
    pulse = Pulse(row, attempt)
    stop = threading.Event()

    def keep_beating() -> None:
        try:
            while not stop.wait(every) and not pulse.lost:
                try:
                    pulse.beat()
                except DatabaseError:  # busy, or away for a moment; the next beat may get through
                    log.warning("the heartbeat of %s %s was not written", row._meta.label, row.pk, exc_info=True)
        finally:
            connections.close_all()  # those of this thread

    thread = threading.Thread(target=keep_beating, name=f"heartbeat-{row.pk}", daemon=True)
    thread.start()
    try:
        yield pulse
    finally:
        stop.set()
        thread.join(timeout=every + 5)


def perform(model: type[W], pk: str, body: Callable[[W, Pulse], None], *, every: float = BEAT_SECONDS) -> None:
    """Claim the row, run `body` under a heartbeat, and end the row whatever happens; leaves quietly if it lost the claim.

    `body` may end the row itself with `pulse.finish()` or `pulse.fail()`; if it does neither, returning means done.
    """
    row = model._base_manager.filter(pk=pk).first()
    attempt = row.claim() if row is not None else None
    if row is None or attempt is None:
        log.info("%s %s is not to be done: gone, ended, or somebody else's", model._meta.label, pk)
        return
    try:
        with heartbeat(row, attempt, every=every) as pulse:
            body(row, pulse)
            if row.state == State.RUNNING:
                pulse.finish()
    except NoLongerOwner:
        log.warning("%s %s: attempt %d was taken over", model._meta.label, pk, attempt)
    except SoftTimeLimitExceeded:
        row.fail(attempt, Problem.TIME_LIMIT)
    except (OperationalError, InterfaceError):
        # The database went away. Nothing can be written now; without a heartbeat the sweeper will find it.
        log.exception("%s %s: attempt %d lost the database", model._meta.label, pk, attempt)
    except Exception:
        log.exception("%s %s: attempt %d failed", model._meta.label, pk, attempt)
        row.fail(attempt, Problem.INTERNAL)
