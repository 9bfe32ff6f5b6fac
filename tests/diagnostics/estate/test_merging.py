"""Many statements about one thing, one value."""

from diagnostics.estate.merging import Statement, Statements, combined, contradictions, grouped
from diagnostics.estate.model import Told
from diagnostics.estate.observations import FactKey, NodeRef
from tests.diagnostics.estate.said import fact, source

NODE = NodeRef(name="c1.example.com")


def statements(key: FactKey, *said: tuple[str | bool | int, int, bool]) -> Statements:
    """Value, batch, proven."""
    return Statements(
        Statement(fact=fact(NODE, key, value, upload=f"{value}.txt", proven=proven), batch=batch)
        for value, batch, proven in said
    )


def test_the_newest_batch_decides_even_against_a_proven_older_one() -> None:
    told = statements(FactKey.VERSION, ("X14.0", 0, True), ("X15.0", 1, False)).text(FactKey.VERSION)
    assert told == Told("X15.0", source("X15.0.txt"))


def test_within_a_batch_the_dump_comes_before_what_a_person_wrote() -> None:
    told = statements(FactKey.VERSION, ("X14.0", 0, False), ("X15.0", 0, True)).text(FactKey.VERSION)
    assert told == Told("X15.0", source("X15.0.txt"), (("X14.0", source("X14.0.txt")),))


def test_the_same_name_in_another_case_is_no_contradiction() -> None:
    told = statements(FactKey.SERVER_ENTRY, ("CUCM1", 0, False), ("cucm1", 0, False)).text(FactKey.SERVER_ENTRY)
    assert told is not None
    assert told.others == ()


def test_an_empty_text_says_nothing() -> None:
    assert statements(FactKey.ZONE_VERIFY_NAME, ("", 0, True)).text(FactKey.ZONE_VERIFY_NAME) is None


def test_an_empty_text_leaves_the_word_to_the_one_who_said_something() -> None:
    told = statements(FactKey.VERSION, ("", 0, True), ("X15.0", 0, False)).text(FactKey.VERSION)
    assert told is not None
    assert (told.value, told.others) == ("X15.0", ())


def test_no_is_an_answer() -> None:
    told = statements(FactKey.ZONE_TLS_VERIFY, (False, 0, True)).flag(FactKey.ZONE_TLS_VERIFY)
    assert told is not None
    assert told.value is False


def test_what_may_repeat_comes_once_each_in_the_order_said() -> None:
    told = statements(FactKey.ZONE_PEER, ("b", 0, False), ("a", 0, False), ("B", 0, False)).several(FactKey.ZONE_PEER)
    assert [item.value for item in told] == ["b", "a"]


def test_a_peer_removed_in_a_later_upload_is_gone() -> None:
    told = statements(FactKey.ZONE_PEER, ("a", 0, True), ("b", 0, True), ("a", 1, True)).several(FactKey.ZONE_PEER)
    assert [item.value for item in told] == ["a"]


def test_a_port_that_is_no_number_is_left_out() -> None:
    assert statements(FactKey.ZONE_PORT, ("many", 0, True)).number(FactKey.ZONE_PORT) is None


def test_peers_of_a_cluster_that_disagree_are_kept_beside_the_first() -> None:
    one, other = Told("a.example.com", source("1")), Told("b.example.com", source("2"))
    told = combined([None, one, Told("A.example.com", source("3")), other])
    assert told == Told("a.example.com", source("1"), (("b.example.com", source("2")),))


def test_of_nothing_said_comes_nothing() -> None:
    assert combined([None, None]) is None
    assert contradictions("x", {"version": None, "port": Told(7001, source())}) == []


def test_statements_are_grouped_in_the_order_first_spoken_of() -> None:
    said = [Statement(fact=fact(NODE, FactKey.VERSION, value), batch=0) for value in ("1", "2", "3")]
    groups = grouped(zip(("b", "a", "b"), said, strict=True))
    assert list(groups) == ["b", "a"]
    assert len(groups["b"].sources) == 2
