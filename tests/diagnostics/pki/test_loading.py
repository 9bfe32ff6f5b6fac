"""What is in one file, in whatever wrapping it comes."""

import base64
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.pki import collecting
from diagnostics.pki.loading import FaultCode, Form, Loaded, Oddity, load
from diagnostics.samples.artefacts import as_inventory
from diagnostics.samples.authority import pem, root, sha256
from diagnostics.samples.healthy import healthy
from tests.diagnostics.pki import spoiling
from tests.diagnostics.pki.containers import certificate_bag, container, sealed
from tests.diagnostics.pki.spoiling import spoiled, tlv

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PKCS8, TRADITIONAL = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
ISSUING = TOP.intermediate("Issuing CA")
LEAF = ISSUING.issue(common_name="a.example.com", dns=["a.example.com"])
# Base64 of a length that no padding fits would make two of the cases below no cases.
PADDED = next(leaf for leaf in (ISSUING.issue(common_name="b" * more) for more in (1, 2, 3)) if b"=" in leaf.pem)
THREE = [LEAF, ISSUING, TOP]
BUNDLE = pem(item.certificate for item in THREE)
REFUSED = spoiled(LEAF, ISSUING, algorithm=spoiling.ECDSA_WITH_NULL)  # by cryptography; OpenSSL loads it
BODY = b"".join(LEAF.pem.splitlines()[1:-1])
KEY = ec.generate_private_key(ec.SECP256R1())
REQUEST = (
    x509.CertificateSigningRequestBuilder()
    .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.example.com")]))
    .sign(KEY, hashes.SHA256())
)
CRL = ISSUING.crl([LEAF], this_update=AT, next_update=AT + timedelta(days=7))
CRL_DER = x509.load_pem_x509_crl(CRL).public_bytes(DER)


def armoured(der: bytes, label: str = "CERTIFICATE") -> bytes:
    body = base64.encodebytes(der).decode("ascii")
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n".encode("ascii")


def private_key(key, *, form=PKCS8, encoding=PEM, password: bytes | None = None) -> bytes:
    protection = (
        serialization.BestAvailableEncryption(password) if password is not None else serialization.NoEncryption()
    )
    return key.private_bytes(encoding, form, protection)


def sha256s(loaded: Loaded) -> list[str]:
    return [found.certificate.sha256 for found in loaded.certificates]


def lines(loaded: Loaded) -> list[int | None]:
    return [found.line for found in loaded.certificates]


def codes(loaded: Loaded) -> list[FaultCode]:
    return [fault.code for fault in loaded.faults]


PLAIN_PEM = {
    "as written": LEAF.pem,
    "text before and after": b"subject=CN = a\nissuer=CN = b\n" + LEAF.pem + b"That is all.\n",
    "Bag Attributes": b"Bag Attributes\n    localKeyID: 01 02\n" + LEAF.pem,
    "CRLF": LEAF.pem.replace(b"\n", b"\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + LEAF.pem,
    "body on one line": b"-----BEGIN CERTIFICATE-----\n" + BODY + b"\n-----END CERTIFICATE-----\n",
    "trailing blanks": LEAF.pem.replace(b"\n", b"  \n"),
    "no final newline": LEAF.pem.rstrip(),
    "NULs after it": LEAF.pem + bytes(512),
    "label X509 CERTIFICATE": LEAF.pem.replace(b"CERTIFICATE", b"X509 CERTIFICATE"),
}


ODD_PEM = {
    "CR alone": LEAF.pem.replace(b"\n", b"\r"),
    "one line": LEAF.pem.replace(b"\n", b""),
    "one line with blanks": LEAF.pem.replace(b"\n", b" "),
    "indented": b"".join(b"    " + line + b"\n" for line in LEAF.pem.splitlines()),
    "blank line after every line": LEAF.pem.replace(b"\n", b"\n\n"),
    "encapsulated headers": LEAF.pem.replace(b"-----\nM", b"-----\nProc-Type: 4,CLEAR\nComment: a\n  b\n\nM", 1),
    "quoted twice": b"".join(b">> " + line + b"\n" for line in LEAF.pem.splitlines()),
    "behind number signs": b"".join(b"# " + line + b"\n" for line in LEAF.pem.splitlines()),
    "lines in quotation marks, as in C": b"".join(b'"' + line + b'\\n"\n' for line in LEAF.pem.splitlines()),
    "lines with a continuation mark": b"".join(line + b"\\\n" for line in LEAF.pem.splitlines()),
    "a list of strings": b",\n".join(b'    "' + line + b'"' for line in LEAF.pem.splitlines()),
    "line breaks of HTML": LEAF.pem.replace(b"\n", b"<br/>\n"),
    "line ends of XML by number": LEAF.pem.replace(b"\n", b"&#xD;\n"),
    "quoted-printable": PADDED.pem.replace(b"=", b"=3D"),
    "padding lost": PADDED.pem.replace(b"=", b""),
    "zero-width spaces": LEAF.pem.replace(b"\nM", "\n\u200bM".encode(), 1),
    "no-break space in the mark": LEAF.pem.replace(b"BEGIN ", "BEGIN\u00a0".encode()),
    "the same in Windows' code page": LEAF.pem.replace(b"BEGIN ", b"BEGIN\xa0"),
    "em dashes": LEAF.pem.replace(b"-----", "\u2014\u2014-".encode()),
    "en dashes of Windows' code page": LEAF.pem.replace(b"-----", b"\x96\x96-"),
    "small letters": LEAF.pem.replace(b"BEGIN CERTIFICATE", b"begin certificate"),
    "three dashes": LEAF.pem.replace(b"-----", b"---"),
    "words behind END": LEAF.pem.rstrip() + b" and so on\n",
    "words before BEGIN": b"The certificate: " + LEAF.pem,
    "a second blank line": LEAF.pem.replace(b"-----\nM", b"-----\n\n\nM", 1),
    "END lost": b"".join(LEAF.pem.splitlines(True)[:-1]),
    "END lost and words behind": b"".join(LEAF.pem.splitlines(True)[:-1]) + b"\nKind regards\n",
    "BEGIN lost": b"".join(LEAF.pem.splitlines(True)[1:]),
    "BEGIN lost and words before": b"The certificate:\n" + b"".join(LEAF.pem.splitlines(True)[1:]),
    "END of another kind": LEAF.pem.replace(b"END CERT", b"END OTHER CERT"),
}


@pytest.mark.parametrize("data", PLAIN_PEM.values(), ids=PLAIN_PEM.keys())
def test_base64_pem_as_openssl_takes_it(openssl, data):
    loaded = load(data, most=10)

    assert (loaded.form, sha256s(loaded), loaded.faults, loaded.odd) == (Form.PEM, [LEAF.sha256], (), ())
    assert loaded.taken_by_expressway
    assert openssl.loads(data)


@pytest.mark.parametrize("data", ODD_PEM.values(), ids=ODD_PEM.keys())
def test_base64_pem_as_openssl_does_not_take_it(openssl, data):
    loaded = load(data, most=10)

    odd_forms = (Form.ODD_PEM, Form.ENCODED_PEM, Form.BARE_BASE64)
    assert (loaded.form in odd_forms, loaded.faults) == (True, ())
    assert sha256s(loaded) in ([LEAF.sha256], [PADDED.sha256])
    assert not loaded.taken_by_expressway
    assert not openssl.loads(data)


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize(
    "spoil", [bytes.lower, lambda block: b"  " + block, lambda block: block.replace(b"-----", b"----")]
)
def test_one_odd_block_makes_a_bundle_odd_and_is_told_with_its_line(number, spoil):
    blocks = [item.pem for item in THREE]
    begin, rest = blocks[number].split(b"\n", 1)
    blocks[number] = spoil(begin) + b"\n" + rest

    loaded = load(b"".join(blocks), most=10)

    assert (loaded.form, sha256s(loaded)) == (Form.ODD_PEM, [item.sha256 for item in THREE])
    assert loaded.odd == ((1 + sum(block.count(b"\n") for block in blocks[:number]), Oddity.LAYOUT),)


def test_a_bundle_keeps_its_order_and_says_the_lines():
    loaded = load(b"# list of expc1\n" + BUNDLE, most=10)

    assert sha256s(loaded) == [item.sha256 for item in THREE]
    first, second = LEAF.pem.count(b"\n"), ISSUING.pem.count(b"\n")
    assert lines(loaded) == [2, 2 + first, 2 + first + second]


def test_a_certificate_that_is_there_twice_is_loaded_twice():
    assert sha256s(load(LEAF.pem * 2, most=10)) == [LEAF.sha256] * 2


def test_end_and_begin_on_one_line_are_two_blocks():
    assert len(load(BUNDLE.replace(b"-----\n-----BEGIN", b"----------BEGIN"), most=10).certificates) == 3


DAMAGES = {
    "a letter that is not base64": (lambda text: text.replace(b"M", b"!", 1), FaultCode.NOT_BASE64),
    "a line lost": (lambda text: b"".join(text.splitlines(True)[:3] + text.splitlines(True)[4:]), None),
    "END and the last lines lost": (lambda text: b"".join(text.splitlines(True)[:-4]), FaultCode.NOT_CLOSED),
    "empty": (lambda text: b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", FaultCode.NOT_A_CERTIFICATE),
    "a request in it": (
        lambda text: armoured(REQUEST.public_bytes(DER)),
        FaultCode.NOT_A_CERTIFICATE,
    ),
}


@pytest.mark.parametrize(("damage", "code"), DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_damaged_block_loses_that_block_alone(damage, code, position):
    blocks = [item.pem for item in THREE]
    line = 1 + sum(block.count(b"\n") for block in blocks[:position])
    blocks[position] = damage(blocks[position])

    loaded = load(b"".join(blocks), most=10)

    assert sha256s(loaded) == [item.sha256 for number, item in enumerate(THREE) if number != position]
    assert [fault.line for fault in loaded.faults] == [line]
    # Base64 less a line of 64 letters is base64 still, unless the padding no longer fits.
    assert codes(loaded)[0] in ((code,) if code else (FaultCode.NOT_BASE64, FaultCode.NOT_A_CERTIFICATE))


def test_a_file_whose_only_block_is_damaged_is_damaged_pem():
    loaded = load(LEAF.pem.replace(b"M", b"!", 1), most=10)

    assert (loaded.form, codes(loaded)) == (Form.DAMAGED_PEM, [FaultCode.NOT_BASE64])
    assert not loaded.taken_by_expressway


def test_what_cryptography_refuses_and_openssl_loads_is_loaded():
    loaded = load(LEAF.pem + armoured(REFUSED) + TOP.pem, most=10)

    assert [found.certificate.der for found in loaded.certificates] == [LEAF.der, REFUSED, TOP.der]
    assert loaded.faults == ()


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n", b"\0" * 7])
@pytest.mark.parametrize("head", [b"", b"\n", b" \r\n"])
def test_one_binary_certificate(head, tail):
    loaded = load(head + LEAF.der + tail, most=10)

    assert (loaded.form, sha256s(loaded), lines(loaded), loaded.faults) == (Form.DER, [LEAF.sha256], [None], ())
    assert not loaded.taken_by_expressway


def test_binary_certificates_one_after_another():
    loaded = load(b"".join(item.der for item in THREE), most=10)
    assert (loaded.form, sha256s(loaded)) == (Form.DER, [item.sha256 for item in THREE])


@pytest.mark.parametrize("rest", [ISSUING.der[:-20], b"and a word"])
def test_what_follows_a_binary_certificate_and_cannot_be_read_is_said(rest):
    loaded = load(LEAF.der + rest, most=10)

    assert (loaded.form, sha256s(loaded)) == (Form.DER, [LEAF.sha256])
    assert codes(loaded) == [FaultCode.NOT_A_CERTIFICATE]


def test_pem_behind_a_binary_certificate_is_read_too():
    loaded = load(LEAF.der + b"\n" + ISSUING.pem, most=10)
    assert (loaded.form, sha256s(loaded), loaded.faults) == (Form.DER, [LEAF.sha256, ISSUING.sha256], ())


def test_binary_bundles_one_after_another():
    first, second = (pkcs7.serialize_certificates([item.certificate], DER) for item in (LEAF, TOP))
    for between in (b"", b"\n", b"\0\0"):
        loaded = load(first + between + second, most=10)
        assert (loaded.form, sha256s(loaded)) == (Form.PKCS7_DER, [LEAF.sha256, TOP.sha256])


AS_TEXT = {
    "LF to CR LF": lambda der: der.replace(b"\n", b"\r\n"),
    "and a last line end": lambda der: der.replace(b"\n", b"\r\n") + b"\r\n",
    "to UTF-8, what is none replaced": lambda der: der.decode("utf-8", "replace").encode(),
    "from Latin-1 to UTF-8": lambda der: der.decode("latin-1").encode(),
    "from Windows' code page to UTF-8": lambda der: der.decode("cp1252", "replace").encode(),
}


@pytest.mark.parametrize("spoil", AS_TEXT.values(), ids=AS_TEXT.keys())
@pytest.mark.parametrize("wrap", [bytes, lambda der: signed_data(der)], ids=["certificate", "bundle"])
def test_a_binary_file_that_was_handled_as_text_is_named_as_that(spoil, wrap):
    leaf = ISSUING.issue(common_name="a.example.com", serial=0x0A0A0A0A)
    loaded = load(spoil(wrap(leaf.der)), most=10)
    assert (loaded.form, loaded.certificates, codes(loaded)) == (Form.TEXT_MODE_DER, (), [FaultCode.TEXT_MODE])


def test_a_line_end_behind_a_locked_container_does_not_make_it_text():
    locked = next(data for data in map(_locked, range(2_000)) if b"\n" not in data)
    loaded = load(locked + b"\r\n", most=10)
    assert (loaded.form, codes(loaded)) == (Form.PKCS12, [FaultCode.NEEDS_PASSWORD])


def _locked(number: int) -> bytes:
    return container(sealed(certificate_bag(ISSUING.der[:40]), password=b"%d" % number))


def test_a_binary_certificate_cut_off_says_how_much_is_missing():
    loaded = load(LEAF.der[:-20], most=10)

    assert (loaded.form, codes(loaded)) == (Form.NOTHING, [FaultCode.NOT_A_CERTIFICATE])
    assert f"{len(LEAF.der)} bytes announced, {len(LEAF.der) - 20} there" in loaded.faults[0].detail


def test_a_binary_certificate_that_mentions_armour_is_binary():
    comment = spoiling.extension(bytes.fromhex("06096086480186f842010d"), tlv(0x16, b"-----BEGIN CERTIFICATE-----"))
    der = spoiled(LEAF, ISSUING, spoiling.with_extensions([*spoiling.extensions_of(LEAF), comment]))

    loaded = load(der, most=10)

    assert (loaded.form, [found.certificate.der for found in loaded.certificates]) == (Form.DER, [der])


def test_trusted_certificate_label_with_and_without_trust_settings():
    settings_behind = tlv(0x30, tlv(0x30, bytes.fromhex("06082b06010505070301")))
    for der in (LEAF.der, LEAF.der + settings_behind):
        loaded = load(armoured(der, "TRUSTED CERTIFICATE"), most=10)
        assert (loaded.form, sha256s(loaded)) == (Form.TRUSTED_PEM, [LEAF.sha256])
        assert not loaded.taken_by_expressway


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_pem_saved_as_utf_16(codec):
    loaded = load(BUNDLE.decode("ascii").encode(codec), most=10)

    assert (loaded.form, sha256s(loaded)) == (Form.UTF16_PEM, [item.sha256 for item in THREE])
    assert not loaded.taken_by_expressway


def test_utf_16_big_endian_with_its_mark():
    assert load(b"\xfe\xff" + BUNDLE.decode("ascii").encode("utf-16-be"), most=10).form is Form.UTF16_PEM


BARE = {
    "one line": BODY,
    "64 columns": b"\n".join(LEAF.pem.splitlines()[1:-1]),
    "blanks round it": b"\r\n  " + BODY + b"\r\n",
    "byte order mark": b"\xef\xbb\xbf" + BODY,
    "utf-16": BODY.decode("ascii").encode("utf-16"),
    "a .p7b": base64.b64encode(pkcs7.serialize_certificates([LEAF.certificate], DER)),
}


@pytest.mark.parametrize("data", BARE.values(), ids=BARE.keys())
def test_base64_without_armour(data):
    loaded = load(data, most=10)
    assert (loaded.form, sha256s(loaded), loaded.faults) == (Form.BARE_BASE64, [LEAF.sha256], ())


def test_base64_of_something_else_is_what_is_in_it():
    assert load(base64.b64encode(CRL_DER), most=10).form is Form.CRL
    assert load(b"MIIB" + base64.b64encode(b"no certificate" * 40), most=10).form is Form.NOTHING


@pytest.mark.parametrize(
    ("wrap", "form"),
    [
        (lambda der: der, Form.PKCS7_DER),
        (lambda der: armoured(der, "PKCS7"), Form.PKCS7_PEM),
        (lambda der: armoured(der, "CMS"), Form.PKCS7_PEM),
        (lambda der: armoured(der, "CERTIFICATE"), Form.PKCS7_PEM),
    ],
)
def test_a_pkcs7_bundle_in_every_wrapping(wrap, form):
    der = pkcs7.serialize_certificates([item.certificate for item in THREE], DER)
    loaded = load(wrap(der), most=10)

    assert set(sha256s(loaded)) == {item.sha256 for item in THREE}
    assert (loaded.form, loaded.faults) == (form, ())


def signed_data(*certificates: bytes, crls: bytes = b"") -> bytes:
    """A degenerate PKCS#7, put together by hand."""
    data = bytes.fromhex("06092a864886f70d010701")
    content = tlv(0x30, b"\x02\x01\x01", tlv(0x31), tlv(0x30, data), tlv(0xA0, *certificates), crls, tlv(0x31))
    return tlv(0x30, bytes.fromhex("06092a864886f70d010702"), tlv(0xA0, content))


def test_a_certificate_that_does_not_load_loses_itself_alone_in_a_pkcs7_bundle():
    loaded = load(signed_data(LEAF.der, tlv(0x30, b"\x02\x01\x01"), REFUSED, TOP.der), most=10)

    assert [found.certificate.der for found in loaded.certificates] == [LEAF.der, REFUSED, TOP.der]
    assert codes(loaded) == [FaultCode.NOT_A_CERTIFICATE]


def test_crls_in_a_pkcs7_bundle_are_read():
    loaded = load(signed_data(LEAF.der, crls=tlv(0xA1, CRL_DER)), most=10)

    assert sha256s(loaded) == [LEAF.sha256]
    assert [crl.der for crl in loaded.crls] == [CRL_DER]


def test_a_pkcs7_bundle_with_indefinite_lengths():
    inside = signed_data(LEAF.der)
    outer = spoiling.der.first(inside).content
    oid, content = spoiling.der.values(outer)
    indefinite = b"\x30\x80" + oid.whole + b"\xa0\x80" + content.content + b"\0\0\0\0"

    loaded = load(indefinite, most=10)
    assert (loaded.form, sha256s(loaded)) == (Form.PKCS7_DER, [LEAF.sha256])


def test_a_damaged_pkcs7_bundle_is_named():
    der = pkcs7.serialize_certificates([LEAF.certificate], DER)
    for data, form in ((der[:200], Form.PKCS7_DER), (armoured(der[:200], "PKCS7"), Form.PKCS7_PEM)):
        loaded = load(data, most=10)
        assert (loaded.form, loaded.certificates, codes(loaded)) == (form, (), [FaultCode.NOT_PKCS7])


def test_pkcs12_is_named_and_opened_where_no_password_is_needed():
    for protection, expected in (
        (serialization.NoEncryption(), ([LEAF.sha256, TOP.sha256], [], [False])),
        (serialization.BestAvailableEncryption(b"secret"), ([], [FaultCode.NEEDS_PASSWORD], [True])),
    ):
        der = pkcs12.serialize_key_and_certificates(b"a", LEAF.key, LEAF.certificate, [TOP.certificate], protection)
        loaded = load(der, most=10)
        assert loaded.form is Form.PKCS12
        assert (sha256s(loaded), codes(loaded), [key.encrypted for key in loaded.keys]) == expected


KEYS = {
    "PKCS#8": (private_key(KEY), False),
    "traditional": (private_key(KEY, form=TRADITIONAL), False),
    "encrypted PKCS#8": (private_key(KEY, password=b"secret"), True),
    "encrypted traditional": (private_key(KEY, form=TRADITIONAL, password=b"secret"), True),
    "DER": (private_key(KEY, encoding=DER), False),
    "DER traditional": (private_key(KEY, form=TRADITIONAL, encoding=DER), False),
    "DER encrypted": (private_key(KEY, encoding=DER, password=b"secret"), True),
}


@pytest.mark.parametrize(("data", "encrypted"), KEYS.values(), ids=KEYS.keys())
def test_a_private_key_is_noticed_and_forgotten(data, encrypted):
    loaded = load(data, most=10)

    assert (loaded.form, [key.encrypted for key in loaded.keys]) == (Form.PRIVATE_KEY, [encrypted])
    secret = KEY.private_numbers().private_value
    assert str(secret) not in repr(loaded)
    assert base64.b64encode(secret.to_bytes(32, "big"))[3:-4].decode("ascii") not in repr(loaded)


def test_a_key_beside_a_certificate_is_noticed_with_its_line():
    loaded = load(LEAF.pem + private_key(KEY), most=10)

    assert (loaded.form, sha256s(loaded)) == (Form.PEM, [LEAF.sha256])
    assert [key.line for key in loaded.keys] == [1 + LEAF.pem.count(b"\n")]


def test_a_key_that_is_not_sound_is_a_key_all_the_same():
    numbers = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
    wrong = rsa.RSAPrivateNumbers(
        p=numbers.p,
        q=numbers.q,
        d=numbers.d + 2,
        dmp1=numbers.dmp1,
        dmq1=numbers.dmq1,
        iqmp=numbers.iqmp,
        public_numbers=numbers.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)

    assert load(private_key(wrong, form=TRADITIONAL, encoding=DER), most=10).form is Form.PRIVATE_KEY


def test_requests_are_counted():
    in_pem = REQUEST.public_bytes(PEM)
    in_der = REQUEST.public_bytes(DER)
    newer = in_pem.replace(b"BEGIN CERT", b"BEGIN NEW CERT").replace(b"END CERT", b"END NEW CERT")

    for data, count in ((in_pem, 1), (newer, 1), (in_pem * 2, 2), (in_der, 1)):
        loaded = load(data, most=10)
        assert (loaded.form, len(loaded.requests), loaded.certificates) == (Form.REQUEST, count, ())


@pytest.mark.parametrize("label", ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"])
def test_a_damaged_request_is_named_and_not_counted(label):
    der = REQUEST.public_bytes(DER)
    for spoiled_body in (der[:-20], LEAF.der, b"\x30\0"):
        loaded = load(armoured(spoiled_body, label), most=10)
        assert (loaded.form, loaded.requests, codes(loaded)) == (Form.REQUEST, (), [FaultCode.NOT_A_REQUEST])
    beside = load(armoured(der, label) + armoured(der[:-20], label), most=10)
    assert (len(beside.requests), codes(beside)) == (1, [FaultCode.NOT_A_REQUEST])


def test_crls_in_pem_and_der():
    for data in (CRL, CRL_DER):
        loaded = load(data, most=10)
        assert (loaded.form, [crl.entries for crl in loaded.crls], loaded.faults) == (Form.CRL, [1], ())


def test_a_damaged_crl_is_named():
    loaded = load(armoured(CRL_DER[:60], "X509 CRL"), most=10)
    assert (loaded.form, codes(loaded)) == (Form.CRL, [FaultCode.NOT_A_CRL])


def test_public_keys_and_other_things():
    public = KEY.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert load(public, most=10).form is Form.PUBLIC_KEY
    assert load(armoured(b"\x30\x00", "DH PARAMETERS"), most=10).form is Form.NOTHING


@pytest.mark.parametrize("data", [b"", b"\n", b"\0" * 100, b" \r\n\t"])
def test_no_bytes_to_speak_of_are_empty(data):
    assert load(data, most=10) == Loaded(form=Form.EMPTY)


@pytest.mark.parametrize(
    "data", [b"hello", b"0 is a digit", b"MIIB is a word", b"\xff" * 100, b"0", b"\x30\x80\x00\x00"]
)
def test_other_bytes_are_nothing(data):
    loaded = load(data, most=10)
    assert (loaded.form, loaded.certificates, loaded.crls, loaded.keys) == (Form.NOTHING, (), (), ())


@pytest.mark.parametrize(
    "data", [BUNDLE, b"".join(item.der for item in THREE), signed_data(*(item.der for item in THREE))]
)
def test_certificates_beyond_the_limit_are_left_and_that_is_said(data):
    loaded = load(data, most=2)

    assert len(loaded.certificates) == 2
    assert codes(loaded) == [FaultCode.TOO_MANY]


def test_the_certificate_files_of_an_estate_all_load():
    plan = healthy(at=AT)
    expected = {node.issued(slot).sha256 for node in plan.nodes() for slot in node.identity}
    expected |= {sha256(item) for node in plan.nodes() for store in node.trust.values() for item in store}

    files = {path: data for path, data in as_inventory(plan).items() if path.endswith(".pem")}
    loaded = [load(data, most=1_000) for data in files.values()]

    assert {sha for item in loaded for sha in sha256s(item)} == expected
    assert {item.form for item in loaded} == {Form.PEM}
    assert [fault for item in loaded for fault in item.faults] == []


COUNTED = {
    "unclosed blocks": b"-----BEGIN CERTIFICATE-----\n" * 20_000,
    "damaged blocks": armoured(b"\x30\x03\x02\x01\x01") * 20_000,
    "keys": b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n" * 20_000,
    "tiny values": b"\x30\x00" * 200_000,
    "tiny values in a bundle": signed_data(b"\x30\x00" * 200_000),
    "CRLs": CRL * 3_000,
}


@pytest.mark.parametrize("data", COUNTED.values(), ids=COUNTED.keys())
def test_a_file_made_to_tie_us_up_costs_a_bounded_number_of_attempts(monkeypatch, data):
    attempts = 0

    def counting(der, *, original=collecting.loaded):
        nonlocal attempts
        attempts += 1
        return original(der)

    monkeypatch.setattr(collecting, "loaded", counting)
    loaded = load(data, most=100)

    assert attempts <= 1_001
    assert len(loaded.faults) <= 1_001
    assert len(loaded.keys) <= 1_000
    assert len(loaded.crls) <= 1_000
    assert loaded.faults


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_never_raise(data):
    assert isinstance(load(data, most=5), Loaded)


@settings(max_examples=300, deadline=None)
@given(
    whole=st.sampled_from([LEAF.der, CRL_DER, signed_data(LEAF.der), BUNDLE, REFUSED, KEYS["DER encrypted"][0]]),
    cut=st.integers(0, 2_000),
    junk=st.binary(max_size=8),
)
def test_pieces_of_real_files_never_raise(whole, cut, junk):
    loaded = load(whole[:cut] + junk + whole[cut + len(junk) :], most=5)
    assert len(loaded.certificates) <= 5


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([b"-----BEGIN ", b"-----END ", b"CERTIFICATE", b"-----", b"\n", b"MIIB", b"a: b\n", b"="]))
)
def test_armour_in_any_disorder_never_raises(pieces):
    assert isinstance(load(b"".join(pieces), most=5), Loaded)


def test_memory_stays_near_the_size_of_the_file():
    data = b"-----BEGIN CERTIFICATE-----\n" * 100_000
    tracemalloc.start()
    try:
        load(data, most=100)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(data)
