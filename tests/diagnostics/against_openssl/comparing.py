"""A diagnosis held against the oracle, both ways."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import diagnose_reading
from diagnostics.samples.inventory import Files
from tests.diagnostics.against_openssl.openssl import OpenSsl, Question
from tests.diagnostics.against_openssl.oracle import Meeting, Oracle, Trouble, fingerprints

SERIOUS = ("high", "critical")


def diagnosed(files: Files, folder: Path, at: datetime) -> dict[str, Any]:
    """The document of the files, written to `folder` and read from there."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    sources = [SourceFile(name="estate", member=path, path=folder / path) for path in files]
    return diagnose_reading(read(sources), at=at)


def differences(oracle: Oracle, document: dict[str, Any]) -> list[str]:
    """Missed faults, false alarms, wrong missing certificates and wrong verdicts on connections; none where all is well."""
    troubles = oracle.troubles()
    serious = [item for item in document["findings"] if item["severity"] in SERIOUS]
    return [
        *_missed(troubles, serious),
        *_false_alarms(troubles, serious),
        *_wrongly_missing(oracle, troubles, document["findings"]),
        *_wrong_connections(oracle, document),
        *(f"internal: {item['params']}" for item in document["findings"] if item["code"].startswith("internal-")),
    ]


def _missed(troubles: list[Trouble], serious: list[dict[str, Any]]) -> Iterator[str]:
    for trouble in dict.fromkeys(troubles):
        if not trouble.may and not any(_says(finding, trouble) for finding in serious):
            place = trouble.node or trouble.cluster
            yield f"missed: {' or '.join(sorted(trouble.codes))} at {place} {trouble.store or ''} for {trouble.peer}"


def _false_alarms(troubles: list[Trouble], serious: list[dict[str, Any]]) -> Iterator[str]:
    for finding in serious:
        if not any(_says(finding, trouble, any_peer=True) for trouble in troubles):
            yield f"false alarm: {finding['code']} ({finding['severity']}) at {finding['node'] or finding['cluster']}"


def _says(finding: dict[str, Any], trouble: Trouble, *, any_peer: bool = False) -> bool:
    if finding["code"] not in trouble.codes or (trouble.store and finding["store"] != trouble.store):
        return False
    if trouble.node is None:
        return bool(finding["cluster"] == trouble.cluster)
    here = finding["node"] == trouble.node
    return here and (any_peer or trouble.peer is None or trouble.peer in finding["peers"])


def _wrongly_missing(oracle: Oracle, troubles: list[Trouble], findings: list[dict[str, Any]]) -> Iterator[str]:
    """What is said to be missing puts the chain right, and nothing less does."""
    known = fingerprints(oracle.plan)
    for trouble in dict.fromkeys(troubles):
        said = [item for item in findings if _says(item, trouble)]
        if trouble.question is None or not said:
            continue
        if not any(_puts_right(oracle.openssl, trouble.question, item["missing"], known) for item in said):
            names = [[gap["name"] for gap in item["missing"]] for item in said]
            yield f"wrong certificate said to be missing at {trouble.node} for {trouble.peer}: {names}"


def _puts_right(openssl: OpenSsl, question: Question, missing: list[dict[str, Any]], known: dict[str, Any]) -> bool:
    if any(item["sha256"] is None for item in missing):
        # No copy at hand: then nothing at hand may put it right.
        return not openssl.accepts(_with(question, known.values()))
    gaps = [known[item["sha256"]] for item in missing]
    # What bears the same name with another key may have to go, as the finding says.
    shadows = {known[other] for item in missing for other in item["same_name"]}
    kept = tuple(item for item in question.trusted if item not in shadows)
    question = Question(leaf=question.leaf, trusted=kept, sent=question.sent)
    if not gaps or not openssl.accepts(_with(question, gaps)):
        return False
    return not any(openssl.accepts(_with(question, [other for other in gaps if other is not one])) for one in gaps)


def _with(question: Question, more: Any) -> Question:
    return Question(leaf=question.leaf, trusted=(*question.trusted, *more), sent=question.sent)


def _wrong_connections(oracle: Oracle, document: dict[str, Any]) -> Iterator[str]:
    trusted: dict[tuple[str, str, str], list[bool]] = {}
    for item in oracle.meetings:
        trusted.setdefault(_key(item), []).append(oracle.trusts(item))
    for row in document["connections"]:
        for side, key in (
            ("client_verifies", (row["service"], row["client"], row["server"])),
            ("server_verifies", (row["service"], row["server"], row["client"])),
        ):
            said = row[side].get("chain")
            if said == "holds" and not all(trusted.get(key, [False])):
                yield f"{row['service']}: {key[1]} is said to trust {key[2]}"
            if said == "violated" and all(trusted.get(key, [])) and not _outdated(document, key[1]):
                yield f"{row['service']}: {key[1]} is said not to trust {key[2]}"
        if row["verdict"] == "fails" and not row["findings"] and oracle.plan.mra_enabled:
            yield f"{row['service']} {row['client']} to {row['server']} fails and no finding says why"


def _key(item: Meeting) -> tuple[str, str, str]:
    return item.service, item.verifier.fqdn, item.presenter.fqdn


def _outdated(document: dict[str, Any], node: str) -> bool:
    return any(item["code"] == "trust-ca-expired" and item["node"] == node for item in document["findings"])
