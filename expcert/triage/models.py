"""Diagnoses and their findings."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from expcert.accounts.access import WorkspaceOwned
from expcert.intake.models import Upload
from expcert.inventory.models import Deployment
from expcert.work import Work


class Verdict(models.TextChoices):
    """One word for an estate, as in the report."""

    BROKEN = "broken", _("Broken")  # a critical or high finding
    AT_RISK = "at-risk", _("At risk")  # only lower ones, or something runs out soon
    HEALTHY = "healthy", _("Healthy")  # everything that applies was checked and holds
    UNKNOWN = "unknown", _("Unknown")  # nothing found, but something that matters could not be told


class Severity(models.TextChoices):
    """As in the report, worst first."""

    CRITICAL = "critical", _("Critical")
    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")
    INFO = "info", _("Info")


class Diagnosis(Work, WorkspaceOwned):
    """One run of the rules over everything known of a deployment.

    `document` is the engine's `expcert-diagnosis/1`: codes and parameters, no sentence; immutable once written, None
    before. The counts are copied out of it for lists. Steps: "loading", "judging", "storing".
    """

    workspace_path = "deployment__workspace"

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="diagnoses")
    upload = models.ForeignKey(
        Upload, null=True, on_delete=models.SET_NULL, related_name="diagnoses"
    )  # what set it off
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    judged_at = models.DateTimeField(null=True)  # the moment that certificates are judged at
    document = models.JSONField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    critical = models.PositiveIntegerField(default=0)
    high = models.PositiveIntegerField(default=0)
    medium = models.PositiveIntegerField(default=0)
    low = models.PositiveIntegerField(default=0)
    info = models.PositiveIntegerField(default=0)

    class Meta(Work.Meta):
        ordering = ("-created_at", "id")
        indexes: ClassVar = [
            *Work.Meta.indexes,
            models.Index(fields=("deployment", "-created_at"), name="diagnosis_of_deployment"),
        ]

    def __str__(self) -> str:
        return f"{self.deployment_id} {self.verdict or self.state}"


class Finding(WorkspaceOwned):
    """A finding of a diagnosis as a row, to list and filter; its facts are in the document under the same id."""

    workspace_path = "diagnosis__deployment__workspace"

    diagnosis = models.ForeignKey(Diagnosis, on_delete=models.CASCADE, related_name="findings")
    finding_id = models.CharField(max_length=16)  # the engine's id: the same from run to run
    code = models.CharField(max_length=80)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    cluster = models.CharField(max_length=255, blank=True)
    node = models.CharField(max_length=255, blank=True)
    zone = models.CharField(max_length=255, blank=True)
    cause = models.CharField(max_length=16, blank=True)  # the finding that explains it; empty: it stands for itself

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("diagnosis", "finding_id"), name="finding_once_per_diagnosis")
        ]
        indexes: ClassVar = [models.Index(fields=("code",), name="finding_by_code")]

    def __str__(self) -> str:
        return f"{self.code} at {self.node or self.cluster}"
