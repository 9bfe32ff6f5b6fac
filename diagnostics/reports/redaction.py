"""A document made fit for other eyes: IP addresses as stable placeholders.

The same address is the same placeholder everywhere in the document, so that a reader still sees what belongs
together (full masking makes diagnosis impossible). Placeholders are counted, never hashed: a hash of an IPv4 address
is reversed by trying them all, and so is the identity of a finding that has an address in it, which is counted too.

What counts as an address, where text alone does not tell:

- Four numbers of 0 to 255 with dots do, also inside a name, a path or a log line, unless a letter or digit touches
  them (X14.0.10.1 is a release; 14.0.10.1 in a log line is taken for an address, since it may be one).
- Releases are kept where the document says that they are releases (`_RELEASES`): menu paths depend on them.
- More than four numbers with dots are an object identifier where they begin with 0, 1 or 2 as all of those do, and so
  are four before an equals sign (2.5.4.97=...). Otherwise the first four are taken for an address: rather one too many.
- Eight pairs of hexadecimal digits with colons are a serial number or key; an address is not written like that.
- An IPv4 address mapped into IPv6 is the IPv4 address. The bare "::" says nothing and is kept.

Host names stay, also those that spell an address with dashes.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any

# Whole runs of what addresses are made of; which of them are addresses is decided below.
_RUN = re.compile(r"[0-9A-Fa-f:.]{2,}+")
# The group in a look-ahead is taken whole or not at all; a possessive quantifier on a group would say the same, but is
# matched wrongly before Python 3.11.5, which Debian 12 has.
_DOTTED = re.compile(r"(?<![0-9A-Za-z])(?<![0-9]\.)(?=([0-9]+(?:\.[0-9]+){3,}))\1(?![0-9A-Za-z])")
_QUAD_AT_END = re.compile(r".*:[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){7}")

_RELEASES = frozenset({"version", "release"})
_RELEASES_BY_NODE = "versions"


def without_addresses(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which every IP address, in keys and values alike, reads "address-1", "address-2" and so on."""
    redaction = _Redaction()
    redaction.count_identities(document["findings"])
    redacted = redaction.value(document)
    assert isinstance(redacted, dict)
    return {**redacted, "redacted": ["addresses"]}


class _Redaction:
    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}
        self._identities: dict[str, str] = {}

    def count_identities(self, findings: list[Mapping[str, Any]]) -> None:
        """A finding that speaks of an address may be called by a hash of it; give it a number in the same form."""
        for finding in findings:
            if self.value(finding) != finding:
                self._identities[finding["id"]] = f"{len(self._identities) + 1:016x}"

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._identities.get(value) or self._text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, Mapping):
            return self._mapping(value)
        return value

    def _mapping(self, mapping: Mapping[str, Any]) -> dict[str, Any]:
        redacted: dict[str, Any] = {}
        kept: Any
        for key, item in mapping.items():
            if key in _RELEASES and isinstance(item, str):
                kept = item
            elif key == _RELEASES_BY_NODE and isinstance(item, Mapping):
                kept = {self._text(node): release for node, release in item.items()}
            else:
                kept = self.value(item)
            redacted[_free(self.value(key), redacted)] = kept
        return redacted

    def _text(self, text: str) -> str:
        return _DOTTED.sub(self._dotted, _RUN.sub(self._run, text) if text.count(":") > 1 else text)

    def _run(self, match: re.Match[str]) -> str:
        """A run of hexadecimal digits, colons and dots: an IPv6 address where what touches it allows."""
        run, start, end = match[0], match.start(), match.end()
        if run.count(":") < 2:
            return run
        first = run.index(":") + 1 if start and _is_word(match.string[start - 1]) else 0
        last = run.rindex(":") + 1 if _is_word(match.string[end : end + 1]) else len(run)
        first, last = _trimmed(run, first, last)
        for stop in _stops(run, first, last):
            address = _ipv6(run[first:stop])
            if address is not None:
                return run[:first] + self._placeholder(address) + run[stop:]
        return run

    def _dotted(self, match: re.Match[str]) -> str:
        parts = match[0].split(".")
        identifier = parts[0] in ("0", "1", "2") and (len(parts) > 4 or match.string[match.end() :][:1] == "=")
        if identifier or any(len(part) > 3 or int(part) > 255 for part in parts[:4]):
            return match[0]
        rest = "".join(f".{part}" for part in parts[4:])
        # Leading zeros are read as decimal, so that 192.000.002.001 is 192.0.2.1.
        return self._placeholder(IPv4Address(bytes(int(part) for part in parts[:4]))) + rest

    def _placeholder(self, address: IPv4Address | IPv6Address) -> str:
        return self._placeholders.setdefault(str(address), f"address-{len(self._placeholders) + 1}")


def _free(key: str, taken: Mapping[str, Any]) -> str:
    """Two spellings of one address as keys of one mapping stay two entries."""
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key} ({number})"
    return free


def _is_word(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def _trimmed(run: str, first: int, last: int) -> tuple[int, int]:
    """Without the stops and single colons of the sentence around it; a double colon belongs to the address."""
    while first < last and (run[first] == "." or (run[first] == ":" and run[first + 1 : first + 2] != ":")):
        first += 1
    while first < last and (run[last - 1] == "." or (run[last - 1] == ":" and run[last - 2] != ":")):
        last -= 1
    return first, last


def _stops(run: str, first: int, last: int) -> list[int]:
    """Where the address may end: with the run, with dotted numbers inside it (a port follows), or before a dot."""
    stops = [last]
    quad = _QUAD_AT_END.match(run, first, last)
    if quad is not None:
        stops.append(quad.end())
    dot = run.find(".", first, last)
    if dot >= 0:
        stops.append(dot)
    return stops


def _ipv6(text: str) -> IPv4Address | IPv6Address | None:
    """The address that `text` spells, an IPv4 address where it is one in IPv6's clothes."""
    if text.count(":") < 2 or text == "::" or _PAIRS.fullmatch(text):
        return None
    try:
        address = IPv6Address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address
