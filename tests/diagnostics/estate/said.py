"""Observations in one line each, for tests that put an estate together from them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from diagnostics.estate.assemble import assemble
from diagnostics.estate.decisions import Decision
from diagnostics.estate.model import Deployment
from diagnostics.estate.observations import (
    CertificateFile,
    ClusterRef,
    DeploymentRef,
    Fact,
    FactKey,
    NodeRef,
    Observation,
    Placement,
    Slot,
    Source,
    StoreName,
    ZoneRef,
)
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load_certificate
from diagnostics.samples.authority import Issued

AT = datetime(2026, 11, 1, tzinfo=UTC)


def source(upload: str = "inventory.yaml", line: int | None = None) -> Source:
    return Source(upload=upload, line=line)


def fact(
    subject: NodeRef | ClusterRef | ZoneRef | DeploymentRef,
    key: FactKey,
    value: str | bool | int,
    *,
    upload: str = "inventory.yaml",
    proven: bool = False,
) -> Fact:
    return Fact(source=source(upload), subject=subject, key=key, value=value, proven=proven)


def node(fqdn: str, *, cluster: str | None = None, role: str | None = None, **more: str) -> list[Observation]:
    """What an inventory says of a node; `more` by the names of `FactKey`."""
    ref = NodeRef(name=fqdn)
    said: list[Observation] = [fact(ref, FactKey.FQDN, fqdn)]
    if cluster:
        said.append(fact(ref, FactKey.CLUSTER, cluster))
    if role:
        said.append(fact(ref, FactKey.ROLE, role))
    return [*said, *(fact(ref, FactKey[name.upper()], value) for name, value in more.items())]


def zone(owner: NodeRef | ClusterRef, name: str, kind: str, key: str = "1", **more: Any) -> list[Observation]:
    """What one source says of a zone; `peers` one by one, the rest by the names of `FactKey` without the prefix."""
    ref = ZoneRef(owner=owner, key=key)
    peers = more.pop("peers", ())
    return [
        fact(ref, FactKey.ZONE_NAME, name),
        fact(ref, FactKey.ZONE_TYPE, kind),
        *(fact(ref, FactKey.ZONE_PEER, peer) for peer in peers),
        *(fact(ref, FactKey[f"ZONE_{what.upper()}"], value) for what, value in more.items()),
    ]


class Files:
    """Certificate files of one upload, and the certificates that they hold."""

    def __init__(self) -> None:
        self.said: list[Observation] = []
        self.certificates: dict[str, Certificate] = {}

    def put(
        self,
        path: str,
        *issued: Issued,
        at: NodeRef | None = None,
        slot: Slot | None = None,
        store: StoreName | None = None,
        installed: bool = False,
    ) -> "Files":
        """A file, and where it belongs if that is said."""
        loaded = [load_certificate(item.der) for item in issued]
        self.certificates |= {item.sha256: item for item in loaded}
        lines = tuple(1 + 20 * number for number in range(len(loaded)))
        file = CertificateFile(
            source=Source(upload=path), form="pem", certificates=tuple(item.sha256 for item in loaded), lines=lines
        )
        self.said.append(file)
        if at is not None:
            self.said.append(
                Placement(source=source(), node=at, path=path, slot=slot, store=store, installed=installed)
            )
        return self


def estate(*batches: list[Observation], files: Files | None = None, decisions: Sequence[Decision] = ()) -> Deployment:
    """The deployment of the batches; the files' observations join the last one."""
    given = [list(batch) for batch in batches] or [[]]
    if files:
        given[-1] += files.said
    return assemble(given, files.certificates if files else {}, {}, decisions)


def uploads(*files: Files, nodes: list[Observation] | None = None, decisions: Sequence[Decision] = ()) -> Deployment:
    """The deployment of several uploads of files, oldest first; what is said of `nodes` comes with the first."""
    certificates = {sha256: item for one in files for sha256, item in one.certificates.items()}
    batches = [list(one.said) for one in files]
    batches[0] += nodes or []
    return assemble(batches, certificates, {}, decisions)
