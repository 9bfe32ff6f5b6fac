"""The inventory as an XLSX workbook, and what is no such workbook."""

import io
import re
import time
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from diagnostics.estate.observations import FactKey, NodeRef, Origin
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.archives import zip_of
from tests.builders.inventory import HEADER, ROWS, as_csv, as_excel_writes, as_xlsx
from tests.diagnostics.readers.flawed import words_of

NAME = "nodes.bin"


@pytest.fixture
def read_book(read_files):
    return lambda data: read_files({NAME: data})


def said(outcome):
    return {(fact.subject, fact.key, fact.value) for fact in outcome.facts()}


def problems(outcome):
    return [(item.code, item.line, dict(item.params)) for item in outcome.file(NAME).problems]


def detail(outcome):
    ((code, _, params),) = problems(outcome)
    assert code is ProblemCode.MALFORMED
    return words_of(params)


def row(*changes, **cells):
    """A row of the usual header, with some of its cells changed."""
    return [cells.get(name, value) for name, value in zip(HEADER, ROWS[0], strict=True)]


def rezipped(data, **changes):
    """The workbook with parts replaced by what a function makes of them; `None` leaves the part out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            change = changes.get(re.sub(r"\W", "_", item.filename), lambda content: content)
            content = change(old.read(item))
            if content is not None:
                new.writestr(item.filename, content)
    return out.getvalue()


@pytest.mark.parametrize("data", [as_xlsx(), as_excel_writes(as_xlsx())], ids=["openpyxl", "Excel"])
def test_the_rows_of_a_workbook_say_what_the_same_rows_of_a_csv_say(read_files, data):
    book, table = read_files({NAME: data}), read_files({NAME: as_csv().encode()})
    assert said(book) == said(table)
    file = book.file(NAME)
    assert (file.kind, file.outcome, file.problems) == (Kind.SPREADSHEET, Outcome.READ, ())


def test_facts_say_their_sheet_and_row(read_book):
    outcome = read_book(as_xlsx([["Nodes of Example Corp"], [], HEADER, *ROWS]))
    (fact,) = (fact for fact in outcome.facts(FactKey.VERSION) if fact.subject == NodeRef(name="expe1.example.com"))
    assert (fact.source.part, fact.source.line, fact.source.text) == ("Sheet 1", 6, ", ".join(ROWS[2]))
    assert fact.origin is Origin.PERSON


def test_every_sheet_with_a_header_is_read_and_others_are_passed_over(read_book):
    zones = [("cluster", "zone", "type", "port"), ("expc.example.com", "UC traversal", "traversal-client", 7001)]
    outcome = read_book(as_xlsx([["Notes"], ["Ask Bob"]], [HEADER, *ROWS], zones))
    assert outcome.values(FactKey.ZONE_PORT) == [7001]
    assert len(outcome.facts(FactKey.ROLE)) == len(ROWS)
    assert outcome.file(NAME).problems == ()


def test_a_release_that_became_a_number_is_taken_and_warned_of(read_book):
    outcome = read_book(as_xlsx([HEADER, row(version=14.1)]))
    assert outcome.values(FactKey.VERSION) == ["14.1"]
    assert "format the column as text" in detail(outcome)
    assert problems(outcome)[0][1] == 2


@pytest.mark.parametrize("value", [date(2005, 2, 14), datetime(2005, 2, 14, 1, 2)])
def test_a_release_that_became_a_date_is_left_out_and_told(read_book, value):
    outcome = read_book(as_xlsx([HEADER, row(version=value)]))
    assert outcome.values(FactKey.VERSION) == []
    assert "“version” is a date" in detail(outcome)
    assert outcome.values(FactKey.ROLE) == ["expressway-c"]


def test_true_and_false_and_whole_numbers_are_what_they_look_like(read_book):
    header = ("fqdn", "role", "verify_origin_server", "sip_eku_checking")
    outcome = read_book(as_xlsx([header, ("a.example.com", "expressway-c", True, 0)]))
    assert outcome.values(FactKey.VERIFY_ORIGIN_SERVER) == [True]
    assert outcome.values(FactKey.SIP_EKU_CHECKING) == [False]
    assert outcome.file(NAME).problems == ()


def test_formulas_are_not_evaluated(read_book):
    outcome = read_book(as_xlsx([HEADER, row(address="=CONCATENATE(1,2)")]))
    assert outcome.values(FactKey.ADDRESS) == []
    assert outcome.values(FactKey.ROLE) == ["expressway-c"]


def test_a_formula_counts_with_the_value_that_was_last_computed(read_book):
    data = as_xlsx([HEADER, row(address="=A1")])
    computed = rezipped(
        data,
        xl_worksheets_sheet1_xml=lambda content: re.sub(
            rb"<c r=\"D2\"[^>]*><f>A1</f><v\s*/?>(?:</v>)?", b'<c r="D2" t="str"><f>A1</f><v>192.0.2.77</v>', content
        ),
    )
    assert read_book(computed).values(FactKey.ADDRESS) == ["192.0.2.77"]


def test_an_error_in_a_cell_is_told(read_book):
    outcome = read_book(as_xlsx([HEADER, row(address="#REF!")]))
    assert outcome.values(FactKey.ADDRESS) == []
    assert "“address” is a formula without a value" in detail(outcome)


def test_a_wrong_role_is_named_with_its_sheet_and_row(read_book):
    ((code, line, params),) = problems(read_book(as_xlsx([HEADER, ROWS[0], row(role="vcs")])))
    assert (code, line, params["key"], params["value"]) == (ProblemCode.WRONG_VALUE, 3, "Sheet 1: role", "vcs")


def test_a_workbook_without_a_header_says_which_one_it_needs(read_book):
    outcome = read_book(as_xlsx([["Host", "IP"], ["expc1", "192.0.2.1"]]))
    assert outcome.file(NAME).outcome is Outcome.NOT_READ
    assert "fqdn, and role or cluster" in detail(outcome)


def test_a_document_under_the_name_of_a_workbook_is_a_document(read_files):
    docx = zip_of({"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<x/>", "word/document.xml": b"<w/>"})
    outcome = read_files({"inventory.xlsx": docx})
    assert outcome.file("inventory.xlsx").kind is Kind.DOCUMENT
    assert [file.source.member for file in outcome.reading.files] == [None]


def test_an_archive_that_happens_to_hold_such_a_folder_is_an_archive(read_files, good):
    outcome = read_files({"x.zip": zip_of({"xl/server.pem": good, "word/ca.pem": good})})
    assert [file.kind for file in outcome.reading.files] == [Kind.CERTIFICATES, Kind.CERTIFICATES, Kind.ZIP]


@pytest.mark.parametrize(
    ("stream", "words"), [("EncryptedPackage", "protected by a password"), ("Workbook", "old form (.xls)")]
)
def test_an_encrypted_or_old_workbook_says_how_to_save_it(read_book, stream, words):
    outcome = read_book(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(2000))
    assert outcome.file(NAME).kind is Kind.SPREADSHEET
    assert words in detail(outcome)


def test_a_binary_workbook_says_how_to_save_it(read_book):
    data = zip_of({"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<x/>", "xl/workbook.bin": b"x"})
    assert ".xlsb" in detail(read_book(data))


@pytest.mark.parametrize(
    "part", ["xl_workbook_xml", "xl_worksheets_sheet1_xml", "xl_styles_xml", "xl_sharedStrings_xml"]
)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<",
        b"not xml",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>',
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    ],
    ids=["empty", "cut", "text", "entities", "external entity"],
)
def test_a_damaged_part_is_told_and_nothing_fails(read_book, part, content):
    outcome = read_book(rezipped(as_excel_writes(as_xlsx()), **{part: lambda _: content}))
    assert problems(outcome)
    assert ProblemCode.INTERNAL not in [code for code, _, _ in problems(outcome)]


def test_a_shared_string_that_is_not_there_is_told_and_nothing_fails(read_book):
    data = rezipped(
        as_excel_writes(as_xlsx()),
        xl_worksheets_sheet1_xml=lambda content: content.replace(b"<v>3</v>", b"<v>999999</v>"),
    )
    assert "damaged" in detail(read_book(data))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_a_workbook_that_unfolds_too_far_is_refused_before_it_is_unfolded(read_book, part):
    name = re.sub(r"\W", "_", part)
    data = rezipped(as_excel_writes(as_xlsx()), **{name: lambda content: content + b" " * 20_000_000})
    assert len(data) < 100_000
    started = time.process_time()
    outcome = read_book(data)
    assert time.process_time() - started < 1
    assert outcome.file(NAME).outcome is Outcome.REFUSED
    assert "unfolds to more than 4 MiB" in detail(outcome)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_workbook_packed_as_no_spreadsheet_does_it_is_not_read(read_book, method):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_xlsx())) as old, zipfile.ZipFile(out, "w", method) as new:
        for item in old.infolist():
            new.writestr(item.filename, old.read(item))
    assert "packed in a way" in detail(read_book(out.getvalue()))


def test_a_workbook_of_too_many_parts_is_refused(read_book):
    out = io.BytesIO(as_xlsx())
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(400):
            archive.writestr(f"xl/worksheets/extra{number}.xml", b"<x/>")
    assert read_book(out.getvalue()).file(NAME).outcome is Outcome.REFUSED


def test_rows_and_columns_beyond_the_bounds_are_said_to_be_left(read_book):
    book = Workbook()
    page = book.active
    page.append([*HEADER, *(f"column {number}" for number in range(400))])
    page.append([*ROWS[0]])
    page.cell(1_048_576, 16_384, "far away")
    out = io.BytesIO()
    book.save(out)
    started = time.process_time()
    outcome = read_book(out.getvalue())
    assert time.process_time() - started < 3
    assert len(said(outcome)) == 4
    assert words_of(problems(outcome)[0][2]) == "Sheet: only the first 200 columns are read"


def test_macros_are_not_looked_at(read_book):
    out = io.BytesIO(as_xlsx())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + bytes(500))
    outcome = read_book(out.getvalue())
    assert len(outcome.facts(FactKey.ROLE)) == len(ROWS)
    assert outcome.file(NAME).problems == ()


def test_a_hidden_sheet_and_a_chart_do_no_harm(read_book):
    book = load_workbook(io.BytesIO(as_xlsx()))
    book.create_sheet("Secret").sheet_state = "hidden"
    book.create_chartsheet("Chart")
    out = io.BytesIO()
    book.save(out)
    assert len(read_book(out.getvalue()).facts(FactKey.ROLE)) == len(ROWS)


def test_a_private_key_in_a_cell_is_forgotten(read_book, authority):
    key = authority.key_pem.decode()
    outcome = read_book(as_xlsx([HEADER, row(cluster=key)]))
    assert key.splitlines()[1] not in repr(outcome.reading)
