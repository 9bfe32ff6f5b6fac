"""What lies in the slots and lists of every node, and who has put it there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from diagnostics.estate.claims import Claim
from diagnostics.estate.model import InstalledCertificate, PlaceReason, StoredFile, TrustStore
from diagnostics.estate.observations import CertificateFile, Slot, Source, StoreName
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.conversion import Parting, Signatures
from diagnostics.pki.loading import Form
from diagnostics.pki.revocation import Crl

_OF_EXPRESSWAY = (Slot.SERVER, Slot.CLIENT)
At = tuple[str, Slot | StoreName]  # a node by its case-folded name, and a place on it


@dataclass(slots=True, kw_only=True)
class NodeFiles:
    """What was placed on one node."""

    certificates: dict[Slot, InstalledCertificate] = field(default_factory=dict)
    trust: dict[StoreName, TrustStore] = field(default_factory=dict)
    crls: list[Crl] = field(default_factory=list)
    unread: dict[Slot | StoreName, StoredFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What has a place: since which upload, why, and what it is (SHA-256 of the certificate, or of each entry)."""

    batch: int
    reason: PlaceReason
    content: tuple[str, ...]
    leaf: Certificate | None


class Stock:
    """The files of all nodes; what is put in a place takes it from what was there."""

    def __init__(self, certificates: Mapping[str, Certificate], crls: Mapping[str, Crl]) -> None:
        self._certificates, self._crls = certificates, crls
        self._of_node: dict[str, NodeFiles] = defaultdict(NodeFiles)
        self._holders: dict[At, Holder] = {}
        self._set_aside_in: dict[At, int] = {}
        # An inventory may put one file of thousands of certificates on thousands of nodes: what is in it is worked out
        # and held once. By identity, since the observations outlive this.
        self._known: dict[int, tuple[Certificate, ...]] = {}
        self._signatures = Signatures()
        self._partings: dict[int, Parting] = {}
        self._beside: dict[tuple[int, str], tuple[Certificate, ...]] = {}
        self._lists: dict[tuple[object, ...], tuple[TrustStore, tuple[str, ...]]] = {}

    def files_of(self, node: str) -> NodeFiles:
        """By the node's case-folded name."""
        return self._of_node.get(node, NodeFiles())

    def has(self, node: str) -> bool:
        """Whether anything was placed on it, by its case-folded name."""
        return node in self._of_node

    def holder(self, at: At) -> Holder | None:
        """None where no certificate, or list, has the place."""
        return self._holders.get(at)

    def add_crls(self, claim: Claim) -> None:
        target = self._of_node[claim.node.casefold()]
        target.crls += (self._crls[item] for item in claim.file.crls if item in self._crls)

    def set_aside(self, claim: Claim, batch: int, *, taken: bool = False) -> None:
        """The place holds a file without a certificate now, so what an earlier upload had there is no longer known to be.

        `taken`: a file of the same upload has the place, and keeps it.
        """
        node, place = at_of(claim)
        target = self._of_node[node]
        target.unread[place] = stored(claim.file)
        self._set_aside_in[node, place] = batch
        if taken:
            return
        self._holders.pop((node, place), None)
        if isinstance(place, Slot):
            target.certificates.pop(place, None)
        else:
            target.trust.pop(place, None)

    def put(self, claims: Sequence[Claim], batch: int) -> None:
        """One file in a slot or list, or several that make up a list."""
        at = at_of(claims[0])
        if self._set_aside_in.get(at) != batch:
            self._of_node[at[0]].unread.pop(at[1], None)
        if claims[0].slot is not None:
            self._install(claims[0], claims[0].slot, batch)
        elif claims[0].store is not None:
            self._list(claims, claims[0].store, batch)

    def _install(self, claim: Claim, slot: Slot, batch: int) -> None:
        file, node = claim.file, claim.node.casefold()
        known = self.known(file)
        if not known:
            return
        parted = self._parting(file).for_names({node, node.partition(".")[0]})
        leaf = parted.server or next(iter(parted.leaves), None)
        if leaf is None and slot in _OF_EXPRESSWAY:
            # CA certificates alone: whichever of them were taken for the node's own, every rule would say nonsense.
            self.set_aside(claim, batch)
            return
        leaf = leaf or known[0]
        self._of_node[node].certificates[slot] = InstalledCertificate(
            certificate=leaf,
            above=self._above(file, leaf),
            file=stored(file),
            source=source_at(file, file.certificates.index(leaf.sha256)),
            proven=claim.installed,
        )
        self._holders[node, slot] = Holder(batch=batch, reason=claim.reason, content=(leaf.sha256,), leaf=leaf)

    def _list(self, claims: Sequence[Claim], store: StoreName, batch: int) -> None:
        node = claims[0].node.casefold()
        listed, content = self._listed(store, [claim.file for claim in claims])
        self._of_node[node].trust[store] = listed
        self._holders[node, store] = Holder(batch=batch, reason=claims[0].reason, content=content, leaf=None)

    def _listed(self, store: StoreName, files: Sequence[CertificateFile]) -> tuple[TrustStore, tuple[str, ...]]:
        key = (store, *map(id, files))
        if key not in self._lists:
            pairs = [
                (self._certificates[sha256], source_at(file, position))
                for file in files
                for position, sha256 in enumerate(file.certificates)
                if sha256 in self._certificates
            ]
            listed = TrustStore(
                name=store,
                certificates=tuple(certificate for certificate, _ in pairs),
                sources=tuple(source for _, source in pairs),
                files=tuple(map(stored, files)),
            )
            self._lists[key] = listed, tuple(certificate.sha256 for certificate, _ in pairs)
        return self._lists[key]

    def known(self, file: CertificateFile) -> tuple[Certificate, ...]:
        """The certificates of a file that are at hand."""
        if id(file) not in self._known:
            found = (self._certificates[sha256] for sha256 in file.certificates if sha256 in self._certificates)
            self._known[id(file)] = tuple(found)
        return self._known[id(file)]

    def _parting(self, file: CertificateFile) -> Parting:
        if id(file) not in self._partings:
            self._partings[id(file)] = Parting(self.known(file), key_ids=file.key_ids, signatures=self._signatures)
        return self._partings[id(file)]

    def _above(self, file: CertificateFile, leaf: Certificate) -> tuple[Certificate, ...]:
        key = (id(file), leaf.sha256)
        if key not in self._beside:
            self._beside[key] = tuple(item for item in self.known(file) if item is not leaf)
        return self._beside[key]


def at_of(claim: Claim) -> At:
    place = claim.slot or claim.store
    assert place is not None
    return claim.node.casefold(), place


def holds_nothing(claim: Claim) -> bool:
    """The file at a slot or list holds no certificate; a list may be empty, and then that is what it says.

    An empty file is an empty list too: a page that lists nothing exports nothing. No document says what an Expressway
    without a single CA certificate puts into its diagnostic log; that it has none is likelier than that the file is
    there and was not filled.
    """
    file = claim.file
    if file.certificates or claim.crl:
        return False
    empty_list = claim.store is not None and file.form in (Form.PEM, Form.EMPTY) and not file.faults
    return not empty_list


def stored(file: CertificateFile) -> StoredFile:
    return StoredFile(source=file.source, form=file.form, lost=file.faults, certificates=len(file.certificates))


def source_at(file: CertificateFile, position: int) -> Source:
    """Where the certificate stands in the file."""
    line = file.lines[position] if position < len(file.lines) else None
    at = file.source  # spelled out: `replace` takes three times as long, and there is one for each entry of each list
    return Source(upload=at.upload, member=at.member, part=at.part, line=line, text=at.text)
