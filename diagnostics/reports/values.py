"""Single facts as the JSON values of a document."""

from datetime import UTC, datetime
from typing import Any

from diagnostics.estate.observations import Source
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.paths import MissingIssuer


def source_values(source: Source) -> dict[str, Any]:
    """Where a fact stands, as in the report's `evidence`."""
    member = f"{source.member or ''}#{source.part}".lstrip("#") if source.part else source.member
    return {"upload": source.upload, "member": member, "line": source.line, "text": source.text}


def certificate_values(certificate: Certificate) -> dict[str, Any]:
    """The facts that a report lists of a certificate."""
    return {
        "subject": certificate.subject.text,
        "issuer": certificate.issuer.text,
        "name": certificate.subject.short,
        "serial": f"{certificate.serial:x}" if certificate.serial is not None else None,
        "not_before": moment(certificate.not_before),
        "not_after": moment(certificate.not_after),
        "names": list(certificate.names.texts),
        "key": certificate.key.text if certificate.key else None,
        "signature": certificate.signature_algorithm,
        "usages": list(certificate.usage_names),
        "ca": bool(certificate.ca),
        "self_issued": certificate.self_issued,
        "subject_key_id": certificate.subject_key_id,
        "authority_key_id": certificate.authority_key_id,
        "loaded_by": certificate.loaded_by.value,
        "unreadable": list(certificate.unreadable),
    }


def missing_values(item: MissingIssuer) -> dict[str, Any]:
    """A CA certificate that is wanted; `sha256` null where no copy is at hand."""
    return {
        "subject": item.subject,
        "name": item.name,
        "key_id": item.key_id,
        "sha256": item.certificate.sha256 if item.certificate else None,
        "root": item.is_root,
        "same_name": [other.sha256 for other in item.same_name],
    }


def moment(when: datetime | None) -> str | None:
    """RFC 3339 in UTC with a Z; None where there is none."""
    return f"{when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z" if when else None
