"""Answers of the Expressway REST interface, saved to files: told apart by their members, never by name."""

import json

import pytest

from diagnostics.estate.assemble import assemble
from diagnostics.estate.observations import DeploymentRef, FactKey, NodeRef, Origin, Role, Sign, SignCode
from diagnostics.readers import Limits
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.readers.recognise import recognise
from tests.builders.expressway import (
    as_json,
    behind_each_other,
    cucm_answer,
    dns_answer,
    dns_zone,
    domain_answer,
    imp_answer,
    neighbor,
    server_record,
    sip_answer,
    traversal_client,
    traversal_server,
)
from tests.diagnostics.readers.flawed import words_of

NODE = NodeRef(name="expc1", container="expc1")


@pytest.fixture
def facts_of(read_files):
    """(subject, key, value) of an answer that lies in the folder of a node."""

    def read(*values, name="expc1/answer.json"):
        outcome = read_files({name: behind_each_other(*values)})
        return [(fact.subject, fact.key, fact.value) for fact in outcome.facts()]

    return read


def zone_facts(found):
    return {key: value for subject, key, value in found if subject not in (NODE, DeploymentRef())}


def test_a_zone_of_unified_communications_on_the_control_side_is_a_traversal_client(facts_of):
    found = facts_of([traversal_client()])
    assert zone_facts(found) == {
        FactKey.ZONE_NAME: "UC traversal",
        FactKey.ZONE_TYPE: "traversal-client",
        FactKey.ZONE_UNIFIED_COMMUNICATIONS: True,
        FactKey.ZONE_TLS_VERIFY: True,
        FactKey.ZONE_PORT: 7001,
        FactKey.ZONE_PEER: "expe2.example.com",
    }
    assert [value for _, key, value in found if key is FactKey.ZONE_PEER] == ["expe1.example.com", "expe2.example.com"]
    assert (NODE, FactKey.ACTIVE_ZONE, "UC traversal") in found


def test_a_zone_of_unified_communications_on_the_edge_is_a_traversal_server(facts_of):
    assert zone_facts(facts_of([traversal_server()])) == {
        FactKey.ZONE_NAME: "UC traversal",
        FactKey.ZONE_TYPE: "traversal-server",
        FactKey.ZONE_UNIFIED_COMMUNICATIONS: True,
        FactKey.ZONE_TLS_VERIFY: True,
        FactKey.ZONE_PORT: 7001,
        FactKey.ZONE_VERIFY_NAME: "expc.example.com",
    }


def test_a_traversal_zone_with_a_transport_of_its_own_is_an_ordinary_one(facts_of):
    found = zone_facts(facts_of([traversal_client(SIPTransport="TLS", SIPTLSVerifyMode="Off", H323Mode="Off")]))
    assert found[FactKey.ZONE_UNIFIED_COMMUNICATIONS] is False
    assert found[FactKey.ZONE_TLS_VERIFY] is False
    assert found[FactKey.ZONE_TRANSPORT] == "TLS"


def test_a_neighbor_and_a_dns_zone_are_told_apart(facts_of):
    found = zone_facts(facts_of([neighbor()]))
    assert (found[FactKey.ZONE_TYPE], found[FactKey.ZONE_TLS_VERIFY], found[FactKey.ZONE_PORT]) == (
        "neighbor",
        True,
        5061,
    )
    assert FactKey.ZONE_UNIFIED_COMMUNICATIONS not in found
    found = zone_facts(facts_of([dns_zone()]))
    assert (found[FactKey.ZONE_TYPE], found[FactKey.ZONE_INBOUND_MAPPING]) == ("dns", False)
    assert found[FactKey.ZONE_VERIFY_NAME] == "sip.partner.example.org"


def test_a_failed_zone_is_a_sign(read_files):
    outcome = read_files({"expc1/z": as_json([traversal_client(Status="Failed", Cause="TLS negotiation failure")])})
    (sign,) = (item for item in outcome.reading.observations if isinstance(item, Sign))
    assert (sign.code, sign.node, sign.name, sign.detail) == (
        SignCode.ZONE_FAILED,
        NODE,
        "UC traversal",
        "TLS negotiation failure",
    )
    assert sign.source.line == 3


def test_host_name_sip_and_time_are_of_the_node(facts_of):
    ntp = [{"index": 1, "KeyId": 1, "Hash": "sha1", "Authentication": "disabled", "Address": "192.0.2.123"}]
    assert facts_of(dns_answer(), [sip_answer(MutualTlsMode="Off")], ntp) == [
        (NODE, FactKey.HOST_NAME, "expc1"),
        (NODE, FactKey.DOMAIN_NAME, "example.com"),
        (NODE, FactKey.SIP_TLS, True),
        (NODE, FactKey.SIP_TLS_PORT, 5061),
        (NODE, FactKey.SIP_MUTUAL_TLS, False),
        (NODE, FactKey.SIP_MUTUAL_TLS_PORT, 5062),
        (NODE, FactKey.NTP_SERVER, "192.0.2.123"),
    ]


def test_a_release_in_system_information_is_a_guess(read_files):
    outcome = read_files({"expc1/s": as_json({"SoftwareVersion": "X15.0.2", "SerialNumber": "017DB2D0"})})
    assert [(fact.key, fact.value, fact.proven) for fact in outcome.facts()] == [(FactKey.VERSION, "X15.0.2", False)]
    assert "017DB2D0" not in repr(outcome.reading)


def test_domains_go_by_what_they_are_switched_on_for_in_both_spellings(facts_of):
    assert facts_of([domain_answer(), {"name": "b.example", "edgesip": "false", "xmppfederation": "true"}]) == [
        (DeploymentRef(), FactKey.MRA_DOMAIN, "example.com"),
        (DeploymentRef(), FactKey.IM_PRESENCE_DOMAIN, "example.com"),
        (DeploymentRef(), FactKey.XMPP_FEDERATION_DOMAIN, "b.example"),
    ]


@pytest.mark.parametrize(("value", "on"), [("On", True), ("Off", False), (True, True), (False, False)])
def test_mobile_and_remote_access_is_said_of_the_deployment(facts_of, value, on):
    found = facts_of({"Enabled": value, "SSO": "Off"})
    assert found == [(DeploymentRef(), FactKey.MRA_ENABLED, on), (NODE, FactKey.SSO_ENABLED, False)]


def test_publishers_are_servers_and_say_whether_they_were_verified(facts_of):
    found = facts_of([cucm_answer(), cucm_answer(Publisher="cucm2.example.com", TlsVerify="Off")], name="expc1/answer")
    cucm1, cucm2 = (NodeRef(name=f"cucm{number}.example.com") for number in (1, 2))
    assert found == [
        (NODE, FactKey.VERIFIED_UC_SERVER, "cucm1.example.com"),
        (cucm1, FactKey.SERVER_ENTRY, "cucm1.example.com"),
        (cucm1, FactKey.ROLE, Role.UNIFIED_CM),
        (NODE, FactKey.UNVERIFIED_UC_SERVER, "cucm2.example.com"),
        (cucm2, FactKey.SERVER_ENTRY, "cucm2.example.com"),
        (cucm2, FactKey.ROLE, Role.UNIFIED_CM),
    ]


def test_im_and_presence_lacks_what_only_unified_cm_has_and_doubt_makes_no_server(facts_of):
    sure = facts_of([imp_answer()], name="expc1/x.json")
    assert (NodeRef(name="imp1.example.com"), FactKey.ROLE, Role.IM_PRESENCE) in sure
    # Called like an answer of Unified CM, and yet without what tells it.
    doubtful = facts_of([imp_answer()], name="expc1/cucm.json")
    assert doubtful == [(NODE, FactKey.VERIFIED_UC_SERVER, "imp1.example.com")]


def test_a_server_without_a_domain_is_known_inside_its_folder(facts_of):
    found = facts_of([cucm_answer(Publisher="cucm1")])
    assert (NodeRef(name="cucm1", container="expc1"), FactKey.SERVER_ENTRY, "cucm1") in found


def test_a_record_of_the_older_interface_is_a_discovered_node(facts_of):
    target = NodeRef(name="cucm2.example.com")
    assert facts_of([server_record()]) == [
        (target, FactKey.SERVER_ENTRY, "cucm2.example.com"),
        (target, FactKey.ROLE, Role.UNIFIED_CM),
    ]


def test_the_answers_in_one_folder_are_one_node_that_the_dns_answer_names(read_files):
    files = {
        "case/first/dns.json": as_json(dns_answer()),
        "case/first/zone.json": as_json([traversal_client()]),
        "case/first/sip.json": as_json([sip_answer()]),
        "case/second/dns.json": as_json(dns_answer(SystemHostName="expe1")),
        "case/second/zone.json": as_json([traversal_server()]),
    }
    reading = read_files(files).reading
    estate = assemble([reading.observations], reading.certificates, reading.crls)
    assert {(node.fqdn, node.role) for cluster in estate.clusters for node in cluster.nodes} == {
        ("expc1.example.com", Role.EXPRESSWAY_C),
        ("expe1.example.com", Role.EXPRESSWAY_E),
    }
    zones = {cluster.role: cluster.zones for cluster in estate.clusters}
    assert [peer.value for peer in zones[Role.EXPRESSWAY_C][0].peers] == ["expe1.example.com", "expe2.example.com"]


def test_files_of_several_nodes_in_one_folder_are_told_apart_by_the_node_in_their_names(read_files):
    files = {
        "case/expc1_dns.json": as_json(dns_answer()),
        "case/expc1_zone_unifiedcommunicationstraversal.json": as_json([traversal_client()]),
        "case/expe1_dns.json": as_json(dns_answer(SystemHostName="expe1")),
        "case/expe1_zone.json": as_json([traversal_server()]),
    }
    reading = read_files(files).reading
    estate = assemble([reading.observations], reading.certificates, reading.crls)
    assert {(node.fqdn, node.role) for cluster in estate.clusters for node in cluster.nodes} == {
        ("expc1.example.com", Role.EXPRESSWAY_C),
        ("expe1.example.com", Role.EXPRESSWAY_E),
    }


def test_without_folder_and_name_an_answer_says_what_needs_no_node_and_asks_for_the_rest(read_files):
    outcome = read_files({"answers.json": behind_each_other([cucm_answer()], [domain_answer()], [sip_answer()])})
    file = outcome.file("answers.json")
    assert (file.outcome, outcome.codes("answers.json")) == (Outcome.PARTLY, [ProblemCode.WHICH_NODE])
    assert outcome.values(FactKey.SERVER_ENTRY) == ["cucm1.example.com"]
    assert outcome.values(FactKey.MRA_DOMAIN) == ["example.com"]
    assert outcome.values(FactKey.SIP_TLS) == []


def test_a_host_name_in_the_file_itself_is_enough(read_files):
    outcome = read_files({"answers.json": behind_each_other(dns_answer(), [sip_answer()])})
    assert outcome.file("answers.json").outcome is Outcome.READ
    assert {fact.subject for fact in outcome.facts()} == {NodeRef(name="expc1", container="")}


def test_answers_of_two_nodes_in_one_file_are_not_merged(read_files):
    content = behind_each_other(
        dns_answer(), [sip_answer()], dns_answer(SystemHostName="expc2"), [sip_answer(TlsPort=1)]
    )
    outcome = read_files({"case/x.json": content})
    assert (outcome.file("case/x.json").outcome, outcome.codes("case/x.json")) == (
        Outcome.NOT_READ,
        [ProblemCode.SEVERAL_NODES],
    )
    assert outcome.reading.observations == ()


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([traversal_client()]).encode(),
        as_json([traversal_client()]),
        as_json(traversal_client()),
        as_json({"Result": [traversal_client()]}),
        as_json({"status": 200, "data": {"items": [{"zone": traversal_client()}]}}),
        b"\xef\xbb\xbf" + as_json([traversal_client()]),
        as_json([traversal_client()]).decode().encode("utf-16"),
        as_json([traversal_client()]).replace(b"\n", b"\r\n"),
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + as_json([traversal_client()]),
        behind_each_other({"Message": "ok"}, traversal_client(), 17),
        as_json({}) + b",\n" + as_json(traversal_client()) + b"\x1e\n",
    ],
    ids=[
        "one line",
        "pretty",
        "object",
        "wrapped",
        "wrapped deeply",
        "with mark",
        "UTF-16",
        "CRLF",
        "HTTP",
        "lines",
        "commas",
    ],
)
def test_every_wrapping_is_seen_through(read_files, content):
    outcome = read_files({"expc1/anything.bin": content})
    file = outcome.file("expc1/anything.bin")
    assert (file.kind, file.outcome) == (Kind.REST_ANSWER, Outcome.READ)
    assert outcome.values(FactKey.ZONE_PEER) == ["expe1.example.com", "expe2.example.com"]


def test_every_fact_says_its_line_and_quotes_the_member(read_files):
    content = as_json([dns_answer(), traversal_client(), neighbor(), domain_answer()])
    lines = content.decode().splitlines()
    facts = read_files({"expc1/x": content}).facts()
    assert len(facts) > 15
    for fact in facts:
        key = fact.source.text.partition('": ')[0] + '"'
        assert key in lines[fact.source.line - 1]
    names = [fact for fact in facts if fact.key is FactKey.ZONE_NAME]
    assert [lines[fact.source.line - 1].strip() for fact in names] == [
        '"Name": "UC traversal",',
        '"Name": "To Unified CM",',
    ]
    assert {fact.origin for fact in facts} == {Origin.ANSWER}


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b'[\n {"Name": "x",\n  "PeerAddress": ["a" "b"]}\n]', 3, "column 23"),
        (b'[\n {"Name": "x",\n  "PeerAddress": ["a", ', 3, "ends too early"),
        (b"[{'Name': 'x', 'PeerAddress': ['a']}]", 1, "single quotes"),
        (b'{"PeerAddress": ' + b"[" * 50_000, 1, "nested too deeply"),
        (b'{"PeerAddress": ' + b"9" * 50_000 + b"}", 1, "a number in it is too long"),
    ],
    ids=["comma", "cut off", "Python", "depth", "number"],
)
def test_what_is_not_json_says_line_column_and_way_out(read_files, content, line, words):
    outcome = read_files({"expc1/x.json": content})
    (problem,) = outcome.file("expc1/x.json").problems
    assert (problem.code, problem.line) == (ProblemCode.MALFORMED, line)
    assert words in words_of(problem.params)
    assert outcome.file("expc1/x.json").outcome is Outcome.NOT_READ


def test_what_came_before_the_fault_counts(read_files):
    outcome = read_files({"expc1/x.json": as_json(dns_answer()) + b'\n{"PeerAddress": '})
    assert (outcome.file("expc1/x.json").outcome, outcome.values(FactKey.HOST_NAME)) == (Outcome.PARTLY, ["expc1"])


@pytest.mark.parametrize(
    "content",
    [
        b'{"SSO": {"enabled": true}, "title": "settings of something else"}',
        b'[{"KeyId": 4, "user": "x"}]',
        b'{"PeerAddress": "10.0.0.1", "bgp": true}',
    ],
)
def test_json_of_other_programs_is_not_taken_for_an_answer(read_files, content):
    outcome = read_files({"x.json": content})
    assert outcome.codes("x.json") == [ProblemCode.NOT_RECOGNISED]
    assert outcome.reading.observations == ()


def test_the_members_decide_and_not_the_form(good):
    assert recognise(b'{"PeerAddress": []}') is Kind.REST_ANSWER
    assert recognise(b'note: {"PeerAddress": []}') is Kind.TEXT
    assert recognise(b'{"Peer": []}') is Kind.TEXT
    assert recognise(b'{"PeerAddress": []}\n' + good) is Kind.CERTIFICATES


@pytest.mark.parametrize(
    "spoiled",
    [
        {"Name": 7},
        {"Name": ""},
        {"Name": None},
        {"Name": "x" * 5000},
        {"Name": {"a": ["b"]}},
        {"SIPPort": "many"},
        {"SIPPort": 70_000},
        {"SIPPort": 1e300},
        {"PeerAddress": "expe1.example.com"},
        {"PeerAddress": [None, 1, {"a": 1}, "", ["x"]]},
        {"PeerAddress": {"1": "a"}},
        {"Status": ["Failed"]},
    ],
    ids=repr,
)
def test_members_of_an_unexpected_type_harm_nothing(read_files, spoiled):
    outcome = read_files({"expc1/x.json": as_json([traversal_client(**spoiled), neighbor()])})
    assert outcome.file("expc1/x.json").outcome is Outcome.READ
    assert "neighbor" in outcome.values(FactKey.ZONE_TYPE)


def test_control_characters_do_not_come_through(read_files):
    outcome = read_files({"expc1/x": as_json([traversal_client(Name="a\0b\x1b[31m\ud800\u202e")])})
    assert outcome.values(FactKey.ZONE_NAME) == ["a\ufffdb\ufffd[31m\ufffd\ufffd"]


def test_values_beyond_what_an_answer_has_are_refused_before_they_are_built(read_files):
    content = b'{"PeerAddress": [' + b"1," * 500_000 + b"1]}"
    assert read_files({"expc1/x": content}).codes("expc1/x") == [ProblemCode.MALFORMED]


def test_documents_without_end_are_refused(read_files):
    content = as_json(traversal_client()) + b" 1" * 20_000
    outcome = read_files({"expc1/x": content})
    assert outcome.codes("expc1/x") == [ProblemCode.MALFORMED]
    assert outcome.values(FactKey.ZONE_NAME) == ["UC traversal"]


def test_facts_beyond_the_limit_are_cut_off_and_that_is_said(read_files):
    content = as_json([neighbor(Name=f"zone {number}") for number in range(50)])
    outcome = read_files({"expc1/x": content}, Limits(facts=20))
    assert (len(outcome.facts()), outcome.codes("expc1/x")) == (20, [ProblemCode.TOO_LARGE])
