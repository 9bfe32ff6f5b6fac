"""docs/uploads.md says what the code does."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

from diagnostics.estate.model import PlaceReason
from diagnostics.estate.observations import Role, Sign, SignCode, Slot, StoreName, ZoneType
from diagnostics.pki import bounds as pki_bounds
from diagnostics.pki.loaded import Form
from diagnostics.pki.passwords import LONGEST_PASSWORD, MOST_PASSWORDS
from diagnostics.pki.pkcs12 import MOST_ROUNDS
from diagnostics.readers import bounds as reader_bounds
from diagnostics.readers.base import MIB, MOST_PROBLEMS, Kind, Limits, Outcome
from diagnostics.readers.inventory import _MRA_LISTS, _SETTING_FLAGS
from diagnostics.readers.inventory_columns import DEPLOYMENT_COLUMNS, NODE_COLUMNS, ZONE_COLUMNS
from diagnostics.readers.isolated import UNLOCKING
from diagnostics.readers.processes import Bounds
from diagnostics.readers.wording import LONGEST_VALUE
from diagnostics.readers.yaml_lines import DEEPEST, MOST_VALUES
from diagnostics.reports.sentences import KINDS, PLACE_REASONS
from tests.builders import logs

KIB = 1024
COLUMNS = ["kind", "what it is", "what is read", "what is never kept", "how it is told apart", "grade", "limits"]
LOG_LINES = ["#", "line (the fixed part of it)", "read as", "its meaning", "grade"]
LIMITS = ["what", "limit", "why"]

Table = list[list[str]]


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).parents[3] / "docs" / "uploads.md").read_text()


@pytest.fixture(scope="module")
def tables(page) -> list[Table]:
    """Each table as its rows of cells, the header first, the line below it left out."""
    found: list[Table] = []
    before = ""
    for line in page.splitlines():
        if line.startswith("|"):
            if not before.startswith("|"):
                found.append([])
            found[-1].append(cells(line))
        before = line
    for table in found:
        assert set("".join(table.pop(1))) == {"-"}, table[0]
    return found


@pytest.fixture(scope="module")
def stated(tables) -> dict[str, str]:
    """Limit by what is limited."""
    return {row[0]: row[1] for row in rows_under(tables, LIMITS)}


def cells(line: str) -> list[str]:
    assert line.endswith("|"), line
    return [cell.strip() for cell in line[1:-1].split("|")]


def rows_under(tables: Iterable[Table], header: list[str]) -> list[list[str]]:
    """The rows of all tables with this header."""
    return [row for table in tables if table[0] == header for row in table[1:]]


def size(count: int) -> str:
    """A number of bytes as the page writes it."""
    unit, name = next((unit, name) for unit, name in ((1024 * MIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")) if count >= unit)
    assert count % unit == 0
    return f"{count // unit} {name}"


def bounds_of(module: ModuleType) -> Iterator[str]:
    return (name for name in vars(module) if name.isupper() and name not in ("KIB", "MIB"))


def test_its_example_is_read_without_a_problem(read_files, page):
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert example
    file = read_files({"inventory.yaml": example[1].encode()}).file("inventory.yaml")
    assert (file.outcome, file.problems) == (Outcome.READ, ())


def test_every_row_of_a_table_has_a_cell_for_every_column_and_none_is_empty(tables):
    assert len(tables) > 10
    for table in tables:
        assert {len(row) for row in table} == {len(table[0])}, table[0]
        assert all(cell for row in table for cell in row), table[0]


def test_every_kind_has_its_row_under_the_word_of_the_files_page(tables):
    kinds = {re.split(r"[,;]", row[0])[0] for row in rows_under(tables, COLUMNS)}
    assert kinds == {KINDS[kind] for kind in Kind}


def test_every_form_of_a_certificate_file_is_named_once_with_what_is_said_of_it(tables):
    rows = rows_under(tables, ["form", "said", "handed back"])
    assert sorted(
        form for row in rows for form in re.findall(r"\(`([a-z0-9-]+)`", row[0].replace(", `", ", (`"))
    ) == sorted(Form)


def test_the_log_table_has_every_numbered_line_and_names_what_each_is_read_as(read_files, tables):
    rows = rows_under(tables, LOG_LINES)
    assert [int(number) for row in rows for number in row[0].split(",")] == list(range(1, 24))
    told = read_files({"log.txt": logs.log_of(logs.EVERY_LINE, apart=0.01)}).reading.observations
    found = {item.code for item in told if isinstance(item, Sign)} - {SignCode.LOG_TAKEN}
    assert len(found) > 10
    assert found <= signs_in("".join(row[2] for row in rows))


def test_every_sign_is_named(page):
    assert signs_in(page) == set(SignCode)


def signs_in(text: str) -> set[SignCode]:
    """Those between backticks; `-untrusted` behind `tls-outbound-name` is `tls-outbound-untrusted`."""
    return {code for code in SignCode if f"`{code}`" in text or f"`{code.removeprefix('tls-outbound')}`" in text}


def test_every_reason_for_a_place_is_told_in_the_words_of_the_page(tables):
    rows = rows_under(tables, ["reason", "said on the page", "what says so", "grade"])
    assert [row[1] for row in rows] == [PLACE_REASONS[reason] for reason in PlaceReason]


def test_every_bound_of_a_reading_is_stated(stated):
    limits = Limits()
    said = {
        "depth": ("archives inside archives", f"{limits.depth}"),
        "members": ("members of all archives of one upload together", f"{limits.members:,}"),
        "inflated": ("bytes that all archives of one upload unfold to", size(limits.inflated)),
        "ratio": (f"unfolded to packed, from {size(limits.ratio_floor)} on", f"{limits.ratio} to 1"),
        "structured": (
            "one file that is read whole (dump, status, JSON, inventory, certificates)",
            size(limits.structured),
        ),
        "certificates": ("certificates in one file", f"{limits.certificates:,}"),
        "facts": ("facts from one configuration dump", f"{limits.facts:,}"),
        "kept": ("certificates, CRLs and locked containers of one upload, each once", size(limits.kept)),
        "observations": ("observations of one upload", f"{limits.observations:,}"),
        "spooled": ("one zip inside another archive, on disk while it is read", size(limits.spooled)),
    }
    elsewhere = {"ratio_floor", "spool_directory", "passwords"}  # in the row of the ratio; no bounds
    assert set(said) | elsewhere == {field.name for field in fields(Limits)}
    assert {what: stated.get(what) for what, _ in said.values()} == dict(said.values())


def test_every_bound_of_the_archives_is_stated(stated):
    said = {
        "LARGEST_DIRECTORY": ("the directory of a zip", size(reader_bounds.LARGEST_DIRECTORY)),
        "LONGEST_TAR_HEADER": ("an extended header of a tar", size(reader_bounds.LONGEST_TAR_HEADER)),
        "MOST_STREAMS": ("gzip, bzip2, xz streams one behind the other", f"{reader_bounds.MOST_STREAMS:,}"),
        "LONGEST_GZIP_FIELD": ("name or comment in a gzip header", size(reader_bounds.LONGEST_GZIP_FIELD)),
        "XZ_MEMORY": ("memory to unfold xz", size(reader_bounds.XZ_MEMORY)),
    }
    assert set(said) == set(bounds_of(reader_bounds))
    assert {what: stated.get(what) for what, _ in said.values()} == dict(said.values())


def test_every_bound_of_certificates_is_stated(stated):
    said = {
        "LARGEST_CERTIFICATE": ("of one certificate: bytes", size(pki_bounds.LARGEST_CERTIFICATE)),
        "MOST_NAMES": (
            "of one certificate: names, URLs, usages in one extension",
            f"{pki_bounds.MOST_NAMES:,}",
        ),
        "MOST_ATTRIBUTES": ("of one certificate: attributes of a subject or issuer", f"{pki_bounds.MOST_ATTRIBUTES}"),
        "MOST_CHILDREN": (
            "of one certificate: values directly in one ASN.1 value",
            f"{pki_bounds.MOST_CHILDREN:,}",
        ),
        "LARGEST_PRIVATE_KEY": (
            "of a private key: bytes that are looked into",
            size(pki_bounds.LARGEST_PRIVATE_KEY),
        ),
        "MOST_OTHERS": ("faults, keys, CRLs and requests kept of one file", f"{pki_bounds.MOST_OTHERS:,} each"),
        "LARGEST_LOCKED": ("of a container that stays closed: what is kept of it", size(pki_bounds.LARGEST_LOCKED)),
        "MOST_ENCRYPTED_PARTS": (
            "of a container: encrypted parts that are tried",
            f"{pki_bounds.MOST_ENCRYPTED_PARTS}",
        ),
        "MOST_WRAPPINGS": (
            "wrappings in one another (UTF-16 round Base-64 round PEM)",
            f"{pki_bounds.MOST_WRAPPINGS}",
        ),
        "WASTED_BYTES": (
            "Base-64 and hexadecimal text that is tried in vain",
            f"{pki_bounds.WASTED_BYTES} times the file's size",
        ),
        "MOST_ENTRIES": (
            "PKCS#7 items, entries of a key store or serialized store",
            f"{pki_bounds.MOST_ENTRIES:,}",
        ),
        "LONGEST_ESCAPED": (
            r"text in which escapes (`\n`, `&#13;`, `%2B`) are looked for",
            size(pki_bounds.LONGEST_ESCAPED),
        ),
    }
    assert set(said) == set(bounds_of(pki_bounds))
    assert {what: stated.get(what) for what, _ in said.values()} == dict(said.values())


def test_every_bound_of_the_process_that_reads_is_stated(stated, page):
    bounds = Bounds()
    said = {
        "memory": ("memory of the process that reads", f"{size(bounds.memory)} of address space"),
        "seconds": ("processor time for one file", f"{bounds.seconds} s, and 1 s for each 8 MiB"),
        "patience": ("silence of that process", f"{bounds.patience:.0f} s"),
        "deaths": (
            "such processes ended by files of one upload",
            f"{bounds.deaths}, or {bounds.lost:.0f} s lost with them",
        ),
    }
    assert set(said) | {"lost"} == {field.name for field in fields(Bounds)}
    assert {what: stated.get(what) for what, _ in said.values()} == dict(said.values())
    assert f"{UNLOCKING.seconds} s of processor time, and may be silent for {UNLOCKING.patience:.0f} s" in page


def test_its_other_limits_are_those_of_the_readers(stated):
    assert stated["rounds of key derivation in a PKCS#12 container"] == f"{MOST_ROUNDS:,}"
    assert stated["passwords in one file of them, and the length of one"] == (
        f"{MOST_PASSWORDS}; {LONGEST_PASSWORD:,} characters"
    )
    assert stated["values in one inventory"] == f"{MOST_VALUES:,}, and {DEEPEST} levels of nesting"
    assert stated["one value of an inventory or setting of a dump"] == f"{LONGEST_VALUE:,} characters"
    assert stated["problems listed for one file"] == str(MOST_PROBLEMS)


def test_it_names_every_key_place_and_word_of_the_inventory(page):
    table = page[page.index("| where | keys |") :]
    words = {*_MRA_LISTS, *_SETTING_FLAGS, *(place.value for kind in (Slot, StoreName, ZoneType) for place in kind)}
    words |= {role.value for role in Role} - {Role.EXPRESSWAY.value}
    words |= {"tls_verify_subject_name", "unified_communications", "server_entry", "crls", "peers", "fallback", "mode"}
    assert {word for word in words if f"`{word}`" not in table} == set()


def test_it_names_every_column_of_the_inventory_as_a_table(tables):
    named = {row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in rows_under(tables, ["of what", "columns"])}
    assert named == {
        "a node": {"cluster", "role", "fqdn", *NODE_COLUMNS},
        "the deployment, in any row": set(DEPLOYMENT_COLUMNS),
        "a zone": {"cluster", "zone", *ZONE_COLUMNS},
    }


def test_the_threat_model_repeats_its_numbers():
    threats = " ".join((Path(__file__).parents[3] / "docs" / "threat-model.md").read_text().split())
    limits, bounds = Limits(), Bounds()
    for said in (
        f"Depth ({limits.depth}), members ({limits.members:,}), unfolded bytes ({size(limits.inflated)})",
        f"and ratio ({limits.ratio})",
        f"bounded ({size(limits.structured)}), certificates per file too ({limits.certificates:,})",
        f"{size(bounds.memory)} of memory, {bounds.seconds} seconds of processor time for one file",
        f"after {bounds.deaths} such files",
        f"({MOST_ROUNDS:,}), and opening it has {UNLOCKING.seconds} seconds of processor time",
    ):
        assert said in threats
