"""Private keys are noticed and forgotten: nothing of one is in a reading, wherever it lay."""

import base64
import gzip
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from diagnostics.estate import codec
from diagnostics.estate.observations import FactKey
from diagnostics.pki.passwords import Passwords
from diagnostics.readers.base import ProblemCode
from diagnostics.readers.codec import encode_files
from diagnostics.samples.archives import tar_gz, zip_of
from diagnostics.samples.artefacts import diagnostic_members, ucm_snapshot, xconf_dump, xstat_dump
from diagnostics.samples.authority import Issued

PLAIN = serialization.NoEncryption()
LOCKED = serialization.BestAvailableEncryption(b"made up")
PKCS8, OLD, SSH = (
    serialization.PrivateFormat.PKCS8,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.PrivateFormat.OpenSSH,
)
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
FORMS = {
    "PKCS#8": (PEM, PKCS8, PLAIN),
    "traditional": (PEM, OLD, PLAIN),
    "OpenSSH": (PEM, SSH, PLAIN),
    "encrypted PKCS#8": (PEM, PKCS8, LOCKED),
    "encrypted traditional": (PEM, OLD, LOCKED),
    "DER PKCS#8": (DER, PKCS8, PLAIN),
    "DER traditional": (DER, OLD, PLAIN),
    "DER encrypted": (DER, PKCS8, LOCKED),
}


@pytest.fixture(scope="module", params=["EC", "RSA"])
def key(request):
    if request.param == "EC":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def body_of(encoded: bytes) -> bytes:
    """The DER or base64 of a key without its armour."""
    if not encoded.startswith(b"-----"):
        return encoded
    lines = [line for line in encoded.splitlines() if b"-----" not in line and b":" not in line]
    return base64.b64decode(b"".join(lines))


def assert_forgotten(outcome, encoded: bytes, key) -> None:
    """No stretch of the key is in what is kept, whether as bytes, hexadecimal, base64 or its numbers."""
    reading = outcome.reading
    kept = [repr(reading), json.dumps(encode_files(reading.files)), json.dumps(codec.encode(reading.observations))]
    kept += [certificate.der.hex() for certificate in reading.certificates.values()]
    haystack = "".join(kept)
    squeezed = "".join(haystack.split()).replace("\\n", "")
    numbers = key.private_numbers()
    private = numbers.private_value if isinstance(key, ec.EllipticCurvePrivateKey) else numbers.d
    secret = private.to_bytes((private.bit_length() + 7) // 8, "big")
    assert str(private) not in haystack
    assert secret[:16].hex() not in haystack
    raw = body_of(encoded)
    # Where the key is not encrypted, its secret number: the public half may be in a certificate by rights.
    start = max(raw.find(secret), 0)
    end = start + len(secret) if start else len(raw)
    text = base64.b64encode(raw).decode()
    first, last = (start + 2) // 3 * 4, end // 3 * 4
    for stretch in (text[first : first + 24], text[last - 24 : last]):
        assert len(stretch) == 24
        assert stretch not in squeezed
    assert raw[end - 16 : end] not in haystack.encode("latin-1", "replace")
    assert raw[end - 16 : end].hex() not in haystack
    assert repr(raw[end - 16 : end])[2:-1] not in haystack


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wrap", ["alone", "after a certificate", "UTF-16", "zip", "tar.gz", "gzip", "diagnostic name"])
def test_a_key_file_is_noticed_and_forgotten(read_files, key, good, plan, form, wrap):
    encoded = key.private_bytes(*FORMS[form])
    name, content = "f", encoded
    if wrap == "after a certificate":
        content = good + encoded if encoded.startswith(b"-----") else encoded
    elif wrap == "UTF-16":
        content = encoded.decode().encode("utf-16") if encoded.startswith(b"-----") else encoded
    elif wrap == "zip":
        content = zip_of({"key": encoded})
    elif wrap == "tar.gz":
        content = tar_gz({"key": encoded}, plan.at)
    elif wrap == "gzip":
        content = gzip.compress(encoded)
    elif wrap == "diagnostic name":
        name = "server_expc1_2026-11-01_10_30_00.pem"
    outcome = read_files({name: content})
    assert_forgotten(outcome, encoded, key)
    codes = {problem.code for item in outcome.reading.files for problem in item.problems}
    assert ProblemCode.PRIVATE_KEY in codes


def key_pem(key) -> bytes:
    return key.private_bytes(PEM, PKCS8, PLAIN)


@pytest.mark.parametrize(
    "damage", ["not closed", "not base64", "called certificate", "dashes missing", "in a certificate"]
)
def test_a_damaged_key_is_forgotten_as_well(read_files, key, good, damage):
    encoded = key_pem(key)
    content = {
        "not closed": encoded[: encoded.index(b"-----END")],
        "not base64": encoded.replace(b"\nM", b"\n!M"),
        "called certificate": encoded.replace(b"PRIVATE KEY", b"CERTIFICATE"),
        "dashes missing": encoded.replace(b"-----", b"----"),
        "in a certificate": good.replace(b"-----END", encoded + b"-----END"),
    }[damage]
    outcome = read_files({"f.pem": content})
    assert_forgotten(outcome, encoded, key)
    assert outcome.file("f.pem").problems


def test_a_key_beside_a_certificate_is_told_with_its_line(read_files, key, good):
    outcome = read_files({"both.pem": good + key_pem(key)})
    (problem,) = outcome.file("both.pem").problems
    assert (problem.code, problem.line) == (ProblemCode.PRIVATE_KEY, good.count(b"\n") + 1)
    assert outcome.certificate_files()["both.pem"].keys == 1
    assert len(outcome.reading.certificates) == 1


@pytest.mark.parametrize(
    ("protection", "words", "expected"),
    [
        (PLAIN, None, []),
        (LOCKED, None, [ProblemCode.NEEDS_PASSWORD]),
        (LOCKED, [], [ProblemCode.NO_PASSWORD]),
        (LOCKED, ["wrong"], [ProblemCode.WRONG_PASSWORD]),
        (LOCKED, ["made up"], []),
    ],
)
def test_the_key_in_a_pkcs12_container_is_forgotten(read_files, key, authority, protection, words, expected):
    leaf = authority.issue(common_name="n.example.com", key=key)
    packed = pkcs12.serialize_key_and_certificates(b"n", key, leaf.certificate, None, protection)
    outcome = read_files({"n.pfx": packed}, passwords=None if words is None else Passwords.of(words))

    assert outcome.codes("n.pfx") == [ProblemCode.PRIVATE_KEY, *expected]
    assert list(outcome.reading.certificates) == ([] if expected else [leaf.sha256])
    assert_forgotten(outcome, packed, key)
    assert_forgotten(outcome, key.private_bytes(DER, PKCS8, PLAIN), key)


def in_json(key, plan):
    document = json.loads(ucm_snapshot(plan.node("cucm1.example.com")))
    document["identities"][0]["certificate"] += key_pem(key).decode()
    document["trackingId"] = document["privateKey"] = key_pem(key).decode()
    return json.dumps(document).encode()


def in_dump(key, plan):
    lines = f'*c xConfiguration Zones Zone 1 Name: "{key_pem(key).decode()}"\n' + key_pem(key).decode()
    one_line = key_pem(key).decode().replace("\n", "")
    lines += f'*c xConfiguration Alternates Cluster Name: "{one_line}"\n'
    return xconf_dump(plan, plan.node("expc1.example.com")) + lines.encode()


def in_yaml(key, plan):
    block = key_pem(key).decode().replace("\n", "\n    ")
    return (
        f"format: expcert-inventory/1\ndeployment: |\n    {block}\n"
        f"private_key: {json.dumps(key_pem(key).decode())}\nclusters:\n- name: c\n  role: "
        f"{json.dumps(key_pem(key).decode())}\n  version: X15.5\n"
    ).encode()


def in_json_inventory(key, plan):
    cluster = {"name": "c", "key": key_pem(key).decode(), "role": key_pem(key).decode(), "version": "X15.5"}
    return json.dumps({"format": "expcert-inventory/1", "clusters": [cluster]}).encode()


def in_status(key, plan):
    content = xstat_dump(plan, plan.node("expc1.example.com"))
    return content.replace(b">X14.3.2<", b">" + key_pem(key) + b"<")


@pytest.mark.parametrize(
    ("make", "name", "noticed"),
    [
        (in_json, "snapshot.json", True),
        (in_dump, "xconf_dump_expc1_2026-11-01.txt", True),
        (in_yaml, "inventory.yaml", True),
        (in_json_inventory, "inventory.json", True),
        (in_status, "xstat_dump_expc1_2026-11-01.xml", False),
    ],
)
def test_a_key_inside_any_other_file_is_forgotten(read_files, key, plan, make, name, noticed):
    outcome = read_files({name: make(key, plan)})
    assert outcome.reading.observations
    assert_forgotten(outcome, key_pem(key), key)
    assert (ProblemCode.PRIVATE_KEY in outcome.codes(name)) is noticed
    if "inventory" in name:
        assert outcome.values(FactKey.VERSION) == ["X15.5"]


def test_the_key_of_every_node_in_its_diagnostic_archive_is_forgotten(read_files, plan):
    node = plan.node("expc1.example.com")
    issued = node.issued("server")
    assert isinstance(issued, Issued)
    node.identity["server"] = issued.pem + issued.key_pem
    outcome = read_files({"log.tar.gz": tar_gz(diagnostic_members(plan, node), plan.at)})
    assert_forgotten(outcome, issued.key_pem, issued.key)
    assert len(outcome.placements()) == 2
