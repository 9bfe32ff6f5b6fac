"""Where people said that files belong: kept for the next upload, and taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from diagnostics.estate.decisions import Decision
from diagnostics.estate.observations import Slot, StoreName
from diagnostics.pki.certificate import Certificate as CertificateFacts
from expcert.accounts.models import User
from expcert.inventory import storable
from expcert.inventory.models import Deployment, PlacementDecision

Place = TypeVar("Place", Slot, StoreName)


def decisions_of(deployment: Deployment) -> tuple[Decision, ...]:
    """In the order in which they were made."""
    return tuple(decision_of(row) for row in deployment.decisions.all())


def decision_of(row: PlacementDecision) -> Decision:
    return decision(
        path=row.path,
        certificate=row.certificate,
        names=row.names,
        node=row.node,
        slot=row.slot,
        store=row.store,
        crl=row.crl,
    )


def decision(
    *,
    path: str,
    certificate: str | None,
    names: Iterable[str],
    node: str | None,
    slot: str | None,
    store: str | None,
    crl: bool = False,
) -> Decision:
    """From stored values; empty is the same as None, and a place that this release does not know as none."""
    return Decision(
        path=path,
        certificate=certificate or None,
        names=tuple(names),
        node=node or None,
        slot=_known(Slot, slot),
        store=_known(StoreName, store),
        crl=crl,
    )


def _known(kind: type[Place], value: str | None) -> Place | None:
    return kind(value) if value in {item.value for item in kind} else None


@transaction.atomic
def decide(deployment: Deployment, decisions: Iterable[Decision], *, by: User | None) -> None:
    """Keep the decisions; one of the same path is replaced."""
    wanted = {storable.text(decision.path): decision for decision in decisions}
    deployment.decisions.filter(path__in=list(wanted)).delete()
    now = timezone.now()
    PlacementDecision.objects.bulk_create(
        [
            PlacementDecision(
                deployment=deployment,
                path=path,
                certificate=decision.certificate or "",
                names=storable.json(list(decision.names)),
                node=storable.text(decision.node or "")[:255],
                slot=decision.slot or "",
                store=decision.store or "",
                crl=decision.crl,
                decided_by=by,
                decided_at=now,
            )
            for path, decision in wanted.items()
        ]
    )


def names_in(certificate: CertificateFacts | None) -> tuple[str, ...]:
    """What a certificate is issued to, as `Decision.names` has it."""
    if certificate is None:
        return ()
    names = (*certificate.subject.common_names, *certificate.names.texts)
    return tuple(dict.fromkeys(name.casefold() for name in names))
