"""A diagnosis document in words: the report `expcert-report/1`.

The only place where codes and parameters become sentences. Everything a person reads goes through gettext here, in
the language that is asked for; menu paths stay in English, as in the product.
"""

import gettext
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diagnostics.expressway.menus import paths
from diagnostics.expressway.sources import addresses
from diagnostics.expressway.versions import parse_version
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.reports import sentences
from diagnostics.reports.document import Document
from diagnostics.rules.base import Reason, Wording
from diagnostics.rules.registry import rules

FORMAT = "expcert-report/1"
_LOCALES = Path(__file__).parent.parent / "locale"
_LISTED = 12  # values of a list that are written out in a sentence; a certificate may carry a thousand names


class Words:
    """Renders in one language; English where there is no translation."""

    def __init__(self, language: str = "en") -> None:
        catalogue = gettext.translation("diagnostics", localedir=_LOCALES, languages=[language], fallback=True)
        self.gettext = catalogue.gettext
        self._ngettext = catalogue.ngettext

    def sentence(self, template: str, params: Mapping[str, Any], release: str = "") -> str:
        """`template` translated and filled; what it names and `params` lacks shows as its name in braces."""
        values = _Params({name: self._value(name, value) for name, value in params.items()})
        return self.gettext(template).format_map(_Params({**paths(parse_version(release)), **values}))

    def listed(self, values: list[str]) -> str:
        """A list in a sentence, cut off where it is long."""
        if not values:
            return self.gettext("nothing")
        shown = ", ".join(values[:_LISTED])
        more = len(values) - _LISTED
        if more <= 0:
            return shown
        return self._ngettext("{shown} and {more} more", "{shown} and {more} more", more).format(shown=shown, more=more)

    def named(self, table: Mapping[Any, str], key: object) -> str:
        """A code's name from one of the tables in `sentences`; the code itself where the table lacks it."""
        return self.gettext(table[key]) if key in table else str(key)

    def _value(self, name: str, value: Any) -> str:
        table = _NAMED.get(name)
        if isinstance(value, (list, tuple)):
            return self.listed([self.named(table, item) if table else str(item) for item in value])
        if table is not None:
            return self.named(table, value)
        return str(value) if value not in (None, "") else self.gettext("not known")


class _Params(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


# Parameters that are codes, by their names.
_NAMED: dict[str, Mapping[Any, str]] = {
    "slot": sentences.SLOTS,
    "slots": sentences.SLOTS,
    "store": sentences.STORES,
    "services": sentences.SERVICES,
    "wanted_type": sentences.TYPES,
    "reason": sentences.BLOCK_REASONS,
}


def render(document: Document, language: str = "en") -> dict[str, Any]:
    """The report in words; `document` is left as it is."""
    words = Words(language)
    summary = document["summary"]
    return {
        **document,
        "format": FORMAT,
        "summary": {**summary, "sentence": verdict_sentence(summary, words)},
        "findings": [render_finding(item, words) for item in document["findings"]],
        "outcomes": [render_outcome(item, words) for item in document["outcomes"]],
        "files": [render_file(item, words) for item in document["files"]],
    }


def verdict_sentence(summary: Mapping[str, Any], words: Words) -> str:
    """The verdict in one sentence."""
    return words.sentence(sentences.VERDICTS[summary["verdict"]], summary)


def wording_of(code: str, variant: str) -> Wording:
    """The sentences of a finding; those of an unknown code (a later release stored it) say as much."""
    rule = rules().get(code)
    if rule is None:
        return sentences.INTERNAL_WORDING
    return rule.wordings.get(variant) or next(iter(rule.wordings.values()))


def render_finding(finding: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """A finding as the report has it: the stored facts, and the sentences beside them."""
    wording = wording_of(finding["code"], finding["variant"])
    rule = rules().get(finding["code"])
    params, release = finding["params"], finding["release"]

    def say(template: str) -> str:
        return words.sentence(template, {"release": release, **params}, release)

    missing = finding["missing"][-1] if finding["missing"] else None
    return {
        **finding,
        "title": say(wording.title),
        "explanation": say(wording.explanation),
        "impact": say(wording.impact),
        "missing_issuer": {key: missing[key] for key in ("subject", "key_id", "sha256")} if missing else None,
        "remedy": {
            "steps": [say(step) for step in wording.steps],
            "restart": wording.restart,
            "verify": say(wording.verify),
        },
        "confidence": rule.confidence.value if rule else "general",
        "note": words.gettext(rule.note) if rule and rule.note else "",
        "sources": list(addresses(rule.sources)) if rule else [],
    }


def render_outcome(outcome: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """An outcome with its reason in words, and what to upload to settle it."""
    why = settle = ""
    if outcome["reason"] is not None:
        why, settle = sentences.REASONS[Reason(outcome["reason"])]
    rule = rules().get(outcome["code"])
    return {
        **outcome,
        "name": words.gettext(rule.name) if rule else outcome["code"],
        "reason_code": outcome["reason"],
        "reason": words.sentence(why, outcome["params"]) if why else "",
        "settled_by": words.sentence(settle, outcome["params"]) if settle else None,
    }


def render_file(file: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """A file's row: what it is, where it belongs, what was wrong with it and the way out."""
    problems = []
    for problem in file["problems"]:
        text, way_out = sentences.PROBLEMS[ProblemCode(problem["code"])]
        params = dict(problem["params"])
        if "wanted" in params:
            params["wanted"] = words.named(sentences.TYPES, params["wanted"])
        problems.append(
            {
                "code": problem["code"],
                "line": problem["line"],
                "text": words.sentence(text, params),
                "way_out": words.sentence(way_out, params),
            }
        )
    return {
        **file,
        "kind_name": words.named(sentences.KINDS, Kind(file["kind"])),
        "outcome_name": words.named(sentences.OUTCOMES, Outcome(file["outcome"])),
        "placed": ", ".join(f"{item['node']} {item['place']}" for item in file["placed"]) or None,
        "places": file["placed"],
        "problems": problems,
    }
