"""The inventory as an XLSX workbook: its rows are those of `inventory_table`, from every sheet that has their header.

Formulas are not evaluated (the value that was last computed counts), macros and links are not looked at. What the
workbook unfolds to is bounded before anything of it is parsed.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from xml.etree.ElementTree import ParseError

from diagnostics.estate.observations import Source
from diagnostics.readers.base import MIB, Kind, Limits, Outcome, Taken
from diagnostics.readers.flaws import Flaw, malformed
from diagnostics.readers.inventory_table import MOST_COLUMNS, Odd, Row, Table
from diagnostics.readers.wording import without_keys
from diagnostics.readers.workbook_parts import Cell, CellKind, Parts, TooManyElements

_MOST_MEMBERS = 300  # of the archive; a workbook of ten sheets has about 30
_MOST_SHEETS = 30
_MOST_OF_A_PART = 4 * MIB  # unfolded: text, styles or one sheet; 1,000 nodes take about 0.5 MiB
_MOST_OF_ALL = 16 * MIB
_WORKBOOK = "xl/workbook.xml"
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_OLE = b"\xd0\xcf\x11\xe0"

# What zipfile, the XML parser and `workbook_parts` raise on a workbook that is not as it should be.
_STUMBLES = (EOFError, KeyError, NotImplementedError, OSError, ParseError, RuntimeError, ValueError)
_ZIP_STUMBLES = (zipfile.BadZipFile, struct.error, zlib.error)


class _Refused(Exception):
    """Not read, and why."""

    def __init__(self, flaw: Flaw, outcome: Outcome = Outcome.NOT_READ, **params: str) -> None:
        super().__init__(flaw.value)
        self.flaw, self.outcome, self.params = flaw, outcome, params


def read_spreadsheet(data: bytes, source: Source, limits: Limits) -> Taken:
    """Facts of every sheet with a header of the inventory."""
    table = Table(source, limits)
    try:
        _check(data)
        found = _take_sheets(data, table)
    except _Refused as refused:
        return _not_read(refused.outcome, refused.flaw, **refused.params)
    except TimeoutError:
        raise  # somebody's time limit, though an OSError by its class
    except TooManyElements as error:
        return _not_read(Outcome.REFUSED, Flaw.WORKBOOK_ELEMENTS, limit=str(error.limit))
    except (*_STUMBLES, *_ZIP_STUMBLES) as error:
        return _not_read(Outcome.NOT_READ, Flaw.WORKBOOK_DAMAGED, error=type(error).__name__)
    if not found:
        return _not_read(Outcome.NOT_READ, Flaw.WORKBOOK_NO_HEADER)
    return table.taken(Kind.SPREADSHEET, ())


def _not_read(outcome: Outcome, flaw: Flaw, **params: str) -> Taken:
    return Taken(kind=Kind.SPREADSHEET, outcome=outcome, problems=(malformed(flaw, line=None, **params),))


def _check(data: bytes) -> None:
    """Look at what the workbook says that it holds, before any of it is unfolded."""
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _Refused(Flaw.WORKBOOK_LOCKED)
        raise _Refused(Flaw.WORKBOOK_OLD)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    names = {item.filename for item in members}
    if "[Content_Types].xml" not in names or _WORKBOOK not in names:
        raise _Refused(Flaw.WORKBOOK_NONE)
    if len(members) > _MOST_MEMBERS:
        raise _Refused(Flaw.WORKBOOK_MANY_PARTS, Outcome.REFUSED, limit=str(_MOST_MEMBERS))
    if len(names) < len(members):
        raise _Refused(Flaw.WORKBOOK_SAME_PARTS, Outcome.REFUSED)
    if any(item.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for item in members):
        raise _Refused(Flaw.WORKBOOK_PACKED_ODDLY)
    unfolded = [item.file_size for item in members if not item.filename.startswith("xl/media/")]
    if max(unfolded) > _MOST_OF_A_PART or sum(unfolded) > _MOST_OF_ALL:
        raise _Refused(Flaw.WORKBOOK_UNFOLDS, Outcome.REFUSED, limit=f"{_MOST_OF_A_PART // MIB} MiB")


def _take_sheets(data: bytes, table: Table) -> bool:
    """True where any sheet has the header. A sheet without one (notes, say) is passed over."""
    found = False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = Parts(archive)
        texts, dates = parts.texts(), parts.date_styles()
        for title, part in parts.sheets(_MOST_SHEETS):
            rows = (_row(title, number, cells) for number, cells in parts.rows(part, texts, dates))
            found = table.take(rows) or found
    return found


def _row(title: str, number: int, cells: Sequence[Cell]) -> Row:
    """Every value as a person would have typed it, and which are of a type that may have changed it."""
    texts: dict[int, str] = {}
    odd: dict[int, Odd] = {}
    for cell in cells:
        column = min(cell.column, MOST_COLUMNS)  # what stands beyond is noticed there, and not kept
        text = without_keys(cell.text)[0] if "PRIVATE KEY" in cell.text else cell.text
        texts[column] = "" if text in _ERRORS else text
        if cell.kind is CellKind.ERROR or text in _ERRORS:
            odd[column] = Odd.ERROR
        elif cell.kind is CellKind.DATE:
            odd[column] = Odd.DATE
        elif cell.kind is CellKind.NUMBER:
            odd[column] = Odd.NUMBER
    width = max(texts, default=-1) + 1
    return Row(cells=[texts.get(column, "") for column in range(width)], line=number, sheet=title, odd=odd)
