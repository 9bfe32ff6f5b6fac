"""Which reader reads which kind. A new kind of file is one module and one line here."""

from collections.abc import Callable, Mapping

from diagnostics.estate.observations import Source
from diagnostics.readers.base import Kind, Limits, Taken
from diagnostics.readers.certificates import read_certificates
from diagnostics.readers.inventory import read_inventory
from diagnostics.readers.ucm_snapshot import read_ucm_snapshot
from diagnostics.readers.xconfiguration import read_xconfiguration
from diagnostics.readers.xstatus import read_xstatus

# Bytes of the whole file, where it stands, the bounds -> what was taken; None: nothing of the kind after all.
Reader = Callable[[bytes, Source, Limits], Taken | None]

READERS: Mapping[Kind, Reader] = {
    Kind.CERTIFICATES: read_certificates,
    Kind.INVENTORY: read_inventory,
    Kind.UCM_SNAPSHOT: read_ucm_snapshot,
    Kind.XCONFIGURATION: read_xconfiguration,
    Kind.XSTATUS_XML: read_xstatus,
    # Text that shows no mark in its first bytes may still hold certificates further down.
    Kind.TEXT: read_certificates,
    # Nothing at all may stand in the place of a list, and then says something.
    Kind.EMPTY: read_certificates,
}
