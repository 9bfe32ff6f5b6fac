"""The queue carries hints: what is sent when, what the sweeper sends again, and what a broker that is away does."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from expcert import work
from expcert.celery import app
from expcert.intake.models import Upload
from expcert.work import MAX_ATTEMPTS, RESEND, RESEND_AT_MOST, STALE, Problem, State, send, sweep

SECOND = timedelta(seconds=1)


@dataclass
class Outbox:
    """Stands where a task stands and keeps what was sent."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    def apply_async(self, *, args: tuple[str], task_id: str) -> None:
        self.sent.append((args[0], task_id))

    @property
    def rows(self) -> list[str]:
        return sorted(pk for pk, _ in self.sent)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def swept(outbox, now, django_capture_on_commit_callbacks):
    """Sweeps, and lets the transaction end: the ids that were sent."""

    def run(moment: datetime = now) -> list[str]:
        outbox.sent.clear()
        with django_capture_on_commit_callbacks(execute=True):
            count = sweep(Upload, outbox, now=moment)
        assert count == len(outbox.sent)
        return outbox.rows

    return run


@pytest.fixture
def queue() -> redis.Redis:
    """The real one, emptied before and after."""
    app.connection_for_write()  # the application of the product, and so the broker of the settings
    with redis.Redis.from_url(settings.EXPCERT_BROKER_URL) as server:
        server.delete("expcert:default")
        yield server
        server.delete("expcert:default")


def change(upload: Upload, **values: object) -> None:
    Upload.objects.filter(pk=upload.pk).update(**values)


def test_a_row_is_sent_when_its_transaction_commits(upload, outbox, now, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        send(upload, outbox, now=now)
        assert outbox.sent == []

    assert outbox.rows == [str(upload.pk)]
    upload.refresh_from_db()
    assert (upload.sent_at, upload.sendings, upload.state) == (now, 1, State.QUEUED)


def test_what_is_rolled_back_is_not_sent(upload, outbox, django_capture_on_commit_callbacks):
    class ChangedItsMind(Exception):
        pass

    @transaction.atomic
    def ask() -> None:
        send(upload, outbox)
        raise ChangedItsMind

    with django_capture_on_commit_callbacks(execute=True) as callbacks, pytest.raises(ChangedItsMind):
        ask()

    assert (callbacks, outbox.sent) == ([], [])
    upload.refresh_from_db()
    assert (upload.sent_at, upload.sendings) == (None, 0)


def test_every_sending_has_an_identity_of_its_own_that_names_the_row(
    upload, outbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(50):
            send(upload, outbox)

    identities = [identity for _, identity in outbox.sent]
    assert len(set(identities)) == 50
    assert all(identity.startswith(f"{upload.pk}.0.") for identity in identities)


@pytest.mark.django_db(transaction=True)
def test_a_task_sent_by_name_lies_in_the_real_queue_with_the_rows_id_alone(upload, queue):
    send(upload, "expcert.intake.tasks.read_upload")

    (waiting,) = queue.lrange("expcert:default", 0, -1)
    message = json.loads(waiting)
    args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    assert (args, kwargs) == ([str(upload.pk)], {})
    assert message["headers"]["task"] == "expcert.intake.tasks.read_upload"


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_no_error_and_the_row_waits_for_the_sweeper(upload, tmp_path, caplog, now):
    away = Celery("away", broker=f"redis+socket://{tmp_path / 'nobody.sock'}", set_as_current=False)
    away.conf.task_publish_retry = False

    @away.task(name="away.read")
    def read(pk: str) -> None:
        """Never runs: nobody takes it."""

    send(upload, read, now=now)

    assert f"{upload.pk} could not be sent and will be sent again" in caplog.text
    upload.refresh_from_db()
    assert (upload.state, upload.sent_at) == (State.QUEUED, now)
    outbox = Outbox()
    assert sweep(Upload, outbox, now=now + RESEND + SECOND) == 1
    assert outbox.rows == [str(upload.pk)]


def test_what_was_never_sent_is_sent_at_once(upload, swept):
    assert swept() == [str(upload.pk)]


@pytest.mark.parametrize(
    ("sendings", "pause"),
    [(1, RESEND), (2, 2 * RESEND), (3, 4 * RESEND), (4, 8 * RESEND), (5, RESEND_AT_MOST), (60, RESEND_AT_MOST)],
)
def test_each_unanswered_sending_waits_twice_as_long_up_to_a_limit(upload, swept, now, sendings, pause):
    change(upload, sent_at=now - pause, sendings=sendings)

    assert swept() == []
    assert swept(now + SECOND) == [str(upload.pk)]

    upload.refresh_from_db()
    assert (upload.sent_at, upload.sendings) == (now + SECOND, sendings + 1)


def test_the_count_of_sendings_stays_within_its_column_however_long_the_workers_are_away(upload, swept, now):
    change(upload, sent_at=now - timedelta(days=1), sendings=work.SENDINGS_COUNTED)

    assert swept() == [str(upload.pk)]

    upload.refresh_from_db()
    assert upload.sendings == work.SENDINGS_COUNTED


def test_a_row_without_a_worker_is_sent_again_and_a_living_one_is_not(upload, swept, now):
    change(upload, state=State.RUNNING, attempt=1, sent_at=now - timedelta(hours=1), heartbeat_at=now - STALE)
    assert swept() == []

    assert swept(now + SECOND) == [str(upload.pk)]
    assert swept(now + SECOND) == []


@pytest.mark.parametrize("state", [State.DONE, State.FAILED])
def test_what_has_ended_is_not_sent_again(upload, swept, state):
    change(upload, state=state, attempt=1)

    assert swept() == []


def test_the_sweeper_gives_up_what_lost_its_worker_in_the_last_attempt(upload, swept, now, caplog):
    change(upload, state=State.RUNNING, attempt=MAX_ATTEMPTS, heartbeat_at=now - STALE - SECOND)

    assert swept() == []

    upload.refresh_from_db()
    assert (upload.state, upload.problem, upload.finished_at) == (State.FAILED, Problem.GAVE_UP, now)
    assert f"1 of intake.Upload are given up after {MAX_ATTEMPTS} attempts" in caplog.text


def test_the_sweeper_leaves_the_last_attempt_alone_while_it_lives(upload, swept, now):
    change(upload, state=State.RUNNING, attempt=MAX_ATTEMPTS, heartbeat_at=now)

    assert swept() == []
    upload.refresh_from_db()
    assert upload.state == State.RUNNING


def test_one_sweep_has_a_bound_and_takes_first_what_was_never_sent_and_then_what_waits_longest(
    deployment, swept, now, monkeypatch
):
    monkeypatch.setattr(work, "SWEEP_AT_MOST", 3)
    waits = [None, *(now - timedelta(minutes=minutes) for minutes in (50, 40, 30, 20))]
    rows = [Upload.objects.create(deployment=deployment, sent_at=sent_at) for sent_at in reversed(waits)]
    ids = [str(row.pk) for row in reversed(rows)]

    assert swept() == sorted(ids[:3])
    assert swept() == sorted(ids[3:])


@pytest.mark.django_db(transaction=True)
def test_sweepers_that_run_at_once_send_each_row_once(deployment, now):
    rows = [Upload.objects.create(deployment=deployment) for _ in range(6)]
    dead = now - timedelta(minutes=5)
    rows += [
        Upload.objects.create(deployment=deployment, state=State.RUNNING, attempt=1, sent_at=dead, heartbeat_at=dead)
        for _ in range(6)
    ]
    outbox, gate = Outbox(), threading.Barrier(4)

    def sweeper(_: int) -> int:
        try:
            gate.wait(timeout=10)
            return sweep(Upload, outbox, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(sweeper, range(4)))

    assert sum(counts) == len(rows)
    assert outbox.rows == sorted(str(row.pk) for row in rows)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_worker_takes_during_the_sweep_is_not_sent(upload, now, monkeypatch):
    due = work._due

    def taken_meanwhile(row: Upload, moment: datetime) -> bool:
        assert Upload.objects.get(pk=row.pk).claim(now=now) == 1
        return due(row, moment)

    monkeypatch.setattr(work, "_due", taken_meanwhile)
    outbox = Outbox()

    assert sweep(Upload, outbox, now=now) == 0
    assert outbox.sent == []
