"""Certificate revocation lists that were handed in."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509

from diagnostics.pki.certificate import Certificate, DistinguishedName, fingerprint
from diagnostics.pki.errors import REFUSALS, NotACrl
from diagnostics.pki.facts import name_facts
from diagnostics.pki.signatures import public_key

# What reading an extension raises where it is absent, there twice, or malformed.
_UNREADABLE = (x509.ExtensionNotFound, x509.UnsupportedGeneralNameType, *REFUSALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crl:
    """One revocation list.

    Attributes:
        sha256: of the DER, lower-case hex.
        next_update: aware, UTC; None: the list states none (RFC 5280 requires one).
        number: the cRLNumber; None: the list has none.
    """

    sha256: str
    der: bytes = field(repr=False)
    issuer: DistinguishedName
    this_update: datetime
    next_update: datetime | None
    entries: int
    number: int | None
    parsed: x509.CertificateRevocationList = field(repr=False, compare=False)

    def expired_at(self, at: datetime) -> bool:
        """nextUpdate lies before `at`."""
        return self.next_update is not None and self.next_update < at

    def revoked_on(self, serial: int) -> datetime | None:
        """When the certificate with `serial` was revoked, None where it is not listed.

        A certificate on hold counts as revoked for as long as it is listed (RFC 5280, 5.3.1); removeFromCRL appears
        in delta lists alone and lifts the hold.
        """
        if serial < 0:
            return None  # cryptography cannot be asked for one; RFC 5280 allows none
        entry = self.parsed.get_revoked_certificate_by_serial_number(serial)
        if entry is None:
            return None
        try:
            reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        except _UNREADABLE:
            reason = None
        return None if reason is x509.ReasonFlags.remove_from_crl else entry.revocation_date_utc


def load_crl(der: bytes) -> Crl:
    """Raises `NotACrl` where the bytes are none."""
    try:
        parsed = x509.load_der_x509_crl(der)
        return Crl(
            sha256=fingerprint(der),
            der=der,
            issuer=name_facts(parsed.issuer),
            this_update=parsed.last_update_utc,
            next_update=parsed.next_update_utc,
            entries=len(parsed),
            number=_number(parsed),
            parsed=parsed,
        )
    except REFUSALS as error:
        raise NotACrl(str(error)) from error


def issued_crl(crl: Crl, issuer: Certificate) -> bool:
    """Whether `issuer` signed `crl`: same name, and the signature verifies with its key."""
    key = public_key(issuer)
    if key is None or crl.issuer.key != issuer.subject.key:
        return False
    try:
        return crl.parsed.is_signature_valid(key)  # type: ignore[arg-type]
    except REFUSALS:
        return False


def _number(parsed: x509.CertificateRevocationList) -> int | None:
    try:
        return parsed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except _UNREADABLE:
        return None
