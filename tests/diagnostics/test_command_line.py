"""`python -m diagnostics` as somebody types it."""

import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from diagnostics.reports.public import SCHEMA
from diagnostics.samples.archives import zip_of
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.broken import sample_estate
from diagnostics.samples.healthy import UC_ZONE, healthy

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MOMENT = "2026-11-23T12:00:00Z"
REPOSITORY = Path(__file__).parents[2]
DEADLINE = 60  # seconds; a run takes about one

Done = subprocess.CompletedProcess[str]


def run(*arguments: object, environment: Mapping[str, str] | None = None, **options) -> Done:
    """The command with everything that it says; a run that hangs fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON", "COL"))}
    return subprocess.run(
        [sys.executable, "-m", "diagnostics", *map(str, arguments)],
        cwd=REPOSITORY,
        env={**clean, "LC_ALL": "C.UTF-8", **(environment or {})},
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
        **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options),
    )


def diagnose(*paths: object, **options) -> tuple[int, dict]:
    """Exit status and report of a run that succeeds, at the moment of the samples."""
    done = run(*paths, "--at", MOMENT, "--format", "json", **options)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def refused(done: Done) -> str:
    """What a run that could not use its input says: status 2, one line on standard error, nothing else."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("diagnostics: ")
    return done.stderr.strip()


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def codes(report: dict) -> set[str]:
    return {finding["code"] for finding in report["findings"]}


def problems(report: dict) -> dict[str, list[str]]:
    return {file["member"] or file["upload"]: file["problems"] for file in report["files"] if file["problems"]}


@pytest.fixture
def healthy_folder(tmp_path: Path) -> Path:
    return write(tmp_path / "estate", as_inventory(healthy(at=AT)))


@pytest.fixture
def sample_folder(tmp_path: Path) -> Path:
    return write(tmp_path / "sample", as_artefacts(sample_estate(AT)))


# What it says


def test_a_healthy_estate_is_told_as_such_with_status_0(healthy_folder):
    done = run(healthy_folder, "--at", MOMENT)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Example Corp: Everything that applies was checked and holds.\nJudged at " + MOMENT)


def test_a_broken_estate_gives_status_1_and_its_findings(sample_folder):
    done = run(sample_folder, "--at", MOMENT)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("example.com: Something is broken: 3 critical findings and 1 high finding.")
    assert "[CRITICAL] The SSH tunnels of expc2.example.com to expe1.example.com fail" in " ".join(done.stdout.split())


def test_the_json_report_keeps_to_the_schema(sample_folder):
    status, report = diagnose(sample_folder)

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(report)] == []
    assert (status, report["at"]) == (1, MOMENT)


def test_it_says_the_same_twice(sample_folder):
    assert run(sample_folder, "--at", MOMENT).stdout == run(sample_folder, "--at", MOMENT).stdout


def test_without_a_moment_it_is_now(healthy_folder):
    before = datetime.now(UTC).replace(microsecond=0)
    done = run(healthy_folder, "--format", "json", "--fail-on", "never")

    assert before <= datetime.fromisoformat(json.loads(done.stdout)["at"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-23", "2026-11-23T00:00:00Z"),
        ("2026-11-23T12:00:00", "2026-11-23T12:00:00Z"),
        ("2026-11-23T21:00:00+09:00", "2026-11-23T12:00:00Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_moments_are_iso_8601_and_utc_unless_they_say_otherwise(written, meant, healthy_folder):
    done = run(healthy_folder, "--at", written, "--format", "json", "--fail-on", "never")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["at"] == meant


@pytest.mark.parametrize(
    ("spoiled", "fail_on", "status"),
    [
        ("critical", "critical", 1),
        ("critical", "low", 1),
        ("critical", "never", 0),
        ("high", "critical", 0),
        ("high", "high", 1),
        ("medium", "high", 0),
        ("medium", "medium", 1),
        ("low", "medium", 0),
        ("low", "low", 1),
    ],
)
def test_status_follows_the_worst_finding_and_fail_on(spoiled, fail_on, status, tmp_path):
    folder = write(tmp_path / "estate", as_inventory(_spoiled(spoiled)))

    done = run(folder, "--at", MOMENT, "--format", "json", "--fail-on", fail_on)
    summary = json.loads(done.stdout)["summary"]
    worst = next(name for name in ("critical", "high", "medium", "low") if summary[name])
    assert (worst, done.returncode) == (spoiled, status)


def _spoiled(severity: str):
    """An estate whose worst finding is of that severity."""
    plan = healthy(at=AT)
    if severity == "critical":
        plan.zone("expe.example.com", UC_ZONE).verify_name = "other.example.com"
        return plan
    node = plan.node("expe1.example.com")
    days = {"high": 5, "medium": 20, "low": 45}[severity]
    node.identity["server"] = plan.authorities["public-issuing"].reissue(
        node.issued("server"), not_after=AT.replace(month=11, day=23) + days * (AT.replace(day=24) - AT)
    )
    return plan


def test_high_is_where_it_fails_unless_told_otherwise(tmp_path):
    assert run(write(tmp_path / "high", as_inventory(_spoiled("high"))), "--at", MOMENT).returncode == 1
    assert run(write(tmp_path / "medium", as_inventory(_spoiled("medium"))), "--at", MOMENT).returncode == 0


@pytest.mark.parametrize("columns", [80, 120])
def test_the_text_fits_the_terminal(columns, sample_folder):
    done = run(sample_folder, "--at", MOMENT, environment={"COLUMNS": str(columns)})

    lines = done.stdout.splitlines()
    assert max(len(line) for line in lines if len(line.split()) > 2) in range(columns - 8, columns + 1)


# What it takes


def test_files_folders_and_archives_in_any_mix(tmp_path):
    files = as_artefacts(sample_estate(AT))
    names = sorted(files)
    packed = tmp_path / "some.zip"
    packed.write_bytes(zip_of({name: files[name] for name in names[:2]}))
    folder = write(tmp_path / "deep" / "er", {name: files[name] for name in names[2:4]})
    alone = [write(tmp_path, {name: files[name]}) / name for name in names[4:]]

    status, report = diagnose(packed, folder.parent, *alone)
    _, whole = diagnose(write(tmp_path / "whole", files))
    assert status == 1
    assert codes(report) == codes(whole)
    assert {file["upload"] for file in report["files"]} == {"some.zip", "deep", *names[4:]}
    assert any(file["member"] and file["member"].startswith("er/") for file in report["files"])


def test_a_folder_goes_by_its_own_name_however_it_is_written(healthy_folder):
    for path in (f"{healthy_folder}/", f"{healthy_folder}/.", f"{healthy_folder}/nodes/.."):
        _, report = diagnose(path)
        assert {file["upload"] for file in report["files"]} == {"estate"}


def test_a_path_given_twice_is_read_once(healthy_folder):
    _, once = diagnose(healthy_folder)
    _, twice = diagnose(healthy_folder, f"{healthy_folder}/.", healthy_folder)

    assert once == twice


def test_two_files_of_one_name_are_both_read(tmp_path):
    plan = healthy(at=AT)
    first = write(tmp_path / "old", {"server.pem": plan.node("expe1.example.com").issued("server").pem})
    second = write(tmp_path / "new", {"server.pem": plan.node("expe2.example.com").issued("server").pem})

    _, report = diagnose(first / "server.pem", second / "server.pem")
    assert sorted(file["upload"] for file in report["files"]) == ["new/server.pem", "old/server.pem"]
    assert len(report["certificates"]) == 2


def test_names_that_are_no_utf_8_are_read_and_stay_apart(tmp_path):
    plan = healthy(at=AT)
    folder = tmp_path / "estate"
    folder.mkdir()
    for byte, fqdn in ((b"\xff", "expe1.example.com"), (b"\xfe", "expe2.example.com")):
        with open(os.fsencode(folder) + b"/server" + byte + b".pem", "wb") as file:
            file.write(plan.node(fqdn).issued("server").pem)

    _, report = diagnose(folder)
    assert sorted(file["member"] for file in report["files"]) == ["server\\xfe.pem", "server\\xff.pem"]
    assert len(report["certificates"]) == 2
    for form in ("text", "json"):
        done = run(os.fsdecode(os.fsencode(folder) + b"/server\xff.pem"), "--at", MOMENT, "--format", form)
        assert (done.returncode, done.stderr) == (0, "")


def test_names_that_command_the_terminal_do_not_reach_it(tmp_path):
    folder = write(tmp_path / "estate", as_inventory(healthy(at=AT)))
    write(
        folder, {"\x1b[2J\x1b]0;x\x07\n\u202e\x9b.pem": b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"}
    )

    for form in ("text", "json"):
        done = run(folder, "--at", MOMENT, "--format", form)
        assert done.stderr == ""
        assert not set(done.stdout) & set("\x1b\x07\u202e\x9b")
    _, report = diagnose(folder)
    assert "\x1b[2J\x1b]0;x\x07\n\u202e\x9b.pem" in problems(report)


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_every_locale_can_show_it(locale, encoding, sample_folder):
    environment = {"LC_ALL": locale, "PYTHONIOENCODING": encoding}

    done = run(sample_folder, "--at", MOMENT, environment=environment)
    assert (done.returncode, done.stderr) == (1, "")
    status, report = diagnose(sample_folder, environment=environment)
    assert (status, "“" in json.dumps(report, ensure_ascii=False)) == (1, True)


def test_folders_linked_in_a_circle_end(healthy_folder):
    (healthy_folder / "nodes" / "again").symlink_to(healthy_folder, target_is_directory=True)
    (healthy_folder / "me").symlink_to("me")

    status, report = diagnose(healthy_folder)
    assert status == 0
    assert set(problems(report)) == {"nodes/again", "me"}
    assert report["summary"]["verdict"] == "healthy"


def test_a_linked_file_is_read_and_a_broken_link_is_told(healthy_folder, tmp_path):
    kept = tmp_path / "kept.pem"
    server = healthy_folder / "nodes" / "expc1.example.com" / "server.pem"
    server.rename(kept)
    server.symlink_to(kept)
    (healthy_folder / "gone.pem").symlink_to(tmp_path / "nowhere")

    status, report = diagnose(healthy_folder)
    assert (status, report["summary"]["verdict"]) == (0, "healthy")
    assert set(problems(report)) == {"gone.pem"}


def test_a_path_that_is_a_link_is_followed(healthy_folder, tmp_path):
    (tmp_path / "latest").symlink_to(healthy_folder, target_is_directory=True)

    status, report = diagnose(tmp_path / "latest")
    assert status == 0
    assert {file["upload"] for file in report["files"]} == {"latest"}


def test_pipes_and_sockets_in_a_folder_do_not_hold_it_up(healthy_folder):
    os.mkfifo(healthy_folder / "pipe.pem")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(healthy_folder / "s"))
        status, report = diagnose(healthy_folder)

    assert status == 0
    assert set(problems(report)) == {"pipe.pem", "s"}


def test_a_folder_that_may_not_be_opened_is_told_and_the_rest_is_read(healthy_folder, unprivileged):
    write(healthy_folder, {"closed/server.pem": b"", "closed.pem": b"-----BEGIN CERTIFICATE-----\n"})
    (healthy_folder / "closed").chmod(0)
    (healthy_folder / "closed.pem").chmod(0)

    status, report = diagnose(healthy_folder, preexec_fn=unprivileged)
    assert status == 0
    told = problems(report)
    assert set(told) == {"closed", "closed.pem"}
    assert all("Permission denied" in text for texts in told.values() for text in texts)
    assert report["summary"]["verdict"] == "unknown"


@pytest.fixture
def unprivileged(healthy_folder: Path):
    """Makes permissions count for the superuser too, as whom containers run tests; gives the folder back at the end."""

    def drop() -> None:
        if os.geteuid() == 0:
            for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH (linux/capability.h)
                if ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
                    os._exit(99)

    yield drop
    for path in (healthy_folder, *healthy_folder.rglob("closed*")):
        path.chmod(0o700)


# What it refuses


def test_a_path_that_is_not_there(tmp_path, healthy_folder):
    words = refused(run(tmp_path / "nowhere"))
    assert words.endswith("nowhere: No such file or directory")

    assert "nowhere" in refused(run(healthy_folder, tmp_path / "nowhere"))


def test_a_pipe_by_its_name_does_not_wait_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    assert refused(run(tmp_path / "pipe")).endswith("pipe: neither a file nor a folder")
    assert "neither a file nor a folder" in refused(run("/dev/zero"))


def test_a_folder_that_may_not_be_opened(healthy_folder, unprivileged):
    healthy_folder.chmod(0)

    assert "Permission denied" in refused(run(healthy_folder, preexec_fn=unprivileged))


def test_a_link_to_itself(tmp_path):
    (tmp_path / "me").symlink_to("me")

    assert "symbolic links" in refused(run(tmp_path / "me"))


def test_a_name_that_is_too_long():
    assert "File name too long" in refused(run("a" * 5000))


def test_a_folder_without_files(tmp_path):
    (tmp_path / "empty" / "inner").mkdir(parents=True)

    assert refused(run(tmp_path / "empty")) == "diagnostics: no file among the paths given"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("notes.txt", b"to do\n", "Nothing in the file is recognised."),
        ("empty.pem", b"", "The file is empty."),
        ("log.tar.gz", b"\x1f\x8b\x08\x00", "The archive is damaged or cut off"),
        ("log.zip", b"PK\x03\x04" + bytes(100), "The archive is damaged or cut off"),
        ("shot.png", b"\x89PNG\r\n\x1a\n", "nothing is read from this kind yet"),
    ],
)
def test_what_is_no_certificate_and_no_configuration(name, content, why, tmp_path):
    words = refused(run(write(tmp_path, {name: content}) / name))

    assert words.startswith("diagnostics: nothing in the files given could be read as certificates or configuration; ")
    assert name in words
    assert why in words


def test_a_name_that_commands_the_terminal_is_no_command_in_a_complaint(tmp_path):
    words = refused(run(tmp_path / "\x1b[2J\nnowhere\u202e"))

    assert r"\x1b[2J nowhere\u202e" in words


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [""],
        ["--at", "yesterday", "."],
        ["--at", "2026-13-01", "."],
        ["--at", "0001-01-01T00:00:00+14:00", "."],
        ["--format", "xml", "."],
        ["--fail-on", "info", "."],
        ["--no-such-option", "."],
    ],
)
def test_wrong_arguments_are_explained_with_status_2(arguments):
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("python -m diagnostics: error: ")


# Where it writes


def test_a_reader_that_leaves_early_is_no_fault(sample_folder):
    """As with `| head -1`: the pipe is closed before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        for form in ("text", "json"):
            done = run(sample_folder, "--at", MOMENT, "--format", form, stdout=writing)
            assert (done.returncode, done.stderr) == (1, "")
    finally:
        os.close(writing)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is Linux's")
def test_a_full_disk_is_said(sample_folder):
    with open("/dev/full", "w") as full:
        done = run(sample_folder, "--at", MOMENT, stdout=full)

    assert done.returncode == 2
    assert done.stderr == "diagnostics: the report cannot be written: No space left on device\n"


def test_it_needs_no_product_around_it(tmp_path, healthy_folder):
    """Neither Django nor a setting is loaded: the engine runs alone."""
    script = (
        "import sys; from diagnostics.__main__ import main; "
        f"main([{str(healthy_folder)!r}, '--fail-on', 'never']); "
        "print([name for name in sys.modules if name.partition('.')[0] in ('django', 'celery', 'expcert')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=DEADLINE, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
