"""Every kind of file that is read: known by its content alone, read without a problem, and harmless when malformed."""

import time
import tracemalloc

import pytest

from diagnostics.readers import ProblemCode
from diagnostics.readers.base import Kind, Outcome
from diagnostics.readers.recognise import HEAD, recognise
from tests.builders import Built, every_kind

# What nothing is read from, each with its own way out in the report.
NEVER_READ = {Kind.CAPTURE, Kind.OTHER_ARCHIVE, Kind.DOCUMENT, Kind.TEXT, Kind.EMPTY, Kind.UNKNOWN}
# Noticed, matched to a certificate, forgotten; a key or a request holds nothing else.
NOTICED = {ProblemCode.PRIVATE_KEY, ProblemCode.NOT_READ_YET}

NAMES = ["file", "server.pem", "shot.png", "xconf_dump_expc1.txt", "a.zip", "b.tar.gz", "inventory.yaml", "setup.exe"]
EVERY = every_kind()


def named(built: Built) -> str:
    return f"{built.kind.value}: {built.title}"


each = pytest.mark.parametrize("built", EVERY, ids=named)


def found_in(outcome, name):
    """What was noted of that file and of all that lies in it."""
    return [file for file in outcome.reading.files if file.source.upload == name]


def test_every_kind_is_either_built_or_never_read():
    assert {built.kind for built in EVERY} | NEVER_READ == set(Kind)
    assert not {built.kind for built in EVERY} & NEVER_READ


def test_no_two_builders_have_one_name():
    names = [named(built) for built in EVERY]
    assert len(set(names)) == len(names)


@each
def test_a_valid_file_is_read_without_a_problem_under_any_name(read_files, built):
    data = built.valid()
    outcome = read_files(dict.fromkeys(NAMES, data))
    seen = set()
    for name in NAMES:
        files = found_in(outcome, name)
        assert built.kind in {recognise(data[:HEAD]), files[-1].kind}
        problems = {problem.code for file in files for problem in file.problems}
        allowed = NOTICED if built.kind in (Kind.PRIVATE_KEY, Kind.PUBLIC_KEY, Kind.REQUEST) else set()
        assert problems <= allowed, files
        # Not what was found: a name may well tell the node, and so a fact more.
        seen.add(tuple((file.kind, file.outcome) for file in files))
    assert len(seen) == 1


@each
def test_a_malformed_file_has_a_problem_and_harms_nothing_else(read_files, good, built):
    data = built.malformed()
    started = time.process_time()
    tracemalloc.start()
    try:
        outcome = read_files({"file": data, "good.pem": good})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 5
    assert peak < 64 * 1024 * 1024
    problems = [problem.code for file in found_in(outcome, "file") for problem in file.problems]
    assert problems
    assert ProblemCode.INTERNAL not in problems
    assert outcome.file("good.pem").outcome is Outcome.READ


@each
def test_what_is_built_is_small_enough_to_be_spoiled_a_million_times(built):
    assert 0 < len(built.valid()) < 64 * 1024
    assert built.valid() != built.malformed()
