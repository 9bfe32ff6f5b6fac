"""The first account, and a new password from the command line."""

import re
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from expcert.accounts import services
from expcert.accounts.models import AuditEvent, Membership, User, Workspace
from expcert.accounts.roles import Role

pytestmark = pytest.mark.django_db

FORM = re.compile(r"[abcdefghjkmnpqrstuvwxyz23456789]{4}(-[abcdefghjkmnpqrstuvwxyz23456789]{4}){4}")


def signs_in(name: str, password: str) -> bool:
    return authenticate(RequestFactory().post("/"), username=name, password=password) is not None


def told(command: str, *args: str) -> str:
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue()


def test_the_first_administrator_owns_the_first_workspace():
    password = services.create_first_administrator()

    user = User.objects.get()
    assert signs_in("admin", password)
    assert (user.username, user.is_superuser, user.is_active) == ("admin", True, True)
    assert Membership.objects.get().role == Role.OWNER
    assert Workspace.objects.get().name == services.FIRST_WORKSPACE


def test_the_second_time_nothing_happens():
    password = services.create_first_administrator()

    assert services.create_first_administrator() is None
    assert signs_in("admin", password)
    assert (User.objects.count(), Workspace.objects.count(), Membership.objects.count()) == (1, 1, 1)


def test_an_administrator_of_another_name_is_one():
    User.objects.create_superuser("boss", password=None)

    assert services.create_first_administrator() is None
    assert not User.objects.filter(username="admin").exists()


def test_somebody_called_admin_who_is_none_becomes_one_with_a_new_password():
    User.objects.create_user("admin", password="the-old-password")

    password = services.create_first_administrator()

    assert list(AuditEvent.objects.values_list("verb", flat=True)) == ["password-changed", "workspace-created"]
    assert signs_in("admin", password)
    assert not signs_in("admin", "the-old-password")


def test_a_workspace_that_is_there_is_taken(workspace):
    services.create_first_administrator()

    assert Membership.objects.get().workspace == workspace
    assert Workspace.objects.count() == 1


def test_generated_passwords_are_long_distinct_and_easy_to_read():
    made = {services.generated_password() for _ in range(200)}

    assert len(made) == 200
    assert all(FORM.fullmatch(password) for password in made)


def test_the_command_shows_the_password_once_and_stores_no_trace_of_it():
    output = told("create_first_administrator")
    password = FORM.search(output).group()

    assert signs_in("admin", password)
    assert password not in User.objects.get().password
    assert all(password not in str(line.detail) for line in AuditEvent.objects.all())
    assert FORM.search(told("create_first_administrator")) is None


def test_a_new_password_replaces_the_old():
    old = services.create_first_administrator()

    new = FORM.search(told("reset_password", "admin")).group()

    assert AuditEvent.objects.first().verb == "password-changed"
    assert signs_in("admin", new)
    assert not signs_in("admin", old)


def test_a_new_password_for_nobody_is_refused():
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        told("reset_password", "nobody")


def test_the_frame_around_a_password_is_straight():
    lines = told("create_first_administrator").splitlines()

    assert len({len(line) for line in lines}) == 1
    assert lines[0] == lines[-1]
