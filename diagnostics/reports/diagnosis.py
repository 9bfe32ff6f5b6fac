"""The whole way from what was read to a diagnosis document: assemble, judge, write down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from diagnostics.estate.assemble import assemble
from diagnostics.estate.decisions import Decision
from diagnostics.estate.model import Deployment
from diagnostics.estate.observations import Observation
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.revocation import Crl
from diagnostics.readers.base import FileReading, Reading
from diagnostics.reports.document import Document, document
from diagnostics.rules.engine import judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one upload came to."""

    observations: Sequence[Observation]
    files: Sequence[FileReading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The document, and the estate that it was made from."""

    document: Document
    deployment: Deployment


def diagnose(
    batches: Sequence[Batch],
    certificates: Mapping[str, Certificate],
    crls: Mapping[str, Crl],
    *,
    at: datetime,
    name: str = "",
    decisions: Sequence[Decision] = (),
    let_through: tuple[type[Exception], ...] = (),
) -> Diagnosis:
    """The diagnosis of all uploads together, oldest first, at the moment `at` (aware).

    `name` is what a person calls the deployment, and wins over what uploads say; `decisions` is what people said of single
    files, oldest first; `let_through` as for `rules.engine.judge`.
    """
    deployment = assemble([batch.observations for batch in batches], certificates, crls, decisions)
    judged = judge(deployment, at, let_through=let_through)
    return Diagnosis(document=document(judged, [batch.files for batch in batches], name=name), deployment=deployment)


def diagnose_reading(reading: Reading, *, at: datetime) -> Document:
    """The diagnosis of one reading by itself, as the command line makes it."""
    batch = Batch(observations=reading.observations, files=reading.files)
    return diagnose([batch], reading.certificates, reading.crls, at=at).document
