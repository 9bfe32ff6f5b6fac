"""The run over many spoiled files notices what it is there to notice, and makes small what it keeps."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench import mutations
from diagnostics.readers.base import Kind, Outcome, Taken


@pytest.fixture
def reader(monkeypatch):
    """Puts a reader of plain text in the place of the real one."""

    def put(act):
        monkeypatch.setattr("diagnostics.readers.walk.READERS", {Kind.TEXT: lambda data, *_: act(data) or taken()})

    def taken():
        return Taken(kind=Kind.TEXT, outcome=Outcome.READ)

    before = signal.signal(signal.SIGPROF, lambda *_: mutations.strike())
    yield put
    signal.signal(signal.SIGPROF, before)


def fail(data):
    if b"x" in data:
        raise KeyError("a bug")


def spin(data):
    while True:
        pass


def leave(data):
    raise SystemExit


def test_a_reader_that_does_no_harm_is_passed(reader):
    reader(lambda data: None)
    assert mutations.harm_of(b"text") == ""


@pytest.mark.parametrize(("act", "word"), [(fail, "internal"), (spin, "too long"), (leave, "escaped")])
def test_harm_is_noticed(reader, monkeypatch, act, word):
    monkeypatch.setattr(mutations, "SECONDS", 0.1)
    reader(act)
    assert mutations.harm_of(b"text with x").startswith(word)


_HOARD = """
from bench import mutations
from diagnostics.readers import walk
walk.READERS = dict.fromkeys(walk.READERS, lambda *_: bytearray(b"x") * 200_000_000 and None)
print(mutations.harm_of(b"text"))
"""


def test_memory_is_noticed():
    """In a process of its own: what this one has needed before counts as its peak."""
    command = [sys.executable, "-c", _HOARD]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.startswith("memory")


def test_what_does_harm_is_made_as_small_as_it_goes(reader):
    reader(fail)
    data = b"many words, " * 50 + b"x" + b" and more" * 50
    assert mutations.smaller(data, mutations.harm_of(data)) == b"x"
