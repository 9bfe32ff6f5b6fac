"""Asking for a diagnosis, making it, and what pages need of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import timezone

from diagnostics.pki.pem import bundle
from diagnostics.reports.diagnosis import diagnose
from expcert.accounts.models import User
from expcert.intake.models import Became
from expcert.inventory import services as inventory
from expcert.inventory import storable
from expcert.inventory.models import Deployment
from expcert.triage.models import Diagnosis, Finding, Severity
from expcert.work import NoLongerOwner, Pulse, State, send

DIAGNOSE = "expcert.triage.tasks.diagnose"  # by name: tasks call services, not the other way round
_AT_ONCE = 500  # rows per INSERT


def on_facts_changed(*, deployment: Deployment, upload_id: UUID | None, **_: Any) -> None:
    """New facts of a deployment: diagnose it anew. Runs in the transaction that stored them."""
    request_diagnosis(deployment, upload_id=upload_id)


@transaction.atomic
def request_diagnosis(deployment: Deployment, *, upload_id: UUID | None = None, by: User | None = None) -> Diagnosis:
    """Queue a diagnosis of everything known of the deployment."""
    row = Diagnosis.objects.create(deployment=deployment, upload_id=upload_id, requested_by=by)
    send(row, DIAGNOSE)
    return row


def diagnose_anew(deployment: Deployment, *, by: User | None) -> UUID | None:
    """Queue a diagnosis that no upload brings; the upload whose page shows how far it is, None where there is none."""
    upload_id = newest_applied(deployment)
    request_diagnosis(deployment, upload_id=upload_id, by=by)
    return upload_id


def newest_applied(deployment: Deployment) -> UUID | None:
    """The upload that was applied last: one that is still read, or waits, brings a diagnosis of its own."""
    return deployment.uploads.filter(became=Became.APPLIED).order_by("-settled_at").values_list("pk", flat=True).first()


def make_diagnosis(row: Diagnosis, pulse: Pulse) -> None:
    """Load the estate, judge it at this moment and store the document. Safe to run twice: stored once, at the end."""
    now = timezone.now()
    pulse.say("loading")
    facts = inventory.facts_of(row.deployment)
    pulse.say("judging")
    diagnosis = diagnose(
        facts.batches,
        facts.certificates,
        facts.crls,
        at=now,
        name=row.deployment.name if row.deployment.named_by_person else "",
        decisions=facts.decisions,
        let_through=(NoLongerOwner, SoftTimeLimitExceeded),
    )
    pulse.say("storing")
    document = storable.json(diagnosis.document)
    counts = {severity.value: document["summary"][severity.value] for severity in Severity}
    with transaction.atomic():
        inventory.hold(row.deployment)
        if not _is_overtaken(row):
            inventory.remember_estate(row.deployment, diagnosis.deployment)
        Diagnosis.objects.filter(pk=row.pk).update(
            document=document, judged_at=now, verdict=document["summary"]["verdict"], **counts
        )
        Finding.objects.filter(diagnosis=row).delete()
        Finding.objects.bulk_create([_finding(row, item) for item in document["findings"]], batch_size=_AT_ONCE)
        pulse.finish()


def _is_overtaken(row: Diagnosis) -> bool:
    """A later diagnosis of the same deployment is done already; what it stored of the estate is newer."""
    return row.deployment.diagnoses.filter(state=State.DONE, created_at__gt=row.created_at).exists()


def _finding(row: Diagnosis, item: dict[str, Any]) -> Finding:
    return Finding(
        diagnosis=row,
        finding_id=item["id"],
        code=item["code"],
        severity=item["severity"],
        cluster=(item["cluster"] or "")[:255],
        node=(item["node"] or "")[:255],
        zone=(item["zone"] or "")[:255],
        cause=item["cause"] or "",
    )


def latest_diagnosis(deployment: Deployment) -> Diagnosis | None:
    """The newest one that is done; None where there is none yet."""
    return deployment.diagnoses.filter(state=State.DONE).first()


def missing_pem(diagnosis: Diagnosis, node: str, store: str) -> str | None:
    """Exactly the CA certificates that a list lacks and of which a copy is at hand, roots first, as one PEM text.

    None where the diagnosis knows no such list; empty where nothing of what is missing is at hand.
    """
    entry = trust_entry(diagnosis.document or {}, node, store)
    if entry is None:
        return None
    rows = [row for row in entry["rows"] if row["missing"] and row["required"] and row["sha256"]]
    rows.sort(key=lambda row: not row["root"])
    wanted = [row["sha256"] for row in rows]
    return bundle(inventory.certificates_by_fingerprint(diagnosis.deployment, wanted))


def trust_entry(document: dict[str, Any], node: str, store: str) -> dict[str, Any] | None:
    """The trust-gap table of one list."""
    for entry in document.get("trust", ()):
        if entry["node"].casefold() == node.casefold() and entry["store"] == store:
            return dict(entry)
    return None
