"""The openssl command line as an independent judge of what the samples are made of."""

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding


@dataclass(frozen=True)
class OpenSsl:
    """Runs `openssl`; `folder` is where it finds its input."""

    program: str
    folder: Path

    def verify(
        self,
        leaf: x509.Certificate,
        *,
        trusted: Iterable[x509.Certificate],
        at: datetime,
        sent: Iterable[x509.Certificate] = (),
        purpose: str = "sslserver",
        crl: bytes | None = None,
        strict: bool = True,
    ) -> str:
        """Empty where the chain is good, else OpenSSL's words; never a partial chain.

        `trusted` is the verifier's list, `sent` what comes over the wire beside the leaf.
        """
        arguments = ["-no-CApath", "-no-CAstore", "-purpose", purpose, *(["-x509_strict"] if strict else [])]
        arguments += ["-attime", str(int(at.timestamp())), "-CAfile", self._written("trusted.pem", trusted)]
        if others := list(sent):
            arguments += ["-untrusted", self._written("sent.pem", others)]
        if crl is not None:
            (self.folder / "list.crl").write_bytes(crl)
            arguments += ["-crl_check", "-CRLfile", str(self.folder / "list.crl")]
        answer = self._run("verify", *arguments, self._written("leaf.pem", [leaf]))
        return "" if answer.returncode == 0 else answer.stderr + answer.stdout

    def text(self, certificate: x509.Certificate) -> str:
        """The certificate decoded, every extension with its critical flag."""
        return self._run("x509", "-noout", "-text", "-in", self._written("leaf.pem", [certificate])).stdout

    def carries(self, certificate: x509.Certificate, name: str) -> bool:
        """Whether the certificate's alternative names have the host name."""
        answer = self._run("x509", "-noout", "-checkhost", name, "-in", self._written("leaf.pem", [certificate]))
        assert "match certificate" in answer.stdout, answer.stderr
        return "does match certificate" in answer.stdout

    def decoded(self, content: bytes, form: str) -> str:
        """The subject line of a certificate file, empty where it is not of that form (PEM or DER)."""
        (self.folder / "any").write_bytes(content)
        return self._run("x509", "-noout", "-subject", "-inform", form, "-in", str(self.folder / "any")).stdout

    def _written(self, name: str, certificates: Iterable[x509.Certificate]) -> str:
        path = self.folder / name
        path.write_bytes(b"".join(item.public_bytes(Encoding.PEM) for item in certificates))
        return str(path)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.program, *arguments], capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture
def openssl(tmp_path: Path) -> OpenSsl:
    program = shutil.which("openssl")
    assert program, "the openssl command is needed for these tests (Debian: apt-get install openssl)"
    folder = tmp_path / "openssl"
    folder.mkdir()
    return OpenSsl(program, folder)
