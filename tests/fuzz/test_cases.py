"""What was found by reading spoiled files, made as small as it goes, does no harm any more."""

from pathlib import Path

import pytest

from tests.fuzz.test_spoiled_files import read_spoiled

CASES = sorted(Path(__file__).parents[1].joinpath("cases", "spoiled").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_that_did_harm_once_does_none(tmp_path, case):
    read_spoiled(tmp_path / "upload", case.read_bytes())


def test_there_are_cases():
    assert CASES
