"""Certificate files to the nodes, slots and lists that claims name.

1. Inside one upload the surest claim has the place (`claims`), and two different answers of such as do not guess are kept
   as a contradiction.
2. A newer upload has the place before an older one. What is inferred may take it from something surer only where the
   certificate carries that very node's name and does not start earlier than the one that goes, as a renewal does.
3. What is inferred takes nothing inside its own upload. A renewal that lies beside the archive that shows the old
   certificate is asked for: it may wait to be installed, or be installed since. An older one is a leftover, and loose.
4. Two certificates that are equally likely for one place are both asked for.
5. A copy of what has the place belongs there too, and changes nothing.
6. A question is dropped when a newer upload has filled all its places.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from diagnostics.estate.claims import Claim, in_order, stated
from diagnostics.estate.deciding import decided
from diagnostics.estate.decisions import Decision
from diagnostics.estate.inferring import Inferring
from diagnostics.estate.known_nodes import KnownNodes
from diagnostics.estate.model import Contradiction, LooseFile, Place, Question
from diagnostics.estate.naming import NodeNames
from diagnostics.estate.node_files import At, NodeFiles, Stock, at_of, holds_nothing, source_at, stored
from diagnostics.estate.observations import CertificateFile, Observation, Placement, Source
from diagnostics.estate.suggesting import Suggesting
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.revocation import Crl

FileKey = tuple[int, str]  # batch number and `Source.path`


class _Files:
    """The certificate files of one batch by path: the exact one, else the one that differs in case alone."""

    def __init__(self, files: Iterable[CertificateFile]) -> None:
        self._exact = {item.source.path: item for item in files}
        self._folded: dict[str, CertificateFile] = {}
        for path, item in self._exact.items():
            self._folded.setdefault(path.casefold(), item)

    def __iter__(self) -> Iterator[CertificateFile]:
        return iter(self._exact.values())

    def at(self, path: str) -> CertificateFile | None:
        return self._exact.get(path) or self._folded.get(path.casefold())


class Placing:
    """Resolves claims batch by batch. `decisions`: what people said of single files."""

    def __init__(
        self,
        batches: Sequence[Sequence[Observation]],
        names: NodeNames,
        certificates: Mapping[str, Certificate],
        crls: Mapping[str, Crl],
        *,
        nodes: KnownNodes,
        decisions: Mapping[FileKey, Decision],
    ) -> None:
        self._names, self._crls, self._decisions = names, crls, decisions
        self._stock = Stock(certificates, crls)
        self._inferring = Inferring(Suggesting(nodes, certificates), self._stock, self._note_place)
        self._unresolved: list[tuple[int, Source, str]] = []
        self._copies: dict[str, list[Source]] = {}
        self._all_crls: list[tuple[Crl, Source]] = []
        self.contradictions: list[Contradiction] = []
        self._placed: dict[FileKey, list[Place]] = defaultdict(list)
        every_file: list[tuple[int, CertificateFile]] = []
        for number, batch in enumerate(batches):
            files = _Files(item for item in batch if isinstance(item, CertificateFile))
            every_file += ((number, file) for file in files)
            self._take(number, batch, files)
        self.questions: tuple[Question, ...] = tuple(self._inferring.questions())
        self.loose: tuple[LooseFile, ...] = tuple(
            LooseFile(file=stored(file), certificates=self._stock.known(file))
            for number, file in every_file
            if (number, file.source.path) not in self._placed
        )
        self.placed: Mapping[FileKey, tuple[Place, ...]] = {at: tuple(places) for at, places in self._placed.items()}

    @property
    def unresolved(self) -> tuple[tuple[int, Source, str], ...]:
        return tuple(self._unresolved)

    @property
    def copies(self) -> Mapping[str, tuple[Source, ...]]:
        return {sha256: tuple(sources) for sha256, sources in self._copies.items()}

    @property
    def all_crls(self) -> tuple[tuple[Crl, Source], ...]:
        return tuple(self._all_crls)

    def files_of(self, node: str) -> NodeFiles:
        """By the node's case-folded name."""
        return self._stock.files_of(node)

    def has(self, node: str) -> bool:
        """Whether anything was placed on it, by its case-folded name."""
        return self._stock.has(node)

    def _take(self, number: int, batch: Sequence[Observation], files: _Files) -> None:
        self._note_copies(files)
        fresh: dict[At, Claim] = {}
        claims = [(holds_nothing(claim), claim) for claim in self._claims(number, batch, files)]
        for claim in in_order(claims):
            self._note_place(number, claim)
            self._put(number, claim, fresh)
        unspoken = (file.source.path for file in files)
        nobody = {
            path for path in unspoken if (number, path) not in self._placed and (number, path) not in self._decisions
        }
        self._inferring.take(number, (file for file in files if file.source.path in nobody))

    def _claims(self, number: int, batch: Sequence[Observation], files: _Files) -> Iterator[Claim]:
        """What people decided, and of other files what placements say."""
        for (of, path), decision in self._decisions.items():
            file = files.at(path) if of == number else None
            claim = decided(decision, file, self._names) if file is not None else None
            if claim is not None:
                yield claim
        for placement in batch:
            if not isinstance(placement, Placement):
                continue
            found = files.at(placement.path)
            if found is None:
                self._unresolved.append((number, placement.source, placement.path))
            elif (number, found.source.path) not in self._decisions:
                yield stated(placement, found, self._names)

    def _put(self, number: int, claim: Claim, fresh: dict[At, Claim]) -> None:
        if claim.crl:
            self._stock.add_crls(claim)
            return
        if claim.slot is None and claim.store is None:
            return
        at = at_of(claim)
        if holds_nothing(claim):
            self._stock.set_aside(claim, number, taken=at in fresh)
        elif at in fresh:
            self._note_contradiction(at, fresh[at], claim)
        else:
            fresh[at] = claim
            self._stock.put([claim], number)

    def _note_copies(self, files: Iterable[CertificateFile]) -> None:
        for file in files:
            for position, sha256 in enumerate(file.certificates):
                self._copies.setdefault(sha256, []).append(source_at(file, position))
            self._all_crls += ((self._crls[item], file.source) for item in file.crls if item in self._crls)

    def _note_place(self, number: int, claim: Claim) -> None:
        key = (number, claim.file.source.path)
        self._placed[key].append(claim.place)

    def _note_contradiction(self, at: At, first: Claim, second: Claim) -> None:
        if first.file.certificates != second.file.certificates:
            said = tuple((claim.file.source.path, claim.source) for claim in (first, second))
            self.contradictions.append(Contradiction(subject=first.node, what=at[1].value, said=said))
