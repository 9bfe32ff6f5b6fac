"""From the status of one node, as XML or as text, to facts and to what the node reports of itself.

Names of elements, states and causes are those of a real X8.11.3 file; what Cisco's guides or nobody has shown says so
below. Of hardware, serial number, licences, calls and registrations nothing is taken.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from diagnostics.estate.observations import Fact, FactKey, NodeRef, Origin, Role, Sign, SignCode, Source
from diagnostics.expressway.alarms import PERMISSIVE_CLUSTER, TUNNEL_FAILURE, alarm_number, unreachable_hosts
from diagnostics.readers.configuration_facts import port_number
from diagnostics.readers.member_names import container
from diagnostics.readers.wording import LONGEST_VALUE
from diagnostics.readers.xml_leaves import Leaf

_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,39}")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?")
_LISTENER = re.compile(r"[0-9A-Fa-f.:\[\]]{2,60}:[0-9]{1,5}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:Z|\.\d{1,6})?")

_VERSION = ("systemunit", "software", "version")
_EXPRESSWAY = ("systemunit", "software", "configuration", "expressway")
_DISPLAY = ("systemunit", "name")  # not seen in a file
_HOST_NAME = ("ip", "dns", "hostname")  # not seen in a file
_DOMAIN = ("ip", "dns", "domain", "name")
_TIME_ZONE = ("systemunit", "timezone")
_SYSTEM_TIME = ("systemunit", "systemtime")
_ADDRESSES = (("ethernet", "ipv4", "address"), ("ethernet", "ipv6", "address"))
_LISTENERS = {"tls": FactKey.SIP_TLS_LISTENER, "mtls": FactKey.SIP_MUTUAL_TLS_LISTENER}
# `Warnings/Warning` in the real file; `Alarm` stands in the list of X15.0, and its inside was not seen.
_ALARMS = (("warnings", "warning"), ("alarms", "alarm"), ("alarm",), ("warning",))
# The lists are in the real file, empty: what stands in them is a guess.
_SERVERS = {
    "cucms": ("cucm", Role.UNIFIED_CM),
    "cups": ("cup", Role.IM_PRESENCE),
    "ucxns": ("ucxn", Role.UNITY_CONNECTION),
}
_SERVER_NAMES = ("name", "address", "publisher", "hostname", "host", "fqdn")
_SINGLE = (_VERSION, _EXPRESSWAY, _DISPLAY, _HOST_NAME, _DOMAIN, _TIME_ZONE, _SYSTEM_TIME)
_TRAVERSAL = {"traversalserver": Role.EXPRESSWAY_E, "traversalclient": Role.EXPRESSWAY_C}


def is_wanted(names: tuple[str, ...]) -> bool:
    """Whether a leaf of the status, by its case-folded names, says anything that is taken."""
    match names:
        case ("zones", "zone", *inside):
            return "bandwidth" not in inside and "resourceusage" not in inside
        case ("sip", "ethernet", *_):
            return True
        case ("collaborationedge", kind, *_):
            return kind in _SERVERS
    return names in _SINGLE or names in _ADDRESSES or names[:-1] in _ALARMS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zone:
    """A zone's own fields, and those of the SIP side of each of its peers."""

    fields: Mapping[str, Leaf]
    peers: Sequence[Mapping[str, Leaf]]

    def text(self, name: str) -> str:
        return self.fields[name].text if name in self.fields else ""


class StatusFacts:
    """The observations in the leaves of one status file.

    `proven`: the form of the file is known. `release` stands outside of the leaves, `release_line` where.
    """

    def __init__(self, source: Source, leaves: Sequence[Leaf], *, proven: bool, release: str = "") -> None:
        self._source, self._leaves, self._proven, self._release = source, leaves, proven, release
        self._single = {leaf.names: leaf for leaf in reversed(leaves) if leaf.names in _SINGLE}
        self._zones = _zones(leaves)

    def stated_node(self) -> NodeRef | None:
        """The node by a host name that the status itself has; no file with one was seen."""
        for names in (_HOST_NAME, _DISPLAY):
            leaf = self._single.get(names)
            if leaf is not None and _HOST.fullmatch(leaf.text):
                return NodeRef(name=leaf.text, container=container(self._source))
        return None

    def observations(self, node: NodeRef) -> Iterator[Fact | Sign]:
        yield from self._system(node)
        yield from self._role(node)
        yield from self._addresses(node)
        yield from self._listeners(node)
        yield from self._zone_states(node)
        yield from self._alarms(node)
        yield from self._servers()

    def _said(self, leaf: Leaf, text: str = "") -> Source:
        words = text or f"{'/'.join(name for name, _ in leaf.path)} {leaf.text}"
        return replace(self._source, line=leaf.line, text=words[: LONGEST_VALUE + 100])

    def _fact(
        self, node: NodeRef, key: FactKey, value: str, leaf: Leaf, *, text: str = "", proven: bool | None = None
    ) -> Fact:
        return Fact(
            source=self._said(leaf, text),
            subject=node,
            key=key,
            value=value,
            proven=self._proven if proven is None else proven,
            origin=Origin.STATUS,
        )

    def _system(self, node: NodeRef) -> Iterator[Fact]:
        version = self._single.get(_VERSION)
        if version is not None and _RELEASE.fullmatch(version.text):
            yield self._fact(node, FactKey.VERSION, version.text, version, text=f"Software/Version {version.text}")
        elif _RELEASE.fullmatch(self._release):
            root = Leaf(path=(), text=self._release, line=1)
            yield self._fact(node, FactKey.VERSION, self._release, root, text=f"version {self._release}")
        for names, key in ((_HOST_NAME, FactKey.HOST_NAME), (_DOMAIN, FactKey.DOMAIN_NAME)):
            leaf = self._single.get(names)
            if leaf is not None and _HOST.fullmatch(leaf.text):
                yield self._fact(node, key, leaf.text, leaf, proven=self._proven and names == _DOMAIN)

    def _role(self, node: NodeRef) -> Iterator[Fact]:
        """Traversal zones tell it; `Software/Configuration/Expressway` (True: Expressway-E) is inferred from its name."""
        kinds = {zone.text("type").casefold(): zone.fields["type"] for zone in self._zones if "type" in zone.fields}
        told = next((kind for kind in _TRAVERSAL if kind in kinds), None)
        if told is not None:
            leaf = kinds[told]
            yield self._fact(node, FactKey.ROLE, _TRAVERSAL[told].value, leaf, text=f"Zones/Zone/Type {leaf.text}")
        edge = self._single.get(_EXPRESSWAY)
        if edge is not None and edge.text.casefold() in ("true", "false"):
            is_edge = edge.text.casefold() == "true"
            role = Role.EXPRESSWAY_E if is_edge else Role.EXPRESSWAY_C
            if told is None or role is not _TRAVERSAL[told]:
                words = f"Configuration/Expressway {is_edge}"
                yield self._fact(node, FactKey.ROLE, role.value, edge, text=words, proven=False)

    def _addresses(self, node: NodeRef) -> Iterator[Fact]:
        for leaf in self._leaves:
            if leaf.names in _ADDRESSES:
                yield self._fact(node, FactKey.ADDRESS, leaf.text, leaf)

    def _listeners(self, node: NodeRef) -> Iterator[Fact]:
        """`SIP/Ethernet[n]/IPv4/TLS`: `Status` and `Address` as address:port."""
        ports: dict[tuple[tuple[str, int], ...], dict[str, Leaf]] = defaultdict(dict)
        for leaf in self._leaves:
            if leaf.names[:2] == ("sip", "ethernet") and len(leaf.path) == 5:
                ports[leaf.path[:-1]][leaf.names[-1]] = leaf
        for path, fields in ports.items():
            key, address = _LISTENERS.get(path[-1][0].casefold()), fields.get("address")
            active = "status" in fields and fields["status"].text.casefold() == "active"
            if key is not None and address is not None and active and _LISTENER.fullmatch(address.text):
                yield self._fact(node, key, address.text, address)

    def _zone_states(self, node: NodeRef) -> Iterator[Fact | Sign]:
        for zone in self._zones:
            name, state = zone.text("name"), zone.text("status").casefold()
            if not name or not state:
                continue
            failed = [peer for peer in zone.peers if _text(peer, "status").casefold() == "failed"]
            if state == "active":
                leaf = zone.fields["status"]
                yield self._fact(node, FactKey.ACTIVE_ZONE, name, leaf, text=f"{name}: {leaf.text}")
            for peer in failed:
                yield self._failed(node, zone, peer)
            if state == "failed" and not failed:
                yield self._failed(node, zone, {})

    def _failed(self, node: NodeRef, zone: _Zone, peer: Mapping[str, Leaf]) -> Sign:
        name, since = zone.text("name"), self._utc(_text(peer, "laststatuschange"))
        causes = "; ".join(dict.fromkeys(filter(None, (zone.text("cause"), _text(peer, "cause")))))
        address = _text(peer, "address")
        at = f" {address}:{_text(peer, 'port')}" if address else ""
        return Sign(
            source=self._said(
                peer.get("status") or zone.fields["status"], f"{name}{at}: Failed, {causes}".rstrip(", ")
            ),
            node=node,
            code=SignCode.ZONE_FAILED,
            first=since,
            last=self._now() if since else None,
            peer=address or None,
            port=port_number(_text(peer, "port")),
            name=name,
            detail=causes,
            origin=Origin.STATUS,
        )

    def _alarms(self, node: NodeRef) -> Iterator[Fact | Sign]:
        """An acknowledged alarm still stands: acknowledging it only tells other administrators."""
        alarms: dict[tuple[tuple[str, int], ...], dict[str, Leaf]] = defaultdict(dict)
        for leaf in self._leaves:
            if leaf.names[:-1] in _ALARMS:
                alarms[leaf.path[:-1]][leaf.names[-1]] = leaf
        for fields in alarms.values():
            reason = fields.get("reason") or fields.get("description") or fields.get("title")
            if reason is None:
                continue
            words = " - ".join(filter(None, (_text(fields, "title"), _text(fields, "description"))))
            words = fields["reason"].text if "reason" in fields else words
            number = alarm_number(words) or _five_digits(_text(fields, "id"))
            state = _text(fields, "state")
            told = "" if not state or state.casefold() in ("unacknowledged", "raised") else f" [{state}]"
            source = self._said(reason, words)
            now = self._now()
            hosts = unreachable_hosts(words) if number == TUNNEL_FAILURE else ()
            yield Sign(
                source=source,
                node=node,
                code=SignCode.ALARM,
                last=now,
                peer=hosts[0] if len(hosts) == 1 else None,
                name=number,
                detail=words + told,
                origin=Origin.STATUS,
            )
            if number == PERMISSIVE_CLUSTER:
                # The only place where a node says so: no key of a dump is known.
                yield self._fact(node, FactKey.TLS_VERIFICATION, "permissive", reason, text=words)

    def _servers(self) -> Iterator[Fact]:
        """Servers under `CollaborationEdge`, where all names of an entry are one full host name; else it is not sure."""
        entries: dict[tuple[tuple[str, int], ...], list[Leaf]] = defaultdict(list)
        for leaf in self._leaves:
            names = leaf.names
            if names[0] == "collaborationedge" and len(names) == 4 and names[2] == _SERVERS[names[1]][0]:
                entries[leaf.path[:3]].append(leaf)
        for path, leaves in entries.items():
            named = [leaf for leaf in leaves if leaf.names[-1] in _SERVER_NAMES]
            same = {leaf.text.casefold() for leaf in named}
            if len(same) == 1 and "." in named[0].text and _HOST.fullmatch(named[0].text):
                leaf, target = named[0], NodeRef(name=named[0].text)
                role = _SERVERS[path[1][0].casefold()][1]
                yield self._fact(target, FactKey.SERVER_ENTRY, leaf.text, leaf, proven=False)
                yield self._fact(target, FactKey.ROLE, role.value, leaf, proven=False)

    def _now(self) -> str | None:
        leaf = self._single.get(_SYSTEM_TIME)
        return self._utc(leaf.text) if leaf else None

    def _utc(self, text: str) -> str | None:
        """Only where the node's time zone is UTC is it certain what its times mean."""
        zone, time = self._single.get(_TIME_ZONE), _TIME.fullmatch(text)
        is_utc = zone is not None and zone.text.casefold() in ("utc", "etc/utc")
        return f"{time[1]}T{time[2]}Z" if time and is_utc else None


def _zones(leaves: Sequence[Leaf]) -> list[_Zone]:
    fields: dict[int, dict[str, Leaf]] = defaultdict(dict)
    peers: dict[int, dict[int, dict[str, Leaf]]] = defaultdict(lambda: defaultdict(dict))
    for leaf in leaves:
        names = leaf.names
        if names[:2] != ("zones", "zone"):
            continue
        number = leaf.path[1][1]
        if len(names) == 3:
            fields[number][names[2]] = leaf
        elif "peer" in names:
            place = names.index("peer")
            # Peer/SIP/<field>; the H.323 side of a peer has no certificate.
            if names[place + 1 : -1] in (("sip",), ()):
                peers[number][leaf.path[place][1]].setdefault(names[-1], leaf)
    return [_Zone(fields=inside, peers=list(peers[number].values())) for number, inside in fields.items()]


def _text(fields: Mapping[str, Leaf], name: str) -> str:
    return fields[name].text if name in fields else ""


def _five_digits(text: str) -> str | None:
    return text if re.fullmatch(r"[0-9]{5}", text) else None
