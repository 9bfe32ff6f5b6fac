"""Writing the audit trail."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest

from expcert.accounts.access import Person
from expcert.accounts.models import AuditEvent, User, Workspace


def record(
    verb: AuditEvent.Verb,
    *,
    actor: Person | None = None,
    request: HttpRequest | None = None,
    workspace: Workspace | None = None,
    about: models.Model | None = None,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add one line. `request` gives the address, and the actor where none is named; `detail` must hold no secret."""
    person = actor if actor is not None else getattr(request, "user", None)
    known = person if isinstance(person, User) and person.pk else None
    return AuditEvent.objects.create(
        workspace=workspace,
        actor=known,
        actor_name=known.get_username() if known else "",
        verb=verb,
        object_kind=about._meta.label_lower if about is not None else "",
        object_id=str(about.pk) if about is not None else "",
        detail=detail or {},
        address=(request.META.get("REMOTE_ADDR") or None) if request is not None else None,
    )
