"""The public CA set: there at the first question, dated, and not before."""

import subprocess
import sys
from datetime import date

import pytest

from diagnostics.pki import public_cas as module
from diagnostics.pki.public_cas import public_cas


@pytest.fixture(autouse=True)
def read_anew():
    public_cas.cache_clear()
    yield
    public_cas.cache_clear()


def test_the_set_is_one_of_roots_under_their_fingerprints():
    found = public_cas().certificates

    assert len(found) > 50
    for sha256, certificate in found.items():
        assert certificate.sha256 == sha256
        assert certificate.self_issued
        assert certificate.ca is not False


def test_the_set_says_of_which_day_it_is(monkeypatch):
    monkeypatch.setattr(module.certifi, "__version__", "2026.10.18")
    assert public_cas().as_of == date(2026, 10, 18)


@pytest.mark.parametrize("version", ["2026.13.40", "weekly", "", "2026", "1.2.x"])
def test_a_version_that_is_no_day_gives_none(monkeypatch, version):
    monkeypatch.setattr(module.certifi, "__version__", version)
    found = public_cas()
    assert found.as_of is None
    assert found.certificates


def test_the_set_is_read_once(monkeypatch):
    calls: list[None] = []
    contents = module.certifi.contents()
    monkeypatch.setattr(module.certifi, "contents", lambda: calls.append(None) or contents)

    assert public_cas() is public_cas()
    assert len(calls) == 1


def test_importing_everything_reads_no_certificate():
    code = (
        "import certifi\n"
        "def never(): raise AssertionError('read at import')\n"
        "certifi.contents = never\n"
        "import diagnostics.reports.diagnosis, diagnostics.pki.certification_path, diagnostics.pki.public_cas\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
