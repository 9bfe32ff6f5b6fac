"""A diagnosis document in words: the report `expcert-report/1`.

The only place where codes and parameters become sentences. Everything a person reads goes through gettext here, in
the language that is asked for; menu paths stay in English, as in the product.
"""

import gettext
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diagnostics.estate.observations import FactKey
from diagnostics.expressway.menus import paths
from diagnostics.expressway.sources import addresses
from diagnostics.expressway.versions import parse_version
from diagnostics.reports import sentences
from diagnostics.reports.document import Document
from diagnostics.reports.flaw_wordings import FLAWS
from diagnostics.reports.printable import short
from diagnostics.reports.symptoms import rendered_symptom
from diagnostics.rules.base import Wording
from diagnostics.rules.engine import INTERNAL
from diagnostics.rules.registry import rules

FORMAT = "expcert-report/1"
_LOCALES = Path(__file__).parent.parent / "locale"
_LISTED = 12  # values of a list that are written out in a sentence; a certificate may carry a thousand names


class Words:
    """Renders in one language; English where there is no translation. `language` as in "ja" or "pt-br"."""

    def __init__(self, language: str = "en") -> None:
        locale = language.replace("-", "_")
        names = [locale, "_".join((locale.partition("_")[0], locale.partition("_")[2].upper()))]
        catalogue = gettext.translation("diagnostics", localedir=_LOCALES, languages=names, fallback=True)
        self.gettext = catalogue.gettext
        self._ngettext = catalogue.ngettext

    def sentence(self, template: str, params: Mapping[str, Any], release: str = "") -> str:
        """`template` translated and filled; what it names and `params` lacks shows as its name in braces."""
        return self._filled(self.gettext(template), params, release)

    def counted(self, forms: tuple[str, str], count: int, **params: Any) -> str:
        """The form of a sentence for so many; both have `{count}`."""
        return self._filled(self._ngettext(*forms, count), {"count": count, **params})

    def listed(self, values: Sequence[str]) -> str:
        """A list in a sentence, cut off where it is long."""
        if not values:
            return self.gettext("nothing")
        shown, more = values[:_LISTED], len(values) - _LISTED
        if more > 0:
            last = self.counted(sentences.AND_MORE, more)
        elif len(shown) == 1:
            return shown[0]
        else:
            *shown, last = shown
        return self.gettext("{first} and {last}").format(first=", ".join(shown), last=last)

    def named(self, table: Mapping[Any, str], key: object) -> str:
        """A code's name from one of the tables in `sentences`; the code itself where the table lacks it."""
        return self.gettext(table[key]) if key in table else str(key)

    def _filled(self, template: str, params: Mapping[str, Any], release: str = "") -> str:
        values = {name: self._value(name, value) for name, value in params.items()}
        if isinstance(params.get("days"), int):
            values["days_counted"] = self._days(params["days"])
        return template.format_map(_Params({**paths(parse_version(release)), **values}))

    def _days(self, days: int) -> str:
        """A number of days with its noun, for sentences that say `{days_counted}`."""
        if days == 0:
            return self.gettext("less than a day")
        return self._ngettext(*sentences.DAYS, days).format(count=days)

    def _value(self, name: str, value: Any) -> str:
        table = _NAMED.get(name)
        if isinstance(value, (list, tuple)):
            return self.listed([self.named(table, item) if table else short(str(item)) for item in value])
        if value in (None, ""):
            return self.named(sentences.ABSENT, name) if name in sentences.ABSENT else self.gettext("not known")
        return self.named(table, value) if table is not None else short(str(value))


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
    "field": sentences.CERTIFICATE_FIELDS,
    "broken": sentences.BREAKS,
    "odd": sentences.ODDITIES,
}


_PLACES: Mapping[Any, str] = sentences.PLACES
_CONTRADICTED: Mapping[Any, str] = {**sentences.CONTRADICTED, **_PLACES}
_VALUES: dict[str, Mapping[Any, str]] = {FactKey.ROLE.value: sentences.ROLES}


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
        "contradictions": [_contradiction(item, words) for item in document["contradictions"]],
    }


def _contradiction(item: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """What is contradicted and each value in words; documents of older releases have words in the place of the code."""
    what = item["what"]
    values = _VALUES.get(what, sentences.SWITCHES)
    return {
        **item,
        "what_name": words.named(_CONTRADICTED, what),
        "is_place": what in sentences.SLOTS or what in sentences.STORES,
        "said": [{**said, "shown": words.named(values, said["value"])} for said in item["said"]],
    }


def verdict_sentence(summary: Mapping[str, Any], words: Words) -> str:
    """The verdict in one sentence, with what it rests on."""
    verdict = summary["verdict"]
    if verdict == "broken":
        return words.sentence(sentences.BROKEN, {"counted": _counted(summary, words)})
    if verdict == "at-risk":
        return _at_risk(summary, words)
    if verdict == "unknown":
        return _unknown(summary, words)
    return words.gettext(sentences.HEALTHY)


def _counted(summary: Mapping[str, Any], words: Words) -> str:
    return words.listed(
        [words.counted(sentences.FINDINGS[name], summary[name]) for name in ("critical", "high") if summary[name]]
    )


def _at_risk(summary: Mapping[str, Any], words: Words) -> str:
    ending = summary.get("ending") or []
    if summary["medium"] or summary["low"] or not ending:
        return words.gettext(sentences.AT_RISK)
    first = min(ending, key=lambda item: str(item["not_after"]))
    others = len({item["sha256"] for item in ending} - {first["sha256"]})
    if others:
        return words.counted(sentences.ENDING_AND_OTHERS, others, **first)
    return words.sentence(sentences.ENDING, first)


def _unknown(summary: Mapping[str, Any], words: Words) -> str:
    """The gap that says most; documents of older releases have `cannot_tell` alone."""
    for gap, forms in sentences.GAPS.items():
        if summary.get(gap):
            return words.counted(forms, summary[gap])
    return words.gettext(sentences.UNKNOWN)


def wording_of(code: str, variant: str) -> Wording:
    """The sentences of a finding; those of a code that this release does not know say as much."""
    rule = rules().get(code)
    if rule is None:
        return sentences.INTERNAL_WORDING if code == INTERNAL else sentences.UNKNOWN_WORDING
    return rule.wordings.get(variant) or next(iter(rule.wordings.values()))


def render_finding(finding: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """A finding as the report has it: the stored facts, and the sentences beside them."""
    wording = wording_of(finding["code"], finding["variant"])
    rule = rules().get(finding["code"])
    params, release = finding["params"], finding["release"]

    def say(template: str) -> str:
        return words.sentence(template, {"release": release, "code": finding["code"], **params}, release)

    missing = finding["missing"][-1] if finding["missing"] else None
    by_listing = f" {words.gettext(sentences.BY_LISTING)}" if finding.get("by_listing") else ""
    return {
        **finding,
        "title": say(wording.title),
        "explanation": f"{say(wording.explanation)}{by_listing}",
        "impact": say(wording.impact),
        "missing_issuer": {key: missing[key] for key in ("subject", "key_id", "sha256")} if missing else None,
        "remedy": {
            "steps": [say(step) for step in wording.steps],
            "restart": wording.restart,
            "verify": say(wording.verify),
        },
        "symptoms": [rendered_symptom(item, words.gettext, words.counted) for item in finding.get("symptoms", ())],
        "confidence": rule.confidence.value if rule else "general",
        "note": words.gettext(rule.note) if rule and rule.note else "",
        "sources": list(addresses(rule.sources)) if rule else [],
    }


def render_outcome(outcome: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """An outcome with its reason in words, and what to upload to settle it."""
    reason = outcome["reason"]
    why, settle = sentences.REASONS.get(reason, (reason, "")) if reason is not None else ("", "")
    rule = rules().get(outcome["code"])
    return {
        **outcome,
        "name": words.gettext(rule.name) if rule else outcome["code"],
        "reason_code": reason,
        "reason": words.sentence(why, outcome["params"]) if why else "",
        "settled_by": words.sentence(settle, outcome["params"]) if settle else None,
    }


def render_file(file: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """A file's row: what it is, where it belongs, what was wrong with it and the way out."""
    return {
        **file,
        "kind_name": words.named(sentences.KINDS, file["kind"]),
        "outcome_name": words.named(sentences.OUTCOMES, file["outcome"]),
        "placed": ", ".join(f"{item['node']} {item['place']}" for item in file["placed"]) or None,
        "places": file["placed"],
        "asked_words": [_place(item, words) for item in file.get("asked", ())],
        "problems": [_problem(item, words) for item in file["problems"]],
    }


def _place(place: Mapping[str, str], words: Words) -> str:
    """Node and place with the reason in brackets, where one is said."""
    reason = f" ({words.named(sentences.PLACE_REASONS, place['reason'])})" if place["reason"] else ""
    return f"{place['node']} {words.named(_PLACES, place['place'])}{reason}"


def _flaw(params: Mapping[str, Any], words: Words) -> str:
    """What is wrong with the form of a file, and in which sheet of a workbook."""
    said = words.sentence(FLAWS.get(params["flaw"], params["flaw"]), params)
    return f"{params['sheet']}: {said}" if params.get("sheet") else said


def _problem(problem: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """What was wrong, the way out, and both as one sentence with the line where there is one."""
    text, way_out = sentences.PROBLEMS.get(problem["code"], (problem["code"], ""))
    params = dict(problem["params"])
    if "wanted" in params:
        params["wanted"] = words.named(sentences.TYPES, params["wanted"])
    if "flaw" in params:
        params["detail"] = _flaw(params, words)
    if not params.get("detail"):
        text = sentences.WITHOUT_DETAIL.get(problem["code"], text)
    said = words.sentence(text, params)
    advised = words.sentence(way_out, params) if way_out else ""
    both = f"{said} {advised}".rstrip()
    if problem["line"]:
        both = words.gettext(sentences.PROBLEM_AT_LINE).format(line=problem["line"], text=both)
    return {"code": problem["code"], "line": problem["line"], "text": said, "way_out": advised, "sentence": both}
