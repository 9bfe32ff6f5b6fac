"""The inventory as a download: filled in with what is known of a deployment, or blank."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_GET

from diagnostics.reports.inventory_file import InventoryForm
from expcert.accounts import audit
from expcert.accounts.access import get_or_404
from expcert.accounts.models import AuditEvent
from expcert.inventory.models import Deployment
from expcert.triage import inventories
from expcert.triage.downloads import plain


@require_GET
def filled_in(request: HttpRequest, pk: UUID, ending: str) -> HttpResponse:
    """Everything known of the deployment, for a member of its workspace."""
    row = get_or_404(Deployment.objects.select_related("workspace"), request.user, pk)
    form = _form(ending)
    content = inventories.filled_in(row, form, language=translation.get_language() or "en")
    audit.record(AuditEvent.Verb.EXPORTED, request=request, workspace=row.workspace, about=row)
    return _attachment(content, form, f"{plain(row.name, 'inventory')}.{form.value}")


@require_GET
def template(request: HttpRequest, ending: str) -> HttpResponse:
    """A blank one, the same for everybody."""
    form = _form(ending)
    content = inventories.blank(form, language=translation.get_language() or "en")
    return _attachment(content, form, f"expcert-inventory.{form.value}")


def _form(ending: str) -> InventoryForm:
    try:
        return InventoryForm(ending)
    except ValueError:
        raise Http404 from None


def _attachment(content: bytes, form: InventoryForm, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=form.content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
