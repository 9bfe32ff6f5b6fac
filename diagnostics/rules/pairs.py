"""Which nodes are judged with which: every two that a connection is opened between, up to more than anybody has.

An inventory can name thousands of nodes in a few lines, and what is to be judged grows with their square. What is left out
is said (`said_of_uc`, `said_of_traversal`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import isqrt

from diagnostics.estate.links import TraversalLink
from diagnostics.estate.model import Node
from diagnostics.estate.observations import Role
from diagnostics.rules.base import Outcome, Place, Reason
from diagnostics.rules.say import Say
from diagnostics.rules.view import View

MOST_PAIRS = 10_000  # of either kind; 20 Expressway-C and 100 Unified Communications nodes are 2,000


@dataclass(frozen=True, slots=True, kw_only=True)
class UcPairs:
    """Each of the clients is judged with each of the nodes; `left_out` is the number of pairs that are not."""

    clients: tuple[Node, ...]
    nodes: tuple[Node, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TraversalPairs:
    """Expressway-C and Expressway-E with the link between them; `left_out` is the number of pairs that are not in here."""

    pairs: tuple[tuple[TraversalLink, Node, Node], ...]
    left_out: int


def uc_pairs(view: View) -> UcPairs:
    """Expressway-C and what it reaches for Mobile and Remote Access; computed once per view."""
    kept = view.kept.get("uc-pairs")
    if kept is None:
        kept = view.kept["uc-pairs"] = _uc_pairs(view)
    assert isinstance(kept, UcPairs)
    return kept


def _uc_pairs(view: View) -> UcPairs:
    clients, nodes = tuple(view.deployment.nodes(Role.EXPRESSWAY_C)), view.uc_nodes
    every = len(clients) * len(nodes)
    if every > MOST_PAIRS:
        nodes = nodes[: max(isqrt(MOST_PAIRS), MOST_PAIRS // len(clients))]
        clients = clients[: MOST_PAIRS // len(nodes)]
    return UcPairs(clients=clients, nodes=nodes, left_out=every - len(clients) * len(nodes))


def traversal_pairs(view: View) -> TraversalPairs:
    """Every Expressway-C with every Expressway-E at the other end of its traversal zones; computed once per view."""
    kept = view.kept.get("traversal-pairs")
    if kept is None:
        kept = view.kept["traversal-pairs"] = _traversal_pairs(view)
    assert isinstance(kept, TraversalPairs)
    return kept


def _traversal_pairs(view: View) -> TraversalPairs:
    sides = [(link, link.client.nodes, link.edges) for link in view.links if link.client]
    every = sum(len(clients) * len(edges) for _, clients, edges in sides)
    pairs = ((link, client, edge) for link, clients, edges in sides for client in clients for edge in edges)
    kept = tuple(islice(pairs, MOST_PAIRS))
    return TraversalPairs(pairs=kept, left_out=every - len(kept))


def said_of_uc(view: View, say: Say) -> Iterator[Outcome]:
    return _said(say, uc_pairs(view).left_out)


def said_of_traversal(view: View, say: Say) -> Iterator[Outcome]:
    return _said(say, traversal_pairs(view).left_out)


def _said(say: Say, left_out: int) -> Iterator[Outcome]:
    if left_out:
        yield say.cannot_tell(Place(), Reason.TOO_MANY_PAIRS, count=left_out, most=MOST_PAIRS)
