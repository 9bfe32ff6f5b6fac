"""Which node a source means.

A diagnostic archive's members carry a bare host name, an inventory the FQDN. In order: what the same container's
configuration says; the one node elsewhere that has this host name; the one name in its server certificate that starts
with it; the bare name itself. A snapshot or a login may have the address instead: the one node that has it; the full
name that its certificate is issued to; the address itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from diagnostics.estate.observations import (
    CertificateFile,
    Fact,
    FactKey,
    Listing,
    NodeRef,
    Observation,
    Placement,
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
        for ref in dict.fromkeys((*by_ref, *_placed_nodes(observations))):
            if not self._known.get(ref):
                self._known[ref] = self._found_name(ref, leaves.get(ref, ()))

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
) -> dict[NodeRef, tuple[Certificate, ...]]:
    files: dict[str, CertificateFile] = {}
    placements: list[Placement] = []
    for item in observations:
        if isinstance(item, CertificateFile):
            files[item.source.path] = item
        elif isinstance(item, Placement) and item.slot in (Slot.SERVER, Slot.TOMCAT):
            placements.append(item)
    leaves: dict[NodeRef, tuple[Certificate, ...]] = {}
    for placement in placements:
        file = files.get(placement.path)
        known = [certificates[item] for item in file.certificates if item in certificates] if file else []
        if known:
            leaf = next((item for item in known if item.ca is not True), known[0])
            leaves[placement.node] = (*leaves.get(placement.node, ()), leaf)
    return leaves
