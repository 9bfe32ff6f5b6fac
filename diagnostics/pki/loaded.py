"""The words for what one file held: its form, what was found in it and what was lost."""

from dataclasses import dataclass, field
from enum import StrEnum

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.revocation import Crl
from diagnostics.pki.structure import Break


class Form(StrEnum):
    """What a file is, as far as certificates go."""

    PEM = "pem"  # Base-64 PEM with at least one certificate, as OpenSSL reads it: the one form that Expressway takes
    ODD_PEM = "odd-pem"  # PEM laid out as OpenSSL may refuse it (indented, CR alone, END missing, ...); nothing is lost
    TRUSTED_PEM = "trusted-pem"  # OpenSSL's TRUSTED CERTIFICATE label only
    DER = "der"  # binary certificates
    TEXT_MODE_DER = "text-mode-der"  # a binary certificate sent as text: every LF became CR LF; beyond repair
    PKCS7_PEM = "pkcs7-pem"  # a .p7b in Base-64, whatever its label says
    PKCS7_DER = "pkcs7-der"  # a .p7b in binary
    PKCS12 = "pkcs12"  # a .pfx or .p12, certificates and key behind a password
    JAVA_KEYSTORE = "java-keystore"  # JKS or JCEKS (a modern .jks is PKCS#12)
    SERIALIZED_STORE = "serialized-store"  # Microsoft's .sst: several certificates in one file
    UTF16_PEM = "utf16-pem"  # PEM saved as UTF-16 text
    BARE_BASE64 = "bare-base64"  # the base64 of a certificate or .p7b without BEGIN and END
    ENCODED_PEM = "encoded-pem"  # PEM encoded once more: as base64, for a URL, or with \n for its line ends
    HEX = "hex"  # the bytes of a certificate as hexadecimal digits
    IOS_CONFIGURATION = "ios-configuration"  # `crypto pki certificate chain` of a Cisco IOS configuration
    JSON = "json"  # certificates as values in JSON: PEM with \n, or x5c of a key set (JWKS)
    XML = "xml"  # certificates as elements in XML: SAML metadata, a signature (X509Certificate)
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
    NOT_A_KEYSTORE = "not-a-keystore"  # a Java keystore that is damaged; `detail` says where
    NOT_A_STORE = "not-a-store"  # a serialized store that is damaged; `detail` says where
    SECRET_KEY = "secret-key"  # a Java keystore holds a secret key, behind which nothing can be found
    TEXT_MODE = "text-mode"  # a binary file that was handled as text
    TOO_MANY = "too-many"  # more than the limit; what follows was not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A block that was lost.

    Attributes:
        line: 1-based; None in binary files.
        detail: the library's words, where it had any.
        broken: where the structure of a certificate breaks; None where it does not, or it is no certificate.
    """

    code: FaultCode
    line: int | None = None
    detail: str = ""
    broken: Break | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A certificate and where in the file it stands: 1-based line of its BEGIN, None in binary files."""

    certificate: Certificate
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundKey:
    """That a private key was here; the key itself is never kept.

    Attributes:
        encrypted: a password protects it.
        spki_sha256: of the SubjectPublicKeyInfo that belongs to it, lower-case hex; None where that is not told.
    """

    line: int | None
    encrypted: bool
    spki_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRequest:
    """A certificate signing request.

    Attributes:
        spki_sha256: of its SubjectPublicKeyInfo, lower-case hex; empty where it could not be read.
        names: common name and DNS names that it asks for, each once.
    """

    line: int | None
    spki_sha256: str
    names: tuple[str, ...] = ()


class Oddity(StrEnum):
    """What is odd about the layout of PEM that is not lost by it."""

    LAYOUT = "layout"  # OpenSSL's PEM reader does not take it as it stands
    NO_BEGIN = "no-begin"
    NO_END = "no-end"
    WRONG_LABEL = "wrong-label"  # a certificate that is labelled as something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one file held.

    Attributes:
        odd: what OpenSSL's reader does not take of the file's PEM, by the 1-based line of the block.
        locked: a PKCS#12 container that no password opened, its private keys taken out; None where there is none.
    """

    form: Form
    certificates: tuple[Found, ...] = ()
    crls: tuple[Crl, ...] = ()
    keys: tuple[FoundKey, ...] = ()
    requests: tuple[FoundRequest, ...] = ()
    faults: tuple[Fault, ...] = ()
    odd: tuple[tuple[int, Oddity], ...] = ()
    locked: bytes | None = field(default=None, repr=False)

    @property
    def taken_by_expressway(self) -> bool:
        """Expressway's upload pages take Base-64 PEM only; the file name plays no part (note 221624).

        That an Expressway refuses what OpenSSL's reader does is inferred.
        """
        return self.form is Form.PEM
