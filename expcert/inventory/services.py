"""Storing what was read, and loading the estate back in a constant number of queries."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from diagnostics.estate import model as estate
from diagnostics.estate.codec import decode, encode
from diagnostics.estate.decisions import Decision
from diagnostics.pki.certificate import Certificate as CertificateFacts
from diagnostics.pki.errors import PkiError
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.revocation import Crl, load_crl
from diagnostics.readers import Reading as EngineReading
from diagnostics.readers.codec import decode_files, encode_files
from diagnostics.reports.diagnosis import Batch
from expcert.accounts.models import Workspace
from expcert.inventory import storable
from expcert.inventory.decisions import decisions_of
from expcert.inventory.merging import merged
from expcert.inventory.models import Certificate, Cluster, Deployment, Node, Reading, RevocationList, Zone
from expcert.inventory.signals import facts_changed

_AT_ONCE = 500  # rows per INSERT
_WANTED_AT_ONCE = 5_000  # fingerprints per query; far below the bound of every database on parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything known of a deployment: batches oldest first, certificates and CRLs by SHA-256, what people decided."""

    batches: tuple[Batch, ...]
    certificates: dict[str, CertificateFacts]
    crls: dict[str, Crl]
    decisions: tuple[Decision, ...] = ()


@transaction.atomic
def record(deployment: Deployment, reading: EngineReading, *, upload_id: UUID | None) -> Reading:
    """Store what an upload said, and make it part of the estate at once."""
    row = store(deployment, reading)
    apply(row, upload_id=upload_id)
    return row


@transaction.atomic
def store(deployment: Deployment, reading: EngineReading) -> Reading:
    """Store what an upload said, all of it or nothing; it waits, and is no part of the estate yet."""
    hold_certificates(deployment)
    _store_certificates(deployment, reading)
    return Reading.objects.create(
        deployment=deployment,
        observations=storable.json(encode(reading.observations)),
        files=storable.json(encode_files(reading.files)),
        certificates=sorted(reading.certificates),
        crls=sorted(reading.crls),
    )


@transaction.atomic
def apply(row: Reading, *, upload_id: UUID | None) -> None:
    """Make a reading part of the estate, and tell whoever listens."""
    row.applied_at = timezone.now()
    row.save(update_fields=["applied_at"])
    facts_changed.send(sender=Reading, deployment=row.deployment, upload_id=upload_id)


@transaction.atomic
def amend(row: Reading, reading: EngineReading) -> None:
    """Store `reading` in the place of whatever `row` said of the same files (a container that was opened, say)."""
    hold_certificates(row.deployment)
    _store_certificates(row.deployment, reading)
    whole = merged(reading_of(row), reading)
    row.observations = storable.json(encode(whole.observations))
    row.files = storable.json(encode_files(whole.files))
    row.certificates = sorted({*row.certificates, *reading.certificates})
    row.crls = sorted({*row.crls, *reading.crls})
    row.revision += 1
    row.save(update_fields=["observations", "files", "certificates", "crls", "revision"])


@transaction.atomic
def forget(row: Reading) -> None:
    """Delete a reading that waits, and the certificates and CRLs that nothing else in the workspace names."""
    deployment = row.deployment
    hold_certificates(deployment)
    others = Reading.objects.filter(deployment__workspace_id=deployment.workspace_id).exclude(pk=row.pk)
    alone, alone_crls = set(row.certificates), set(row.crls)
    for certificates, crls in others.values_list("certificates", "crls").iterator():
        alone.difference_update(certificates)
        alone_crls.difference_update(crls)
    for model, fingerprints in ((Certificate, alone), (RevocationList, alone_crls)):
        for some in _portions(fingerprints):
            model.objects.filter(workspace_id=deployment.workspace_id, sha256__in=some).delete()
    row.delete()


def hold_certificates(deployment: Deployment) -> None:
    """Until the transaction ends nobody else stores or deletes certificates of the workspace.

    A certificate that is there is not stored again; were it deleted at that moment, a reading would name what is gone.
    """
    Workspace.objects.select_for_update(no_key=True).filter(pk=deployment.workspace_id).first()


def _store_certificates(deployment: Deployment, reading: EngineReading) -> None:
    """Insert what is new; a certificate that is there already stays as it is."""
    workspace = deployment.workspace
    Certificate.objects.bulk_create(
        [
            Certificate(
                workspace=workspace,
                sha256=facts.sha256,
                der=facts.der,
                subject=storable.text(facts.subject.text),
                not_after=facts.not_after,
            )
            for facts in reading.certificates.values()
        ],
        batch_size=_AT_ONCE,
        ignore_conflicts=True,
    )
    RevocationList.objects.bulk_create(
        [RevocationList(workspace=workspace, sha256=crl.sha256, der=crl.der) for crl in reading.crls.values()],
        batch_size=_AT_ONCE,
        ignore_conflicts=True,
    )


def facts_of(deployment: Deployment, *, waiting: Reading | None = None) -> Facts:
    """Everything that applied uploads said, in four queries for any estate of usual size; `waiting` as the newest."""
    readings = list(deployment.readings.exclude(applied_at=None).order_by("applied_at", "read_at", "id"))
    if waiting is not None:
        readings.append(waiting)
    workspace = deployment.workspace_id
    ders = _ders(Certificate, workspace, {sha256 for row in readings for sha256 in row.certificates})
    crls = _ders(RevocationList, workspace, {sha256 for row in readings for sha256 in row.crls})
    return Facts(
        batches=tuple(Batch(observations=decode(row.observations), files=decode_files(row.files)) for row in readings),
        certificates={sha256: loaded for sha256, der in ders if (loaded := _loaded(der)) is not None},
        crls={sha256: loaded_crl for sha256, der in crls if (loaded_crl := _loaded_crl(der)) is not None},
        decisions=decisions_of(deployment),
    )


def reading_of(row: Reading) -> EngineReading:
    """The observations and files of a stored reading; its certificates are left where they are."""
    return EngineReading(observations=decode(row.observations), files=decode_files(row.files), certificates={}, crls={})


def _ders(
    model: type[Certificate | RevocationList], workspace: UUID, wanted: Collection[str]
) -> Iterator[tuple[str, bytes]]:
    for some in _portions(wanted):
        rows = model.objects.filter(workspace_id=workspace, sha256__in=some).values_list("sha256", "der")
        yield from ((sha256, bytes(der)) for sha256, der in rows)


def _portions(fingerprints: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(fingerprints)
    for start in range(0, len(ordered), _WANTED_AT_ONCE):
        yield ordered[start : start + _WANTED_AT_ONCE]


def certificates_by_fingerprint(deployment: Deployment, wanted: list[str]) -> list[CertificateFacts]:
    """The given certificates, in that order; those that are not stored are left out."""
    found = {sha256: _loaded(der) for sha256, der in _ders(Certificate, deployment.workspace_id, set(wanted))}
    return [facts for sha256 in wanted if (facts := found.get(sha256)) is not None]


def _loaded(der: bytes) -> CertificateFacts | None:
    try:
        return load_certificate(der)
    except PkiError:  # stored by a release whose libraries were more lenient
        return None


def _loaded_crl(der: bytes) -> Crl | None:
    try:
        return load_crl(der)
    except PkiError:  # as above
        return None


def hold(deployment: Deployment) -> None:
    """Until the transaction ends nobody else stores an estate of it, or applies a reading: two at once would do it twice."""
    Deployment._base_manager.select_for_update().filter(pk=deployment.pk).first()


@transaction.atomic
def remember_estate(deployment: Deployment, assembled: estate.Deployment) -> None:
    """Replace the stored clusters, nodes and zones by what was put together now."""
    deployment.clusters.all().delete()
    clusters = Cluster.objects.bulk_create(
        [
            Cluster(deployment=deployment, name=_text(item.name, 255), role=item.role.value)
            for item in assembled.clusters
        ]
    )
    nodes: list[Node] = []
    zones: list[Zone] = []
    for row, cluster in zip(clusters, assembled.clusters, strict=True):
        nodes += [_node(row, node) for node in cluster.nodes]
        zones += [_zone(row, zone) for zone in cluster.zones]
    Node.objects.bulk_create(nodes, batch_size=_AT_ONCE)
    Zone.objects.bulk_create(zones, batch_size=_AT_ONCE)
    name = _text(assembled.called, 200)
    if name and not deployment.named_by_person and deployment.name != name:
        deployment.name = name
        deployment.save(update_fields=["name"])


def _node(row: Cluster, node: estate.Node) -> Node:
    return Node(
        cluster=row,
        fqdn=_text(node.fqdn, 255),
        version=_text(node.version.value if node.version else "", 60),
        addresses=storable.json(list(node.addresses)),
        installed={slot.value: item.certificate.sha256 for slot, item in node.certificates.items()},
        trusted={name.value: [item.sha256 for item in store.certificates] for name, store in node.trust.items()},
    )


def _zone(row: Cluster, zone: estate.Zone) -> Zone:
    return Zone(
        cluster=row,
        name=_text(zone.name, 255),
        type=zone.type.value,
        port=zone.port.value if zone.port else None,
        verify_name=_text(zone.verify_name.value if zone.verify_name else "", 255),
        peers=storable.json([peer.value for peer in zone.peers]),
    )


def _text(value: str | None, longest: int) -> str:
    return storable.text(value or "")[:longest]
