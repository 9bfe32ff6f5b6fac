"""Certificates in text that has no armour: base64 or hexadecimal digits somewhere in a mail, a configuration, JSON, XML.

What begins like a DER value says how long it is, so exactly that many letters are taken; what follows plays no part.
Whatever does not turn out to be something is paid for from an allowance, so that text made of beginnings alone is left
in time that grows with the file.
"""

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from diagnostics.pki.bounds import WASTED_BYTES
from diagnostics.pki.framing import der_length
from diagnostics.pki.loose_base64 import decoded, letters

# A SEQUENCE with a length of one to three octets begins with these letters; PEM that was encoded once more with those.
_BASE64 = re.compile(rb"(?<![A-Za-z0-9+/_-])MI[A-Za-z0-9+/_-]")
_PEM_IN_BASE64 = re.compile(rb"(?<![A-Za-z0-9+/])LS0tLS1CRUdJTi[A-Za-z0-9+/\s]{20,}")
_HEX = re.compile(rb"(?<![0-9A-Fa-f])(?:0x|\\x)?30[\s:,-]{0,4}(?:0x|\\x)?8[123](?=[\s:,\\x0-9A-Fa-f-])")
_PREFIX = re.compile(rb"0x|\\x")
_BETWEEN_DIGITS = b" \t\r\n:,;-{}\"'>\\"

# How the values begin that are worth a look: a certificate, request, list or key in a SEQUENCE; PKCS#7's object
# identifier; the version of PKCS#12, PKCS#8, PKCS#1 and SEC1.
_WORTH = re.compile(
    rb"\x30(?:\x81.|\x82..|\x83...)"
    rb"(?:\x30(?:[\x02-\x7f]|\x81.|\x82..|\x83...)[\x02\x06\x30\xa0]|\x06\x09\x2a|\x02\x01[\x00\x01\x03])",
    re.DOTALL,
)
_HEAD = 18  # bytes that tell
_IN_VAIN = 256  # bytes of the allowance for a beginning that is none: it takes as long as to decode so many
_GAPS = 2  # a blank line after every line, quotes round each: never more between the letters than letters


class Value(NamedTuple):
    """A DER value in text: where it begins, its bytes, how long it says that it is, and bytes of text looked at for it."""

    start: int
    der: bytes
    announced: int
    looked_at: int

    @property
    def whole(self) -> bool:
        return len(self.der) == self.announced


class Allowance:
    """How many bytes may still be tried in vain."""

    def __init__(self, size: int) -> None:
        self.left = WASTED_BYTES * size + 4096

    def spend(self, count: int) -> None:
        self.left -= count

    @property
    def spent(self) -> bool:
        return self.left < 0


def base64_values(text: bytes, allowance: Allowance) -> Iterator[Value]:
    """What may be a value, in the order of the text; whoever finds it to be none spends of the allowance."""
    position = 0
    while not allowance.spent and (match := _BASE64.search(text, position)):
        value = _in_base64(text, match.start())
        position = match.end()
        if value is not None:
            yield value
            position = max(position, match.start() + (len(value.der) * 4 // 3 if value.whole else 0))
        else:
            allowance.spend(_IN_VAIN)


def _in_base64(text: bytes, start: int) -> Value | None:
    head = decoded(letters(text[start : start + 3 * _HEAD]).text[: _HEAD * 4 // 3])
    length = der_length(head) if head is not None and _WORTH.match(head) else None
    if length is None:
        return None
    wanted = -(-length * 4 // 3)  # without padding
    window = text[start : start + _GAPS * wanted + 64]
    found = _run(letters(window).text, wanted)
    content = decoded(found if len(found) % 4 != 1 else found[:-1]) or b""
    return Value(start, content[:length], length, len(window))


_LETTERS = re.compile(rb"[A-Za-z0-9+/_-]*")


def _run(text: bytes, most: int) -> bytes:
    match = _LETTERS.match(text, 0, most)
    return match[0] if match else b""


def hex_values(text: bytes, allowance: Allowance) -> Iterator[Value]:
    """The same of hexadecimal digits: 3082, 30 82, 30:82, 0x30, 0x82, \\x30\\x82."""
    position = 0
    while not allowance.spent and (match := _HEX.search(text, position)):
        value = _in_hex(text, match.start())
        position = match.end()
        if value is not None:
            yield value
            position = max(position, match.start() + (2 * len(value.der) if value.whole else 0))
        else:
            allowance.spend(_IN_VAIN)


def _in_hex(text: bytes, start: int) -> Value | None:
    head = _digits(text[start : start + 8 * _HEAD], _HEAD)
    length = der_length(head) if _WORTH.match(head) else None
    if length is None:
        return None
    window = text[start : start + 8 * length]
    return Value(start, _digits(window, length), length, len(window))


_DIGITS = re.compile(rb"(?:[0-9A-Fa-f]{2})*")


def _digits(text: bytes, most: int) -> bytes:
    if b"x" in text:
        text = _PREFIX.sub(b"", text)
    match = _DIGITS.match(text.translate(None, _BETWEEN_DIGITS), 0, 2 * most)
    return binascii.unhexlify(match[0]) if match else b""


def encoded_pem(text: bytes) -> Iterator[bytes]:
    """PEM that was encoded as base64 once more, decoded: a secret of Kubernetes, a form's field, an attachment."""
    for match in _PEM_IN_BASE64.finditer(text):
        run = b"".join(match[0].split())
        content = decoded(run[: len(run) // 4 * 4])
        if content is not None:
            yield content
