"""The one door itself: roles, the row that is asked for, and the workspace that is in use."""

import uuid
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404
from django.urls import reverse

from expcert.accounts.access import (
    NoWorkspace,
    choose_workspace,
    get_or_404,
    role_in,
    workspace_for,
    workspaces_of,
)
from expcert.accounts.models import Membership, Workspace
from expcert.accounts.roles import Role
from expcert.inventory.models import Deployment


def asked_by(user, session: dict[str, str] | None = None) -> SimpleNamespace:
    return SimpleNamespace(user=user, session={} if session is None else session)


@pytest.fixture
def second(workspace: Workspace) -> Workspace:
    """Before the other by name."""
    return Workspace.objects.create(name="Another Customer")


def test_each_role_may_do_what_those_before_it_may():
    assert [role.and_above() for role in Role] == [
        [Role.VIEWER, Role.ENGINEER, Role.OWNER],
        [Role.ENGINEER, Role.OWNER],
        [Role.OWNER],
    ]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("at_least", list(Role))
def test_a_row_is_given_to_the_role_and_those_above_it(person, deployment, role, at_least):
    user = person("somebody", role)

    if role.rank >= at_least.rank:
        assert get_or_404(Deployment, user, deployment.pk, at_least=at_least) == deployment
    else:
        with pytest.raises(PermissionDenied):
            get_or_404(Deployment, user, deployment.pk, at_least=at_least)
    assert Deployment.objects.visible_to(user, at_least).exists() == (role.rank >= at_least.rank)


@pytest.mark.parametrize("at_least", list(Role))
def test_an_outsider_never_learns_that_a_row_is_there(outsider, deployment, at_least):
    for pk in (deployment.pk, uuid.uuid4()):
        with pytest.raises(Http404):
            get_or_404(Deployment, outsider, pk, at_least=at_least)


@pytest.mark.parametrize("pk", ["a word", "", None, -1, 2**70, b"\xff", "00000000-0000-0000-0000-00000000000g"])
def test_an_id_that_is_none_is_a_row_that_is_not_there(viewer, deployment, pk):
    with pytest.raises(Http404):
        get_or_404(Deployment, viewer, pk)


def test_a_row_outside_of_a_narrower_list_is_not_there(viewer, deployment):
    with pytest.raises(Http404):
        get_or_404(Deployment.objects.filter(is_sample=True), viewer, deployment.pk)


def test_nobody_sees_anything_without_signing_in(deployment):
    assert not Deployment.objects.visible_to(AnonymousUser()).exists()
    with pytest.raises(Http404):
        get_or_404(Deployment, AnonymousUser(), deployment.pk)


def test_a_model_that_is_not_scoped_cannot_be_asked_for(viewer):
    with pytest.raises(ImproperlyConfigured, match="Group is not scoped"):
        get_or_404(Group, viewer, 1)


def test_two_memberships_do_not_double_rows(person, workspace, second, deployment):
    user = person("somebody", Role.VIEWER)
    Membership.objects.create(user=user, workspace=second, role=Role.OWNER)

    assert list(Deployment.objects.visible_to(user)) == [deployment]


def test_a_role_in_one_workspace_is_none_in_another(person, second, deployment):
    user = person("somebody", Role.VIEWER)
    Membership.objects.create(user=user, workspace=second, role=Role.OWNER)

    with pytest.raises(PermissionDenied):
        get_or_404(Deployment, user, deployment.pk, at_least=Role.ENGINEER)


def test_the_role_of_a_member_and_of_others(person, workspace, outsider):
    assert role_in(workspace, person("somebody", Role.OWNER)) is Role.OWNER
    assert role_in(workspace, outsider) is None
    assert role_in(workspace, AnonymousUser()) is None


def test_a_list_of_what_one_may_see_can_be_changed_and_deleted_as_one(viewer, outsider, deployment):
    assert Deployment.objects.visible_to(outsider).update(name="changed") == 0
    assert Deployment.objects.visible_to(viewer).update(name="changed") == 1
    assert Deployment.objects.visible_to(viewer).delete()[0] == 1


def test_without_a_choice_the_first_workspace_by_name_is_in_use(person, workspace, second):
    user = person("somebody", Role.VIEWER)
    Membership.objects.create(user=user, workspace=second, role=Role.VIEWER)

    assert workspace_for(asked_by(user)) == second
    assert list(workspaces_of(user)) == [second, workspace]


def test_the_workspace_that_was_chosen_stays_in_use(person, workspace, second):
    request = asked_by(person("somebody", Role.VIEWER))
    Membership.objects.create(user=request.user, workspace=second, role=Role.VIEWER)

    choose_workspace(request, workspace)

    assert workspace_for(request) == workspace


def test_a_workspace_that_one_has_left_is_not_in_use_any_more(person, workspace, second):
    user = person("somebody", Role.VIEWER)
    Membership.objects.create(user=user, workspace=second, role=Role.VIEWER)
    Membership.objects.filter(user=user, workspace=workspace).delete()

    assert workspace_for(asked_by(user, {"workspace": str(workspace.pk)})) == second


def test_whoever_belongs_nowhere_is_told_so(person, client_of):
    user = person("somebody", None)

    with pytest.raises(NoWorkspace):
        workspace_for(asked_by(user))
    response = client_of(user).get(reverse("triage:workspace"))
    assert response.status_code == 403
    assert client_of(user).get(reverse("accounts:workspaces")).status_code == 200


def test_opening_a_workspace_brings_one_there(client_of, person, workspace, second):
    user = person("somebody", Role.VIEWER)
    Membership.objects.create(user=user, workspace=second, role=Role.VIEWER)
    client = client_of(user)

    response = client.post(reverse("accounts:open", args=[workspace.pk]))

    assert response["Location"] == reverse("accounts:home")
    assert client.session["workspace"] == str(workspace.pk)
