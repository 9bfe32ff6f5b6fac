"""The command line: `python -m diagnostics PATH...`. No database, no network, no settings."""

import argparse
import json
import logging
import os
import shutil
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from diagnostics.estate.observations import Source
from diagnostics.pki.passwords import LARGEST_FILE, Passwords, UnusablePasswords
from diagnostics.readers import FileReading, Kind, Outcome, Problem, ProblemCode, Reading, SourceFile, read
from diagnostics.reports.diagnosis import diagnose_reading
from diagnostics.reports.printable import escaped_json, printable
from diagnostics.reports.public import as_promised
from diagnostics.reports.render import render
from diagnostics.reports.text import WIDTH, as_text
from diagnostics.rules.base import Severity

FOUND, UNUSABLE, INTERRUPTED = 1, 2, 130
_WIDEST = 120  # columns; longer lines are hard to read, however wide the terminal is


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 nothing at or above --fail-on, 1 something is, 2 the input could not be used at all."""
    # Our own failures are in the report, by file or check; a traceback beside it would tell the caller nothing more.
    logging.getLogger("diagnostics").addHandler(logging.NullHandler())
    options = _parser().parse_args(arguments)
    try:
        passwords = _passwords(options.password_file)
    except UnusablePasswords as error:
        return _unusable(f"{options.password_file}: {error}")
    except OSError as error:
        return _unusable(f"{options.password_file}: {error.strerror}")
    try:
        found = _Found()
        for name, path in _named(options.paths):
            found.take(name, path)
    except OSError as error:
        return _unusable(f"{os.fsdecode(error.filename or '')}: {error.strerror}")
    if not found.files and not found.refused:
        return _unusable("no file among the paths given")
    # In this process: whoever runs it has the files at hand and can stop it, and would wait for a second interpreter. The
    # product reads what strangers hand over, and does so in a child (`readers.isolated`).
    reading = read(found.files, passwords=passwords)
    if not reading.observations:
        return _unusable(_why_nothing(reading, found.refused))
    reading = replace(reading, files=(*reading.files, *found.refused))
    report = render(diagnose_reading(reading, at=options.at))
    status = FOUND if _fails(report["summary"], options.fail_on) else 0
    try:
        _write(report, options.format)
    except BrokenPipeError:
        # Whoever read it has seen enough (`| head`). What is left in the buffer must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _unusable(f"the report cannot be written: {error.strerror}")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m diagnostics",
        description="Diagnoses a Cisco Expressway certificate set-up from the files that people have.",
    )
    parser.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="file, folder or archive, in any mix")
    parser.add_argument("--at", type=_moment, default=datetime.now(UTC), help="the moment to judge at (default: now)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--fail-on",
        choices=("critical", "high", "medium", "low", "never"),
        default="high",
        help="exit with 1 when a finding is at least this severe (default: high)",
    )
    parser.add_argument(
        "--password-file",
        type=_path,
        metavar="FILE",
        help="passwords that are tried on PKCS#12 containers, one on each line",
    )
    return parser


def _passwords(path: Path | None) -> Passwords:
    """Raises `OSError` and `UnusablePasswords`."""
    if path is None:
        return Passwords()
    with path.open("rb") as stream:  # a pipe is welcome: nothing of it stays on disk then
        return Passwords.from_lines(stream.read(LARGEST_FILE + 1))


def _path(text: str) -> Path:
    if not text:  # an unset variable in a script, which would mean the current folder
        raise argparse.ArgumentTypeError("an empty path")
    return Path(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        words = f"not a moment such as 2026-11-23T00:00:00Z: {printable(text)}"
        raise argparse.ArgumentTypeError(words) from error


def _named(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Each path once, under its last name; under more of it where two are called alike, so that both are kept."""
    whole = {Path(os.path.abspath(path)): path for path in paths}
    for place, path in whole.items():
        parts = place.parts[1:] or (str(place),)
        others = [other.parts[1:] for other in whole if other != place]
        length = 1
        while length < len(parts) and any(other[-length:] == parts[-length:] for other in others):
            length += 1
        yield "/".join(parts[-length:]), path


@dataclass(slots=True)
class _Found:
    """The files under the paths, and what among them is no file to be read."""

    files: list[SourceFile] = field(default_factory=list)
    refused: list[FileReading] = field(default_factory=list)

    def take(self, name: str, path: Path) -> None:
        """A path that was given. Raises `OSError` where it is not there or neither file nor folder."""
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(path).close()  # a folder that may not be opened at all is said at once
            self._folder(name, path)
        elif stat.S_ISREG(mode):
            self.files.append(SourceFile(name=_decoded(name), path=path))
        else:  # a pipe would wait for its writer, a device may never end
            raise OSError(None, "neither a file nor a folder", path)

    def _folder(self, name: str, top: Path) -> None:
        """Its files are its members. Linked folders are not entered, so that no circle is walked."""
        closed: list[OSError] = []
        for folder, folders, names in os.walk(top, onerror=closed.append):
            folders.sort()
            links = [item for item in folders if os.path.islink(os.path.join(folder, item))]
            for item in sorted((*names, *links)):
                self._member(name, top, Path(folder, item))
        for error in closed:
            # Reading it fails in the same way, and is then told as any file that cannot be read.
            path = Path(os.fsdecode(error.filename))
            self.files.append(SourceFile(name=_decoded(name), member=_member_name(path, top), path=path))

    def _member(self, name: str, top: Path, path: Path) -> None:
        member = _member_name(path, top)
        if path.is_file():
            self.files.append(SourceFile(name=_decoded(name), member=member, path=path))
            return
        self.refused.append(
            FileReading(
                source=Source(upload=_decoded(name), member=member),
                kind=Kind.UNKNOWN,
                size=0,
                outcome=Outcome.REFUSED,
                problems=(Problem(code=ProblemCode.NOT_A_FILE),),
            )
        )


def _member_name(path: Path, top: Path) -> str:
    return _decoded(path.relative_to(top).as_posix())


def _decoded(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 as escapes, so that two such names stay two."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _why_nothing(reading: Reading, refused: Sequence[FileReading]) -> str:
    """One line: that nothing could be used, and what was wrong with the first file where that is known."""
    words = "nothing in the files given could be read as certificates or configuration"
    troubled = [file for file in (*reading.files, *refused) if file.problems]
    if not troubled:
        return words
    ours = replace(reading, files=(troubled[0],))
    first = render(diagnose_reading(ours, at=datetime.now(UTC)))["files"][0]
    return f"{words}; {troubled[0].source.file_path}: {first['problems'][0]['text']}"


def _write(report: dict[str, Any], form: str) -> None:
    if form == "json":
        _answer_in("utf-8", sys.stdout)  # as JSON is (RFC 8259, 8.1), whatever the locale
        text = escaped_json(json.dumps(as_promised(report), ensure_ascii=False, indent=1)) + "\n"
    else:
        _answer_in(None, sys.stdout)
        columns = shutil.get_terminal_size((WIDTH, 24)).columns
        text = as_text(report, width=min(columns, _WIDEST))
    sys.stdout.write(text)
    sys.stdout.flush()


def _answer_in(encoding: str | None, stream: TextIO) -> None:
    """Write in `encoding` (None: as the locale has it); what it lacks comes out as an escape."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding=encoding or stream.encoding, errors="backslashreplace")


def _fails(summary: dict[str, int], fail_on: str) -> bool:
    if fail_on == "never":
        return False
    bar = Severity(fail_on).rank
    return any(summary[severity.value] for severity in Severity if severity.rank <= bar)


def _unusable(words: str) -> int:
    _answer_in(None, sys.stderr)
    print(f"diagnostics: {printable(words)}", file=sys.stderr)
    return UNUSABLE


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
