"""The texts in an XML file of an Expressway, taken while it is parsed; no tree is built.

Configuration and status have one dialect: namespace `http://www.tandberg.no/XML/CUIL/1.0`, an `item` number on every
element, children in any order (from a real X8.11.3 status). Names are compared without namespace and case.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from diagnostics.pki.loading import utf16_as_utf8
from diagnostics.readers.base import Problem
from diagnostics.readers.flaws import Flaw, Flawed, malformed
from diagnostics.readers.secret_settings import is_secret_name, is_secret_value
from diagnostics.readers.wording import LONGEST_VALUE, printable

_DEEPEST = 60  # elements inside elements; a real file has about 10
_LONGEST_GAP = 64 * 1024  # bytes without a ">"; the parser holds a tag and all its attributes in memory
_MOST_ELEMENTS = 1_000_000  # a real file has 4,000; what fits into 16 MiB otherwise would take many seconds
_MOST_LEAVES = 100_000  # of those that are wanted; 1,000 zones have about 20,000
_ITEM = re.compile(r"[0-9]{1,9}")

# Element names as written and their item numbers, from below the root on.
Path = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """An element with text and nothing else in it; the text is fit to be shown and never a secret."""

    path: Path
    text: str
    line: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name.casefold() for name, _ in self.path)


@dataclass(slots=True, kw_only=True)
class Leaves:
    """What was taken from a file.

    Attributes:
        release: the `version` that the root element states; empty where it states none.
        fault: what ended the reading before the end of the file.
        refused: it was made to do harm, or is no file of the kind: nothing of it counts.
    """

    release: str = ""
    leaves: list[Leaf] = field(default_factory=list)
    fault: Problem | None = None
    refused: bool = False


def leaves_of(data: bytes, root: str, wanted: Callable[[tuple[str, ...]], bool]) -> Leaves:
    """The leaves below the outermost element called `root`, as far as `wanted` wants their case-folded names.

    What stands around the document (the head of an HTTP answer, a prompt) is passed over, and the lines count all the
    same. A file that was cut off gives what came before.
    """
    data, encoding = _as_utf8(data)
    begin = max(data.find(b"<"), 0)
    walk = _Walk(root.casefold(), wanted, data.count(b"\n", 0, begin))
    document = memoryview(data)[begin:]
    try:
        _check_gaps(data, begin)
        walk.parse(document, encoding)
    except ParseError as error:
        walk.stopped(error, data[begin:])
    except DefusedXmlException:
        walk.refuse(Flawed(Flaw.ENTITIES))
    except Flawed as flawed:
        walk.refuse(flawed)
    except (ValueError, LookupError) as error:
        walk.refuse(Flawed(Flaw.PARSER, said=str(error)))
    return walk.taken


def _as_utf8(data: bytes) -> tuple[bytes, str | None]:
    """UTF-16 is turned into UTF-8: where a shell wrote the file, its declaration still says UTF-8."""
    converted = utf16_as_utf8(data)
    return (converted, "utf-8") if converted is not None else (data, None)


def _check_gaps(data: bytes, begin: int) -> None:
    position = begin
    while position + _LONGEST_GAP < len(data):
        end = data.rfind(b">", position, position + _LONGEST_GAP)
        if end < 0:
            raise Flawed(Flaw.TEXT_TOO_LONG)
        position = end + 1


class _Walk:
    """The target of the parser: one pass, a path of names, and the texts that are wanted."""

    def __init__(self, root: str, wanted: Callable[[tuple[str, ...]], bool], lines_before: int) -> None:
        self.taken = Leaves()
        self._root, self._wanted, self._lines_before = root, wanted, lines_before
        self._path: list[tuple[str, int]] = []
        self._folded: list[str] = []
        self._inside = self._finished = False
        self._depth = self._elements = 0
        self._text: list[str] | None = None
        self._length = self._line = 0

    def parse(self, document: memoryview, encoding: str | None) -> None:
        parser = DefusedXMLParser(target=self, encoding=encoding)
        self._expat = parser.parser
        parser.feed(document)
        parser.close()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Flawed(Flaw.ELEMENTS_TOO_DEEP)
        if self._elements > _MOST_ELEMENTS:
            raise Flawed(Flaw.TOO_MANY_ELEMENTS)
        name = tag.rpartition("}")[2]
        if self._inside:
            item = attributes.get("item", "1")
            self._path.append((name, int(item) if _ITEM.fullmatch(item) else 1))
            self._folded.append(name.casefold())
            self._text, self._length = [], 0
            self._line = self._expat.CurrentLineNumber
        elif name.casefold() == self._root and not self._finished:
            self._inside = True
            self.taken.release = attributes.get("version", "").strip()

    def data(self, text: str) -> None:
        if self._text is not None and self._length <= LONGEST_VALUE:
            self._text.append(text)
            self._length += len(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if not self._inside:
            return
        if not self._path:
            self._inside, self._finished = False, True
            return
        if self._text is not None:
            self._keep("".join(self._text).strip())
        self._text = None
        self._path.pop()
        self._folded.pop()

    def close(self) -> None:
        if not self._finished:
            raise Flawed(Flaw.NO_ELEMENT, element=self._root.capitalize())

    def _keep(self, text: str) -> None:
        if not text or len(text) > LONGEST_VALUE or is_secret_name(self._folded[-1]) or is_secret_value(text):
            return
        if not self._wanted(tuple(self._folded)):
            return
        if len(self.taken.leaves) >= _MOST_LEAVES:
            raise Flawed(Flaw.TOO_MANY_SETTINGS)
        self.taken.leaves.append(
            Leaf(path=tuple(self._path), text=printable(text), line=self._lines_before + self._line)
        )

    def stopped(self, error: ParseError, document: bytes) -> None:
        """Cut off or not well-formed; behind the end of the document, only a further one is a fault."""
        line = self._lines_before + error.position[0]
        if self._finished:
            rest = document[self._expat.ErrorByteIndex :].lstrip()
            if rest.startswith(b"<"):
                self.taken.fault = malformed(Flaw.SECOND_DOCUMENT, line=line)
            return
        self.taken.fault = malformed(Flaw.PARSER, line=line, said=str(error))

    def refuse(self, flawed: Flawed) -> None:
        self.taken.leaves.clear()
        self.taken.refused = True
        self.taken.fault = malformed(flawed.flaw, line=None, **flawed.params)
