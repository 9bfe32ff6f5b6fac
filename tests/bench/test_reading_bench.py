"""The comparison of reading with the plain tools runs, and compares what it says that it compares."""

import shutil
import tarfile

import pytest

from bench import readers

MIB = 1024 * 1024


@pytest.mark.skipif(shutil.which("tar") is None, reason="there is nothing to compare with")
def test_a_small_archive_is_compared_with_tar(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(readers, "CAPTURE", MIB)
    readers.compare_archive(tmp_path, 3 * MIB, 0.35, rounds=1)
    path = tmp_path / "diagnostic_log_expe1.tar.gz"
    with tarfile.open(path) as archive:
        names = archive.getnames()
    assert len([name for name in names if name.endswith(".pcap")]) == 2
    assert len([name for name in names if name.endswith(".pem")]) >= 2
    said = capsys.readouterr().out
    assert "captures 2.10" in said
    assert said.count("times tar") == 2
    for how in ("read", "read_isolated"):
        assert readers.measured(how, path)["files"] == len(names) + 1


def test_a_small_log_is_compared_with_grep(tmp_path, capsys):
    readers.compare_log(tmp_path, MIB, rounds=1)
    assert "times grep" in capsys.readouterr().out
