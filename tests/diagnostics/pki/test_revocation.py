"""Revocation lists that were handed in: what they say, who issued them, until when they hold."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.pki import der
from diagnostics.pki.certificate import fingerprint
from diagnostics.pki.errors import NotACrl
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.revocation import Crl, issued_crl, load_crl
from diagnostics.samples.authority import Authority, root
from tests.diagnostics.pki import spoiling
from tests.diagnostics.pki.spoiling import ECDSA_WITH_NULL, spoiled, tlv

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
SECOND, WEEK = timedelta(seconds=1), timedelta(days=7)
TOP = root(at=AT)
ISSUING = TOP.intermediate("Issuing CA")
GONE = ISSUING.issue(common_name="gone.example.com", serial=4711)
KEPT = ISSUING.issue(common_name="kept.example.com", serial=4712)


def as_der(pem: bytes) -> bytes:
    return x509.load_pem_x509_crl(pem).public_bytes(serialization.Encoding.DER)


ORDINARY = as_der(ISSUING.crl([GONE], this_update=AT, next_update=AT + WEEK, number=17))


def list_of(*entries: x509.RevokedCertificate, issuer: Authority = ISSUING) -> Crl:
    builder = x509.CertificateRevocationListBuilder(issuer_name=issuer.name).last_update(AT).next_update(AT + WEEK)
    for entry in entries:
        builder = builder.add_revoked_certificate(entry)
    return load_crl(builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


def entry(serial: int, reason: x509.ReasonFlags | None = None) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(AT)
    return (builder.add_extension(x509.CRLReason(reason), critical=False) if reason else builder).build()


def test_every_fact_of_a_list():
    crl = load_crl(ORDINARY)

    assert (crl.sha256, crl.der) == (fingerprint(ORDINARY), ORDINARY)
    assert crl.issuer.key == load_certificate(ISSUING.der).subject.key
    assert (crl.this_update, crl.next_update) == (AT, AT + WEEK)
    assert (crl.entries, crl.number) == (1, 17)


def test_a_listed_serial_is_revoked_on_its_date_and_no_other_is():
    crl = load_crl(ORDINARY)

    assert crl.revoked_on(4711) == AT
    assert crl.revoked_on(4712) is None
    assert crl.revoked_on(-4711) is None


@pytest.mark.parametrize(
    ("reason", "revoked"),
    [
        (None, True),
        (x509.ReasonFlags.key_compromise, True),
        (x509.ReasonFlags.certificate_hold, True),
        (x509.ReasonFlags.remove_from_crl, False),
    ],
)
def test_a_hold_counts_and_its_lifting_does_not(reason, revoked):
    assert (list_of(entry(4711, reason)).revoked_on(4711) is not None) is revoked


def test_a_list_expires_a_second_after_its_next_update():
    crl = load_crl(ORDINARY)
    assert [crl.expired_at(AT + WEEK + shift) for shift in (-SECOND, timedelta(0), SECOND)] == [False, False, True]


def test_a_list_without_next_update_or_number_says_so_and_never_expires():
    parts = der.first(ORDINARY).children()
    fields = list(parts[0].children())
    # version, algorithm, issuer, thisUpdate, nextUpdate, revoked, extensions
    bare = tlv(0x30, tlv(0x30, *(field.whole for field in (*fields[:4], fields[5]))), *(p.whole for p in parts[1:]))
    crl = load_crl(bare)

    assert (crl.next_update, crl.number, crl.entries) == (None, None, 1)
    assert not crl.expired_at(AT + 10_000 * WEEK)


def test_extensions_that_are_there_twice_cost_the_number_and_nothing_else():
    parts = der.first(ORDINARY).children()
    fields = list(parts[0].children())
    extensions = der.first(fields[-1].content).children()
    twice = tlv(0xA0, tlv(0x30, *(item.whole for item in (*extensions, *extensions))))
    whole = tlv(0x30, tlv(0x30, *(field.whole for field in fields[:-1]), twice), *(part.whole for part in parts[1:]))

    crl = load_crl(whole)
    assert (crl.number, crl.entries, crl.revoked_on(4711)) == (None, 1, AT)


def test_an_entry_whose_reason_cannot_be_read_is_revoked():
    unreadable = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.21"), b"\x0a\x01\x63")
    builder = x509.RevokedCertificateBuilder().serial_number(4711).revocation_date(AT)

    assert list_of(builder.add_extension(unreadable, critical=False).build()).revoked_on(4711) == AT


def test_a_list_belongs_to_the_authority_whose_name_and_key_it_has():
    crl = load_crl(ORDINARY)

    assert issued_crl(crl, load_certificate(ISSUING.der))
    assert issued_crl(crl, load_certificate(ISSUING.renewed().der))
    assert not issued_crl(crl, load_certificate(ISSUING.rekeyed().der))
    assert not issued_crl(crl, load_certificate(TOP.der))
    same_key = TOP.intermediate("Another Name", key=ISSUING.key)
    assert not issued_crl(crl, load_certificate(same_key.der))


def test_a_list_belongs_to_an_authority_that_only_openssl_loads():
    assert issued_crl(load_crl(ORDINARY), load_certificate(spoiled(ISSUING, TOP, algorithm=ECDSA_WITH_NULL)))


def test_a_list_belongs_to_no_authority_whose_key_is_unreadable():
    no_key = spoiled(ISSUING, TOP, {spoiling.KEY: tlv(0x30, tlv(0x30, b"\x06\x01\x2a"), tlv(0x03, b"\0"))})
    assert not issued_crl(load_crl(ORDINARY), load_certificate(no_key))


def test_the_openssl_command_sees_the_same_revocation(openssl):
    """Against a mistake that the builder and the reader would share."""
    answer = openssl.text_of_crl(ORDINARY)
    assert f"Serial Number: {4711:X}" in answer
    assert f"{4712:X}" not in answer


@pytest.mark.parametrize("data", [b"", b"\x30\x00", ORDINARY[:-1], ORDINARY + b"x", GONE.der])
def test_other_bytes_are_no_list(data):
    with pytest.raises(NotACrl):
        load_crl(data)


@settings(max_examples=300, deadline=None)
@given(position=st.integers(0, len(ORDINARY) - 1), octet=st.integers(0, 255))
def test_any_octet_changed_gives_a_list_or_a_refusal(position, octet):
    try:
        crl = load_crl(ORDINARY[:position] + bytes([octet]) + ORDINARY[position + 1 :])
    except NotACrl:
        return
    assert crl.revoked_on(4712) is None or crl.entries
    assert crl.expired_at(AT) in (True, False)
    assert issued_crl(crl, load_certificate(KEPT.der)) is False
