"""The status XML of a node: release, role, listening ports, and what the node reports of itself."""

import pytest

from diagnostics.estate.observations import FactKey, NodeRef, Origin, Sign, SignCode
from diagnostics.readers import Limits
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.artefacts import xstat_dump
from diagnostics.samples.xstat import PERMISSIVE_ALARM
from tests.diagnostics.readers.flawed import words_of

NAME = "log.tar.gz/xstat_dump_expe1_2026-11-01_10_30_00.xml"
NODE = NodeRef(name="expe1", container="log.tar.gz")
HEAD = '<Status xmlns="http://www.tandberg.no/XML/CUIL/1.0" product="TANDBERG VCS" version="X14.3.2">'


def software(inner: str) -> bytes:
    unit = f'<SystemUnit item="1"><Software item="1">{inner}</Software></SystemUnit>'
    return f"{HEAD}\n{unit}\n</Status>\n".encode()


def status(*sections: str) -> bytes:
    return "\n".join([HEAD, *sections, "</Status>", ""]).encode()


def zone(number: int, name: str, state: str, *peers: str, cause: str = "", kind: str = "TraversalClient") -> str:
    caused = f'<Cause item="1">{cause}</Cause>' if cause else ""
    inside = "".join(f'<Peer item="{place}">{peer}</Peer>' for place, peer in enumerate(peers, start=1))
    return (
        f'<Zones item="1"><Zone item="{number}"><Name item="1">{name}</Name><Status item="1">{state}</Status>{caused}'
        f'<Type item="1">{kind}</Type><{kind} item="1">{inside}</{kind}></Zone></Zones>'
    )


def sip(address: str, port: int, state: str, cause: str = "", since: str = "2026-10-31 09:58:12") -> str:
    return (
        f'<SIP item="1"><Status item="1">{state}</Status><Cause item="1">{cause}</Cause><Address item="1">{address}'
        f'</Address><Apparent item="1"/><Port item="1">{port}</Port><LastStatusChange item="1">{since}'
        '</LastStatusChange><ResourceUsage item="1"><TURN item="1"><Status item="1">Failed</Status></TURN>'
        "</ResourceUsage></SIP>"
    )


def alarm(number: int, reason: str, state: str = "Unacknowledged") -> str:
    return (
        f'<Warnings item="1"><Warning item="{number}"><ID item="1">4836f60e-02de-11e0-bb2e-abe08f6f1f29</ID>'
        f'<Reason item="1">{reason}</Reason><State item="1">{state}</State></Warning></Warnings>'
    )


def clock(zone_name: str) -> str:
    return (
        '<SystemUnit item="1"><SystemTime item="1">2026-11-01 10:30:00</SystemTime>'
        f'<TimeZone item="1">{zone_name}</TimeZone></SystemUnit>'
    )


def signs(outcome) -> list[Sign]:
    return [item for item in outcome.reading.observations if isinstance(item, Sign)]


@pytest.mark.parametrize(
    ("fqdn", "role"), [("expe1.example.com", "expressway-e"), ("expc1.example.com", "expressway-c")]
)
def test_release_role_and_addresses_are_read_with_their_lines(read_files, plan, fqdn, role):
    node = plan.node(fqdn)
    content = xstat_dump(plan, node)
    outcome = read_files({NAME: content})
    lines = content.decode().splitlines()
    (version,), (said,) = outcome.facts(FactKey.VERSION), outcome.facts(FactKey.ROLE)
    assert (version.value, said.value) == ("X14.3.2", role)
    assert ">X14.3.2<" in lines[version.source.line - 1]
    assert "<Type " in lines[said.source.line - 1]
    assert version.subject == NODE
    assert outcome.values(FactKey.ADDRESS) == [node.address]
    assert outcome.values(FactKey.DOMAIN_NAME) == ["example.com"]
    assert {(fact.proven, fact.origin) for fact in outcome.facts()} == {(True, Origin.STATUS)}


def test_without_a_traversal_zone_the_expressway_flag_is_the_guess_at_the_role(read_files):
    flag = '<Configuration item="1"><Expressway item="1">True</Expressway></Configuration>'
    (said,) = read_files({NAME: software(flag)}).facts(FactKey.ROLE)
    assert (said.value, said.proven) == ("expressway-e", False)
    assert said.source.text == "Configuration/Expressway True"


def test_where_flag_and_zones_differ_both_are_kept_and_the_zones_come_first(read_files):
    flag = (
        '<SystemUnit item="1"><Software item="1"><Configuration item="1"><Expressway item="1">True</Expressway>'
        "</Configuration></Software></SystemUnit>"
    )
    outcome = read_files({NAME: status(flag, zone(1, "UC", "Active"))})
    roles = [(fact.value, fact.proven) for fact in outcome.facts(FactKey.ROLE)]
    assert roles == [("expressway-c", True), ("expressway-e", False)]


def test_the_real_form_of_listening_ports_is_read(read_files):
    listening = (
        '<SIP item="1"><Ethernet item="1"><IPv4 item="1"><TCP item="1"><Status item="1">Active</Status>'
        '<Address item="1">192.0.2.21:5060</Address></TCP><TLS item="1"><Status item="1">Active</Status>'
        '<Address item="1">192.0.2.21:5061</Address></TLS><MTLS item="1"><Status item="1">Inactive</Status></MTLS>'
        '</IPv4><IPv6 item="1"><TLS item="1"><Status item="1">Inactive</Status></TLS></IPv6></Ethernet>'
        '<Ethernet item="2"><IPv4 item="1"><MTLS item="1"><Status item="1">Active</Status>'
        '<Address item="1">198.51.100.21:5062</Address></MTLS></IPv4></Ethernet></SIP>'
    )
    outcome = read_files({NAME: status(listening)})
    assert outcome.values(FactKey.SIP_TLS_LISTENER) == ["192.0.2.21:5061"]
    assert outcome.values(FactKey.SIP_MUTUAL_TLS_LISTENER) == ["198.51.100.21:5062"]


def test_a_failed_zone_is_a_sign_for_each_peer_that_failed(read_files):
    peers = [sip("192.0.2.21", 7001, "Failed", "TLS negotiation failure"), sip("192.0.2.22", 7001, "Active")]
    peers.append(sip("192.0.2.23", 7001, "Failed", "Connect failed"))
    content = status(clock("UTC"), zone(3, "UC", "Failed", *peers, cause="System unreachable"))
    first, second = signs(read_files({NAME: content}))
    assert (first.code, first.node, first.name, first.peer, first.port) == (
        SignCode.ZONE_FAILED,
        NODE,
        "UC",
        "192.0.2.21",
        7001,
    )
    assert first.detail == "System unreachable; TLS negotiation failure"
    assert (first.first, first.last) == ("2026-10-31T09:58:12Z", "2026-11-01T10:30:00Z")
    assert first.source.text == "UC 192.0.2.21:7001: Failed, System unreachable; TLS negotiation failure"
    assert first.source.line == 3
    assert (second.peer, second.detail) == ("192.0.2.23", "System unreachable; Connect failed")


def test_times_are_kept_only_where_they_are_known_to_be_utc(read_files):
    content = status(clock("Europe/Zurich"), zone(1, "UC", "Failed", sip("192.0.2.21", 7001, "Failed")))
    (sign,) = signs(read_files({NAME: content}))
    assert (sign.first, sign.last) == (None, None)


def test_one_peer_that_failed_is_a_sign_although_the_zone_is_active(read_files):
    content = status(zone(1, "UC", "Active", sip("192.0.2.21", 7001, "Failed"), sip("192.0.2.22", 7001, "Active")))
    outcome = read_files({NAME: content})
    assert [(sign.name, sign.peer) for sign in signs(outcome)] == [("UC", "192.0.2.21")]
    assert outcome.values(FactKey.ACTIVE_ZONE) == ["UC"]


def test_a_failed_zone_without_peers_is_one_sign(read_files):
    (sign,) = signs(read_files({NAME: status(zone(1, "UC", "Failed", cause="No peer", kind="TraversalServer"))}))
    assert (sign.peer, sign.port, sign.detail) == (None, None, "No peer")


@pytest.mark.parametrize("state", ["Active", "Off", "On", "Checking", "Address resolvable"])
def test_a_zone_in_any_other_state_is_no_sign(read_files, state):
    outcome = read_files({NAME: status(zone(1, "UC", state, sip("192.0.2.21", 7001, state)))})
    assert signs(outcome) == []
    assert outcome.values(FactKey.ACTIVE_ZONE) == (["UC"] if state == "Active" else [])


def test_the_h323_side_of_a_peer_says_nothing(read_files):
    h323 = '<H323 item="1"><Status item="1">Failed</Status><Address item="1">192.0.2.99</Address></H323>'
    assert signs(read_files({NAME: status(zone(1, "UC", "Active", h323))})) == []


@pytest.mark.parametrize(
    ("reason", "number"),
    [
        ("Date and time not validated - The system is unable to obtain the correct time", "25002"),
        (PERMISSIVE_ALARM, "40049"),
        ("Server certificate validity - Server certificate expires in 12 days", "40069"),
        ("Something new - Nobody has heard of it", None),
    ],
)
def test_an_alarm_is_a_sign_with_its_number_where_its_words_are_documented(read_files, reason, number):
    outcome = read_files({NAME: status(clock("UTC"), alarm(69, reason))})
    (sign,) = signs(outcome)
    assert (sign.code, sign.name, sign.detail) == (SignCode.ALARM, number, reason)
    assert (sign.first, sign.last) == (None, "2026-11-01T10:30:00Z")
    assert outcome.values(FactKey.TLS_VERIFICATION) == (["permissive"] if number == "40049" else [])


def test_an_acknowledged_alarm_still_stands_and_is_said_to_be_acknowledged(read_files):
    (sign,) = signs(read_files({NAME: status(alarm(69, "Restart required - x", "Acknowledged"))}))
    assert sign.detail == "Restart required - x [Acknowledged]"


def test_alarms_in_the_words_of_later_releases_are_read_alike(read_files):
    content = status(
        '<Alarm item="4"><ID item="1">35014</ID><Title item="1">Unified Communications SSH tunnel notification failure'
        '</Title><Description item="1">Port 2222</Description></Alarm>'
    )
    (sign,) = signs(read_files({NAME: content}))
    assert (sign.name, sign.detail) == (
        "35014",
        "Unified Communications SSH tunnel notification failure - Port 2222",
    )


@pytest.mark.parametrize(
    ("hosts", "peer"), [("expe1.example.com", "expe1.example.com"), ("expe1.example.com, expe2.example.com", None)]
)
def test_the_tunnel_alarm_has_a_peer_where_it_names_one_host(read_files, hosts, peer):
    reason = (
        "Unified Communications SSH tunnel failure - This system cannot communicate with one or more remote hosts: "
        f"{hosts}"
    )
    (sign,) = signs(read_files({NAME: status(alarm(3, reason))}))
    assert (sign.code, sign.name, sign.peer, sign.detail) == (SignCode.ALARM, "35013", peer, reason)


def test_inactive_port_forwarding_claims_nothing(read_files):
    """A node without Mobile and Remote Access shows it too; what it means is documented nowhere."""
    content = status(
        '<CollaborationEdge item="1"><Tunnels item="1"><Tunnel item="1"><Status item="1">Failed</Status></Tunnel>'
        '</Tunnels><Portforwarding item="1"><Server item="1"><Status item="1">Inactive</Status></Server>'
        "</Portforwarding></CollaborationEdge>"
    )
    assert signs(read_files({NAME: content})) == []


@pytest.mark.parametrize(
    ("inside", "entries"),
    [
        ('<CUCMs><CUCM item="1"><Name>cucm1.example.com</Name></CUCM></CUCMs>', [("cucm1.example.com", "unified-cm")]),
        ('<CUPs><CUP item="1"><Address>imp1.example.com</Address></CUP></CUPs>', [("imp1.example.com", "im-presence")]),
        ('<UCxNs><UCxN item="2"><Name>u.example.com</Name></UCxN></UCxNs>', [("u.example.com", "unity-connection")]),
        ("<CUCMs><CUCM><Publisher>a.example.com</Publisher><Address>b.example.com</Address></CUCM></CUCMs>", []),
        ("<CUCMs><CUCM><Name>bare</Name></CUCM></CUCMs>", []),
        ("<CUCMs><Other><Name>cucm1.example.com</Name></Other></CUCMs>", []),
        ("<CUCMs><CUCM><Version>12.5.1.10000</Version></CUCM></CUCMs>", []),
        ("<CUCMs/>", []),
    ],
)
def test_the_lists_of_servers_are_taken_where_they_are_sure_and_as_a_guess(read_files, inside, entries):
    outcome = read_files({NAME: status(f"<CollaborationEdge>{inside}</CollaborationEdge>")})
    facts = outcome.facts(FactKey.SERVER_ENTRY, FactKey.ROLE)
    said = {fact.subject.name: fact.value for fact in facts if fact.key is FactKey.ROLE}
    assert list(said.items()) == entries
    assert outcome.values(FactKey.SERVER_ENTRY) == [name for name, _ in entries]
    assert not any(fact.proven for fact in facts)
    assert outcome.file(NAME).outcome is Outcome.READ


def test_serial_number_hardware_and_licences_are_not_kept(read_files):
    content = status(
        '<SystemUnit item="1"><Hardware item="1"><SerialNumber item="1">017DB2D0</SerialNumber></Hardware>'
        '<Software item="1"><Version item="1">X15.5</Version><ReleaseKey item="1">1234567890</ReleaseKey></Software>'
        '</SystemUnit><Registrations item="1"><Registration item="1"><Alias item="1">somebody@example.com</Alias>'
        "</Registration></Registrations>"
    )
    said = repr(read_files({NAME: content}).reading)
    assert "X15.5" in said
    for word in ("017DB2D0", "1234567890", "somebody"):
        assert word not in said


def test_a_version_elsewhere_in_the_file_is_another_one(read_files):
    content = software('<Extra><Version item="1">X1</Version></Extra><Version item="1">X15.5</Version>')
    assert read_files({NAME: content}).values(FactKey.VERSION) == ["X15.5"]


def test_the_outermost_element_has_the_release_too(read_files):
    outcome = read_files({NAME: software("")})
    assert outcome.values(FactKey.VERSION) == ["X14.3.2"]
    assert outcome.values(FactKey.ROLE) == []


def test_utf_16_is_read(read_files, plan):
    text = xstat_dump(plan, plan.node("expe1.example.com")).decode().replace("UTF-8", "UTF-16")
    assert read_files({NAME: text.encode("utf-16")}).values(FactKey.VERSION) == ["X14.3.2"]


def test_utf_16_from_a_shell_that_left_the_declaration_as_it_was_is_read(read_files, plan):
    text = xstat_dump(plan, plan.node("expe1.example.com")).decode()
    assert "UTF-8" in text
    assert read_files({NAME: text.encode("utf-16")}).values(FactKey.VERSION) == ["X14.3.2"]


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("case/expe1/status.xml", NodeRef(name="expe1", container="case/expe1")),
        ("case/expe1.example.com_status.xml", NodeRef(name="expe1.example.com", container="case")),
        ("status-expe1.xml", NodeRef(name="expe1", container="")),
        ("all.zip/xstat_dump_exp_e1_2026-11-01T10:30:00.xml", NodeRef(name="exp_e1", container="all.zip")),
    ],
)
def test_whose_a_status_is_follows_from_its_name_or_folder(read_files, plan, name, node):
    outcome = read_files({name: xstat_dump(plan, plan.node("expe1.example.com"))})
    assert {fact.subject for fact in outcome.facts()} == {node}


def test_a_host_name_in_the_status_tells_whose_it_is(read_files):
    named = '<IP item="1"><DNS item="1"><Hostname item="1">expe1</Hostname></DNS></IP>'
    outcome = read_files({"status.xml": status(named, clock("UTC"))})
    assert {fact.subject for fact in outcome.facts()} == {NodeRef(name="expe1", container="")}
    assert [(fact.value, fact.proven) for fact in outcome.facts(FactKey.HOST_NAME)] == [("expe1", False)]


def test_observations_beyond_the_limit_are_cut_off_and_that_is_said(read_files):
    content = status(*(alarm(number, f"Alarm {number} - x") for number in range(50)))
    outcome = read_files({NAME: content}, Limits(facts=20))
    assert len(outcome.reading.observations) == 20
    assert (outcome.file(NAME).outcome, outcome.codes(NAME)) == (Outcome.PARTLY, [ProblemCode.TOO_LARGE])


def test_a_status_whose_name_names_no_node_is_not_read(read_files, plan):
    outcome = read_files({"status.xml": xstat_dump(plan, plan.node("expe1.example.com"))})
    assert outcome.file("status.xml").kind is Kind.XSTATUS_XML
    assert outcome.codes("status.xml") == [ProblemCode.WHICH_NODE]
    assert outcome.reading.observations == ()


def test_broken_xml_is_told_with_its_line(read_files, plan):
    content = xstat_dump(plan, plan.node("expe1.example.com"))
    cut = content[: content.index(b"</Software>")]
    outcome = read_files({NAME: cut})
    (problem,) = outcome.file(NAME).problems
    assert problem.code is ProblemCode.MALFORMED
    assert problem.line == cut.count(b"\n") + 1
    assert (outcome.file(NAME).outcome, outcome.values(FactKey.VERSION)) == (Outcome.PARTLY, ["X14.3.2"])


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">',
        '<!ENTITY c SYSTEM "file:///etc/hostname">',
        '<!ENTITY % p SYSTEM "http://192.0.2.1/x.dtd"> %p;',
    ],
    ids=["bomb", "file", "parameter"],
)
def test_entities_are_refused(read_files, declared):
    content = f"<!DOCTYPE Status [{declared}]>\n".encode() + software('<Version item="1">&c;</Version>')
    outcome = read_files({NAME: content})
    (problem,) = outcome.file(NAME).problems
    assert (problem.code, words_of(problem.params)) == (ProblemCode.MALFORMED, "entities are not taken")
    assert outcome.file(NAME).outcome is Outcome.NOT_READ


@pytest.mark.parametrize(
    "content",
    [
        HEAD.encode() + b"<a>" * 5000 + b"</a>" * 5000 + b"</Status>",
        HEAD.encode() + b"<a " + b" ".join(b'x%d=""' % number for number in range(20_000)) + b"/></Status>",
    ],
    ids=["depth", "attributes"],
)
def test_xml_made_to_cost_memory_is_refused(read_files, content):
    assert read_files({NAME: content}).codes(NAME) == [ProblemCode.MALFORMED]


@pytest.mark.parametrize("text", ["", "  ", "x" * 300, "-----BEGIN PRIVATE KEY-----", "X14;<script>", "\N{BELL}"])
def test_a_release_that_is_none_is_left_out(read_files, text):
    content = software(f'<Version item="1">{text.replace("<", "&lt;")}</Version>').replace(b' version="X14.3.2"', b"")
    outcome = read_files({NAME: content})
    assert outcome.reading.observations == ()
    assert outcome.file(NAME).outcome is Outcome.READ
