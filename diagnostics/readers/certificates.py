"""Certificate files in any wrapping that `pki.loading` knows; in a diagnostic archive, placed on their node."""

from collections.abc import Iterable, Iterator

from diagnostics.estate.observations import CertificateFile, Observation, Placement, Source
from diagnostics.pki.loading import Fault, FaultCode, Form, Loaded, load
from diagnostics.pki.pkcs12 import MOST_ROUNDS
from diagnostics.pki.structure import Break, BreakKind
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken, listed
from diagnostics.readers.member_names import member_name, node_of_member

_KINDS = {
    Form.REQUEST: Kind.REQUEST,
    Form.CRL: Kind.CRL,
    Form.PRIVATE_KEY: Kind.PRIVATE_KEY,
    Form.PUBLIC_KEY: Kind.PUBLIC_KEY,
    Form.PKCS12: Kind.PKCS12,
    Form.JAVA_KEYSTORE: Kind.KEYSTORE,
    Form.SERIALIZED_STORE: Kind.CERTIFICATE_STORE,
    Form.EMPTY: Kind.EMPTY,
}
_LOCKED = {
    FaultCode.NEEDS_PASSWORD: ProblemCode.NEEDS_PASSWORD,
    FaultCode.NO_PASSWORD: ProblemCode.NO_PASSWORD,
    FaultCode.WRONG_PASSWORD: ProblemCode.WRONG_PASSWORD,
}
# What the fault says of these is cryptography's or OpenSSL's own: nothing that helps whoever handed the file over.
_IN_A_LIBRARYS_WORDS = frozenset(
    {FaultCode.NOT_A_CERTIFICATE, FaultCode.NOT_A_CRL, FaultCode.NOT_A_REQUEST, FaultCode.NOT_PKCS7}
)


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
                key_ids=_each_once(key.spki_sha256 for key in loaded.keys),
                request_ids=_each_once(request.spki_sha256 for request in loaded.requests),
                request_names=_each_once(name for request in loaded.requests for name in request.names),
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
        locked=loaded.locked,
    )


def _each_once(items: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for item in items if item))


def _placements(source: Source) -> list[Observation]:
    node, name = node_of_member(source), member_name(source)
    if node is None or name is None or (name.slot is None and name.store is None):
        return []
    return [Placement(source=source, node=node, path=source.path, slot=name.slot, store=name.store, installed=True)]


def _outcome(loaded: Loaded) -> Outcome:
    if loaded.certificates or loaded.crls or loaded.requests:
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
    for line, odd in loaded.odd[:1]:
        yield Problem(code=ProblemCode.ODD_PEM, line=line, params={"odd": odd.value})
    if loaded.form is Form.PUBLIC_KEY:
        yield Problem(code=ProblemCode.NOT_READ_YET)


def _block_problem(fault: Fault) -> Problem:
    if fault.code in _LOCKED:
        return Problem(code=_LOCKED[fault.code], line=fault.line)
    if fault.code is FaultCode.TOO_MANY_ROUNDS:
        params = {"rounds": fault.detail, "limit": str(MOST_ROUNDS)}
        return Problem(code=ProblemCode.TOO_MANY_ROUNDS, line=fault.line, params=params)
    if fault.code is FaultCode.TEXT_MODE:
        return Problem(code=ProblemCode.TEXT_MODE)
    if fault.broken is not None:
        return _break_problem(fault.broken, fault.line)
    detail = "" if fault.code in _IN_A_LIBRARYS_WORDS else fault.detail
    return Problem(code=ProblemCode.BLOCK_LOST, line=fault.line, params={"reason": fault.code.value, "detail": detail})


def _break_problem(broken: Break, line: int | None) -> Problem:
    place = {"field": broken.field.value, "byte": str(broken.byte)}
    if broken.kind is BreakKind.CUT_OFF:
        params = {**place, "announced": str(broken.announced), "there": str(broken.there)}
        return Problem(code=ProblemCode.CERTIFICATE_CUT_OFF, line=line, params=params)
    return Problem(code=ProblemCode.CERTIFICATE_BROKEN, line=line, params={**place, "broken": broken.kind.value})


def _counts(loaded: Loaded) -> dict[str, int]:
    counts = {"certificates": len(loaded.certificates), "crls": len(loaded.crls), "requests": len(loaded.requests)}
    return {name: count for name, count in counts.items() if count}
