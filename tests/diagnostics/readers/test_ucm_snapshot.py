"""The certificate snapshot of Unified CM and its relatives."""

import json

import pytest

from diagnostics.estate.observations import FactKey, NodeRef, Slot, StoreName
from diagnostics.readers import Limits
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.artefacts import ucm_snapshot
from diagnostics.samples.authority import pem, sha256
from diagnostics.samples.healthy import healthy

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
    "service", ["cup-ECDSA", "cup-xmpp-ECDSA", "cup-xmpp-s2s", "cup-trust", "CAPF", "ipsec", "TVS"]
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
