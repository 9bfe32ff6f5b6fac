"""A locked PKCS#12 container that is kept until somebody knows its password: less its private keys."""

import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from diagnostics.pki.bounds import LARGEST_LOCKED, MOST_ENCRYPTED_PARTS
from diagnostics.pki.errors import NotDer
from diagnostics.pki.loading import FaultCode, Form, load
from diagnostics.pki.passwords import Passwords
from diagnostics.pki.pkcs12 import State, opened, without_keys
from tests.builders.containers import chain, crl_der, pfx
from tests.diagnostics.pki.containers import (
    by_openssl,
    certificate_bag,
    container,
    crl_bag,
    encrypted_part,
    mac,
    older_scheme,
    open_key,
    plain_part,
    sealed,
    sequence,
    shrouded_key,
    typed,
    with_indefinite_lengths,
)
from tests.diagnostics.pki.spoiling import tlv

SECRET = "Pässwörd with blanks "
RIGHT, WRONG = Passwords.of([SECRET]), Passwords.of(["no"])
LEAF, ISSUING, TOP = chain()
DERS = (LEAF.der, ISSUING.der, TOP.der)
PKCS8 = LEAF.key.private_bytes(
    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)
PROTECTIONS = {
    "AES": (),
    "RC2 and 3DES": ("-legacy",),
    "AES-128 with SHA-1": ("-certpbe", "AES-128-CBC", "-keypbe", "AES-128-CBC", "-macalg", "sha1"),
}


def shrouded_in(data: bytes) -> bytes:
    """The encrypted private key as it stands in a container that openssl made."""
    at = data.index(bytes.fromhex("060b2a864886f70d010c0a0102")) + 13
    return data[at : at + 120]


@pytest.mark.parametrize("arguments", PROTECTIONS.values(), ids=PROTECTIONS.keys())
def test_certificates_come_out_later_and_the_key_is_gone(tmp_path, arguments):
    data = by_openssl(tmp_path, LEAF, (ISSUING, TOP), *arguments, password=SECRET)

    for kept in (without_keys(data), without_keys(with_indefinite_lengths(data))):
        assert shrouded_in(data) in data
        assert shrouded_in(data) not in kept
        assert len(kept) < len(data)
        later = opened(kept, RIGHT)
        assert (later.state, later.certificates, later.keys) == (State.OPEN, DERS, (True,))
        assert opened(kept, WRONG).state is State.LOCKED


@pytest.mark.parametrize("arguments", PROTECTIONS.values(), ids=PROTECTIONS.keys())
def test_the_openssl_command_opens_what_is_kept(tmp_path, openssl, arguments):
    (tmp_path / "kept.p12").write_bytes(
        without_keys(by_openssl(tmp_path, LEAF, (ISSUING, TOP), *arguments, password=SECRET))
    )
    command = [openssl.program, "pkcs12", "-in", str(tmp_path / "kept.p12"), "-nokeys", "-nomacver", "-legacy"]
    done = subprocess.run([*command, "-passin", f"pass:{SECRET}"], capture_output=True, timeout=30, check=False)

    assert done.returncode == 0, done.stderr
    assert {found.certificate.der for found in load(done.stdout, most=9).certificates} == set(DERS)


def test_cryptography_opens_what_is_kept(tmp_path):
    kept = without_keys(by_openssl(tmp_path, LEAF, (ISSUING,), password=SECRET))
    parsed = pkcs12.load_pkcs12(kept, SECRET.encode())

    assert parsed.key is None
    assert {item.certificate.public_bytes(serialization.Encoding.DER) for item in parsed.additional_certs} == set(
        DERS[:2]
    )


def test_a_key_that_lies_open_is_gone_as_well():
    data = container(
        plain_part(open_key(LEAF), certificate_bag(TOP.der)), sealed(certificate_bag(LEAF.der), password=b"a")
    )
    kept = without_keys(data)

    assert PKCS8 in data
    assert PKCS8[10:40] not in kept
    later = opened(kept, Passwords.of(["a"]))
    assert (later.state, later.certificates, later.keys) == (State.OPEN, (TOP.der, LEAF.der), (False,))


def test_other_secrets_names_and_keys_in_bags_in_bags_are_gone():
    named = sequence(certificate_bag(TOP.der)[4:], tlv(0x31, tlv(0x1E, b"friendlyName of somebody")))
    inner = typed(
        "bags",
        sequence(shrouded_key(older_scheme(1)), typed("secret", sequence(tlv(0x04, b"a secret"))), open_key(LEAF)),
    )
    data = container(plain_part(named, inner), encrypted_part(older_scheme(1), bytes(64)), mac=mac(1))
    kept = without_keys(data)

    for word in (b"friendlyName", b"a secret", PKCS8[30:50], bytes(20)):
        assert word in data
        assert word not in kept.replace(bytes(64), b"")
    assert opened(kept, WRONG).keys == (True, False)


def test_a_part_that_the_empty_password_opens_is_not_kept_as_it_is():
    """A key may lie in it, and then nothing would protect it."""
    easy = sealed(open_key(LEAF), certificate_bag(TOP.der), password=b"")
    data = container(easy, sealed(certificate_bag(LEAF.der), password=b"a"))
    kept = without_keys(data)

    assert easy in data
    assert easy[-60:] not in kept
    assert opened(kept, Passwords.of(["a"])).certificates == (TOP.der, LEAF.der)


def test_revocation_lists_that_lie_open_stay():
    kept = without_keys(container(plain_part(crl_bag(crl_der())), sealed(certificate_bag(TOP.der), password=b"a")))
    assert opened(kept, WRONG).crls == (crl_der(),)


def test_what_is_kept_is_kept_as_it_is_the_second_time():
    kept = without_keys(pfx(SECRET.encode()))
    assert without_keys(kept) == kept


def test_what_cannot_be_opened_is_not_kept():
    with pytest.raises(NotDer, match="too much work"):
        without_keys(container(encrypted_part(older_scheme(2_000_000), bytes(64))))
    with pytest.raises(NotDer):
        without_keys(b"\x30\x03\x02\x01\x03")
    with pytest.raises(NotDer, match="larger than"):
        without_keys(container(encrypted_part(older_scheme(1), bytes(LARGEST_LOCKED))))


def test_parts_that_must_each_be_tried_are_bounded():
    parts = [encrypted_part(older_scheme(1), bytes(64))] * (MOST_ENCRYPTED_PARTS + 1)
    assert opened(container(*parts[1:]), WRONG).state is State.LOCKED
    assert opened(container(*parts), WRONG).state is State.DAMAGED


# As one file among others


def test_a_locked_container_is_handed_on_less_its_keys_and_an_open_one_is_not():
    data = pfx(SECRET.encode())
    for passwords in (None, Passwords(), WRONG):
        loaded = load(data, most=9, passwords=passwords)
        assert loaded.locked == without_keys(data)
        assert loaded.form is Form.PKCS12
        assert repr(loaded.locked) not in repr(loaded)
    assert load(data, most=9, passwords=RIGHT).locked is None
    assert load(pfx(None), most=9).locked is None
    assert load(data[:-20], most=9).locked is None


def test_the_second_reading_says_what_the_first_would_have_said():
    first = load(pfx(SECRET.encode()), most=9, passwords=RIGHT)
    locked = load(pfx(SECRET.encode()), most=9).locked
    assert locked is not None
    second = load(locked, most=9, passwords=RIGHT)

    assert {found.certificate for found in second.certificates} == {found.certificate for found in first.certificates}
    assert [key.encrypted for key in second.keys] == [key.encrypted for key in first.keys] == [True]
    assert (second.form, second.faults, second.locked) == (Form.PKCS12, (), None)
    assert [fault.code for fault in load(locked, most=9, passwords=WRONG).faults] == [FaultCode.WRONG_PASSWORD]
