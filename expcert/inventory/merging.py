"""One file of a reading read again: what the second reading says of it takes the place of what the first one said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from diagnostics.estate.observations import CertificateFile, Observation
from diagnostics.readers import FileReading
from diagnostics.readers import Reading as EngineReading
from diagnostics.readers.base import Problem, ProblemCode

_OF_THE_LOCK = frozenset({ProblemCode.NEEDS_PASSWORD, ProblemCode.NO_PASSWORD, ProblemCode.WRONG_PASSWORD})


def merged(whole: EngineReading, again: EngineReading) -> EngineReading:
    """`whole` with the files of `again` as `again` has them.

    The private keys of a container are counted when it is first read and taken out before it is kept, so what was said of
    them stays.
    """
    anew = {file.source.file_path: file for file in again.files}
    files = [_file(file, anew.pop(file.source.file_path, None)) for file in whole.files]
    paths = {file.source.file_path for file in again.files}
    kept = [item for item in whole.observations if item.source.file_path not in paths]
    dropped = [item for item in whole.observations if item.source.file_path in paths]
    return EngineReading(
        files=(*files, *anew.values()),
        observations=(*kept, *_with_keys(again.observations, dropped)),
        certificates={**whole.certificates, **again.certificates},
        crls={**whole.crls, **again.crls},
    )


def _file(first: FileReading, again: FileReading | None) -> FileReading:
    if again is None:
        return first
    said = [*again.problems, *(problem for problem in first.problems if problem.code not in _OF_THE_LOCK)]
    return replace(again, size=first.size, problems=_each_once(said))


def _each_once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    kept: list[Problem] = []
    for problem in problems:
        if problem not in kept:
            kept.append(problem)
    return tuple(kept)


def _with_keys(again: Iterable[Observation], first: Iterable[Observation]) -> Iterable[Observation]:
    before = {item.source.path: item for item in first if isinstance(item, CertificateFile)}
    for item in again:
        known = before.get(item.source.path) if isinstance(item, CertificateFile) else None
        if known is None or not isinstance(item, CertificateFile):
            yield item
        else:
            key_ids = tuple(dict.fromkeys((*item.key_ids, *known.key_ids)))
            yield replace(item, keys=max(item.keys, known.keys), key_ids=key_ids)
