"""Lines of the log: what is taken out of them, and that nobody can forge one."""

import io
import logging
import logging.config
import sys

import pytest

from diagnostics.samples.authority import root
from expcert import logs
from expcert.logs import ContextFilter, LineFormatter, ScrubFilter, configuration, scrub
from tests.expcert.conftest import AT

TOKEN = "Ab3_-" * 8 + "xyz"


@pytest.fixture(scope="module")
def key() -> str:
    return root("Example Root CA", at=AT).key_pem.decode()


@pytest.fixture
def out(monkeypatch) -> io.StringIO:
    """A logger that is set up as the product's are, and what it writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter())
    handler.addFilter(ContextFilter())
    handler.addFilter(ScrubFilter())
    log = logging.getLogger("expcert.tests.logs")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.addHandler(handler)
    yield stream
    log.removeHandler(handler)
    log.propagate = True


log = logging.getLogger("expcert.tests.logs")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"GET /s/{TOKEN}/trust/ 200", "GET /s/[removed]/trust/ 200"),
        (f"two: /s/{TOKEN}/ and http://host/s/{TOKEN}", "two: /s/[removed]/ and http://host/s/[removed]"),
        ("/s/short/", "/s/short/"),
        ("redis://:s3cret@host:6379/0", "redis://:[removed]@host:6379/0"),
        ("postgresql://expcert:pa%40ss@db/expcert refused", "postgresql://expcert:[removed]@db/expcert refused"),
        ("https://host:8000/path@2", "https://host:8000/path@2"),
        ("nothing of all that", "nothing of all that"),
    ],
)
def test_secrets_in_a_text_are_removed(text, clean):
    assert scrub(text) == clean


def body_lines(key: str) -> list[str]:
    return [line for line in key.splitlines() if "-----" not in line]


@pytest.mark.parametrize(
    "form",
    [
        lambda key: key,
        lambda key: key.replace("\n", "\r\n"),
        lambda key: repr(key),
        lambda key: repr(key.encode()),
        lambda key: key[:-40],
        lambda key: key.replace("PRIVATE", "RSA PRIVATE"),
        lambda key: key.replace("PRIVATE", "ENCRYPTED PRIVATE"),
        lambda key: key + "between" + key,
    ],
    ids=["plain", "crlf", "repr", "bytes", "cut", "rsa", "encrypted", "two"],
)
def test_a_private_key_is_removed_in_every_form(key, form):
    clean = scrub(f"before {form(key)} after")

    assert "[removed] private key" in clean
    assert all(line not in clean for line in body_lines(key))
    assert clean.startswith("before ")


def test_what_stands_behind_a_key_is_kept(key):
    assert scrub(f"{key.strip()} and the rest") == "[removed] private key and the rest"


def test_arguments_are_scrubbed_and_gone(out, key):
    log.warning("reading %s failed for %r", "server.pem", key)

    assert "reading server.pem failed for" in out.getvalue()
    assert all(line not in out.getvalue() for line in body_lines(key))


def test_a_traceback_is_scrubbed(out, key):
    try:
        raise ValueError(f"cannot read {key} at /s/{TOKEN}/")
    except ValueError:
        log.exception("failed")

    text = out.getvalue()
    assert "ValueError" in text
    assert TOKEN not in text
    assert all(line not in text for line in body_lines(key))


def test_a_stack_is_scrubbed(out):
    log.warning("here", stack_info=True)

    assert "test_a_stack_is_scrubbed" in out.getvalue()


def test_a_format_that_does_not_fit_loses_neither_the_event_nor_a_secret(out, key):
    log.error("two places: %s %s", key)

    assert "two places" in out.getvalue()
    assert all(line not in out.getvalue() for line in body_lines(key))


def test_later_handlers_see_the_scrubbed_text_alone(key):
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "%s", (key,), None)

    ScrubFilter().filter(record)

    assert record.args is None
    assert record.getMessage() == "[removed] private key\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_nobody_forges_a_line(out, end):
    log.warning("name: %s", f"x{end}2026-11-01T00:00:00.000Z INFO expcert all is well")

    assert out.getvalue().count("\n") == 1
    assert "\r" not in out.getvalue()


def test_a_line_says_when_how_bad_who_and_for_which_request_and_task(out):
    request, task = logs.request_id.set("request-1"), logs.task_id.set("task-2")
    try:
        log.warning("hello")
    finally:
        logs.request_id.reset(request)
        logs.task_id.reset(task)
    log.warning("outside")

    first, second = out.getvalue().splitlines()
    assert first.partition("Z ")[2] == "WARNING expcert.tests.logs request=request-1 task=task-2 hello"
    assert second.partition("Z ")[2] == "WARNING expcert.tests.logs outside"


def test_the_time_of_a_line_is_utc_and_to_the_millisecond():
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "hello", (), None)
    record.created, record.msecs = 0.25, 250.0

    assert LineFormatter().format(record) == "1970-01-01T00:00:00.250Z INFO x hello"


def test_every_handler_of_the_configuration_scrubs():
    found = configuration("INFO")

    assert found["handlers"]
    for handler in found["handlers"].values():
        assert {"context", "scrub"} <= set(handler["filters"])
    for name, logger in found["loggers"].items():
        assert logger.get("handlers", []) == [], name
    assert found["loggers"]["gunicorn.access"]["level"] == "CRITICAL"


def test_the_configuration_can_be_used(capsys):
    before = logging.root.handlers[:], logging.root.level
    try:
        logging.config.dictConfig(configuration("INFO"))
        stream = io.StringIO()
        for handler in logging.root.handlers:
            handler.setStream(stream)
        logging.getLogger("django.request").error("at /s/%s/", TOKEN)
        assert "at /s/[removed]/" in stream.getvalue()
    finally:
        logging.root.handlers[:], logging.root.level = before
    assert sys.stderr is not None
