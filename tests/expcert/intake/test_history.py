"""The history of a deployment's uploads, and what is said of those that failed, wait or were discarded."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.healthy import healthy
from expcert.accounts.models import Membership, Workspace
from expcert.intake import reviewing
from expcert.intake.models import Became, Upload
from expcert.inventory.models import Deployment, PlacementDecision
from expcert.triage.models import Diagnosis
from expcert.work import Problem, State
from tests.expcert.intake.estates import RENEWED, archive_of, renewed

pytestmark = pytest.mark.usefixtures("empty_spool")


@pytest.fixture
def plan(at):
    return healthy(at=at)


@pytest.fixture
def first(desk, plan) -> Diagnosis:
    return desk.diagnosis_of(as_artefacts(plan))


@pytest.fixture
def page(client_of, desk):
    client = client_of(desk.user)

    def get(deployment: Deployment, **query: object) -> str:
        response = client.get(reverse("intake:history", args=[deployment.pk]), query)
        assert response.status_code == 200
        return unescape(response.content.decode())

    return get


def rows(text: str) -> list[str]:
    """Of each upload; what it changed is a table of its own inside."""
    table = text[text.index('id="uploads-title"') : text.index('id="decisions-title"')]
    return table.split('<th scope="row" role="rowheader"><time')[1:]


def test_each_upload_says_when_by_whom_which_files_and_what_it_changed(page, desk, plan, first):
    new = renewed(plan)
    second = desk.read(desk.hand_over(archive_of(plan, RENEWED), first.deployment))
    desk.apply(second)

    newer, older = rows(page(first.deployment))

    assert desk.user.username in newer
    assert next(iter(archive_of(plan, RENEWED))) in newer
    assert "1 replaced" in newer
    assert new.sha256[:16] in newer
    assert "things added" in older
    for upload, row in ((second, newer), (first.upload, older)):
        assert f"{upload.created_at:%Y-%m-%d %H:%M} UTC" in row
        assert f'href="{reverse("triage:progress", args=[upload.pk])}"' in row


def test_an_upload_that_failed_is_there_with_its_reason_although_a_diagnosis_exists(page, client_of, desk, first):
    failed = desk.hand_over({"a.pem": b"x"}, first.deployment)
    failed.fail(failed.claim(), Problem.TIME_LIMIT)

    assert "longer than is allowed" in rows(page(first.deployment))[0]
    workspace = client_of(desk.user).get(reverse("triage:workspace")).content.decode()
    assert f'href="{reverse("triage:progress", args=[failed.pk])}"' in workspace


def test_an_upload_that_failed_is_no_longer_pointed_at_once_a_later_one_was_applied(client_of, desk, first):
    failed = desk.hand_over({"a.pem": b"x"}, first.deployment)
    failed.fail(failed.claim(), Problem.TIME_LIMIT)
    desk.read(desk.hand_over({"note.txt": b"nothing"}, first.deployment))

    workspace = client_of(desk.user).get(reverse("triage:workspace")).content.decode()

    assert reverse("triage:progress", args=[failed.pk]) not in workspace


def test_a_failed_upload_of_another_workspace_is_not_pointed_at(client_of, desk):
    elsewhere = Deployment.objects.create(workspace=Workspace.objects.create(name="Zoo"), name="theirs")
    failed = Upload.objects.create(deployment=elsewhere, state=State.FAILED, problem=Problem.TIME_LIMIT)

    workspace = client_of(desk.user).get(reverse("triage:workspace")).content.decode()

    assert reverse("triage:progress", args=[failed.pk]) not in workspace


def test_what_was_discarded_stays_in_the_history(page, desk, plan, first):
    renewed(plan)
    upload = desk.read(desk.hand_over(archive_of(plan, RENEWED), first.deployment))
    reviewing.discard(upload, request=desk.request())
    by_person = rows(page(first.deployment))[0]
    Upload.objects.filter(pk=upload.pk).update(settled_by=None)

    assert "discarded" in by_person
    assert "Nobody answered" not in by_person
    assert desk.user.username in by_person
    assert "Nobody answered in time" in rows(page(first.deployment))[0]


def test_a_deployment_whose_only_upload_was_discarded_leads_to_its_history(client_of, desk, plan):
    deployment = desk.read(desk.hand_over(as_artefacts(plan))).deployment
    Upload.objects.update(became=Became.DISCARDED)

    response = client_of(desk.user).get(reverse("triage:deployment", args=[deployment.pk]))

    assert response["Location"] == reverse("intake:history", args=[deployment.pk])


def test_the_diagnosis_leads_to_the_history_and_back(client_of, desk, page, first):
    diagnosis = client_of(desk.user).get(reverse("triage:diagnosis", args=[first.pk])).content.decode()

    assert f'href="{reverse("intake:history", args=[first.deployment_id])}"' in diagnosis
    assert f'href="{reverse("triage:deployment", args=[first.deployment_id])}"' in page(first.deployment)


def test_decisions_are_listed_with_who_made_them_and_can_be_taken_back(page, desk, first):
    row = PlacementDecision.objects.create(
        deployment=first.deployment,
        path="exports/server.cer",
        node="expc1.example.com",
        slot="server",
        decided_by=desk.user,
    )

    text = page(first.deployment)
    said = text[text.index('id="decisions-title"') :]

    for words in ("exports/server.cer", "expc1.example.com", "server", desk.user.username, f'value="{row.pk}"'):
        assert words in said
    assert f'action="{reverse("triage:undo-place", args=[first.deployment_id])}"' in said


def test_a_viewer_reads_the_history_and_is_offered_nothing(client_of, viewer, desk, plan, first):
    renewed(plan)
    upload = desk.read(desk.hand_over(archive_of(plan, RENEWED), first.deployment))
    PlacementDecision.objects.create(deployment=first.deployment, path="a.cer")

    text = client_of(viewer).get(reverse("intake:history", args=[first.deployment_id])).content.decode()

    assert "waits for an answer" in text
    assert reverse("intake:review", args=[upload.pk]) not in text
    assert "undo" not in text


def test_the_uploads_are_divided_into_pages_and_each_is_shown_once(page, deployment):
    Upload.objects.bulk_create([Upload(deployment=deployment, state=State.FAILED, problem=f"p-{n}") for n in range(45)])

    shown = [reason for number in (1, 2, 3) for reason in re.findall(r"p-\d+", page(deployment, page=number))]

    assert sorted(shown) == sorted(f"p-{number}" for number in range(45))
    for wrong in ("0", "-1", "9999", "x"):
        page(deployment, page=wrong)


def test_changes_that_another_release_wrote_are_left_out_and_the_page_is_shown(page, first):
    Upload.objects.update(changes={"format": "expcert-changes/9", "nodes": 7})

    assert "things added" not in page(first.deployment)


def test_the_history_takes_as_many_queries_for_many_uploads_as_for_one(client_of, desk, at):
    client, counts = client_of(desk.user), []
    deployment = desk.diagnosis_of(as_inventory(healthy(at=at))).deployment
    address = reverse("intake:history", args=[deployment.pk])
    for more in (0, 5):
        for number in range(more):
            desk.read(desk.hand_over({f"{number}-{n}.txt": b"x" for n in range(9)}, deployment))
            PlacementDecision.objects.create(deployment=deployment, path=f"{number}", decided_by=desk.user)
        client.get(address)
        with CaptureQueriesContext(connection) as context:
            assert client.get(address).status_code == 200
        counts.append(len(context))

    assert counts[0] == counts[1] <= 10


# The workspace that a page belongs to


@pytest.fixture
def other(desk) -> Workspace:
    """A second workspace of the same person; the one in use is the first by name."""
    workspace = Workspace.objects.create(name="Zoo")
    Membership.objects.create(user=desk.user, workspace=workspace, role="engineer")
    return workspace


def test_pages_of_a_deployment_follow_its_workspace(client_of, desk, other):
    client = client_of(desk.user)
    theirs = Deployment.objects.create(workspace=other, name="in the zoo")
    assert other.name not in client.get(reverse("triage:workspace")).content.decode()

    text = client.get(reverse("intake:history", args=[theirs.pk])).content.decode()

    assert f'<span class="muted name">{other.name}</span>' in text


def test_adding_files_from_a_diagnosis_of_another_workspace_goes_to_that_one(client_of, desk, other, first):
    client = client_of(desk.user)
    client.post(reverse("accounts:open", args=[other.pk]))

    text = client.get(reverse("triage:workspace"), {"deployment": first.deployment_id}).content.decode()

    assert f'name="workspace" value="{first.deployment.workspace_id}"' in text
    assert f'<option value="{first.deployment_id}" selected>' in text
    report = client.get(reverse("triage:diagnosis", args=[first.pk])).content.decode()
    assert f'<span class="muted name">{first.deployment.workspace.name}</span>' in report


def test_a_deployment_that_one_may_not_see_is_not_followed(client_of, outsider, first):
    text = client_of(outsider).get(reverse("triage:workspace"), {"deployment": first.deployment_id}).content.decode()

    assert str(first.deployment_id) not in text
    assert "Elsewhere" in text
