"""Who was at the two ends of what a sign reports: whose list refused, and whose certificate was refused.

1. The node that reported it is one end.
2. The other is the known node that the sign names, by address, full name, bare host name or zone peer address; else the
   one whose names stood in its certificate; else, on the port of a traversal zone, the nodes at the zone's other end.
3. A refusal that the node itself made (a check failed) is by its own list of the other's certificate. An alert that it
   received is the other way round.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from diagnostics.estate.links import PeerLink, TraversalLink
from diagnostics.estate.model import InstalledCertificate, Node, Reported
from diagnostics.estate.observations import Sign, SignCode, Slot
from diagnostics.expressway.connections import IMP_XMPP, SSH_TUNNEL, TRAVERSAL_SIP, UC_HTTPS, UC_SIP, UNITY_HTTPS
from diagnostics.pki.names import as_address, normalised
from diagnostics.rules.encounters import TRAVERSAL_PLAIN
from diagnostics.rules.symptom_alarms import is_cluster_alarm, is_tunnel_alarm
from diagnostics.rules.view import View

RECEIVED = frozenset({SignCode.TLS_INBOUND_REJECTED, SignCode.TLS_OUTBOUND_REJECTED, SignCode.PROXY_REJECTED})
CLOSED = frozenset({SignCode.TLS_INBOUND_CLOSED, SignCode.TLS_OUTBOUND_CLOSED})
PROXY = frozenset({SignCode.PROXY_UNTRUSTED, SignCode.PROXY_NAME, SignCode.PROXY_REJECTED})
INBOUND = frozenset(
    {
        SignCode.TLS_INBOUND_UNTRUSTED,
        SignCode.TLS_INBOUND_NAME,
        SignCode.TLS_INBOUND_REJECTED,
        SignCode.TLS_INBOUND_CLOSED,
        SignCode.TLS_INBOUND_OTHER,
    }
)
_UC = frozenset({UC_HTTPS, UC_SIP, IMP_XMPP, UNITY_HTTPS})
_TRAVERSAL = frozenset({TRAVERSAL_SIP, TRAVERSAL_PLAIN})
_TUNNEL_PORT = 2222
_WORD = re.compile(r"[\w.:-]{3,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The ends of one sign's connection, by case-folded full names; several where one of them is meant.

    Attributes:
        known: the other end is a node of the estate, or at the other end of a zone of it.
        services: what the connection may have been for; empty: nothing tells.
        zones: names of the zones that it may have belonged to, at either end; empty: nothing tells.
    """

    reporter: str
    others: frozenset[str]
    received: bool
    services: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        return bool(self.others)

    @property
    def verifiers(self) -> frozenset[str]:
        """Whose list or configuration refused."""
        return self.others if self.received else frozenset({self.reporter})

    @property
    def presenters(self) -> frozenset[str]:
        """Whose certificate was refused."""
        return frozenset({self.reporter}) if self.received else self.others


class EndsOf:
    """Finds the ends of signs in one view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._nodes = {node.fqdn.casefold(): node for node in view.deployment.nodes()}
        self._by_address: dict[str, set[str]] = {}
        self._by_name: dict[str, set[str]] = {}
        for node in self._nodes.values():
            self._learn(node)

    def _learn(self, node: Node) -> None:
        key = node.fqdn.casefold()
        for address in node.addresses:
            self._by_address.setdefault(_address(address), set()).add(key)
        names = {node.fqdn, node.fqdn.partition(".")[0]}
        if node.server_entry is not None:
            names.add(node.server_entry.value)
        for name in names:
            where = self._by_address if as_address(name) is not None else self._by_name
            where.setdefault(_address(name) if as_address(name) else normalised(name), set()).add(key)

    @cached_property
    def _joining(self) -> Mapping[str, list[tuple[TraversalLink, frozenset[str], frozenset[str]]]]:
        """A node -> the links that it is an end of, with the nodes at either end."""
        joining: dict[str, list[tuple[TraversalLink, frozenset[str], frozenset[str]]]] = defaultdict(list)
        for link in self._view.links:
            clients, edges = _sides(link)
            for name in clients | edges:
                joining[name].append((link, clients, edges))
        return joining

    def node(self, name: str) -> Node | None:
        """By its full name."""
        return self._nodes.get(name.casefold())

    def of(self, reported: Reported) -> Ends:
        sign, reporter = reported.sign, reported.node.casefold()
        if sign.code in (SignCode.ZONE_FAILED, SignCode.TUNNELS_DOWN, SignCode.ALARM):
            return self._of_status(reporter, sign)
        zones = list(self._zones(reporter, sign))
        others = self._others(reporter, sign)
        if not others:
            others = frozenset().union(*(side for _, side in zones)) - {reporter} if zones else frozenset()
        names = frozenset(name for names, side in zones if not others or side & others for name in names)
        return Ends(
            reporter=reporter,
            others=others,
            received=sign.code in RECEIVED or sign.code in CLOSED,
            services=self._services(sign, others, bool(zones)),
            zones=names,
        )

    def _of_status(self, reporter: str, sign: Sign) -> Ends:
        """A zone, tunnels or an alarm: every node that may be at the other end, narrowed where the words name some."""
        zones: set[str] = set()
        others: set[str] = set()
        for link, clients, edges in self._joining.get(reporter, ()):
            names = {zone.name for zone in (link.client_zone, link.server_zone) if zone}
            asked_for = sign.name in names if sign.code is SignCode.ZONE_FAILED else link.carries_uc
            if asked_for:
                zones |= names
                others |= edges if reporter in clients else clients
        if is_cluster_alarm(sign):
            others = self._cluster_mates(reporter)
        elif sign.code is SignCode.ALARM and not is_tunnel_alarm(sign):
            others = set()
        services = frozenset() if sign.code is SignCode.ZONE_FAILED else frozenset({SSH_TUNNEL})
        return Ends(
            reporter=reporter,
            others=frozenset(self._named(sign, others) or others),
            received=False,
            services=services,
            zones=frozenset(zones),
        )

    def _named(self, sign: Sign, among: set[str]) -> set[str]:
        """Those of the nodes that the sign names, in its peer, its name or its words."""
        said = {text for text in (sign.peer, sign.name if sign.code is SignCode.TUNNELS_DOWN else None) if text}
        said |= set(_WORD.findall(sign.detail))
        found = {key for text in said for key in self._called(text.strip(".,;:<>()"))}
        return found & among

    def _cluster_mates(self, reporter: str) -> set[str]:
        node = self._nodes.get(reporter)
        if node is None:
            return set()
        return {other.fqdn.casefold() for other in self._view.deployment.cluster_of(node).nodes} - {reporter}

    def _others(self, reporter: str, sign: Sign) -> frozenset[str]:
        for said in (sign.peer, sign.name if sign.code in PROXY else None):
            found = self._called(said) if said else frozenset()
            if found - {reporter}:
                return found - {reporter}
        if sign.code in PROXY and self.names_itself(reporter, sign):
            return frozenset(node.fqdn.casefold() for node in self._view.uc_nodes)
        carried = {key for name in sign.presented for key in self._by_name.get(normalised(name), ())} - {reporter}
        return frozenset(carried) if len(carried) == 1 else frozenset()

    def names_itself(self, reporter: str, sign: Sign) -> bool:
        """The published line of a refused proxy connection has the Expressway's own name in it, not the server's."""
        node = self._nodes.get(reporter.casefold())
        if node is None or sign.peer is None:
            return False
        return normalised(sign.peer) in (normalised(node.fqdn), normalised(node.cluster))

    def _called(self, said: str) -> frozenset[str]:
        if as_address(said) is not None:
            return frozenset(self._by_address.get(_address(said), ()))
        found = frozenset(self._by_name.get(normalised(said), ()))
        return found if len(found) == 1 else frozenset()

    def _zones(self, reporter: str, sign: Sign) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
        """Names of the traversal zones that the sign fits, and the nodes at their other end."""
        for link, clients, edges in self._joining.get(reporter, ()):
            if (sign.code in INBOUND) != (reporter in edges):
                continue
            if sign.port is None or sign.port != link.port:
                continue
            names = frozenset(zone.name for zone in (link.client_zone, link.server_zone) if zone)
            yield names, (clients if reporter in edges else self._meant(link.peers, sign) or edges)

    def _meant(self, peers: tuple[PeerLink, ...], sign: Sign) -> frozenset[str]:
        """The Expressway-E that the zone peer address in the sign means."""
        said = {normalised(text) for text in (sign.peer, sign.name) if text}
        return frozenset(
            peer.node.fqdn.casefold() for peer in peers if peer.node and normalised(peer.address.value) in said
        )

    def _services(self, sign: Sign, others: frozenset[str], zoned: bool) -> frozenset[str]:
        if sign.code in PROXY:
            return _UC
        if sign.port == _TUNNEL_PORT or sign.code is SignCode.TUNNELS_DOWN:
            return frozenset({SSH_TUNNEL})
        if zoned:
            return _TRAVERSAL
        roles = {self._nodes[name].role for name in others}
        if roles and not any(role.is_expressway for role in roles):
            return _UC
        return _TRAVERSAL if roles else frozenset()


def presented_by(view: View, node: Node, *, as_client: bool) -> tuple[InstalledCertificate, ...]:
    """What a node shows: as client its one certificate, as server that of its role (which of them is not always known)."""
    if as_client and node.role.is_expressway:
        installed = view.client_certificate(node)
        return (installed,) if installed else ()
    slots = (Slot.SERVER,) if node.role.is_expressway else tuple(node.certificates)
    return tuple(node.certificates[slot] for slot in slots if slot in node.certificates)


def _sides(link: TraversalLink) -> tuple[frozenset[str], frozenset[str]]:
    """The nodes at either end: Expressway-C, Expressway-E."""
    clients = frozenset(node.fqdn.casefold() for node in (link.client.nodes if link.client else ()))
    return clients, frozenset(node.fqdn.casefold() for node in link.edges)


def _address(text: str) -> str:
    address = as_address(text)
    return str(address) if address is not None else text.casefold()
