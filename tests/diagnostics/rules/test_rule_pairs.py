"""More nodes than can be judged each with each: some are, and that the others are not is said."""

import pytest

from diagnostics.estate.assemble import assemble
from diagnostics.estate.observations import NodeRef, Observation
from diagnostics.reports.document import document
from diagnostics.rules import pairs
from diagnostics.rules.base import Reason
from diagnostics.rules.engine import judge
from tests.diagnostics.estate.said import AT, node, zone


def estate(clients: int, nodes: int, edges: int) -> list[Observation]:
    said: list[Observation] = []
    for number in range(clients):
        said += node(f"expc{number}.example.com", role="expressway-c", cluster="expc.example.com")
    for number in range(nodes):
        said += node(f"cucm{number}.example.com", role="unified-cm")
    for number in range(edges):
        said += node(f"expe{number}.example.com", role="expressway-e", cluster="expe.example.com")
    peers = [f"expe{number}.example.com" for number in range(edges)]
    first = NodeRef(name="expc0.example.com")
    said += zone(first, "UC", "traversal-client", peers=peers, port=7001, unified_communications=True)
    return said


def report(said: list[Observation]) -> dict:
    return document(judge(assemble([said], {}, {}), AT), [[]])


def left_out(found: dict) -> dict[str, int]:
    return {
        item["code"]: item["params"]["count"]
        for item in found["outcomes"]
        if item["reason"] == Reason.TOO_MANY_PAIRS and item["outcome"] == "cannot-tell"
    }


def test_every_pair_is_judged_where_there_are_no_more_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MOST_PAIRS", 12)

    found = report(estate(clients=3, nodes=4, edges=4))

    assert left_out(found) == {}
    assert len({(row["client"], row["server"]) for row in found["connections"]}) == 3 * 4 + 3 * 4


@pytest.mark.parametrize(("clients", "nodes", "judged"), [(4, 4, 9), (1, 12, 9), (12, 1, 9), (2, 8, 8), (5, 3, 9)])
def test_beyond_the_bound_some_are_judged_and_the_number_of_the_others_is_said(
    clients: int, nodes: int, judged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "MOST_PAIRS", 9)

    found = report(estate(clients=clients, nodes=nodes, edges=0))

    left = clients * nodes - judged
    assert left_out(found) == {"uc-node-ca-not-trusted": left, "uc-expc-chain-missing-on-ucm": left}
    assert len({(row["client"], row["server"]) for row in found["connections"]}) == judged


def test_the_pairs_of_traversal_zones_have_the_same_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MOST_PAIRS", 5)

    found = report(estate(clients=2, nodes=0, edges=4))

    assert left_out(found) == {"traversal-peer-ca-not-trusted": 3}
    assert len({(row["client"], row["server"]) for row in found["connections"]}) == 5
