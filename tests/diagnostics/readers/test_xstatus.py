"""The status XML of a node."""

import pytest

from diagnostics.estate.observations import FactKey, NodeRef
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.artefacts import xstat_dump

NAME = "log.tar.gz/xstat_dump_expe1_2026-11-01_10_30_00.xml"
HEAD = '<Status xmlns="http://www.tandberg.no/XML/CUIL/1.0" product="TANDBERG VCS" version="X14.3.2">'


def software(inner: str) -> bytes:
    unit = f'<SystemUnit item="1"><Software item="1">{inner}</Software></SystemUnit>'
    return f"{HEAD}\n{unit}\n</Status>\n".encode()


@pytest.mark.parametrize(
    ("fqdn", "role"), [("expe1.example.com", "expressway-e"), ("expc1.example.com", "expressway-c")]
)
def test_release_and_role_are_read_with_their_lines(read_files, plan, fqdn, role):
    content = xstat_dump(plan, plan.node(fqdn))
    outcome = read_files({NAME: content})
    lines = content.decode().splitlines()
    (version,), (said,) = outcome.facts(FactKey.VERSION), outcome.facts(FactKey.ROLE)
    assert (version.value, said.value) == ("X14.3.2", role)
    assert ">X14.3.2<" in lines[version.source.line - 1]
    assert "<Expressway " in lines[said.source.line - 1]
    assert version.subject == NodeRef(name="expe1", container="log.tar.gz")
    assert version.proven


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


def test_a_status_whose_name_names_no_node_is_not_read(read_files, plan):
    outcome = read_files({"status.xml": xstat_dump(plan, plan.node("expe1.example.com"))})
    assert outcome.file("status.xml").kind is Kind.XSTATUS_XML
    assert outcome.codes("status.xml") == [ProblemCode.WHICH_NODE]
    assert outcome.reading.observations == ()


def test_broken_xml_is_told_with_its_line(read_files, plan):
    content = xstat_dump(plan, plan.node("expe1.example.com"))
    cut = content[: content.index(b"</Software>")]
    (problem,) = read_files({NAME: cut}).file(NAME).problems
    assert problem.code is ProblemCode.MALFORMED
    assert problem.line == cut.count(b"\n") + 1


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
    assert (problem.code, problem.params) == (ProblemCode.MALFORMED, {"detail": "entities are not taken"})
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
