"""Certificates as files to take away: what is in each file, and under which name.

What a file is called comes out of uploads, so only plain letters of it reach a header or an archive.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.certification_path import FoundPath, Step
from diagnostics.pki.pem import as_pem, bundle
from expcert.inventory.services import certificates_by_fingerprint
from expcert.triage.models import Diagnosis

SERVER, AUTHORITIES = "server", "ca"
_LONGEST = 60  # letters of a name; file systems take 255 bytes, and people read less
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: the same certificates are the same file


def plain(text: str, otherwise: str = "certificate") -> str:
    """A name of nothing but plain letters, digits, dots and dashes, that begins with neither dot nor dash."""
    letters = re.sub(r"[^A-Za-z0-9.]+", "-", text[:200]).strip("-.")[:_LONGEST].rstrip("-.")
    return letters or otherwise


def converted(diagnosis: Diagnosis, number: int, what: str) -> tuple[str, list[Certificate]] | None:
    """File name and certificates of one half of a file that Expressway refuses; None where there is nothing to give."""
    rows = (diagnosis.document or {}).get("files", [])
    conversion = rows[number].get("conversion") if 0 <= number < len(rows) else None
    if not conversion:
        return None
    wanted = [conversion["server"]] if what == SERVER else conversion["authorities"]
    found = certificates_by_fingerprint(diagnosis.deployment, [sha256 for sha256 in wanted if sha256])
    return (f"{_base_name(rows[number])}-{what}.pem", found) if found else None


def _base_name(row: dict[str, Any]) -> str:
    name = str(row["member"] or row["upload"]).rpartition("/")[2]
    return plain(name.rpartition(".")[0] or name)


def numbered(path: FoundPath) -> list[tuple[str, Step]]:
    """Each CA certificate of a path with the name of its file: 01-root-..., 02-intermediate-..., in upload order."""
    return [
        (f"{number:02}-{'root' if path.complete and number == 1 else 'intermediate'}-{_named(step)}.pem", step)
        for number, step in enumerate(path.steps, start=1)
    ]


def _named(step: Step) -> str:
    return plain(step.certificate.subject.short)


def pem_response(name: str, certificates: Iterable[Certificate]) -> HttpResponse:
    """Base-64 PEM, each certificate under a comment that says which it is."""
    return _attachment(name, "application/x-pem-file", bundle(certificates).encode("utf-8"))


def zip_response(name: str, files: Sequence[tuple[str, Certificate]]) -> HttpResponse:
    """One file per certificate."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file_name, certificate in files:
            archive.writestr(zipfile.ZipInfo(file_name, _ZIP_TIME), as_pem(certificate))
    return _attachment(name, "application/zip", packed.getvalue())


def _attachment(name: str, content_type: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
