"""Rows as an XLSX workbook of text cells: nothing in it is a formula, a number or a date."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from diagnostics.estate.observations import FactKey
from diagnostics.readers.inventory_columns import CHOICES, NODE_COLUMNS, ZONE_COLUMNS

_WIDEST = 60  # characters
_ROWS_TO_FILL = 1000  # below the header that offer the known values of a column


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet; the first row is its header. No cell may begin as a formula does (`inventory_columns.neutral`)."""

    title: str
    rows: Sequence[Sequence[str]]


def workbook(sheets: Sequence[Sheet], notes: Sequence[str]) -> bytes:
    """The sheets, and one of notes behind them."""
    # Only here: nobody else needs it, and it takes its time to load.
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    for page in book.worksheets:
        book.remove(page)
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        for row in sheet.rows:
            page.append(list(row))
        for cells in page.iter_rows(max_row=max(len(sheet.rows), 50)):
            for cell in cells:
                cell.number_format = "@"  # text, so that a release keeps its zeros when somebody types one
        for number, name in enumerate(sheet.rows[0], 1):
            letter = get_column_letter(number)
            longest = max(len(row[number - 1]) for row in sheet.rows)
            page.column_dimensions[letter].width = min(max(longest + 2, 12), _WIDEST)
            page[f"{letter}1"].font = Font(bold=True)
            if known := _known_values(name):
                offered = DataValidation(type="list", formula1=f'"{",".join(known)}"', allow_blank=True)
                offered.add(f"{letter}2:{letter}{len(sheet.rows) + _ROWS_TO_FILL}")
                page.add_data_validation(offered)
        page.freeze_panes = "A2"
    page = book.create_sheet("Notes")
    page.column_dimensions["A"].width = 110
    for line in notes:
        page.append([line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _known_values(column: str) -> tuple[str, ...]:
    key = FactKey.ROLE if column == "role" else NODE_COLUMNS.get(column) or ZONE_COLUMNS.get(column)
    return CHOICES.get(key, ()) if key is not None else ()
