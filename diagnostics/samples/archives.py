"""Archives that come out the same every time: fixed order, owner and mode, and the time that is given."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from datetime import datetime

from diagnostics.samples.signing import utc

# The first moment that a ZIP entry can carry (APPNOTE.TXT 4.4.6: MS-DOS dates start in 1980).
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def tar_gz(files: Mapping[str, bytes], when: datetime) -> bytes:
    """A gzip-compressed tar of path -> bytes, in the order of the mapping, every member dated `when`."""
    seconds = int(utc(when).timestamp())
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mtime, member.mode = len(content), seconds, 0o644
            archive.addfile(member, io.BytesIO(content))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=seconds) as stream:
        stream.write(raw.getvalue())
    return packed.getvalue()


def zip_of(files: Mapping[str, bytes], when: datetime | None = None) -> bytes:
    """A ZIP of path -> bytes, in the order of the mapping, dated `when` or at the beginning of ZIP's time."""
    packed = io.BytesIO()
    stamp = utc(when).timetuple()[:6] if when else ZIP_EPOCH
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()
