"""What is wrong with the form of a file, as codes with parameters; the words are in `reports.flaw_wordings`."""

from enum import StrEnum

from diagnostics.readers.base import Problem, ProblemCode


class Flaw(StrEnum):
    """Why a file, or a place in it, cannot be read as what it is."""

    PARSER = "parser"  # in a parser's own words, which are English; they say nothing of the content
    # of XML
    ENTITIES = "entities"
    TEXT_TOO_LONG = "text-too-long"
    ELEMENTS_TOO_DEEP = "elements-too-deep"
    TOO_MANY_ELEMENTS = "too-many-elements"
    NO_ELEMENT = "no-element"
    SECOND_DOCUMENT = "second-document"
    # of settings and states as text or XML
    TOO_MANY_SETTINGS = "too-many-settings"
    NO_SETTING = "no-setting"
    SECTION_NOT_ENDED = "section-not-ended"
    SECOND_STATUS = "second-status"
    NO_SECTION = "no-section"
    # of JSON
    JSON = "json"
    JSON_SINGLE_QUOTES = "json-single-quotes"
    JSON_ENDS_EARLY = "json-ends-early"
    JSON_TOO_DEEP = "json-too-deep"
    TOO_MANY_ANSWERS = "too-many-answers"
    TOO_MANY_VALUES = "too-many-values"
    # of what a Unified CM lists
    TAKEN_TWICE = "taken-twice"
    NO_CERTIFICATE_DATA = "no-certificate-data"
    # of an inventory
    EMPTY_DOCUMENT = "empty-document"
    ALIASES = "aliases"
    NESTED_TOO_DEEPLY = "nested-too-deeply"
    MORE_VALUES = "more-values"
    KEY_NO_WORD = "key-no-word"
    KEY_TWICE = "key-twice"
    PEERS_OF_MANY = "peers-of-many"
    VALUE_TOO_LONG = "value-too-long"
    NO_RELEASE = "no-release"
    # of an inventory as a table
    NO_FQDN_COLUMN = "no-fqdn-column"
    MORE_ROWS = "more-rows"
    MORE_COLUMNS = "more-columns"
    COLUMN_TWICE = "column-twice"
    MORE_CELLS = "more-cells"
    EMPTY_CELL = "empty-cell"
    OPEN_QUOTE = "open-quote"
    ZEROS_DROPPED = "zeros-dropped"
    CELL_IS_DATE = "cell-is-date"
    CELL_IS_ERROR = "cell-is-error"
    # of a workbook
    WORKBOOK_LOCKED = "workbook-locked"
    WORKBOOK_OLD = "workbook-old"
    WORKBOOK_NONE = "workbook-none"
    WORKBOOK_MANY_PARTS = "workbook-many-parts"
    WORKBOOK_SAME_PARTS = "workbook-same-parts"
    WORKBOOK_PACKED_ODDLY = "workbook-packed-oddly"
    WORKBOOK_UNFOLDS = "workbook-unfolds"
    WORKBOOK_ELEMENTS = "workbook-elements"
    WORKBOOK_DAMAGED = "workbook-damaged"
    WORKBOOK_NO_HEADER = "workbook-no-header"


class Flawed(ValueError):
    """Raised where reading cannot go on."""

    def __init__(self, flaw: Flaw, **params: str) -> None:
        super().__init__(flaw.value)
        self.flaw, self.params = flaw, params


def malformed(flaw: Flaw, *, line: int | None = None, **params: str) -> Problem:
    """`params` as the words name them; `sheet`: of a workbook, said before them."""
    return Problem(code=ProblemCode.MALFORMED, line=line, params={"flaw": flaw.value, **params})
