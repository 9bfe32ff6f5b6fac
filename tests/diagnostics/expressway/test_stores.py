"""The names of slots and lists, in every spelling."""

import time

import pytest

from diagnostics.estate.observations import Slot, StoreName
from diagnostics.expressway.stores import (
    PLACE_NAMES,
    called,
    may_be_listed_as,
    name_and_serial,
    slot_called,
    store_called,
)


def test_every_slot_and_list_has_a_name_and_no_name_is_of_anything_else():
    assert {place.name for place in PLACE_NAMES if not place.is_list} == {slot.value for slot in Slot}
    assert {place.name for place in PLACE_NAMES if place.is_list} == {store.value for store in StoreName}
    assert len(PLACE_NAMES) == len(Slot) + len(StoreName)


def test_expressways_have_their_own_places():
    assert {place.name for place in PLACE_NAMES if place.expressway} == {"server", "client", "trusted-ca"}


@pytest.mark.parametrize("place", PLACE_NAMES, ids=lambda place: place.name)
def test_each_is_known_by_value_title_and_every_other_spelling(place):
    asked, other = (store_called, slot_called) if place.is_list else (slot_called, store_called)
    for spelling in (place.name, place.title, *place.others):
        for text in (
            spelling,
            spelling.upper(),
            spelling.replace("-", "_"),
            spelling.replace("-", " "),
            f" {spelling} ",
        ):
            assert asked(text) == place.name
            assert other(text) is None


@pytest.mark.parametrize("text", ["", " ", "tomcats", "cup-xmpp-s2s-trust", "CAPF", "CAPF-trust", "x" * 10_000, "-"])
def test_nothing_else_is_a_place(text):
    assert (slot_called(text), store_called(text)) == (None, None)


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("tomcat-trust", "tomcat-trust", ""),
        ("CallManager-ECDSA", "callmanager-ecdsa", ""),
        ("cucm1_tomcat-trust", "tomcat-trust", "cucm1"),
        ("cucm1-tomcat", "tomcat", "cucm1"),
        ("cup-xmpp-s2s-ECDSA", "cup-xmpp-s2s-ecdsa", ""),
        ("imp1 cup-xmpp-trust", "cup-xmpp-trust", "imp1"),
        ("CallManager_cucm1.example.com", "callmanager", "cucm1.example.com"),
        ("cucm1.example.com.tomcat", "tomcat", "cucm1.example.com"),
        ("expc1-ca", "trusted-ca", "expc1"),
        ("expc1_server", "server", "expc1"),
        ("certs_root", "trusted-ca", ""),
        ("servercert", "server", ""),
        ("tomcat (1)", "tomcat", ""),
        ("tomcat-trust - Copy", "tomcat-trust", ""),
    ],
)
def test_a_place_is_found_in_the_name_of_a_file_or_folder(text, name, rest):
    found = called(text)
    assert (found.place.name, found.rest) == (name, rest)


@pytest.mark.parametrize(
    "text", ["", "server1", "expc1.example.com", "InCommon_RSA_Server_CA_4720d0fa", "casual", "mytomcat"]
)
def test_a_name_without_a_place_has_none(text):
    assert called(text) is None


@pytest.mark.parametrize("text", ["-" * 100_000, "a-" * 50_000, " (1)" * 50_000, "tomcat-" * 20_000])
def test_a_name_made_to_take_long_does_not(text):
    started = time.process_time()
    called(text), name_and_serial(text), slot_called(text), store_called(text)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("common_name", "listed", "serial", "may"),
    [
        ("Example Root CA", "Example_Root_CA", "0a", True),
        ("Example Root CA", "example_root_ca", None, True),
        ("Example, Inc. Root/CA", "Example_Inc_Root_CA", "0a", True),
        ("Cisco Root CA 2048", "Cisco_Root_CA", "2048", True),
        ("Example Root CA", "Example_Root_CA_2", "0a", False),
        ("Example Root CA", "CAPF-36205338", None, False),
        ("Zürcher CA", "Z_rcher_CA", "0a", True),
        ("Example Root CA", "", None, True),
        ("Example Corporation Root CA of 2020", "Example_Corporation_Root", "0a", True),
    ],
)
def test_only_a_name_that_surely_differs_is_told_apart(common_name, listed, serial, may):
    assert may_be_listed_as(common_name, listed, serial) is may
