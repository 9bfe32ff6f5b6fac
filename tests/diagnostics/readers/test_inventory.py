"""The inventory file: everything it can say, in YAML and in JSON."""

import json

import pytest
import yaml

from diagnostics.estate.observations import ClusterRef, DeploymentRef, FactKey, NodeRef, Slot, StoreName, ZoneRef
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.archives import zip_of
from diagnostics.samples.inventory import as_inventory

FULL = """\
format: expcert-inventory/1
deployment: Example Corp
mra:
  enabled: true
  domains: [example.com, example.net]
  xmpp_federation_domains: [federation.example.com]
  chat_node_aliases: [chat.example.com]
  phone_security_profiles: [secure-profile]
  cms_join_hosts: [join.example.com]
clusters:
  - name: expc.example.com
    role: expressway-c
    version: X14.0.10
    tls_verification: permissive
    settings:
      verify_origin_server: true
      server_eku_upload: false
      sip_eku_checking: on
      revocation: {mode: off, fallback: not-revoked}
    nodes:
      - fqdn: expc1.example.com
        address: 192.0.2.11
        version: 15.5
        server_entry: expc1
        certificates:
          server: expc1/server.pem
          client: ./expc1/../expc1/client.pem
        trust:
          trusted-ca: expc1\\ca.pem
        crls: [expc1/crl.pem, crl-2.pem]
    zones:
      - name: UC traversal
        type: traversal-client
        unified_communications: true
        port: 7001
        tls_verify: false
        tls_verify_subject_name: expe.example.com
        peers: [expe1.example.com, expe2.example.com]
"""
CLUSTER = ClusterRef(name="expc.example.com")
NODE = NodeRef(name="expc1.example.com")
ZONE = ZoneRef(owner=CLUSTER, key="1")
EVERYTHING = {
    (DeploymentRef(), FactKey.DEPLOYMENT_NAME, "Example Corp"),
    (DeploymentRef(), FactKey.MRA_ENABLED, True),
    (DeploymentRef(), FactKey.MRA_DOMAIN, "example.com"),
    (DeploymentRef(), FactKey.MRA_DOMAIN, "example.net"),
    (DeploymentRef(), FactKey.XMPP_FEDERATION_DOMAIN, "federation.example.com"),
    (DeploymentRef(), FactKey.CHAT_NODE_ALIAS, "chat.example.com"),
    (DeploymentRef(), FactKey.PHONE_SECURITY_PROFILE, "secure-profile"),
    (DeploymentRef(), FactKey.CMS_JOIN_HOST, "join.example.com"),
    (CLUSTER, FactKey.ROLE, "expressway-c"),
    (CLUSTER, FactKey.VERSION, "X14.0.10"),
    (CLUSTER, FactKey.TLS_VERIFICATION, "permissive"),
    (CLUSTER, FactKey.VERIFY_ORIGIN_SERVER, True),
    (CLUSTER, FactKey.SERVER_EKU_UPLOAD, False),
    (CLUSTER, FactKey.SIP_EKU_CHECKING, True),
    (CLUSTER, FactKey.REVOCATION_MODE, False),
    (CLUSTER, FactKey.REVOCATION_FALLBACK, "not-revoked"),
    (NODE, FactKey.CLUSTER, "expc.example.com"),
    (NODE, FactKey.ADDRESS, "192.0.2.11"),
    (NODE, FactKey.VERSION, "15.5"),
    (NODE, FactKey.SERVER_ENTRY, "expc1"),
    (ZONE, FactKey.ZONE_NAME, "UC traversal"),
    (ZONE, FactKey.ZONE_TYPE, "traversal-client"),
    (ZONE, FactKey.ZONE_UNIFIED_COMMUNICATIONS, True),
    (ZONE, FactKey.ZONE_PORT, 7001),
    (ZONE, FactKey.ZONE_TLS_VERIFY, False),
    (ZONE, FactKey.ZONE_VERIFY_NAME, "expe.example.com"),
    (ZONE, FactKey.ZONE_PEER, "expe1.example.com"),
    (ZONE, FactKey.ZONE_PEER, "expe2.example.com"),
}
PLACES = {
    ("estate/expc1/server.pem", Slot.SERVER, None, False),
    ("estate/expc1/client.pem", Slot.CLIENT, None, False),
    ("estate/expc1/ca.pem", None, StoreName.TRUSTED_CA, False),
    ("estate/expc1/crl.pem", None, None, True),
    ("estate/crl-2.pem", None, None, True),
}


def said(outcome):
    return {(fact.subject, fact.key, fact.value) for fact in outcome.facts()}


def places(outcome):
    return {(item.path, item.slot, item.store, item.crl) for item in outcome.placements()}


def as_json(**options):
    return json.dumps(yaml.safe_load(FULL), **options).encode()


@pytest.mark.parametrize(
    "content",
    [
        FULL.encode(),
        FULL.replace("\n", "\r\n").encode("utf-8-sig"),
        FULL.encode("utf-16"),
        as_json(),
        as_json(indent=2),
        as_json(indent="\t"),
    ],
    ids=["YAML", "YAML from Windows", "UTF-16", "JSON on one line", "JSON", "JSON with tabs"],
)
def test_every_key_is_read_in_every_form(read_files, content):
    outcome = read_files({"estate/inventory": content})
    assert said(outcome) == EVERYTHING
    assert places(outcome) == PLACES
    file = outcome.file("estate/inventory")
    assert (file.kind, file.outcome, file.problems) == (Kind.INVENTORY, Outcome.READ, ())
    assert file.found == {"facts": len(EVERYTHING) + len(PLACES)}


def test_every_fact_says_its_line_and_quotes_it(read_files):
    outcome = read_files({"estate/inventory.yaml": FULL.encode()})
    lines = FULL.splitlines()
    for item in outcome.reading.observations:
        assert item.source.text == lines[item.source.line - 1].strip()
    (port,) = outcome.facts(FactKey.ZONE_PORT)
    assert port.source.text == "port: 7001"
    assert not port.proven
    assert not any(item.installed for item in outcome.placements())


@pytest.mark.parametrize(
    "role", ["expressway-c", "expressway-e", "unified-cm", "im-presence", "unity-connection", "Unified-CM"]
)
def test_every_role_is_known(read_files, role):
    text = f"format: expcert-inventory/1\nclusters: [{{name: a, role: {role}}}]\n"
    assert read_files({"i": text.encode()}).values(FactKey.ROLE) == [role.lower()]


def test_every_slot_and_store_is_known_in_the_spelling_of_the_product_too(read_files):
    slots = {slot.value: f"{slot.value}.pem" for slot in Slot} | {"CallManager-ECDSA": "x.pem"}
    del slots["callmanager-ecdsa"]
    stores = {store.value.upper(): f"{store.value}.pem" for store in StoreName}
    node = {"fqdn": "a.example.com", "certificates": slots, "trust": stores}
    document = {"format": "expcert-inventory/1", "clusters": [{"name": "c", "nodes": [node]}]}
    outcome = read_files({"i": yaml.safe_dump(document).encode()})
    assert {item.slot for item in outcome.placements()} - {None} == set(Slot)
    assert {item.store for item in outcome.placements()} - {None} == set(StoreName)
    assert outcome.file("i").problems == ()


def test_what_the_samples_write_is_read_without_a_problem(read_files, plan):
    outcome = read_files({"estate.zip": zip_of(as_inventory(plan))})
    assert {item.outcome for item in outcome.reading.files} == {Outcome.READ}
    files = outcome.certificate_files()
    assert len(outcome.placements()) == len(files) > 5
    for placement in outcome.placements():
        assert files[placement.path].certificates


def test_what_is_left_out_or_empty_is_unknown_and_no_mistake(read_files):
    text = (
        "format: expcert-inventory/1\ndeployment:\nmra: ~\nclusters:\n- name: c\n  role: ~\n  version: ''\n"
        "  settings:\n  nodes:\n  - fqdn: n\n    address: null\n    certificates: {server: }\n    trust:\n  zones:\n"
    )
    outcome = read_files({"i.yaml": text.encode()})
    assert said(outcome) == {(NodeRef(name="n"), FactKey.CLUSTER, "c")}
    assert outcome.file("i.yaml").problems == ()


def test_the_form_alone_is_an_inventory_that_says_nothing(read_files):
    outcome = read_files({"i.yaml": b"format: expcert-inventory/1\n"})
    assert (outcome.file("i.yaml").outcome, outcome.reading.observations) == (Outcome.READ, ())


@pytest.mark.parametrize(
    ("upload", "path", "resolved"),
    [
        ("inventory.yaml", "server.pem", "server.pem"),
        ("inventory.yaml", "./a/./server.pem", "a/server.pem"),
        ("estate/inventory.yaml", "server.pem", "estate/server.pem"),
        ("estate/sub/inventory.yaml", "../server.pem", "estate/server.pem"),
        ("inventory.yaml", "a folder/sërver.pem", "a folder/sërver.pem"),
    ],
)
def test_paths_are_relative_to_the_inventory(read_files, upload, path, resolved):
    assert places(read_files({upload: with_server(path)})) == {(resolved, Slot.SERVER, None, False)}


def test_paths_in_an_archive_stay_in_the_archive(read_files):
    outcome = read_files(
        {"a.zip": zip_of({"x/i.yaml": with_server("../y/s.pem"), "x/j.yaml": with_server("../../s.pem")})}
    )
    assert places(outcome) == {("a.zip/y/s.pem", Slot.SERVER, None, False)}
    assert outcome.codes("a.zip/x/j.yaml") == [ProblemCode.MISSING_FILE]


def with_server(path: str) -> bytes:
    node = {"fqdn": "n.example.com", "certificates": {"server": path}}
    document = {"format": "expcert-inventory/1", "clusters": [{"name": "c", "nodes": [node]}]}
    return yaml.safe_dump(document, allow_unicode=True).encode()


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../server.pem", "a/../../server.pem", "..", ".", "", "C:\\s.pem", "c:s.pem", "\\\\host\\s.pem"],
)
def test_paths_that_lead_outside_are_refused_and_named(read_files, path):
    outcome = read_files({"inventory.yaml": with_server(path)})
    assert outcome.placements() == []
    (problem,) = outcome.file("inventory.yaml").problems
    assert (problem.code, problem.params) == (ProblemCode.MISSING_FILE, {"path": path})
    assert outcome.file("inventory.yaml").outcome is Outcome.PARTLY
