"""Making, opening and revoking share links."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from diagnostics.reports.redaction import without_addresses
from expcert.accounts import audit
from expcert.accounts.models import AuditEvent, User
from expcert.sharing.models import Redaction, ShareLink
from expcert.triage.models import Diagnosis

TOKEN_BYTES = 32  # from the system's generator: 256 bits, nothing to guess
DEFAULT_DAYS = 7


class CannotShare(Exception):
    """The diagnosis is not finished, or the link would live longer than the administrator allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A link and its token, which exists here and in the address alone."""

    link: ShareLink
    token: str


@transaction.atomic
def share(diagnosis: Diagnosis, *, request: HttpRequest, days: int, redaction: Redaction, note: str = "") -> NewLink:
    """Freeze the diagnosis behind a fresh token. Raises `CannotShare`."""
    if diagnosis.document is None or not 1 <= days <= settings.EXPCERT_SHARE_MAX_DAYS:
        raise CannotShare
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ShareLink.objects.create(
        diagnosis=diagnosis,
        token_sha256=_digest(token),
        document=_frozen(diagnosis, redaction),
        redaction=redaction,
        note=note[:200],
        created_by=request.user if isinstance(request.user, User) else None,
        expires_at=timezone.now() + timedelta(days=days),
    )
    audit.record(
        AuditEvent.Verb.SHARE_CREATED,
        request=request,
        workspace=diagnosis.deployment.workspace,
        about=link,
        detail={"days": days, "redaction": redaction.value},
    )
    return NewLink(link=link, token=token)


def _frozen(diagnosis: Diagnosis, redaction: Redaction) -> dict[str, object]:
    assert diagnosis.document is not None
    document = diagnosis.document
    return without_addresses(document) if redaction == Redaction.ADDRESSES else document


def find_open(token: str) -> ShareLink | None:
    """The link that this token opens now; None for an unknown, an expired and a revoked one alike.

    Looked up by the digest, so that nothing about a token can be learnt from how long the look-up takes.
    """
    link = ShareLink.objects.filter(token_sha256=_digest(token)).select_related("diagnosis__deployment").first()
    return link if link is not None and link.opens else None


def note_opening(link: ShareLink, request: HttpRequest) -> None:
    """Count an opening, and keep who from where in the audit trail."""
    ShareLink.objects.filter(pk=link.pk).update(opened=F("opened") + 1, last_opened_at=timezone.now())
    audit.record(
        AuditEvent.Verb.SHARE_OPENED,
        request=request,
        workspace=link.diagnosis.deployment.workspace,
        about=link,
        detail={"agent": request.headers.get("User-Agent", "")[:200]},
    )


@transaction.atomic
def revoke(link: ShareLink, *, request: HttpRequest) -> None:
    """From now on it opens nothing. Revoking twice changes nothing."""
    revoked = ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        workspace = link.diagnosis.deployment.workspace
        audit.record(AuditEvent.Verb.SHARE_REVOKED, request=request, workspace=workspace, about=link)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
