"""Entries of Unified CM's System > Server, seen on Expressway-C, and the nodes that they mean.

Expressway-C names a zone after each entry. Where the entry is not the name that the node bears among the uploads, the
two must be brought together; where it is not sure, the entry stays a node of its own of which nothing was handed in,
for a wrong match would be a false alarm.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from diagnostics.pki.names import as_address, normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A Unified CM node at hand.

    Attributes:
        key: its case-folded name.
        carried: names and addresses in its certificates, as `written` has them.
        entries: what is known to mean it already, as `written` has it.
        certain: it is a Unified CM beyond doubt; a snapshot of Unity Connection looks like one of a bare Unified CM.
    """

    key: str
    addresses: tuple[str, ...]
    carried: frozenset[str]
    entries: frozenset[str]
    certain: bool


def matched(entries: Iterable[str], candidates: Sequence[Candidate]) -> Mapping[str, str]:
    """Entry -> key of the node that it surely means.

    1. The node of which somebody said so. What follows looks at nodes of which nobody said anything.
    2. The one node with that address.
    3. The one node with that host label, if no other entry has it.
    4. The one node whose certificates carry it, if they carry no other entry.
    5. The last entry for the last node, unless it names another host of that node's domain.
    """
    open_entries = list(dict.fromkeys(entries))
    found = _unique_pairs(open_entries, candidates, _STATED)
    open_entries = [entry for entry in open_entries if entry not in found]
    free = [item for item in candidates if not item.entries]
    for by in (_ADDRESS, _LABEL, _CARRIED):
        pairs = _unique_pairs(open_entries, free, by)
        found |= pairs
        open_entries = [entry for entry in open_entries if entry not in pairs]
        taken = set(pairs.values())
        free = [item for item in free if item.key not in taken]
    if len(open_entries) == 1 and len(free) == 1 and free[0].certain and not _is_neighbour(open_entries[0], free[0]):
        found[open_entries[0]] = free[0].key
    return found


def _unique_pairs(entries: Sequence[str], candidates: Sequence[Candidate], by: "_By") -> dict[str, str]:
    """Where one entry fits one node alone, and the node fits no other entry."""
    fitting: dict[str, list[str]] = defaultdict(list)
    for item in candidates:
        for mark in by.of_node(item):
            fitting[mark].append(item.key)
    marks = {entry: said for entry in entries if (said := by.of_entry(entry)) is not None}
    claims = Counter(key for mark in marks.values() for key in fitting.get(mark, ()))
    return {
        entry: keys[0]
        for entry, mark in marks.items()
        if len(keys := fitting.get(mark, [])) == 1 and claims[keys[0]] == 1
    }


@dataclass(frozen=True, slots=True)
class _By:
    """What an entry and the node that it means have in common; an entry that has no such thing (None) fits none."""

    of_entry: Callable[[str], str | None]
    of_node: Callable[[Candidate], Iterable[str]]


def _address(name: str) -> str | None:
    address = as_address(name)
    return str(address) if address is not None else None


def _host(entry: str) -> str | None:
    return None if as_address(entry) is not None else _label(entry)


def _is_neighbour(entry: str, candidate: Candidate) -> bool:
    """Likelier a subscriber of which no snapshot was handed in than an alias."""
    domain = normalised(entry).partition(".")[2]
    return as_address(entry) is None and domain != "" and domain == normalised(candidate.key).partition(".")[2]


def _label(name: str) -> str:
    return normalised(name).partition(".")[0]


def written(name: str) -> str:
    """A host name or address in the one form in which two are compared."""
    address = as_address(name)
    return str(address) if address is not None else normalised(name)


_STATED = _By(written, lambda node: node.entries)
_ADDRESS = _By(_address, lambda node: {text for own in node.addresses if (text := _address(own)) is not None})
_LABEL = _By(_host, lambda node: (_label(node.key),))
_CARRIED = _By(written, lambda node: node.carried)
