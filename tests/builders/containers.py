"""Stores and containers of certificates: Java keystores and Windows' serialized stores made by hand, PKCS#7 and PKCS#12."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from diagnostics.pki.pem import armour
from diagnostics.readers.base import Kind
from diagnostics.samples.authority import Authority, Issued, root
from tests.builders import Built

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
JKS, JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
DER = serialization.Encoding.DER


@cache
def chain() -> tuple[Issued, Authority, Authority]:
    """A leaf, the CA that issued it and the root, the same for all builders of these kinds."""
    top = root(at=AT)
    issuing = top.intermediate("Issuing CA")
    # A serial number with line ends in it, so that a transfer as text always spoils the leaf.
    leaf = issuing.issue(common_name="a.example.com", dns=["a.example.com"], serial=0x0A0D0A0A0A)
    return leaf, issuing, top


def keystore(
    trusted: Sequence[bytes] = (),
    keys: Sequence[Sequence[bytes]] = (),
    *,
    magic: bytes = JKS,
    version: int = 2,
    password: str = "changeit",
    behind: bytes = b"",
) -> bytes:
    """A Java keystore: one entry for each trusted certificate, and one private key for each chain in `keys`.

    `behind` are further entries, already written; they are counted as one.
    """
    count = len(trusted) + len(keys) + bool(behind)
    parts = [magic, version.to_bytes(4, "big"), count.to_bytes(4, "big")]
    for number, item in enumerate(trusted):
        parts += [(2).to_bytes(4, "big"), _alias(f"trusted{number}"), _certificate(item, version)]
    for number, items in enumerate(keys):
        key = b"\x30\x82\x01\x00" + bytes(256)  # stands for EncryptedPrivateKeyInfo, which nobody looks into
        parts += [(1).to_bytes(4, "big"), _alias(f"key{number}"), len(key).to_bytes(4, "big"), key]
        parts += [len(items).to_bytes(4, "big"), *(_certificate(item, version) for item in items)]
    body = b"".join([*parts, behind])
    return body + hashlib.sha1(password.encode("utf-16-be") + b"Mighty Aphrodite" + body).digest()


def secret_key_entry() -> bytes:
    """Of a JCEKS: a serialized Java object, as far as its first bytes."""
    return (3).to_bytes(4, "big") + _alias("secret") + b"\xac\xed\x00\x05sr\x003com.sun.crypto.provider.SealedObject"


def _alias(name: str) -> bytes:
    stamp = int(AT.timestamp() * 1000).to_bytes(8, "big")
    return len(name).to_bytes(2, "big") + name.encode() + stamp


def _certificate(der: bytes, version: int) -> bytes:
    kind = b"\0\x05X.509" if version == 2 else b""
    return kind + len(der).to_bytes(4, "big") + der


def serialized_store(certificates: Sequence[bytes], crls: Sequence[bytes] = (), *, end: bytes = bytes(12)) -> bytes:
    """What certutil and certmgr export as .sst, each certificate with two properties before it."""
    parts = [b"\0\0\0\0CERT"]
    for item in certificates:
        parts += [_element(3, hashlib.sha1(item).digest()), _element(11, "name\0".encode("utf-16-le"))]
        parts.append(_element(32, item))
    return b"".join([*parts, *(_element(33, item) for item in crls), end])


def _element(number: int, value: bytes) -> bytes:
    return b"".join(part.to_bytes(4, "little") for part in (number, 1, len(value))) + value


def p7b() -> bytes:
    return pkcs7.serialize_certificates([item.certificate for item in chain()], DER)


def open_trust_store() -> bytes:
    """PKCS#12 that holds certificates, nothing encrypted."""
    entries = [pkcs12.PKCS12Certificate(item.certificate, None) for item in chain()]
    return pkcs12.serialize_java_truststore(entries, serialization.NoEncryption())


def pfx(password: bytes | None) -> bytes:
    """PKCS#12 with the leaf, its key and the chain; None: nothing in it is encrypted."""
    leaf, issuing, top = chain()
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    above = [issuing.certificate, top.certificate]
    return pkcs12.serialize_key_and_certificates(b"a", leaf.key, leaf.certificate, above, protection)


@cache
def crl_der() -> bytes:
    leaf, issuing, _ = chain()
    return x509.load_pem_x509_crl(issuing.crl([leaf], this_update=AT, next_update=AT + timedelta(days=7))).public_bytes(
        DER
    )


def _ders() -> tuple[bytes, ...]:
    return tuple(item.der for item in chain())


def p7b_pem() -> bytes:
    return armour(p7b()).replace("CERTIFICATE", "PKCS7").encode()


BUILT = (
    Built(kind=Kind.CERTIFICATES, title="PKCS#7, DER", valid=p7b, malformed=lambda: p7b()[:-40]),
    Built(
        kind=Kind.CERTIFICATES,
        title="PKCS#7, PEM",
        valid=p7b_pem,
        malformed=lambda: p7b_pem().replace(b"\nMII", b"\nMI!", 1),
    ),
    Built(
        kind=Kind.PKCS12,
        title="PKCS#12 without a key",
        valid=open_trust_store,
        malformed=lambda: open_trust_store()[:-300],
    ),
    Built(
        kind=Kind.KEYSTORE,
        title="JKS",
        valid=lambda: keystore(_ders()),
        malformed=lambda: keystore(_ders())[:-200],
    ),
    Built(
        kind=Kind.KEYSTORE,
        title="JCEKS",
        valid=lambda: keystore(_ders(), magic=JCEKS),
        malformed=lambda: keystore(_ders(), magic=JCEKS, behind=secret_key_entry()),
    ),
    Built(
        kind=Kind.CERTIFICATE_STORE,
        title="Microsoft serialized store",
        valid=lambda: serialized_store(_ders(), [crl_der()]),
        malformed=lambda: serialized_store(_ders(), [crl_der()])[:-100],
    ),
)
