"""PKCS#12 containers: what comes out, what stays closed, and what is refused before any work is done."""

import base64
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.pki.loading import FaultCode, Form, Loaded, load
from diagnostics.pki.passwords import Passwords
from diagnostics.pki.pkcs12 import MOST_ROUNDS, Opened, State, opened
from diagnostics.samples.authority import root
from tests.diagnostics.pki import spoiling
from tests.diagnostics.pki.containers import (
    by_openssl,
    certificate_bag,
    container,
    crl_bag,
    encrypted_part,
    mac,
    number,
    oid,
    older_scheme,
    open_key,
    pbes2,
    pbkdf2,
    plain_part,
    scrypt,
    sealed,
    sequence,
    shrouded_key,
    typed,
    with_indefinite_lengths,
)
from tests.diagnostics.pki.spoiling import spoiled, tlv

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
ISSUING = TOP.intermediate("Issuing CA")
LEAF = ISSUING.issue(common_name="a.example.com", dns=["a.example.com"])
RSA_LEAF = ISSUING.issue(common_name="b.example.com", key="rsa")
REFUSED = spoiled(LEAF, ISSUING, algorithm=spoiling.ECDSA_WITH_NULL)  # by cryptography; OpenSSL loads it
CRL = x509.load_pem_x509_crl(ISSUING.crl([LEAF], this_update=AT, next_update=AT + timedelta(days=7)))
CRL_DER = CRL.public_bytes(serialization.Encoding.DER)
SECRET = "Pässwörd with blanks "
RIGHT, WRONG, NONE = Passwords.of(["zaubertrank", SECRET]), Passwords.of(["zaubertrank", SECRET.strip()]), Passwords()

LEGACY = ("-legacy",)  # RC2 with 40 bits for certificates, 3DES for the key, SHA-1 for the MAC
PROTECTIONS = {
    "AES-256 and a MAC with SHA-256": (),
    "RC2 and 3DES": LEGACY,
    "3DES": (*LEGACY, "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"),
    "AES-128 with SHA-1": ("-certpbe", "AES-128-CBC", "-keypbe", "AES-128-CBC", "-macalg", "sha1"),
    "MAC with SHA-512": ("-macalg", "sha512"),
    "600,000 rounds": ("-iter", "600000"),
    "MAC of one round": ("-nomaciter",),
}


def ders(*issued):
    return tuple(item.der for item in issued)


def codes(loaded: Loaded) -> list[FaultCode]:
    return [fault.code for fault in loaded.faults]


@pytest.mark.parametrize("arguments", PROTECTIONS.values(), ids=PROTECTIONS.keys())
@pytest.mark.parametrize("leaf", [LEAF, RSA_LEAF], ids=["EC", "RSA"])
@pytest.mark.parametrize("chain", [(), (ISSUING, TOP)], ids=["alone", "chain"])
def test_what_openssl_packs_comes_out_in_its_order(tmp_path, arguments, leaf, chain):
    data = by_openssl(tmp_path, leaf, chain, *arguments, password=SECRET)

    found = opened(data, RIGHT)

    assert (found.state, found.certificates, found.keys) == (State.OPEN, ders(leaf, *chain), (True,))


@pytest.mark.parametrize("arguments", PROTECTIONS.values(), ids=PROTECTIONS.keys())
def test_with_another_password_nothing_comes_out_but_that_a_key_is_there(tmp_path, arguments):
    data = by_openssl(tmp_path, LEAF, (TOP,), *arguments, password=SECRET)

    for passwords in (WRONG, NONE):
        found = opened(data, passwords)
        assert (found.state, found.certificates, found.keys) == (State.LOCKED, (), (True,))


@pytest.mark.parametrize("arguments", [(), LEGACY, ("-certpbe", "AES-256-CBC", "-nomac")], ids=["AES", "RC2", "no MAC"])
def test_the_empty_password_is_always_tried(tmp_path, arguments):
    data = by_openssl(tmp_path, LEAF, (TOP,), *arguments)

    for passwords in (RIGHT, NONE):
        assert opened(data, passwords).certificates == ders(LEAF, TOP)


OPEN = {
    "nothing encrypted, no MAC": (("-keypbe", "NONE", "-certpbe", "NONE", "-nomac"), False),
    "nothing encrypted": (("-keypbe", "NONE", "-certpbe", "NONE"), False),
    "the key encrypted": (("-certpbe", "NONE"), True),
}


@pytest.mark.parametrize(("arguments", "encrypted"), OPEN.values(), ids=OPEN.keys())
def test_certificates_that_lie_open_need_no_password(tmp_path, arguments, encrypted):
    data = by_openssl(tmp_path, LEAF, (ISSUING, TOP), *arguments, password=SECRET)

    found = opened(data, NONE)

    assert (found.state, found.certificates, found.keys) == (State.OPEN, ders(LEAF, ISSUING, TOP), (encrypted,))


def test_a_trust_store_without_a_key(tmp_path):
    by_command = by_openssl(tmp_path, TOP, (ISSUING,), "-nokeys", password=SECRET)
    protection = serialization.BestAvailableEncryption(SECRET.encode())
    entries = [pkcs12.PKCS12Certificate(item.certificate, item.sha256.encode()) for item in (TOP, ISSUING)]
    as_java = pkcs12.serialize_java_truststore(entries, protection)

    for data in (by_command, as_java):
        found = opened(data, RIGHT)
        assert (found.state, found.certificates, found.keys) == (State.OPEN, ders(TOP, ISSUING), ())
        assert opened(data, WRONG).state is State.LOCKED


def test_a_private_key_is_never_decrypted():
    """Its bag can be nonsense, and even its password be another one."""
    data = container(sealed(certificate_bag(LEAF.der), password=b"a"), plain_part(shrouded_key(older_scheme(2048))))

    found = opened(data, Passwords.of(["a"]))

    assert (found.state, found.certificates, found.keys) == (State.OPEN, (LEAF.der,), (True,))


def test_rounds_that_nobody_can_see_before_decryption_are_never_done():
    hidden = shrouded_key(pbes2(pbkdf2(500_000_000)))  # more than half a minute of work
    started = time.process_time()

    found = opened(container(sealed(hidden, certificate_bag(LEAF.der), password=b"")), NONE)

    assert (found.state, found.certificates) == (State.OPEN, (LEAF.der,))
    assert time.process_time() - started < 5


def parts(algorithm: bytes) -> bytes:
    return container(encrypted_part(algorithm, bytes(64)))


COSTS = {
    "MAC": lambda rounds: container(plain_part(certificate_bag(LEAF.der)), mac=mac(rounds)),
    "MAC by PBKDF2": lambda rounds: container(mac=mac(1, sequence(oid("PBMAC1"), sequence(pbkdf2(rounds))))),
    "3DES": lambda rounds: parts(older_scheme(rounds)),
    "PBES1": lambda rounds: parts(older_scheme(rounds, "PBES1")),
    "PBES2": lambda rounds: parts(pbes2(pbkdf2(rounds))),
    "scrypt": lambda rounds: parts(pbes2(scrypt(rounds, 1, 1))),
    "key": lambda rounds: container(plain_part(shrouded_key(pbes2(pbkdf2(rounds))))),
    "key in a bag in a bag": lambda rounds: container(
        plain_part(typed("bags", sequence(shrouded_key(older_scheme(rounds)))))
    ),
    "all parts together": lambda rounds: container(
        *[encrypted_part(older_scheme(count), bytes(64)) for count in (1000, rounds - 1000)]
    ),
}


@pytest.mark.parametrize("make", COSTS.values(), ids=COSTS.keys())
def test_a_container_that_asks_for_too_much_work_is_refused_before_any_is_done(make, monkeypatch):
    loader = pkcs12.load_pkcs12
    calls = []
    monkeypatch.setattr(pkcs12, "load_pkcs12", lambda *given: calls.append(given) or loader(*given))

    beyond = opened(make(MOST_ROUNDS + 1), RIGHT)
    assert (beyond.state, beyond.rounds, calls) == (State.TOO_MANY_ROUNDS, MOST_ROUNDS + 1, [])
    assert opened(make(2**31 - 1), RIGHT).state is State.TOO_MANY_ROUNDS
    assert opened(make(MOST_ROUNDS), NONE).state is not State.TOO_MANY_ROUNDS


def test_the_containers_of_one_file_share_the_rounds_of_one():
    dear = base64.b64encode(container(plain_part(certificate_bag(TOP.der)), mac=mac(MOST_ROUNDS - 10)))
    cheap = base64.b64encode(parts(older_scheme(1)))
    loaded = load(b"\n".join([dear, cheap, dear, cheap]), most=5)

    assert codes(loaded) == [FaultCode.NEEDS_PASSWORD, FaultCode.TOO_MANY_ROUNDS, FaultCode.NEEDS_PASSWORD]
    assert loaded.faults[1].detail == str(2 * (MOST_ROUNDS - 10) + 1)
    assert len(loaded.certificates) == 2  # which lie open in the dear ones


def test_scrypt_counts_with_all_its_costs():
    assert opened(parts(pbes2(scrypt(1 << 14, 8, 16))), NONE).rounds == 1 << 21
    assert opened(parts(pbes2(scrypt(1 << 14, 8, 1))), NONE).state is State.LOCKED


@pytest.mark.parametrize("count", [0, -1, -(2**40)])
def test_a_count_below_one_is_damage(count):
    for make in COSTS.values():
        assert opened(make(count), NONE).state is State.DAMAGED


def in_bags(bag: bytes, deep: int) -> bytes:
    for _ in range(deep):
        bag = typed("bags", sequence(bag))
    return bag


UNREADABLE = {
    "signed with a key": container(kind="signed data"),
    "encrypted to a certificate": container(typed("enveloped data", sequence(number(0)))),
    "a scheme that is not known": parts(sequence(oid("unknown"), sequence(tlv(0x04, b"s"), number(1)))),
    "a derivation that is not known": parts(pbes2(sequence(oid("unknown"), sequence(number(1))))),
    "a scheme without its parameters": parts(sequence(oid("3DES"))),
    "no content": sequence(number(3)),
    "an empty bag": container(plain_part(sequence())),
    "bags a hundred deep": container(plain_part(in_bags(certificate_bag(LEAF.der), 100))),
    "cut off": container(plain_part(certificate_bag(LEAF.der)))[:-10],
    "very many values": container(plain_part(*[b"\x30\0"] * 300_000)),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_container_that_can_be_read_says_why(data):
    found = opened(data, RIGHT)

    assert (found.state, found.certificates) == (State.DAMAGED, ())
    assert found.detail


def test_what_lies_open_comes_out_beside_a_part_that_stays_closed():
    data = container(
        plain_part(certificate_bag(TOP.der)),
        sealed(certificate_bag(ISSUING.der), password=b"one"),
        plain_part(open_key(LEAF), typed("secret", sequence()), crl_bag(CRL_DER)),
        sealed(certificate_bag(LEAF.der), password=b"two"),
    )

    found = opened(data, Passwords.of(["two"]))
    assert (found.state, found.certificates) == (State.LOCKED, ders(TOP, LEAF))
    assert (found.keys, found.crls) == ((False,), (CRL_DER,))

    both = opened(data, Passwords.of(["two", "one"]))
    assert (both.state, both.certificates) == (State.OPEN, ders(TOP, ISSUING, LEAF))


def test_a_certificate_that_cryptography_refuses_is_not_called_a_wrong_password():
    lying_open = load(container(plain_part(certificate_bag(REFUSED), certificate_bag(TOP.der))), most=5)
    assert [found.certificate.der for found in lying_open.certificates] == [REFUSED, TOP.der]

    found = opened(container(sealed(certificate_bag(REFUSED), password=b"a")), Passwords.of(["a"]))
    assert found.state in (State.OPEN, State.DAMAGED)
    assert (found.certificates == (REFUSED,)) is (found.state is State.OPEN)


@pytest.mark.parametrize("arguments", [(), LEGACY], ids=["AES", "RC2"])
def test_indefinite_lengths_and_strings_in_pieces(tmp_path, arguments):
    data = by_openssl(tmp_path, LEAF, (ISSUING, TOP), *arguments, password=SECRET)
    loaded = load(with_indefinite_lengths(data), most=5, passwords=RIGHT)

    assert [found.certificate.der for found in loaded.certificates] == list(ders(LEAF, ISSUING, TOP))
    assert (loaded.form, loaded.faults, len(loaded.keys)) == (Form.PKCS12, (), 1)


# As one file among others


def test_who_cannot_give_a_password_and_who_has_not_are_told_apart(tmp_path):
    data = by_openssl(tmp_path, LEAF, (TOP,), password=SECRET)

    said = {passwords: codes(load(data, most=5, passwords=passwords)) for passwords in (None, NONE, WRONG, RIGHT)}

    assert said == {
        None: [FaultCode.NEEDS_PASSWORD],
        NONE: [FaultCode.NO_PASSWORD],
        WRONG: [FaultCode.WRONG_PASSWORD],
        RIGHT: [],
    }


def test_an_opened_container_still_is_one(tmp_path):
    data = by_openssl(tmp_path, LEAF, (TOP,), password=SECRET)
    as_base64 = base64.encodebytes(data)
    as_pem = b"-----BEGIN PKCS12-----\n" + as_base64 + b"-----END PKCS12-----\n"

    for wrapped in (data, b"\n" + data + b"\n", as_base64, as_pem):
        loaded = load(wrapped, most=5, passwords=RIGHT)
        assert [found.certificate.der for found in loaded.certificates] == list(ders(LEAF, TOP))
        assert (loaded.form, loaded.taken_by_expressway, len(loaded.keys)) == (Form.PKCS12, False, 1)
        closed = load(wrapped, most=5, passwords=WRONG)
        assert (closed.form, codes(closed)) == (Form.PKCS12, [FaultCode.WRONG_PASSWORD])


def test_certificates_and_keys_of_one_container_are_bounded():
    bags = [certificate_bag(TOP.der)] * 20 + [shrouded_key(older_scheme(1))] * 3_000
    loaded = load(container(plain_part(*bags)), most=10)

    assert (len(loaded.certificates), len(loaded.keys)) == (0, 1_000)  # full of keys before the first certificate
    assert codes(loaded) == [FaultCode.TOO_MANY]
    assert len(load(container(plain_part(*bags[:20])), most=10).certificates) == 10


def test_the_password_is_nowhere(tmp_path):
    data = by_openssl(tmp_path, LEAF, (TOP,), password=SECRET)
    for passwords in (RIGHT, WRONG):
        kept = repr((passwords, load(data, most=5, passwords=passwords), opened(data, passwords)))
        assert all(
            word not in kept
            for word in ("zaubertrank", SECRET.strip(), SECRET.strip().encode("unicode_escape").decode())
        )


WHOLE = container(
    plain_part(certificate_bag(LEAF.der), open_key(LEAF)),
    sealed(certificate_bag(TOP.der), password=b"a"),
    mac=mac(1),
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data):
    for start in (b"", b"\x30\x82\x01\x00\x02\x01\x03\x30", b"\x30\x80\x02\x01\x03\x30\x80"):
        assert isinstance(opened(start + data, NONE), Opened)
        assert isinstance(load(start + data, most=5, passwords=RIGHT), Loaded)


@settings(max_examples=400, deadline=None)
@given(
    whole=st.sampled_from([WHOLE, with_indefinite_lengths(WHOLE)]),
    cut=st.integers(0, len(WHOLE)),
    junk=st.binary(max_size=6),
)
def test_pieces_of_a_container_never_raise(whole, cut, junk):
    found = opened(whole[:cut] + junk + whole[cut + len(junk) :], Passwords.of(["a"]))
    assert isinstance(found, Opened)
