"""Alarms that bear on certificates: their numbers by their words.

A status file gives an alarm as "<title> - <description>" with an identifier of its own; the five-digit number of the
documentation stands in the log alone. So the words tell the number, and only words that a source has in full are here.
"""

import re
from dataclasses import dataclass

_X150 = "Administrator Guide X15.0, alarms"
_CLUSTER = "note 217230"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm; `words` is looked for at the beginning of "<title> - <description>", without regard to case."""

    number: str
    words: str
    source: str


ALARMS: tuple[Alarm, ...] = (
    Alarm(
        number="15028", words="Restart required - Server certificate and private key have been changed", source=_X150
    ),
    Alarm(number="20004", words="Cluster communication failure", source=_X150),
    Alarm(number="20006", words="Cluster database communication failure", source=_CLUSTER),
    Alarm(number="25002", words="Date and time not validated", source=_X150),
    Alarm(number="35013", words="Unified Communications SSH tunnel failure", source=_X150),
    Alarm(number="35014", words="Unified Communications SSH tunnel notification failure", source=_X150),
    Alarm(number="35016", words="SAML metadata has been modified", source=_X150),
    Alarm(
        number="40040",
        words="Unified Communications configuration error - TLS verify mode is not enabled on a traversal zone",
        source=_X150,
    ),
    Alarm(number="40049", words="Cluster TLS permissive", source=_X150),
    Alarm(number="40051", words="CMS not identified by server certificate", source=_X150),
    Alarm(number="40052", words="Certificate error - Server certificate does not have a Common Name", source=_X150),
    Alarm(number="40068", words="Server certificate validity - Server certificate expired", source=_X150),
    Alarm(number="40069", words="Server certificate validity - Server certificate expires in", source=_X150),
    Alarm(number="40069", words="Server certificate expires in", source=_X150),
)
TUNNEL_FAILURE = "35013"
PERMISSIVE_CLUSTER = "40049"
# Its description: "This system cannot communicate with one or more remote hosts: <Host 1, Host 2, ...>", cut off at 200
# characters.
_HOSTS = re.compile(r"cannot communicate with one or more remote hosts:(?P<hosts>[^\r\n]{1,1000})", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.:-]{0,251}[A-Za-z0-9_])?")
_MOST_HOSTS = 20


def alarm_number(reason: str) -> str | None:
    """Of "<title> - <description>"; None where no documented alarm has these words."""
    plain = " ".join(reason.split()).casefold()
    return next((alarm.number for alarm in ALARMS if plain.startswith(alarm.words.casefold())), None)


def unreachable_hosts(reason: str) -> tuple[str, ...]:
    """The hosts that alarm 35013 names; the last one is left out where the text ends in dots, for it may be cut off."""
    found = _HOSTS.search(reason)
    if found is None:
        return ()
    names = [part.strip(" \t<>.,;") for part in found["hosts"].split(",")]
    if found["hosts"].rstrip(" >").endswith(("...", "\N{HORIZONTAL ELLIPSIS}")):
        names = names[:-1]
    return tuple(dict.fromkeys(name for name in names if _HOST.fullmatch(name)))[:_MOST_HOSTS]
