"""`python -m diagnostics.samples DIR` as somebody types it."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from cryptography import x509

from diagnostics.samples.__main__ import main


def test_it_writes_the_sample_and_says_what(tmp_path):
    target = tmp_path / "new" / "folder"
    done = subprocess.run(
        [sys.executable, "-m", "diagnostics.samples", str(target), "--at", "2026-11-01T10:30:00Z"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    written = sorted(str(path) for path in target.iterdir())
    assert sorted(done.stdout.splitlines()) == written
    assert str(target / "diagnostic_log_expe2_2026-11-01_10_30_00.tar.gz") in written
    assert str(target / "new_server_expe2.cer") in written


def test_the_inventory_form_of_a_healthy_estate(tmp_path):
    assert main([str(tmp_path), "--form", "inventory", "--healthy", "--at", "2026-11-01"]) == 0

    document = yaml.safe_load((tmp_path / "inventory.yaml").read_text())
    edge = document["clusters"][1]["nodes"][0]
    certificate = x509.load_pem_x509_certificate((tmp_path / edge["certificates"]["server"]).read_bytes())
    assert certificate.not_valid_after_utc == datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=75)
    assert not list(tmp_path.glob("*.cer"))


def test_without_a_moment_it_is_now(tmp_path):
    before = datetime.now(UTC)
    assert main([str(tmp_path), "--form", "inventory", "--healthy"]) == 0

    certificate = x509.load_pem_x509_certificate((tmp_path / "nodes/expc1.example.com/server.pem").read_bytes())
    assert abs(certificate.not_valid_after_utc - timedelta(days=335) - before) < timedelta(minutes=5)


def test_it_leaves_a_folder_alone_that_holds_something(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")

    assert main([str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert "not empty" in capsys.readouterr().err


def test_it_says_why_it_cannot_write(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")

    assert main([str(tmp_path / "file")]) == 2
    assert "Not a directory" in capsys.readouterr().err


def test_a_moment_that_is_none_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path), "--at", "yesterday"])

    assert ended.value.code == 2
    assert "--at" in capsys.readouterr().err
