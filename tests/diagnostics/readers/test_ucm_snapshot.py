"""The certificate snapshot of Unified CM and its relatives."""

import json

import pytest

from diagnostics.estate.assemble import assemble
from diagnostics.estate.observations import FactKey, NodeRef, Origin, Slot, StoreName
from diagnostics.pki.loading import load_certificate
from diagnostics.readers import Limits
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.artefacts import ucm_snapshot
from diagnostics.samples.authority import pem, sha256
from diagnostics.samples.healthy import healthy
from tests.builders.unified_cm import request

NAME = "cucm1_certificates.json"


@pytest.fixture
def node(plan):
    return plan.node("cucm1.example.com")


@pytest.fixture
def document(node):
    return json.loads(ucm_snapshot(node))


@pytest.fixture
def read_document(read_files):
    return lambda document, **options: read_files({NAME: json.dumps(document).encode()}, **options)


def stores(outcome):
    """Place -> fingerprints, in order."""
    files = outcome.certificate_files()
    return {str(item.slot or item.store): files[item.path].certificates for item in outcome.placements()}


def test_identities_and_trust_lists_are_placed_in_order(read_document, document, node):
    outcome = read_document(document)
    expected = {name: (held.sha256,) for name, held in node.identity.items()}
    for name, certificates in node.trust.items():
        expected[name] = tuple(sha256(item) for item in certificates)
    assert stores(outcome) == expected
    assert {item.node for item in outcome.placements()} == {NodeRef(name="cucm1.example.com")}
    assert all(item.installed for item in outcome.placements())
    assert outcome.values(FactKey.ROLE) == ["unified-cm"]
    assert outcome.file(NAME).outcome is Outcome.READ


def test_trust_services_are_the_same_with_and_without_their_suffix(read_document, document):
    with_suffix = stores(read_document(document))
    for entry in document["trusts"]:
        entry["service"] = entry["service"].removesuffix("-trust").upper()
    assert stores(read_document(document)) == with_suffix


def test_presence_servers_are_told_by_their_services(read_files, plan):
    plan = healthy(at=plan.at, im_presence=1)
    outcome = read_files({NAME: ucm_snapshot(plan.node("imp1.example.com"))})
    assert outcome.values(FactKey.ROLE) == ["im-presence"]
    assert {item.slot for item in outcome.placements()} >= {Slot.CUP, Slot.CUP_XMPP, Slot.TOMCAT}
    assert {item.store for item in outcome.placements()} >= {StoreName.CUP_XMPP_TRUST}


@pytest.mark.parametrize(
    "service", ["CAPF", "ipsec", "TVS", "authz", "ITLRecovery", "cup-xmpp-client", "userlicensing"]
)
def test_services_that_no_rule_speaks_of_are_passed_over(read_document, document, service):
    document["identities"].append({"service": service, "certificate": "x"})
    document["trusts"].append({"service": service, "certificate_data": []})
    assert read_document(document).file(NAME).problems == ()


def test_services_that_nobody_has_heard_of_are_named(read_document, document):
    document["identities"].append({"service": "Fancy\u202e\n", "certificate": "x"})
    (problem,) = read_document(document).file(NAME).problems
    assert (problem.code, problem.params) == (ProblemCode.UNKNOWN_SERVICE, {"service": "fancy\ufffd "})


@pytest.mark.parametrize("part", ["identities", "trusts", "revokedCertificates", "trackingId"])
def test_a_missing_part_leaves_the_others_standing(read_document, document, part):
    del document[part]
    outcome = read_document(document)
    assert outcome.file(NAME).outcome is Outcome.READ
    assert len(outcome.placements()) == {"identities": 2, "trusts": 2}.get(part, 4)


def test_a_trust_list_that_is_left_out_is_unknown_and_not_empty(read_document, document):
    del document["trusts"][0]["certificate_data"]
    document["trusts"][1]["certificate_data"] = []
    outcome = read_document(document)
    assert stores(outcome)["callmanager-trust"] == ()
    assert "tomcat-trust" not in stores(outcome)
    assert outcome.codes(NAME) == [ProblemCode.MALFORMED]
    assert outcome.file(NAME).outcome is Outcome.PARTLY


def test_a_certificate_that_cannot_be_read_is_told_and_counted(read_document, document):
    entry = document["trusts"][0]["certificate_data"][1]
    entry["certificate"] = entry["certificate"][:200]
    outcome = read_document(document)
    (problem,) = outcome.file(NAME).problems
    assert problem.code is ProblemCode.BLOCK_LOST
    assert problem.params == {"reason": "not-closed", "detail": "tomcat-trust"}
    assert outcome.certificate_files()[f"{NAME}#tomcat-trust"].faults == 1
    assert len(stores(outcome)["tomcat-trust"]) == len(stores(outcome)["callmanager-trust"]) - 1


def test_the_same_list_twice_is_told(read_document, document):
    document["trusts"].append(document["trusts"][0])
    outcome = read_document(document)
    assert outcome.codes(NAME) == [ProblemCode.MALFORMED]
    assert len(outcome.placements()) == 4


def test_broken_json_is_told_with_its_line(read_files, node):
    content = ucm_snapshot(node).replace(b'"trusts"', b"trusts")
    (problem,) = read_files({NAME: content}).file(NAME).problems
    assert problem.code is ProblemCode.MALFORMED
    assert problem.line == content[: content.index(b"trusts")].count(b"\n") + 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_what_a_shell_on_windows_saved_is_read(read_files, node, encoding):
    outcome = read_files({NAME: ucm_snapshot(node).decode().encode(encoding)})
    assert len(outcome.placements()) == 4


@pytest.mark.parametrize("server", [None, "", "  ", 7, "x" * 5000])
def test_a_snapshot_of_no_named_server_is_not_read(read_document, document, server):
    outcome = read_document({**document, "server": server})
    assert outcome.codes(NAME) == [ProblemCode.WHICH_NODE]
    assert outcome.reading.observations == ()


def test_json_of_another_program_is_none_of_ours(read_files):
    outcome = read_files({"users.json": b'{"identities": [{"user": "anna"}]}'})
    assert outcome.file("users.json").kind is Kind.TEXT
    assert outcome.codes("users.json") == [ProblemCode.NOT_RECOGNISED]


@pytest.mark.parametrize(
    "content",
    [
        b'{"server": "a", "identities": [' + b"[" * 100_000,
        b'{"server": "a", "n": ' + b"9" * 5000 + b', "identities": []}',
        b'{"server": "a", "identities": []\xff',
    ],
    ids=["depth", "number", "bytes"],
)
def test_json_made_to_break_a_parser_is_malformed(read_files, content):
    assert read_files({NAME: content}).codes(NAME) == [ProblemCode.MALFORMED]


def test_text_that_no_database_takes_is_made_harmless(read_document, document):
    document["server"] = "cucm\0\ud800.example.com"
    document["identities"][0]["certificate"] = "\ud800" + document["identities"][0]["certificate"]
    outcome = read_document(document)
    assert {item.node.name for item in outcome.placements()} == {"cucm\ufffd\ufffd.example.com"}
    assert outcome.file(NAME).outcome is Outcome.READ
    assert len(outcome.placements()) == 4


def test_entries_of_the_wrong_type_are_passed_over(read_document, document):
    document["identities"] = [None, 7, "x", {"service": None}, {"service": ["tomcat"]}, *document["identities"]]
    document["trusts"][0]["certificate_data"].append("not an entry")
    outcome = read_document(document)
    assert len(outcome.placements()) == 4
    assert ProblemCode.INTERNAL not in outcome.codes(NAME)


def test_certificates_are_bounded_over_the_whole_snapshot(read_document, document, authority):
    more = pem([authority.issue(common_name="one too many").certificate]).decode()
    document["trusts"][1]["certificate_data"] += [{"certificate": more}] * 5
    outcome = read_document(document, limits=Limits(certificates=8))
    assert sum(len(found) for found in stores(outcome).values()) == 8
    assert {problem.params["reason"] for problem in outcome.file(NAME).problems} == {"too-many"}


@pytest.mark.parametrize(
    ("service", "slot"),
    [
        ("cup-ECDSA", Slot.CUP_ECDSA),
        ("cup-xmpp-ECDSA", Slot.CUP_XMPP_ECDSA),
        ("cup-xmpp-s2s", Slot.CUP_XMPP_S2S),
        ("cup-xmpp-s2s-ECDSA", Slot.CUP_XMPP_S2S_ECDSA),
    ],
)
def test_every_certificate_of_a_presence_server_has_its_slot(read_document, document, node, service, slot):
    document["identities"].append({"service": service, "certificate": node.issued("tomcat").pem.decode()})
    assert stores(read_document(document))[slot.value] == (node.issued("tomcat").sha256,)


def test_the_trust_list_cup_is_a_list_of_its_own(read_document, document, node):
    (first, *_) = node.trust["tomcat-trust"]
    document["trusts"].append({"service": "cup", "certificate_data": [{"certificate": pem([first]).decode()}]})
    assert stores(read_document(document))["cup-trust"] == (sha256(first),)


@pytest.mark.parametrize("service", ["server", "client"])
def test_a_service_that_is_called_like_a_slot_of_an_expressway_is_none(read_document, document, node, service):
    document["identities"].append({"service": service, "certificate": node.issued("tomcat").pem.decode()})
    assert service not in stores(read_document(document))


def test_an_identity_without_a_certificate_is_passed_over(read_document, document):
    before = stores(read_document(document))
    document["identities"].append({"service": "tomcat-ECDSA", "certificate": None, "csr": ""})
    outcome = read_document(document)
    assert stores(outcome) == before
    assert outcome.file(NAME).problems == ()


def test_a_request_that_is_open_is_known_by_its_key(read_document, document, node):
    for entry in document["identities"]:
        entry["csr"] = request(node.issued("tomcat"))
    files = read_document(document).certificate_files().values()
    expected = load_certificate(node.issued("tomcat").der).key.spki_sha256
    assert {item.request_ids for item in files if item.source.part in node.identity} == {(expected,)}
    assert {item.request_ids for item in files if item.source.part not in node.identity} == {()}


@pytest.mark.parametrize("server", ["192.0.2.31", "2001:db8::31"])
def test_a_snapshot_that_names_its_server_by_address_is_of_the_node_that_its_certificate_names(
    read_document, document, server
):
    document["server"] = server
    outcome = read_document(document)
    deployment = assemble([outcome.reading.observations], outcome.reading.certificates, {})
    assert [node.fqdn for node in deployment.nodes()] == ["cucm1.example.com"]


def test_a_snapshot_that_names_its_server_by_host_name_is_of_the_node_of_that_name(read_document, document):
    document["server"] = "cucm1"
    outcome = read_document(document)
    deployment = assemble([outcome.reading.observations], outcome.reading.certificates, {})
    assert [node.fqdn for node in deployment.nodes()] == ["cucm1.example.com"]


def test_the_answer_about_the_identities_says_their_slots_and_not_whose_they_are(read_document, document, node):
    outcome = read_document({"certificates": document["identities"]})
    assert outcome.codes(NAME) == [ProblemCode.NODE_NOT_NAMED]
    assert outcome.placements() == []
    assert {item.source.part: item.certificates for item in outcome.certificate_files().values()} == {
        slot: (held.sha256,) for slot, held in node.identity.items()
    }


@pytest.mark.parametrize("wrap", [lambda text: {"data": {"certificate": text}}, lambda text: [[{"certificate": text}]]])
def test_other_json_with_a_certificate_in_it_gives_its_certificate(read_document, node, wrap):
    outcome = read_document(wrap(node.issued("tomcat").pem.decode()))
    assert [item.certificates for item in outcome.certificate_files().values()] == [(node.issued("tomcat").sha256,)]


def test_facts_of_a_snapshot_are_an_answer_of_the_node(read_document, document):
    assert {fact.origin for fact in read_document(document).facts()} == {Origin.ANSWER}
