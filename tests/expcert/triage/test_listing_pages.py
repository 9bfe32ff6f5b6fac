"""What the pages say of a Unified CM that is known from a terminal session alone."""

import re
from html import unescape

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


# A session that does not say whose it is, and one Unified CM that is known


@pytest.fixture
def unnamed(desk, at):
    """The estate with its Unified CM in an inventory alone, and both of its lists in a session without a name."""
    plan = healthy(at=at)
    handed = {path: content for path, content in as_artefacts(plan).items() if not path.startswith(NAME)}
    known = b"fqdn,role\ncucm1.example.com,unified-cm\n"
    session = capture(list_trust(plan.node(NAME).trust), host=None)
    return desk.diagnosis_of({**handed, "nodes.csv": known, "putty.log": session})


def row_of(client, diagnosis):
    """Number of the session's row, and what the files page says there."""
    number = next(n for n, row in enumerate(diagnosis.document["files"]) if row["upload"] == "putty.log")
    text = unescape(client.get(reverse("triage:files", args=[diagnosis.pk])).content.decode())
    row = text[text.index(f'id="file-{number}"') :]
    return number, row[: row.index("</tr>")]


def places_of(diagnosis):
    (row,) = (item for item in diagnosis.document["files"] if item["upload"] == "putty.log")
    return {(place["node"], place["place"], place["reason"]) for place in row["placed"]}


def test_it_holds_nobody_up_and_the_files_page_asks_for_it(client_of, desk, unnamed):
    assert unnamed.upload.became == Became.APPLIED
    assert places_of(unnamed) == set()
    _, row = row_of(client_of(desk.user), unnamed)
    assert "it was not put there" in row or "it was put in none" in row
    offered = re.findall(r'<option value="(\w[^"]*)">([^<]*)', row)
    assert offered[:-1] == [(f"listing@{NAME}", f"{NAME}: tomcat-trust, CallManager-trust")]
    assert offered[-1][0] == "none"


def test_one_answer_puts_each_of_its_lists_in_its_place_and_each_can_be_taken_back(client_of, desk, unnamed):
    client = client_of(desk.user)
    number, _ = row_of(client, unnamed)

    client.post(reverse("triage:place", args=[unnamed.pk]), {"file": number, "place": f"listing@{NAME}"})

    after = desk.diagnose(unnamed.deployment)
    assert places_of(after) == {(NAME, "tomcat-trust", "person"), (NAME, "callmanager-trust", "person")}
    _, row = row_of(client, after)
    assert f'<option value="listing@{NAME}" selected>' in row
    taken = re.findall(r'name="decision" value="(\d+)"', row)
    assert len(taken) == 2
    client.post(reverse("triage:undo-place", args=[unnamed.deployment_id]), {"decision": taken[0]})
    assert len(places_of(desk.diagnose(unnamed.deployment))) == 1


def test_it_can_be_kept_off_every_node_and_that_can_be_taken_back_too(client_of, desk, unnamed):
    client = client_of(desk.user)
    number, _ = row_of(client, unnamed)

    client.post(reverse("triage:place", args=[unnamed.pk]), {"file": number, "place": "none"})

    after = desk.diagnose(unnamed.deployment)
    assert places_of(after) == set()
    _, row = row_of(client, after)
    assert "it was not put there" not in row
    assert row.count('name="decision"') == 2
