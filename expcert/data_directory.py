"""The directory that holds everything the product keeps: the database, the secret key, the broker's file, uploads."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

PRIVATE_DIRECTORY = 0o700
SECRET_KEY_FILE = "secret_key"
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero included.
LONGEST_SOCKET_PATH = 100


def prepare(directory: Path) -> None:
    """Make the directory, private to its owner. A failure is left for the system check, which can explain it."""
    with contextlib.suppress(OSError):
        directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)


def secret_key(directory: Path) -> str:
    """The key that signs sessions and tokens: made once, then the same for every process on this directory."""
    path = directory / SECRET_KEY_FILE
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(64))
        return path.read_text(encoding="ascii").strip()
    except OSError as exc:
        raise ImproperlyConfigured(
            f"EXPCERT_DATA_DIR: the secret key cannot be kept in {directory}: {exc.strerror}. "
            "Make the directory writable, or set EXPCERT_SECRET_KEY."
        ) from exc


def _write_once(path: Path, text: str) -> None:
    """Two processes may start at once: each writes a file of its own, and linking decides whose becomes the key."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def broker_socket(directory: Path) -> Path:
    """Where the embedded broker listens: in the data directory, or where that path is too long, in a private short one."""
    path = directory / "broker.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    mark = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"expcert-{os.getuid()}-{mark}" / "broker.sock"
