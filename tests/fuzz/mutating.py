"""Spoiling valid files in the ways that damage and malice take: seeded, so that the same number gives the same file."""

import base64
import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from random import Random

from diagnostics.samples.archives import zip_of
from tests.builders.archives import tar_of

LARGEST = 256 * 1024  # bytes of a spoiled file; what is spliced and doubled stays small

_MARKS = (
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN PKCS7-----\n",
    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
    b"*c xConfiguration Zones Zone 1 Name: ",
    b"*s SystemUnit: /\n",
    b"expcert-inventory/1",
    b'<!DOCTYPE a [<!ENTITY b "bbbb">]>',
    b"<Status ",
    b"</Status>",
    b'"identities": [',
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"&anchor *anchor",
    b"{cipher}",
    b"\r",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"UTCTime=",
    b'Event="',
    b"[" * 500,
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"=" * 9,
)
_NUMBERS = (b"0", b"-1", b"65536", b"4294967296", b"99999999999999999999", b"1e999", b"0x7f", b"9" * 5000)
_LENGTHS = (b"\x80", b"\x84\xff\xff\xff\xff", b"\x83\xff\xff\xff", b"\x82\xff\xff", b"\x89" + b"\xff" * 9, b"\x00")
_VALUES = re.compile(rb"[\x30\x31\x02\x03\x04\x06\x0c\x13\x17\x18\xa0\xa3](?:\x82..|\x81.|[\x00-\x7f])", re.DOTALL)
_ARMOUR = re.compile(rb"-----BEGIN [A-Z0-9 ]{1,40}-----\r?\n([A-Za-z0-9+/=\r\n]{1,9000})-----END")
_DIGITS = re.compile(rb"\d{1,40}")


def _range(data: bytes, random: Random, most: int = 200) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.randint(1, random.choice((1, 4, 32, most))))


def flipped(data: bytes, random: Random, other: bytes) -> bytes:
    spoiled = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 4, 16))):
        spoiled[random.randrange(len(spoiled))] ^= 1 << random.randrange(8)
    return bytes(spoiled)


def overwritten(data: bytes, random: Random, other: bytes) -> bytes:
    start, end = _range(data, random)
    run = random.choice((b"\0", b"\xff", b"A", b'"', b"\n", b"\x30")) * (end - start)
    return data[:start] + (random.randbytes(end - start) if random.random() < 0.5 else run) + data[end:]


def removed(data: bytes, random: Random, other: bytes) -> bytes:
    start, end = _range(data, random)
    return data[:start] + data[end:]


def cut(data: bytes, random: Random, other: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] if random.random() < 0.8 else data[at:]


def spliced(data: bytes, random: Random, other: bytes) -> bytes:
    here, there = random.randrange(len(data) + 1), random.randrange(len(other) + 1)
    return data[:here] + other[there:] + (data[here:] if random.random() < 0.5 else b"")


def doubled(data: bytes, random: Random, other: bytes) -> bytes:
    start, end = _range(data, random, 2_000)
    return data[:end] + data[start:end] * random.choice((1, 1, 2, 50)) + data[end:]


def moved(data: bytes, random: Random, other: bytes) -> bytes:
    start, end = _range(data, random, 1_000)
    rest = data[:start] + data[end:]
    at = random.randrange(len(rest) + 1)
    return rest[:at] + data[start:end] + rest[at:]


def with_nuls(data: bytes, random: Random, other: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + bytes(random.choice((1, 2, 512, 1024))) + data[at:]


def with_mark(data: bytes, random: Random, other: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(_MARKS) + data[at:]


def with_other_length(data: bytes, random: Random, other: bytes) -> bytes:
    """Another length in a value of ASN.1, or what looks like one."""
    values = [match.span() for match in _VALUES.finditer(data)]
    if not values:
        return flipped(data, random, other)
    start, end = random.choice(values)
    length = random.choice(_LENGTHS) if random.random() < 0.5 else bytes([data[start + 1] ^ random.randrange(1, 256)])
    return data[: start + 1] + length + data[end:]


def with_other_number(data: bytes, random: Random, other: bytes) -> bytes:
    numbers = [match.span() for match in _DIGITS.finditer(data)]
    if not numbers:
        return flipped(data, random, other)
    start, end = random.choice(numbers)
    return data[:start] + random.choice(_NUMBERS) + data[end:]


def with_other_lines(data: bytes, random: Random, other: bytes) -> bytes:
    lines = data.split(b"\n")
    start = random.randrange(len(lines))
    end = min(len(lines), start + random.randint(1, 20))
    block = lines[start:end]
    random.shuffle(block)
    lines[start:end] = block * random.choice((0, 1, 2, 30))
    return random.choice((b"\n", b"\n", b"\r\n", b"\r", b"")).join(lines)


def recoded(data: bytes, random: Random, other: bytes) -> bytes:
    return data.decode("latin-1").encode(random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-8")))


def in_armour(data: bytes, random: Random, other: bytes) -> bytes:
    """The bytes under the base64 of one PEM block, where it has one."""
    blocks = list(_ARMOUR.finditer(data))
    if not blocks:
        return with_other_length(data, random, other)
    block = random.choice(blocks)
    try:
        inner = base64.b64decode(block[1])
    except ValueError:
        return flipped(data, random, other)
    inner = random.choice((flipped, overwritten, removed, doubled, with_other_length))(inner or b"\0", random, other)
    return data[: block.start(1)] + base64.encodebytes(inner[:LARGEST]) + data[block.end(1) :]


def in_archive(data: bytes, random: Random, other: bytes) -> bytes:
    """The content of one member of a zip (a workbook is one too), packed again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {
                info.filename: archive.read(info) for info in archive.infolist()[:50] if info.file_size < LARGEST
            }
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, RuntimeError, EOFError, OSError):
        return flipped(data, random, other)
    if not members:
        return flipped(data, random, other)
    name = random.choice(sorted(members))
    spoiler = random.choice((flipped, overwritten, removed, cut, doubled, with_mark, with_other_number))
    members[name] = spoiler(members[name] or b"\0", random, other)[:LARGEST]
    try:
        return zip_of(members)
    except (ValueError, UnicodeError):  # a name that cannot be written again
        return flipped(data, random, other)


SPOILERS: tuple[Callable[[bytes, Random, bytes], bytes], ...] = (
    flipped,
    flipped,
    overwritten,
    removed,
    cut,
    spliced,
    doubled,
    moved,
    with_nuls,
    with_mark,
    with_other_length,
    with_other_length,
    with_other_number,
    with_other_lines,
    recoded,
    in_armour,
    in_armour,
    in_archive,
)

# As a diagnostic archive has them, so that what is found has a node.
_MEMBERS = ("xconf_dump_expc1_2026-01-15_10_30_00.txt", "ca_expc1_2026-01-15_10_30_00.pem")

WRAPPINGS: tuple[Callable[[bytes], bytes], ...] = (
    lambda data: zip_of({"a/file": data}),
    lambda data: zip_of(dict.fromkeys(_MEMBERS, data)),
    lambda data: tar_of({"a/file": data}),
    lambda data: gzip.compress(data, 1, mtime=0),
    bz2.compress,
    lambda data: lzma.compress(data, preset=0),
)


def spoiled(number: int, seed: int, valid: Sequence[bytes]) -> bytes:
    """The file of that number: one of the valid ones, spoiled one to five times, sometimes packed before or after."""
    random = Random(f"{seed}:{number}")
    data, other = random.choice(valid), random.choice(valid)
    if random.random() < 0.08:
        data = random.choice(WRAPPINGS)(data)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5))):
        data = random.choice(SPOILERS)(data or b"\0", random, other)[:LARGEST]
    if random.random() < 0.08:
        data = random.choice(WRAPPINGS)(data)
    return data
