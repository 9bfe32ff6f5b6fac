"""Certificates, revocation lists and requests as single files, in PEM, DER and without armour."""

import base64
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from diagnostics.pki.pem import armour
from diagnostics.readers.base import Kind
from diagnostics.samples.authority import pem
from tests.builders import Built
from tests.builders.containers import chain, crl_der

DER = serialization.Encoding.DER


def bundle() -> bytes:
    """Leaf, issuing CA and root, one after another."""
    return pem(item.certificate for item in chain())


def leaf_der() -> bytes:
    return chain()[0].der


def one_bad_block() -> bytes:
    """The bundle with its second block cut short by one line."""
    leaf, issuing, top = chain()
    lines = issuing.pem.splitlines(keepends=True)
    return leaf.pem + b"".join(lines[:3] + lines[4:]) + top.pem


@cache
def request_der() -> bytes:
    """A signing request with the leaf's key and names."""
    leaf = chain()[0]
    names = x509.SubjectAlternativeName([x509.DNSName("a.example.com"), x509.DNSName("sip.example.com")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.example.com")])
    )
    return builder.add_extension(names, critical=False).sign(leaf.key, hashes.SHA256()).public_bytes(DER)


def armoured(der: bytes, label: str) -> bytes:
    return armour(der).replace("CERTIFICATE", label).encode()


def bare_base64() -> bytes:
    return base64.encodebytes(leaf_der())


def hexadecimal() -> bytes:
    text = leaf_der().hex(" ", 1)
    return "\n".join(text[at : at + 48].rstrip() for at in range(0, len(text), 48)).encode()


def ios_configuration() -> bytes:
    """As `show running-config` of Cisco IOS prints a trust point's certificate."""
    digits = chain()[2].der.hex(" ", 4).upper().split()
    rows = "".join("  " + " ".join(digits[at : at + 8]) + "\n" for at in range(0, len(digits), 8))
    head = "hostname router1\n!\ncrypto pki certificate chain EXAMPLE\n certificate ca 01\n"
    return (head + rows + "  \tquit\n!\nend\n").encode()


def key_der() -> bytes:
    """The leaf's private key."""
    plain = serialization.NoEncryption()
    return chain()[0].key.private_bytes(DER, serialization.PrivateFormat.PKCS8, plain)


def public_key_der() -> bytes:
    return chain()[0].key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)


BUILT = (
    Built(kind=Kind.CERTIFICATES, title="PEM bundle", valid=bundle, malformed=one_bad_block),
    Built(kind=Kind.CERTIFICATES, title="DER", valid=leaf_der, malformed=lambda: leaf_der()[:-30]),
    Built(kind=Kind.CERTIFICATES, title="bare base64", valid=bare_base64, malformed=lambda: bare_base64()[:-80]),
    Built(kind=Kind.CERTIFICATES, title="hexadecimal", valid=hexadecimal, malformed=lambda: hexadecimal()[:-100]),
    Built(
        kind=Kind.CRL,
        title="CRL, PEM",
        valid=lambda: armoured(crl_der(), "X509 CRL"),
        malformed=lambda: armoured(crl_der()[:-30], "X509 CRL"),
    ),
    Built(
        kind=Kind.REQUEST,
        title="signing request",
        valid=lambda: armoured(request_der(), "CERTIFICATE REQUEST"),
        malformed=lambda: armoured(request_der()[:-30], "CERTIFICATE REQUEST"),
    ),
    Built(
        kind=Kind.PRIVATE_KEY,
        title="private key, PEM",
        valid=lambda: armoured(key_der(), "PRIVATE KEY"),
        malformed=lambda: armoured(key_der(), "PRIVATE KEY").replace(b"\nM", b"\n!M"),
    ),
    Built(kind=Kind.PRIVATE_KEY, title="private key, DER", valid=key_der, malformed=lambda: key_der()[:-30]),
    Built(
        kind=Kind.PUBLIC_KEY,
        title="public key",
        valid=lambda: armoured(public_key_der(), "PUBLIC KEY"),
        malformed=lambda: armoured(public_key_der()[:-30], "PUBLIC KEY"),
    ),
)
