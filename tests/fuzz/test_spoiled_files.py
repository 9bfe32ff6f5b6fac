"""Spoiled files of every kind, a few hundred each time: no exception, none of a reader's own failures, no long wait."""

import time
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostics.pki.passwords import Passwords
from diagnostics.readers import ProblemCode, SourceFile, read
from tests.builders import Built, every_kind
from tests.fuzz.mutating import LARGEST, spoiled

EVERY = every_kind()
SLOW = 5.0  # seconds of processor time; one that takes more has run into something that grows


@cache
def valid(built: Built) -> bytes:
    """Made once: issuing certificates takes longer than reading them."""
    return built.valid()


def read_spoiled(path, data):
    path.write_bytes(data)
    started = time.process_time()
    reading = read([SourceFile(name="upload", path=path)], passwords=Passwords.of(["password"]))
    assert time.process_time() - started < SLOW
    assert [file for file in reading.files if any(p.code is ProblemCode.INTERNAL for p in file.problems)] == []
    assert reading.files


@pytest.mark.parametrize("built", EVERY, ids=lambda built: f"{built.kind.value}: {built.title}")
@settings(
    derandomize=True,
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(number=st.integers(0, 10**9))
def test_a_spoiled_file_harms_nothing(tmp_path, built, number):
    read_spoiled(tmp_path / "upload", spoiled(number, 1, [valid(built)]))


@settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(number=st.integers(0, 10**9))
def test_two_kinds_spliced_harm_nothing(tmp_path, number):
    read_spoiled(tmp_path / "upload", spoiled(number, 2, [valid(built) for built in EVERY]))


@pytest.mark.parametrize("number", range(20))
def test_the_same_number_gives_the_same_file(number):
    files = [valid(built) for built in EVERY]
    first = spoiled(number, 7, files)
    assert first == spoiled(number, 7, files)
    assert len(first) <= LARGEST * 2 + 64 * 1024
