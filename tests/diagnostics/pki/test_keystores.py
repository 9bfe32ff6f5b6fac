"""Java keystores and Windows' serialized stores: what lies open in them, and what damage loses."""

import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.pki.bounds import MOST_ENTRIES
from diagnostics.pki.java_keystore import Keystore, keystore
from diagnostics.pki.loading import FaultCode, Form, Loaded, load
from diagnostics.pki.serialized_store import SerializedStore, serialized_store
from tests.builders import containers
from tests.builders.containers import JCEKS, JKS, chain, crl_der, secret_key_entry

DERS = [item.der for item in chain()]
LEAF, ISSUING, TOP = DERS


def ders(loaded: Loaded) -> list[bytes]:
    return [found.certificate.der for found in loaded.certificates]


def codes(loaded: Loaded) -> list[FaultCode]:
    return [fault.code for fault in loaded.faults]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("magic", [JKS, JCEKS])
def test_trusted_certificates_and_chains_come_out_without_a_password(magic, version):
    loaded = load(containers.keystore([TOP], [[LEAF, ISSUING]], magic=magic, version=version), most=10)

    assert (loaded.form, ders(loaded), loaded.faults) == (Form.JAVA_KEYSTORE, [TOP, LEAF, ISSUING], ())
    assert [key.encrypted for key in loaded.keys] == [True]
    assert not loaded.taken_by_expressway


def test_a_keystore_without_entries_is_one():
    loaded = load(containers.keystore(), most=10)
    assert (loaded.form, loaded.certificates, loaded.faults) == (Form.JAVA_KEYSTORE, (), ())


@pytest.mark.parametrize("cut", [3, 10, 12, 20, 60, 500, 900])
def test_what_comes_before_the_damage_is_kept(cut):
    whole = containers.keystore([TOP, ISSUING], [[LEAF, ISSUING]])
    loaded = load(whole[: len(whole) - 20 - cut], most=10)

    assert codes(loaded) == [FaultCode.NOT_A_KEYSTORE]
    assert loaded.faults[0].detail.startswith("cut off (byte ")
    assert ders(loaded) == [TOP, ISSUING, LEAF][: len(loaded.certificates)]
    assert len(loaded.certificates) >= 2 or cut >= 500


def test_reading_stops_at_a_secret_key_and_says_so():
    data = containers.keystore([TOP], magic=JCEKS, behind=secret_key_entry())
    loaded = load(data, most=10)

    assert (ders(loaded), codes(loaded)) == ([TOP], [FaultCode.SECRET_KEY])


def test_an_entry_of_another_kind_and_another_version_are_damage():
    other = (7).to_bytes(4, "big")
    assert "kind 7" in keystore(containers.keystore([TOP], behind=other)).damage
    assert "version 3" in keystore(containers.keystore([TOP], version=3)).damage


def test_a_certificate_that_does_not_load_loses_itself_alone():
    loaded = load(containers.keystore([TOP, TOP[:-9], LEAF]), most=10)
    assert (ders(loaded), codes(loaded)) == ([TOP, LEAF], [FaultCode.NOT_A_CERTIFICATE])


def test_numbers_that_a_keystore_only_claims_cost_nothing():
    head = JKS + (2).to_bytes(4, "big")
    entry = (1).to_bytes(4, "big") + b"\0\0" + bytes(8) + bytes(4)
    started = time.process_time()

    assert f"at most {MOST_ENTRIES}" in keystore(head + b"\xff" * 4).damage
    assert "at most 100" in keystore(head + b"\0\0\0\1" + entry + b"\xff" * 4).damage
    endless = keystore(head + MOST_ENTRIES.to_bytes(4, "big") + (entry + bytes(4)) * MOST_ENTRIES)
    assert endless == Keystore(certificates=(), keys=MOST_ENTRIES)
    assert time.process_time() - started < 2


def test_certificates_and_keys_of_one_keystore_are_bounded():
    loaded = load(containers.keystore(DERS * 10, [[]] * 3_000), most=10)

    assert (len(loaded.certificates), len(loaded.keys)) == (10, 1_000)
    assert codes(loaded) == [FaultCode.TOO_MANY]


def test_a_keystore_of_today_is_pkcs12(openssl, tmp_path):
    (tmp_path / "top.pem").write_bytes(chain()[2].pem)
    command = [openssl.program, "pkcs12", "-export", "-nokeys", "-in", str(tmp_path / "top.pem"), "-passout", "pass:"]
    data = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout
    loaded = load(data, most=10)
    assert (loaded.form, ders(loaded)) == (Form.PKCS12, [TOP])


def test_a_serialized_store_is_read_past_the_properties_of_each_certificate():
    loaded = load(containers.serialized_store(DERS, [crl_der()]), most=10)

    assert (loaded.form, ders(loaded), loaded.faults) == (Form.SERIALIZED_STORE, DERS, ())
    assert [crl.der for crl in loaded.crls] == [crl_der()]
    assert not loaded.taken_by_expressway


def test_what_follows_the_end_of_a_serialized_store_is_left():
    loaded = load(containers.serialized_store([TOP]) + b"anything", most=10)
    assert (ders(loaded), loaded.faults) == ([TOP], ())


@pytest.mark.parametrize("cut", [1, 12, 13, 100])
def test_a_serialized_store_that_is_cut_off_says_where(cut):
    loaded = load(containers.serialized_store(DERS)[:-cut], most=10)

    assert codes(loaded) == [FaultCode.NOT_A_STORE]
    assert "(byte " in loaded.faults[0].detail
    assert ders(loaded) == (DERS if cut <= 12 else DERS[:2])


def test_a_store_made_of_empty_elements_is_left_after_so_many():
    started = time.process_time()
    store = serialized_store(b"\0\0\0\0CERT" + (b"\x05\0\0\0" + bytes(8)) * 1_000_000)

    assert store.damage.startswith("more than")
    assert time.process_time() - started < 3


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_behind_the_marks_never_raise(data):
    for head in (JKS, JCEKS, JKS + b"\0\0\0\2\0\0\0\5", JCEKS + b"\0\0\0\1\0\0\0\1\0\0\0\2"):
        assert isinstance(keystore(head + data), Keystore)
        assert load(head + data, most=5).form is Form.JAVA_KEYSTORE
    assert isinstance(serialized_store(b"\0\0\0\0CERT" + data), SerializedStore)
    assert load(b"\0\0\0\0CERT" + data, most=5).form is Form.SERIALIZED_STORE


@settings(max_examples=200, deadline=None)
@given(
    whole=st.sampled_from([containers.keystore([TOP], [[LEAF]]), containers.serialized_store([TOP, LEAF])]),
    cut=st.integers(0, 2_500),
    junk=st.binary(min_size=1, max_size=6),
)
def test_a_store_spoiled_anywhere_never_raises(whole, cut, junk):
    loaded = load(whole[:cut] + junk + whole[cut + len(junk) :], most=5)
    assert len(loaded.certificates) <= 2
