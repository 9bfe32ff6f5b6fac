"""The command line: `python -m diagnostics PATH...`. No database, no network, no settings."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import diagnose_reading
from diagnostics.reports.render import render
from diagnostics.reports.text import as_text
from diagnostics.rules.base import Severity

FOUND, UNUSABLE = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 nothing at or above --fail-on, 1 something is, 2 the input could not be used at all."""
    options = _parser().parse_args(arguments)
    try:
        files = list(_files(options.paths))
    except OSError as error:
        return _unusable(f"{error.filename}: {error.strerror}")
    if not files:
        return _unusable("no file among the paths given")
    reading = read(files)
    if not reading.observations:
        return _unusable("nothing in the files given could be read as certificates or configuration")
    report = render(diagnose_reading(reading, at=options.at))
    if options.format == "json":
        json.dump(report, sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(as_text(report))
    return FOUND if _fails(report["summary"], options.fail_on) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m diagnostics",
        description="Diagnoses a Cisco Expressway certificate set-up from the files that people have.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file, folder or archive, in any mix")
    parser.add_argument("--at", type=_moment, default=datetime.now(UTC), help="the moment to judge at (default: now)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--fail-on",
        choices=("critical", "high", "medium", "low", "never"),
        default="high",
        help="exit with 1 when a finding is at least this severe (default: high)",
    )
    return parser


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not a moment such as 2026-11-23T00:00:00Z: {text}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _files(paths: Sequence[Path]) -> Iterator[SourceFile]:
    """Every file under the paths; a folder's files are its members. Raises `OSError` where a path is not there."""
    for path in paths:
        name = path.resolve().name
        if path.is_dir():
            for file in sorted(item for item in path.rglob("*") if item.is_file()):
                yield SourceFile(name=name, member=file.relative_to(path).as_posix(), path=file)
        else:
            path.stat()
            yield SourceFile(name=name, path=path)


def _fails(summary: dict[str, int], fail_on: str) -> bool:
    if fail_on == "never":
        return False
    bar = Severity(fail_on).rank
    return any(summary[severity.value] for severity in Severity if severity.rank <= bar)


def _unusable(words: str) -> int:
    print(f"diagnostics: {words}", file=sys.stderr)
    return UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
