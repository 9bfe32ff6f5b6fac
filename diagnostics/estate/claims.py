"""Claims: that a file belongs to a place of a node, and what speaks for it, surest first.

1. A person said so on the page (`Decision`).
2. The node's own words: the name of a diagnostic log's member, then what an interface of the node gave.
3. An inventory.
4. What is inferred (`suggesting`): names in the certificate, the folder, the file's name.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from diagnostics.estate.log_members import taken_at
from diagnostics.estate.model import Place, PlaceReason
from diagnostics.estate.naming import NodeNames
from diagnostics.estate.observations import CertificateFile, Placement, Slot, Source, StoreName

_RANKS = {reason: rank for rank, reason in enumerate(PlaceReason)}
INFERRED = (PlaceReason.NAMES, PlaceReason.FOLDER, PlaceReason.FILE_NAME)
_MEMBER = re.compile(r"(?:ca|server|client)_.", re.IGNORECASE)


def rank(reason: PlaceReason) -> int:
    """0 is the surest."""
    return _RANKS[reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That a file belongs to a place.

    Attributes:
        node: full name of the node.
        source: where it is said; the file itself where it is inferred.
        installed: the source shows what the node really has.
        exact: the certificate carries the node's full name.
        agreed: how many further hints say the same.
        group: what the file is one part of, where several files of one folder make up a list; empty: it is the whole.
    """

    file: CertificateFile
    node: str
    reason: PlaceReason
    source: Source
    slot: Slot | None = None
    store: StoreName | None = None
    crl: bool = False
    installed: bool = False
    exact: bool = False
    agreed: int = 0
    group: str = ""

    @property
    def at(self) -> tuple[str, Slot | StoreName | None]:
        return self.node.casefold(), self.slot or self.store

    @property
    def place(self) -> Place:
        return Place(node=self.node, slot=self.slot, store=self.store, reason=self.reason)


def stated(placement: Placement, file: CertificateFile, names: NodeNames) -> Claim:
    """What a file says of itself or of another."""
    return Claim(
        file=file,
        node=names.of(placement.node),
        reason=_reason(placement, file),
        source=placement.source,
        slot=placement.slot,
        store=placement.store,
        crl=placement.crl,
        installed=placement.installed,
    )


def _reason(placement: Placement, file: CertificateFile) -> PlaceReason:
    """A file that places itself is an answer of the node, or bears the name of a diagnostic log's member."""
    path = file.source.file_path
    if not placement.installed and placement.source.file_path != path:
        return PlaceReason.INVENTORY
    is_member = placement.node.container is not None and _MEMBER.match(posixpath.basename(path)) is not None
    return PlaceReason.ARCHIVE if is_member else PlaceReason.ANSWER


def in_order(claims: Iterable[tuple[bool, Claim]]) -> Iterator[Claim]:
    """What holds no certificate last, since it takes no place from what does; then the surest first.

    Of two diagnostic logs of a node the one that was taken later comes first.
    """
    newest = sorted(claims, key=lambda item: taken_at(item[1].file.source.file_path), reverse=True)
    for _, claim in sorted(newest, key=lambda item: (item[0], rank(item[1].reason))):
        yield claim
