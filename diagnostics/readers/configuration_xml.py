"""The configuration as XML: `xconf_dump_*.xml` in a diagnostic log, or what `/configuration.xml` answers.

Nobody has published such a file. Known are the namespace and `SystemUnit/Name`; that the elements are the words of the
text dump's keys, and the numbers their `item`, is inferred. So it is read generically, nothing in it is taken as proven,
and what does not fit is passed over.
"""

from diagnostics.estate.observations import Source
from diagnostics.readers.base import Kind, Limits, Outcome, Taken
from diagnostics.readers.configuration_facts import Record, template_of
from diagnostics.readers.configuration_keys import EVERY_TEMPLATE, NUMBERED
from diagnostics.readers.wording import printable
from diagnostics.readers.xconfiguration import taken_of
from diagnostics.readers.xml_leaves import Leaf, Path, leaves_of

_PLAIN = frozenset(template.replace("#", "") for template in EVERY_TEMPLATE)


def read_configuration_xml(data: bytes, source: Source, limits: Limits) -> Taken:
    """The same facts as of the text dump."""
    found = leaves_of(data, "Configuration", lambda names: "".join(names) in _PLAIN)
    problems = [found.fault] if found.fault else []
    if found.refused or (problems and not found.leaves):
        return Taken(kind=Kind.CONFIGURATION_XML, outcome=Outcome.NOT_READ, problems=tuple(problems))
    records = [_record(leaf) for leaf in found.leaves]
    return taken_of(Kind.CONFIGURATION_XML, records, source, limits, problems=problems, proven=False)


def _record(leaf: Leaf) -> Record:
    shown = printable(words_of(leaf.path))
    return Record(shown=shown, template=template_of(shown), value=leaf.text, line=leaf.line)


def words_of(path: Path) -> str:
    """`Zones[1]/Zone[7]/Name[1]` as the text dump writes it: Zones Zone 7 Name.

    Every element has a number; it belongs to the key where the dump has one there, and where it is not 1.
    """
    words: list[str] = []
    template = ""
    for name, item in path:
        words.append(name)
        template += name.lower()
        if template in NUMBERED or item != 1:
            words.append(str(item))
            template += "#"
    return " ".join(words)
