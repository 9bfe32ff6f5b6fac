"""gzip, bzip2 and xz, unfolded in steps of bounded size; several streams may stand one behind the other.

The libraries' own files are not used. They take a stored file name of any length into memory or byte by byte, they know
no bound on what an xz dictionary takes, and they lose what they have unfolded where the end turns out to be wrong.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Protocol, cast

from diagnostics.readers.base import Kind
from diagnostics.readers.bounds import LONGEST_GZIP_FIELD, MOST_STREAMS, XZ_MEMORY

try:  # 1.6 times as fast as zlib on base64, 2.7 times on a log; there is no wheel of it for every machine
    from isal import igzip_lib, isal_zlib

    _INFLATE_FAULTS = (cast(type[Exception], igzip_lib.IsalError),)
    _crc32: Callable[[bytes, int], int] = isal_zlib.crc32
except ImportError:
    igzip_lib = None  # type: ignore[assignment]
    _INFLATE_FAULTS = (zlib.error,)
    _crc32 = zlib.crc32

_STEP = 64 * 1024  # packed bytes at a time: what one step unfolds to is lost where the data break off in it
_TEXT, _CHECKED, _EXTRA, _NAMED, _COMMENTED = 1, 2, 4, 8, 16  # flags of a gzip header


class BrokenStream(ValueError):
    """The packed data are damaged, cut off, or made to cost more than is spent on them."""


class _Decompressor(Protocol):
    """As the libraries have it, for one stream."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Packed:
    """The packed bytes, of which some may be put back."""

    def __init__(self, take: Callable[[int], bytes]) -> None:
        self._take, self._kept = take, b""

    def some(self) -> bytes:
        """What comes next, empty at the end."""
        kept, self._kept = self._kept, b""
        return kept or self._take(_STEP)

    def back(self, data: bytes) -> None:
        self._kept = data + self._kept

    def exactly(self, count: int) -> bytes:
        parts, missing = [], count
        while missing:
            part = self.some()
            if not part:
                raise BrokenStream("cut off")
            parts.append(part[:missing])
            self.back(part[missing:])
            missing -= len(parts[-1])
        return b"".join(parts)

    def after_padding(self) -> bool:
        """Pass over NULs; whether anything follows them."""
        while part := self.some():
            if rest := part.lstrip(b"\0"):
                self.back(rest)
                return True
        return False


class _Gzip:
    """RFC 1952. The check sum is looked at here, so that what was unfolded comes out before a wrong one is told."""

    def __init__(self, packed: _Packed) -> None:
        self._header(packed)
        self.inside: _Decompressor = new_inflate()
        self._crc = self._size = 0

    def _header(self, packed: _Packed) -> None:
        fixed = packed.exactly(10)
        if fixed[:3] != b"\x1f\x8b\x08":
            raise BrokenStream("not a gzip stream")
        flags = fixed[3]
        if flags & ~(_TEXT | _CHECKED | _EXTRA | _NAMED | _COMMENTED):
            raise BrokenStream("a gzip header with flags that do not exist")
        if flags & _EXTRA:
            packed.exactly(int.from_bytes(packed.exactly(2), "little"))
        for flag in (_NAMED, _COMMENTED):
            if flags & flag:
                _text(packed)
        if flags & _CHECKED:
            packed.exactly(2)

    def unfolded(self, data: bytes) -> None:
        self._crc, self._size = _crc32(data, self._crc), self._size + len(data)

    def check_end(self, packed: _Packed) -> None:
        trailer = packed.exactly(8)
        if int.from_bytes(trailer[:4], "little") != self._crc:
            raise BrokenStream("the check sum is wrong")
        if int.from_bytes(trailer[4:], "little") != self._size & 0xFFFFFFFF:
            raise BrokenStream("the length is wrong")


def _text(packed: _Packed) -> None:
    """A field that a NUL ends."""
    seen = 0
    while seen <= LONGEST_GZIP_FIELD:
        part = packed.some()
        if not part:
            raise BrokenStream("cut off")
        end = part.find(0)
        if end >= 0:
            packed.back(part[end + 1 :])
            return
        seen += len(part)
    raise BrokenStream("a gzip header is too long")


class _Checked:
    """bzip2 and xz: the library looks at header and check sums."""

    def __init__(self, inside: _Decompressor) -> None:
        self.inside = inside

    def unfolded(self, data: bytes) -> None:
        pass

    def check_end(self, packed: _Packed) -> None:
        pass


def _xz(packed: _Packed) -> _Checked:
    return _Checked(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY))


def _bzip2(packed: _Packed) -> _Checked:
    return _Checked(bz2.BZ2Decompressor())


_FORMS: dict[Kind, Callable[[_Packed], "_Gzip | _Checked"]] = {Kind.GZIP: _Gzip, Kind.BZIP2: _bzip2, Kind.XZ: _xz}
FOLDED = frozenset(_FORMS)


class Unfolding:
    """What is inside packed streams. `take` gives at most so many of the packed bytes, none at their end."""

    def __init__(self, take: Callable[[int], bytes], kind: Kind) -> None:
        self._packed, self._form = _Packed(take), _FORMS[kind]
        self._stream: _Gzip | _Checked | None = None
        self._streams = 0

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size` and at least 1; none at the end. Raises `BrokenStream`."""
        try:
            while self._stream is not None or self._begin():
                if data := self._step(size):
                    return data
            return b""
        except (zlib.error, lzma.LZMAError, OSError, EOFError, *_INFLATE_FAULTS) as error:
            raise BrokenStream(str(error) or type(error).__name__) from error

    def _begin(self) -> bool:
        """The next stream, where there is one."""
        if self._streams and not self._packed.after_padding():
            return False
        self._streams += 1
        if self._streams > MOST_STREAMS:
            raise BrokenStream(f"more than {MOST_STREAMS} streams one behind the other")
        self._stream = self._form(self._packed)
        return True

    def _step(self, size: int) -> bytes:
        stream = self._stream
        assert stream is not None
        inside = stream.inside
        if inside.eof:
            stream.check_end(self._packed)
            self._stream = None
            return b""
        fresh = b""
        if inside.needs_input:
            fresh = self._packed.some()
            if not fresh:
                raise BrokenStream("cut off")
        data = inside.decompress(fresh, size)
        if inside.eof:
            self._packed.back(inside.unused_data)
        stream.unfolded(data)
        return data


def new_inflate() -> _Decompressor:
    """For raw deflate data (RFC 1951)."""
    if igzip_lib is None:
        return StandardInflate()
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)


class StandardInflate:
    """zlib behind the interface that bz2, lzma and isal share."""

    def __init__(self) -> None:
        self._inside: Any = zlib.decompressobj(-15)
        self._full = False  # there may be more of what was handed in already

    @property
    def eof(self) -> bool:
        return bool(self._inside.eof)

    @property
    def needs_input(self) -> bool:
        return not (self._inside.unconsumed_tail or self._full)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inside.unused_data)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        unfolded: bytes = self._inside.decompress(self._inside.unconsumed_tail + data, max_length)
        self._full = len(unfolded) == max_length
        return unfolded
