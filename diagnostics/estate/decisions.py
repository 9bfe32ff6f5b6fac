"""Where a person says that a file belongs, so that it need not be asked again with the next upload."""

from dataclasses import dataclass

from diagnostics.estate.observations import Slot, StoreName


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One answer. It holds for the same certificate, for a file at the same path, and for a renewed certificate.

    Attributes:
        path: of the file, as `Source.path` has it.
        certificate: SHA-256 of its leaf (of the first certificate where it has none); None where it holds none.
        names: what the leaf is issued to (common names and SAN, case-folded): a renewal has the same.
        node: full name of the node; None: it belongs to no node.
        slot, store: at most one of them, and not with `crl`; both None with `node` None, or where `crl` is meant.
        crl: it belongs to the revocation lists of the node.
    """

    path: str
    certificate: str | None = None
    names: tuple[str, ...] = ()
    node: str | None = None
    slot: Slot | None = None
    store: StoreName | None = None
    crl: bool = False
