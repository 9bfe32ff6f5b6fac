"""The report as plain text for a terminal or a case note."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics.reports.render import Words

_WIDTH = 100


def as_text(report: Mapping[str, Any], language: str = "en") -> str:
    """The rendered report, findings first, then what could not be told, then what was not read."""
    words = Words(language)
    return "\n".join(_lines(report, words)) + "\n"


def _lines(report: Mapping[str, Any], words: Words) -> Iterator[str]:
    name = report["deployment"]["name"]
    title = f"{name}: {report['summary']['sentence']}" if name else report["summary"]["sentence"]
    yield title
    yield words.gettext("Judged at {at}, rules as of {rule_data}.").format(
        at=report["at"], rule_data=report["engine"]["rule_data"]
    )
    for finding in report["findings"]:
        yield ""
        yield from _finding(finding, words)
    yield from _unsettled(report, words)
    yield from _unread(report, words)


def _finding(finding: Mapping[str, Any], words: Words) -> Iterator[str]:
    yield f"[{finding['severity'].upper()}] {finding['title']}"
    yield f"  {finding['code']}  {finding['id']}"
    yield from _wrapped(finding["explanation"])
    yield from _wrapped(finding["impact"], words.gettext("Who notices: "))
    for item in finding["evidence"]:
        line = f":{item['line']}" if item["line"] else ""
        yield f"  {words.gettext('Evidence:')} {item['upload']} {item['member'] or ''}{line}  {item['text']}".rstrip()
    for number, step in enumerate(finding["remedy"]["steps"], 1):
        yield from _wrapped(step, f"{number}. ")
    yield from _wrapped(finding["remedy"]["verify"], words.gettext("To check: "))
    if finding["cause"]:
        yield f"  {words.gettext('Explained by')} {finding['cause']}"


def _wrapped(text: str, first: str = "") -> list[str]:
    indent = " " * (2 + len(first))
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"  {first}",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _unsettled(report: Mapping[str, Any], words: Words) -> Iterator[str]:
    open_questions: dict[str, list[str]] = {}
    for outcome in report["outcomes"]:
        if outcome["outcome"] == "cannot-tell" and outcome["settled_by"]:
            open_questions.setdefault(outcome["settled_by"], []).append(outcome["code"])
    if open_questions:
        yield ""
        yield words.gettext("Could not be told:")
    for settle, codes in open_questions.items():
        yield from _wrapped(f"{settle} ({', '.join(dict.fromkeys(codes))})", "- ")


def _unread(report: Mapping[str, Any], words: Words) -> Iterator[str]:
    told = [file for file in report["files"] if file["problems"]]
    if told:
        yield ""
        yield words.gettext("Files:")
    for file in told:
        path = f"{file['upload']}/{file['member']}" if file["member"] else file["upload"]
        for problem in file["problems"]:
            line = f", {words.gettext('line')} {problem['line']}" if problem["line"] else ""
            yield from _wrapped(f"{path}{line}: {problem['text']} {problem['way_out']}", "- ")
