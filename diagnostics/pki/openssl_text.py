"""Reads OpenSSL's own description of a certificate, for those that cryptography refuses.

cryptography 49 and later refuses certificates that an Expressway's OpenSSL still loads (NULL parameters with ECDSA,
odd dates, encoded defaults). They sit on real nodes, so they are shown through OpenSSL's text form.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from diagnostics.pki.certificate import AlternativeNames

_USAGES = {
    "TLS Web Server Authentication": "1.3.6.1.5.5.7.3.1",
    "TLS Web Client Authentication": "1.3.6.1.5.5.7.3.2",
    "Code Signing": "1.3.6.1.5.5.7.3.3",
    "E-mail Protection": "1.3.6.1.5.5.7.3.4",
    "Time Stamping": "1.3.6.1.5.5.7.3.8",
    "OCSP Signing": "1.3.6.1.5.5.7.3.9",
    "Any Extended Key Usage": "2.5.29.37.0",
}
_KEY_USAGES = {
    "Digital Signature": "digitalSignature",
    "Non Repudiation": "nonRepudiation",
    "Key Encipherment": "keyEncipherment",
    "Data Encipherment": "dataEncipherment",
    "Key Agreement": "keyAgreement",
    "Certificate Sign": "keyCertSign",
    "CRL Sign": "cRLSign",
}
_EXTENSION = re.compile(r"^ {12}(?P<name>\S[^:\n]*): ?(?:critical)? *\n(?P<value>(?: {16}.*\n?)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextExtensions:
    """What OpenSSL's text says of the extensions; None and empty as in `Certificate`."""

    names: AlternativeNames
    ca: bool | None
    path_length: int | None
    key_usage: frozenset[str] | None
    extended_usages: tuple[str, ...] | None
    subject_key_id: str | None
    authority_key_id: str | None


def extensions(text: str) -> TextExtensions:
    """The extensions named in the output of `openssl x509 -text`."""
    values = {match["name"].strip(): match["value"] for match in _EXTENSION.finditer(text)}
    constraints = values.get("X509v3 Basic Constraints")
    length = re.search(r"pathlen:(\d+)", constraints or "")
    usage = values.get("X509v3 Key Usage")
    extended = values.get("X509v3 Extended Key Usage")
    return TextExtensions(
        names=_names(values.get("X509v3 Subject Alternative Name", "")),
        ca=None if constraints is None else "CA:TRUE" in constraints,
        path_length=int(length[1]) if length else None,
        key_usage=None if usage is None else frozenset(_KEY_USAGES.get(item, item) for item in _items(usage)),
        extended_usages=None if extended is None else tuple(_USAGES.get(item, item) for item in _items(extended)),
        subject_key_id=_key_id(values.get("X509v3 Subject Key Identifier")),
        authority_key_id=_key_id(values.get("X509v3 Authority Key Identifier")),
    )


def signature_algorithm(text: str) -> str:
    """The algorithm that the certificate is signed with, as OpenSSL names it; empty where not stated."""
    found = re.search(r"^ +Signature Algorithm: (\S+)", text, re.MULTILINE)
    return found[1] if found else ""


def public_key(text: str) -> tuple[str, int | None]:
    """Kind and size in bits of the public key; the size is None where OpenSSL states none."""
    kind = re.search(r"Public Key Algorithm: (\S+)", text)
    bits = re.search(r"Public-Key: \((\d+) bit", text)
    names = {"rsaEncryption": "RSA", "id-ecPublicKey": "EC", "dsaEncryption": "DSA"}
    return (names.get(kind[1], kind[1]) if kind else "unknown", int(bits[1]) if bits else None)


def asn1_time(value: bytes | None) -> datetime | None:
    """A time as pyOpenSSL gives it (YYYYMMDDhhmmssZ), aware; None where there is none or it is malformed."""
    if value is None:
        return None
    try:
        return datetime.strptime(value.decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _key_id(value: str | None) -> str | None:
    digits = re.search(r"(?:[0-9A-Fa-f]{2}:)+[0-9A-Fa-f]{2}", value or "")
    return digits[0].replace(":", "").lower() if digits else None


def _names(value: str) -> AlternativeNames:
    dns: list[str] = []
    ips: list[IPv4Address | IPv6Address] = []
    others: list[str] = []
    for item in _items(value):
        if item.startswith("DNS:"):
            dns.append(item[4:])
        elif item.startswith("IP Address:"):
            try:
                ips.append(ip_address(item[11:]))
            except ValueError:
                others.append(item)
        else:
            others.append(item)
    return AlternativeNames(dns=tuple(dns), ips=tuple(ips), others=tuple(others))
