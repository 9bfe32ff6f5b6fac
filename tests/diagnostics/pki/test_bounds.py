"""What one certificate may cost: its size, its names, the size of its key."""

import time
import tracemalloc
from datetime import UTC, datetime

import pytest

from diagnostics.pki.bounds import LARGEST_CERTIFICATE, MOST_ATTRIBUTES, MOST_CHILDREN, MOST_NAMES
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.errors import NotACertificate, NotDer
from diagnostics.pki.loading import FaultCode, load, load_certificate
from diagnostics.pki.verification import Verifier
from diagnostics.samples.authority import root
from tests.diagnostics.pki import spoiling
from tests.diagnostics.pki.spoiling import spoiled, tlv

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
LEAF = TOP.issue(common_name="a.example.com", dns=["a.example.com"])
ALGORITHMS = pytest.mark.parametrize(
    "algorithm", [spoiling.ECDSA_SHA256, spoiling.ECDSA_WITH_NULL], ids=["strict", "null"]
)
COMMON_NAME = bytes.fromhex("0603550403")


def with_extension(oid: bytes, value: bytes) -> dict[int, bytes]:
    others = [item for item in spoiling.extensions_of(LEAF) if oid not in item]
    return spoiling.with_extensions([*others, spoiling.extension(oid, value)])


def with_names(count: int) -> dict[int, bytes]:
    return with_extension(spoiling.SAN, tlv(0x30, *(tlv(0x82, b"n%d" % number) for number in range(count))))


def with_subject(attributes: int) -> dict[int, bytes]:
    one = tlv(0x31, tlv(0x30, COMMON_NAME, tlv(0x0C, b"a")))
    return {spoiling.SUBJECT: tlv(0x30, one * attributes)}


def loaded(changes: dict[int, bytes], algorithm: bytes = spoiling.ECDSA_SHA256) -> Certificate:
    return load_certificate(spoiled(LEAF, TOP, changes, algorithm=algorithm))


@ALGORITHMS
def test_as_many_names_as_are_read_and_one_more(algorithm):
    most, beyond = (loaded(with_names(count), algorithm) for count in (MOST_NAMES, MOST_NAMES + 1))

    assert (len(most.names.dns), most.unreadable) == (MOST_NAMES, ())
    assert (beyond.names.dns, beyond.unreadable) == ((), ("names",))
    assert beyond.subject.short == "a.example.com"


@ALGORITHMS
def test_as_many_attributes_of_a_subject_as_are_read_and_one_more(algorithm):
    most, beyond = (loaded(with_subject(count), algorithm) for count in (MOST_ATTRIBUTES, MOST_ATTRIBUTES + 1))

    assert (len(most.subject.common_names), most.unreadable) == (MOST_ATTRIBUTES, ())
    assert (beyond.subject.text, beyond.unreadable) == ("", ("subject",))
    assert beyond.issuer.short == "Example Root CA"


URLS = {
    "crl_urls": (
        bytes.fromhex("0603551d1f"),
        lambda count: tlv(0x30, tlv(0x30, tlv(0xA0, tlv(0xA0, tlv(0x86, b"http://a/") * count)))),
    ),
    "issuer_urls": (
        bytes.fromhex("06082b06010505070101"),
        lambda count: tlv(0x30, tlv(0x30, bytes.fromhex("06082b06010505073002"), tlv(0x86, b"http://a/")) * count),
    ),
    "extended_usages": (
        bytes.fromhex("0603551d25"),
        lambda count: tlv(0x30, *(b"\x06\x03\x2a\x03" + bytes((number % 128,)) for number in range(count))),
    ),
}


@ALGORITHMS
@pytest.mark.parametrize("name", URLS)
def test_addresses_and_usages_are_bounded_as_well(name, algorithm):
    oid, value = URLS[name]
    most, beyond = (loaded(with_extension(oid, value(count)), algorithm) for count in (MOST_NAMES, MOST_NAMES + 1))

    assert (len(getattr(most, name)), most.unreadable) == (MOST_NAMES, ())
    assert not getattr(beyond, name)
    assert beyond.unreadable == (name,)


def padded_to(size: int) -> bytes:
    """A certificate of that size, by an extension that nobody knows; RSA signatures are all of one length."""
    signer = root("RSA", at=AT, key="rsa")

    def padded(length: int) -> bytes:
        changes = with_extension(spoiling.UNKNOWN_EXTENSION, bytes(length))
        return spoiled(LEAF, signer, changes, algorithm=spoiling.RSA_SHA256)

    half = size // 2
    certificate = padded(size - (len(padded(half)) - half))
    assert len(certificate) == size
    return certificate


def test_a_certificate_as_large_as_is_read_and_one_byte_larger():
    assert load_certificate(padded_to(LARGEST_CERTIFICATE)).subject.short == "a.example.com"
    too_large = padded_to(LARGEST_CERTIFICATE + 1)
    with pytest.raises(NotACertificate, match="larger than 256 KiB"):
        load_certificate(too_large)
    beside = load(LEAF.der + too_large, most=5)
    assert [fault.code for fault in beside.faults] == [FaultCode.NOT_A_CERTIFICATE]
    assert [found.certificate.sha256 for found in beside.certificates] == [LEAF.sha256]


@ALGORITHMS
def test_the_largest_certificate_made_of_names_costs_little(algorithm):
    der = spoiled(LEAF, TOP, with_names(32_000), algorithm=algorithm)
    assert LARGEST_CERTIFICATE * 0.8 < len(der) <= LARGEST_CERTIFICATE
    started = time.process_time()
    tracemalloc.start()
    try:
        assert load_certificate(der).unreadable == ("names",)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024 * 1024
    assert time.process_time() - started < 3


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


@pytest.mark.parametrize(
    ("bits", "exponent"),
    [(16_384, 65_537), (16_384, (1 << 64) - 1), (3_072, (1 << 3_072) - 1), (100_000, 65_537), (1_000_000, 3)],
    ids=["16,384", "exponent of 64 bits", "exponent as large as the modulus", "100,000", "1,000,000"],
)
def test_a_modulus_of_any_size_hangs_nothing(bits, exponent):
    """Nor is a signature taken for one that it made, where no library computes with it."""
    modulus = (1 << bits) - 1
    rsa = bytes.fromhex("300d06092a864886f70d0101010500")
    spki = tlv(0x30, rsa, tlv(0x03, b"\0", tlv(0x30, integer(modulus), integer(exponent))))
    fields = [field.whole for field in spoiling.der.first(spoiling.der.first(LEAF.der).content).children()]
    fields[spoiling.KEY], fields[spoiling.ALGORITHM] = spki, spoiling.RSA_SHA256
    fields[spoiling.SUBJECT] = fields[spoiling.ISSUER]
    signature = tlv(0x03, b"\0", b"\1" * (bits // 8))
    started = time.process_time()

    certificate = load_certificate(tlv(0x30, tlv(0x30, *fields), spoiling.RSA_SHA256, signature))
    assert certificate.key is None or certificate.key.bits == bits
    verifier = Verifier()
    assert not verifier.signed_by(certificate, certificate)
    trusted = verifier.trusted_list([certificate])
    assert not verifier.verify(load_certificate(LEAF.der), helpers=[certificate], trusted=trusted, at=AT).trusted
    assert time.process_time() - started < 1


def test_values_directly_in_one_another_are_bounded():
    with pytest.raises(NotDer, match="more than"):
        spoiling.der.first(tlv(0x30, b"\x05\0" * (MOST_CHILDREN + 1))).children()
    assert len(spoiling.der.first(tlv(0x30, b"\x05\0" * MOST_CHILDREN)).children()) == MOST_CHILDREN


def test_a_bundle_made_of_tiny_values_costs_little_memory():
    """Sixteen megabytes of them once took a gigabyte."""
    inside = tlv(0x30, b"\x02\x01\x01", tlv(0x31), tlv(0x30, bytes.fromhex("06092a864886f70d010701")))
    content = spoiling.der.first(inside).content + tlv(0xA0, b"\x30\x00" * 1_000_000) + tlv(0x31)
    bundle = tlv(0x30, bytes.fromhex("06092a864886f70d010702"), tlv(0xA0, tlv(0x30, content)))
    tracemalloc.start()
    try:
        assert load(bundle, most=100).faults
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024 * 1024


# Facts are read on first use


def test_loading_reads_no_fact_and_asking_reads_all_of_them_once():
    asked: list[Certificate] = []
    facts = load_certificate(LEAF.der).facts

    def read(certificate):
        asked.append(certificate)
        return facts

    certificate = Certificate(LEAF.der, read)
    assert (certificate.sha256, asked) == (LEAF.sha256, [])
    assert certificate.subject.short == "a.example.com"
    assert (certificate.names, certificate.not_after) == (facts.names, facts.not_after)
    assert asked == [certificate]


def test_a_certificate_is_frozen_and_equal_to_one_of_the_same_bytes():
    first, second, other = load_certificate(LEAF.der), load_certificate(LEAF.der), load_certificate(TOP.der)

    assert (first == second, first == other, first == LEAF.sha256) == (True, False, False)
    assert len({first, second, other}) == 2
    for change in (lambda: setattr(first, "der", b""), lambda: setattr(first, "subject", None)):
        with pytest.raises(AttributeError):
            change()
    with pytest.raises(AttributeError):
        del first.sha256
    assert first.sha256 in repr(first)
