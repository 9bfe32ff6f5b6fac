"""What lies where a certificate or a list belongs, in an archive or by an inventory, is judged whatever it is."""

import io
import tarfile

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from diagnostics.samples.archives import tar_gz
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.healthy import healthy
from diagnostics.samples.inventory import Files, as_inventory
from tests.diagnostics.rules.judging import AT, diagnosis_of

NODE = "expc1.example.com"
KEY = ec.generate_private_key(ec.SECP256R1())
REQUEST = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(KEY, hashes.SHA256())
PEM = serialization.Encoding.PEM


def with_member(prefix: str, content: bytes) -> Files:
    """A healthy estate in whose first archive the member of that prefix holds something else."""
    files = dict(as_artefacts(healthy(at=AT)))
    name = next(name for name in files if "_expc1_" in name)
    with tarfile.open(fileobj=io.BytesIO(files[name])) as archive:
        members = {item.name: stream.read() for item in archive if (stream := archive.extractfile(item))}
    [replaced] = [member for member in members if member.rpartition("/")[2].startswith(prefix)]
    files[name] = tar_gz({**members, replaced: content}, AT)
    return files


@pytest.mark.parametrize(
    ("content", "variant"),
    [
        (REQUEST.public_bytes(PEM), "request"),
        (
            KEY.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
            "private-key",
        ),
        (KEY.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo), "public-key"),
        (b"this is no certificate at all\n", "nothing"),
    ],
    ids=["request", "private key", "public key", "text"],
)
def test_what_is_no_certificate_in_the_servers_place_is_named(content: bytes, variant: str) -> None:
    found = diagnosis_of(with_member("server_", content), "artefacts")["findings"]
    besides = [("private-key-uploaded", "info", "unknown", NODE)] if variant == "private-key" else []
    assert [(item["code"], item["severity"], item["variant"], item["node"]) for item in found] == [
        ("cert-file-not-pem", "high", variant, NODE),
        *besides,
    ]


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n"], ids=["no bytes", "blank lines"])
def test_an_empty_list_lacks_everything_that_it_needs(content: bytes) -> None:
    found = diagnosis_of(with_member("ca_", content), "artefacts")["findings"]
    assert {(item["code"], item["node"]) for item in found} == {
        ("traversal-peer-ca-not-trusted", NODE),
        ("uc-node-ca-not-trusted", NODE),
        ("own-chain-gap", NODE),
    }


@pytest.mark.parametrize(
    "content", [b"no certificate\n", b"", b"\x00\x01\x02\x03" * 50], ids=["text", "empty", "binary"]
)
def test_a_file_that_an_inventory_calls_a_certificate_and_that_is_none_is_named(content: bytes) -> None:
    files = {**as_inventory(healthy(at=AT)), f"nodes/{NODE}/server.pem": content}
    found = diagnosis_of(files)["findings"]
    assert [(item["code"], item["severity"], item["node"]) for item in found] == [("cert-file-not-pem", "high", NODE)]


def test_an_empty_list_of_an_inventory_lacks_everything_too() -> None:
    files = dict(as_inventory(healthy(at=AT)))
    [ca_list] = [name for name in files if name.startswith(f"nodes/{NODE}/") and "server" not in name]
    found = diagnosis_of({**files, ca_list: b""})["findings"]
    assert {item["code"] for item in found} == {
        "traversal-peer-ca-not-trusted",
        "uc-node-ca-not-trusted",
        "own-ca-not-trusted",
    }


def test_a_text_that_nobody_places_is_no_finding() -> None:
    files = {**as_inventory(healthy(at=AT)), "notes.txt": b"call the CA on Monday\n", "empty.txt": b""}
    assert diagnosis_of(files)["findings"] == []
