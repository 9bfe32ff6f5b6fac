"""Which node a source means.

A diagnostic archive's members carry a bare host name, an inventory the FQDN. In order: what the same container's
configuration says; the one node elsewhere that has this host name; the one name in its server certificate that starts
with it; the bare name itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from diagnostics.estate.observations import CertificateFile, Fact, FactKey, NodeRef, Observation, Placement, Slot
from diagnostics.estate.observations import ZoneRef as _ZoneRef
from diagnostics.pki.certificate import Certificate


class NodeNames:
    """Resolves every `NodeRef` of a set of observations to a full name."""

    def __init__(self, batches: Sequence[Sequence[Observation]], certificates: Mapping[str, Certificate]) -> None:
        observations = [item for batch in batches for item in batch]
        self._known: dict[NodeRef, str] = {}
        by_ref = _facts_by_node(observations)
        for ref, facts in by_ref.items():
            self._known[ref] = _stated_name(ref, facts) or ""
        self._by_host = _by_host_name(self._known.values())
        leaves = _leaves(observations, certificates)
        for ref in dict.fromkeys((*by_ref, *_placed_nodes(observations))):
            if not self._known.get(ref):
                self._known[ref] = self._found_name(ref, leaves.get(ref, ()))

    def of(self, ref: NodeRef) -> str:
        """The node's full name, as written; compare case-folded."""
        return self._known.get(ref) or ref.name

    def designated(self, name: str) -> str:
        """A name used elsewhere (a cluster peer, say) as the full name it stands for, where only one node fits."""
        if "." in name:
            return name
        full = self._by_host.get(name.casefold(), set())
        return next(iter(full)) if len(full) == 1 else name

    def _found_name(self, ref: NodeRef, leaves: Iterable[Certificate]) -> str:
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
        elif isinstance(subject, _ZoneRef) and isinstance(subject.owner, NodeRef):
            facts.setdefault(subject.owner, [])
    return facts


def _placed_nodes(observations: Iterable[Observation]) -> list[NodeRef]:
    return [item.node for item in observations if isinstance(item, Placement)]


def _stated_name(ref: NodeRef, facts: Iterable[Fact]) -> str | None:
    said = {fact.key: str(fact.value) for fact in facts}
    if FactKey.FQDN in said:
        return said[FactKey.FQDN]
    host, domain = said.get(FactKey.HOST_NAME), said.get(FactKey.DOMAIN_NAME)
    if host and domain:
        return f"{host}.{domain}"
    return ref.name if ref.container is None else None


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
        elif isinstance(item, Placement) and item.slot is Slot.SERVER:
            placements.append(item)
    leaves: dict[NodeRef, tuple[Certificate, ...]] = {}
    for placement in placements:
        file = files.get(placement.path)
        if file and file.certificates and file.certificates[0] in certificates:
            leaves[placement.node] = (*leaves.get(placement.node, ()), certificates[file.certificates[0]])
    return leaves
