"""Which node a source means.

A diagnostic archive's members carry a bare host name, an inventory the FQDN. In order: what the same container's
configuration says; the one node elsewhere that has this host name; the one name in its server certificate that starts
with it; the bare name itself. A snapshot or a login may have the address instead: the one node that has it; the full
name that its certificate is issued to; the address itself.

A file that names no node is called after its folder or archive. Where nothing bears that name, and all other files there
that name an Expressway name the same one, it is that one's.
"""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from diagnostics.estate.current import OF_OTHERS
from diagnostics.estate.observations import (
    CertificateFile,
    Fact,
    FactKey,
    Listing,
    NodeRef,
    Observation,
    Placement,
    Role,
    Sign,
    Slot,
    ZoneRef,
)
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.names import as_address


class NodeNames:
    """Resolves every `NodeRef` of a set of observations to a full name."""

    def __init__(self, batches: Sequence[Sequence[Observation]], certificates: Mapping[str, Certificate]) -> None:
        observations = [item for batch in batches for item in batch]
        self._known: dict[NodeRef, str] = {}
        by_ref = _facts_by_node(observations)
        for ref, facts in by_ref.items():
            self._known[ref] = _stated_name(ref, facts) or ""
        self._by_host = _by_host_name(self._known.values())
        self._by_address = _by_stated_address(by_ref, self._known)
        leaves = _leaves(observations, certificates)
        placed = _placed_nodes(observations)
        for ref in dict.fromkeys((*by_ref, *placed)):
            if not self._known.get(ref):
                self._known[ref] = self._found_name(ref, leaves.get(ref, ()))
        self._name_after_companions(by_ref, placed)

    def of(self, ref: NodeRef) -> str:
        """The node's full name, as written; compare case-folded."""
        return self._known.get(ref) or ref.name

    def key(self, ref: NodeRef) -> str:
        """The node's full name, case-folded."""
        return self.of(ref).casefold()

    def designated(self, name: str) -> str:
        """A name used elsewhere (a cluster peer, say) as the full name it stands for, where only one node fits."""
        if "." in name:
            return name
        full = self._by_host.get(name.casefold(), set())
        return next(iter(full)) if len(full) == 1 else name

    def _name_after_companions(self, facts: Mapping[NodeRef, Sequence[Fact]], placed: Sequence[NodeRef]) -> None:
        """What is called after its folder alone means the one Expressway that the other files there name."""
        named: dict[str, dict[str, NodeRef]] = defaultdict(dict)
        nameless: dict[NodeRef, None] = {}
        with_files = frozenset(placed)
        for ref in dict.fromkeys((*facts, *placed)):
            if _is_called_after_container(ref) and self._known[ref] == ref.name:
                nameless.setdefault(ref)
            elif ref.container and _is_own_file(ref, facts, with_files):
                named[ref.container].setdefault(self.key(ref), ref)
        for ref in nameless:
            there = list(named[ref.container or ""].values())
            if len(there) == 1 and not _differ(*(_addresses(facts.get(one, ())) for one in (ref, *there))):
                self._known[ref] = self.of(there[0])

    def _found_name(self, ref: NodeRef, leaves: Iterable[Certificate]) -> str:
        if (address := as_address(ref.name)) is not None:
            bearing = self._by_address.get(str(address), set()) or _full_names(leaves)
            return next(iter(bearing)) if len(bearing) == 1 else ref.name
        elsewhere = self._by_host.get(ref.name.casefold(), set())
        if len(elsewhere) == 1:
            return next(iter(elsewhere))
        prefix = ref.name.casefold() + "."
        carried = {
            name
            for leaf in leaves
            for name in (*leaf.names.dns, *leaf.subject.common_names)
            if name.casefold().startswith(prefix)
        }
        return carried.pop() if len(carried) == 1 else ref.name


def _facts_by_node(observations: Iterable[Observation]) -> dict[NodeRef, list[Fact]]:
    facts: dict[NodeRef, list[Fact]] = defaultdict(list)
    for item in observations:
        if not isinstance(item, Fact):
            continue
        subject = item.subject
        if isinstance(subject, NodeRef):
            facts[subject].append(item)
        elif isinstance(subject, ZoneRef) and isinstance(subject.owner, NodeRef):
            facts.setdefault(subject.owner, [])
    return facts


def _placed_nodes(observations: Iterable[Observation]) -> list[NodeRef]:
    told = (item for item in observations if isinstance(item, Placement | Listing | Sign))
    return [item.node for item in told if item.node is not None]


def _stated_name(ref: NodeRef, facts: Iterable[Fact]) -> str | None:
    said = {fact.key: str(fact.value) for fact in facts}
    if FactKey.FQDN in said:
        return said[FactKey.FQDN]
    host, domain = said.get(FactKey.HOST_NAME), said.get(FactKey.DOMAIN_NAME)
    if host and domain:
        return f"{host}.{domain}"
    return ref.name if ref.container is None and as_address(ref.name) is None else None


def _is_called_after_container(ref: NodeRef) -> bool:
    return bool(ref.container) and ref.name.casefold() == posixpath.basename(ref.container or "").casefold()


def _is_own_file(ref: NodeRef, facts: Mapping[NodeRef, Sequence[Fact]], with_files: frozenset[NodeRef]) -> bool:
    """Whether a file there is an Expressway's of that name; a Unified CM that an Expressway speaks of has none."""
    said = facts.get(ref, ())
    roles = {str(fact.value) for fact in said if fact.key is FactKey.ROLE}
    if any(not Role(role).is_expressway for role in roles & set(Role)):
        return False
    return ref in with_files or not said or any(fact.key not in OF_OTHERS for fact in said)


def _addresses(said: Iterable[Fact]) -> frozenset[str]:
    return frozenset(str(fact.value).casefold() for fact in said if fact.key is FactKey.ADDRESS)


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Addresses of two nodes; one that says none may be either."""
    return bool(one and other) and not one & other


def _by_stated_address(facts: Mapping[NodeRef, Iterable[Fact]], names: Mapping[NodeRef, str]) -> dict[str, set[str]]:
    """The nodes, by the addresses that are said of them."""
    found: dict[str, set[str]] = defaultdict(set)
    for ref, said in facts.items():
        for fact in said:
            address = as_address(str(fact.value)) if fact.key is FactKey.ADDRESS else None
            if address is not None and names[ref]:
                found[str(address)].add(names[ref])
    return found


def _full_names(leaves: Iterable[Certificate]) -> set[str]:
    """Common names that are full names, as a node's certificate bears its own; a multi-server one has another form."""
    names = {name for leaf in leaves for name in leaf.subject.common_names}
    return {name for name in names if "." in name and not name.partition(".")[0].endswith("-ms")}


def _by_host_name(names: Iterable[str]) -> dict[str, set[str]]:
    hosts: dict[str, set[str]] = defaultdict(set)
    for name in names:
        if "." in name:
            hosts[name.partition(".")[0].casefold()].add(name)
    return hosts


def _leaves(
    observations: Iterable[Observation], certificates: Mapping[str, Certificate]
) -> Mapping[NodeRef, Sequence[Certificate]]:
    files: dict[str, CertificateFile] = {}
    placements: list[Placement] = []
    for item in observations:
        if isinstance(item, CertificateFile):
            files[item.source.path] = item
        elif isinstance(item, Placement) and item.slot in (Slot.SERVER, Slot.TOMCAT):
            placements.append(item)
    leaves: dict[NodeRef, list[Certificate]] = defaultdict(list)
    of_path: dict[str, Certificate | None] = {}
    for placement in placements:
        path = placement.path
        if path not in of_path:
            of_path[path] = _leaf_of(files.get(path), certificates)
        if (leaf := of_path[path]) is not None:
            leaves[placement.node].append(leaf)
    return leaves


def _leaf_of(file: CertificateFile | None, certificates: Mapping[str, Certificate]) -> Certificate | None:
    """The first that is no CA's, else the first; None where none is at hand."""
    known = [certificates[item] for item in file.certificates if item in certificates] if file else []
    return next((item for item in known if item.ca is not True), known[0] if known else None)
