"""Reading in a child process, so that a file can end no more than the reading of itself.

1. A child is started and given the job (`child`); it says what it finds, file by file, in frames.
2. Whatever takes too long, takes too much memory or brings the child down is the fault of the file that was begun last
   and not finished. It is marked, once, and another child goes on behind it, passing over what is finished.
3. After so many of them, or so much time lost with them, the rest is marked as not reached: somebody is making them.

A plain subprocess and not `multiprocessing`: a worker of the task queue is a daemon process, which may not have children
of that kind, and what is forked from it would inherit its connections and secrets.
"""

import logging
import os
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from diagnostics.estate.observations import Observation, Source
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.errors import PkiError
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.passwords import Passwords
from diagnostics.pki.revocation import Crl, load_crl
from diagnostics.readers import frames
from diagnostics.readers.base import (
    MIB,
    FileReading,
    Gathering,
    Kind,
    Limits,
    Outcome,
    Place,
    Problem,
    ProblemCode,
    Reading,
    SourceFile,
    Taken,
)
from diagnostics.readers.frames import Malformed, Tag
from diagnostics.readers.processes import Bounds, Child, ReaderEnded, ReaderUnavailable
from diagnostics.readers.walk import ended

__all__ = ["Bounds", "ReaderEnded", "ReaderUnavailable", "read_isolated", "unlock"]

logger = logging.getLogger(__name__)

_MOST_OF_ONE_FILE = 256 * MIB  # that a child may say of it; what is held whole has 16 MiB

UNLOCKING = Bounds(seconds=5, patience=10.0, deaths=1)  # somebody waits for the page


def read_isolated(
    files: Iterable[SourceFile],
    *,
    limits: Limits | None = None,
    passwords: Passwords | None = None,
    on_file: Callable[[FileReading], None] | None = None,
    bounds: Bounds | None = None,
) -> Reading:
    """As `walk.read`, in a child. What `on_file` raises, and what is raised while waiting, ends it at once.

    Raises `ReaderUnavailable`.
    """
    asked = limits or Limits()
    if passwords is not None:
        asked = replace(asked, passwords=passwords)
    reading = _Isolated(tuple(files), asked, bounds or Bounds(), on_file)
    while reading.may_go_on:
        if reading.one_child():
            return ended(reading.gathering)
    reading.refuse_rest()
    return ended(reading.gathering)


def unlock(
    data: bytes, source: Source, passwords: Passwords, limits: Limits | None = None, bounds: Bounds = UNLOCKING
) -> Taken:
    """What the certificate reader takes from a container with these passwords, read in a child.

    The passwords go through its standard input, and nothing of them or of the data is in an error or the log.
    Raises `ReaderEnded`: it took longer or more memory than allowed; and `ReaderUnavailable`.
    """
    job = {
        **_asked(replace(limits or Limits(), passwords=passwords), bounds),
        "upload": source.upload,
        "member": source.member,
        "data": b64encode(data).decode(),
    }
    pending = _Pending()
    with Child(job, bounds) as child:
        try:
            for tag, payload in child.heard():
                if tag is Tag.FILE:
                    return pending.taken(frames.finished(payload)[1])
                pending.hear(tag, payload)
        except Malformed as error:
            raise ReaderEnded(child.talked_nonsense(str(error))) from None
        raise ReaderEnded(child.reason())


class _Isolated:
    """One reading, in as many children as it takes."""

    def __init__(
        self,
        files: Sequence[SourceFile],
        limits: Limits,
        bounds: Bounds,
        on_file: Callable[[FileReading], None] | None,
    ) -> None:
        self._files, self._limits, self._bounds = files, limits, bounds
        self.gathering = Gathering(limits=limits, on_file=on_file)
        self._deaths, self._lost, self._begun_at = 0, 0.0, 0.0
        self._done: set[Place] = set()
        self._spent = (0, 0)  # members and unfolded bytes, of the files handed over that are finished

    @property
    def may_go_on(self) -> bool:
        return self._deaths < self._bounds.deaths and self._lost < self._bounds.lost

    def one_child(self) -> bool:
        """Whether it came to the end."""
        begun: list[tuple[Place, str | None, Kind]] = []
        before = frozenset(self._done)
        with Child(self._job(), self._bounds) as child:
            try:
                if self._follow(child, begun):
                    return True
                problem = child.reason()
            except Malformed as error:
                problem = child.talked_nonsense(str(error))
        self._deaths += 1
        if begun:
            self._lost += time.monotonic() - self._begun_at
            if not self._got_on(begun[-1][0], before):
                self._blame(*begun[-1], problem)
        return False

    def _got_on(self, place: Place, before: frozenset[Place]) -> bool:
        """Whether members of this archive were finished in the child that died between two of them.

        Then the archive itself is hardly at fault (the system may have ended the child), and another goes on behind the
        last one; without any headway it is blamed.
        """
        return any(len(done) > len(place) and done[: len(place)] == place for done in self._done - before)

    def _follow(self, child: "Child", begun: list[tuple[Place, str | None, Kind]]) -> bool:
        pending = _Pending()
        for tag, payload in child.heard():
            if tag is Tag.END:
                return True
            if tag is Tag.BEGINS:
                place, member = frames.begun(payload)
                if place[0] >= len(self._files) or place in self._done:
                    raise Malformed("a file that is not among those to be read")
                begun.append((place, member, Kind.UNKNOWN))
                self._begun_at = time.monotonic()
            elif tag is Tag.KIND and begun:
                begun[-1] = (*begun[-1][:2], _kind(payload))
            elif tag is Tag.FILE:
                self._take(begun, pending, payload)
                pending = _Pending()
            else:
                pending.hear(tag, payload)
        return False

    def _take(self, begun: list[tuple[Place, str | None, Kind]], pending: "_Pending", payload: bytes) -> None:
        place, file, spent = frames.finished(payload)
        if not begun or begun.pop()[0] != place or file.source.upload != self._files[place[0]].name:
            raise Malformed("a file that was not begun")
        if len(place) == 1:
            self._spent = spent
        self._finished(place, file, pending.taken(file))

    def _finished(self, place: Place, file: FileReading, taken: Taken) -> None:
        self._done.add(place)
        self.gathering.take(place, file, taken)

    def _blame(self, place: Place, member: str | None, kind: Kind, problem: Problem) -> None:
        file = self._files[place[0]]
        source = Source(upload=file.name, member=member)
        logger.error("reading a file of kind %s ended its process: %s %s", kind.value, problem.code, problem.params)
        size = 0
        with suppress(OSError):
            size = file.path.stat().st_size if len(place) == 1 else 0
        self._refuse(place, source, kind, size, problem)

    def refuse_rest(self) -> None:
        problem = Problem(code=ProblemCode.NOT_REACHED, params={"count": str(self._deaths)})
        for number, file in enumerate(self._files):
            if (number,) not in self._done:
                self._refuse((number,), Source(upload=file.name, member=file.member), Kind.UNKNOWN, 0, problem)

    def _refuse(self, place: Place, source: Source, kind: Kind, size: int, problem: Problem) -> None:
        file = FileReading(source=source, kind=kind, size=size, outcome=Outcome.REFUSED, problems=(problem,))
        self._finished(place, file, Taken(kind=kind, outcome=Outcome.REFUSED, problems=(problem,)))

    def _job(self) -> dict[str, Any]:
        return {
            **_asked(self._limits, self._bounds),
            "files": [(file.name, os.path.abspath(file.path), file.member) for file in self._files],
            # What lies inside of something finished need not be named.
            "passed": sorted(place for place in self._done if place[:-1] not in self._done),
            "spent": self._spent,
        }


@dataclass(slots=True)
class _Pending:
    """What a child has said of the file that it is at."""

    certificates: list[Certificate] = field(default_factory=list)
    crls: list[Crl] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    locked: bytes | None = None
    size: int = 0

    def hear(self, tag: Tag, payload: bytes) -> None:
        """Raises `Malformed`."""
        self.size += len(payload)
        if self.size > _MOST_OF_ONE_FILE:
            raise Malformed("more than there can be in a file")
        try:
            if tag is Tag.CERTIFICATE:
                self.certificates.append(load_certificate(payload))
            elif tag is Tag.CRL:
                self.crls.append(load_crl(payload))
        except PkiError as error:
            raise Malformed("a certificate or CRL that is none") from error
        if tag is Tag.OBSERVATIONS:
            self.observations.extend(frames.heard(payload))
        elif tag is Tag.LOCKED:
            self.locked = payload
        elif tag is Tag.LOG:
            logger.error("in the process that reads: %s", payload.decode("utf-8", "replace"))

    def taken(self, file: FileReading) -> Taken:
        return Taken(
            kind=file.kind,
            outcome=file.outcome,
            observations=tuple(self.observations),
            certificates=tuple(self.certificates),
            crls=tuple(self.crls),
            problems=file.problems,
            found=file.found,
            locked=self.locked,
        )


def _asked(limits: Limits, bounds: Bounds) -> dict[str, Any]:
    plain = {item.name: getattr(limits, item.name) for item in fields(limits)}
    directory: Path | None = plain.pop("spool_directory")
    passwords: Passwords | None = plain.pop("passwords")
    return {
        "parent": os.getpid(),
        "memory": bounds.memory,
        "seconds": bounds.seconds,
        "limits": plain,
        "spool": None if directory is None else os.path.abspath(directory),
        "passwords": None if passwords is None else [word.decode() for word in passwords.each()],
    }


def _kind(payload: bytes) -> Kind:
    try:
        return Kind(payload.decode("ascii", "replace"))
    except ValueError as error:
        raise Malformed("a kind that does not exist") from error
