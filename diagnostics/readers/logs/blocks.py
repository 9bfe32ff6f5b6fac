"""The lines of a log that hold a mark, in one pass over a stream with bounded memory.

1. Read a block and cut it at its last line break; what is behind it is carried over to the next block.
2. Look for each mark with `bytes.find`, which skips by the length of the mark; no other line is looked at.
3. Count line breaks with `bytes.count`, up to each line that is given out and to the end of the block.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from diagnostics.pki.loading import utf16_as_utf8

BLOCK = 512 * 1024  # bytes; what is searched nine times over should stay in the processor's cache
LONGEST_CARRY = 1024 * 1024  # a line without end is cut into pieces of at most that
LONGEST_HEAD = 64 * 1024  # first bytes that are kept
LONGEST_LINE = 16 * 1024  # of a longer one, what stands around the mark is looked at
_BEFORE, _BEHIND = 1024, 3072  # around a mark in such a line
_RECORD_BEGINS = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\s\"]{0,16} [\w.:-]{1,253} [\w./-]{1,40}(?:\[\d{1,8}\])?:"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Bytes that a line of interest holds; `behind` is asked where they begin, whether what follows is of interest."""

    text: bytes
    wanted: Callable[[bytes, int], bool] | None = None


@dataclass(slots=True)
class Progress:
    """How far the pass has come: lines behind it, and the first and the last bytes of all."""

    lines: int = 0
    head: bytes = b""
    tail: bytes = b""


def marked_lines(stream: BinaryIO, marks: tuple[Mark, ...], progress: Progress) -> Iterator[tuple[int, bytes]]:
    """Each line that holds a mark, once, with its 1-based number; `progress.lines` counts all lines at the end.

    A line longer than `LONGEST_LINE` is given out in parts, one for each mark in it that stands apart from the last.
    """
    carry = b""
    ends_in_line = False
    for block in _blocks(stream):
        progress.head = progress.head or block[:LONGEST_HEAD]
        progress.tail = block[-LONGEST_HEAD:] if len(block) >= LONGEST_HEAD else (progress.tail + block)[-LONGEST_HEAD:]
        data = carry + block if carry else block
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) < LONGEST_CARRY:
            carry = data
            continue
        cut = cut or len(data)
        carry, data = data[cut:], data[:cut]
        yield from _in_block(data, marks, progress.lines)
        progress.lines += data.count(b"\n")
        ends_in_line = not data.endswith(b"\n")
    if carry:
        yield from _in_block(carry, marks, progress.lines)
    if carry or ends_in_line:
        progress.lines += 1


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks of the stream; UTF-16, told as `pki.loading.utf16_as_utf8` does it, becomes UTF-8."""
    block = stream.read(BLOCK)
    decoder = None
    if utf16_as_utf8(block[:64]) is not None:
        big = block.startswith(codecs.BOM_UTF16_BE) or not block[0]
        decoder = codecs.getincrementaldecoder("utf-16-be" if big else "utf-16-le")("replace")
    while block:
        yield decoder.decode(block).encode("utf-8", "replace") if decoder else block
        block = stream.read(BLOCK)


def _in_block(data: bytes, marks: tuple[Mark, ...], lines_before: int) -> Iterator[tuple[int, bytes]]:
    spans: dict[int, int] = {}
    for mark in marks:
        spans.update(_spans(data, mark))
    counted, number = 0, lines_before + 1
    for start, end in sorted(spans.items()):
        number += data.count(b"\n", counted, start)
        counted = start
        yield number, data[start:end]


def _spans(data: bytes, mark: Mark) -> Iterator[tuple[int, int]]:
    position = data.find(mark.text)
    while position >= 0:
        if mark.wanted is not None and not mark.wanted(data, position + len(mark.text)):
            position = data.find(mark.text, position + len(mark.text))
            continue
        lowest = max(position - LONGEST_LINE, 0)
        before = data.rfind(b"\n", lowest, position)
        end = data.find(b"\n", position, position + LONGEST_LINE)
        if end < 0 and len(data) - position <= LONGEST_LINE:
            end = len(data)
        start = before + 1 if before >= 0 or not lowest else -1
        if start < 0 or end < 0 or end - start > LONGEST_LINE:
            start, end = _around(data, position)
        yield start, end
        position = data.find(mark.text, max(end, position + len(mark.text)))


def _around(data: bytes, position: int) -> tuple[int, int]:
    """The record that the position is in, in a line of many; where none begins near it, what stands around it."""
    start = max(data.rfind(b"\n", 0, position) + 1, position - _BEFORE)
    for match in _RECORD_BEGINS.finditer(data, start, position):
        start = match.start()
    follows = _RECORD_BEGINS.search(data, position, position + _BEHIND)
    end = follows.start() if follows else min(position + _BEHIND, len(data))
    stop = data.find(b"\n", position, end)
    return start, stop if stop >= 0 else end
