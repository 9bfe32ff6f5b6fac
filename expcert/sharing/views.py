"""Making and revoking links, and the pages that they open without an account."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expcert.accounts.access import get_or_404
from expcert.accounts.roles import Role
from expcert.sharing import services
from expcert.sharing.forms import ShareForm
from expcert.sharing.models import Redaction, ShareLink
from expcert.triage import report_pages
from expcert.triage.addresses import report_addresses
from expcert.triage.models import Diagnosis
from expcert.triage.presenting import ReportPages
from expcert.triage.report_pages import ReportView

P = ParamSpec("P")

# For members


@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The links of a diagnosis; a POST makes one and shows its address, this once."""
    rows = Diagnosis.objects.select_related("deployment__workspace")
    diagnosis = get_or_404(rows, request.user, pk, at_least=Role.ENGINEER)
    if diagnosis.document is None:
        raise Http404
    form = ShareForm(request.POST or None)
    address = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = services.share(
                diagnosis,
                request=request,
                days=form.cleaned_data["days"],
                redaction=Redaction(form.cleaned_data["redaction"]),
                note=form.cleaned_data["note"],
            )
        except services.CannotShare:
            messages.error(request, _("This diagnosis cannot be shared: it is not finished, or the time is too long."))
            return redirect("sharing:links", diagnosis.pk)
        address = request.build_absolute_uri(reverse("sharing:diagnosis", args=[made.token]))
        form = ShareForm()
    return render(
        request,
        "sharing/links.html",
        {
            "diagnosis": diagnosis,
            "report": diagnosis.document,
            "may_change": True,
            "addresses": report_addresses("triage", diagnosis.pk),
            "form": form,
            "new_address": address,
            "links": diagnosis.share_links.select_related("created_by").defer("document"),
            "tab": "links",
        },
    )


@require_POST
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a link at once."""
    rows = ShareLink.objects.select_related("diagnosis__deployment__workspace").defer("document")
    link = get_or_404(rows, request.user, pk, at_least=Role.ENGINEER)
    services.revoke(link, request=request)
    messages.success(request, _("The link is revoked. It opens nothing any more."))
    return redirect("sharing:links", link.diagnosis_id)


# For whoever holds a link


def opened_by_token(
    view: Callable[Concatenate[HttpRequest, ShareLink, ReportView, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """A page behind a link: no account, one answer for every token that opens nothing, nothing kept on the way."""

    @login_not_required
    @require_safe
    @wraps(view)
    def page(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        link = services.find_open(token)
        if link is None:
            return _guarded(render(request, "sharing/gone.html", status=404))
        report = ReportView(
            pages=ReportPages(link.document),
            addresses=report_addresses("sharing", token),
            base="sharing/report_base.html",
            shared={"expires_at": link.expires_at, "redacted": link.redaction != Redaction.NOTHING},
        )
        return _guarded(view(request, link, report, *args, **kwargs))

    return page


def _guarded(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@opened_by_token
def diagnosis(request: HttpRequest, link: ShareLink, report: ReportView) -> HttpResponse:
    if request.method == "GET":  # a HEAD is a mail gateway that tries the link, and reads nothing
        services.note_opening(link, request)
    return report_pages.page(request, report, "overview")


def _tab(name: str) -> Callable[..., HttpResponse]:
    @opened_by_token
    def page(request: HttpRequest, link: ShareLink, report: ReportView) -> HttpResponse:
        return report_pages.page(request, report, name)

    return page


trust, zones, connections, files = _tab("trust"), _tab("zones"), _tab("connections"), _tab("files")


@opened_by_token
def trust_node(request: HttpRequest, link: ShareLink, report: ReportView, number: int) -> HttpResponse:
    return report_pages.trust_node(request, report, number)


@opened_by_token
def as_json(request: HttpRequest, link: ShareLink, report: ReportView) -> HttpResponse:
    if request.method == "GET":
        services.note_opening(link, request)
    return report_pages.as_json(report)
