"""What became of each file, as plain JSON values and back (beside `estate.codec` for the observations)."""

from collections.abc import Iterable, Mapping
from typing import Any

from diagnostics.estate.observations import Source
from diagnostics.readers.base import FileReading, Kind, Outcome, Problem, ProblemCode

FORMAT = "expcert-files/1"


def encode_files(files: Iterable[FileReading]) -> dict[str, Any]:
    """A JSON-ready document of the files, in the order read."""
    return {"format": FORMAT, "files": [_encoded(file) for file in files]}


def decode_files(document: Mapping[str, Any]) -> tuple[FileReading, ...]:
    """The files of a stored document. Raises `ValueError` on a form that this release does not know."""
    if document.get("format") != FORMAT:
        raise ValueError(f"unknown form of stored files: {document.get('format')!r}")
    return tuple(_decoded(values) for values in document["files"])


def _encoded(file: FileReading) -> dict[str, Any]:
    return {
        "upload": file.source.upload,
        "member": file.source.member,
        "kind": file.kind.value,
        "size": file.size,
        "outcome": file.outcome.value,
        "found": dict(file.found),
        "certificates": list(file.certificates),
        "problems": [
            {"code": problem.code.value, "line": problem.line, "params": dict(problem.params)}
            for problem in file.problems
        ],
    }


def _decoded(values: Mapping[str, Any]) -> FileReading:
    return FileReading(
        source=Source(upload=values["upload"], member=values["member"]),
        kind=Kind(values["kind"]),
        size=values["size"],
        outcome=Outcome(values["outcome"]),
        found=values["found"],
        certificates=tuple(values.get("certificates", ())),
        problems=tuple(
            Problem(code=ProblemCode(item["code"]), line=item["line"], params=item["params"])
            for item in values["problems"]
        ),
    )
