"""Runs every rule over a deployment. One that raises is logged and becomes a finding; the others go on."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from diagnostics.estate.model import Deployment
from diagnostics.rules.base import Finding, Judgement, Outcome, Rule, Severity, Symptom
from diagnostics.rules.registry import rules
from diagnostics.rules.say import Say
from diagnostics.rules.view import View

logger = logging.getLogger(__name__)

INTERNAL = "internal-rule-failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of all rules: findings worst first, and every outcome, spoken ones among them.

    `symptoms` by the id of the finding that they are explained by or that is about them.
    """

    view: View
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    symptoms: Mapping[str, Sequence[Symptom]] = field(default_factory=dict)


def judge(
    deployment: Deployment,
    at: datetime,
    *,
    only: Mapping[str, Rule] | None = None,
    let_through: tuple[type[Exception], ...] = (),
) -> Judged:
    """Run the rules at the moment `at` (aware); `only` replaces the registered ones.

    `let_through` are exceptions that end the judging (a time limit, say) instead of counting as one rule's fault.
    """
    view = View(deployment, at)
    findings = view.said
    outcomes: list[Outcome] = []
    for rule in (only if only is not None else rules()).values():
        for said in _run(rule, view, let_through):
            if isinstance(said, Finding):
                findings.append(said)
                outcomes.append(_violated(said))
            else:
                outcomes.append(said)
    distinct = _in_order(_distinct(findings))
    return Judged(view=view, findings=distinct, outcomes=tuple(outcomes), symptoms=view.symptoms)


def _run(rule: Rule, view: View, let_through: tuple[type[Exception], ...]) -> Sequence[Finding | Outcome]:
    try:
        return list(rule.check(view, Say(rule)))
    except let_through:
        raise
    except Exception as error:  # our own failure, never the customer's
        logger.exception("rule %s failed", rule.code)
        failed = Finding(
            code=INTERNAL,
            severity=Severity.INFO,
            variant="plain",
            params={"rule": rule.code, "error": type(error).__name__},
            key=rule.code,
        )
        return [failed]


def _violated(finding: Finding) -> Outcome:
    return Outcome(
        code=finding.code,
        judgement=Judgement.VIOLATED,
        cluster=finding.cluster,
        node=finding.node,
        peer=finding.peer,
        zone=finding.zone,
    )


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per id; a rule that says the same thing twice is heard once."""
    by_id: dict[str, Finding] = {}
    for finding in findings:
        by_id.setdefault(finding.id, finding)
    return list(by_id.values())


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(
        sorted(findings, key=lambda item: (item.severity.rank, item.code, item.cluster or "", item.node or ""))
    )
