"""BER with indefinite lengths and strings in pieces, as Keychain of macOS and NSS write it -> the same as DER."""

from diagnostics.pki import der
from diagnostics.pki.errors import NotDer

_DEEPEST = 32  # values in values; a container with a certificate in it has 15
_MOST_VALUES = 200_000  # in one; a trust store of 5,000 certificates has 85,000
_INDEFINITE = 0x80
_CONSTRUCTED = 0x20
_END = b"\0\0"


def encoded(tag: int, *contents: bytes) -> bytes:
    """One value with a definite length."""
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def definite(data: bytes) -> bytes:
    """The value that `data` starts with. Raises `NotDer`, also where it is made of very many.

    Octet strings are not looked into, so whatever is signed in them stays as it was.
    """
    return _Walk(data).value(0, len(data), _DEEPEST)[0]


class _Walk:
    def __init__(self, data: bytes) -> None:
        self._data, self._left = data, _MOST_VALUES

    def value(self, position: int, limit: int, depth: int) -> tuple[bytes, int]:
        """The value at `position` as DER, and where it ends."""
        self._left -= 1
        if not depth or self._left < 0:
            raise NotDer("too many values, or too deep in one another")
        tag, start, end = self._header(position, limit)
        if tag & _CONSTRUCTED:
            return self._pieces(tag, start, limit if end is None else end, end, depth)
        if end is None:
            raise NotDer("an indefinite length of a value without parts")
        return self._data[position:end], end

    def _header(self, position: int, limit: int) -> tuple[int, int, int | None]:
        """The tag, where the content begins, and where it ends; None: at the next mark of an end."""
        if position + 2 > limit:
            raise NotDer("cut off in a header")
        tag, length = self._data[position], self._data[position + 1]
        start = position + 2
        if length == _INDEFINITE:
            return tag, start, None
        if length > _INDEFINITE:
            start += length - _INDEFINITE
            length = int.from_bytes(self._data[position + 2 : start], "big")
        if tag & 0x1F == 0x1F or start + length > limit:
            raise NotDer("a tag of several octets, or cut off")
        return tag, start, start + length

    def _pieces(self, tag: int, position: int, limit: int, end: int | None, depth: int) -> tuple[bytes, int]:
        """A value that consists of others, up to `end`, or to the mark of an end where that is None."""
        parts: list[bytes] = []
        while position != end:
            if end is None and self._data[position : position + 2] == _END:
                position += 2
                break
            part, position = self.value(position, limit, depth - 1)
            parts.append(part)
        if tag == der.OCTET_STRING | _CONSTRUCTED:
            tag, parts = der.OCTET_STRING, [der.first(part).expect(der.OCTET_STRING).content for part in parts]
        return encoded(tag, *parts), position
