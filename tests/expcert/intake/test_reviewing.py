"""An upload that replaces something, or about which something has to be asked, waits; and what people do with it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from diagnostics.estate.model import PlaceReason
from diagnostics.reports.sentences import PLACE_REASONS
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.authority import root
from diagnostics.samples.healthy import healthy
from expcert.accounts.models import AuditEvent
from expcert.intake import presenting, previewing, reviewing, services, tasks
from expcert.intake.models import Became, Review, Upload
from expcert.inventory.models import Certificate, Deployment, Node, PlacementDecision, Reading
from expcert.triage.models import Diagnosis
from expcert.work import NoLongerOwner, Pulse, State
from tests.expcert.intake.estates import AMBIGUOUS, RENEWED, ambiguous, archive_of, renewed, without_snapshot

pytestmark = pytest.mark.usefixtures("empty_spool")


@pytest.fixture
def plan(at):
    return healthy(at=at)


@pytest.fixture
def first(desk, plan) -> Diagnosis:
    """Of the estate as it was."""
    return desk.diagnosis_of(as_artefacts(plan))


@pytest.fixture
def old(plan, first):
    """The certificate that is renewed."""
    return plan.node(RENEWED).issued("server")


@pytest.fixture
def new(plan, old):
    return renewed(plan)


@pytest.fixture
def waiting(desk, plan, first, new) -> Upload:
    """The archive of one node, which has a new certificate since."""
    return desk.read(desk.hand_over(archive_of(plan, RENEWED), first.deployment))


@pytest.fixture
def asked(desk, plan) -> Upload:
    """A first upload with a file that fits two places."""
    return desk.read(desk.hand_over({**without_snapshot(plan), **ambiguous(plan)}))


@pytest.fixture
def browser(client_of, desk):
    """An engineer at the review page of an upload."""
    client = client_of(desk.user)

    class Browser:
        def see(self, upload: Upload) -> str:
            response = client.get(reverse("intake:review", args=[upload.pk]))
            assert response.status_code == 200
            return unescape(response.content.decode())

        def send(self, upload: Upload, text: str = "", **fields: str):
            """The form as it stands on a page, with these fields filled in."""
            token = re.search(r'name="token" value="(\w+)"', text or self.see(upload))[1]
            return client.post(reverse("intake:review", args=[upload.pk]), {"token": token, "do": "apply", **fields})

        def get(self, name: str, *keys: object) -> str:
            return unescape(client.get(reverse(name, args=keys)).content.decode())

        def messages(self, response) -> list[str]:
            return [str(message) for message in client.get(response["Location"]).context["messages"]]

        def post(self, name: str, *keys: object, **fields: object):
            return client.post(reverse(name, args=keys), fields)

    return Browser()


def place_field(text: str) -> str:
    return re.search(r'name="(place-[0-9a-f]{24})"', text)[1]


def installed(deployment: Deployment, fqdn: str = RENEWED) -> dict[str, str]:
    return Node.objects.get(cluster__deployment=deployment, fqdn=fqdn).installed


# What is applied at once


def test_a_first_upload_that_asks_nothing_is_applied_at_once(desk, plan):
    upload = desk.read(desk.hand_over(as_artefacts(plan)))

    assert (upload.state, upload.became) == (State.DONE, Became.APPLIED)
    assert upload.reading.applied_at is not None
    assert upload.settled_by is None
    assert {node["kind"] for node in upload.changes["nodes"]} == {"added"}
    assert Diagnosis.objects.get().upload == upload
    assert not Review.objects.exists()


def test_the_sample_is_applied_at_once_although_a_renewal_lies_in_it(desk, sample):
    assert desk.read(desk.hand_over(sample)).became == Became.APPLIED


def test_what_only_adds_to_a_deployment_is_applied_at_once(desk, at, first):
    further = root("Another Root CA", at=at)

    upload = desk.read(desk.hand_over({"another-root.pem": further.pem}, first.deployment))

    assert upload.became == Became.APPLIED
    assert first.deployment.diagnoses.count() == 2


def test_the_same_upload_once_more_changes_nothing_and_is_applied_at_once(desk, plan, first):
    upload = desk.read(desk.hand_over(as_artefacts(plan), first.deployment))

    assert upload.became == Became.APPLIED
    assert all(not (node["slots"] or node["lists"]) for node in upload.changes["nodes"])


# What waits


def test_what_replaces_something_waits_and_the_estate_stays_as_it_was(waiting, first, old):
    assert (waiting.state, waiting.became) == (State.DONE, Became.WAITING)
    assert waiting.reading.applied_at is None
    assert waiting.changes == {}
    assert first.deployment.diagnoses.count() == 1
    assert installed(first.deployment)["server"] == old.sha256
    assert Certificate.objects.filter(workspace=first.deployment.workspace).exists()


def test_the_page_says_per_node_what_is_replaced_and_what_is_left(waiting, browser, old, new):
    text = browser.see(waiting)

    assert old.sha256[:16] in text
    assert new.sha256[:16] in text
    assert "1 replaced" in text
    head, _, left = text.partition("Left as they are:")
    assert f'<h3 class="name">{RENEWED}</h3>' in head
    assert all(f"{name}.example.com" in left for name in ("expc1", "expc2", "expe2", "cucm1"))


def test_the_progress_leads_to_the_review_and_the_workspace_finds_it_again(waiting, client_of, desk):
    client = client_of(desk.user)
    review = reverse("intake:review", args=[waiting.pk])
    progress = reverse("triage:progress", args=[waiting.pk])

    assert client.get(progress)["Location"] == review
    assert client.get(progress, headers={"HX-Request": "true"})["HX-Redirect"] == review
    assert f'href="{review}"' in client.get(reverse("triage:workspace")).content.decode()
    assert f'href="{review}"' in client.get(reverse("intake:history", args=[waiting.deployment_id])).content.decode()


def test_a_viewer_sees_that_it_waits_and_is_not_led_to_what_may_not_be_answered(waiting, client_of, viewer):
    client = client_of(viewer)

    progress = client.get(reverse("triage:progress", args=[waiting.pk]))

    assert progress.status_code == 200
    text = progress.content.decode()
    assert "has to be confirmed" in text
    assert "hx-get" not in text
    for page in (progress, client.get(reverse("triage:workspace"))):
        assert reverse("intake:review", args=[waiting.pk]) not in page.content.decode()


def test_confirming_applies_it_and_asks_for_a_diagnosis_in_one_go(waiting, browser, desk, new):
    response = browser.send(waiting)

    assert response["Location"] == reverse("triage:progress", args=[waiting.pk])
    waiting.refresh_from_db()
    assert (waiting.became, waiting.settled_by) == (Became.APPLIED, desk.user)
    assert waiting.reading.applied_at is not None
    assert new.sha256 in str(waiting.changes)
    assert not Review.objects.exists()
    diagnosis = desk.diagnose(waiting.deployment)
    assert diagnosis.upload == waiting
    assert installed(waiting.deployment)["server"] == new.sha256
    assert AuditEvent.objects.filter(verb=AuditEvent.Verb.UPLOAD_APPLIED, object_id=str(waiting.pk)).exists()


def test_a_failure_while_it_is_applied_leaves_everything_as_it_was(waiting, browser, monkeypatch):
    def failing(*_: object, **__: object) -> None:
        raise RuntimeError("a defect of the listener")

    monkeypatch.setattr("expcert.triage.services.request_diagnosis", failing)
    standing = reviewing.standing(waiting)
    with pytest.raises(RuntimeError):
        reviewing.confirm(waiting, token=standing.token, answers={}, request=Request(waiting.uploaded_by))

    waiting.refresh_from_db()
    assert waiting.became == Became.WAITING
    assert waiting.reading.applied_at is None
    assert Review.objects.filter(upload=waiting).exists()


class Request:
    def __init__(self, user) -> None:
        self.user, self.META = user, {}


# Two at once


def test_a_second_tab_that_confirms_again_is_told_so_and_nothing_happens_twice(waiting, browser):
    text = browser.see(waiting)
    browser.send(waiting, text)

    again = browser.send(waiting, text)

    assert "applied already" in " ".join(browser.messages(again))
    assert Diagnosis.objects.filter(upload=waiting).count() == 1


def test_a_tab_that_confirms_what_another_has_discarded_is_told_so(waiting, browser, first):
    text = browser.see(waiting)
    browser.post("intake:discard", waiting.pk)

    late = browser.send(waiting, text)

    assert late["Location"] == reverse("intake:history", args=[waiting.deployment_id])
    assert first.deployment.diagnoses.count() == 1


def test_a_preview_that_another_upload_has_made_stale_is_shown_again_before_anything_happens(
    waiting, browser, desk, plan, first, new
):
    text = browser.see(waiting)
    newest = renewed(plan)
    other = desk.read(desk.hand_over(archive_of(plan, RENEWED), first.deployment))
    desk.apply(other)

    stale = browser.send(waiting, text)

    assert stale["Location"] == reverse("intake:review", args=[waiting.pk])
    waiting.refresh_from_db()
    assert waiting.became == Became.WAITING
    assert any("confirm again" in message for message in browser.messages(stale))
    text = browser.see(waiting)
    assert newest.sha256[:16] in text, "what would be replaced now"
    browser.send(waiting, text)
    waiting.refresh_from_db()
    assert waiting.became == Became.APPLIED


def test_an_upload_that_is_applied_between_the_preview_and_the_transaction_is_noticed(
    waiting, desk, monkeypatch, plan, first
):
    standing = reviewing.standing(waiting)
    further = desk.hand_over({"further.pem": root("Another Root CA", at=plan.at).pem}, first.deployment)
    still = reviewing._still_waiting

    def meanwhile(upload: Upload) -> Upload:
        monkeypatch.setattr(reviewing, "_still_waiting", still)
        desk.read(further)
        return still(upload)

    monkeypatch.setattr(reviewing, "_still_waiting", meanwhile)
    with pytest.raises(reviewing.ShownAgain):
        reviewing.confirm(waiting, token=standing.token, answers={}, request=desk.request())

    waiting.refresh_from_db()
    assert waiting.became == Became.WAITING


def test_a_reading_that_ends_while_another_is_applied_looks_again_before_it_is_applied(
    desk, plan, first, new, monkeypatch
):
    """Two archives of one node, read at the same time: the second must not replace what the first brought unasked."""
    later = desk.hand_over({"expc2-notes.txt": b"nothing"}, first.deployment)
    other = desk.read(desk.hand_over(archive_of(plan, RENEWED), first.deployment))
    preview = services.preview_of_reading
    looks = []

    def and_meanwhile(*args: object):
        looks.append(preview(*args))
        if len(looks) == 1:
            desk.apply(other)
        return looks[-1]

    monkeypatch.setattr(services, "preview_of_reading", and_meanwhile)
    desk.read(later)

    assert len(looks) == 2
    assert looks[0].base != looks[1].base
    assert later.became == Became.APPLIED


def test_where_others_are_applied_all_the_time_a_reading_waits_rather_than_replacing_unseen(
    desk, at, first, monkeypatch
):
    preview = services.preview_of_reading

    def always_stale(*args: object):
        found = preview(*args)
        PlacementDecision.objects.create(deployment=first.deployment, path=f"{timezone.now()}")
        return found

    monkeypatch.setattr(services, "preview_of_reading", always_stale)

    upload = desk.read(desk.hand_over({"another-root.pem": root("Another Root CA", at=at).pem}, first.deployment))

    assert upload.became == Became.WAITING
    assert Reading.objects.filter(upload=upload).count() == 1


def test_a_reading_that_lost_its_worker_at_the_end_leaves_no_review_and_the_next_makes_one(
    desk, plan, first, new, monkeypatch
):
    upload = desk.hand_over(archive_of(plan, RENEWED), first.deployment)
    with monkeypatch.context() as patched:

        def taken_over(self) -> None:
            raise NoLongerOwner

        patched.setattr(Pulse, "finish", taken_over)
        attempt = upload.claim()
        with pytest.raises(NoLongerOwner):
            services.read_upload(upload, Pulse(upload, attempt))
    assert not Review.objects.exists()
    assert Reading.objects.count() == 1

    Upload.objects.filter(pk=upload.pk).update(state=State.QUEUED)
    desk.read(Upload.objects.get(pk=upload.pk))

    assert Review.objects.get().upload == upload


def test_a_deployment_that_is_deleted_while_its_upload_is_read_leaves_nothing(desk, plan, monkeypatch):
    upload = desk.hand_over(as_artefacts(plan))
    preview = services.preview_of_reading

    def and_gone(*args: object):
        found = preview(*args)
        Deployment.objects.filter(pk=upload.deployment_id).delete()
        return found

    monkeypatch.setattr(services, "preview_of_reading", and_gone)
    attempt = upload.claim()
    with pytest.raises(NoLongerOwner):
        services.read_upload(upload, Pulse(upload, attempt))

    assert not (Reading.objects.exists() or Certificate.objects.exists() or Review.objects.exists())


def test_a_review_whose_upload_is_gone_is_not_there(waiting, client_of, desk):
    address = reverse("intake:review", args=[waiting.pk])
    waiting.delete()

    client = client_of(desk.user)

    assert client.get(address).status_code == client.post(address).status_code == 404


# Discarding


def test_discarding_removes_what_the_upload_brought_and_nothing_else(waiting, browser, first, new):
    before = set(first.document["certificates"])

    response = browser.post("intake:discard", waiting.pk)

    assert response["Location"] == reverse("intake:history", args=[waiting.deployment_id])
    waiting.refresh_from_db()
    assert (waiting.became, waiting.reading) == (Became.DISCARDED, None)
    assert set(Certificate.objects.values_list("sha256", flat=True)) == before
    assert new.sha256 not in before
    assert Reading.objects.count() == 1
    assert not waiting.spool.exists()
    assert AuditEvent.objects.filter(verb=AuditEvent.Verb.UPLOAD_DISCARDED, object_id=str(waiting.pk)).exists()


def test_a_certificate_that_another_deployment_or_waiting_upload_names_stays(waiting, desk, plan, new):
    elsewhere = desk.read(desk.hand_over({"expe1.pem": new.pem}))
    assert elsewhere.deployment != waiting.deployment

    reviewing.discard(waiting, request=desk.request())

    assert Certificate.objects.filter(sha256=new.sha256).exists()


@pytest.mark.parametrize(("days", "stays"), [(6.99, True), (7.01, False)])
def test_what_nobody_answers_in_time_is_discarded_by_the_sweep(waiting, days, stays):
    Upload.objects.filter(pk=waiting.pk).update(finished_at=timezone.now() - timedelta(days=days))

    tasks.sweep_uploads()

    waiting.refresh_from_db()
    assert (waiting.became == Became.WAITING) is stays
    if not stays:
        assert waiting.settled_by is None
        event = AuditEvent.objects.get(verb=AuditEvent.Verb.UPLOAD_DISCARDED)
        assert (event.actor, event.detail) == (None, {"days": 7})


@pytest.mark.parametrize(("minutes", "stays"), [(59, True), (61, False)])
def test_a_waiting_reading_whose_upload_was_deleted_is_forgotten_by_the_sweep(waiting, new, minutes, stays):
    Reading.objects.filter(applied_at=None).update(read_at=timezone.now() - timedelta(minutes=minutes))
    waiting.delete()

    tasks.sweep_uploads()

    assert Reading.objects.filter(applied_at=None).exists() is stays
    assert Certificate.objects.filter(sha256=new.sha256).exists() is stays
    assert Reading.objects.exclude(applied_at=None).count() == 1


# Much


def test_what_changes_is_stored_up_to_a_bound_and_counted_in_full(desk, at, browser, monkeypatch):
    monkeypatch.setattr(previewing, "_MOST_THINGS", 5)
    plan = healthy(at=at, expressway_c=6, expressway_e=6)

    upload = desk.read(desk.hand_over(as_inventory(plan)))

    kept = [item for node in upload.changes["nodes"] for kind in ("slots", "lists", "facts") for item in node[kind]]
    assert len(kept) <= 5
    assert upload.changes["counts"]["added"] == len(kept) + upload.changes["more"] > 50
    history = browser.get("intake:history", upload.deployment_id)
    assert f"{upload.changes['counts']['added']} things added" in history
    assert f"and {upload.changes['more']} more things" in history


def test_more_questions_than_a_person_answers_are_counted_and_the_rest_is_asked(desk, plan, browser, monkeypatch):
    monkeypatch.setattr(previewing, "MOST_QUESTIONS", 2)
    node = plan.node("cucm1.example.com")
    files = {
        f"copies/{number}.cer": plan.authorities["ucm-root"].reissue(node.issued("tomcat")).der for number in range(5)
    }

    upload = desk.read(desk.hand_over({**without_snapshot(plan), **files}))

    text = browser.see(upload)
    assert text.count("<fieldset") == 2
    assert "3 more files fit several places" in text


# Questions


def test_a_file_that_fits_two_places_is_asked_for_even_in_a_first_upload(asked, browser):
    text = browser.see(asked)

    assert asked.became == Became.WAITING
    assert AMBIGUOUS in text
    assert text.count('type="radio"') == 4, "two places, none of them, and later"
    assert 'value="tomcat@cucm1.example.com"' in text
    assert 'value="callmanager@cucm1.example.com"' in text


@pytest.mark.parametrize("reason", [*PlaceReason, "of-a-later-release", None])
def test_a_question_gives_the_reason_for_a_place_in_the_words_of_the_files_page(reason):
    place = {"key": "server@a", "node": "a", "slot": "server", "store": None, "reason": reason}
    (question,) = presenting.asked([{"path": "a.cer", "subject": "", "candidates": [place]}], {})

    assert [choice.reason for choice in question.choices] == [PLACE_REASONS.get(reason, "")]


def test_an_answer_places_the_file_and_is_kept_as_a_decision(asked, browser, desk, plan):
    field = place_field(browser.see(asked))

    browser.send(asked, **{field: "tomcat@cucm1.example.com"})

    decision = PlacementDecision.objects.get()
    leaf = plan.node("cucm1.example.com").issued("tomcat")
    assert (decision.path, decision.node, decision.slot, decision.store) == (
        AMBIGUOUS,
        "cucm1.example.com",
        "tomcat",
        "",
    )
    assert (decision.certificate, decision.decided_by) == (leaf.sha256, desk.user)
    assert "cucm1.example.com" in decision.names
    desk.diagnose(asked.deployment)
    assert installed(asked.deployment, "cucm1.example.com") == {"tomcat": leaf.sha256}


def test_an_answer_sticks_and_is_not_asked_again(asked, browser, desk, plan):
    field = place_field(browser.see(asked))
    browser.send(asked, **{field: "tomcat@cucm1.example.com"})

    again = desk.read(desk.hand_over(ambiguous(plan), asked.deployment))

    assert again.became == Became.APPLIED
    diagnosis = desk.diagnose(asked.deployment)
    rows = [row for row in diagnosis.document["files"] if row["upload"] == AMBIGUOUS]
    assert [[place["node"] for place in row["placed"]] for row in rows] == [["cucm1.example.com"]] * 2


def test_no_node_is_an_answer_too(asked, browser, desk):
    browser.send(asked, **{place_field(browser.see(asked)): "none"})

    decision = PlacementDecision.objects.get()
    assert (decision.node, decision.slot, decision.store) == ("", "", "")
    diagnosis = desk.diagnose(asked.deployment)
    (row,) = [row for row in diagnosis.document["files"] if row["upload"] == AMBIGUOUS]
    assert row["placed"] == []


def test_deciding_later_applies_the_upload_without_a_decision(asked, browser):
    browser.send(asked)

    asked.refresh_from_db()
    assert asked.became == Became.APPLIED
    assert not PlacementDecision.objects.exists()


@pytest.mark.parametrize("wrong", ["tomcat@elsewhere.example.com", "server@cucm1.example.com", "9", "", "x" * 5000])
def test_an_answer_that_is_not_offered_is_none(asked, browser, wrong):
    browser.send(asked, **{place_field(browser.see(asked)): wrong})

    assert not PlacementDecision.objects.exists()


def test_what_the_answers_change_can_be_seen_before_it_is_confirmed(asked, browser):
    text = browser.see(asked)
    field = place_field(text)
    assert "Certificate: tomcat" not in text

    response = browser.send(asked, text, do="look", **{field: "tomcat@cucm1.example.com"})

    assert response["Location"] == reverse("intake:review", args=[asked.pk])
    text = browser.see(asked)
    assert "Certificate: tomcat" in text
    assert re.search(r'value="tomcat@cucm1.example.com" checked', text)
    asked.refresh_from_db()
    assert asked.became == Became.WAITING
    assert not PlacementDecision.objects.exists()


def test_an_answer_that_replaces_what_was_not_shown_is_shown_before_it_is_applied(desk, plan, browser, first):
    """The node has a certificate in that slot already: the answer puts another one there."""
    node = plan.node("cucm1.example.com")
    other = plan.authorities["ucm-root"].reissue(node.issued("tomcat"), not_before=plan.at)
    upload = desk.read(desk.hand_over({AMBIGUOUS: other.der}, first.deployment))
    assert upload.became == Became.WAITING
    text = browser.see(upload)
    field = place_field(text)
    assert "Certificate: tomcat" not in text

    once = browser.send(upload, text, **{field: "tomcat@cucm1.example.com"})

    assert any("more is replaced" in message for message in browser.messages(once))
    upload.refresh_from_db()
    assert upload.became == Became.WAITING
    text = browser.see(upload)
    assert "Certificate: tomcat" in text
    browser.send(upload, text, **{field: "tomcat@cucm1.example.com"})
    upload.refresh_from_db()
    assert upload.became == Became.APPLIED
    desk.diagnose(upload.deployment)
    assert installed(upload.deployment, "cucm1.example.com")["tomcat"] == other.sha256


# What pages cost


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as context:
        assert client.get(address).status_code == 200
    return len(context)


def test_a_review_takes_as_many_queries_for_a_large_estate_as_for_a_small_one(client_of, desk, at):
    client, counts = client_of(desk.user), []
    for size in (1, 5):
        plan = healthy(at=at, expressway_c=size, expressway_e=size, domain=f"size{size}.example.com")
        deployment = desk.diagnosis_of(as_inventory(plan)).deployment
        for node in plan.nodes("expressway-e"):
            node.identity["server"] = plan.authorities["public-issuing"].reissue(node.issued("server"))
        upload = desk.read(desk.hand_over(as_inventory(plan), deployment))
        assert upload.became == Became.WAITING
        counts.append(queries(client, reverse("intake:review", args=[upload.pk])))

    assert counts[0] == counts[1] <= 12


def test_the_workspace_takes_as_many_queries_for_many_waiting_uploads_as_for_one(client_of, desk, waiting, plan):
    client, address = client_of(desk.user), reverse("triage:workspace")
    one = queries(client, address)
    for _ in range(3):
        renewed(plan)
        desk.read(desk.hand_over(archive_of(plan, RENEWED), waiting.deployment))

    assert queries(client, address) == one <= 12


def test_of_a_long_list_of_what_goes_and_comes_the_page_shows_the_first_ones_and_folds_the_rest():
    values = [f"goes: CA {number}" for number in range(8)]

    text = render_to_string("intake/_values.html", {"values": values})

    before, _fold, behind = text.partition("<details")
    assert [value for value in values if value in before] == values[:5]
    assert "<summary>3 more</summary>" in behind
    assert [value for value in values if value in behind] == values[5:]
    assert "<details" not in render_to_string("intake/_values.html", {"values": values[:5]})
