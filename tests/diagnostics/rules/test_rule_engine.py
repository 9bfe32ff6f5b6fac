"""The engine: a rule that fails takes nobody with it; ids and causes hold from run to run."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from diagnostics.estate.model import Deployment
from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import Batch, diagnose
from diagnostics.reports.document import document
from diagnostics.reports.render import render
from diagnostics.rules.base import Finding, Judgement, Outcome, Rule, Severity
from diagnostics.rules.engine import INTERNAL, judge
from diagnostics.rules.registry import rules
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.broken import sample_estate
from diagnostics.samples.healthy import healthy
from diagnostics.samples.inventory import Files, as_inventory
from tests.diagnostics.rules.cases.base import every_list, node, reissue, without
from tests.diagnostics.rules.judging import AT, diagnosis, diagnosis_of, findings, outcomes

BROKEN = "own-ca-not-trusted"  # the rule that is made to raise


@pytest.fixture
def deployment(tmp_path) -> Deployment:
    """A healthy estate but for one root that is missing on expc1 for Expressway-E, and one for Unified CM."""
    plan = healthy(at=AT)
    without(plan, "expc1", "public-root", "ucm-root")
    return assembled(as_inventory(plan), tmp_path)


def assembled(files: Files, folder) -> Deployment:
    sources = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sources.append(SourceFile(name="estate", member=name, path=path))
    reading = read(sources)
    batch = Batch(observations=reading.observations, files=reading.files)
    return diagnose([batch], reading.certificates, reading.crls, at=AT).deployment


def raising(*said: Finding | Outcome) -> dict[str, Rule]:
    """The registered rules, of which one says something and then raises."""

    def check(view: object, say: object) -> Iterator[Finding | Outcome]:
        yield from said
        raise LookupError("a bug of ours")

    return {**rules(), BROKEN: replace(rules()[BROKEN], check=check)}


def test_a_rule_that_raises_becomes_a_finding_and_the_others_speak(deployment, caplog):
    with caplog.at_level(logging.ERROR, logger="diagnostics.rules.engine"):
        judged = judge(deployment, AT, only=raising())
    without_it = judge(deployment, AT, only={code: rule for code, rule in rules().items() if code != BROKEN})

    (failed,) = (item for item in judged.findings if item.code == INTERNAL)
    assert failed.severity is Severity.INFO
    assert dict(failed.params) == {"rule": BROKEN, "error": "LookupError"}
    assert [item for item in judged.findings if item is not failed] == list(without_it.findings)
    assert {item.code for item in without_it.findings} == {"traversal-peer-ca-not-trusted", "uc-node-ca-not-trusted"}
    (record,) = caplog.records
    assert BROKEN in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is LookupError


def test_what_a_rule_said_before_it_raised_is_not_taken_for_its_result(deployment):
    first = Outcome(code=BROKEN, judgement=Judgement.HOLDS, node="expc1.example.com")
    judged = judge(deployment, AT, only=raising(first))

    assert not [item for item in judged.outcomes if item.code == BROKEN]
    assert [item.judgement for item in judged.outcomes if item.code == INTERNAL] == [Judgement.VIOLATED]


def test_a_failed_rule_is_in_the_report_in_words_and_nobody_calls_the_estate_healthy(tmp_path):
    judged = judge(assembled(as_inventory(healthy(at=AT)), tmp_path), AT, only=raising())
    report = render(document(judged, []))

    assert report["summary"]["verdict"] == "unknown"
    (finding,) = report["findings"]
    assert BROKEN in finding["title"]
    assert "LookupError" in finding["explanation"]
    assert "{" not in "".join((finding["title"], finding["explanation"], *finding["remedy"]["steps"]))
    assert finding["sources"] == []


def test_two_rules_that_raise_are_two_findings(deployment):
    both = raising()
    both["own-chain-gap"] = replace(both[BROKEN], code="own-chain-gap")
    failed = [item for item in judge(deployment, AT, only=both).findings if item.code == INTERNAL]

    assert {item.params["rule"] for item in failed} == {BROKEN, "own-chain-gap"}
    assert len({item.id for item in failed}) == 2


def test_a_rule_that_says_the_same_thing_twice_is_heard_once(deployment):
    code = "uc-node-ca-not-trusted"
    rule = rules()[code]

    def twice(view: Any, say: Any) -> Iterator[Finding | Outcome]:
        yield from rule.check(view, say)
        yield from rule.check(view, say)

    judged = judge(deployment, AT, only={code: replace(rule, check=twice)})

    assert [item.node for item in judged.findings] == ["expc1.example.com"]


def test_findings_come_worst_first(deployment):
    plan_wide = judge(deployment, AT + timedelta(days=300))
    ranks = [item.severity.rank for item in plan_wide.findings]

    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 1


def ids(report: dict[str, Any]) -> dict[str, str]:
    return {item["id"]: item["code"] for item in report["findings"]}


def test_every_finding_has_an_id_of_its_own():
    report = diagnosis(sample_estate(AT))

    assert len(ids(report)) == len(report["findings"]) >= 6
    assert all(len(item) == 16 and int(item, 16) >= 0 for item in ids(report))


def test_ids_are_the_same_from_run_to_run_and_at_another_moment():
    files = as_inventory(sample_estate(AT))
    first, again, later = (
        ids(diagnosis_of(files, at=moment)) for moment in (AT, AT, AT + timedelta(days=5, seconds=3))
    )

    assert first == again == later


def test_ids_are_the_same_when_a_certificate_goes_from_running_out_to_nearly_over():
    """The severity rises from medium to high; to the reader it is the same finding."""
    files = as_inventory(sample_estate(AT))
    before, after = (diagnosis_of(files, at=moment) for moment in (AT, AT + timedelta(days=10)))
    (first,), (second,) = (
        [item for item in report["findings"] if item["code"] == "server-cert-expiring"] for report in (before, after)
    )

    assert (first["severity"], second["severity"]) == ("medium", "high")
    assert first["id"] == second["id"]


def test_ids_do_not_depend_on_the_order_of_the_files():
    files = as_artefacts(sample_estate(AT))
    backwards = dict(reversed(list(files.items())))

    assert ids(diagnosis_of(files, "artefacts")) == ids(diagnosis_of(backwards, "artefacts"))


def test_ids_are_the_same_whether_archives_or_an_inventory_tell_of_the_fault():
    plan = healthy(at=AT)
    without(plan, "expc1 expc2", "public-issuing")
    without(plan, "cucm1", "private-root", store="tomcat-trust")
    told = [ids(diagnosis(plan, form)) for form in ("inventory", "artefacts")]

    assert told[0] == told[1]
    assert len(told[0]) == 3


def test_another_fault_at_the_same_place_has_another_id():
    one, other = healthy(at=AT), healthy(at=AT)
    without(one, "expc1", "public-root")
    without(other, "expc2", "public-root")

    assert not ids(diagnosis(one)).keys() & ids(diagnosis(other)).keys()


def groups(report: dict[str, Any]) -> list[set[tuple[str, str | None]]]:
    """The findings as they read together: each head with those that it explains."""
    by_id = {item["id"]: item for item in report["findings"]}
    heads: dict[str, set[tuple[str, str | None]]] = {}
    for item in report["findings"]:
        head = item["cause"] or item["id"]
        assert by_id[head]["cause"] is None, "a cause has a cause"
        heads.setdefault(head, set()).add((item["code"], item["node"]))
    return sorted(heads.values(), key=lambda group: sorted(map(str, group)))


TRUST, TUNNELS = "traversal-peer-ca-not-trusted", "ssh-tunnel-intermediate-missing"
FIRST, SECOND, THIRD = (f"expc{number}.example.com" for number in (1, 2, 3))


def test_one_root_that_is_missing_on_many_nodes_is_one_cause():
    plan = healthy(at=AT, expressway_c=3)
    without(plan, "expc1 expc2 expc3", "public-root")
    report = diagnosis(plan)

    assert groups(report) == [{(TRUST, FIRST), (TRUST, SECOND), (TRUST, THIRD)}]
    (head,) = (item for item in report["findings"] if item["cause"] is None)
    assert head["node"] == FIRST


def test_two_roots_that_are_missing_on_one_node_are_two_causes():
    plan = healthy(at=AT)
    without(plan, "expc1", "public-root", "ucm-root")

    assert groups(diagnosis(plan)) == [{(TRUST, FIRST)}, {("uc-node-ca-not-trusted", FIRST)}]


def test_one_ca_that_several_rules_miss_is_one_cause_with_the_worst_at_its_head():
    plan = healthy(at=AT)
    without(plan, "expc1 expe1", "private-root")
    without(plan, "cucm1", "private-root", store="tomcat-trust")
    report = diagnosis(plan)

    assert groups(report) == [
        {
            ("own-ca-not-trusted", FIRST),
            (TRUST, "expe1.example.com"),
            ("uc-expc-chain-missing-on-ucm", "cucm1.example.com"),
        }
    ]
    (head,) = (item for item in report["findings"] if item["cause"] is None)
    assert head["code"] == "own-ca-not-trusted"  # the first of three that are critical


def test_one_ca_that_is_refused_in_many_places_is_one_cause():
    plan = healthy(at=AT, expressway_e=1)
    every_list(plan, "public-issuing", plan.authorities["public-issuing"].renewed(ca=False))

    assert groups(diagnosis(plan)) == [
        {("own-ca-not-trusted", "expe1.example.com"), (TRUST, FIRST), (TRUST, SECOND)},
    ]


def test_all_that_one_new_certificate_would_mend_is_one_cause():
    plan = healthy(at=AT)
    reissue(plan, "expe1", dns=["expe1.example.com"])

    assert groups(diagnosis(plan)) == [
        {
            ("edge-domain-missing-from-san", "expe1.example.com"),
            ("cluster-name-missing-from-san", "expe1.example.com"),
        }
    ]


def test_a_usage_that_two_rules_miss_in_one_certificate_is_one_cause():
    plan = healthy(at=AT)
    reissue(plan, "expc1", usages=("server",))
    reissue(plan, "expc2", usages=("server",))

    found = groups(diagnosis(plan))
    assert len(found) == 2
    for host in (FIRST, SECOND):
        assert {("eku-client-auth-missing", host), ("ssh-tunnel-client-eku-missing", host)} in found


def test_a_verify_name_that_no_certificate_has_is_one_cause_however_many_lack_it():
    plan = healthy(at=AT)
    for host in ("expc1", "expc2"):
        reissue(plan, host, dns=[f"{host}.example.com"])
    found = [item for item in diagnosis(plan)["findings"] if item["code"] == "traversal-verify-name-not-in-cert"]

    assert [item["cause"] for item in found] == [None, found[0]["id"]]


def test_a_certificate_that_is_revoked_does_not_hold_as_well():
    plan = healthy(at=AT)
    edge = node(plan, "expe1")
    dates = {"this_update": AT - timedelta(days=1), "next_update": AT + timedelta(days=6)}
    edge.crls.append(plan.authorities["public-issuing"].crl([edge.issued("server")], **dates))
    told = [(item["node"], item["outcome"]) for item in outcomes(diagnosis(plan), "crl-revoked")]

    assert [outcome for host, outcome in told if host == "expe1.example.com"] == ["violated"]
    assert [outcome for host, outcome in told if host == "expe2.example.com"] == ["holds"]


def test_the_built_in_sample_has_the_faults_that_it_tells_of():
    plan = sample_estate(AT)

    assert {(item.code, item.node) for item in findings(diagnosis(plan, "artefacts"), plan)} == {
        (TUNNELS, "expc2.example.com"),
        ("traversal-verify-name-not-in-cert", None),
        ("edge-domain-missing-from-san", "expe1.example.com"),
        ("uc-expc-chain-missing-on-ucm", "cucm1.example.com"),
        ("server-cert-expiring", "expe2.example.com"),
        ("cert-file-not-pem", None),
    }


def test_no_rule_looks_at_anything_but_the_estate_and_the_moment(deployment):
    """Judged twice in one process, and rule by rule: nothing is carried over."""
    together = judge(deployment, AT)
    one_by_one = [judge(deployment, AT, only={code: rule}) for code, rule in rules().items()]

    assert {item.id for item in together.findings} == {item.id for judged in one_by_one for item in judged.findings}
    assert list(together.outcomes) == [item for judged in one_by_one for item in judged.outcomes]
