"""What can go wrong in this room. A library's exception becomes one of these at the border."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

# What cryptography's loaders raise where bytes are not what they were taken for. Some of these are no ValueError.
REFUSALS = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)


class PkiError(Exception):
    """Base of the family."""


class NotACertificate(PkiError):
    """Neither cryptography nor OpenSSL could load the bytes as a certificate.

    `reason` is the libraries' own wording of where the structure broke.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotACrl(PkiError):
    """The bytes are no certificate revocation list."""


class NotDer(PkiError):
    """The tags and lengths of the bytes do not fit together as DER."""


class NotPkcs7(PkiError):
    """The bytes are no PKCS#7 bundle, or a damaged one."""
