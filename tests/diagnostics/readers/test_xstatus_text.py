"""The status as text, which is read as a guess at its form: it says what the status XML says."""

import pytest

from diagnostics.estate.observations import Fact, FactKey, NodeRef, Sign, SignCode
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.xstat import PERMISSIVE_ALARM
from tests.builders.expressway import status_text, status_xml
from tests.diagnostics.readers.flawed import words_of

NAME = "log/xstat_dump_expc1_2026-11-01_10_30_00.txt"
XML = "log/xstat_dump_expc1_2026-11-01_10_30_00.xml"
NODE = NodeRef(name="expc1", container="log")


def said(outcome):
    found = set()
    for item in outcome.reading.observations:
        if isinstance(item, Fact):
            found.add((item.subject, item.key, item.value, item.source.text))
        elif isinstance(item, Sign):
            found.add(
                (item.code, item.name, item.peer, item.port, item.detail, item.first, item.last, item.source.text)
            )
    return found


@pytest.fixture
def spoiled(plan):
    plan.zone("expc.example.com", "UC traversal").cause = "TLS negotiation failure"
    plan.cluster("expc.example.com").tls_verification = "permissive"
    return plan


def test_it_says_what_the_status_xml_says(read_files, spoiled):
    content = status_text("expc1.example.com", spoiled, named=False)
    text, xml = read_files({NAME: content}), read_files({XML: status_xml("expc1.example.com", spoiled, named=False)})
    assert (text.file(NAME).kind, text.file(NAME).outcome) == (Kind.XSTATUS_TEXT, Outcome.READ)
    # A text has no root element; all else is the same.
    assert said(text) == said(xml)
    assert any(item[0] is SignCode.ZONE_FAILED for item in said(text))
    assert any(item[0] is SignCode.ALARM and item[4] == PERMISSIVE_ALARM for item in said(text))


def test_nothing_of_it_is_proven_and_every_line_is_right(read_files, spoiled):
    content = status_text("expc1.example.com", spoiled)
    lines = content.decode().splitlines()
    facts = read_files({NAME: content}).facts()
    assert len(facts) > 3
    for fact in facts:
        assert not fact.proven
        assert fact.source.text.split()[-1] in lines[fact.source.line - 1]


@pytest.mark.parametrize(
    "text",
    [
        '*s SystemUnit: /\n  Software:\n    Version: "X15.0.2"\n*s/end\nOK\n',
        '*s SystemUnit: /\r\n\tSoftware: /\r\n\t\tVersion: X15.0.2\r\n\t\tBuild: "b"\r\n*s/end\r\n\r\nOK\r\n',
        '*s SystemUnit:\n Product: "x"\n Software:\n  Configuration:\n   Expressway: True\n  Version: "X15.0.2"\n*s/end\n',
        '*s SystemUnit Software Version: "X15.0.2"\n*s SystemUnit Software Build: "b"\n*s/end\n',
        'expc1:~ # xstatus\n*s SystemUnit (status=ok): /\n  Software (x=y):\n    Version (x=y): "X15.0.2"\n*s/end\n',
    ],
    ids=["indented", "tabs and CRLF", "back from deeper levels", "whole paths", "attributes"],
)
def test_every_way_of_printing_levels_is_understood(read_files, text):
    outcome = read_files({NAME: text.encode()})
    assert outcome.values(FactKey.VERSION) == ["X15.0.2"]
    assert outcome.file(NAME).outcome is Outcome.READ


def test_numbers_follow_their_word(read_files):
    text = (
        '*s Zones: /\n  Zone 2:\n    Name: "UC"\n    Status: Failed\n    Cause: "System unreachable"\n'
        "    TraversalClient:\n      Peer 1:\n        SIP:\n          Status: Active\n          Address: 192.0.2.21\n"
        '      Peer 2:\n        SIP:\n          Status: Failed\n          Address: "192.0.2.22"\n          Port: 7001\n'
        '  Zone 3:\n    Name: "Other"\n    Status: Active\n*s/end\n'
    )
    outcome = read_files({NAME: text.encode()})
    (sign,) = (item for item in outcome.reading.observations if isinstance(item, Sign))
    assert (sign.name, sign.peer, sign.port, sign.detail) == ("UC", "192.0.2.22", 7001, "System unreachable")
    assert outcome.values(FactKey.ACTIVE_ZONE) == ["Other"]


def test_text_that_lost_its_indentation_says_nothing_wrong(read_files, spoiled):
    flat = "\n".join(line.strip() for line in status_text("expc1.example.com", spoiled).decode().splitlines())
    outcome = read_files({NAME: flat.encode()})
    assert outcome.file(NAME).kind is Kind.XSTATUS_TEXT
    assert outcome.reading.observations == ()


def test_lines_outside_of_any_section_are_not_looked_at(read_files):
    text = 'Version: "X1"\n*s SystemUnit: /\n*s/end\nSoftware:\n  Version: "X2"\n'
    assert read_files({NAME: text.encode()}).reading.observations == ()


def test_a_section_without_end_keeps_what_it_has_and_is_told(read_files):
    text = '*s SystemUnit: /\n  Software:\n    Version: "X15.0.2"\n*s/end\n*s Zones: /\n  Zone 1:\n    Na'
    outcome = read_files({NAME: text.encode()})
    assert (outcome.file(NAME).outcome, outcome.values(FactKey.VERSION)) == (Outcome.PARTLY, ["X15.0.2"])
    (problem,) = outcome.file(NAME).problems
    assert (problem.code, problem.line) == (ProblemCode.MALFORMED, 5)


@pytest.mark.parametrize(
    "form", ["*s SystemUnit: /\n  Software:\n    Version: {}\n*s/end\n", "*s SystemUnit Software Version: {}\n"]
)
def test_two_statuses_in_one_file_are_not_merged(read_files, form):
    first = form.format("X15.0.1")
    outcome = read_files({NAME: (first + form.format("X14.0.2")).encode()})
    assert (outcome.file(NAME).outcome, outcome.values(FactKey.VERSION)) == (Outcome.PARTLY, ["X15.0.1"])
    (problem,) = outcome.file(NAME).problems
    assert (problem.code, problem.line) == (ProblemCode.MALFORMED, first.count("\n") + 1)
    assert "second status" in words_of(problem.params)


def test_an_end_without_any_section_is_no_status(read_files):
    outcome = read_files({NAME: b"*s/end\n"})
    assert (outcome.file(NAME).outcome, outcome.codes(NAME)) == (Outcome.NOT_READ, [ProblemCode.MALFORMED])


def test_a_status_that_says_nowhere_whose_it_is_is_not_read(read_files):
    outcome = read_files({"status.txt": b'*s SystemUnit: /\n  Software:\n    Version: "X15.0.2"\n*s/end\n'})
    assert (outcome.file("status.txt").outcome, outcome.codes("status.txt")) == (
        Outcome.NOT_READ,
        [ProblemCode.WHICH_NODE],
    )


def test_levels_without_end_are_read_in_bounded_time(read_files):
    text = "*s Zones: /\n" + "".join(f"{' ' * (level % 120)}a:\n" for level in range(50_000))
    outcome = read_files({NAME: text.encode()})
    assert outcome.codes(NAME) == [ProblemCode.MALFORMED]
