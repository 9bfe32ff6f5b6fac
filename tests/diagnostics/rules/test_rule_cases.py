"""Every case in both forms: exactly the findings that it states, and every sentence of them filled in."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from diagnostics.reports.render import render
from diagnostics.rules.registry import rules
from tests.diagnostics.rules.cases.every import EVERY
from tests.diagnostics.rules.judging import Said, diagnosis_of, findings, outcomes

PLACEHOLDER = re.compile(r"\{\w*\}")
PAIRS = [(what, form) for what, case in EVERY.items() for form in case.expected]
IDS = [f"{what} [{form}]" for what, form in PAIRS]
every_case = pytest.mark.parametrize(("what", "form"), PAIRS, ids=IDS)


@cache
def result(what: str, form: str) -> tuple[dict[str, Any], frozenset[Said]]:
    """Each case is judged once; the tests only read it."""
    case = EVERY[what]
    plan = case.plan()
    document = diagnosis_of(case.files(plan, form), form)
    return document, frozenset(findings(document, plan))


def sentences(finding: dict[str, Any]) -> Iterator[str]:
    yield from (finding["title"], finding["explanation"], finding["impact"], finding["remedy"]["verify"])
    yield from finding["remedy"]["steps"]


@every_case
def test_a_case_has_exactly_the_findings_that_it_states(what, form):
    _, found = result(what, form)

    assert found == EVERY[what].expected[form]


@every_case
def test_what_a_case_calls_in_order_is_checked_and_holds(what, form):
    document, found = result(what, form)
    spoken = {item.code for item in found}

    for code in EVERY[what].holds:
        assert outcomes(document, code, "holds"), f"{code} was not checked at all"
        assert code not in spoken


@every_case
def test_every_sentence_of_a_case_is_filled_in(what, form):
    report = render(result(what, form)[0])

    for finding in report["findings"]:
        for sentence in sentences(finding):
            assert sentence.strip() == sentence != ""
            assert not PLACEHOLDER.search(sentence), sentence
            assert "not known" not in sentence, sentence
    for outcome in report["outcomes"]:
        assert not PLACEHOLDER.search(f"{outcome['name']} {outcome['reason']} {outcome['settled_by']}"), outcome


@every_case
def test_every_finding_of_a_case_says_where_its_facts_stand(what, form):
    for finding in result(what, form)[0]["findings"]:
        assert finding["evidence"], finding["code"]
        assert all(source["upload"] for source in finding["evidence"])
        assert len({str(source) for source in finding["evidence"]}) == len(finding["evidence"])


@every_case
def test_every_finding_of_a_case_is_an_outcome_and_none_is_worse_than_its_rule(what, form):
    document, _ = result(what, form)
    order = ["critical", "high", "medium", "low", "info"]

    for finding in document["findings"]:
        places = [
            (item["cluster"], item["node"], item["zone"]) for item in outcomes(document, finding["code"], "violated")
        ]
        assert (finding["cluster"], finding["node"], finding["zone"]) in places
        assert order.index(finding["severity"]) >= order.index(rules()[finding["code"]].severity)
    assert [order.index(item["severity"]) for item in document["findings"]] == sorted(
        order.index(item["severity"]) for item in document["findings"]
    )


def test_every_rule_has_a_case_that_fires_and_a_case_in_which_it_holds():
    firing = {item.code for case in EVERY.values() for found in case.expected.values() for item in found}
    silent = {code for case in EVERY.values() for code in case.holds}

    assert firing == set(rules())
    assert silent == set(rules())


def test_every_wording_of_every_rule_has_a_case_that_fires():
    firing = {
        (item.code, item.variant) for case in EVERY.values() for found in case.expected.values() for item in found
    }

    assert firing == {(code, variant) for code, rule in rules().items() for variant in rule.wordings}
