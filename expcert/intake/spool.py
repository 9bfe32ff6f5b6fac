"""The private folder of each upload: its files until they are read, and containers that wait for a password.

A container lies there with its private keys taken out, in a folder that carries the number of the attempt that read it:
an attempt that was taken over and still writes does not touch what the other one keeps.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadedfile import UploadedFile as IncomingFile
from django.utils import timezone

from expcert.intake.models import Became, Review, Upload

_ARRIVAL_ABANDONED_AFTER = 6 * 3600  # seconds; longer than any request that still brings files
_ARRIVES_WITHIN = 3600  # seconds; how long a folder without a row may belong to an upload that is still arriving


def fill(upload: Upload, files: Sequence[IncomingFile[bytes]]) -> None:
    """Move what arrived to the spool, each file under its number."""
    upload.spool.mkdir(mode=0o700, parents=True)
    for number, file in enumerate(files):
        target = upload.spool / str(number)
        if isinstance(file, TemporaryUploadedFile):
            # The same file system (FILE_UPLOAD_TEMP_DIR): a move, not a copy.
            os.replace(file.temporary_file_path(), target)
        else:
            write(target, file.chunks())


def write(target: Path, chunks: Iterable[bytes]) -> None:
    """A new file that its owner alone may read, whatever the umask."""
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.writelines(chunks)


def keep_locked(upload: Upload, attempt: int, locked: Mapping[str, bytes]) -> list[dict[str, str]]:
    """Write containers that wait for a password; as `Review.locked` has them."""
    if not locked:
        return []
    folder = f"locked-{attempt}"
    (upload.spool / folder).mkdir(mode=0o700, parents=True)
    kept = []
    for number, (path, data) in enumerate(locked.items()):
        name = f"{folder}/{number}"
        write(upload.spool / name, [data])
        kept.append({"path": path, "name": name})
    return kept


def locked_bytes(upload: Upload, name: str) -> bytes | None:
    """A container that waits; None where it is gone (somebody emptied the data directory, say)."""
    with suppress(FileNotFoundError):
        return (upload.spool / name).read_bytes()
    return None


def empty(upload: Upload, keep: Collection[str] = ()) -> None:
    """Remove all but the containers of those names; the whole folder where nothing is kept."""
    if not keep:
        shutil.rmtree(upload.spool, ignore_errors=True)
        return
    for path in _below(upload.spool):
        if path.is_file() and path.relative_to(upload.spool).as_posix() not in keep:
            path.unlink(missing_ok=True)


def _below(folder: Path) -> list[Path]:
    try:
        return list(folder.rglob("*"))
    except FileNotFoundError:  # another sweep was faster
        return []


def remove_forgotten_spools() -> int:
    """Delete spool folders that nobody reads any more: their upload has ended, or there never was one.

    A worker that died between commit and clean-up leaves the first kind, a web process that died while receiving the
    second; that one may still be arriving, so it stays for an hour. Of an upload that waits, its locked containers stay.
    """
    removed = 0
    for folder in Path(settings.EXPCERT_SPOOL_DIR).iterdir():
        if folder.is_dir() and _is_forgotten(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _is_forgotten(folder: Path) -> bool:
    try:
        upload = Upload._base_manager.filter(pk=folder.name).first()
    except ValidationError:
        upload = None
    if upload is not None:
        return upload.ended and not _waits(upload)
    try:
        written = folder.stat().st_mtime
    except FileNotFoundError:  # another sweep was faster
        return False
    return timezone.now().timestamp() - written > _ARRIVES_WITHIN


def _waits(upload: Upload) -> bool:
    """Whether containers of it wait for a password; whatever else lies beside them is removed."""
    if upload.became != Became.WAITING:
        return False
    review = Review.objects.filter(upload=upload).first()
    kept = {container["name"] for container in review.locked} if review is not None else set()
    if kept:
        empty(upload, kept)
    return bool(kept)


def remove_abandoned_arrivals(older_than: float = _ARRIVAL_ABANDONED_AFTER) -> None:
    """Delete what a web process that died left half received; `older_than` in seconds, 0 where nothing can arrive now."""
    latest = timezone.now().timestamp() - older_than
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime <= latest:
                path.unlink()
