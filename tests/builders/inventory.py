"""The inventory in every form that is read: YAML, JSON, CSV, XLSX."""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

import yaml
from openpyxl import Workbook

from diagnostics.readers.base import Kind
from tests.builders import Built

HEADER = ("cluster", "role", "fqdn", "address", "version")
ROWS = (
    ("expc.example.com", "expressway-c", "expc1.example.com", "192.0.2.11", "X14.0.10"),
    ("expc.example.com", "expressway-c", "expc2.example.com", "192.0.2.12", "X14.0.10"),
    ("expe1.example.com", "expressway-e", "expe1.example.com", "198.51.100.21", "X15.0"),
    ("cucm.example.com", "unified-cm", "cucm1.example.com", "192.0.2.31", "14.0"),
)
DOCUMENT: dict[str, Any] = {
    "format": "expcert-inventory/1",
    "deployment": "Example Corp",
    "mra": {"enabled": True, "domains": ["example.com"]},
    "clusters": [
        {
            "name": "expc.example.com",
            "role": "expressway-c",
            "version": "X14.0.10",
            "nodes": [{"fqdn": "expc1.example.com", "address": "192.0.2.11"}],
            "zones": [{"name": "UC traversal", "type": "traversal-client", "port": 7001, "peers": ["e.example.com"]}],
        }
    ],
}


def as_csv(rows: Iterable[Sequence[str]] = ROWS, *, header: Sequence[str] = HEADER, separator: str = ",") -> str:
    return "".join(f"{separator.join(row)}\r\n" for row in (header, *rows))


def as_xlsx(*sheets: Sequence[Sequence[object]]) -> bytes:
    """A workbook with these sheets, each a sequence of rows; of the usual rows where none is given."""
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets or [(HEADER, *ROWS)], 1):
        page = book.create_sheet(f"Sheet {number}")
        for row in rows:
            page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_excel_writes(data: bytes) -> bytes:
    """The same workbook with its text in one table, as Excel keeps it; openpyxl writes it into the cells."""
    texts: list[bytes] = []

    def moved(match: re.Match[bytes]) -> bytes:
        texts.append(match[2])
        return match[1] + b't="s"><v>%d</v></c>' % (len(texts) - 1)

    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            parts[name] = archive.read(name)
    for name in [name for name in parts if name.startswith("xl/worksheets/")]:
        parts[name] = re.sub(rb'(<c [^>]*?)t="inlineStr"><is><t[^>]*>([^<]*)</t></is></c>', moved, parts[name])
    namespace = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    items = b"".join(b"<si><t>%s</t></si>" % text for text in texts)
    parts["xl/sharedStrings.xml"] = b'<sst xmlns="%s">%s</sst>' % (namespace, items)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    listed = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", listed)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "_rels/.rels", *(name for name in parts if name[0] not in "[_")):
            archive.writestr(name, parts[name])
    return out.getvalue()


def _csv() -> bytes:
    return as_csv().encode("utf-8-sig")


def _open_quote() -> bytes:
    return as_csv([*ROWS[:2], ("c", "expressway-e", '"expe1.example.com', "", ""), *ROWS[3:]]).encode()


def _wrong_role() -> bytes:
    return as_csv([*ROWS[:2], ("c", "expressway-f", "expe1.example.com", "", "")], separator=";").encode("utf-16")


def _yaml() -> bytes:
    return yaml.safe_dump(DOCUMENT, sort_keys=False).encode()


def _yaml_of_wrong_types() -> bytes:
    return yaml.safe_dump({**DOCUMENT, "clusters": "none"}, sort_keys=False).encode()


def _json() -> bytes:
    return json.dumps(DOCUMENT, indent=2).encode()


def _cut_json() -> bytes:
    return _json()[:-20]


def _xlsx_without_header() -> bytes:
    return as_xlsx(ROWS)


def _cut_xlsx() -> bytes:
    return as_xlsx()[:-200]


BUILT = (
    Built(kind=Kind.INVENTORY, title="YAML", valid=_yaml, malformed=_yaml_of_wrong_types),
    Built(kind=Kind.INVENTORY, title="JSON", valid=_json, malformed=_cut_json),
    Built(kind=Kind.INVENTORY, title="CSV", valid=_csv, malformed=_open_quote),
    Built(
        kind=Kind.INVENTORY,
        title="CSV with semicolons in UTF-16",
        valid=lambda: as_csv(separator=";").encode("utf-16"),
        malformed=_wrong_role,
    ),
    Built(kind=Kind.SPREADSHEET, title="XLSX", valid=as_xlsx, malformed=_xlsx_without_header),
    Built(
        kind=Kind.SPREADSHEET,
        title="XLSX as Excel writes it",
        valid=lambda: as_excel_writes(as_xlsx()),
        malformed=_cut_xlsx,
    ),
)
