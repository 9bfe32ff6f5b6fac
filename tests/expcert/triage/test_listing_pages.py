"""What the pages say of a Unified CM that is known from a terminal session alone."""

import pytest
from django.urls import reverse

from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.healthy import healthy
from expcert.intake import reviewing
from expcert.intake.models import Became
from tests.builders.unified_cm import capture, list_trust, show_own

NAME = "cucm1.example.com"
WEAK = "weaker evidence"


@pytest.fixture
def files(at):
    """The healthy estate, its Unified CM as a terminal session in which one CA certificate is missing."""
    plan = healthy(at=at)
    node = plan.node(NAME)
    gone = plan.authorities["private-root"].certificate
    trust = {store: [item for item in items if item != gone] for store, items in node.trust.items()}
    own = [show_own(slot, node.issued(slot)) for slot in node.identity]
    handed = {path: content for path, content in as_artefacts(plan).items() if not path.startswith(NAME)}
    unknown = ["tomcat-trust/Cisco_Manufacturing_CA_SHA2_02.pem: Trust Certificate"]
    return {**handed, f"{NAME}.txt": capture(list_trust(trust, unknown), *own)}


def pages_of(client, diagnosis):
    number = 0
    while (response := client.get(reverse("triage:trust-node", args=[diagnosis.pk, number]))).status_code == 200:
        yield response.content.decode()
        number += 1


def test_the_trust_page_says_how_a_list_is_known_and_what_of_it_is_not_at_hand(client_of, desk, files):
    diagnosis = desk.diagnosis_of(files)
    found = [page for page in pages_of(client_of(desk.user), diagnosis) if f'<h2 class="name">{NAME}</h2>' in page]
    assert len(found) == 1
    assert found[0].count(WEAK) == 2
    assert "1 further entry is no certificate among the uploads." in found[0]


def test_the_trust_page_of_a_node_whose_certificates_are_at_hand_says_nothing_of_the_kind(client_of, desk, files):
    diagnosis = desk.diagnosis_of(files)
    others = [page for page in pages_of(client_of(desk.user), diagnosis) if f'<h2 class="name">{NAME}</h2>' not in page]
    assert others
    assert not any(WEAK in page for page in others)


def test_the_finding_says_what_it_rests_on(client_of, desk, files):
    diagnosis = desk.diagnosis_of(files)
    page = client_of(desk.user).get(reverse("triage:diagnosis", args=[diagnosis.pk])).content.decode()
    assert "This rests on a listing of names and serial numbers" in page
    assert f"{NAME}.txt" in page


def test_whose_a_session_is_that_does_not_say_it_is_asked_and_the_answer_counts(desk, at):
    plan = healthy(at=at, unified_cm=2)
    node = plan.node(NAME)
    first = desk.diagnosis_of({path: content for path, content in as_artefacts(plan).items() if "cucm" not in path})
    nodes = b"fqdn,role\ncucm1.example.com,unified-cm\ncucm2.example.com,unified-cm\n"
    session = capture(list_trust({"tomcat-trust": node.trust["tomcat-trust"]}), host=None)
    upload = desk.read(desk.hand_over({"nodes.csv": nodes, "putty.log": session}, first.deployment))
    assert upload.became == Became.WAITING
    (question,) = reviewing.standing(upload).review.questions
    assert question["path"] == "putty.log#tomcat-trust"
    assert {place["node"] for place in question["candidates"]} == {"cucm1.example.com", "cucm2.example.com"}

    desk.apply(upload, **{question["path"]: question["candidates"][1]["key"]})
    document = desk.diagnose(upload.deployment).document
    (row,) = (file for file in document["files"] if file["upload"] == "putty.log")
    assert [(place["node"], place["place"], place["reason"]) for place in row["placed"]] == [
        ("cucm2.example.com", "tomcat-trust", "person")
    ]
