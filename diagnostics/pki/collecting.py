"""What has been found so far in one file, bounded, and what one DER value turns out to be."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from diagnostics.pki.bounds import MOST_NAMES, MOST_OTHERS
from diagnostics.pki.errors import REFUSALS, NotACertificate, NotACrl, NotPkcs7
from diagnostics.pki.facts import GuardedReading, key_facts
from diagnostics.pki.loaded import Fault, FaultCode, Form, Found, FoundKey, FoundRequest, Loaded, Oddity
from diagnostics.pki.passwords import Passwords
from diagnostics.pki.pkcs7 import bundle, is_pkcs7
from diagnostics.pki.pkcs12 import MOST_ROUNDS, State, is_pkcs12, opened
from diagnostics.pki.private_keys import SeenKey, seen_key
from diagnostics.pki.revocation import Crl, load_crl
from diagnostics.pki.single import loaded
from diagnostics.pki.structure import broken_at

T = TypeVar("T")


class Collection:
    """The methods named after a kind raise where the bytes are not of it; those with a fault in their name note one."""

    def __init__(self, most: int, passwords: Passwords | None) -> None:
        self.most, self.passwords = most, passwords
        self.certificates: list[Found] = []
        self.crls: list[Crl] = []
        self.keys: list[FoundKey] = []
        self.requests: list[FoundRequest] = []
        self.faults: list[Fault] = []
        self.odd: list[tuple[int, Oddity]] = []
        self.locked: bytes | None = None
        self._overflowing = False
        self._rounds = 0  # of key derivation; all containers of a file share the bound of one

    @property
    def full(self) -> bool:
        return self._overflowing or len(self.certificates) >= self.most

    def _keep(self, items: list[T], item: T) -> None:
        """Of anything but certificates: after so many of one kind the file is left."""
        items.append(item)
        self._overflowing = self._overflowing or len(items) >= MOST_OTHERS

    @property
    def anything(self) -> bool:
        return bool(self.certificates or self.crls or self.keys or self.requests or self.faults)

    def complain(self, code: FaultCode, line: int | None, detail: str = "") -> None:
        self._keep(self.faults, Fault(code=code, line=line, detail=detail))

    def too_many(self, line: int | None) -> None:
        self.complain(FaultCode.TOO_MANY, line, str(self.most))

    def no_certificate(self, der: bytes, line: int | None, words: str) -> None:
        """That neither library loads it, and where it breaks."""
        broken = broken_at(der)
        self._keep(self.faults, Fault(code=FaultCode.NOT_A_CERTIFICATE, line=line, detail=words, broken=broken))

    def certificate(self, der: bytes, line: int | None) -> None:
        self.certificates.append(Found(certificate=loaded(der), line=line))

    def certificate_or_fault(self, der: bytes, line: int | None) -> None:
        try:
            self.certificate(der, line)
        except NotACertificate as error:
            self.no_certificate(der, line, error.reason)

    def pkcs7(self, der: bytes, line: int | None) -> None:
        try:
            items = bundle(der)
        except NotPkcs7 as error:
            self.complain(FaultCode.NOT_PKCS7, line, str(error))
            return
        self.parts(items.certificates, items.crls, line)

    def pkcs12(self, der: bytes, line: int | None) -> None:
        container = opened(der, self.passwords or Passwords(), most_rounds=MOST_ROUNDS - self._rounds)
        self._rounds += container.rounds
        for encrypted in container.keys[:MOST_OTHERS]:
            self.seen(SeenKey(encrypted=encrypted), line)
        self.parts(container.certificates, container.crls, line)
        if container.state is State.LOCKED:
            self.complain(self._locked(), line)
            self.locked = self.locked or container.remainder
        elif container.state is State.TOO_MANY_ROUNDS:
            self.complain(FaultCode.TOO_MANY_ROUNDS, line, str(self._rounds))
            self._rounds -= container.rounds
        elif container.state is State.DAMAGED:
            self.complain(FaultCode.NOT_PKCS12, line, container.detail)

    def _locked(self) -> FaultCode:
        if self.passwords is None:
            return FaultCode.NEEDS_PASSWORD
        return FaultCode.WRONG_PASSWORD if self.passwords else FaultCode.NO_PASSWORD

    def parts(self, certificates: Iterable[bytes], crls: Sequence[bytes], line: int | None) -> None:
        """What a container held, each of which loses itself alone."""
        for item in certificates:
            if self.full:
                self.too_many(line)
                return
            self.certificate_or_fault(item, line)
        for item in crls[:MOST_OTHERS]:
            self.crl_or_fault(item, line)

    def crl(self, der: bytes, line: int | None) -> None:
        self._keep(self.crls, load_crl(der))

    def crl_or_fault(self, der: bytes, line: int | None) -> None:
        try:
            self.crl(der, line)
        except NotACrl as error:
            self.complain(FaultCode.NOT_A_CRL, line, str(error))

    def request(self, der: bytes, line: int | None) -> None:
        parsed = x509.load_der_x509_csr(der)
        reading = GuardedReading()
        key = reading.of("key", lambda: key_facts(parsed.public_key()).spki_sha256, "")
        none: list[str] = []
        common = reading.of("subject", lambda: _common_names(parsed), none)
        names = (*common, *reading.of("names", lambda: _dns_names(parsed), none))
        self._keep(self.requests, FoundRequest(line=line, spki_sha256=key, names=tuple(dict.fromkeys(names))))

    def request_or_fault(self, der: bytes, line: int | None) -> None:
        try:
            self.request(der, line)
        except REFUSALS as error:
            self.complain(FaultCode.NOT_A_REQUEST, line, str(error))

    def key(self, der: bytes, line: int | None) -> None:
        seen = seen_key(der)
        if seen is None:
            raise ValueError("no private key")
        self.seen(seen, line)

    def seen(self, key: SeenKey, line: int | None) -> None:
        self._keep(self.keys, FoundKey(line=line, encrypted=key.encrypted, spki_sha256=key.spki_sha256))

    def as_loaded(self, form: Form) -> Loaded:
        return Loaded(
            form=form,
            certificates=tuple(self.certificates),
            crls=tuple(self.crls),
            keys=tuple(self.keys),
            requests=tuple(self.requests),
            faults=tuple(self.faults),
            odd=tuple(self.odd),
            locked=self.locked,
        )


def _common_names(parsed: x509.CertificateSigningRequest) -> list[str]:
    return [str(item.value) for item in parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)][:MOST_NAMES]


def _dns_names(parsed: x509.CertificateSigningRequest) -> list[str]:
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)[:MOST_NAMES]


def _public_key(found: Collection, der: bytes, line: int | None) -> None:
    serialization.load_der_public_key(der)


# The little ASN.1 that tells these apart is the parsers' to know. In the order in which they name a file that mixes them.
TAKERS: tuple[tuple[Form, Callable[[Collection, bytes, int | None], None]], ...] = (
    (Form.DER, Collection.certificate),
    (Form.CRL, Collection.crl),
    (Form.REQUEST, Collection.request),
    (Form.PRIVATE_KEY, Collection.key),
    (Form.PUBLIC_KEY, _public_key),
)


def take_value(found: Collection, value: bytes, line: int | None) -> Form:
    """Take one DER value for what it is; `NOTHING`, and no fault, where it is none of these."""
    if is_pkcs12(value):
        found.pkcs12(value, line)
        return Form.PKCS12
    if is_pkcs7(value):
        found.pkcs7(value, line)
        return Form.PKCS7_DER
    for form, take in TAKERS:
        try:
            take(found, value, line)
        except (NotACertificate, NotACrl, *REFUSALS):
            continue
        return form
    return Form.NOTHING
