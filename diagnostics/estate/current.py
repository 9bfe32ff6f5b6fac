"""What of all uploads still holds: a newer upload of a node replaces what an older one said of it.

1. A dump or a status is some node's own (its speaker). What it states of others (a Unified CM that it reaches) or of the
   whole deployment is the speaker's too.
2. A newer file of that origin and speaker replaces the older one whole. So a zone or peer that was deleted on the node is
   gone, although the new file does not say so in so many words. What other origins say stays. Of two diagnostic logs of
   a node in one upload, the one that was taken later by its name is the newer.
3. An inventory, an answer of a REST interface, a listing and a log tell of a part by their nature, and what they leave out
   is unknown, not false. Of those the newer one replaces what it speaks of (`merging`, `zones`), and no more.
4. Signs: those of the newest upload that speaks of the node with a file of that kind, even if that file has no sign any
   more; what was wrong then is not wrong now. An answer of a REST interface speaks of the zones in it, failed or active,
   and takes from older ones what they reported of those alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from diagnostics.estate.log_members import taken_at
from diagnostics.estate.merging import Statement, Statements
from diagnostics.estate.observations import Fact, FactKey, NodeRef, Observation, Origin, Sign, SignCode, Source, ZoneRef

_WHOLE = frozenset({Origin.CONFIGURATION, Origin.STATUS})
_OF_SIGNS = frozenset({Origin.STATUS, Origin.LOG})
_OF_STATUS = frozenset({SignCode.ZONE_FAILED, SignCode.TUNNELS_DOWN})
_OF_EITHER = frozenset({SignCode.ALARM})
_Placed = tuple[int, str, Origin, Sign]  # a sign with the number of its batch and the case-folded name of its node
OF_OTHERS = frozenset({FactKey.SERVER_ENTRY, FactKey.ROLE})  # what a dump says of the Unified CM nodes it reaches


def origin_of(fact: Fact) -> Origin:
    """The origin, also of facts that an earlier release stored without one: its readers knew dump, status, inventory."""
    if fact.origin is not Origin.UNSTATED:
        return fact.origin
    if not fact.proven:
        return Origin.PERSON
    return Origin.STATUS if fact.key in (FactKey.VERSION, FactKey.ROLE) else Origin.CONFIGURATION


class Current:
    """Facts and signs of all batches, oldest first, without what a newer batch replaces."""

    def __init__(self, batches: Sequence[Sequence[Observation]], node_key: Callable[[NodeRef], str]) -> None:
        self._batches, self._node_key = batches, node_key
        self._newest: dict[tuple[str, Origin], int] = {}
        self._latest: dict[tuple[str, Origin, int], str] = {}  # when the newest file of one upload was taken
        said = [item for number, batch in enumerate(batches) for item in self._statements(number, batch)]
        for item in said:
            if item.speaker is not None:
                self._saw(item.speaker, item.origin, item.batch, item.fact.source)
        self.facts: tuple[Statement, ...] = tuple(item for item in said if self._holds(item))
        self.signs: tuple[Sign, ...] = tuple(self._standing_signs())

    def newest(self, node: str, origin: Origin) -> int:
        """Number of the newest batch with a file of that origin of the node (its case-folded name); -1: none has."""
        return self._newest.get((node, origin), -1)

    def _saw(self, node: str, origin: Origin, batch: int, source: Source) -> None:
        self._newest[node, origin] = max(batch, self.newest(node, origin))
        key = (node, origin, batch)
        self._latest[key] = max(taken_at(source.file_path), self._latest.get(key, ""))

    def _outdated(self, node: str, origin: Origin, batch: int, source: Source) -> bool:
        """Another diagnostic log of the node lies in the same upload, and was taken later."""
        return "" < taken_at(source.file_path) < self._latest.get((node, origin, batch), "")

    def _statements(self, number: int, batch: Sequence[Observation]) -> Iterator[Statement]:
        """Each fact with its speaker: the node that it is about, else the one that its file spoke of last."""
        last: dict[tuple[str, Origin], str] = {}
        for fact in batch:
            if not isinstance(fact, Fact):
                continue
            origin = origin_of(fact)
            if origin not in _WHOLE and origin not in _OF_SIGNS:
                yield Statement(fact=fact, batch=number, origin=origin)
                continue
            ref, file = _about(fact), (fact.source.file_path, origin)
            if ref is not None and (fact.key not in OF_OTHERS or file not in last):
                last[file] = self._node_key(ref)
            yield Statement(fact=fact, batch=number, origin=origin, speaker=last.get(file))

    def _holds(self, item: Statement) -> bool:
        if item.speaker is None or item.origin not in _WHOLE:
            return True
        if item.batch != self.newest(item.speaker, item.origin):
            return False
        return not self._outdated(item.speaker, item.origin, item.batch, item.fact.source)

    def _standing_signs(self) -> Iterator[Sign]:
        """In the order of the uploads; the same sign twice in one upload (a log inside and beside its archive) once."""
        placed = [
            (number, self._node_key(sign.node), origin, sign)
            for number, batch in enumerate(self._batches)
            for sign, origin in _with_origins(batch)
        ]
        for number, node, origin, sign in placed:
            if origin is not Origin.ANSWER:
                self._saw(node, origin, number, sign.source)
        answered = self._answered_zones(placed)
        seen: set[tuple[object, ...]] = set()
        for number, node, origin, sign in placed:
            said = (node, *(getattr(sign, name) for name in _SAID))
            since = self.newest(node, Origin.STATUS if origin is Origin.ANSWER else origin)
            if sign.code is SignCode.ZONE_FAILED:
                since = max(since, answered.get(_zone(node, sign.name), -1))
            if number >= since and said not in seen and not self._outdated(node, origin, number, sign.source):
                seen.add(said)
                yield sign

    def _answered_zones(self, placed: Iterable[_Placed]) -> dict[tuple[str, str], int]:
        """Node and zone -> number of the newest batch with an answer that says how the zone is."""
        told = [
            (number, _zone(node, sign.name))
            for number, node, origin, sign in placed
            if origin is Origin.ANSWER and sign.code is SignCode.ZONE_FAILED
        ]
        for number, batch in enumerate(self._batches):
            for fact in batch:
                if isinstance(fact, Fact) and fact.key is FactKey.ACTIVE_ZONE and fact.origin is Origin.ANSWER:
                    ref = _about(fact)
                    told += [(number, _zone(self._node_key(ref), str(fact.value)))] if ref is not None else []
        return {zone: number for number, zone in sorted(told)}


_SAID = ("code", "count", "first", "last", "peer", "port", "name", "presented", "detail")


def _zone(node: str, name: str | None) -> tuple[str, str]:
    return node, (name or "").casefold()


def _about(fact: Fact) -> NodeRef | None:
    subject = fact.subject.owner if isinstance(fact.subject, ZoneRef) else fact.subject
    return subject if isinstance(subject, NodeRef) else None


def _with_origins(batch: Sequence[Observation]) -> Iterator[tuple[Sign, Origin]]:
    """Each sign with the kind of file that it stands in.

    An earlier release stored it without: there the file's other signs and facts tell.
    """
    signs = [item for item in batch if isinstance(item, Sign)]
    if not signs:
        return
    stated = {item.source.file_path: origin_of(item) for item in batch if isinstance(item, Fact)}
    told = {
        item.source.file_path: Origin.STATUS if item.code in _OF_STATUS else Origin.LOG
        for item in signs
        if item.code not in _OF_EITHER
    }
    for sign in signs:
        path = sign.source.file_path
        if sign.origin is not Origin.UNSTATED:
            yield sign, sign.origin
        elif stated.get(path) is Origin.ANSWER:
            yield sign, Origin.ANSWER
        else:
            yield sign, told.get(path) or (Origin.STATUS if stated.get(path) is Origin.STATUS else Origin.LOG)


def of_everybody(said: Iterable[Statement], since: Callable[[str], int]) -> Statements:
    """What is said of the whole deployment, each node's own word beside the others'.

    What a dump says holds until a peer of its cluster (they share it) or somebody in an inventory says otherwise in a newer
    upload; a newer dump of another cluster takes nothing from it. `since`: number of the newest upload with a dump of the
    cluster of a node.
    """
    kept = [
        item
        for item in said
        if item.speaker is None or item.origin is not Origin.CONFIGURATION or item.batch >= since(item.speaker)
    ]
    written: dict[FactKey, int] = {}
    newest: dict[FactKey, int] = {}
    for item in kept:
        key = item.fact.key
        newest[key] = max(item.batch, newest.get(key, -1))
        if item.speaker is None:
            written[key] = max(item.batch, written.get(key, -1))
    lifted = Statements()
    for item in kept:
        key = item.fact.key
        holds = item.speaker is not None and item.batch >= written.get(key, -1)
        lifted.add(replace(item, batch=newest[key]) if holds else item)
    return lifted
