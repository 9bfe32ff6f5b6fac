"""The text xConfiguration dump of an Expressway: `*c xConfiguration <path>: "<value>"`.

The line form is verbatim from real dumps; an unset value is a colon and nothing. Keys are matched without regard to
case (dump `Edgesip`, manual `Edge`). Text pasted from web pages has several records on one line, so records are split
before they are parsed. Only the keys below are taken: passwords and SNMP communities are never looked at.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

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
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.member_names import container, node_of_member
from diagnostics.readers.wording import LONGEST_VALUE, decoded, printable, without_keys

_RECORD = re.compile(r"\*c xConfiguration (?P<body>.*?)(?=\*c xConfiguration |\r|\n|$)", re.IGNORECASE)
_REMARK = re.compile(r'"[ \t]{0,200}<-')  # `"On" <-- look here`, as added in articles

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
    "clusterconfiguration tls_verify": FactKey.TLS_VERIFICATION,  # as change logs call it; not seen in a dump
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
_WORDS = {
    FactKey.REVOCATION_FALLBACK: {"ignore": "not-revoked", "fail": "revoked"},
    FactKey.TLS_VERIFICATION: {"permissive": "permissive", "enforcing": "enforce", "enforce": "enforce"},
}
# Zones that Expressway makes for each Unified CM node it discovers; their names hold the name that it uses.
_UC_ZONE = re.compile(r"^CE(?:tcp|tls|oauth)-(?P<node>.+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One setting: its path as written and in lower case, its value, its 1-based line."""

    shown: str
    path: str
    value: str
    line: int

    @property
    def words(self) -> list[str]:
        return self.path.split()


def read_xconfiguration(data: bytes, source: Source, limits: Limits) -> Taken:
    """Facts of one node, its zones and, from an Expressway-C, the MRA domains."""
    text, keys = without_keys(decoded(data))
    problems = [Problem(code=ProblemCode.PRIVATE_KEY, line=line) for line in keys]
    records = list(_records(text))
    node = _node(records, source)
    if node is None or not records:
        detail = {"detail": "no line has the form *c xConfiguration KEY: VALUE"}
        wrong = Problem(code=ProblemCode.WHICH_NODE) if records else Problem(code=ProblemCode.MALFORMED, params=detail)
        return Taken(kind=Kind.XCONFIGURATION, outcome=Outcome.NOT_READ, problems=(*problems, wrong))
    facts = tuple(islice(_Dump(source, records, node).facts(), limits.facts + 1))
    if len(facts) > limits.facts:
        problems.append(Problem(code=ProblemCode.TOO_LARGE, params={"limit": f"{limits.facts} facts"}))
    return Taken(
        kind=Kind.XCONFIGURATION,
        outcome=Outcome.PARTLY if problems else Outcome.READ,
        observations=facts[: limits.facts],
        problems=tuple(problems),
        found={"settings": len(records), "facts": min(len(facts), limits.facts)},
    )


def _records(text: str) -> Iterator[Record]:
    line, counted = 1, 0
    for found in _RECORD.finditer(text):
        line += text.count("\n", counted, found.start())
        counted = found.start()
        path, colon, rest = found["body"].partition(":")
        value = _value(rest)
        shown = " ".join(path.split())
        # What is longer than any setting is none; an enciphered secret has no business here, whatever its key.
        if not colon or not shown or '"' in path or value is None or len(shown) + len(value) > LONGEST_VALUE:
            continue
        if "{cipher}" not in value.casefold():
            yield Record(shown=shown, path=shown.lower(), value=printable(value), line=line)


def _value(text: str) -> str | None:
    """What stands behind the colon, quoted or not; None where the quotes do not match."""
    text = text.strip()
    if not text.startswith('"'):
        bare = text.partition("<-")[0].rstrip()
        return None if '"' in bare else bare
    remark = _REMARK.search(text, 1)
    quoted = text[: remark.start() + 1] if remark else text
    return quoted[1:-1].strip() if len(quoted) > 1 and quoted.endswith('"') else None


def _node(records: list[Record], source: Source) -> NodeRef | None:
    by_name = node_of_member(source)
    if by_name is not None:
        return by_name
    # SystemUnit Name is for display, and often the host name all the same.
    for path, form in (("ip dns hostname", r"\S+"), ("systemunit name", r"[A-Za-z0-9._-]+")):
        for record in records:
            if record.path == path and re.fullmatch(form, record.value):
                return NodeRef(name=record.value, container=container(source))
    return None


def _is_on(value: str) -> bool:
    return value.casefold() in ("on", "true", "yes", "enabled")


def _is_address_of_node(words: list[str]) -> bool:
    """`Ethernet n IP V4 Address` and its like, and the address that static NAT shows to the outside."""
    inner = words[-2:] in (["v4", "address"], ["v6", "address"], ["staticnat", "address"])
    return words[0] == "ethernet" and inner


def _is_cluster_peer(path: str) -> bool:
    """The second form is the example line of the X15.0 manual, against its own syntax."""
    return re.fullmatch(r"alternates (?:peer \d+|\d+ peer) address", path) is not None


class _Dump:
    """The facts in the records of one dump."""

    def __init__(self, source: Source, records: list[Record], node: NodeRef) -> None:
        self._source, self._records, self._node = source, records, node

    def facts(self) -> Iterator[Observation]:
        yield from self._node_facts()
        yield from self._zone_facts()
        yield from self._mra_facts()

    def _fact(self, record: Record, subject: Subject, key: FactKey, value: FactValue | None = None) -> Fact:
        source = replace(self._source, line=record.line, text=f'{record.shown}: "{record.value}"')
        return Fact(
            source=source, subject=subject, key=key, value=record.value if value is None else value, proven=True
        )

    def _setting(self, record: Record, subject: Subject, key: FactKey) -> Fact:
        """The value in our words where the key has a closed set of them."""
        if key in _FLAGS:
            return self._fact(record, subject, key, _is_on(record.value))
        return self._fact(record, subject, key, _WORDS.get(key, {}).get(record.value.casefold()))

    def _node_facts(self) -> Iterator[Observation]:
        for record in self._records:
            if not record.value:
                continue
            key = _NODE_KEYS.get(record.path)
            if key is not None:
                yield self._setting(record, self._node, key)
            elif _is_cluster_peer(record.path):
                yield self._fact(record, self._node, FactKey.CLUSTER_PEER)
            elif _is_address_of_node(record.words):
                yield self._fact(record, self._node, FactKey.ADDRESS)

    def _zone_facts(self) -> Iterator[Observation]:
        by_zone: dict[str, list[Record]] = defaultdict(list)
        for record in self._records:
            words = record.words
            if words[:2] == ["zones", "zone"] and len(words) > 3:
                by_zone[words[2]].append(record)
        for number, zone in by_zone.items():
            yield from self._one_zone(zone, ZoneRef(owner=self._node, key=number))

    def _one_zone(self, zone: list[Record], ref: ZoneRef) -> Iterator[Observation]:
        """Name and type, and the settings under the word of that type; another type's are inert."""
        settings = {" ".join(record.words[3:]): record for record in zone}
        kind_record, name_record = settings.get("type"), settings.get("name")
        kind = _ZONE_TYPES.get(kind_record.value.lower()) if kind_record else None
        if kind is None or kind_record is None or name_record is None or not name_record.value:
            return
        yield self._fact(name_record, ref, FactKey.ZONE_NAME)
        yield self._fact(kind_record, ref, FactKey.ZONE_TYPE, kind.value)
        prefix = kind_record.value.lower() + " "
        for path, record in settings.items():
            if path.startswith(prefix) and record.value:
                yield from self._zone_setting(path.removeprefix(prefix), record, ref)
        created = _UC_ZONE.match(name_record.value)
        if created and kind is ZoneType.NEIGHBOR:
            folder = None if "." in created["node"] else container(self._source)
            target = NodeRef(name=created["node"], container=folder)
            yield self._fact(name_record, target, FactKey.SERVER_ENTRY, created["node"])
            yield self._fact(name_record, target, FactKey.ROLE, Role.UNIFIED_CM.value)

    def _zone_setting(self, path: str, record: Record, ref: ZoneRef) -> Iterator[Observation]:
        key = _ZONE_KEYS.get(path)
        if key is FactKey.ZONE_PORT:
            if re.fullmatch(r"[0-9]{1,5}", record.value) and 0 < int(record.value) < 65536:
                yield self._fact(record, ref, key, int(record.value))
        elif key is not None:
            yield self._setting(record, ref, key)
        elif re.fullmatch(r"peer \d+ address", path):
            yield self._fact(record, ref, FactKey.ZONE_PEER)

    def _mra_facts(self) -> Iterator[Observation]:
        domains: dict[str, dict[str, Record]] = defaultdict(dict)
        for record in self._records:
            words = record.words
            if record.path == "collaborationedge enabled" and record.value:
                yield self._fact(record, DeploymentRef(), FactKey.MRA_ENABLED, _is_on(record.value))
            elif words[:2] == ["sip", "domain"] and len(words) == 4:
                domains[words[2]][words[3]] = record
        for domain in domains.values():
            name = domain.get("name")
            if name is None or not name.value:
                continue
            if any(word in domain and _is_on(domain[word].value) for word in ("edgesip", "edge")):
                yield self._fact(name, DeploymentRef(), FactKey.MRA_DOMAIN)
            if "xmppfederation" in domain and _is_on(domain["xmppfederation"].value):
                yield self._fact(name, DeploymentRef(), FactKey.XMPP_FEDERATION_DOMAIN)
