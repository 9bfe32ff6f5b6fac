"""Private keys as far as one may look at them: that one is here, whether a password protects it, and which public key
belongs to it, by which its certificate is found. Nothing else of a key leaves this module.

The public half stands in the key itself, for RSA and most EC keys, and is copied out; no number is computed with unless
it is left out, and then on a curve of a fixed size. A key of 100,000 bits or of seven primes costs as much as any other.
"""

import hashlib
import re
from dataclasses import dataclass
from itertools import islice

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from diagnostics.pki import der
from diagnostics.pki.ber import encoded
from diagnostics.pki.bounds import LARGEST_PRIVATE_KEY
from diagnostics.pki.errors import REFUSALS, NotDer
from diagnostics.pki.facts import key_facts

_RSA, _RSA_PSS, _EC = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.10045.2.1"
_EDWARDS_AND_MONTGOMERY = tuple(f"1.3.101.{number}" for number in range(110, 114))
_PASSWORD_BASED = ("1.2.840.113549.1.5.", "1.2.840.113549.1.12.1.")  # PKCS#5 and PKCS#12 schemes
_RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")
_EC_OID = bytes.fromhex("06072a8648ce3d0201")
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "1.2.840.10045.3.1.7": ec.SECP256R1,
    "1.3.132.0.34": ec.SECP384R1,
    "1.3.132.0.35": ec.SECP521R1,
}
_PUTTY = re.compile(rb"^PuTTY-User-Key-File-[123]: [^\r\n]{1,64}\r?\nEncryption: ([^\r\n]{1,64})", re.MULTILINE)
# How PKCS#8, PKCS#1 and SEC1 begin, and PKCS#8 with a password.
_BEGINS = re.compile(
    rb"\x30(?:[\x02-\x7f]|\x81.|\x82..)"
    rb"(?:\x02\x01[\0\1](?:\x30[\x02-\x7f]\x06|\x04[\x10-\x7f]|\x02(?:\x81.|\x82..))"
    rb"|(\x30[\x02-\x7f]\x06(?:\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05|\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01)))",
    re.DOTALL,
)
_FEW = 10  # values that tell one kind from another; PKCS#1 has nine


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenKey:
    """`spki_sha256`: of the SubjectPublicKeyInfo that belongs to it, lower-case hex; None where that is not told."""

    encrypted: bool
    spki_sha256: str | None = None


def seen_key(data: bytes) -> SeenKey | None:
    """The private key that `data` is, in PKCS#8, PKCS#1 or SEC1; None where it is none."""
    try:
        fields = tuple(islice(der.values(der.first(data).expect(der.SEQUENCE).content), _FEW))
        return _seen(fields, large=len(data) > LARGEST_PRIVATE_KEY)
    except NotDer:
        return None


def cut_off_key(data: bytes) -> SeenKey | None:
    """What begins as a private key and is cut off or damaged further on."""
    match = _BEGINS.match(data)
    return SeenKey(encrypted=match[1] is not None) if match else None


def putty_key(text: bytes) -> SeenKey | None:
    """A key as PuTTY saves it (.ppk)."""
    match = _PUTTY.search(text)
    return SeenKey(encrypted=match[1] != b"none") if match else None


def spki_sha256(spki: bytes) -> str:
    """The SHA-256 by which the certificates of the same key are known: over the form that cryptography writes."""
    try:
        facts = key_facts(serialization.load_der_public_key(spki))
    except REFUSALS:
        return hashlib.sha256(spki).hexdigest()
    return facts.spki_sha256


def _seen(fields: tuple[der.Value, ...], *, large: bool) -> SeenKey | None:
    tags = [field.tag for field in fields]
    if tags[:2] == [der.SEQUENCE, der.OCTET_STRING]:
        return SeenKey(encrypted=True) if _algorithm(fields[0]).startswith(_PASSWORD_BASED) else None
    if not fields or fields[0].tag != der.INTEGER or fields[0].content not in (b"\0", b"\1"):
        return None
    find = None
    if tags[1:3] == [der.SEQUENCE, der.OCTET_STRING] and fields[1].content[:1] == b"\x06":
        find = _of_pkcs8
    elif tags[1:2] == [der.OCTET_STRING] and fields[0].content == b"\1" and set(tags[2:]) <= _SEC1_TAGS:
        find = _of_sec1
    elif tags[:9] == [der.INTEGER] * 9:
        find = _of_pkcs1
    elif tags == [der.INTEGER] * 6:  # DSA as OpenSSL used to write it: no certificate here has such a key
        return SeenKey(encrypted=False)
    if find is None:
        return None
    try:
        return SeenKey(encrypted=False, spki_sha256=None if large else find(fields))
    except (NotDer, *REFUSALS):  # it is a key all the same
        return SeenKey(encrypted=False)


_SEC1_TAGS = {der.tagged(0), der.tagged(1)}


def _algorithm(value: der.Value) -> str:
    return der.dotted(der.first(value.content).expect(der.OBJECT_IDENTIFIER).content)


def _of_pkcs1(fields: tuple[der.Value, ...]) -> str:
    """RFC 8017, A.1.2: version, modulus, public exponent, and the secret rest."""
    return spki_sha256(_spki(_RSA_ALGORITHM, encoded(der.SEQUENCE, fields[1].whole, fields[2].whole)))


def _of_pkcs8(fields: tuple[der.Value, ...]) -> str | None:
    kind, inner = _algorithm(fields[1]), fields[2].content
    if kind in (_RSA, _RSA_PSS):
        parts = tuple(islice(der.values(der.first(inner).expect(der.SEQUENCE).content), 3))
        if [part.tag for part in parts] != [der.INTEGER] * 3:
            raise NotDer("no RSA key")
        algorithm = _RSA_ALGORITHM if kind == _RSA else fields[1].whole
        return spki_sha256(_spki(algorithm, encoded(der.SEQUENCE, parts[1].whole, parts[2].whole)))
    if kind == _EC:
        return _of_ec(tuple(islice(der.values(der.first(inner).expect(der.SEQUENCE).content), _FEW)), fields[1])
    if kind in _EDWARDS_AND_MONTGOMERY:
        whole = encoded(der.SEQUENCE, b"\x02\x01\0", fields[1].whole, fields[2].whole)
        public = serialization.load_der_private_key(whole, password=None).public_key()
        return key_facts(public).spki_sha256
    return None


def _of_sec1(fields: tuple[der.Value, ...]) -> str | None:
    """RFC 5915: version, secret number, and mostly the curve and the public point."""
    curve = next((field for field in fields if field.tag == der.tagged(0)), None)
    if curve is None:
        return None
    algorithm = encoded(der.SEQUENCE, _EC_OID, der.first(curve.content).whole)
    return _of_ec(fields, der.first(algorithm))


def _of_ec(fields: tuple[der.Value, ...], algorithm: der.Value) -> str | None:
    point = next((field for field in fields if field.tag == der.tagged(1)), None)
    if point is not None:
        public = der.first(point.content).expect(der.BIT_STRING)
        return spki_sha256(encoded(der.SEQUENCE, algorithm.whole, public.whole))
    parameters = tuple(islice(der.values(algorithm.content), 2))
    if len(parameters) < 2 or parameters[1].tag != der.OBJECT_IDENTIFIER or len(fields) < 2:
        return None
    curve = _CURVES.get(der.dotted(parameters[1].content))
    if curve is None:
        return None
    secret = int.from_bytes(fields[1].expect(der.OCTET_STRING).content, "big")
    return key_facts(ec.derive_private_key(secret, curve()).public_key()).spki_sha256


def _spki(algorithm: bytes, key: bytes) -> bytes:
    return encoded(der.SEQUENCE, algorithm, encoded(der.BIT_STRING, b"\0", key))
