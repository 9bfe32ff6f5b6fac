"""The report `expcert-report/1` in the form that people script against."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from diagnostics.reports.public import SCHEMA, as_promised, report
from diagnostics.reports.render import render
from diagnostics.rules.registry import rules

# The keys of the documented example, every list by its first item.
EXAMPLE: dict[str, Any] = {
    "format": None,
    "at": None,
    "engine": {"version": None, "rules": None},
    "deployment": {"name": None, "clusters": [{"name": None, "role": None, "version": None, "nodes": None}]},
    "summary": dict.fromkeys(("verdict", "critical", "high", "medium", "low", "info", "cannot_tell")),
    "findings": [
        {
            **dict.fromkeys(("id", "code", "severity", "title", "explanation", "impact")),
            **dict.fromkeys(("cluster", "node", "peer", "zone", "store", "file", "certificates")),
            "missing_issuer": {"subject": None, "key_id": None, "sha256": None},
            "names": {"expected": None, "presented": None, "nearest": None},
            "evidence": [{"upload": None, "member": None, "line": None, "text": None}],
            "remedy": {"steps": None, "restart": None, "verify": None},
            "cause": None,
            "sources": None,
            # Only where nodes reported something of it.
            "symptoms": [
                {
                    **dict.fromkeys(("code", "node", "peer", "count", "first", "last", "detail")),
                    "source": {"upload": None, "member": None, "line": None, "text": None},
                }
            ],
        }
    ],
    "outcomes": [
        dict.fromkeys(("code", "cluster", "node", "peer", "zone", "outcome", "reason", "settled_by")),
    ],
    "connections": [
        {
            **dict.fromkeys(("service", "port", "client", "server", "verdict", "findings")),
            "client_verifies": dict.fromkeys(("chain", "name", "usage", "validity")),
            "server_verifies": dict.fromkeys(("chain", "name", "usage", "validity")),
        }
    ],
    "files": [dict.fromkeys(("upload", "member", "kind", "placed", "problems"))],
    "certificates": {
        "sha256": dict.fromkeys(
            (
                *("subject", "issuer", "serial", "not_before", "not_after", "names", "key", "usages", "ca"),
                *("subject_key_id", "authority_key_id"),
            )
        )
    },
}


def violations(document: dict[str, Any]) -> list[str]:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def keys_of(value: Any, path: str = "") -> set[str]:
    """Every key by its path; items of lists and of the certificate table under one name."""
    if isinstance(value, list):
        return set().union(*(keys_of(item, f"{path}[]") for item in value))
    if not isinstance(value, dict):
        return set()
    inner = {"sha256" if len(key) == 64 else key: item for key, item in value.items()}
    return set().union(*({f"{path}.{key}"} | keys_of(item, f"{path}.{key}") for key, item in inner.items()))


def test_the_schema_is_a_valid_schema():
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_the_report_of_every_estate_keeps_to_the_schema(estate, diagnosed):
    assert violations(report(diagnosed(estate))) == []


def test_it_survives_being_written_and_read_as_json(estate, diagnosed):
    promised = report(diagnosed(estate))

    assert json.loads(json.dumps(promised)) == promised


def test_its_keys_are_those_of_the_documented_example_and_no_others(sample, diagnosed):
    found = report(diagnosed(sample))

    named = next(item for item in found["findings"] if item["names"])
    missing = next(item for item in found["findings"] if item["missing_issuer"])
    reported = next(item for item in found["findings"] if "symptoms" in item)
    both = {**named, "missing_issuer": missing["missing_issuer"], "symptoms": reported["symptoms"]}
    assert keys_of({**found, "findings": [both]}) == keys_of(EXAMPLE)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: found.pop("certificates"),
        lambda found: found.update(extra=1),
        lambda found: found.update(format="expcert-report/2"),
        lambda found: found.update(at="2026-11-23 12:00"),
        lambda found: found["summary"].update(verdict="fine"),
        lambda found: found["summary"].update(sentence="Something is broken."),
        lambda found: found["findings"][0].update(severity="fatal"),
        lambda found: found["findings"][0].update(title="two\nlines"),
        lambda found: found["findings"][0].update(params={}),
        lambda found: found["findings"][0].pop("missing_issuer"),
        lambda found: found["findings"][0]["certificates"].append("ab12"),
        lambda found: found["findings"][0]["remedy"].update(steps=[]),
        lambda found: found["findings"][0].update(symptoms=[]),
        lambda found: found["findings"][0]["symptoms"][0].update(count=0),
        lambda found: found["findings"][0]["symptoms"][0].update(last="yesterday"),
        lambda found: found["findings"][0]["symptoms"][0].update(presented=[]),
        lambda found: found["findings"][0]["symptoms"][0].pop("source"),
        lambda found: found["outcomes"][0].update(outcome="passed"),
        lambda found: found["connections"][0]["client_verifies"].pop("chain"),
        lambda found: found["connections"][0].update(port=70000),
        lambda found: found["files"][0].update(problems=[{"text": "empty"}]),
        lambda found: found["certificates"].update(short={}),
    ],
)
def test_the_schema_refuses_what_was_not_promised(spoil, sample, diagnosed):
    found = report(diagnosed(sample))
    spoil(found)

    assert violations(found)


def test_references_inside_the_report_lead_somewhere(estate, diagnosed):
    found = report(diagnosed(estate))

    identities = {item["id"] for item in found["findings"]}
    assert len(identities) == len(found["findings"])
    assert {item["cause"] for item in found["findings"]} - {None} <= identities
    assert {identity for item in found["connections"] for identity in item["findings"]} <= identities
    assert {sha256 for item in found["findings"] for sha256 in item["certificates"]} <= set(found["certificates"])
    nodes = {node for cluster in found["deployment"]["clusters"] for node in cluster["nodes"]}
    assert {item[end] for item in found["connections"] for end in ("client", "server")} <= nodes


def test_counts_agree_with_the_lists_they_count(estate, diagnosed):
    found = report(diagnosed(estate))

    summary = found["summary"]
    for severity in ("critical", "high", "medium", "low", "info"):
        assert summary[severity] == sum(item["severity"] == severity for item in found["findings"])
    assert summary["cannot_tell"] == sum(item["outcome"] == "cannot-tell" for item in found["outcomes"])
    violated = {item["code"] for item in found["outcomes"] if item["outcome"] == "violated"}
    assert violated == {item["code"] for item in found["findings"]}


def test_what_cannot_be_told_says_why_and_what_would_settle_it(diagnosed, estate):
    for item in report(diagnosed(estate))["outcomes"]:
        if item["outcome"] == "cannot-tell":
            assert item["reason"]
            assert item["settled_by"]
        elif item["outcome"] in ("holds", "violated"):
            assert (item["reason"], item["settled_by"]) == ("", None)


def test_no_sentence_has_a_hole(estate, diagnosed):
    """A parameter that a rule forgot shows as its name in braces; the hostile estate has braces of its own."""
    text = json.dumps(report(diagnosed(estate))).replace("{node}", "")

    assert "{" not in text.replace("{}", "").replace('{"', "")


def test_ids_are_the_same_from_run_to_run_and_do_not_hang_on_the_moment(diagnosed, sample, at):
    earlier, later = diagnosed(sample), diagnosed(sample, at.replace(hour=18))

    assert [item["id"] for item in earlier["findings"]] == [item["id"] for item in later["findings"]]


def test_the_report_is_what_is_rendered_and_nothing_more(sample, diagnosed):
    document = diagnosed(sample)
    rendered = render(document)

    assert as_promised(rendered) == report(document)
    assert rendered["trust"]
    assert rendered["findings"][0]["params"]
    assert report(document)["engine"]["rules"] == len(rules())


def test_a_problem_of_a_file_is_one_sentence_with_its_line(diagnosed, at):
    content = b"some text\n-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"

    [file] = report(diagnosed({"server.pem": content}))["files"]
    [problem] = file["problems"]
    assert problem.startswith("Line 2: A block could not be read (the text between BEGIN and END is not Base-64). ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"-----BEGIN X509 CRL-----\nMAMCAQE=\n-----END X509 CRL-----\n", "(it is not a revocation list). "),
        (
            b"-----BEGIN CERTIFICATE REQUEST-----\nMAMCAQE=\n-----END CERTIFICATE REQUEST-----\n",
            "(it is not a certificate signing request). ",
        ),
        (b"-----BEGIN PKCS7-----\nMAMCAQE=\n-----END PKCS7-----\n", "(it is not PKCS#7). "),
    ],
)
def test_what_a_library_says_of_a_block_is_not_shown_to_people(content, said, diagnosed):
    [file] = report(diagnosed({"file.pem": content}))["files"]
    [problem] = file["problems"]

    assert said in problem
    assert not re.search(r"asn1|ParseError|parse PKCS7", problem)


def test_every_file_that_an_inventory_names_in_one_line_and_lacks_is_told(diagnosed):
    text = (
        "format: expcert-inventory/1\n"
        "clusters:\n"
        "  - name: expe1.example.com\n"
        "    role: expressway-e\n"
        "    nodes: [{fqdn: expe1.example.com, certificates: {server: one.pem}, trust: {trusted-ca: two.pem}}]\n"
    )
    [file] = report(diagnosed({"inventory.yaml": text.encode()}))["files"]

    assert sum("which is not among the uploads" in problem for problem in file["problems"]) == 2


@pytest.mark.parametrize("year", [1, 999, 9999])
def test_the_moment_is_written_with_four_digits_of_a_year(year, diagnosed, at, sample):
    found = report(diagnosed(sample, at.replace(year=year)))

    assert found["at"] == f"{year:04d}-11-23T12:00:00Z"
    assert violations(found) == []
