"""Whether a PEM block is laid out as OpenSSL's reader takes it (crypto/pem/pem_lib.c of 3.0).

Other programs are kinder: they take indented blocks, several on one line, small letters. What OpenSSL does not take, an
Expressway may refuse on upload, so the difference is worth a word. Where the reader's own rules are a matter of the
length of its buffer, the answer is no.
"""

import binascii

_PIECE = 254  # bytes that the reader takes of one line at a time
_LARGE = 256 * 1024
_COLUMNS = 64  # that lines must have once a blank line was there, but for the last


def openssl_takes(data: bytes, label: bytes, begin: int, body: int, end: int, after: int) -> bool:
    """Whether it takes the block whose BEGIN stands at `begin` to `body` and whose END at `end` to `after`."""
    if data[begin:body] != b"-----BEGIN " + label + b"-----" or data[end:after] != b"-----END " + label + b"-----":
        return False  # other dashes, small letters, two blanks
    if not _starts_a_line(data, begin) or data[end - 1 : end] != b"\n":
        return False
    first_break = data.find(b"\n", body, end)
    if first_break < 0 or _trimmed(data[body:first_break]):
        return False
    last_break = data.find(b"\n", after, after + _PIECE)
    if _trimmed(data[after : last_break if last_break >= 0 else after + _PIECE]):
        return False
    return _body_is_taken(data[first_break + 1 : end])


def _starts_a_line(data: bytes, position: int) -> bool:
    return position == 0 or data[position - 1] == 0x0A or (position == 3 and data.startswith(b"\xef\xbb\xbf"))


def _trimmed(line: bytes) -> bytes:
    """Less what the reader cuts off at the end of a line: blanks, control characters, and what is not ASCII."""
    end = len(line)
    while end and not 0x21 <= line[end - 1] < 0x80:
        end -= 1
    return line[:end]


def _body_is_taken(body: bytes) -> bool:
    if b":" in body:
        return False  # encapsulated headers (RFC 1421) are for encrypted keys alone
    if len(body) > _LARGE and body.count(b"\n") > len(body) // 8:
        return False  # so many lines of a few letters are not worth their memory
    lines = [_trimmed(line) for line in body[:-1].split(b"\n")]
    if any(len(line) >= _PIECE and len(line) % _PIECE == 0 for line in lines):
        return False
    if lines and not lines[0]:
        # An empty header, after which the columns count.
        lines = lines[1:]
        if any(len(line) != _COLUMNS for line in lines[:-1]) or len(lines[-1:] or b"") > _COLUMNS:
            return False
    if not lines or not all(lines):
        return False
    text = b"".join(lines).translate(None, b" \t\r")
    if len(text) % 4 or text.endswith(b"==="):
        return False  # which Python takes
    try:
        binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return False
    return True
