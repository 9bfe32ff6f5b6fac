"""The tables of menus, connections and sources hang together."""

from datetime import date

import pytest

from diagnostics.expressway import connections, versions
from diagnostics.expressway.connections import CONNECTIONS
from diagnostics.expressway.menus import MENUS, paths
from diagnostics.expressway.sources import SOURCES, addresses
from diagnostics.expressway.versions import parse_version


@pytest.mark.parametrize(
    ("release", "trusted", "crl", "sip"),
    [
        (
            "X8.9.2",
            "Maintenance > Security certificates > Trusted CA certificate",
            "Maintenance > Security certificates > CRL management",
            "Configuration > SIP",
        ),
        (
            "X8.10",
            "Maintenance > Security > Trusted CA certificate",
            "Maintenance > Security > CRL management",
            "Configuration > Protocols > SIP",
        ),
        (
            "X15.5",
            "Maintenance > Security > Trusted CA certificate",
            "Maintenance > Security > CRL management",
            "Configuration > Protocols > SIP",
        ),
    ],
)
def test_menus_are_those_of_the_release(release, trusted, crl, sip):
    found = paths(parse_version(release))

    assert (found["menu_trusted_ca"], found["menu_crl"], found["menu_sip"]) == (trusted, crl, sip)


def test_of_an_unknown_release_the_menus_are_the_current_ones():
    assert paths(None) == paths(parse_version("X15.5"))


def test_a_menu_that_never_moved_is_the_same_in_every_release():
    old, new = paths(parse_version("X8.1")), paths(parse_version("X15.5"))
    unmoved = {f"menu_{name}" for name, menu in MENUS.items() if menu.before_x8_10 is None}

    assert unmoved
    assert {name for name in new if old[name] == new[name]} == unmoved
    assert old.keys() == new.keys() == {f"menu_{name}" for name in MENUS}


@pytest.mark.parametrize("name", MENUS)
def test_every_menu_is_a_path_with_a_source(name):
    menu = MENUS[name]

    steps = menu.path.split(" > ")
    assert len(steps) > 1
    assert all(step and step == step.strip() for step in steps)
    assert addresses(menu.sources)


@pytest.mark.parametrize("service", CONNECTIONS)
def test_every_connection_has_two_ends_and_a_source(service):
    row = CONNECTIONS[service]

    assert row.service == service
    assert row.title
    assert row.client is not row.server or row.client in (connections.Party.EXPRESSWAY, connections.Party.ANY_PEER)
    assert row.port is None or 0 < row.port < 65_536
    assert addresses(row.sources)


def test_the_ports_that_are_documented_are_those_of_the_table():
    documented = {
        connections.TRAVERSAL_SIP: 7001,
        connections.SSH_TUNNEL: 2222,
        "xcp": 7400,
        connections.UC_HTTPS: 8443,
        connections.UC_SIP: 5061,
        connections.EDGE_CLIENT: 8443,
    }
    assert {service: CONNECTIONS[service].port for service in documented} == documented


def test_each_service_has_one_row():
    assert len(CONNECTIONS) == len(connections._ROWS)


def test_an_unlisted_source_is_refused():
    with pytest.raises(KeyError):
        addresses(("221624", "no such note"))


def test_every_source_is_an_address_and_none_is_there_twice_under_one_name():
    assert all(address.startswith("https://") for address in SOURCES.values())
    assert addresses(("221624", "RFC5280")) == (SOURCES["221624"], "https://www.rfc-editor.org/rfc/rfc5280")


def test_the_tables_say_when_they_were_held_against_their_sources():
    assert date(2026, 1, 1) < versions.AS_OF < date(2027, 1, 1)
