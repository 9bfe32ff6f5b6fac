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
from diagnostics.pki.loading import Form
from diagnostics.pki.revocation import Crl


@dataclass(slots=True, kw_only=True)
class NodeFiles:
    """What was placed on one node."""

    certificates: dict[Slot, InstalledCertificate] = field(default_factory=dict)
    trust: dict[StoreName, TrustStore] = field(default_factory=dict)
    crls: tuple[Crl, ...] = ()
    unread: dict[Slot | StoreName, StoredFile] = field(default_factory=dict)


_At = tuple[str, Slot | StoreName]  # a node by its case-folded name, and a place on it


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
        self.unresolved: tuple[tuple[int, Source, str], ...] = ()
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

    def has(self, node: str) -> bool:
        """Whether anything was placed on it, by its case-folded name."""
        return node in self._of_node

    def _take(self, number: int, batch: Sequence[Observation]) -> None:
        files = _Files(item for item in batch if isinstance(item, CertificateFile))
        self._note_copies(files)
        fresh: dict[_At, CertificateFile] = {}
        shown: dict[_At, Placement] = {}
        placed: set[str] = set()
        for placement in sorted(
            (item for item in batch if isinstance(item, Placement)),
            # What is no certificate file comes last: it takes no place from one that is.
            key=lambda item: (_holds_nothing(item, files.at(item.path)), not item.installed),
        ):
            self.nodes.append(placement.node)
            file = files.at(placement.path)
            if file is None:
                self.unresolved = (*self.unresolved, (number, placement.source, placement.path))
                continue
            placed.add(file.source.path)
            self._note_place(number, placement, file)
            self._put(placement, file, fresh, shown)
        for file in files:
            if file.source.path not in placed:
                self.loose = (*self.loose, LooseFile(file=_stored(file), certificates=tuple(self._known(file))))

    def _put(
        self,
        placement: Placement,
        file: CertificateFile,
        fresh: dict[_At, CertificateFile],
        shown: dict[_At, Placement],
    ) -> None:
        node = self._names.of(placement.node).casefold()
        target = self._of_node[node]
        if placement.crl:
            target.crls = (*target.crls, *(self._crls[sha256] for sha256 in file.crls if sha256 in self._crls))
            return
        place = placement.slot or placement.store
        if place is None:
            return
        if _holds_nothing(placement, file):
            self._set_aside(target, place, file, taken=(node, place) in fresh)
            return
        if (node, place) in fresh:
            self._note_contradiction((node, place), (fresh[node, place], shown[node, place]), (file, placement))
            return
        fresh[node, place], shown[node, place] = file, placement
        target.unread.pop(place, None)
        if placement.slot is not None:
            self._install(target, placement.slot, placement, file)
        elif placement.store is not None:
            self._list(target, placement.store, file)

    def _set_aside(self, target: NodeFiles, place: Slot | StoreName, file: CertificateFile, *, taken: bool) -> None:
        """The place holds this file now, so what an earlier upload had there is no longer known to be there."""
        target.unread[place] = _stored(file)
        if not taken and isinstance(place, Slot):
            target.certificates.pop(place, None)
        elif not taken and isinstance(place, StoreName):
            target.trust.pop(place, None)

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

    def _note_place(self, number: int, placement: Placement, file: CertificateFile) -> None:
        place = Place(node=self._names.of(placement.node), slot=placement.slot, store=placement.store)
        key = (number, file.source.path)
        self.placed[key] = (*self.placed.get(key, ()), place)

    def _note_contradiction(
        self, at: _At, first: tuple[CertificateFile, Placement], second: tuple[CertificateFile, Placement]
    ) -> None:
        if first[0].certificates != second[0].certificates:
            self.contradictions.append(
                Contradiction(
                    subject=at[0],
                    what=at[1].value,
                    said=tuple((file.source.path, placement.source) for file, placement in (first, second)),
                )
            )


def _holds_nothing(placement: Placement, file: CertificateFile | None) -> bool:
    """The file at a slot or list holds no certificate; a list may be empty, and then that is what it says.

    An empty file is an empty list too: a page that lists nothing exports nothing. No document says what an Expressway
    without a single CA certificate puts into its diagnostic log; that it has none is likelier than that the file is
    there and was not filled.
    """
    if file is None or file.certificates or placement.crl:
        return False
    empty_list = placement.store is not None and file.form in (Form.PEM, Form.EMPTY) and not file.faults
    return not empty_list


def _stored(file: CertificateFile) -> StoredFile:
    return StoredFile(source=file.source, form=file.form, lost=file.faults)


def _at(file: CertificateFile, position: int) -> Source:
    line = file.lines[position] if position < len(file.lines) else None
    return replace(file.source, line=line)
