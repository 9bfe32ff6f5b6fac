"""Facts read straight from the DER of a certificate that cryptography refuses, whole or in its extensions.

cryptography 49 and later refuses certificates that an Expressway's OpenSSL still loads (NULL parameters with ECDSA, odd
dates, encoded defaults), and one malformed extension hides all others. They sit on real nodes, so they are shown.
OpenSSL's printed form would not do: names in it are text of the certificate's maker, who can write commas and line
breaks into them and so forge further names.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from diagnostics.pki import der
from diagnostics.pki.bounds import MOST_ATTRIBUTES, MOST_NAMES
from diagnostics.pki.certificate import EMPTY_NAME, AlternativeNames, DistinguishedName, Facts, PublicKey, comparable
from diagnostics.pki.errors import NotDer
from diagnostics.pki.facts import GuardedReading, algorithm_name, bounded, key_facts

T = TypeVar("T")

_SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "1.2.840.113549.1.9.1": "E",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
}
_COMMON_NAME = "2.5.4.3"
_CODECS = {0x14: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}  # T61String, UniversalString, BMPString
_KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
_OTHER_NAMES = {0: "OtherName", 1: "RFC822Name", 3: "X400Address", 4: "DirectoryName", 5: "EDIPartyName"}
_OTHER_NAMES |= {6: "UniformResourceIdentifier", 8: "RegisteredID"}
_CA_ISSUERS = "1.3.6.1.5.5.7.48.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The parts of a certificate, none of them decoded.

    Attributes:
        signed: the TBSCertificate with its header: what the signature is made over.
        algorithm: the dotted OID of the signature algorithm.
        public_key: the SubjectPublicKeyInfo, DER.
        extensions: the content of each, by dotted OID; of one that is there twice, the first.
    """

    signed: bytes
    algorithm: str
    signature: bytes
    issuer: der.Value
    subject: der.Value
    public_key: bytes
    extensions: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """What the extensions say; None and empty as in `Certificate`. `unreadable` names the fields that were not read."""

    names: AlternativeNames
    ca: bool | None
    path_length: int | None
    key_usage: frozenset[str] | None
    extended_usages: tuple[str, ...] | None
    subject_key_id: str | None
    authority_key_id: str | None
    crl_urls: tuple[str, ...]
    issuer_urls: tuple[str, ...]
    unreadable: tuple[str, ...]


def facts(canonical: bytes, *, serial: int, not_before: datetime | None, not_after: datetime | None) -> Facts:
    """Facts of a certificate that OpenSSL loads: what its interface gives, and from `canonical` what it does not."""
    reading = GuardedReading()
    parts = reading.of("structure", lambda: frame(canonical), _NO_FRAME)
    found = extensions(parts.extensions)
    dates = {"not_before": not_before, "not_after": not_after}
    return Facts(
        subject=reading.of("subject", lambda: name_facts(parts.subject), EMPTY_NAME),
        issuer=reading.of("issuer", lambda: name_facts(parts.issuer), EMPTY_NAME),
        serial=serial,
        not_before=not_before,
        not_after=not_after,
        key=reading.of("key", lambda: _key(parts.public_key), None),
        signature_algorithm=algorithm_name(x509.ObjectIdentifier(parts.algorithm)) if parts.algorithm else "",
        names=found.names,
        ca=found.ca,
        path_length=found.path_length,
        key_usage=found.key_usage,
        extended_usages=found.extended_usages,
        subject_key_id=found.subject_key_id,
        authority_key_id=found.authority_key_id,
        crl_urls=found.crl_urls,
        issuer_urls=found.issuer_urls,
        unreadable=(*reading.failed, *(name for name, date in dates.items() if date is None), *found.unreadable),
    )


def asn1_time(value: bytes | None) -> datetime | None:
    """A time as pyOpenSSL gives it (YYYYMMDDhhmmssZ), aware; None where there is none or it is malformed."""
    if value is None:
        return None
    try:
        return datetime.strptime(value.decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def frame(certificate: bytes) -> Frame:
    """The parts of the certificate in `certificate`. Raises `NotDer`."""
    signed, algorithm, signature = _exactly(der.first(certificate).expect(der.SEQUENCE), 3)
    fields = list(signed.expect(der.SEQUENCE).children())
    if fields and fields[0].tag == der.tagged(0):
        fields.pop(0)  # the version
    if len(fields) < 6:
        raise NotDer("fields of the certificate are missing")
    _, _, issuer, _, subject, public_key = fields[:6]
    return Frame(
        signed=signed.whole,
        algorithm=_identifier(algorithm),
        signature=signature.expect(der.BIT_STRING).content[1:],
        issuer=issuer,
        subject=subject,
        public_key=public_key.whole,
        extensions=_extension_contents(fields[6:]),
    )


def name_facts(name: der.Value) -> DistinguishedName:
    """Facts of a distinguished name. Raises `NotDer`, and `ValueError` on one made to tie us up."""
    rdns = bounded(name.children(), MOST_ATTRIBUTES)
    parts = [[_attribute(item) for item in rdn.expect(der.SET).children()] for rdn in rdns]
    flat = [part for rdn in parts for part in rdn]
    return DistinguishedName(
        text=",".join("+".join(_written(*part) for part in rdn) for rdn in reversed(parts)),
        key=tuple(tuple(sorted((oid, comparable(value)) for oid, value in rdn)) for rdn in parts),
        common_names=tuple(value for oid, value in flat if oid == _COMMON_NAME),
        attribute_oids=tuple(oid for oid, _ in flat),
    )


def extensions(contents: dict[str, bytes]) -> Extensions:
    """Each extension that the facts know, read in a guard of its own."""
    failed: list[str] = []

    def read(field: str, oid: str, reader: Callable[[bytes], T], otherwise: T) -> T:
        if oid not in contents:
            return otherwise
        try:
            return reader(contents[oid])
        except (NotDer, ValueError):  # ValueError: text or addresses that do not decode
            failed.append(field)
            return otherwise

    nothing: tuple[bool | None, int | None] = (None, None)
    ca, path_length = read("ca", "2.5.29.19", _basic_constraints, nothing)
    return Extensions(
        names=read("names", "2.5.29.17", _alternative_names, AlternativeNames()),
        ca=ca,
        path_length=path_length,
        key_usage=read("key_usage", "2.5.29.15", _key_usage, None),
        extended_usages=read("extended_usages", "2.5.29.37", _extended_usages, None),
        subject_key_id=read("subject_key_id", "2.5.29.14", _subject_key_id, None),
        authority_key_id=read("authority_key_id", "2.5.29.35", _authority_key_id, None),
        crl_urls=read("crl_urls", "2.5.29.31", _crl_urls, ()),
        issuer_urls=read("issuer_urls", "1.3.6.1.5.5.7.1.1", _issuer_urls, ()),
        unreadable=tuple(failed),
    )


_NOTHING = der.Value(tag=der.SEQUENCE, content=b"", whole=b"")
_NO_FRAME = Frame(
    signed=b"", algorithm="", signature=b"", issuer=_NOTHING, subject=_NOTHING, public_key=b"", extensions={}
)


def _key(public_key: bytes) -> PublicKey:
    try:
        return key_facts(serialization.load_der_public_key(public_key))
    except (ValueError, UnsupportedAlgorithm):  # a kind or a curve that cryptography does not know
        kind = _identifier(der.first(der.first(public_key).content))
        return PublicKey(
            kind=algorithm_name(x509.ObjectIdentifier(kind)),
            bits=None,
            curve=None,
            spki_sha256=hashlib.sha256(public_key).hexdigest(),
        )


def _exactly(value: der.Value, count: int) -> tuple[der.Value, ...]:
    children = value.children()
    if len(children) != count:
        raise NotDer(f"{len(children)} values where {count} were expected")
    return children


def _identifier(algorithm: der.Value) -> str:
    return der.dotted(der.first(algorithm.expect(der.SEQUENCE).content).expect(der.OBJECT_IDENTIFIER).content)


def _extension_contents(fields: list[der.Value]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for field in fields:
        if field.tag == der.tagged(3):
            for item in der.first(field.content).children():
                parts = item.expect(der.SEQUENCE).children()
                if len(parts) >= 2:
                    oid = der.dotted(parts[0].expect(der.OBJECT_IDENTIFIER).content)
                    contents.setdefault(oid, parts[-1].expect(der.OCTET_STRING).content)
    return contents


def _attribute(value: der.Value) -> tuple[str, str]:
    kind, text = _exactly(value.expect(der.SEQUENCE), 2)
    return der.dotted(kind.content), text.content.decode(_CODECS.get(text.tag, "utf-8"), "replace")


def _written(oid: str, value: str) -> str:
    """RFC 4514, 2.4, as cryptography writes it."""
    escaped = "".join("\\" + letter if letter in '\\,+"<>;' else letter for letter in value).replace("\0", "\\00")
    if escaped[:1] in ("#", " "):
        escaped = "\\" + escaped
    if escaped[-1:] == " ":
        escaped = escaped[:-1] + "\\ "
    return f"{_SHORT_NAMES.get(oid, oid)}={escaped}"


def _basic_constraints(content: bytes) -> tuple[bool | None, int | None]:
    ca, path_length = False, None
    for part in der.first(content).expect(der.SEQUENCE).children():
        if part.tag == der.BOOLEAN:
            ca = any(part.content)
        elif part.tag == der.INTEGER:
            path_length = int.from_bytes(part.content, "big")
    return ca, path_length


def _key_usage(content: bytes) -> frozenset[str]:
    bits = der.first(content).expect(der.BIT_STRING).content[1:]
    return frozenset(
        name
        for number, name in enumerate(_KEY_USAGES)
        if number // 8 < len(bits) and bits[number // 8] & 0x80 >> number % 8
    )


def _extended_usages(content: bytes) -> tuple[str, ...]:
    usages = bounded(der.first(content).expect(der.SEQUENCE).children(), MOST_NAMES)
    return tuple(der.dotted(item.content) for item in usages)


def _subject_key_id(content: bytes) -> str:
    return der.first(content).expect(der.OCTET_STRING).content.hex()


def _authority_key_id(content: bytes) -> str | None:
    parts = der.first(content).expect(der.SEQUENCE).children()
    return next((part.content.hex() for part in parts if part.tag == der.tagged(0, constructed=False)), None)


def _alternative_names(content: bytes) -> AlternativeNames:
    dns: list[str] = []
    ips: list[IPv4Address | IPv6Address] = []
    others: list[str] = []
    for name in bounded(der.first(content).expect(der.SEQUENCE).children(), MOST_NAMES):
        kind = name.tag & 0x1F
        if kind == 2:
            dns.append(name.content.decode("ascii", "replace"))
        elif kind == 7 and len(name.content) in (4, 16):
            ips.append(ip_address(name.content))
        else:
            text = name.content.decode("ascii", "replace") if kind in (1, 6) else name.content.hex()
            others.append(f"{_OTHER_NAMES.get(kind, 'IPAddress')}:{text}")
    return AlternativeNames(dns=tuple(dns), ips=tuple(ips), others=tuple(others))


def _crl_urls(content: bytes) -> tuple[str, ...]:
    urls: list[str] = []
    for point in der.first(content).expect(der.SEQUENCE).children():
        for part in point.children():
            if part.tag == der.tagged(0):  # distributionPoint
                full = der.first(part.content)
                urls += [_url(name) for name in full.children() if name.tag == der.tagged(6, constructed=False)]
    return tuple(bounded(urls, MOST_NAMES))


def _issuer_urls(content: bytes) -> tuple[str, ...]:
    descriptions = bounded(der.first(content).expect(der.SEQUENCE).children(), MOST_NAMES)
    pairs = [_exactly(item, 2) for item in descriptions]
    return tuple(_url(place) for method, place in pairs if der.dotted(method.content) == _CA_ISSUERS)


def _url(name: der.Value) -> str:
    return name.content.decode("ascii", "replace")
