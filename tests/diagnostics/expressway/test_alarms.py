"""Alarms by their words."""

import pytest

from diagnostics.expressway.alarms import ALARMS, alarm_number, unreachable_hosts

FAILURE = "Unified Communications SSH tunnel failure - This system cannot communicate with one or more remote hosts: "


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: f"{alarm.number} {alarm.title}")
@pytest.mark.parametrize("separator", [" - ", ": "], ids=["status", "log"])
def test_every_alarm_is_known_by_its_own_words_in_any_case(alarm, separator):
    words = alarm.title + separator * bool(alarm.says or alarm.mentions) + (alarm.says or alarm.mentions)
    assert alarm_number(words) == alarm.number
    assert alarm_number(f"  {words.upper()}, and more. ") == alarm.number


def test_alarms_that_share_a_title_are_told_apart_by_their_description():
    expired = "Server certificate validity - Server certificate expired or Server certificate expires today"
    assert alarm_number(expired) == "40068"
    assert alarm_number("Server certificate validity - Server certificate expires in 5 days") == "40069"
    assert alarm_number("Server certificate validity: Server certificate expires in 5 days") == "40069"
    assert alarm_number("Server certificate expired") == "40068"
    assert alarm_number("Server certificate expires in 5 days") == "40069"
    assert alarm_number("CRLs - no distribution point") is None
    assert alarm_number("Restart required - Cluster configuration has been changed") is None
    assert alarm_number("Certificate error - Something else") is None


def test_numbers_have_five_digits_and_every_row_a_source():
    assert all(alarm.number.isdigit() and len(alarm.number) == 5 and alarm.source for alarm in ALARMS)


@pytest.mark.parametrize(
    ("hosts", "names"),
    [
        ("expe1.example.com", ("expe1.example.com",)),
        ("<expe1.example.com, expe2.example.com>", ("expe1.example.com", "expe2.example.com")),
        ("a.example, a.example, 192.0.2.1, 2001:db8::1.", ("a.example", "192.0.2.1", "2001:db8::1")),
        ("a.example, b.exam...", ("a.example",)),
        ("a.example, b.exam…", ("a.example",)),
        ("not a host, , <>", ()),
        ("", ()),
    ],
)
def test_the_hosts_of_a_tunnel_failure_are_those_that_are_written_in_full(hosts, names):
    assert unreachable_hosts(FAILURE + hosts) == names


def test_no_more_than_twenty_hosts_are_taken():
    assert len(unreachable_hosts(FAILURE + ",".join(f"h{number}.example" for number in range(60)))) == 20
