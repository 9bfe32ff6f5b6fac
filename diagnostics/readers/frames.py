"""What a reading child says to the process that started it: tagged frames over a pipe.

Each has a tag (1 byte), a length (4 bytes, big-endian) and so many bytes, of which the parent takes no more than
`LARGEST`. Of a file come, in this order: BEGINS, KIND, its certificates, CRLs, observations and what is locked, FILE.
"""

import json
import os
import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any

from diagnostics.estate import codec as observations
from diagnostics.estate.observations import Observation
from diagnostics.readers.base import FileReading, Place
from diagnostics.readers.codec import decode_files, encode_files

LARGEST = 64 * 1024 * 1024  # bytes of one frame; the largest are a file read whole (16 MiB) and its facts
_AT_ONCE = 1_000  # observations in one frame
_HEADER = struct.Struct(">BI")


class Tag(IntEnum):
    READY = 1  # what is needed is loaded: from here on it is a file's fault
    BEGINS = 2  # place and member
    KIND = 3  # what it is
    MOVED = 4  # it goes on reading
    CERTIFICATE = 5  # DER
    CRL = 6  # DER
    OBSERVATIONS = 7
    LOCKED = 8  # bytes of a container
    FILE = 9  # what became of it; all of the above belongs to it
    LOG = 10  # for the log: what of ours failed, and where
    NO_MEMORY = 11  # the last word
    END = 12


class Malformed(ValueError):
    """Not what a reading child says."""


def send(pipe: int, tag: Tag, payload: bytes = b"") -> None:
    """Raises `BrokenPipeError` where nobody listens any more."""
    if len(payload) > LARGEST:
        raise ValueError(f"a frame of {len(payload)} bytes")
    data = memoryview(_HEADER.pack(tag, len(payload)) + payload)
    while data:
        data = data[os.write(pipe, data) :]


class Incoming:
    """Frames out of the bytes as they arrive."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Tag, bytes]]:
        """Raises `Malformed`."""
        self._data += data
        while len(self._data) >= _HEADER.size:
            tag, length = _HEADER.unpack_from(self._data)
            if length > LARGEST:
                raise Malformed("too long a frame")
            end = _HEADER.size + length
            if len(self._data) < end:
                return
            payload = bytes(self._data[_HEADER.size : end])
            del self._data[:end]
            try:
                known = Tag(tag)
            except ValueError:
                raise Malformed("a frame of an unknown kind") from None
            yield known, payload


def begins(place: Place, member: str | None) -> bytes:
    return _json({"place": place, "member": member})


def begun(payload: bytes) -> tuple[Place, str | None]:
    """Raises `Malformed`."""
    values = _values(payload)
    member = values.get("member")
    if not (member is None or isinstance(member, str)):
        raise Malformed("a member without a name")
    return _place(values.get("place")), member


def said(items: Sequence[Observation]) -> Iterator[bytes]:
    """Observations, in frames of a bounded number of them."""
    for start in range(0, len(items), _AT_ONCE):
        yield _json(observations.encode(items[start : start + _AT_ONCE]))


def heard(payload: bytes) -> tuple[Observation, ...]:
    """Raises `Malformed`."""
    try:
        return observations.decode(_values(payload))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("observations of a form that does not exist") from error


def ended(place: Place, file: FileReading, spent: tuple[int, int]) -> bytes:
    """`spent`: members and unfolded bytes of the whole upload so far."""
    return _json({"place": place, "spent": spent, **encode_files([file])})


def finished(payload: bytes) -> tuple[Place, FileReading, tuple[int, int]]:
    """Raises `Malformed`."""
    values = _values(payload)
    try:
        (file,) = decode_files(values)
        members, inflated = (int(number) for number in values["spent"])
        _check(file)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("a file of a form that does not exist") from error
    if min(members, inflated) < 0:
        raise Malformed("a count below zero")
    return _place(values.get("place")), file, (members, inflated)


def _check(file: FileReading) -> None:
    """The codec takes what is stored at its word. Raises `TypeError` and `ValueError`."""
    texts = [file.source.upload, file.source.member or "", *file.certificates, *file.found]
    for problem in file.problems:
        texts += [*problem.params, *problem.params.values()]
    numbers = [file.size, *file.found.values(), *(problem.line or 0 for problem in file.problems)]
    if not (all(isinstance(text, str) for text in texts) and all(type(number) is int for number in numbers)):
        raise TypeError("a value of another type")
    if min(numbers) < 0:
        raise ValueError("a count below zero")


def _place(value: Any) -> Place:
    if not isinstance(value, list) or not value or not all(type(number) is int and number >= 0 for number in value):
        raise Malformed("a place that is none")
    return tuple(value)


def _json(value: Any) -> bytes:
    # Half a character (a surrogate) is allowed in what was read, and must come through as it is.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _values(payload: bytes) -> dict[str, Any]:
    try:
        values = json.loads(payload.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(values, dict):
        raise Malformed("not an object")
    return values
