"""Certificates written as the one form that Expressway takes: Base-64 PEM with a final newline."""

import base64
import re
import textwrap
from collections.abc import Iterable

from diagnostics.pki.certificate import Certificate

_DASHES = re.compile("[-\u2010-\u2015\u2212\uff0d]{2,}")


def as_pem(certificate: Certificate) -> str:
    """One certificate as PEM with a comment header that says which it is."""
    return f"# {_one_line(certificate.subject.text)}\n# SHA-256 {certificate.sha256}\n{armour(certificate.der)}"


def armour(der: bytes) -> str:
    """DER as a PEM block (RFC 7468), 64 columns, newline at the end."""
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode("ascii"), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def bundle(certificates: Iterable[Certificate]) -> str:
    """Several certificates, each with its comment header, in the given order."""
    return "\n".join(as_pem(certificate) for certificate in certificates)


def _one_line(text: str) -> str:
    # A subject is attacker text: a line break in it must not end the comment, nor armour in it begin a block.
    # Readers are kind to marks of fewer dashes and of other ones.
    return _DASHES.sub("?", "".join(letter if letter.isprintable() else "?" for letter in text))
