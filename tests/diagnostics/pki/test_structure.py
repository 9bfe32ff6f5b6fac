"""Where in a certificate its structure breaks."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.pki.loading import FaultCode, load
from diagnostics.pki.structure import Break, BreakKind, Field, broken_at
from diagnostics.samples.authority import root
from tests.builders.certificates import armoured
from tests.diagnostics.pki import spoiling
from tests.diagnostics.pki.spoiling import spoiled, tlv

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
LEAF = TOP.issue(common_name="a.example.com", dns=["a.example.com"])
WHOLE = LEAF.der


def starts() -> dict[Field, int]:
    """Where each field of the leaf begins."""
    outer, signed = spoiling.der.first(WHOLE), spoiling.der.first(spoiling.der.first(WHOLE).content)
    at = len(outer.whole) - len(outer.content)
    places = {Field.CERTIFICATE: 0, Field.TBS_CERTIFICATE: at}
    inside = at + len(signed.whole) - len(signed.content)
    names = (
        Field.VERSION,
        Field.SERIAL_NUMBER,
        Field.SIGNATURE,
        Field.ISSUER,
        Field.VALIDITY,
        Field.SUBJECT,
        Field.SUBJECT_PUBLIC_KEY_INFO,
        Field.EXTENSIONS,
    )
    for name, field in zip(names, signed.children(), strict=True):
        places[name] = inside
        inside += len(field.whole)
    for name, field in zip((Field.SIGNATURE_ALGORITHM, Field.SIGNATURE_VALUE), outer.children()[1:], strict=True):
        places[name] = inside
        inside += len(field.whole)
    return places


PLACES = starts()


def test_a_sound_certificate_breaks_nowhere():
    for certificate in (WHOLE, TOP.der, TOP.issue(common_name="b", key="rsa").der):
        assert broken_at(certificate) is None


@pytest.mark.parametrize("field", [field for field in PLACES if field is not Field.CERTIFICATE])
def test_another_type_in_the_place_of_a_field_is_found_there(field):
    at = PLACES[field]
    spoiled_there = WHOLE[:at] + b"\x0c" + WHOLE[at + 1 :]
    found = broken_at(spoiled_there)

    # The version may be left out, and then its place is the serial number's.
    named = Field.SERIAL_NUMBER if field is Field.VERSION else field
    assert found == Break(field=named, byte=at, kind=BreakKind.WRONG_TYPE)


@pytest.mark.parametrize("field", [Field.ISSUER, Field.SUBJECT, Field.VALIDITY, Field.SIGNATURE_VALUE])
def test_a_length_beyond_the_end_is_found_with_what_it_claims(field):
    at = PLACES[field]
    found = broken_at(WHOLE[: at + 1] + b"\x83\xff\xff\xff" + WHOLE[at + 2 :])

    kind = BreakKind.CUT_OFF
    assert found is not None
    assert (found.field, found.byte, found.kind, found.announced) == (field, at, kind, 5 + 0xFFFFFF)


def test_a_length_beyond_what_it_stands_in_is_told_apart_from_one_beyond_the_end():
    at = PLACES[Field.SUBJECT]
    length = PLACES[Field.SIGNATURE_ALGORITHM] - at - 4 + 1  # one byte more than the signed part has left
    found = broken_at(WHOLE[: at + 1] + b"\x82" + length.to_bytes(2, "big") + WHOLE[at + 4 :])
    assert found is not None
    assert (found.field, found.kind) == (Field.SUBJECT, BreakKind.OVERRUNS)


@pytest.mark.parametrize("field", list(PLACES)[1:])
def test_a_certificate_cut_off_in_a_field_says_how_much_is_missing(field):
    cut = WHOLE[: PLACES[field] + 1]
    loaded = load(cut, most=5)

    (fault,) = loaded.faults
    assert fault.code is FaultCode.NOT_A_CERTIFICATE
    assert fault.broken == Break(
        field=Field.CERTIFICATE, byte=0, kind=BreakKind.CUT_OFF, announced=len(WHOLE), there=len(cut)
    )


def test_a_name_spoiled_inside_is_found_at_its_byte():
    name = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), b"\x0c\x7fa.example.com")))
    data = spoiled(LEAF, TOP, {spoiling.SUBJECT: name})
    (fault,) = load(armoured(data, "CERTIFICATE"), most=5).faults

    assert fault.broken is not None
    assert fault.broken.field is Field.SUBJECT
    assert data[fault.broken.byte :].startswith(b"\x0c\x7fa.example.com")
    assert (fault.broken.announced, fault.broken.there) == (2 + 0x7F, 2 + len("a.example.com"))


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        (tlv(0x31, tlv(0x30, b"\x1f\x81\x01\x00")), BreakKind.NO_VALUE),
        (tlv(0x31, b"\x30\x80\x00\x00"), BreakKind.NO_VALUE),
        (tlv(0x31, tlv(0x30, b"\x06")), BreakKind.MISSING),
    ],
)
def test_what_begins_no_value_is_found(inside, kind):
    found = broken_at(spoiled(LEAF, TOP, {spoiling.ISSUER: tlv(0x30, inside)}))
    assert found is not None
    assert (found.field, found.kind) == (Field.ISSUER, kind)


def test_values_very_deep_in_one_another_and_very_many_are_left():
    deep = b"\x30\x00"
    for _ in range(5_000):
        deep = tlv(0x30, deep)
    for name in (deep, tlv(0x30, b"\x31\x00" * 60_000)):
        started = time.process_time()
        found = broken_at(spoiled(LEAF, TOP, {spoiling.SUBJECT: name}))
        assert found is not None
        assert (found.field, found.kind) == (Field.SUBJECT, BreakKind.TOO_DEEP)
        assert time.process_time() - started < 1


def test_where_the_structure_holds_the_libraries_words_stand():
    version_nine = spoiled(LEAF, TOP, {spoiling.VERSION: bytes.fromhex("a003020108"), spoiling.SERIAL: b"\x02\x00"})
    (fault,) = load(armoured(version_nine, "CERTIFICATE"), most=5).faults

    assert (fault.broken, bool(fault.detail)) == (None, True)


@settings(max_examples=300, deadline=None)
@given(cut=st.integers(0, len(WHOLE)), junk=st.binary(max_size=8))
def test_any_bytes_are_walked_without_an_exception(cut, junk):
    data = WHOLE[:cut] + junk + WHOLE[cut + len(junk) :]
    found = broken_at(data)
    assert found is None or 0 <= found.byte <= len(data)
