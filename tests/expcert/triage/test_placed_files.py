"""The files page says where each file belongs and why, and what it could not tell; the overview what contradicts what."""

from html import unescape

import pytest
from django.urls import reverse

from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.authority import pem
from diagnostics.samples.healthy import healthy
from tests.expcert.conftest import AT


@pytest.fixture
def plan():
    return healthy(at=AT)


@pytest.fixture
def page(client_of, desk):
    """The text of a page of the diagnosis of files that are handed over together and applied."""
    client = client_of(desk.user)

    def get(name: str, files) -> str:
        upload = desk.read(desk.hand_over(files))
        if upload.became == "waiting":
            upload = desk.apply(upload)
        diagnosis = desk.diagnose(upload.deployment)
        response = client.get(reverse(f"triage:{name}", args=(diagnosis.pk,)))
        assert response.status_code == 200
        return unescape(response.content.decode())

    return get


def row_of(text: str, name: str, folder: str = "") -> str:
    """The row of the files page that a file heads, by its own name and the folder that it lies in."""
    rows = [part for part in text.split('<tr role="row"')[1:] if f'<span class="name">{name}</span>' in part]
    (row,) = [row for row in rows if not folder or f"in {folder}</div>" in row]
    return row


def test_every_reason_stands_beside_its_place(page, plan):
    node = plan.node("expe1.example.com")
    own = node.identity.pop("server")
    trust = node.trust.pop("trusted-ca")
    inventory = as_inventory(plan)
    dumps = {name: content for name, content in as_artefacts(plan).items() if "expc1" in name or "cucm1" in name}
    files = {**inventory, **dumps, "a.cer": own.pem, "expe1/trusted-ca.pem": pem(trust), "expe1-ca.pem": pem(trust[:2])}
    text = page("files", files)
    assert "server, by the names in the certificate" in row_of(text, "a.cer")
    assert "trusted CA list, by the folder that it lies in" in row_of(text, "trusted-ca.pem", "expe1")
    assert "as an inventory says" in text
    assert "by its name in the diagnostic log" in text
    assert "as the node itself answered" in text


def test_a_file_that_fits_several_places_is_shown_with_all_of_them(page, plan):
    for fqdn in ("expc1.example.com", "expc2.example.com"):
        del plan.node(fqdn).identity["server"]
    shared = plan.authorities["private-issuing"].issue(common_name="expc.example.com", dns=["expc.example.com"])
    row = row_of(page("files", {**as_inventory(plan), "shared.pem": shared.pem}), "shared.pem")
    assert "Fits several places; it was put in none:" in row
    assert row.index("expc1.example.com") < row.index("expc2.example.com")


def test_what_contradicts_what_is_on_the_overview_in_words(page, plan):
    dumps = as_artefacts(plan)
    plan.zone("expc.example.com", "UC traversal").tls_verify = False
    plan.mra_domains.append("more.example")
    text = page("diagnosis", {**dumps, **as_inventory(plan)})
    panel = text[text.index('id="contradictions"') :]
    assert "expc.example.com, UC traversal</strong>, TLS verify mode:" in panel
    assert "The whole deployment</strong>, domains of Mobile and Remote Access:" in panel
    assert panel.index(">On</code>") < panel.index(">Off</code>")
    assert "inventory.yaml" in panel


def test_a_document_of_an_earlier_release_is_shown_without_reasons(desk, diagnosis, client_of):
    document = diagnosis.document
    for file in document["files"]:
        file.pop("asked", None)
        for place in file["placed"]:
            place.pop("reason")
    document["contradictions"] = [
        {
            "subject": "c.example.com, UC",
            "what": "TLS verify mode",
            "said": [{"value": "True", "upload": "a", "member": None, "line": 1, "text": ""}],
        }
    ]
    diagnosis.save(update_fields=["document"])
    client = client_of(desk.user)
    for name in ("files", "diagnosis"):
        response = client.get(reverse(f"triage:{name}", args=(diagnosis.pk,)))
        assert response.status_code == 200
    assert "c.example.com, UC</strong>, TLS verify mode:" in unescape(response.content.decode())
