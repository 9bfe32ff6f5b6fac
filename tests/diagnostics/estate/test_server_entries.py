"""Entries of System > Server find the Unified CM node that they surely mean, and no other."""

import pytest

from diagnostics.estate.observations import FactKey, NodeRef, Slot, StoreName
from diagnostics.estate.server_entries import Candidate, matched, written
from diagnostics.samples.authority import root
from tests.diagnostics.estate.said import AT, Files, estate, fact, node

PUBLISHER, SUBSCRIBER = "cucm1.example.com", "cucm2.example.com"


def voice(
    key: str,
    *,
    address: str | None = None,
    carried: tuple[str, ...] = (),
    entries: tuple[str, ...] = (),
    certain: bool = True,
) -> Candidate:
    return Candidate(
        key=key,
        addresses=(address,) if address else (),
        carried=frozenset(map(written, carried)),
        entries=frozenset(map(written, entries)),
        certain=certain,
    )


def test_an_address_is_the_node_that_has_it() -> None:
    nodes = [voice(PUBLISHER, address="192.0.2.31"), voice(SUBSCRIBER, address="192.0.2.32")]
    assert matched(["192.0.2.32"], nodes) == {"192.0.2.32": SUBSCRIBER}


@pytest.mark.parametrize("entry", ["cucm2", "CUCM2", "cucm2.voice.example.com", "cucm2.example.com."])
def test_a_name_is_the_node_with_that_host_label(entry: str) -> None:
    assert matched([entry], [voice(PUBLISHER), voice(SUBSCRIBER)]) == {entry: SUBSCRIBER}


def test_a_host_label_that_two_entries_or_two_nodes_have_says_nothing() -> None:
    assert matched(["cucm1.a.example", "cucm1.b.example"], [voice(PUBLISHER), voice(SUBSCRIBER)]) == {}
    assert matched(["cucm1"], [voice("cucm1.a.example"), voice("cucm1.b.example")]) == {}


def test_a_name_is_the_one_node_whose_certificate_carries_it() -> None:
    nodes = [voice(PUBLISHER, carried=("voice.example.com",)), voice(SUBSCRIBER)]
    assert matched(["voice.example.com"], nodes) == {"voice.example.com": PUBLISHER}


def test_a_name_that_every_certificate_carries_says_nothing() -> None:
    nodes = [voice(name, carried=("voice.example.com",)) for name in (PUBLISHER, SUBSCRIBER)]
    assert matched(["voice.example.com"], nodes) == {}


def test_the_last_entry_is_the_last_node() -> None:
    nodes = [voice(PUBLISHER, entries=(PUBLISHER,)), voice(SUBSCRIBER)]
    assert matched(["192.0.2.99"], nodes) == {"192.0.2.99": SUBSCRIBER}
    assert matched(["pub.voice.example"], [voice(PUBLISHER)]) == {"pub.voice.example": PUBLISHER}


def test_two_entries_for_one_node_and_one_entry_for_two_stay_apart() -> None:
    assert matched(["pub.voice.example", "sub.voice.example"], [voice(PUBLISHER)]) == {}
    assert matched(["pub.voice.example"], [voice(PUBLISHER), voice(SUBSCRIBER)]) == {}


def test_another_host_of_the_same_domain_is_likelier_a_subscriber_that_nobody_handed_in() -> None:
    assert matched([SUBSCRIBER], [voice(PUBLISHER)]) == {}


def test_what_may_be_a_unity_connection_is_not_what_is_left() -> None:
    assert matched(["pub.voice.example"], [voice("cuc1.example.com", certain=False)]) == {}


def test_an_entry_that_an_inventory_states_is_that_node() -> None:
    nodes = [voice(PUBLISHER, entries=("pub.voice.example",)), voice(SUBSCRIBER)]
    assert matched(["Pub.voice.example"], nodes) == {"Pub.voice.example": PUBLISHER}


def entry(name: str) -> list[object]:
    """As the dump of an Expressway-C says it."""
    ref = NodeRef(name=name)
    return [
        fact(ref, FactKey.SERVER_ENTRY, name, upload="xconf_dump", proven=True),
        fact(ref, FactKey.ROLE, "unified-cm", upload="xconf_dump", proven=True),
    ]


def snapshot(name: str) -> tuple[list[object], Files]:
    issued = root(at=AT).issue(common_name=name, dns=[name])
    files = Files().put("tomcat", issued, at=NodeRef(name=name), slot=Slot.TOMCAT)
    files.put("trust", root(at=AT), at=NodeRef(name=name), store=StoreName.CALLMANAGER_TRUST)
    return node(name, role="unified-cm"), files


def test_in_an_estate_the_entry_is_said_of_the_node_and_is_none_of_its_own() -> None:
    said, files = snapshot(PUBLISHER)
    (found,) = estate([*said, *entry("pub.voice.example")], files=files).nodes()
    assert found.fqdn == PUBLISHER
    assert found.server_entry is not None
    assert (found.server_entry.value, found.server_entry.source.upload) == ("pub.voice.example", "xconf_dump")


def test_in_an_estate_an_entry_that_may_mean_another_node_stays_a_node_without_files() -> None:
    said, files = snapshot(PUBLISHER)
    found = estate([*said, *entry("pub.voice.example"), *entry("sub.voice.example")], files=files)
    assert {item.fqdn: item.server_entry and item.server_entry.value for item in found.nodes()} == {
        PUBLISHER: None,
        "pub.voice.example": "pub.voice.example",
        "sub.voice.example": "sub.voice.example",
    }
