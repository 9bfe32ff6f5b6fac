"""Certificates taken apart, spoiled in one place and signed again: what no builder makes and real nodes hold."""

from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from diagnostics.pki import der
from diagnostics.samples.authority import Issued

ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
ECDSA_WITH_NULL = bytes.fromhex("300c06082a8648ce3d0403020500")  # RFC 5758, 3.2 says that parameters are absent
RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")

VERSION, SERIAL, ALGORITHM, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS = range(8)

SAN = bytes.fromhex("0603551d11")
BASIC_CONSTRAINTS = bytes.fromhex("0603551d13")
KEY_USAGE = bytes.fromhex("0603551d0f")
UNKNOWN_EXTENSION = bytes.fromhex("06042a030405")


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def extension(oid: bytes, value: bytes, *, critical: bool = False) -> bytes:
    return tlv(0x30, oid, b"\x01\x01\xff" if critical else b"", tlv(0x04, value))


def extensions_of(issued: Issued) -> list[bytes]:
    """Each extension of the certificate, whole."""
    return [item.whole for item in der.first(_fields(issued)[EXTENSIONS].content).children()]


def with_extensions(extensions: Sequence[bytes]) -> dict[int, bytes]:
    return {EXTENSIONS: tlv(0xA3, tlv(0x30, *extensions))}


def spoiled(
    issued: Issued,
    signer: Issued,
    changes: Mapping[int, bytes] | None = None,
    *,
    algorithm: bytes = ECDSA_SHA256,
) -> bytes:
    """The certificate with some of its fields replaced (b"" leaves one out), signed by `signer`, as DER."""
    fields = [field.whole for field in _fields(issued)]
    for number, value in {ALGORITHM: algorithm, **(changes or {})}.items():
        fields[number] = value
    signed = tlv(0x30, *fields)
    return tlv(0x30, signed, algorithm, tlv(0x03, b"\0", _signature(signer.key, signed)))


def _fields(issued: Issued) -> tuple[der.Value, ...]:
    return der.first(der.first(issued.der).content).children()


def _signature(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, signed: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(signed, ec.ECDSA(hashes.SHA256()))
