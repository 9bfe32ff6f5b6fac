"""What is wrong with the form of a file, in words; each stands behind "The file cannot be parsed: "."""

from diagnostics.readers.flaws import Flaw
from diagnostics.rules.base import N_

FLAWS: dict[str, str] = {
    Flaw.PARSER: "{said}",
    Flaw.ENTITIES: N_("entities are not taken"),
    Flaw.TEXT_TOO_LONG: N_("a tag or text is longer than any in such a file"),
    Flaw.ELEMENTS_TOO_DEEP: N_("elements are nested too deeply"),
    Flaw.TOO_MANY_ELEMENTS: N_("there are more elements than in any such file"),
    Flaw.NO_ELEMENT: N_("there is no element {element}"),
    Flaw.SECOND_DOCUMENT: N_("a second document begins here, which was not read"),
    Flaw.TOO_MANY_SETTINGS: N_("there are more settings than in any such file"),
    Flaw.NO_SETTING: N_("no line has the form *c xConfiguration KEY: VALUE"),
    Flaw.SECTION_NOT_ENDED: N_("the section that begins here has no end (*s/end)"),
    Flaw.SECOND_STATUS: N_("a second status begins here, which was not read"),
    Flaw.NO_SECTION: N_("no section begins with *s NAME:"),
    Flaw.JSON: N_("{said}, column {column}"),
    Flaw.JSON_SINGLE_QUOTES: N_(
        "{said}, column {column}: it is written as Python prints it, with single quotes; save the answer as it came"
    ),
    Flaw.JSON_ENDS_EARLY: N_("{said}, column {column}: the file ends too early"),
    Flaw.JSON_TOO_DEEP: N_("it is nested too deeply, or a number in it is too long"),
    Flaw.TOO_MANY_ANSWERS: N_("there are more answers than in any such file"),
    Flaw.TOO_MANY_VALUES: N_("there are more values than in any such file"),
    Flaw.TAKEN_TWICE: N_("{what} stands twice; the first one was taken"),
    Flaw.NO_CERTIFICATE_DATA: N_("{store} has no list “certificate_data”"),
    Flaw.EMPTY_DOCUMENT: N_("the file is empty"),
    Flaw.ALIASES: N_("aliases (*name) are not taken"),
    Flaw.NESTED_TOO_DEEPLY: N_("nested too deeply"),
    Flaw.MORE_VALUES: N_("more than {limit} values"),
    Flaw.KEY_NO_WORD: N_("a key must be a word"),
    Flaw.KEY_TWICE: N_("“{key}” stands twice in one mapping"),
    Flaw.PEERS_OF_MANY: N_("a cluster of more than {limit} nodes is not taken without its name, nor its list of peers"),
    Flaw.NO_RELEASE: N_("“{value}” is no release such as X14.0.10, and counts as unknown"),
    Flaw.VALUE_TOO_LONG: N_("“{key}” is longer than {limit} characters"),
    Flaw.NO_FQDN_COLUMN: N_("the header does not name fqdn among its first {limit} columns"),
    Flaw.MORE_ROWS: N_("only the first {limit} rows are read"),
    Flaw.MORE_COLUMNS: N_("only the first {limit} columns are read"),
    Flaw.COLUMN_TWICE: N_("the column “{column}” stands twice; the first one was taken"),
    Flaw.MORE_CELLS: N_("the row has more cells than the header has columns"),
    Flaw.EMPTY_CELL: N_("the cell “{column}” is empty"),
    Flaw.OPEN_QUOTE: N_("a quote that opens in this row is never closed"),
    Flaw.ZEROS_DROPPED: N_(
        "“{column}” is the number {number}, of which a spreadsheet drops zeros at the end; format the column as text"
    ),
    Flaw.CELL_IS_DATE: N_("“{column}” is a date and was left out; format the column as text"),
    Flaw.CELL_IS_ERROR: N_("“{column}” is a formula without a value and was left out; format the column as text"),
    Flaw.WORKBOOK_LOCKED: N_("the workbook is protected by a password; save it without one, or as CSV"),
    Flaw.WORKBOOK_OLD: N_("it is an Excel workbook of the old form (.xls); save it as .xlsx, or as CSV"),
    Flaw.WORKBOOK_NONE: N_("it is no .xlsx workbook (a binary .xlsb has another form); save it as .xlsx, or as CSV"),
    Flaw.WORKBOOK_MANY_PARTS: N_("the workbook has more than {limit} parts"),
    Flaw.WORKBOOK_SAME_PARTS: N_("two parts of the workbook have one name"),
    Flaw.WORKBOOK_PACKED_ODDLY: N_(
        "the workbook is packed in a way that Excel does not use; open it there and save it again"
    ),
    Flaw.WORKBOOK_UNFOLDS: N_("a part of the workbook unfolds to more than {limit}; copy the rows to a new one"),
    Flaw.WORKBOOK_ELEMENTS: N_("it has more than {limit} elements; copy the rows to a new workbook"),
    Flaw.WORKBOOK_DAMAGED: N_("the workbook is damaged ({error})"),
    Flaw.WORKBOOK_NO_HEADER: N_(
        "no sheet has a header that names fqdn, and role or cluster, among its first 20 rows; the inventory template on "
        "the workspace page has one"
    ),
}
