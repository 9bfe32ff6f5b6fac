"""Uploads: what was handed over, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from expcert.accounts.access import WorkspaceOwned
from expcert.inventory.models import Deployment, Reading
from expcert.work import Work


class Became(models.TextChoices):
    """What became of what was read. Empty while it is not read, or could not be."""

    WAITING = "waiting", _("waits for an answer")  # stored, and no part of the estate yet
    APPLIED = "applied", _("applied")
    DISCARDED = "discarded", _("discarded")


class Upload(Work, WorkspaceOwned):
    """Files handed over together. As a piece of work: reading them.

    Steps: "reading" (units: files and archive members; the total is not known before the end), "storing".

    `changes` is what it changed in the estate when it was applied (`previewing.stored_changes`); empty before.
    """

    workspace_path = "deployment__workspace"

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="uploads")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    reading = models.OneToOneField(Reading, null=True, on_delete=models.SET_NULL, related_name="upload")
    files_read = models.PositiveIntegerField(default=0, editable=False)  # files and archive members
    became = models.CharField(max_length=10, choices=Became.choices, blank=True, editable=False)
    settled_at = models.DateTimeField(null=True, editable=False)  # when it was applied or discarded
    settled_by = models.ForeignKey(  # None: the product itself
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    changes = models.JSONField(default=dict, editable=False)

    class Meta(Work.Meta):
        ordering = ("-created_at", "id")
        indexes: ClassVar = [
            *Work.Meta.indexes,
            models.Index(fields=("became", "created_at"), name="upload_by_what_became"),
        ]

    @property
    def spool(self) -> Path:
        """Its private folder; gone once the files are read and no container of it waits for a password."""
        return Path(settings.EXPCERT_SPOOL_DIR) / str(self.pk)


class Review(WorkspaceOwned):
    """What is asked about an upload that waits; gone once that is answered.

    Attributes:
        base: what the preview was computed against (`previewing.base_of`); another one makes it stale.
        changes: what would be added, replaced and left, as `previewing.stored_changes` has it.
        questions: files whose place is asked for: path, certificate, its subject, and the places that it fits.
        more_questions: how many more there are than are asked.
        answers: path -> the choice that a person made and has not confirmed.
        locked: containers that wait for a password: {"path": ..., "name": the file in the spool that holds it}.
        tries: passwords that were tried.
    """

    workspace_path = "upload__deployment__workspace"

    upload = models.OneToOneField(Upload, primary_key=True, on_delete=models.CASCADE, related_name="review")
    base = models.CharField(max_length=64)
    changes = models.JSONField(default=dict)
    questions = models.JSONField(default=list)
    more_questions = models.PositiveIntegerField(default=0)
    answers = models.JSONField(default=dict)
    locked = models.JSONField(default=list)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"review of {self.upload_id}"


class UploadedFile(models.Model):
    """One file as it was handed over: the name that the browser gave, and its number, which is its name in the spool."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=400)
    size = models.PositiveBigIntegerField()  # bytes

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("upload", "number"), name="file_once_per_upload"),)

    def __str__(self) -> str:
        return self.name
