"""The report `expcert-report/1` as it is promised: what people download and script against.

`render` gives pages more than that (parameters, tables, names of codes). Here is exactly the promised form, key by
key, so that nothing becomes a promise by accident; `expcert-report-1.schema.json` beside this file says the same for
programs. A change that is not an addition to the schema raises the number in the name.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diagnostics.reports.document import Document
from diagnostics.reports.render import render

SCHEMA = Path(__file__).with_name("expcert-report-1.schema.json")

_COUNTS = ("critical", "high", "medium", "low", "info", "cannot_tell")
_FINDING = (
    *("id", "code", "severity", "title", "explanation", "impact"),
    *("cluster", "node", "peer", "zone", "store", "file", "certificates"),
)
_SYMPTOM = ("code", "node", "peer", "count", "first", "last", "detail")
_OUTCOME = ("code", "cluster", "node", "peer", "zone", "outcome", "reason", "settled_by")
_CONNECTION = ("service", "port", "client", "server", "verdict", "client_verifies", "server_verifies", "findings")
_CERTIFICATE = (
    *("subject", "issuer", "serial", "not_before", "not_after", "names", "key", "usages", "ca"),
    *("subject_key_id", "authority_key_id"),
)

Report = dict[str, Any]


def report(document: Document, language: str = "en") -> Report:
    """The promised report of a diagnosis document, its sentences in `language`."""
    return as_promised(render(document, language))


def as_promised(rendered: Mapping[str, Any]) -> Report:
    """The promised part of a rendered report; `redacted` is there where something was taken out."""
    promised: Report = {
        "format": rendered["format"],
        "at": rendered["at"],
        "engine": _only(rendered["engine"], ("version", "rules")),
        "deployment": {
            "name": rendered["deployment"]["name"],
            "clusters": [
                _only(cluster, ("name", "role", "version", "nodes")) for cluster in rendered["deployment"]["clusters"]
            ],
        },
        "summary": _only(rendered["summary"], ("verdict", *_COUNTS)),
        "findings": [_finding(item) for item in rendered["findings"]],
        "outcomes": [_only(item, _OUTCOME) for item in rendered["outcomes"]],
        "connections": [_only(item, _CONNECTION) for item in rendered["connections"]],
        "files": [_file(item) for item in rendered["files"]],
        "certificates": {sha256: _only(facts, _CERTIFICATE) for sha256, facts in rendered["certificates"].items()},
    }
    if "redacted" in rendered:
        promised["redacted"] = rendered["redacted"]
    return promised


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    names = finding["names"]
    return {
        **_only(finding, _FINDING),
        "missing_issuer": finding["missing_issuer"],
        "names": _only(names, ("expected", "presented", "nearest")) if names else None,
        "evidence": [_only(item, ("upload", "member", "line", "text")) for item in finding["evidence"]],
        "remedy": finding["remedy"],
        "cause": finding["cause"],
        "sources": finding["sources"],
        **_symptoms(finding["symptoms"]),
    }


def _symptoms(symptoms: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What nodes reported of it; the key is there where they reported anything."""
    promised = [
        {**_only(item, _SYMPTOM), "source": _only(item["source"], ("upload", "member", "line", "text"))}
        for item in symptoms
    ]
    return {"symptoms": promised} if promised else {}


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_only(file, ("upload", "member", "kind", "placed")),
        "problems": [item["sentence"] for item in file["problems"]],
    }


def _only(values: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: values[key] for key in keys}
