"""The certificates in a PKCS#12 container (.pfx, .p12; RFC 7292). Its private keys are never decrypted.

1. Take the container apart as far as it is not encrypted: certificates that lie open, that keys are there, and how much
   work each encrypted part asks for.
2. Refuse it where that is more work than anybody needs.
3. Give each encrypted part by itself to cryptography's loader, with every password in turn, beside a key made here.

Of several keys OpenSSL takes the first and leaves the others as they are. With ours in that place, it derives nothing
for a key inside an encrypted part either, whose count of rounds nobody can see beforehand. The MAC is left out for the
same reason: to check it, the container would have to be opened as a whole. A certificate is signed in any case.
"""

import hashlib
import hmac
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from diagnostics.pki import der
from diagnostics.pki.ber import definite, encoded
from diagnostics.pki.bounds import KIB, LARGEST_LOCKED, MOST_ENCRYPTED_PARTS, MOST_OTHERS
from diagnostics.pki.errors import REFUSALS, NotDer
from diagnostics.pki.passwords import Passwords

# Rounds of key derivation: of the MAC, of a key, and of all encrypted parts together. Programs write 1,000 to 50,000, and
# the advice for PBKDF2 is 600,000 (OWASP, 2023). A million take a good tenth of a second for each password; the most that
# can be written, 2,147,483,647, takes minutes.
MOST_ROUNDS = 1_000_000
_MOST_NESTED = 8  # bags in bags; no program is known to write more than one

_PKCS = "1.2.840.113549.1."
_DATA, _ENCRYPTED_DATA = _PKCS + "7.1", _PKCS + "7.6"
_BAG = _PKCS + "12.10.1."
_KEY_BAG, _SHROUDED_KEY_BAG, _CERT_BAG = _BAG + "1", _BAG + "2", _BAG + "3"
_CRL_BAG, _SECRET_BAG, _SAFE_CONTENTS_BAG = _BAG + "4", _BAG + "5", _BAG + "6"
_X509_CERTIFICATE, _X509_CRL = _PKCS + "9.22.1", _PKCS + "9.23.1"
_PBES2, _PBKDF2, _PBMAC1, _SCRYPT = _PKCS + "5.13", _PKCS + "5.12", _PKCS + "5.14", "1.3.6.1.4.1.11591.4.11"
_OLDER_SCHEMES = {_PKCS + f"12.1.{number}" for number in range(1, 7)} | {
    _PKCS + f"5.{number}" for number in (1, 3, 4, 6, 10, 11)
}

_VERSION = bytes.fromhex("020103")
_DATA_OID = bytes.fromhex("06092a864886f70d010701")
_BAG_OID = bytes.fromhex("060b2a864886f70d010c0a01")  # and the kind's number
_KEY_BAG_OID = _BAG_OID + b"\x01"
_SHA1 = bytes.fromhex("300906052b0e03021a0500")
_SALT = b"\0" * 8


class State(StrEnum):
    """How far a container could be opened."""

    OPEN = "open"
    LOCKED = "locked"  # none of the passwords opens all of it
    TOO_MANY_ROUNDS = "too-many-rounds"  # it was not tried
    DAMAGED = "damaged"  # no PKCS#12 after all, or protected in a way that is not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What came out of a container.

    Attributes:
        certificates, crls: DER, in the order of the file; those that lie open come out of a locked one too.
        keys: one for each private key that is seen, True where it is encrypted.
        rounds: of key derivation that it asks for, where it asks for most.
        detail: what was wrong with a damaged one.
        remainder: of a locked one, what `without_keys` makes of it; None where it is too large to be kept.
    """

    state: State
    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    keys: tuple[bool, ...] = ()
    rounds: int = 0
    detail: str = ""
    remainder: bytes | None = field(default=None, repr=False)


def is_pkcs12(data: bytes) -> bool:
    """A SEQUENCE that opens with INTEGER 3 and another SEQUENCE: the PFX of RFC 7292."""
    return data[:1] == b"\x30" and b"\x02\x01\x03\x30" in data[2:10]


def opened(data: bytes, passwords: Passwords, *, most_rounds: int = MOST_ROUNDS) -> Opened:
    """The container with what `passwords` open of it; the empty password is tried too, and first.

    Where it asks for more than `most_rounds`, nothing is tried.
    """
    seen = _Seen()
    try:
        seen.container(definite(data))
    except NotDer as error:
        return seen.told(State.DAMAGED, str(error))
    if seen.rounds > most_rounds:
        return seen.told(State.TOO_MANY_ROUNDS)
    state, detail = State.OPEN, ""
    for place, part in list(seen.encrypted.items()):
        try:
            seen.certificates[place] = _certificates_in(part, passwords)
            del seen.encrypted[place]
        except _Closed:
            state = State.LOCKED if state is State.OPEN else state
        except NotDer as error:
            state, detail = State.DAMAGED, str(error)
    return seen.told(state, detail)


def without_keys(data: bytes) -> bytes:
    """The container less its private keys, to be opened once somebody knows its password. Raises `NotDer`.

    Certificates that lie open, or that the empty password opens, lie open in it; what stays closed stays as it is, and
    whether a key is in there nobody can see. Left out are the names that people gave, other secrets, and the MAC, which
    was made over all that. For each key stands a mark, so that it is still told that one was there.
    """
    found = opened(data, Passwords())
    if found.remainder is None:
        raise NotDer(found.detail or f"too much work to open, or larger than {LARGEST_LOCKED // KIB} KiB")
    return found.remainder


class _Closed(Exception):
    """No password opens this part."""


@dataclass(slots=True)
class _Seen:
    """What is seen of a container: `certificates` has a list for each part, `encrypted` the parts that are closed."""

    certificates: list[tuple[bytes, ...]] = field(default_factory=list)
    crls: list[bytes] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)
    encrypted: dict[int, bytes] = field(default_factory=dict)
    of_parts: int = 0
    of_others: int = 0

    @property
    def rounds(self) -> int:
        return max(self.of_parts, self.of_others)

    def told(self, state: State, detail: str = "") -> Opened:
        return Opened(
            state=state,
            certificates=tuple(item for part in self.certificates for item in part),
            crls=tuple(self.crls),
            keys=tuple(self.keys),
            rounds=self.rounds,
            detail=detail,
            remainder=self._remainder() if state in (State.OPEN, State.LOCKED) else None,
        )

    def _remainder(self) -> bytes | None:
        """Put together anew from certificates, CRLs and closed parts, so that nothing else can be in it."""
        parts = [
            self.encrypted[place] if place in self.encrypted else _open_part(_CERTIFICATE, certificates)
            for place, certificates in enumerate(self.certificates)
            if place in self.encrypted or certificates
        ]
        if self.crls:
            parts.append(_open_part(_CRL, self.crls))
        marks = [_KEY_MARKS[encrypted] for encrypted in self.keys[:MOST_OTHERS]]
        if marks:
            parts.append(_plain(encoded(der.SEQUENCE, *marks)))
        container = encoded(der.SEQUENCE, _VERSION, _plain(encoded(der.SEQUENCE, *parts)))
        return container if len(container) <= LARGEST_LOCKED else None

    def container(self, data: bytes) -> None:
        """A PFX. Raises `NotDer`."""
        fields = der.first(data).expect(der.SEQUENCE).children()
        if len(fields) < 2:
            raise NotDer("a container without content")
        kind, content = _typed(fields[1])
        if kind != _DATA:
            raise NotDer("a container signed with a key instead of a password")
        if len(fields) > 2:
            self.of_others = _rounds_of_mac(fields[2])
        for part in _inside(content).expect(der.SEQUENCE).children():
            self._part(part)

    def _part(self, part: der.Value) -> None:
        kind, content = _typed(part)
        self.certificates.append(())
        if kind == _DATA:
            self.certificates[-1] = tuple(self._bags(_inside(content), _MOST_NESTED))
        elif kind == _ENCRYPTED_DATA:
            described = _at(content.expect(der.SEQUENCE).children(), 1).expect(der.SEQUENCE).children()
            self.of_parts += _rounds(_at(described, 1))
            if len(self.encrypted) == MOST_ENCRYPTED_PARTS:
                raise NotDer(f"more than {MOST_ENCRYPTED_PARTS} encrypted parts")
            self.encrypted[len(self.certificates) - 1] = part.whole
        else:
            raise NotDer("a part encrypted to a certificate instead of a password")

    def _bags(self, safe: der.Value, nested: int) -> Iterator[bytes]:
        if not nested:
            raise NotDer("bags too deep in one another")
        for bag in safe.expect(der.SEQUENCE).children():
            kind, value = _typed(bag)
            if kind == _SAFE_CONTENTS_BAG:
                yield from self._bags(value, nested - 1)
            elif kind == _SECRET_BAG and bag.whole in _KEY_MARKS.values():
                self.keys.append(bag.whole == _KEY_MARKS[True])
            elif kind == _KEY_BAG:
                self.keys.append(False)
            elif kind == _SHROUDED_KEY_BAG:
                self.keys.append(True)
                asked = _rounds(_at(value.expect(der.SEQUENCE).children(), 0))
                self.of_others = max(self.of_others, asked)
            elif kind in (_CERT_BAG, _CRL_BAG):
                form, item = _typed(value)
                if form == _X509_CERTIFICATE:
                    yield item.expect(der.OCTET_STRING).content
                elif form == _X509_CRL:
                    self.crls.append(item.expect(der.OCTET_STRING).content)


def _inside(value: der.Value) -> der.Value:
    """What an octet string holds."""
    return der.first(definite(value.expect(der.OCTET_STRING).content))


def _typed(value: der.Value) -> tuple[str, der.Value]:
    """An object identifier and what stands in the [0] after it, as content, bag and certificate have them."""
    fields = value.expect(der.SEQUENCE).children()
    kind = der.dotted(_at(fields, 0).expect(der.OBJECT_IDENTIFIER).content)
    return kind, der.first(_at(fields, 1).expect(der.tagged(0)).content)


def _at(fields: tuple[der.Value, ...], place: int) -> der.Value:
    if place >= len(fields):
        raise NotDer("a field is missing")
    return fields[place]


def _algorithm(value: der.Value) -> tuple[str, tuple[der.Value, ...]]:
    fields = value.expect(der.SEQUENCE).children()
    kind = der.dotted(_at(fields, 0).expect(der.OBJECT_IDENTIFIER).content)
    return kind, fields[1].children() if len(fields) > 1 and fields[1].tag == der.SEQUENCE else ()


def _rounds(algorithm: der.Value) -> int:
    """What a password-based scheme asks for. Raises `NotDer` where it is none that is known."""
    kind, params = _algorithm(algorithm)
    if kind in (_PBES2, _PBMAC1):
        return _rounds(_at(params, 0))
    if kind in _OLDER_SCHEMES or kind == _PBKDF2:
        return _number(_at(params, 1))
    if kind == _SCRYPT:  # RFC 7914, 7: cost, block size, parallelisation
        return _number(_at(params, 1)) * _number(_at(params, 2)) * _number(_at(params, 3))
    raise NotDer(f"protected in a way that is not read ({kind})")


def _rounds_of_mac(mac: der.Value) -> int:
    fields = mac.expect(der.SEQUENCE).children()
    algorithm = _at(_at(fields, 0).expect(der.SEQUENCE).children(), 0)
    stated = _number(fields[2]) if len(fields) > 2 else 1
    return _rounds(algorithm) if _algorithm(algorithm)[0] == _PBMAC1 else stated  # RFC 9579: the outer one is unused


def _number(value: der.Value) -> int:
    number = int.from_bytes(value.expect(der.INTEGER).content, "big", signed=True)
    if number < 1:
        raise NotDer("a count below 1")
    return number


def _certificates_in(part: bytes, passwords: Passwords) -> tuple[bytes, ...]:
    """Of one encrypted part. Raises `_Closed`, and `NotDer` where it opens and holds what cannot be read."""
    # "No password" and "a password of no letters" give different keys in the older schemes. OpenSSL takes the former
    # where there is no MAC, and the latter where that is what a MAC was made with.
    container = _container(part, mac=False)
    attempts = [(container, b""), (_container(part, mac=True), b"")]
    attempts += [(container, password) for password in passwords.each()]
    for data, password in attempts:
        try:
            return _as_cryptography_reads_it(data, password)
        except _Closed:
            continue
    raise _Closed


def _as_cryptography_reads_it(data: bytes, password: bytes) -> tuple[bytes, ...]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of what it will refuse one day
            parsed = pkcs12.load_pkcs12(data, password)
    except REFUSALS as error:
        # The one sentence for whatever OpenSSL refuses; any other is of a certificate that came out.
        if "password" in str(error):
            raise _Closed from None
        raise NotDer(str(error)) from None
    return tuple(item.certificate.public_bytes(serialization.Encoding.DER) for item in parsed.additional_certs)


def _container(part: bytes, *, mac: bool) -> bytes:
    """A container of our own key and that part; `mac`: one made with the password of no letters."""
    content = encoded(der.SEQUENCE, _our_key(), part)
    sealed = _mac(content) if mac else b""
    return encoded(der.SEQUENCE, _VERSION, _plain(content), sealed)


@cache
def _our_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return _plain(encoded(der.SEQUENCE, encoded(der.SEQUENCE, _KEY_BAG_OID, encoded(der.tagged(0), key))))


def _plain(content: bytes) -> bytes:
    return encoded(der.SEQUENCE, _DATA_OID, encoded(der.tagged(0), encoded(der.OCTET_STRING, content)))


def _bag(number: int, value: bytes) -> bytes:
    """A SafeBag of that kind (RFC 7292, 4.2), without attributes."""
    return encoded(der.SEQUENCE, _BAG_OID + bytes((number,)), encoded(der.tagged(0), value))


def _open_part(kind: tuple[int, bytes], items: Iterable[bytes]) -> bytes:
    """A part that is not encrypted, of certificates or CRLs."""
    number, form = kind
    bags = [
        _bag(number, encoded(der.SEQUENCE, form, encoded(der.tagged(0), encoded(der.OCTET_STRING, item))))
        for item in items
    ]
    return _plain(encoded(der.SEQUENCE, *bags))


_CERTIFICATE = (3, bytes.fromhex("060a2a864886f70d01091601"))  # the bag's kind, and x509Certificate
_CRL = (4, bytes.fromhex("060a2a864886f70d01091701"))  # and x509CRL
# An empty secret whose type is a key bag's, open or shrouded: where `without_keys` has left one out.
_KEY_MARKS = {
    encrypted: _bag(
        5,
        encoded(
            der.SEQUENCE,
            _BAG_OID + bytes((1 + encrypted,)),
            encoded(der.tagged(0), encoded(der.OCTET_STRING)),
        ),
    )
    for encrypted in (False, True)
}


def _mac(content: bytes) -> bytes:
    """RFC 7292, appendix B, with SHA-1 and one round; the password is the two zero octets that end it."""
    salt = (_SALT * 8)[:64]
    key = hashlib.sha1(b"\x03" * 64 + salt + b"\0" * 64, usedforsecurity=False).digest()
    digest = hmac.digest(key, content, "sha1")
    info = encoded(der.SEQUENCE, _SHA1, encoded(der.OCTET_STRING, digest))
    return encoded(der.SEQUENCE, info, encoded(der.OCTET_STRING, _SALT))
