"""The pages of one report, drawn alike for members and behind a share link.

Each function takes what is common (`ReportView`) and returns the response; who may see it was settled before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from diagnostics.reports.public import as_promised
from expcert.triage.addresses import ReportAddresses
from expcert.triage.models import Diagnosis
from expcert.triage.presenting import ReportPages


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A report being looked at.

    Attributes:
        diagnosis: for members; None behind a share link, where nothing but the frozen document may be shown.
        base: the template that the page extends.
        may_change: whether this person may share and diagnose again, so that pages offer it.
        shared: facts of the link that a viewer may know (`expires_at`, `redacted`); empty for members.
    """

    pages: ReportPages
    addresses: ReportAddresses
    base: str
    diagnosis: Diagnosis | None = None
    may_change: bool = False
    shared: dict[str, Any] | None = None


def page(request: HttpRequest, view: ReportView, tab: str, **context: Any) -> HttpResponse:
    """One page of the report; `tab` names its template and marks the tab."""
    return render(
        request,
        f"triage/report/{tab}.html",
        {
            "pages": view.pages,
            "report": view.pages.report,
            "addresses": view.addresses,
            "base_template": view.base,
            "diagnosis": view.diagnosis,
            "may_change": view.may_change,
            "shared": view.shared,
            "tab": tab,
            **context,
        },
    )


def trust_node(request: HttpRequest, view: ReportView, number: int) -> HttpResponse:
    """One node's lists."""
    node = view.pages.trust_node(number)
    if node is None:
        raise Http404
    return page(request, view, "trust_node", node=node)


def as_json(view: ReportView) -> HttpResponse:
    """The report `expcert-report/1` as a download."""
    response = JsonResponse(as_promised(view.pages.report), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = 'attachment; filename="expcert-report.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
