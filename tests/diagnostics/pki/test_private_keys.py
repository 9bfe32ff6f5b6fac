"""Private keys: noticed in every form, matched to their certificate by the public half, and forgotten."""

import base64
import hashlib
import time
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from diagnostics.pki.loading import Form, load, load_certificate
from diagnostics.pki.private_keys import seen_key
from diagnostics.samples.authority import root
from tests.builders.certificates import armoured
from tests.diagnostics.pki.spoiling import tlv

DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
PKCS8, OLD, SSH = (
    serialization.PrivateFormat.PKCS8,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.PrivateFormat.OpenSSH,
)
AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
KINDS = {
    "RSA": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    "Ed448": ed448.Ed448PrivateKey.generate(),
}
OLD_KINDS = ("RSA", "P-256", "P-384", "P-521")


def written(key, encoding=DER, form=PKCS8, password: bytes | None = None) -> bytes:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(encoding, form, protection)


def spki_sha256(key) -> str:
    spki = key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


@pytest.mark.parametrize("encoding", [DER, PEM])
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_in_pkcs8_says_which_public_key_is_its_own(kind, encoding):
    key = KINDS[kind]
    loaded = load(written(key, encoding), most=5)

    assert loaded.form is Form.PRIVATE_KEY
    assert [(found.encrypted, found.spki_sha256) for found in loaded.keys] == [(False, spki_sha256(key))]


@pytest.mark.parametrize("encoding", [DER, PEM])
@pytest.mark.parametrize("kind", OLD_KINDS)
def test_a_key_in_the_form_of_its_kind_does_so_too(kind, encoding):
    key = KINDS[kind]
    loaded = load(written(key, encoding, OLD), most=5)

    assert [(found.encrypted, found.spki_sha256) for found in loaded.keys] == [(False, spki_sha256(key))]


@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_the_key_of_a_certificate_is_known_as_such(kind):
    leaf = TOP.issue(common_name="a.example.com", key=KINDS[kind])
    loaded = load(leaf.pem + leaf.key_pem, most=5)

    assert loaded.keys[0].spki_sha256 == loaded.certificates[0].certificate.key.spki_sha256
    assert load_certificate(TOP.der).key.spki_sha256 != loaded.keys[0].spki_sha256


def without_public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """SEC1 as some programs write it: version, secret, curve."""
    size = (key.curve.key_size + 7) // 8
    secret = key.private_numbers().private_value.to_bytes(size, "big")
    curve = {"secp256r1": "06082a8648ce3d030107", "secp521r1": "06052b81040023"}[key.curve.name]
    return tlv(0x30, b"\x02\x01\x01", tlv(0x04, secret), tlv(0xA0, bytes.fromhex(curve)))


@pytest.mark.parametrize("kind", ["P-256", "P-521"])
def test_a_key_without_its_public_point_is_matched_all_the_same(kind):
    loaded = load(without_public_point(KINDS[kind]), most=5)
    assert [found.spki_sha256 for found in loaded.keys] == [spki_sha256(KINDS[kind])]


@pytest.mark.parametrize("encoding", [DER, PEM])
@pytest.mark.parametrize("form", [PKCS8, OLD])
def test_a_key_behind_a_password_is_noticed_and_says_nothing(encoding, form):
    if (encoding, form) == (DER, OLD):
        form = PKCS8  # there is no such form
    loaded = load(written(KINDS["RSA"], encoding, form, b"secret"), most=5)
    assert [(found.encrypted, found.spki_sha256) for found in loaded.keys] == [(True, None)]


@pytest.mark.parametrize("label", ["CERTIFICATE", "X509 CERTIFICATE", "PRIVATE KEY", "ANY PRIVATE KEY"])
@pytest.mark.parametrize("kind", ["RSA", "P-256"])
def test_a_key_is_one_whatever_its_label_says(kind, label):
    loaded = load(armoured(written(KINDS[kind]), label), most=5)

    assert (loaded.form, loaded.certificates, loaded.faults) == (Form.PRIVATE_KEY, (), ())
    assert [found.spki_sha256 for found in loaded.keys] == [spki_sha256(KINDS[kind])]


@pytest.mark.parametrize(
    "wrap", [base64.encodebytes, lambda der: b"key: " + base64.b64encode(der), lambda der: der.hex().encode()]
)
def test_a_key_without_a_begin_line_is_noticed(wrap):
    loaded = load(wrap(written(KINDS["RSA"])), most=5)

    assert loaded.form is Form.PRIVATE_KEY
    assert [found.spki_sha256 for found in loaded.keys] == [spki_sha256(KINDS["RSA"])]


@pytest.mark.parametrize("kind", OLD_KINDS)
@pytest.mark.parametrize("form", [PKCS8, OLD])
def test_a_key_that_is_cut_off_is_noticed(kind, form):
    for loaded in (
        load(written(KINDS[kind], DER, form)[:-20], most=5),
        load(written(KINDS[kind], PEM, form)[:-60], most=5),
    ):
        assert (loaded.form, len(loaded.keys)) == (Form.PRIVATE_KEY, 1)


PUTTY = b"""PuTTY-User-Key-File-3: ssh-rsa
Encryption: %s
Comment: somebody
Public-Lines: 1
AAAA
Private-Lines: 1
AAAA
Private-MAC: 00
"""


@pytest.mark.parametrize(("protection", "encrypted"), [(b"none", False), (b"aes256-cbc", True)])
def test_keys_of_putty_and_openssh_are_noticed(protection, encrypted):
    for data in (PUTTY % protection, (PUTTY % protection).replace(b"\n", b"\r\n")):
        loaded = load(data, most=5)
        assert (loaded.form, [found.encrypted for found in loaded.keys]) == (Form.PRIVATE_KEY, [encrypted])
    ssh = written(KINDS["Ed25519"], PEM, SSH)
    assert (load(ssh, most=5).form, len(load(ssh, most=5).keys)) == (Form.PRIVATE_KEY, 1)


def number(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def test_keys_of_any_size_and_of_many_primes_cost_no_time():
    huge = (1 << 400_000) - 1
    primes = tlv(0x30, *[tlv(0x30, number(3), number(5), number(7))] * 200)
    keys = [
        tlv(0x30, number(0), *[number(huge)] * 8),
        tlv(0x30, number(1), *[number((1 << 4096) - 1)] * 8, primes),
        tlv(0x30, number(0), *[number((1 << 100_000) - 1)] * 5),
    ]
    dh = tlv(0x30, bytes.fromhex("06092a864886f70d010301"), tlv(0x30, number(huge), number(2)))
    keys.append(tlv(0x30, number(0), dh, tlv(0x04, number(huge - 1))))
    started = time.process_time()

    for key in keys:
        assert load(key, most=5).form is Form.PRIVATE_KEY
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x00",
        tlv(0x30, number(1)),
        tlv(0x30, number(5), tlv(0x30), tlv(0x04)),
        tlv(0x30, tlv(0x30, bytes.fromhex("0609608648016503040201")), tlv(0x04, b"digest")),
        tlv(0x30, number(0), number(1)),
        TOP.der,
    ],
)
def test_other_structures_are_no_keys(data):
    assert seen_key(data) is None


def test_no_byte_of_a_key_is_in_what_is_kept():
    for key in (KINDS["RSA"], KINDS["P-256"]):
        numbers = key.private_numbers()
        secret = numbers.d if isinstance(key, rsa.RSAPrivateKey) else numbers.private_value
        octets = secret.to_bytes((secret.bit_length() + 7) // 8, "big")
        for data in (written(key), written(key, PEM), written(key, PEM, OLD), armoured(written(key), "CERTIFICATE")):
            kept = repr(load(data, most=5))
            assert str(secret) not in kept
            assert octets.hex()[8:24] not in kept
            assert base64.b64encode(octets)[4:20].decode() not in kept
