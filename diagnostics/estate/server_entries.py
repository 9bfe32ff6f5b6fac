"""Entries of Unified CM's System > Server, seen on Expressway-C, and the nodes that they mean.

Expressway-C names a zone after each entry. Where the entry is not the name that the node bears among the uploads, the
two must be brought together; where it is not sure, the entry stays a node of its own of which nothing was handed in,
for a wrong match would be a false alarm.
"""

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
    found = _unique_pairs(open_entries, candidates, _is_stated)
    open_entries = [entry for entry in open_entries if entry not in found]
    free = [item for item in candidates if not item.entries]
    for fits in (_has_address, _has_label, _carries):
        pairs = _unique_pairs(open_entries, free, fits)
        found |= pairs
        open_entries = [entry for entry in open_entries if entry not in pairs]
        free = [item for item in free if item.key not in pairs.values()]
    if len(open_entries) == 1 and len(free) == 1 and free[0].certain and not _is_neighbour(open_entries[0], free[0]):
        found[open_entries[0]] = free[0].key
    return found


def _unique_pairs(
    entries: Sequence[str], candidates: Sequence[Candidate], fits: Callable[[str, Candidate], bool]
) -> dict[str, str]:
    """Where one entry fits one node alone, and the node fits no other entry."""
    fitting = {entry: [item.key for item in candidates if fits(entry, item)] for entry in entries}
    claims = [key for keys in fitting.values() for key in keys]
    return {entry: keys[0] for entry, keys in fitting.items() if len(keys) == 1 and claims.count(keys[0]) == 1}


def _is_stated(entry: str, candidate: Candidate) -> bool:
    return written(entry) in candidate.entries


def _has_address(entry: str, candidate: Candidate) -> bool:
    address = as_address(entry)
    return address is not None and any(as_address(own) == address for own in candidate.addresses)


def _has_label(entry: str, candidate: Candidate) -> bool:
    return as_address(entry) is None and _label(entry) == _label(candidate.key)


def _is_neighbour(entry: str, candidate: Candidate) -> bool:
    """Likelier a subscriber of which no snapshot was handed in than an alias."""
    domain = normalised(entry).partition(".")[2]
    return as_address(entry) is None and domain != "" and domain == normalised(candidate.key).partition(".")[2]


def _label(name: str) -> str:
    return normalised(name).partition(".")[0]


def _carries(entry: str, candidate: Candidate) -> bool:
    return written(entry) in candidate.carried


def written(name: str) -> str:
    """A host name or address in the one form in which two are compared."""
    address = as_address(name)
    return str(address) if address is not None else normalised(name)
