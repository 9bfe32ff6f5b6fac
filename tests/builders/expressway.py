"""What an Expressway says of itself: configuration and status, as text and as XML, and answers of its REST interface.

The XML of the configuration and the text of the status are made in the form that the readers expect; real ones were not
seen (see the readers).
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

from diagnostics.readers.base import Kind
from diagnostics.samples.artefacts import xconf_dump, xstat_dump
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import healthy
from diagnostics.samples.xstat import NAMESPACE
from tests.builders import Built

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
C1, C2, E1 = "expc1.example.com", "expc2.example.com", "expe1.example.com"
_RECORD = re.compile(r'^\*c xConfiguration (?P<path>[^:]+): ?(?:"(?P<value>.*)")?$', re.MULTILINE)


@cache
def _plan() -> EstatePlan:
    plan = healthy(at=AT)
    for node in plan.nodes("expressway-c", "expressway-e"):
        node.alarms.append("Date and time not validated - The system is unable to obtain the correct time and date")
    return plan


def configuration_text(fqdn: str = C1, plan: EstatePlan | None = None) -> bytes:
    plan = plan or _plan()
    return xconf_dump(plan, plan.node(fqdn))


def configuration_xml(fqdn: str = C1, plan: EstatePlan | None = None) -> bytes:
    """The settings of the text dump with each word as an element and each number as its item."""
    return xml_of(configuration_text(fqdn, plan).decode())


def xml_of(dump: str) -> bytes:
    root = ET.Element("Configuration", {"xmlns": NAMESPACE, "product": "TANDBERG VCS", "version": "X14.3.2"})
    elements: dict[tuple[tuple[str, str], ...], ET.Element] = {(): root}
    for record in _RECORD.finditer(dump):
        path: list[tuple[str, str]] = []
        for word in record["path"].split():
            if word.isdigit():
                path[-1] = (path[-1][0], word)
            else:
                path.append((word, "1"))
        for depth in range(1, len(path) + 1):
            key = tuple(path[:depth])
            if key not in elements:
                name, item = key[-1]
                elements[key] = ET.SubElement(elements[key[:-1]], name, {"item": item})
        elements[tuple(path)].text = record["value"]
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document + b"\n"


def status_xml(fqdn: str = C1, plan: EstatePlan | None = None, *, named: bool = True) -> bytes:
    """`named`: with the node's host name in `SystemUnit/Name`, which the real file has not, so that it stands alone."""
    plan = plan or _plan()
    content = xstat_dump(plan, plan.node(fqdn))
    if not named:
        return content
    name = f'<SystemUnit item="1"><Name item="1">{plan.node(fqdn).host}</Name>'
    return content.replace(b'<SystemUnit item="1">', name.encode(), 1)


def status_text(fqdn: str = C1, plan: EstatePlan | None = None, *, named: bool = True) -> bytes:
    """The status XML as the command line prints it: a section for each top element, deeper levels indented."""
    root = ET.fromstring(status_xml(fqdn, plan, named=named))
    lines: list[str] = []
    for section in root:
        lines.append(f"*s {_titled(section)}: /")
        lines += _indented(section, 2)
        lines.append("*s/end")
    return ("\n".join([*lines, "", "OK", ""])).encode()


def _titled(element: ET.Element) -> str:
    name, item = element.tag.rpartition("}")[2], element.get("item", "1")
    return f"{name} {item}" if item != "1" or name in ("Zone", "Peer", "Warning", "Ethernet") else name


def _indented(element: ET.Element, depth: int) -> Iterator[str]:
    for child in element:
        text = (child.text or "").strip()
        quoted = f' "{text}"' if text else ""
        yield f"{' ' * depth}{_titled(child)}:{quoted}"
        yield from _indented(child, depth + 2)


def traversal_client(**spoiled: Any) -> dict[str, Any]:
    """What `/controller/zone/unifiedcommunicationstraversal` answers of one zone."""
    return {
        "Status": "Active",
        "RetryInterval": 120,
        "Name": "UC traversal",
        "PeerAddress": ["expe1.example.com", "expe2.example.com"],
        "AuthenticationMode": "DoNotCheckCredentials",
        "AuthenticationUserName": "traversal",
        "AcceptProxiedRegistrations": "Allow",
        "HopCount": 15,
        "SIPMediaICESupport": "Off",
        "SIPPort": 7001,
        **spoiled,
    }


def traversal_server(**spoiled: Any) -> dict[str, Any]:
    """What `/edge/zone/unifiedcommunicationstraversal` answers of one zone."""
    return {
        "Status": "Active",
        "Name": "UC traversal",
        "SIPTLSVerifySubjectName": "expc.example.com",
        "AuthenticationMode": "DoNotCheckCredentials",
        "AuthenticationUserName": "traversal",
        "TCPProbeKeepAliveInterval": 20,
        "UDPProbeKeepAliveInterval": 20,
        "HopCount": 15,
        "SIPPort": 7001,
        **spoiled,
    }


def neighbor(**spoiled: Any) -> dict[str, Any]:
    return {
        "Name": "To Unified CM",
        "PeerAddress": ["cucm1.example.com"],
        "H323Mode": "Off",
        "SIPMode": "On",
        "SIPPort": 5061,
        "SIPTransport": "TLS",
        "SIPTLSVerifyMode": "On",
        "ZoneProfile": "CiscoUnifiedCommunicationsManager",
        **spoiled,
    }


def dns_zone(**spoiled: Any) -> dict[str, Any]:
    return {
        "Name": "Partner",
        "HopCount": 15,
        "IncludeAddressRecord": "Off",
        "SIPTLSVerifyMode": "On",
        "SIPTLSVerifySubjectName": "sip.partner.example.org",
        "SIPTLSVerifyInboundClassification": "Off",
        **spoiled,
    }


def dns_answer(**spoiled: Any) -> dict[str, Any]:
    return {
        "DNSRequestsPortRange": "UseEphemeralPortRange",
        "DomainName": "example.com",
        "SystemHostName": "expc1",
        **spoiled,
    }


def sip_answer(**spoiled: Any) -> dict[str, Any]:
    return {
        "SipMode": "On",
        "TlsMode": "On",
        "TlsPort": 5061,
        "MutualTlsMode": "On",
        "MutualTlsPort": 5062,
        "TlsHandshakeTimeout": 5,
        **spoiled,
    }


def domain_answer(**spoiled: Any) -> dict[str, Any]:
    return {"Name": "example.com", "Sip": "Off", "EdgeSip": "On", "EdgeXmpp": "On", "XmppFederation": "Off", **spoiled}


def cucm_answer(**spoiled: Any) -> dict[str, Any]:
    return {
        "Publisher": "cucm1.example.com",
        "AesGcm": "off",
        "TlsVerify": "On",
        "AxlUsername": "administrator",
        "AxlPassword": "made-up-and-hidden",
        "SipUpdateForSessionRefresh": "off",
        "IcePassthrough": "on",
        **spoiled,
    }


def imp_answer(**spoiled: Any) -> dict[str, Any]:
    return {"Publisher": "imp1.example.com", "AxlUsername": "administrator", "TlsVerify": "On", **spoiled}


def server_record(**spoiled: Any) -> dict[str, Any]:
    """Of the older internal interface: one node of Unified CM that was discovered."""
    return {
        "publisher": "cucm1.example.com",
        "name": "cucm2.example.com",
        "role": "Subscriber",
        "cmname": "CM_cucm2.example.com",
        "address": "cucm2.example.com",
        "common_name": "",
        "sip_tcp_port": 5060,
        "sip_tls_port": 5061,
        "tls_verify": "false",
        "version": "14.0.1",
        "axl_username": "administrator",
        "axl_password": "{cipher}aGlkZGVu",
        **spoiled,
    }


def as_json(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode()


def behind_each_other(*values: Any) -> bytes:
    """As a script saves that asks for one thing after the other."""
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def _cut(content: bytes, mark: bytes) -> bytes:
    """The content up to the last occurrence of the mark, and half of it."""
    return content[: content.rindex(mark) + len(mark) // 2]


def _two_nodes_mixed() -> bytes:
    """The lines of two nodes' dumps by turns, as a careless sort of both files gives them."""
    pairs = zip(configuration_text(C1).splitlines(True), configuration_text(C2).splitlines(True), strict=False)
    return b"".join(line for pair in pairs for line in pair)


BUILT: tuple[Built, ...] = (
    Built(kind=Kind.XCONFIGURATION, title="xConfiguration dump", valid=configuration_text, malformed=_two_nodes_mixed),
    Built(
        kind=Kind.CONFIGURATION_XML,
        title="configuration XML",
        valid=configuration_xml,
        malformed=lambda: _cut(configuration_xml(), b"</Zones>"),
    ),
    Built(
        kind=Kind.XSTATUS_XML,
        title="status XML",
        valid=status_xml,
        malformed=lambda: _cut(status_xml(), b"</Warnings>"),
    ),
    Built(
        kind=Kind.XSTATUS_TEXT,
        title="status as text",
        valid=status_text,
        malformed=lambda: _cut(status_text(), b"*s/end"),
    ),
    Built(
        kind=Kind.REST_ANSWER,
        title="answers with zones of every type",
        valid=lambda: behind_each_other(
            dns_answer(), [traversal_client()], {"Result": [traversal_server(Name="Other"), neighbor(), dns_zone()]}
        ),
        malformed=lambda: _cut(as_json([dns_answer(), traversal_client()]), b'"SIPPort": 7001'),
    ),
    Built(
        kind=Kind.REST_ANSWER,
        title="answers with host name and SIP",
        valid=lambda: as_json([dns_answer(), sip_answer()]),
        malformed=lambda: as_json([dns_answer(), dns_answer(SystemHostName="expc2")]),
    ),
    Built(
        kind=Kind.REST_ANSWER,
        title="answer with domains",
        valid=lambda: as_json([domain_answer()]),
        malformed=lambda: as_json([domain_answer()]).replace(b'"Sip": ', b'"Sip" '),
    ),
    Built(
        kind=Kind.REST_ANSWER,
        title="answer on Mobile and Remote Access",
        valid=lambda: as_json({"Enabled": "On", "SSO": "Off"}),
        malformed=lambda: b"{'Enabled': 'On', 'SSO': 'Off'}",
    ),
    Built(
        kind=Kind.REST_ANSWER,
        title="answers with servers",
        valid=lambda: behind_each_other([cucm_answer()], [imp_answer()], [server_record()]),
        malformed=lambda: behind_each_other([cucm_answer()], [imp_answer()]) + b"[{]",
    ),
)
