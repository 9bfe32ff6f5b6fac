"""One certificate from its DER: by cryptography, or else by OpenSSL."""

import warnings
from dataclasses import fields, replace

from cryptography import x509

from diagnostics.pki.bounds import KIB, LARGEST_CERTIFICATE
from diagnostics.pki.certificate import Certificate, Facts
from diagnostics.pki.errors import REFUSALS, NotACertificate, NotDer
from diagnostics.pki.facts import from_cryptography
from diagnostics.pki.framing import der_length
from diagnostics.pki.tolerant import Extensions, extensions, frame
from diagnostics.pki.verification import load_with_openssl

_OF_EXTENSIONS = tuple(field.name for field in fields(Extensions) if field.name != "unreadable")


def load_certificate(der: bytes) -> Certificate:
    """One certificate from its DER, by cryptography or else by OpenSSL. Raises `NotACertificate`."""
    with warnings.catch_warnings():
        # It warns of what it will refuse one day (a serial number of zero); what it loads today is shown today.
        warnings.simplefilter("ignore")
        return loaded(der)


def loaded(der: bytes) -> Certificate:
    """`load_certificate` for many in a row, for whoever has silenced cryptography's warnings already."""
    if len(der) > LARGEST_CERTIFICATE:
        raise NotACertificate(f"larger than {LARGEST_CERTIFICATE // KIB} KiB")
    try:
        parsed = x509.load_der_x509_certificate(der)
    except REFUSALS as refusal:
        try:
            return _by_openssl(der)
        except NotACertificate as error:
            raise NotACertificate(str(refusal)) from error
    return Certificate(der, _facts, parsed=parsed)


def _by_openssl(der: bytes) -> Certificate:
    length = der_length(der)
    if length is not None and length < len(der):
        # It would load what comes first, and the fingerprint would be of more than the certificate.
        raise NotACertificate(f"{len(der) - length} bytes behind it")
    return load_with_openssl(der)


def _facts(certificate: Certificate) -> Facts:
    assert certificate.parsed is not None
    facts = from_cryptography(certificate.parsed)
    return _with_tolerant_extensions(facts, certificate.der) if "extensions" in facts.unreadable else facts


def _with_tolerant_extensions(facts: Facts, der: bytes) -> Facts:
    """Read the extensions one by one where a malformed one kept cryptography from reading any."""
    try:
        seen = extensions(frame(der).extensions)
    except NotDer:
        return facts
    read = {name: getattr(seen, name) for name in _OF_EXTENSIONS}
    return replace(facts, **read, unreadable=(*facts.unreadable, *seen.unreadable))
