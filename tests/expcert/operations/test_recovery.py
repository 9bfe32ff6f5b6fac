"""A worker, or everything, killed in the middle of reading: the upload is read to its end, once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diagnostics.samples import authority
from diagnostics.samples.archives import tar_gz, zip_of
from expcert.work import STALE
from tests.builders.logs import ORDINARY, log_of

from .running import Browser, Server, command_line, parent_of, running
from .waiting import alive, until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at through /proc"),
    pytest.mark.timeout(400),
]

AT = datetime(2026, 11, 23, tzinfo=UTC)
CERTIFICATES, MEMBERS = 200, 16_000  # takes some seconds to read
READER = "diagnostics.readers.child"
LINES = 60_000  # of the long log, each with some ordinary ones before it
FIRST_FILE = 0.05  # seconds of processor time; a certificate takes a thousandth of one
FOUND_BY = STALE.total_seconds() + 15.0  # seconds until a sweep must have seen that nobody beats any more
MACHINE = 60.0  # seconds that a busy machine may add to anything


@pytest.fixture(scope="module")
def large() -> bytes:
    root = authority.root(at=AT)
    leaves = [root.issue(common_name=f"n{i}.example.com", dns=[f"n{i}.example.com"]).pem for i in range(CERTIFICATES)]
    return tar_gz({f"nodes/{i}/server.pem": leaves[i % CERTIFICATES] for i in range(MEMBERS)}, AT)


class Rows:
    """The database as another process sees it."""

    def __init__(self, data: Path) -> None:
        self.address = f"file:{data / 'expcert.sqlite3'}?mode=ro"

    def ask(self, question: str, *values: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.address, uri=True, timeout=20)
        try:
            return list(connection.execute(question, values))
        finally:
            connection.close()

    def upload(self, identity: str) -> tuple[str, int, int]:
        """State, attempt and how many files are read."""
        number = identity.replace("-", "")
        question = "SELECT state, attempt, done_units FROM intake_upload WHERE id = ?"
        ((state, attempt, done),) = self.ask(question, number)
        return str(state), int(str(attempt)), int(str(done))


def begun(server: Server, password: str, content: bytes) -> tuple[str, Rows]:
    """An upload that a worker is in the middle of."""
    browser = Browser(server.address)
    browser.sign_in("admin", password)
    identity = browser.upload("estate.tar.gz", content)
    rows = Rows(server.data)

    def reading() -> bool:
        state, attempt, done = rows.upload(identity)
        assert state in ("queued", "running"), "it was over before anything could be killed"
        return attempt == 1 and done > 0

    until(reading, within=MACHINE, what="the first file read")
    return identity, rows


def seconds_until(question: Callable[[], bool], *, since: float, within: float, what: str) -> float:
    until(question, within=within, what=what)
    return time.monotonic() - since


def is_complete(server: Server, identity: str, rows: Rows) -> bool:
    """Everything is stored, and once."""
    until(lambda: rows.upload(identity)[0] not in ("queued", "running"), within=FOUND_BY + 2 * MACHINE, what="its end")
    assert rows.upload(identity)[:2] == ("done", 2)
    until(
        lambda: rows.ask("SELECT state FROM triage_diagnosis") == [("done",)],
        within=2 * MACHINE,
        what="one diagnosis that is done",
    )
    counted = "SELECT count(*), max(json_array_length(files, '$.files')) FROM inventory_reading"
    ((readings, members),) = rows.ask(counted)
    assert (readings, members) == (1, MEMBERS + 1)
    assert rows.ask("SELECT count(*), count(DISTINCT sha256) FROM inventory_certificate") == [
        (CERTIFICATES, CERTIFICATES)
    ]
    until(lambda: not any((server.data / "spool").iterdir()), what="an empty spool")
    return True


def test_a_worker_killed_while_reading_is_replaced_and_the_upload_read_once(data: Path, password: str, large: bytes):
    with running(data) as server:
        identity, rows = begun(server, password, large)
        worker = server.process_of("-A expcert worker")
        killed_at = time.monotonic()
        os.kill(worker, signal.SIGKILL)
        taken = seconds_until(
            lambda: rows.upload(identity)[1] == 2, since=killed_at, within=FOUND_BY + MACHINE, what="a second attempt"
        )
        assert is_complete(server, identity, rows)
        print(f"taken again {taken:.1f} s after the kill, diagnosed {time.monotonic() - killed_at:.1f} s after it")
        assert "The worker was killed by SIGKILL; it is started again in 1 s." in server.output


def test_everything_killed_while_reading_and_the_upload_is_read_once_after_a_start(
    data: Path, password: str, large: bytes
):
    with running(data) as server:
        identity, rows = begun(server, password, large)
        processes = server.processes()
        killed_at = time.monotonic()
        for number in [server.process.pid, *processes]:  # as when the machine loses its power
            os.kill(number, signal.SIGKILL)
        server.wait()
        until(lambda: not any(alive(number) for number in processes))
        assert rows.upload(identity)[:2] == ("running", 1)
    with running(data) as again:
        taken = seconds_until(
            lambda: rows.upload(identity)[1] == 2,
            since=killed_at,
            within=FOUND_BY + 2 * MACHINE,
            what="a second attempt",
        )
        assert is_complete(again, identity, rows)
        print(f"taken again {taken:.1f} s after the kill, diagnosed {time.monotonic() - killed_at:.1f} s after it")


def test_a_child_killed_while_reading_costs_one_attempt(data: Path, password: str, large: bytes):
    """As the kernel does it to whoever takes most memory; the worker itself goes on."""
    with running(data) as server:
        identity, rows = begun(server, password, large)
        worker = server.process_of("-A expcert worker")
        child, reader = reading_under(server, worker)
        os.kill(child, signal.SIGKILL)
        until(lambda: not alive(reader), what="the end of the process that read for it")
        assert is_complete(server, identity, rows)
        assert server.process_of("-A expcert worker") == worker


def test_a_reader_killed_while_reading_costs_the_file_that_it_was_at(data: Path, password: str):
    root = authority.root(at=AT)
    first, last = (root.issue(common_name=f"{name}.example.com").pem for name in ("first", "last"))
    files = {"1/server.pem": first, "2/log.txt": long_log(), "3/server.pem": last}
    with running(data) as server:
        browser, rows = Browser(server.address), Rows(server.data)
        browser.sign_in("admin", password)
        identity = browser.upload("estate.zip", zip_of(files, AT))
        worker = server.process_of("-A expcert worker")
        child, reader = until(
            lambda: at_work(server, worker), within=MACHINE, what="a process that has the upload open"
        )
        opened = computed(reader)
        until(lambda: computed(reader) > opened + FIRST_FILE, within=MACHINE, what="its getting to the log")
        os.kill(reader, signal.SIGKILL)
        until(lambda: rows.upload(identity)[0] not in ("queued", "running"), within=2 * MACHINE, what="its end")
        assert rows.upload(identity)[:2] == ("done", 1)
        assert server.processes_under(worker) == {child}
        question = (
            "SELECT json_extract(value, '$.member'), json_extract(value, '$.outcome'),"
            " json_extract(value, '$.problems[0].params.detail')"
            " FROM inventory_reading, json_each(files, '$.files')"
        )
        assert set(rows.ask(question)) == {
            ("1/server.pem", "read", None),
            ("2/log.txt", "refused", "SIGKILL"),
            ("3/server.pem", "read", None),
            (None, "read", None),
        }


def reading_under(server: Server, worker: int) -> tuple[int, int]:
    """The worker's child that has an upload, and the process that reads the files for it."""
    readers = [number for number in server.processes_under(worker) if READER in command_line(number)]
    (reader,) = readers
    child = parent_of(reader)
    assert parent_of(child) == worker
    return child, reader


def at_work(server: Server, worker: int) -> tuple[int, int] | None:
    """The same, once the process that reads has the upload open."""
    if not any(READER in command_line(number) for number in server.processes_under(worker)):
        return None
    child, reader = reading_under(server, worker)
    return (child, reader) if any(str(server.data / "spool") in name for name in open_files(reader)) else None


def open_files(number: int) -> list[str]:
    names = []
    with contextlib.suppress(OSError):  # of a process that has just ended, or a file that it has just closed
        names = [os.readlink(entry) for entry in Path(f"/proc/{number}/fd").iterdir()]
    return names


def computed(number: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def long_log() -> bytes:
    """A log that takes a second or more to read, and does not unfold as far as an attacker's does."""
    chance = random.Random(1)
    return b"".join(log_of(ORDINARY) + f" |{chance.randbytes(100).hex()}\n".encode() for _ in range(LINES))


def test_ending_in_the_middle_gives_the_work_back_for_the_next_start(data: Path, password: str, large: bytes):
    # Within a longer grace a quick machine would read it to its end.
    with running(data, EXPCERT_WORKER_GRACE_SECONDS="1") as server:
        identity, rows = begun(server, password, large)
        server.send(signal.SIGTERM)
        assert server.wait() == 0
        assert "did not end in time" not in server.output
        assert rows.upload(identity)[0] in ("running", "queued")
    with running(data) as again:
        assert is_complete(again, identity, rows)
