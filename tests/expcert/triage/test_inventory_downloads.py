"""The inventory to take away: what is known of a deployment, and a blank one."""

import csv
import io

import pytest
import yaml
from django.urls import reverse
from openpyxl import load_workbook

from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.healthy import healthy
from expcert.accounts.models import AuditEvent
from expcert.inventory.models import Deployment
from expcert.triage import inventories

ENDINGS = ["yaml", "json", "csv", "xlsx"]


def address(deployment, ending):
    return reverse("triage:inventory", args=[deployment.pk, ending])


def blank(ending):
    return reverse("triage:inventory-template", args=[ending])


@pytest.fixture
def known(desk, at):
    """A deployment of which everything was handed over."""
    return desk.diagnosis_of(as_artefacts(healthy(at=at))).deployment


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_viewer_takes_away_what_is_known(client_of, viewer, known, ending):
    response = client_of(viewer).get(address(known, ending))
    assert response.status_code == 200
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert response["Content-Disposition"].endswith(f'.{ending}"')
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.workspace) == (AuditEvent.Verb.EXPORTED, known.workspace)


def test_every_form_names_every_node(client_of, engineer, known):
    client = client_of(engineer)
    document = yaml.safe_load(client.get(address(known, "yaml")).content)
    names = {node["fqdn"] for cluster in document["clusters"] for node in cluster["nodes"]}
    assert names == {f"{host}.example.com" for host in ("expc1", "expc2", "expe1", "expe2", "cucm1")}
    rows = csv.DictReader(io.StringIO(client.get(address(known, "csv")).content.decode("utf-8-sig")))
    assert {row["fqdn"] for row in rows} == names
    page = load_workbook(io.BytesIO(client.get(address(known, "xlsx")).content))["Nodes"]
    column = [cell.value for cell in page[1]].index("fqdn")
    assert {row[column] for row in page.iter_rows(min_row=2, values_only=True) if row[column]} == names


def test_handing_the_file_over_again_changes_no_finding(desk, client_of, diagnosis):
    before = {item.finding_id for item in diagnosis.findings.all()}
    content = client_of(desk.user).get(address(diagnosis.deployment, "yaml")).content
    after = desk.diagnosis_of({"inventory.yaml": content}, diagnosis.deployment)
    assert {item.finding_id for item in after.findings.all()} == before


def test_a_deployment_of_which_nothing_is_known_gives_the_blank_form(client_of, engineer, deployment):
    client = client_of(engineer)
    for ending in ("yaml", "json", "csv"):
        assert client.get(address(deployment, ending)).content == client.get(blank(ending)).content


@pytest.mark.parametrize("ending", ENDINGS)
def test_other_people_do_not_get_it(client_of, outsider, known, ending):
    assert client_of(outsider).get(address(known, ending)).status_code == 404


def test_nobody_gets_it_without_signing_in(client, known):
    for path in (address(known, "yaml"), blank("yaml")):
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"].startswith(f"{reverse('account_login')}?next=")


@pytest.mark.parametrize("ending", ["txt", "YAML", "xls", "yaml.exe"])
def test_another_form_is_not_found(client_of, engineer, known, ending):
    assert client_of(engineer).get(address(known, ending)).status_code == 404
    assert client_of(engineer).get(blank(ending)).status_code == 404


def test_it_is_only_given_away_by_asking_for_it(client_of, engineer, known):
    assert client_of(engineer).post(address(known, "yaml")).status_code == 405


@pytest.mark.parametrize(
    ("name", "expected"),
    [('Example "Corp"\r\nX: y', "Example-Corp-X-y"), ("../../etc/passwd", "etc-passwd"), ("東京", "inventory")],
)
def test_the_name_of_a_deployment_does_no_harm_in_a_header(client_of, engineer, workspace, name, expected):
    row = Deployment.objects.create(workspace=workspace, name=name)
    response = client_of(engineer).get(address(row, "yaml"))
    assert response["Content-Disposition"] == f'attachment; filename="{expected}.yaml"'


def test_the_report_and_the_workspace_link_to_it(client_of, engineer, known):
    client = client_of(engineer)
    report = client.get(reverse("triage:deployment", args=[known.pk]), follow=True).content.decode()
    page = client.get(reverse("triage:workspace")).content.decode()
    for ending in ("yaml", "csv", "xlsx"):
        assert f'href="{address(known, ending)}"' in report
        assert f'href="{blank(ending)}"' in page


def test_the_cost_in_queries_does_not_grow_with_the_estate(django_assert_max_num_queries, known):
    with django_assert_max_num_queries(8):
        inventories.filled_in(known, inventories.InventoryForm.YAML, language="en")
