"""Words are rendered at the edge: from another catalogue too, and nothing that is stored is a sentence."""

import json
import re
import struct
from pathlib import Path

import pytest

from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.reports import render as rendering
from diagnostics.reports import sentences
from diagnostics.reports.public import report
from diagnostics.reports.render import Words, render
from diagnostics.reports.text import as_text
from diagnostics.rules.base import Reason, Severity
from diagnostics.rules.registry import rules

TITLE = "The SSH tunnels of {node} to {peers} fail; missing: {missing}"
HEADER = (
    "Project-Id-Version: made-up\nContent-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"
)


def catalogue(messages: dict[str, str]) -> bytes:
    """A compiled catalogue (.mo): magic, revision 0, count, where the two tables stand, then the strings in order.

    A key with a plural is both forms with a NUL between them, and so is its translation.
    """
    pairs = sorted((key.encode(), text.encode()) for key, text in {"": HEADER, **messages}.items())
    position = 28 + 16 * len(pairs)
    tables: list[bytes] = []
    strings = b""
    for part in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[part]), position + len(strings)))
            strings += pair[part] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + b"".join(tables) + strings


@pytest.fixture
def translated(tmp_path, monkeypatch):
    """Puts a catalogue where the engine looks for it."""

    def put(language: str, messages: dict[str, str]) -> None:
        folder = tmp_path / "locale" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "diagnostics.mo").write_bytes(catalogue(messages))
        monkeypatch.setattr(rendering, "_LOCALES", tmp_path / "locale")

    return put


def test_a_title_is_rendered_from_the_readers_catalogue(translated, sample, diagnosed):
    translated("eo", {TITLE: "{missing} mankas sur {node} por {peers}"})
    document = diagnosed(sample)

    [finding] = [item for item in render(document, "eo")["findings"] if item["code"].startswith("ssh-tunnel")]
    assert finding["title"] == "Example Public Trust TLS CA G2 mankas sur expc2.example.com por expe1.example.com"
    [english] = [item for item in render(document)["findings"] if item["code"].startswith("ssh-tunnel")]
    assert english["title"].startswith("The SSH tunnels of expc2.example.com")


def test_plurals_follow_the_catalogue(translated, sample, diagnosed):
    translated(
        "eo",
        {
            "{count} critical finding\0{count} critical findings": "{count} grava trovo\0{count} gravaj trovoj",
            "{count} high finding\0{count} high findings": "{count} alta trovo\0{count} altaj trovoj",
            sentences.BROKEN: "Io rompiĝis: {counted}.",
            "{first} and {last}": "{first} kaj {last}",
        },
    )

    found = render(diagnosed(sample), "eo")
    assert found["summary"]["sentence"] == "Io rompiĝis: 3 gravaj trovoj kaj 1 alta trovo."


def test_text_report_and_files_speak_the_language_too(translated, diagnosed):
    translated(
        "eo", {"Files:": "Dosieroj:", "The file is empty.": "La dosiero estas malplena.", "empty file": "malplena"}
    )
    found = render(diagnosed({"empty.pem": b""}), "eo")

    assert found["files"][0]["kind_name"] == "malplena"
    text = as_text(found, "eo")
    assert "Dosieroj:" in text
    assert "La dosiero estas malplena." in text


def test_parameters_that_are_codes_are_named_in_the_language(translated, sample, diagnosed):
    translated("eo", {"trusted CA list": "listo de fidindaj", "server": "servila"})
    words = Words("eo")

    assert words.sentence("{store}/{slot}/{slots}", {"store": "trusted-ca", "slot": "server", "slots": ["server"]}) == (
        "listo de fidindaj/servila/servila"
    )


@pytest.mark.parametrize("language", ["pt-br", "pt_BR", "pt-BR"])
def test_a_regional_language_is_found_however_it_is_written(language, translated):
    translated("pt_BR", {"none": "nenhum"})

    assert Words(language).gettext("none") == "nenhum"


def test_a_region_falls_back_on_its_language(translated):
    translated("pt", {"none": "nenhum"})

    assert Words("pt-br").gettext("none") == "nenhum"


@pytest.mark.parametrize("language", ["en", "ja", "xx", "../../etc", ""])
def test_without_a_catalogue_it_is_english(language, sample, diagnosed):
    document = diagnosed(sample)

    assert render(document, language) == render(document)


def test_a_catalogues_header_never_shows(translated, estate, diagnosed):
    """gettext answers the empty text with it."""
    translated("eo", {"none": "neniu"})

    document = diagnosed(estate)
    assert "Project-Id-Version" not in json.dumps(render(document, "eo")) + as_text(render(document, "eo"), "eo")


def test_menu_paths_stay_english(translated, sample, diagnosed):
    translated("eo", {"Maintenance > Restart options": "Prizorgado > Rekomenco"})

    assert "Maintenance > Restart options" in json.dumps(render(diagnosed(sample), "eo"))


# Nothing that is stored is a sentence


def _texts():
    """Everything that is marked for translation, as far as it is more than a word or two."""
    for rule in rules().values():
        yield from (rule.name, rule.applies, rule.note)
        for wording in rule.wordings.values():
            yield from (wording.title, wording.explanation, wording.impact, *wording.steps, wording.verify)
    for value in vars(sentences).values():
        yield from _texts_in(value)


def _texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts_in(item)


def _fragments():
    """The longest fixed part of each sentence, where it is long enough to be told from a value."""
    for text in set(_texts()):
        longest = max(re.split(r"\{\w+\}", text), key=len).strip()
        if len(longest) >= 12 and " " in longest:
            yield longest


def test_there_are_sentences_to_look_for():
    assert len(set(_fragments())) > 200


def test_nothing_in_a_document_is_a_sentence(estate, diagnosed):
    document = diagnosed(estate)
    # What nodes reported is in the product's own words.
    quoted = {"detail": "", "alarm": ""}
    own = {
        **document,
        "findings": [
            {**item, "symptoms": [], "evidence": [], "params": {**item["params"], **quoted}}
            if item["code"].startswith("symptom-")
            else {**item, "symptoms": []}
            for item in document["findings"]
        ],
    }
    stored = json.dumps(own, ensure_ascii=False)

    assert [fragment for fragment in set(_fragments()) if fragment in stored] == []
    rendered = json.dumps(render(document), ensure_ascii=False)
    assert [fragment for fragment in set(_fragments()) if fragment in rendered] != []


def test_rendering_leaves_the_document_as_it_is(estate, diagnosed):
    document = diagnosed(estate)
    before = json.dumps(document)

    render(document)
    report(document)
    assert json.dumps(document) == before


# How values read


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([], "nothing"),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        ([str(number) for number in range(12)], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 11"),
        ([str(number) for number in range(1000)], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 988 more"),
    ],
)
def test_a_list_reads_as_a_person_would_say_it(values, shown):
    assert Words().listed(values) == shown
    assert Words().sentence("{x}", {"x": values}) == shown


def test_what_is_absent_says_so():
    words = Words()

    assert words.sentence("Nearest: {nearest}.", {"nearest": ""}) == "Nearest: none."
    assert words.sentence("{node}", {"node": None}) == "not known"
    assert words.sentence("{node} and {other}", {"node": "a"}) == "a and {other}"


@pytest.mark.parametrize(("days", "shown"), [(0, "less than a day"), (1, "1 day"), (12, "12 days")])
def test_days_are_counted_with_their_noun(days, shown):
    assert Words().sentence("in {days_counted}", {"days": days}) == f"in {shown}"


def test_a_value_cannot_smuggle_a_parameter_in():
    assert Words().sentence("{node}", {"node": "{peer} {0.__class__}", "peer": "secret"}) == "{peer} {0.__class__}"


def test_a_value_of_a_megabyte_does_not_make_a_sentence_of_a_megabyte():
    assert len(Words().sentence("{subject} {names}", {"subject": "x" * 10**6, "names": ["y" * 10**6] * 50})) < 5000


def test_every_code_has_its_words():
    """A new kind, problem or reason without a sentence would show as a bare code."""
    assert set(sentences.KINDS) == set(Kind)
    assert set(sentences.OUTCOMES) == set(Outcome)
    assert set(sentences.PROBLEMS) == set(ProblemCode)
    assert set(sentences.REASONS) == set(Reason)
    assert set(sentences.SEVERITIES) == {severity.value for severity in Severity}


def test_codes_of_another_release_are_shown_and_break_nothing(sample, diagnosed):
    document = diagnosed(sample)
    document["findings"][0].update(code="from-the-future", variant="new")
    document["outcomes"][0].update(code="from-the-future", reason="since-then", outcome="cannot-tell")
    document["files"][0].update(kind="hologram", outcome="dreamt")
    document["files"][0]["problems"] = [{"code": "out-of-focus", "line": 3, "params": {}}]

    found = report(document)
    assert found["findings"][0]["title"] == "from-the-future at expc2.example.com"
    assert found["outcomes"][0]["reason"] == "since-then"
    assert found["files"][0]["problems"] == ["Line 3: out-of-focus"]
    assert "from-the-future" in as_text(render(document))


def test_the_folder_of_catalogues_is_inside_the_package():
    assert Path(rendering.__file__).parent.parent / "locale" == rendering._LOCALES
