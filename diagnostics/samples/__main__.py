"""Writes the sample (or a healthy estate) out: `python -m diagnostics.samples DIR`."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from gettext import gettext
from pathlib import Path

from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.broken import sample_estate
from diagnostics.samples.healthy import healthy


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 written, 2 the folder holds something already or cannot be written."""
    options = _parser().parse_args(arguments)
    at: datetime = options.at or datetime.now(UTC)
    plan = healthy(at=at) if options.healthy else sample_estate(at)
    files = as_inventory(plan) if options.form == "inventory" else as_artefacts(plan)
    target: Path = options.directory
    try:
        if target.exists() and any(target.iterdir()):
            print(gettext("The folder {path} is not empty.").format(path=target), file=sys.stderr)
            return 2
        for path, content in files.items():
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    except OSError as error:
        print(gettext("Cannot write to {path}: {reason}").format(path=target, reason=error.strerror), file=sys.stderr)
        return 2
    for path in files:
        print(target / path)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m diagnostics.samples", description=gettext("Write a made-up estate as files.")
    )
    parser.add_argument("directory", type=Path, metavar="DIR", help=gettext("an empty or new folder"))
    parser.add_argument("--at", type=_moment, metavar="ISO", help=gettext("the moment it shows (default: now)"))
    parser.add_argument("--form", choices=("artefacts", "inventory"), default="artefacts")
    parser.add_argument("--healthy", action="store_true", help=gettext("without any fault"))
    return parser


def _moment(text: str) -> datetime:
    """ISO 8601; without a zone it is UTC. Raises ValueError, which argparse turns into a message."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    raise SystemExit(main())
