"""What is kept of one upload is bounded, whoever reads it: here or in a child."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest

from diagnostics.readers import Limits, ProblemCode, SourceFile, read
from diagnostics.readers.base import Outcome
from diagnostics.readers.isolated import read_isolated
from diagnostics.samples.archives import zip_of

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)


@pytest.fixture(params=[read, read_isolated], ids=["here", "in a child"])
def reading_of(request, tmp_path):
    def reading(files, limits):
        sources = []
        for number, (name, content) in enumerate(files.items()):
            path = tmp_path / str(number)
            path.write_bytes(content)
            sources.append(SourceFile(name=name, path=path))
        return request.param(sources, limits=limits)

    return reading


def issued(authority, number):
    return authority.issue(common_name=f"expc{number}.example.com")


def test_certificates_beyond_what_is_kept_are_refused_with_their_file(reading_of, authority):
    one, two, three = (issued(authority, number) for number in range(3))
    room = len(one.der) + len(three.der) + 10
    files = {"one.pem": one.pem, "again.pem": one.pem, "both.pem": two.pem + three.pem, "three.pem": three.pem}
    reading = reading_of(files, Limits(kept=room))
    assert [file.outcome for file in reading.files] == [Outcome.READ, Outcome.READ, Outcome.REFUSED, Outcome.READ]
    assert [problem.code for problem in reading.files[2].problems] == [ProblemCode.TOO_MUCH]
    assert set(reading.certificates) == {one.sha256, three.sha256}
    assert all(set(file.certificates) <= set(reading.certificates) for file in reading.files)


def test_a_revocation_list_counts_too(reading_of, authority):
    reading = reading_of({"a.crl": authority.crl(this_update=AT, next_update=AT + timedelta(days=7))}, Limits(kept=50))
    assert [problem.code for problem in reading.files[0].problems] == [ProblemCode.TOO_MUCH]
    assert not reading.crls


def test_observations_beyond_their_number_are_refused_with_their_file(reading_of, authority):
    members = {f"{number}.pem": issued(authority, number).pem for number in range(4)}
    reading = reading_of({"a.zip": zip_of(members)}, Limits(observations=3))
    assert len(reading.observations) == 3
    assert [file.outcome for file in reading.files[:4]] == [Outcome.READ] * 3 + [Outcome.REFUSED]
    assert reading.files[4].found == {"members": 4}


def test_every_bound_can_be_handed_to_a_child():
    for item in dataclasses.fields(Limits):
        if item.name not in ("spool_directory", "passwords"):
            json.dumps(getattr(Limits(), item.name))
