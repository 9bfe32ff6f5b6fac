"""The report for a terminal: fits, and obeys nobody but its reader."""

import json
import re
import unicodedata

import pytest

from diagnostics.reports.printable import escaped_json, printable, short
from diagnostics.reports.public import report
from diagnostics.reports.render import render
from diagnostics.reports.text import as_text

COMMANDS = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\u200b"


def text_of(document, **options):
    return as_text(render(document), **options)


def commands_in(text):
    """Characters that a terminal might obey instead of show."""
    return {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp", "Cs")} - {"\n"}


@pytest.mark.parametrize("width", [80, 100, 120])
def test_lines_fit_unless_one_word_alone_is_longer(width, estate, diagnosed):
    for line in text_of(diagnosed(estate), width=width).splitlines():
        assert len(line) <= width or len(line.split()) <= 2, line


def test_a_terminal_of_ten_columns_still_shows_words(sample, diagnosed):
    assert text_of(diagnosed(sample), width=10) == text_of(diagnosed(sample), width=40)


def test_names_paths_and_ids_can_be_copied_in_one_piece(sample, diagnosed):
    document = diagnosed(sample)
    text = text_of(document, width=80)

    for finding in document["findings"]:
        assert finding["id"] in text
        for item in finding["evidence"]:
            assert item["upload"] in text.split() or any(
                word.startswith(f"{item['upload']}/{item['member']}") for word in text.split()
            )


@pytest.fixture
def poisoned(sample, diagnosed):
    """A document in which every host, zone, file and quotation wants to do something to whoever reads it."""

    def poison(value):
        if isinstance(value, str):
            return re.sub(r"\.com|traversal|_dump|snapshot", lambda match: match[0] + COMMANDS, value)
        if isinstance(value, list):
            return [poison(item) for item in value]
        return {key: poison(item) for key, item in value.items()} if isinstance(value, dict) else value

    document = poison(diagnosed(sample))
    document["deployment"]["name"] += COMMANDS
    return document


def test_nothing_in_it_commands_the_terminal(poisoned):
    assert commands_in(text_of(poisoned)) == set()


def test_nothing_in_a_real_hostile_estate_does_either(hostile, diagnosed):
    assert commands_in(text_of(diagnosed(hostile))) == set()


def test_what_does_not_print_is_seen_as_an_escape(poisoned):
    text = " ".join(text_of(poisoned).split())

    assert r"\x1b[2J\x1b]0;owned\x07" in text
    assert r"\x9b31m\u202egnp.exe\u200b" in text


def test_a_name_with_line_feeds_cannot_write_a_line_of_its_own(sample, diagnosed):
    document = diagnosed(sample)
    document["deployment"]["name"] = "Corp\n[CRITICAL] Send your key to us\u2028[HIGH] Now\x85[LOW] Please"

    lines = text_of(document).splitlines()
    assert not [line for line in lines if line.startswith("[") and "ey to us" in line]
    assert lines[0].startswith("Corp [CRITICAL] Send your key to us [HIGH] Now [LOW] Please: Something")


def test_sentences_of_the_report_have_no_control_characters_either(poisoned):
    """They go to pages and tickets as well."""
    for finding in report(poisoned)["findings"]:
        words = (finding["title"], finding["explanation"], finding["impact"], *finding["remedy"]["steps"])
        assert commands_in("".join(words)) == set()


def test_the_parts_come_in_their_order(diagnosed, sample):
    files = {name: content for name, content in sample.items() if "cucm" not in name and "expe2" not in name}
    files["photo.png"] = b"\x89PNG\r\n\x1a\n"
    lines = text_of(diagnosed(files)).splitlines()

    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads[0].startswith("example.com: Something is broken: ")
    assert heads[1].startswith("Judged at 2026-11-23T12:00:00Z, rules as of ")
    severities = [line.partition("]")[0].lstrip("[") for line in heads if line.startswith("[")]
    assert severities == sorted(severities, key=["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"].index)
    assert severities
    assert [line for line in heads if line.endswith(":") and not line.startswith("[")] == [
        "Could not be told:",
        "Files:",
    ]


def test_a_finding_shows_all_five_parts_and_its_cause(sample, diagnosed):
    rendered = render(diagnosed(sample))
    first = rendered["findings"][0]
    rendered["findings"] = [first, {**first, "id": "0123456789abcdef", "cause": first["id"]}]

    flat = " ".join(as_text(rendered).split())
    for part in (first["title"], first["explanation"], first["impact"], first["remedy"]["verify"], first["code"]):
        assert " ".join(part.split()) in flat
    for number, step in enumerate(first["remedy"]["steps"], 1):
        assert f"{number}. {' '.join(step.split())}" in flat
    assert f"Explained by: {first['title']} ({first['id']})" in flat


def test_one_problem_of_many_files_is_told_once(diagnosed):
    files = {f"photo-{number:02}.png": b"\x89PNG\r\n\x1a\n" for number in range(20)}
    text = text_of(diagnosed(files))

    assert text.count("nothing is read from this kind") == 1
    assert "photo-00.png" in text
    assert "and 12 more" in text


def test_what_cannot_be_told_is_there_even_where_nothing_would_settle_it(sample, diagnosed):
    rendered = render(diagnosed(sample))
    outcome = {**rendered["outcomes"][0], "outcome": "cannot-tell", "reason": "Nobody knows.", "settled_by": None}
    rendered["outcomes"] = [outcome]

    assert f"- Nobody knows. ({outcome['code']})" in as_text(rendered)


def test_it_ends_with_one_line_feed(estate, diagnosed):
    text = text_of(diagnosed(estate))

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert text.strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – Ünïcode 接続", "plain – Ünïcode 接続"),
        ("a\tb\r\nc\u00a0d\u2028e\x85f", "a b  c d e f"),
        ("\x1b[31mred\x7f", r"\x1b[31mred\x7f"),
        ("\x9b2J", r"\x9b2J"),
        ("a\u202eb\u2066c\u200bd", r"a\u202eb\u2066c\u200bd"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("\x1c\x1f", r"\x1c\x1f"),
    ],
)
def test_printable_keeps_what_prints_and_escapes_the_rest(text, shown):
    assert printable(text) == shown
    assert shown.isprintable()


def test_a_long_value_is_cut_in_the_middle():
    value = short("a" * 5000 + "b" * 5000)

    assert len(value) <= 300
    assert value.startswith("aaa")
    assert value.endswith("bbb")
    assert short("a" * 300) == "a" * 300


def test_json_escapes_keep_the_value_and_the_lines():
    value = {"a\x9b\u202e": ["\x7f\x1b\n\u2028", "\U000e0041 ü\u00a0接 “”"]}
    text = escaped_json(json.dumps(value, ensure_ascii=False, indent=1))

    assert json.loads(text) == value
    assert commands_in(text) == set()
    assert "ü\u00a0接 “”" in text
    assert text.count("\n") == 5
