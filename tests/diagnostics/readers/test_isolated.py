"""Reading in a child: the same answer as in this process, whatever a file does to the process that reads it."""

import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from diagnostics.estate.observations import Source
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.passwords import Passwords
from diagnostics.readers import Limits, SourceFile, child, frames, read
from diagnostics.readers.base import FileReading, Kind, Outcome, ProblemCode, Taken
from diagnostics.readers.isolated import Bounds, ReaderEnded, ReaderUnavailable, read_isolated, unlock
from diagnostics.samples.archives import tar_gz, zip_of
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.broken import sample_files

MIB = 1024 * 1024
BOUNDS = Bounds(memory=256 * MIB, patience=30.0)
QUICK = replace(BOUNDS, seconds=1)  # for what would take for ever


@pytest.fixture
def isolated(tmp_path, request):
    """Reads path -> bytes as one upload, in a child; None makes a pipe that nobody writes to."""

    def reading_of(files, bounds=BOUNDS, **options):
        sources = []
        for number, (name, content) in enumerate(files.items()):
            path = tmp_path / str(number)
            if content is None:
                os.mkfifo(path)
            else:
                path.write_bytes(content)
            sources.append(SourceFile(name=name, path=path))
        return read_isolated(sources, bounds=bounds, **options)

    return reading_of


@pytest.fixture
def spoiled(monkeypatch):
    """Children in which text files do harm (`spoiled_child`)."""
    script = Path(__file__).with_name("spoiled_child.py")
    monkeypatch.setattr("diagnostics.readers.processes._COMMAND", ("-P", str(script)))


def codes(reading, path):
    (file,) = (item for item in reading.files if item.source.file_path == path)
    return [problem.code for problem in file.problems]


def children(parent):
    """Processes that a process has started, from /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def of_children():
    return [pid for pid in children(os.getpid()) if b"diagnostics" in Path(f"/proc/{pid}/cmdline").read_bytes()]


# The same answer


def test_a_child_says_what_reading_here_says(isolated, tmp_path, plan):
    files = {**as_artefacts(plan), **sample_files(plan.at), "shot.png": b"\x89PNG\r\n\x1a\n", "none": b""}
    heard = []
    there = isolated(files, on_file=heard.append)
    here = read([SourceFile(name=name, path=tmp_path / str(number)) for number, name in enumerate(files)])
    assert there.files == here.files
    assert there.observations == here.observations
    assert there.certificates == here.certificates
    assert there.crls == here.crls
    assert there.locked == here.locked
    assert heard == list(there.files)
    assert here.certificates


def test_what_lies_in_many_files_is_looked_into_once_and_said_of_each(monkeypatch, plan, tmp_path):
    first, second = (load_certificate(node.issued("server").der) for node in list(plan.nodes())[:2])
    again = load_certificate(first.der)
    looked_into = []
    monkeypatch.setattr(child, "_touch", looked_into.append)
    monkeypatch.setattr(child, "_REMEMBERED", 1)
    said = tmp_path / "said"
    with said.open("wb", buffering=0) as pipe:
        telling = child._Telling(pipe.fileno(), {"seconds": 5})
        for number, certificate in enumerate([first, again, second, first]):
            source = Source(upload=f"{number}.pem")
            file = FileReading(source=source, kind=Kind.CERTIFICATES, size=1, outcome=Outcome.READ)
            taken = Taken(kind=file.kind, outcome=file.outcome, certificates=(certificate,))
            telling.take((number,), file, taken)

    # The third makes it forget the first: what is remembered has a bound.
    assert [item.sha256 for item in looked_into] == [first.sha256, second.sha256, first.sha256]
    heard = [payload for tag, payload in frames.Incoming().feed(said.read_bytes()) if tag is frames.Tag.CERTIFICATE]
    assert heard == [first.der, first.der, second.der, first.der]


def test_names_that_are_no_text_come_through(isolated, good):
    (name,) = ("\udcff\ud800.pem",)
    reading = isolated({name: zip_of({"a\x00\x1b/\N{PILE OF POO}.pem": good})})
    assert {file.source.upload for file in reading.files} == {name}
    assert len(reading.certificates) == 1


def test_the_bounds_on_a_reading_hold_in_a_child(isolated, good):
    ten = zip_of({f"{number}.txt": b"x" for number in range(10)})
    reading = isolated({"a.zip": ten, "b.zip": ten, "c.pem": good}, limits=Limits(members=15))
    assert codes(reading, "b.zip") == [ProblemCode.TOO_MANY_MEMBERS]
    assert len(reading.certificates) == 1


# A file that does harm

HARM = {
    "abort": ProblemCode.KILLED_ITS_READER,
    "segfault": ProblemCode.KILLED_ITS_READER,
    "leave": ProblemCode.KILLED_ITS_READER,
    "killed": ProblemCode.KILLED_ITS_READER,
    "eat": ProblemCode.OUT_OF_MEMORY,
    "spin": ProblemCode.OUT_OF_TIME,
    "babble": ProblemCode.KILLED_ITS_READER,
    "promise much": ProblemCode.KILLED_ITS_READER,
    "strangers file": ProblemCode.KILLED_ITS_READER,
    "file of before": ProblemCode.KILLED_ITS_READER,
    "no certificate": ProblemCode.KILLED_ITS_READER,
    "no json": ProblemCode.KILLED_ITS_READER,
}

HOW_LONG = {"spin": QUICK}


@pytest.mark.parametrize("how", HARM)
def test_a_file_that_ends_its_reader_is_marked_once_and_the_others_are_read(isolated, spoiled, good, authority, how):
    reading = isolated(
        {"a.pem": good, "bad.txt": f"do: {how}\n".encode(), "b.pem": authority.pem}, HOW_LONG.get(how, BOUNDS)
    )
    assert [file.source.upload for file in reading.files] == ["a.pem", "bad.txt", "b.pem"]
    bad = reading.files[1]
    assert (bad.outcome, [problem.code for problem in bad.problems]) == (Outcome.REFUSED, [HARM[how]])
    assert all(bad.problems[0].params.values())
    assert len(reading.certificates) == 2
    assert not of_children()


@pytest.mark.parametrize("pack", [zip_of, tar_gz])
def test_a_member_that_ends_its_reader_leaves_its_neighbours_alone(isolated, spoiled, good, authority, plan, pack):
    inner = zip_of({"1.pem": good, "bad.txt": b"do: abort\n", "2.pem": authority.pem})
    third = authority.issue(common_name="third.example.com").pem
    reading = isolated({"a": pack({"inner.zip": inner, "3.pem": third}, plan.at), "last.txt": b"words"})
    paths = [file.source.file_path for file in reading.files]
    inside = ["1.pem", "bad.txt", "2.pem"]
    assert paths == [*(f"a/inner.zip/{name}" for name in inside), "a/inner.zip", "a/3.pem", "a", "last.txt"]
    assert codes(reading, "a/inner.zip/bad.txt") == [ProblemCode.KILLED_ITS_READER]
    assert reading.files[3].found == {"members": 3}
    assert len(reading.certificates) == 3


def test_a_child_that_dies_between_two_members_costs_neither_them_nor_their_archive(isolated, spoiled, good, authority):
    pack = zip_of({"1.pem": good, "2.txt": b"do: die behind\n", "3.pem": authority.pem})
    reading = isolated({"a.zip": pack})
    outcomes = {file.source.file_path: file.outcome for file in reading.files}
    assert outcomes["a.zip"] is Outcome.READ
    assert len(reading.files) == 4 and Outcome.REFUSED not in outcomes.values()
    assert len(reading.certificates) == 2


def test_a_file_that_keeps_its_reader_waiting_is_left_behind(isolated, good, authority):
    """A pipe that nobody writes to stands for a disk that no longer answers."""
    reading = isolated({"a.pem": good, "pipe": None, "b.pem": authority.pem}, Bounds(patience=1.0))
    assert codes(reading, "pipe") == [ProblemCode.OUT_OF_TIME]
    assert reading.files[1].problems[0].params == {"limit": "1 s"}
    assert len(reading.certificates) == 2


def test_after_too_many_of_them_the_rest_is_not_read_and_says_so(isolated, spoiled, good):
    bad = {f"{number}.txt": b"do: abort\n" for number in range(5)}
    reading = isolated({**bad, "last.pem": good}, Bounds(deaths=3))
    ends = [ProblemCode.KILLED_ITS_READER] * 3 + [ProblemCode.NOT_REACHED] * 3
    assert [file.problems[0].code for file in reading.files] == ends
    assert reading.files[-1].outcome is Outcome.REFUSED
    assert reading.files[-1].problems[0].params == {"count": "3"}


def test_after_too_much_time_with_them_the_rest_is_not_read(isolated, spoiled, good):
    reading = isolated({"a.txt": b"do: abort\n", "b.pem": good}, Bounds(lost=0.0))
    assert codes(reading, "b.pem") == [ProblemCode.NOT_REACHED]


def test_what_was_spent_before_a_child_died_counts_in_the_next(isolated, spoiled, good):
    ten = zip_of({f"{number}.txt": b"x" for number in range(10)})
    reading = isolated({"a.zip": ten, "bad.txt": b"do: abort\n", "b.zip": ten}, limits=Limits(members=15))
    assert codes(reading, "b.zip") == [ProblemCode.TOO_MANY_MEMBERS]


def test_what_a_reader_prints_breaks_no_frame(isolated, spoiled, good):
    reading = isolated({"a.txt": b"do: print much\n", "b.pem": good})
    assert codes(reading, "a.txt") == [ProblemCode.NOT_RECOGNISED]
    assert len(reading.certificates) == 1


def test_a_reader_that_fails_in_the_child_is_told_and_logged_without_its_words(isolated, spoiled, good, caplog):
    reading = isolated({"a.txt": b"do: fail\n", "b.pem": good})
    assert codes(reading, "a.txt") == [ProblemCode.INTERNAL]
    assert "the reader for text failed" in caplog.text
    assert "KeyError" in caplog.text
    assert "what the file says" not in caplog.text
    assert len(reading.certificates) == 1


def test_a_child_knows_nothing_that_it_does_not_need(isolated, spoiled, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hidden")
    told = isolated({"a.txt": b"do: tell\n"}, passwords=Passwords.of(["hidden"])).files[0].problems[0].params
    assert "SECRET_KEY" not in told["environment"].split()
    assert "hidden" not in told["command"]
    assert told["bounds"] == f"0 64 {256 * MIB}"
    assert (told["directory"], told["leads"]) == ("/", "True")
    assert not {"django", "celery", "expcert", "openpyxl", "OpenSSL.rand"} & set(told["modules"].split())


# The parent


class Stopped(Exception):
    """Ends the reading."""


@pytest.mark.parametrize("raised", [Stopped, ValueError, OSError])
def test_what_the_listener_raises_ends_reading_and_child(isolated, spoiled, good, raised):
    def stop(file):
        assert of_children()
        raise raised("no longer wanted")

    with pytest.raises(raised, match="no longer wanted"):
        isolated({"a.pem": good, "b.txt": b"do: hang\n"}, on_file=stop)
    assert not of_children()


def test_a_time_limit_that_strikes_while_waiting_ends_reading_and_child(isolated, good):
    def strike(*_):
        raise Stopped

    before = signal.signal(signal.SIGALRM, strike)
    try:
        with pytest.raises(Stopped):
            isolated({"a.pem": good, "pipe": None}, on_file=lambda file: signal.setitimer(signal.ITIMER_REAL, 0.05))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not of_children()


_PARENT = """
import pathlib, sys
from diagnostics.readers import SourceFile
from diagnostics.readers.isolated import read_isolated
files = [SourceFile(name=path, path=pathlib.Path(path)) for path in sys.argv[1:]]
read_isolated(files, on_file=lambda file: print(file.kind.value, flush=True))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of no other system does this")
def test_a_parent_that_is_killed_leaves_no_child_behind(tmp_path, good):
    (tmp_path / "a.pem").write_bytes(good)
    os.mkfifo(tmp_path / "pipe")
    command = [sys.executable, "-c", _PARENT, str(tmp_path / "a.pem"), str(tmp_path / "pipe")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as parent:
        assert parent.stdout.readline() == b"certificates\n"  # so the child is at the pipe, or about to be
        (child,) = children(parent.pid)
        ending = os.pidfd_open(child)
        parent.kill()
        assert select.select([ending], [], [], 30)[0]
        os.close(ending)


@pytest.mark.parametrize("executable", ["/nonexistent/python", "/bin/false"])
def test_where_no_child_can_be_started_no_file_is_blamed(isolated, good, monkeypatch, executable):
    monkeypatch.setattr("sys.executable", executable)
    with pytest.raises(ReaderUnavailable):
        isolated({"a.pem": good})


# One container

SOURCE = Source(upload="a.pfx")


def pkcs12_of(authority, password):
    issued = authority.issue(common_name="expc1.example.com")
    how = BestAvailableEncryption(password)
    return pkcs12.serialize_key_and_certificates(None, None, issued.certificate, [authority.certificate], how)


def test_a_container_opens_with_its_password_in_a_child(authority):
    data = pkcs12_of(authority, password=b"s3cret")
    taken = unlock(data, SOURCE, Passwords.of(["s3cret"]))
    assert (taken.kind, taken.outcome) == (Kind.PKCS12, Outcome.READ)
    assert [certificate.sha256 for certificate in taken.certificates]
    assert taken.observations[0].source == SOURCE


def test_a_wrong_password_opens_nothing_and_is_told(authority):
    taken = unlock(pkcs12_of(authority, password=b"s3cret"), SOURCE, Passwords.of(["guess"]))
    assert ProblemCode.WRONG_PASSWORD in [problem.code for problem in taken.problems]
    assert not taken.certificates


@pytest.mark.parametrize("how", ["abort", "eat", "spin", "babble", "leave"])
def test_a_container_that_ends_its_reader_is_said_to(spoiled, how, caplog):
    with pytest.raises(ReaderEnded) as caught:
        unlock(f"do: {how}\n".encode(), SOURCE, Passwords.of(["s3cret"]), bounds=HOW_LONG.get(how, BOUNDS))
    assert caught.value.problem.code is HARM[how]
    assert not isinstance(caught.value, ReaderUnavailable)
    assert "s3cret" not in caplog.text + str(caught.value)
    assert not of_children()


def test_a_job_larger_than_a_pipe_holds_reaches_the_child(spoiled):
    taken = unlock(b"do: tell\n" + bytes(4 * MIB), SOURCE, Passwords.of(["s3cret"]))
    assert taken.problems[0].params["directory"] == "/"


def test_a_child_that_talks_without_end_on_the_side_is_heard_out(isolated, spoiled, good):
    reading = isolated({"a.txt": b"do: complain\n", "b.pem": good})
    assert codes(reading, "a.txt") == [ProblemCode.NOT_RECOGNISED]
    assert len(reading.certificates) == 1


def test_a_password_is_neither_in_the_command_nor_in_the_environment(spoiled):
    told = unlock(b"do: tell\n", SOURCE, Passwords.of(["s3cret"])).problems[0].params
    assert "s3cret" not in told["command"] + told["environment"]
