"""Where one PEM block or DER value ends and the next begins; nothing is decoded beyond that.

Both scans are linear in the input: a file of half a million BEGIN lines without an END must not cost more.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKER = re.compile(rb"-----(BEGIN|END) ([^-\r\n]{1,64}?)-----")
_HEADER = re.compile(rb"^[A-Za-z0-9-]+:.*(?:\r?\n[ \t].*)*\r?\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PemBlock:
    """One armoured block.

    Attributes:
        label: the words between BEGIN and the dashes, upper case.
        line: 1-based line of its BEGIN.
        body: the bytes between the markers, still base64.
        closed: an END of the same label follows.
    """

    label: str
    line: int
    body: bytes
    closed: bool

    def der(self) -> bytes | None:
        """The decoded body, encapsulated headers (RFC 1421) left out; None where it is not base64."""
        body = _HEADER.sub(b"", self.body) if b":" in self.body else self.body
        try:
            return base64.b64decode(b"".join(body.split()), validate=True)
        except (binascii.Error, ValueError):
            return None


def pem_blocks(data: bytes) -> Iterator[PemBlock]:
    """Every block in order, unclosed ones too."""
    opened: re.Match[bytes] | None = None
    line, counted = 1, 0
    for marker in _MARKER.finditer(data):
        if marker[1] == b"BEGIN":
            if opened is not None:
                yield _block(data, opened, line, marker.start(), closed=False)
            line += data.count(b"\n", counted, marker.start())
            counted, opened = marker.start(), marker
        elif opened is not None:
            yield _block(data, opened, line, marker.start(), closed=marker[2].upper() == opened[2].upper())
            opened = None
    if opened is not None:
        yield _block(data, opened, line, len(data), closed=False)


def _block(data: bytes, opened: re.Match[bytes], line: int, end: int, *, closed: bool) -> PemBlock:
    label = opened[2].decode("ascii", "replace").upper()
    return PemBlock(label=label, line=line, body=data[opened.end() : end], closed=closed)


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
