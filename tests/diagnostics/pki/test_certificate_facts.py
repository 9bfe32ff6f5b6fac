"""Every fact of a certificate, against what it was made with; and that no unreadable field loses the others."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.pki.certificate import CLIENT_AUTH, SERVER_AUTH, Facts, Loader
from diagnostics.pki.errors import NotACertificate
from diagnostics.pki.loading import load_certificate
from diagnostics.samples.authority import Issued, root, self_signed
from tests.diagnostics.pki import spoiling
from tests.diagnostics.pki.spoiling import spoiled, tlv

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)

CRL_URL, ISSUER_URL = "http://pki.example.com/issuing.crl", "http://pki.example.com/issuing.cer"
PLACES = (
    (
        x509.CRLDistributionPoints(
            [
                x509.DistributionPoint(
                    full_name=[x509.UniformResourceIdentifier(CRL_URL)],
                    relative_name=None,
                    reasons=None,
                    crl_issuer=None,
                )
            ]
        ),
        False,
    ),
    (
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://o/")),
                x509.AccessDescription(
                    AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(ISSUER_URL)
                ),
            ]
        ),
        False,
    ),
)
TOP = root(at=AT)
ISSUING = TOP.intermediate("Issuing CA", path_length=0)
LEAF = ISSUING.issue(
    common_name="a.example.com",
    dns=["a.example.com", "B.example.com"],
    ips=["192.0.2.1", "2001:db8::1"],
    extensions=PLACES,
    serial=4711,
)


def extension_of(issued: Issued, oid: x509.ObjectIdentifier) -> x509.ExtensionType:
    return issued.certificate.extensions.get_extension_for_oid(oid).value


def test_every_fact_of_a_leaf_is_the_one_it_was_made_with():
    facts = load_certificate(LEAF.der)

    assert facts.sha256 == LEAF.sha256
    assert facts.der == LEAF.der
    assert facts.subject.text == "CN=a.example.com,O=Example Corporation"
    assert facts.subject.common_names == ("a.example.com",)
    assert facts.subject.attribute_oids == ("2.5.4.10", "2.5.4.3")
    assert facts.subject.short == "a.example.com"
    assert facts.issuer.text == "CN=Issuing CA,O=Example Corporation"
    assert facts.serial == 4711
    assert (facts.not_before, facts.not_after) == (AT - timedelta(days=30), AT + timedelta(days=335))
    assert facts.signature_algorithm == "ecdsa-with-SHA256"
    assert facts.names.dns == ("a.example.com", "B.example.com")
    assert facts.names.ips == (ip_address("192.0.2.1"), ip_address("2001:db8::1"))
    assert facts.names.texts == ("a.example.com", "B.example.com", "192.0.2.1", "2001:db8::1")
    assert (facts.ca, facts.path_length) == (False, None)
    assert facts.key_usage == {"digitalSignature", "keyEncipherment"}
    assert facts.extended_usages == (SERVER_AUTH, CLIENT_AUTH)
    assert facts.usage_names == ("serverAuth", "clientAuth")
    assert facts.subject_key_id == extension_of(LEAF, ExtensionOID.SUBJECT_KEY_IDENTIFIER).digest.hex()
    assert facts.authority_key_id == extension_of(ISSUING, ExtensionOID.SUBJECT_KEY_IDENTIFIER).digest.hex()
    assert facts.crl_urls == (CRL_URL,)
    assert facts.issuer_urls == (ISSUER_URL,)
    assert (facts.loaded_by, facts.unreadable) == (Loader.CRYPTOGRAPHY, ())


def test_a_ca_states_its_limit_and_a_root_is_self_issued():
    issuing, top = load_certificate(ISSUING.der), load_certificate(TOP.der)

    assert (issuing.ca, issuing.path_length) == (True, 0)
    assert issuing.key_usage == {"keyCertSign", "cRLSign"}
    assert (top.ca, top.path_length, top.authority_key_id) == (True, None, None)
    assert top.self_issued
    assert not issuing.self_issued


def test_an_absent_extension_is_none_and_not_false():
    bare = self_signed(
        "a.example.com", at=AT, key_usage=None, usages=None, subject_key_id=False, dns=(), organisation=""
    )
    facts = load_certificate(bare.der)

    assert (facts.ca, facts.key_usage, facts.extended_usages) == (None, None, None)
    assert (facts.subject_key_id, facts.authority_key_id) == (None, None)
    assert facts.names.texts == ()
    assert facts.serves(SERVER_AUTH) is None


def test_a_usage_is_served_by_itself_and_not_by_any():
    only_server = load_certificate(TOP.issue(common_name="a", usages=("server",)).der)
    anything = load_certificate(TOP.issue(common_name="a", usages=("any",)).der)
    odd = load_certificate(TOP.issue(common_name="a", usages=("ipsec", "code")).der)

    assert (only_server.serves(SERVER_AUTH), only_server.serves(CLIENT_AUTH)) == (True, False)
    assert anything.serves(SERVER_AUTH) is False
    assert anything.usage_names == ("anyExtendedKeyUsage",)
    assert odd.usage_names == ("1.3.6.1.5.5.7.3.5", "codeSigning")


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9))])
def test_both_ends_of_the_dates_are_inside_and_a_second_further_is_not(zone):
    facts = load_certificate(TOP.issue(common_name="a", not_before=AT, not_after=AT + SECOND).der)

    moments = [AT - SECOND, AT, AT + SECOND, AT + 2 * SECOND]
    assert [facts.valid_at(moment.astimezone(zone)) for moment in moments] == [False, True, True, False]


@pytest.mark.parametrize("oid", ["1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11"])
def test_the_signature_algorithm_has_its_registered_name(oid):
    signer = root("R", at=AT, key="rsa" if "113549" in oid else "ec")
    names = {"1.2.840.10045.4.3.2": "ecdsa-with-SHA256", "1.2.840.113549.1.1.11": "sha256WithRSAEncryption"}
    assert load_certificate(signer.der).signature_algorithm == names[oid]


def test_an_unknown_signature_algorithm_is_named_by_its_number():
    facts = load_certificate(LEAF.der.replace(bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d04037f")))
    assert facts.signature_algorithm == "1.2.840.10045.4.3.127"


def test_key_kinds_and_sizes():
    curve = load_certificate(TOP.issue(common_name="a").der).key
    modulus = load_certificate(TOP.issue(common_name="a", key="rsa").der).key
    large = load_certificate(TOP.issue(common_name="a", key=ec.generate_private_key(ec.SECP384R1())).der).key
    edwards_key = ed25519.Ed25519PrivateKey.generate().public_key()
    spki = edwards_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    edwards = load_certificate(spoiled(LEAF, ISSUING, {spoiling.KEY: spki})).key

    assert (curve.kind, curve.bits, curve.curve, curve.text) == ("EC", 256, "secp256r1", "EC secp256r1")
    assert (modulus.kind, modulus.bits, modulus.curve, modulus.text) == ("RSA", 2048, None, "RSA 2048")
    assert (large.bits, large.curve) == (384, "secp384r1")
    assert (edwards.kind, edwards.bits, edwards.text) == ("Ed25519", None, "Ed25519")


def test_a_renewal_that_keeps_its_key_has_the_same_key_digest():
    renewed, rekeyed = TOP.renewed(), TOP.rekeyed()

    assert load_certificate(renewed.der).key == load_certificate(TOP.der).key
    assert load_certificate(rekeyed.der).key != load_certificate(TOP.der).key


def test_names_compare_without_case_and_runs_of_blanks():
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "EXAMPLE   corporation ")]
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, "example root CA"))
    other = load_certificate(root(at=AT, subject=x509.Name(attributes)).der)

    assert other.subject.key == load_certificate(TOP.der).subject.key
    assert other.subject.text != load_certificate(TOP.der).subject.text


def test_an_empty_subject_has_a_word_for_it():
    facts = load_certificate(ISSUING.issue(subject=x509.Name([]), dns=["a.example.com"]).der)

    assert (facts.subject.text, facts.subject.short) == ("", "(empty name)")
    assert facts.names.dns == ("a.example.com",)


NAME_OF_BAD_TEXT = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x0C, b"\xff\xfe"))))
NAME_OF_BAD_TELETEX = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x14, b"\xff\xfe"))))
NAME_WITH_EMPTY_RDN = tlv(0x30, tlv(0x31))
UNKNOWN_KEY = tlv(0x30, tlv(0x30, bytes.fromhex("06042a030405")), tlv(0x03, b"\0key"))
DATES_WITHOUT_A_MONTH = tlv(0x30, tlv(0x17, b"261301000000Z"), tlv(0x17, b"271301000000Z"))
EVERY_EXTENSION = frozenset(
    {"names", "ca", "path_length", "key_usage", "extended_usages", "subject_key_id", "authority_key_id"}
    | {"crl_urls", "issuer_urls"}
)


def changed_extensions(change) -> dict[int, bytes]:
    return spoiling.with_extensions(change(spoiling.extensions_of(LEAF)))


def with_bad(oid: bytes, value: bytes) -> dict[int, bytes]:
    """One extension malformed, the others as they are."""
    return changed_extensions(lambda items: [spoiling.extension(oid, value) if oid in item else item for item in items])


SPOILED = [
    pytest.param({spoiling.SUBJECT: NAME_OF_BAD_TEXT}, {"subject"}, id="subject is no text"),
    pytest.param({spoiling.SUBJECT: NAME_WITH_EMPTY_RDN}, {"subject"}, id="empty RDN"),
    pytest.param({spoiling.ISSUER: NAME_OF_BAD_TEXT}, {"issuer"}, id="issuer is no text"),
    pytest.param({spoiling.SERIAL: b"\x02\x01\x00"}, {"serial"}, id="serial zero"),
    pytest.param({spoiling.SERIAL: b"\x02\x01\x80"}, {"serial"}, id="serial negative"),
    pytest.param({spoiling.KEY: UNKNOWN_KEY}, {"key"}, id="unknown key"),
    pytest.param({spoiling.VALIDITY: DATES_WITHOUT_A_MONTH}, {"not_before", "not_after"}, id="month 13"),
    pytest.param(with_bad(spoiling.SAN, b"\x30\x03\x82\x05a"), {"names"}, id="names cut off"),
    pytest.param(with_bad(spoiling.BASIC_CONSTRAINTS, b"\x04\x00"), {"ca", "path_length"}, id="constraints malformed"),
    pytest.param(with_bad(spoiling.KEY_USAGE, b"\x02\x01\x05"), {"key_usage"}, id="key usage malformed"),
    pytest.param(
        changed_extensions(lambda items: [*items, spoiling.extension(spoiling.UNKNOWN_EXTENSION, b"\xff")] * 2),
        set(),
        id="extensions twice",
    ),
]


@pytest.mark.parametrize("algorithm", [spoiling.ECDSA_SHA256, spoiling.ECDSA_WITH_NULL], ids=["strict", "null"])
@pytest.mark.parametrize(("changes", "spoiled_fields"), SPOILED)
def test_one_spoiled_field_loses_no_other(changes, spoiled_fields, algorithm):
    if algorithm is spoiling.ECDSA_WITH_NULL and NAME_OF_BAD_TEXT in changes.values():
        changes = dict.fromkeys(changes, NAME_OF_BAD_TELETEX)  # OpenSSL checks UTF8String and leaves this one be
    sound = load_certificate(LEAF.der)
    facts = load_certificate(spoiled(LEAF, ISSUING, changes, algorithm=algorithm))

    differing = {
        field.name
        for field in fields(Facts)
        if field.name != "unreadable" and getattr(facts, field.name) != getattr(sound, field.name)
    }
    assert differing <= spoiled_fields


@pytest.mark.parametrize("algorithm", [spoiling.ECDSA_SHA256, spoiling.ECDSA_WITH_NULL], ids=["strict", "null"])
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (with_bad(spoiling.SAN, b"\x30\x03\x82\x05a"), "names"),
        (with_bad(spoiling.KEY_USAGE, b"\x02\x01\x05"), "key_usage"),
        ({spoiling.VALIDITY: DATES_WITHOUT_A_MONTH}, "not_after"),
    ],
)
def test_what_could_not_be_read_is_named(changes, named, algorithm):
    facts = load_certificate(spoiled(LEAF, ISSUING, changes, algorithm=algorithm))

    assert named in facts.unreadable
    assert len(set(facts.unreadable)) == len(facts.unreadable)


def test_unreadable_dates_are_not_valid_at_any_time():
    facts = load_certificate(spoiled(LEAF, ISSUING, {spoiling.VALIDITY: DATES_WITHOUT_A_MONTH}))
    assert not facts.valid_at(AT)


def test_an_unreadable_extension_is_unknown_and_not_absent():
    facts = load_certificate(spoiled(LEAF, ISSUING, with_bad(spoiling.KEY_USAGE, b"\x02\x01\x05")))

    assert facts.key_usage is None
    assert "key_usage" in facts.unreadable


@settings(max_examples=400, deadline=None)
@given(position=st.integers(0, len(LEAF.der) - 1), octet=st.integers(0, 255))
def test_any_octet_changed_gives_facts_or_a_refusal_with_a_reason(position, octet):
    changed = LEAF.der[:position] + bytes([octet]) + LEAF.der[position + 1 :]
    try:
        facts = load_certificate(changed)
    except NotACertificate as error:
        refusal = error
    else:
        assert facts.der == changed
        return
    assert refusal.reason
