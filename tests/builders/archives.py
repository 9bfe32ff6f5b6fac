"""Archives of every form that is opened, each with a certificate in it, and each cut or spoiled."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from diagnostics.readers.base import Kind
from diagnostics.samples.archives import tar_gz, zip_of
from diagnostics.samples.authority import root
from tests.builders import Built

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)


@cache
def certificate() -> bytes:
    """As PEM; made once, since every archive holds the same."""
    return root(at=AT).issue(common_name="expc1.example.com", dns=["expc1.example.com"]).pem


def members() -> dict[str, bytes]:
    return {"expc1/server.pem": certificate(), "expc1/notes/ca.pem": root_certificate()}


@cache
def root_certificate() -> bytes:
    return root(at=AT).pem


def tar_of(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return raw.getvalue()


def old_tar_of(files: Mapping[str, bytes]) -> bytes:
    """As Unix v7 wrote it, without the ustar mark."""
    raw = bytearray(tar_of(files, tarfile.USTAR_FORMAT))
    position = 0
    while raw[position]:
        size = int(raw[position + 124 : position + 135], 8)
        raw[position + 257 : position + 265] = bytes(8)
        raw[position + 148 : position + 156] = b" " * 8
        raw[position + 148 : position + 156] = b"%06o\0 " % sum(raw[position : position + 512])
        position += 512 + -(-size // 512) * 512
    return bytes(raw)


def gzip_of(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def gzip_with_every_field(data: bytes) -> bytes:
    """RFC 1952: extra field, name, comment and check sum of the header, as hardly any program writes all of them."""
    plain = gzip_of(data)
    fields = b"\x04\0ab\0\0" + b"server.pem\0" + b"a remark\0" + b"\0\0"
    return plain[:3] + b"\x1e" + plain[4:10] + fields + plain[10:]


def xz_of(data: bytes) -> bytes:
    return lzma.compress(data, preset=1)


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def _spoiled_tar(data: bytes) -> bytes:
    """The second header is no header."""
    second = data.index(b"expc1/notes/ca.pem")
    return data[:second] + b"\xff" * 512 + data[second + 512 :]


def _spoiled_zip() -> bytes:
    """The check sum of the second member is wrong, in its own header and in the directory."""
    data = bytearray(zip_of(members()))
    for mark, offset in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        data[data.rindex(mark) + offset] ^= 0xFF
    return bytes(data)


def _wrong_sum(data: bytes) -> bytes:
    return data[:-8] + bytes(byte ^ 0xFF for byte in data[-8:-4]) + data[-4:]


def _tar(title: str, form: int) -> Built:
    return Built(
        kind=Kind.TAR,
        title=title,
        valid=lambda: tar_of(members(), form),
        malformed=lambda: _spoiled_tar(tar_of(members(), form)),
    )


BUILT: tuple[Built, ...] = (
    Built(kind=Kind.ZIP, title="zip", valid=lambda: zip_of(members()), malformed=_spoiled_zip),
    Built(
        kind=Kind.ZIP, title="zip, cut off", valid=lambda: zip_of(members()), malformed=lambda: cut(zip_of(members()))
    ),
    Built(
        kind=Kind.ZIP,
        title="zip in zip",
        valid=lambda: zip_of({"inner.zip": zip_of(members())}),
        malformed=lambda: zip_of({"inner.zip": _spoiled_zip()}),
    ),
    _tar("tar, POSIX", tarfile.PAX_FORMAT),
    _tar("tar, GNU", tarfile.GNU_FORMAT),
    _tar("tar, ustar", tarfile.USTAR_FORMAT),
    Built(
        kind=Kind.TAR,
        title="tar, v7",
        valid=lambda: old_tar_of(members()),
        malformed=lambda: _spoiled_tar(old_tar_of(members())),
    ),
    Built(
        kind=Kind.GZIP,
        title="tar.gz",
        valid=lambda: tar_gz(members(), AT),
        malformed=lambda: cut(tar_gz(members(), AT)),
    ),
    Built(
        kind=Kind.GZIP,
        title="gzip",
        valid=lambda: gzip_of(certificate()),
        malformed=lambda: _wrong_sum(gzip_of(certificate())),
    ),
    Built(
        kind=Kind.GZIP,
        title="gzip, every field",
        valid=lambda: gzip_with_every_field(certificate()),
        malformed=lambda: cut(gzip_with_every_field(certificate())),
    ),
    Built(
        kind=Kind.GZIP,
        title="gzip, several streams and padding",
        valid=lambda: gzip_of(certificate()) + gzip_of(root_certificate()) + bytes(512),
        malformed=lambda: gzip_of(certificate()) + b"no gzip",
    ),
    Built(
        kind=Kind.BZIP2,
        title="tar.bz2",
        valid=lambda: bz2.compress(tar_of(members())),
        malformed=lambda: cut(bz2.compress(tar_of(members()))),
    ),
    Built(
        kind=Kind.BZIP2,
        title="bzip2, several streams",
        valid=lambda: bz2.compress(certificate()) + bz2.compress(root_certificate()),
        malformed=lambda: bz2.compress(certificate()) + b"BZh9 no more",
    ),
    Built(
        kind=Kind.XZ,
        title="tar.xz",
        valid=lambda: xz_of(tar_of(members())),
        malformed=lambda: cut(xz_of(tar_of(members()))),
    ),
    Built(
        kind=Kind.XZ,
        title="xz, several streams and padding",
        valid=lambda: xz_of(certificate()) + bytes(8) + xz_of(root_certificate()),
        malformed=lambda: xz_of(certificate())[:-6] + b"\0\0\0\0YZ",
    ),
)
