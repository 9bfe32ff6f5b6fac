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
from expcert.intake.models import Upload
from expcert.inventory.models import Deployment
from expcert.triage import report_pages, services
from expcert.triage.addresses import report_addresses
from expcert.triage.models import Diagnosis
from expcert.triage.presenting import ReportPages
from expcert.triage.progress import progress_of
from expcert.triage.report_pages import ReportView
from expcert.work import State

PER_PAGE = 50  # deployments on the workspace page


@require_GET
def workspace(request: HttpRequest) -> HttpResponse:
    """Upload, try the sample, and the deployments with their verdicts."""
    current = workspace_for(request)
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
            "chosen": _chosen(request, current),
            "may_upload": may_change(current, request.user),
            "limit_bytes": settings.EXPCERT_UPLOAD_MAX_BYTES,
        },
    )


def _chosen(request: HttpRequest, current: Workspace) -> Deployment | None:
    """The deployment that further files are meant for, as the address says; it may be on another page of the list."""
    try:
        return Deployment.objects.filter(workspace=current, pk=request.GET.get("deployment", "")).first()
    except ValidationError:  # not an id
        return None


@require_GET
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """An upload on its way to a diagnosis; polled as a fragment, refreshed whole where there are no scripts."""
    upload = get_or_404(Upload.objects.select_related("deployment"), request.user, pk)
    state = progress_of(upload)
    fragment = request.headers.get("HX-Request") == "true"
    if state.diagnosis_address and fragment:
        return HttpResponseClientRedirect(state.diagnosis_address)
    if state.diagnosis_address:
        return redirect(state.diagnosis_address)
    template = "triage/_progress.html" if fragment else "triage/progress.html"
    return render(request, template, {"upload": upload, "progress": state})


@require_GET
def deployment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """To the newest diagnosis, or to the progress of the newest upload where there is none yet."""
    row = get_or_404(Deployment, request.user, pk)
    choose_workspace(request, row.workspace)
    latest = services.latest_diagnosis(row)
    if latest is not None:
        return redirect("triage:diagnosis", latest.pk)
    upload = row.uploads.first()
    if upload is None:
        raise Http404
    return redirect("triage:progress", upload.pk)


@require_POST
def diagnose_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Judge everything known of the deployment at this moment."""
    row = get_or_404(Deployment, request.user, pk, at_least=Role.ENGINEER)
    # Of the newest upload that was read: one that still waits brings a diagnosis of its own.
    upload = row.uploads.filter(state=State.DONE).first()
    user = request.user if isinstance(request.user, User) else None
    services.request_diagnosis(row, upload_id=upload.pk if upload else None, by=user)
    audit.record(AuditEvent.Verb.DIAGNOSED, request=request, workspace=row.workspace, about=row)
    return redirect("triage:progress", upload.pk) if upload else redirect("triage:workspace")


def report_view(request: HttpRequest, pk: UUID) -> ReportView:
    """The report of a finished diagnosis, for a member of its workspace."""
    rows = Diagnosis.objects.select_related("deployment__workspace")
    row = get_or_404(rows, request.user, pk)
    if row.document is None:
        raise Http404
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
    return report_pages.page(request, report_view(request, pk), "files")


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
