"""The Celery application: the worker, the scheduler, and what they log."""

from __future__ import annotations

import logging
import logging.config
import os
import time
import warnings
from pathlib import Path
from typing import Any

from celery import Celery, signals
from celery.app.task import Task
from celery.exceptions import SecurityWarning

from expcert import lifeline, logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expcert.settings")

# As root it would print a page of warning at every start; what it warns of, pickled tasks, is not accepted here.
warnings.filterwarnings("ignore", category=SecurityWarning, module="celery.platforms")

app = Celery("expcert")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = logging.getLogger("expcert.tasks")

TASK_STARTS: dict[str, float] = {}
WORKER: dict[str, int] = {}  # "pid": of the worker's main process, which its children inherit


@signals.setup_logging.connect
def use_our_logging(**_: Any) -> None:
    """A receiver here keeps Celery from setting up logging of its own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@signals.task_prerun.connect
def note_start(task_id: str, task: Task[..., Any], **_: Any) -> None:
    logs.task_id.set(task_id)
    TASK_STARTS[task_id] = time.monotonic()


@signals.task_postrun.connect
def note_end(task_id: str, task: Task[..., Any], state: str | None = None, **_: Any) -> None:
    """One line per task; the periodic ones, which run every few seconds, only where somebody asks for detail."""
    seconds = time.monotonic() - TASK_STARTS.pop(task_id, time.monotonic())
    level = logging.DEBUG if getattr(task, "quiet", False) else logging.INFO
    log.log(level, "%s ended as %s after %.2f s", task.name, state or "unknown", seconds)
    logs.task_id.set("-")


@signals.worker_ready.connect
@signals.heartbeat_sent.connect
def touch_heartbeat(**_: Any) -> None:
    """Sent every two seconds by the worker's main process, also while every child is busy; `worker_health` reads it."""
    from django.conf import settings

    try:
        Path(settings.EXPCERT_HEARTBEAT_FILE).touch(mode=0o600)
    except OSError:
        log.warning("the heartbeat file cannot be written", exc_info=True)


@signals.worker_init.connect
def note_worker(**_: Any) -> None:
    WORKER["pid"] = os.getpid()


@signals.worker_process_init.connect
def end_with_the_worker(**_: Any) -> None:
    """A pool child whose worker was killed with SIGKILL ends too, or it would go on with a task nobody owns."""
    # Asked here, the parent's number would already be another one's if the worker died since the fork.
    lifeline.end_with(WORKER.get("pid") or os.getppid())
