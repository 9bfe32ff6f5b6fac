"""Whose configuration the records of one file are, where several nodes' dumps were pasted into one file.

Records of two nodes are never merged: where it is not certain at which record the next node begins, the file is not
read. A dump of one node that stands there twice is one node's.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from diagnostics.estate.observations import NodeRef, Source
from diagnostics.readers.configuration_facts import Record, values_of
from diagnostics.readers.member_names import container, node_of_member

_HOST, _DOMAIN, _DISPLAY = "ipdnshostname", "ipdnsdomainname", "systemunitname"
_HOST_FORM = re.compile(r"[A-Za-z0-9._-]{1,253}")

_MOST_SECTIONS = 100  # dumps in one file
_WHOLE_DUMP = 40  # settings that are taken; a dump of any node has more
Part = tuple[NodeRef, Sequence[Record]]


def parts_of(records: Sequence[Record], source: Source) -> list[Part] | None:
    """The records of each node. Empty: nothing says which node; None: several nodes, and it is not sure whose is what."""
    if _nodes_named(records) < 2:
        node = node_of_member(source) or _stated_node(records, source)
        return [(node, records)] if node else []
    for sections in (_by_restart(records), _by_break(records), _by_order(records)):
        parts = _named_parts(list(sections), source)
        if parts is not None:
            return parts
    return None


def _nodes_named(records: Sequence[Record]) -> int:
    return max(len({value.casefold() for value in values_of(records, path)}) for path in (_HOST, _DOMAIN, _DISPLAY))


def _stated_node(records: Sequence[Record], source: Source) -> NodeRef | None:
    # SystemUnit Name is for display, and often the host name all the same.
    hosts = [value for value in values_of(records, _HOST) if not re.search(r"\s", value)]
    names = hosts or [value for value in values_of(records, _DISPLAY) if _HOST_FORM.fullmatch(value)]
    return NodeRef(name=names[0], container=container(source)) if names else None


def _named_parts(sections: list[list[Record]], source: Source) -> list[Part] | None:
    """None unless every section has a host name and is one node's; sections of the same node are joined."""
    if len(sections) > _MOST_SECTIONS:
        return None
    named: dict[tuple[str, str], list[Record]] = {}
    for section in sections:
        hosts = values_of(section, _HOST)
        if len(hosts) != 1 or _nodes_named(section) > 1 or _is_scrap(section):
            return None
        domain = "".join(values_of(section, _DOMAIN))
        named.setdefault((hosts[0].casefold(), domain.casefold()), []).extend(section)
    hosts = [host for host, _ in named]
    parts: list[Part] = []
    for (host, domain), section in named.items():
        shown = values_of(section, _HOST)[0]
        if hosts.count(host) == 1:
            parts.append((NodeRef(name=shown, container=container(source)), section))
        elif domain:
            parts.append((NodeRef(name=f"{shown}.{values_of(section, _DOMAIN)[0]}"), section))
        else:
            return None
    return parts


def _is_scrap(section: Sequence[Record]) -> bool:
    """A few settings out of order: what stands behind the break may be another node's."""
    order = [_place_in_order(item.shown) for item in section]
    return len(section) < _WHOLE_DUMP and any(later < earlier for earlier, later in pairwise(order))


def _by_restart(records: Sequence[Record]) -> Iterator[list[Record]]:
    """A new one wherever the setting stands that the first one begins with."""
    first = records[0].shown.casefold()
    yield from _sections(records, [place for place, item in enumerate(records) if item.shown.casefold() == first])


def _by_break(records: Sequence[Record]) -> Iterator[list[Record]]:
    """A new one behind everything that is no setting, such as a prompt."""
    yield from _sections(records, [place for place, item in enumerate(records) if item.begins])


def _by_order(records: Sequence[Record]) -> Iterator[list[Record]]:
    """A new one wherever the alphabetical order of a dump breaks."""
    order = [_place_in_order(item.shown) for item in records]
    yield from _sections(records, [place for place in range(1, len(order)) if order[place] < order[place - 1]])


def _sections(records: Sequence[Record], starts: list[int]) -> Iterator[list[Record]]:
    edges = sorted({0, *starts, len(records)})
    for begin, end in pairwise(edges):
        yield list(records[begin:end])


def _place_in_order(shown: str) -> list[tuple[int, str]]:
    return [
        (int(word[:9]), "") if word.isascii() and word.isdigit() else (-1, word) for word in shown.casefold().split()
    ]
