"""What the places for certificates are called: in Unified CM, IM and Presence and Unity Connection, and in folders.

Names of slots and lists are the values of `estate.observations.Slot` and `StoreName`. The Unified CM names are those
of the certificate pages of OS Administration, of the certificate REST interface and of `show cert` (documented;
`cup-trust` alone is inferred). How people name the files of an Expressway is habit, not a format: a hint, no more.
"""

import re
from dataclasses import dataclass

LONGEST = 200  # characters looked at; the longest name of a place has 22


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceName:
    """A slot or a list and what it is called.

    Attributes:
        name: value of `Slot` or, with `is_list`, of `StoreName`.
        title: as OS Administration writes it, or a page of Expressway.
        others: further spellings; case, blanks, hyphens, dots and underscores never matter.
        expressway: it is a place of an Expressway, else one of Unified CM, IM and Presence or Unity Connection.
    """

    name: str
    title: str
    is_list: bool = False
    others: tuple[str, ...] = ()
    expressway: bool = False


PLACE_NAMES: tuple[PlaceName, ...] = (
    PlaceName(name="tomcat", title="tomcat", others=("tomcat-rsa",)),
    PlaceName(name="tomcat-ecdsa", title="tomcat-ECDSA", others=("tomcat-ec",)),
    PlaceName(name="callmanager", title="CallManager", others=("callmanager-rsa",)),
    PlaceName(name="callmanager-ecdsa", title="CallManager-ECDSA", others=("callmanager-ec",)),
    PlaceName(name="cup", title="cup"),
    PlaceName(name="cup-ecdsa", title="cup-ECDSA", others=("cup-ec",)),
    PlaceName(name="cup-xmpp", title="cup-xmpp"),
    PlaceName(name="cup-xmpp-ecdsa", title="cup-xmpp-ECDSA", others=("cup-xmpp-ec",)),
    PlaceName(name="cup-xmpp-s2s", title="cup-xmpp-s2s"),
    PlaceName(name="cup-xmpp-s2s-ecdsa", title="cup-xmpp-s2s-ECDSA", others=("cup-xmpp-s2s-ec",)),
    PlaceName(name="tomcat-trust", title="tomcat-trust", is_list=True),
    PlaceName(name="callmanager-trust", title="CallManager-trust", is_list=True),
    PlaceName(name="cup-trust", title="cup-trust", is_list=True),
    PlaceName(name="cup-xmpp-trust", title="cup-xmpp-trust", is_list=True),
    PlaceName(
        name="server",
        title="Server certificate",
        others=("server", "servercert", "server-cert", "server-crt", "certs-server"),
        expressway=True,
    ),
    PlaceName(
        name="client",
        title="Client certificate",
        others=("client", "clientcert", "client-cert", "client-crt", "certs-client"),
        expressway=True,
    ),
    PlaceName(
        name="trusted-ca",
        title="Trusted CA certificate",
        is_list=True,
        others=(
            *("ca", "cas", "ca-cert", "ca-certs", "ca-certificate", "ca-certificates", "ca-bundle", "ca-list"),
            *("trusted", "trusted-ca", "trusted-cas", "trusted-ca-list", "trusted-ca-certificates"),
            *("trust", "truststore", "trust-store", "trust-list", "root", "roots", "root-ca", "root-cas", "certs-root"),
        ),
        expressway=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a folder or file name says: the place, and what else is in the name (a host name, often); empty: nothing."""

    place: PlaceName
    rest: str = ""


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


_BY_SPELLING = {
    _plain(spelling): place for place in PLACE_NAMES for spelling in (place.name, place.title, *place.others)
}
_COPY = re.compile(r"(?: ?\(\d{1,3}\)| - [Cc]opy)$")  # what browsers and Windows add to a second download


def slot_called(text: str) -> str | None:
    """The value of the `Slot` that is spelled so, whole; None where no slot is."""
    place = _spelled(text)
    return place.name if place is not None and not place.is_list else None


def store_called(text: str) -> str | None:
    """The value of the `StoreName` that is spelled so, whole; None where no list is."""
    place = _spelled(text)
    return place.name if place is not None and place.is_list else None


def called(text: str) -> Called | None:
    """The place in a folder's name or a file's name without its ending: all of it, or its end or start at a separator.

    "cucm1_tomcat-trust" is tomcat-trust with the rest "cucm1", "expc1-ca" is trusted-ca with the rest "expc1". The
    longest spelling wins. None where no place is in it.
    """
    text = _COPY.sub("", text.strip()[:LONGEST]).strip()
    whole = _spelled(text)
    if whole is not None:
        return Called(place=whole)
    cuts = [match.span() for match in re.finditer(r"[ ._\-]{1,8}", text)]
    for start, end in cuts:  # from the left, so that the longest end comes first
        place = _spelled(text[end:])
        if place is not None and start > 0:
            return Called(place=place, rest=text[:start])
    for start, end in reversed(cuts):
        place = _spelled(text[:start])
        if place is not None and end < len(text):
            return Called(place=place, rest=text[end:])
    return None


def _spelled(text: str) -> PlaceName | None:
    return _BY_SPELLING.get(_plain(text)) if len(text) <= LONGEST else None


_SERIAL = re.compile(r"(?P<name>.{1,180})_(?P<serial>[0-9A-Fa-f]{1,64})", re.DOTALL)


def name_and_serial(stem: str) -> tuple[str, str | None]:
    """The parts of `InCommon_RSA_Server_CA_4720d0fa85461a7e17a1640291846374`: the name of a file in a trust list.

    The name is the common name with blanks as underscores, the serial number lower-case hex without leading zeros.
    `CAPF-36205338` has none. A common name that ends in something like hex ("Cisco_Root_CA_2048") cannot be told from
    one with a serial number behind it, so whoever compares must hold both readings against what is known.
    """
    match = _SERIAL.fullmatch(stem)
    if match is None:
        return stem, None
    return match["name"], match["serial"].lower().lstrip("0") or "0"


_SHORTEST_CUT = 16  # characters; a name in a listing that is cut off shorter than that says nothing


def spelled(name: str) -> str:
    """A common name, or what a listing made of it, in the one form in which two are compared: ASCII letters and digits.

    Seen: blanks as underscores. What becomes of commas, slashes and letters beyond ASCII was not seen, so they are not
    looked at.
    """
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def may_be_listed_as(common_name: str, listed: str, serial: str | None) -> bool:
    """Whether an entry of a listing may be a certificate of that common name: False only where that is sure."""
    wanted, shown = spelled(common_name), spelled(listed)
    if not wanted or not shown or not common_name.isascii():
        return True
    if wanted in (shown, shown + (serial or ""), spelled(f"{listed}{serial or ''}")):
        return True
    cut = min(len(wanted), len(shown)) >= _SHORTEST_CUT
    return cut and (wanted.startswith(shown) or shown.startswith(wanted))
