"""What an upload changes: the estate before it against the estate after it, node by node.

Shown before anything is replaced, and kept as history. Certificates are named by their SHA-256 with the few facts that a
page shows beside it, so that what was stored can be read without the certificates themselves.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from diagnostics.estate.fact_values import Values, facts_of_node, facts_of_zone, one, several
from diagnostics.estate.model import Cluster, Deployment, InstalledCertificate, Node, TrustStore, Zone
from diagnostics.estate.observations import FactKey, Role, Slot, StoreName
from diagnostics.pki.certificate import Certificate

FORMAT = "expcert-changes/1"


class ChangeKind(StrEnum):
    """What happens to one thing."""

    ADDED = "added"  # nothing was known of it before
    REPLACED = "replaced"  # something else was known of it
    REMOVED = "removed"  # nothing is known of it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A certificate as a page names it.

    Attributes:
        sha256: of the DER, lower-case hex.
        name: the common name of its subject, else the whole subject.
        issuer: the same of its issuer.
        not_before, not_after: as 2026-01-15T10:30:00Z; None where they could not be read.
    """

    sha256: str
    name: str
    issuer: str
    not_before: str | None
    not_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotChange:
    """The certificate of a slot; exactly one of `before` and `after` may be None, which is: no certificate known.

    `older`: what comes has an earlier start of validity than what goes, as an old copy has; worth a second look.
    """

    kind: ChangeKind
    slot: Slot
    before: Shown | None
    after: Shown | None
    older: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """The entries of a list of trusted certificates.

    Attributes:
        before, after: how many entries; None: the list was not, or is no longer, known.
        added, removed: entries by their SHA-256, in the order of the list that has them; a certificate that stands
            twice counts once.
        reordered: the same entries in another order, and nothing else.
    """

    kind: ChangeKind
    store: StoreName
    before: int | None
    after: int | None
    added: tuple[Shown, ...] = ()
    removed: tuple[Shown, ...] = ()
    reordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """A fact of a node, of a zone of its cluster, or of the deployment.

    Attributes:
        key: what it is; `ZONE_NAME` where a whole zone comes or goes.
        zone: name of the zone; None where it is a fact of the node or deployment.
        before, after: the values, in the order said; empty: nothing was, or is, known. "true" and "false" for switches.
    """

    kind: ChangeKind
    key: FactKey
    zone: str | None
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeChange:
    """All that changes on one node.

    Attributes:
        node: its full name; empty: what belongs to the whole deployment (Mobile and Remote Access).
        cluster, role: as they are afterwards; of a node that is gone, as they were; empty and None for the deployment.
        kind: ADDED: a new node; REMOVED: nothing speaks of it any more; REPLACED: something of it changes; None:
            nothing of it does.
        slots, lists, facts: what changes; of a new node, all that is known.
        untouched: slots and lists that stay as they are.
    """

    node: str
    cluster: str
    role: Role | None
    kind: ChangeKind | None
    slots: tuple[SlotChange, ...] = ()
    lists: tuple[ListChange, ...] = ()
    facts: tuple[FactChange, ...] = ()
    untouched: tuple[Slot | StoreName, ...] = ()

    @property
    def each(self) -> tuple[SlotChange | ListChange | FactChange, ...]:
        return (*self.slots, *self.lists, *self.facts)

    @property
    def replaces(self) -> bool:
        """Whether anything known is lost: a certificate, an entry of a list, a value."""
        return any(item.kind is not ChangeKind.ADDED for item in self.each) or self.kind is ChangeKind.REMOVED


def replaces(found: Iterable[NodeChange]) -> bool:
    """Whether anything that was known is replaced or lost."""
    return any(item.replaces for item in found)


def changes(before: Deployment, after: Deployment) -> tuple[NodeChange, ...]:
    """Every node of either estate, in the order of the clusters: new ones, changed ones, untouched ones, lost ones last.

    What belongs to the whole deployment comes first, and only where it changes.
    """
    old = {node.fqdn.casefold(): node for node in before.nodes()}
    new = {node.fqdn.casefold(): node for node in after.nodes()}
    zones, lists = _zone_changes(before, after), _Lists()
    found = [*_of_all(before, after)]
    found += [_node_change(old.get(key), node, zones.get(key, ()), lists) for key, node in new.items()]
    found += [_lost(node, lists) for key, node in old.items() if key not in new]
    return tuple(found)


def _of_all(before: Deployment, after: Deployment) -> Iterator[NodeChange]:
    facts = tuple(
        _fact_changes(
            {
                FactKey.MRA_ENABLED: one(before.mra.enabled),
                FactKey.MRA_DOMAIN: several(before.mra.domains),
            },
            {FactKey.MRA_ENABLED: one(after.mra.enabled), FactKey.MRA_DOMAIN: several(after.mra.domains)},
        )
    )
    if facts:
        kind = ChangeKind.REPLACED if any(item.before for item in facts) else ChangeKind.ADDED
        yield NodeChange(node="", cluster="", role=None, kind=kind, facts=facts)


def _node_change(old: Node | None, new: Node, zones: Sequence[FactChange], compare: "_Lists") -> NodeChange:
    slots = tuple(_slot_changes(old.certificates if old else {}, new.certificates))
    lists = tuple(compare.changes(old.trust if old else {}, new.trust))
    facts = (*_fact_changes(facts_of_node(old) if old else {}, facts_of_node(new)), *zones)
    touched = {*(item.slot for item in slots), *(item.store for item in lists)}
    places: tuple[Slot | StoreName, ...] = (*new.certificates, *new.trust)
    changed = ChangeKind.REPLACED if slots or lists or facts else None
    return NodeChange(
        node=new.fqdn,
        cluster=new.cluster,
        role=new.role,
        kind=ChangeKind.ADDED if old is None else changed,
        slots=slots,
        lists=lists,
        facts=facts,
        untouched=tuple(place for place in places if place not in touched),
    )


def _lost(old: Node, compare: "_Lists") -> NodeChange:
    return NodeChange(
        node=old.fqdn,
        cluster=old.cluster,
        role=old.role,
        kind=ChangeKind.REMOVED,
        slots=tuple(_slot_changes(old.certificates, {})),
        lists=tuple(compare.changes(old.trust, {})),
        facts=tuple(_fact_changes(facts_of_node(old), {})),
    )


def _kind(before: object, after: object) -> ChangeKind:
    """Of a thing that is known before or after; None and () are: not known."""
    if before is None or before == ():
        return ChangeKind.ADDED
    return ChangeKind.REMOVED if after is None or after == () else ChangeKind.REPLACED


def _slot_changes(
    before: Mapping[Slot, InstalledCertificate], after: Mapping[Slot, InstalledCertificate]
) -> Iterator[SlotChange]:
    for slot in Slot:
        old, new = _certificate(before.get(slot)), _certificate(after.get(slot))
        if (old and old.sha256) == (new and new.sha256):
            continue
        yield SlotChange(
            kind=_kind(old, new), slot=slot, before=_shown(old), after=_shown(new), older=_starts_before(new, old)
        )


def _certificate(installed: InstalledCertificate | None) -> Certificate | None:
    return installed.certificate if installed else None


def _starts_before(one: Certificate | None, other: Certificate | None) -> bool:
    if one is None or other is None or one.not_before is None or other.not_before is None:
        return False
    return one.not_before < other.not_before


class _Lists:
    """Compares lists. Thousands of nodes may share one (the same object then), which is compared once."""

    def __init__(self) -> None:
        self._compared: dict[tuple[int, int], ListChange | None] = {}

    def changes(
        self, before: Mapping[StoreName, TrustStore], after: Mapping[StoreName, TrustStore]
    ) -> Iterator[ListChange]:
        for name in StoreName:
            old, new = before.get(name), after.get(name)
            key = (id(old), id(new))
            if key not in self._compared:
                self._compared[key] = _list_change(name, old, new)
            change = self._compared[key]
            if change is not None:
                yield change


def _list_change(name: StoreName, old: TrustStore | None, new: TrustStore | None) -> ListChange | None:
    if _entries(old) == _entries(new):
        return None
    added, removed = _without(new, old), _without(old, new)
    return ListChange(
        kind=_kind(old, new),
        store=name,
        before=len(old.certificates) if old else None,
        after=len(new.certificates) if new else None,
        added=added,
        removed=removed,
        reordered=bool(old and new) and not added and not removed,
    )


def _entries(store: TrustStore | None) -> tuple[str, ...] | None:
    return tuple(item.sha256 for item in store.certificates) if store else None


def _without(store: TrustStore | None, other: TrustStore | None) -> tuple[Shown, ...]:
    """The entries of one list that another lacks, each once."""
    if store is None:
        return ()
    lacked = {item.sha256: item for item in store.certificates}
    for sha256 in other.fingerprints if other else ():
        lacked.pop(sha256, None)
    return tuple(shown for item in lacked.values() if (shown := _shown(item)) is not None)


def _fact_changes(before: Values, after: Values, zone: str | None = None) -> Iterator[FactChange]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key, ()), after.get(key, ())
        if [value.casefold() for value in old] != [value.casefold() for value in new]:
            yield FactChange(kind=_kind(old, new), key=key, zone=zone, before=old, after=new)


def _zone_changes(before: Deployment, after: Deployment) -> dict[str, tuple[FactChange, ...]]:
    """What changes about zones, each at one node: that whose file speaks of the zone, else the first of its cluster.

    The cluster before is that in which most of its nodes were: its name or role may be what changes.
    """
    found: dict[str, list[FactChange]] = {}
    was_in = {node.fqdn.casefold(): cluster for cluster in before.clusters for node in cluster.nodes}
    for cluster in after.clusters:
        former = [old for node in cluster.nodes if (old := was_in.get(node.fqdn.casefold())) is not None]
        counts = Counter(map(id, former))  # by value, each would be compared with each, field by field
        old = max(former, key=lambda item: counts[id(item)], default=None)
        for node, change in _zones_of(old, cluster):
            found.setdefault(node, []).append(change)
    return {node: tuple(of_node) for node, of_node in found.items()}


def _zones_of(old: Cluster | None, new: Cluster) -> Iterator[tuple[str, FactChange]]:
    """With the case-folded name of the node whose own file tells of the zone; the first where no or several files do."""
    were = {zone.name.casefold(): zone for zone in old.zones} if old else {}
    are = {zone.name.casefold(): zone for zone in new.zones}
    speakers: dict[str, list[Node]] = defaultdict(list)
    for node in new.nodes if are or were else ():
        for path in {source.path for source in node.sources}:
            speakers[path].append(node)
    for key in dict.fromkeys((*are, *were)):
        zone = are.get(key) or were[key]
        speaking = speakers.get(zone.source.path, ())
        teller = (speaking[0] if len(speaking) == 1 else new.nodes[0]).fqdn.casefold()
        for change in _zone_change(were.get(key), are.get(key)):
            yield teller, change


def _zone_change(old: Zone | None, new: Zone | None) -> Iterator[FactChange]:
    if old is None or new is None:
        was, is_now = (old.name,) if old else (), (new.name,) if new else ()
        zone = (*is_now, *was)[0]
        yield FactChange(kind=_kind(was, is_now), key=FactKey.ZONE_NAME, zone=zone, before=was, after=is_now)
        return
    yield from _fact_changes(facts_of_zone(old), facts_of_zone(new), new.name)


def _shown(certificate: Certificate | None) -> Shown | None:
    if certificate is None:
        return None
    return Shown(
        sha256=certificate.sha256,
        name=certificate.subject.short,
        issuer=certificate.issuer.short,
        not_before=_moment(certificate.not_before),
        not_after=_moment(certificate.not_after),
    )


def _moment(when: datetime | None) -> str | None:
    return f"{when.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z" if when else None


# As plain JSON values and back.


def changes_values(found: Iterable[NodeChange]) -> dict[str, Any]:
    """The changes as a JSON-ready document of the form `expcert-changes/1`."""
    return {"format": FORMAT, "nodes": [_values(item) for item in found]}


def _values(item: Any) -> Any:
    if isinstance(item, StrEnum):
        return item.value
    if isinstance(item, tuple):
        return [_values(part) for part in item]
    if isinstance(item, (Shown, SlotChange, ListChange, FactChange, NodeChange)):
        return {field.name: _values(getattr(item, field.name)) for field in fields(item)}
    return item


def changes_of(document: Mapping[str, Any]) -> tuple[NodeChange, ...]:
    """The changes of a stored document. Raises `ValueError` on a form that this release does not know."""
    if document.get("format") != FORMAT:
        raise ValueError(f"unknown form of stored changes: {document.get('format')!r}")
    return tuple(_node_of(item) for item in document["nodes"])


def _node_of(values: Mapping[str, Any]) -> NodeChange:
    kind, role = values["kind"], values["role"]
    return NodeChange(
        node=values["node"],
        cluster=values["cluster"],
        role=Role(role) if role else None,
        kind=ChangeKind(kind) if kind else None,
        slots=tuple(
            SlotChange(
                kind=ChangeKind(item["kind"]),
                slot=Slot(item["slot"]),
                before=_shown_of(item["before"]),
                after=_shown_of(item["after"]),
                older=item["older"],
            )
            for item in values["slots"]
        ),
        lists=tuple(_list_of(item) for item in values["lists"]),
        facts=tuple(
            FactChange(
                kind=ChangeKind(item["kind"]),
                key=FactKey(item["key"]),
                zone=item["zone"],
                before=tuple(item["before"]),
                after=tuple(item["after"]),
            )
            for item in values["facts"]
        ),
        untouched=tuple(_place_of(item) for item in values["untouched"]),
    )


def _list_of(values: Mapping[str, Any]) -> ListChange:
    return ListChange(
        kind=ChangeKind(values["kind"]),
        store=StoreName(values["store"]),
        before=values["before"],
        after=values["after"],
        added=tuple(Shown(**item) for item in values["added"]),
        removed=tuple(Shown(**item) for item in values["removed"]),
        reordered=values["reordered"],
    )


def _shown_of(values: Mapping[str, Any] | None) -> Shown | None:
    return Shown(**values) if values else None


def _place_of(value: str) -> Slot | StoreName:
    return Slot(value) if value in {slot.value for slot in Slot} else StoreName(value)
