"""What nodes report of a finding, on its card."""

import re
from html import unescape

import pytest
from django.urls import reverse

from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.healthy import healthy
from tests.builders.logs import CERTIFICATE_CHANGED, IDENTITY, inbound
from tests.diagnostics.rules.cases.base import node, without


@pytest.fixture
def overview(client_of, desk):
    """The page of a diagnosis as it is sent."""
    client = client_of(desk.user)

    def get(diagnosis) -> str:
        response = client.get(reverse("triage:diagnosis", args=[diagnosis.pk]))
        assert response.status_code == 200
        return response.content.decode()

    return get


def test_the_sample_shows_how_often_and_when_each_fault_was_reported_with_its_line(overview, diagnosis):
    text = unescape(overview(diagnosis))

    assert "What the nodes report" in text
    assert "Seen 3 times, last at " in text
    assert "Peer's TLS certificate identity was unacceptable. The name that was looked for: expc.exmaple.com." in text
    assert "cucm1.example.com refused the certificate of expc1.example.com over HTTPS: tlsv1 alert unknown ca." in text
    assert "loggingsnapshot_expe1_" in text
    assert 'expe1 tvcs: Event="Inbound TLS Negotiation Error"' in text


def test_a_finding_that_no_node_reported_has_no_such_part(overview, desk, at):
    plan = healthy(at=at)
    without(plan, "expc1", "public-root")

    assert "What the nodes report" not in overview(desk.diagnosis_of(as_artefacts(plan)))


def test_a_line_is_shown_as_text_and_once(overview, desk, at):
    plan = healthy(at=at)
    hostile = inbound(f"<img src=x onerror=alert(1)> {IDENTITY}", peer="203.0.113.9<b>")
    node(plan, "expe1").log.append(hostile)
    text = overview(desk.diagnosis_of(as_artefacts(plan)))

    assert "<img src=x" not in text
    assert "203.0.113.9<b>" not in text
    assert text.count("symptom-line") == 1
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") >= 2  # in the sentence and in the line


def test_what_may_be_over_is_said_to_be(overview, desk, at):
    plan = healthy(at=at)
    node(plan, "expe1").log += [inbound(IDENTITY), *['tvcs: Module="x" Detail="nothing"'] * 9, CERTIFICATE_CHANGED]
    text = overview(desk.diagnosis_of(as_artefacts(plan)))

    assert "Last seen before the node logged a change of its certificates or settings" in text


def test_many_lines_of_one_fault_leave_the_card_short(overview, desk, at):
    plan = healthy(at=at)
    node(plan, "expe1").log += [inbound(IDENTITY, port=port) for port in range(5061, 5081)]
    text = overview(desk.diagnosis_of(as_artefacts(plan)))

    assert text.count("symptom-line") == 5
    assert "20 kinds of lines in all" in text


def test_the_one_finding_is_open_and_says_first_what_was_seen_412_times(overview, desk, at):
    plan = healthy(at=at)
    node(plan, "expe1").log += [
        *[inbound(IDENTITY)] * 412,
        *(inbound(IDENTITY, port=port) for port in range(5070, 5100)),
    ]
    text = overview(desk.diagnosis_of(as_artefacts(plan)))

    assert text.count('<details class="problem') == 1
    assert re.search(r'<details class="problem state-medium" id="[^"]+" open>', text)
    assert re.findall(r"Seen (?:once|\d+ times)", text)[0] == "Seen 412 times"


def test_a_word_of_contradictions_stands_beside_the_verdict(overview, desk, at):
    inventory = b"format: expcert-inventory/1\nclusters:\n  - name: expc.example.com\n    version: X12.5\n"
    text = overview(desk.diagnosis_of({**as_artefacts(healthy(at=at)), "inventory.yaml": inventory}))

    assert '<a href="#contradictions">2 contradictions between files</a>' in text
    assert '<h2 id="contradictions">' in text
