"""Which reader reads which kind. A new kind of file is one module and one line here."""

from collections.abc import Callable, Mapping
from typing import BinaryIO

from diagnostics.estate.observations import Source
from diagnostics.readers.base import Kind, Limits, Taken
from diagnostics.readers.certificates import read_certificates
from diagnostics.readers.configuration_xml import read_configuration_xml
from diagnostics.readers.inventory import read_inventory
from diagnostics.readers.logs import read_log
from diagnostics.readers.rest_answers import read_rest_answer
from diagnostics.readers.spreadsheet import read_spreadsheet
from diagnostics.readers.terminal_captures import read_capture
from diagnostics.readers.ucm_listing import read_ucm_listing
from diagnostics.readers.ucm_snapshot import read_ucm_snapshot
from diagnostics.readers.xstatus import read_xstatus

# Bytes of the whole file, where it stands, the bounds -> what was taken; None: nothing of the kind after all.
Reader = Callable[[bytes, Source, Limits], Taken | None]
# The same for what may be too large to be held: the stream instead of the bytes, read once from its beginning.
StreamReader = Callable[[BinaryIO, Source, Limits], Taken]

STREAM_READERS: Mapping[Kind, StreamReader] = {
    Kind.LOG: read_log,
}

READERS: Mapping[Kind, Reader] = {
    Kind.CERTIFICATES: read_certificates,
    Kind.KEYSTORE: read_certificates,
    Kind.CERTIFICATE_STORE: read_certificates,
    Kind.INVENTORY: read_inventory,
    Kind.SPREADSHEET: read_spreadsheet,
    Kind.UCM_LISTING: read_ucm_listing,
    Kind.UCM_SNAPSHOT: read_ucm_snapshot,
    Kind.XCONFIGURATION: read_capture,
    Kind.XSTATUS_XML: read_xstatus,
    Kind.XSTATUS_TEXT: read_capture,
    Kind.CONFIGURATION_XML: read_configuration_xml,
    Kind.REST_ANSWER: read_rest_answer,
    # Text that shows no mark in its first bytes may still hold certificates further down.
    Kind.TEXT: read_certificates,
    # Nothing at all may stand in the place of a list, and then says something.
    Kind.EMPTY: read_certificates,
}
