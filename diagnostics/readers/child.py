"""The process that reads: `python -m diagnostics.readers.child`, started by `isolated` alone.

1. Bind its own hands: memory, processor time, open files, no core dump; end with its parent.
2. Take the job, as JSON from standard input: files, bounds, and passwords where there are any.
3. Read, and say what comes out on standard output, frame by frame (`frames`). Nothing is kept here.
"""

import json
import logging
import os
import resource
import sys
import traceback
from base64 import b64decode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from diagnostics.estate.observations import Source
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.passwords import Passwords
from diagnostics.readers import frames
from diagnostics.readers.base import FileReading, Kind, Limits, Outcome, Place, SourceFile, Taken
from diagnostics.readers.certificates import read_certificates
from diagnostics.readers.frames import Tag
from diagnostics.readers.walk import Walk

logger = logging.getLogger("diagnostics.readers.child")

_PR_SET_PDEATHSIG, _SIGKILL = 1, 9
_OPEN_FILES = 64  # an upload's file, a spool for each nested archive, and what Python itself has open
_TICK = 8 * 1024 * 1024  # bytes after which it says that it goes on, and may take another second
_LONGEST_LOG = 4_000  # characters of one entry
_REMEMBERED = 10_000  # certificates that were looked into, by their fingerprints


def main() -> int:
    pipe, sys.stdout = os.dup(1), open(os.devnull, "w")  # noqa: SIM115 - what prints by mistake must not break a frame
    os.dup2(sys.stdout.fileno(), 1)
    _end_with_parent()
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read() or b"{}")
    if os.getppid() != job.get("parent"):
        return 1  # nobody is there to hear of it
    _bound(job["memory"])
    logging.getLogger().addHandler(_Reporting(pipe))
    frames.send(pipe, Tag.READY)
    telling = _Telling(pipe, job)
    try:
        (_read if "files" in job else _unlock)(job, telling)
        frames.send(pipe, Tag.END)
    except MemoryError:
        frames.send(pipe, Tag.NO_MEMORY)
        return 1
    except BrokenPipeError:
        return 1
    except Exception:
        logger.exception("reading failed outside of any reader")
        return 1
    return 0


def _end_with_parent() -> None:
    """Linux alone can do this. Elsewhere the child ends when it next has something to say."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def _bound(memory: int) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # macOS has some of these in name alone
            resource.setrlimit(kind, (bound, bound))


class _Telling:
    """Says what is found, and keeps nothing of it but the fingerprints of certificates."""

    def __init__(self, pipe: int, job: dict[str, Any]) -> None:
        self._pipe = pipe
        self._seconds: int = job["seconds"]
        self._passed = {tuple(place) for place in job.get("passed", ())}
        self._moved = self._more = 0
        self._touched: set[str] = set()
        self.walk: Walk | None = None

    def begins(self, place: Place, source: Source) -> bool:
        if place in self._passed:
            return False
        self._moved = self._more = 0
        self._allow()
        frames.send(self._pipe, Tag.BEGINS, frames.begins(place, source.member))
        return True

    def recognised(self, kind: Kind) -> None:
        frames.send(self._pipe, Tag.KIND, kind.value.encode())

    def moved(self, count: int) -> None:
        self._moved += count
        if self._moved >= _TICK:
            self._moved = 0
            self._more += 1
            self._allow()
            frames.send(self._pipe, Tag.MOVED)

    def take(self, place: Place, file: FileReading, taken: Taken) -> None:
        for certificate in taken.certificates:
            self._look_into(certificate)
            frames.send(self._pipe, Tag.CERTIFICATE, certificate.der)
        for crl in taken.crls:
            frames.send(self._pipe, Tag.CRL, crl.der)
        for part in frames.said(taken.observations):
            frames.send(self._pipe, Tag.OBSERVATIONS, part)
        if taken.locked is not None:
            frames.send(self._pipe, Tag.LOCKED, taken.locked)
        spent = self.walk.budget.spent if self.walk is not None else (0, 0)
        frames.send(self._pipe, Tag.FILE, frames.ended(place, file, spent))

    def _look_into(self, certificate: Certificate) -> None:
        """Once, since the same CA certificates lie in the archive of every node."""
        if certificate.sha256 in self._touched:
            return
        _touch(certificate)
        if len(self._touched) >= _REMEMBERED:
            self._touched.clear()
        self._touched.add(certificate.sha256)

    def _allow(self) -> None:
        """From now on so many more seconds of processor time; the kernel ends the process beyond them."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + self._seconds + self._more
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _touch(certificate: Certificate) -> None:
    """Have every fact read here: the parent reads the same bytes, and what ends a process should end this one."""
    certificate.facts  # noqa: B018


def _read(job: dict[str, Any], telling: _Telling) -> None:
    walk = telling.walk = Walk(telling, _limits(job), let_through=(MemoryError, BrokenPipeError))
    walk.budget.spend(*job["spent"])
    for number, (name, path, member) in enumerate(job["files"]):
        walk.top_level(number, SourceFile(name=name, path=Path(path), member=member))


def _unlock(job: dict[str, Any], telling: _Telling) -> None:
    source = Source(upload=job["upload"], member=job["member"])
    data = b64decode(job["data"])
    if not telling.begins((0,), source):
        return
    taken = read_certificates(data, source, _limits(job))
    if taken is None:
        taken = Taken(kind=Kind.UNKNOWN, outcome=Outcome.NOT_READ)
    file = FileReading(
        source=source,
        kind=taken.kind,
        size=len(data),
        outcome=taken.outcome,
        problems=taken.problems,
        found=taken.found,
        certificates=_fingerprints(taken.certificates),
    )
    telling.take((0,), file, taken)


def _fingerprints(certificates: Iterable[Certificate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.sha256 for item in certificates))


def _limits(job: dict[str, Any]) -> Limits:
    limits = Limits(**job["limits"])
    directory = job["spool"]
    return replace(
        limits,
        spool_directory=Path(directory) if directory is not None else None,
        passwords=Passwords.of(job["passwords"]) if job["passwords"] is not None else None,
    )


class _Reporting(logging.Handler):
    """Log entries for the parent: where something of ours failed, and never what it had in hand."""

    def __init__(self, pipe: int) -> None:
        super().__init__(logging.WARNING)
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        words = [record.getMessage()]
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, trace = record.exc_info
            words += [line.rstrip() for line in traceback.format_tb(trace)[-12:]]
            words.append(kind.__name__)  # without its message, which may quote the file
        frames.send(self._pipe, Tag.LOG, "\n".join(words)[-_LONGEST_LOG:].encode("utf-8", "replace"))


if __name__ == "__main__":
    sys.exit(main())
