"""gzip, bzip2 and xz: what they hold comes out, however it is cut into streams, and what is made to harm is refused."""

import bz2
import gzip
import io
import itertools
import lzma
import random
import struct
import time
import tracemalloc
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostics.readers import ProblemCode, unfolding
from diagnostics.readers.base import Kind, Limits, Outcome
from diagnostics.readers.unfolding import BrokenStream, StandardInflate, Unfolding
from diagnostics.samples.archives import zip_of
from tests.builders.archives import gzip_with_every_field, tar_of

MIB = 1024 * 1024
PACK = {
    Kind.GZIP: lambda data: gzip.compress(data, mtime=0),
    Kind.BZIP2: bz2.compress,
    Kind.XZ: lambda data: lzma.compress(data, preset=1),
}


@pytest.fixture(params=["isal", "standard library"])
def inflating(request, monkeypatch):
    """Both ways to unfold deflate data, whichever this machine takes by itself."""
    if request.param == "standard library":
        monkeypatch.setattr(unfolding, "igzip_lib", None)
    elif unfolding.igzip_lib is None:
        pytest.skip("there is no isal for this machine")


def unfolded(data, kind, take=None, size=MIB):
    stream = Unfolding(take or io.BytesIO(data).read, kind)
    parts = []
    while part := stream.read(size):
        assert len(part) <= size
        parts.append(part)
    return b"".join(parts)


def until_it_breaks(data, kind):
    stream, parts = Unfolding(io.BytesIO(data).read, kind), []
    with pytest.raises(BrokenStream) as caught:
        parts.extend(iter(lambda: stream.read(4096), b""))
    return b"".join(parts), str(caught.value)


@pytest.mark.usefixtures("inflating")
@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    padding=st.sampled_from([0, 4, 512]),
    steps=st.lists(st.integers(1, 700), min_size=1, max_size=5),
    size=st.sampled_from([1, 7, 100_000]),
)
@pytest.mark.parametrize("kind", PACK)
def test_streams_behind_each_other_come_out_whole_in_any_steps(kind, parts, padding, steps, size):
    packed = io.BytesIO(b"".join(PACK[kind](part * 5) for part in parts) + bytes(padding))
    sizes = itertools.cycle(steps)
    content = unfolded(b"", kind, take=lambda most: packed.read(min(most, next(sizes))), size=size)
    assert content == b"".join(part * 5 for part in parts)


@pytest.mark.usefixtures("inflating")
@pytest.mark.parametrize("kind", PACK)
def test_a_large_stream_comes_out_whole(kind):
    data = random.Random(1).randbytes(300_000) + bytes(3 * MIB) + b"text" * 200_000
    assert unfolded(PACK[kind](data), kind) == data


@pytest.mark.usefixtures("inflating")
def test_every_field_of_a_gzip_header_is_passed_over():
    assert unfolded(gzip_with_every_field(b"content"), Kind.GZIP) == b"content"


@pytest.mark.usefixtures("inflating")
@pytest.mark.parametrize("kind", PACK)
def test_a_stream_cut_at_any_byte_is_damaged_and_what_came_before_counts(kind):
    data = random.Random(2).randbytes(2_000) + b"abc" * 500
    packed = PACK[kind](data)
    for end in range(1, len(packed)):
        content, _ = until_it_breaks(packed[:end], kind)
        assert data.startswith(content)
    assert until_it_breaks(packed[:-1], kind)[0] == data or kind is Kind.XZ


@pytest.mark.usefixtures("inflating")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:-8] + b"\0\0\0\0" + data[-4:], "check sum"),
        (lambda data: data[:-4] + b"\xff\xff\xff\xff", "length"),
        (lambda data: data + b"no padding", "not a gzip stream"),
        (lambda data: data[:2] + b"\x07" + data[3:], "not a gzip stream"),
        (lambda data: data[:3] + b"\xe0" + data[4:], "flags that do not exist"),
    ],
)
def test_a_gzip_stream_with_a_wrong_end_or_header_is_damaged(change, words):
    content, told = until_it_breaks(change(gzip.compress(b"content" * 9, mtime=0)), Kind.GZIP)
    assert words in told
    assert content in (b"", b"content" * 9)


def test_the_content_comes_out_before_a_wrong_check_sum_is_told(read_files, good):
    packed = bytearray(gzip.compress(tar_of({"server.pem": good}), mtime=0))
    packed[-8] ^= 1
    outcome = read_files({"a.tar.gz": bytes(packed)})
    assert outcome.file("a.tar.gz").outcome is Outcome.PARTLY
    assert len(outcome.reading.certificates) == 1


# Made to do harm


def test_a_gzip_header_with_a_name_of_megabytes_is_refused_at_once(read_files):
    data = b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * (40 * MIB)
    tracemalloc.start()
    started = time.process_time()
    outcome = read_files({"a.gz": data})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - started < 5
    assert peak < 8 * MIB
    assert outcome.codes("a.gz") == [ProblemCode.DAMAGED_ARCHIVE]
    assert "too long" in outcome.file("a.gz").problems[0].params["detail"]


@pytest.mark.parametrize("kind", [Kind.BZIP2, Kind.XZ])
def test_a_bomb_of_zeros_is_refused_by_its_ratio(read_files, good, kind):
    block = PACK[kind](bytes(32 * MIB))
    start = PACK[kind](b"PK\x03\x04" + bytes(100))
    outcome = read_files({"bomb": start + block * 6, "good.pem": good}, Limits(ratio=200))
    assert outcome.codes("bomb") == [ProblemCode.RATIO]
    assert outcome.file("bomb").outcome is Outcome.REFUSED
    assert len(outcome.reading.certificates) == 1


def test_an_xz_stream_that_asks_for_more_memory_than_it_gets_is_refused(read_files, good):
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 128 * MIB}]
    packer = lzma.LZMACompressor(lzma.FORMAT_XZ, filters=filters)
    packed = packer.compress(good) + packer.flush()
    outcome = read_files({"a.xz": packed, "good.pem": good})
    assert outcome.codes("a.xz") == [ProblemCode.DAMAGED_ARCHIVE]
    assert "emory" in outcome.file("a.xz").problems[0].params["detail"]
    assert len(outcome.reading.certificates) == 1


@pytest.mark.parametrize("kind", PACK)
def test_empty_streams_without_end_cost_little_and_are_refused(read_files, kind):
    started = time.process_time()
    outcome = read_files({"a": PACK[kind](b"") * 100_000})
    assert time.process_time() - started < 10
    assert "streams" in outcome.file("a").problems[0].params["detail"]


def test_what_unfolds_to_nothing_is_empty(read_files):
    for kind, pack in PACK.items():
        outcome = read_files({"a": pack(b"")})
        assert (outcome.file("a").kind, outcome.codes("a")) == (Kind.EMPTY, [ProblemCode.EMPTY]), kind


@pytest.mark.parametrize("outer", PACK)
@pytest.mark.parametrize("inner", PACK)
def test_folded_in_folded_counts_as_depth(read_files, good, outer, inner):
    packed = PACK[outer](PACK[inner](good))
    assert len(read_files({"a": packed}).reading.certificates) == 1
    assert read_files({"a": packed}, Limits(depth=1)).codes("a") == [ProblemCode.TOO_DEEP]


# Archives that are not opened

OTHERS = {
    "7-Zip": b"7z\xbc\xaf\x27\x1c\0\4",
    "RAR": b"Rar!\x1a\x07\x01\x00",
    "Zstandard": b"\x28\xb5\x2f\xfd\x04\x58",
    "LZ4": b"\x04\x22\x4d\x18\x64",
    "lzip": b"LZIP\x01\x0c",
    "LZMA": lzma.compress(b"content", lzma.FORMAT_ALONE),
    "compress (.Z)": b"\x1f\x9d\x90",
    "Windows cabinet": b"MSCF\0\0\0\0" + struct.pack("<I", 99),
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_archive_that_is_not_opened_is_called_by_its_name(read_files, good, name):
    outcome = read_files({"a.zip": zip_of({"inner.tar.gz": OTHERS[name] + bytes(200), "ca.pem": good})})
    member = outcome.file("a.zip/inner.tar.gz")
    assert (member.kind, member.outcome) == (Kind.OTHER_ARCHIVE, Outcome.NOT_READ)
    assert [(problem.code, dict(problem.params)) for problem in member.problems] == [
        (ProblemCode.OTHER_ARCHIVE, {"form": name})
    ]
    assert len(outcome.reading.certificates) == 1


@pytest.mark.parametrize("text", [b"BZh9 is how bzip2 files begin", b"BZh", b"\x1f\x8bnot gzip at all, no"])
def test_text_that_begins_like_an_archive_is_none(read_files, text):
    assert read_files({"notes.txt": text}).file("notes.txt").kind in (Kind.TEXT, Kind.UNKNOWN)


def test_the_standard_library_says_when_it_wants_more():
    """Where all that was asked for came out, there may be more of what was handed in."""
    data = bytes(100_000)
    packed = zlib.compress(data, 9)[2:-4]
    inflate, parts = StandardInflate(), []
    parts.append(inflate.decompress(packed, 1000))
    while not inflate.eof:
        assert not inflate.needs_input
        parts.append(inflate.decompress(b"", 1000))
    assert b"".join(parts) == data
    assert inflate.unused_data == b""
