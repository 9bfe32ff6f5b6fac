"""What the header of every page shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from expcert.accounts.access import NoWorkspace, workspace_for
from expcert.accounts.models import Workspace


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`current_workspace`: the workspace in use, or None. Asked only when a template uses it."""

    def current() -> Workspace | None:
        user = getattr(request, "user", None)  # absent where an early middleware already answered
        if user is None or not user.is_authenticated or not hasattr(request, "session"):
            return None
        try:
            return workspace_for(request)
        except NoWorkspace:
            return None

    return {"current_workspace": SimpleLazyObject(current)}
