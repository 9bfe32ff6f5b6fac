"""zip, tar and gzip, member by member, within one budget for a whole upload.

Nothing is extracted: a member is a stream, its name is only text. Links, devices and names that point outside are
refused, and sizes are counted while unfolding because headers may say anything.
"""

import gzip
import io
import posixpath
import re
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from diagnostics.readers.base import MIB, Limits, Outcome, Problem, ProblemCode
from diagnostics.readers.rewound import Rewound

_LONGEST_TAR_HEADER = MIB  # of one extended header, which tarfile holds in memory; real ones have some hundred bytes
_LARGEST_DIRECTORY = 16 * MIB  # of a zip, which zipfile holds in memory; about 200,000 entries

STREAM_FAULTS = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)


class ArchiveError(Exception):
    """An archive or a member of it cannot be read (further).

    `ends_archive`: nothing after it can be read either (a stream that broke, a budget that is used up).
    """

    def __init__(self, problem: Problem, outcome: Outcome, *, ends_archive: bool = True) -> None:
        super().__init__(problem.code.value)
        self.problem, self.outcome, self.ends_archive = problem, outcome, ends_archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One member: its name, its announced size in bytes, how to open it; or why it is refused."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]
    problem: Problem | None = None


class Budget:
    """What all archives of one upload may still cost together."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._members = 0
        self._inflated = 0

    def member(self) -> None:
        """Count a member. Raises `ArchiveError` beyond the limit."""
        self._members += 1
        if self._members > self.limits.members:
            raise refusal(ProblemCode.TOO_MANY_MEMBERS, limit=str(self.limits.members))

    def inflate(self, count: int) -> None:
        """Count unfolded bytes. Raises `ArchiveError` beyond the limit."""
        self._inflated += count
        if self._inflated > self.limits.inflated:
            raise refusal(ProblemCode.UNFOLDS_TOO_FAR, limit=f"{self.limits.inflated // MIB} MiB")

    def check_ratio(self, unfolded: int, packed: int) -> None:
        """Raises `ArchiveError` where so few bytes unfold to so many."""
        if unfolded > self.limits.ratio_floor and unfolded > self.limits.ratio * max(packed, 1):
            raise refusal(ProblemCode.RATIO, limit=str(self.limits.ratio))


def refusal(code: ProblemCode, *, ends_archive: bool = True, **params: str) -> ArchiveError:
    """The error for a bound that was reached."""
    return ArchiveError(Problem(code=code, params=params), Outcome.REFUSED, ends_archive=ends_archive)


class _Tapped(io.RawIOBase):
    """A stream that counts the bytes taken from it; it does not seek, so nothing is counted twice."""

    def __init__(self, inner: BinaryIO, on_bytes: Callable[[int], None] | None = None) -> None:
        self._inner, self._on_bytes, self.count = inner, on_bytes, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        parts = []
        while size != 0:
            data = self._inner.read(min(size, MIB) if size > 0 else MIB)
            if not data:
                break
            self.count += len(data)
            if self._on_bytes is not None:
                self._on_bytes(len(data))
            parts.append(data)
            size = size - len(data) if size > 0 else size
        return b"".join(parts)


@contextmanager
def unfolded_gzip(stream: Rewound, budget: Budget) -> Iterator[BinaryIO]:
    """What is inside a gzip stream, counted. Raises `ArchiveError` where it breaks off or unfolds too far."""
    packed = _Tapped(cast(BinaryIO, stream))
    unfolded: _Tapped

    def count(size: int) -> None:
        budget.inflate(size)
        budget.check_ratio(unfolded.count, packed.count)

    with gzip.GzipFile(fileobj=cast(BinaryIO, packed)) as inner:
        unfolded = _Tapped(cast(BinaryIO, inner), count)
        yield cast(BinaryIO, unfolded)


def tar_entries(stream: BinaryIO, budget: Budget) -> Iterator[Entry]:
    """The members of a tar in order; each must be read before the next is asked for."""
    try:
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_BoundedTarInfo) as archive:
            for info in archive:
                budget.member()
                if info.isdir():
                    continue
                problem = None if info.isreg() else Problem(code=ProblemCode.NOT_A_FILE)
                yield _entry(info.name, info.size, _tar_opener(archive, info), problem)
    except STREAM_FAULTS as error:
        raise damaged(error) from error


def zip_entries(stream: Rewound, budget: Budget) -> Iterator[Entry]:
    """The members of a zip in its directory's order; a zip inside another archive is spooled, since zip must seek."""
    with _seekable(stream, budget) as file:
        try:
            _check_directory(file, budget)
            with zipfile.ZipFile(file) as archive:
                if "[Content_Types].xml" in archive.namelist():
                    problem = Problem(code=ProblemCode.NOT_READ_YET)
                    raise ArchiveError(problem, Outcome.NOT_READ)
                for info in archive.infolist():
                    if not info.is_dir():
                        yield _zip_entry(archive, info, budget)
        except STREAM_FAULTS as error:
            raise damaged(error) from error


def damaged(error: BaseException, code: ProblemCode = ProblemCode.DAMAGED_ARCHIVE) -> ArchiveError:
    """A library's complaint as ours; `OSError` and friends have words of their own."""
    words = str(error) or type(error).__name__
    return ArchiveError(Problem(code=code, params={"detail": words[:200]}), Outcome.NOT_READ)


def _zip_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Entry:
    budget.member()
    problem = None
    if info.flag_bits & 0x1:
        problem = Problem(code=ProblemCode.ENCRYPTED_MEMBER)
    try:
        budget.check_ratio(info.file_size, info.compress_size)
    except ArchiveError as error:
        problem = error.problem
    return _entry(info.filename, info.file_size, _zip_opener(archive, info, budget), problem)


def _zip_opener(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget
) -> Callable[[], AbstractContextManager[BinaryIO]]:
    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        try:
            with archive.open(info) as member:
                unfolded: _Tapped

                def count(size: int) -> None:
                    budget.inflate(size)
                    budget.check_ratio(unfolded.count, info.compress_size)

                unfolded = _Tapped(cast(BinaryIO, member), count)
                yield cast(BinaryIO, unfolded)
        except (*STREAM_FAULTS, RuntimeError) as error:
            # The next member starts at its own place in the file, so one bad member ends nothing.
            fault = damaged(error, ProblemCode.DAMAGED_MEMBER)
            fault.ends_archive = False
            raise fault from error

    return opened


def _tar_opener(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], AbstractContextManager[BinaryIO]]:
    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        member = archive.extractfile(info)  # a stream over the archive; nothing is written anywhere
        if member is None:
            raise damaged(ValueError(info.name), ProblemCode.DAMAGED_MEMBER)
        try:
            yield cast(BinaryIO, _Tapped(cast(BinaryIO, member)))
        except STREAM_FAULTS as error:
            raise damaged(error) from error

    return opened


def _entry(
    name: str,
    size: int,
    opener: Callable[[], AbstractContextManager[BinaryIO]],
    problem: Problem | None,
) -> Entry:
    shown, safe = safe_name(name)
    if not safe:
        problem = Problem(code=ProblemCode.UNSAFE_NAME)
    return Entry(name=shown, size=size, open=opener, problem=problem)


def safe_name(name: str) -> tuple[str, bool]:
    """A member's name fit to be shown (control characters replaced), and whether it stays inside its archive."""
    slashed = name.replace("\\", "/")
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in slashed)[:400]
    parts = slashed.split("/")
    outside = slashed.startswith("/") or ".." in parts or re.match(r"^[A-Za-z]:", slashed) is not None
    return (shown, False) if outside else (posixpath.normpath(shown), True)


class _BoundedTarInfo(tarfile.TarInfo):
    """Refuses an extended header that would be read into memory whole."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        extended = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        named = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
        if self.type in (*extended, *named) and self.size > _LONGEST_TAR_HEADER:
            raise damaged(ValueError("an extended header is too long"))
        return cast(tarfile.TarInfo, super()._proc_member(archive))  # type: ignore[misc]


def _check_directory(file: BinaryIO, budget: Budget) -> None:
    """Look at the end record first: zipfile reads the whole directory into memory, whatever its size."""
    record = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    if record is None:
        raise zipfile.BadZipFile("no end of central directory: the file is cut off or not a zip")
    entries, size = record[4], record[5]
    if entries > budget.limits.members or size > _LARGEST_DIRECTORY:
        raise refusal(ProblemCode.TOO_MANY_MEMBERS, limit=str(budget.limits.members))
    file.seek(0)


@contextmanager
def _seekable(stream: Rewound, budget: Budget) -> Iterator[BinaryIO]:
    if stream.seekable():
        yield stream.underlying()
        return
    limits = budget.limits
    directory = str(limits.spool_directory) if limits.spool_directory else None
    with tempfile.SpooledTemporaryFile(max_size=4 * MIB, dir=directory) as spooled:
        copied = 0
        while chunk := stream.read(MIB):
            copied += len(chunk)
            if copied > limits.spooled:
                raise refusal(ProblemCode.TOO_LARGE, limit=f"{limits.spooled // MIB} MiB", ends_archive=False)
            spooled.write(chunk)
        spooled.seek(0)
        yield cast(BinaryIO, spooled)
