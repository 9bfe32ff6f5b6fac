"""Certificates in text without armour: base64 and hexadecimal digits in whatever surrounds them."""

import base64
import json
import time
import tracemalloc
from urllib.parse import quote, quote_plus

import pytest

from diagnostics.pki.loading import FaultCode, Form, Loaded, load
from diagnostics.samples.authority import pem
from tests.builders.certificates import bundle, hexadecimal, ios_configuration, request_der
from tests.builders.containers import chain, crl_der, p7b, pfx

LEAF, ISSUING, TOP = chain()
TEXT = base64.b64encode(LEAF.der)
THREE = [LEAF.sha256, ISSUING.sha256, TOP.sha256]


def sha256s(loaded: Loaded) -> list[str]:
    return [found.certificate.sha256 for found in loaded.certificates]


def c_array(der: bytes) -> bytes:
    rows = [", ".join(f"0x{octet:02x}" for octet in der[at : at + 12]) for at in range(0, len(der), 12)]
    return ("static const unsigned char leaf[] = {\n  " + ",\n  ".join(rows) + "\n};\n").encode()


def dump_asn1(der: bytes) -> bytes:
    return ("\\x" + der.hex("-").replace("-", "\\x")).encode()


WRAPPED = {
    "plain digits": (LEAF.der.hex().encode(), Form.HEX),
    "capital digits": (LEAF.der.hex().upper().encode(), Form.HEX),
    "with colons": (LEAF.der.hex(":").encode(), Form.HEX),
    "with blanks, in rows": (hexadecimal(), Form.HEX),
    "in words of four": (LEAF.der.hex(" ", 2).encode(), Form.HEX),
    "an array in C": (c_array(LEAF.der), Form.HEX),
    "a string in Python": (b'leaf = b"' + dump_asn1(LEAF.der) + b'"\n', Form.HEX),
    "words before and behind": (b"Certificate: " + LEAF.der.hex().encode() + b" (end)\n", Form.HEX),
    "base64 behind words": (b"userCertificate;binary:: " + TEXT + b"\nobjectClass: top\n", Form.BARE_BASE64),
    "base64 in rows behind blanks (LDIF)": (b"cert:: " + TEXT[:70] + b"\n " + TEXT[70:] + b"\n", Form.BARE_BASE64),
    "base64 in YAML": (b"certificate: |\n  " + base64.encodebytes(LEAF.der).replace(b"\n", b"\n  "), Form.BARE_BASE64),
    "base64 quoted in a mail": (b"> " + base64.encodebytes(LEAF.der).replace(b"\n", b"\n> "), Form.BARE_BASE64),
    "an attachment": (
        b"Content-Type: application/pkix-cert\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(LEAF.der)
        + b"\n--boundary--\n",
        Form.BARE_BASE64,
    ),
    "the slash escaped, as PHP writes JSON": (json.dumps({"c": TEXT.decode()}).replace("/", "\\/").encode(), Form.JSON),
    "XML in rows": (b"<X509Certificate>\n" + base64.encodebytes(LEAF.der) + b"</X509Certificate>", Form.XML),
    "XML with CR as a number": (
        b"<X509Certificate>\n" + base64.encodebytes(LEAF.der).replace(b"\n", b"&#xD;\n") + b"</X509Certificate>",
        Form.XML,
    ),
    "PEM in JSON in JSON": (json.dumps({"a": json.dumps({"b": LEAF.pem.decode()})}).encode(), Form.JSON),
    "PEM in JSON, escaped through and through": (
        json.dumps({"a": LEAF.pem.decode()})
        .replace("+", "\\u002b")
        .replace("/", "\\u002F")
        .replace("=", "\\u003d")
        .encode(),
        Form.JSON,
    ),
    "PEM in XML": (b"<cert>" + LEAF.pem + b"</cert>", Form.XML),
    "PEM in an environment variable": (b'CERT="' + LEAF.pem.replace(b"\n", b"\\n") + b'"\n', Form.ENCODED_PEM),
    "PEM for a URL": (quote(LEAF.pem).encode(), Form.ENCODED_PEM),
    "PEM in a form": (b"name=a&certificate=" + quote_plus(LEAF.pem).encode(), Form.ENCODED_PEM),
    "dashes for a URL too": (quote(LEAF.pem).replace("-", "%2D").encode(), Form.ENCODED_PEM),
    "a secret of Kubernetes": (
        b"kind: Secret\ndata:\n  tls.crt: " + base64.b64encode(LEAF.pem) + b"\n  other: YQ==\n",
        Form.ENCODED_PEM,
    ),
    "the same in JSON": (json.dumps({"tls.crt": base64.b64encode(LEAF.pem).decode()}).encode(), Form.JSON),
    "base64 of base64 of PEM": (base64.b64encode(base64.b64encode(b"\n" + LEAF.pem)), Form.NOTHING),
    "base64 of PEM in UTF-16": (base64.b64encode(LEAF.pem).decode().encode("utf-16"), Form.ENCODED_PEM),
}


@pytest.mark.parametrize(("data", "form"), WRAPPED.values(), ids=WRAPPED.keys())
def test_a_certificate_comes_out_of_what_it_is_wrapped_in(data, form):
    loaded = load(data, most=5)

    assert (loaded.form, loaded.faults) == (form, ())
    assert sha256s(loaded) == ([] if form is Form.NOTHING else [LEAF.sha256])
    assert not loaded.taken_by_expressway


def test_several_in_one_text_come_out_in_their_order_with_their_lines():
    text = b"first\n" + b"\nnext one:\n".join(base64.encodebytes(item.der) for item in chain())
    loaded = load(text, most=5)

    rows = [base64.encodebytes(item.der).count(b"\n") for item in chain()]
    assert sha256s(loaded) == THREE
    assert [found.line for found in loaded.certificates] == [2, 4 + rows[0], 6 + rows[0] + rows[1]]


def test_a_router_with_several_trust_points():
    text = ios_configuration() + ios_configuration().replace(b"EXAMPLE", b"OTHER")
    loaded = load(text, most=5)
    assert (loaded.form, sha256s(loaded)) == (Form.IOS_CONFIGURATION, [TOP.sha256] * 2)


def test_other_things_in_base64_and_digits_are_what_they_are():
    for encode in (base64.encodebytes, lambda der: der.hex().encode()):
        assert load(encode(crl_der()), most=5).form is Form.CRL
        assert load(encode(request_der()), most=5).form is Form.REQUEST
        assert load(encode(pfx(None)), most=5).form is Form.PKCS12
        assert len(load(encode(p7b()), most=5).certificates) == 3


@pytest.mark.parametrize("encode", [base64.encodebytes, lambda der: der.hex().encode()])
def test_a_file_that_is_cut_off_says_so(encode):
    loaded = load(encode(LEAF.der)[:-80], most=5)

    (fault,) = loaded.faults
    assert (loaded.form, fault.code, fault.line) == (Form.NOTHING, FaultCode.NOT_A_CERTIFICATE, 1)
    assert fault.broken is not None
    assert fault.broken.announced == len(LEAF.der)


@pytest.mark.parametrize(
    "data",
    [
        b"MIIBIjANBg is how keys begin, and MIICUTCC a certificate",
        b"30 82 people came, and 3082 went\n",
        b"serial 30:82:01:0a\n",
        b"LS0tLS1CRUdJTi but no more\n",
        base64.b64encode(b"no certificate" * 50),
        b"-----BEGIN CERTIFICATE, as it is called\n",
        b"BEGIN%20CERTIFICATE and nothing else",
    ],
)
def test_words_that_look_alike_are_nothing(data):
    loaded = load(data, most=5)
    assert (loaded.form, loaded.certificates, loaded.faults) == (Form.NOTHING, (), ())


MIB = 1024 * 1024
HOSTILE = {
    "beginnings of base64": b"MIIFxTCCA62gAwIBAgIU " * (4 * MIB // 21),
    "beginnings with the longest length": b"MIP/////MIL///// " * (4 * MIB // 17),
    "beginnings of digits": b"3082ffff3082ffff0201 " * (4 * MIB // 21),
    "digits without end": b"30 82 " * (4 * MIB // 6),
    "beginnings of PEM in base64": b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t. " * (2 * MIB // 38),
    "one run of letters": b"MII" + b"A" * 4 * MIB,
    "dashes": b"-" * 4 * MIB,
    "begin marks": b"-----BEGIN CERTIFICATE-----\n" * (4 * MIB // 28),
    "end marks": b"-----END CERTIFICATE-----\n" * (4 * MIB // 26),
    "begin marks of small letters": b"----begin certificate----" * (4 * MIB // 25),
    "escapes": b"-----BEGIN CERTIFICATE-----" + b"\\n" * 2 * MIB + b"-----END CERTIFICATE-----",
    "numbers of XML": b"<a>-----BEGIN CERTIFICATE-----" + b"&#10;" * MIB + b"-----END CERTIFICATE-----",
    "percent signs": b"BEGIN%20CERTIFICATE" + b"%20" * MIB,
    "headers": b"-----BEGIN CERTIFICATE-----\n" + b"a:\n b\n" * (MIB // 2) + b"-----END CERTIFICATE-----",
    "dashes of a word processor": "\u2014".encode() * MIB + b"-----BEGIN CERTIFICATE-----",
    "blank lines": b"-----BEGIN CERTIFICATE-----\n" + b"\n" * 4 * MIB + b"-----END CERTIFICATE-----\n",
    "lines of one letter": b"-----BEGIN CERTIFICATE-----\n" + b"A\n" * 2 * MIB + b"-----END CERTIFICATE-----\n",
    "labels": b"-----BEGIN " + b"A " * 2 * MIB,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_text_made_to_tie_us_up_costs_time_and_memory_in_proportion(data):
    started = time.process_time()
    load(data, most=100)
    assert time.process_time() - started < 4

    tracemalloc.start()
    try:
        load(data[: MIB // 2], most=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MIB


def test_wrappings_in_one_another_end_somewhere():
    data = bundle()
    depth = 0
    while load(data, most=5).certificates:
        data = base64.b64encode(b"-----BEGIN X-----\n-----END X-----\n" + data)
        depth += 1
    assert 1 <= depth <= 8


def test_certificates_without_armour_are_bounded():
    loaded = load(b"\n\n".join(base64.b64encode(LEAF.der) for _ in range(50)), most=10)
    assert (len(loaded.certificates), [fault.code for fault in loaded.faults]) == (10, [FaultCode.TOO_MANY])
    assert len(load(pem([LEAF.certificate]) * 3, most=10).certificates) == 3
