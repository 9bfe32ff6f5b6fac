"""Certificates written as the one form that Expressway takes, and the armour found again."""

import subprocess
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diagnostics.pki.framing import pem_blocks
from diagnostics.pki.loading import Form, load, load_certificate
from diagnostics.pki.pem import armour, as_pem, bundle
from diagnostics.samples.authority import root

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
ISSUING = TOP.intermediate("Issuing CA")


def test_a_certificate_is_written_as_everybody_else_writes_it():
    assert armour(TOP.der).encode("ascii") == TOP.pem


def test_a_header_says_which_certificate_it_is():
    first, second, rest = as_pem(load_certificate(TOP.der)).split("\n", 2)

    assert first == "# CN=Example Root CA,O=Example Corporation"
    assert second == f"# SHA-256 {TOP.sha256}"
    assert rest.encode("ascii") == TOP.pem


def test_a_bundle_is_read_again_in_its_order():
    certificates = [load_certificate(item.der) for item in (ISSUING, TOP)]
    loaded = load(bundle(certificates).encode("utf-8"), most=10)

    assert [found.certificate for found in loaded.certificates] == certificates
    assert loaded.form is Form.PEM


def test_the_openssl_command_reads_a_bundle(openssl, tmp_path):
    path = tmp_path / "bundle.pem"
    path.write_text(bundle(load_certificate(item.der) for item in (TOP, ISSUING)))
    command = [openssl.program, "crl2pkcs7", "-nocrl", "-certfile", str(path), "-out", str(tmp_path / "b.p7b")]
    subprocess.run(command, check=True, capture_output=True, timeout=30)

    loaded = load((tmp_path / "b.p7b").read_bytes(), most=10)
    assert loaded.form is Form.PKCS7_PEM
    assert {found.certificate.sha256 for found in loaded.certificates} == {TOP.sha256, ISSUING.sha256}


@settings(deadline=None)
@example("----BEGIN CERTIFICATE----")
@example("\u2014\u2013begin certificate\u2014\u2013")
@given(st.text(max_size=8))
def test_no_name_breaks_out_of_its_comment(text):
    """Line breaks of every alphabet and armour: the name is written by whoever made the certificate."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"a\n-----BEGIN X-----\r\u2028{text}")])
    certificate = load_certificate(root(at=AT, subject=name).der)
    written = as_pem(certificate)

    assert [block.label for block in pem_blocks(written.encode("utf-8"))] == ["CERTIFICATE"]
    assert len(written.splitlines()) == 2 + len(armour(certificate.der).splitlines())
