"""Certificate files to the nodes, slots and lists that placements name.

The newest batch wins per slot and list. Inside one batch a source that shows what a node has comes before one that
somebody wrote down, and two different answers are kept as a contradiction.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from diagnostics.estate.model import Contradiction, InstalledCertificate, LooseFile, Place, StoredFile, TrustStore
from diagnostics.estate.naming import NodeNames
from diagnostics.estate.observations import CertificateFile, NodeRef, Observation, Placement, Slot, Source, StoreName
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.revocation import Crl


@dataclass(slots=True, kw_only=True)
class NodeFiles:
    """What was placed on one node."""

    certificates: dict[Slot, InstalledCertificate] = field(default_factory=dict)
    trust: dict[StoreName, TrustStore] = field(default_factory=dict)
    crls: tuple[Crl, ...] = ()


class Placing:
    """Resolves placements batch by batch."""

    def __init__(
        self,
        batches: Sequence[Sequence[Observation]],
        names: NodeNames,
        certificates: Mapping[str, Certificate],
        crls: Mapping[str, Crl],
    ) -> None:
        self._names, self._certificates, self._crls = names, certificates, crls
        self._of_node: dict[str, NodeFiles] = defaultdict(NodeFiles)
        self.nodes: list[NodeRef] = []
        self.unresolved: tuple[tuple[Source, str], ...] = ()
        self.contradictions: list[Contradiction] = []
        self.loose: tuple[LooseFile, ...] = ()
        self.placed: dict[tuple[int, str], tuple[Place, ...]] = {}
        self.copies: dict[str, tuple[Source, ...]] = {}
        self.all_crls: tuple[tuple[Crl, Source], ...] = ()
        for number, batch in enumerate(batches):
            self._take(number, batch)

    def files_of(self, node: str) -> NodeFiles:
        """By the node's case-folded name."""
        return self._of_node.get(node, NodeFiles())

    def _take(self, number: int, batch: Sequence[Observation]) -> None:
        files = {item.source.path.casefold(): item for item in batch if isinstance(item, CertificateFile)}
        self._note_copies(files.values())
        fresh: dict[tuple[str, Slot | StoreName], Placement] = {}
        for placement in sorted(
            (item for item in batch if isinstance(item, Placement)), key=lambda item: not item.installed
        ):
            self.nodes.append(placement.node)
            file = files.get(placement.path.casefold())
            if file is None:
                self.unresolved = (*self.unresolved, (placement.source, placement.path))
                continue
            self._note_place(number, placement)
            self._put(placement, file, fresh, files)
        for file in files.values():
            if (number, file.source.path) not in self.placed and file.certificates:
                self.loose = (*self.loose, LooseFile(file=_stored(file), certificates=tuple(self._known(file))))

    def _put(
        self,
        placement: Placement,
        file: CertificateFile,
        fresh: dict[tuple[str, Slot | StoreName], Placement],
        files: Mapping[str, CertificateFile],
    ) -> None:
        node = self._names.of(placement.node).casefold()
        target = self._of_node[node]
        if placement.crl:
            target.crls = (*target.crls, *(self._crls[sha256] for sha256 in file.crls if sha256 in self._crls))
            return
        place = placement.slot or placement.store
        if place is None:
            return
        earlier = fresh.get((node, place))
        if earlier is not None:
            self._note_contradiction(node, place, earlier, placement, files)
            return
        fresh[node, place] = placement
        if placement.slot is not None:
            self._install(target, placement.slot, placement, file)
        elif placement.store is not None:
            self._list(target, placement.store, file)

    def _install(self, target: NodeFiles, slot: Slot, placement: Placement, file: CertificateFile) -> None:
        known = tuple(self._known(file))
        if not known:
            return
        leaf = next((item for item in known if item.ca is not True), known[0])
        target.certificates[slot] = InstalledCertificate(
            certificate=leaf,
            above=tuple(item for item in known if item is not leaf),
            file=_stored(file),
            source=_at(file, file.certificates.index(leaf.sha256)),
            proven=placement.installed,
        )

    def _list(self, target: NodeFiles, store: StoreName, file: CertificateFile) -> None:
        pairs = [
            (self._certificates[sha256], _at(file, position))
            for position, sha256 in enumerate(file.certificates)
            if sha256 in self._certificates
        ]
        target.trust[store] = TrustStore(
            name=store,
            certificates=tuple(certificate for certificate, _ in pairs),
            sources=tuple(source for _, source in pairs),
            files=(_stored(file),),
        )

    def _known(self, file: CertificateFile) -> Iterator[Certificate]:
        return (self._certificates[sha256] for sha256 in file.certificates if sha256 in self._certificates)

    def _note_copies(self, files: Iterable[CertificateFile]) -> None:
        for file in files:
            for position, sha256 in enumerate(file.certificates):
                self.copies[sha256] = (*self.copies.get(sha256, ()), _at(file, position))
            self.all_crls = (
                *self.all_crls,
                *((self._crls[sha256], file.source) for sha256 in file.crls if sha256 in self._crls),
            )

    def _note_place(self, number: int, placement: Placement) -> None:
        place = Place(node=self._names.of(placement.node), slot=placement.slot, store=placement.store)
        key = (number, placement.path)
        self.placed[key] = (*self.placed.get(key, ()), place)

    def _note_contradiction(
        self,
        node: str,
        place: Slot | StoreName,
        first: Placement,
        second: Placement,
        files: Mapping[str, CertificateFile],
    ) -> None:
        one, other = files[first.path.casefold()], files[second.path.casefold()]
        if one.certificates != other.certificates:
            self.contradictions.append(
                Contradiction(
                    subject=node,
                    what=place.value,
                    said=((one.source.path, first.source), (other.source.path, second.source)),
                )
            )


def _stored(file: CertificateFile) -> StoredFile:
    return StoredFile(source=file.source, form=file.form)


def _at(file: CertificateFile, position: int) -> Source:
    line = file.lines[position] if position < len(file.lines) else None
    return replace(file.source, line=line)
