"""The status of an Expressway as text: `xstat_dump_*.txt` in a diagnostic log, or what `xStatus` prints.

From code that reads real devices: a section opens with `*s SystemUnit: /` and ends with `*s/end`, fields look like
`Build: "oak_v8.11.3_rc_3"`. That deeper levels are indented and numbers follow their word (`Zone 1:`) is how the manual of
the product's predecessor prints them; the file itself was not seen. So nothing in it is taken as proven, and text that
lost its indentation says nothing.
"""

import re
from collections.abc import Iterator

from diagnostics.estate.observations import NodeRef, Source
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.flaws import Flaw, malformed
from diagnostics.readers.secret_settings import is_secret_name, is_secret_value
from diagnostics.readers.status_facts import StatusFacts, is_wanted
from diagnostics.readers.wording import LONGEST_VALUE, decoded, printable, without_keys
from diagnostics.readers.xml_leaves import Leaf, Path
from diagnostics.readers.xstatus import taken_from

_DEEPEST = 60
_MOST_LEAVES = 100_000
# A field, the beginning of a section or its end; `(type=H323Id, origin=Endpoint)` may stand before the colon.
_LINE = re.compile(
    r"^(?P<indent>[ \t]{0,120})(?:(?P<mark>\*s )(?P<blank>[ \t]{0,20}))?"
    r"(?P<words>[A-Za-z][\w.-]{0,60}(?: [\w.-]{1,60}){0,12})(?: ?\([^)\r\n]{0,200}\))?:"
    r"(?:[ \t]{1,20}(?P<value>[^\r\n]{0,1200}))?\r?$"
    r"|^[ \t]{0,20}(?P<end>\*s/end)",
    re.MULTILINE,
)


def read_xstatus_text(data: bytes, source: Source, limits: Limits, *, node: NodeRef | None = None) -> Taken:
    """The same as from the status XML; `node`: whose status it is, where something else tells it."""
    text, keys = without_keys(decoded(data))
    problems = [Problem(code=ProblemCode.PRIVATE_KEY, line=line) for line in keys]
    sections = _Sections(text if "\n" in text else text.replace("\r", "\n"))
    leaves = list(sections.leaves())
    if sections.open_since is not None:
        problems.append(malformed(Flaw.SECTION_NOT_ENDED, line=sections.open_since))
    if sections.second is not None:
        problems.append(malformed(Flaw.SECOND_STATUS, line=sections.second))
    if sections.more:
        problems.append(Problem(code=ProblemCode.TOO_LARGE, params={"limit": f"{_MOST_LEAVES} fields"}))
    if not sections.count:
        wrong = malformed(Flaw.NO_SECTION)
        return Taken(kind=Kind.XSTATUS_TEXT, outcome=Outcome.NOT_READ, problems=(*problems, wrong))
    status = StatusFacts(source, leaves, proven=False)
    return taken_from(Kind.XSTATUS_TEXT, status, source, limits, problems, node=node)


class _Sections:
    """The fields of all sections, with the path of the sections and containers that each stands in."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.count = 0
        self.more = False
        self.open_since: int | None = None  # line of a section without end
        self.second: int | None = None  # line at which a further status begins
        self._begun: set[str] = set()
        self._around: list[tuple[int, Path]] = []  # indentation and path of every open container

    def leaves(self) -> Iterator[Leaf]:
        line, done, kept = 1, 0, 0
        for found in _LINE.finditer(self._text):
            line += self._text.count("\n", done, found.start())
            done = found.start()
            if found["end"]:
                self._around, self.open_since = [], None
                continue
            if found["mark"] and self._begins_again(found["words"]):
                self.second = line
                return
            path = self._path(found, line)
            value = _value(found["value"] or "")
            if path is None or not value or value == "/":
                continue
            if is_secret_name(path[-1][0]) or is_secret_value(value) or len(value) > LONGEST_VALUE:
                continue
            if is_wanted(tuple(name.casefold() for name, _ in path)):
                kept += 1
                if kept > _MOST_LEAVES:
                    self.more = True
                    return
                yield Leaf(path=path, text=printable(value), line=line)

    def _begins_again(self, words: str) -> bool:
        """Every status has its own `SystemUnit`, so the next one is another node's, or of another time."""
        again = words.casefold() in self._begun
        self._begun.update({words.casefold()} if words.casefold().startswith("systemunit") else ())
        return again

    def _path(self, found: re.Match[str], line: int) -> Path | None:
        """Where the field stands; None outside of any section. One without a value may hold others."""
        words = _numbered(found["words"])
        is_container = (found["value"] or "").strip() in ("", "/")
        if found["mark"]:
            self.count += 1
            self._around = [(-1, words)] if is_container else []
            self.open_since = line if is_container else None
            return words
        if not self._around:
            return None
        indent = len(found["indent"].expandtabs(8))
        while len(self._around) > 1 and self._around[-1][0] >= indent:
            self._around.pop()
        path = self._around[-1][1] + words
        if is_container and len(self._around) < _DEEPEST:
            self._around.append((indent, path))
        return path


def _numbered(words: str) -> Path:
    """`Zones Zone 1` is Zones and Zone number 1."""
    path: list[tuple[str, int]] = []
    for word in words.split(" "):
        if path and word.isascii() and word.isdigit():
            path[-1] = (path[-1][0], int(word[:9]))
        else:
            path.append((word, 1))
    return tuple(path)


def _value(text: str) -> str:
    text = text.strip()
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] == '"' else text
