"""Is it alive, can it serve: for machines that watch, open to all and giving nothing away."""

from __future__ import annotations

import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder

from expcert.operations import health
from expcert.operations.health import WORKER_SILENT_AFTER, Settled, readiness, worker_silence

ALL_WELL = {"database": True, "migrations": True, "cache": True, "broker": True}


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_last", {})


def fails(words: str):
    def question() -> bool:
        raise DatabaseError(words)

    return question


def test_the_process_answers_without_asking_the_database(client):  # which this test may not reach
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_with_everything_there_it_is_ready(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": ALL_WELL})


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(ALL_WELL))
def test_one_thing_missing_is_named_and_why_it_is_not_told(client, monkeypatch, name: str):
    monkeypatch.setitem(health.QUESTIONS, name, fails("postgres://user:hidden@db refused"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "checks": ALL_WELL | {name: False}}
    assert "hidden" not in answer.content.decode()


@pytest.mark.django_db
def test_a_broker_that_is_away_is_noticed(client, settings, tmp_path: Path):
    settings.EXPCERT_BROKER_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]) == (503, ALL_WELL | {"broker": False})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_only_looking_is_allowed(client, path: str):
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


@pytest.mark.django_db
def test_health_is_asked_over_plain_http_even_where_pages_are_not(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/account/").status_code == 301
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_an_answer_that_changes_is_logged_once(monkeypatch, caplog):
    monkeypatch.setattr(health, "QUESTIONS", {"database": fails("refused")})
    for _ in range(3):
        assert readiness() == {"database": False}
    monkeypatch.setattr(health, "QUESTIONS", {"database": lambda: True})
    for _ in range(3):
        assert readiness() == {"database": True}
    lines = [record.getMessage() for record in caplog.records if record.name == "expcert.health"]
    assert lines == [
        "readiness: database does not answer: DatabaseError: refused",
        "readiness: database answers again",
    ]


def test_a_yes_is_remembered_and_a_no_is_asked_again():
    answers = iter([False, True, False])
    settled = Settled(lambda: next(answers))
    assert [settled(), settled(), settled(), settled()] == [False, True, True, True]


@pytest.mark.django_db
def test_a_database_without_its_tables_is_not_migrated():
    assert health.migrations_are_applied()
    MigrationRecorder.Migration.objects.filter(app="accounts").delete()
    assert not health.migrations_are_applied()


# The worker's container has no port to ask


def test_silence_counts_from_the_last_heartbeat(tmp_path: Path):
    heartbeat = tmp_path / "heartbeat"
    heartbeat.touch()
    os.utime(heartbeat, (1000, 1000))
    assert worker_silence(heartbeat, now=1012.5) == 12.5
    assert worker_silence(heartbeat, now=990.0) == 0.0  # a clock that was put back is no silence


def test_a_worker_that_never_spoke_is_unknown(tmp_path: Path):
    assert worker_silence(tmp_path / "nothing") is None


def test_a_worker_that_spoke_just_now_is_well(settings, tmp_path: Path):
    settings.EXPCERT_HEARTBEAT_FILE = tmp_path / "heartbeat"
    settings.EXPCERT_HEARTBEAT_FILE.touch()
    output = StringIO()
    call_command("worker_health", stdout=output)
    assert output.getvalue().startswith("The worker was alive ")


def test_a_worker_that_is_silent_fails_the_check(settings, tmp_path: Path):
    settings.EXPCERT_HEARTBEAT_FILE = tmp_path / "heartbeat"
    settings.EXPCERT_HEARTBEAT_FILE.touch()
    then = time.time() - WORKER_SILENT_AFTER - 5
    os.utime(settings.EXPCERT_HEARTBEAT_FILE, (then, then))
    with pytest.raises(CommandError, match=r"silent for 3\d s"):
        call_command("worker_health")


def test_a_worker_that_never_started_fails_the_check(settings, tmp_path: Path):
    settings.EXPCERT_HEARTBEAT_FILE = tmp_path / "heartbeat"
    with pytest.raises(CommandError, match="never wrote"):
        call_command("worker_health")
