"""What is wrong with the form of a file is stored as a code, and said in the words of whoever reads the report."""

import re
from datetime import UTC, datetime

import pytest

from diagnostics.readers import SourceFile, read
from diagnostics.readers.flaws import Flaw, malformed
from diagnostics.reports.diagnosis import diagnose_reading
from diagnostics.reports.flaw_wordings import FLAWS
from diagnostics.reports.render import render

AT = datetime(2026, 11, 1, tzinfo=UTC)
STATUS = b'<?xml version="1.0"?>\n<Status version="X14.3.2" product="TANDBERG Video Communication Server">\n'
SAID = {
    "cut.xml": (
        STATUS + b"<SystemUnit>\n",
        "Line 4: The file cannot be parsed: no element found: line 4, column 0.",
    ),
    "twice.xml": (
        STATUS + b"<Zones/></Status>\n<Status/>",
        "Line 4: The file cannot be parsed: a second document begins here, which was not read.",
    ),
    "zones.json": (
        b"{'SystemHostName': 'expc1'}",
        "Line 1: The file cannot be parsed: Expecting property name enclosed in double quotes, column 2: it is written",
    ),
    "inventory.yaml": (
        b"format: expcert-inventory/1\ndeployment: One\ndeployment: Two\n",
        "Line 3: The file cannot be parsed: “deployment” stands twice in one mapping.",
    ),
    "nodes.csv": (
        b"fqdn,role\n,expressway-c\nexpc1.example.com,expressway-c\n",
        "Line 2: The file cannot be parsed: the cell “fqdn” is empty.",
    ),
    "xconf.txt": (
        b"*c xConfiguration and nothing more\n",
        "The file cannot be parsed: no line has the form *c xConfiguration KEY: VALUE.",
    ),
}


@pytest.fixture
def document(tmp_path):
    """The document of one file with this content; its name says which node it is of, where that is asked."""

    def made(content: bytes):
        path = tmp_path / "content"
        path.write_bytes(content)
        return diagnose_reading(read([SourceFile(name="expc1/content", path=path)]), at=AT)

    return made


@pytest.mark.parametrize("name", SAID)
def test_it_is_said_with_its_line_and_stored_without_words(document, name):
    content, sentence = SAID[name]
    stored = document(content)
    (problem,) = (item for item in stored["files"][0]["problems"] if item["code"] == "malformed")
    (said,) = (item["sentence"] for item in render(stored)["files"][0]["problems"] if item["code"] == "malformed")

    assert "detail" not in problem["params"]
    assert problem["params"]["flaw"] in set(Flaw)
    assert said.startswith(sentence)


def test_every_flaw_has_words():
    assert set(FLAWS) == set(Flaw)


def test_a_sheet_of_a_workbook_is_named(document):
    stored = document(b"")
    problem = malformed(Flaw.EMPTY_CELL, line=7, column="fqdn", sheet="Nodes")
    stored["files"][0]["problems"] = [{"code": problem.code.value, "line": 7, "params": dict(problem.params)}]

    assert "Nodes: the cell “fqdn” is empty." in render(stored)["files"][0]["problems"][0]["sentence"]


def test_what_an_earlier_release_stored_in_words_and_what_a_later_one_stores_are_shown(document):
    stored = document(b"")
    stored["files"][0]["problems"] = [
        {"code": "malformed", "line": None, "params": {"detail": "the file is empty"}},
        {"code": "malformed", "line": None, "params": {"flaw": "of-a-later-release"}},
    ]
    first, second = (item["text"] for item in render(stored)["files"][0]["problems"])

    assert first == "The file cannot be parsed: the file is empty."
    assert second == "The file cannot be parsed: of-a-later-release."


def test_the_words_name_only_what_the_readers_give():
    named = {name for words in FLAWS.values() for name in re.findall(r"{(\w+)}", words)}

    assert named == {"said", "element", "column", "what", "store", "limit", "key", "number", "error", "value"}
