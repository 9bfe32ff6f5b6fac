"""One line per event, with what it belongs to, and without secrets."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from diagnostics.samples import authority
from expcert import logs

TOKEN = "Zk3-a_bC9dEfGh1jKlMnOpQrStUvWxYz0123456789A"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a logger of its own writes, through the same filters and formatter as the product's."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(logs.ContextFilter())
    handler.addFilter(logs.ScrubFilter())
    handler.setFormatter(logs.LineFormatter())
    logger = logging.getLogger("expcert.test-of-lines")
    logger.addHandler(handler)
    logger.propagate = False
    yield stream
    logger.removeHandler(handler)
    logger.propagate = True


log = logging.getLogger("expcert.test-of-lines")


def test_a_line_has_time_level_place_and_message(lines: io.StringIO):
    log.warning("the %s is full", "disk")
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING expcert\.test-of-lines the disk is full\n"
    assert re.fullmatch(form, lines.getvalue())


def test_a_line_names_the_request_and_the_task_it_belongs_to(lines: io.StringIO):
    request, task = logs.request_id.set("0123abcd"), logs.task_id.set("4.1.ff")
    try:
        log.warning("here")
    finally:
        logs.request_id.reset(request)
        logs.task_id.reset(task)
    assert " request=0123abcd task=4.1.ff here\n" in lines.getvalue()


def test_nobody_forges_a_line(lines: io.StringIO):
    log.warning("name %s", "x\r\n2026-01-01T00:00:00.000Z INFO expcert.audit signed in as admin")
    assert lines.getvalue().count("\n") == 1
    assert "x\\r\\n2026" in lines.getvalue()


def test_a_traceback_is_one_line_too(lines: io.StringIO):
    try:
        raise ValueError("postgres://user:hidden@db/x")
    except ValueError:
        log.exception("failed")
    assert lines.getvalue().count("\n") == 1
    assert "ValueError: postgres://user:[removed]@db/x" in lines.getvalue()
    assert "hidden" not in lines.getvalue()


def test_the_token_of_a_share_link_is_removed(lines: io.StringIO):
    log.warning("GET /s/%s/trust/ 200", TOKEN)
    assert "GET /s/[removed]/trust/ 200" in lines.getvalue()
    assert TOKEN not in lines.getvalue()


@pytest.mark.parametrize("shown", [str, repr], ids=["as it is", "as repr"])
def test_a_private_key_is_removed_whole(lines: io.StringIO, shown: Callable[[str], str]):
    key = authority.root(at=datetime(2026, 11, 23, tzinfo=UTC)).key_pem.decode()
    log.warning("read %s, then more", shown(key))
    assert lines.getvalue().endswith(", then more\n")
    assert not any(part in lines.getvalue() for part in key.splitlines()[1:-1])


def test_a_private_key_that_was_cut_off_is_removed_to_the_end(lines: io.StringIO):
    log.warning("read -----BEGIN RSA PRIVATE KEY-----\nMIIEvQ and no end")
    assert "MIIEvQ" not in lines.getvalue()


def test_a_message_that_does_not_fit_its_arguments_is_written_without_them(lines: io.StringIO, capsys):
    log.warning("%d files", "hidden")
    assert "%d files (the arguments did not fit the message)" in lines.getvalue()
    assert "hidden" not in lines.getvalue()
    assert capsys.readouterr().err == ""


def test_a_later_handler_sees_the_scrubbed_text_alone():
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "to %s", ("redis://:hidden@cache",), None)
    logs.ScrubFilter().filter(record)
    assert (record.getMessage(), record.args) == ("to redis://:[removed]@cache", None)


def test_every_part_writes_through_the_one_handler():
    configured = logs.configuration("INFO")
    assert list(configured["handlers"]) == ["stderr"]
    assert configured["handlers"]["stderr"]["filters"] == ["context", "scrub"]
    assert configured == django_settings.LOGGING


def test_an_error_report_of_django_shows_nothing_of_the_request():
    # Put together here, since a report does show the lines of the source.
    words = [f"hidden-{number}" for number in range(4)]
    path = f"/uploads/new/?word={words[0]}"
    request = RequestFactory().post(path, {"password": words[1]}, HTTP_COOKIE=f"session={words[2]}")
    try:
        local = words[3]
        raise ValueError(len(local))
    except ValueError:
        report = ExceptionReporter(request, *sys.exc_info())
        text = report.get_traceback_text() + report.get_traceback_html()
    shown = [word for word in (*words[1:], django_settings.SECRET_KEY) if word in text]
    assert shown == []


# A request and its line


@pytest.fixture
def requests(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="expcert.requests")
    return caplog


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "expcert.requests"]


@pytest.mark.django_db
def test_a_request_is_one_line_with_the_id_that_its_answer_carries(client, requests):
    answer = client.get("/account/sign-in/?next=/secret-place/")
    (line,) = messages(requests)
    assert re.fullmatch(r"GET /account/sign-in/ 200 \d+ ms", line)
    assert re.fullmatch(r"[0-9a-f]{16}", answer["X-Request-ID"])


def test_health_checks_write_no_line(client, requests):
    client.get("/healthz")
    assert messages(requests) == []
