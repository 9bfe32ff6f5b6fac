"""Changing where a file belongs, on the files page of the newest diagnosis; the change holds for further uploads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from diagnostics.estate.observations import Role, Slot, StoreName
from diagnostics.readers.base import Kind
from diagnostics.reports.render import Words
from diagnostics.reports.sentences import SLOTS, STORES
from expcert.accounts import audit
from expcert.accounts.models import AuditEvent, User
from expcert.inventory import decisions
from expcert.inventory import services as inventory
from expcert.inventory.models import Deployment, PlacementDecision
from expcert.triage import services
from expcert.triage.models import Diagnosis
from expcert.work import State

NOWHERE = "none"
_MOST_OPTIONS = 20_000  # on one page; beyond that each file's list of places is opened by a link
# Kinds that hold certificates and do not say by themselves whose they are.
_MOVABLE = frozenset({Kind.CERTIFICATES, Kind.PKCS12, Kind.KEYSTORE, Kind.CERTIFICATE_STORE})
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
        decision: number of the decision that put it there; None where nobody decided.
        open: whether the list of places stands on the page, and not behind a link.
    """

    number: int
    current: str
    decision: int | None
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceForms:
    """What the files page offers: the places, and a form by the number of each file that can be moved."""

    nodes: tuple[NodePlaces, ...]
    forms: Mapping[int, PlaceForm]


def place_forms(diagnosis: Diagnosis, *, change: int | None = None) -> PlaceForms | None:
    """None where the diagnosis is not the newest one: what is decided there would change another page.

    `change`: number of the file whose list of places is wanted where they do not all fit on the page.
    """
    done = diagnosis.deployment.diagnoses.filter(state=State.DONE)
    if done.values_list("pk", flat=True).first() != diagnosis.pk:
        return None
    document = diagnosis.document or {}
    nodes = _nodes(document)
    movable = {number: row for number, row in enumerate(document["files"]) if _movable(row)}
    decided = dict(diagnosis.deployment.decisions.values_list("path", "pk"))
    together = len(movable) * sum(len(node.places) for node in nodes) <= _MOST_OPTIONS
    return PlaceForms(
        nodes=nodes,
        forms={
            number: PlaceForm(
                number=number,
                current=_current(row),
                decision=decided.get(_path(row)),
                open=together or number == change,
            )
            for number, row in movable.items()
        },
    )


def _nodes(document: Mapping[str, Any]) -> tuple[NodePlaces, ...]:
    words = Words(get_language() or "en")
    return tuple(
        NodePlaces(
            node=node,
            places=tuple(
                (_key(node, place.value), words.named({**SLOTS, **STORES}, place.value))
                for place in _PLACES.get(Role(cluster["role"]), ())
            ),
        )
        for cluster in document["deployment"]["clusters"]
        for node in cluster["nodes"]
    )


def _key(node: str, place: str) -> str:
    return f"{place}@{node}"


def _movable(row: Mapping[str, Any]) -> bool:
    return bool(row["certificates"]) and row["kind"] in _MOVABLE


def _path(row: Mapping[str, Any]) -> str:
    return f"{row['upload']}/{row['member']}" if row["member"] else row["upload"]


def _current(row: Mapping[str, Any]) -> str:
    keys = {_key(place["node"], place["place"]) for place in row["placed"]}
    return keys.pop() if len(keys) == 1 else ""


@transaction.atomic
def place(diagnosis: Diagnosis, number: int, key: str, *, request: HttpRequest) -> None:
    """Keep the decision that a file belongs to a place, and have the deployment diagnosed anew. Raises NoSuchPlace."""
    forms = place_forms(diagnosis)
    if forms is None or number not in forms.forms:
        raise NoSuchPlace
    offered = {offer for node in forms.nodes for offer, _name in node.places}
    if key != NOWHERE and key not in offered:
        raise NoSuchPlace
    row = (diagnosis.document or {})["files"][number]
    deployment = diagnosis.deployment
    leaf = _leaf(diagnosis, row)
    loaded = inventory.certificates_by_fingerprint(deployment, [leaf])
    where, _at, node = key.partition("@")
    decided = decisions.decision(
        path=_path(row),
        certificate=leaf,
        names=decisions.names_in(loaded[0] if loaded else None),
        node=node,
        slot=where if node else None,
        store=where if node else None,
    )
    by = request.user if isinstance(request.user, User) else None
    inventory.hold(deployment)
    decisions.decide(deployment, [decided], by=by)
    services.diagnose_anew(deployment, by=by)
    detail = {"file": decided.path, "node": decided.node, "place": where if node else None}
    audit.record(
        AuditEvent.Verb.FILE_PLACED, request=request, workspace=deployment.workspace, about=deployment, detail=detail
    )


def _leaf(diagnosis: Diagnosis, row: Mapping[str, Any]) -> str:
    """The first certificate that is no CA, else the first, as `Decision.certificate` wants it."""
    facts = (diagnosis.document or {})["certificates"]
    fingerprints: list[str] = row["certificates"]
    hosts = (sha256 for sha256 in fingerprints if sha256 in facts and not facts[sha256]["ca"])
    return next(hosts, fingerprints[0])


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
