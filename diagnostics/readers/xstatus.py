"""The status XML of an Expressway: release and role.

Framing from a complete real X8.11.3 file: namespace `http://www.tandberg.no/XML/CUIL/1.0`, an `item` attribute on
every element, children in any order. What `Software/Configuration/Expressway` means (True: Expressway-E) is inferred
from its name, so it only counts where no traversal zone tells the role.
"""

import re
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from diagnostics.estate.observations import Fact, FactKey, FactValue, NodeRef, Observation, Role, Source
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.member_names import node_of_member

_VERSION = ("Status", "SystemUnit", "Software", "Version")
_EXPRESSWAY = ("Status", "SystemUnit", "Software", "Configuration", "Expressway")
_DEEPEST = 100  # elements inside elements; a real file has about 10
_LONGEST_GAP = 64 * 1024  # bytes without a ">"; the parser holds a tag and all its attributes in memory
_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,39}")


def read_xstatus(data: bytes, source: Source, limits: Limits) -> Taken:
    """Facts of the node that the file's name speaks of; the status XML itself does not name its node surely."""
    try:
        wanted = _parsed(data)
    except (ParseError, DefusedXmlException, ValueError) as error:
        problem = Problem(code=ProblemCode.MALFORMED, line=_line(error), params={"detail": _words(error)})
        return Taken(kind=Kind.XSTATUS_XML, outcome=Outcome.NOT_READ, problems=(problem,))
    node = node_of_member(source)
    if node is None:
        return Taken(kind=Kind.XSTATUS_XML, outcome=Outcome.NOT_READ, problems=(Problem(code=ProblemCode.WHICH_NODE),))
    facts = _facts(wanted, node, source, data)
    return Taken(kind=Kind.XSTATUS_XML, observations=tuple(facts), found={"facts": len(facts)})


class _Wanted:
    """Takes the few texts that are wanted while the file is parsed; no tree is built."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, ...], str] = {}
        self.release = ""  # as the outermost element has it
        self._path: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path:
            self.release = attributes.get("version", "")
        self._path.append(tag.rpartition("}")[2])
        if len(self._path) > _DEEPEST:
            raise ValueError("elements are nested too deeply")

    def end(self, tag: str) -> None:
        self._path.pop()

    def data(self, text: str) -> None:
        path = tuple(self._path)
        if path in (_VERSION, _EXPRESSWAY):
            self.texts[path] = (self.texts.get(path, "") + text)[:200]


def _parsed(data: bytes) -> _Wanted:
    position = 0
    while position + _LONGEST_GAP < len(data):
        end = data.rfind(b">", position, position + _LONGEST_GAP)
        if end < 0:
            raise ValueError("a tag or text is longer than any in a status file")
        position = end + 1
    wanted = _Wanted()
    parser = DefusedXMLParser(target=wanted)
    parser.feed(data)
    parser.close()
    return wanted


def _facts(wanted: _Wanted, node: NodeRef, source: Source, data: bytes) -> list[Observation]:
    facts: list[Observation] = []
    version = wanted.texts.get(_VERSION, "").strip() or wanted.release.strip()
    if _RELEASE.fullmatch(version):
        facts.append(_fact(node, FactKey.VERSION, version, source, data, f">{version}<", f"Software/Version {version}"))
    edge = wanted.texts.get(_EXPRESSWAY, "").strip().casefold()
    if edge in ("true", "false"):
        role = Role.EXPRESSWAY_E if edge == "true" else Role.EXPRESSWAY_C
        words = f"Configuration/Expressway {edge.capitalize()}"
        facts.append(_fact(node, FactKey.ROLE, role.value, source, data, "<Expressway ", words))
    return facts


def _fact(node: NodeRef, key: FactKey, value: FactValue, source: Source, data: bytes, needle: str, text: str) -> Fact:
    position = data.find(needle.encode())
    line = data.count(b"\n", 0, position) + 1 if position >= 0 else None
    quoted = Source(upload=source.upload, member=source.member, line=line, text=text)
    return Fact(source=quoted, subject=node, key=key, value=value, proven=True)


def _line(error: Exception) -> int | None:
    position = getattr(error, "position", None)
    return position[0] if position else None


def _words(error: Exception) -> str:
    return "entities are not taken" if isinstance(error, DefusedXmlException) else str(error)
