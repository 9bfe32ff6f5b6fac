"""The configuration as XML, read generically: it says what the text dump says."""

import pytest

from diagnostics.estate.assemble import assemble
from diagnostics.estate.observations import FactKey, Origin
from diagnostics.readers import Limits
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.artefacts import xconf_dump
from diagnostics.samples.xstat import NAMESPACE
from tests.builders.expressway import configuration_xml, xml_of
from tests.diagnostics.readers.flawed import words_of

NAME = "log/xconf_dump_expc1_2026-11-01_10_30_00.xml"
TEXT = "log/xconf_dump_expc1_2026-11-01_10_30_00.txt"
HEAD = f'<Configuration xmlns="{NAMESPACE}" product="TANDBERG VCS" version="X14.3.2">'


def said(outcome):
    """Without order: elements of one name may stand apart from each other in the text."""
    return {(str(fact.subject), fact.key, fact.value, fact.source.text) for fact in outcome.facts()}


@pytest.mark.parametrize("fqdn", ["expc1.example.com", "expe1.example.com"])
def test_it_says_what_the_text_dump_says(read_files, plan, fqdn):
    from_xml = read_files({NAME: configuration_xml(fqdn, plan)})
    from_text = read_files({TEXT: xconf_dump(plan, plan.node(fqdn))})
    assert from_xml.file(NAME).kind is Kind.CONFIGURATION_XML
    assert from_xml.file(NAME).outcome is Outcome.READ
    assert said(from_xml) == said(from_text)
    assert len(said(from_xml)) > 40


def test_its_form_is_a_guess_and_nothing_of_it_is_proven(read_files, plan):
    facts = read_files({NAME: configuration_xml("expc1.example.com", plan)}).facts()
    assert {(fact.proven, fact.origin) for fact in facts} == {(False, Origin.CONFIGURATION)}


def test_every_fact_says_its_line(read_files, plan):
    content = configuration_xml("expc1.example.com", plan)
    lines = content.decode().splitlines()
    for fact in read_files({NAME: content}).facts():
        assert fact.source.text.rpartition(': "')[2].removesuffix('"') in lines[fact.source.line - 1]


def test_names_are_compared_without_namespace_case_and_the_way_words_are_joined(read_files):
    content = (
        f'<v:Configuration xmlns:v="{NAMESPACE}" product="TANDBERG VCS"><v:ip item="1"><v:DNS item="1">'
        '<v:HostName item="1">expc1</v:HostName></v:DNS></v:ip><v:Alternates item="1"><v:Peer item="2">'
        "<v:Address> 192.0.2.12 </v:Address></v:Peer></v:Alternates>"
        '<v:Zones item="1"><v:Zone item="7"><v:Name>UC</v:Name><v:Type>TraversalServer</v:Type><v:TraversalServer>'
        "<v:SIP><v:TLS><v:VerifySubjectName>expc.example.com</v:VerifySubjectName></v:TLS></v:SIP></v:TraversalServer>"
        "</v:Zone></v:Zones></v:Configuration>"
    )
    outcome = read_files({"upload": content.encode()})
    assert outcome.file("upload").outcome is Outcome.READ
    assert [(fact.key, fact.value) for fact in outcome.facts()] == [
        (FactKey.HOST_NAME, "expc1"),
        (FactKey.CLUSTER_PEER, "192.0.2.12"),
        (FactKey.ZONE_NAME, "UC"),
        (FactKey.ZONE_TYPE, "traversal-server"),
        (FactKey.ZONE_VERIFY_NAME, "expc.example.com"),
    ]
    assert {fact.subject.key for fact in outcome.facts(FactKey.ZONE_NAME)} == {"7"}
    (peer,) = outcome.facts(FactKey.CLUSTER_PEER)
    assert peer.source.text == 'Alternates Peer 2 Address: "192.0.2.12"'


def test_what_does_not_fit_is_passed_over(read_files):
    content = (
        f'{HEAD}<IP item="1"><DNS item="1"><Hostname item="1">expc1</Hostname><Hostname item="3">other</Hostname></DNS>'
        '<New item="1"><Thing item="4">x</Thing></New></IP><Zones item="1"><Zone item="1"><Type item="1">Later</Type>'
        "</Zone></Zones>text</Configuration>"
    )
    outcome = read_files({"upload": content.encode()})
    assert [(fact.key, fact.value) for fact in outcome.facts()] == [(FactKey.HOST_NAME, "expc1")]
    assert outcome.file("upload").outcome is Outcome.READ


def test_text_and_xml_that_agree_are_one_statement(read_files, plan):
    node = plan.node("expc1.example.com")
    both = read_files({TEXT: xconf_dump(plan, node), NAME: configuration_xml(node.fqdn, plan)}).reading
    estate = assemble([both.observations], both.certificates, both.crls)
    assert estate.contradictions == ()
    (cluster,) = (item for item in estate.clusters if item.name == "expc.example.com")
    (zone,) = (item for item in cluster.zones if item.is_traversal)
    assert [peer.value for peer in zone.peers] == ["expe1.example.com", "expe2.example.com"]


def test_where_they_differ_both_are_kept_and_the_text_comes_first(read_files, plan):
    node = plan.node("expe1.example.com")
    text = xconf_dump(plan, node)
    other = xml_of(text.decode().replace("expc.example.com", "old.example.com"))
    names = [name.replace("expc1", "expe1") for name in (NAME, TEXT)]
    both = read_files(dict(zip(names, (other, text), strict=True))).reading
    estate = assemble([both.observations], both.certificates, both.crls)
    (zone,) = (item for cluster in estate.clusters for item in cluster.zones if item.verify_name)
    assert zone.verify_name.value == "expc.example.com"
    assert [value for value, _ in zone.verify_name.others] == ["old.example.com"]
    said = [{value for value, _ in item.said} for item in estate.contradictions]
    assert {"expc.example.com", "old.example.com"} in said


def test_a_file_that_was_cut_off_keeps_what_came_before(read_files, plan):
    content = configuration_xml("expc1.example.com", plan)
    cut = content[: content.index(b"</Zone>")]
    outcome = read_files({NAME: cut})
    assert outcome.file(NAME).outcome is Outcome.PARTLY
    (problem,) = outcome.file(NAME).problems
    assert (problem.code, problem.line) == (ProblemCode.MALFORMED, cut.count(b"\n") + 1)
    assert FactKey.ZONE_NAME in {fact.key for fact in outcome.facts()}


def test_the_head_of_an_answer_around_it_changes_no_line(read_files, plan):
    content = configuration_xml("expc1.example.com", plan)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n"
    plain, around = (read_files({NAME: before + content + b"\r\n$ "}) for before in (b"", head))
    assert [fact.source.line + 3 for fact in plain.facts()] == [fact.source.line for fact in around.facts()]
    assert around.file(NAME).outcome is Outcome.READ


def test_two_documents_in_one_file_are_not_merged(read_files, plan):
    content = configuration_xml("expc1.example.com", plan)
    outcome = read_files({"x": content + configuration_xml("expc2.example.com", plan)})
    assert outcome.file("x").outcome is Outcome.PARTLY
    (problem,) = outcome.file("x").problems
    assert problem.line == content.count(b"\n") + 1
    assert "second document" in words_of(problem.params)
    assert outcome.values(FactKey.HOST_NAME) == ["expc1"]


def test_settings_of_two_nodes_in_one_document_are_not_merged(read_files):
    nodes = "".join(
        f'<IP item="1"><DNS item="1"><Hostname item="1">{host}</Hostname></DNS></IP>'
        f'<Alternates item="1"><Cluster item="1"><Name item="1">{host}.example</Name></Cluster></Alternates>'
        for host in ("a", "b")
    )
    outcome = read_files({"x": f"{HEAD}{nodes}</Configuration>".encode()})
    assert (outcome.file("x").outcome, outcome.codes("x")) == (Outcome.NOT_READ, [ProblemCode.SEVERAL_NODES])
    assert outcome.reading.observations == ()


def test_a_file_without_any_known_setting_says_that_it_names_no_node(read_files):
    outcome = read_files({"x": f"{HEAD}<SIP item='1'><Mode item='1'>On</Mode></SIP></Configuration>".encode()})
    assert (outcome.file("x").outcome, outcome.codes("x")) == (Outcome.NOT_READ, [ProblemCode.WHICH_NODE])


@pytest.mark.parametrize(
    "content",
    [
        f'<!DOCTYPE C [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>{HEAD}<IP><DNS><Hostname>&b;</Hostname></DNS></IP></Configuration>',
        HEAD + "<IP>" * 200 + "</IP>" * 200 + "</Configuration>",
        HEAD + "<a/>" * 1_100_000 + "</Configuration>",
        HEAD + "<IP><DNS><Hostname>" + "x" * 100_000,
    ],
    ids=["entities", "depth", "elements", "endless text"],
)
def test_xml_made_to_do_harm_is_refused_whole(read_files, content):
    outcome = read_files({NAME: content.encode()})
    assert (outcome.file(NAME).outcome, outcome.codes(NAME)) == (Outcome.NOT_READ, [ProblemCode.MALFORMED])
    assert outcome.reading.observations == ()


def test_facts_beyond_the_limit_are_cut_off_and_that_is_said(read_files, plan):
    outcome = read_files({NAME: configuration_xml("expc1.example.com", plan)}, Limits(facts=20))
    assert (len(outcome.facts()), outcome.codes(NAME)) == (20, [ProblemCode.TOO_LARGE])
