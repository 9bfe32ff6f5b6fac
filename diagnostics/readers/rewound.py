"""A stream whose first bytes were looked at and are read again."""

import io
from typing import BinaryIO


class Rewound(io.RawIOBase):
    """Reads `head` first and then goes on with `rest`; seeks only where `rest` can, and then over the whole."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest, self._position = head, rest, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._rest.seekable()

    def read(self, size: int = -1) -> bytes:
        if self._position >= len(self._head):
            return self._rest.read(size) if size >= 0 else self._rest.read()
        if size < 0:
            first, self._position = self._head[self._position :], len(self._head)
            return first + self._rest.read()
        first = self._head[self._position : self._position + size]
        self._position += len(first)
        missing = size - len(first)
        return first + self._rest.read(missing) if missing else first

    def underlying(self) -> BinaryIO:
        """The stream itself, put back to its start; only where it can seek."""
        self._rest.seek(0)
        return self._rest
