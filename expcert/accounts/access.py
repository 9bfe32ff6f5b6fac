"""The one door: which rows a person may see, and which they may change.

A model whose rows belong to a workspace derives from `WorkspaceOwned` and names the way there:

    class Upload(WorkspaceOwned):
        workspace_path = "deployment__workspace"

Views, tasks and templates then reach its rows in two ways only: `Upload.objects.visible_to(request.user)` for lists, and
`get_or_404(Upload, request.user, pk, at_least=Role.ENGINEER)` for one. Being a superuser opens neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from expcert.accounts.roles import Role

if TYPE_CHECKING:
    from expcert.accounts.models import Workspace

Row = TypeVar("Row", bound=models.Model)
Person = AbstractBaseUser | AnonymousUser

SESSION_WORKSPACE = "workspace"


class NoWorkspace(PermissionDenied):
    """The person is a member of no workspace at all, so there is nothing to show."""


class ScopedQuerySet(models.QuerySet[Row]):
    """Rows that know their workspace; `workspace_path` is the look-up that leads to its id."""

    workspace_path: ClassVar[str] = ""

    def visible_to(self, user: Person, at_least: Role = Role.VIEWER) -> Self:
        """The rows of the workspaces in which this person holds the role, or one above it."""
        if not user.is_authenticated:
            return self.none()
        membership = apps.get_model("accounts", "Membership")
        mine = membership._default_manager.filter(user_id=user.pk, role__in=at_least.and_above())
        # A sub-query, not a join: it neither doubles rows nor hinders update() and delete().
        return self.filter(**{f"{self.path()}__in": mine.values("workspace_id")})

    def path(self) -> str:
        path = self.workspace_path or getattr(self.model, "workspace_path", "")
        if not path:
            raise ImproperlyConfigured(f"{self.model.__name__} does not say how it belongs to a workspace")
        return str(path)


class WorkspaceOwned(models.Model):
    """A row inside a workspace. `objects` is scoped; there is no other manager to forget the scope with."""

    workspace_path: ClassVar[str] = "workspace"

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


def get_or_404(source: type[Row] | models.QuerySet[Row], user: Person, pk: Any, at_least: Role = Role.VIEWER) -> Row:
    """One row, if this person may see it and holds the role.

    Raises Http404 for an outsider, exactly as for a row that does not exist, and PermissionDenied for a member whose role
    is too low: a member knows that the row is there.
    """
    rows = source if isinstance(source, models.QuerySet) else source._default_manager.all()
    if not isinstance(rows, ScopedQuerySet):
        raise ImproperlyConfigured(f"{rows.model.__name__} is not scoped to workspaces")
    try:
        row = rows.visible_to(user).filter(pk=pk).first()
    except (ValidationError, ValueError, TypeError, OverflowError):  # an id that is none, such as a word for a UUID
        row = None
    if row is None:
        raise Http404
    if at_least is not Role.VIEWER and not rows.visible_to(user, at_least).filter(pk=pk).exists():
        raise PermissionDenied(_("Your role in this workspace does not allow this."))
    return row


def role_in(workspace: Workspace, user: Person) -> Role | None:
    """The person's role there; None for somebody who is not a member."""
    found = workspace.memberships.filter(user_id=user.pk or 0).values_list("role", flat=True).first()
    return Role(found) if found else None


def may_change(workspace: Workspace, user: Person) -> bool:
    """Whether the person may upload, diagnose and share there; pages offer only what a person may do."""
    role = role_in(workspace, user)
    return role is not None and role.rank >= Role.ENGINEER.rank


def workspaces_of(user: Person) -> models.QuerySet[Workspace]:
    workspace = apps.get_model("accounts", "Workspace")
    return workspace._default_manager.visible_to(user)


def workspace_for(request: HttpRequest) -> Workspace:
    """The workspace that this person works in: the one last used, else the first by name.

    Raises NoWorkspace for somebody who is a member of none.
    """
    mine = workspaces_of(request.user)
    chosen = request.session.get(SESSION_WORKSPACE)
    workspace = mine.filter(pk=chosen).first() if chosen else None
    workspace = workspace or mine.first()
    if workspace is None:
        raise NoWorkspace(_("You are not a member of any workspace yet. Ask an owner to add you."))
    return workspace


def choose_workspace(request: HttpRequest, workspace: Workspace) -> None:
    """Remember it as the one last used; the caller has checked that the person is a member.

    Pages about one deployment call it, so that the header and whatever is uploaded next follow the page.
    """
    if request.session.get(SESSION_WORKSPACE) != str(workspace.pk):
        request.session[SESSION_WORKSPACE] = str(workspace.pk)
