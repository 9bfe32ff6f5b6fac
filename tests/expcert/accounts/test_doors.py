"""Every address of the product from outside the wall: what strangers, outsiders and viewers get.

The addresses are enumerated, so that one which nobody has thought about here fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from diagnostics.readers import Reading
from expcert.accounts.access import ScopedQuerySet, WorkspaceOwned
from expcert.accounts.models import AuditEvent, Membership, User, Workspace
from expcert.intake.models import Became, Review, Upload, UploadedFile
from expcert.inventory import services as inventory
from expcert.inventory.models import PlacementDecision
from expcert.sharing import services as sharing
from expcert.sharing.models import Redaction
from expcert.triage.models import Diagnosis
from expcert.work import State


@dataclass(frozen=True, kw_only=True)
class Door:
    """How one address is opened.

    Attributes:
        keys: what stands in the address, by the names of `scene`.
        method: the one that does what the address is there for.
        role: the least role of a member; "anyone" needs no account, "signed-in" an account alone.
    """

    keys: tuple[str, ...] = ()
    method: str = "get"
    role: str = "viewer"


ENGINEERS_POST = {"method": "post", "role": "engineer"}
DOORS: dict[str, Door] = {
    "operations:healthz": Door(role="anyone"),
    "operations:readyz": Door(role="anyone"),
    "account_login": Door(role="anyone"),
    "account_inactive": Door(role="anyone"),
    "account_logout": Door(role="anyone"),  # asked without a session it leads to the sign-in page by itself
    "account_change_password": Door(role="signed-in"),
    "account_reauthenticate": Door(role="signed-in"),
    "accounts:home": Door(role="signed-in"),
    "accounts:workspaces": Door(role="signed-in"),
    "accounts:account": Door(role="signed-in"),
    "accounts:open": Door(keys=("workspace",), method="post"),
    "intake:receive": Door(method="post", role="engineer"),
    "intake:sample": Door(method="post", role="engineer"),
    "intake:review": Door(keys=("waiting",), role="engineer"),
    "intake:discard": Door(keys=("waiting",), method="post", role="engineer"),
    "intake:history": Door(keys=("deployment",)),
    "triage:place": Door(keys=("diagnosis",), method="post", role="engineer"),
    "triage:undo-place": Door(keys=("deployment",), method="post", role="engineer"),
    "triage:workspace": Door(),
    "triage:progress": Door(keys=("upload",)),
    "triage:deployment": Door(keys=("deployment",)),
    "triage:diagnose": Door(keys=("deployment",), method="post", role="engineer"),
    "triage:diagnosis": Door(keys=("diagnosis",)),
    "triage:trust": Door(keys=("diagnosis",)),
    "triage:trust-node": Door(keys=("diagnosis", "number")),
    "triage:missing-pem": Door(keys=("diagnosis", "gap")),
    "triage:zones": Door(keys=("diagnosis",)),
    "triage:connections": Door(keys=("diagnosis",)),
    "triage:files": Door(keys=("diagnosis",)),
    "triage:json": Door(keys=("diagnosis",)),
    "triage:converted": Door(keys=("diagnosis", "refused", "half")),
    "triage:certificate": Door(keys=("diagnosis", "leaf")),
    "triage:path": Door(keys=("diagnosis", "leaf")),
    "triage:path-pem": Door(keys=("diagnosis", "leaf")),
    "triage:path-zip": Door(keys=("diagnosis", "leaf")),
    "triage:path-step": Door(keys=("diagnosis", "leaf", "step")),
    "triage:inventory": Door(keys=("deployment", "ending")),
    "triage:inventory-template": Door(keys=("ending",), role="signed-in"),  # blank: nothing of anybody is in it
    "sharing:links": Door(keys=("diagnosis",), role="engineer"),
    "sharing:revoke": Door(keys=("link",), method="post", role="engineer"),
    "sharing:diagnosis": Door(keys=("token",), role="anyone"),
    "sharing:trust": Door(keys=("token",), role="anyone"),
    "sharing:trust-node": Door(keys=("token", "number"), role="anyone"),
    "sharing:zones": Door(keys=("token",), role="anyone"),
    "sharing:connections": Door(keys=("token",), role="anyone"),
    "sharing:files": Door(keys=("token",), role="anyone"),
    "sharing:json": Door(keys=("token",), role="anyone"),
}
BY_ROLE: dict[str, list[str]] = {
    role: [name for name, door in DOORS.items() if door.role == role]
    for role in ("anyone", "signed-in", "viewer", "engineer")
}
WITH_A_ROW = [name for name in BY_ROLE["viewer"] + BY_ROLE["engineer"] if DOORS[name].keys]


def every_address(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """The name of every address, with its namespace; an address without a name as its pattern."""
    for item in (resolver or get_resolver()).url_patterns:
        if isinstance(item, URLPattern):
            yield f"{prefix}{item.name}" if item.name else str(item.pattern)
        else:
            yield from every_address(item, f"{prefix}{item.namespace}:" if item.namespace else prefix)


@dataclass(frozen=True)
class Scene:
    """One row of each kind, and a link to the diagnosis."""

    keys: dict[str, object]

    def ask(self, client: Client, name: str, method: str | None = None, **kwargs: object):
        door = DOORS[name]
        address = reverse(name, args=[self.keys[key] for key in door.keys])
        return getattr(client, method or door.method)(address, **kwargs)


@pytest.fixture
def scene(desk, diagnosis: Diagnosis) -> Scene:
    made = sharing.share(diagnosis, request=desk.request(), days=1, redaction=Redaction.NOTHING)
    document = diagnosis.document
    waiting = Upload.objects.create(
        deployment=diagnosis.deployment,
        state=State.DONE,
        finished_at=timezone.now(),
        became=Became.WAITING,
        reading=inventory.store(diagnosis.deployment, Reading(files=(), observations=(), certificates={}, crls={})),
    )
    Review.objects.create(upload=waiting)
    PlacementDecision.objects.create(deployment=diagnosis.deployment, path="server.pem")
    gap = next(number for number, entry in enumerate(document["trust"]) if entry["missing"])
    return Scene(
        {
            "workspace": desk.workspace.pk,
            "deployment": diagnosis.deployment_id,
            "upload": diagnosis.upload_id,
            "waiting": waiting.pk,
            "diagnosis": diagnosis.pk,
            "link": made.link.pk,
            "token": made.token,
            "number": 0,
            "gap": gap,
            "refused": next(number for number, row in enumerate(document["files"]) if row["conversion"]),
            "half": "server",
            "leaf": next(
                sha256
                for cluster in document["deployment"]["clusters"]
                for slots in cluster["installed"].values()
                for sha256 in slots.values()
            ),
            "step": 1,
            "ending": "yaml",
        }
    )


def rows() -> dict[str, int]:
    """How many rows there are of everything but the trail and the sessions that the tests themselves open."""
    models = (model for model in apps.get_models() if model not in (AuditEvent, Session))
    return {model._meta.label: model._base_manager.count() for model in models}


def test_every_address_is_listed_here_with_who_may_open_it():
    assert sorted(every_address()) == sorted(DOORS)


@pytest.mark.parametrize("name", [name for name in DOORS if DOORS[name].role != "anyone"])
def test_a_stranger_is_sent_to_sign_in(client, scene, name):
    before = rows()

    response = scene.ask(client, name)

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert rows() == before


@pytest.mark.parametrize("name", WITH_A_ROW)
def test_an_outsider_is_told_that_there_is_nothing(client_of, outsider, scene, name):
    before = rows()

    response = scene.ask(client_of(outsider), name)

    assert response.status_code == 404
    assert rows() == before


@pytest.mark.parametrize("name", WITH_A_ROW)
def test_being_a_superuser_opens_no_door(client_of, outsider, scene, name):
    User.objects.filter(pk=outsider.pk).update(is_superuser=True, is_staff=True)

    assert scene.ask(client_of(User.objects.get(pk=outsider.pk)), name).status_code == 404


@pytest.mark.parametrize("name", WITH_A_ROW)
def test_a_row_of_others_and_a_row_that_is_not_there_look_the_same(client_of, outsider, scene, name):
    client = client_of(outsider)
    numbers = {key: 0 for key, value in scene.keys.items() if isinstance(value, int)}
    nothing = Scene(scene.keys | dict.fromkeys(scene.keys, "00000000-0000-4000-8000-000000000000") | numbers)

    foreign, absent = scene.ask(client, name), nothing.ask(client, name)

    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.content.replace(foreign["X-Request-ID"].encode(), b"") == absent.content.replace(
        absent["X-Request-ID"].encode(), b""
    )


@pytest.mark.parametrize("name", BY_ROLE["engineer"])
def test_a_viewer_may_change_nothing(client_of, viewer, scene, name):
    before, client = rows(), client_of(viewer)

    assert scene.ask(client, name).status_code == 403
    assert rows() == before


def test_a_viewer_may_not_make_a_link_either(client_of, viewer, scene):
    before = sharing.ShareLink.objects.count()

    response = scene.ask(client_of(viewer), "sharing:links", "post", data={"days": 7, "redaction": "nothing"})

    assert response.status_code == 403
    assert sharing.ShareLink.objects.count() == before


@pytest.mark.parametrize("name", BY_ROLE["viewer"])
def test_a_viewer_may_read_everything(client_of, viewer, scene, name):
    assert scene.ask(client_of(viewer), name).status_code in (200, 302)


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if door.method == "post"])
def test_what_changes_something_is_not_done_by_a_link(client_of, engineer, scene, name):
    assert scene.ask(client_of(engineer), name, "get").status_code == 405


@pytest.mark.parametrize("name", [*BY_ROLE["engineer"], "accounts:open", "account_change_password", "account_logout"])
def test_what_changes_something_wants_the_token_of_a_form(engineer, scene, name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(engineer)
    before = rows()

    assert scene.ask(client, name, "post").status_code == 403
    assert rows() == before


@pytest.mark.parametrize("name", [name for name in DOORS if name.startswith(("triage:", "accounts:", "sharing:links"))])
def test_no_page_is_kept_by_a_cache(client_of, engineer, scene, name):
    response = scene.ask(client_of(engineer), name)

    assert {"private", "no-store"} <= set(response["Cache-Control"].replace(" ", "").split(","))


# What the doors are made of


def belongs_to_a_workspace(model: type[models.Model], seen: frozenset[type[models.Model]] = frozenset()) -> bool:
    """Whether foreign keys lead from its rows to a workspace."""
    parents = {
        field.related_model
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and isinstance(field.related_model, type)
    } - seen
    return Workspace in parents or any(belongs_to_a_workspace(parent, seen | {model}) for parent in parents)


# Reached through their upload, their user, or by administrators alone.
NOT_SCOPED = {UploadedFile, Membership, AuditEvent}


def owned() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if belongs_to_a_workspace(model)]


def test_every_model_that_leads_to_a_workspace_is_scoped_or_stated_to_be_not():
    unscoped = {model for model in owned() if not isinstance(model._default_manager.all(), ScopedQuerySet)}

    assert unscoped == NOT_SCOPED


@pytest.mark.parametrize(
    "model", [model for model in owned() if model not in NOT_SCOPED], ids=lambda model: model.__name__
)
def test_each_scoped_model_shows_its_rows_to_members_and_to_nobody_else(model, desk, scene, viewer, outsider):
    mine = model._default_manager.visible_to(viewer)

    assert issubclass(model, WorkspaceOwned)
    assert len(model._meta.managers) == 1, "a second manager would be a way round"
    if model.__name__ != "RevocationList":
        assert mine.exists(), "the scene has a row of each"
    assert set(mine) == set(model._base_manager.all())
    assert not model._default_manager.visible_to(outsider).exists()


def test_the_session_of_a_member_who_was_removed_opens_nothing(client_of, viewer, scene):
    client = client_of(viewer)
    assert scene.ask(client, "triage:diagnosis").status_code == 200

    Membership.objects.filter(user=viewer).delete()

    assert scene.ask(client, "triage:diagnosis").status_code == 404
    assert scene.ask(client, "triage:workspace").status_code == 403


def test_the_admin_pages_are_not_there_unless_asked_for(client_of, engineer):
    User.objects.filter(pk=engineer.pk).update(is_superuser=True, is_staff=True)

    assert settings.EXPCERT_ADMIN is False
    assert client_of(engineer).get("/admin/").status_code == 404


def test_a_door_is_asked_for_every_role(scene: Scene, person: Callable[..., User], client_of):
    """The table above and the roles agree: an owner opens every door of a member."""
    owner = client_of(person("owner", "owner"))

    for name in BY_ROLE["viewer"] + BY_ROLE["engineer"]:
        assert scene.ask(owner, name).status_code not in (403, 404, 405), name
