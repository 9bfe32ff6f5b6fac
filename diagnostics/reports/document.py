"""A diagnosis written down without a sentence in it: form `expcert-diagnosis/1`.

Codes and parameters only, so that it can be stored once and shown in any language later (`render`). JSON values
throughout. Lists are in the order in which a reader wants them: worst first.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import diagnostics
from diagnostics.estate.model import Deployment, Place
from diagnostics.expressway.versions import AS_OF
from diagnostics.readers.base import FileReading, ProblemCode
from diagnostics.reports.conversions import conversions
from diagnostics.reports.symptoms import symptom_values
from diagnostics.reports.tables import connection_table, trust_table, zone_table
from diagnostics.reports.values import certificate_values, missing_values, moment, source_values
from diagnostics.reports.verdict import summary
from diagnostics.rules.base import Finding, Outcome
from diagnostics.rules.connections import connection_verdicts
from diagnostics.rules.engine import Judged
from diagnostics.rules.registry import rules

FORMAT = "expcert-diagnosis/1"
Document = dict[str, Any]


def document(judged: Judged, files: Sequence[Sequence[FileReading]], *, name: str = "") -> Document:
    """The diagnosis as plain JSON values; `files` per upload, oldest first."""
    view = judged.view
    deployment = view.deployment
    causes = _causes(judged.findings)
    connections = connection_verdicts(view, judged.findings)
    file_rows = _files(deployment, files)
    listings = _listings(deployment)
    return {
        "format": FORMAT,
        "at": moment(view.at),
        "engine": {"version": diagnostics.__version__, "rules": len(rules()), "rule_data": AS_OF.isoformat()},
        "deployment": _deployment(deployment, name),
        "summary": summary(judged, connections, file_rows),
        "findings": [
            {
                **_finding(item, causes.get(item.id)),
                "by_listing": not listings.isdisjoint((source.upload, source.path) for source in item.evidence),
                "symptoms": symptom_values(judged.symptoms.get(item.id, ())),
            }
            for item in judged.findings
        ],
        "outcomes": [_outcome(item) for item in judged.outcomes],
        "connections": connection_table(connections),
        "trust": trust_table(view, judged.findings),
        "zones": zone_table(view),
        "files": file_rows,
        "contradictions": [
            {
                "subject": item.subject,
                "what": item.what,
                "said": [{"value": value, **source_values(source)} for value, source in item.said],
            }
            for item in deployment.contradictions
        ],
        "certificates": {
            sha256: certificate_values(certificate) for sha256, certificate in deployment.certificates.items()
        },
    }


def _deployment(deployment: Deployment, name: str) -> dict[str, Any]:
    return {
        "name": name or deployment.called,
        "mra": {
            "enabled": deployment.mra.enabled.value if deployment.mra.enabled else None,
            "domains": [domain.value for domain in deployment.mra.domains],
        },
        "clusters": [
            {
                "name": cluster.name,
                "role": cluster.role.value,
                "version": cluster.release or None,
                "nodes": [node.fqdn for node in cluster.nodes],
                "versions": {node.fqdn: node.version.value for node in cluster.nodes if node.version},
                "installed": {
                    node.fqdn: {slot.value: item.certificate.sha256 for slot, item in node.certificates.items()}
                    for node in cluster.nodes
                },
                "absent": [
                    peer for peer in cluster.named_peers if peer not in {node.fqdn.casefold() for node in cluster.nodes}
                ],
            }
            for cluster in deployment.clusters
        ],
    }


def _listings(deployment: Deployment) -> set[tuple[str, str]]:
    """Upload and path of every listing that a place is known by, as names and serial numbers: weaker evidence."""
    lists = [store.files for node in deployment.nodes() for store in node.trust.values() if store.listed_only]
    slots = [(item.file,) for node in deployment.nodes() for item in node.certificates.values() if item.listed_only]
    return {(file.source.upload, file.source.path) for files in (*lists, *slots) for file in files}


def _causes(findings: Iterable[Finding]) -> dict[str, str]:
    """Finding -> the finding that explains it: of those with one cause, the worst, and of those the first rule."""
    order = list(rules())
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.cause:
            groups.setdefault(finding.cause, []).append(finding)
    causes: dict[str, str] = {}
    for group in groups.values():
        head = min(group, key=lambda item: (item.severity.rank, order.index(item.code), item.node or ""))
        causes |= {item.id: head.id for item in group if item.id != head.id}
    return causes


def _finding(finding: Finding, cause: str | None) -> dict[str, Any]:
    return {
        "id": finding.id,
        "code": finding.code,
        "severity": finding.severity.value,
        "variant": finding.variant,
        "params": {name: list(value) if isinstance(value, tuple) else value for name, value in finding.params.items()},
        "cluster": finding.cluster,
        "node": finding.node,
        "peer": finding.peer,
        "peers": list(finding.peers),
        "zone": finding.zone,
        "store": finding.store,
        "file": finding.file,
        "certificates": list(finding.certificates),
        "missing": [missing_values(item) for item in finding.missing],
        "names": _names(finding),
        "evidence": [source_values(source) for source in finding.evidence],
        "release": finding.release,
        "cause": cause,
        "services": list(finding.services),
    }


def _names(finding: Finding) -> dict[str, Any] | None:
    check = finding.names
    if check is None:
        return None
    return {
        "expected": [check.wanted],
        "presented": list(check.presented),
        "nearest": check.nearest,
        "miss": check.miss.value if check.miss else None,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "code": outcome.code,
        "cluster": outcome.cluster,
        "node": outcome.node,
        "peer": outcome.peer,
        "zone": outcome.zone,
        "outcome": outcome.judgement.value,
        "reason": outcome.reason.value if outcome.reason else None,
        "params": dict(outcome.params),
    }


def _files(deployment: Deployment, files: Sequence[Sequence[FileReading]]) -> list[dict[str, Any]]:
    missing: dict[tuple[int, str], dict[tuple[int | None, str], None]] = defaultdict(dict)
    for of, source, path in deployment.unresolved:
        missing[of, source.file_path].setdefault((source.line, path))
    converted, placed, asked = conversions(deployment), _placed(deployment), _asked(deployment)
    rows = []
    for number, batch in enumerate(files):
        # A file that is there and holds nothing to read has a row, and says so, of its own.
        present = {file.source.file_path.casefold() for file in batch}
        for file in sorted(batch, key=lambda item: item.source.file_path.casefold()):
            places = placed.get((number, file.source.file_path), [])
            problems = [
                {"code": item.code.value, "line": item.line, "params": dict(item.params)}
                for item in file.problems
                if not (places and item.code is ProblemCode.NODE_NOT_NAMED)  # something else told, or somebody
            ]
            problems += [
                {"code": "missing-file", "line": line, "params": {"path": path}}
                for line, path in missing.get((number, file.source.file_path), ())
                if path.casefold() not in present
            ]
            rows.append(
                {
                    "batch": number,
                    "upload": file.source.upload,
                    "member": file.source.member,
                    "kind": file.kind.value,
                    "size": file.size,
                    "outcome": file.outcome.value,
                    "found": dict(file.found),
                    "certificates": list(file.certificates),
                    "placed": places,
                    "asked": asked.get((number, file.source.file_path), []),
                    "conversion": converted.get((number, file.source.file_path)),
                    "problems": problems,
                }
            )
    return rows


def _placed(deployment: Deployment) -> dict[tuple[int, str], list[dict[str, str]]]:
    """Batch and path of a file -> where it, and what is a part of it, belongs."""
    found: dict[tuple[int, str], list[dict[str, str]]] = defaultdict(list)
    for (number, at), places in deployment.placed.items():
        found[number, at] += map(_place, places)
        file, _, part = at.rpartition("#")
        if file:
            found[number, file] += ({**_place(place), "part": part} for place in places)
    return found


def _place(place: Place) -> dict[str, str]:
    """`reason` is why it is taken to belong there; empty where that is not said."""
    return {
        "node": place.node,
        "place": str(place.slot or place.store or "crl"),
        "reason": place.reason.value if place.reason else "",
    }


def _asked(deployment: Deployment) -> dict[tuple[int, str], list[dict[str, str]]]:
    """Batch and path of a file -> the places that it fits equally well."""
    found: dict[tuple[int, str], list[dict[str, str]]] = defaultdict(list)
    for question in deployment.questions:
        part = {"part": question.source.part} if question.source.part else {}
        found[question.batch, question.source.file_path] += ({**_place(place), **part} for place in question.candidates)
    return found
