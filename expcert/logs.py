"""One line per event, on standard error, with the request or task it belongs to, and with secrets taken out."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import ItemsView
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

request_id: ContextVar[str] = ContextVar("request_id", default="-")
task_id: ContextVar[str] = ContextVar("task_id", default="-")

REMOVED = "[removed]"
# The token of a share link opens the link, so a path must not carry it into a log.
SHARE_TOKEN = re.compile(r"(/s/)[A-Za-z0-9_-]{8,}")
# Up to the end mark, or where a message was cut, to the end of the text. Also as it looks inside a repr(), where line
# ends are written as two characters.
PRIVATE_KEY = re.compile(
    r"-----BEGIN (?P<label>[A-Z0-9 ]*PRIVATE KEY)-----.*?(?:-----END (?P=label)-----|\Z)", re.DOTALL
)
URL_PASSWORD = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s@/]+@")


def scrub(text: str) -> str:
    """The same text without share tokens, private keys and passwords in addresses."""
    if "PRIVATE KEY" in text:
        text = PRIVATE_KEY.sub(f"{REMOVED} private key", text)
    if "/s/" in text:
        text = SHARE_TOKEN.sub(rf"\1{REMOVED}", text)
    if "://" in text:
        text = URL_PASSWORD.sub(rf"\g<scheme>:{REMOVED}@", text)
    return text


class ContextFilter(logging.Filter):
    """Puts the ids of the request and the task on the record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.task_id = task_id.get()
        return True


class ScrubFilter(logging.Filter):
    """Renders the record here, once, and keeps only the scrubbed text: no later handler can see the arguments."""

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except Exception:  # a wrong format string must not lose the event, nor print its arguments
            message = f"{record.msg!s} (the arguments did not fit the message)"
        record.msg, record.args = scrub(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = scrub(record.exc_text)
        if record.stack_info:
            record.stack_info = scrub(record.stack_info)
        return True


class LineFormatter(logging.Formatter):
    """`time level logger request=… task=… message`; a line end inside is written as `\\n`, so nobody can forge a line."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        moment = self.formatTime(record, "%Y-%m-%dT%H:%M:%S")
        parts = [f"{moment}.{int(record.msecs):03d}Z", record.levelname, record.name]
        for label, attribute in (("request", "request_id"), ("task", "task_id")):
            value = getattr(record, attribute, "-")
            if value != "-":
                parts.append(f"{label}={value}")
        parts.append(record.getMessage())
        if record.exc_text:
            parts.append(record.exc_text)
        if record.stack_info:
            parts.append(record.stack_info)
        return " ".join(parts).replace("\r", "\\r").replace("\n", "\\n")


class NothingShown(SafeExceptionReporterFilter):
    """What Django's own error reports may tell of a request: not its body, no local variable, no setting."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_safe_settings(self) -> dict[str, Any]:
        return {}

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, Any]:
        return {}.items()


def configuration(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`; the same in the web process, the worker, the scheduler and the commands."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": ContextFilter}, "scrub": {"()": ScrubFilter}},
        "formatters": {"line": {"()": LineFormatter}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["context", "scrub"]},
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            # Each of these brings handlers of its own; one way out for all.
            "django": {"level": level, "handlers": [], "propagate": True},
            "django.server": {"level": level, "handlers": [], "propagate": True},
            "gunicorn.error": {"level": level, "handlers": [], "propagate": True},
            # Our own middleware writes the line of a request, with its id and without tokens.
            "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
            # A line per received and per finished task is ours to write (expcert.celery).
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }
