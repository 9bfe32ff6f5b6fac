"""Whether one certificate's key made the signature on another; names, dates and usages play no part."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.errors import NotDer
from diagnostics.pki.tolerant import frame

# PKCS#1 v1.5 with RSA, and ECDSA: what the certificates that cryptography refuses are signed with in practice.
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "1.2.840.113549.1.1.5": hashes.SHA1(),  # noqa: S303 - old certificates are looked at, none is made
    "1.2.840.113549.1.1.14": hashes.SHA224(),
    "1.2.840.113549.1.1.11": hashes.SHA256(),
    "1.2.840.113549.1.1.12": hashes.SHA384(),
    "1.2.840.113549.1.1.13": hashes.SHA512(),
    "1.2.840.10045.4.1": hashes.SHA1(),  # noqa: S303
    "1.2.840.10045.4.3.1": hashes.SHA224(),
    "1.2.840.10045.4.3.2": hashes.SHA256(),
    "1.2.840.10045.4.3.3": hashes.SHA384(),
    "1.2.840.10045.4.3.4": hashes.SHA512(),
}


def public_key(certificate: Certificate) -> PublicKeyTypes | None:
    """The key in the certificate; None where cryptography does not know its kind."""
    try:
        if certificate.parsed is not None:
            return certificate.parsed.public_key()
        return serialization.load_der_public_key(frame(certificate.der).public_key)
    except (NotDer, ValueError, TypeError, UnsupportedAlgorithm):
        return None


def made_by(child: Certificate, issuer: Certificate) -> bool | None:
    """None where the algorithm is none that can be checked here."""
    key = public_key(issuer)
    try:
        parts = frame(child.der)
    except NotDer:
        return None
    digest = _HASHES.get(parts.algorithm)
    try:
        if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(parts.signature, parts.signed)
        elif digest is None or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return None
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(parts.signature, parts.signed, padding.PKCS1v15(), digest)
        else:
            key.verify(parts.signature, parts.signed, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    except (ValueError, UnsupportedAlgorithm):  # a digest that this build of OpenSSL does not offer
        return None
    return True
