"""Base64 and hexadecimal digits with whatever mail programs, editors and other languages leave between them."""

import binascii
import re
from typing import NamedTuple

from diagnostics.pki.bounds import LONGEST_ESCAPED

# RFC 1421's encapsulated headers, each with its continuation lines.
_HEADER = re.compile(rb"^[A-Za-z0-9-]{1,64}:[^\n]{0,1000}(?:\n[ \t][^\n]{0,1000}){0,20}\n?", re.MULTILINE)
# \n in a string, the slash of JSON, a plus or equals sign by its number, XML's line ends, HTML's, quoted-printable's "=".
_ESCAPES = re.compile(
    rb"(\\{1,8}(?:[nrt]|u000[aAdD9]))|(\\{1,8}/)|(\\{1,8}u00(?:2b|2B))|(\\{1,8}u00(?:2f|2F))|(\\{1,8}u00(?:3d|3D)|=3D)"
    rb"|(&#(?:x[0-9A-Fa-f]{1,4}|[0-9]{1,5});|<[bB][rR][ ]?/?>)"
)
_MEANT = (b"", b"", b"/", b"+", b"/", b"=", b"")
# Blanks and control characters; quotes of mail, strings and lists round each line. None is a letter of base64.
_BLANKS = b" \t\r\n\x0b\x0c"
_BETWEEN = bytes(range(0x21)) + b"\x7f>|#*\"'`,;\\"
_INVISIBLE = (b"\xc2\xa0", b"\xe2\x80\x8b", b"\xef\xbb\xbf")  # no-break space, zero-width space, byte order mark
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class Letters(NamedTuple):
    """What was meant by a text: letters of base64 alone, where it is that; `escaped`: line ends were written as \\n."""

    text: bytes
    escaped: bool


def base64_of(body: bytes) -> bytes | None:
    """What `body` decodes to; None where it is not base64."""
    if b":" in body:
        body = _HEADER.sub(b"", body)
    try:
        return binascii.a2b_base64(body.translate(None, _BLANKS), strict_mode=True)
    except binascii.Error:
        return decoded(letters(body).text)


def letters(text: bytes) -> Letters:
    """`text` without all that is no letter of base64 and stands between letters somewhere."""
    escaped = False
    if len(text) <= LONGEST_ESCAPED and (b"\\" in text or b"&" in text or b"<" in text or b"=3D" in text):
        escaped = b"\\n" in text or b"\\r" in text
        text = _ESCAPES.sub(lambda match: _MEANT[match.lastindex or 0], text)
    for mark in _INVISIBLE:
        if mark in text:
            text = text.replace(mark, b"")
    return Letters(text.translate(None, _BETWEEN), escaped)


def decoded(text: bytes) -> bytes | None:
    """Base64 of either alphabet, with its padding or without; None where it is none."""
    text = text.rstrip(b"=").translate(_URL_SAFE)
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except binascii.Error:
        return None
