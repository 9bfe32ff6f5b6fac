"""The workspace, the progress of an upload, and the pages of a diagnosis for members."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from expcert.accounts import audit
from expcert.accounts.access import choose_workspace, get_or_404, may_change, workspace_for
from expcert.accounts.models import AuditEvent, User, Workspace
from expcert.accounts.roles import Role
from expcert.intake.models import Became, Upload
from expcert.intake.presenting import unsettled
from expcert.inventory.models import Deployment
from expcert.triage import report_pages, services
from expcert.triage.addresses import report_addresses
from expcert.triage.models import Diagnosis
from expcert.triage.placing import place_forms
from expcert.triage.presenting import ReportPages
from expcert.triage.progress import progress_of
from expcert.triage.report_pages import ReportView
from expcert.work import State

PER_PAGE = 50  # deployments on the workspace page


@require_GET
def workspace(request: HttpRequest) -> HttpResponse:
    """Upload, try the sample, what waits for an answer, and the deployments with their verdicts."""
    current, chosen = _chosen(request)
    newest = Diagnosis.objects.filter(deployment=OuterRef("pk"), state=State.DONE).order_by("-created_at")
    deployments = (
        Deployment.objects.filter(workspace=current)
        .annotate(latest_id=Subquery(newest.values("pk")[:1]), node_count=Count("clusters__nodes"))
        .order_by("-created_at", "id")  # said again: grouped rows lose the order of their model
    )
    pages = Paginator(deployments, PER_PAGE).get_page(request.GET.get("page"))
    rows: list[Any] = list(pages)  # Any: the annotations
    latest = Diagnosis.objects.defer("document").in_bulk([row.latest_id for row in rows if row.latest_id])
    return render(
        request,
        "triage/workspace.html",
        {
            "workspace": current,
            "rows": [(row, latest.get(row.latest_id)) for row in rows],
            "pages": pages,
            "names": Deployment.objects.filter(workspace=current).only("pk", "name"),
            "chosen": chosen,
            "waiting": list(unsettled(current)),
            "may_upload": may_change(current, request.user),
            "limit_bytes": settings.EXPCERT_UPLOAD_MAX_BYTES,
        },
    )


def _chosen(request: HttpRequest) -> tuple[Workspace, Deployment | None]:
    """The workspace, and the deployment that further files are meant for where the address names one.

    A deployment may be of another workspace than the one last used: the page follows it.
    """
    try:
        named = Deployment.objects.visible_to(request.user).filter(pk=request.GET.get("deployment", ""))
        chosen = named.select_related("workspace").first()
    except ValidationError:  # not an id
        chosen = None
    if chosen is None:
        return workspace_for(request), None
    choose_workspace(request, chosen.workspace)
    return chosen.workspace, chosen


@require_GET
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An upload on its way to a diagnosis; polled as a fragment, refreshed whole where there are no scripts."""
    rows = Upload.objects.select_related("deployment__workspace").defer("changes")
    upload = get_or_404(rows, request.user, pk)
    choose_workspace(request, upload.deployment.workspace)
    state = progress_of(upload)
    engineer = may_change(upload.deployment.workspace, request.user)
    onwards = (state.review_address if engineer else "") or state.diagnosis_address
    fragment = request.headers.get("HX-Request") == "true"
    if onwards:
        return HttpResponseClientRedirect(onwards) if fragment else redirect(onwards)
    template = "triage/_progress.html" if fragment else "triage/progress.html"
    return render(request, template, {"upload": upload, "progress": state, "may_change": engineer})


@require_GET
def deployment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """To the newest diagnosis; where there is none yet, to the newest upload that is on its way, or to the history."""
    row = get_or_404(Deployment, request.user, pk)
    choose_workspace(request, row.workspace)
    latest = services.latest_diagnosis(row)
    if latest is not None:
        return redirect("triage:diagnosis", latest.pk)
    upload = row.uploads.first()
    if upload is None or upload.state == State.FAILED or upload.became == Became.DISCARDED:
        return redirect("intake:history", row.pk)
    return redirect("triage:progress", upload.pk)


@require_POST
def diagnose_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Judge everything known of the deployment at this moment."""
    row = get_or_404(Deployment, request.user, pk, at_least=Role.ENGINEER)
    upload_id = services.diagnose_anew(row, by=request.user if isinstance(request.user, User) else None)
    audit.record(AuditEvent.Verb.DIAGNOSED, request=request, workspace=row.workspace, about=row)
    return redirect("triage:progress", upload_id) if upload_id else redirect("triage:workspace")


def report_view(request: HttpRequest, pk: UUID) -> ReportView:
    """The report of a finished diagnosis, for a member of its workspace."""
    rows = Diagnosis.objects.select_related("deployment__workspace")
    row = get_or_404(rows, request.user, pk)
    if row.document is None:
        raise Http404
    choose_workspace(request, row.deployment.workspace)
    return ReportView(
        pages=ReportPages(row.document),
        addresses=report_addresses("triage", row.pk),
        base="triage/report/base.html",
        diagnosis=row,
        may_change=may_change(row.deployment.workspace, request.user),
    )


@require_GET
def diagnosis(request: HttpRequest, pk: UUID) -> HttpResponse:
    return report_pages.page(request, report_view(request, pk), "overview")


@require_GET
def trust(request: HttpRequest, pk: UUID) -> HttpResponse:
    return report_pages.page(request, report_view(request, pk), "trust")


@require_GET
def trust_node(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    return report_pages.trust_node(request, report_view(request, pk), number)


@require_GET
def zones(request: HttpRequest, pk: UUID) -> HttpResponse:
    return report_pages.page(request, report_view(request, pk), "zones")


@require_GET
def connections(request: HttpRequest, pk: UUID) -> HttpResponse:
    return report_pages.page(request, report_view(request, pk), "connections")


@require_GET
def files(request: HttpRequest, pk: UUID) -> HttpResponse:
    view = report_view(request, pk)
    forms = None
    if view.may_change and view.diagnosis is not None:
        forms = place_forms(view.diagnosis, change=_number(request.GET.get("change", "")))
    return report_pages.page(request, view, "files", place_forms=forms)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


@require_GET
def as_json(request: HttpRequest, pk: UUID) -> HttpResponse:
    view = report_view(request, pk)
    assert view.diagnosis is not None
    workspace = view.diagnosis.deployment.workspace
    audit.record(AuditEvent.Verb.EXPORTED, request=request, workspace=workspace, about=view.diagnosis)
    return report_pages.as_json(view)


@require_GET
def missing_pem(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """Exactly the CA certificates that one list lacks, as one PEM file."""
    row = get_or_404(Diagnosis.objects.select_related("deployment"), request.user, pk)
    entries = (row.document or {}).get("trust", [])
    if not 0 <= number < len(entries):
        raise Http404
    entry = entries[number]
    text = services.missing_pem(row, entry["node"], entry["store"])
    if not text:
        raise Http404
    response = HttpResponse(text, content_type="application/x-pem-file")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(entry)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _file_name(entry: dict[str, Any]) -> str:
    """Made of the node's name, which came out of an upload: only plain letters of it."""
    node = re.sub(r"[^A-Za-z0-9.-]", "_", entry["node"])[:80]
    return f"missing-{node}-{entry['store']}.pem"
