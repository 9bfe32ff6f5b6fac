"""Thousands of findings and of signs: a sign is held against the findings at its ends, and not against every one."""

import time
from datetime import timedelta

from diagnostics.estate.observations import NodeRef, Sign, SignCode, Source
from diagnostics.rules.base import Finding, Severity
from diagnostics.rules.symptom_causes import MOST_CAUSES, Causes
from diagnostics.rules.symptom_ends import Ends
from tests.diagnostics.estate.said import AT


def expired(node: str, key: str = "") -> Finding:
    return Finding(
        code="server-cert-expired", severity=Severity.CRITICAL, variant="plain", params={}, node=node, key=key
    )


def refused(peer: str, line: int) -> tuple[Sign, Ends]:
    moment = f"{AT + timedelta(seconds=line):%Y-%m-%dT%H:%M:%SZ}"
    sign = Sign(
        source=Source(upload="log.txt", line=line),
        node=NodeRef(name="expc1.example.com"),
        code=SignCode.TLS_INBOUND_UNTRUSTED,
        peer=peer,
        last=moment,
        detail="certificate has expired",
    )
    return sign, Ends(reporter="expc1.example.com", others=frozenset({peer}), received=False)


def test_thousands_of_findings_elsewhere_cost_a_sign_nothing() -> None:
    causes = Causes(expired(f"node{number}.example.com") for number in range(3_000))
    signs = [refused(f"node{number % 3_000}.example.com", number) for number in range(9_000)]

    before = time.process_time()
    found = [causes.of(sign, ends) for sign, ends in signs]
    spent = time.process_time() - before

    assert [[item.node for item in items] for items in found] == [[sign.peer] for sign, _ in signs]
    assert spent < 5


def test_one_sign_is_a_symptom_of_a_bounded_number_of_findings_the_first_of_them() -> None:
    causes = Causes(expired("node1.example.com", key=f"{number:03}") for number in range(MOST_CAUSES + 10))

    found = causes.of(*refused("node1.example.com", 1))

    assert [item.key for item in found] == [f"{number:03}" for number in range(MOST_CAUSES)]
