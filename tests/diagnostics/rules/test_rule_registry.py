"""How rules are declared: what the registry refuses, and what every declaration must have."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import diagnostics.rules
from diagnostics.expressway.menus import paths
from diagnostics.expressway.sources import SOURCES
from diagnostics.rules.base import Confidence, Rule, Severity, Wording
from diagnostics.rules.registry import MODULES, RuleError, rule, rules

PARAMETER = re.compile(r"\{(\w+)\}")
EVERY_RULE = pytest.mark.parametrize("declared", rules().values(), ids=list(rules()))


def declare(code: str, *sources: str) -> None:
    """A declaration that is right in all but what the arguments make of it."""
    wording = Wording(title="t", explanation="e", impact="i", steps=("s",), verify="v")

    @rule(
        code,
        name="A rule of the tests",
        severity=Severity.LOW,
        confidence=Confidence.GENERAL,
        applies="Never.",
        sources=sources,
        wordings={"plain": wording},
    )
    def check(view: object, say: object) -> Iterator[object]:
        yield from ()


def test_a_code_can_be_taken_once():
    before = dict(rules())

    with pytest.raises(RuleError, match="two rules are called server-cert-expired"):
        declare("server-cert-expired", "221624")
    rules.cache_clear()
    assert dict(rules()) == before


def test_a_source_that_is_not_listed_is_refused_by_its_name_and_the_rule_is_not_kept():
    before = dict(rules())

    with pytest.raises(RuleError, match=r"a-rule-of-the-tests names sources that are not listed: 999999, NOWHERE$"):
        declare("a-rule-of-the-tests", "221624", "999999", "NOWHERE")
    rules.cache_clear()
    assert dict(rules()) == before


def test_every_module_that_declares_a_rule_is_in_the_list_of_modules():
    folder = Path(diagnostics.rules.__file__).parent
    declaring = {path.stem for path in folder.glob("*.py") if re.search(r"^@rule\(", path.read_text("utf-8"), re.M)}

    assert declaring == set(MODULES)
    assert len(MODULES) == len(set(MODULES))


def test_the_rules_come_in_the_order_of_the_modules_whoever_was_imported_first():
    modules = [item.check.__module__.rpartition(".")[2] for item in rules().values()]

    assert modules == sorted(modules, key=MODULES.index)


@EVERY_RULE
def test_a_declaration_is_complete(declared: Rule):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", declared.code)
    assert declared.name
    assert not declared.name.endswith(".")
    assert declared.applies.endswith(".")
    assert declared.sources
    assert set(declared.sources) <= set(SOURCES)
    assert declared.wordings
    assert declared.check.__doc__, "the condition in one sentence"
    assert declared.note == "" or declared.note.endswith(".")


@EVERY_RULE
def test_every_wording_has_all_its_sentences_and_says_how_to_see_that_it_worked(declared: Rule):
    for wording in declared.wordings.values():
        for sentence in (wording.explanation, wording.impact, wording.verify, *wording.steps):
            assert sentence == sentence.strip()
            assert len(sentence) > 15
        assert wording.steps
        assert wording.title
        assert not wording.title.endswith(".")


@EVERY_RULE
def test_a_restart_that_is_needed_stands_among_the_steps(declared: Rule):
    for variant, wording in declared.wordings.items():
        assert not wording.restart or any("restart" in step.lower() for step in wording.steps), variant


@EVERY_RULE
def test_menus_that_a_wording_names_are_there(declared: Rule):
    for wording in declared.wordings.values():
        named = PARAMETER.findall(" ".join((wording.title, wording.explanation, wording.impact, wording.verify)))
        named += PARAMETER.findall(" ".join(wording.steps))

        assert {name for name in named if name.startswith("menu_")} <= set(paths(None))
