"""What a file is, from its first bytes. Extensions play no part."""

import re

from diagnostics.pki.loading import utf16_as_utf8
from diagnostics.readers.base import Kind

HEAD = 64 * 1024  # bytes looked at

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),  # an empty zip
    (b"\x1f\x8b", Kind.GZIP),
    (b"BZh", Kind.OTHER_ARCHIVE),
    (b"\xfd7zXZ\x00", Kind.OTHER_ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.OTHER_ARCHIVE),
    (b"Rar!\x1a\x07", Kind.OTHER_ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Kind.OTHER_ARCHIVE),  # zstd
    (b"\xfe\xed\xfe\xed", Kind.KEYSTORE),  # JKS
    (b"\xce\xce\xce\xce", Kind.KEYSTORE),  # JCEKS
    (b"\xd4\xc3\xb2\xa1", Kind.CAPTURE),
    (b"\xa1\xb2\xc3\xd4", Kind.CAPTURE),
    (b"\x4d\x3c\xb2\xa1", Kind.CAPTURE),  # pcap with nanoseconds
    (b"\xa1\xb2\x3c\x4d", Kind.CAPTURE),
    (b"\x0a\x0d\x0d\x0a", Kind.CAPTURE),  # pcapng
    (b"\x89PNG\r\n\x1a\n", Kind.DOCUMENT),
    (b"\xff\xd8\xff", Kind.DOCUMENT),
    (b"GIF8", Kind.DOCUMENT),
    (b"%PDF-", Kind.DOCUMENT),
    (b"\xd0\xcf\x11\xe0", Kind.DOCUMENT),  # OLE: old Office, .msg
)

# Every repetition is bounded: a head made for it must not cost time in the square of its length.
_TEXT_MARKS: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"\*c xConfiguration ", re.IGNORECASE), Kind.XCONFIGURATION),
    (re.compile(rb"<Status\s[^>]{0,400}?(?:tandberg|product=)", re.IGNORECASE), Kind.XSTATUS_XML),
    (re.compile(rb"<Configuration\s[^>]{0,400}?(?:tandberg|product=)", re.IGNORECASE), Kind.CONFIGURATION_XML),
    (re.compile(rb"expcert-inventory/"), Kind.INVENTORY),
    (re.compile(rb'"(?:identities|trusts)"\s{0,20}:\s{0,20}\['), Kind.UCM_SNAPSHOT),
    (re.compile(rb"^\*s(?: [A-Z]|/end)", re.MULTILINE), Kind.XSTATUS_TEXT),
    (re.compile(rb"-----BEGIN "), Kind.CERTIFICATES),
    (
        re.compile(
            rb'\b(?:tvcs|traffic_server|httpd|alarm|XCP_\w{1,20})(?:\[\d{1,8}\])?:.{0,500}?(?:UTCTime=|Event="|ERROR)'
        ),
        Kind.LOG,
    ),
)


def recognise(head: bytes) -> Kind:
    """The kind of a file by its first `HEAD` bytes; `TEXT` or `UNKNOWN` where nothing in them is known."""
    if not head:
        return Kind.EMPTY
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[257:262] == b"ustar" or _is_old_tar(head):
        return Kind.TAR
    text = utf16_as_utf8(head) or head
    for mark, kind in _TEXT_MARKS:
        if mark.search(text):
            return kind
    if head[:1] == b"\x30" or looks_like_bare_base64(text):
        return Kind.CERTIFICATES  # DER, or base64 without armour; the certificate reader says more
    if not head.strip(b"\0\r\n\t "):
        return Kind.EMPTY if len(head) < HEAD else Kind.UNKNOWN
    return Kind.TEXT if _is_text(text) else Kind.UNKNOWN


def looks_like_bare_base64(text: bytes) -> bool:
    """A long run of base64 that starts as a DER SEQUENCE of two length bytes does ("MII")."""
    return re.match(rb"\s*MI[A-Za-z0-9+/\s]{120,}", text.removeprefix(b"\xef\xbb\xbf")) is not None


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and sum(byte < 9 or 13 < byte < 32 for byte in head[:4096]) == 0


def _is_old_tar(head: bytes) -> bool:
    """A tar header without the ustar mark (v7): its octal check sum is right."""
    if len(head) < 512 or not head[0]:
        return False
    try:
        stated = int(head[148:156].strip(b"\0 ") or b"x", 8)
    except ValueError:
        return False
    return stated == sum(head[:148]) + 8 * 32 + sum(head[156:512])
