"""A reading child in which a text file can do what a hostile one might: its first line says what."""

import ctypes
import os
import resource
import signal
import sys

from diagnostics.readers import child, frames, walk
from diagnostics.readers.base import Kind, Outcome, Problem, ProblemCode, Taken

PIPE = 3  # what `child.main` makes of standard output: the first number that is free


def abort():
    os.abort()


def segfault():
    ctypes.string_at(0)


def leave():
    os._exit(0)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def eat():
    hoard = []
    while True:
        hoard.append(bytearray(64 * 1024 * 1024))


def spin():
    while True:
        pass


def hang():
    signal.pause()


def babble():
    os.write(PIPE, b"\xff" * 100)


def promise_much():
    os.write(PIPE, bytes([frames.Tag.CERTIFICATE]) + b"\xff\xff\xff\xff")


def strangers_file():
    frames.send(PIPE, frames.Tag.BEGINS, frames.begins((99,), None))


def file_of_before():
    frames.send(PIPE, frames.Tag.BEGINS, frames.begins((0,), None))


def no_certificate():
    frames.send(PIPE, frames.Tag.CERTIFICATE, b"0\x03\x02\x01\x01")


def no_json():
    frames.send(PIPE, frames.Tag.FILE, b"[" * 100_000)


def fail():
    raise KeyError("what the file " + "says")


def print_much():
    print("words that were meant for a terminal")
    os.write(1, b"more of them")


def complain():
    for _ in range(1000):
        os.write(2, b"a warning of some library\n" * 100)


def die_behind():
    """End once this file is said and before the next one is begun, as when the system ends the process."""
    whole = child._Telling.take

    def take(self, place, file, taken):
        whole(self, place, file, taken)
        os.kill(os.getpid(), signal.SIGKILL)

    child._Telling.take = take


def tell():
    """What this process knows of its parent's secrets, and what holds it."""
    asked = (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE, resource.RLIMIT_AS)
    bounds = [resource.getrlimit(kind)[0] for kind in asked]
    with open("/proc/self/cmdline", "rb") as stream:
        command = stream.read()
    return {
        "environment": " ".join(sorted(os.environ)),
        "command": repr(command),
        "bounds": " ".join(map(str, bounds)),
        "directory": os.getcwd(),
        "leads": str(os.getsid(0) == os.getpid()),
        "modules": " ".join(sorted(name for name in sys.modules if "." not in name)),
    }


def spoiled(data, source, limits):
    name = data.split(b"\n", 1)[0].decode("utf-8", "replace").removeprefix("do: ").replace(" ", "_")
    told = globals()[name]() if data.startswith(b"do: ") else None
    problems = (Problem(code=ProblemCode.NOT_RECOGNISED, params=told or {}),)
    return Taken(kind=Kind.TEXT, outcome=Outcome.NOT_READ, problems=problems)


if __name__ == "__main__":
    walk.READERS[Kind.TEXT] = spoiled
    child.read_certificates = lambda data, source, limits: spoiled(data, source, limits)
    sys.exit(child.main())
