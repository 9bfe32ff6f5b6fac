"""One certificate from one description: names, keys, dates and extensions, each of which can be wrong on purpose."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import count
from typing import Literal, TypeAlias, TypedDict

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
KeyKind: TypeAlias = Literal["ec", "rsa"]
Usage: TypeAlias = Literal["server", "client", "any", "code", "ipsec"]
KeyBit: TypeAlias = Literal[
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
]

USAGE_OIDS: dict[Usage, x509.ObjectIdentifier] = {
    "server": ExtendedKeyUsageOID.SERVER_AUTH,
    "client": ExtendedKeyUsageOID.CLIENT_AUTH,
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "code": ExtendedKeyUsageOID.CODE_SIGNING,
    "ipsec": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
}
BOTH_ROLES: tuple[Usage, ...] = ("server", "client")
LEAF_BITS: tuple[KeyBit, ...] = ("digital_signature", "key_encipherment")
CA_BITS: tuple[KeyBit, ...] = ("key_cert_sign", "crl_sign")

RSA_BITS = 2048
RSA_POOL_SIZE = 8
_rsa_pool: list[rsa.RSAPrivateKey] = []
_rsa_turns = count()


class Shape(TypedDict, total=False):
    """What can be set differently, to spoil one thing; what is left out is as it should be.

    Keys:
        subject: the whole name, in place of the one made from common name and organisation.
        key: "ec", "rsa", or a key at hand (a renewal that keeps its key).
        not_before, not_after: aware.
        serial: a fixed serial number.
        ca: basicConstraints' cA; None leaves the extension out.
        path_length: pathLenConstraint, for `ca=True` alone.
        key_usage: the bits; None leaves the extension out.
        usages: extended key usages; None leaves the extension out.
        name_constraints: the extension, critical.
        subject_key_id, authority_key_id: False leaves the extension out.
        extensions: further extensions, each with its critical flag.
    """

    subject: x509.Name
    key: KeyKind | PrivateKey
    not_before: datetime
    not_after: datetime
    serial: int
    ca: bool | None
    path_length: int | None
    key_usage: Sequence[KeyBit] | None
    usages: Sequence[Usage] | None
    name_constraints: x509.NameConstraints | None
    subject_key_id: bool
    authority_key_id: bool
    extensions: Sequence[tuple[x509.ExtensionType, bool]]


class LeafShape(Shape, total=False):
    """`Shape`, and the names of a leaf."""

    common_name: str | None
    organisation: str
    dns: Sequence[str]
    ips: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs: a name and a key."""

    name: x509.Name
    key: PrivateKey


def signed(
    shape: Shape, *, key: PrivateKey, signer: Signer | None, names: Sequence[x509.GeneralName] = ()
) -> x509.Certificate:
    """The certificate that `shape` describes, for `key`; without a signer it signs itself.

    `shape` must have subject, not_before and not_after.
    """
    subject = shape["subject"]
    builder = (
        x509.CertificateBuilder()
        .issuer_name(signer.name if signer else subject)
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(shape["serial"] if "serial" in shape else x509.random_serial_number())
        .not_valid_before(utc(shape["not_before"]))
        .not_valid_after(utc(shape["not_after"]))
    )
    for extension, critical in (
        *_key_ids(shape, key, signer),
        *_restrictions(shape),
        *_alternative_names(subject, names),
        *shape.get("extensions", ()),
    ):
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer.key if signer else key, hashes.SHA256())


Extensions: TypeAlias = Iterator[tuple[x509.ExtensionType, bool]]


def _key_ids(shape: Shape, key: PrivateKey, signer: Signer | None) -> Extensions:
    if shape.get("subject_key_id", True):
        yield x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
    if signer and shape.get("authority_key_id", True):
        yield x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()), False


def _restrictions(shape: Shape) -> Extensions:
    """What the certificate may be used for, with the critical flags of RFC 5280, 4.2.1."""
    if (ca := shape.get("ca")) is not None:
        yield x509.BasicConstraints(ca=ca, path_length=shape.get("path_length")), True
    if (bits := shape.get("key_usage")) is not None:
        yield _key_usage(bits), True
    if (usages := shape.get("usages")) is not None:
        yield x509.ExtendedKeyUsage([USAGE_OIDS[usage] for usage in usages]), False
    if (constraints := shape.get("name_constraints")) is not None:
        yield constraints, True


def _alternative_names(subject: x509.Name, names: Sequence[x509.GeneralName]) -> Extensions:
    if names:
        yield (
            x509.SubjectAlternativeName(names),
            not list(subject),
        )  # critical under an empty subject: RFC 5280, 4.2.1.6


def _key_usage(bits: Sequence[KeyBit]) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature="digital_signature" in bits,
        content_commitment="content_commitment" in bits,
        key_encipherment="key_encipherment" in bits,
        data_encipherment="data_encipherment" in bits,
        key_agreement="key_agreement" in bits,
        key_cert_sign="key_cert_sign" in bits,
        crl_sign="crl_sign" in bits,
        encipher_only=False,
        decipher_only=False,
    )


def alternative_names(*, dns: Sequence[str], ips: Sequence[str]) -> list[x509.GeneralName]:
    """As the extension wants them, DNS names first."""
    return [*(x509.DNSName(name) for name in dns), *(x509.IPAddress(ip_address(text)) for text in ips)]


def kind_of(key: object) -> KeyKind:
    return "rsa" if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey) else "ec"


def key_for(wanted: KeyKind | PrivateKey) -> PrivateKey:
    """A fresh EC P-256 key, the next RSA key of the pool, or the key given."""
    if wanted == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return _next_rsa_key() if wanted == "rsa" else wanted


def _next_rsa_key() -> rsa.RSAPrivateKey:
    """In turn, so that of any eight certificates made one after another no two have the same key."""
    turn = next(_rsa_turns) % RSA_POOL_SIZE
    while len(_rsa_pool) <= turn:
        _rsa_pool.append(rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))
    return _rsa_pool[turn]


def utc(moment: datetime) -> datetime:
    """To the second, in UTC. Raises ValueError for a naive time, which would mean another moment elsewhere."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC).replace(microsecond=0)
