"""From the objects in REST answers of an Expressway to facts and to what the node reports.

The interface is told apart by the members of its objects, which public clients of it show:
`/common/dns/dns`, `/common/domain`, `/common/mra`, `/common/protocol/sip/configuration`, `/common/time/ntpserver`,
`/common/zone/neighborzone` and `dnszone`, `/controller/server/cucm` and `imp`, zones of the types traversal client,
traversal server and Unified Communications traversal, and the records `edgeconfigprovisioning/cucm` and `sipdomain` of the
older internal interface.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from diagnostics.estate.observations import (
    DeploymentRef,
    Fact,
    FactKey,
    FactValue,
    NodeRef,
    Origin,
    Role,
    Sign,
    SignCode,
    Source,
    Subject,
    ZoneRef,
    ZoneType,
)
from diagnostics.readers.configuration_facts import is_on, port_number
from diagnostics.readers.configuration_keys import DOMAIN_KEYS
from diagnostics.readers.json_records import AnswerRecord
from diagnostics.readers.member_names import container
from diagnostics.readers.secret_settings import is_secret_value
from diagnostics.readers.wording import LONGEST_VALUE, printable

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._:-]{0,251}[A-Za-z0-9_])?")
_RELEASE = re.compile(r"X?[0-9]{1,3}(?:\.[0-9]{1,5}){1,4}", re.IGNORECASE)
_SWITCHED = {"on", "off", "true", "false", "yes", "no", "enabled", "disabled"}
_MOST_PEERS = 50  # a zone has six places
# Members that a zone of Unified Communications does not have: its transport and verification are fixed.
_ORDINARY = re.compile(r"h323|sip(?:transport|tlsverifymode)|tlsverifymode")
_OF_DNS_ZONE = {
    "includeaddressrecord",
    "siptlsverifyinboundclassification",
    "tlsverifyinboundmapping",
    "modifydnsrequest",
    "fallbacktransportprotocol",
}
_OF_UNIFIED_CM = {"aesgcm", "sipupdateforsessionrefresh", "icepassthrough"}
_NAMES_UNIFIED_CM = re.compile(r"cucm|ucm|callmanager", re.IGNORECASE)


class Asked(Enum):
    """What an object answers."""

    DNS = auto()
    NTP = auto()
    MRA = auto()
    DOMAIN = auto()
    SIP = auto()
    ZONE = auto()
    SERVER = auto()
    SERVER_RECORD = auto()  # of the internal interface
    SYSTEM = auto()


def asked(record: AnswerRecord) -> Asked | None:
    """None where nothing here knows the object."""
    keys = record.keys
    if "systemhostname" in keys:
        return Asked.DNS
    if {"enabled", "sso"} <= keys:
        return Asked.MRA
    if "name" in keys and keys & {"edgesip", "edgexmpp", "xmppfederation"}:
        return Asked.DOMAIN
    if keys & {"mutualtlsmode", "mutualtlsport"}:
        return Asked.SIP
    if {"publisher", "axlusername"} <= keys:
        return Asked.SERVER
    if {"publisher", "address", "role"} <= keys:
        return Asked.SERVER_RECORD
    if {"address", "keyid"} <= keys:
        return Asked.NTP
    if "name" in keys and zone_type(keys) is not None:
        return Asked.ZONE
    if "softwareversion" in keys or ("version" in keys and keys & {"serialnumber", "hardwareversion", "uptime"}):
        return Asked.SYSTEM  # the path is documented, its members are guessed
    return None


def zone_type(keys: frozenset[str]) -> ZoneType | None:
    """By the members that only zones of one type have."""
    if "peeraddress" in keys:
        is_client = keys & {"retryinterval", "authenticationusername"}
        return ZoneType.TRAVERSAL_CLIENT if is_client else ZoneType.NEIGHBOR
    if "siptlsverifysubjectname" in keys or keys & _OF_DNS_ZONE:
        is_server = keys & {"authenticationusername", "tcpprobekeepaliveinterval", "udpprobekeepaliveinterval"}
        return ZoneType.TRAVERSAL_SERVER if is_server else ZoneType.DNS
    return None


def needs_node(kind: Asked) -> bool:
    """Of the others something is said of the deployment or of another server."""
    return kind in (Asked.DNS, Asked.NTP, Asked.SIP, Asked.ZONE, Asked.SYSTEM)


class AnswerFacts:
    """The observations in the objects of one file; `node` None: it is not known whose answers they are."""

    def __init__(self, source: Source, node: NodeRef | None) -> None:
        self._source, self._node = source, node
        self._readers: dict[Asked, Callable[[AnswerRecord, NodeRef], Iterator[Fact | Sign]]] = {
            Asked.DNS: self._dns,
            Asked.NTP: self._ntp,
            Asked.SIP: self._sip,
            Asked.ZONE: self._zone,
            Asked.SYSTEM: self._system,
        }

    def observations(self, record: AnswerRecord, kind: Asked) -> Iterator[Fact | Sign]:
        if kind in self._readers:
            if self._node is not None:
                yield from self._readers[kind](record, self._node)
        elif kind is Asked.MRA:
            yield from self._mra(record)
        elif kind is Asked.DOMAIN:
            yield from self._domain(record)
        elif kind is Asked.SERVER:
            yield from self._server(record)
        else:
            yield from self._server_record(record)

    def _said(self, record: AnswerRecord, key: str, value: FactValue) -> Source:
        line = record.lines.get(key)
        return replace(self._source, line=line, text=f'"{record.shown[key]}": "{value}"')

    def _fact(
        self,
        record: AnswerRecord,
        key: str,
        subject: Subject,
        told: FactKey,
        value: FactValue,
        *,
        proven: bool = True,
    ) -> Fact:
        quoted = _text(record, key) if isinstance(record.values[key], str | int) else value
        source = self._said(record, key, quoted)
        return Fact(source=source, subject=subject, key=told, value=value, proven=proven, origin=Origin.ANSWER)

    def _host(self, record: AnswerRecord, key: str, subject: Subject, told: FactKey) -> Iterator[Fact]:
        value = _text(record, key)
        if _HOST.fullmatch(value):
            yield self._fact(record, key, subject, told, value)

    def _flag(self, record: AnswerRecord, key: str, subject: Subject, told: FactKey) -> Iterator[Fact]:
        value = _text(record, key)
        if value.casefold() in _SWITCHED:
            yield self._fact(record, key, subject, told, is_on(value))

    def _port(self, record: AnswerRecord, key: str, subject: Subject, told: FactKey) -> Iterator[Fact]:
        port = port_number(_text(record, key))
        if port is not None:
            yield self._fact(record, key, subject, told, port)

    def _dns(self, record: AnswerRecord, node: NodeRef) -> Iterator[Fact]:
        yield from self._host(record, "systemhostname", node, FactKey.HOST_NAME)
        yield from self._host(record, "domainname", node, FactKey.DOMAIN_NAME)

    def _ntp(self, record: AnswerRecord, node: NodeRef) -> Iterator[Fact]:
        yield from self._host(record, "address", node, FactKey.NTP_SERVER)

    def _system(self, record: AnswerRecord, node: NodeRef) -> Iterator[Fact]:
        key = "softwareversion" if "softwareversion" in record.values else "version"
        release = _text(record, key)
        if _RELEASE.fullmatch(release):
            yield self._fact(record, key, node, FactKey.VERSION, release, proven=False)

    def _sip(self, record: AnswerRecord, node: NodeRef) -> Iterator[Fact]:
        yield from self._flag(record, "tlsmode", node, FactKey.SIP_TLS)
        yield from self._port(record, "tlsport", node, FactKey.SIP_TLS_PORT)
        yield from self._flag(record, "mutualtlsmode", node, FactKey.SIP_MUTUAL_TLS)
        yield from self._port(record, "mutualtlsport", node, FactKey.SIP_MUTUAL_TLS_PORT)

    def _mra(self, record: AnswerRecord) -> Iterator[Fact]:
        yield from self._flag(record, "enabled", DeploymentRef(), FactKey.MRA_ENABLED)
        if self._node is not None:
            yield from self._flag(record, "sso", self._node, FactKey.SSO_ENABLED)

    def _domain(self, record: AnswerRecord) -> Iterator[Fact]:
        switched = [told for key, told in DOMAIN_KEYS.items() if is_on(_text(record, key))]
        for told in dict.fromkeys(switched):
            yield from self._host(record, "name", DeploymentRef(), told)

    def _zone(self, record: AnswerRecord, node: NodeRef) -> Iterator[Fact | Sign]:
        name, kind = _text(record, "name"), zone_type(record.keys)
        if not name or kind is None:
            return
        ref = ZoneRef(owner=node, key=f"answer {name}")
        yield self._fact(record, "name", ref, FactKey.ZONE_NAME, name)
        yield self._fact(record, "name", ref, FactKey.ZONE_TYPE, kind.value)
        is_traversal = kind in (ZoneType.TRAVERSAL_CLIENT, ZoneType.TRAVERSAL_SERVER)
        ordinary = any(_ORDINARY.match(key) for key in record.keys)
        if is_traversal:
            yield self._fact(record, "name", ref, FactKey.ZONE_UNIFIED_COMMUNICATIONS, not ordinary, proven=False)
        if is_traversal and not ordinary:
            # Fixed for such a zone, and so not among its members.
            yield self._fact(record, "name", ref, FactKey.ZONE_TLS_VERIFY, True, proven=False)
        yield from self._port(record, "sipport", ref, FactKey.ZONE_PORT)
        for key in ("siptlsverifymode", "tlsverifymode"):
            yield from self._flag(record, key, ref, FactKey.ZONE_TLS_VERIFY)
        for key, told in (
            ("siptransport", FactKey.ZONE_TRANSPORT),
            ("siptlsverifysubjectname", FactKey.ZONE_VERIFY_NAME),
            ("zoneprofile", FactKey.ZONE_PROFILE),
        ):
            if value := _text(record, key):
                yield self._fact(record, key, ref, told, value)
        for key in ("siptlsverifyinboundclassification", "tlsverifyinboundmapping"):
            yield from self._flag(record, key, ref, FactKey.ZONE_INBOUND_MAPPING)
        for peer in _texts(record, "peeraddress"):
            yield self._fact(record, "peeraddress", ref, FactKey.ZONE_PEER, peer)
        yield from self._zone_state(record, node, name)

    def _zone_state(self, record: AnswerRecord, node: NodeRef, name: str) -> Iterator[Fact | Sign]:
        state = _text(record, "status")
        if state.casefold() == "active":
            yield self._fact(record, "name", node, FactKey.ACTIVE_ZONE, name)
        elif state.casefold() == "failed":
            cause = _text(record, "cause")
            source = self._said(record, "status", state)
            code, origin = SignCode.ZONE_FAILED, Origin.ANSWER
            yield Sign(source=source, node=node, code=code, name=name, detail=cause, origin=origin)

    def _server(self, record: AnswerRecord) -> Iterator[Fact]:
        """A publisher that was added for discovery. Those of Unified CM have members that the others do not have."""
        name, verified = _text(record, "publisher"), _text(record, "tlsverify")
        if not _HOST.fullmatch(name):
            return
        if verified and self._node is not None:
            told = FactKey.VERIFIED_UC_SERVER if is_on(verified) else FactKey.UNVERIFIED_UC_SERVER
            yield self._fact(record, "publisher", self._node, told, name)
        role = Role.UNIFIED_CM if record.keys & _OF_UNIFIED_CM else Role.IM_PRESENCE
        if role is Role.IM_PRESENCE and _NAMES_UNIFIED_CM.search(self._source.file_path):
            return  # an old release may leave those members out: not sure
        yield from self._entry(record, "publisher", name, role)

    def _server_record(self, record: AnswerRecord) -> Iterator[Fact]:
        """A node that was discovered, publisher or subscriber."""
        address = _text(record, "address")
        if _HOST.fullmatch(address) and record.keys & {"cmname", "sip_tls_port", "tls_zone", "tcp_zone", "tls_verify"}:
            yield from self._entry(record, "address", address, Role.UNIFIED_CM)

    def _entry(self, record: AnswerRecord, key: str, name: str, role: Role) -> Iterator[Fact]:
        target = NodeRef(name=name, container=None if "." in name or ":" in name else container(self._source))
        yield self._fact(record, key, target, FactKey.SERVER_ENTRY, name)
        yield self._fact(record, key, target, FactKey.ROLE, role.value, proven=False)


def _text(record: AnswerRecord, key: str) -> str:
    return _plain(record.values.get(key))


def _texts(record: AnswerRecord, key: str) -> list[str]:
    value = record.values.get(key)
    items = value if isinstance(value, list) else [value]
    return [text for text in map(_plain, items[:_MOST_PEERS]) if text]


def _plain(value: Any) -> str:
    """As text; empty for what is none, a secret, or longer than any setting."""
    if isinstance(value, bool):
        return "On" if value else "Off"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**9 else ""
    if not isinstance(value, str) or len(value) > LONGEST_VALUE or is_secret_value(value):
        return ""
    return printable(value.strip())
