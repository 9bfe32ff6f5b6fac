"""Links that open one frozen diagnosis without an account."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from expcert.accounts.access import WorkspaceOwned
from expcert.triage.models import Diagnosis


class Redaction(models.TextChoices):
    """What is taken out of the copy that a link shows."""

    NOTHING = "nothing", _("Nothing")
    ADDRESSES = "addresses", _("IP addresses (shown as address-1, address-2 …)")


class ShareLink(WorkspaceOwned):
    """A read-only link. The token itself is shown once and stored only as its SHA-256.

    `document` is a frozen, redacted copy: what the link shows never changes and needs no other row.
    """

    workspace_path = "diagnosis__deployment__workspace"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    diagnosis = models.ForeignKey(Diagnosis, on_delete=models.CASCADE, related_name="share_links")
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    document = models.JSONField()
    redaction = models.CharField(max_length=20, choices=Redaction.choices, default=Redaction.NOTHING)
    note = models.CharField(_("note"), max_length=200, blank=True)  # who it is for; shown to the owner only
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    opened = models.PositiveIntegerField(default=0)  # how often
    last_opened_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "id")
        indexes: ClassVar = [models.Index(fields=("diagnosis", "-created_at"), name="links_of_diagnosis")]

    def __str__(self) -> str:
        return f"{self.id} until {self.expires_at:%Y-%m-%d}"

    def opens_at(self, moment: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and moment < self.expires_at

    @property
    def opens(self) -> bool:
        """Whether it opens now."""
        return self.opens_at(timezone.now())
