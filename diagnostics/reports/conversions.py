"""What a file that Expressway refuses can be handed back as: certificates by SHA-256, parted for its two upload pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from diagnostics.estate.model import Deployment
from diagnostics.estate.observations import CertificateFile
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.conversion import Signatures, part
from diagnostics.pki.loaded import Form


def conversions(deployment: Deployment) -> Mapping[tuple[int, str], dict[str, Any]]:
    """By number of the upload and path of the file; files in the right form, and lists inside of others, have none.

    PEM with a CA certificate before that of a host is in the right form and of no more use than another one.

    `server` is null where no certificate, or no single one, is a host's; `leaves` has them all.
    """
    found: dict[tuple[int, str], dict[str, Any]] = {}
    signatures = Signatures()
    for batch, file in deployment.certificate_files:
        held = [deployment.certificates[item] for item in file.certificates if item in deployment.certificates]
        if file.source.part or not held or (file.form == Form.PEM and not _out_of_order(deployment, batch, file, held)):
            continue
        parted = part(held, key_ids=file.key_ids, signatures=signatures)
        found[batch, file.source.file_path] = {
            "server": parted.server.sha256 if parted.server else None,
            "leaves": [item.sha256 for item in parted.leaves],
            "authorities": [item.sha256 for item in parted.authorities],
        }
    return found


def _out_of_order(deployment: Deployment, batch: int, file: CertificateFile, held: Sequence[Certificate]) -> bool:
    """By basic constraints alone, which is cheap; a list of trusted certificates has no order to keep."""
    if held[0].ca is not True or all(item.ca for item in held):
        return False
    return not any(place.store for place in deployment.placed.get((batch, file.source.path), ()))
