"""Many statements about one thing -> one value that remembers who said otherwise.

A later batch (a later upload) replaces what an earlier one said of the same thing. Inside one batch, what a product's
own dump says comes before what a person wrote down, and what differs is kept beside it.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from diagnostics.estate.model import Contradiction, Told
from diagnostics.estate.observations import Fact, FactKey, Origin, Source

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A fact with the number of the batch it came in.

    `speaker`: case-folded name of the node whose own file states it; None where the file is nobody's own, as an inventory.
    """

    fact: Fact
    batch: int
    origin: Origin = Origin.UNSTATED
    speaker: str | None = None


_BY_THE_WAY = frozenset({FactKey.ADDRESS, FactKey.CLUSTER_PEER})


class Statements:
    """All statements about one subject."""

    def __init__(self, statements: Iterable[Statement] = ()) -> None:
        self._by_key: dict[FactKey, list[Statement]] = defaultdict(list)
        for statement in statements:
            self.add(statement)

    def add(self, statement: Statement) -> None:
        self._by_key[statement.fact.key].append(statement)

    def __contains__(self, key: FactKey) -> bool:
        return key in self._by_key

    @property
    def keys(self) -> frozenset[FactKey]:
        return frozenset(self._by_key)

    def of(self, key: FactKey) -> tuple[Statement, ...]:
        """Every statement of that kind, whatever its batch."""
        return tuple(self._by_key.get(key, ()))

    @property
    def sources(self) -> list[Source]:
        """Where each statement stands."""
        return [item.fact.source for items in self._by_key.values() for item in items]

    def text(self, key: FactKey) -> Told[str] | None:
        """The value as text; empty text counts as not said."""
        return _merged([(str(item.fact.value), item) for item in self.newest(key) if str(item.fact.value)])

    def flag(self, key: FactKey) -> Told[bool] | None:
        return _merged([(bool(item.fact.value), item) for item in self.newest(key)])

    def number(self, key: FactKey) -> Told[int] | None:
        return _merged([(item.fact.value, item) for item in self.newest(key) if isinstance(item.fact.value, int)])

    def several(self, key: FactKey) -> tuple[Told[str], ...]:
        """Every distinct value of a fact that repeats, in the order said."""
        told: dict[str, Told[str]] = {}
        for item in self.newest(key):
            value = str(item.fact.value)
            if value:
                told.setdefault(value.casefold(), Told(value, item.fact.source))
        return tuple(told.values())

    def batch_of(self, key: FactKey) -> int:
        """Number of the newest batch that says it; -1: none does."""
        return max((item.batch for item in self._standing(key)), default=-1)

    def _standing(self, key: FactKey) -> list[Statement]:
        """A log tells of addresses and peers by the way, and seldom all: that counts where nothing else speaks of them."""
        said = self._by_key.get(key, [])
        if key not in _BY_THE_WAY:
            return said
        return [item for item in said if item.origin is not Origin.LOG] or said

    def newest(self, key: FactKey) -> list[Statement]:
        """What the newest batch says of it, the product's own words first."""
        newest = self.batch_of(key)
        said = (item for item in self._standing(key) if item.batch == newest)
        return sorted(said, key=lambda item: not item.fact.proven)


_T = TypeVar("_T", bound=str | bool | int)


def _merged(said: list[tuple[_T, Statement]]) -> Told[_T] | None:
    if not said:
        return None
    value, first = said[0]
    others = tuple((other, item.fact.source) for other, item in said[1:] if _plain(other) != _plain(value))
    return Told(value, first.fact.source, others)


def combined(told: Iterable[Told[_T] | None]) -> Told[_T] | None:
    """What several peers of a cluster say of the same thing: the first one's value, and what differs beside it."""
    said: list[Told[_T]] = [item for item in told if item is not None]
    if not said:
        return None
    first = said[0]
    others: list[tuple[_T, Source]] = [*first.others]
    for item in said[1:]:
        others += [(item.value, item.source), *item.others]
    return Told(first.value, first.source, tuple(pair for pair in others if _plain(pair[0]) != _plain(first.value)))


def overriding(
    of_node: Statements,
    of_cluster: Statements,
    key: FactKey,
    read: Callable[[Statements, FactKey], Told[_T] | None],
) -> Told[_T] | None:
    """What is said of a node, else of its cluster, unless that is newer.

    An inventory that says something else of the cluster than a node of it shows is kept beside it; one that names the
    node too knows that it differs.
    """
    of_one, of_all = read(of_node, key), read(of_cluster, key)
    if of_one is None or of_all is None:
        return of_one or of_all
    if of_cluster.batch_of(key) != of_node.batch_of(key):
        return of_all if of_cluster.batch_of(key) > of_node.batch_of(key) else of_one
    known_to_differ = any(item.origin is Origin.PERSON for item in of_node.newest(key))
    return of_one if known_to_differ else combined([of_one, of_all])


def _plain(value: str | bool | int) -> str | bool | int:
    return value.casefold() if isinstance(value, str) else value


def as_text(value: str | bool | int) -> str:
    """A value of a fact; switches as "true" and "false"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _folded(value: str | bool | int) -> str:
    return as_text(value).casefold()


def grouped(statements: Iterable[tuple[K, Statement]]) -> dict[K, Statements]:
    """Statements by what they are about, in the order first spoken of."""
    groups: dict[K, Statements] = {}
    for key, statement in statements:
        groups.setdefault(key, Statements()).add(statement)
    return groups


def contradictions(
    subject: str, told: Mapping[FactKey, Told[str] | Told[bool] | Told[int] | None]
) -> list[Contradiction]:
    """What was said differently about `subject`."""
    found = []
    for what, value in told.items():
        if value is None or not value.others:
            continue
        each: dict[str, tuple[str, Source]] = {_folded(value.value): (as_text(value.value), value.source)}
        for other, source in value.others:
            each.setdefault(_folded(other), (as_text(other), source))
        found.append(Contradiction(subject=subject, what=what.value, said=tuple(each.values())))
    return found
