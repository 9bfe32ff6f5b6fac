"""Inventories with mistakes: each is told with its line, and the rest of the file stands."""

import pytest

from diagnostics.estate.observations import FactKey
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.readers.yaml_lines import MOST_VALUES
from tests.diagnostics.readers.flawed import words_of

HEAD = "format: expcert-inventory/1\n"


@pytest.fixture
def problem_of(read_files):
    """The one problem of an inventory: code, line, parameters."""

    def read(text: str):
        (problem,) = read_files({"i.yaml": text.encode()}).file("i.yaml").problems
        return problem.code, problem.line, dict(problem.params)

    return read


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (HEAD + "colour: red\n", 2, "colour"),
        (HEAD + "mra:\n  enabled: true\n  domain: x\n", 4, "domain"),
        (HEAD + "clusters:\n- name: c\n  colours:\n    - red\n", 4, "colours"),
        (HEAD + "clusters:\n- name: c\n  settings: {revocation: {modus: on}}\n", 4, "modus"),
        (HEAD + "clusters:\n- name: c\n  nodes:\n  - fqdn: n\n    trust: {tomcat: x.pem}\n", 6, "tomcat"),
        (HEAD + "clusters:\n- name: c\n  nodes:\n  - fqdn: n\n    certificates:\n      web: x.pem\n", 7, "web"),
        (HEAD + "clusters:\n- name: c\n  zones:\n  - name: z\n    peer: x\n", 6, "peer"),
        (HEAD + "<<: {deployment: x}\n", 2, "<<"),
        (HEAD + "7:\n", 2, "7"),
    ],
)
def test_an_unknown_key_is_named_with_its_line(problem_of, text, line, key):
    assert problem_of(text) == (ProblemCode.UNKNOWN_KEY, line, {"key": key})


@pytest.mark.parametrize(
    ("text", "line", "key", "wanted"),
    [
        (HEAD + "mra: [x]\n", 2, "mra", "mapping"),
        (HEAD + "mra:\n  enabled: maybe\n", 3, "enabled", "true-or-false"),
        (HEAD + "mra:\n  enabled: 1\n", 3, "enabled", "true-or-false"),
        (HEAD + "mra:\n  domains: example.com\n", 3, "domains", "list"),
        (HEAD + "mra:\n  domains:\n  - [x]\n", 4, "domains", "text"),
        (HEAD + "deployment: true\n", 2, "deployment", "text"),
        (HEAD + "clusters: x\n", 2, "clusters", "list"),
        (HEAD + "clusters:\n- x\n", 3, "clusters", "mapping"),
        (HEAD + "clusters:\n- role: expressway-c\n", 3, "name", "text"),
        (HEAD + "clusters:\n- name: ' '\n", 3, "name", "text"),
        (HEAD + "clusters:\n- name: c\n  nodes:\n    x: y\n", 4, "nodes", "list"),
        (HEAD + "clusters:\n- name: c\n  nodes:\n  - fqdn: [n]\n", 5, "fqdn", "text"),
        (HEAD + "clusters:\n- name: c\n  nodes:\n  - fqdn: n\n    crls: x.pem\n", 6, "crls", "list"),
        (HEAD + "clusters:\n- name: c\n  nodes:\n  - fqdn: n\n    crls: [{}]\n", 6, "crls", "text"),
        (HEAD + "clusters:\n- name: c\n  nodes:\n  - fqdn: n\n    trust: x.pem\n", 6, "trust", "mapping"),
        (HEAD + "clusters:\n- name: c\n  nodes:\n  - fqdn: n\n    certificates: {server: 7}\n", 6, "server", "text"),
        (HEAD + "clusters:\n- name: c\n  zones:\n  - name: z\n    port: high\n", 6, "port", "port"),
        (HEAD + "clusters:\n- name: c\n  zones:\n  - name: z\n    port: 70000\n", 6, "port", "port"),
        (HEAD + "clusters:\n- name: c\n  zones:\n  - name: z\n    port: true\n", 6, "port", "port"),
        (HEAD + f"clusters:\n- name: c\n  zones:\n  - name: z\n    port: {'9' * 5000}\n", 6, "port", "port"),
        (HEAD + "clusters:\n- name: c\n  zones:\n  - name: z\n    tls_verify: ''\n", 6, "tls_verify", "true-or-false"),
    ],
)
def test_a_wrong_type_is_named_with_its_line_and_the_right_one(problem_of, text, line, key, wanted):
    assert problem_of(text) == (ProblemCode.WRONG_TYPE, line, {"key": key, "wanted": wanted})


@pytest.mark.parametrize(
    ("text", "line", "key", "value"),
    [
        ("# expcert-inventory/1\nformat: expcert-inventory/2\n", 2, "format", "expcert-inventory/2"),
        (HEAD + "clusters:\n- name: c\n  role: expressway\n", 4, "role", "expressway"),
        (HEAD + "clusters:\n- name: c\n  role: [a]\n", 4, "role", "…"),
        (HEAD + "clusters:\n- name: c\n  tls_verification: on\n", 4, "tls_verification", "True"),
        (HEAD + "clusters:\n- name: c\n  settings:\n    revocation: {fallback: x}\n", 5, "fallback", "x"),
        (HEAD + "clusters:\n- name: c\n  zones:\n  - name: z\n    type: tunnel\n", 6, "type", "tunnel"),
    ],
)
def test_a_value_outside_of_its_set_is_told_with_the_set(problem_of, text, line, key, value):
    code, at, params = problem_of(text)
    assert (code, at, params["key"], params["value"]) == (ProblemCode.WRONG_VALUE, line, key, value)
    assert params["known"]


def test_the_rest_of_the_file_stands(read_files):
    text = HEAD + (
        "deployment: [wrong]\nmra: {domains: [good.example.com, [wrong]]}\nclusters:\n- 7\n- name: c\n  role: wrong\n"
        "  version: X15.5\n  zones:\n  - name: z\n    type: wrong\n    port: 0\n    peers: [p.example.com]\n"
    )
    outcome = read_files({"i.yaml": text.encode()})
    assert outcome.file("i.yaml").outcome is Outcome.PARTLY
    assert len(outcome.file("i.yaml").problems) == 6
    assert outcome.values(FactKey.MRA_DOMAIN) == ["good.example.com"]
    assert outcome.values(FactKey.VERSION) == ["X15.5"]
    assert outcome.values(FactKey.ZONE_PEER) == ["p.example.com"]


@pytest.mark.parametrize(
    "text", ["# expcert-inventory/1\n- a list\n", "expcert-inventory/1", '["expcert-inventory/1"]']
)
def test_a_file_that_is_no_mapping_is_not_read(read_files, text):
    outcome = read_files({"i.yaml": text.encode()})
    assert outcome.codes("i.yaml") == [ProblemCode.WRONG_TYPE]
    assert outcome.file("i.yaml").outcome is Outcome.NOT_READ


@pytest.mark.parametrize("text", ["# expcert-inventory/1\nclusters: []\n", "# expcert-inventory/1\nformat: ~\n"])
def test_the_form_must_be_stated(problem_of, text):
    assert problem_of(text)[0] is ProblemCode.WRONG_VALUE


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + "a: &x [1]\nb: *x\n", 3, "aliases (*name) are not taken"),
        (HEAD + "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 3, "aliases (*name) are not taken"),
        (HEAD + "mra:\n  enabled: true\n  enabled: false\n", 4, "“enabled” stands twice in one mapping"),
        (HEAD + "? [a, b]\n: c\n", 2, "a key must be a word"),
        (HEAD + "a: " + "[" * 41 + "]" * 41 + "\n", 2, "nested too deeply"),
        (HEAD + "a: " + "[" * 300_000 + "\n", 2, "nested too deeply"),
        (HEAD + "a: " + "{x: " * 300_000 + "\n", 2, "nested too deeply"),
        (HEAD + "- " * 300_000 + "\n", 2, None),
        (HEAD + "a: [" + "x," * MOST_VALUES + "]\n", 2, f"more than {MOST_VALUES} values"),
        (HEAD + "clusters:\n- name: 'c\n", None, None),
        (HEAD + "clusters:\n\t- name: c\n", 3, None),
        (HEAD + "---\nsecond: document\n", None, None),
        ('{"format": "expcert-inventory/1",\n "clusters": [}\n', 2, None),
        ('{"format": "expcert-inventory/1",\n\t"clusters": [\n\t}\n', 3, None),
        ('{"format": "expcert-inventory/1",\n\t"a": ' + "[" * 300_000, 2, None),
    ],
    ids=lambda value: value[28:60] if isinstance(value, str) else None,
)
def test_what_cannot_be_taken_is_malformed_with_its_line(problem_of, text, line, words):
    code, at, params = problem_of(text)
    assert code is ProblemCode.MALFORMED
    assert words_of(params)
    if line is not None:
        assert at == line
    if words is not None:
        assert words_of(params) == words


def test_a_name_longer_than_any_is_told(problem_of):
    code, line, params = problem_of(HEAD + f"deployment: {'x' * 2000}\n")
    assert (code, line) == (ProblemCode.MALFORMED, 2)
    assert "deployment" in words_of(params)


def test_text_that_no_database_takes_is_made_harmless(read_files):
    text = HEAD + 'deployment: "a\\0b\\ud800c\\u202ed"\n"\\0key": x\nmra: {domains: ["\\e[31m"]}\n'
    outcome = read_files({"i.yaml": text.encode()})
    assert outcome.file("i.yaml").kind is Kind.INVENTORY
    assert "\0" not in repr(outcome.reading)
    for fact in outcome.facts():
        assert str(fact.value).isprintable()
        assert fact.source.text.isprintable()
    for problem in outcome.file("i.yaml").problems:
        assert all(value.isprintable() for value in problem.params.values())


def test_dates_fractions_and_odd_numbers_stay_as_written(read_files):
    text = HEAD + "clusters:\n" + "".join(
        f"- {{name: c{number}, nodes: [{{fqdn: n{number}, server_entry: {entry}}}]}}\n"
        for number, entry in enumerate(["15.50", "2026-11-01", "0x1F", "1_000", "12:30:45", "14", "1e3"])
    )  # fmt: skip
    outcome = read_files({"i.yaml": text.encode()})
    assert outcome.values(FactKey.SERVER_ENTRY) == ["15.50", "2026-11-01", "0x1F", "1_000", "12:30:45", "14", "1e3"]


def test_problems_are_listed_up_to_a_hundred_and_then_counted(read_files):
    text = HEAD + "".join(f"key{number}: x\n" for number in range(5000))
    problems = read_files({"i.yaml": text.encode()}).file("i.yaml").problems
    assert len(problems) == 101
    assert problems[-1].params == {"count": "4900"}


@pytest.mark.parametrize("version", ["X15.x", "latest", "banana", "14.", "x"])
def test_what_is_no_release_is_told_and_counts_as_unknown(read_files, version):
    text = f"{HEAD}clusters:\n- name: c\n  version: {version}\n  nodes:\n  - fqdn: n\n    version: {version}\n"
    reading = read_files({"i.yaml": text.encode()})
    problems = reading.file("i.yaml").problems
    assert [problem.line for problem in problems] == [4, 7]
    assert all(f"“{version}” is no release" in words_of(problem.params) for problem in problems)
    assert reading.values(FactKey.VERSION) == []


@pytest.mark.parametrize("version", ["X14.0.10", "15.5", "14.0.1.12900-161", "12.5(1)SU4", "v15.0.1", "14 SU3"])
def test_releases_as_people_write_them_are_taken(read_files, version):
    text = f'{HEAD}clusters:\n- name: c\n  version: "{version}"\n'
    reading = read_files({"i.yaml": text.encode()})
    assert reading.file("i.yaml").problems == ()
    assert reading.values(FactKey.VERSION) == [version]
