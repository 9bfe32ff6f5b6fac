"""The one command, end to end: it starts, says where it is, keeps everything, and leaves nothing running."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from expcert import data_directory
from expcert.operations import embedded_broker

from .running import Browser, running
from .waiting import alive, until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at through /proc"),
    pytest.mark.timeout(300),
]


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Where no server was before."""
    return tmp_path / "fresh"


def nothing_is_left(numbers: set[int]) -> None:
    assert numbers
    until(lambda: not any(alive(number) for number in numbers), what="the end of every process")


def test_a_first_start_is_ready_and_shows_one_password_once(fresh: Path):
    with running(fresh) as server:
        browser = Browser(server.address)
        assert browser.ask("GET", "/healthz")[0] == 200
        status, _, answer = browser.ask("GET", "/readyz")
        assert status == 200, answer
        assert server.output.count("password   ") == 1
        assert "Traceback" not in server.output
        first = server.password
        server.send(signal.SIGTERM)
        assert server.wait() == 0
    with running(fresh) as again:
        assert Browser(again.address).ask("GET", "/healthz")[0] == 200
        for words in ("password", "Preparing the database", "Collected the static files", first):
            assert words not in again.output, "a second start has nothing to prepare"


def test_the_password_still_opens_the_door_after_a_restart(data: Path, password: str):
    with running(data) as server:
        browser = Browser(server.address)
        browser.sign_in("admin", password)
        status, headers, _ = browser.ask("GET", "/")
        assert (status, headers["Location"]) == (302, "/overview/")
        assert browser.ask("GET", "/overview/")[0] == 200
        assert "POST /account/sign-in/ 302" in server.output
        assert password not in server.output


def test_ctrl_c_ends_it_in_order_and_leaves_nothing(data: Path):
    with running(data) as server:
        assert server.address
        processes = server.processes()
        assert len(processes) >= 5, "broker, worker and its child, scheduler, web server and its child"
        server.send(signal.SIGINT)
        assert server.wait() == 0
        nothing_is_left(processes)
        assert "\nEnding.\n" in server.output
        assert server.output.endswith("\nEnded; nothing is left running.\n")
        assert "Traceback" not in server.output
        assert "did not end in time" not in server.output
        assert not (data / "broker.sock").exists()


def test_a_killed_supervisor_leaves_nothing_and_a_start_right_after_it_works(data: Path):
    with running(data) as server:
        assert server.address
        processes = server.processes()
        server.kill()
        with running(data) as again:  # at once: the broker of the first may still be closing its file
            assert Browser(again.address).ask("GET", "/readyz")[0] == 200
            nothing_is_left(processes)


def test_a_second_server_on_one_data_directory_is_told_so(data: Path):
    with running(data) as server:
        assert server.address
        with running(data) as second:
            assert second.wait() == 1
            assert second.output == f"CommandError: Expcert already runs on {data} (process {server.process.pid}).\n"
        assert Browser(server.address).ask("GET", "/readyz")[0] == 200, "the first is not disturbed"


def test_a_port_that_is_taken_is_said_before_anything_is_touched(fresh: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with running(fresh, EXPCERT_BIND=place) as server:
            assert server.wait() == 1
            port = taken.getsockname()[1]
            assert f"Cannot listen on 127.0.0.1 port {port}: Address already in use. Set EXPCERT_BIND" in server.output
    assert not (fresh / "expcert.sqlite3").exists()


def test_asking_for_the_end_while_it_starts_ends_it_without_a_traceback(fresh: Path):
    with running(fresh) as server:
        server.line("Preparing the database")
        processes = server.processes()
        server.send(signal.SIGINT)
        assert server.wait() == 0
        assert "Traceback" not in server.output
        assert "Expcert is ready" not in server.output
        assert not any(alive(number) for number in processes)
    with running(fresh) as again:
        assert Browser(again.address).ask("GET", "/readyz")[0] == 200


def test_each_part_that_is_killed_is_started_again(data: Path):
    with running(data) as server:
        browser = Browser(server.address)

        def ready() -> bool:
            with contextlib.suppress(OSError):
                return browser.ask("GET", "/readyz")[0] == 200
            return False

        for name, words in (("broker", "unixsocket:"), ("scheduler", "-A expcert beat"), ("web server", "gunicorn")):
            first = server.process_of(words)
            os.kill(first, signal.SIGKILL)
            server.line(rf"^The {name} was killed by SIGKILL; it is started again in 1 s\.$")
            until(lambda words=words, first=first: server.process_of(words) != first, what=f"another {name}")
            until(ready, within=40, what="readiness")


def test_a_broker_that_cannot_read_its_file_starts_with_a_fresh_one(data: Path):
    manifest = next((data / "broker").rglob("*.manifest"))
    manifest.write_bytes(b"this is no manifest\n")
    with running(data) as server:
        assert Browser(server.address).ask("GET", "/readyz")[0] == 200
        aside = server.line(r"The broker cannot read its files; they are moved to (\S+)\.$")[1]
        assert next(Path(aside).rglob("*.manifest")).read_bytes() == b"this is no manifest\n"


def test_a_start_waits_for_a_broker_that_is_still_ending(data: Path):
    """Right after a kill: the earlier broker, when it has written its file, removes the socket by its path."""
    place = data_directory.broker_socket(data)
    command = (embedded_broker.server_program(), "--port", "0", "--unixsocket", place, "--dir", data / "broker")
    with subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL) as earlier:
        try:
            until(place.exists, what="the earlier broker's socket")
            with running(data) as server:
                server.line(r"^Waiting for the broker of an earlier start to end\.$")
                assert server.processes() == set()
                earlier.terminate()
                assert Browser(server.address).ask("GET", "/readyz")[0] == 200
        finally:
            earlier.kill()


def test_a_backup_of_a_running_server_starts_elsewhere(data: Path, password: str, fresh: Path):
    """As docs/operations.md says: the database by VACUUM INTO, and the secret key; nothing else."""
    with running(data) as server:
        browser = Browser(server.address)
        browser.sign_in("admin", password)
        fresh.mkdir(mode=0o700)
        with contextlib.closing(sqlite3.connect(data / "expcert.sqlite3")) as connection:
            connection.execute("VACUUM INTO ?", (str(fresh / "expcert.sqlite3"),))
        shutil.copy2(data / "secret_key", fresh)
    with running(fresh) as again:
        restored = Browser(again.address)
        restored.cookies = dict(browser.cookies)
        assert restored.ask("GET", "/overview/")[0] == 200, "the session of before is still open"
        assert "password" not in again.output


def test_a_broker_that_does_not_answer_is_said(data: Path):
    with running(data, REDIS_URL="redis://127.0.0.1:1/0") as server:
        assert server.wait() == 1
        assert "CommandError: The broker at REDIS_URL does not answer." in server.output
        assert "Traceback" not in server.output
