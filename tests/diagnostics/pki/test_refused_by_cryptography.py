"""Certificates that cryptography refuses and an Expressway's OpenSSL loads: shown, with their DER, and judged."""

import subprocess
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography import x509

from diagnostics.pki import der
from diagnostics.pki.certificate import Certificate, Loader
from diagnostics.pki.errors import NotACertificate, NotDer
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.paths import IssuerGraph
from diagnostics.pki.verification import Verifier, describe
from diagnostics.samples.authority import root
from tests.diagnostics.pki import spoiling
from tests.diagnostics.pki.spoiling import ECDSA_WITH_NULL, extension, spoiled, tlv

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
ISSUING = TOP.intermediate("Issuing CA")
LEAF = ISSUING.issue(common_name="a.example.com", dns=["a.example.com"], ips=["192.0.2.1", "2001:db8::1"])

NULL_TOP = spoiled(TOP, TOP, algorithm=ECDSA_WITH_NULL)
NULL_ISSUING = spoiled(ISSUING, TOP, algorithm=ECDSA_WITH_NULL)
NULL_LEAF = spoiled(LEAF, ISSUING, algorithm=ECDSA_WITH_NULL)


def with_names(*names: bytes) -> Certificate:
    """A certificate that only OpenSSL loads, with these alternative names."""
    others = [item for item in spoiling.extensions_of(LEAF) if spoiling.SAN not in item]
    changes = spoiling.with_extensions([*others, extension(spoiling.SAN, tlv(0x30, *names))])
    return load_certificate(spoiled(LEAF, ISSUING, changes, algorithm=ECDSA_WITH_NULL))


@pytest.mark.parametrize("whole", [NULL_TOP, NULL_ISSUING, NULL_LEAF])
def test_cryptography_does_refuse_them(whole):
    with pytest.raises(ValueError, match="error parsing asn1 value"):
        x509.load_der_x509_certificate(whole)


@pytest.mark.parametrize(("null", "sound"), [(NULL_TOP, TOP), (NULL_ISSUING, ISSUING), (NULL_LEAF, LEAF)])
def test_their_facts_are_those_of_the_certificate_that_cryptography_reads(null, sound):
    facts, expected = load_certificate(null), load_certificate(sound.der)

    assert (facts.loaded_by, facts.parsed, facts.der, facts.unreadable) == (Loader.OPENSSL, None, null, ())
    assert facts.facts == expected.facts


def test_a_certificate_made_by_the_openssl_command_reads_the_same_both_ways(openssl, tmp_path):
    """Names in an order, in encodings and with letters that our own builder does not make."""
    subject = (
        '/C=DE/ST=Th\\C3\\BCringen/O=Beispiel, \\+ Co + "x"/OU=#1+OU=2/CN=a.example.com/emailAddress=x@example.com'
    )
    command = [openssl.program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes"]
    command += ["-keyout", str(tmp_path / "key"), "-multivalue-rdn", "-utf8", "-subj", subject, "-outform", "DER"]
    command += ["-addext", "subjectAltName=DNS:a.example.com,IP:192.0.2.7,URI:http://a/,email:x@example.com"]
    command += ["-addext", "extendedKeyUsage=serverAuth,1.2.3.4", "-addext", "keyUsage=keyAgreement,decipherOnly"]
    made = subprocess.run(command, capture_output=True, timeout=30, check=True).stdout
    issued = load_certificate(made)

    # The same again with NULL parameters; its signature is none, which no fact depends on.
    body, algorithm, signature = der.first(made).children()
    padded = tlv(0x30, algorithm.content, b"\x05\x00")
    fields = [padded if item.whole == algorithm.whole else item.whole for item in body.children()]
    facts = load_certificate(tlv(0x30, tlv(0x30, *fields), padded, signature.whole))

    assert facts.loaded_by is Loader.OPENSSL
    assert issued.loaded_by is Loader.CRYPTOGRAPHY
    assert (facts.subject, facts.issuer, facts.key) == (issued.subject, issued.issuer, issued.key)
    assert (facts.key_usage, facts.extended_usages) == (issued.key_usage, issued.extended_usages)
    assert facts.key_usage == {"keyAgreement", "decipherOnly"}
    assert (facts.names.dns, facts.names.ips) == (issued.names.dns, issued.names.ips)
    assert {item.partition(":")[2] for item in facts.names.others} == {"http://a/", "x@example.com"}


def test_openssl_verifies_a_chain_of_them_up_to_the_root():
    leaf, issuing, top = map(load_certificate, (NULL_LEAF, NULL_ISSUING, NULL_TOP))
    verifier = Verifier()

    verdict = verifier.verify(leaf, helpers=[issuing], trusted=verifier.trusted_list([top]), at=AT)

    assert verdict.trusted
    assert verdict.chain == (leaf.sha256, issuing.sha256, top.sha256)


def test_the_issuer_graph_links_them_to_each_other_and_to_ordinary_ones():
    sound = [load_certificate(item.der) for item in (ISSUING, TOP)]
    null = [load_certificate(item) for item in (NULL_ISSUING, NULL_TOP)]
    graph = IssuerGraph([*sound, *null], Verifier())

    paths = graph.explore(load_certificate(NULL_LEAF)).paths

    assert {tuple(item.sha256 for item in path.certificates[1:]) for path in paths} == {
        (issuing.sha256, top.sha256) for issuing in (sound[0], null[0]) for top in (sound[1], null[1])
    }
    assert all(path.complete for path in paths)


def test_a_signature_by_another_key_is_none():
    other = load_certificate(spoiled(ISSUING.rekeyed(), TOP, algorithm=ECDSA_WITH_NULL))
    assert not Verifier().signed_by(load_certificate(NULL_LEAF), other)
    assert Verifier().signed_by(load_certificate(NULL_LEAF), load_certificate(NULL_ISSUING))


def test_a_signature_by_a_certificate_that_is_no_ca_is_still_a_signature():
    """Why the path may not go on there is another question, and has another answer."""
    no_ca = TOP.intermediate("No CA", ca=False)
    child = load_certificate(spoiled(no_ca.issue(common_name="b"), no_ca, algorithm=ECDSA_WITH_NULL))

    assert Verifier().signed_by(child, load_certificate(no_ca.der))


def test_an_rsa_signature_with_names_that_differ_in_case_is_checked():
    lower = root("example root", at=AT, key="rsa")
    upper = lower.renewed(subject=root("EXAMPLE ROOT", at=AT).name)
    child = load_certificate(lower.issue(common_name="b").der)
    stranger = root("Example Root", at=AT, key="rsa")

    assert Verifier().signed_by(child, load_certificate(upper.der))
    assert not Verifier().signed_by(child, load_certificate(stranger.der))


def test_a_comma_in_a_name_makes_no_second_name():
    facts = with_names(tlv(0x82, b"evil.example.org, DNS:a.example.com"))

    assert facts.loaded_by is Loader.OPENSSL
    assert facts.names.dns == ("evil.example.org, DNS:a.example.com",)


def test_a_line_break_in_a_name_makes_no_extension():
    forged = b"a\n            X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:7\n"
    facts = with_names(tlv(0x82, forged))

    assert (facts.ca, facts.path_length) == (False, None)
    assert facts.names.dns == (forged.decode("ascii"),)


def test_addresses_of_an_odd_length_and_names_that_are_no_ascii_are_kept_as_others():
    facts = with_names(tlv(0x87, b"\xc0\x00\x02"), tlv(0x87, b"\xc0\x00\x02\x05"), tlv(0x82, b"b\xfcro.example.com"))

    assert facts.names.ips == (ip_address("192.0.2.5"),)
    assert facts.names.others == ("IPAddress:c00002",)
    assert facts.names.dns == ("b\ufffdro.example.com",)


@pytest.mark.parametrize(
    ("tag", "content"),
    [(0x1E, "Köln".encode("utf-16-be")), (0x1C, "Köln".encode("utf-32-be")), (0x14, "Köln".encode("latin-1"))],
)
def test_old_text_encodings_in_names_are_read(tag, content):
    name = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(tag, content))))
    facts = load_certificate(spoiled(LEAF, ISSUING, {spoiling.SUBJECT: name}, algorithm=ECDSA_WITH_NULL))

    assert facts.subject.common_names == ("Köln",)


def test_a_key_on_a_curve_that_is_not_known_is_named_by_its_kind():
    brainpool_twisted = bytes.fromhex("06092b240303020801010e")
    kind = bytes.fromhex("06072a8648ce3d0201")
    spki = tlv(0x30, tlv(0x30, kind, brainpool_twisted), tlv(0x03, b"\0\x04" + bytes(96)))
    facts = load_certificate(spoiled(LEAF, ISSUING, {spoiling.KEY: spki}, algorithm=ECDSA_WITH_NULL))

    assert facts.key is not None
    assert (facts.key.bits, facts.key.curve) == (None, None)
    assert facts.subject.short == "a.example.com"


def test_an_outer_length_that_is_no_der_does_not_change_who_it_is():
    """OpenSSL reads it, writes it anew and so with another fingerprint; the verdict must name the one that came in."""
    content = der.first(LEAF.der).content
    long_form = b"\x30\x83" + len(content).to_bytes(3, "big") + content
    assert long_form != LEAF.der
    leaf, top, issuing = map(load_certificate, (long_form, TOP.der, ISSUING.der))
    verifier = Verifier()

    good = verifier.verify(leaf, helpers=[issuing], trusted=verifier.trusted_list([top]), at=AT)
    bad = verifier.verify(leaf, helpers=[], trusted=verifier.trusted_list([top]), at=AT)

    assert leaf.der == long_form
    assert good.chain == (leaf.sha256, issuing.sha256, top.sha256)
    assert bad.certificate == leaf.sha256


def test_what_neither_library_loads_is_refused_with_a_reason():
    for data in (b"", b"\x30\x00", LEAF.der[:-1], b"x" * 500, LEAF.key_pem):
        with pytest.raises(NotACertificate) as refused:
            load_certificate(data)
        assert refused.value.reason


def test_openssl_describes_both_kinds_and_is_silent_about_neither():
    assert "Subject Alternative Name" in describe(load_certificate(NULL_LEAF))
    assert "DNS:a.example.com" in describe(load_certificate(LEAF.der))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x85\x00\x00\x00\x00\x00",
        b"\x30\x05\x00",
        b"\x1f\x01\x00",
        b"\x30\x82\x01",
    ],
)
def test_bytes_that_are_no_der_are_refused(data):
    with pytest.raises(NotDer):
        der.first(data)


@pytest.mark.parametrize(
    ("content", "text"), [("2a8648ce3d040302", "1.2.840.10045.4.3.2"), ("551d11", "2.5.29.17"), ("883703", "2.999.3")]
)
def test_object_identifiers(content, text):
    assert der.dotted(bytes.fromhex(content)) == text


@pytest.mark.parametrize("content", [b"", b"\x2a\x86", b"\x2a" + b"\x86" * 40 + b"\x01"])
def test_object_identifiers_cut_off_or_endless_are_refused(content):
    with pytest.raises(NotDer):
        der.dotted(content)
