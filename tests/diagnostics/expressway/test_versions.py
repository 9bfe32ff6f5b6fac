"""Releases in their order, and on which side of a change each stands."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.expressway.sources import addresses
from diagnostics.expressway.versions import BOUNDARIES, Change, Version, has, parse_version

IN_ORDER = ["X8.1", "X8.9", "X8.10", "X8.10.4", "X12.5", "X12.7.1", "X14.0", "X14.0.2", "X14.0.8", "X14.0.10", "X14.2"]
IN_ORDER += ["X14.2.5", "X14.3", "X14.3.10", "X15.0", "X15.0.3", "X15.3.2", "X15.4", "X15.5", "X15.10"]


def test_releases_are_ordered_number_by_number():
    shuffled = random.Random(7).sample(IN_ORDER, len(IN_ORDER))
    assert sorted(shuffled, key=Version) == IN_ORDER


@pytest.mark.parametrize(("first", "second"), [("X14.2", "X14.2.0"), ("X14.2", "14.2"), ("x14.2", "X14.2.0.0")])
def test_spellings_of_one_release_are_equal(first, second):
    assert Version(first) == Version(second)
    assert len({Version(first), Version(second)}) == 1
    assert not Version(first) < Version(second)
    assert Version(first) <= Version(second)


def test_a_release_is_not_equal_to_its_text_and_keeps_it():
    assert Version("X14.2") != "X14.2"
    assert str(Version("X14.2.0")) == "X14.2.0"


@pytest.mark.parametrize("text", [None, "", "  ", "unknown", "X", "X.."])
def test_text_without_a_number_is_no_release(text):
    assert parse_version(text) is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("X14.0.10", (14, 0, 10)),
        (" X15.5 ", (15, 5)),
        ("15.0.1.11900-23", (15, 0, 1, 11900, 23)),
        ("14SU3", (14, 3)),
        ("1.2.3.4.5.6.7.8", (1, 2, 3, 4, 5, 6)),
    ],
)
def test_a_release_is_read_from_the_texts_that_products_write(text, numbers):
    version = parse_version(text)
    assert version is not None
    assert version.numbers == numbers


@given(st.one_of(st.text(max_size=40), st.text(alphabet="0123456789.X", max_size=40)))
def test_any_text_is_a_release_that_compares_or_none(text):
    version = parse_version(text)
    if version is not None:
        assert version.text == text.strip()
        assert sum((version < Version("X14"), version == Version("X14"), version > Version("X14"))) == 1


def test_a_number_without_end_is_no_trouble():
    version = parse_version("9" * 100_000)
    assert version is not None
    assert version > Version("X15.5")


# The release before, the release itself, and the one after, as rules 5 of the reference date them.
EITHER_SIDE = {
    Change.SECURITY_MENU: ("X8.9.2", "X8.10", "X8.11"),
    Change.PRESENTS_CERTIFICATE_TO_UCM: ("X14.0.1", "X14.0.2", "X14.0.3"),
    Change.VERIFIES_UC_NODES_PER_REQUEST: ("X14.0.7", "X14.0.8", "X14.0.10"),
    Change.VERIFIES_UC_NODES_CERTAINLY: ("X14.1.1", "X14.2", "X14.2.1"),
    Change.PREFERS_ECDSA: ("X14.1.1", "X14.2", "X14.2.1"),
    Change.EDGE_TAKES_SERVER_ONLY: ("X15.3.2", "X15.4", "X15.4.1"),
    Change.SPLIT_STORES: ("X15.4.9", "X15.5", "X15.5.1"),
}


@pytest.mark.parametrize("change", Change)
def test_a_change_is_there_from_its_release_on_and_one_release_before_it_is_not(change):
    before, at, after = EITHER_SIDE[change]

    assert [has(change, parse_version(text)) for text in (before, at, f"{at}.0", after)] == [False, True, True, True]


@pytest.mark.parametrize("change", Change)
def test_of_an_unknown_release_nothing_is_known(change):
    assert has(change, None) is None


def test_per_request_verification_is_certain_only_where_both_documents_agree():
    between = Version("X14.0.9")
    assert has(Change.VERIFIES_UC_NODES_PER_REQUEST, between) is True
    assert has(Change.VERIFIES_UC_NODES_CERTAINLY, between) is False


@pytest.mark.parametrize("change", Change)
def test_every_boundary_says_what_changed_and_who_says_so(change):
    boundary = BOUNDARIES[change]

    assert boundary.statement
    assert boundary.sources
    assert all(address.startswith("https://") for address in addresses(boundary.sources))
