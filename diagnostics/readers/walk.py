"""From files on disk to one reading: archives are opened as streams, member by member, and never extracted.

1. Look at the first bytes and tell the kind.
2. An archive is walked; every member starts at 1 again, one level deeper.
3. A kind that has a reader is read whole, within its bound; any other is passed over without being unfolded.
4. Whatever happens to one file is a problem of that file; the next one is read all the same.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO, cast

from diagnostics.estate.observations import CertificateFile, Placement, Source
from diagnostics.pki.loading import Form
from diagnostics.pki.passwords import Passwords
from diagnostics.readers.archives import (
    ArchiveError,
    Budget,
    Entry,
    damaged,
    inside,
    refusal,
    tar_entries,
    zip_entries,
)
from diagnostics.readers.base import (
    MIB,
    MOST_PROBLEMS,
    FileReading,
    Gathering,
    Kind,
    Limits,
    Listener,
    Outcome,
    Problem,
    ProblemCode,
    Reading,
    SourceFile,
    Taken,
    listed,
)
from diagnostics.readers.recognise import HEAD, other_archive, recognise
from diagnostics.readers.registry import READERS, STREAM_READERS
from diagnostics.readers.rewound import Breaking, Rewound
from diagnostics.readers.unfolding import FOLDED

logger = logging.getLogger(__name__)

_FORMLESS = (Kind.EMPTY, Kind.TEXT, Kind.UNKNOWN, Kind.DOCUMENT)


def read(
    files: Iterable[SourceFile],
    *,
    limits: Limits | None = None,
    passwords: Passwords | None = None,
    on_file: Callable[[FileReading], None] | None = None,
    let_through: tuple[type[Exception], ...] = (),
) -> Reading:
    """Read every file; `on_file` hears of each file and archive member as soon as it is done with.

    `passwords` open PKCS#12 containers; None: whoever hands the files over cannot give any.
    `let_through` are exceptions that end the reading (a time limit, say) instead of counting as one file's fault; what
    `on_file` raises ends it too.
    """
    bounds = limits or Limits()
    if passwords is not None:
        bounds = replace(bounds, passwords=passwords)
    gathering = Gathering(limits=bounds, on_file=on_file)
    walk = Walk(gathering, bounds, let_through)
    for number, file in enumerate(files):
        walk.top_level(number, file)
    return ended(gathering)


def ended(gathering: Gathering) -> Reading:
    """What was gathered, and what can only be said once all is."""
    gathering.observations.extend(list(_placed_but_unread(gathering)))
    return gathering.finished()


class Walk:
    """One walk over all that was handed over."""

    def __init__(self, listener: Listener, limits: Limits, let_through: tuple[type[Exception], ...]) -> None:
        self._listener, self._limits, self._let_through = listener, limits, let_through
        self._place: list[int] = []
        self.budget = Budget(limits)

    def top_level(self, number: int, file: SourceFile) -> None:
        source = Source(upload=file.name, member=file.member)
        size = 0
        self._place = [number]
        if not self._listener.begins((number,), source):
            return
        try:
            size = file.path.stat().st_size
            with file.path.open("rb") as stream:
                self._one(source, stream, size=size, depth=0)
        except ArchiveError as error:
            self._note(source, Taken(kind=Kind.UNKNOWN, outcome=error.outcome, problems=(error.problem,)), size)
        except self._let_through:
            raise
        except OSError as error:
            fault = damaged(error, ProblemCode.DAMAGED_MEMBER)
            self._note(source, Taken(kind=Kind.UNKNOWN, outcome=fault.outcome, problems=(fault.problem,)), size)

    def _one(self, source: Source, stream: BinaryIO, *, size: int, depth: int, packed: int | None = None) -> None:
        """A file or member from its first byte.

        `size` is what is announced (bytes; -1: nothing is). `packed`: it was found inside a folded stream of so many
        bytes, which counts as one level unless it is the outside of a tar.
        """
        head = stream.read(HEAD)
        try:
            kind = recognise(head)
        except self._let_through:
            raise
        except Exception as error:
            self._note(source, self._own_fault("telling what a file is", Kind.UNKNOWN, error), size)
            return
        self._listener.recognised(kind)
        whole = Rewound(head, stream, self._listener.moved)
        if packed is not None and (kind in FOLDED or kind is Kind.ZIP):
            depth += 1
        if kind in (Kind.ZIP, Kind.TAR):
            self._archive(source, whole, kind, size=size if packed is None else packed, depth=depth)
        elif kind in FOLDED:
            self._folded(source, whole, kind, size=size, depth=depth)
        else:
            self._plain(source, whole, kind, size)

    def _plain(self, source: Source, stream: Rewound, kind: Kind, size: int) -> None:
        if kind in STREAM_READERS:
            self._streamed(source, stream, kind)
            return
        reader = READERS.get(kind)
        if reader is None:
            problem = _reason_not_read(kind, stream.head)
            self._note(source, Taken(kind=kind, outcome=Outcome.NOT_READ, problems=(problem,)), size)
            return
        bound = self._limits.structured
        data = stream.read(bound + 1) if size <= bound else b""
        if size > bound or len(data) > bound:
            problem = Problem(code=ProblemCode.TOO_LARGE, params={"limit": f"{bound // MIB} MiB"})
            outcome = Outcome.NOT_READ if kind is Kind.TEXT else Outcome.REFUSED
            self._note(source, Taken(kind=kind, outcome=outcome, problems=(problem,)), max(size, len(data)))
            return
        try:
            taken = reader(data, source, self._limits)
        except self._let_through:
            raise
        except Exception as error:
            taken = self._own_fault(f"the reader for {kind.value}", kind, error)
        self._note(source, taken or _nothing_found(data), len(data))

    def _streamed(self, source: Source, stream: Rewound, kind: Kind) -> None:
        """A kind of any size. Where the stream breaks, what was read until then counts; the archive hears of it next."""
        breaking = Breaking(stream, ArchiveError, OSError)
        try:
            taken = STREAM_READERS[kind](cast(BinaryIO, breaking), source, self._limits)
        except self._let_through:
            raise
        except Exception as error:
            taken = self._own_fault(f"the reader for {kind.value}", kind, error)
        broken = breaking.fault
        if isinstance(broken, self._let_through):
            raise broken
        if broken is not None:
            fault = broken if isinstance(broken, ArchiveError) else damaged(broken, ProblemCode.DAMAGED_MEMBER)
            taken = replace(taken, outcome=Outcome.PARTLY, problems=(*taken.problems, fault.problem))
        self._note(source, taken, breaking.count)

    def _folded(self, source: Source, stream: Rewound, kind: Kind, *, size: int, depth: int) -> None:
        try:
            self._check_depth(depth)
            self._one(source, inside(stream, kind, self.budget), size=-1, depth=depth, packed=size)
        except ArchiveError as error:
            self._note(source, Taken(kind=kind, outcome=error.outcome, problems=(error.problem,)), size)

    def _archive(self, source: Source, stream: Rewound, kind: Kind, *, size: int, depth: int) -> None:
        problems: list[Problem] = []
        outcome, members, place = Outcome.READ, 0, len(self._place)
        try:
            self._check_depth(depth)
            for entry in self._guarded(self._entries(stream, kind), kind):
                self._place.append(members)
                members += 1
                self._entry(source, entry, depth)
                self._place.pop()
        except ArchiveError as error:
            del self._place[place:]
            problems.append(error.problem)
            some_read = members > 0 and error.outcome is Outcome.NOT_READ
            outcome = Outcome.PARTLY if some_read else error.outcome
        taken = Taken(kind=kind, outcome=outcome, problems=tuple(problems), found={"members": members})
        self._note(source, taken, size)

    def _entries(self, stream: Rewound, kind: Kind) -> Iterator[Entry]:
        if kind is Kind.ZIP:
            return zip_entries(stream, self.budget)
        return tar_entries(cast(BinaryIO, stream), self.budget)

    def _guarded(self, entries: Iterator[Entry], kind: Kind) -> Iterator[Entry]:
        """What the libraries raise beyond what they say that they do ends the archive and no more."""
        while True:
            try:
                entry = next(entries, None)
            except ArchiveError:
                raise
            except self._let_through:
                raise
            except Exception as error:
                fault = self._own_fault(f"walking over a {kind.value}", kind, error)
                raise ArchiveError(fault.problems[0], fault.outcome) from error
            if entry is None:
                return
            yield entry

    def _own_fault(self, what: str, kind: Kind, error: Exception) -> Taken:
        """An exception that nobody foresaw is ours: say so, keep the rest."""
        logger.exception("%s failed", what)
        problem = Problem(code=ProblemCode.INTERNAL, params={"detail": type(error).__name__})
        return Taken(kind=kind, outcome=Outcome.NOT_READ, problems=(problem,))

    def _check_depth(self, depth: int) -> None:
        if depth >= self._limits.depth:
            raise refusal(ProblemCode.TOO_DEEP, depth=str(self._limits.depth), ends_archive=False)

    def _entry(self, archive: Source, entry: Entry, depth: int) -> None:
        path = entry.name if archive.member is None else f"{archive.member}/{entry.name}"
        source = Source(upload=archive.upload, member=path)
        if not self._listener.begins(tuple(self._place), source):
            return
        if entry.problem is not None:
            refused = Taken(kind=Kind.UNKNOWN, outcome=Outcome.REFUSED, problems=(entry.problem,))
            self._note(source, refused, entry.size)
            return
        try:
            with entry.open() as stream:
                self._one(source, stream, size=entry.size, depth=depth + 1)
        except ArchiveError as error:
            lost = Taken(kind=Kind.UNKNOWN, outcome=error.outcome, problems=(error.problem,))
            self._note(source, lost, entry.size)
            if error.ends_archive:
                raise

    def _note(self, source: Source, taken: Taken, size: int) -> None:
        file = FileReading(
            source=source,
            kind=taken.kind,
            size=max(size, 0),
            outcome=taken.outcome,
            problems=listed(taken.problems) if len(taken.problems) > MOST_PROBLEMS + 1 else taken.problems,
            found=taken.found,
            certificates=tuple(dict.fromkeys(item.sha256 for item in taken.certificates)),
        )
        self._listener.take(tuple(self._place), file, taken)


def _placed_but_unread(gathering: Gathering) -> Iterator[CertificateFile]:
    """Files in which no reader found anything, where an inventory says that they are certificates or lists.

    Only now, since the inventory may come after them. What was refused (too large, say) could be anything: not here.
    """
    spoken_of = {item.source.path.casefold() for item in gathering.observations if isinstance(item, CertificateFile)}
    wanted = {item.path.casefold() for item in gathering.observations if isinstance(item, Placement)} - spoken_of
    for file in gathering.files:
        if file.source.path.casefold() in wanted and file.outcome is Outcome.NOT_READ and file.kind in _FORMLESS:
            form = Form.EMPTY if file.kind is Kind.EMPTY else Form.NOTHING
            yield CertificateFile(source=file.source, form=form.value, certificates=(), lines=())


def _nothing_found(data: bytes) -> Taken:
    kind = Kind.UNKNOWN if b"\0" in data[:4096] else Kind.TEXT
    return Taken(kind=kind, outcome=Outcome.NOT_READ, problems=(Problem(code=ProblemCode.NOT_RECOGNISED),))


def _reason_not_read(kind: Kind, head: bytes) -> Problem:
    if kind is Kind.EMPTY:
        return Problem(code=ProblemCode.EMPTY)
    if kind is Kind.OTHER_ARCHIVE:
        return Problem(code=ProblemCode.OTHER_ARCHIVE, params={"form": other_archive(head)})
    return Problem(code=ProblemCode.NOT_RECOGNISED if kind is Kind.UNKNOWN else ProblemCode.NOT_READ_YET)
