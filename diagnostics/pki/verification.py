"""The verdict on a chain, asked of OpenSSL; and a strict second opinion, asked of cryptography.

The one module (with the probes) that imports pyOpenSSL. How it is asked, and why, was measured on 6,320 connections
of generated deployments: plain X509StoreContext without X509_STRICT (refuses sound chains without key identifiers)
and without PARTIAL_CHAIN (accepts lists without the root, which Expressway does not). OpenSSL here checks no purpose,
no name and no strength: those are rules of their own.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from OpenSSL import crypto

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.errors import NotACertificate
from diagnostics.pki.names import as_address
from diagnostics.pki.signatures import made_by
from diagnostics.pki.tolerant import asn1_time, facts

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h; pyOpenSSL passes it through but has no name for it. It lets the
# question "does the chain reach a trusted root" be asked apart from "is everything on it inside its dates".
_NO_CHECK_TIME = 0x200000

# X509_V_FLAG_CHECK_SS_SIGNATURE: without it an anchor's own signature is not looked at.
_CHECK_SELF_SIGNATURE = 0x4000

EXPIRED, NOT_YET_VALID = 10, 9  # X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """OpenSSL's answer to one chain.

    Attributes:
        chain: SHA-256 of each certificate from the leaf to the root that OpenSSL built; empty where it failed.
        code: OpenSSL's error number; 0 where it accepted.
        words: OpenSSL's own words; empty where it accepted.
        depth: how far from the leaf (0) the certificate stands that it stopped at; None where it accepted.
        certificate: SHA-256 of that certificate; None where it accepted.
    """

    trusted: bool
    chain: tuple[str, ...] = ()
    code: int = 0
    words: str = ""
    depth: int | None = None
    certificate: str | None = None


class Opinion(StrEnum):
    """What a strict Web-PKI verifier says of a chain that OpenSSL accepted."""

    AGREES = "agrees"  # it accepts too
    REFUSES = "refuses"  # stricter clients may refuse the certificate
    CANNOT_SAY = "cannot-say"  # the certificate cannot be given to it


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """cryptography's opinion; `words` is its reason where it refuses."""

    opinion: Opinion
    words: str = ""


class TrustedList:
    """One node's list of trusted CA certificates, converted for OpenSSL once.

    Everything in the list may help to build a path, and only a self-signed certificate of it may end one.
    """

    def __init__(self, certificates: Sequence[Certificate], converted: "Converter") -> None:
        self.certificates = tuple(certificates)
        self._converted = converted
        self._stores: dict[datetime | None, crypto.X509Store] = {}

    def store(self, at: datetime | None) -> crypto.X509Store:
        """The store that judges at `at` (aware), or without regard to dates where `at` is None."""
        if at not in self._stores:
            store = crypto.X509Store()
            for certificate in self.certificates:
                converted = self._converted.of(certificate)
                if converted is not None:
                    store.add_cert(converted)
            if at is None:
                store.set_flags(_NO_CHECK_TIME)
            else:
                store.set_time(at.astimezone(UTC))
            self._stores[at] = store
        return self._stores[at]


class Converter:
    """Each distinct certificate converted to OpenSSL's form once; conversion is what costs, not verification."""

    def __init__(self) -> None:
        self._kept: dict[str, crypto.X509 | None] = {}
        self._originals: dict[str, str] = {}

    def of(self, certificate: Certificate) -> crypto.X509 | None:
        """None where OpenSSL cannot load it."""
        if certificate.sha256 not in self._kept:
            try:
                loaded = crypto.load_certificate(crypto.FILETYPE_ASN1, certificate.der)
            except crypto.Error:
                self._kept[certificate.sha256] = None
            else:
                self._kept[certificate.sha256] = loaded
                self._originals[_sha256(loaded)] = certificate.sha256
        return self._kept[certificate.sha256]

    def original(self, converted: crypto.X509) -> str:
        """The fingerprint by which everything else knows it: OpenSSL writes lengths that are not DER anew."""
        written = _sha256(converted)
        return self._originals.get(written, written)


class Verifier:
    """Asks OpenSSL; keeps converted certificates and stores, so ask the same one for a whole estate."""

    def __init__(self) -> None:
        self._converter = Converter()
        self._lists: dict[tuple[str, ...], TrustedList] = {}

    def trusted_list(self, certificates: Iterable[Certificate]) -> TrustedList:
        """The list in OpenSSL's form, one object per distinct content and order."""
        items = tuple(certificates)
        key = tuple(item.sha256 for item in items)
        if key not in self._lists:
            self._lists[key] = TrustedList(items, self._converter)
        return self._lists[key]

    def verify(
        self, leaf: Certificate, *, helpers: Sequence[Certificate], trusted: TrustedList, at: datetime | None
    ) -> Verdict:
        """Whether a path leads from `leaf` to a self-signed certificate of `trusted`.

        `helpers` are what the peer sends beside its leaf. `at` None leaves dates out of the question.
        """
        converted = self._converter.of(leaf)
        if converted is None:
            return Verdict(trusted=False, code=-1, words="OpenSSL cannot load it", depth=0, certificate=leaf.sha256)
        untrusted = [item for item in map(self._converter.of, helpers) if item is not None]
        context = crypto.X509StoreContext(trusted.store(at), converted, untrusted)
        try:
            chain = context.get_verified_chain()
        except crypto.X509StoreContextError as error:
            return self._refusal(error)
        return Verdict(trusted=True, chain=tuple(self._converter.original(item) for item in chain))

    def _refusal(self, error: crypto.X509StoreContextError) -> Verdict:
        code, depth, words = error.errors[0], error.errors[1], error.errors[2]
        stopped = self._converter.original(error.certificate)
        return Verdict(trusted=False, code=code, words=words, depth=depth, certificate=stopped)

    def signed_by(self, child: Certificate, issuer: Certificate) -> bool:
        """Whether `issuer`'s key made the signature on `child`; names, dates and usages play no part.

        cryptography answers where it can read both and their names agree to the letter, else the bare signature is
        checked. For algorithms that neither knows OpenSSL is asked with the issuer as the only anchor: partial-chain
        is right for that one step and is never used for a verdict.
        """
        if child.parsed is not None and issuer.parsed is not None:
            try:
                child.parsed.verify_directly_issued_by(issuer.parsed)
            except InvalidSignature:
                return False
            except Exception:  # noqa: S110 - names that differ in case, algorithms unknown to it, fields unreadable
                pass
            else:
                return True
        bare = made_by(child, issuer)
        return self._openssl_link(child, issuer) if bare is None else bare

    def _openssl_link(self, child: Certificate, issuer: Certificate) -> bool:
        first, second = self._converter.of(child), self._converter.of(issuer)
        if first is None or second is None:
            return False
        store = crypto.X509Store()
        store.add_cert(second)
        # Of itself as the only anchor OpenSSL would approve without a look at the signature; a partial chain is then none.
        itself = child.sha256 == issuer.sha256
        store.set_flags(_NO_CHECK_TIME | (_CHECK_SELF_SIGNATURE if itself else crypto.X509StoreFlags.PARTIAL_CHAIN))
        try:
            crypto.X509StoreContext(store, first).verify_certificate()
        except crypto.X509StoreContextError:
            return False
        return True


def second_opinion(
    leaf: Certificate,
    *,
    helpers: Sequence[Certificate],
    roots: Sequence[Certificate],
    at: datetime,
    server_name: str | None,
) -> SecondOpinion:
    """What cryptography's Web-PKI verifier says; `server_name` None asks for client use.

    It wants a subjectAltName, key identifiers and Web-PKI algorithms, and accepts any listed certificate as an anchor,
    so it can advise about strict clients but never give the verdict.
    """
    anchors = [item.parsed for item in roots if item.parsed is not None]
    if leaf.parsed is None or not anchors:
        return SecondOpinion(opinion=Opinion.CANNOT_SAY)
    builder = PolicyBuilder().store(Store(anchors)).time(at.astimezone(UTC).replace(tzinfo=None))
    intermediates = [item.parsed for item in helpers if item.parsed is not None]
    try:
        if server_name is None:
            builder.build_client_verifier().verify(leaf.parsed, intermediates)
        else:
            address = as_address(server_name)
            subject = x509.DNSName(server_name) if address is None else x509.IPAddress(address)
            builder.build_server_verifier(subject).verify(leaf.parsed, intermediates)
    except VerificationError as error:
        return SecondOpinion(opinion=Opinion.REFUSES, words=str(error).partition("\n")[0])
    except ValueError as error:
        return SecondOpinion(opinion=Opinion.CANNOT_SAY, words=str(error))
    return SecondOpinion(opinion=Opinion.AGREES)


def load_with_openssl(der: bytes) -> Certificate:
    """Facts of a certificate that cryptography refuses, as far as OpenSSL states them.

    Raises `NotACertificate` with OpenSSL's words where it cannot load it either.
    """
    try:
        loaded = crypto.load_certificate(crypto.FILETYPE_ASN1, der)
    except crypto.Error as error:
        raise NotACertificate(_openssl_words(error)) from error
    read = facts(
        # An outer length that is not DER is written anew; what was signed stays as it is.
        crypto.dump_certificate(crypto.FILETYPE_ASN1, loaded),
        serial=loaded.get_serial_number(),
        not_before=_moment(loaded.get_notBefore),
        not_after=_moment(loaded.get_notAfter),
    )
    return Certificate(der, read)


def describe(certificate: Certificate) -> str:
    """The whole certificate as OpenSSL prints it (`openssl x509 -text`); empty where OpenSSL cannot load it."""
    try:
        loaded = crypto.load_certificate(crypto.FILETYPE_ASN1, certificate.der)
    except crypto.Error:
        return ""
    return crypto.dump_certificate(crypto.FILETYPE_TEXT, loaded).decode("utf-8", "replace")


def _moment(read: Callable[[], bytes | None]) -> datetime | None:
    try:
        return asn1_time(read())
    except crypto.Error:  # a month 13, which OpenSSL loads and cannot convert
        return None


def _sha256(converted: crypto.X509) -> str:
    return hashlib.sha256(crypto.dump_certificate(crypto.FILETYPE_ASN1, converted)).hexdigest()


def _openssl_words(error: crypto.Error) -> str:
    reasons = [reason for *_, reason in (item for item in error.args[0] or ())] if error.args else []
    return "; ".join(str(reason) for reason in reasons if reason) or "OpenSSL cannot load it"
