"""What a link shows: the diagnosis frozen, redacted where that was asked for, and nothing of the rest."""

import ipaddress
import json
import logging
import re
from html import unescape

import pytest
from django.urls import reverse

from diagnostics.samples.artefacts import as_inventory
from diagnostics.samples.healthy import healthy
from expcert.inventory.models import Deployment
from expcert.logs import LineFormatter, ScrubFilter
from expcert.sharing.models import Redaction
from expcert.triage import services as triage
from expcert.triage.models import Diagnosis
from tests.expcert.sharing.conftest import PAGES

CANDIDATE = re.compile(r"[0-9A-Fa-f:.]{3,}")


def addresses_in(text: str) -> set[str]:
    """Every IP address in a text, found without the help of what took them out."""
    found = set()
    for run in CANDIDATE.findall(text):
        parts = [run, *re.findall(r"\d{1,3}(?:\.\d{1,3}){3}", run)]
        for part in (part.strip(".:") if not part.startswith("::") else part for part in parts):
            try:
                found.add(str(ipaddress.ip_address(part)))
            except ValueError:
                continue
    return found


def content(response) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_the_search_for_addresses_finds_them():
    text = 'peer "198.51.100.21", [2001:db8::22]:7001, log src=192.0.2.11; X14.3.2 at 10:30:00'

    assert addresses_in(text) == {"198.51.100.21", "2001:db8::22", "192.0.2.11"}


@pytest.mark.parametrize("page", PAGES)
def test_a_redacted_link_shows_no_address_anywhere(share, open_link, with_addresses, page):
    made = share(of=with_addresses, redaction=Redaction.ADDRESSES)

    text = content(open_link(made.token, page))

    assert addresses_in(text) == set()


def test_without_redaction_the_addresses_are_there(share, open_link, with_addresses):
    made = share(of=with_addresses)

    seen = set().union(*(addresses_in(content(open_link(made.token, page))) for page in PAGES))

    assert {"198.51.100.21", "2001:db8::22", "192.0.2.200"} <= seen


def test_what_is_stored_of_a_redacted_link_has_no_address_either(share, with_addresses):
    made = share(of=with_addresses, redaction=Redaction.ADDRESSES)

    made.link.refresh_from_db()
    assert addresses_in(json.dumps(made.link.document)) == set()
    assert addresses_in(json.dumps(with_addresses.document)), "the original keeps them"


def test_one_address_is_one_placeholder_on_every_page(share, open_link, with_addresses):
    made = share(of=with_addresses, redaction=Redaction.ADDRESSES)

    zones = content(open_link(made.token, "zones/"))
    connections = content(open_link(made.token, "report.json"))

    shown = set(re.findall(r"address-\d+", zones))
    assert shown
    assert shown <= set(re.findall(r"address-\d+", connections))


def test_a_redacted_page_says_that_it_is(share, open_link):
    assert "placeholders" in content(open_link(share(redaction=Redaction.ADDRESSES).token))
    assert "placeholders" not in content(open_link(share().token))


@pytest.mark.parametrize("redaction", list(Redaction))
def test_the_findings_are_those_of_the_diagnosis(share, open_link, diagnosis, redaction):
    report = json.loads(open_link(share(redaction=redaction).token, "report.json").content)

    assert report["format"] == "expcert-report/1"
    assert [item["code"] for item in report["findings"]] == [item["code"] for item in diagnosis.document["findings"]]
    assert report["summary"]["verdict"] == "broken"


def test_a_link_shows_what_was_shared_whatever_comes_later(share, open_link, desk, diagnosis):
    token = share().token
    before = {page: content(open_link(token, page)) for page in PAGES}

    desk.diagnosis_of(as_inventory(healthy(at=diagnosis.judged_at)), diagnosis.deployment)
    triage.request_diagnosis(diagnosis.deployment)
    Deployment.objects.filter(pk=diagnosis.deployment_id).update(name="renamed since")
    Diagnosis.objects.filter(pk=diagnosis.pk).update(document={}, verdict="healthy")

    assert {page: content(open_link(token, page)) for page in PAGES} == before


@pytest.mark.parametrize("page", [page for page in PAGES if page != "report.json"])
def test_a_shared_page_leads_to_shared_pages_alone(share, open_link, page, diagnosis):
    token = share().token
    text = content(open_link(token, page))

    for href in re.findall(r'(?:href|action|hx-get|src)="([^"]*)"', text):
        assert href.startswith((f"/s/{token}/", "/static/", "#", "https://")), href
    for identity in (diagnosis.pk, diagnosis.deployment_id, diagnosis.upload_id):
        assert str(identity) not in text
    assert "<form" not in text
    assert "csrf" not in text


def test_every_link_of_a_shared_page_opens(share, open_link):
    token = share().token
    text = content(open_link(token)) + content(open_link(token, "trust/"))

    for href in sorted(set(re.findall(rf'href="/s/{token}/([^"#]*)', text))):
        assert open_link(token, href).status_code == 200


def test_a_shared_page_names_nobody_who_works_here(share, open_link, desk):
    made = share(note="for our friends at support")

    for page in PAGES:
        text = content(open_link(made.token, page))
        assert desk.user.username not in text.replace("support engineer", "")
        assert "our friends" not in text
        assert desk.workspace.name not in text.replace("Example Corp (sample)", "").replace("Example Corporation", "")


def test_somebody_who_is_signed_in_sees_the_same(share, open_link, client_of, desk, outsider):
    token = share().token
    stranger = content(open_link(token))

    for user in (desk.user, outsider):
        assert content(client_of(user).get(f"/s/{token}/")) == stranger


@pytest.mark.parametrize("number", [99, 2**63])
def test_a_node_that_is_not_in_the_report_has_no_shared_page(share, open_link, number):
    assert open_link(share().token, f"trust/{number}/").status_code == 404


@pytest.mark.parametrize("page", [*PAGES, "trust/99/", "no-such-page/"])
def test_a_token_is_in_no_line_of_the_log(share, open_link, caplog, page):
    caplog.set_level(logging.DEBUG)
    token = share().token

    open_link(token, page, referer=f"http://testserver/s/{token}/")
    open_link("B" * 43, page)

    lines = []
    for record in caplog.records:
        ScrubFilter().filter(record)
        lines.append(LineFormatter().format(record))
    assert any("/s/[removed]" in line for line in lines)
    assert all(token not in line and "B" * 43 not in line for line in lines)


def test_a_failure_behind_a_link_keeps_the_token_out_of_the_log_and_of_the_page(share, caplog, client, monkeypatch):
    token = share().token

    def failing(*_: object, **__: object) -> None:
        raise RuntimeError(f"at /s/{token}/ of the pages")

    monkeypatch.setattr("expcert.sharing.views.ReportPages", failing)
    client.raise_request_exception = False
    caplog.set_level(logging.DEBUG)

    response = client.get(f"/s/{token}/")

    assert response.status_code == 500
    assert token not in response.content.decode()
    assert caplog.records
    for record in caplog.records:
        ScrubFilter().filter(record)
        assert token not in LineFormatter().format(record)


def test_the_members_pages_do_not_show_a_token(share, client_of, desk, diagnosis):
    token = share().token

    assert token not in client_of(desk.user).get(reverse("sharing:links", args=[diagnosis.pk])).content.decode()
