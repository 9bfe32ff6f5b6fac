"""The text dump of a node's configuration, as made by the node and as pasted by people."""

import pytest

from diagnostics.estate.observations import FactKey, NodeRef, Origin, ZoneRef
from diagnostics.readers import Limits
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.artefacts import xconf_dump
from diagnostics.samples.blueprint import SettingsPlan, ZonePlan
from diagnostics.samples.healthy import UC_ZONE
from diagnostics.samples.xconf import PASSWORD

NAME = "xconf_dump_expc1_2026-11-01_10_30_00.txt"
HOST = '*c xConfiguration IP DNS Hostname: "expc1"\n'


@pytest.fixture
def values_of(read_files):
    """Fact key -> values of a dump's text."""

    def read(text: str, name: str = NAME):
        outcome = read_files({name: text.encode()})
        return {fact.key: outcome.values(fact.key) for fact in outcome.facts()}

    return read


def zone(number, **settings):
    lines = {"Name": f"Zone {number}", "Type": "TraversalServer", **settings}
    return "".join(f'*c xConfiguration Zones Zone {number} {key}: "{value}"\n' for key, value in lines.items())


def test_a_traversal_client_is_read_in_full(read_files, plan):
    outcome = read_files({NAME: xconf_dump(plan, plan.node("expc1.example.com"))})
    node = NodeRef(name="expc1", container="")
    said = {fact.key: fact.value for fact in outcome.facts() if fact.subject == node}
    wanted = {
        FactKey.HOST_NAME: "expc1",
        FactKey.DOMAIN_NAME: "example.com",
        FactKey.ADDRESS: "192.0.2.11",
        FactKey.CLUSTER: "expc.example.com",
        FactKey.VERIFY_ORIGIN_SERVER: True,
        FactKey.REVOCATION_MODE: False,
        FactKey.REVOCATION_FALLBACK: "not-revoked",
        FactKey.CLUSTER_PRIMARY: 1,
        FactKey.NTP_SERVER: "192.0.2.123",
        FactKey.SIP_TLS: True,
        FactKey.SIP_TLS_PORT: 5061,
        FactKey.SIP_MUTUAL_TLS: False,
        FactKey.SIP_MUTUAL_TLS_PORT: 5062,
        FactKey.SIP_TLS_VERSIONS: "TLSv1.2",
        FactKey.REVOCATION_OCSP: True,
        FactKey.REVOCATION_CRL: True,
        FactKey.REVOCATION_CRL_FETCH: True,
        FactKey.XCP_VERIFICATION: True,
        FactKey.XCP_VERIFY_HOST_NAME: True,
        FactKey.XCP_REVOCATION: False,
        FactKey.ADMIN_CERTIFICATE_MODE: "NotRequired",
        FactKey.ADMIN_CERTIFICATE_CRL: "None",
        FactKey.ADMIN_CERTIFICATE_FALLBACK: "Ignore",
        FactKey.MANAGER_TLS_VERIFY: True,
        FactKey.LDAP_ENCRYPTION: "TLS",
        FactKey.LDAP_CRL: "None",
        FactKey.DEFAULT_ZONE_TLS_VERIFY: False,
        FactKey.MRA_ONBOARDING: False,
        FactKey.SSO_ENABLED: False,
        FactKey.JABBER_GUEST_ENABLED: False,
    }
    several = {FactKey.CLUSTER_PEER, FactKey.DNS_SERVER, FactKey.SIP_CIPHERS, FactKey.UC_CLIENT_CIPHERS}
    assert {key: said[key] for key in said.keys() - several} == wanted
    assert several <= said.keys()
    assert outcome.values(FactKey.DNS_SERVER) == ["192.0.2.53", "192.0.2.54"]
    assert outcome.values(FactKey.CLUSTER_PEER) == ["expc1.example.com", "expc2.example.com"]
    (zone,) = (fact.subject for fact in outcome.facts(FactKey.ZONE_NAME) if fact.value == UC_ZONE)
    of_zone = [(fact.key, fact.value) for fact in outcome.facts() if fact.subject == zone]
    assert sorted(of_zone) == sorted(
        [
            (FactKey.ZONE_NAME, UC_ZONE),
            (FactKey.ZONE_TYPE, "traversal-client"),
            (FactKey.ZONE_UNIFIED_COMMUNICATIONS, True),
            (FactKey.ZONE_PEER, "expe1.example.com"),
            (FactKey.ZONE_PEER, "expe2.example.com"),
            (FactKey.ZONE_PORT, 7001),
            (FactKey.ZONE_TRANSPORT, "TLS"),
            (FactKey.ZONE_TLS_VERIFY, True),
            (FactKey.ZONE_MEDIA_ENCRYPTION, "On"),
            (FactKey.ZONE_SIP, True),
        ]
    )
    assert outcome.values(FactKey.MRA_ENABLED) == [True]
    assert outcome.values(FactKey.MRA_DOMAIN) == ["example.com"]
    assert outcome.values(FactKey.IM_PRESENCE_DOMAIN) == ["example.com"]
    assert all(fact.proven and fact.origin is Origin.CONFIGURATION for fact in outcome.facts())
    assert outcome.file(NAME).outcome is Outcome.READ


def test_a_traversal_server_says_the_name_it_verifies(read_files, plan):
    outcome = read_files({NAME: xconf_dump(plan, plan.node("expe1.example.com"))})
    assert outcome.values(FactKey.ZONE_TYPE) == ["traversal-server"]
    assert outcome.values(FactKey.ZONE_VERIFY_NAME) == ["expc.example.com"]


def test_every_fact_says_its_line_and_quotes_it(read_files, plan):
    dump = xconf_dump(plan, plan.node("expc1.example.com"))
    lines = dump.decode().splitlines()
    facts = read_files({NAME: dump}).facts()
    assert len(facts) > 10
    for fact in facts:
        assert lines[fact.source.line - 1] == f"*c xConfiguration {fact.source.text}"


def test_switches_of_a_node_are_read(read_files, plan):
    plan.cluster("expc.example.com").settings = SettingsPlan(
        verify_origin_server=False,
        server_eku_upload=True,
        sip_eku_checking=False,
        revocation=True,
        revocation_fallback="revoked",
    )
    outcome = read_files({NAME: xconf_dump(plan, plan.node("expc1.example.com"))})
    assert outcome.values(FactKey.VERIFY_ORIGIN_SERVER) == [False]
    assert outcome.values(FactKey.SERVER_EKU_UPLOAD) == [True]
    assert outcome.values(FactKey.SIP_EKU_CHECKING) == [False]
    assert outcome.values(FactKey.REVOCATION_MODE) == [True]
    assert outcome.values(FactKey.REVOCATION_FALLBACK) == ["revoked"]


def test_domains_go_by_what_they_are_switched_on_for(read_files, plan):
    plan.mra_domains, plan.xmpp_federation_domains = ["example.com"], ["example.net"]
    outcome = read_files({NAME: xconf_dump(plan, plan.node("expc1.example.com"))})
    assert outcome.values(FactKey.MRA_DOMAIN) == ["example.com"]
    assert outcome.values(FactKey.XMPP_FEDERATION_DOMAIN) == ["example.net"]


def test_the_manual_spells_the_switch_of_a_domain_otherwise(values_of):
    text = '*c xConfiguration SIP Domain 1 Name: "example.com"\n*c xConfiguration SIP Domain 1 Edge: On\n'
    assert values_of(text)[FactKey.MRA_DOMAIN] == ["example.com"]


def test_neighbor_zones_made_for_unified_cm_name_its_nodes(read_files, plan):
    plan.cluster("expc.example.com").zones += [
        ZonePlan(name="CEtls-cucm1.example.com", kind="neighbor", port=5061, peers=["cucm1.example.com"]),
        ZonePlan(name="CEOAuth-cucm2", kind="neighbor", port=5091, peers=["cucm2"]),
    ]
    outcome = read_files({f"x/{NAME}": xconf_dump(plan, plan.node("expc1.example.com"))})
    said = dict.fromkeys((fact.subject, fact.value) for fact in outcome.facts(FactKey.SERVER_ENTRY))
    assert list(said) == [
        (NodeRef(name="cucm1.example.com"), "cucm1.example.com"),
        (NodeRef(name="cucm2", container="x"), "cucm2"),
    ]


def test_quotes_are_optional_and_an_unset_value_says_nothing(values_of):
    assert values_of(
        "*c xConfiguration IP DNS Hostname: expc1\n"
        "*c xConfiguration IP DNS Domain Name: \n"
        '*c xConfiguration Alternates Cluster Name: ""\n'
        "*c xConfiguration Alternates Peer 1 Address:\n"
        "*c xConfiguration Ethernet 1 IP V4 Address:192.0.2.11\n"
    ) == {FactKey.HOST_NAME: ["expc1"], FactKey.ADDRESS: ["192.0.2.11"]}


def test_several_records_on_one_line_remarks_and_padding_are_taken_apart(values_of):
    """As in articles and chats."""
    found = values_of(
        '*c xConfiguration Zones Zone 1 Name: " UC <-> edge "   <-- look here  *c xConfiguration Zones Zone 1 Type: '
        '"TraversalServer" *c xConfiguration Zones Zone 1 TraversalServer SIP Port: 7003 <-- and "here"\n'
    )
    assert found == {
        FactKey.ZONE_NAME: ["UC <-> edge"],
        FactKey.ZONE_TYPE: ["traversal-server"],
        FactKey.ZONE_PORT: [7003],
    }


def test_banner_prompts_and_other_lines_are_passed_over(values_of):
    text = (
        "login as: admin\nTANDBERG Video Communication Server X14.3.2\nexpc1:~ # xconfiguration\n\n"
        f'{HOST}*s SystemUnit: /\n*c xConfiguration\n*c xConfiguration : "nothing"\n*c xConfiguration no colon\n\nOK\n'
        "expc1:~ # *c xConfiguration IP DNS Domain Name: example.com\n"
    )
    assert values_of(text) == {FactKey.HOST_NAME: ["expc1"], FactKey.DOMAIN_NAME: ["example.com"]}


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r\r\n").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode("utf-16-be"),
    ],
    ids=["UTF-8", "with mark", "CRLF", "CRCRLF", "UTF-16", "UTF-16 CRLF"],
)
def test_line_ends_and_encodings_make_no_difference(read_files, plan, encode):
    text = xconf_dump(plan, plan.node("expc1.example.com")).decode()
    plain, other = (read_files({NAME: content}).facts() for content in (text.encode(), encode(text)))
    assert len(plain) > 10
    assert other == plain


def test_letters_beyond_ascii_survive_and_broken_ones_spoil_nothing_else(values_of, read_files):
    assert values_of(HOST + zone(1, Name="Zürich"))[FactKey.ZONE_NAME] == ["Zürich"]
    outcome = read_files({NAME: (HOST + zone(1, Name="Z\xfcrich")).encode("latin-1")})
    assert outcome.values(FactKey.ZONE_NAME) == ["Z\N{REPLACEMENT CHARACTER}rich"]


def test_several_quoted_strings_in_one_value_stay_together(values_of):
    found = values_of(
        f'{HOST}*c xConfiguration IP DNS SearchDomains: "a.example" "b.example"\n'
        '*c xConfiguration Alternates Cluster Name: "one" "two"\n'
    )
    assert found == {FactKey.HOST_NAME: ["expc1"], FactKey.CLUSTER: ['one" "two']}


def test_keys_are_matched_without_regard_to_case_and_in_both_spellings(values_of):
    found = values_of(
        '*C XCONFIGURATION ip dns HOSTNAME: "expc1"\n'
        '*c xConfiguration Alternates Peer 1 Address: "192.0.2.11"\n'
        '*c xConfiguration Alternates 2 Peer Address: "192.0.2.12"\n'
        '*c xConfiguration clusterConfiguration tls_verify: "Enforcing"\n'
    )
    assert found[FactKey.CLUSTER_PEER] == ["192.0.2.11", "192.0.2.12"]
    assert found[FactKey.TLS_VERIFICATION] == ["enforce"]


def test_settings_under_the_word_of_another_zone_type_are_inert(values_of):
    text = zone(3, **{
        "DNS SIP TLS Verify Subject Name": "wrong.example.com",
        "TraversalServer SIP TLS Verify Subject Name": "right.example.com",
    })  # fmt: skip
    assert values_of(text)[FactKey.ZONE_VERIFY_NAME] == ["right.example.com"]


@pytest.mark.parametrize("port", ["²", "70000", "0", "9" * 5000, "-1", "7001x"])
def test_a_port_that_is_none_is_left_out(read_files, port):
    outcome = read_files({NAME: (HOST + zone(1, **{"TraversalServer SIP Port": port})).encode()})
    assert outcome.values(FactKey.ZONE_PORT) == []
    assert outcome.values(FactKey.ZONE_NAME) == ["Zone 1"]
    assert outcome.file(NAME).outcome is Outcome.READ


def test_zones_of_kinds_that_no_rule_knows_are_left_out(values_of):
    assert set(values_of(HOST + zone(1, Type="ENUM") + zone(2, Type=""))) == {FactKey.HOST_NAME}


def test_a_zone_is_known_by_node_and_number(read_files):
    outcome = read_files({NAME: zone(12).encode()})
    owner = NodeRef(name="expc1", container="")
    assert {fact.subject for fact in outcome.facts()} == {ZoneRef(owner=owner, key="12")}


def test_switches_that_other_releases_have_are_read(values_of):
    found = values_of(
        HOST + '*c xConfiguration Alternates ConfigurationMaster: "2"\n'
        '*c xConfiguration SIP Advanced TlsSignatureAlgoPrefRsa: "On"\n'
        '*c xConfiguration Ciphers sshd_pfwd_pubkeyalgorithms Value: "ssh-rsa,rsa-sha2-256"\n'
        '*c xConfiguration XCP TLS Certificate CVS UseCrl: "On"\n'
        '*c xConfiguration XCP TLS Certificate CVS UseOcsp: "Off"\n'
        '*c xConfiguration XCP TLS Certificate CVS CrlNetworkFetchEnabled: "On"\n'
        '*c xConfiguration XCP TLS Certificate CVS FailOnInaccessibleSource: "On"\n'
        '*c xConfiguration XCP TLS Certificate CVS ConvertIpToHostname: "Off"\n'
        '*c xConfiguration Policy Services Service 1 TLS Verify Mode: "Off"\n'
        '*c xConfiguration Remote Syslog 1 Transport: "TLS"\n'
        '*c xConfiguration Remote Syslog 1 Crlcheck: "Off"\n'
        '*c xConfiguration Ethernet 2 IP V4 StaticNAT Address: "203.0.113.21"\n'
    )
    assert found == {
        FactKey.HOST_NAME: ["expc1"],
        FactKey.CLUSTER_PRIMARY: [2],
        FactKey.SIP_PREFERS_RSA: [True],
        FactKey.TUNNEL_KEY_ALGORITHMS: ["ssh-rsa,rsa-sha2-256"],
        FactKey.XCP_CRL: [True],
        FactKey.XCP_OCSP: [False],
        FactKey.XCP_CRL_FETCH: [True],
        FactKey.XCP_UNREACHABLE_FAILS: [True],
        FactKey.XCP_ADDRESS_TO_NAME: [False],
        FactKey.POLICY_TLS_VERIFY: [False],
        FactKey.SYSLOG_TRANSPORT: ["TLS"],
        FactKey.SYSLOG_CRL: ["Off"],
        FactKey.ADDRESS: ["203.0.113.21"],
    }


def test_a_dns_zone_and_a_neighbor_say_what_is_theirs_alone(values_of):
    found = values_of(
        HOST
        + zone(1, Type="DNS", **{"DNS SIP TLS Verify InboundClassification": "Off", "DNS ZoneProfile": "Default"})
        + zone(2, Type="Neighbor", **{"Neighbor ZoneProfile": "CiscoUnifiedCommunicationsManager", "SIP Mode": "Off"})
    )
    assert found[FactKey.ZONE_INBOUND_MAPPING] == [False]
    assert found[FactKey.ZONE_PROFILE] == ["Default", "CiscoUnifiedCommunicationsManager"]
    assert found[FactKey.ZONE_SIP] == [False]


@pytest.mark.parametrize(
    "quoted", ["'expc1'", "“expc1”", "‘expc1’", "„expc1“", '" expc1 "', '"expc1" <-- this one', "expc1\t"]
)
def test_quotes_of_guides_and_word_processors_are_quotes(values_of, quoted):
    assert values_of(f"*c xConfiguration IP DNS Hostname: {quoted}\n") == {FactKey.HOST_NAME: ["expc1"]}


def test_blanks_of_web_pages_are_blanks(values_of):
    text = '*c\xa0xConfiguration\xa0IP\xa0DNS\xa0Hostname:\xa0"expc1"\n'
    assert values_of(text, "pasted.txt") == {FactKey.HOST_NAME: ["expc1"]}


def test_paging_of_a_terminal_does_not_hide_the_record_behind_it(values_of):
    text = (
        f'--More--\r        \r{HOST}--More-- (q to quit)\x08\x08*c xConfiguration IP DNS Domain Name: "example.com"\n'
    )
    assert values_of(text) == {FactKey.HOST_NAME: ["expc1"], FactKey.DOMAIN_NAME: ["example.com"]}


def test_a_file_with_carriage_returns_alone_has_its_lines(read_files, plan):
    dump = xconf_dump(plan, plan.node("expc1.example.com"))
    facts = read_files({NAME: dump.replace(b"\n", b"\r")}).facts()
    assert facts == read_files({NAME: dump}).facts()


@pytest.mark.parametrize("columns", [80, 100, 61])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_records_that_a_terminal_broke_over_lines_are_put_together(read_files, plan, columns, end):
    dump = xconf_dump(plan, plan.node("expc1.example.com")).decode()
    lines = [line[at : at + columns] for line in dump.splitlines() for at in range(0, len(line), columns)]
    broken = read_files({NAME: end.join([*lines, ""]).encode()})
    whole = read_files({NAME: dump.encode()})
    assert max(map(len, dump.splitlines())) > columns
    assert [(fact.key, fact.value) for fact in broken.facts()] == [(fact.key, fact.value) for fact in whole.facts()]
    assert broken.file(NAME).found == whole.file(NAME).found
    for fact in broken.facts():
        start = f"*c xConfiguration {fact.source.text}"[:columns]
        assert lines[fact.source.line - 1] == start


def test_records_that_end_early_at_different_columns_are_not_put_together(values_of):
    found = values_of(
        HOST + '*c xConfiguration IP DNS Domain Name: "exam\nple.com"\n'
        '*c xConfiguration Alternates Cluster Name: "expc.example\n.com"\n'
    )
    assert found == {FactKey.HOST_NAME: ["expc1"]}


def test_a_half_record_is_not_put_together_with_the_next_command(values_of):
    cut = '*c xConfiguration Alternates Cluster Name: "expc.example.co'
    assert values_of(f'{HOST}{cut}\n\nm"\n') == {FactKey.HOST_NAME: ["expc1"]}
    assert values_of(f'{HOST}{cut}\n*s SystemUnit: "x"\n') == {FactKey.HOST_NAME: ["expc1"]}
    assert values_of(f'{HOST}{cut}\nm"\n') == {FactKey.HOST_NAME: ["expc1"], FactKey.CLUSTER: ["expc.example.com"]}


def node_of(fact):
    return fact.subject.owner if isinstance(fact.subject, ZoneRef) else fact.subject


@pytest.fixture
def several(plan):
    return [xconf_dump(plan, plan.node(f"{host}.example.com")) for host in ("expc1", "expe1", "expc2")]


@pytest.mark.parametrize("between", [b"", b"\nOK\nexpe1:~ # xconfiguration\n\n"], ids=["nothing", "a prompt"])
def test_several_nodes_dumps_in_one_file_are_kept_apart(read_files, several, between):
    outcome = read_files({"x/all.txt": between.join(several)})
    assert outcome.file("x/all.txt").outcome is Outcome.READ
    for host, dump in zip(("expc1", "expe1", "expc2"), several, strict=True):
        ref = NodeRef(name=host, container="x")
        alone = read_files({"x/one.txt": dump})
        mine = [(fact.key, fact.value) for fact in outcome.facts() if node_of(fact) == ref]
        assert mine == [(fact.key, fact.value) for fact in alone.facts() if node_of(fact) == ref]
        assert len(mine) > 20


def test_sorted_fragments_of_several_nodes_are_kept_apart(read_files):
    text = (
        '*c xConfiguration Alternates Cluster Name: "one.example"\n*c xConfiguration IP DNS Hostname: "a"\n'
        '*c xConfiguration Alternates Peer 1 Address: "b.example"\n*c xConfiguration IP DNS Hostname: "b"\n'
    )
    outcome = read_files({"x.txt": text.encode()})
    assert [(fact.subject.name, fact.value) for fact in outcome.facts(FactKey.CLUSTER)] == [("a", "one.example")]
    assert [(fact.subject.name, fact.value) for fact in outcome.facts(FactKey.CLUSTER_PEER)] == [("b", "b.example")]


@pytest.mark.parametrize(
    "text",
    [
        HOST + '*c xConfiguration IP DNS Hostname: "expc2"\n*c xConfiguration SystemUnit Name: "z"\n'
        '*c xConfiguration Alternates Cluster Name: "whose"\n',
        '*c xConfiguration SystemUnit Name: "one"\n*c xConfiguration SystemUnit Name: "two"\n',
        HOST + '*c xConfiguration IP DNS Domain Name: "a.example"\n*c xConfiguration IP DNS Domain Name: "b.example"\n',
    ],
    ids=["a stray setting", "no host names", "two domains of one host"],
)
def test_settings_of_several_nodes_that_cannot_be_told_apart_are_not_read(read_files, text):
    for name in ("x.txt", NAME):
        outcome = read_files({name: text.encode()})
        assert (outcome.file(name).outcome, outcome.codes(name)) == (Outcome.NOT_READ, [ProblemCode.SEVERAL_NODES])
        assert outcome.reading.observations == ()


def test_two_nodes_of_one_host_name_are_known_by_their_full_names(read_files):
    text = "".join(
        f'*c xConfiguration IP DNS Domain Name: "{domain}"\n*c xConfiguration IP DNS Hostname: "exp"\n'
        for domain in ("a.example", "b.example")
    )
    outcome = read_files({"x.txt": text.encode()})
    assert {fact.subject for fact in outcome.facts()} == {NodeRef(name="exp.a.example"), NodeRef(name="exp.b.example")}


def test_a_dump_that_stands_twice_is_one_nodes(read_files, plan):
    dump = xconf_dump(plan, plan.node("expc1.example.com"))
    outcome = read_files({"x.txt": dump + dump})
    assert outcome.file("x.txt").outcome is Outcome.READ
    assert {fact.subject for fact in outcome.facts(FactKey.HOST_NAME)} == {NodeRef(name="expc1", container="")}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('*c xConfiguration SIP TLS Mode: "On"\n', ProblemCode.WHICH_NODE),
        ('*c xConfiguration SystemUnit Name: "Head office, core"\n', ProblemCode.WHICH_NODE),
        ("*c xConfiguration and nothing more\n", ProblemCode.MALFORMED),
    ],
)
def test_a_dump_that_names_no_node_is_said_not_to_be_read(read_files, text, code):
    outcome = read_files({"dump.txt": text.encode()})
    assert (outcome.file("dump.txt").kind, outcome.file("dump.txt").outcome) == (Kind.XCONFIGURATION, Outcome.NOT_READ)
    assert outcome.codes("dump.txt") == [code]


def test_the_display_name_serves_where_it_looks_like_a_host_name(read_files):
    outcome = read_files({"dump.txt": b'*c xConfiguration SystemUnit Name: "expc1"\n' + zone(1).encode()})
    assert {fact.subject.owner.name for fact in outcome.facts()} == {"expc1"}


SECRETS = (
    PASSWORD,
    "{CIPHER}c2VjcmV0",
    "hidden-password",
    "hidden-community",
)


def test_secrets_are_in_no_observation(read_files, plan):
    dump = xconf_dump(plan, plan.node("expc1.example.com"))
    assert PASSWORD.encode() in dump
    assert b"made-up-community" in dump
    further = (
        '*c xConfiguration Zones Zone 1 TraversalClient Authentication Password: "hidden-password"\n'
        '*c xConfiguration SNMP CommunityName: "hidden-community"\n'
        '*c xConfiguration Zones Zone 1 TraversalClient Peer 6 Address: "{CIPHER}c2VjcmV0"\n'
        "*c xConfiguration Login Remote LDAP BindPassword: hidden-password\n"
        f'*c xConfiguration Alternates Cluster Name: "x" Password: "{PASSWORD}"\n'
        '*c xConfiguration IP DNS Domain Name: "x" AxlPassword: "hidden-password"\n'
    )
    outcome = read_files({NAME: dump + further.encode()})
    assert outcome.values(FactKey.ZONE_NAME)
    said = repr(outcome.reading)
    assert "{cipher}" not in said.lower()
    assert "Password" not in said
    for secret in (*SECRETS, "made-up-community"):
        assert secret not in said


def test_control_characters_do_not_come_through(values_of):
    found = values_of('*c xConfiguration IP DNS Domain Name: "a\0b\x1b[31m\u202egnp.example"\n')
    assert found[FactKey.DOMAIN_NAME] == ["a\ufffdb\ufffd[31m\ufffdgnp.example"]


def test_a_value_beyond_any_setting_is_left_out(values_of):
    assert values_of(f'{HOST}*c xConfiguration IP DNS Domain Name: "{"a" * 5000}"\n') == {FactKey.HOST_NAME: ["expc1"]}


def test_facts_beyond_the_limit_are_cut_off_and_that_is_said(read_files):
    text = HOST + "".join(f'*c xConfiguration Alternates Peer {n} Address: "10.0.0.{n}"\n' for n in range(50))
    outcome = read_files({NAME: text.encode()}, Limits(facts=20))
    assert len(outcome.facts()) == 20
    assert outcome.file(NAME).outcome is Outcome.PARTLY
    assert outcome.codes(NAME) == [ProblemCode.TOO_LARGE]
    assert outcome.file(NAME).found == {"settings": 51, "facts": 20}
