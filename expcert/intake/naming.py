"""Names of files as they were handed over, made fit to be shown and told apart."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

LONGEST_NAME = 400  # characters of a file's name that are kept
_LONGEST_EXTENSION = 20  # what is longer is no extension


def unique_names(paths: Iterable[str]) -> list[str]:
    """Relative paths made safe to show and different from each other; "server.pem" twice becomes "server (2).pem"."""
    taken: set[str] = set()
    tried: dict[str, int] = {}  # the last number that was given to a name: two thousand of one name ask once each
    names = []
    for path in paths:
        name = shown(path)
        stem, extension = posixpath.splitext(name)
        if len(extension) > _LONGEST_EXTENSION:
            stem, extension = name, ""
        first = name.casefold()
        number = tried.get(first, 1)
        while name.casefold() in taken:
            number += 1
            tail = f" ({number}){extension}"
            name = stem[: LONGEST_NAME - len(tail)] + tail
        tried[first] = number
        taken.add(name.casefold())
        names.append(name)
    return names


def shown(path: str) -> str:
    """A path without what leads out of its folder, and without letters that cannot be printed."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    name = "/".join(parts) or "file"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)[-LONGEST_NAME:]
