"""The file with exactly the CA certificates that one list lacks."""

from datetime import datetime

import pytest
from cryptography import x509
from django.urls import reverse

from diagnostics.samples.artefacts import as_inventory
from diagnostics.samples.authority import sha256
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.broken import FAULTS
from diagnostics.samples.healthy import healthy
from expcert.inventory.models import Certificate
from expcert.triage import services
from expcert.triage.models import Diagnosis


def number_of(diagnosis: Diagnosis, node: str, store: str) -> int:
    return next(
        number
        for number, entry in enumerate(diagnosis.document["trust"])
        if (entry["node"], entry["store"]) == (node, store)
    )


@pytest.fixture
def download(client_of, desk):
    def get(diagnosis: Diagnosis, node: str, store: str):
        number = number_of(diagnosis, node, store)
        return client_of(desk.user).get(reverse("triage:missing-pem", args=[diagnosis.pk, number]))

    return get


def fingerprints(response) -> list[str]:
    assert response.status_code == 200
    return [sha256(item) for item in x509.load_pem_x509_certificates(response.content)]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.missing], ids=lambda fault: fault.code)
def test_the_file_holds_what_is_missing_and_nothing_else_roots_first(fault, diagnosis, download, sample_plan):
    response = download(diagnosis, fault.node, fault.store)

    assert fingerprints(response) == [sha256(sample_plan.authorities[name].certificate) for name in fault.missing]
    assert response["Content-Type"] == "application/x-pem-file"
    assert response["Content-Disposition"] == f'attachment; filename="missing-{fault.node}-{fault.store}.pem"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_adding_the_file_to_the_list_puts_it_right(desk, at, download):
    plan = healthy(at=at)
    store = plan.node("expc1.example.com").trust["trusted-ca"]
    lacking = [plan.authorities[name].certificate for name in ("public-root", "public-issuing")]
    for item in lacking:
        store.remove(item)
    broken = desk.diagnosis_of(as_inventory(plan))
    assert broken.findings.exists()

    store += x509.load_pem_x509_certificates(download(broken, "expc1.example.com", "trusted-ca").content)

    assert not desk.diagnosis_of(as_inventory(plan)).findings.exists()
    assert {sha256(item) for item in lacking} <= {sha256(item) for item in store}


def test_a_comment_says_which_certificate_each_block_is(diagnosis, download, sample_plan):
    text = download(diagnosis, "expc2.example.com", "trusted-ca").content.decode()

    issuer = sample_plan.authorities["public-issuing-new"].certificate
    assert text.startswith("# ")
    assert f"# SHA-256 {sha256(issuer)}\n-----BEGIN CERTIFICATE-----\n" in text
    assert text.endswith("-----END CERTIFICATE-----\n")


def test_a_list_that_lacks_nothing_gives_no_file(diagnosis, download):
    assert download(diagnosis, "expc1.example.com", "trusted-ca").status_code == 404


@pytest.mark.parametrize("number", [99, 2**63])
def test_a_list_that_is_not_there_gives_no_file(diagnosis, client_of, desk, number):
    address = reverse("triage:missing-pem", args=[diagnosis.pk, number])

    assert client_of(desk.user).get(address).status_code == 404


def test_a_diagnosis_that_is_not_finished_gives_no_file(deployment, client_of, engineer):
    row = Diagnosis.objects.create(deployment=deployment)

    assert client_of(engineer).get(reverse("triage:missing-pem", args=[row.pk, 0])).status_code == 404


def without_a_copy(plan: EstatePlan, name: str) -> None:
    """The certificate of this CA is in no list of the estate."""
    for node in plan.nodes():
        for store in node.trust.values():
            store[:] = [item for item in store if item != plan.authorities[name].certificate]


def test_what_is_missing_everywhere_cannot_be_handed_out(desk, at, download):
    plan = healthy(at=at)
    without_a_copy(plan, "public-root")
    diagnosis = desk.diagnosis_of(as_inventory(plan))
    entry = diagnosis.document["trust"][number_of(diagnosis, "expc1.example.com", "trusted-ca")]
    assert entry["missing"]

    assert download(diagnosis, "expc1.example.com", "trusted-ca").status_code == 404


def test_a_certificate_that_was_deleted_since_is_left_out(diagnosis, download, sample_plan):
    root = sha256(sample_plan.authorities["private-root"].certificate)
    Certificate.objects.filter(sha256=root).delete()

    assert fingerprints(download(diagnosis, "cucm1.example.com", "tomcat-trust")) == [
        sha256(sample_plan.authorities["private-issuing"].certificate)
    ]


def test_a_nodes_name_makes_no_header(desk, at: datetime, client_of):
    plan = healthy(at=at)
    node = plan.node("expc2.example.com")
    node.fqdn = 'expc2"; evil=".example.com'
    node.trust["trusted-ca"].remove(plan.authorities["public-root"].certificate)
    diagnosis = desk.diagnosis_of(as_inventory(plan))
    number = next(number for number, entry in enumerate(diagnosis.document["trust"]) if entry["missing"])

    response = client_of(desk.user).get(reverse("triage:missing-pem", args=[diagnosis.pk, number]))

    name = response["Content-Disposition"].removeprefix('attachment; filename="').removesuffix('"')
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")


def test_a_list_is_found_by_its_node_in_any_case(diagnosis):
    assert services.missing_pem(diagnosis, "EXPC2.example.com", "trusted-ca")
    assert services.missing_pem(diagnosis, "nobody.example.com", "trusted-ca") is None
    assert services.missing_pem(diagnosis, "expc1.example.com", "trusted-ca") == ""
