"""One certificate: its bytes and its facts, frozen to the outside.

Reading every fact takes fifteen times as long as loading the certificate, and of most files only the fingerprints are
wanted (what is stored already, what stands in another file too). So facts are read when one of them is first asked for,
all at once, and kept.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Generic, TypeVar, overload

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

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
class Facts:
    """What one certificate says.

    Attributes:
        serial: None where it could not be read.
        not_before, not_after: aware, UTC; None where they could not be read.
        ca: basicConstraints' cA; None: the extension is absent.
        path_length: None: no limit stated.
        key_usage: names as in RFC 5280 (digitalSignature, keyCertSign, ...); None: no such extension.
        extended_usages: dotted OIDs; None: no such extension, so every usage is allowed (RFC 5280, 4.2.1.12).
        subject_key_id, authority_key_id: lower-case hex; None: absent.
        unreadable: names of the fields above that the libraries could not read.
    """

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
    unreadable: tuple[str, ...] = ()


class _Fact(Generic[T]):
    """A field of `Facts`, as an attribute of the certificate."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, certificate: None, owner: type) -> "_Fact[T]": ...
    @overload
    def __get__(self, certificate: "Certificate", owner: type) -> T: ...
    def __get__(self, certificate: "Certificate | None", owner: type) -> "T | _Fact[T]":
        if certificate is None:
            return self
        fact: T = getattr(certificate.facts, self._name)
        return fact


class Certificate:
    """One certificate; two are equal where their bytes are.

    Attributes:
        der: as it came.
        sha256: of the DER, lower-case hex; the identity used everywhere.
        parsed: cryptography's object; None where only OpenSSL loads it.
        facts: all that it says; each of them is an attribute too.
    """

    __slots__ = ("_known", "der", "parsed", "sha256")

    der: bytes
    sha256: str
    parsed: x509.Certificate | None
    _known: Facts | Callable[["Certificate"], Facts]

    subject = _Fact[DistinguishedName]()
    issuer = _Fact[DistinguishedName]()
    serial = _Fact[int | None]()
    not_before = _Fact[datetime | None]()
    not_after = _Fact[datetime | None]()
    key = _Fact[PublicKey | None]()
    signature_algorithm = _Fact[str]()
    names = _Fact[AlternativeNames]()
    ca = _Fact[bool | None]()
    path_length = _Fact[int | None]()
    key_usage = _Fact[frozenset[str] | None]()
    extended_usages = _Fact[tuple[str, ...] | None]()
    subject_key_id = _Fact[str | None]()
    authority_key_id = _Fact[str | None]()
    crl_urls = _Fact[tuple[str, ...]]()
    issuer_urls = _Fact[tuple[str, ...]]()
    unreadable = _Fact[tuple[str, ...]]()

    def __init__(
        self, der: bytes, facts: Facts | Callable[["Certificate"], Facts], *, parsed: x509.Certificate | None = None
    ) -> None:
        """`facts`, or what gives them and never raises: it is called at most once (twice where two threads meet)."""
        put = object.__setattr__
        put(self, "der", der)
        put(self, "sha256", hashlib.sha256(der).hexdigest())
        put(self, "parsed", parsed)
        put(self, "_known", facts)

    @property
    def facts(self) -> Facts:
        known = self._known
        if not isinstance(known, Facts):
            known = known(self)
            object.__setattr__(self, "_known", known)
        return known

    @property
    def loaded_by(self) -> Loader:
        """Which library loads it."""
        return Loader.OPENSSL if self.parsed is None else Loader.CRYPTOGRAPHY

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        return self.der == other.der if isinstance(other, Certificate) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"Certificate({self.subject.text!r}, sha256={self.sha256!r})"

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


EMPTY_NAME = DistinguishedName(text="", key=())
_BLANKS = re.compile(r"\s+")


def comparable(value: str) -> str:
    """An attribute value as names are compared: case folded, blanks collapsed (RFC 5280, 7.1)."""
    return _BLANKS.sub(" ", value).strip().casefold()


def fingerprint(der: bytes) -> str:
    """SHA-256 over the DER, lower-case hex."""
    return hashlib.sha256(der).hexdigest()
