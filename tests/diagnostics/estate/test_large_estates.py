"""Thousands of nodes and files, as an inventory can name them in a few lines: the work grows with them, not with their square.

The bars are seconds of processor time, several times of what is needed and a fraction of what the square would take.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from diagnostics.estate.assemble import assemble
from diagnostics.estate.changes import changes
from diagnostics.estate.decisions import Decision
from diagnostics.estate.links import Designation, traversal_links
from diagnostics.estate.observations import (
    CertificateFile,
    FactKey,
    Listing,
    NodeRef,
    Observation,
    Placement,
    Slot,
    Source,
    StoreName,
)
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load_certificate
from diagnostics.readers.base import FileReading, Kind, Outcome
from diagnostics.reports.document import document
from diagnostics.rules.engine import judge
from diagnostics.samples.authority import self_signed
from tests.diagnostics.estate.said import AT, fact, node, source, zone

ONE = load_certificate(self_signed("host.example.com", at=AT).der)


def certificate_of(name: str, number: int, *, ca: bool = False) -> Certificate:
    """One of thousands: real facts with another name and fingerprint, since to sign so many would take minutes."""
    facts = replace(
        ONE.facts,
        subject=replace(ONE.facts.subject, text=f"CN={name}", common_names=(name,)),
        names=replace(ONE.facts.names, dns=(name,)),
        ca=ca,
    )
    return Certificate(ONE.der + f"{name} {number}".encode(), facts)


def loose(count: int, name: Callable[[int], str]) -> tuple[list[Observation], dict[str, Certificate]]:
    said: list[Observation] = []
    certificates: dict[str, Certificate] = {}
    for number in range(count):
        made = certificate_of(name(number), number)
        certificates[made.sha256] = made
        at = Source(upload=f"file{number}.pem")
        said.append(CertificateFile(source=at, form="pem", certificates=(made.sha256,), lines=(1,)))
    return said, certificates


def many(count: int, role: str | None = "expressway-c") -> list[Observation]:
    return [item for number in range(count) for item in node(host(number), role=role)]


def host(number: int) -> str:
    return f"node{number}.example.com"


@contextmanager
def within(seconds: float) -> Iterator[None]:
    before = time.process_time()
    yield
    assert time.process_time() - before < seconds


def test_ten_thousand_loose_files_and_three_thousand_nodes_come_to_a_report() -> None:
    said, certificates = loose(10_000, lambda number: host(number % 3_000))
    files = [
        FileReading(source=item.source, kind=Kind.CERTIFICATES, size=1, outcome=Outcome.READ, problems=(), found={})
        for item in said
    ]
    nodes = many(3_000)

    with within(20):
        before, after = assemble([nodes], {}, {}), assemble([nodes, said], certificates, {})
        found = changes(before, after)
        report = document(judge(after, AT), [[], files])

    # Four or three for each node, equally likely for its one slot: every one is asked about.
    assert [len(row["asked"]) for row in report["files"]] == [1] * 10_000
    assert len(found) == 3_000


def test_decisions_about_thousands_of_files_are_looked_up_and_not_searched() -> None:
    said, certificates = loose(6_000, lambda number: host(number % 3_000))
    decisions = [
        Decision(path=item.source.path, certificate=item.certificates[0], node=host(number % 3_000), slot=Slot.TOMCAT)
        for number, item in enumerate(said)
    ]

    with within(8):
        found = assemble([said], certificates, {}, decisions)

    assert {item.role.value for item in found.nodes()} == {"unified-cm"}


@pytest.mark.parametrize("entry", ["10.1.{0}.{1}", "bare{0}x{1}"])
def test_entries_of_system_server_are_not_each_compared_with_each_node(entry: str) -> None:
    said = many(1_500, role="unified-cm")
    for number in range(1_500):
        name = entry.format(number // 256, number % 256)
        said += [
            fact(NodeRef(name=name), FactKey.SERVER_ENTRY, name),
            fact(NodeRef(name=name), FactKey.ROLE, "unified-cm"),
        ]

    with within(8):
        found = assemble([said], {}, {})

    assert len(list(found.nodes())) == 3_000


def test_zone_peers_that_nobody_knows_are_not_each_compared_with_each_node() -> None:
    said: list[Observation] = []
    for number in range(1_200):
        client, server = NodeRef(name=f"c{number}.example.com"), NodeRef(name=f"e{number}.example.com")
        said += [*node(client.name), *node(server.name)]
        said += zone(client, "Traversal", "traversal-client", peers=[f"unknown{number}.example.net"], port=7001)
        said += zone(server, "Traversal", "traversal-server", port=7001)

    with within(12):
        links = traversal_links(assemble([said], {}, {}))

    assert {peer.how for link in links for peer in link.peers} == {Designation.UNKNOWN}


def test_a_file_of_thousands_of_certificates_on_thousands_of_nodes_is_held_once() -> None:
    made = [certificate_of(f"ca{number}", number, ca=number > 0) for number in range(2_000)]
    certificates = {item.sha256: item for item in made}
    big = CertificateFile(
        source=Source(upload="all.pem"), form="pem", certificates=tuple(certificates), lines=tuple(range(1, 2_001))
    )
    put = [
        Placement(source=source(), node=NodeRef(name=host(number)), path="all.pem", **place)
        for number in range(2_000)
        for place in ({"store": StoreName.TRUSTED_CA}, {"slot": Slot.SERVER})
    ]
    nodes = many(2_000)

    with within(15):
        after = assemble([[*nodes, big, *put]], certificates, {})
        found = changes(assemble([nodes], {}, {}), after)
        judge(after, AT)

    lists = [item.trust[StoreName.TRUSTED_CA] for item in after.nodes()]
    assert len(lists) == 2_000
    assert len({id(item) for item in lists}) == 1
    assert len({id(item.certificates[Slot.SERVER].above) for item in after.nodes()}) == 1
    assert {len(change.added) for item in found for change in item.lists} == {2_000}


def test_a_listing_that_may_be_of_thousands_of_nodes_offers_no_more_than_anybody_reads() -> None:
    listings = [
        Listing(source=Source(upload=f"capture{number}.txt"), node=None, store=StoreName.TOMCAT_TRUST)
        for number in range(1_000)
    ]

    found = assemble([[*many(2_000, role="unified-cm"), *listings]], {}, {})

    assert len(found.questions) == 1_000
    assert {len(question.candidates) for question in found.questions} == {60}
    assert len({id(question.candidates) for question in found.questions}) == 1
