"""Making accounts and giving them passwords."""

from __future__ import annotations

import secrets

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from expcert.accounts import audit
from expcert.accounts.models import AuditEvent, Membership, User, Workspace
from expcert.accounts.roles import Role

FIRST_ADMINISTRATOR = "admin"
FIRST_WORKSPACE = "Default workspace"
# No letter or digit that is easily taken for another, as these are read from a terminal and typed.
PASSWORD_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"


def generated_password() -> str:
    """Five groups of four signs: 99 bits."""
    return "-".join("".join(secrets.choice(PASSWORD_SIGNS) for _ in range(4)) for _ in range(5))


@transaction.atomic
def create_first_administrator() -> str | None:
    """Make the first account, and the workspace it owns; the password, or None where an administrator exists already."""
    if User.objects.filter(is_superuser=True).exists():
        return None
    password = generated_password()
    user, made = User.objects.get_or_create(username=FIRST_ADMINISTRATOR)
    user.is_superuser = user.is_staff = user.is_active = True
    user.set_password(password)
    user.save()
    workspace = Workspace.objects.order_by("created_at").first()
    if workspace is None:
        workspace = Workspace.objects.create(name=FIRST_WORKSPACE)
        audit.record(AuditEvent.Verb.WORKSPACE_CREATED, workspace=workspace, about=workspace)
    Membership.objects.update_or_create(user=user, workspace=workspace, defaults={"role": Role.OWNER})
    verb = AuditEvent.Verb.USER_CREATED if made else AuditEvent.Verb.PASSWORD_CHANGED
    audit.record(verb, workspace=workspace, about=user)
    return password


@transaction.atomic
def reset_password(user: AbstractBaseUser) -> str:
    """Give a new password, which also ends the sessions that the old one opened."""
    password = generated_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(AuditEvent.Verb.PASSWORD_CHANGED, about=user)
    return password
