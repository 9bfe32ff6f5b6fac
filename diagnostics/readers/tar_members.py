"""tar, header by header, within bounds that the library does not set.

tarfile keeps every header it has seen, takes sparse maps and extended headers of any length, searches them with a pattern
that takes time in the square of their length (CVE-2024-6232), holds a damaged header in the middle for the end, and reads
a stream in pieces of 10 kB, each copied four times. All of that is put right here.
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from tarfile import TarError, TarFile, TarInfo
from typing import Any, BinaryIO, cast

from diagnostics.readers.bounds import LONGEST_TAR_HEADER

__all__ = ["Member", "TarError", "members"]

_AT_ONCE = 1024 * 1024  # bytes held while a member is passed over
_EXTENDED = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
_LONG_NAMES = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)


@dataclass(slots=True)
class Member:
    """One member; `read` gives its bytes in order, until the next member is asked for."""

    info: TarInfo
    _stream: "_Forward"
    _position: int = 0

    def read(self, size: int) -> bytes:
        wanted = min(size, self.info.size - self._position)
        if wanted <= 0:
            return b""
        self._stream.seek(self.info.offset_data + self._position)
        data = self._stream.read(wanted)
        if len(data) < wanted and not data:
            raise _headers.ReadError("cut off in the middle of a member")
        self._position += len(data)
        return data


def members(stream: BinaryIO) -> Iterator[Member]:
    """Every member in order. Raises `TarError` where the archive is damaged."""
    forward = _Forward(stream)
    with tarfile.open(fileobj=cast(BinaryIO, forward), mode="r:", tarinfo=_Header) as archive:
        while (info := archive.next()) is not None:
            cast(Any, archive).members.clear()  # else all headers stay until the archive is closed
            yield Member(info, forward)


class _Forward:
    """A stream that seeks ahead alone, by reading; it has the few methods that tarfile asks a file for."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._position = stream, 0

    def read(self, size: int) -> bytes:
        """All of `size`, less at the end alone."""
        parts = []
        while size > 0:
            part = self._stream.read(min(size, _AT_ONCE))
            if not part:
                break
            parts.append(part)
            size -= len(part)
            self._position += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> int:
        if position < self._position:
            raise _headers.StreamError("a tar is read forwards alone")
        while self._position < position:
            part = self._stream.read(min(position - self._position, _AT_ONCE))
            if not part:
                break  # the next read says that it was cut off
            self._position += len(part)
        return self._position


class _Header(TarInfo):
    """A header whose extensions are read in bounded time and memory."""

    @classmethod
    def fromtarfile(cls, tarfile: TarFile) -> "_Header":  # the library passes it by position
        try:
            return super().fromtarfile(tarfile)
        except (_headers.InvalidHeaderError, _headers.TruncatedHeaderError, _headers.EmptyHeaderError) as error:
            if tarfile.offset == 0:
                raise
            # `TarFile.next` takes this for the end of the archive; a sound one ends with blocks of zeros.
            raise _headers.ReadError(f"cut off or damaged, no end mark ({error})") from error

    def _proc_member(self, archive: TarFile) -> TarInfo:
        if self.type in (*_EXTENDED, *_LONG_NAMES) and self.size > LONGEST_TAR_HEADER:
            raise _headers.ReadError("an extended header is too long")
        if self.type == _headers.GNUTYPE_SPARSE:
            raise _headers.ReadError("sparse files are not read")
        return cast(TarInfo, super()._proc_member(archive))  # type: ignore[misc]

    def _proc_pax(self, archive: TarFile) -> TarInfo:
        """Path and size from an extended header (POSIX.1-2008, "pax Header Block"); a global one is passed over."""
        own: Any = self  # the library's own methods, which its type stubs leave out
        data = cast(Any, archive.fileobj).read(own._block(self.size))[: self.size]
        described = self.fromtarfile(archive)
        if self.type == _headers.XGLTYPE:
            return described
        values = _records(data)
        if any(key.startswith("GNU.sparse.") for key in values):
            raise _headers.ReadError("sparse files are not read")
        if "path" in values:
            described.name = values["path"].rstrip("/")
        if "size" in values:
            self._resize(archive, described, values["size"])
        return described

    def _resize(self, archive: TarFile, described: "_Header", size: str) -> None:
        if not (size.isascii() and size.isdigit() and len(size) <= 18):
            raise _headers.ReadError("an extended header has a size that is no number")
        described.size = int(size)
        blocks = -(-described.size // _headers.BLOCKSIZE)
        archive.offset = described.offset_data + blocks * _headers.BLOCKSIZE


_headers: Any = tarfile  # names that the library has and its type stubs leave out


def _records(data: bytes) -> dict[str, str]:
    """The records `<length> <keyword>=<value>` and a line feed, each with the length of itself."""
    values: dict[str, str] = {}
    position = 0
    while position < len(data) and data[position] != 0:
        blank = data.find(b" ", position, position + 10)
        digits = data[position:blank] if blank > 0 else b""
        if not digits.isdigit() or position + int(digits) > len(data) or int(digits) < 5:
            raise _headers.ReadError("an extended header is malformed")
        keyword, equals, value = data[blank + 1 : position + int(digits) - 1].partition(b"=")
        if not equals:
            raise _headers.ReadError("an extended header is malformed")
        values[keyword.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        position += int(digits)
    return values
