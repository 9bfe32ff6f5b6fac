"""What a reading child says, taken apart by the parent: whole however it arrives, refused where it is none."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.estate.observations import Fact, FactKey, NodeRef, Source
from diagnostics.readers import frames
from diagnostics.readers.base import FileReading, Kind, Outcome, Problem, ProblemCode
from diagnostics.readers.frames import Incoming, Malformed, Tag

SOURCE = Source(upload="a.zip", member="b\ud800/\x00.pem", line=3, text="“quoted”")
FILE = FileReading(
    source=Source(upload="a.zip", member="b"),
    kind=Kind.LOG,
    size=12,
    outcome=Outcome.PARTLY,
    problems=(Problem(code=ProblemCode.MALFORMED, line=3, params={"detail": "x"}),),
    found={"signs": 2},
    certificates=("ab" * 32,),
)
FILE_VALUES = json.loads(frames.ended((0,), FILE, (0, 0)))["files"][0]


def framed(tag, payload):
    return bytes([tag]) + len(payload).to_bytes(4, "big") + payload


@settings(derandomize=True, deadline=None, database=None)
@given(
    said=st.lists(st.tuples(st.sampled_from(Tag), st.binary(max_size=50)), max_size=8),
    steps=st.lists(st.integers(1, 60), min_size=1),
)
def test_frames_come_out_whole_however_their_bytes_arrive(said, steps):
    data, heard, incoming, turn = b"".join(framed(*frame) for frame in said), [], Incoming(), 0
    while data:
        size = steps[turn % len(steps)]
        heard += incoming.feed(data[:size])
        data, turn = data[size:], turn + 1
    assert heard == said


@settings(derandomize=True, deadline=None, database=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_frames_or_malformed(data):
    try:
        heard = list(Incoming().feed(data))
    except Malformed:
        return
    assert sum(5 + len(payload) for _, payload in heard) <= len(data)


@pytest.mark.parametrize("data", [b"\0" + bytes(4), b"\xff" + bytes(4), b"\1\xff\xff\xff\xff"])
def test_an_unknown_or_endless_frame_is_malformed(data):
    with pytest.raises(Malformed):
        list(Incoming().feed(data))


def test_observations_and_files_come_through_as_they_are():
    facts = [
        Fact(source=SOURCE, subject=NodeRef(name="expc1", container="a.zip"), key=FactKey.VERSION, value=f"X{number}")
        for number in range(2_500)
    ]
    parts = list(frames.said(facts))
    assert [fact for part in parts for fact in frames.heard(part)] == facts
    assert len(parts) == 3
    assert frames.finished(frames.ended((0, 3), FILE, (7, 9))) == ((0, 3), FILE, (7, 9))
    assert frames.begun(frames.begins((4,), SOURCE.member)) == ((4,), SOURCE.member)


@pytest.mark.parametrize(
    "change",
    [
        {"place": []},
        {"place": [-1]},
        {"place": ["0"]},
        {"place": [True]},
        {"place": None},
        {"spent": [-1, 0]},
        {"spent": None},
        {"files": []},
        {"files": [{}]},
        {"format": "expcert-files/9"},
        {"files": [FILE_VALUES | {"size": -1}]},
        {"files": [FILE_VALUES | {"size": "12"}]},
        {"files": [FILE_VALUES | {"found": {"signs": [2]}}]},
        {"files": [FILE_VALUES | {"upload": 7}]},
        {"files": [FILE_VALUES | {"certificates": [7]}]},
        {"files": [FILE_VALUES | {"problems": [{"code": "malformed", "line": None, "params": {"detail": 7}}]}]},
        {"files": [FILE_VALUES | {"problems": [{"code": "malformed", "line": None, "params": 7}]}]},
    ],
    ids=str,
)
def test_a_file_of_another_form_is_malformed(change):
    values = json.loads(frames.ended((0,), FILE, (0, 0))) | change
    with pytest.raises(Malformed):
        frames.finished(json.dumps(values).encode())


@pytest.mark.parametrize("payload", [b"", b"7", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"observations": 7}'])
def test_what_is_no_such_json_is_malformed(payload):
    for read in (frames.begun, frames.heard, frames.finished):
        with pytest.raises(Malformed):
            read(payload)


def test_nothing_longer_than_may_be_taken_is_sent(monkeypatch):
    monkeypatch.setattr(frames, "LARGEST", 10)
    with pytest.raises(ValueError, match="11 bytes"):
        frames.send(1, Tag.LOCKED, bytes(11))
