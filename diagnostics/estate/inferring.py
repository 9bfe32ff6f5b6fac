"""What becomes of suggestions: they have a place, are asked for, or are left alone. The rules are those of `placing`."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from diagnostics.estate.claims import Claim, rank
from diagnostics.estate.model import Question
from diagnostics.estate.node_files import At, Holder, Stock, at_of
from diagnostics.estate.observations import CertificateFile
from diagnostics.estate.suggesting import MOST_CANDIDATES, Suggesting, Suggestion
from diagnostics.pki.certificate import Certificate

Note = Callable[[int, Claim], None]  # batch number, and the claim that is granted


class Inferring:
    """Takes the files of one upload after the other of which nobody says where they belong."""

    def __init__(self, suggesting: Suggesting, stock: Stock, note: Note) -> None:
        self._suggesting, self._stock, self._note = suggesting, stock, note
        self._asked: list[tuple[int, Suggestion]] = []

    def take(self, batch: int, files: Iterable[CertificateFile]) -> None:
        contenders: dict[At, list[Suggestion]] = defaultdict(list)
        for file in files:
            found = self._suggesting.of(file)
            if found is not None and found.certain:
                contenders[at_of(found.claims[0])].append(found)
            elif found is not None:
                self._asked.append((batch, found))
        for rivals in contenders.values():
            self._contend(batch, rivals)

    def _contend(self, batch: int, rivals: list[Suggestion]) -> None:
        """1. The likeliest has the place, if it may take it. 2. Its copies belong there too. 3. The rest is asked for."""
        best = min(_strength(item) for item in rivals)
        first = [item for item in rivals if _strength(item) == best]
        winner = first[0]
        whole = [item for item in first if _is_part(item, winner)]
        content = self._content(whole)
        parts = {id(item) for item in whole}  # to compare thousands of them by value would take long

        def is_same(item: Suggestion) -> bool:
            return id(item) in parts or self._content([item]) == content

        alike = all(is_same(item) for item in first)
        at = at_of(winner.claims[0])
        holder = self._stock.holder(at)
        has_place = holder is not None and holder.content == content
        if alike and not has_place and _may_take(batch, winner, holder):
            self._stock.put([item.claims[0] for item in whole], batch)
            has_place = True
        for item in rivals:
            if has_place and is_same(item):
                self._note(batch, item.claims[0])
            else:
                self._ask(batch, item)

    def _content(self, parts: list[Suggestion]) -> tuple[str, ...]:
        leaf = parts[0].leaf
        if leaf is not None:
            return (leaf.sha256,)
        return tuple(item.sha256 for part in parts for item in self._stock.known(part.claims[0].file))

    def _ask(self, batch: int, item: Suggestion) -> None:
        self._asked.append((batch, self._suggesting.with_alternatives(item)))

    def questions(self) -> Iterator[Question]:
        """What is still to be asked after the last upload; what turns out to be a copy is granted instead."""
        for batch, item in sorted(self._asked, key=lambda asked: (asked[0], asked[1].claims[0].file.source.path)):
            content = self._content([item])
            holders = [(claim, self._stock.holder(at_of(claim))) for claim in item.claims]
            same = [claim for claim, holder in holders if holder is not None and holder.content == content]
            for claim in same:
                self._note(batch, claim)
            left = [claim for claim, holder in holders if _is_open(batch, item.leaf, holder)]
            if left and not same:
                file = left[0].file
                yield Question(
                    batch=batch,
                    source=file.source,
                    certificate=item.leaf.sha256 if item.leaf else next(iter(file.certificates), None),
                    candidates=tuple(claim.place for claim in left[:MOST_CANDIDATES]),
                )


def _strength(item: Suggestion) -> tuple[int, int]:
    """Less is stronger: by reason, then by how many hints agree."""
    claim = item.claims[0]
    return rank(claim.reason), -claim.agreed


def _is_part(item: Suggestion, winner: Suggestion) -> bool:
    group = winner.claims[0].group
    return item is winner or (group != "" and item.claims[0].group == group)


def _may_take(batch: int, item: Suggestion, holder: Holder | None) -> bool:
    if holder is None:
        return True
    if holder.batch == batch:
        return False
    claim = item.claims[0]
    if rank(claim.reason) <= rank(holder.reason):
        return True
    return claim.exact and item.leaf is not None and not _starts_before(item.leaf, holder.leaf)


def _is_open(batch: int, leaf: Certificate | None, holder: Holder | None) -> bool:
    """Whether it is worth asking if the file belongs where something else is."""
    if holder is None:
        return True
    if holder.batch != batch:
        return holder.batch < batch and (leaf is None or not _starts_before(leaf, holder.leaf))
    return leaf is not None and _starts_before(holder.leaf, leaf)


def _starts_before(one: Certificate | None, other: Certificate | None) -> bool:
    if one is None or other is None or one.not_before is None or other.not_before is None:
        return False
    return one.not_before < other.not_before
