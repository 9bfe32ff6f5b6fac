"""Alarms that bear on certificates: their numbers by their words.

A status file gives an alarm as "<title> - <description>" with an identifier of its own; a log as "<title>: <description>"
with the five-digit number of the documentation. So the words tell the number: in full where a source has them in full,
and otherwise the title with a word that tells it from its neighbours.
"""

import re
from dataclasses import dataclass

_X150 = "Administrator Guide X15.0, alarms"
_CLUSTER = "note 217230"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm by its words, without regard to case.

    Attributes:
        title: how the text begins.
        says: how its description begins; empty: the title tells it by itself.
        mentions: what stands somewhere behind the title, where the description is not known word for word.
    """

    number: str
    title: str
    says: str = ""
    mentions: str = ""
    source: str

    def is_meant(self, plain: str) -> bool:
        """By a text in small letters, with single blanks."""
        title = self.title.casefold()
        rest = plain[len(title) :]
        if not plain.startswith(title) or rest[:1].isalnum():
            return False
        return rest.lstrip(" -:").startswith(self.says.casefold()) and self.mentions.casefold() in rest


_CHANGED, _VALIDITY = "Restart required", "Server certificate validity"
ALARMS: tuple[Alarm, ...] = (
    Alarm(number="15022", title=_CHANGED, mentions="domain certificate", source=_X150),
    Alarm(number="15028", title=_CHANGED, mentions="server certificate", source=_X150),
    Alarm(number="20004", title="Cluster communication failure", source=_X150),
    Alarm(number="20006", title="Cluster database communication failure", source=_CLUSTER),
    Alarm(number="25002", title="Date and time not validated", source=_X150),
    Alarm(number="35013", title="Unified Communications SSH tunnel failure", source=_X150),
    Alarm(number="35014", title="Unified Communications SSH tunnel notification failure", source=_X150),
    Alarm(number="35016", title="SAML metadata has been modified", source=_X150),
    Alarm(number="40001", title="CRL", mentions="distribution point", source=_X150),
    Alarm(number="40002", title="CRL", mentions="automatic update", source=_X150),
    Alarm(number="40006", title="Unable to download CRL", source=_X150),
    Alarm(number="40007", title="CRL", mentions="configuration file", source=_X150),
    Alarm(number="40040", title="Unified Communications configuration error", mentions="TLS verify mode", source=_X150),
    Alarm(number="40049", title="Cluster TLS permissive", source=_X150),
    Alarm(number="40051", title="CMS not identified by server certificate", source=_X150),
    Alarm(number="40052", title="Certificate error", mentions="Common Name", source=_X150),
    Alarm(number="40068", title=_VALIDITY, says="Server certificate expired", source=_X150),
    Alarm(number="40068", title="Server certificate expired", source=_X150),
    Alarm(number="40069", title=_VALIDITY, says="Server certificate expires in", source=_X150),
    Alarm(number="40069", title="Server certificate expires in", source=_X150),
)
TUNNEL_FAILURE = "35013"
PERMISSIVE_CLUSTER = "40049"
# Its description: "This system cannot communicate with one or more remote hosts: <Host 1, Host 2, ...>", cut off at 200
# characters.
_HOSTS = re.compile(r"cannot communicate with one or more remote hosts:(?P<hosts>[^\r\n]{1,1000})", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.:-]{0,251}[A-Za-z0-9_])?")
_MOST_HOSTS = 20


def alarm_number(reason: str) -> str | None:
    """Of an alarm's title and description; None where no documented alarm has these words."""
    plain = " ".join(reason.split()).casefold()
    return next((alarm.number for alarm in ALARMS if alarm.is_meant(plain)), None)


def unreachable_hosts(reason: str) -> tuple[str, ...]:
    """The hosts that alarm 35013 names; the last one is left out where the text ends in dots, for it may be cut off."""
    found = _HOSTS.search(reason)
    if found is None:
        return ()
    names = [part.strip(" \t<>.,;") for part in found["hosts"].split(",")]
    if found["hosts"].rstrip(" >").endswith(("...", "\N{HORIZONTAL ELLIPSIS}")):
        names = names[:-1]
    return tuple(dict.fromkeys(name for name in names if _HOST.fullmatch(name)))[:_MOST_HOSTS]
