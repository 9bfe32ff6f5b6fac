"""What somebody captured from a terminal: the output of `xConfiguration`, of `xStatus`, or of both behind each other."""

import re
from collections.abc import Sequence

from diagnostics.estate.observations import Fact, FactKey, NodeRef, Observation, Source
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.wording import decoded
from diagnostics.readers.xconfiguration import read_xconfiguration
from diagnostics.readers.xstatus_text import read_xstatus_text

_CONFIGURATION = re.compile(r"\*c[ \xa0]xConfiguration[ \xa0]", re.IGNORECASE)
_STATUS = re.compile(r"^[ \t]{0,20}\*s [A-Za-z]", re.MULTILINE)


def read_capture(data: bytes, source: Source, limits: Limits) -> Taken:
    """The configuration says whose status it is; where it speaks of several nodes, the status is not read."""
    text = decoded(data)
    if not _CONFIGURATION.search(text):
        return read_xstatus_text(data, source, limits)
    configuration = read_xconfiguration(data, source, limits)
    if not _STATUS.search(text):
        return configuration
    nodes = _nodes(configuration.observations)
    if len(nodes) > 1 or any(problem.code is ProblemCode.SEVERAL_NODES for problem in configuration.problems):
        several = Problem(code=ProblemCode.SEVERAL_NODES)
        status = Taken(kind=Kind.XSTATUS_TEXT, outcome=Outcome.NOT_READ, problems=(several,))
    else:
        status = read_xstatus_text(data, source, limits, node=nodes[0] if nodes else None)
    return _both(configuration, status, limits)


def _nodes(observations: Sequence[Observation]) -> list[NodeRef]:
    """Those whose configuration it is."""
    named = (item.subject for item in observations if isinstance(item, Fact) and item.key is FactKey.HOST_NAME)
    return list(dict.fromkeys(subject for subject in named if isinstance(subject, NodeRef)))


def _both(configuration: Taken, status: Taken, limits: Limits) -> Taken:
    observations = (*configuration.observations, *status.observations)
    # Both readers notice the same private key.
    further = tuple(problem for problem in status.problems if problem not in configuration.problems)
    limit = Problem(code=ProblemCode.TOO_LARGE, params={"limit": f"{limits.facts} facts"})
    if len(observations) > limits.facts and limit not in (*configuration.problems, *further):
        further = (*further, limit)
    outcomes = {configuration.outcome, status.outcome}
    outcome = Outcome.PARTLY if len(outcomes) > 1 or (further and observations) else outcomes.pop()
    found = {**configuration.found, "facts": min(len(observations), limits.facts)}
    return Taken(
        kind=Kind.XCONFIGURATION,
        outcome=outcome,
        observations=observations[: limits.facts],
        problems=(*configuration.problems, *further),
        found=found,
    )
