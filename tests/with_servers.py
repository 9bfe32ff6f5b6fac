"""Runs a command beside a private PostgreSQL and a private Redis: `python tests/with_servers.py COMMAND...`.

Both listen on sockets in a temporary folder, forget everything at the end, and end with this program whatever ends it.
The command finds them through DATABASE_URL and REDIS_URL; its exit status becomes ours.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from expcert import lifeline

NAME = "expcert"  # of the role and of the database
READY_WITHIN = 30.0  # seconds
ENDS_WITHIN = 10.0  # seconds, after which it is killed
POSTGRES_PLACES = "/usr/lib/postgresql"  # Debian's, which puts no server on the PATH


class CannotRun(Exception):
    """What is missing and how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    initdb: Path
    postgres: Path
    createdb: Path
    redis: Path


def find_programs() -> Programs:
    """Raises CannotRun that names everything which is missing at once."""
    found = {name: _postgres_program(name) for name in ("initdb", "postgres", "createdb")}
    redis = shutil.which("redis-server") or shutil.which("valkey-server")
    missing = []
    if None in found.values():
        missing.append(
            "PostgreSQL's server (Debian: apt-get install postgresql; Fedora: dnf install postgresql-server)"
        )
    if redis is None:
        missing.append("redis-server or valkey-server (Debian: apt-get install redis-server)")
    if missing:
        raise CannotRun(f"Install {' and '.join(missing)}.")
    return Programs(**{name: Path(str(path)) for name, path in found.items()}, redis=Path(str(redis)))


def _postgres_program(name: str) -> Path | None:
    versions = Path(POSTGRES_PLACES).glob(f"*/bin/{name}")
    newest = sorted(versions, key=lambda path: [int(part) for part in path.parts[-3].split(".") if part.isdigit()])
    if newest:
        return newest[-1]
    found = shutil.which(name)
    return Path(found) if found else None


def unprivileged() -> dict[str, object]:
    """For `subprocess`: PostgreSQL refuses to run as root, so there it runs as the user that its package made."""
    if os.geteuid() != 0:
        return {}
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        raise CannotRun("PostgreSQL does not run as root, and there is no user postgres: useradd postgres") from None
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def server(
    command: list[str], *, ready: Callable[[], bool], ends_by: signal.Signals, orphaned: signal.Signals, **how: object
) -> Iterator[None]:
    """Runs it until the block is left. Raises CannotRun where it does not become ready."""
    parent = os.getpid()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C is for the command first
            preexec_fn=lambda: lifeline.end_with(parent, orphaned),
            **how,  # type: ignore[call-overload]
        )
        try:
            deadline = time.monotonic() + READY_WITHIN
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    output.seek(0)
                    raise CannotRun(f"{command[0]} did not start:\n{output.read().decode(errors='replace')}")
                time.sleep(0.05)
            yield
        finally:
            end(process, ends_by)


def end(process: subprocess.Popen[bytes], by: signal.Signals) -> None:
    process.send_signal(by)
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def postgres(programs: Programs, folder: Path) -> Iterator[str]:
    """A fresh cluster in `folder`, without a password, on a socket that only its owner and root reach; its address."""
    data, how = folder / "data", unprivileged()
    if how:
        os.chown(folder, int(str(how["user"])), int(str(how["group"])))
    made = subprocess.run(
        [programs.initdb, "-D", data, "-U", NAME, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
        cwd=folder,
        capture_output=True,
        text=True,
        **how,  # type: ignore[call-overload]
    )
    if made.returncode:
        raise CannotRun(f"initdb failed:\n{made.stdout}{made.stderr}")
    # What is lost with the machine need not be safe from a power cut.
    fast = [part for name in ("fsync", "synchronous_commit", "full_page_writes") for part in ("-c", f"{name}=off")]
    command = [str(programs.postgres), "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", *fast]
    create = [programs.createdb, "-h", folder, "-U", NAME, NAME]

    def created() -> bool:
        return subprocess.run(create, cwd=folder, capture_output=True, check=False).returncode == 0

    # SIGINT: end now and leave in order (SIGTERM waits for every client); SIGQUIT takes the sessions along.
    with server(command, ready=created, ends_by=signal.SIGINT, orphaned=signal.SIGQUIT, cwd=folder, **how):
        yield f"postgres://{NAME}@/{NAME}?{urlencode({'host': folder})}"


@contextlib.contextmanager
def redis(programs: Programs, folder: Path) -> Iterator[str]:
    """A server that keeps nothing, with databases for many test processes; its address."""
    socket = folder / "redis.sock"
    command = [str(programs.redis), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--save", "", "--appendonly", "no", "--databases", "64", "--maxmemory-policy", "noeviction"]
    kill = signal.SIGKILL
    with server(command, ready=socket.exists, ends_by=signal.SIGTERM, orphaned=kill, cwd=folder):
        yield f"unix://{socket}?db=0"


def run_beside_servers(command: list[str]) -> int:
    programs = find_programs()
    with contextlib.ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="expcert-"))) for _ in range(2)]
        addresses = {
            "DATABASE_URL": stack.enter_context(postgres(programs, folders[0])),
            "REDIS_URL": stack.enter_context(redis(programs, folders[1])),
        }
        try:
            process = subprocess.Popen(command, env={**os.environ, **addresses})
        except OSError as exc:
            raise CannotRun(f"{command[0]}: {exc.strerror}") from exc
        return wait_for(process)


def wait_for(process: subprocess.Popen[bytes]) -> int:
    """Its exit status, as a shell would say it. What asks us to end is passed on, and its end awaited."""
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    signal.signal(signal.SIGHUP, lambda *_: process.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the command too
    status = process.wait()
    return 128 - status if status < 0 else status


def main(arguments: list[str]) -> int:
    if not arguments:
        print(f"usage: {sys.argv[0]} COMMAND...", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # while the servers are still starting
    try:
        return run_beside_servers(arguments)
    except CannotRun as exc:
        print(exc, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
