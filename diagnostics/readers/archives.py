"""zip, tar, and what gzip, bzip2 and xz fold, member by member, within one budget for a whole upload.

Nothing is extracted: a member is a stream, its name is only text. Links, devices and names that point outside are
refused, and sizes are counted while unfolding because headers may say anything.
"""

import io
import logging
import posixpath
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from diagnostics.readers import tar_members
from diagnostics.readers.base import MIB, Kind, Limits, Outcome, Problem, ProblemCode
from diagnostics.readers.bounds import LARGEST_DIRECTORY
from diagnostics.readers.rewound import Rewound
from diagnostics.readers.unfolding import Unfolding
from diagnostics.readers.wording import printable

logger = logging.getLogger(__name__)

_ENTRY_MARK = b"PK\x01\x02"  # opens every entry of that directory
# zipfile unfolds deflate within a bound; of bzip2 and LZMA it takes whatever comes, 20 GB from one block if need be.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

STREAM_FAULTS = (
    tar_members.TarError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
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

    @property
    def spent(self) -> tuple[int, int]:
        """Members and unfolded bytes."""
        return self._members, self._inflated

    def spend(self, members: int, inflated: int) -> None:
        """What another process has spent on the same upload."""
        self._members += members
        self._inflated += inflated

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

    def check_ratio(self, unfolded: int, packed: int, *, ends_archive: bool = True) -> None:
        """Raises `ArchiveError` where so few bytes unfold to so many."""
        if unfolded > self.limits.ratio_floor and unfolded > self.limits.ratio * max(packed, 1):
            raise refusal(ProblemCode.RATIO, limit=str(self.limits.ratio), ends_archive=ends_archive)


def refusal(code: ProblemCode, *, ends_archive: bool = True, **params: str) -> ArchiveError:
    """The error for a bound that was reached."""
    return ArchiveError(Problem(code=code, params=params), Outcome.REFUSED, ends_archive=ends_archive)


class _Tapped(io.RawIOBase):
    """A stream that counts the bytes taken from it; it does not seek, so nothing is counted twice.

    What breaks while it is read becomes an `ArchiveError` here and not further out, where the exceptions of whoever
    reads would be taken for the stream's.
    """

    def __init__(
        self,
        take: Callable[[int], bytes],
        on_bytes: Callable[[int], None] | None = None,
        *,
        code: ProblemCode = ProblemCode.DAMAGED_ARCHIVE,
        ends_archive: bool = True,
    ) -> None:
        self._take, self._on_bytes, self.count = take, on_bytes, 0
        self._code, self._ends_archive = code, ends_archive
        self._fault: ArchiveError | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        if self._fault is not None:
            raise self._fault
        parts: list[bytes] = []
        while size != 0:
            data = self._block(min(size, MIB) if size > 0 else MIB, bool(parts))
            if not data:
                break
            self.count += len(data)
            if self._on_bytes is not None:
                self._on_bytes(len(data))
            parts.append(data)
            size = size - len(data) if size > 0 else size
        return b"".join(parts)

    def _block(self, size: int, some: bool) -> bytes:
        """The next bytes. Where `some` were read before the stream broke, they count first, and the next call raises."""
        try:
            return self._take(size)
        except (*STREAM_FAULTS, RuntimeError) as error:
            self._fault = damaged(error, self._code, ends_archive=self._ends_archive)
            if some:
                return b""
            raise self._fault from error


def inside(stream: Rewound, kind: Kind, budget: Budget) -> BinaryIO:
    """What is inside a gzip, bzip2 or xz stream, counted. Reading it raises `ArchiveError` where it breaks or bursts."""
    packed = _Tapped(stream.read)

    def count(size: int) -> None:
        budget.inflate(size)
        budget.check_ratio(inner.count, packed.count)

    inner = _Tapped(Unfolding(packed.read, kind).read, count)
    return cast(BinaryIO, inner)


def tar_entries(stream: BinaryIO, budget: Budget) -> Iterator[Entry]:
    """The members of a tar in order; each must be read before the next is asked for."""
    try:
        for member in tar_members.members(stream):
            budget.member()
            if member.info.isdir():
                continue
            problem = None if member.info.isreg() else Problem(code=ProblemCode.NOT_A_FILE)
            yield _entry(member.info.name, member.info.size, _tar_opener(member), problem)
    except (*STREAM_FAULTS, RecursionError) as error:  # headers that announce headers, without end
        raise damaged(error) from error
    stream.read(MIB)  # what follows the end mark is padding; behind it, gzip, xz and zip check their sums


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
                    if not info.filename.endswith("/"):  # `is_dir` falls over a member without a name
                        yield _zip_entry(archive, info, budget)
        except STREAM_FAULTS as error:
            raise damaged(error) from error


def damaged(
    error: BaseException, code: ProblemCode = ProblemCode.DAMAGED_ARCHIVE, *, ends_archive: bool = True
) -> ArchiveError:
    """A library's complaint as ours; `OSError` and friends have words of their own.

    What the system says of a file without its path, which is one of this machine and nobody else's business.
    """
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    words = printable(said or type(error).__name__)[:200]
    return ArchiveError(Problem(code=code, params={"detail": words}), Outcome.NOT_READ, ends_archive=ends_archive)


def _zip_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Entry:
    budget.member()
    problem = None
    if info.flag_bits & 0x1:
        problem = Problem(code=ProblemCode.ENCRYPTED_MEMBER)
    elif info.compress_type not in _METHODS:
        words = f"compression method {info.compress_type} is not read, only deflate is"
        problem = Problem(code=ProblemCode.DAMAGED_MEMBER, params={"detail": words})
    try:
        budget.check_ratio(info.file_size, info.compress_size)
    except ArchiveError as error:
        problem = error.problem
    return _entry(info.filename, info.file_size, _zip_opener(archive, info, budget), problem)


def _zip_opener(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget
) -> Callable[[], AbstractContextManager[BinaryIO]]:
    def unfold(member: BinaryIO) -> BinaryIO:
        # The next member starts at its own place in the file, so one bad member ends nothing.
        def count(size: int) -> None:
            budget.inflate(size)
            budget.check_ratio(unfolded.count, info.compress_size, ends_archive=False)

        unfolded = _Tapped(member.read, count, code=ProblemCode.DAMAGED_MEMBER, ends_archive=False)
        return cast(BinaryIO, unfolded)

    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        try:
            member = archive.open(info)
        except (*STREAM_FAULTS, RuntimeError) as error:
            raise damaged(error, ProblemCode.DAMAGED_MEMBER, ends_archive=False) from error
        with member:
            yield unfold(cast(BinaryIO, member))

    return opened


def _tar_opener(member: tar_members.Member) -> Callable[[], AbstractContextManager[BinaryIO]]:
    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        yield cast(BinaryIO, _Tapped(member.read))  # a stream over the archive; nothing is written anywhere

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


def _check_directory(file: BinaryIO, budget: Budget) -> None:
    """Look at the end record first: zipfile reads the whole directory into memory, whatever its size."""
    record = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    if record is None:
        raise zipfile.BadZipFile("no end of central directory: the file is cut off or not a zip")
    size, end = record[5], record[9]
    if size > LARGEST_DIRECTORY:
        raise refusal(ProblemCode.TOO_MANY_MEMBERS, limit=str(budget.limits.members))
    # The stated number may be a lie. A zip64 end record may stand between directory and end; 100 bytes cover it.
    start = max(end - size - 100, 0)
    file.seek(start)
    if file.read(end - start).count(_ENTRY_MARK) > budget.limits.members:
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
        try:
            _copy(stream, cast(BinaryIO, spooled), limits.spooled)
        except OSError as error:  # of the spool: what the stream raises has become an `ArchiveError`
            logger.exception("a nested archive cannot be spooled")
            problem = Problem(code=ProblemCode.INTERNAL, params={"detail": type(error).__name__})
            raise ArchiveError(problem, Outcome.NOT_READ, ends_archive=False) from error
        yield cast(BinaryIO, spooled)


def _copy(stream: Rewound, target: BinaryIO, most: int) -> None:
    copied = 0
    while chunk := stream.read(MIB):
        copied += len(chunk)
        if copied > most:
            raise refusal(ProblemCode.TOO_LARGE, limit=f"{most // MIB} MiB", ends_archive=False)
        target.write(chunk)
    target.seek(0)
