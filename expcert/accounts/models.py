"""Who there is, what they belong to, and what they did."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from expcert.accounts.access import ScopedQuerySet
from expcert.accounts.roles import Role


class User(AbstractUser):
    """A person who signs in. Ours from the first migration on, as it cannot be exchanged later."""

    memberships: models.Manager[Membership]


class WorkspaceQuerySet(ScopedQuerySet["Workspace"]):
    workspace_path = "pk"


class Workspace(models.Model):
    """The wall between customers: whoever is not a member sees nothing inside, not even that it exists."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's place in one workspace."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("user", "workspace"), name="one_membership_per_workspace"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.workspace_id} as {self.role}"


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def update(self, **kwargs: Any) -> int:
        raise AppendOnly

    def delete(self) -> Any:
        raise AppendOnly

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[AuditEvent]:
        if kwargs.get("update_conflicts") or len(args) > 2:  # "insert or change" is a change
            raise AppendOnly
        return super().bulk_create(objs, *args, **kwargs)


class AppendOnly(TypeError):
    """Something tried to change or remove a line of the audit trail."""

    def __init__(self) -> None:
        super().__init__("The audit trail is only added to.")


class AuditEvent(models.Model):
    """One thing that a person or the product did. Written by `audit.record` alone; never changed afterwards.

    What holds this is the model and its manager, not the database: whoever can reach the database can change it.
    """

    class Verb(models.TextChoices):
        SIGNED_IN = "signed-in", _("signed in")
        SIGN_IN_FAILED = "sign-in-failed", _("failed to sign in")
        SIGNED_OUT = "signed-out", _("signed out")
        PASSWORD_CHANGED = "password-changed", _("changed a password")
        USER_CREATED = "user-created", _("created a user")
        WORKSPACE_CREATED = "workspace-created", _("created a workspace")
        MEMBER_ADDED = "member-added", _("added a member")
        UPLOADED = "uploaded", _("uploaded a file")
        UPLOAD_REFUSED = "upload-refused", _("was refused an upload")
        UPLOAD_DELETED = "upload-deleted", _("deleted an upload")
        UPLOAD_APPLIED = "upload-applied", _("applied an upload")
        UPLOAD_DISCARDED = "upload-discarded", _("discarded an upload")
        CONTAINER_TRIED = "container-tried", _("tried a password on a container")
        FILE_PLACED = "file-placed", _("said where a file belongs")
        PLACE_FREED = "place-freed", _("took back where a file belongs")
        DIAGNOSED = "diagnosed", _("asked for a diagnosis")
        EXPORTED = "exported", _("exported a report")
        SHARE_CREATED = "share-created", _("made a share link")
        SHARE_OPENED = "share-opened", _("opened a share link")
        SHARE_REVOKED = "share-revoked", _("revoked a share link")

    workspace = models.ForeignKey(
        Workspace, null=True, on_delete=models.SET_NULL, related_name="+"
    )  # None: of no workspace
    actor = models.ForeignKey(  # None: the product itself, or somebody without an account
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = models.CharField(max_length=150, blank=True)  # outlives the account
    verb = models.CharField(max_length=40, choices=Verb.choices)
    object_kind = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())
    address = models.GenericIPAddressField(null=True)  # None: not caused by a request

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-id")
        indexes: ClassVar = [models.Index(fields=("workspace", "-at"), name="audit_of_workspace")]

    def __str__(self) -> str:
        return f"{self.actor_name or '-'} {self.verb} {self.object_kind} {self.object_id}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise AppendOnly
