"""The questions behind `/readyz` and `worker_health`."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

log = logging.getLogger("expcert.health")

WORKER_SILENT_AFTER = 30.0  # seconds; a worker writes every two
BROKER_PATIENCE = 3.0  # seconds


def database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def migrations_are_applied() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def cache_answers() -> bool:
    key = f"readiness-{secrets.token_hex(8)}"
    cache.set(key, "here", timeout=10)
    found = cache.get(key) == "here"
    cache.delete(key)
    return found


def broker_answers() -> bool:
    with redis.Redis.from_url(
        settings.EXPCERT_BROKER_URL, socket_timeout=BROKER_PATIENCE, socket_connect_timeout=BROKER_PATIENCE
    ) as client:
        return bool(client.ping())


class Settled:
    """Remembers a yes for the life of the process: what is migrated stays so, and asking reads every migration file."""

    def __init__(self, question: Callable[[], bool]) -> None:
        self.question = question
        self.yes = False

    def __call__(self) -> bool:
        self.yes = self.yes or self.question()
        return self.yes


QUESTIONS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "migrations": Settled(migrations_are_applied),
    "cache": cache_answers,
    "broker": broker_answers,
}


_last: dict[str, bool] = {}


def readiness() -> dict[str, bool]:
    """Every question and its answer. Why one is no stands in the log, once, and not in the answer."""
    results = {}
    for name, question in QUESTIONS.items():
        reason = ""
        try:
            results[name] = question()
        except Exception as exc:  # whatever a driver raises, the answer is no
            results[name], reason = False, f": {type(exc).__name__}: {exc}"
        if results[name] != _last.get(name, True):
            log.warning("readiness: %s %s%s", name, "answers again" if results[name] else "does not answer", reason)
        _last[name] = results[name]
    return results


def worker_silence(heartbeat: Path, now: float | None = None) -> float | None:
    """Seconds since the worker last wrote its heartbeat file; None where it never did."""
    try:
        written = heartbeat.stat().st_mtime
    except FileNotFoundError:
        return None
    return max(0.0, (time.time() if now is None else now) - written)
