"""The directory that holds everything: private, and its secret key made once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from expcert import data_directory

RACE = """
import os, sys
from pathlib import Path
from expcert import data_directory
directory = Path(sys.argv[1])
print("here", flush=True)
sys.stdin.readline()
print(data_directory.secret_key(directory), flush=True)
"""


def test_a_directory_is_made_private(tmp_path: Path):
    data_directory.prepare(tmp_path / "deep" / "data")
    assert data_directory.mode_of(tmp_path / "deep" / "data") == 0o700


def test_a_directory_that_is_there_stays_as_it_is(tmp_path: Path):
    tmp_path.chmod(0o750)
    data_directory.prepare(tmp_path)
    assert data_directory.mode_of(tmp_path) == 0o750  # the system check tells it; nobody's choice is overruled


def test_a_directory_that_cannot_be_made_is_left_for_the_system_check(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="ascii")
    data_directory.prepare(tmp_path / "file" / "data")
    assert (tmp_path / "file").is_file()


def test_the_secret_key_is_long_private_and_stays(tmp_path: Path):
    key = data_directory.secret_key(tmp_path)
    assert len(key) >= 64
    assert data_directory.secret_key(tmp_path) == key
    assert data_directory.mode_of(tmp_path / "secret_key") == 0o600
    assert os.listdir(tmp_path) == ["secret_key"]


def test_two_directories_have_two_keys(tmp_path: Path):
    for name in "ab":
        (tmp_path / name).mkdir()
    assert data_directory.secret_key(tmp_path / "a") != data_directory.secret_key(tmp_path / "b")


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path):
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(tmp_path)],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "here\n"
    for racer in racers:  # all stand at the line
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    keys = {racer.communicate(timeout=30)[0].strip() for racer in racers}
    assert [racer.returncode for racer in racers] == [0] * 6
    assert keys == {(tmp_path / "secret_key").read_text(encoding="ascii")}
    assert os.listdir(tmp_path) == ["secret_key"], "no draft is left behind"


def test_whoever_comes_second_takes_the_key_that_is_there(tmp_path: Path):
    """Both found none; the slower one's draft must not replace the key that the faster one already uses."""
    first = data_directory.secret_key(tmp_path)
    data_directory._write_once(tmp_path / "secret_key", "another")
    assert data_directory.secret_key(tmp_path) == first
    assert os.listdir(tmp_path) == ["secret_key"]


def test_a_key_that_cannot_be_kept_says_what_to_do(tmp_path: Path):
    with pytest.raises(ImproperlyConfigured, match="Make the directory writable, or set EXPCERT_SECRET_KEY"):
        data_directory.secret_key(tmp_path / "nowhere")


def test_the_broker_listens_in_the_data_directory(tmp_path: Path):
    assert data_directory.broker_socket(Path("/srv/expcert")) == Path("/srv/expcert/broker.sock")


@pytest.mark.parametrize(("length", "inside"), [(100, True), (101, False)])
def test_a_socket_path_that_is_too_long_gives_way_to_a_short_one(length: int, inside: bool):
    directory = Path("/" + "d" * (length - len("//broker.sock")))
    path = data_directory.broker_socket(directory)
    assert (path.parent == directory) is inside
    assert len(os.fsencode(path)) <= 100


def test_the_length_counts_bytes_and_not_letters():
    directory = Path("/" + "ü" * 60)
    assert data_directory.broker_socket(directory).parent != directory


def test_two_long_directories_have_two_sockets():
    one, other = (data_directory.broker_socket(Path("/" + letter * 200)) for letter in "ab")
    assert one != other
