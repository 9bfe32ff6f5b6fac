"""The status XML of an Expressway: release and role.

Framing from a complete real X8.11.3 file: namespace `http://www.tandberg.no/XML/CUIL/1.0`, an `item` attribute on
every element, children in any order. What `Software/Configuration/Expressway` means (True: Expressway-E) is inferred
from its name, so it only counts where no traversal zone tells the role.
"""

from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from diagnostics.estate.observations import Fact, FactKey, FactValue, NodeRef, Observation, Role, Source
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.member_names import node_of_member


def read_xstatus(data: bytes, source: Source, limits: Limits) -> Taken:
    """Facts of the node that the file's name speaks of; the status XML itself does not name its node surely."""
    try:
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError) as error:
        problem = Problem(code=ProblemCode.MALFORMED, line=_line(error), params={"detail": _words(error)})
        return Taken(kind=Kind.XSTATUS_XML, outcome=Outcome.NOT_READ, problems=(problem,))
    node = node_of_member(source)
    if node is None:
        return Taken(kind=Kind.XSTATUS_XML, outcome=Outcome.NOT_READ, problems=(Problem(code=ProblemCode.WHICH_NODE),))
    facts = _facts(root, node, source, data)
    return Taken(kind=Kind.XSTATUS_XML, observations=tuple(facts), found={"facts": len(facts)})


def _facts(root: Element, node: NodeRef, source: Source, data: bytes) -> list[Observation]:
    facts: list[Observation] = []
    version = _text(root, "SystemUnit", "Software", "Version") or root.get("version", "")
    if version:
        facts.append(_fact(node, FactKey.VERSION, version, source, data, f">{version}<", f"Software/Version {version}"))
    edge = _text(root, "SystemUnit", "Software", "Configuration", "Expressway")
    if edge:
        role = Role.EXPRESSWAY_E if edge.casefold() == "true" else Role.EXPRESSWAY_C
        facts.append(
            _fact(node, FactKey.ROLE, role.value, source, data, "<Expressway ", f"Configuration/Expressway {edge}")
        )
    return facts


def _fact(node: NodeRef, key: FactKey, value: FactValue, source: Source, data: bytes, needle: str, text: str) -> Fact:
    position = data.find(needle.encode())
    line = data.count(b"\n", 0, position) + 1 if position >= 0 else None
    quoted = Source(upload=source.upload, member=source.member, line=line, text=text)
    return Fact(source=quoted, subject=node, key=key, value=value, proven=True)


def _text(element: Element, *path: str) -> str:
    for name in path:
        following = next((child for child in element if _local(child.tag) == name), None)
        if following is None:
            return ""
        element = following
    return (element.text or "").strip()


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _line(error: Exception) -> int | None:
    position = getattr(error, "position", None)
    return position[0] if position else None


def _words(error: Exception) -> str:
    return type(error).__name__ if isinstance(error, DefusedXmlException) else str(error)
