"""Storing what was read, and loading the estate back in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from diagnostics.estate import model as estate
from diagnostics.estate.codec import decode, encode
from diagnostics.pki.certificate import Certificate as CertificateFacts
from diagnostics.pki.errors import PkiError
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.revocation import Crl, load_crl
from diagnostics.readers import Reading as EngineReading
from diagnostics.readers.codec import decode_files, encode_files
from diagnostics.reports.diagnosis import Batch
from expcert.inventory import storable
from expcert.inventory.models import Certificate, Cluster, Deployment, Node, Reading, RevocationList, Zone
from expcert.inventory.signals import facts_changed

_AT_ONCE = 500  # rows per INSERT


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything known of a deployment: batches oldest first, certificates and CRLs by SHA-256."""

    batches: tuple[Batch, ...]
    certificates: dict[str, CertificateFacts]
    crls: dict[str, Crl]


@transaction.atomic
def record(deployment: Deployment, reading: EngineReading, *, upload_id: UUID | None) -> Reading:
    """Store what an upload said and tell whoever listens. One transaction: all of it or nothing."""
    _store_certificates(deployment, reading)
    row = Reading.objects.create(
        deployment=deployment,
        observations=storable.json(encode(reading.observations)),
        files=storable.json(encode_files(reading.files)),
        certificates=sorted(reading.certificates),
        crls=sorted(reading.crls),
    )
    facts_changed.send(sender=Reading, deployment=deployment, upload_id=upload_id)
    return row


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


def facts_of(deployment: Deployment) -> Facts:
    """Everything that all uploads said, in three queries whatever the size of the estate."""
    readings = list(deployment.readings.all())
    wanted = {sha256 for row in readings for sha256 in row.certificates}
    wanted_crls = {sha256 for row in readings for sha256 in row.crls}
    ders = Certificate.objects.filter(workspace_id=deployment.workspace_id).values_list("sha256", "der")
    crls = RevocationList.objects.filter(workspace_id=deployment.workspace_id).values_list("sha256", "der")
    return Facts(
        batches=tuple(Batch(observations=decode(row.observations), files=decode_files(row.files)) for row in readings),
        certificates={
            sha256: loaded for sha256, der in ders if sha256 in wanted and (loaded := _loaded(bytes(der))) is not None
        },
        crls={
            sha256: loaded_crl
            for sha256, der in crls
            if sha256 in wanted_crls and (loaded_crl := _loaded_crl(bytes(der))) is not None
        },
    )


def certificates_by_fingerprint(deployment: Deployment, wanted: list[str]) -> list[CertificateFacts]:
    """The given certificates, in that order; those that are not stored are left out."""
    rows = Certificate.objects.filter(workspace_id=deployment.workspace_id, sha256__in=wanted)
    found = {row.sha256: _loaded(bytes(row.der)) for row in rows}
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
    """Until the transaction ends nobody else stores an estate of it: two at once would store it twice."""
    Deployment._base_manager.select_for_update().get(pk=deployment.pk)


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
