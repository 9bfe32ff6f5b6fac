"""The bytes of one file -> the certificates, requests and CRLs in it. Keys only as "a key was here".

Content decides, never the name. One bad block loses that block alone.
"""

import codecs
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from diagnostics.pki.certificate import Certificate, from_cryptography
from diagnostics.pki.errors import REFUSALS, NotACertificate, NotACrl, NotDer, NotPkcs7
from diagnostics.pki.framing import PemBlock, der_length, der_values, pem_blocks
from diagnostics.pki.loaded import Fault, FaultCode, Form, Found, FoundKey, Loaded
from diagnostics.pki.passwords import Passwords
from diagnostics.pki.pkcs7 import bundle, is_pkcs7
from diagnostics.pki.pkcs12 import State, is_pkcs12, opened
from diagnostics.pki.revocation import Crl, load_crl
from diagnostics.pki.tolerant import extensions, frame
from diagnostics.pki.verification import load_with_openssl

__all__ = ["Fault", "FaultCode", "Form", "Found", "FoundKey", "Loaded", "load", "load_certificate", "utf16_as_utf8"]

_BLANKS = b"\0 \r\n\t"
_MOST_OTHERS = 1_000  # faults, keys and CRLs kept of one file; a file with more of them was made to tie us up
_CERTIFICATE_LABELS = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}
_REQUEST_LABELS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}


def load_certificate(der: bytes) -> Certificate:
    """One certificate from its DER, by cryptography or else by OpenSSL. Raises `NotACertificate`."""
    try:
        with warnings.catch_warnings():
            # It warns of what it will refuse one day (a serial number of zero); what it loads today is shown today.
            warnings.simplefilter("ignore")
            certificate = from_cryptography(x509.load_der_x509_certificate(der), der)
    except REFUSALS as refusal:
        try:
            return load_with_openssl(der)
        except NotACertificate as error:
            raise NotACertificate(str(refusal)) from error
    return _with_tolerant_extensions(certificate) if "extensions" in certificate.unreadable else certificate


def load(data: bytes, *, most: int, passwords: Passwords | None = None) -> Loaded:
    """Everything in `data`, at `most` so many certificates.

    `passwords` are tried on PKCS#12 containers; None: whoever asks cannot give any. The empty one is always tried.
    """
    if not data.strip(_BLANKS):
        return Loaded(form=Form.EMPTY)
    found = _Collection(most, passwords)
    text = utf16_as_utf8(data)
    if text is None:
        return _load_bytes(data, found)
    inner = _load_bytes(text, found)
    return replace(inner, form=Form.UTF16_PEM) if inner.form is Form.PEM else inner


def _load_bytes(data: bytes, found: "_Collection") -> Loaded:
    binary = data.lstrip(_BLANKS)
    length = der_length(binary)
    # A binary file comes before armour: "-----BEGIN " may be written in a comment of a certificate.
    if length is not None and binary[1] >= 0x80 and length <= len(binary):
        return _load_der(binary, found)
    if b"-----BEGIN " in data:
        return _load_pem(data, found)
    return _load_der(binary, found) if binary[:1] == b"\x30" else _load_bare_base64(data, found)


def utf16_as_utf8(data: bytes) -> bytes | None:
    """UTF-16 text as UTF-8, by its mark or by the NULs in an ASCII text; None where it is not UTF-16."""
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(codec, "replace").encode("utf-8")
    head = data[:64]
    if len(head) >= 16 and len(head) % 2 == 0:
        if not any(head[1::2]) and all(head[0::2]):
            return data.decode("utf-16-le", "replace").encode("utf-8")
        if not any(head[0::2]) and all(head[1::2]):
            return data.decode("utf-16-be", "replace").encode("utf-8")
    return None


class _Collection:
    """What has been found so far in one file; the methods named after a kind raise where the bytes are not of it."""

    def __init__(self, most: int, passwords: Passwords | None) -> None:
        self.most, self.passwords = most, passwords
        self.certificates: list[Found] = []
        self.crls: list[Crl] = []
        self.keys: list[FoundKey] = []
        self.faults: list[Fault] = []
        self.labels: set[str] = set()
        self.requests = 0

    @property
    def full(self) -> bool:
        return len(self.certificates) >= self.most or any(
            len(items) >= _MOST_OTHERS for items in (self.faults, self.keys, self.crls)
        )

    def complain(self, code: FaultCode, line: int | None, detail: str = "") -> None:
        self.faults.append(Fault(code=code, line=line, detail=detail))

    def certificate(self, der: bytes, line: int | None) -> None:
        self.certificates.append(Found(certificate=load_certificate(der), line=line))

    def certificate_or_fault(self, der: bytes, line: int | None) -> None:
        try:
            self.certificate(der, line)
        except NotACertificate as error:
            self.complain(FaultCode.NOT_A_CERTIFICATE, line, error.reason)

    def pkcs7(self, der: bytes, line: int | None) -> None:
        try:
            items = bundle(der)
        except NotPkcs7 as error:
            self.complain(FaultCode.NOT_PKCS7, line, str(error))
            return
        self._parts(items.certificates, items.crls, line)

    def pkcs12(self, der: bytes, line: int | None) -> None:
        container = opened(der, self.passwords or Passwords())
        self.keys += [FoundKey(line=line, encrypted=encrypted) for encrypted in container.keys[:_MOST_OTHERS]]
        self._parts(container.certificates, container.crls, line)
        if container.state is State.LOCKED:
            self.complain(self._locked(), line)
        elif container.state is State.TOO_MANY_ROUNDS:
            self.complain(FaultCode.TOO_MANY_ROUNDS, line, str(container.rounds))
        elif container.state is State.DAMAGED:
            self.complain(FaultCode.NOT_PKCS12, line, container.detail)

    def _locked(self) -> FaultCode:
        if self.passwords is None:
            return FaultCode.NEEDS_PASSWORD
        return FaultCode.WRONG_PASSWORD if self.passwords else FaultCode.NO_PASSWORD

    def _parts(self, certificates: Iterable[bytes], crls: Sequence[bytes], line: int | None) -> None:
        for item in certificates:
            if self.full:
                self.complain(FaultCode.TOO_MANY, line, str(self.most))
                return
            self.certificate_or_fault(item, line)
        for item in crls[:_MOST_OTHERS]:
            self.crl_or_fault(item, line)

    def crl(self, der: bytes, line: int | None) -> None:
        self.crls.append(load_crl(der))

    def crl_or_fault(self, der: bytes, line: int | None) -> None:
        try:
            self.crl(der, line)
        except NotACrl as error:
            self.complain(FaultCode.NOT_A_CRL, line, str(error))

    def request(self, der: bytes, line: int | None) -> None:
        x509.load_der_x509_csr(der)
        self.requests += 1

    def key(self, der: bytes, line: int | None) -> None:
        self.keys.append(FoundKey(line=line, encrypted=_is_encrypted_key(der)))

    def as_loaded(self, form: Form) -> Loaded:
        return Loaded(
            form=form,
            certificates=tuple(self.certificates),
            crls=tuple(self.crls),
            keys=tuple(self.keys),
            requests=self.requests,
            faults=tuple(self.faults),
        )


def _load_pem(data: bytes, found: _Collection) -> Loaded:
    for block in pem_blocks(data):
        if found.full:
            found.complain(FaultCode.TOO_MANY, block.line, str(found.most))
            break
        found.labels.add(block.label)
        _take_block(block, found)
    return found.as_loaded(_pem_form(found))


def _take_block(block: PemBlock, found: _Collection) -> None:
    if block.label.endswith("PRIVATE KEY"):
        # Noticed by its label alone; the body is neither decoded nor kept.
        found.keys.append(FoundKey(line=block.line, encrypted=_says_encrypted(block)))
        return
    take = _TAKERS.get(block.label)
    if take is None:
        return
    der = block.der()
    if der is None or not block.closed:
        code = FaultCode.NOT_CLOSED if not block.closed else FaultCode.NOT_BASE64
        found.complain(code, block.line)
        return
    take(found, der, block.line)


def _says_encrypted(block: PemBlock) -> bool:
    return block.label.startswith("ENCRYPTED") or b"ENCRYPTED" in block.body[:200]


def _take_certificate(found: _Collection, der: bytes, line: int | None) -> None:
    # A block labelled CERTIFICATE sometimes holds a PKCS#7; trailing bytes are OpenSSL's trust settings.
    length = der_length(der)
    if is_pkcs7(der):
        found.pkcs7(der, line)
    else:
        found.certificate_or_fault(der[:length] if length else der, line)


def _take_request(found: _Collection, der: bytes, line: int | None) -> None:
    try:
        found.request(der, line)
    except REFUSALS as error:
        found.complain(FaultCode.NOT_A_REQUEST, line, str(error))


_TAKERS: dict[str, Callable[[_Collection, bytes, int | None], None]] = {
    **dict.fromkeys(_CERTIFICATE_LABELS, _take_certificate),
    **dict.fromkeys(_REQUEST_LABELS, _take_request),
    "PKCS7": _Collection.pkcs7,
    "CMS": _Collection.pkcs7,
    "PKCS12": _Collection.pkcs12,  # as GnuTLS writes it
    "X509 CRL": _Collection.crl_or_fault,
}


def _pem_form(found: _Collection) -> Form:
    """The form as Expressway's upload page would see it."""
    if found.certificates:
        if found.labels & {"CERTIFICATE", "X509 CERTIFICATE"}:
            return Form.PEM
        if "TRUSTED CERTIFICATE" in found.labels:
            return Form.TRUSTED_PEM
        return Form.PKCS7_PEM if found.labels & {"PKCS7", "CMS"} else Form.PKCS12
    if found.labels & _CERTIFICATE_LABELS:
        return Form.DAMAGED_PEM
    if found.labels & {"PKCS7", "CMS"}:
        return Form.PKCS7_PEM
    if "PKCS12" in found.labels:
        return Form.PKCS12
    if found.crls or "X509 CRL" in found.labels:
        return Form.CRL
    if found.labels & _REQUEST_LABELS:
        return Form.REQUEST
    if found.keys:
        return Form.PRIVATE_KEY
    return Form.PUBLIC_KEY if any(label.endswith("PUBLIC KEY") for label in found.labels) else Form.NOTHING


def _load_der(data: bytes, found: _Collection) -> Loaded:
    if is_pkcs12(data):
        found.pkcs12(data, None)
        return found.as_loaded(Form.PKCS12)
    if is_pkcs7(data):
        found.pkcs7(data, None)
        return found.as_loaded(Form.PKCS7_DER)
    forms: list[Form] = []
    for value in der_values(data):
        if found.full:
            found.complain(FaultCode.TOO_MANY, None, str(found.most))
            break
        form = _take_value(value, found)
        if form is Form.NOTHING:
            if forms or der_length(value) is not None:
                found.complain(FaultCode.NOT_A_CERTIFICATE, None, _der_complaint(value))
            break  # whatever follows starts nowhere in particular
        forms.append(form)
    return found.as_loaded(next((form for form, _ in _DER_TAKERS if form in forms), Form.NOTHING))


def _public_key(found: _Collection, der: bytes, line: int | None) -> None:
    serialization.load_der_public_key(der)


# The little ASN.1 that tells these apart is the parsers' to know. In the order in which they name a file that mixes them.
_DER_TAKERS: tuple[tuple[Form, Callable[[_Collection, bytes, int | None], None]], ...] = (
    (Form.DER, _Collection.certificate),
    (Form.CRL, _Collection.crl),
    (Form.REQUEST, _Collection.request),
    (Form.PRIVATE_KEY, _Collection.key),
    (Form.PUBLIC_KEY, _public_key),
)


def _take_value(value: bytes, found: _Collection) -> Form:
    for form, take in _DER_TAKERS:
        try:
            take(found, value, None)
        except (NotACertificate, NotACrl, *REFUSALS):
            continue
        return form
    return Form.NOTHING


def _is_encrypted_key(value: bytes) -> bool:
    """Raises unless a private key is here; nothing of it is kept."""
    try:
        # Whether the key is sound is not asked: the test costs seconds for a large one, and it is thrown away.
        serialization.load_der_private_key(value, password=None, unsafe_skip_rsa_key_validation=True)
    except TypeError:  # "Password was not given but private key is encrypted"
        return True
    return False


def _der_complaint(data: bytes) -> str:
    length = der_length(data)
    if length is not None and length > len(data):
        return f"cut off: {length} bytes announced, {len(data)} there"
    try:
        load_certificate(data)
    except NotACertificate as error:
        return error.reason
    return ""


def _load_bare_base64(data: bytes, found: _Collection) -> Loaded:
    """Base64 with no armour round it, as pasted from a mail or a web page."""
    body = data.removeprefix(codecs.BOM_UTF8).strip(_BLANKS)
    # Every SEQUENCE of 256 bytes or more starts with these letters.
    der = PemBlock(label="CERTIFICATE", line=1, body=body, closed=True).der() if body[:2] == b"MI" else None
    if der is None or der_length(der) is None:
        return Loaded(form=Form.NOTHING)
    inner = _load_der(der, found)
    if inner.form is Form.PKCS12:
        return inner
    return replace(inner, form=Form.BARE_BASE64) if inner.certificates else replace(inner, faults=())


def _with_tolerant_extensions(certificate: Certificate) -> Certificate:
    """Read the extensions one by one where a malformed one kept cryptography from reading any."""
    try:
        seen = extensions(frame(certificate.der).extensions)
    except NotDer:
        return certificate
    return replace(
        certificate,
        names=seen.names,
        ca=seen.ca,
        path_length=seen.path_length,
        key_usage=seen.key_usage,
        extended_usages=seen.extended_usages,
        subject_key_id=seen.subject_key_id,
        authority_key_id=seen.authority_key_id,
        crl_urls=seen.crl_urls,
        issuer_urls=seen.issuer_urls,
        unreadable=(*certificate.unreadable, *seen.unreadable),
    )
