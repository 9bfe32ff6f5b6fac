"""What signing in and out leaves in the audit trail."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from expcert.accounts import audit
from expcert.accounts.models import AuditEvent, User


def signed_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    audit.record(AuditEvent.Verb.SIGNED_IN, actor=user, request=request)


def sign_in_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """The name is kept, as attempts on one account must be seen; people do type a password there, so only a known name."""
    name = str(credentials.get("username") or "")
    known = User.objects.filter(username=name).exists()
    audit.record(AuditEvent.Verb.SIGN_IN_FAILED, request=request, detail={"name": name if known else None})


def signed_out(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        audit.record(AuditEvent.Verb.SIGNED_OUT, actor=user, request=request)


def changed_password(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    audit.record(AuditEvent.Verb.PASSWORD_CHANGED, actor=user, request=request, about=user)


def connect() -> None:
    user_logged_in.connect(signed_in, dispatch_uid="audit-signed-in")
    user_login_failed.connect(sign_in_failed, dispatch_uid="audit-sign-in-failed")
    user_logged_out.connect(signed_out, dispatch_uid="audit-signed-out")
    password_changed.connect(changed_password, dispatch_uid="audit-password-changed")
