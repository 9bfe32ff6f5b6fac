"""What became of each file, stored and read back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.estate import codec
from diagnostics.estate.observations import Source
from diagnostics.readers import FileReading
from diagnostics.readers.base import Kind, Outcome, Problem, ProblemCode
from diagnostics.readers.codec import decode_files, encode_files
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.broken import sample_files

text = st.text(max_size=30)
problems = st.builds(
    Problem,
    code=st.sampled_from(ProblemCode),
    line=st.none() | st.integers(1, 10**7),
    params=st.dictionaries(text, text, max_size=3),
)
files = st.builds(
    FileReading,
    source=st.builds(Source, upload=text, member=st.none() | text.filter(bool)),
    kind=st.sampled_from(Kind),
    size=st.integers(0, 10**12),
    outcome=st.sampled_from(Outcome),
    problems=st.lists(problems, max_size=3).map(tuple),
    found=st.dictionaries(text, st.integers(0, 10**6), max_size=3),
)


@given(st.lists(files, max_size=4).map(tuple))
def test_any_file_comes_back_as_it_was(readings):
    assert decode_files(json.loads(json.dumps(encode_files(readings)))) == readings


def test_a_whole_reading_comes_back_as_it_was(read_files, plan):
    outcome = read_files({**as_artefacts(plan), **sample_files(plan.at), "odd": b"\x30\x03\x02\x01\x05", "none": b""})
    stored = json.loads(json.dumps(encode_files(outcome.reading.files)))
    assert decode_files(stored) == outcome.reading.files
    facts = json.loads(json.dumps(codec.encode(outcome.reading.observations)))
    assert codec.decode(facts) == outcome.reading.observations


@pytest.mark.parametrize("form", [None, "expcert-files/2", 1])
def test_a_form_of_a_later_release_is_refused(form):
    with pytest.raises(ValueError, match="unknown form of stored files"):
        decode_files({"format": form, "files": []})
