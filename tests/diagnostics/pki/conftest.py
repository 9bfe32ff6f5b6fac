"""The openssl command line as an independent judge."""

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.pem import armour


@dataclass(frozen=True)
class OpenSsl:
    """Runs `openssl`; `folder` is where it finds its input."""

    program: str
    folder: Path

    def trusts(
        self,
        leaf: Certificate,
        *,
        trusted: Iterable[Certificate],
        helpers: Iterable[Certificate] = (),
        at: datetime | None = None,
    ) -> bool:
        """Whether `openssl verify` accepts, without a partial chain; dates count from `at` on, if given."""
        arguments = ["-no-CApath", "-no-CAstore"]
        listed = list(trusted)
        arguments += ["-CAfile", self._written("trusted.pem", listed)] if listed else ["-no-CAfile"]
        arguments += ["-no_check_time"] if at is None else ["-attime", str(int(at.timestamp()))]
        if others := list(helpers):
            arguments += ["-untrusted", self._written("sent.pem", others)]
        answer = self._run("verify", *arguments, self._written("leaf.pem", [leaf]))
        assert answer.returncode in (0, 2), answer.stderr
        return answer.returncode == 0

    def text_of_crl(self, der: bytes) -> str:
        """The revocation list decoded."""
        (self.folder / "any.crl").write_bytes(der)
        return self._run("crl", "-noout", "-text", "-inform", "DER", "-in", str(self.folder / "any.crl")).stdout

    def loads(self, data: bytes) -> bool:
        """Whether its PEM reader finds a certificate where the file may hold several (`X509_load_cert_crl_file`)."""
        (self.folder / "any.pem").write_bytes(data)
        made = self._run("crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile", str(self.folder / "any.pem"))
        return made.returncode == 0 and len(made.stdout) > 100

    def _written(self, name: str, certificates: Iterable[Certificate]) -> str:
        path = self.folder / name
        path.write_text("".join(armour(item.der) for item in certificates))
        return str(path)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30, check=False)


@pytest.fixture
def openssl(tmp_path: Path) -> OpenSsl:
    program = shutil.which("openssl")
    assert program, "the openssl command is needed for these tests (Debian: apt-get install openssl)"
    folder = tmp_path / "openssl"
    folder.mkdir()
    return OpenSsl(program, folder)
