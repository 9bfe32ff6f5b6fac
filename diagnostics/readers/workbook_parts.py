"""The cells of an XLSX workbook, taken while its parts are parsed; no tree is built, and nothing but cells is looked at.

Ready-made readers build every style and name of a workbook as objects: eleven kilobytes made for it cost them twelve
seconds and half a gigabyte. Here one bound on the elements of all parts together holds time and memory.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from defusedxml.ElementTree import DefusedXMLParser

_MOST_ELEMENTS = 400_000  # of all parts that are looked at; 1,000 nodes with all columns have 60,000
_LONGEST_TEXT = 4_000  # characters of a cell; Excel takes 32,767, an inventory 1,000
_PIECE = 64 * 1024
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})  # of those built in
_QUOTED = re.compile(r'"[^"]{0,200}"|\[[^\]]{0,200}\]|\\.')
_CELL = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_NUMBER = re.compile(r"[0-9]{1,9}")


class TooManyElements(ValueError):
    """More than `limit`, and than an inventory can have: made to take long, or the wrong file."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} elements")
        self.limit = limit


class CellKind(StrEnum):
    """What a cell holds; a formula counts as what was last computed of it."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    ERROR = "error"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty: its 0-based column, and its value as the file has it."""

    column: int
    text: str
    kind: CellKind


class Parts:
    """The parts of one workbook; raises what zipfile and the XML parser raise, and `ValueError`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = _MOST_ELEMENTS

    def sheets(self, most: int) -> list[tuple[str, str]]:
        """Name and part of each sheet of cells, in order."""
        book = _Elements(("sheet",))
        self._parse("xl/workbook.xml", book)
        relations = _Elements(("Relationship",))
        self._parse("xl/_rels/workbook.xml.rels", relations)
        parts = {
            item.get("Id", ""): posixpath.normpath(posixpath.join("xl", item.get("Target", "")).lstrip("/"))
            for item in relations.found
            if item.get("Type", "").endswith("/worksheet")
        }
        named = [(item.get("name", ""), parts.get(item.get(_RELATIONS, ""), "")) for item in book.found]
        present = set(self._archive.namelist())
        return [(name, part) for name, part in dict.fromkeys(named) if part in present][:most]

    def texts(self) -> list[str]:
        """The table of texts that cells refer to by number."""
        strings = _Texts()
        if "xl/sharedStrings.xml" in self._archive.namelist():
            self._parse("xl/sharedStrings.xml", strings)
        return strings.texts

    def date_styles(self) -> list[bool]:
        """Of each cell style, whether it shows a number as a date or time."""
        if "xl/styles.xml" not in self._archive.namelist():
            return []
        styles = _Styles()
        self._parse("xl/styles.xml", styles)
        return styles.dates

    def rows(self, part: str, texts: list[str], dates: list[bool]) -> Iterator[tuple[int, list[Cell]]]:
        """1-based number of each row that is not empty, and its cells, as soon as they are parsed."""
        sheet = _Sheet(texts, dates)
        for _ in self._pieces(part, sheet):
            yield from sheet.taken()

    def _parse(self, part: str, target: "_Target") -> None:
        for _ in self._pieces(part, target):
            pass

    def _pieces(self, part: str, target: "_Target") -> Iterator[None]:
        target.count = self._count
        parser = DefusedXMLParser(target=target, forbid_dtd=True)
        with self._archive.open(part) as stream:
            while piece := stream.read(_PIECE):
                parser.feed(piece)
                yield
        parser.close()
        yield

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooManyElements(_MOST_ELEMENTS)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


@dataclass(slots=True)
class _Target:
    """What the parser calls."""

    count: Callable[[], None] = field(default=lambda: None)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count()
        self.begin(_local(tag), attributes)

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Text inside of one."""

    def close(self) -> None:
        """The part ends."""


class _Elements(_Target):
    """The attributes of all elements of some names."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        super().__init__()
        self._wanted = wanted
        self.found: list[dict[str, str]] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name in self._wanted:
            self.found.append(attributes)


class _Texts(_Target):
    """`si` elements: the text of their `t`, without what says how it is read aloud (`rPh`)."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._inside = self._aloud = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        elif name == "rPh":
            self._aloud = True
        elif name == "t":
            self._inside = not self._aloud

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name == "si":
            self.texts.append("".join(self._parts)[:_LONGEST_TEXT])
        elif name == "rPh":
            self._aloud = False
        elif name == "t":
            self._inside = False

    def data(self, text: str) -> None:
        if self._inside and sum(map(len, self._parts[-8:])) < _LONGEST_TEXT:
            self._parts.append(text)


class _Styles(_Target):
    """`cellXfs/xf` elements, by the number formats that they name."""

    def __init__(self) -> None:
        super().__init__()
        self.dates: list[bool] = []
        self._custom: dict[str, bool] = {}
        self._of_cells = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            code = _QUOTED.sub("", attributes.get("formatCode", "")[:1000]).casefold()
            self._custom[attributes.get("numFmtId", "")] = any(letter in code for letter in "ymdhs") and "0" not in code
        elif name == "cellXfs":
            self._of_cells = True
        elif name == "xf" and self._of_cells:
            number = attributes.get("numFmtId", "0")
            built_in = _NUMBER.fullmatch(number) is not None and int(number) in _DATE_FORMATS
            self.dates.append(self._custom.get(number, built_in))

    def end(self, tag: str) -> None:
        if _local(tag) == "cellXfs":
            self._of_cells = False


class _Sheet(_Target):
    """Rows of cells: `row/c` with the value in `v`, or the text in `is/t`."""

    def __init__(self, texts: list[str], dates: list[bool]) -> None:
        super().__init__()
        self._texts, self._dates = texts, dates
        self._rows: list[tuple[int, list[Cell]]] = []
        self._row, self._column = 0, -1
        self._cells: list[Cell] = []
        self._cell: dict[str, str] = {}
        self._value: list[str] = []
        self._inside = False

    def taken(self) -> list[tuple[int, list[Cell]]]:
        """The rows since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if _NUMBER.fullmatch(number) else self._row + 1
            self._cells, self._column = [], -1
        elif name == "c":
            where = _CELL.fullmatch(attributes.get("r", ""))
            self._column = _number(where[1]) if where else self._column + 1
            self._cell, self._value = attributes, []
        elif name in ("v", "t"):
            self._inside = True

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name in ("v", "t"):
            self._inside = False
        elif name == "c" and self._value:
            self._cells.append(self._read("".join(self._value)))
        elif name == "row" and self._cells:
            self._rows.append((self._row, self._cells))

    def data(self, text: str) -> None:
        if self._inside and sum(map(len, self._value[-8:])) < _LONGEST_TEXT:
            self._value.append(text)

    def _read(self, value: str) -> Cell:
        kind = self._cell.get("t", "n")
        if kind == "s":
            if _NUMBER.fullmatch(value) is None or int(value) >= len(self._texts):
                raise ValueError("a cell names a text that is not there")
            return Cell(self._column, self._texts[int(value)], CellKind.TEXT)
        if kind in ("str", "inlineStr"):
            return Cell(self._column, value[:_LONGEST_TEXT], CellKind.TEXT)
        if kind == "b":
            return Cell(self._column, "true" if value.strip() == "1" else "false", CellKind.FLAG)
        if kind == "e":
            return Cell(self._column, "", CellKind.ERROR)
        style = self._cell.get("s", "0")
        number = int(style) if _NUMBER.fullmatch(style) else 0
        if kind == "d" or (number < len(self._dates) and self._dates[number]):
            return Cell(self._column, "", CellKind.DATE)
        return Cell(self._column, f"{float(value):.10g}", CellKind.NUMBER)


def _number(letters: str) -> int:
    """0-based: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
