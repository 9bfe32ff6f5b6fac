"""Which records say something, and what: one function per kind of line.

The numbers are those of the table of log lines in `docs/uploads.md`. Lines 1 to 14, 17 to 22 are published verbatim;
the words of 15 and 16 are in the source of Apache Traffic Server (SSLClientUtils.cc), how Expressway begins those lines
is inferred from 14; of 23 the event is documented and no line was found.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from diagnostics.estate.observations import SignCode
from diagnostics.readers.logs.blocks import Mark
from diagnostics.readers.logs.lines import Record, port_of
from diagnostics.readers.logs.quoting import LONGEST_DETAIL, quoted
from diagnostics.readers.logs.troubles import Trouble, is_alert, is_closed, reason_of, trouble_of

LONGEST_NAME = 253  # of a DNS name (RFC 1035); of anything else that is kept as a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What one record reports; the attributes are those of `Sign`."""

    code: SignCode
    peer: str | None = None
    port: int | None = None
    name: str | None = None
    detail: str = ""


# Names of events that are read; they follow the key, with or without a blank.
EVENTS = (
    b"Inbound TLS Negotiation Error",
    b"Outbound TLS Negotiation Error",
    b"Authentication Failed",
    b"Sending HTTP error response",
    b"Alarm Raised",
    b"System Configuration Changed",
    b"Certificate Management",
)


def _is_event(data: bytes, position: int) -> bool:
    if data[position : position + 1] == b'"':  # a table as CSV doubles them
        position += 1
    if data[position : position + 1] in (b" ", b"\xc2"):  # a blank of any kind, as copies from web pages have them
        position += 1 if data[position : position + 1] == b" " else 2
    return data.startswith(EVENTS, position)


HANDSHAKE_SUCCEEDED = b'"Handshake succeeded"'
BEGIN = b"-----BEGIN "
QUIET = (b"in peer certificate", HANDSHAKE_SUCCEEDED, b"MatchedZone=")  # 9, 10, 12
# No line is read that holds none of these. Long ones are found faster, so they are no shorter than need be.
MARKS = (
    Mark(b'Event="', _is_event),
    Mark(b"SSL connection"),  # 6, 7, 8, 14
    Mark(b"certificate"),  # 10, 11, 15, 16
    Mark(b"MatchedZone="),  # 12
    Mark(b"Unable to connect to host"),  # 18
    Mark(b"Failed to authenticate user"),  # 19
    Mark(b"AlternateIPAddresses="),  # 22
    Mark(HANDSHAKE_SUCCEEDED),  # 9: what the certificate carried is no sign of a fault
    Mark(BEGIN),
)


def _inbound(record: Record) -> Event:
    """1, 2, 3: a caller's handshake failed; the port is this node's."""
    detail = record.get("Detail")
    return Event(
        code=inbound_code(detail),
        peer=_text(record.get("Src-ip")),
        port=record.port("Dst-port"),
        name=_name(record.get("Common-name")),
        detail=_detail(detail),
    )


def _outbound(record: Record) -> Event:
    """4, 5: a handshake that this node began; `Common-name` is the name that it expected (inferred)."""
    detail = record.get("Detail")
    return Event(
        code=outbound_code(detail),
        peer=_text(record.get("Dst-ip")),
        port=record.port("Dst-port"),
        name=_name(record.get("Common-name")),
        detail=_detail(detail),
    )


def inbound_code(words: str) -> SignCode:
    """By the words of a handshake that the other side began."""
    trouble = trouble_of(words)
    if is_closed(words):
        return SignCode.TLS_INBOUND_CLOSED
    if trouble is Trouble.OTHER:
        return SignCode.TLS_INBOUND_OTHER
    if is_alert(words):
        return SignCode.TLS_INBOUND_REJECTED
    return SignCode.TLS_INBOUND_NAME if trouble is Trouble.NAME else SignCode.TLS_INBOUND_UNTRUSTED


def outbound_code(words: str) -> SignCode:
    """By the words of a handshake that this node began."""
    trouble = trouble_of(words)
    if is_closed(words):
        return SignCode.TLS_OUTBOUND_CLOSED
    if trouble is Trouble.OTHER:
        return SignCode.TLS_OUTBOUND_OTHER
    if is_alert(words):
        return SignCode.TLS_OUTBOUND_REJECTED
    return SignCode.TLS_OUTBOUND_NAME if trouble is Trouble.NAME else SignCode.TLS_OUTBOUND_UNTRUSTED


def _authentication(record: Record) -> Event:
    """13: a wrong password of a traversal zone, most likely."""
    port = record.port("Dst-port")
    return Event(
        code=SignCode.CREDENTIALS,
        peer=_text(record.get("Src-ip")) or _text(record.get("Dst-ip")),
        port=port,
        detail=_detail(record.get("Detail")),
    )


def _http_error(record: Record) -> Event | None:
    """17: a domain or service that is not allowed; any other status is left to whoever asked."""
    if record.get("Status") != "403":
        return None
    return Event(code=SignCode.PROXY_FORBIDDEN, detail=_detail(f"403 {record.get('Reason')}".strip()))


def _alarm(record: Record) -> Event | None:
    """20: here `Id` is the number by which alarms are documented."""
    number = record.get("Id")
    known = number if re.fullmatch(r"[0-9]{5}", number) else None
    detail = _detail(record.get("Detail"))
    return Event(code=SignCode.ALARM, name=known, detail=detail) if known or detail else None


_TLS_VERIFY = re.compile(
    r"tls_verify\s{0,3}-\s{0,3}changed from:\s?'?([\w ]{0,40}?)'?\s{1,3}to:\s?'?(\w{1,40})", re.IGNORECASE
)
MODES = {"permissive": "permissive", "enforcing": "enforce", "enforce": "enforce"}


def _configuration(record: Record) -> Event | None:
    """21: the cluster's TLS verification mode was changed; `name` is the new one."""
    match = _TLS_VERIFY.search(record.get("Detail"))
    mode = MODES.get(match[2].casefold()) if match else None
    if match is None or mode is None:
        return None
    detail = f"tls_verify - changed from: {match[1]} to: {match[2]}"
    return Event(code=SignCode.TLS_VERIFICATION_CHANGED, name=mode, detail=_detail(detail))


def _certificate_management(record: Record) -> Event:
    """23"""
    return Event(code=SignCode.CERTIFICATE_CHANGED, detail=_detail(record.get("Detail")))


_BY_EVENT: Mapping[str, Callable[[Record], Event | None]] = {
    name.decode(): reader
    for name, reader in zip(
        EVENTS,
        (_inbound, _outbound, _authentication, _http_error, _alarm, _configuration, _certificate_management),
        strict=True,
    )
}

_PROXY_FAILED = re.compile(r"SSL connection failed for\s{1,3}'([^'\s]{1,253})'\s{0,3}:?\s{0,3}([^\"]{0,300})")
_PROXY_UNTRUSTED = re.compile(
    r"erver certificate verification failed for \(?([^)\s]{0,253})\)?\.?\s{1,3}Action=(\w{1,20})\s{1,3}"
    r"Error=([^\"=]{0,200})\sserver=([^\s(\"]{0,253})\(([^)\s\"]{0,64})\)"
)
_PROXY_NAME = re.compile(
    r"SNI \(([^)\s]{0,253})\) not in certificate\.?\s{1,3}Action=(\w{1,20})\s{1,3}server=([^\s(\"]{0,253})\(([^)\s\"]{0,64})\)"
)
_HOST_PORT = re.compile(r"host\s{1,3}'([^'\s]{1,253})',?\s{1,3}port\s{1,3}(\d{1,5})")
_SERVER = re.compile(r"\(\s?'[a-z]{1,8}',\s?'([^'\s]{1,253})',\s?(\d{1,5})\s?\)")


def _proxy_failed(record: Record) -> Event | None:
    """14: the alert is the server's, so it is the server that does not trust this node."""
    match = _PROXY_FAILED.search(record.text)
    if match is None:
        return None
    words = reason_of(match[2].strip())
    trouble = trouble_of(words)
    code = SignCode.TLS_OUTBOUND_CLOSED if is_closed(words) else SignCode.TLS_OUTBOUND_OTHER
    if trouble is not Trouble.OTHER and not is_closed(words):
        own = SignCode.PROXY_NAME if trouble is Trouble.NAME else SignCode.PROXY_UNTRUSTED
        code = SignCode.PROXY_REJECTED if is_alert(words) else own
    return Event(code=code, peer=_name(match[1]), detail=_detail(words))


def _proxy_untrusted(record: Record) -> Event | None:
    """15: "Action=Continue" says that it was let through all the same, so it stays in the words."""
    match = _PROXY_UNTRUSTED.search(record.text)
    if match is None:
        return None
    name, server = _name(match[1]), _name(match[4])
    return Event(
        code=SignCode.PROXY_UNTRUSTED,
        peer=server or name or _text(match[5]),
        name=name,
        detail=_detail(f"{match[3].strip()} (Action={match[2]})"),
    )


def _proxy_name(record: Record) -> Event | None:
    """16"""
    match = _PROXY_NAME.search(record.text)
    if match is None:
        return None
    name, server = _name(match[1]), _name(match[3])
    return Event(
        code=SignCode.PROXY_NAME,
        peer=server or name or _text(match[4]),
        name=name,
        detail=_detail(f"SNI not in certificate (Action={match[2]})"),
    )


def _unreachable(record: Record) -> Event | None:
    """18"""
    match = _HOST_PORT.search(record.get("Detail"))
    if match is None:
        return None
    detail = _detail(record.get("Detail"))
    return Event(code=SignCode.UNREACHABLE, peer=_name(match[1]), port=port_of(match[2]), detail=detail)


def _user_failed(record: Record) -> Event:
    """19"""
    match = _SERVER.search(record.text)
    detail = _detail(" ".join(filter(None, (record.get("Detail"), record.get("Reason")))))
    peer, port = (_name(match[1]), port_of(match[2])) if match else (None, None)
    return Event(code=SignCode.CREDENTIALS, peer=peer, port=port, detail=detail)


_BY_WORDS: tuple[tuple[str, Callable[[Record], Event | None]], ...] = (
    ("SSL connection failed for", _proxy_failed),
    ("certificate verification failed for", _proxy_untrusted),
    (") not in certificate", _proxy_name),
    ("Unable to connect to host", _unreachable),
    ("Failed to authenticate user", _user_failed),
)


def event_of(record: Record) -> Event | None:
    """What the record reports by itself; None: nothing, or a detail of what another one reports."""
    by_name = _BY_EVENT.get(record.get("Event"))
    if by_name is not None:
        return by_name(record)
    return next((reader(record) for words, reader in _BY_WORDS if words in record.text), None)


def _text(value: str) -> str | None:
    """An address or name as it stands; None where there is none."""
    return value[:LONGEST_NAME] if value and value.isprintable() else None


def _name(value: str) -> str | None:
    return _text(value.strip().rstrip("."))


def _detail(value: str) -> str:
    return quoted(value, LONGEST_DETAIL)
