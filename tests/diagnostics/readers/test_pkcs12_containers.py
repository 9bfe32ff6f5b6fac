"""PKCS#12 containers among what is handed over: opened where they lie, listed as what they are."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from diagnostics.estate import codec
from diagnostics.pki.passwords import Passwords
from diagnostics.readers import Kind, Limits, Outcome, ProblemCode
from diagnostics.readers.codec import decode_files, encode_files
from diagnostics.samples.archives import tar_gz, zip_of
from tests.diagnostics.pki.containers import certificate_bag, container, mac, plain_part, sealed
from tests.diagnostics.readers.conftest import AT

SECRET = "correct horse battery staple"
PASSWORDS = Passwords.of(["zaubertrank", SECRET])


@pytest.fixture
def node(authority):
    return authority.issue(common_name="expc1.example.com", dns=["expc1.example.com"])


@pytest.fixture
def pfx(authority, node):
    locked = serialization.BestAvailableEncryption(SECRET.encode())
    return pkcs12.serialize_key_and_certificates(b"node", node.key, node.certificate, [authority.certificate], locked)


WRAPPINGS = {
    "alone": ("node.pfx", lambda data: ("node.pfx", data)),
    "in a zip": ("a.zip/node.p12", lambda data: ("a.zip", zip_of({"node.p12": data}))),
    "in a tar in a zip": (
        "a.zip/b.tar.gz/x/node.pfx",
        lambda data: ("a.zip", zip_of({"b.tar.gz": tar_gz({"x/node.pfx": data}, AT)})),
    ),
    "under another name": ("node.pem", lambda data: ("node.pem", data)),
}


@pytest.mark.parametrize(("path", "wrap"), WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_a_container_is_opened_wherever_it_lies(read_files, authority, node, pfx, path, wrap):
    outcome = read_files(dict([wrap(pfx)]), passwords=PASSWORDS)

    file = outcome.file(path)
    assert (file.kind, file.outcome, outcome.codes(path)) == (Kind.PKCS12, Outcome.READ, [ProblemCode.PRIVATE_KEY])
    assert file.certificates == (node.sha256, authority.sha256)
    (seen,) = outcome.certificate_files().values()
    assert (seen.form, seen.certificates, seen.keys) == ("pkcs12", file.certificates, 1)


def test_passwords_may_stand_beside_the_limits_or_in_them(read_files, node, pfx):
    for options in ({"limits": Limits(passwords=PASSWORDS)}, {"limits": Limits(), "passwords": PASSWORDS}):
        assert node.sha256 in read_files({"node.pfx": pfx}, **options).reading.certificates


def test_a_server_certificate_in_a_container_belongs_to_the_node_that_its_name_says(read_files, node, pfx):
    name = "server_expc1_2026-11-01_10_30_00.pem"
    outcome = read_files({name: pfx}, passwords=PASSWORDS)
    (placed,) = outcome.placements()
    assert placed.node.name == "expc1"


def test_a_container_that_stays_closed_stops_no_other_file(read_files, good, pfx):
    outcome = read_files({"a.zip": zip_of({"node.pfx": pfx, "good.pem": good})}, passwords=Passwords.of(["wrong"]))

    assert outcome.codes("a.zip/node.pfx") == [ProblemCode.PRIVATE_KEY, ProblemCode.WRONG_PASSWORD]
    assert outcome.file("a.zip/node.pfx").outcome is Outcome.NOT_READ
    assert len(outcome.reading.certificates) == 1


def test_a_container_that_is_opened_in_part_is_partly_read(read_files, authority, node):
    data = container(plain_part(certificate_bag(authority.der)), sealed(certificate_bag(node.der), password=b"no"))
    outcome = read_files({"node.pfx": data}, passwords=PASSWORDS)

    assert outcome.file("node.pfx").outcome is Outcome.PARTLY
    assert outcome.codes("node.pfx") == [ProblemCode.WRONG_PASSWORD]
    assert list(outcome.reading.certificates) == [authority.sha256]


def test_a_container_that_asks_for_too_much_work_is_refused(read_files, node):
    data = container(plain_part(certificate_bag(node.der)), mac=mac(2_000_000))
    outcome = read_files({"node.pfx": data}, passwords=PASSWORDS)

    (problem,) = outcome.file("node.pfx").problems
    assert (problem.code, problem.params["rounds"]) == (ProblemCode.TOO_MANY_ROUNDS, "2000000")
    assert problem.params["limit"] == "1000000"


def test_a_damaged_container_is_told_as_a_lost_block(read_files, pfx):
    outcome = read_files({"node.pfx": pfx[:-30]}, passwords=PASSWORDS)

    (problem,) = outcome.file("node.pfx").problems
    assert (problem.code, problem.params["reason"]) == (ProblemCode.BLOCK_LOST, "not-pkcs12")


def test_no_password_is_in_what_is_kept_or_logged(read_files, pfx, caplog):
    caplog.set_level(0)
    for passwords in (PASSWORDS, Passwords.of(["zaubertrank"])):
        reading = read_files({"node.pfx": pfx}, passwords=passwords).reading
        stored = encode_files(reading.files)
        assert decode_files(stored) == reading.files
        kept = [repr(reading), json.dumps(stored), json.dumps(codec.encode(reading.observations)), caplog.text]
        kept.append(repr(Limits(passwords=passwords)))
        assert [text for text in kept if SECRET in text or "zaubertrank" in text] == []


def test_a_damaged_signing_request_is_told_and_not_counted(read_files):
    block = b"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n"
    outcome = read_files({"node.csr": block})

    (problem,) = outcome.file("node.csr").problems
    assert (problem.code, problem.line, problem.params["reason"]) == (ProblemCode.BLOCK_LOST, 1, "not-a-request")
    assert outcome.file("node.csr").found == {}
