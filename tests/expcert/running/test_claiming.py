"""Who owns a piece of work: claims, heartbeats, the loss of ownership, and the end."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from expcert import work
from expcert.intake.models import Upload
from expcert.inventory.models import Deployment
from expcert.work import MAX_ATTEMPTS, STALE, NoLongerOwner, Problem, Pulse, State

SECOND = timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def taken_over(upload: Upload, now: datetime) -> Upload:
    """The row as its first owner holds it, when a second has been given the work."""
    assert upload.claim(now=now - STALE - SECOND) == 1
    assert Upload.objects.get(pk=upload.pk).claim(now=now) == 2
    return upload


def stored(upload: Upload) -> Upload:
    return Upload.objects.get(pk=upload.pk)


def in_threads(count: int, job: Callable[[], object]) -> list[object]:
    """What each of `count` threads got from `job`, all let go at the same moment."""
    gate = threading.Barrier(count)

    def one(_: int) -> object:
        try:
            gate.wait(timeout=10)
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_of_many_claims_at_once_one_wins(upload):
    won = in_threads(8, lambda: Upload.objects.get(pk=upload.pk).claim())

    assert sorted(won, key=str) == [1, *[None] * 7]
    assert (stored(upload).state, stored(upload).attempt) == (State.RUNNING, 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_claims_on_a_dead_workers_row_one_wins(upload, now):
    upload.claim(now=now - STALE - SECOND)

    won = in_threads(8, lambda: Upload.objects.get(pk=upload.pk).claim(now=now))

    assert sorted(won, key=str) == [2, *[None] * 7]


def test_a_claim_that_is_overtaken_between_look_and_change_is_lost(upload, now, monkeypatch):
    free = work._free

    def overtaken(moment: datetime) -> object:
        monkeypatch.setattr(work, "_free", free)
        assert Upload.objects.get(pk=upload.pk).claim(now=now) == 1
        return free(moment)

    monkeypatch.setattr(work, "_free", overtaken)

    assert upload.claim(now=now) is None
    assert stored(upload).attempt == 1


def test_a_stale_row_that_beats_again_between_look_and_change_is_left_to_its_owner(upload, now, monkeypatch):
    upload.claim(now=now - STALE - SECOND)
    free = work._free

    def alive_after_all(moment: datetime) -> object:
        assert upload.beat(1, now=now)
        return free(moment)

    monkeypatch.setattr(work, "_free", alive_after_all)

    assert Upload.objects.get(pk=upload.pk).claim(now=now) is None
    assert stored(upload).attempt == 1


def test_a_claim_starts_the_count_anew(upload, now):
    upload.claim(now=now - STALE - SECOND)
    upload.beat(1, step="reading", done=7, total=9, now=now - STALE - SECOND)
    Upload.objects.filter(pk=upload.pk).update(sendings=3)
    second = stored(upload)

    assert second.claim(now=now) == 2

    for row in (second, stored(upload)):
        assert (row.step, row.done_units, row.total_units, row.sendings) == ("", 0, 0, 0)
        assert (row.started_at, row.heartbeat_at) == (now, now)


@pytest.mark.parametrize("state", [State.DONE, State.FAILED])
def test_what_has_ended_is_not_claimed(upload, state):
    Upload.objects.filter(pk=upload.pk).update(state=state)

    assert upload.claim() is None
    assert (stored(upload).state, stored(upload).attempt) == (state, 0)


def test_a_row_that_is_gone_is_not_claimed(upload):
    Upload.objects.filter(pk=upload.pk).delete()

    assert upload.claim() is None


@pytest.mark.parametrize(
    ("silence", "attempt"), [(STALE - SECOND, None), (STALE, None), (STALE + SECOND, 2)], ids=["less", "same", "more"]
)
def test_a_worker_is_taken_for_dead_after_the_silence_and_not_before(upload, now, silence, attempt):
    upload.claim(now=now - silence)

    assert Upload.objects.get(pk=upload.pk).claim(now=now) == attempt


def test_the_last_attempt_that_dies_gives_the_work_up(upload, now, caplog):
    Upload.objects.filter(pk=upload.pk).update(
        state=State.RUNNING, attempt=MAX_ATTEMPTS, heartbeat_at=now - STALE - SECOND
    )

    assert upload.claim(now=now) is None

    row = stored(upload)
    assert (row.state, row.problem, row.finished_at) == (State.FAILED, Problem.GAVE_UP, now)
    assert row.ended
    assert f"{upload.pk} is given up after {MAX_ATTEMPTS} attempts" in caplog.text


def test_the_last_attempt_is_left_alone_while_it_lives(upload, now):
    Upload.objects.filter(pk=upload.pk).update(state=State.RUNNING, attempt=MAX_ATTEMPTS, heartbeat_at=now)

    assert upload.claim(now=now) is None
    assert stored(upload).state == State.RUNNING


def test_every_attempt_up_to_the_last_is_given(upload, now):
    attempts = [upload.claim(now=now + number * (STALE + SECOND)) for number in range(MAX_ATTEMPTS + 1)]

    assert attempts == [*range(1, MAX_ATTEMPTS + 1), None]
    assert stored(upload).problem == Problem.GAVE_UP


def test_a_beat_writes_what_is_said_and_leaves_the_rest(upload, now):
    upload.claim(now=now)
    upload.beat(1, step="reading", total=9, now=now)

    assert upload.beat(1, done=4, now=now + SECOND)

    row = stored(upload)
    assert (row.step, row.done_units, row.total_units, row.heartbeat_at) == ("reading", 4, 9, now + SECOND)
    assert upload.done_units == 4


def test_the_end_is_written_once(upload, now):
    upload.claim(now=now)

    assert upload.finish(1, now=now + SECOND)
    assert not upload.finish(1, now=now + 2 * SECOND)
    assert not upload.fail(1, Problem.INTERNAL)
    assert not upload.beat(1)

    row = stored(upload)
    assert (row.state, row.finished_at, row.problem) == (State.DONE, now + SECOND, "")


def test_a_failure_keeps_its_code_and_facts(upload, now):
    upload.claim(now=now)

    assert upload.fail(1, "no-such-thing", {"name": "thing"}, now=now + SECOND)

    row = stored(upload)
    assert (row.state, row.problem, row.problem_detail) == (State.FAILED, "no-such-thing", {"name": "thing"})
    assert row.finished_at == now + SECOND


@pytest.mark.parametrize(
    "late",
    [
        lambda row: row.beat(1, step="late", done=99),
        lambda row: row.finish(1),
        lambda row: row.fail(1, Problem.INTERNAL),
    ],
    ids=["beat", "finish", "fail"],
)
def test_a_worker_that_was_taken_for_dead_changes_nothing_any_more(taken_over, late):
    before = stored(taken_over)

    assert late(taken_over) is False

    after = stored(taken_over)
    for field in Upload._meta.concrete_fields:
        assert getattr(after, field.attname) == getattr(before, field.attname), field.name
    assert taken_over.step == ""


def test_a_result_is_not_stored_where_the_work_was_taken_over(taken_over):
    @transaction.atomic
    def store() -> None:
        Deployment.objects.filter(pk=taken_over.deployment_id).update(name="the late result")
        Pulse(taken_over, 1).finish()

    with pytest.raises(NoLongerOwner):
        store()

    assert Deployment.objects.get().name == "Estate of Example Corp"
    assert stored(taken_over).state == State.RUNNING


def test_a_failure_is_not_stored_where_the_work_was_taken_over(taken_over):
    with pytest.raises(NoLongerOwner):
        Pulse(taken_over, 1).fail(Problem.INTERNAL)

    assert stored(taken_over).state == State.RUNNING


def test_whoever_was_taken_over_hears_of_it_at_the_next_step(taken_over):
    with pytest.raises(NoLongerOwner):
        Pulse(taken_over, 1).say("storing")


def test_once_lost_every_word_raises(taken_over):
    pulse = Pulse(taken_over, 1)
    pulse.beat()

    with pytest.raises(NoLongerOwner):
        pulse.say(done=1)


def test_numbers_wait_for_the_next_beat_and_a_new_step_does_not(upload):
    pulse = Pulse(upload, upload.claim())

    pulse.say("reading", done=1, total=5)
    pulse.say(done=2)
    assert (stored(upload).step, stored(upload).done_units) == ("reading", 1)

    pulse.say("reading", done=3)
    assert stored(upload).done_units == 1

    pulse.beat()
    assert (stored(upload).step, stored(upload).done_units, stored(upload).total_units) == ("reading", 3, 5)
