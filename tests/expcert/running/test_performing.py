"""A task from the claim to the end, with the real heartbeat thread and a database that others write to as well."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import timezone

from expcert.intake.models import Upload
from expcert.inventory.models import Deployment
from expcert.work import STALE, Problem, Pulse, State, perform, sweep

pytestmark = pytest.mark.django_db(transaction=True)

BEAT = 0.02  # seconds; short, so that tests wait for beats and not for time


@pytest.fixture(autouse=True)
def _no_thread_stays():
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("heartbeat-")]
    assert left == []


def stored(upload: Upload) -> Upload:
    return Upload.objects.get(pk=upload.pk)


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it does not come true"
        threading.Event().wait(0.005)


def take_over(upload: Upload) -> None:
    """What happens when the sweeper takes the worker for dead: a second attempt claims the row."""
    Upload.objects.filter(pk=upload.pk).update(heartbeat_at=timezone.now() - STALE - timedelta(seconds=1))
    assert stored(upload).claim() is not None


def run(upload: Upload, body: Callable[[Upload, Pulse], None], every: float = 60) -> Upload:
    perform(Upload, str(upload.pk), body, every=every)
    return stored(upload)


def raises(error: BaseException) -> Callable[[Upload, Pulse], None]:
    def body(upload: Upload, pulse: Pulse) -> None:
        raise error

    return body


def test_of_many_copies_of_a_task_one_does_the_work(upload):
    done, gate = [], threading.Barrier(6)

    def body(row: Upload, pulse: Pulse) -> None:
        done.append(pulse.attempt)
        with transaction.atomic():
            Deployment.objects.create(workspace=row.deployment.workspace, name="the result")
            pulse.finish()

    def copy(_: int) -> None:
        try:
            gate.wait(timeout=10)
            perform(Upload, str(upload.pk), body, every=BEAT)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(copy, range(6)))

    assert done == [1]
    assert Deployment.objects.filter(name="the result").count() == 1
    assert stored(upload).state == State.DONE


def test_a_copy_that_comes_after_the_end_does_nothing(upload):
    assert run(upload, lambda row, pulse: None).state == State.DONE

    assert run(upload, raises(AssertionError("it ran twice"))).attempt == 1


def test_an_id_that_is_gone_is_nothing_to_do(upload, caplog):
    caplog.set_level("INFO", "expcert.work")
    Upload.objects.filter(pk=upload.pk).delete()

    perform(Upload, str(upload.pk), raises(AssertionError("there is nothing to do")))

    assert "is not to be done" in caplog.text


def test_returning_means_done(upload):
    row = run(upload, lambda row, pulse: pulse.say("reading", done=3, total=3))

    assert (row.state, row.step, row.problem) == (State.DONE, "reading", "")
    assert row.finished_at is not None


def test_a_body_may_end_the_work_itself(upload):
    row = run(upload, lambda row, pulse: pulse.fail("nothing-in-it", {"files": 0}))

    assert (row.state, row.problem, row.problem_detail) == (State.FAILED, "nothing-in-it", {"files": 0})


@pytest.mark.parametrize(
    ("error", "problem"),
    [(ValueError("a defect of ours"), Problem.INTERNAL), (SoftTimeLimitExceeded(), Problem.TIME_LIMIT)],
    ids=["defect", "time-limit"],
)
def test_whatever_is_raised_ends_the_work_with_a_code_and_no_words_of_it(upload, error, problem):
    row = run(upload, raises(error))

    assert (row.state, row.problem, row.problem_detail) == (State.FAILED, problem, {})


def test_a_defect_is_logged_with_its_place(upload, caplog):
    run(upload, raises(ValueError("a defect of ours")))

    (record,) = [record for record in caplog.records if record.exc_info]
    assert f"{upload.pk}: attempt 1 failed" in record.getMessage()
    assert record.exc_info[0] is ValueError


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("gone")], ids=["operational", "interface"])
def test_work_that_lost_the_database_is_found_by_the_sweeper_and_done_by_the_next(upload, error):
    row = run(upload, raises(error))
    assert (row.state, row.problem) == (State.RUNNING, "")
    Upload.objects.filter(pk=upload.pk).update(heartbeat_at=timezone.now() - STALE - timedelta(seconds=1))

    class Worker:
        def apply_async(self, *, args: tuple[str], task_id: str) -> None:
            perform(Upload, args[0], lambda row, pulse: None, every=BEAT)

    assert sweep(Upload, Worker()) == 1
    assert (stored(upload).state, stored(upload).attempt) == (State.DONE, 2)


def test_the_thread_beats_while_a_long_step_says_nothing(upload):
    def body(row: Upload, pulse: Pulse) -> None:
        pulse.say("reading", done=0, total=9)
        first = stored(row).heartbeat_at
        pulse.say(done=5)
        wait_until(lambda: stored(row).done_units == 5 and stored(row).heartbeat_at > first)

    assert run(upload, body, every=BEAT).state == State.DONE


def test_a_beat_that_the_database_refuses_is_said_and_the_next_gets_through(upload, monkeypatch, caplog):
    beat, refused = Upload.beat, []

    def refuse_once(self, attempt, **said):
        if not refused:
            refused.append(attempt)
            raise OperationalError("database is locked")
        return beat(self, attempt, **said)

    def body(row: Upload, pulse: Pulse) -> None:
        first = stored(row).heartbeat_at
        monkeypatch.setattr(Upload, "beat", refuse_once)
        wait_until(lambda: stored(row).heartbeat_at > first)

    assert run(upload, body, every=BEAT).state == State.DONE
    assert refused == [1]
    assert f"the heartbeat of intake.Upload {upload.pk} was not written" in caplog.text


def test_a_worker_in_a_loop_hears_from_its_heartbeat_that_it_was_taken_over(upload, caplog):
    steps = []

    def body(row: Upload, pulse: Pulse) -> None:
        take_over(row)
        wait_until(lambda: steps.append(pulse.say(done=len(steps))))

    row = run(upload, body, every=BEAT)

    assert (row.state, row.attempt) == (State.RUNNING, 2)
    assert f"{upload.pk}: attempt 1 was taken over" in caplog.text


def test_the_result_of_a_worker_that_was_taken_over_is_rolled_back(upload):
    def body(row: Upload, pulse: Pulse) -> None:
        take_over(row)
        with transaction.atomic():
            Deployment.objects.filter(pk=row.deployment_id).update(name="the late result")
            pulse.finish()

    row = run(upload, body)

    assert (row.state, row.attempt) == (State.RUNNING, 2)
    assert Deployment.objects.get().name == "Estate of Example Corp"


@pytest.mark.parametrize("error", [ValueError("late"), SoftTimeLimitExceeded()], ids=["defect", "time-limit"])
def test_a_worker_that_was_taken_over_cannot_fail_the_work_of_the_next(upload, error):
    def body(row: Upload, pulse: Pulse) -> None:
        take_over(row)
        raise error

    row = run(upload, body)

    assert (row.state, row.attempt, row.problem) == (State.RUNNING, 2, "")


def test_a_row_that_is_deleted_under_the_worker_stores_nothing(upload):
    def body(row: Upload, pulse: Pulse) -> None:
        Upload.objects.filter(pk=row.pk).delete()
        with transaction.atomic():
            Deployment.objects.filter(pk=row.deployment_id).update(name="of a deleted upload")
            pulse.finish()

    perform(Upload, str(upload.pk), body)

    assert Deployment.objects.get().name == "Estate of Example Corp"


def test_the_heartbeat_waits_for_another_writer_and_is_not_lost(upload, monkeypatch):
    """As a big result takes; on SQLite there is one writer at a time."""
    taken, holds, release = threading.Event(), threading.Event(), threading.Event()

    def other_writer() -> None:
        try:
            with transaction.atomic():
                Deployment.objects.filter(pk=upload.deployment_id).update(name="written by another")
                holds.set()
                assert release.wait(20)
        finally:
            connections.close_all()

    def body(row: Upload, pulse: Pulse) -> None:
        first, write = stored(row).heartbeat_at, row.beat

        def beat(attempt: int, **said: object) -> bool:
            if "done" in said:  # this one has the number, and finds the lock held
                taken.set()
                assert holds.wait(20)
            return write(attempt, **said)

        monkeypatch.setattr(row, "beat", beat)
        with ThreadPoolExecutor(1) as pool:
            pulse.say(done=7)
            assert taken.wait(20)
            writing = pool.submit(other_writer)
            assert holds.wait(20)
            release.set()
            writing.result(20)
        wait_until(lambda: stored(row).done_units == 7 and stored(row).heartbeat_at > first)

    assert run(upload, body, every=BEAT).state == State.DONE
    assert Deployment.objects.get().name == "written by another"
