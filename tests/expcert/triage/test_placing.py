"""Where a file belongs, changed with one click on the files page of the newest diagnosis, and taken back."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.healthy import healthy
from expcert.accounts.models import AuditEvent
from expcert.inventory.models import Node, PlacementDecision
from expcert.sharing import services as sharing
from expcert.sharing.models import Redaction
from expcert.triage import placing
from expcert.triage.models import Diagnosis
from expcert.work import State

FILE = "a-certificate.cer"
CRL = "private.crl"


@pytest.fixture
def plan(at):
    return healthy(at=at)


@pytest.fixture
def leaf(plan):
    """A certificate that names no node of the estate."""
    return plan.authorities["private-issuing"].issue(common_name="old.example.org", dns=["old.example.org"])


@pytest.fixture
def diagnosis(desk, plan, leaf) -> Diagnosis:
    return desk.diagnosis_of({**as_artefacts(plan), FILE: leaf.pem})


@pytest.fixture
def browser(client_of, desk):
    client = client_of(desk.user)

    class Browser:
        def files(self, diagnosis: Diagnosis, **query: object) -> str:
            return unescape(client.get(reverse("triage:files", args=[diagnosis.pk]), query).content.decode())

        def place(self, diagnosis: Diagnosis, number: object, key: str):
            return client.post(reverse("triage:place", args=[diagnosis.pk]), {"file": number, "place": key})

        def undo(self, diagnosis: Diagnosis, pk: object):
            return client.post(reverse("triage:undo-place", args=[diagnosis.deployment_id]), {"decision": pk})

    return Browser()


def number_of(diagnosis: Diagnosis, upload: str = FILE) -> int:
    return next(n for n, row in enumerate(diagnosis.document["files"]) if row["upload"] == upload)


def placed(diagnosis: Diagnosis, upload: str = FILE) -> list[tuple[str, str]]:
    places = diagnosis.document["files"][number_of(diagnosis, upload)]["placed"]
    return [(place["node"], place["place"]) for place in places]


def form_of(text: str, number: int) -> str:
    row = text[text.index(f'id="file-{number}"') :]
    return row[: row.index("</tr>")]


def test_the_files_page_offers_every_place_of_every_node_and_no_node(browser, diagnosis, plan):
    form = form_of(browser.files(diagnosis), number_of(diagnosis))

    assert f'action="{reverse("triage:place", args=[diagnosis.pk])}"' in form
    for node in plan.nodes("expressway-c", "expressway-e"):
        assert all(f'value="{place}@{node.fqdn}"' in form for place in ("server", "client", "trusted-ca"))
    assert 'value="tomcat-trust@cucm1.example.com"' in form
    assert 'value="tomcat@expc1.example.com"' not in form
    assert '<option value="none">' in form


def test_a_click_places_the_file_asks_for_a_diagnosis_and_leads_to_its_progress(browser, desk, diagnosis, leaf):
    response = browser.place(diagnosis, number_of(diagnosis), "server@expc1.example.com")

    assert response["Location"] == reverse("triage:progress", args=[diagnosis.upload_id])
    decision = PlacementDecision.objects.get()
    assert (decision.path, decision.certificate) == (FILE, leaf.sha256)
    assert (decision.node, decision.slot, decision.store) == ("expc1.example.com", "server", "")
    assert (decision.names, decision.decided_by) == (["old.example.org"], desk.user)
    after = desk.diagnose(diagnosis.deployment)
    assert after.requested_by == desk.user
    assert placed(after) == [("expc1.example.com", "server")]
    assert Node.objects.get(fqdn="expc1.example.com").installed["server"] == leaf.sha256
    event = AuditEvent.objects.get(verb=AuditEvent.Verb.FILE_PLACED)
    assert event.detail == {"file": FILE, "node": "expc1.example.com", "place": "server"}


def test_a_list_is_a_place_too(browser, desk, diagnosis):
    browser.place(diagnosis, number_of(diagnosis), "trusted-ca@expe1.example.com")

    decision = PlacementDecision.objects.get()
    assert (decision.slot, decision.store) == ("", "trusted-ca")
    assert placed(desk.diagnose(diagnosis.deployment)) == [("expe1.example.com", "trusted-ca")]


@pytest.fixture
def with_crl(desk, plan, at) -> Diagnosis:
    """An estate in which the private CA has revoked the certificate of expc1, and a list that says so."""
    issuing = plan.authorities["private-issuing"]
    revoked = [plan.node("expc1.example.com").issued("server")]
    crl = issuing.crl(revoked, this_update=at - timedelta(days=1), next_update=at + timedelta(days=6))
    return desk.diagnosis_of({**as_artefacts(plan), CRL: crl})


def test_a_revocation_list_is_offered_the_revocation_lists_of_expressways_alone(browser, with_crl, plan):
    form = form_of(browser.files(with_crl), number_of(with_crl, CRL))

    offered = re.findall(r'<option value="(\w[^"]*)"', form)
    assert offered == [*(f"crl@{node.fqdn}" for node in plan.nodes("expressway-c", "expressway-e")), "none"]
    assert "expc1.example.com: revocation lists" in form


def test_a_revocation_list_can_be_put_on_a_node_and_is_shown_there(browser, desk, client_of, with_crl):
    response = browser.place(with_crl, number_of(with_crl, CRL), "crl@expe1.example.com")

    assert response["Location"] == reverse("triage:progress", args=[with_crl.upload_id])
    decision = PlacementDecision.objects.get()
    assert (decision.path, decision.certificate, decision.names) == (CRL, "", [])
    assert (decision.node, decision.slot, decision.store, decision.crl) == ("expe1.example.com", "", "", True)
    after = desk.diagnose(with_crl.deployment)
    assert placed(after, CRL) == [("expe1.example.com", "crl")]
    form = form_of(browser.files(after), number_of(after, CRL))
    assert '<option value="crl@expe1.example.com" selected>' in form
    assert "revocation lists, as somebody decided" in form
    history = client_of(desk.user).get(reverse("intake:history", args=[with_crl.deployment_id])).content.decode()
    assert "revocation lists" in history[history.index(CRL) :]


def test_a_revocation_list_is_no_certificate_and_a_certificate_no_revocation_list(desk, browser, plan, leaf, with_crl):
    both = desk.diagnosis_of({FILE: leaf.pem}, with_crl.deployment)

    browser.place(both, number_of(both, CRL), "server@expc1.example.com")
    browser.place(both, number_of(both), "crl@expc1.example.com")

    assert not PlacementDecision.objects.exists()


def test_a_file_can_be_kept_out_of_every_place(browser, desk, diagnosis):
    browser.place(diagnosis, number_of(diagnosis), "server@expc1.example.com")
    second = desk.diagnose(diagnosis.deployment)

    browser.place(second, number_of(second), "none")

    assert PlacementDecision.objects.get().node == ""
    assert placed(desk.diagnose(diagnosis.deployment)) == []


def test_a_second_word_about_a_file_replaces_the_first(browser, desk, diagnosis):
    browser.place(diagnosis, number_of(diagnosis), "server@expc1.example.com")
    second = desk.diagnose(diagnosis.deployment)

    browser.place(second, number_of(second), "server@expc2.example.com")

    assert PlacementDecision.objects.get().node == "expc2.example.com"
    assert placed(desk.diagnose(diagnosis.deployment)) == [("expc2.example.com", "server")]


def test_what_was_said_holds_for_the_next_upload(browser, desk, diagnosis, leaf):
    browser.place(diagnosis, number_of(diagnosis), "server@expc1.example.com")
    desk.diagnose(diagnosis.deployment)

    later = desk.diagnosis_of({"copies/same.der": leaf.der}, diagnosis.deployment)

    assert placed(later, "copies/same.der") == [("expc1.example.com", "server")]


def test_it_can_be_taken_back_on_the_page_and_the_file_lies_where_it_lay(browser, desk, diagnosis, plan):
    before = Node.objects.get(fqdn="expc1.example.com").installed
    browser.place(diagnosis, number_of(diagnosis), "server@expc1.example.com")
    second = desk.diagnose(diagnosis.deployment)
    form = form_of(browser.files(second), number_of(second))
    decision = re.search(r'name="decision" value="(\d+)"', form)[1]

    response = browser.undo(second, decision)

    assert response["Location"] == reverse("triage:progress", args=[diagnosis.upload_id])
    assert not PlacementDecision.objects.exists()
    third = desk.diagnose(diagnosis.deployment)
    assert placed(third) == []
    assert Node.objects.get(fqdn="expc1.example.com").installed == before
    assert AuditEvent.objects.get(verb=AuditEvent.Verb.PLACE_FREED).detail == {"file": FILE}


def test_taking_back_twice_is_told_and_asks_for_no_second_diagnosis(browser, desk, diagnosis):
    browser.place(diagnosis, number_of(diagnosis), "server@expc1.example.com")
    desk.diagnose(diagnosis.deployment)
    pk = PlacementDecision.objects.get().pk
    browser.undo(diagnosis, pk)
    asked = Diagnosis.objects.count()

    response = browser.undo(diagnosis, pk)

    assert response["Location"] == reverse("intake:history", args=[diagnosis.deployment_id])
    assert Diagnosis.objects.count() == asked


def test_the_place_that_a_file_has_is_chosen_in_its_form(browser, desk, diagnosis):
    browser.place(diagnosis, number_of(diagnosis), "client@expe2.example.com")
    second = desk.diagnose(diagnosis.deployment)

    form = form_of(browser.files(second), number_of(second))

    assert re.findall(r'value="([^"]+)" selected', form) == ["client@expe2.example.com"]


@pytest.mark.parametrize(
    "number",
    ["", "x", "-1", "²", "99", "9" * 40],
)
def test_a_file_that_is_not_in_the_diagnosis_is_not_placed(browser, diagnosis, number):
    response = browser.place(diagnosis, number, "server@expc1.example.com")

    assert response["Location"] == reverse("triage:deployment", args=[diagnosis.deployment_id])
    assert not PlacementDecision.objects.exists()


@pytest.mark.parametrize(
    "key", ["", "server", "server@", "server@elsewhere.example.com", "tomcat@expc1.example.com", "x@expc1.example.com"]
)
def test_a_place_that_is_not_offered_is_none(browser, diagnosis, key):
    browser.place(diagnosis, number_of(diagnosis), key)

    assert not PlacementDecision.objects.exists()
    assert Diagnosis.objects.count() == 1


def test_an_archive_and_a_snapshot_say_themselves_whose_they_are_and_offer_nothing(browser, diagnosis):
    text = browser.files(diagnosis)

    for number, row in enumerate(diagnosis.document["files"]):
        if not row["certificates"] or row["kind"] == "ucm-snapshot":
            assert "triage:place" not in form_of(text, number)
            assert "<select" not in form_of(text, number)


def test_an_older_diagnosis_offers_nothing_and_takes_nothing(browser, desk, diagnosis):
    desk.diagnosis_of({"note.txt": b"nothing"}, diagnosis.deployment)

    assert "<select" not in browser.files(diagnosis)
    response = browser.place(diagnosis, number_of(diagnosis), "server@expc1.example.com")

    assert response["Location"] == reverse("triage:deployment", args=[diagnosis.deployment_id])
    assert not PlacementDecision.objects.exists()


def test_a_viewer_and_the_holder_of_a_link_are_offered_nothing(client, client_of, viewer, desk, diagnosis):
    token = sharing.share(diagnosis, request=desk.request(), days=1, redaction=Redaction.NOTHING).token

    pages = (
        client_of(viewer).get(reverse("triage:files", args=[diagnosis.pk])),
        client.get(reverse("sharing:files", args=[token])),
    )

    for response in pages:
        assert response.status_code == 200
        assert "<select" not in response.content.decode()


def test_a_decision_of_another_deployment_cannot_be_taken_back_from_here(browser, desk, diagnosis, leaf):
    other = desk.diagnosis_of({FILE: leaf.pem})
    theirs = PlacementDecision.objects.create(deployment=other.deployment, path=FILE)

    browser.undo(diagnosis, theirs.pk)

    assert PlacementDecision.objects.filter(pk=theirs.pk).exists()


def test_where_the_places_do_not_fit_on_one_page_each_file_has_a_link_to_its_own(browser, diagnosis, monkeypatch):
    monkeypatch.setattr(placing, "_MOST_OPTIONS", 10)
    number = number_of(diagnosis)

    text = browser.files(diagnosis)
    assert "<select" not in text
    assert f'href="?change={number}#file-{number}"' in text
    assert "Say where it belongs" in form_of(text, number)

    opened = browser.files(diagnosis, change=number)
    assert "<select" in form_of(opened, number)
    assert '<details class="place" open>' in form_of(opened, number)
    assert opened.count("<select") == 1


def test_a_form_stands_open_where_a_file_was_asked_for_and_nowhere_else(browser, desk, plan):
    first = desk.diagnosis_of({**as_artefacts(plan), "ca.pem": plan.authorities["private-root"].pem})
    document = first.document
    number = number_of(first, "ca.pem")
    assert '<details class="place">' in form_of(browser.files(first), number)

    place = {"node": "cucm1.example.com", "reason": "names"}
    document["files"][number]["asked"] = [{**place, "place": slot} for slot in ("tomcat", "callmanager")]
    Diagnosis.objects.filter(pk=first.pk).update(document=document)
    assert '<details class="place" open>' in form_of(browser.files(first), number)


def test_a_thousand_files_do_not_bring_a_thousand_lists_of_places(browser, diagnosis):
    document = diagnosis.document
    row = document["files"][number_of(diagnosis)]
    document["files"] += [{**row, "upload": f"old/{number}.cer"} for number in range(1_000)]
    Diagnosis.objects.filter(pk=diagnosis.pk).update(document=document)

    text = browser.files(diagnosis)

    assert text.count('<tr role="row" id="file-') == len(document["files"])
    assert text.count("<option") <= placing._MOST_OPTIONS
    assert len(text) < 3_000 * len(document["files"])


def test_the_files_page_takes_as_many_queries_for_many_files_as_for_one(client_of, desk, at, plan):
    client, counts = client_of(desk.user), []
    for size in (1, 12):
        files = {
            f"{size}/{number}.pem": plan.authorities["private-issuing"].issue(common_name=f"n{number}.example.org").pem
            for number in range(size)
        }
        diagnosis = desk.diagnosis_of({**as_artefacts(plan), **files})
        address = reverse("triage:files", args=[diagnosis.pk])
        client.get(address)
        with CaptureQueriesContext(connection) as context:
            assert client.get(address).status_code == 200
        counts.append(len(context))

    assert counts[0] == counts[1] <= 10


def test_a_file_moved_while_a_diagnosis_runs_is_diagnosed_once_more(browser, desk, diagnosis):
    browser.place(diagnosis, number_of(diagnosis), "server@expc1.example.com")
    browser.place(diagnosis, number_of(diagnosis), "server@expc2.example.com")

    assert diagnosis.deployment.diagnoses.filter(state=State.QUEUED).count() == 2
    desk.diagnose(diagnosis.deployment)
    assert placed(desk.diagnose(diagnosis.deployment)) == [("expc2.example.com", "server")]
