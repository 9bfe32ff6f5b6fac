"""Certificate files in any wrapping that `pki.loading` knows; in a diagnostic archive, placed on their node."""

from collections.abc import Iterator

from diagnostics.estate.observations import CertificateFile, Observation, Placement, Source
from diagnostics.pki.loading import Fault, FaultCode, Form, Loaded, load
from diagnostics.pki.pkcs12 import MOST_ROUNDS
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken, listed
from diagnostics.readers.member_names import member_name, node_of_member

_KINDS = {
    Form.REQUEST: Kind.REQUEST,
    Form.CRL: Kind.CRL,
    Form.PRIVATE_KEY: Kind.PRIVATE_KEY,
    Form.PUBLIC_KEY: Kind.PUBLIC_KEY,
    Form.PKCS12: Kind.PKCS12,
    Form.EMPTY: Kind.EMPTY,
}
_LOCKED = {
    FaultCode.NEEDS_PASSWORD: ProblemCode.NEEDS_PASSWORD,
    FaultCode.NO_PASSWORD: ProblemCode.NO_PASSWORD,
    FaultCode.WRONG_PASSWORD: ProblemCode.WRONG_PASSWORD,
}


def read_certificates(data: bytes, source: Source, limits: Limits) -> Taken | None:
    """None where there is nothing of the kind in the file after all.

    What a diagnostic archive holds in the place of a certificate or list is spoken of whatever it is, empty too.
    """
    loaded = load(data, most=limits.certificates, passwords=limits.passwords)
    placements = _placements(source)
    if loaded.form is Form.NOTHING and not (loaded.faults or placements):
        return None
    observations: list[Observation] = []
    if loaded.form is not Form.EMPTY or placements:
        observations.append(
            CertificateFile(
                source=source,
                form=loaded.form.value,
                certificates=tuple(found.certificate.sha256 for found in loaded.certificates),
                lines=tuple(found.line for found in loaded.certificates),
                crls=tuple(crl.sha256 for crl in loaded.crls),
                keys=len(loaded.keys),
                faults=len(loaded.faults),
            )
        )
        observations += placements
    return Taken(
        kind=_KINDS.get(loaded.form, Kind.CERTIFICATES),
        outcome=_outcome(loaded),
        observations=tuple(observations),
        certificates=tuple(found.certificate for found in loaded.certificates),
        crls=loaded.crls,
        problems=listed(_problems(loaded)),
        found=_counts(loaded),
    )


def _placements(source: Source) -> list[Observation]:
    node, name = node_of_member(source), member_name(source)
    if node is None or name is None or (name.slot is None and name.store is None):
        return []
    return [Placement(source=source, node=node, path=source.path, slot=name.slot, store=name.store, installed=True)]


def _outcome(loaded: Loaded) -> Outcome:
    if loaded.certificates or loaded.crls:
        return Outcome.PARTLY if loaded.faults else Outcome.READ
    if any(fault.code is FaultCode.TOO_MANY_ROUNDS for fault in loaded.faults):
        return Outcome.REFUSED
    return Outcome.NOT_READ


def _problems(loaded: Loaded) -> Iterator[Problem]:
    for key in loaded.keys:
        yield Problem(code=ProblemCode.PRIVATE_KEY, line=key.line)
    for fault in loaded.faults:
        yield _block_problem(fault)
    if loaded.form is Form.EMPTY:
        yield Problem(code=ProblemCode.EMPTY)
    if loaded.form is Form.NOTHING and not loaded.faults:
        yield Problem(code=ProblemCode.NOT_RECOGNISED)
    if loaded.form is Form.PUBLIC_KEY or (loaded.form is Form.REQUEST and loaded.requests):
        yield Problem(code=ProblemCode.NOT_READ_YET)


def _block_problem(fault: Fault) -> Problem:
    if fault.code in _LOCKED:
        return Problem(code=_LOCKED[fault.code], line=fault.line)
    if fault.code is FaultCode.TOO_MANY_ROUNDS:
        params = {"rounds": fault.detail, "limit": str(MOST_ROUNDS)}
        return Problem(code=ProblemCode.TOO_MANY_ROUNDS, line=fault.line, params=params)
    return Problem(
        code=ProblemCode.BLOCK_LOST, line=fault.line, params={"reason": fault.code.value, "detail": fault.detail}
    )


def _counts(loaded: Loaded) -> dict[str, int]:
    counts = {"certificates": len(loaded.certificates), "crls": len(loaded.crls), "requests": loaded.requests}
    return {name: count for name, count in counts.items() if count}
