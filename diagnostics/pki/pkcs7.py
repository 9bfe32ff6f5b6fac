"""The certificates in a PKCS#7 bundle (.p7b), each as its own bytes, so that one which does not load loses itself alone."""

import warnings
from dataclasses import dataclass
from itertools import islice

from cryptography.hazmat.primitives import serialization

from diagnostics.pki import der
from diagnostics.pki.bounds import MOST_ENTRIES
from diagnostics.pki.errors import REFUSALS, NotDer, NotPkcs7

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # OID 1.2.840.113549.1.7.2 with its header


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What the bundle carries, DER, in the order of the file."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]


def is_pkcs7(data: bytes) -> bool:
    """Opens as signedData, the one kind that carries certificates for an import."""
    return data[:1] == b"\x30" and SIGNED_DATA in data[:24]


def bundle(data: bytes) -> Bundle:
    """The parts of a bundle. Raises `NotPkcs7`."""
    try:
        return _parts(data)
    except NotDer:  # indefinite lengths, as some exports have: all or nothing then
        return _as_cryptography_reads_it(data)


def _as_cryptography_reads_it(data: bytes) -> Bundle:
    # It brings the standard library's email package, which makes the start of every reading process longer.
    from cryptography.hazmat.primitives.serialization import pkcs7

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of what it will refuse one day
            parsed = pkcs7.load_der_pkcs7_certificates(data)
    except REFUSALS as error:
        raise NotPkcs7(str(error)) from error
    return Bundle(certificates=tuple(item.public_bytes(serialization.Encoding.DER) for item in parsed), crls=())


def _parts(data: bytes) -> Bundle:
    """Of a ContentInfo with signedData (RFC 2315, 9.1). Raises `NotDer`, also where lengths are indefinite."""
    content = der.first(data).expect(der.SEQUENCE).children()
    if len(content) < 2:
        raise NotDer("signedData without content")
    fields = der.first(content[1].expect(der.tagged(0)).content).expect(der.SEQUENCE).children()
    return Bundle(certificates=_items(fields, der.tagged(0)), crls=_items(fields, der.tagged(1)))


def _items(fields: tuple[der.Value, ...], tag: int) -> tuple[bytes, ...]:
    # Attribute certificates and other choices of the SET have tags of their own.
    items = (item for field in fields if field.tag == tag for item in der.values(field.content))
    return tuple(item.whole for item in islice(items, MOST_ENTRIES) if item.tag == der.SEQUENCE)
