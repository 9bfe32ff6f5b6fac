"""The facts of one certificate, read once and frozen.

Every field is read in its own guard: of 8,096 real certificates that load, 505 raise on some field, and a triage tool
must still show the rest. What could not be read is named in `Certificate.unreadable`.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

T = TypeVar("T")

SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH.dotted_string
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string

USAGE_NAMES = {
    SERVER_AUTH: "serverAuth",
    CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string: "anyExtendedKeyUsage",
    ExtendedKeyUsageOID.CODE_SIGNING.dotted_string: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING.dotted_string: "timeStamping",
    ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string: "OCSPSigning",
}


class Loader(StrEnum):
    """Which library could load the certificate."""

    CRYPTOGRAPHY = "cryptography"  # strict about DER; the ordinary case
    OPENSSL = "openssl"  # refused by cryptography, accepted by OpenSSL as an Expressway would


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinguishedName:
    """A subject or issuer.

    `text` is for people (RFC 4514, most specific first); `key` compares as OpenSSL does, without regard to case and
    runs of blanks (RFC 5280, 7.1); `common_names` in the order of the certificate; `attribute_oids` dotted.
    """

    text: str
    key: tuple[tuple[tuple[str, str], ...], ...]
    common_names: tuple[str, ...] = ()
    attribute_oids: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The common name where there is one, else the whole name, else a word for nothing."""
        return self.common_names[0] if self.common_names else self.text or "(empty name)"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeNames:
    """The subjectAltName extension by kind; IP addresses as objects, everything else as written."""

    dns: tuple[str, ...] = ()
    ips: tuple[IPv4Address | IPv6Address, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Every name as text: DNS names first, then addresses, then the rest."""
        return (*self.dns, *(str(ip) for ip in self.ips), *self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """Kind ("RSA", "EC", ...), size in bits (None: not a sized key), curve name (None: not EC), SHA-256 of the SPKI."""

    kind: str
    bits: int | None
    curve: str | None
    spki_sha256: str

    @property
    def text(self) -> str:
        return " ".join(str(part) for part in (self.kind, self.curve or self.bits) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate.

    Attributes:
        sha256: of the DER, lower-case hex; the identity used everywhere.
        serial: None where it could not be read.
        not_before, not_after: aware, UTC; None where they could not be read.
        ca: basicConstraints' cA; None: the extension is absent.
        path_length: None: no limit stated.
        key_usage: names as in RFC 5280 (digitalSignature, keyCertSign, ...); None: no such extension.
        extended_usages: dotted OIDs; None: no such extension, so every usage is allowed (RFC 5280, 4.2.1.12).
        subject_key_id, authority_key_id: lower-case hex; None: absent.
        unreadable: names of the fields above that the libraries could not read.
        parsed: cryptography's object; None where only OpenSSL loads it.
    """

    sha256: str
    der: bytes = field(repr=False)
    subject: DistinguishedName
    issuer: DistinguishedName
    serial: int | None
    not_before: datetime | None
    not_after: datetime | None
    key: PublicKey | None
    signature_algorithm: str
    names: AlternativeNames
    ca: bool | None
    path_length: int | None
    key_usage: frozenset[str] | None
    extended_usages: tuple[str, ...] | None
    subject_key_id: str | None
    authority_key_id: str | None
    crl_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    loaded_by: Loader = Loader.CRYPTOGRAPHY
    unreadable: tuple[str, ...] = ()
    parsed: x509.Certificate | None = field(default=None, repr=False, compare=False)

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name; whether it is self-signed is a question of the signature."""
        return self.subject.key == self.issuer.key

    @property
    def usage_names(self) -> tuple[str, ...]:
        return tuple(USAGE_NAMES.get(oid, oid) for oid in self.extended_usages or ())

    def serves(self, usage: str) -> bool | None:
        """Whether the extended key usage allows `usage` (a dotted OID).

        None where the certificate has no such extension: RFC 5280 then allows everything, but how Expressway's upload
        page takes it is documented nowhere. anyExtendedKeyUsage alone serves neither side, as OpenSSL has it.
        """
        return None if self.extended_usages is None else usage in self.extended_usages

    def valid_at(self, at: datetime) -> bool:
        """Inside its dates, both ends included (RFC 5280, 4.1.2.5). Unreadable dates are not valid."""
        if self.not_before is None or self.not_after is None:
            return False
        return self.not_before <= at <= self.not_after


def fingerprint(der: bytes) -> str:
    """SHA-256 over the DER, lower-case hex."""
    return hashlib.sha256(der).hexdigest()


def from_cryptography(parsed: x509.Certificate, der: bytes) -> Certificate:
    """Read every field of `parsed`, each in its own guard."""
    reading = GuardedReading()
    extension = _Extensions(parsed, reading)
    return Certificate(
        sha256=fingerprint(der),
        der=der,
        subject=reading.of("subject", lambda: name_facts(parsed.subject), EMPTY_NAME),
        issuer=reading.of("issuer", lambda: name_facts(parsed.issuer), EMPTY_NAME),
        serial=reading.of("serial", lambda: parsed.serial_number, None),
        not_before=reading.of("not_before", lambda: parsed.not_valid_before_utc, None),
        not_after=reading.of("not_after", lambda: parsed.not_valid_after_utc, None),
        key=reading.of("key", lambda: key_facts(parsed.public_key()), None),
        signature_algorithm=reading.of("signature_algorithm", lambda: _signature_algorithm(parsed), ""),
        names=extension.of("names", x509.SubjectAlternativeName, _alternative_names, AlternativeNames()),
        ca=extension.of("ca", x509.BasicConstraints, lambda value: value.ca, None),
        path_length=extension.of("path_length", x509.BasicConstraints, lambda value: value.path_length, None),
        key_usage=extension.of("key_usage", x509.KeyUsage, _key_usage, None),
        extended_usages=extension.of("extended_usages", x509.ExtendedKeyUsage, _extended_usages, None),
        subject_key_id=extension.of("subject_key_id", x509.SubjectKeyIdentifier, lambda v: v.digest.hex(), None),
        authority_key_id=extension.of("authority_key_id", x509.AuthorityKeyIdentifier, _authority_key_id, None),
        crl_urls=extension.of("crl_urls", x509.CRLDistributionPoints, _crl_urls, ()),
        issuer_urls=extension.of("issuer_urls", x509.AuthorityInformationAccess, _issuer_urls, ()),
        loaded_by=Loader.CRYPTOGRAPHY,
        unreadable=tuple(dict.fromkeys(reading.failed)),
        parsed=parsed,
    )


class GuardedReading:
    """Reads fields one by one and remembers which failed."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def of(self, name: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except Exception:  # the libraries raise ValueError, TypeError, UnsupportedAlgorithm and more here
            self.failed.append(name)
            return otherwise


_E = TypeVar("_E", bound=x509.ExtensionType)


class _Extensions:
    """The extensions of one certificate.

    cryptography reads them as a whole, so one malformed extension hides all; `Certificate.unreadable` then holds
    "extensions", and `loading` asks OpenSSL for them.
    """

    def __init__(self, parsed: x509.Certificate, reading: GuardedReading) -> None:
        self._reading = reading
        self._extensions = reading.of("extensions", lambda: parsed.extensions, None)

    def of(self, name: str, kind: type[_E], read: Callable[[_E], T], otherwise: T) -> T:
        """Read one extension; `otherwise` where it is absent or unreadable."""
        if self._extensions is None:
            return otherwise
        try:
            value = self._extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return otherwise
        return self._reading.of(name, lambda: read(value), otherwise)


EMPTY_NAME = DistinguishedName(text="", key=())
_BLANKS = re.compile(r"\s+")


def comparable(value: str) -> str:
    """An attribute value as names are compared: case folded, blanks collapsed (RFC 5280, 7.1)."""
    return _BLANKS.sub(" ", value).strip().casefold()


def name_facts(name: x509.Name) -> DistinguishedName:
    """Facts of a distinguished name that cryptography parsed."""
    key = tuple(
        tuple(sorted((item.oid.dotted_string, comparable(_as_text(item.value))) for item in rdn)) for rdn in name.rdns
    )
    return DistinguishedName(
        text=name.rfc4514_string({NameOID.EMAIL_ADDRESS: "E"}),
        key=key,
        common_names=tuple(_as_text(item.value) for item in name.get_attributes_for_oid(NameOID.COMMON_NAME)),
        attribute_oids=tuple(item.oid.dotted_string for item in name),
    )


def _as_text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.hex()


def key_facts(key: PublicKeyTypes) -> PublicKey:
    """Facts of a key that cryptography knows."""
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = hashlib.sha256(spki).hexdigest()
    if isinstance(key, rsa.RSAPublicKey):
        return PublicKey(kind="RSA", bits=key.key_size, curve=None, spki_sha256=digest)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return PublicKey(kind="EC", bits=key.curve.key_size, curve=key.curve.name, spki_sha256=digest)
    kind = type(key).__name__.strip("_").removesuffix("PublicKey")
    return PublicKey(kind=kind, bits=getattr(key, "key_size", None), curve=None, spki_sha256=digest)


def _signature_algorithm(parsed: x509.Certificate) -> str:
    return algorithm_name(parsed.signature_algorithm_oid)


def algorithm_name(oid: x509.ObjectIdentifier) -> str:
    """The registered name ("sha256WithRSAEncryption"), or the dotted form where the library has none."""
    name = str(getattr(oid, "_name", ""))  # there is no public spelling of it
    return oid.dotted_string if name in ("", "Unknown OID") else name


def _alternative_names(value: x509.SubjectAlternativeName) -> AlternativeNames:
    dns, ips, others = [], [], []
    for name in value:
        if isinstance(name, x509.DNSName):
            dns.append(name.value)
        elif isinstance(name, x509.IPAddress) and isinstance(name.value, (IPv4Address, IPv6Address)):
            ips.append(name.value)
        else:
            others.append(f"{type(name).__name__}:{getattr(name, 'value', '')}")
    return AlternativeNames(dns=tuple(dns), ips=tuple(ips), others=tuple(others))


_KEY_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}
_WITH_KEY_AGREEMENT = {"encipher_only": "encipherOnly", "decipher_only": "decipherOnly"}  # undefined without it


def _key_usage(value: x509.KeyUsage) -> frozenset[str]:
    asked = _KEY_USAGES | (_WITH_KEY_AGREEMENT if value.key_agreement else {})
    return frozenset(name for attribute, name in asked.items() if getattr(value, attribute))


def _extended_usages(value: x509.ExtendedKeyUsage) -> tuple[str, ...]:
    return tuple(oid.dotted_string for oid in value)


def _authority_key_id(value: x509.AuthorityKeyIdentifier) -> str | None:
    return None if value.key_identifier is None else value.key_identifier.hex()


def _crl_urls(value: x509.CRLDistributionPoints) -> tuple[str, ...]:
    return tuple(str(getattr(name, "value", name)) for point in value for name in point.full_name or ())


def _issuer_urls(value: x509.AuthorityInformationAccess) -> tuple[str, ...]:
    wanted = x509.oid.AuthorityInformationAccessOID.CA_ISSUERS
    return tuple(str(getattr(item.access_location, "value", "")) for item in value if item.access_method == wanted)
