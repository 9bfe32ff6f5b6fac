"""One word for a whole diagnosis, and the counts that it rests on.

1. `broken`: a critical or high finding.
2. `at-risk`: only medium or low ones, or a certificate in use ends within `SOON`. Findings of severity info are worth
   knowing and put nothing at risk.
3. `unknown`: neither, but something that matters could not be told: a check, a connection, a file that was not read to
   its end, Mobile and Remote Access with no Unified CM at hand, or no Expressway at all.
4. `healthy`: none of these. It is never said of what was not checked.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from diagnostics.estate.observations import Role
from diagnostics.pki.certificate import Certificate
from diagnostics.readers.base import Outcome, ProblemCode
from diagnostics.reports.values import moment
from diagnostics.rules.base import Judgement, Severity
from diagnostics.rules.connections import ConnectionVerdict, Works
from diagnostics.rules.engine import INTERNAL, Judged
from diagnostics.rules.needs import store_needs
from diagnostics.rules.view import View

SOON = timedelta(days=30)

# Problems after which something that was handed over is not known.
_LOST = frozenset(
    {
        ProblemCode.TOO_LARGE,
        ProblemCode.TOO_DEEP,
        ProblemCode.TOO_MANY_MEMBERS,
        ProblemCode.UNFOLDS_TOO_FAR,
        ProblemCode.RATIO,
        ProblemCode.TOO_MUCH,
        ProblemCode.OTHER_ARCHIVE,
        ProblemCode.OUT_OF_TIME,
        ProblemCode.OUT_OF_MEMORY,
        ProblemCode.KILLED_ITS_READER,
        ProblemCode.NOT_REACHED,
        ProblemCode.DAMAGED_ARCHIVE,
        ProblemCode.DAMAGED_MEMBER,
        ProblemCode.ENCRYPTED_MEMBER,
        ProblemCode.BLOCK_LOST,
        ProblemCode.CERTIFICATE_CUT_OFF,
        ProblemCode.CERTIFICATE_BROKEN,
        ProblemCode.TEXT_MODE,
        ProblemCode.NEEDS_PASSWORD,
        ProblemCode.MALFORMED,
        ProblemCode.NO_PASSWORD,
        ProblemCode.WRONG_PASSWORD,
        ProblemCode.TOO_MANY_ROUNDS,
        ProblemCode.WRONG_TYPE,
        ProblemCode.WRONG_VALUE,
        ProblemCode.MISSING_FILE,
        ProblemCode.WHICH_NODE,
        ProblemCode.SEVERAL_NODES,
        ProblemCode.LOG_CUT,
        ProblemCode.INTERNAL,
    }
)


def summary(
    judged: Judged, connections: Sequence[ConnectionVerdict], files: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The verdict, findings by severity, and what keeps the verdict from being better, in numbers and names."""
    counts = {severity.value: 0 for severity in Severity}
    for finding in judged.findings:
        counts[finding.severity.value] += 1
    ending = list(_ending(judged.view))
    gaps = {
        "cannot_tell": sum(item.judgement is Judgement.CANNOT_TELL for item in judged.outcomes),
        "connections_open": sum(item.verdict is not Works.WORKS for item in connections),
        "files_lost": sum(_lost(file) for file in files),
        "checks_failed": sum(item.code == INTERNAL for item in judged.findings),
        "unified_cm_unseen": int(_unified_cm_unseen(judged.view)),
        "expressway_unseen": int(not _expressway_checked(judged)),
    }
    return {"verdict": _verdict(counts, bool(ending), any(gaps.values())), **counts, **gaps, "ending": ending}


def _verdict(counts: Mapping[str, int], ending: bool, gaps: bool) -> str:
    if counts["critical"] or counts["high"]:
        return "broken"
    if counts["medium"] or counts["low"] or ending:
        return "at-risk"
    return "unknown" if gaps else "healthy"


def _ending(view: View) -> Iterator[dict[str, Any]]:
    """Certificates in use that are valid now and end within `SOON`, each once per node.

    Those in slots, and the CA certificates that a connection's chain runs through; a list may hold hundreds more that
    nothing depends on. Not revocation lists: they live a few days, and are replaced by the clock.
    """
    seen: set[tuple[str, str]] = set()
    for node in view.deployment.nodes():
        for installed in node.certificates.values():
            yield from _if_ending(view, node.fqdn, installed.certificate, seen)
    for needs in store_needs(view):
        for row in needs.rows:
            if row.certificate is not None:
                yield from _if_ending(view, needs.node.fqdn, row.certificate, seen)


def _if_ending(view: View, node: str, certificate: Certificate, seen: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    end = certificate.not_after
    if end is None or not timedelta(0) <= end - view.at <= SOON or (node, certificate.sha256) in seen:
        return
    seen.add((node, certificate.sha256))
    yield {
        "node": node,
        "name": certificate.subject.short,
        "sha256": certificate.sha256,
        "not_after": moment(end),
        "days": (end - view.at).days,
    }


def _lost(file: Mapping[str, Any]) -> bool:
    for problem in file["problems"]:
        code = ProblemCode(problem["code"])
        # A log that is too long to be looked through for certificates held nothing that the diagnosis uses.
        passed_over = code is ProblemCode.TOO_LARGE and file["outcome"] == Outcome.NOT_READ.value
        if code in _LOST and not passed_over:
            return True
    return False


def _unified_cm_unseen(view: View) -> bool:
    """Mobile and Remote Access ends at a Unified CM, so half of the way was not looked at without one."""
    enabled = view.deployment.mra.enabled
    return enabled is not None and enabled.value and not any(view.deployment.nodes(Role.UNIFIED_CM))


def _expressway_checked(judged: Judged) -> bool:
    """Whether any check was made on an Expressway and holds; a lone file in the right form says little."""
    expressways = {node.fqdn for node in judged.view.deployment.nodes() if node.role.is_expressway}
    return any(item.judgement is Judgement.HOLDS and item.node in expressways for item in judged.outcomes)
