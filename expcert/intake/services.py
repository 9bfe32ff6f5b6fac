"""Receiving files, reading them, and opening the sample estate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile as IncomingFile
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnostics.readers import FileReading, Limits, SourceFile
from diagnostics.readers import Reading as EngineReading
from diagnostics.readers.isolated import read_isolated
from diagnostics.samples.broken import sample_files
from expcert.accounts import audit
from expcert.accounts.models import AuditEvent, User, Workspace
from expcert.intake import spool
from expcert.intake.models import Became, Review, Upload, UploadedFile
from expcert.intake.naming import shown, unique_names
from expcert.intake.previewing import Preview, base_of, preview_of_reading
from expcert.inventory import services as inventory
from expcert.inventory.models import Deployment, Reading
from expcert.work import Pulse, send

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

READ_UPLOAD = "expcert.intake.tasks.read_upload"  # by name: tasks call services, not the other way round
_LOOKS = 3  # at what a reading would change, while other uploads of the same deployment keep being applied


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
    names = unique_names(file.path for file in files)
    with transaction.atomic():
        if deployment is None:
            deployment = Deployment.objects.create(
                workspace=workspace, name=name or _default_name(files), named_by_person=bool(name)
            )
        upload = Upload.objects.create(deployment=deployment, uploaded_by=user)
        rows = [
            UploadedFile(upload=upload, number=number, name=name, size=incoming.file.size or 0)
            for number, (name, incoming) in enumerate(zip(names, files, strict=True))
        ]
        UploadedFile.objects.bulk_create(rows)
        try:
            spool.fill(upload, [incoming.file for incoming in files])
        except BaseException:
            spool.empty(upload)
            raise
        audit.record(
            AuditEvent.Verb.UPLOADED, request=request, workspace=workspace, about=upload, detail={"files": len(rows)}
        )
        send(upload, READ_UPLOAD)
    return upload


def open_sample(*, request: HttpRequest, workspace: Workspace) -> Upload:
    """A new deployment with the built-in estate, freshly issued for this moment, through the same door as any upload."""
    files = sample_files(timezone.now())
    with transaction.atomic():
        deployment = Deployment.objects.create(
            workspace=workspace, name=_("Sample estate"), named_by_person=True, is_sample=True
        )
        upload = Upload.objects.create(deployment=deployment, uploaded_by=_user(request.user))
        upload.spool.mkdir(mode=0o700, parents=True)
        rows = []
        for number, (name, content) in enumerate(files.items()):
            spool.write(upload.spool / str(number), [content])
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
    # In a process of its own, which ends with whatever ends this one: a file may take it down and no more.
    reading = read_isolated(_sources(upload), limits=limits, on_file=progress.note)
    pulse.say("storing")
    locked = spool.keep_locked(upload, pulse.attempt, reading.locked)
    _store(upload, reading, locked, pulse)
    spool.empty(upload, keep=[container["name"] for container in locked])


def _store(upload: Upload, reading: EngineReading, locked: list[dict[str, str]], pulse: Pulse) -> None:
    """Apply at once what asks nothing and replaces nothing; let the rest wait for a person.

    What it would change is worked out before the transaction, which on SQLite stops every other writer. Another upload may
    be applied meanwhile: then once more.
    """
    deployment = upload.deployment
    for look in range(_LOOKS):
        preview = preview_of_reading(deployment, reading)
        with transaction.atomic():
            inventory.hold(deployment)
            current = preview.base == base_of(deployment)
            if not current and look < _LOOKS - 1:
                continue
            row = inventory.store(deployment, reading)
            waits = bool(preview.replaces or preview.asks or locked or not current)
            if not waits:
                inventory.apply(row, upload_id=upload.pk)
            _note_what_became(upload, row, preview, locked, waits=waits)
            pulse.finish()
        return


def _note_what_became(
    upload: Upload, row: Reading, preview: Preview, locked: list[dict[str, str]], *, waits: bool
) -> None:
    became = Became.WAITING if waits else Became.APPLIED
    Upload.objects.filter(pk=upload.pk).update(
        reading=row,
        files_read=len(row.files["files"]),
        became=became,
        settled_at=None if waits else timezone.now(),
        settled_by=None,
        changes={} if waits else preview.changes,
    )
    if waits:
        Review.objects.create(
            upload=upload,
            base=preview.base,
            changes=preview.changes,
            questions=preview.questions,
            more_questions=preview.more_questions,
            locked=locked,
        )


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


def _default_name(files: Sequence[Incoming]) -> str:
    first = shown(files[0].path) if files else ""
    return first[:120] or _("New deployment")


def _user(user: AbstractBaseUser | AnonymousUser) -> User | None:
    return user if isinstance(user, User) else None
