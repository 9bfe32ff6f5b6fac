"""The report as plain text for a terminal or a case note.

Every line goes through `printable`: names, subjects and file names are other people's, and a terminal obeys what it is
sent. Only words are broken at the margin, so that a path or a name can be copied in one piece.
"""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics.reports.printable import printable
from diagnostics.reports.render import Words
from diagnostics.reports.sentences import SEVERITIES

WIDTH = 100
_NARROWEST = 40
_SYMPTOMS_SHOWN = 4  # the JSON report has them all
_FILES_NAMED = 8  # of those with one and the same problem; an archive may hold thousands


def as_text(report: Mapping[str, Any], language: str = "en", *, width: int = WIDTH) -> str:
    """The rendered report, findings first, then what could not be told, then what was not read."""
    page = _Page(Words(language), max(width, _NARROWEST))
    return "\n".join(printable(line) for line in page.lines(report)) + "\n"


class _Page:
    def __init__(self, words: Words, width: int) -> None:
        self._words, self._width = words, width

    def lines(self, report: Mapping[str, Any]) -> Iterator[str]:
        name, sentence = report["deployment"]["name"], report["summary"]["sentence"]
        yield from self._wrapped(f"{name}: {sentence}" if name else sentence)
        judged = self._words.gettext("Judged at {at}, rules as of {rule_data}.")
        yield from self._wrapped(judged.format(at=report["at"], rule_data=report["engine"]["rule_data"]))
        titles = {finding["id"]: finding["title"] for finding in report["findings"]}
        for finding in report["findings"]:
            yield ""
            yield from self._finding(finding, titles)
        yield from self._unsettled(report["outcomes"])
        yield from self._contradicted(report["contradictions"])
        yield from self._asked(report["files"])
        yield from self._placeless(report["files"])
        yield from self._unread(report["files"])

    def _finding(self, finding: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[str]:
        say = self._words.gettext
        severity = self._words.named(SEVERITIES, finding["severity"]).upper()
        yield from self._wrapped(finding["title"], f"[{severity}] ", hang="  ")
        yield f"  {finding['code']}  {finding['id']}"
        yield from self._wrapped(finding["explanation"], "  ")
        yield from self._wrapped(finding["impact"], f"  {say('Who notices:')} ", hang="    ")
        for item in finding["evidence"]:
            yield from self._wrapped(_evidence(item), f"  {say('Evidence:')} ", hang="    ")
        for item in finding["symptoms"][:_SYMPTOMS_SHOWN]:
            told = f"{item['sentence']} {item['seen']} {item['doubt']}"
            yield from self._wrapped(told, f"  {say('Reported:')} ", hang="    ")
            yield from self._wrapped(_evidence({**item["source"], "text": ""}), "    ")
        for number, step in enumerate(finding["remedy"]["steps"], 1):
            yield from self._wrapped(step, f"  {number}. ")
        yield from self._wrapped(finding["remedy"]["verify"], f"  {say('To check:')} ", hang="    ")
        if finding["cause"]:
            cause = titles.get(finding["cause"], "")
            yield from self._wrapped(f"{cause} ({finding['cause']})".strip(), f"  {say('Explained by:')} ", hang="    ")

    def _unsettled(self, outcomes: list[Mapping[str, Any]]) -> Iterator[str]:
        """What could not be told, by what would settle it."""
        questions: dict[str, list[str]] = {}
        for outcome in outcomes:
            if outcome["outcome"] == "cannot-tell":
                questions.setdefault(outcome["settled_by"] or outcome["reason"], []).append(outcome["code"])
        if questions:
            yield ""
            yield self._words.gettext("Could not be told:")
        for settle, codes in questions.items():
            yield from self._wrapped(f"{settle} ({self._words.listed(list(dict.fromkeys(codes)))})", "  - ")

    def _contradicted(self, contradictions: list[Mapping[str, Any]]) -> Iterator[str]:
        if contradictions:
            yield ""
            yield self._words.gettext("Files contradict each other; the first of each counts:")
        for item in contradictions:
            yield from self._wrapped(", ".join(filter(None, (item["subject"], item["what_name"]))), "  - ")
            for said in item["said"]:
                where = _evidence({**said, "text": ""})
                told = (
                    where if said["shown"] == _path(said) else f"{said['shown']}  {where}"
                )  # of files, the file itself
                yield from self._wrapped(told, "      ", hang="        ")

    def _asked(self, files: list[Mapping[str, Any]]) -> Iterator[str]:
        """Files that fit several places and were put in none."""
        asked = [file for file in files if file.get("asked_words")]
        if asked:
            yield ""
            yield self._words.gettext("Files that may belong somewhere, and were put nowhere; an inventory settles it:")
        for file in asked:
            yield from self._wrapped(f"{_path(file)}: {self._words.listed(file['asked_words'])}", "  - ")

    def _placeless(self, files: list[Mapping[str, Any]]) -> Iterator[str]:
        """Certificates that no check of an installed certificate or list looks at: said, lest they seem checked."""
        paths = [
            _path(file)
            for file in files
            if file.get("certificates") and not (file.get("places") or file.get("asked_words"))
        ]
        if not paths:
            return
        yield ""
        words = self._words.gettext(
            "Certificates that were put on no node: they help to find CA certificates, and were not checked as installed "
            "ones. The diagnostic log or snapshot of their node, or an inventory, says where they belong:"
        )
        yield from self._wrapped(words)
        yield from self._some(paths, "  - ")

    def _some(self, paths: list[str], first: str) -> Iterator[str]:
        for path in paths[:_FILES_NAMED]:
            yield from self._wrapped(path, first)
        if len(paths) > _FILES_NAMED:
            more = self._words.gettext("and {count} more").format(count=len(paths) - _FILES_NAMED)
            yield from self._wrapped(more, first)

    def _unread(self, files: list[Mapping[str, Any]]) -> Iterator[str]:
        """Files by what was wrong with them: thirty logs that are not needed are one line, not thirty."""
        told: dict[str, list[str]] = {}
        for file in files:
            for problem in file["problems"]:
                place = f":{problem['line']}" if problem["line"] else ""
                sentence = f"{problem['text']} {problem['way_out']}".rstrip()
                told.setdefault(sentence, []).append(f"{_path(file)}{place}")
        if told:
            yield ""
            yield self._words.gettext("Files:")
        for sentence, paths in told.items():
            yield from self._wrapped(sentence, "  - ")
            yield from self._some(paths, "      ")

    def _wrapped(self, text: str, first: str = "", *, hang: str | None = None) -> list[str]:
        """Lines of at most the width; `first` opens the first one, and the others hang under its end or by `hang`."""
        return textwrap.wrap(
            printable(text),
            self._width,
            initial_indent=first,
            subsequent_indent=" " * len(first) if hang is None else hang,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [first.rstrip()]


def _evidence(item: Mapping[str, Any]) -> str:
    line = f":{item['line']}" if item["line"] else ""
    return f"{_path(item)}{line}  {item['text']}".rstrip()


def _path(item: Mapping[str, Any]) -> str:
    return f"{item['upload']}/{item['member']}" if item["member"] else str(item["upload"])
