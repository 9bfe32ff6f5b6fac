"""Uploads: what was handed over, and what became of it."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone

from expcert.accounts.access import WorkspaceOwned
from expcert.inventory.models import Deployment, Reading
from expcert.work import Work


class Upload(Work, WorkspaceOwned):
    """Files handed over together. As a piece of work: reading them.

    Steps: "reading" (units: files and archive members; the total is not known before the end), "storing".
    """

    workspace_path = "deployment__workspace"

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="uploads")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    reading = models.OneToOneField(Reading, null=True, on_delete=models.SET_NULL, related_name="upload")
    reading_name = models.CharField(max_length=400, blank=True)  # the file being read now

    class Meta(Work.Meta):
        ordering = ("-created_at", "id")

    @property
    def spool(self) -> Path:
        """Its private folder; gone once the files are read."""
        return Path(settings.EXPCERT_SPOOL_DIR) / str(self.pk)


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
