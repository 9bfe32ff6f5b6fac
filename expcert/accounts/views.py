"""The way in, and the pages about oneself."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST

from expcert.accounts.access import choose_workspace, get_or_404
from expcert.accounts.models import Membership, Workspace


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the workspace's page where there is one, else the list of workspaces."""
    try:
        return redirect(reverse("triage:workspace"))
    except NoReverseMatch:  # the app with that page is not installed
        return workspaces(request)


@require_GET
def workspaces(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/workspaces.html", {"memberships": memberships_of(request)})


@require_POST
def open_workspace(request: HttpRequest, pk: UUID) -> HttpResponseRedirect:
    choose_workspace(request, get_or_404(Workspace, request.user, pk))
    return redirect("accounts:home")


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/account.html", {"memberships": memberships_of(request)})


def memberships_of(request: HttpRequest) -> list[Membership]:
    mine = Membership.objects.filter(user_id=request.user.pk or 0).select_related("workspace")
    return list(mine.order_by("workspace__name", "workspace_id"))
