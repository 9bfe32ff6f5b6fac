"""Where a file belongs, said on the files page, and taken back there or in the history."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from expcert.accounts.access import get_or_404
from expcert.accounts.roles import Role
from expcert.inventory.models import Deployment
from expcert.triage import placing
from expcert.triage.models import Diagnosis
from expcert.triage.services import newest_applied

LARGEST_NUMBER = 10**9  # of a file or a decision; what is larger is no number of ours


@require_POST
def place(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say where a file of the newest diagnosis belongs."""
    rows = Diagnosis.objects.select_related("deployment__workspace").exclude(document=None)
    diagnosis = get_or_404(rows, request.user, pk, at_least=Role.ENGINEER)
    try:
        placing.place(diagnosis, number_in(request, "file"), request.POST.get("place", ""), request=request)
    except placing.NoSuchPlace:
        messages.warning(request, _("That file or place is not there (any more). Look at the newest diagnosis."))
        return redirect("triage:deployment", diagnosis.deployment_id)
    return _onwards(diagnosis.deployment)


@require_POST
def undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back what somebody said of a file."""
    deployment = get_or_404(Deployment.objects.select_related("workspace"), request.user, pk, at_least=Role.ENGINEER)
    if not placing.take_back(deployment, number_in(request, "decision"), request=request):
        messages.info(request, _("That was taken back already."))
        return redirect("intake:history", deployment.pk)
    return _onwards(deployment)


def number_in(request: HttpRequest, field: str) -> int:
    """-1 where the form names none."""
    text = request.POST.get(field, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(LARGEST_NUMBER)) else -1


def _onwards(deployment: Deployment) -> HttpResponse:
    upload_id = newest_applied(deployment)
    return redirect("triage:progress", upload_id) if upload_id else redirect("triage:deployment", deployment.pk)
