"""Changing where a file belongs, on the files page of the newest diagnosis; the change holds for further uploads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from diagnostics.estate.decisions import Decision
from diagnostics.estate.model import PlaceReason
from diagnostics.estate.observations import Role, Slot, StoreName
from diagnostics.readers.base import Kind
from diagnostics.reports.render import Words
from diagnostics.reports.sentences import PLACES
from expcert.accounts import audit
from expcert.accounts.models import AuditEvent, User
from expcert.inventory import decisions
from expcert.inventory import services as inventory
from expcert.inventory.models import Deployment, PlacementDecision
from expcert.triage import services
from expcert.triage.models import Diagnosis
from expcert.work import State

NOWHERE = "none"
CRL = "crl"  # the revocation lists of a node, as a place
LISTING = "listing"  # whatever a terminal session lists, each list in its own place of the one node
_MOST_OPTIONS = 3_000  # on one page, some 300 kB; beyond that each file's list of places is opened by a link
# Kinds that hold certificates or revocation lists and do not say by themselves whose they are.
_MOVABLE = frozenset({Kind.CERTIFICATES, Kind.PKCS12, Kind.KEYSTORE, Kind.CERTIFICATE_STORE, Kind.CRL})
_EXPRESSWAY = (Slot.SERVER, Slot.CLIENT, StoreName.TRUSTED_CA)
_TOMCAT = (Slot.TOMCAT, Slot.TOMCAT_ECDSA)
_PLACES: dict[Role, tuple[Slot | StoreName, ...]] = {
    Role.EXPRESSWAY_C: _EXPRESSWAY,
    Role.EXPRESSWAY_E: _EXPRESSWAY,
    Role.EXPRESSWAY: _EXPRESSWAY,
    Role.UNIFIED_CM: (
        *_TOMCAT,
        Slot.CALLMANAGER,
        Slot.CALLMANAGER_ECDSA,
        StoreName.TOMCAT_TRUST,
        StoreName.CALLMANAGER_TRUST,
    ),
    Role.IM_PRESENCE: (
        *_TOMCAT,
        Slot.CUP,
        Slot.CUP_ECDSA,
        Slot.CUP_XMPP,
        Slot.CUP_XMPP_ECDSA,
        Slot.CUP_XMPP_S2S,
        Slot.CUP_XMPP_S2S_ECDSA,
        StoreName.TOMCAT_TRUST,
        StoreName.CUP_TRUST,
        StoreName.CUP_XMPP_TRUST,
    ),
    Role.UNITY_CONNECTION: (*_TOMCAT, StoreName.TOMCAT_TRUST),
}


class NoSuchPlace(ValueError):
    """The file or the place is not one that the diagnosis offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePlaces:
    """A node with the key and name of each of its places."""

    node: str
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceForm:
    """The form of one file.

    Attributes:
        number: of the file in the document.
        current: key of the place that it has now; empty where it has none or several.
        decisions: numbers of the decisions that were made about it, each with the part that it is about; empty: the whole.
        open: whether the list of places stands on the page, and not behind a link.
        wanted: whether it was asked for by that link.
        nodes: the places that are offered for what is in the file.
    """

    number: int
    current: str
    decisions: tuple[tuple[int, str], ...]
    open: bool
    wanted: bool
    nodes: tuple[NodePlaces, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceForms:
    """What the files page offers: a form by the number of each file that can be moved."""

    forms: Mapping[int, PlaceForm]


def place_forms(diagnosis: Diagnosis, *, change: int | None = None) -> PlaceForms | None:
    """None where the diagnosis is not the newest one: what is decided there would change another page.

    `change`: number of the file whose list of places is wanted where they do not all fit on the page.
    """
    done = diagnosis.deployment.diagnoses.filter(state=State.DONE)
    if done.values_list("pk", flat=True).first() != diagnosis.pk:
        return None
    document = diagnosis.document or {}
    decided = _Decided(diagnosis.deployment)
    movable = {
        number: row for number, row in enumerate(document["files"]) if _movable(row) or _is_listing(row, decided)
    }
    offered = _offered(document, movable)
    together = sum(len(node.places) for nodes in offered.values() for node in nodes) <= _MOST_OPTIONS
    return PlaceForms(
        forms={
            number: PlaceForm(
                nodes=offered[number],
                number=number,
                current=_current(row),
                decisions=decided.about(row),
                open=together or number == change,
                wanted=number == change,
            )
            for number, row in movable.items()
        },
    )


def _offered(
    document: Mapping[str, Any], movable: Mapping[int, Mapping[str, Any]]
) -> dict[int, tuple[NodePlaces, ...]]:
    """The places for each file; worked out once for all files that hold the like, of which there may be thousands."""
    of_kind = {(a, b): _nodes(document, certificates=a, crls=b) for a in (False, True) for b in (False, True)}
    of_listing: dict[tuple[str, ...], tuple[NodePlaces, ...]] = {}
    offered = {}
    for number, row in movable.items():
        if _movable(row):
            offered[number] = of_kind[_holds(row)]
            continue
        places = tuple(dict.fromkeys(_parts(row).values()))
        if places not in of_listing:
            of_listing[places] = _listing_nodes(document, places)
        offered[number] = of_listing[places]
    return offered


def _nodes(document: Mapping[str, Any], *, certificates: bool, crls: bool) -> tuple[NodePlaces, ...]:
    """The places for a file that holds these."""
    words = Words(get_language() or "en")
    found = []
    for cluster in document["deployment"]["clusters"]:
        of_role = _PLACES.get(Role(cluster["role"]), ())
        places = [place.value for place in of_role] if certificates else []
        places += [CRL] if crls and of_role is _EXPRESSWAY else []
        found += [
            NodePlaces(node=node, places=tuple((_key(node, place), words.named(PLACES, place)) for place in places))
            for node in cluster["nodes"]
            if places
        ]
    return tuple(found)


def _key(node: str, place: str) -> str:
    return f"{place}@{node}"


def _movable(row: Mapping[str, Any]) -> bool:
    return any(_holds(row)) and row["kind"] in _MOVABLE


def _holds(row: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether there are certificates in a file, and revocation lists."""
    return bool(row["certificates"]), bool(row["found"].get("crls"))


# listings: each list in a terminal session is a part of its file, and decided about by itself


def _is_listing(row: Mapping[str, Any], decided: _Decided) -> bool:
    """One about which there is something to say: nothing tells whose it is, or somebody has said it."""
    return row["kind"] == Kind.UCM_LISTING and bool(_parts(row) or decided.about(row))


def _parts(row: Mapping[str, Any]) -> dict[str, str]:
    """The parts of a listing that are asked for, or that somebody put where they are, each with its place."""
    placed = [place for place in row["placed"] if place.get("reason") == PlaceReason.PERSON]
    parts: dict[str, str] = {}
    for place in (*row.get("asked", ()), *placed):
        if place.get("part"):
            parts.setdefault(place["part"], place["place"])  # the likeliest stands first
    return parts


def _listing_nodes(document: Mapping[str, Any], places: Sequence[str]) -> tuple[NodePlaces, ...]:
    """The nodes that have any of these places, each with those that it has as one."""
    words = Words(get_language() or "en")
    found = []
    for cluster in document["deployment"]["clusters"]:
        has = [place for place in places if _has(cluster["role"], place)]
        name = ", ".join(words.named(PLACES, place) for place in has)
        found += [NodePlaces(node=node, places=((_key(node, LISTING), name),)) for node in cluster["nodes"] if has]
    return tuple(found)


def _has(role: str, place: str) -> bool:
    return place in {item.value for item in _PLACES.get(Role(role), ())}


def _listing_decisions(diagnosis: Diagnosis, row: Mapping[str, Any], node: str) -> list[Decision]:
    """One for each part that the node has a place for; of no node, for each part."""
    clusters = (diagnosis.document or {})["deployment"]["clusters"]
    role = next((cluster["role"] for cluster in clusters if node in cluster["nodes"]), "")
    return [
        decisions.decision(
            path=f"{_path(row)}#{part}",
            certificate=None,
            names=(),
            node=node,
            slot=place if node else None,
            store=place if node else None,
        )
        for part, place in _parts(row).items()
        if not node or _has(role, place)
    ]


class _Decided:
    """The decisions of a deployment by the file that they are about."""

    def __init__(self, deployment: Deployment) -> None:
        self._by_path: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for path, pk in deployment.decisions.values_list("path", "pk"):
            self._by_path[path].append((pk, ""))
            file, _, part = path.rpartition("#")
            self._by_path[f"{file}#"].append((pk, part))

    def about(self, row: Mapping[str, Any]) -> tuple[tuple[int, str], ...]:
        """Numbers, each with the part of a listing; empty for a whole file."""
        path = _path(row)
        return tuple(self._by_path.get(f"{path}#" if row["kind"] == Kind.UCM_LISTING else path, ()))


def _path(row: Mapping[str, Any]) -> str:
    return f"{row['upload']}/{row['member']}" if row["member"] else row["upload"]


def _current(row: Mapping[str, Any]) -> str:
    listing = row["kind"] == Kind.UCM_LISTING
    keys = {_key(place["node"], LISTING if listing else place["place"]) for place in row["placed"]}
    return keys.pop() if len(keys) == 1 else ""


@transaction.atomic
def place(diagnosis: Diagnosis, number: int, key: str, *, request: HttpRequest) -> None:
    """Keep the decision that a file belongs to a place, and have the deployment diagnosed anew. Raises NoSuchPlace."""
    forms = place_forms(diagnosis)
    if forms is None or number not in forms.forms:
        raise NoSuchPlace
    offered = {offer for node in forms.forms[number].nodes for offer, _name in node.places}
    if key != NOWHERE and key not in offered:
        raise NoSuchPlace
    row = (diagnosis.document or {})["files"][number]
    deployment = diagnosis.deployment
    where, _at, node = key.partition("@")
    if row["kind"] == Kind.UCM_LISTING:
        decided = _listing_decisions(diagnosis, row, node)
    else:
        decided = [_file_decision(diagnosis, row, where, node)]
    by = request.user if isinstance(request.user, User) else None
    inventory.hold(deployment)
    decisions.decide(deployment, decided, by=by)
    services.diagnose_anew(deployment, by=by)
    detail = {"file": _path(row), "node": node or None, "place": where if node else None}
    audit.record(
        AuditEvent.Verb.FILE_PLACED, request=request, workspace=deployment.workspace, about=deployment, detail=detail
    )


def _file_decision(diagnosis: Diagnosis, row: Mapping[str, Any], where: str, node: str) -> Decision:
    leaf = _leaf(diagnosis, row)
    loaded = inventory.certificates_by_fingerprint(diagnosis.deployment, [leaf] if leaf else [])
    return decisions.decision(
        path=_path(row),
        certificate=leaf,
        names=decisions.names_in(loaded[0] if loaded else None),
        node=node,
        slot=where if node else None,
        store=where if node else None,
        crl=bool(node) and where == CRL,
    )


def _leaf(diagnosis: Diagnosis, row: Mapping[str, Any]) -> str | None:
    """The first certificate that is no CA, else the first, as `Decision.certificate` wants it; None where it has none."""
    facts = (diagnosis.document or {})["certificates"]
    fingerprints: list[str] = row["certificates"]
    hosts = (sha256 for sha256 in fingerprints if sha256 in facts and not facts[sha256]["ca"])
    return next(hosts, fingerprints[0] if fingerprints else None)


@transaction.atomic
def take_back(deployment: Deployment, pk: int, *, request: HttpRequest) -> bool:
    """Remove a decision and have the deployment diagnosed anew; False where it is gone already."""
    inventory.hold(deployment)
    row = PlacementDecision.objects.filter(deployment=deployment, pk=pk).first()
    if row is None:
        return False
    path = row.path
    row.delete()
    services.diagnose_anew(deployment, by=request.user if isinstance(request.user, User) else None)
    audit.record(
        AuditEvent.Verb.PLACE_FREED,
        request=request,
        workspace=deployment.workspace,
        about=deployment,
        detail={"file": path},
    )
    return True
