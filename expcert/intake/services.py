"""Receiving files, reading them, and opening the sample estate."""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadedfile import UploadedFile as IncomingFile
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnostics.readers import FileReading, Limits, SourceFile, read
from diagnostics.samples.broken import sample_files
from expcert.accounts import audit
from expcert.accounts.models import AuditEvent, User, Workspace
from expcert.intake.models import Upload, UploadedFile
from expcert.inventory import services as inventory
from expcert.inventory.models import Deployment
from expcert.work import NoLongerOwner, Pulse, send

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

READ_UPLOAD = "expcert.intake.tasks.read_upload"  # by name: tasks call services, not the other way round
_ARRIVAL_ABANDONED_AFTER = 6 * 3600  # seconds; longer than any request that still brings files
_ARRIVES_WITHIN = 3600  # seconds; how long a folder without a row may belong to an upload that is still arriving
LONGEST_NAME = 400  # characters of a file's name that are kept
_LONGEST_EXTENSION = 20  # what is longer is no extension


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file as it arrived: its relative path (a folder that was dropped keeps its shape) and its content."""

    path: str
    file: IncomingFile[bytes]


def receive(
    *,
    request: HttpRequest,
    workspace: Workspace,
    deployment: Deployment | None,
    name: str,
    files: Sequence[Incoming],
) -> Upload:
    """Take files in: move them to the spool, make the rows, and send the upload to a worker when that is committed.

    `deployment` None makes a new one called `name` (or after the first file).
    """
    user = _user(request.user)
    with transaction.atomic():
        if deployment is None:
            deployment = Deployment.objects.create(
                workspace=workspace, name=name or _default_name(files), named_by_person=bool(name)
            )
        upload = Upload.objects.create(deployment=deployment, uploaded_by=user)
        names = unique_names(file.path for file in files)
        rows = [
            UploadedFile(upload=upload, number=number, name=name, size=incoming.file.size or 0)
            for number, (name, incoming) in enumerate(zip(names, files, strict=True))
        ]
        UploadedFile.objects.bulk_create(rows)
        try:
            _spool(upload, [incoming.file for incoming in files])
        except BaseException:
            shutil.rmtree(upload.spool, ignore_errors=True)
            raise
        audit.record(
            AuditEvent.Verb.UPLOADED, request=request, workspace=workspace, about=upload, detail={"files": len(rows)}
        )
        send(upload, READ_UPLOAD)
    return upload


def open_sample(*, request: HttpRequest, workspace: Workspace) -> Upload:
    """A new deployment with the built-in estate, freshly issued for this moment, through the same door as any upload."""
    now = timezone.now()
    with transaction.atomic():
        deployment = Deployment.objects.create(
            workspace=workspace, name=_("Sample estate"), named_by_person=True, is_sample=True
        )
        upload = Upload.objects.create(deployment=deployment, uploaded_by=_user(request.user))
        upload.spool.mkdir(mode=0o700, parents=True)
        rows = []
        for number, (name, content) in enumerate(sample_files(now).items()):
            _write(upload.spool / str(number), [content])
            rows.append(UploadedFile(upload=upload, number=number, name=name, size=len(content)))
        UploadedFile.objects.bulk_create(rows)
        audit.record(
            AuditEvent.Verb.UPLOADED, request=request, workspace=workspace, about=upload, detail={"sample": True}
        )
        send(upload, READ_UPLOAD)
    return upload


def read_upload(upload: Upload, pulse: Pulse) -> None:
    """Read every file of the upload and store what they say; the spool is emptied once that is committed.

    Safe to run twice: nothing is stored before the end, and then in one transaction with the end of the work.
    """
    pulse.say("reading", done=0)
    progress = _Progress(upload, pulse)
    limits = Limits(spool_directory=Path(settings.EXPCERT_SPOOL_DIR))
    reading = read(
        _sources(upload), limits=limits, on_file=progress.note, let_through=(NoLongerOwner, SoftTimeLimitExceeded)
    )
    pulse.say("storing")
    with transaction.atomic():
        row = inventory.record(upload.deployment, reading, upload_id=upload.pk)
        Upload.objects.filter(pk=upload.pk).update(reading=row, reading_name="")
        pulse.finish()
    shutil.rmtree(upload.spool, ignore_errors=True)


class _Progress:
    """Counts files as they are read; the pulse writes the count with its next beat."""

    def __init__(self, upload: Upload, pulse: Pulse) -> None:
        self._upload, self._pulse, self._done = upload, pulse, 0

    def note(self, file: FileReading) -> None:
        self._done += 1
        self._pulse.say(done=self._done)


def _sources(upload: Upload) -> Iterable[SourceFile]:
    for file in upload.files.all():
        yield SourceFile(name=file.name, path=upload.spool / str(file.number))


def _spool(upload: Upload, files: Sequence[IncomingFile[bytes]]) -> None:
    upload.spool.mkdir(mode=0o700, parents=True)
    for number, file in enumerate(files):
        target = upload.spool / str(number)
        if isinstance(file, TemporaryUploadedFile):
            # The same file system (FILE_UPLOAD_TEMP_DIR): a move, not a copy.
            os.replace(file.temporary_file_path(), target)
        else:
            _write(target, file.chunks())


def _write(target: Path, chunks: Iterable[bytes]) -> None:
    """A new file that its owner alone may read, whatever the umask."""
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.writelines(chunks)


def remove_forgotten_spools() -> int:
    """Delete spool folders that nobody reads any more: their upload has ended, or there never was one.

    A worker that died between commit and clean-up leaves the first kind, a web process that died while receiving the
    second; that one may still be arriving, so it stays for an hour.
    """
    removed = 0
    for folder in Path(settings.EXPCERT_SPOOL_DIR).iterdir():
        if folder.is_dir() and _is_forgotten(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def remove_abandoned_arrivals(older_than: float = _ARRIVAL_ABANDONED_AFTER) -> None:
    """Delete what a web process that died left half received; `older_than` in seconds, 0 where nothing can arrive now."""
    latest = timezone.now().timestamp() - older_than
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime <= latest:
                path.unlink()


def _is_forgotten(folder: Path) -> bool:
    try:
        upload = Upload._base_manager.filter(pk=folder.name).first()
    except ValidationError:
        upload = None
    if upload is not None:
        return upload.ended
    try:
        written = folder.stat().st_mtime
    except FileNotFoundError:  # another sweep was faster
        return False
    return timezone.now().timestamp() - written > _ARRIVES_WITHIN


def unique_names(paths: Iterable[str]) -> list[str]:
    """Relative paths made safe to show and different from each other; "server.pem" twice becomes "server (2).pem"."""
    taken: set[str] = set()
    names = []
    for path in paths:
        name = _shown(path)
        stem, extension = posixpath.splitext(name)
        if len(extension) > _LONGEST_EXTENSION:
            stem, extension = name, ""
        number = 2
        while name.casefold() in taken:
            tail = f" ({number}){extension}"
            name = stem[: LONGEST_NAME - len(tail)] + tail
            number += 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _shown(path: str) -> str:
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    name = "/".join(parts) or "file"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)[-LONGEST_NAME:]


def _default_name(files: Sequence[Incoming]) -> str:
    first = _shown(files[0].path) if files else ""
    return first[:120] or _("New deployment")


def _user(user: AbstractBaseUser | AnonymousUser) -> User | None:
    return user if isinstance(user, User) else None
