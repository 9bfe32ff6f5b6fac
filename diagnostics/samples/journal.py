"""The diagnostic log of one Expressway node: `<local time> <host> <process>: key="value" ... UTCTime="..."`.

The lines have the form of published ones (notes 212475 and 217230); a real log has thousands between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from diagnostics.samples.blueprint import EstatePlan, NodePlan, ZonePlan

FIRST_SOURCE_PORT = 25_001
STEP = timedelta(milliseconds=137)  # between one line and the next
HANDSHAKE_SUCCEEDED = (
    'tvcs: Module="developer.ssl" Level="DEBUG" Method="::ttssl_continueHandshake" '
    'Thread="0x7f930adab700": Detail="Handshake succeeded"'
)


def logging_snapshot(plan: EstatePlan, node: NodePlan) -> bytes:
    """What `loggingsnapshot_*.txt` of the node says: the connections that work, then the node's own lines.

    The last line is a minute or less before `plan.at`.
    """
    bodies = [*_working_connections(plan, node), *node.log]
    start = plan.at - timedelta(seconds=50)
    lines = (_line(node.host, start + number * STEP, body) for number, body in enumerate(bodies))
    return "".join(f"{line}\n" for line in lines).encode()


def _line(host: str, moment: datetime, body: str) -> str:
    """Lines of keys and values end with UTCTime; those of the HTTP proxy (`traffic_server`) do not have it."""
    stamp = moment.isoformat(timespec="milliseconds")
    if not (" Event=" in body or " Detail=" in body):
        return f"{stamp} {host} {body}"
    return f'{stamp} {host} {body} UTCTime="{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03d}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Connection:
    """A TCP connection of a zone that is up, as both ends log it."""

    client: str
    server: str
    text: str


def _working_connections(plan: EstatePlan, node: NodePlan) -> Iterator[str]:
    for connection in _connections(plan):
        if node.fqdn in (connection.client, connection.server):
            yield connection.text
            yield HANDSHAKE_SUCCEEDED


def _connections(plan: EstatePlan) -> Iterator[_Connection]:
    """From every traversal client to every peer of its zones; a peer need not be in the plan."""
    addresses = {node.fqdn: node.address for node in plan.nodes()}
    source_ports = count(FIRST_SOURCE_PORT)
    for client, zone in _working_clients(plan):
        for peer in zone.peers:
            text = (
                f'tvcs: Module="network.tcp" Level="DEBUG": Src-ip="{client.address}" '
                f'Src-port="{next(source_ports)}" Dst-ip="{addresses.get(peer, peer)}" Dst-port="{zone.port}" '
                'Detail="TCP Connection Established"'
            )
            yield _Connection(client=client.fqdn, server=peer, text=text)


def _working_clients(plan: EstatePlan) -> Iterator[tuple[NodePlan, ZonePlan]]:
    for cluster in plan.clusters:
        for zone in cluster.zones:
            if zone.kind == "traversal-client" and zone.cause is None:
                yield from ((node, zone) for node in cluster.nodes)
