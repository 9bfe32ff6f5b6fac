"""The page of one certificate: the CA certificates of its certification path, and who has them already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from diagnostics.pki.certification_path import CertificationPath, Origin, Step, Wanted, certification_path
from diagnostics.pki.public_cas import public_cas
from diagnostics.reports.values import certificate_values
from expcert.inventory.issuers import with_issuers
from expcert.triage.downloads import numbered
from expcert.triage.models import Diagnosis
from expcert.triage.presenting import ReportPages, Row

_SHOWN = 5  # other ways up that are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAt:
    """A list of trusted certificates that needs a CA certificate; `number` is its node's page."""

    number: int
    node: str
    store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """A CA certificate as the page shows it, in upload order; `number` counts from 1."""

    number: int
    file_name: str
    facts: Row
    sha256: str
    root: bool
    public: bool
    outdated: bool
    there: tuple[ListedAt, ...]
    missing: tuple[ListedAt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPage:
    """What the page shows.

    Attributes:
        facts: of the certificate itself.
        installed: node and slot where it is.
        others: names of further possible paths, root first each.
        as_of: the day of the public CA set; None where its version does not say.
    """

    sha256: str
    facts: Row
    path: CertificationPath
    steps: tuple[PathStep, ...]
    installed: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, ...], ...]
    more_others: int
    as_of: date | None

    @property
    def signed_by_itself(self) -> bool:
        return self.path.chosen.complete and [step.sha256 for step in self.steps] == [self.sha256]

    @property
    def from_public(self) -> bool:
        return any(step.public for step in self.steps)

    @property
    def offered(self) -> bool:
        """Whether any file can be given."""
        return bool(self.path.authorities)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        return self.path.wanted


def path_of(diagnosis: Diagnosis, sha256: str) -> CertificationPath | None:
    """The path of a certificate of this diagnosis at the moment it was judged at.

    None where the diagnosis does not know the certificate, or it is stored no more.
    """
    document = diagnosis.document or {}
    if sha256 not in document.get("certificates", {}) or diagnosis.judged_at is None:
        return None
    stored = with_issuers(diagnosis.deployment.workspace_id, sha256)
    if stored is None:
        return None
    leaf, pool = stored
    return certification_path(leaf, pool, public_cas().certificates, at=diagnosis.judged_at)


def path_page(pages: ReportPages, path: CertificationPath) -> PathPage:
    """The path with what the report says of the nodes."""
    others = [
        tuple(step.certificate.subject.short for step in found.steps) or (found_name(path),) for found in path.others
    ]
    sha256 = path.leaf.sha256
    facts = pages.certificate(sha256) or certificate_values(path.leaf)
    return PathPage(
        sha256=sha256,
        facts=facts,
        path=path,
        steps=tuple(
            _step(pages, number, name, step, path) for number, (name, step) in enumerate(numbered(path.chosen), start=1)
        ),
        installed=pages.installed_at(sha256),
        others=tuple(others[:_SHOWN]),
        more_others=max(0, len(others) - _SHOWN),
        as_of=public_cas().as_of,
    )


def found_name(path: CertificationPath) -> str:
    """For a way up that has no step at all."""
    return path.leaf.issuer.short


def _step(pages: ReportPages, number: int, name: str, step: Step, path: CertificationPath) -> PathStep:
    certificate = step.certificate
    there, missing = _lists(pages, certificate.sha256)
    facts: dict[str, Any] = certificate_values(certificate)
    return PathStep(
        number=number,
        file_name=name,
        facts=facts,
        sha256=certificate.sha256,
        root=path.chosen.complete and number == 1,
        public=step.origin is Origin.PUBLIC,
        outdated=step.outdated,
        there=there,
        missing=missing,
    )


def _lists(pages: ReportPages, sha256: str) -> tuple[tuple[ListedAt, ...], tuple[ListedAt, ...]]:
    """The lists that need it, as far as the report says: those that have it, and those that lack it."""
    there: list[ListedAt] = []
    missing: list[ListedAt] = []
    for node in pages.trust_nodes:
        for entry in node.lists:
            for row in entry["rows"]:
                if row["sha256"] == sha256:
                    at = ListedAt(number=node.number, node=node.node, store=entry["store_name"])
                    (missing if row["missing"] else there).append(at)
    return tuple(there), tuple(missing)
