"""The lines of a terminal session as a person saw them, whatever the capture kept of how they came about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 4000  # characters of a line that are looked at

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]{0,20}[A-Za-z]|[()][A-Z0-9]|[=>])")
# As the platform's command line has it, with and without what erases it again.
_PAGER = re.compile(
    r"Press <enter> for \d{1,3} lines?, <space> for one page,? or <q> to quit[:.]?|Press any key to continue|-- ?more ?--",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TerminalLine:
    """A line, 1-based, as seen; `paged`: the pager asked on it before it went on."""

    text: str
    number: int
    paged: bool = False


def terminal_lines(text: str) -> Iterator[TerminalLine]:
    """Every line; the end of one that is longer than `LONGEST` is left out."""
    lines = text.split("\n") if "\n" in text else text.split("\r")
    for number, line in enumerate(lines, 1):
        yield _seen(line[:LONGEST], number)


def _seen(line: str, number: int) -> TerminalLine:
    if line.isprintable():
        shown = line
    else:
        line = _ESCAPE.sub("", line)
        # What was written over: the last thing that stands there, unless only blanks were put over the pager's line.
        parts = [part for part in (_erased(part) for part in line.split("\r")) if part.strip()]
        paged = any(_PAGER.search(part) for part in parts)
        rest = [part for part in (_PAGER.sub("", part) for part in parts) if part.strip()]
        return TerminalLine(rest[-1] if rest else "", number, paged)
    if _PAGER.search(shown):
        return TerminalLine(_PAGER.sub("", shown), number, paged=True)
    return TerminalLine(shown, number)


def _erased(text: str) -> str:
    """A backspace takes the letter before it away."""
    if "\x08" not in text:
        return text
    kept: list[str] = []
    for letter in text:
        if letter != "\x08":
            kept.append(letter)
        elif kept:
            kept.pop()
    return "".join(kept)
