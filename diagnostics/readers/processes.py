"""One process that reads, as its parent holds it: started with little, heard until it ends or has to be ended."""

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from diagnostics.readers import frames
from diagnostics.readers.base import MIB, Problem, ProblemCode
from diagnostics.readers.frames import Tag
from diagnostics.readers.wording import printable

logger = logging.getLogger(__name__)

# What a child needs of its parent's environment. Not the rest: settings of the product are kept in it, secrets too.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME")
_COMMAND = ("-P", "-m", "diagnostics.readers.child")
_ROOT = str(Path(__file__).resolve().parents[2])  # where the engine itself lies
_STARTS_WITHIN = 60.0  # seconds, on a machine that is busy
_ENDS_WITHIN = 5.0  # seconds, once it has closed its output
_LAST_WORDS = 4_000  # bytes of what it writes to standard error, for the log
_AT_ONCE = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a child may take.

    Attributes:
        memory: bytes of address space. A child that reads the largest files allowed takes 200 MiB.
        seconds: of processor time for one file, and one more for each 8 MiB that it has got on.
        patience: seconds without a word from it; long, as it may be the machine that is slow.
        deaths: of children, after which the rest is not read.
        lost: seconds spent on files that ended theirs, after which the rest is not read; a task may take 300 in all.
    """

    memory: int = 768 * MIB
    seconds: int = 10
    patience: float = 40.0
    deaths: int = 20
    lost: float = 120.0


class ReaderEnded(Exception):
    """The process that read ended before it was done; `problem` says why, as of a file."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code.value)
        self.problem = problem


class ReaderUnavailable(ReaderEnded):
    """No such process could be started: no file's fault."""


class Child:
    """One process, from its start to its end, whichever way the block around it is left."""

    def __init__(self, job: dict[str, Any], bounds: Bounds) -> None:
        self._bounds = bounds
        self._job = memoryview(json.dumps(job).encode())
        self._last_words = b""
        self._problem: Problem | None = None
        self._ready = False
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join([*(os.path.abspath(path) for path in sys.path if path), _ROOT])
        try:
            self._process = subprocess.Popen(
                [sys.executable, *_COMMAND],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                cwd="/",
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise ReaderUnavailable(_internal(error.strerror or "")) from error

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)  # its own group, which it leads
        with suppress(subprocess.TimeoutExpired):  # one that waits for a dead disk ends when the disk does
            self._process.wait(_ENDS_WITHIN)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def heard(self) -> Iterator[tuple[Tag, bytes]]:
        """What it says, until it ends or has to be ended; then ask for the `reason`. Raises `Malformed`."""
        incoming = frames.Incoming()
        for data in self._output():
            for tag, payload in incoming.feed(data):
                if tag is Tag.READY:
                    self._ready = True
                elif tag is Tag.NO_MEMORY:
                    limit = f"{self._bounds.memory // MIB} MiB"
                    self._problem = Problem(code=ProblemCode.OUT_OF_MEMORY, params={"limit": limit})
                else:
                    yield tag, payload

    def _output(self) -> Iterator[bytes]:
        process = self._process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        with selectors.DefaultSelector() as selector:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE, self._give)
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stderr, selectors.EVENT_READ, self._note_last_words)
            while process.stdout in {key.fileobj for key in selector.get_map().values()}:
                events = selector.select(self._bounds.patience if self._ready else _STARTS_WITHIN)
                if not events:
                    limit = f"{self._bounds.patience:.0f} s"
                    self._problem = Problem(code=ProblemCode.OUT_OF_TIME, params={"limit": limit})
                    return
                for key, _ in events:
                    if key.data is not None:
                        if not key.data(key.fileobj):
                            selector.unregister(key.fileobj)
                    elif data := os.read(key.fd, _AT_ONCE):
                        yield data
                    else:
                        selector.unregister(key.fileobj)

    def _give(self, stream: IO[bytes]) -> bool:
        """Some of the job; whether there is more of it."""
        try:
            self._job = self._job[os.write(stream.fileno(), self._job[:_AT_ONCE]) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        if not self._job:
            stream.close()
        return bool(self._job)

    def _note_last_words(self, stream: IO[bytes]) -> bool:
        data = os.read(stream.fileno(), _AT_ONCE)
        self._last_words = (self._last_words + data)[-_LAST_WORDS:]
        return bool(data)

    def talked_nonsense(self, detail: str) -> Problem:
        """Why it is ended that said something which it cannot say. Raises `ReaderUnavailable` as `reason` does."""
        return _died(f"it gave an answer that makes no sense: {detail}") if self._ready else self.reason()

    def reason(self) -> Problem:
        """Why it ended. Raises `ReaderUnavailable` where it never began."""
        if self._problem is not None and self._ready:
            return self._problem
        try:
            status = self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            status = None
        if not self._ready:
            words = printable(self._last_words.decode("utf-8", "replace"))
            logger.error("no process that reads: status %s, %s", status, words)
            raise ReaderUnavailable(_internal("no process that reads"))
        if status is None:
            return _died("it closed its output")
        if status == -signal.SIGXCPU:
            return Problem(code=ProblemCode.OUT_OF_TIME, params={"limit": f"{self._bounds.seconds} s"})
        return _died(_signal(-status) if status < 0 else f"exit status {status}")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of those that have no name of their own
        return f"signal {number}"


def _died(detail: str) -> Problem:
    return Problem(code=ProblemCode.KILLED_ITS_READER, params={"detail": detail})


def _internal(detail: str) -> Problem:
    return Problem(code=ProblemCode.INTERNAL, params={"detail": detail})
