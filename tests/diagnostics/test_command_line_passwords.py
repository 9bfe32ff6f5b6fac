"""`python -m diagnostics --password-file FILE` as somebody types it."""

import json
import os
from pathlib import Path

import pytest

from diagnostics.samples.archives import zip_of
from diagnostics.samples.artefacts import as_inventory
from diagnostics.samples.healthy import healthy
from tests.diagnostics.pki.containers import by_openssl
from tests.diagnostics.test_command_line import AT, codes, diagnose, problems, refused, run, write

SECRET = "Zauber trank\u00e4"
OPENSSL = "openssl pkcs12 -in FILE -nokeys -out certificates.pem"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """A healthy estate, but that the certificate of expc1 is in a container with its key."""
    plan = healthy(at=AT)
    files = as_inventory(plan)
    node = plan.node("expc1.example.com")
    (path,) = (name for name in files if "expc1" in name and "server" in name)
    files[path] = by_openssl(tmp_path, node.issued("server"), (), "-legacy", password=SECRET)
    return write(tmp_path / "estate", files)


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    path = tmp_path / "passwords"
    path.write_text(f"first guess\n{SECRET}\n", encoding="utf-8")
    return path


def told(report: dict) -> str:
    (said,) = (texts for name, texts in problems(report).items() if "expc1" in name)
    return " ".join(said)


def test_a_container_is_opened_and_judged_like_any_other_certificate(estate, passwords):
    without = diagnose(estate, "--fail-on", "never")[1]
    status, report = diagnose(estate, "--password-file", passwords, "--fail-on", "never")

    assert status == 0
    assert len(report["certificates"]) == len(without["certificates"]) + 1
    # Expressway does not take such a file, and that is all that is wrong with it.
    assert codes(report) == {"cert-file-not-pem", "private-key-uploaded"}
    assert "password" not in told(report)
    assert "private key is in the file" in told(report)


def test_a_container_in_an_archive_is_opened(tmp_path, estate, passwords):
    files = {path.relative_to(estate).as_posix(): path.read_bytes() for path in estate.rglob("*") if path.is_file()}
    (tmp_path / "all.zip").write_bytes(zip_of(files))

    report = diagnose(tmp_path / "all.zip", "--password-file", passwords, "--fail-on", "never")[1]
    assert codes(report) == {"cert-file-not-pem", "private-key-uploaded"}


def test_without_a_password_the_way_out_names_the_option_and_openssl(estate):
    said = told(diagnose(estate, "--fail-on", "never")[1])

    assert "needs its password, and none was given. Give it with --password-file FILE" in said
    assert OPENSSL in said


def test_a_wrong_password_is_told_as_such(tmp_path, estate):
    (tmp_path / "wrong").write_text("not this one\n")
    said = told(diagnose(estate, "--password-file", tmp_path / "wrong", "--fail-on", "never")[1])

    assert "none of the passwords given opens it" in said
    assert "needs its password" not in said
    assert OPENSSL in said


def test_no_password_is_in_anything_that_is_written(tmp_path, estate, passwords):
    (tmp_path / "wrong").write_text("abracadabra\n")
    for file in (passwords, tmp_path / "wrong"):
        for form in ("text", "json"):
            done = run(estate, "--password-file", file, "--format", form, "--fail-on", "never")
            said = done.stdout + done.stderr + json.dumps(done.stdout)
            assert done.returncode == 0
            assert [word for word in (SECRET, "Zauber trank", "first guess", "abracadabra") if word in said] == []


def test_passwords_may_come_out_of_a_pipe(estate):
    reading, writing = os.pipe()
    os.write(writing, f"{SECRET}\n".encode())
    os.close(writing)
    try:
        done = run(
            estate,
            "--password-file",
            f"/dev/fd/{reading}",
            "--format",
            "json",
            "--fail-on",
            "never",
            pass_fds=[reading],
        )
    finally:
        os.close(reading)
    assert codes(json.loads(done.stdout)) == {"cert-file-not-pem", "private-key-uploaded"}


def test_the_one_container_of_somebody_whose_upload_was_refused(tmp_path, passwords):
    leaf = healthy(at=AT).node("expc1.example.com").issued("server")
    (tmp_path / "node.pfx").write_bytes(by_openssl(tmp_path, leaf, (), password=SECRET))

    assert codes(diagnose(tmp_path / "node.pfx", "--password-file", passwords)[1]) == {
        "cert-file-not-pem",
        "private-key-uploaded",
    }


UNUSABLE = {
    "absent": (None, "No such file or directory"),
    "a NUL in it": (b"secret\0word\n", "line 1 holds a NUL, which no password can"),
    "too large": (b"secretword\n" * 100_000, "larger than 256 KiB"),
}


@pytest.mark.parametrize(("content", "words"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_password_file_that_cannot_be_used_is_said_in_one_line(tmp_path, estate, content, words):
    path = tmp_path / "list"
    if content is not None:
        path.write_bytes(content)

    said = refused(run(estate, "--password-file", path))
    assert said == f"diagnostics: {path}: {words}"


def test_a_folder_is_no_password_file(tmp_path, estate):
    assert "Is a directory" in refused(run(estate, "--password-file", tmp_path))


def test_an_option_without_its_file_is_not_taken_for_none(estate):
    done = run(estate, "--password-file", "")
    assert (done.returncode, "an empty path" in done.stderr) == (2, True)
