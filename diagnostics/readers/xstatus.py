"""The status XML of an Expressway: `xstat_dump_*.xml` in a diagnostic log, or what `/status.xml` answers.

Framing from a complete real X8.11.3 file, see `xml_leaves`; what is taken from it, see `status_facts`.
"""

from collections.abc import Sequence
from itertools import islice

from diagnostics.estate.observations import NodeRef, Source
from diagnostics.readers.answer_names import node_of_answer
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.status_facts import StatusFacts, is_wanted
from diagnostics.readers.xml_leaves import leaves_of


def read_xstatus(data: bytes, source: Source, limits: Limits) -> Taken:
    """Facts and signs of the node that the file's name or folder speaks of; a status does not name its node surely."""
    found = leaves_of(data, "Status", is_wanted)
    problems = [found.fault] if found.fault else []
    nothing = not found.leaves and not found.release
    if found.refused or (problems and nothing):
        return Taken(kind=Kind.XSTATUS_XML, outcome=Outcome.NOT_READ, problems=tuple(problems))
    status = StatusFacts(source, found.leaves, proven=True, release=found.release)
    return taken_from(Kind.XSTATUS_XML, status, source, limits, problems)


def taken_from(
    kind: Kind,
    status: StatusFacts,
    source: Source,
    limits: Limits,
    problems: Sequence[Problem],
    *,
    node: NodeRef | None = None,
) -> Taken:
    """What is taken from a status, in whatever form it came; `node` as far as something else tells it."""
    node = node or node_of_answer(source) or status.stated_node()
    if node is None:
        return Taken(kind=kind, outcome=Outcome.NOT_READ, problems=(*problems, Problem(code=ProblemCode.WHICH_NODE)))
    observations = tuple(islice(status.observations(node), limits.facts + 1))
    if len(observations) > limits.facts:
        problems = (*problems, Problem(code=ProblemCode.TOO_LARGE, params={"limit": f"{limits.facts} facts"}))
    return Taken(
        kind=kind,
        outcome=Outcome.PARTLY if problems else Outcome.READ,
        observations=observations[: limits.facts],
        problems=tuple(problems),
        found={"facts": min(len(observations), limits.facts)},
    )
