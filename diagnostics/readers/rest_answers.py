"""Answers of the Expressway REST interface, saved to files: JSON, one answer in a file or several behind each other.

`/certs/server` and `/certs/root` answer with PEM and are certificate files like any other.
"""

from itertools import islice

from diagnostics.estate.observations import Fact, NodeRef, Sign, Source
from diagnostics.readers.answer_names import node_of_answer
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.json_records import AnswerRecord, records_of
from diagnostics.readers.member_names import container
from diagnostics.readers.rest_facts import AnswerFacts, Asked, asked, needs_node
from diagnostics.readers.wording import decoded, without_keys

Known = tuple[AnswerRecord, Asked]


def read_rest_answer(data: bytes, source: Source, limits: Limits) -> Taken | None:
    """None where it is JSON of something else."""
    text, keys = without_keys(decoded(data))
    problems = [Problem(code=ProblemCode.PRIVATE_KEY, line=line) for line in keys]
    answer = records_of(text)
    known = [(record, kind) for record in answer.records if (kind := asked(record)) is not None]
    if answer.fault is not None:
        problems.append(answer.fault)
    elif not known:
        return None
    if not known:
        return Taken(kind=Kind.REST_ANSWER, outcome=Outcome.NOT_READ, problems=tuple(problems))
    hosts = _host_names(known)
    if len(hosts) > 1:
        several = Problem(code=ProblemCode.SEVERAL_NODES)
        return Taken(kind=Kind.REST_ANSWER, outcome=Outcome.NOT_READ, problems=(*problems, several))
    node = node_of_answer(source)
    if node is None and hosts:
        node = NodeRef(name=hosts[0], container=container(source))
    if node is None and any(needs_node(kind) for _, kind in known):
        problems.append(Problem(code=ProblemCode.WHICH_NODE))
    return _taken(known, AnswerFacts(source, node), limits, problems)


def _taken(known: list[Known], facts: AnswerFacts, limits: Limits, problems: list[Problem]) -> Taken:
    said = (item for record, kind in known for item in facts.observations(record, kind))
    observations: tuple[Fact | Sign, ...] = tuple(islice(said, limits.facts + 1))
    if len(observations) > limits.facts:
        problems.append(Problem(code=ProblemCode.TOO_LARGE, params={"limit": f"{limits.facts} facts"}))
        observations = observations[: limits.facts]
    outcome = Outcome.PARTLY if problems else Outcome.READ
    if problems and not observations:
        outcome = Outcome.NOT_READ
    return Taken(
        kind=Kind.REST_ANSWER,
        outcome=outcome,
        observations=observations,
        problems=tuple(problems),
        found={"facts": len(observations)},
    )


def _host_names(known: list[Known]) -> list[str]:
    """The host names in answers to `/common/dns/dns`."""
    stated = (record.values.get("systemhostname") for record, kind in known if kind is Asked.DNS)
    names = {value.casefold(): value for value in stated if isinstance(value, str) and 0 < len(value) <= 253}
    return list(names.values())
