"""Where the structure of a certificate breaks that no library loads, in the words of RFC 5280, 4.1.

The libraries say that it is malformed. A person wants to know whether it was cut off, and in which part the first byte
stands that cannot be right: a list that a mail program shortened looks unlike one that was edited by hand.
"""

from dataclasses import dataclass
from enum import StrEnum

from diagnostics.pki import der

_DEEPEST = 24  # values in values; a certificate with every known extension has 9
_MOST_VALUES = 50_000  # looked at; a certificate with 1,000 names has 3,100


class BreakKind(StrEnum):
    """What is wrong at the place."""

    CUT_OFF = "cut-off"  # a value announces more bytes than there are
    OVERRUNS = "overruns"  # a value announces more bytes than the value that it stands in
    WRONG_TYPE = "wrong-type"  # a value of another type was expected
    MISSING = "missing"  # the bytes end where this should begin
    NO_VALUE = "no-value"  # a header that none has: an indefinite or overlong length, a tag of several octets
    TOO_DEEP = "too-deep"  # more values in one another than any certificate has


class Field(StrEnum):
    """The parts of a certificate (RFC 5280, 4.1)."""

    CERTIFICATE = "certificate"
    TBS_CERTIFICATE = "tbsCertificate"
    VERSION = "version"
    SERIAL_NUMBER = "serialNumber"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    VALIDITY = "validity"
    SUBJECT = "subject"
    SUBJECT_PUBLIC_KEY_INFO = "subjectPublicKeyInfo"
    UNIQUE_ID = "uniqueID"
    EXTENSIONS = "extensions"
    SIGNATURE_ALGORITHM = "signatureAlgorithm"
    SIGNATURE_VALUE = "signatureValue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first place that cannot be right.

    `byte` counts from 0 in the certificate's DER; `announced` and `there` in bytes, for what is cut off or overruns.
    """

    field: Field
    byte: int
    kind: BreakKind
    announced: int = 0
    there: int = 0


def broken_at(certificate: bytes) -> Break | None:
    """None where tags and lengths fit together: then it is a value that the libraries object to."""
    try:
        _Walk(certificate).certificate()
    except _Found as found:
        return found.broken
    return None


class _Found(Exception):
    def __init__(self, broken: Break) -> None:
        super().__init__(broken.kind)
        self.broken = broken


_REQUIRED = (
    (Field.SERIAL_NUMBER, der.INTEGER),
    (Field.SIGNATURE, der.SEQUENCE),
    (Field.ISSUER, der.SEQUENCE),
    (Field.VALIDITY, der.SEQUENCE),
    (Field.SUBJECT, der.SEQUENCE),
    (Field.SUBJECT_PUBLIC_KEY_INFO, der.SEQUENCE),
)
_OPTIONAL = {
    der.tagged(1, constructed=False): Field.UNIQUE_ID,
    der.tagged(2, constructed=False): Field.UNIQUE_ID,
    der.tagged(3): Field.EXTENSIONS,
}


class _Walk:
    """From the first byte on; raises `_Found` at the first that cannot be right."""

    def __init__(self, data: bytes) -> None:
        self._data, self._left = data, _MOST_VALUES

    def certificate(self) -> None:
        start, end = self._value(Field.CERTIFICATE, 0, len(self._data), der.SEQUENCE)
        inner, after = self._value(Field.TBS_CERTIFICATE, start, end, der.SEQUENCE)
        self._tbs(inner, after)
        _, after = self._whole(Field.SIGNATURE_ALGORITHM, after, end, der.SEQUENCE)
        self._whole(Field.SIGNATURE_VALUE, after, end, der.BIT_STRING)

    def _tbs(self, position: int, end: int) -> None:
        if self._data[position : position + 1] == bytes((der.tagged(0),)):
            _, position = self._whole(Field.VERSION, position, end, der.tagged(0))
        for field, tag in _REQUIRED:
            _, position = self._whole(field, position, end, tag)
        while position < end:
            known = _OPTIONAL.get(self._data[position])
            if known is None:
                raise self._found(Field.EXTENSIONS, position, BreakKind.WRONG_TYPE)
            _, position = self._whole(known, position, end, self._data[position])

    def _whole(self, field: Field, position: int, limit: int, tag: int) -> tuple[int, int]:
        """A value of that type, and everything in it."""
        start, end = self._value(field, position, limit, tag)
        if tag & 0x20:
            self._inside(field, start, end, _DEEPEST)
        return start, end

    def _inside(self, field: Field, position: int, end: int, depth: int) -> None:
        while position < end:
            if not depth or self._left < 0:
                raise self._found(field, position, BreakKind.TOO_DEEP)
            tag = self._data[position]
            start, after = self._value(field, position, end, tag)
            if tag & 0x20:
                self._inside(field, start, after, depth - 1)
            position = after

    def _value(self, field: Field, position: int, limit: int, tag: int) -> tuple[int, int]:
        """Where the content of the value at `position` begins and ends."""
        self._left -= 1
        if position >= limit:
            raise self._found(field, position, BreakKind.MISSING)
        if self._data[position] != tag:
            raise self._found(field, position, BreakKind.WRONG_TYPE)
        if self._data[position] & 0x1F == 0x1F:
            raise self._found(field, position, BreakKind.NO_VALUE)
        if position + 2 > limit:
            raise self._found(field, position, BreakKind.MISSING)
        start, length = position + 2, self._data[position + 1]
        if length & 0x80:
            octets = length & 0x7F
            start += octets
            if not 1 <= octets <= 4 or start > limit:
                raise self._found(field, position, BreakKind.NO_VALUE)
            length = int.from_bytes(self._data[position + 2 : start], "big")
        if start + length > limit:
            kind = BreakKind.CUT_OFF if start + length > len(self._data) else BreakKind.OVERRUNS
            raise self._found(field, position, kind, announced=start - position + length, there=limit - position)
        return start, start + length

    def _found(self, field: Field, byte: int, kind: BreakKind, *, announced: int = 0, there: int = 0) -> _Found:
        return _Found(Break(field=field, byte=byte, kind=kind, announced=announced, there=there))
