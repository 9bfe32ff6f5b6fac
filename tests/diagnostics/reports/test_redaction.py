"""IP addresses as placeholders: everywhere, the same for the same, and nothing that is no address."""

import json
import time

import pytest
from jsonschema import Draft202012Validator

from diagnostics.reports.public import SCHEMA, report
from diagnostics.reports.redaction import without_addresses
from diagnostics.reports.render import render
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.broken import sample_estate
from diagnostics.samples.healthy import UC_ZONE, healthy


def redacted(*texts):
    """The texts as values of one document."""
    return without_addresses({"findings": [], "texts": list(texts)})["texts"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("192.0.2.11", "address-1"),
        ("from 192.0.2.11 to 192.0.2.11.", "from address-1 to address-1."),
        ("192.0.2.11:5061", "address-1:5061"),
        ("sip:admin@192.0.2.11:5061;transport=tls", "sip:admin@address-1:5061;transport=tls"),
        ('Src-ip="192.0.2.11" Src-port="25201"', 'Src-ip="address-1" Src-port="25201"'),
        ("IP:192.0.2.11,DNS:a.example.com", "IP:address-1,DNS:a.example.com"),
        ("192.0.2.0/24", "address-1/24"),
        ("https://192.0.2.11/", "https://address-1/"),
        ("diag_192.0.2.11_2026-01-15.tar.gz", "diag_address-1_2026-01-15.tar.gz"),
        ("192.0.2.11.pem", "address-1.pem"),
        ("192.0.2.11.2026.log", "address-1.2026.log"),
        ("192.000.002.011", "address-1"),
        ("接続先192.0.2.11です", "接続先address-1です"),
        ("2001:db8::11", "address-1"),
        ("to 2001:db8::11: refused", "to address-1: refused"),
        ("[2001:db8::11]:5061", "[address-1]:5061"),
        ("addr:2001:db8::11.", "addr:address-1."),
        ("fe80::1%eth0", "address-1%eth0"),
        ("2001:db8::/32", "address-1/32"),
        ("2001:0db8:0000:0000:0000:0000:0000:0011", "address-1"),
        ("::1", "address-1"),
        ("::ffff:192.0.2.11:5061", "address-1:5061"),
        ("64:ff9b::192.0.2.11", "address-1"),
    ],
)
def test_an_address_is_found_wherever_it_stands(text, shown):
    assert redacted(text) == [shown]


@pytest.mark.parametrize(
    "text",
    [
        "X14.0.10",
        "X14.0.10.1",
        "v15.0.1.12",
        "15.0.1.12900-234",
        "1.3.6.1.5.5.7.3.2",
        "2.5.29.17.1",
        "2.5.4.97=VATDE-123456789,CN=a",
        "300.1.2.3",
        "10:30:00",
        "2026-01-15T10:30:00.123Z",
        "00:50:56:ab:cd:ef",
        "01:23:45:67:89:ab:cd:ef",
        ":".join(["ab"] * 20),
        ":".join(["0f"] * 32),
        "0a1fd2a434b2c70fe35f10e507c2f67bc584ef4c202e8495b2df2f628b3cc6dd",
        "4777171b6fc66c43383fca3d9f434bcb55aad8f2",
        "std::vector and Foo::Bar",
        "[::]:5061",
        "Maintenance > Security > Trusted CA certificate: append",
        "face",
        "1.2.3",
        "",
    ],
)
def test_what_is_no_address_stays(text):
    assert redacted(text) == [text]


def test_one_address_in_many_spellings_is_one_placeholder():
    assert set(
        redacted("192.0.2.11", "::ffff:192.0.2.11", "::FFFF:c000:20b", "0:0:0:0:0:ffff:192.0.2.11", "192.000.2.11")
    ) == {"address-1"}
    assert set(redacted("2001:db8::1", "2001:DB8:0:0::1", "2001:0db8:0:0:0:0:0:1")) == {"address-1"}


def test_two_addresses_are_two_placeholders():
    assert redacted("192.0.2.11 192.0.2.1", "192.0.2.1 2001:db8::1") == [
        "address-1 address-2",
        "address-2 address-3",
    ]


def test_keys_are_redacted_as_values_are():
    found = without_addresses({"findings": [], "by_node": {"192.0.2.11": {"peer": "192.0.2.11"}}})

    assert found["by_node"] == {"address-1": {"peer": "address-1"}}


def test_two_spellings_of_an_address_as_keys_stay_two_entries():
    found = without_addresses({"findings": [], "by_node": {"2001:db8::1": 1, "2001:DB8::1": 2}})

    assert list(found["by_node"].values()) == [1, 2]


def test_releases_that_look_like_addresses_stay_where_they_are_releases():
    document = {
        "findings": [],
        "clusters": [{"version": "14.0.10.1", "versions": {"192.0.2.11": "14.0.10.1"}}],
        "params": {"release": "14.0.10.1", "address": "14.0.10.1"},
    }

    found = without_addresses(document)
    assert found["clusters"] == [{"version": "14.0.10.1", "versions": {"address-1": "14.0.10.1"}}]
    assert found["params"] == {"release": "14.0.10.1", "address": "address-2"}


def test_values_that_are_no_text_stay():
    document = {"findings": [], "port": 7001, "verify": True, "line": None, "share": 1.5}

    assert without_addresses(document) == {**document, "redacted": ["addresses"]}


def test_the_document_itself_is_left_as_it_is(sample, diagnosed):
    document = diagnosed(sample)
    before = json.dumps(document)

    without_addresses(document)
    assert json.dumps(document) == before


def _estate_by_address(at):
    """Zones that dial addresses, a certificate that has one, log lines and alarms full of them."""
    plan = sample_estate(at)
    edge = plan.node("expe1.example.com")
    plan.zone("expc.example.com", UC_ZONE).peers = [node.address for node in plan.nodes("expressway-e")]
    edge.identity["server"] = plan.authorities["public-issuing"].reissue(
        edge.issued("server"), ips=["203.0.113.9", "2001:db8::9"]
    )
    plan.extra_files["from_203.0.113.9.txt"] = b"hello"
    return plan


@pytest.mark.parametrize("form", [as_artefacts, as_inventory])
def test_nothing_of_any_address_is_left_in_a_whole_estate(form, diagnosed, at):
    plan = _estate_by_address(at)
    document = diagnosed(form(plan))
    found = without_addresses(document)

    addresses = {node.address for node in plan.nodes()} | {"203.0.113.9", "2001:db8::9"}
    text = json.dumps(found) + json.dumps(render(found))
    assert {"198.51.100.21", "203.0.113.9", "2001:db8::9"} <= {
        item for item in addresses if item in json.dumps(document)
    }
    assert [item for item in addresses if item in text] == []
    assert "address-1" in text


def test_what_belongs_together_is_still_seen_to(diagnosed, at):
    plan = _estate_by_address(at)
    found = without_addresses(diagnosed(as_inventory(plan)))

    dialled = [item for item in found["findings"] if item["code"] == "traversal-peer-address-is-ip"]
    placeholders = {item["params"]["wanted"] for item in dialled}
    assert len(placeholders) == 2
    checks = [check for zone in found["zones"] for check in zone["checks"] if check["what"] == "peer-address"]
    assert placeholders <= {check["wanted"] for check in checks}


def test_a_finding_that_speaks_of_an_address_loses_the_name_that_was_made_from_it(diagnosed, at):
    """An id is a short hash; whoever knows the rest of it finds an IPv4 address by trying all."""
    document = diagnosed(as_inventory(_estate_by_address(at)))
    found = without_addresses(document)

    before = {item["id"]: item for item in document["findings"]}
    for old, new in zip(document["findings"], found["findings"], strict=True):
        speaks = "address-" in json.dumps(new)
        assert (new["id"] != old["id"]) == speaks
    hidden = {item["id"] for item in document["findings"]} - {item["id"] for item in found["findings"]}
    assert any(before[item]["code"] == "traversal-peer-address-is-ip" for item in hidden)
    assert [item for item in hidden if item in json.dumps(found)] == []


def test_references_between_findings_survive(diagnosed, at):
    found = without_addresses(diagnosed(as_inventory(_estate_by_address(at))))

    identities = {item["id"] for item in found["findings"]}
    assert len(identities) == len(found["findings"])
    assert {item["cause"] for item in found["findings"]} - {None} <= identities
    assert {identity for item in found["connections"] for identity in item["findings"]} <= identities
    assert {identity for item in found["trust"] for identity in item["findings"]} <= identities


def test_the_redacted_report_keeps_to_the_schema_and_says_what_was_taken_out(estate, diagnosed):
    found = report(without_addresses(diagnosed(estate)))

    assert found["redacted"] == ["addresses"]
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(found)] == []


def test_redacting_twice_changes_nothing(diagnosed, at):
    once = without_addresses(diagnosed(as_inventory(_estate_by_address(at))))

    assert without_addresses(once) == once


def test_a_healthy_estate_by_names_keeps_its_findings_ids_and_menus(diagnosed, at):
    plan = healthy(at=at, version="X14.0.10")
    plan.zone("expe.example.com", UC_ZONE).verify_name = "other.example.com"
    document = diagnosed(as_inventory(plan))

    found = without_addresses(document)
    assert [item["id"] for item in found["findings"]] == [item["id"] for item in document["findings"]]
    assert render(found)["findings"] == render(document)["findings"]


@pytest.mark.parametrize(
    "text", ["1." * 200_000, ":a" * 200_000, "::" * 200_000, "1.1.1.1:" * 50_000, "a:b.c" * 80_000]
)
def test_a_text_made_to_tie_us_up_takes_no_time(text):
    started = time.process_time()
    redacted(text)

    assert time.process_time() - started < 5
