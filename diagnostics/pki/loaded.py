"""The words for what one file held: its form, what was found in it and what was lost."""

from dataclasses import dataclass
from enum import StrEnum

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.revocation import Crl


class Form(StrEnum):
    """What a file is, as far as certificates go."""

    PEM = "pem"  # Base-64 PEM with at least one certificate: the one form that Expressway takes
    TRUSTED_PEM = "trusted-pem"  # OpenSSL's TRUSTED CERTIFICATE label only
    DER = "der"  # binary certificates
    PKCS7_PEM = "pkcs7-pem"  # a .p7b in Base-64
    PKCS7_DER = "pkcs7-der"  # a .p7b in binary
    PKCS12 = "pkcs12"  # a .pfx or .p12, certificates and key behind a password
    UTF16_PEM = "utf16-pem"  # PEM saved as UTF-16 text
    BARE_BASE64 = "bare-base64"  # the base64 of a certificate without BEGIN and END
    DAMAGED_PEM = "damaged-pem"  # certificate blocks, none of which can be read
    REQUEST = "request"  # a certificate signing request
    CRL = "crl"  # a certificate revocation list
    PRIVATE_KEY = "private-key"  # a private key and nothing else
    PUBLIC_KEY = "public-key"  # a public key and nothing else
    EMPTY = "empty"  # no bytes
    NOTHING = "nothing"  # nothing of the kind


class FaultCode(StrEnum):
    """Why one block of a file was not read."""

    NOT_BASE64 = "not-base64"  # the text between BEGIN and END is not base64
    NOT_CLOSED = "not-closed"  # the END line is missing
    NOT_A_CERTIFICATE = "not-a-certificate"  # neither cryptography nor OpenSSL loads it
    NOT_A_CRL = "not-a-crl"
    NOT_A_REQUEST = "not-a-request"
    NOT_PKCS7 = "not-pkcs7"
    NOT_PKCS12 = "not-pkcs12"  # damaged, or protected in a way that is not read
    NEEDS_PASSWORD = "needs-password"  # PKCS#12, and whoever asks cannot give one
    NO_PASSWORD = "no-password"  # PKCS#12, and none was given where one could have been
    WRONG_PASSWORD = "wrong-password"  # PKCS#12, and none of those given opens it
    TOO_MANY_ROUNDS = "too-many-rounds"  # PKCS#12 that asks for more work than is done; `detail` is how much
    TOO_MANY = "too-many"  # more than the limit; what follows was not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A block that was lost: 1-based line (None in binary files) and the library's words, where it had any."""

    code: FaultCode
    line: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A certificate and where in the file it stands: 1-based line of its BEGIN, None in binary files."""

    certificate: Certificate
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundKey:
    """That a private key was here. The key itself is never kept; `encrypted` says whether a password protects it."""

    line: int | None
    encrypted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one file held."""

    form: Form
    certificates: tuple[Found, ...] = ()
    crls: tuple[Crl, ...] = ()
    keys: tuple[FoundKey, ...] = ()
    requests: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def taken_by_expressway(self) -> bool:
        """Expressway's upload pages take Base-64 PEM only; the file name plays no part (note 221624)."""
        return self.form is Form.PEM
