"""The facts of a certificate that cryptography parsed.

Every field is read in its own guard: of 8,096 real certificates that load, 505 raise on some field, and a triage tool
must still show the rest. What could not be read is named in `Facts.unreadable`.
"""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import NameOID

from diagnostics.pki.bounds import MOST_ATTRIBUTES, MOST_NAMES
from diagnostics.pki.certificate import EMPTY_NAME, AlternativeNames, DistinguishedName, Facts, PublicKey, comparable

T = TypeVar("T")
S = TypeVar("S", bound=Sequence[object])


def from_cryptography(parsed: x509.Certificate) -> Facts:
    """Read every field of `parsed`, each in its own guard; never raises."""
    reading = GuardedReading()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what it will refuse one day; what it reads today is shown today
        extension = _Extensions(parsed, reading)
        return Facts(
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
            unreadable=tuple(dict.fromkeys(reading.failed)),
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
    "extensions", and `single` reads them one by one.
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


def name_facts(name: x509.Name) -> DistinguishedName:
    """Facts of a distinguished name that cryptography parsed. Raises `ValueError` on one made to tie us up."""
    bounded(name.rdns, MOST_ATTRIBUTES)
    key = tuple(
        tuple(sorted((item.oid.dotted_string, comparable(_as_text(item.value))) for item in rdn)) for rdn in name.rdns
    )
    return DistinguishedName(
        text=name.rfc4514_string({NameOID.EMAIL_ADDRESS: "E"}),
        key=key,
        common_names=tuple(_as_text(item.value) for item in name.get_attributes_for_oid(NameOID.COMMON_NAME)),
        attribute_oids=tuple(item.oid.dotted_string for item in name),
    )


def bounded(items: S, most: int) -> S:
    """Itself. Raises `ValueError` where it is longer than that."""
    if len(items) > most:
        raise ValueError(f"{len(items)} where at most {most} are read")
    return items


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
    for name in bounded(list(value), MOST_NAMES):
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
    return tuple(oid.dotted_string for oid in bounded(list(value), MOST_NAMES))


def _authority_key_id(value: x509.AuthorityKeyIdentifier) -> str | None:
    return None if value.key_identifier is None else value.key_identifier.hex()


def _crl_urls(value: x509.CRLDistributionPoints) -> tuple[str, ...]:
    names = [name for point in value for name in point.full_name or ()]
    return tuple(str(getattr(name, "value", name)) for name in bounded(names, MOST_NAMES))


def _issuer_urls(value: x509.AuthorityInformationAccess) -> tuple[str, ...]:
    wanted = x509.oid.AuthorityInformationAccessOID.CA_ISSUERS
    descriptions = bounded(list(value), MOST_NAMES)
    return tuple(
        str(getattr(item.access_location, "value", "")) for item in descriptions if item.access_method == wanted
    )
