"""What the reader of certificate files says beyond the certificates: keys, requests, odd layout, damage, locked containers."""

import json

import pytest

from diagnostics.estate import codec
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.passwords import Passwords
from diagnostics.readers import Kind, Limits, Outcome, ProblemCode
from diagnostics.readers.certificates import read_certificates
from diagnostics.reports.render import Words, render_file
from tests.builders import certificates, containers
from tests.builders.containers import chain

LEAF, ISSUING, TOP = chain()
SECRET = "correct horse battery staple"


def key_id() -> str:
    key = load_certificate(LEAF.der).key
    assert key is not None
    return key.spki_sha256


def test_a_key_and_a_request_say_which_public_key_is_theirs(read_files):
    request = certificates.armoured(certificates.request_der(), "CERTIFICATE REQUEST")
    files = read_files({"a.key": LEAF.key_pem, "a.csr": request, "a.pem": LEAF.pem + LEAF.key_pem}).certificate_files()

    assert (files["a.key"].key_ids, files["a.key"].keys) == ((key_id(),), 1)
    assert (files["a.csr"].request_ids, files["a.csr"].key_ids) == ((key_id(),), ())
    assert files["a.csr"].request_names == ("a.example.com", "sip.example.com")
    assert files["a.pem"].key_ids == (key_id(),)


def test_a_request_is_read_and_no_more_said_not_to_be(read_files):
    outcome = read_files({"a.csr": certificates.armoured(certificates.request_der(), "CERTIFICATE REQUEST")})
    file = outcome.file("a.csr")
    assert (file.kind, file.outcome, file.problems, file.found) == (Kind.REQUEST, Outcome.READ, (), {"requests": 1})


def test_what_is_said_of_keys_and_requests_survives_being_stored(read_files):
    request = certificates.armoured(certificates.request_der(), "CERTIFICATE REQUEST")
    observations = read_files({"a.pem": LEAF.pem + LEAF.key_pem + request}).reading.observations
    stored = json.loads(json.dumps(codec.encode(observations)))
    assert codec.decode(stored) == observations


def test_stores_of_java_and_windows_are_named_as_what_they_are(read_files):
    ders = [item.der for item in chain()]
    outcome = read_files(
        {
            "list.txt": containers.keystore(ders[:2]),
            "list.pem": containers.keystore(ders[:2], magic=containers.JCEKS),
            "list.zip": containers.serialized_store(ders, [containers.crl_der()]),
        }
    )
    kinds = [outcome.file(name).kind for name in ("list.txt", "list.pem", "list.zip")]
    assert kinds == [Kind.KEYSTORE, Kind.KEYSTORE, Kind.CERTIFICATE_STORE]
    assert [outcome.file(name).outcome for name in ("list.txt", "list.zip")] == [Outcome.READ, Outcome.READ]
    assert outcome.file("list.zip").found == {"certificates": 3, "crls": 1}


def told(file) -> list[str]:
    values = {
        "upload": file.source.upload,
        "member": None,
        "kind": file.kind.value,
        "outcome": file.outcome.value,
        "placed": [],
        "found": dict(file.found),
        "problems": [
            {"code": problem.code.value, "line": problem.line, "params": dict(problem.params)}
            for problem in file.problems
        ],
    }
    return [problem["text"] for problem in render_file(values, Words("en"))["problems"]]


ODD = {
    "indented": (b"  " + LEAF.pem.replace(b"\n", b"\n  "), "a block is indented"),
    "BEGIN lost": (LEAF.pem.split(b"\n", 1)[1], "a BEGIN line is missing"),
    "END lost": (LEAF.pem.rsplit(b"-----END", 1)[0], "an END line is missing"),
    "label PKCS7": (LEAF.pem.replace(b"CERTIFICATE", b"PKCS7"), "labelled as something else"),
}


@pytest.mark.parametrize(("data", "words"), ODD.values(), ids=ODD.keys())
def test_pem_that_expressway_may_refuse_is_read_and_said_to_be_odd(read_files, data, words):
    file = read_files({"a.pem": data}).file("a.pem")

    (problem,) = file.problems
    assert (file.outcome, problem.code, file.certificates) == (Outcome.READ, ProblemCode.ODD_PEM, (LEAF.sha256,))
    (sentence,) = told(file)
    assert words in sentence


def test_a_certificate_that_is_cut_off_says_where_and_how_much_is_missing(read_files):
    file = read_files({"a.cer": LEAF.der[:-100]}).file("a.cer")

    assert [problem.code for problem in file.problems] == [ProblemCode.CERTIFICATE_CUT_OFF]
    (sentence,) = told(file)
    size = len(LEAF.der)
    assert f"announces {size} bytes at byte 0 of it, and {size - 100} are there" in sentence


def test_a_certificate_that_was_altered_says_in_which_part(read_files):
    at = LEAF.der.index(b"a.example.com")
    file = read_files({"a.cer": LEAF.der[: at - 1] + b"\x7f" + LEAF.der[at:]}).file("a.cer")

    assert [problem.code for problem in file.problems] == [ProblemCode.CERTIFICATE_BROKEN]
    (sentence,) = told(file)
    assert f"breaks in the subject, at byte {at - 2} of it (a value is longer than what it stands in)" in sentence


def test_a_container_that_stays_closed_is_handed_on_less_its_keys_and_read_later(read_files):
    outcome = read_files({"a.zip/x": b"", "a.pfx": containers.pfx(SECRET.encode())}, passwords=Passwords())
    (path,) = outcome.reading.locked
    assert path == "a.pfx"
    locked, file = outcome.reading.locked[path], outcome.certificate_files()[path]
    assert outcome.codes("a.pfx") == [ProblemCode.PRIVATE_KEY, ProblemCode.NO_PASSWORD]

    taken = read_certificates(locked, file.source, Limits(passwords=Passwords.of([SECRET])))
    assert taken is not None
    assert (taken.kind, taken.outcome, taken.locked) == (Kind.PKCS12, Outcome.READ, None)
    assert {item.sha256 for item in taken.certificates} == {item.sha256 for item in chain()}
    assert [problem.code for problem in taken.problems] == [ProblemCode.PRIVATE_KEY]


def test_a_certificate_in_which_other_files_are_quoted_is_a_certificate(read_files):
    """Its maker writes what it likes into it, and would have a reader of dumps or inventories look at it."""
    for text in ("*c xConfiguration SIP: 1", "expcert-inventory/1", '"identities" : [', "-----BEGIN CERTIFICATE-----"):
        leaf = TOP.issue(common_name=text)
        file = read_files({"a": leaf.der}).file("a")
        assert (file.kind, file.outcome, file.certificates) == (Kind.CERTIFICATES, Outcome.READ, (leaf.sha256,))
