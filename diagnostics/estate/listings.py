"""Lists and slots of which only names and serial numbers are at hand: matched with the certificates among the uploads.

1. An entry is a certificate where its serial number and its common name are those of one. What matches none is known by
   name alone: the list may hold whatever could be called so (`TrustStore.may_hold`).
2. Certificates themselves are better evidence: a file for the same place, of the same upload or a newer one, stands. An
   older one gives way, since its certificates are among those that the entries are matched with.
3. A listing that was cut short says what is there and not what is missing; it replaces no file.
4. Whose a listing is: a person says so; it names its node itself; its file or folder is called after a known one; the
   certificates in the same capture are that one's. Else it is asked, also where one node alone has such a place: of the
   others perhaps nothing was handed in.
"""

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from diagnostics.estate.decisions import Decision
from diagnostics.estate.known_nodes import KnownNode, KnownNodes, folders
from diagnostics.estate.model import InstalledCertificate, Place, PlaceReason, Question, StoredFile, TrustStore
from diagnostics.estate.observations import (
    Listed,
    Listing,
    NodeRef,
    Observation,
    Placement,
    Role,
    Slot,
    Source,
    StoreName,
)
from diagnostics.expressway.stores import spelled
from diagnostics.pki.certificate import Certificate

FORM = "listing"  # of a `StoredFile`, beside those of `pki.loading.Form`

_Place = Slot | StoreName
_MOST_OFFERED = 60  # nodes that one listing may be of; a large estate has some thirty with such a place
_WITH_TOMCAT = (Role.UNIFIED_CM, Role.IM_PRESENCE, Role.UNITY_CONNECTION)


@dataclass(frozen=True, slots=True)
class Assigned:
    """A listing with its batch number, the case-folded name of its node, and why it is that one's."""

    batch: int
    node: str
    reason: PlaceReason
    listing: Listing


@dataclass(slots=True, kw_only=True)
class ListedPlaces:
    """What listings say of one node; `shown`: those that say it."""

    certificates: dict[Slot, InstalledCertificate] = field(default_factory=dict)
    trust: dict[StoreName, TrustStore] = field(default_factory=dict)
    shown: list[Assigned] = field(default_factory=list)

    def placed(self, fqdn: str) -> Iterator[tuple[tuple[int, str], Place]]:
        """Entries of `Deployment.placed` for the listings that are shown."""
        for item in self.shown:
            place = Place(node=fqdn, slot=item.listing.slot, store=item.listing.store, reason=item.reason)
            yield (item.batch, item.listing.source.path), place


class KnownCertificates:
    """The certificates at hand, by their serial numbers and common names."""

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        self._by_serial: dict[int, list[Certificate]] = defaultdict(list)
        for certificate in certificates:
            if certificate.serial is not None:
                self._by_serial[certificate.serial].append(certificate)

    def named(self, listed: Listed) -> Certificate | None:
        """The one that an entry surely means; None where none is at hand, or the entry has no serial number."""
        found = {
            certificate.sha256: certificate
            for serial in _serials(listed.serial)
            for certificate in self._by_serial.get(serial, ())
            if spelled(listed.name) in _names(certificate)
        }
        return next(iter(found.values())) if len(found) == 1 else None


def _serials(text: str | None) -> Iterator[int]:
    """Hexadecimal, as the names of files in a list have it; decoded text may have it as a decimal number."""
    if not text:
        return
    yield int(text, 16)
    if text.isdecimal():
        yield int(text)


def _names(certificate: Certificate) -> frozenset[str]:
    subject = certificate.subject
    names = subject.common_names or tuple(value for part in subject.key for _, value in part)
    return frozenset(name for name in map(spelled, names) if name)


def assigned(
    batches: Sequence[Sequence[Observation]],
    key: Callable[[NodeRef], str],
    nodes: KnownNodes,
    known: Sequence[KnownNode],
    placed: Mapping[tuple[int, str], Iterable[Place]],
    decisions: Iterable[Decision] = (),
) -> tuple[list[Assigned], list[Question]]:
    """The listings whose node is known, oldest first, and a question for each that may be of several nodes.

    `key` is the case-folded name of a node that a listing states, `nodes` are those that a path may mean, `known` those
    that may be asked for; `placed` as `Deployment.placed`.
    """
    decided = {item.path.casefold(): item for item in decisions}
    asking, gone_to = _Asking(known, held(placed)), _by_capture(placed)
    found: list[Assigned] = []
    asked: list[Question] = []
    for number, batch in enumerate(batches):
        stated = {
            item.source.file_path for item in batch if isinstance(item, Listing | Placement) and item.node is not None
        }
        for listing in (item for item in batch if isinstance(item, Listing)):
            decision = decided.get(listing.source.path.casefold())
            if decision is not None:
                found += _as_decided(number, listing, decision)
            elif listing.node is not None:
                found.append(Assigned(number, key(listing.node), PlaceReason.ANSWER, listing))
            elif (hint := _called_after(listing.source.file_path, nodes)) is not None:
                found.append(Assigned(number, hint[0], hint[1], listing))
            elif listing.source.file_path not in stated and (beside := gone_to.get((number, listing.source.file_path))):
                found.append(Assigned(number, beside, PlaceReason.NAMES, listing))
            else:
                asked += asking.about(number, listing)
    return found, asked


def _as_decided(number: int, listing: Listing, decision: Decision) -> Iterator[Assigned]:
    """Where a person said that it belongs; nowhere, if they said so."""
    if decision.node is not None:
        where = (
            replace(listing, slot=decision.slot, store=decision.store) if decision.slot or decision.store else listing
        )
        yield Assigned(number, decision.node.casefold(), PlaceReason.PERSON, where)


def _called_after(path: str, nodes: KnownNodes) -> tuple[str, PlaceReason] | None:
    """The known node that a file is called after, else the innermost folder that is called after one."""
    hints = [(posixpath.basename(path), PlaceReason.FILE_NAME), *((name, PlaceReason.FOLDER) for name in folders(path))]
    for name, reason in hints:
        node = nodes.meant(name)
        if node is not None:
            return node.key, reason
    return None


def _by_capture(placed: Mapping[tuple[int, str], Iterable[Place]]) -> dict[tuple[int, str], str]:
    """Batch and path of a capture -> the one node to which the certificates in it went, by the names in them."""
    found: dict[tuple[int, str], set[str]] = defaultdict(set)
    for (batch, at), places in placed.items():
        found[batch, at.partition("#")[0]].update(place.node.casefold() for place in places)
    return {capture: next(iter(nodes)) for capture, nodes in found.items() if len(nodes) == 1}


class _Asking:
    """Asks whose a listing is, of the nodes that have such a place."""

    def __init__(self, known: Iterable[KnownNode], filled: Mapping[tuple[str, _Place], int]) -> None:
        self._filled = filled
        self._of_role: dict[Role, list[KnownNode]] = defaultdict(list)
        for node in known:
            self._of_role[node.role].append(node)
        self._offered: dict[tuple[int, _Place], tuple[Place, ...]] = {}

    def about(self, number: int, listing: Listing) -> Iterator[Question]:
        place = listing.slot or listing.store
        if place is None:
            return
        at = (number, place)
        if at not in self._offered:  # the same for every listing of that place, and there may be thousands
            self._offered[at] = tuple(islice(self._open(number, listing, place), _MOST_OFFERED))
        if self._offered[at]:
            yield Question(batch=number, source=listing.source, certificate=None, candidates=self._offered[at])

    def _open(self, number: int, listing: Listing, place: _Place) -> Iterator[Place]:
        """On nodes that have such a place, and of which no file of this upload or a newer one fills it."""
        roles = (Role.IM_PRESENCE,) if place.value.startswith("cup") else _WITH_TOMCAT
        for node in (node for role in roles for node in self._of_role[role]):
            if self._filled.get((node.key, place), -1) < number:
                yield Place(node=node.fqdn, slot=listing.slot, store=listing.store)


def listed_places(
    listings: Sequence[Assigned],
    filled: Mapping[tuple[str, _Place], int],
    certificates: Mapping[str, Certificate],
) -> dict[str, ListedPlaces]:
    """By the node's case-folded name: the places of which a listing is the best evidence.

    `listings` oldest first. `filled`: a place -> batch number of the newest file that was put there.
    """
    if not listings:
        return {}
    known = KnownCertificates(certificates.values())
    chosen: dict[tuple[str, _Place], Assigned] = {}
    for item in listings:
        place = item.listing.slot or item.listing.store
        if place is None:
            continue
        file = filled.get((item.node, place))
        if file is not None and (file >= item.batch or not item.listing.complete):
            continue
        before = chosen.get((item.node, place))
        if before is None or item.listing.complete or not before.listing.complete:
            chosen[item.node, place] = item
    places: dict[str, ListedPlaces] = defaultdict(ListedPlaces)
    for (node, place), item in chosen.items():
        found = places[node]
        found.shown.append(item)
        if isinstance(place, StoreName):
            found.trust[place] = _store(place, item.listing, known)
        elif (installed := _installed(item.listing, known)) is not None:
            found.certificates[place] = installed
    return dict(places)


def _store(name: StoreName, listing: Listing, known: KnownCertificates) -> TrustStore:
    pairs: list[tuple[Certificate, Source]] = []
    unmatched: list[Listed] = []
    for entry in listing.listed:
        certificate = known.named(entry)
        if certificate is None:
            unmatched.append(entry)
        else:
            pairs.append((certificate, _at(listing.source, entry)))
    return TrustStore(
        name=name,
        certificates=tuple(certificate for certificate, _ in pairs),
        sources=tuple(source for _, source in pairs),
        files=(
            StoredFile(source=listing.source, form=FORM, lost=0 if listing.complete else 1, certificates=len(pairs)),
        ),
        unmatched=tuple(unmatched),
        listed_only=True,
    )


def _installed(listing: Listing, known: KnownCertificates) -> InstalledCertificate | None:
    for entry in listing.listed:
        certificate = known.named(entry)
        if certificate is not None:
            return InstalledCertificate(
                certificate=certificate,
                above=(),
                file=StoredFile(source=listing.source, form=FORM, certificates=1),
                source=_at(listing.source, entry),
                proven=True,
                listed_only=True,
            )
    return None


def _at(source: Source, entry: Listed) -> Source:
    return Source(upload=source.upload, member=source.member, part=source.part, line=entry.line)


def held(placed: Mapping[tuple[int, str], Iterable[Place]]) -> dict[tuple[str, _Place], int]:
    """A place -> batch number of the newest file that was put there, from `Deployment.placed`."""
    newest: dict[tuple[str, _Place], int] = {}
    for (number, _), places in placed.items():
        for place in places:
            at = place.slot or place.store
            if at is not None:
                key = (place.node.casefold(), at)
                newest[key] = max(number, newest.get(key, -1))
    return newest
