"""What people did, kept for good: which acts leave a line, what is in it, and that it cannot be changed."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from expcert.accounts import audit
from expcert.accounts.models import AppendOnly, AuditEvent, User, Workspace
from expcert.sharing import services as sharing
from expcert.sharing.models import Redaction

Verb = AuditEvent.Verb
ADDRESS = "192.0.2.77"


@pytest.fixture
def line(workspace: Workspace, engineer: User) -> AuditEvent:
    return audit.record(Verb.UPLOADED, actor=engineer, workspace=workspace, about=workspace, detail={"files": 1})


@pytest.fixture
def desk_client(client_of, engineer) -> Client:
    client = client_of(engineer)
    client.defaults["REMOTE_ADDR"] = ADDRESS
    AuditEvent.objects.all()._raw_delete("default")  # of signing in itself
    return client


def the_line(verb: str) -> AuditEvent:
    return AuditEvent.objects.get(verb=verb)


def test_a_line_is_not_saved_again(line):
    line.verb = Verb.SHARE_CREATED

    with pytest.raises(AppendOnly):
        line.save()

    assert AuditEvent.objects.get(pk=line.pk).verb == Verb.UPLOADED


def test_a_line_is_not_deleted(line):
    with pytest.raises(AppendOnly):
        line.delete()

    assert AuditEvent.objects.filter(pk=line.pk).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda lines, line: lines.update(verb=Verb.EXPORTED),
        lambda lines, line: lines.delete(),
        lambda lines, line: lines.bulk_update([line], ["verb"]),
        lambda lines, line: lines.update_or_create(pk=line.pk, defaults={"verb": Verb.EXPORTED}),
        lambda lines, line: lines.bulk_create(
            [AuditEvent(pk=line.pk, verb=Verb.EXPORTED)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["verb"],
        ),
    ],
    ids=["update", "delete", "bulk-update", "update-or-create", "upsert"],
)
def test_no_list_of_lines_is_changed_at_once(line, change):
    line.verb = Verb.EXPORTED

    with pytest.raises(AppendOnly), transaction.atomic():
        change(AuditEvent.objects.filter(pk=line.pk), line)

    assert AuditEvent.objects.get(pk=line.pk).verb == Verb.UPLOADED


def test_a_line_outlives_the_person_and_the_workspace(line, engineer, workspace):
    engineer.delete()
    workspace.delete()

    kept = AuditEvent.objects.get(pk=line.pk)
    assert (kept.actor, kept.actor_name, kept.workspace) == (None, "engineer", None)
    assert (kept.object_kind, kept.object_id) == ("accounts.workspace", str(line.object_id))


def test_the_newest_line_comes_first(workspace):
    verbs = [Verb.UPLOADED, Verb.DIAGNOSED, Verb.EXPORTED]
    for verb in verbs:
        audit.record(verb, workspace=workspace)

    assert list(AuditEvent.objects.values_list("verb", flat=True)) == verbs[::-1]


def test_a_failed_sign_in_keeps_the_name_of_an_account_and_nothing_else_that_was_typed(engineer):
    for name in ("engineer", "typed-my-password-here"):
        Client(REMOTE_ADDR=ADDRESS).post("/account/sign-in/", {"login": name, "password": "wrong-password"})

    lines = AuditEvent.objects.filter(verb=Verb.SIGN_IN_FAILED).order_by("id")
    assert [line.detail for line in lines] == [{"name": "engineer"}, {"name": None}]
    assert {line.address for line in lines} == {ADDRESS}
    assert {line.actor for line in lines} == {None}


def test_signing_in_and_out_are_kept_with_the_address(engineer):
    client = Client(REMOTE_ADDR=ADDRESS)
    engineer.set_password("correct-horse-battery")
    engineer.save()

    client.post("/account/sign-in/", {"login": "engineer", "password": "correct-horse-battery"})
    client.post(reverse("account_logout"))

    for verb in (Verb.SIGNED_IN, Verb.SIGNED_OUT):
        assert (the_line(verb).actor, the_line(verb).address) == (engineer, ADDRESS)


def test_an_upload_is_kept_with_the_number_of_files_and_no_name_of_one(desk, desk_client, workspace, engineer, sample):
    desk.hand_over(sample)

    line = the_line(Verb.UPLOADED)
    assert (line.actor, line.workspace, line.object_kind) == (engineer, workspace, "intake.upload")
    assert line.detail == {"files": len(sample)}


def test_the_sample_is_kept_as_such(desk, desk_client):
    desk_client.post(reverse("intake:sample"))

    line = the_line(Verb.UPLOADED)
    assert (line.detail, line.address) == ({"sample": True}, ADDRESS)


def test_asking_for_a_diagnosis_is_kept(desk_client, diagnosis, workspace):
    desk_client.post(reverse("triage:diagnose", args=[diagnosis.deployment_id]))

    line = the_line(Verb.DIAGNOSED)
    assert (line.workspace, line.address) == (workspace, ADDRESS)
    assert (line.object_kind, line.object_id) == ("inventory.deployment", str(diagnosis.deployment_id))


def test_a_download_of_the_report_is_kept_and_reading_a_page_is_not(desk_client, diagnosis):
    before = AuditEvent.objects.count()
    desk_client.get(reverse("triage:zones", args=[diagnosis.pk]))
    assert AuditEvent.objects.count() == before

    desk_client.get(reverse("triage:json", args=[diagnosis.pk]))

    line = the_line(Verb.EXPORTED)
    assert (line.object_kind, line.object_id) == ("triage.diagnosis", str(diagnosis.pk))


def test_a_link_is_kept_from_its_making_to_its_end(desk, desk_client, diagnosis, workspace):
    made = sharing.share(diagnosis, request=desk.request(), days=3, redaction=Redaction.ADDRESSES)
    Client(REMOTE_ADDR="203.0.113.5").get(
        reverse("sharing:diagnosis", args=[made.token]), headers={"user-agent": "Support's browser"}
    )
    desk_client.post(reverse("sharing:revoke", args=[made.link.pk]))
    desk_client.post(reverse("sharing:revoke", args=[made.link.pk]))

    created, opened, revoked = (the_line(verb) for verb in (Verb.SHARE_CREATED, Verb.SHARE_OPENED, Verb.SHARE_REVOKED))
    assert created.detail == {"days": 3, "redaction": "addresses"}
    assert (opened.actor, opened.address, opened.detail) == (None, "203.0.113.5", {"agent": "Support's browser"})
    assert (revoked.actor, revoked.address) == (desk.user, ADDRESS)
    for line in (created, opened, revoked):
        assert (line.workspace, line.object_id) == (workspace, str(made.link.pk))
        assert made.token not in str(line.__dict__)


def test_what_is_rolled_back_leaves_no_line(desk, diagnosis):
    with pytest.raises(sharing.CannotShare):
        sharing.share(diagnosis, request=desk.request(), days=0, redaction=Redaction.NOTHING)

    assert not AuditEvent.objects.filter(verb=Verb.SHARE_CREATED).exists()
