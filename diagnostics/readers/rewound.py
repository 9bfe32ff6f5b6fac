"""A stream whose first bytes were looked at and are read again."""

import io
from collections.abc import Callable
from typing import BinaryIO


class Rewound(io.RawIOBase):
    """Reads `head` first and then goes on with `rest`; seeks only where `rest` can, and then over the whole.

    `moved` hears how many bytes came out of `rest`.
    """

    def __init__(self, head: bytes, rest: BinaryIO, moved: Callable[[int], None] = lambda count: None) -> None:
        self._head, self._rest, self._position, self._moved = head, rest, 0, moved

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._rest.seekable()

    def read(self, size: int = -1) -> bytes:
        end = len(self._head) if size < 0 else self._position + size
        first = self._head[self._position : end]
        self._position += len(first)
        if size >= 0 and len(first) == size:
            return first
        rest = self._rest.read(size if size < 0 else size - len(first))
        self._moved(len(rest))
        return first + rest if first else rest

    @property
    def head(self) -> bytes:
        """The first bytes, which were looked at."""
        return self._head

    def underlying(self) -> BinaryIO:
        """The stream itself, put back to its start; only where it can seek."""
        self._rest.seek(0)
        return self._rest


class Breaking(io.RawIOBase):
    """A stream that ends where `stream` raises, and keeps what it raised: what was read before is not lost with it."""

    def __init__(self, stream: Rewound, *kinds: type[Exception]) -> None:
        self._stream, self._kinds = stream, kinds
        self.fault: Exception | None = None
        self.count = 0  # bytes given out

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self.fault is not None:
            return b""
        head = len(self._stream.head) - self.count
        try:
            data = self._stream.read(min(size, head) if head > 0 and size >= 0 else size)
        except self._kinds as error:
            self.fault = error
            return b""
        self.count += len(data)
        return data
