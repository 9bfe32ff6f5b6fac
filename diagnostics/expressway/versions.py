"""Releases in order, and what changed when. Boundaries are data with a source and an as-of date, not code."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import total_ordering

AS_OF = date(2026, 11, 23)  # when the table below was last held against its sources

_NUMBERS = re.compile(r"[0-9]{1,9}")  # longer runs are no release, and Python refuses to read very long ones

_RELEASE = re.compile(r"[XxVv]?[0-9]{1,9}(?:\.[0-9]{1,9}){0,6}(?:[-( ][-.() \w]{0,80})?")


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A release, compared number by number: X14.0.10 comes after X14.0.8, and X14.2 equals X14.2.0."""

    text: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """Without trailing zeros, so that X14.2 and X14.2.0 are one."""
        numbers = [int(number) for number in _NUMBERS.findall(self.text)[:6]]
        while numbers and numbers[-1] == 0:
            numbers.pop()
        return tuple(numbers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.numbers == other.numbers

    def __lt__(self, other: "Version") -> bool:
        return self.numbers < other.numbers

    def __hash__(self) -> int:
        return hash(self.numbers)

    def __str__(self) -> str:
        return self.text


def parse_version(text: str | None) -> Version | None:
    """A release from text such as "X14.0.10" or "15.0.1"; None where there is no number in it."""
    cleaned = (text or "").strip()
    return Version(cleaned) if _NUMBERS.search(cleaned) else None


def looks_like_a_release(text: str) -> bool:
    """Whether a person's word for a release is one: X14.0.10, 15.5, 14.0.1.12900-161, 12.5(1)SU4; not X15.x."""
    return _RELEASE.fullmatch(text.strip()) is not None


class Change(StrEnum):
    """What a release changed."""

    SECURITY_MENU = "security-menu"  # menu becomes Maintenance > Security
    PRESENTS_CERTIFICATE_TO_UCM = "presents-certificate-to-ucm"  # C shows its certificate; Unified CM must trust it
    VERIFIES_UC_NODES_PER_REQUEST = "verifies-uc-nodes-per-request"  # the earlier of two release numbers given
    VERIFIES_UC_NODES_CERTAINLY = "verifies-uc-nodes-certainly"  # the later of them
    PREFERS_ECDSA = "prefers-ecdsa"  # cipher preference may move to ECDSA
    EDGE_TAKES_SERVER_ONLY = "edge-takes-server-only"  # E may hold a certificate without clientAuth
    SPLIT_STORES = "split-stores"  # separate server and client certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """The first release with a change, and who says so."""

    since: Version
    statement: str
    sources: tuple[str, ...]


BOUNDARIES: dict[Change, Boundary] = {
    Change.SECURITY_MENU: Boundary(
        since=Version("X8.10"),
        statement="SHA-1 leaves the CSR page, upload warnings appear, the menu becomes Maintenance > Security",
        sources=("X154-ABOUT", "X154-CSR", "X140-LOAD"),
    ),
    Change.PRESENTS_CERTIFICATE_TO_UCM: Boundary(
        since=Version("X14.0.2"),
        statement="Expressway-C presents its certificate to Unified CM when asked (CSCvz45074)",
        sources=("225476",),
    ),
    Change.VERIFIES_UC_NODES_PER_REQUEST: Boundary(
        since=Version("X14.0.8"),
        statement="The traffic server verifies every Unified Communications node on every request, says note 225476",
        sources=("225476",),
    ),
    Change.VERIFIES_UC_NODES_CERTAINLY: Boundary(
        since=Version("X14.2"),
        statement="The same change, dated X14.2 by note 218018 (CSCwc69661, CSCwa25108); on by default",
        sources=("218018", "RN-X1425"),
    ),
    Change.PREFERS_ECDSA: Boundary(
        since=Version("X14.2"),
        statement="Cipher preference may switch to ECDSA, depending on the upgrade path",
        sources=("225476",),
    ),
    Change.EDGE_TAKES_SERVER_ONLY: Boundary(
        since=Version("X15.4"),
        statement="Expressway-E takes a certificate without clientAuth after "
        "xConfiguration XCP TLS Certificate CVS EnableServerEkuUpload: On",
        sources=("225482", "FN74362"),
    ),
    Change.SPLIT_STORES: Boundary(
        since=Version("X15.5"),
        statement="Separate server and client certificates with one trusted CA list; an upgrade copies the server "
        "certificate into the client store",
        sources=("225693", "225482", "X155-CERT"),
    ),
}


def has(change: Change, version: Version | None) -> bool | None:
    """Whether `version` has the change; None where the release is unknown."""
    return None if version is None else version >= BOUNDARIES[change].since
