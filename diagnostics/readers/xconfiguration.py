"""The text xConfiguration dump of an Expressway: `*c xConfiguration <path>: "<value>"`.

The line form is verbatim from real dumps; an unset value is a colon and nothing. Keys are matched without regard to
case (dump `Edgesip`, manual `Edge`). Text pasted from web pages has several records on one line, so records are split
before they are parsed. Only the keys below are taken: passwords and SNMP communities are never looked at.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from diagnostics.estate.observations import (
    DeploymentRef,
    Fact,
    FactKey,
    FactValue,
    NodeRef,
    Observation,
    Role,
    Source,
    Subject,
    ZoneRef,
    ZoneType,
)
from diagnostics.pki.loading import utf16_as_utf8
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.member_names import container, node_of_member

_RECORD = re.compile(r"\*c xConfiguration (?P<body>.*?)(?=\*c xConfiguration |\r|\n|$)", re.IGNORECASE)
_BODY = re.compile(r'^(?P<path>[^:"]+?):\s?(?:"(?P<quoted>.*)"|(?P<bare>[^"]*))\s*$')
_REMARK = re.compile(r"\s*<-.*$")  # "<-- look here", as added in articles

_ZONE_TYPES = {
    "traversalclient": ZoneType.TRAVERSAL_CLIENT,
    "traversalserver": ZoneType.TRAVERSAL_SERVER,
    "neighbor": ZoneType.NEIGHBOR,
    "dns": ZoneType.DNS,
}
_ZONE_KEYS = {
    "sip tls verify subject name": FactKey.ZONE_VERIFY_NAME,
    "sip tls verify mode": FactKey.ZONE_TLS_VERIFY,
    "sip port": FactKey.ZONE_PORT,
    "sip transport": FactKey.ZONE_TRANSPORT,
    "collaboration edge": FactKey.ZONE_UNIFIED_COMMUNICATIONS,
}
_NODE_KEYS = {
    "ip dns hostname": FactKey.HOST_NAME,
    "ip dns domain name": FactKey.DOMAIN_NAME,
    "alternates cluster name": FactKey.CLUSTER,
    "edgeconfigserver verifyoriginserver": FactKey.VERIFY_ORIGIN_SERVER,
    "xcp tls certificate cvs enableserverekuupload": FactKey.SERVER_EKU_UPLOAD,
    "sip tls certificate extendedkeyusage checking mode": FactKey.SIP_EKU_CHECKING,
    "sip tls certificate revocation checking mode": FactKey.REVOCATION_MODE,
    "sip tls certificate revocation checking source inaccessibility behavior": FactKey.REVOCATION_FALLBACK,
}
_FLAGS = {
    FactKey.ZONE_TLS_VERIFY,
    FactKey.ZONE_UNIFIED_COMMUNICATIONS,
    FactKey.VERIFY_ORIGIN_SERVER,
    FactKey.SERVER_EKU_UPLOAD,
    FactKey.SIP_EKU_CHECKING,
    FactKey.REVOCATION_MODE,
    FactKey.MRA_ENABLED,
}
# "Source Inaccessibility Behavior" in the words of the web interface and of the inventory.
_FALLBACKS = {"ignore": "not-revoked", "fail": "revoked"}
# Zones that Expressway makes for each Unified CM node it discovers; their names hold the name that it uses.
_UC_ZONE = re.compile(r"^CE(?:tcp|tls|oauth)-(?P<node>.+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One setting: its path in lower case, its value as written, where it stands."""

    path: str
    value: str
    source: Source

    @property
    def words(self) -> list[str]:
        return self.path.split()


def read_xconfiguration(data: bytes, source: Source, limits: Limits) -> Taken:
    """Facts of one node, its zones and, from an Expressway-C, the MRA domains."""
    text = (utf16_as_utf8(data) or data).decode("utf-8-sig", "replace")
    records = list(_records(text, source))
    node = _node(records, source)
    if node is None:
        return Taken(
            kind=Kind.XCONFIGURATION, outcome=Outcome.NOT_READ, problems=(Problem(code=ProblemCode.WHICH_NODE),)
        )
    facts = [*_node_facts(records, node), *_zone_facts(records, node), *_mra_facts(records)]
    return Taken(
        kind=Kind.XCONFIGURATION,
        observations=tuple(facts),
        found={"settings": len(records), "facts": len(facts)},
    )


def _records(text: str, source: Source) -> Iterator[Record]:
    line, counted = 1, 0
    for found in _RECORD.finditer(text):
        line += text.count("\n", counted, found.start())
        counted = found.start()
        body = _BODY.match(_REMARK.sub("", found["body"]))
        if body is None:
            continue
        value = (body["quoted"] if body["quoted"] is not None else body["bare"]).strip()
        path = " ".join(body["path"].split())
        quoted = replace(source, line=line, text=f'{path}: "{value}"')
        yield Record(path=path.lower(), value=value, source=quoted)


def _node(records: list[Record], source: Source) -> NodeRef | None:
    by_name = node_of_member(source)
    if by_name is not None:
        return by_name
    for path in ("ip dns hostname", "systemunit name"):
        for record in records:
            if record.path == path and record.value:
                return NodeRef(name=record.value, container=container(source))
    return None


def _fact(record: Record, subject: Subject, key: FactKey, value: FactValue | None = None) -> Fact:
    return Fact(
        source=record.source, subject=subject, key=key, value=record.value if value is None else value, proven=True
    )


def _is_on(value: str) -> bool:
    return value.casefold() in ("on", "true", "yes", "enabled")


def _node_facts(records: list[Record], node: NodeRef) -> Iterator[Observation]:
    for record in records:
        words = record.words
        key = _NODE_KEYS.get(record.path)
        if not record.value:
            continue
        if key is FactKey.REVOCATION_FALLBACK:
            yield _fact(record, node, key, _FALLBACKS.get(record.value.casefold(), record.value))
        elif key is not None:
            yield _fact(record, node, key, _is_on(record.value) if key in _FLAGS else None)
        elif words[:2] == ["alternates", "peer"] and words[-1] == "address":
            yield _fact(record, node, FactKey.CLUSTER_PEER)
        elif words[0] == "ethernet" and words[-2:] in (["v4", "address"], ["v6", "address"]):
            yield _fact(record, node, FactKey.ADDRESS)
        elif words[0] == "ethernet" and words[-2:] == ["staticnat", "address"]:
            yield _fact(record, node, FactKey.ADDRESS)


def _zone_facts(records: list[Record], node: NodeRef) -> Iterator[Observation]:
    by_zone: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        words = record.words
        if words[:2] == ["zones", "zone"] and len(words) > 3:
            by_zone[words[2]].append(record)
    for number, zone in by_zone.items():
        yield from _one_zone(zone, ZoneRef(owner=node, key=number), container(zone[0].source))


def _one_zone(zone: list[Record], ref: ZoneRef, folder: str) -> Iterator[Observation]:
    """Name and type, and the settings under the word of that type; what lies under another type's word is inert."""
    settings = {" ".join(record.words[3:]): record for record in zone}
    kind_record, name_record = settings.get("type"), settings.get("name")
    kind = _ZONE_TYPES.get(kind_record.value.lower()) if kind_record else None
    if kind is None or kind_record is None or name_record is None or not name_record.value:
        return
    yield _fact(name_record, ref, FactKey.ZONE_NAME)
    yield _fact(kind_record, ref, FactKey.ZONE_TYPE, kind.value)
    prefix = kind_record.value.lower() + " "
    for path, record in settings.items():
        if not path.startswith(prefix) or not record.value:
            continue
        inner = path.removeprefix(prefix)
        key = _ZONE_KEYS.get(inner)
        if key is FactKey.ZONE_PORT:
            if record.value.isdigit():
                yield _fact(record, ref, key, int(record.value))
        elif key is not None:
            yield _fact(record, ref, key, _is_on(record.value) if key in _FLAGS else None)
        elif re.fullmatch(r"peer \d+ address", inner):
            yield _fact(record, ref, FactKey.ZONE_PEER)
    created = _UC_ZONE.match(name_record.value)
    if created and kind is ZoneType.NEIGHBOR:
        target = NodeRef(name=created["node"], container=None if "." in created["node"] else folder)
        yield _fact(name_record, target, FactKey.SERVER_ENTRY, created["node"])
        yield _fact(name_record, target, FactKey.ROLE, Role.UNIFIED_CM.value)


def _mra_facts(records: list[Record]) -> Iterator[Observation]:
    domains: dict[str, dict[str, Record]] = defaultdict(dict)
    for record in records:
        words = record.words
        if record.path == "collaborationedge enabled" and record.value:
            yield _fact(record, DeploymentRef(), FactKey.MRA_ENABLED, _is_on(record.value))
        elif words[:2] == ["sip", "domain"] and len(words) == 4:
            domains[words[2]][words[3]] = record
    for domain in domains.values():
        switch = domain.get("edgesip") or domain.get("edge")
        if "name" in domain and domain["name"].value and switch is not None and _is_on(switch.value):
            yield _fact(domain["name"], DeploymentRef(), FactKey.MRA_DOMAIN)
