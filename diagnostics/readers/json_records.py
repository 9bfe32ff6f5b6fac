"""The objects in answers of a REST interface, with the lines of their members.

One JSON document or several behind each other (as a script writes that asks for one thing after another), each an object,
a list, or either wrapped in further objects (`{"Result": [...]}`). Members that hold secrets are left out at once.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from diagnostics.readers.base import Problem
from diagnostics.readers.flaws import Flaw, malformed
from diagnostics.readers.secret_settings import is_secret_name, is_secret_value

# Commas, colons and brackets before anything is built of them; an answer with 1,000 zones has about 40,000.
_MOST_MARKS = 400_000
_DEEPEST = 12  # objects inside objects; more are passed over
_MOST_DOCUMENTS = 10_000  # behind each other in one file
_BETWEEN = re.compile(r"[ \t\r\n,\x1e\ufeff]*")
_WINDOW = 64 * 1024  # characters in which the next member is looked for, to tell its line


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """One object. Keys are case-folded; `shown` has them as written, `lines` their 1-based lines where known."""

    values: dict[str, Any]
    shown: dict[str, str]
    lines: dict[str, int]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self.values)


@dataclass(slots=True, kw_only=True)
class Answer:
    """What one file holds; `fault` says where it stops being JSON, and what came before counts."""

    records: list[AnswerRecord] = field(default_factory=list)
    fault: Problem | None = None


def records_of(text: str) -> Answer:
    """Every object in the text, in order."""
    answer = Answer()
    if sum(text.count(mark) for mark in ",:[{") > _MOST_MARKS:
        answer.fault = malformed(Flaw.TOO_MANY_VALUES)
        return answer
    decoder, position = json.JSONDecoder(), _begin(text)
    lines, read = _Lines(text), 0
    while position < len(text):
        read += 1
        if read > _MOST_DOCUMENTS:
            answer.fault = malformed(Flaw.TOO_MANY_ANSWERS, line=lines.number(position))
            break
        try:
            document, end = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            answer.fault = _syntax(error, text)
            break
        except (ValueError, RecursionError):
            answer.fault = malformed(Flaw.JSON_TOO_DEEP, line=lines.number(position))
            break
        lines.move(position)
        answer.records += lines.records(document)
        position = _past_blanks(text, end)
    return answer


def _begin(text: str) -> int:
    """Behind the head of an HTTP answer, where it was saved as well."""
    start = _past_blanks(text, 0)
    if text.startswith("HTTP/", start):
        places = [place for place in (text.find("{", start), text.find("[", start)) if place >= 0]
        return min(places, default=len(text))
    return start


def _past_blanks(text: str, position: int) -> int:
    """Commas and marks of record streams too: what stands between documents is not looked at more closely."""
    found = _BETWEEN.match(text, position)
    return found.end() if found else position


def _syntax(error: json.JSONDecodeError, text: str) -> Problem:
    """The parser's words say nothing of the content."""
    flaw = Flaw.JSON
    if text[error.pos : error.pos + 1] == "'":
        flaw = Flaw.JSON_SINGLE_QUOTES
    elif error.pos >= len(text.rstrip()):
        flaw = Flaw.JSON_ENDS_EARLY
    return malformed(flaw, line=error.lineno, said=error.msg, column=str(error.colno))


class _Lines:
    """Follows the members of a document through its text, which has them in the same order."""

    def __init__(self, text: str) -> None:
        self._text, self._position = text, 0
        self._counted, self._line = 0, 1

    def number(self, position: int) -> int:
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line

    def move(self, position: int) -> None:
        self._position = position

    def records(self, value: Any, depth: int = 0) -> Iterator[AnswerRecord]:
        if depth > _DEEPEST:
            return
        if isinstance(value, list):
            for item in value:
                yield from self.records(item, depth + 1)
        elif isinstance(value, dict):
            record = AnswerRecord(values={}, shown={}, lines={})
            inner: list[AnswerRecord] = []
            for key, member in value.items():
                line = self._line_of(key)
                if not is_secret_name(key):
                    self._take(record, key, member, line)
                    inner += self.records(member, depth + 1)
            yield record
            yield from inner

    def _line_of(self, key: str) -> int | None:
        found = self._text.find(json.dumps(key, ensure_ascii=False), self._position, self._position + _WINDOW)
        if found < 0:
            return None
        self._position = found + 1
        return self.number(found)

    def _take(self, record: AnswerRecord, key: str, member: Any, line: int | None) -> None:
        if isinstance(member, str) and is_secret_value(member):
            return
        name = key.casefold()
        record.values[name] = member
        record.shown[name] = key
        if line is not None:
            record.lines[name] = line
