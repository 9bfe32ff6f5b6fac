"""For whoever watches over the product: is it alive, can it serve. Open to all, so the answers give nothing away."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from expcert.operations import health


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; asks nothing of anybody else."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can do its work: database, migrations, cache and broker."""
    results = health.readiness()
    ready = all(results.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    response = JsonResponse({"status": "ready" if ready else "not ready", "checks": results}, status=status)
    # Django logs every answer of 500 and above as an error; the reason is in the log already.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
