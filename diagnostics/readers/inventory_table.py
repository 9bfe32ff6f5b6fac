"""The inventory as a table with one row per node: CSV of any program, and the rows that `spreadsheet` finds in XLSX.

Told by its header: it names `fqdn`, and `role` or `cluster`. A second kind of table, told by `zone` and `type`, holds
zones. Columns may stand in any order; what a column does not say is unknown, not false.

1. Find the header; it decides the separator, and which column is what.
2. Read row by row; a value that is wrong is lost alone and said with its line.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from diagnostics.estate.observations import (
    ClusterRef,
    DeploymentRef,
    Fact,
    FactKey,
    FactValue,
    NodeRef,
    Observation,
    Origin,
    Source,
    Subject,
    ZoneRef,
)
from diagnostics.expressway.versions import looks_like_a_release
from diagnostics.pki.loading import utf16_as_utf8
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.flaws import Flaw, malformed
from diagnostics.readers.inventory_columns import (
    CHOICES,
    DEPLOYMENT_COLUMNS,
    FALSE,
    FLAGS,
    NODE_COLUMNS,
    OTHER_NAMES,
    SEVERAL,
    TRUE,
    ZONE_COLUMNS,
    plain,
)
from diagnostics.readers.wording import LONGEST_VALUE, printable, without_keys

MOST_ROWS = 10_000  # the largest cluster has 21 nodes
MOST_COLUMNS = 200  # the form has 18
_HEADER_ROWS = 20  # rows among which the header is looked for
_SEPARATORS = (",", ";", "\t", "|")


class Odd(StrEnum):
    """What a spreadsheet made of a cell's text."""

    NUMBER = "number"  # 14.10 has become 14.1
    DATE = "date"  # 14.2.5 has become a day
    ERROR = "error"  # a formula that cannot be computed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Cells as text and where they stand: 1-based line of the file or row of the sheet, and the name of the sheet.

    `odd` by 0-based column: cells that are not the text that somebody typed.
    """

    cells: Sequence[str]
    line: int
    sheet: str | None = None
    odd: Mapping[int, Odd] = field(default_factory=dict)


def looks_like_table(text: str) -> bool:
    """Whether a header of an inventory stands among the first rows; `text` is the beginning of a file."""
    return _header_of(text) is not None


def read_table(data: bytes, source: Source, limits: Limits) -> Taken | None:
    """CSV with any of the usual separators; None where no header is in it after all."""
    text, keys = without_keys(_text(data))
    noticed = tuple(Problem(code=ProblemCode.PRIVATE_KEY, line=line) for line in keys)
    header = _header_of(text)
    if header is None:
        return None
    problems: list[Problem] = []
    table = Table(source, limits)
    if not table.take(_rows(text, header, problems)):
        problems.append(malformed(Flaw.NO_FQDN_COLUMN, line=header.line + 1, limit=str(MOST_COLUMNS)))
        return Taken(kind=Kind.INVENTORY, outcome=Outcome.NOT_READ, problems=(*noticed, *problems))
    return table.taken(Kind.INVENTORY, (*noticed, *problems))


def _text(data: bytes) -> str:
    """UTF-8 or UTF-16, else what Excel on Windows in Western Europe writes."""
    data = utf16_as_utf8(data) or data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


@dataclass(frozen=True, slots=True)
class _Header:
    """The separator, and the 0-based line of the header."""

    separator: str
    line: int


def _header_of(text: str) -> _Header | None:
    lines = io.StringIO(text[: 64 * 1024].removeprefix("\ufeff"), newline="")
    for number, line in enumerate(itertools.islice(lines, _HEADER_ROWS)):
        if "fqdn" not in line.casefold() and "zone" not in line.casefold():
            continue
        for separator in _SEPARATORS:
            if is_header([cell.strip().strip('"') for cell in line.split(separator)]):
                return _Header(separator, number)
    return None


def is_header(cells: Sequence[str]) -> bool:
    """Whether these cells name the columns of an inventory."""
    names = {column_name(cell) for cell in cells}
    return ("fqdn" in names and not names.isdisjoint(("role", "cluster"))) or {"cluster", "zone", "type"} <= names


def column_name(cell: str) -> str:
    """A column's name in the one form in which two are compared."""
    name = re.sub(r"[\s\-]+", "_", cell.strip().casefold())
    return OTHER_NAMES.get(name, name)


def _rows(text: str, header: _Header, problems: list[Problem]) -> Iterator[Row]:
    """Records from the header on; one that a quote never ends is the last, and a problem."""
    lines = itertools.islice(io.StringIO(text, newline=""), header.line, None)
    reader = csv.reader(lines, delimiter=header.separator, strict=True)
    begins = 0
    try:
        for cells in reader:
            yield Row(cells=cells, line=header.line + begins + 1)
            begins = reader.line_num
    except csv.Error as error:
        words, line = str(error), header.line + begins + 1
        is_open = _is_unclosed(words)
        problems.append(
            malformed(Flaw.OPEN_QUOTE, line=line) if is_open else malformed(Flaw.PARSER, line=line, said=words)
        )


def _is_unclosed(words: str) -> bool:
    return "unexpected end of data" in words or "field larger than field limit" in words


class Table:
    """The tables of one file being read: nodes, zones, or both."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self._source, self._limits = source, limits
        self._observations: list[Observation] = []
        self._problems: list[Problem] = []
        self._zones: dict[str, int] = {}
        self._said: set[tuple[FactKey, FactValue]] = set()

    def take(self, rows: Iterator[Row]) -> bool:
        """Reads rows from the header on; False where no header is among the first of them."""
        columns: list[str] | None = None
        count = 0
        for row in rows:
            if columns is None:
                columns = self._columns(row)
                count += 1
                if columns is None and count > _HEADER_ROWS:
                    return False
                continue
            if not any(cell.strip() for cell in row.cells) or row.cells[0].lstrip().startswith("#"):
                continue
            count += 1
            if count > MOST_ROWS or len(self._observations) > self._limits.facts:
                self._malformed(row, Flaw.MORE_ROWS, limit=str(MOST_ROWS))
                break
            self._row(columns, row)
        return columns is not None

    def taken(self, kind: Kind, problems: Sequence[Problem]) -> Taken:
        """All that was read, and `problems` before its own."""
        every = (*problems, *self._problems)
        return Taken(
            kind=kind,
            outcome=Outcome.PARTLY if every else Outcome.READ,
            observations=tuple(self._observations),
            problems=every,
            found={"facts": len(self._observations)},
        )

    def note(self, problem: Problem) -> None:
        """A problem that whoever gives the rows has found."""
        self._problems.append(problem)

    def _columns(self, row: Row) -> list[str] | None:
        if not is_header(row.cells[:MOST_COLUMNS]):
            return None
        if any(cell.strip() for cell in row.cells[MOST_COLUMNS:]):
            self._malformed(row, Flaw.MORE_COLUMNS, limit=str(MOST_COLUMNS))
        columns: list[str] = []
        for cell in row.cells[:MOST_COLUMNS]:
            name = column_name(cell)
            if name in columns and name:
                self._malformed(row, Flaw.COLUMN_TWICE, column=printable(name)[:80])
                name = ""
            columns.append(name)
        known = _KNOWN_OF_ZONES if "zone" in columns and "fqdn" not in columns else _KNOWN_OF_NODES
        for number, name in enumerate(columns):
            if name and name not in known:
                self._unknown(row, row.cells[number].strip())
        return columns

    def _row(self, columns: list[str], row: Row) -> None:
        values = {name: plain(cell.strip()) for name, cell in zip(columns, row.cells, strict=False) if name}
        if any(cell.strip() for cell in row.cells[len(columns) :]):
            self._malformed(row, Flaw.MORE_CELLS)
        self._note_odd(columns, row)
        if "fqdn" in columns:
            self._node(values, row)
        else:
            self._zone(values, row)

    def _note_odd(self, columns: list[str], row: Row) -> None:
        for number, odd in row.odd.items():
            name = columns[number] if number < len(columns) else ""
            if name == "version" and odd is Odd.NUMBER:
                self._malformed(row, Flaw.ZEROS_DROPPED, column=name, number=row.cells[number])
            elif name and odd is not Odd.NUMBER:
                self._malformed(row, _ODD_FLAWS[odd], column=name)

    def _node(self, values: Mapping[str, str], row: Row) -> None:
        name = self._name(values, "fqdn", row)
        if name is None:
            return
        node = NodeRef(name=name)
        cluster = self._short("cluster", values.get("cluster", ""), row)
        if cluster:
            self._say(node, FactKey.CLUSTER, cluster, row)
        # Said of the node and not of its cluster: many keep IM and Presence in the row group of its Unified CM.
        self._value(node, FactKey.ROLE, "role", values, row)
        for column, key in NODE_COLUMNS.items():
            self._value(node, key, column, values, row)
        for column, key in DEPLOYMENT_COLUMNS.items():
            self._value(DeploymentRef(), key, column, values, row, once=True)

    def _zone(self, values: Mapping[str, str], row: Row) -> None:
        cluster, name = self._name(values, "cluster", row), self._name(values, "zone", row)
        if cluster is None or name is None:
            return
        number = self._zones[cluster.casefold()] = self._zones.get(cluster.casefold(), 0) + 1
        ref = ZoneRef(owner=ClusterRef(name=cluster), key=str(number))
        self._say(ref, FactKey.ZONE_NAME, name, row)
        for column, key in ZONE_COLUMNS.items():
            self._value(ref, key, column, values, row)

    # values

    def _value(
        self, subject: Subject, key: FactKey, column: str, values: Mapping[str, str], row: Row, *, once: bool = False
    ) -> None:
        """`once`: said of something that several rows are about; the same value again is nothing new."""
        text = self._short(column, values.get(column, ""), row)
        if not text:
            return
        for single in (part.strip() for part in SEVERAL[key].split(text)) if key in SEVERAL else (text,):
            value = self._parsed(key, column, single, row)
            if value is None or (once and (key, value) in self._said):
                continue
            if once:
                self._said.add((key, value))
            self._say(subject, key, value, row)

    def _parsed(self, key: FactKey, column: str, text: str, row: Row) -> FactValue | None:
        if not text:
            return None
        plain_text = text.casefold()
        if key in CHOICES:
            choice = re.sub(r"[\s_]+", "-", plain_text)
            if choice in CHOICES[key]:
                return choice
            self._wrong_value(row, column, text, ", ".join(CHOICES[key]))
            return None
        if key in FLAGS:
            if plain_text in TRUE or plain_text in FALSE:
                return plain_text in TRUE
            self._wrong_type(row, column, "true-or-false")
            return None
        if key is FactKey.ZONE_PORT:
            if re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) < 65536:
                return int(text)
            self._wrong_type(row, column, "port")
            return None
        if key is FactKey.VERSION and not looks_like_a_release(text):
            self._malformed(row, Flaw.NO_RELEASE, value=printable(text)[:80])
            return None
        return text

    def _name(self, values: Mapping[str, str], column: str, row: Row) -> str | None:
        text = values.get(column, "")
        if not text:
            self._malformed(row, Flaw.EMPTY_CELL, column=column)
            return None
        return self._short(column, text, row)

    def _short(self, column: str, text: str, row: Row) -> str | None:
        text = printable(text.strip())
        if len(text) <= LONGEST_VALUE:
            return text
        self._malformed(row, Flaw.VALUE_TOO_LONG, key=column, limit=str(LONGEST_VALUE))
        return None

    def _say(self, subject: Subject, key: FactKey, value: FactValue, row: Row) -> None:
        source = Source(
            upload=self._source.upload,
            member=self._source.member,
            part=row.sheet,
            line=row.line,
            text=printable(", ".join(cell.strip() for cell in row.cells[:MOST_COLUMNS] if cell.strip())[:200]),
        )
        self._observations.append(Fact(source=source, subject=subject, key=key, value=value, origin=Origin.PERSON))

    # problems

    def _malformed(self, row: Row, flaw: Flaw, **params: str) -> None:
        sheet = {"sheet": printable(row.sheet)[:80]} if row.sheet else {}
        self._problems.append(malformed(flaw, line=row.line, **sheet, **params))

    def _unknown(self, row: Row, cell: str) -> None:
        params = {"key": self._key(row, printable(cell)[:80])}
        self._problems.append(Problem(code=ProblemCode.UNKNOWN_KEY, line=row.line, params=params))

    def _wrong_value(self, row: Row, column: str, text: str, known: str) -> None:
        params = {"key": self._key(row, column), "value": printable(text)[:80], "known": known}
        self._problems.append(Problem(code=ProblemCode.WRONG_VALUE, line=row.line, params=params))

    def _wrong_type(self, row: Row, column: str, wanted: str) -> None:
        params = {"key": self._key(row, column), "wanted": wanted}
        self._problems.append(Problem(code=ProblemCode.WRONG_TYPE, line=row.line, params=params))

    def _key(self, row: Row, column: str) -> str:
        return f"{printable(row.sheet)[:80]}: {column}" if row.sheet else column


_ODD_FLAWS = {Odd.DATE: Flaw.CELL_IS_DATE, Odd.ERROR: Flaw.CELL_IS_ERROR}
_KNOWN_OF_NODES = frozenset({"cluster", "role", "fqdn", *NODE_COLUMNS, *DEPLOYMENT_COLUMNS})
_KNOWN_OF_ZONES = frozenset({"cluster", "zone", *ZONE_COLUMNS})
