"""Where one PEM block or DER value ends and the next begins.

1. A certificate block that is written as every program writes it is found by its dashes alone and decoded at once.
2. Whatever lies between such blocks is searched for markers of any spelling: four dashes, small letters, a mark that
   lost its partner.
3. Of each such block `layout` says whether OpenSSL would take it.

All scans are linear in the input: a file of half a million BEGIN lines without an END must not cost more.
"""

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from diagnostics.pki.layout import openssl_takes
from diagnostics.pki.loose_base64 import base64_of

# A mark without the dashes before it, which are counted afterwards: a search for dashes would try each of a long row. The
# dashes behind the label are five at most, so that "-----END X----------BEGIN X-----" leaves the next mark its own.
_MARK = re.compile(rb"(?i:(?<=--)[ \t]?(BEGIN|END)[ \t]{1,2}([^-\r\n]{1,64}?)[ \t]?-{2,5})")
# RFC 7468 has five dashes, one blank and capitals, and then any label counts; of what comes close, the ones known here.
_LABELS = ("CERTIFICATE", "CERTIFICATE REQUEST", "CRL", "PRIVATE KEY", "PUBLIC KEY", "PKCS7", "PKCS12", "CMS")
_WIDTH = 65  # of a line with its end
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----"


class PemBlock(NamedTuple):
    """One armoured block.

    Attributes:
        label: the words between BEGIN and the dashes, upper case.
        line: 1-based line of its BEGIN, or of its END where that stands alone.
        body: the bytes between the markers, still base64.
        opened, closed: whether its BEGIN, and an END of the same label, are there.
        plain: OpenSSL's PEM reader takes it as it is laid out.
        content: what the body decodes to, where that is known already.
    """

    label: str
    line: int
    body: bytes
    opened: bool = True
    closed: bool = True
    plain: bool = False
    content: bytes | None = None

    def der(self) -> bytes | None:
        """The decoded body, whatever stands between its letters left out; None where it is not base64."""
        return self.content if self.content is not None else base64_of(self.body)


def pem_blocks(data: bytes) -> Iterator[PemBlock]:
    """Every block in order, those without an END or a BEGIN too."""
    position, begin = 0, data.find(_BEGIN)
    lines = _Lines(data)
    while begin >= 0:
        # The body of a sound block has no dashes in it, so the nearest ones end it.
        end = data.find(b"-----", begin + len(_BEGIN))
        content = _at_once(data, begin, end) if end >= 0 else None
        if content is None:
            begin = data.find(_BEGIN, begin + len(_BEGIN))
            continue
        if data.find(b"-", position, begin) >= 0:
            yield from _searched(data, position, begin, lines)
        yield PemBlock("CERTIFICATE", lines.at(begin), b"", True, True, begin <= lines.seen, content)
        position = end + len(_END)
        begin = data.find(_BEGIN, position)
    yield from _searched(data, position, len(data), lines)


def marker_count(text: bytes) -> int:
    """How many marks of any spelling are in it."""
    return sum(1 for _ in _marks(text, 0, len(text)))


def _at_once(data: bytes, begin: int, end: int) -> bytes | None:
    """The content of a block without a fault in it; None where it must be looked at more closely."""
    after = end + len(_END)
    if (
        (begin > 0 and data[begin - 1] != 0x0A)
        or data[end - 1] != 0x0A
        or not data.startswith(_END, end)
        or (after < len(data) and data[after] != 0x0A)
    ):
        return None
    body = data[begin + len(_BEGIN) : end]
    # A newline behind every 64 letters and one at the end; other widths are for `layout` to judge.
    breaks = len(body) // _WIDTH
    if body[_WIDTH - 1 :: _WIDTH].count(b"\n") != breaks:
        return None
    letters = len(body) - breaks - (len(body) % _WIDTH > 0)
    padding = 2 if body.endswith(b"==\n") else int(body.endswith(b"=\n"))
    try:
        content = binascii.a2b_base64(body)
    except binascii.Error:
        return None
    # It passes over what is no letter of base64; then something is missing.
    return content if 4 * (len(content) + padding) == 3 * letters else None


class _Lines:
    """Line numbers of places that are asked for in their order."""

    def __init__(self, data: bytes) -> None:
        self._data, self._line, self._counted = data, 1, 0
        # OpenSSL takes a line that begins with a NUL for the end of the file; nothing behind it is seen.
        ends = data.find(b"\n\0") if data[:1] != b"\0" else -2
        self.seen = len(data) if ends == -1 else ends

    def at(self, position: int) -> int:
        self._line += self._data.count(b"\n", self._counted, position)
        self._counted = position
        return self._line


class _Mark(NamedTuple):
    begins: bool
    label: str
    start: int
    end: int


def _searched(data: bytes, start: int, stop: int, lines: _Lines) -> Iterator[PemBlock]:
    """The blocks in a stretch of text, by their markers."""
    opened: _Mark | None = None
    behind = start
    for mark in _marks(data, start, stop):
        if opened is not None:
            closes = not mark.begins and mark.label == opened.label
            yield _block(data, opened, mark, lines) if closes else _unclosed(data, opened, mark.start, lines)
        elif not mark.begins and data.find(b"MI", behind, mark.start) >= 0:
            yield PemBlock(mark.label, lines.at(mark.start), data[behind : mark.start], opened=False)
        opened, behind = mark if mark.begins else None, mark.end
    if opened is not None:
        yield _unclosed(data, opened, stop, lines)


def _marks(data: bytes, start: int, stop: int) -> Iterator[_Mark]:
    behind = start
    for match in _MARK.finditer(data, start, stop):
        before = data[max(behind, match.start() - 5) : match.start()]
        dashes = len(before) - len(before.rstrip(b"-"))
        label = b" ".join(match[2].split()).decode("ascii", "replace").upper()
        strict = dashes == 5 and match[0].endswith(b"-----") and data.startswith((b"BEGIN ", b"END "), match.start())
        if dashes >= 2 and (strict or label.endswith(_LABELS)):
            yield _Mark(match[1].upper() == b"BEGIN", label, match.start() - dashes, match.end())
            behind = match.end()


def _block(data: bytes, begin: _Mark, end: _Mark, lines: _Lines) -> PemBlock:
    label = begin.label.encode("ascii", "replace")
    taken = openssl_takes(data, label, begin.start, begin.end, end.start, end.end)
    plain = taken and begin.start <= lines.seen
    return PemBlock(begin.label, lines.at(begin.start), data[begin.end : end.start], plain=plain)


def _unclosed(data: bytes, begin: _Mark, stop: int, lines: _Lines) -> PemBlock:
    return PemBlock(begin.label, lines.at(begin.start), data[begin.end : stop], closed=False)


def der_values(data: bytes) -> Iterator[bytes]:
    """The DER SEQUENCEs that `data` consists of, one after the other; last, as it is, what starts none or is cut off.

    Blanks and NULs between and after them (a text-mode transfer, a padded file) are passed over.
    """
    position = 0
    while position < len(data):
        if data[position] in b"\r\n\0 \t":
            position += 1
            continue
        length = der_length(data, position)
        if length is None or position + length > len(data):
            yield data[position:]
            return
        yield data[position : position + length]
        position += length


def der_length(data: bytes, position: int = 0) -> int | None:
    """Bytes of the SEQUENCE at `position`, header included; None where none of definite length starts there."""
    header = data[position : position + 6]
    if len(header) < 2 or header[0] != 0x30:
        return None
    first = header[1]
    if first < 0x80:
        return 2 + first
    octets = first & 0x7F
    if not 1 <= octets <= 4 or len(header) < 2 + octets:
        return None
    return 2 + octets + int.from_bytes(header[2 : 2 + octets], "big")
