"""A certification authority in a few lines, with one switch for every way in which a certificate can be wrong.

Time is always an argument: `at` is the moment the material is meant to be looked at, and every default date is counted
from it. Keys are fresh (EC P-256); RSA keys, which cost about 50 ms each, come in turn from a small pool.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Unpack

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from diagnostics.samples.signing import (
    BOTH_ROLES,
    CA_BITS,
    LEAF_BITS,
    USAGE_OIDS,
    LeafShape,
    PrivateKey,
    Shape,
    Signer,
    Usage,
    alternative_names,
    key_for,
    kind_of,
    signed,
    utc,
)

HOLDER = "Example Corporation"
LEAF_AGE, LEAF_LEFT = timedelta(days=30), timedelta(days=335)
ROOT_AGE, INTERMEDIATE_AGE = timedelta(days=1826), timedelta(days=730)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)

    @property
    def pem(self) -> bytes:
        return pem([self.certificate])

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def sha256(self) -> str:
        """Of the DER, lower-case hex."""
        return sha256(self.certificate)

    @property
    def key_pem(self) -> bytes:
        """The private key, PKCS#8, not encrypted: what a customer must not hand over and sometimes does."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(Issued):
    """A CA certificate with its key.

    Attributes:
        issuer: who signed it; None: it signed itself.
        at: the moment that default dates are counted from.
    """

    issuer: "Authority | None"
    at: datetime

    @property
    def signer(self) -> Signer:
        return Signer(name=self.name, key=self.key)

    @property
    def name(self) -> x509.Name:
        return self.certificate.subject

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """Its certificate and those above it, up to the one that signed itself."""
        return (self.certificate, *(self.issuer.chain if self.issuer else ()))

    def intermediate(
        self, name: str, *, organisation: str | None = None, days: int = 1825, **shape: Unpack[Shape]
    ) -> "Authority":
        """A CA under this one, valid for `days` after `at`; of the same organisation unless another is given."""
        shape.setdefault(
            "subject", distinguished_name(name, organisation or _attribute(self.name, NameOID.ORGANIZATION_NAME))
        )
        shape.setdefault("not_before", self.at - INTERMEDIATE_AGE)
        shape.setdefault("not_after", self.at + timedelta(days=days))
        return _authority(self, self.at, shape)

    def issue(self, **shape: Unpack[LeafShape]) -> Issued:
        """A leaf certificate for TLS server and client, from 30 days before `at` to 335 days after it.

        The names are `common_name` (None or left out: no common name), `dns` and `ips`.
        """
        return _leaf(self, self.at, shape)

    def reissue(self, issued: Issued, **changes: Unpack[LeafShape]) -> Issued:
        """The names, usages and dates of `issued` in a certificate by this CA with a new key, but for `changes`.

        Only subject, DNS and IP names, extended usages and dates are taken over; the rest is as `issue` makes it.
        """
        shape = _shape_of(issued.certificate)
        if "common_name" in changes or "organisation" in changes:
            del shape["subject"]
        shape.update(changes)
        return _leaf(self, self.at, shape)

    def cross_sign(self, other: "Authority", **shape: Unpack[Shape]) -> "Authority":
        """`other`'s name and key in a certificate by this CA."""
        shape.setdefault("subject", other.name)
        shape.setdefault("key", other.key)
        shape.setdefault("not_before", self.at - INTERMEDIATE_AGE)
        shape.setdefault("not_after", other.certificate.not_valid_after_utc)
        return _authority(self, self.at, shape)

    def rekeyed(self, **shape: Unpack[Shape]) -> "Authority":
        """A successor with the same name and issuer and another key."""
        shape.setdefault("key", kind_of(self.key))
        return self.renewed(**shape)

    def renewed(self, **shape: Unpack[Shape]) -> "Authority":
        """The same name, issuer and key in another certificate; give `not_after` to move its end."""
        shape.setdefault("subject", self.name)
        shape.setdefault("key", self.key)
        shape.setdefault("not_before", self.certificate.not_valid_before_utc)
        shape.setdefault("not_after", self.certificate.not_valid_after_utc)
        return _authority(self.issuer, self.at, shape)

    def crl(
        self,
        revoked: Iterable[Issued | x509.Certificate] = (),
        *,
        this_update: datetime,
        next_update: datetime,
        number: int = 1,
    ) -> bytes:
        """A certificate revocation list, PEM; everything in it was revoked at `this_update`."""
        builder = x509.CertificateRevocationListBuilder(issuer_name=self.name)
        builder = builder.last_update(utc(this_update)).next_update(utc(next_update))
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        own_key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(own_key_id, critical=False)
        for item in revoked:
            certificate = item.certificate if isinstance(item, Issued) else item
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(utc(this_update)).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def root(
    name: str = "Example Root CA",
    *,
    at: datetime,
    organisation: str = HOLDER,
    days: int = 3650,
    **shape: Unpack[Shape],
) -> Authority:
    """A CA that signed itself, valid from five years before `at` to `days` after it."""
    moment = utc(at)
    shape.setdefault("subject", distinguished_name(name, organisation))
    shape.setdefault("not_before", moment - ROOT_AGE)
    shape.setdefault("not_after", moment + timedelta(days=days))
    return _authority(None, moment, shape)


def self_signed(common_name: str, /, *, at: datetime, **shape: Unpack[LeafShape]) -> Issued:
    """A node certificate as Unified CM makes it at installation: signed by itself, no basicConstraints.

    `ca=False` and `ca=True` put that extension in.
    """
    shape.setdefault("common_name", common_name)
    shape.setdefault("ca", None)
    shape.setdefault("key_usage", ("digital_signature", "key_encipherment", "data_encipherment", "key_cert_sign"))
    return _leaf(None, utc(at), shape)


def pem(certificates: Iterable[x509.Certificate]) -> bytes:
    """The certificates one after another, PEM, in the order given."""
    return b"".join(item.public_bytes(serialization.Encoding.PEM) for item in certificates)


def sha256(certificate: x509.Certificate) -> str:
    """The fingerprint by which everything names a certificate, lower-case hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def distinguished_name(common_name: str | None, organisation: str | None) -> x509.Name:
    """O and CN, in that order; either may be absent."""
    parts = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])


def _authority(issuer: Authority | None, at: datetime, shape: Shape) -> Authority:
    shape.setdefault("ca", True)
    shape.setdefault("key_usage", CA_BITS)
    key = key_for(shape.get("key", "ec"))
    certificate = signed(shape, key=key, signer=issuer.signer if issuer else None)
    return Authority(certificate=certificate, key=key, issuer=issuer, at=at)


def _leaf(issuer: Authority | None, at: datetime, shape: LeafShape) -> Issued:
    shape.setdefault("subject", distinguished_name(shape.get("common_name"), shape.get("organisation", HOLDER)))
    shape.setdefault("not_before", at - LEAF_AGE)
    shape.setdefault("not_after", at + LEAF_LEFT)
    shape.setdefault("ca", False)
    shape.setdefault("key_usage", LEAF_BITS)
    shape.setdefault("usages", BOTH_ROLES)
    key = key_for(shape.get("key", "ec"))
    names = alternative_names(dns=shape.get("dns", ()), ips=shape.get("ips", ()))
    certificate = signed(shape, key=key, signer=issuer.signer if issuer else None, names=names)
    return Issued(certificate=certificate, key=key)


def _shape_of(certificate: x509.Certificate) -> LeafShape:
    shape: LeafShape = {
        "subject": certificate.subject,
        "common_name": _attribute(certificate.subject, NameOID.COMMON_NAME),
        "organisation": _attribute(certificate.subject, NameOID.ORGANIZATION_NAME) or "",
        "not_before": certificate.not_valid_before_utc,
        "not_after": certificate.not_valid_after_utc,
        "key": kind_of(certificate.public_key()),
        "usages": _usages_of(certificate),
    }
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return shape
    shape["dns"] = names.get_values_for_type(x509.DNSName)
    shape["ips"] = [str(item) for item in names.get_values_for_type(x509.IPAddress)]
    return shape


def _usages_of(certificate: x509.Certificate) -> tuple[Usage, ...] | None:
    try:
        present = list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return None
    return tuple(usage for usage, oid in USAGE_OIDS.items() if oid in present)


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    return next((str(item.value) for item in name.get_attributes_for_oid(oid)), None)
