"""What a node sends in a handshake, and what it accepts.

Inference from notes 212475, 221624 and 213872, which together give four outcomes that these functions reproduce:
zone and SSH tunnels fine (full chain on both sides); zone up and tunnels down (root alone in the list, intermediate
sent by the peer); zone down (intermediate neither sent nor trusted); zone down (only an intermediate trusted).
"""

from collections.abc import Sequence
from enum import StrEnum

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.paths import IssuerGraph


class Stack(StrEnum):
    """The TLS stacks of an Expressway, by what they build a path from."""

    SIP = "sip"  # the node's own list and what the peer sends
    SSH = "ssh"  # the node's own list alone (the tunnels on TCP 2222)


def sent(leaf: Certificate, own_list: Sequence[Certificate], graph: IssuerGraph) -> tuple[Certificate, ...]:
    """What the node presents: its certificate, and above it the CA certificates that its own list holds.

    A node sends only its leaf unless the CA certificates of its chain are in its own trusted CA list (note 212475,
    issue 3). So deleting a CA that looks foreign can break peers while the node itself looks healthy.
    """
    chain = [leaf]
    while len(chain) < 16:
        top = chain[-1]
        if graph.self_signed(top):
            break
        following = next(
            (item for item in own_list if item.subject.key == top.issuer.key and graph.signed_by(top, item)), None
        )
        if following is None or following in chain:
            break
        chain.append(following)
    return tuple(chain)


def helpers(stack: Stack, presented: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The certificates from the wire that `stack` lets into a path."""
    return tuple(presented[1:]) if stack is Stack.SIP else ()
