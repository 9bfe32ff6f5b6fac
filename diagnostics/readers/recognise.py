"""What a file is, from its first bytes. Extensions play no part."""

import re

from diagnostics.pki.loading import utf16_as_utf8
from diagnostics.readers.base import Kind
from diagnostics.readers.inventory_table import looks_like_table
from diagnostics.readers.logs.telling import looks_like_log

HEAD = 64 * 1024  # bytes looked at

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),  # an empty zip
    (b"\x1f\x8b\x08", Kind.GZIP),
    (b"\xfd7zXZ\x00", Kind.XZ),
    (b"\xfe\xed\xfe\xed", Kind.KEYSTORE),  # JKS
    (b"\xce\xce\xce\xce", Kind.KEYSTORE),  # JCEKS
    (b"\0\0\0\0CERT", Kind.CERTIFICATE_STORE),
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

# Archives that are not opened, by the names that people know them under.
_OTHER_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"LZIP\x01", "lzip"),
    (b"\x5d\x00\x00\x80\x00" + b"\xff" * 8, "LZMA"),
    (b"\x1f\x9d", "compress (.Z)"),
    (b"MSCF\0\0\0\0", "Windows cabinet"),
)
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")  # and what opens its first block, or its end

# Every repetition is bounded: a head made for it must not cost time in the square of its length.
_TEXT_MARKS: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"\*c(?: |\xc2\xa0)xConfiguration(?: |\xc2\xa0)", re.IGNORECASE), Kind.XCONFIGURATION),
    (re.compile(rb"<(?:\w{1,20}:)?Status\s[^>]{0,400}?(?:tandberg|product=)", re.IGNORECASE), Kind.XSTATUS_XML),
    (
        re.compile(rb"<(?:\w{1,20}:)?Configuration\s[^>]{0,400}?(?:tandberg|product=)", re.IGNORECASE),
        Kind.CONFIGURATION_XML,
    ),
    # Without namespace, inside of another element: every element of the dialect has its item number.
    (re.compile(rb'<Status(?:\s[^>]{0,400})?>\s{0,200}<[\w-]{1,60} item="', re.IGNORECASE), Kind.XSTATUS_XML),
    (
        re.compile(rb'<Configuration(?:\s[^>]{0,400})?>\s{0,200}<[\w-]{1,60} item="', re.IGNORECASE),
        Kind.CONFIGURATION_XML,
    ),
    (re.compile(rb"expcert-inventory/"), Kind.INVENTORY),
    (re.compile(rb'"(?:identities|trusts)"\s{0,20}:\s{0,20}\['), Kind.UCM_SNAPSHOT),
    (re.compile(rb'"certificate"\s{0,20}:\s{0,20}"-----BEGIN'), Kind.UCM_SNAPSHOT),  # one list of such a server
    (
        re.compile(
            rb"(?:^|\r)(?:[ \t]|\x1b\[[0-9;?]{0,20}[A-Za-z]){0,20}(?:admin:)?"
            rb"[ \t]{0,20}show[ \t]{1,10}cert[ \t]{1,10}(?:list|own|trust)\b"
            rb"|^(?:[ \t]|\x1b\[[0-9;?]{0,20}[A-Za-z]){0,20}(?:tomcat|CallManager|cup|CAPF|ipsec|TVS|ITLRecovery)[\w-]{0,30}"
            rb"/[^/\r\n]{1,250}\.pem[ \t]{0,10}:"
            rb"|^[ \t]{0,40}Validity From[ \t]{0,10}:[ \t]{0,10}[A-Z][a-z]{2} [A-Z][a-z]{2} ",
            re.IGNORECASE | re.MULTILINE,
        ),
        Kind.UCM_LISTING,
    ),
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
    if (binary := _by_first_bytes(head)) is not None:
        return binary
    if head[257:262] == b"ustar" or _is_old_tar(head):
        return Kind.TAR
    text = utf16_as_utf8(head) or head
    if looks_like_log(text):
        return Kind.LOG
    for mark, kind in _TEXT_MARKS:
        if mark.search(text):
            return kind
    return _without_marks(head, text)


def _without_marks(head: bytes, text: bytes) -> Kind:
    """By the form of the whole of it."""
    if looks_like_table(text.decode("utf-8", "replace")):
        return Kind.INVENTORY
    if looks_like_rest_answer(text):
        return Kind.REST_ANSWER
    if head[:1] == b"\x30" or looks_like_bare_base64(text):
        return Kind.CERTIFICATES  # DER, or base64 without armour; the certificate reader says more
    if not head.strip(b"\0\r\n\t "):
        return Kind.EMPTY if len(head) < HEAD else Kind.UNKNOWN
    return Kind.TEXT if _is_text(text) else Kind.UNKNOWN


# A SEQUENCE of more than 127 bytes, or of no stated length; blanks before it are left by editors and text-mode transfers.
# Told before the marks of text, which a certificate's maker may have written into it.
_DER = re.compile(rb"[\0\r\n\t ]{0,64}\x30[\x80-\x84]")


def _by_first_bytes(head: bytes) -> Kind | None:
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) and (office := _office(head)) is not None:
        return office
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if _BZIP2.match(head):
        return Kind.BZIP2
    if _DER.match(head):
        return Kind.CERTIFICATES
    return Kind.OTHER_ARCHIVE if other_archive(head) else None


# The members of an Office file that the first bytes show: its package, and the folder that tells its kind.
_OFFICE_MEMBER = re.compile(
    rb"PK\x03\x04.{26}(xl/|word/|ppt/|_rels/\.rels|docProps/|\[Content_Types\]\.xml|mimetypeapplication/vnd\.oasis)",
    re.DOTALL,
)
_OFFICE_FOLDERS = {b"xl/": Kind.SPREADSHEET, b"word/": Kind.DOCUMENT, b"ppt/": Kind.DOCUMENT}


def _office(head: bytes) -> Kind | None:
    """XLSX and its relatives are zip archives by their bytes; an encrypted one is OLE, as the Excel files of old are."""
    if head.startswith(b"\xd0\xcf"):
        streams = ("EncryptedPackage".encode("utf-16-le"), "Workbook".encode("utf-16-le"))
        return Kind.SPREADSHEET if any(name in head for name in streams) else Kind.DOCUMENT
    if _OFFICE_MEMBER.match(head) is None:
        return None
    parts = dict.fromkeys(_OFFICE_MEMBER.findall(head))
    if any(part.startswith(b"mimetype") for part in parts):
        return Kind.DOCUMENT
    folder = next((part for part in parts if part in _OFFICE_FOLDERS), None)
    packaged = any(part not in _OFFICE_FOLDERS for part in parts)
    return _OFFICE_FOLDERS[folder] if folder is not None and packaged else None


def other_archive(head: bytes) -> str:
    """What people call an archive that is not opened; empty where it is none."""
    return next((name for magic, name in _OTHER_ARCHIVES if head.startswith(magic)), "")


# Members of the objects that the Expressway REST interface and its predecessor answer with.
_REST_MEMBER = re.compile(
    rb"""["'](?:PeerAddress|SIPTLSVerifySubjectName|SystemHostName|EdgeSip|EdgeXmpp|XmppFederation|MutualTlsMode"""
    rb"""|MutualTlsPort|AxlUsername|axl_username|SSO|KeyId|sip_tls_port|SoftwareVersion|IncludeAddressRecord)["']\s{0,20}:""",
    re.IGNORECASE,
)


def looks_like_rest_answer(text: bytes) -> bool:
    """JSON, perhaps behind the head of the HTTP answer; Python's way of printing it too, for that is told apart later."""
    begins = text.removeprefix(b"\xef\xbb\xbf").lstrip()[:5]
    return begins.startswith((b"{", b"[", b"HTTP/")) and _REST_MEMBER.search(text) is not None


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
