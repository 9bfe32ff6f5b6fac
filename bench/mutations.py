"""Reads a great many spoiled files and reports each that does harm: `python bench/mutations.py --seed 1 --count 100000`.

Valid files of every kind (`tests.builders`) are spoiled in seeded ways (`tests.fuzz.mutating`) and read as an upload is,
in worker processes without disk. Harm is an exception that escapes, a reader's own failure (`internal`), more than 2
seconds of processor time, more than 64 MiB of further memory, or the death of the process. What does harm is made as small
as it goes while it still does, and kept (--keep). The same seed and number spoil in the same way, but the keys and
signatures in the valid files are new each time: what shows a fault again for certain is the file that was kept.
"""

import argparse
import hashlib
import logging
import multiprocessing
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from diagnostics.pki.passwords import Passwords
from diagnostics.readers import ProblemCode, SourceFile, read, walk
from tests.builders import every_kind
from tests.fuzz.mutating import spoiled

SECONDS = 2.0  # of processor time for one file
GROWTH = 64 * 1024 * 1024  # bytes that reading one file of at most 256 KiB may add
ADDRESS_SPACE = 1024 * 1024 * 1024
SILENCE = 30.0  # seconds after which a process is stuck inside of a library
STATUS = Path("/proc/self/status")
TRIES = 400  # to make a file smaller


class TooLong(BaseException):
    """The alarm; no `except Exception` holds it up."""


def strike(*_: object) -> None:
    raise TooLong


@dataclass(frozen=True)
class InMemory:
    """What `read` needs of a path."""

    data: bytes

    def stat(self) -> SimpleNamespace:
        return SimpleNamespace(st_size=len(self.data))

    def open(self, mode: str) -> BytesIO:
        return BytesIO(self.data)


def peak_kib() -> int:
    """The most memory that this process has had resident; `getrusage` would count what its parent had."""
    status = STATUS.read_bytes()
    return int(status[status.index(b"VmHWM:") + 6 :].split(maxsplit=1)[0])


def harm_of(data: bytes) -> str:
    """What reading it does, in a few words; empty where all is well."""
    before = peak_kib()
    failures: list[str] = []
    noted = walk.logger.exception
    walk.logger.exception = lambda *_: failures.append(_where())  # type: ignore[method-assign]
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        source = SourceFile(name="upload", path=InMemory(data))  # type: ignore[arg-type]
        reading = read([source], passwords=Passwords.of(["password"]))
    except TooLong:
        return f"too long: {_where()}"
    except BaseException:
        return f"escaped: {_where()}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        walk.logger.exception = noted  # type: ignore[method-assign]
    if failures or any(p.code is ProblemCode.INTERNAL for file in reading.files for p in file.problems):
        return f"internal: {failures[0] if failures else 'told as a problem'}"
    grown = (peak_kib() - before) * 1024
    return f"memory: {grown >> 20} MiB more" if grown > GROWTH else ""


def _where() -> str:
    kind, _, trace = sys.exc_info()
    frames = [frame for frame in traceback.extract_tb(trace) if "/diagnostics/" in frame.filename]
    last = frames[-1] if frames else None
    place = f"{last.filename.rpartition('/diagnostics/')[2]}:{last.lineno}" if last else "?"
    return f"{kind.__name__ if kind else '?'} at {place}"


def smaller(data: bytes, harm: str) -> bytes:
    """The same harm from fewer bytes: ever smaller pieces are taken out for as long as it stays."""
    size, tries = len(data) // 2, 0
    while size and tries < TRIES:
        start = 0
        while start < len(data) and tries < TRIES:
            tries += 1
            without = data[:start] + data[start + size :]
            if harm_of(without) == harm:
                data = without
            else:
                start += size
        size //= 2
    return data


def work(seed: int, numbers: range, at: "multiprocessing.Value", out: "multiprocessing.Queue") -> None:  # type: ignore[valid-type]
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGPROF, strike)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    valid = [built.valid() for built in every_kind()]
    seen: dict[str, int] = {}
    for number in numbers:
        at.value = number  # type: ignore[attr-defined]
        data = spoiled(number, seed, valid)
        harm = harm_of(data)
        if harm:
            seen[harm] = seen.get(harm, 0) + 1
            if seen[harm] <= 3:  # the same line once more says nothing new
                kept = data if harm.startswith(("memory", "too long")) else smaller(data, harm)
                out.put((number, harm, kept))
            else:
                out.put((number, harm, b""))
    out.put(None)


@dataclass
class Job:
    """One process and what it has to do; begun again behind a file that it did not survive."""

    seed: int
    numbers: range

    def run(self, tell: Callable[[int, str, bytes], None]) -> Iterator[int]:
        """Yields how far it is, now and then."""
        context = multiprocessing.get_context("fork")
        rest = self.numbers
        while rest:
            at, out = context.Value("q", rest[0], lock=False), context.Queue()
            process = context.Process(target=work, args=(self.seed, rest, at, out))
            process.start()
            last, since, ended = rest[0], time.monotonic(), False
            while not ended:
                try:
                    item = out.get(timeout=1.0)
                except Exception:  # queue.Empty
                    if at.value != last:
                        last, since = at.value, time.monotonic()
                    if process.is_alive() and time.monotonic() - since < SILENCE:
                        yield (last - self.numbers.start) // self.numbers.step
                        continue
                    harm = "stuck" if process.is_alive() else f"died with {process.exitcode}"
                    process.kill()
                    tell(at.value, harm, b"")
                    break
                if item is None:
                    ended = True
                else:
                    tell(*item)
            process.join()
            rest = range(0) if ended else range(at.value + self.numbers.step, rest.stop, rest.step)
        yield len(self.numbers)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--start", type=int, default=0, help="the first number, to go on or to see one again")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="a folder for the files that do harm")
    options = parser.parse_args()
    started, harms = time.monotonic(), []

    def tell(number: int, harm: str, data: bytes) -> None:
        harms.append(harm)
        name = ""
        if data and options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            name = f"{options.seed}-{number}-{hashlib.sha256(data).hexdigest()[:8]}"
            (options.keep / name).write_bytes(data)
        if data or not harm.startswith(("internal", "escaped")):
            print(f"seed {options.seed}, number {number}: {harm} ({len(data)} bytes) {name}", flush=True)

    jobs = [
        Job(options.seed, range(options.start + job, options.start + options.count, options.jobs))
        for job in range(options.jobs)
    ]
    runs = [job.run(tell) for job in jobs]
    done, said = [0] * len(runs), 0.0
    while any(count < len(job.numbers) for count, job in zip(done, jobs, strict=True)):
        for number, run in enumerate(runs):
            done[number] = next(run, len(jobs[number].numbers))
        if time.monotonic() - said > 30:
            said = time.monotonic()
            print(f"{sum(done)} of {options.count} after {said - started:.0f} s", file=sys.stderr, flush=True)
    seconds = time.monotonic() - started
    kinds = len({(built.kind, built.title) for built in every_kind()})
    print(
        f"{options.count} spoiled files of {kinds} valid ones, seed {options.seed}: {len(harms)} did harm; {seconds:.0f} s"
    )
    return 1 if harms else 0


if __name__ == "__main__":
    sys.exit(main())
