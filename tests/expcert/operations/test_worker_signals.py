"""What the Celery application does around tasks: heartbeat, log lines, and ending with the worker."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from expcert import celery, lifeline, logs


@pytest.fixture
def tasks(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="expcert.tasks")
    return caplog


def test_a_task_is_one_line_with_its_state_and_time(tasks: pytest.LogCaptureFixture):
    task = SimpleNamespace(name="expcert.intake.tasks.read_upload")
    celery.note_start(task_id="4.1.ff", task=task)
    assert logs.task_id.get() == "4.1.ff"
    celery.note_end(task_id="4.1.ff", task=task, state="SUCCESS")
    (record,) = tasks.records
    assert record.levelno == logging.INFO
    assert record.getMessage().startswith("expcert.intake.tasks.read_upload ended as SUCCESS after 0.0")
    assert (logs.task_id.get(), celery.TASK_STARTS) == ("-", {})


def test_a_task_that_runs_every_few_seconds_is_written_only_where_detail_is_asked_for(tasks):
    celery.note_end(task_id="never started", task=SimpleNamespace(name="sweep", quiet=True), state="SUCCESS")
    (record,) = tasks.records
    assert record.levelno == logging.DEBUG


def test_the_sweeps_are_quiet():
    for name in ("expcert.intake.tasks.sweep_uploads", "expcert.triage.tasks.sweep_diagnoses"):
        celery.app.loader.import_default_modules()
        assert celery.app.tasks[name].quiet is True


def test_every_task_of_the_schedule_exists_and_is_dropped_when_late(settings):
    celery.app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in celery.app.tasks
        assert 0 < entry["options"]["expires"] <= entry["schedule"]


def test_the_heartbeat_is_written_private(settings, tmp_path: Path):
    settings.EXPCERT_HEARTBEAT_FILE = tmp_path / "heartbeat"
    celery.touch_heartbeat()
    assert (tmp_path / "heartbeat").stat().st_mode & 0o077 == 0
    os.utime(tmp_path / "heartbeat", (1, 1))
    celery.touch_heartbeat()
    assert (tmp_path / "heartbeat").stat().st_mtime > 1


def test_a_heartbeat_that_cannot_be_written_is_no_end_of_the_worker(settings, tmp_path: Path, tasks):
    settings.EXPCERT_HEARTBEAT_FILE = tmp_path / "nowhere" / "heartbeat"
    celery.touch_heartbeat()
    assert [record.getMessage() for record in tasks.records] == ["the heartbeat file cannot be written"]


def test_a_child_ends_with_the_worker_that_was_there_before_the_fork(monkeypatch):
    ended_with: list[int] = []
    monkeypatch.setattr(lifeline, "end_with", ended_with.append)
    monkeypatch.setattr(celery, "WORKER", {})
    celery.note_worker()
    monkeypatch.setattr(os, "getppid", lambda: 1)  # the worker died, and init took the child over
    celery.end_with_the_worker()
    assert ended_with == [os.getpid()]


def test_a_task_lost_with_its_child_is_not_handed_out_for_ever(settings):
    assert settings.CELERY_TASK_RETRY_ON_WORKER_LOST
    assert settings.CELERY_TASK_ANNOTATIONS["*"]["max_retries"] == 3


def test_no_task_is_handed_out_again_while_it_may_still_run(settings):
    visible_after = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT < visible_after
