"""What is stored of an estate.

Readings are the truth: what each upload said, as observations, together with what people decided about it.
Certificates lie beside them, content-addressed. Clusters, nodes and zones are what the latest diagnosis put together from
all applied readings, kept for lists and look-ups; they can be made again at any time.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from expcert.accounts.access import WorkspaceOwned
from expcert.accounts.models import Workspace


class Deployment(WorkspaceOwned):
    """One customer's estate."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="deployments")
    name = models.CharField(_("name"), max_length=200)
    named_by_person = models.BooleanField(default=False)  # otherwise a diagnosis may find a better name
    is_sample = models.BooleanField(default=False)  # the built-in estate, opened to look around
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at", "id")

    def __str__(self) -> str:
        return self.name


class StoredDer(WorkspaceOwned):
    """Bytes known by their SHA-256, once per workspace: what one customer holds tells another nothing."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64)  # lower-case hex of the DER
    der = models.BinaryField()
    first_seen = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.sha256


class Certificate(StoredDer):
    """A certificate; `subject` and `not_after` are copied out for lists (not_after None: unreadable)."""

    subject = models.TextField(blank=True)
    not_after = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("workspace", "sha256"), name="certificate_once_per_workspace")
        ]


class RevocationList(StoredDer):
    """A certificate revocation list."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("workspace", "sha256"), name="crl_once_per_workspace")]


class Reading(WorkspaceOwned):
    """What one upload said: observations and files in the engine's stored forms, and the certificates they name.

    It is part of the estate once it is applied (`applied_at`), and waits for a person before that. Applied readings count
    in the order in which they were applied, since the newer one replaces what an older one said of the same thing.
    """

    workspace_path = "deployment__workspace"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="readings")
    read_at = models.DateTimeField(default=timezone.now, editable=False)
    applied_at = models.DateTimeField(null=True, editable=False)  # None: not part of the estate
    revision = models.PositiveIntegerField(default=0, editable=False)  # counts what was added after reading
    observations = models.JSONField()
    files = models.JSONField()
    certificates = models.JSONField(default=list)  # SHA-256, hex
    crls = models.JSONField(default=list)

    class Meta:
        ordering = ("read_at", "id")


class PlacementDecision(WorkspaceOwned):
    """Where a person said that a file belongs; the engine's `Decision`, one for each path of a deployment.

    `node` empty: it belongs to no node. At most one of `slot` and `store` is set.
    """

    workspace_path = "deployment__workspace"

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="decisions")
    path = models.TextField()
    certificate = models.CharField(max_length=64, blank=True)  # SHA-256, hex; empty where the file holds none
    names = models.JSONField(default=list)
    node = models.CharField(max_length=255, blank=True)
    slot = models.CharField(max_length=40, blank=True)
    store = models.CharField(max_length=40, blank=True)
    crl = models.BooleanField(default=False)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("decided_at", "id")

    def __str__(self) -> str:
        return f"{self.path}: {self.node or '-'}"


class Cluster(WorkspaceOwned):
    """A cluster as the latest diagnosis saw it."""

    workspace_path = "deployment__workspace"

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="clusters")
    name = models.CharField(max_length=255)
    role = models.CharField(max_length=30)  # a value of the engine's Role

    class Meta:
        ordering = ("id",)


class Node(WorkspaceOwned):
    """A node as the latest diagnosis saw it.

    `installed` maps a slot to the SHA-256 of its certificate, `trusted` a list's name to its SHA-256s in their order.
    """

    workspace_path = "cluster__deployment__workspace"

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="nodes")
    fqdn = models.CharField(max_length=255)
    version = models.CharField(max_length=60, blank=True)  # empty: nobody said
    addresses = models.JSONField(default=list)
    installed = models.JSONField(default=dict)
    trusted = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.fqdn


class Zone(WorkspaceOwned):
    """A zone as the latest diagnosis saw it; None and empty: nobody said."""

    workspace_path = "cluster__deployment__workspace"

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="zones")
    name = models.CharField(max_length=255)
    type = models.CharField(max_length=30)
    port = models.PositiveIntegerField(null=True)
    verify_name = models.CharField(max_length=255, blank=True)
    peers = models.JSONField(default=list)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name
