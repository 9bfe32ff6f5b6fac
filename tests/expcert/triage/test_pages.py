"""The pages of a diagnosis as members see them: what is on them, what is not, and what they cost."""

import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from diagnostics.reports.public import as_promised
from diagnostics.reports.render import render
from diagnostics.samples.artefacts import as_inventory
from diagnostics.samples.authority import sha256
from diagnostics.samples.broken import B2B_ZONE, FAULTS, TYPED, WAITING_FILE
from diagnostics.samples.healthy import healthy
from expcert.intake.models import Upload
from expcert.inventory.models import Deployment
from expcert.triage.models import Diagnosis
from expcert.triage.presenting import ReportPages

TABS = ("diagnosis", "trust", "zones", "connections", "files")
NODES = ["expc1.example.com", "expc2.example.com", "expe1.example.com", "expe2.example.com", "cucm1.example.com"]


@pytest.fixture
def page(client_of, desk):
    """The text of a page; by default the status must be 200."""
    client = client_of(desk.user)

    def get(name: str, *keys: object) -> str:
        response = client.get(reverse(f"triage:{name}", args=keys))
        assert response.status_code == 200
        return unescape(response.content.decode())

    return get


def trust_number(diagnosis: Diagnosis, node: str) -> int:
    return next(item.number for item in ReportPages(diagnosis.document).trust_nodes if item.node == node)


def test_the_overview_says_the_verdict_each_cause_and_what_to_do(page, diagnosis):
    text = page("diagnosis", diagnosis.pk)
    report = render(diagnosis.document)

    assert report["summary"]["sentence"] in text
    for finding in report["findings"]:
        for sentence in (finding["title"], finding["explanation"], finding["impact"], finding["remedy"]["verify"]):
            assert sentence in text
        assert all(step in text for step in finding["remedy"]["steps"])
        assert finding["code"] in text
    assert all(node in text for node in NODES)


def test_the_worst_comes_first(page, diagnosis):
    text = page("diagnosis", diagnosis.pk)
    order = [item["id"] for item in diagnosis.document["findings"] if not item["cause"]]

    places = [text.index(f'id="{identity}"') for identity in order]
    assert places == sorted(places)


def test_the_trust_page_names_every_list_and_what_it_lacks(page, diagnosis):
    text = page("trust", diagnosis.pk)

    assert all(node in text for node in NODES)
    gaps = sum(1 for entry in diagnosis.document["trust"] if entry["missing"])
    assert text.count('class="row-missing"') == gaps == 2


def test_a_nodes_page_names_the_missing_certificate_and_where_a_copy_lies(page, diagnosis, sample_plan):
    missing = sample_plan.authorities["public-issuing-new"].certificate
    number = trust_number(diagnosis, "expc2.example.com")

    text = page("trust-node", diagnosis.pk, number)

    assert sha256(missing) in text
    assert "Example Public Trust TLS CA G2" in text
    assert "expe1.example.com" in text
    assert re.search(r"ca_expc1_\S+\.pem|ca_expe\d_\S+\.pem", text), "the file where a copy lies"
    lists = [(entry["node"], entry["store"]) for entry in diagnosis.document["trust"]]
    number = lists.index(("expc2.example.com", "trusted-ca"))
    assert f'href="{reverse("triage:missing-pem", args=[diagnosis.pk, number])}"' in text


def test_a_node_without_a_gap_offers_no_file(page, diagnosis):
    assert "missing.pem" not in page("trust-node", diagnosis.pk, trust_number(diagnosis, "expe1.example.com"))


@pytest.mark.parametrize("number", [5, 99, 2**63])
def test_a_node_that_is_not_in_the_report_has_no_page(client_of, desk, diagnosis, number):
    assert client_of(desk.user).get(reverse("triage:trust-node", args=[diagnosis.pk, number])).status_code == 404


def test_the_zones_page_sets_what_is_typed_beside_what_is_presented(page, diagnosis):
    text = page("zones", diagnosis.pk)

    assert B2B_ZONE in text
    assert TYPED in text
    assert "expc.example.com" in text
    broken = text.index(B2B_ZONE)
    assert broken < text.index("UC traversal"), "what does not match comes first"


def test_the_connections_page_has_every_connection_and_those_that_fail_first(page, diagnosis):
    text = page("connections", diagnosis.pk)
    connections = diagnosis.document["connections"]

    assert text.count('<tr role="row"') == len(connections) + 1
    failing = sum(item["verdict"] == "fails" for item in connections)
    assert text.count('class="row-missing"') == failing > 0
    rows = text.split('<tr role="row"')[2:]
    assert ["row-missing" in row for row in rows] == sorted(("row-missing" in row for row in rows), reverse=True)


def test_the_files_page_has_every_file_and_says_what_became_of_it(page, diagnosis, sample):
    text = page("files", diagnosis.pk)

    assert text.count('<tr role="row"') == len(diagnosis.document["files"]) + 1
    assert all(name in text for name in sample)
    assert WAITING_FILE in text


def test_the_download_is_the_report_as_promised(client_of, desk, diagnosis):
    response = client_of(desk.user).get(reverse("triage:json", args=[diagnosis.pk]))

    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"] == 'attachment; filename="expcert-report.json"'
    report = json.loads(response.content)
    assert report == json.loads(json.dumps(as_promised(render(diagnosis.document))))
    assert report["format"] == "expcert-report/1"
    assert [item["id"] for item in report["findings"]] == [item["id"] for item in diagnosis.document["findings"]]


@pytest.mark.parametrize("tab", [*TABS, "trust-node"])
def test_no_page_carries_script_or_style_inside_nor_anything_from_elsewhere(page, diagnosis, tab):
    """The content policy forbids it, and browsers would drop it in silence."""
    text = page(tab, diagnosis.pk, *([0] if tab == "trust-node" else []))

    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=", text)
    for source in re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', text):
        assert source.startswith("/static/")


@pytest.mark.parametrize("tab", [*TABS, "trust-node"])
def test_no_page_shows_the_machinery(page, diagnosis, tab):
    """An unfilled parameter of a sentence, a template's mark, a value of Python."""
    text = page(tab, diagnosis.pk, *([0] if tab == "trust-node" else []))
    visible = re.sub(r"<[^>]*>", " ", text)

    assert not re.search(r"\{\{|\{%|\{[a-z_]+\}|%\([a-z]+\)s|&(?:amp|lt);", visible)
    assert not re.search(r"\bNone\b|\bdatetime\.|<(?:function|bound)|dict_(?:keys|values)", visible)


@pytest.mark.parametrize("tab", TABS)
def test_every_link_of_a_page_leads_somewhere(client_of, desk, page, diagnosis, tab):
    client = client_of(desk.user)
    targets = {href.partition("#")[0] for href in re.findall(r'<a [^>]*href="([^"]*)"', page(tab, diagnosis.pk))}

    for href in sorted(href for href in targets if href.startswith("/")):
        assert client.get(href).status_code in (200, 302), href


@pytest.mark.parametrize("tab", TABS)
def test_every_mark_within_the_report_is_there(page, diagnosis, tab):
    overview = page("diagnosis", diagnosis.pk)
    address = reverse("triage:diagnosis", args=[diagnosis.pk])

    for target, mark in re.findall(r'href="([^"#]*)#([^"]+)"', page(tab, diagnosis.pk)):
        text = overview if target == address else page(tab, diagnosis.pk)
        assert f'id="{mark}"' in text, mark


def test_a_diagnosis_that_is_not_finished_has_no_pages(client_of, engineer, deployment):
    row = Diagnosis.objects.create(deployment=deployment)

    for tab in (*TABS, "json"):
        assert client_of(engineer).get(reverse(f"triage:{tab}", args=[row.pk])).status_code == 404


def test_an_upload_that_says_nothing_gives_pages_that_say_so(page, desk):
    diagnosis = desk.diagnosis_of({"note.txt": b"nothing of use", "noise.bin": bytes(range(256)) * 9})

    assert diagnosis.verdict == "unknown"
    assert "healthy" not in page("diagnosis", diagnosis.pk).casefold().replace("not enough to call it healthy", "")
    assert "note.txt" in page("files", diagnosis.pk)
    for tab in ("trust", "zones", "connections"):
        assert '<tr role="row"' not in page(tab, diagnosis.pk)


def test_very_long_names_do_not_break_a_page(page, desk, at):
    plan = healthy(at=at)
    plan.name = "N" * 400
    plan.clusters[0].zones[0].name = "Z" * 300
    plan.node("expc2.example.com").trust["trusted-ca"].remove(plan.authorities["public-root"].certificate)
    long = "a" * 63 + "." + "b" * 63 + "." + "c" * 63 + ".example.com"
    plan.clusters[0].zones[0].peers.append(long)
    diagnosis = desk.diagnosis_of(as_inventory(plan))

    for tab in TABS:
        page(tab, diagnosis.pk)
    assert long in page("zones", diagnosis.pk)
    assert "N" * 200 in page("workspace")


def test_what_came_out_of_a_file_is_shown_as_text(client_of, desk, at):
    plan = healthy(at=at)
    hostile = '"><img src=x onerror=alert(1)>'
    plan.name = hostile
    plan.clusters[0].zones[0].name = hostile
    plan.clusters[0].zones[0].peers.append(hostile)
    plan.clusters[1].zones[0].verify_name = hostile
    plan.extra_files[f"{hostile}.pem"] = b"nothing"
    diagnosis = desk.diagnosis_of(as_inventory(plan))
    client = client_of(desk.user)

    pages = [client.get(reverse(f"triage:{tab}", args=[diagnosis.pk])).content.decode() for tab in TABS]

    assert all("<img src=x" not in text for text in pages)
    assert any("&lt;img src=x" in text for text in pages)


# The workspace


def test_an_empty_workspace_says_what_to_do(page):
    text = page("workspace")

    assert "open the sample" in text
    assert f'action="{reverse("intake:receive")}"' in text
    assert f'action="{reverse("intake:sample")}"' in text


def test_a_viewer_is_not_offered_to_upload(client_of, viewer):
    text = client_of(viewer).get(reverse("triage:workspace")).content.decode()

    assert reverse("intake:receive") not in text
    assert reverse("intake:sample") not in text


def test_a_viewer_is_not_offered_to_share_or_to_diagnose_again(client_of, viewer, diagnosis):
    report = client_of(viewer).get(reverse("triage:diagnosis", args=[diagnosis.pk])).content.decode()

    assert reverse("sharing:links", args=[diagnosis.pk]) not in report
    assert reverse("triage:diagnose", args=[diagnosis.deployment_id]) not in report


def test_the_workspace_lists_each_deployment_with_its_latest_verdict(page, desk, sample, deployment):
    desk.diagnosis_of(sample)
    healthy_now = desk.diagnosis_of({"note.txt": b"nothing"})
    Deployment.objects.filter(pk=healthy_now.deployment_id).update(name="Second estate")

    text = page("workspace")
    rows = {row.split("</a>")[0].rsplit(">", 1)[-1]: row for row in text.split('<tr role="row"')[2:]}

    first = "example.com"
    assert set(rows) == {first, "Second estate", "Estate of Example Corp"}
    assert "Broken" in rows[first]
    assert "3 critical, 1 high, 2 medium, 0 low" in rows[first]
    assert "no diagnosis yet" in rows["Estate of Example Corp"]
    assert "Unknown" in rows["Second estate"]


def test_the_newest_deployments_come_first_and_the_rest_on_further_pages(page, client_of, desk):
    for number in range(120):
        Deployment.objects.create(workspace=desk.workspace, name=f"estate-{number:03d}")
    client = client_of(desk.user)

    shown = []
    for number in (1, 2, 3):
        text = client.get(reverse("triage:workspace"), {"page": number}).content.decode()
        table = text[text.index('id="deployments-title"') :]
        shown += re.findall(r"estate-(\d{3})", table)

    assert shown == [f"{number:03d}" for number in reversed(range(120))]
    for wrong in ("0", "-1", "9999", "x", "1e9"):
        assert client.get(reverse("triage:workspace"), {"page": wrong}).status_code == 200


def test_a_deployment_leads_to_its_latest_diagnosis_or_to_its_upload_or_to_its_history(
    client_of, desk, deployment, sample
):
    client = client_of(desk.user)
    address = reverse("triage:deployment", args=[deployment.pk])
    assert client.get(address)["Location"] == reverse("intake:history", args=[deployment.pk])

    upload = desk.hand_over(sample, deployment)
    assert client.get(address)["Location"] == reverse("triage:progress", args=[upload.pk])

    diagnosis = desk.diagnose(desk.read(upload).deployment)
    assert client.get(address)["Location"] == reverse("triage:diagnosis", args=[diagnosis.pk])


def test_asking_again_queues_a_diagnosis_and_shows_its_progress(client_of, desk, diagnosis):
    response = client_of(desk.user).post(reverse("triage:diagnose", args=[diagnosis.deployment_id]))

    row = Diagnosis.objects.exclude(pk=diagnosis.pk).get()
    assert response["Location"] == reverse("triage:progress", args=[diagnosis.upload_id])
    assert (row.requested_by, row.upload, row.state) == (desk.user, diagnosis.upload, "queued")


def test_asking_where_nothing_was_handed_over_leads_back(client_of, engineer, deployment):
    response = client_of(engineer).post(reverse("triage:diagnose", args=[deployment.pk]))

    assert response["Location"] == reverse("triage:workspace")


# What pages cost


def queries(client, address: str) -> int:
    client.get(address)  # what is kept for the life of a process is asked once
    with CaptureQueriesContext(connection) as context:
        assert client.get(address).status_code in (200, 302)
    return len(context)


@pytest.mark.parametrize("tab", [*TABS, "json"])
def test_a_page_takes_as_many_queries_for_a_large_estate_as_for_a_small_one(client_of, desk, at, tab):
    client = client_of(desk.user)
    small = desk.diagnosis_of(as_inventory(healthy(at=at, expressway_c=1, expressway_e=1)))
    large = desk.diagnosis_of(as_inventory(healthy(at=at, expressway_c=6, expressway_e=6, unified_cm=4, im_presence=2)))

    counts = [queries(client, reverse(f"triage:{tab}", args=[item.pk])) for item in (small, large)]

    assert counts[0] == counts[1] <= 8


def test_the_workspace_takes_as_many_queries_for_many_deployments_as_for_one(client_of, desk, at):
    client, address = client_of(desk.user), reverse("triage:workspace")
    desk.diagnosis_of(as_inventory(healthy(at=at)))
    one = queries(client, address)

    for number in range(4):
        desk.diagnosis_of(as_inventory(healthy(at=at, domain=f"example{number}.com")))
    Deployment.objects.bulk_create([Deployment(workspace=desk.workspace, name=f"empty {n}") for n in range(30)])

    assert queries(client, address) == one <= 10


def test_the_progress_takes_as_many_queries_for_many_files_as_for_one(client_of, desk):
    client = client_of(desk.user)
    few, many = desk.hand_over({"a.txt": b"x"}), desk.hand_over({f"{number}.txt": b"x" for number in range(40)})

    counts = [queries(client, reverse("triage:progress", args=[upload.pk])) for upload in (few, many)]

    assert counts[0] == counts[1] <= 8
    assert Upload.objects.count() == 2


def test_the_faults_of_the_sample_are_all_worded(diagnosis, page):
    text = page("diagnosis", diagnosis.pk)

    assert all(fault.code in text for fault in FAULTS)
