"""The catalogue docs/rules.md: current, whole and readable."""

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from diagnostics.expressway.connections import CONNECTIONS
from diagnostics.expressway.sources import SOURCES
from diagnostics.expressway.versions import BOUNDARIES
from diagnostics.rules.__main__ import catalogue, main
from diagnostics.rules.base import Confidence, Severity
from diagnostics.rules.registry import rules

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docs" / "rules.md"
TEXT = FILE.read_text(encoding="utf-8")
HEADINGS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
SECTIONS = dict(zip(HEADINGS, re.split(r"^## .+$", TEXT, flags=re.MULTILINE)[1:], strict=True))
ROWS = re.findall(r"^\| \[([a-z0-9-]+)\]\(#([a-z0-9-]+)\) \| (\w+) \| (\w+) \| (.+) \|$", TEXT, re.MULTILINE)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "diagnostics.rules", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        timeout=100,
    )


def test_the_catalogue_in_the_documentation_is_current():
    checked = run("--check", str(FILE))

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_every_rule_has_a_row_that_leads_to_its_heading_in_the_same_order():
    assert {code: (severity, sure, name) for code, _, severity, sure, name in ROWS} == {
        item.code: (item.severity.value, item.confidence.value, item.name) for item in rules().values()
    }
    assert [anchor for _, anchor, *_ in ROWS] == [code for code, *_ in ROWS] == HEADINGS[: len(ROWS)]


def test_every_heading_is_there_once():
    every = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)

    assert len(set(every)) == len(every)


@pytest.mark.parametrize("code", rules())
def test_a_section_has_every_finding_of_its_rule_with_all_that_it_says(code):
    rule, section = rules()[code], SECTIONS[code]

    assert re.findall(r"^### (.+)$", section, re.MULTILINE) == [f"{code}: {variant}" for variant in rule.wordings]
    assert f"- Sources: {', '.join(rule.sources)}." in section
    for wording in rule.wordings.values():
        for sentence in (wording.title, wording.explanation, wording.impact, wording.verify, *wording.steps):
            for plain in re.split(r"\{menu_\w+\}", sentence):
                assert plain in section


def test_what_every_finding_of_a_rule_says_is_written_once():
    section = SECTIONS["private-key-uploaded"]

    assert section.count("Who notices:") == section.count("To check:") == 1
    assert section.index("Who notices:") < section.index("### ")


def test_every_source_is_listed_with_its_address():
    assert dict(re.findall(r"^- ([\w-]+): <(https://[^>]+)>$", TEXT, re.MULTILINE)) == dict(SOURCES)


def test_every_release_that_changes_something_and_every_connection_is_listed():
    for boundary in BOUNDARIES.values():
        assert f"| {boundary.since} | {boundary.statement} |" in TEXT
    for kind in CONNECTIONS.values():
        assert f"| {kind.title} | {kind.client} | {kind.server} |" in TEXT


def test_severities_and_confidences_are_explained():
    for word in (*Severity, *Confidence):
        assert re.search(rf"^- (?:Severity|Confidence) {word.value}: .+\.$", TEXT, re.MULTILINE)


def test_menus_are_written_out():
    assert "{menu_" not in TEXT
    assert "Maintenance > Security > Trusted CA certificate" in TEXT


def test_every_table_has_as_many_cells_in_each_row_as_in_its_head():
    width = 0
    for line in TEXT.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.replace(r"\|", "").count("|")
        width = width or cells
        assert cells == width, line


def test_lists_and_tables_stand_apart_from_the_text_above_them():
    lines = TEXT.splitlines()
    for above, line in pairwise(lines):
        if re.match(r"(\||- |1\. |#)", line):
            assert above == "" or above[:1] in ("|", "-"), line
    assert TEXT.endswith(">\n")
    assert "\n\n\n" not in TEXT
    assert not re.search(r"[ \t]$", TEXT, re.MULTILINE)


def test_the_check_says_whether_a_file_is_current(tmp_path, capsys):
    current, stale = tmp_path / "current.md", tmp_path / "stale.md"
    current.write_text(catalogue(), encoding="utf-8")
    stale.write_text(catalogue() + "\n", encoding="utf-8")

    assert main(["--check", str(current)]) == 0
    assert capsys.readouterr() == ("", "")
    for file in (stale, tmp_path / "absent.md"):
        assert main(["--check", str(file)]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err == f"{file} is not current: run `make rules`\n"


@pytest.mark.parametrize("arguments", [["--check"], ["--chekc", "docs/rules.md"], ["docs/rules.md"]], ids=" ".join)
def test_arguments_that_mean_nothing_are_refused(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)

    assert left.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: python -m diagnostics.rules")


def test_the_command_writes_utf8_whatever_the_locale():
    written = run(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii")

    assert written.returncode == 0, written.stderr.decode()
    assert written.stdout == FILE.read_bytes()
