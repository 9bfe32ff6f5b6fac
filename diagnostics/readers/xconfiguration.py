"""The text xConfiguration dump of an Expressway: `*c xConfiguration <path>: "<value>"`.

The line form is verbatim from real dumps; an unset value is a colon and nothing. Text pasted from web pages has several
records on one line, so records are split before they are parsed. Only the settings of `configuration_keys` are taken:
passwords and SNMP communities are never looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from diagnostics.estate.observations import Fact, Source
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.configuration_facts import ConfigurationFacts, Record, template_of
from diagnostics.readers.configuration_keys import EVERY_TEMPLATE
from diagnostics.readers.configuration_nodes import Part, parts_of
from diagnostics.readers.flaws import Flaw, malformed
from diagnostics.readers.secret_settings import is_secret_value
from diagnostics.readers.wording import LONGEST_VALUE, decoded, printable, without_keys

# Web pages part words by no-break spaces.
_RECORD = re.compile(
    r"\*c[ \xa0]xConfiguration[ \xa0](?P<body>.*?)(?=\*c[ \xa0]xConfiguration[ \xa0]|\r|\n|$)", re.IGNORECASE
)
_QUOTED_BELOW = re.compile(r'\r?\n ?"')
_REMARK = re.compile(r'"[ \t\xa0]{0,200}<-')  # `"On" <-- look here`, as added in articles
_TYPOGRAPHIC = str.maketrans("“”„‘’", '"""\'\'')  # what word processors make of quotes
_NARROWEST = 40  # columns of a terminal
_MOST_PIECES = 30  # lines that one record is broken over
_MOST_RECORDS = 150_000  # settings that are taken; 1,000 zones have about 15,000
_MOST_CUT = 20_000  # records that are broken over lines


def read_xconfiguration(data: bytes, source: Source, limits: Limits) -> Taken:
    """Facts of each node, its zones and, from an Expressway-C, the MRA domains."""
    text, keys = without_keys(decoded(data))
    problems = [Problem(code=ProblemCode.PRIVATE_KEY, line=line) for line in keys]
    lines = _Records(text if "\n" in text else text.replace("\r", "\n"))
    records = lines.records()
    if not lines.count:
        wrong = malformed(Flaw.NO_SETTING)
        return Taken(kind=Kind.XCONFIGURATION, outcome=Outcome.NOT_READ, problems=(*problems, wrong))
    if lines.more:
        problems.append(Problem(code=ProblemCode.TOO_LARGE, params={"limit": f"{_MOST_RECORDS} settings"}))
    taken = taken_of(Kind.XCONFIGURATION, records, source, limits, problems=problems, proven=True)
    return replace(taken, found={"settings": lines.count, **taken.found}) if taken.found else taken


def taken_of(
    kind: Kind, records: list[Record], source: Source, limits: Limits, *, problems: list[Problem], proven: bool
) -> Taken:
    """What is taken from the settings of one file, in whatever form they stood there."""
    parts = parts_of(records, source)
    if not parts:
        wrong = Problem(code=ProblemCode.SEVERAL_NODES if parts is None else ProblemCode.WHICH_NODE)
        return Taken(kind=kind, outcome=Outcome.NOT_READ, problems=(*problems, wrong))
    facts = tuple(islice(_facts(parts, source, proven), limits.facts + 1))
    if len(facts) > limits.facts:
        problems = [*problems, Problem(code=ProblemCode.TOO_LARGE, params={"limit": f"{limits.facts} facts"})]
    return Taken(
        kind=kind,
        outcome=Outcome.PARTLY if problems else Outcome.READ,
        observations=facts[: limits.facts],
        problems=tuple(problems),
        found={"facts": min(len(facts), limits.facts)},
    )


def _facts(parts: list[Part], source: Source, proven: bool) -> Iterator[Fact]:
    for node, records in parts:
        yield from ConfigurationFacts(source, records, node, proven=proven).facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A record as it stands in the text: its body and where that ends, its line and where that begins."""

    body: str
    end: int
    line: int
    line_start: int
    begins: bool


class _Records:
    """The records in a text, in one pass that takes time in its length; of most settings only the number is kept."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.count = 0
        self.more = False  # than are read of one file
        self._longest = 0  # columns of the longest line with a record, up to the end of that record
        self._cut: list[_Found] = []

    def records(self) -> list[Record]:
        read = ((found.end, record) for found in self._found() if (record := self._record(found)))
        placed = list(islice(read, _MOST_RECORDS + 1))
        if len(placed) > _MOST_RECORDS:
            self.more = True
            return [record for _, record in placed[:-1]]
        width = self._broken_at()
        if width is not None:
            whole = [(found.end, self._whole(found, width)) for found in self._cut]
            placed += [(end, record) for end, record in whole if record is not None]
            placed.sort(key=lambda pair: pair[0])
        return [record for _, record in placed]

    def _found(self) -> Iterator[_Found]:
        text, line, start, done, begins = self._text, 1, 0, 0, False
        for match in _RECORD.finditer(text):
            breaks = text.count("\n", done, match.start())
            if breaks:
                line, start = line + breaks, text.rfind("\n", done, match.start()) + 1
            begins = begins or (done < match.start() and not text[done : match.start()].isspace())
            done = match.end()
            self._longest = max(self._longest, done - start)
            found = _Found(body=match["body"], end=done, line=line, line_start=start, begins=begins)
            begins = begins and not _is_wanted(found.body)
            yield found

    def _record(self, found: _Found) -> Record | None:
        if _is_cut(found.body) or (not _has_value(found.body) and _QUOTED_BELOW.match(self._text, found.end)):
            if len(self._cut) <= _MOST_CUT and self._text.startswith(("\n", "\r\n"), found.end):
                self._cut.append(found)
            return None
        self.count += 1
        return _record(found.body, found)

    def _broken_at(self) -> int | None:
        """The width of the terminal that broke lines; None where it is not certain that one did.

        All records that are cut off must end at the same column, and no line with a record may be longer.
        """
        widths = {found.end - found.line_start for found in self._cut}
        certain = widths == {self._longest} and self._longest >= _NARROWEST and len(self._cut) <= _MOST_CUT
        return self._longest if certain else None

    def _whole(self, found: _Found, width: int) -> Record | None:
        """The record with the lines that it goes on over; None where they do not complete it."""
        body, position, reached = found.body, found.end, width
        for _ in range(_MOST_PIECES):
            begin = self._text.find("\n", position, position + 2) + 1
            if not begin or reached != width or (_has_value(body) and not _is_cut(body)):
                break
            position = self._text.find("\n", begin, begin + width + 2)
            position = position if position >= 0 else min(len(self._text), begin + width)
            piece = self._text[begin:position].rstrip("\r")
            if not piece.strip() or piece.lstrip().startswith("*"):
                break
            body, reached = body + piece, len(piece)
        if _is_cut(body):
            return None
        self.count += 1
        return _record(body, found)


def _is_cut(body: str) -> bool:
    """Its path has no end, or its quotes do not close."""
    path, colon, value = body.partition(":")
    return '"' not in path and (not colon or value.count('"') == 1)


def _has_value(body: str) -> bool:
    return bool(body.partition(":")[2].strip())


def _is_wanted(body: str) -> bool:
    return template_of(body.partition(":")[0][:LONGEST_VALUE]) in EVERY_TEMPLATE


def _record(body: str, found: _Found) -> Record | None:
    path, colon, rest = body.partition(":")
    # What is longer than any setting is none.
    if not colon or len(body) > 2 * LONGEST_VALUE or (template := template_of(path)) not in EVERY_TEMPLATE:
        return None
    shown, value = " ".join(path.split()), _value(rest)
    # An enciphered secret has no business here, whatever its key.
    if value is None or len(shown) + len(value) > LONGEST_VALUE or is_secret_value(value):
        return None
    return Record(
        shown=printable(shown), template=template, value=printable(value), line=found.line, begins=found.begins
    )


def _value(text: str) -> str | None:
    """What stands behind the colon, quoted or not; None where the quotes do not match."""
    text = text.strip()
    if text[:1] in ("“", "”", "„", "‘", "’"):
        text = text.translate(_TYPOGRAPHIC)
    if not text.startswith('"'):
        bare = text.partition("<-")[0].rstrip()
        if len(bare) > 1 and bare[0] == bare[-1] == "'":
            bare = bare[1:-1].strip()  # as the X15 guides quote
        return None if '"' in bare else bare
    remark = _REMARK.search(text, 1)
    quoted = text[: remark.start() + 1] if remark else text
    if len(quoted) < 2 or not quoted.endswith('"'):
        return None
    # Between several quoted strings there is nothing; what looks like a key there would bring a value of its own.
    return None if any(":" in between for between in quoted.split('"')[2:-1:2]) else quoted[1:-1].strip()
