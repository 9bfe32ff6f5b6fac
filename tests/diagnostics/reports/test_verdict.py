"""The one word for a whole estate, and the sentence that goes with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from diagnostics.reports.document import document
from diagnostics.reports.render import Words, render, verdict_sentence
from diagnostics.reports.verdict import summary
from diagnostics.rules import engine
from diagnostics.rules.base import Confidence, Judgement, Rule, Severity
from diagnostics.rules.connections import Aspect, connection_verdicts
from diagnostics.rules.engine import judge
from diagnostics.rules.view import View
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.healthy import UC_ZONE, healthy

SECOND = timedelta(seconds=1)


def verdict(found):
    return found["summary"]["verdict"]


def sentence(found):
    return render(found)["summary"]["sentence"]


def with_root_ending(plan, left):
    """The root over Expressway-E ends `left` after the moment, with everything else about it as it was."""
    old = plan.authorities["public-root"]
    new = old.renewed(not_after=plan.at + left)
    for node in plan.nodes():
        for trusted in node.trust.values():
            trusted[:] = [new.certificate if item == old.certificate else item for item in trusted]
    return plan


@pytest.mark.parametrize("form", [as_artefacts, as_inventory])
@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"expressway_c": 1, "expressway_e": 1},
        {"split_stores": True},
        {"unified_cm": 2, "ecdsa": True},
        {"im_presence": 2},
        {"version": "X12.5.4"},
    ],
)
def test_an_estate_in_which_all_was_checked_and_holds_is_healthy(form, shape, diagnosed, at):
    found = diagnosed(form(healthy(at=at, **shape)))

    assert verdict(found) == "healthy"
    assert sentence(found) == "Everything that applies was checked and holds."


def test_a_critical_finding_breaks(diagnosed, at):
    plan = healthy(at=at)
    plan.zone("expe.example.com", UC_ZONE).verify_name = "other.example.com"

    found = diagnosed(as_inventory(plan))
    assert verdict(found) == "broken"
    assert sentence(found) == "Something is broken: 1 critical finding."


def test_a_high_finding_breaks(diagnosed, at):
    plan = healthy(at=at)
    node = plan.node("expe1.example.com")
    node.identity["server"] = plan.authorities["public-issuing"].reissue(
        node.issued("server"), dns=["expe1.example.com", "expe.example.com"]
    )

    found = diagnosed(as_inventory(plan))
    assert verdict(found) == "broken"
    assert sentence(found) == "Something is broken: 1 high finding."


@pytest.mark.parametrize(
    ("critical", "high", "said"), [(2, 1, "2 critical findings and 1 high finding"), (0, 3, "3 high findings")]
)
def test_the_sentence_counts_in_singular_and_plural(critical, high, said):
    counts = {"verdict": "broken", "critical": critical, "high": high}

    assert verdict_sentence(counts, Words()) == f"Something is broken: {said}."


def test_a_certificate_of_a_node_that_ends_within_thirty_days_puts_at_risk(diagnosed, at):
    plan = healthy(at=at)
    node = plan.node("expe1.example.com")
    node.identity["server"] = plan.authorities["public-issuing"].reissue(
        node.issued("server"), not_after=at + timedelta(days=29)
    )

    found = diagnosed(as_inventory(plan))
    assert verdict(found) == "at-risk"
    assert [item["node"] for item in found["summary"]["ending"]] == ["expe1.example.com"]


def test_a_ca_certificate_on_a_used_path_that_ends_in_thirty_days_puts_at_risk(diagnosed, at):
    plan = with_root_ending(healthy(at=at), timedelta(days=30))

    found = diagnosed(as_inventory(plan))
    assert verdict(found) == "at-risk"
    assert {item["name"] for item in found["summary"]["ending"]} == {"Example Public Trust Root R1"}
    assert "Example Public Trust Root R1" in sentence(found)


def test_a_second_more_than_thirty_days_is_no_risk_yet(diagnosed, at):
    plan = with_root_ending(healthy(at=at), timedelta(days=30) + SECOND)

    found = diagnosed(as_inventory(plan))
    assert found["summary"]["ending"] == []
    assert verdict(found) == "healthy"


def test_a_ca_certificate_that_nothing_needs_may_end(diagnosed, at):
    plan = healthy(at=at)
    unneeded = plan.authorities["unrelated-1"]
    ending = unneeded.renewed(not_after=at + timedelta(days=3))
    for node in plan.nodes():
        for trusted in node.trust.values():
            trusted[:] = [ending.certificate if item == unneeded.certificate else item for item in trusted]

    assert verdict(diagnosed(as_inventory(plan))) == "healthy"


def test_the_sentence_of_what_ends_names_it_and_counts_the_rest():
    one = {"name": "Root", "node": "expc1", "sha256": "1", "not_after": "2026-12-01T00:00:00Z", "days": 1}
    risk = {"verdict": "at-risk", "medium": 0, "low": 0, "ending": [one]}
    later = {**one, "sha256": "2", "not_after": "2026-12-02T00:00:00Z", "name": "Later"}

    assert verdict_sentence(risk, Words()) == "Nothing is wrong yet, but Root, which expc1 relies on, ends in 1 day."
    same_elsewhere = {**one, "node": "expc2"}
    assert "more" not in verdict_sentence({**risk, "ending": [one, same_elsewhere]}, Words())
    both = verdict_sentence({**risk, "ending": [later, one]}, Words())
    assert both == "Nothing is wrong yet, but Root, which expc1 relies on, ends in 1 day, and 1 more soon."
    assert "less than a day" in verdict_sentence({**risk, "ending": [{**one, "days": 0}]}, Words())


def test_what_could_not_be_told_leaves_it_unknown(diagnosed, at):
    found = diagnosed(as_artefacts(healthy(at=at, expressway_e=0)))

    assert verdict(found) == "unknown"
    assert found["summary"]["cannot_tell"] == 5
    assert sentence(found) == "Nothing wrong was found, but 5 checks could not be made."


def test_a_lone_certificate_is_not_healthy_because_it_is_pem(diagnosed, at):
    found = diagnosed({"ca.pem": healthy(at=at).authorities["public-root"].pem})

    assert (verdict(found), found["findings"]) == ("unknown", [])
    assert "nothing of an Expressway could be checked" in sentence(found)


def test_unified_cm_alone_says_nothing_of_an_expressway(diagnosed, at):
    assert verdict(diagnosed(as_artefacts(healthy(at=at, expressway_c=0, expressway_e=0)))) == "unknown"


def test_remote_access_without_a_unified_cm_at_hand_is_half_checked(diagnosed, at):
    found = diagnosed(as_inventory(healthy(at=at, unified_cm=0)))

    assert verdict(found) == "unknown"


def test_without_remote_access_no_unified_cm_is_needed(diagnosed, at):
    plan = healthy(at=at, unified_cm=0)
    plan.mra_enabled = False

    assert verdict(diagnosed(as_inventory(plan))) == "healthy"


def test_nothing_at_all_is_unknown(diagnosed):
    assert verdict(diagnosed({})) == "unknown"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("diagnostic_log_expc3.tar.gz", b"\x1f\x8b\x08\x00cut off"),
        ("server_of_expe3.pem", b"-----BEGIN CERTIFICATE-----\nMII!\n-----END CERTIFICATE-----\n"),
        ("bundle.zip", b"PK\x03\x04" + bytes(40)),
    ],
)
def test_a_file_that_was_lost_leaves_it_short_of_healthy(name, content, diagnosed, at):
    found = diagnosed({**as_inventory(healthy(at=at)), name: content})

    assert found["summary"]["files_lost"] == 1
    assert verdict(found) != "healthy"


def test_a_file_that_nobody_needs_takes_nothing_away(diagnosed, at):
    files = {**as_artefacts(healthy(at=at)), "readme.txt": b"as discussed\n", "shot.png": b"\x89PNG\r\n\x1a\n"}

    assert verdict(diagnosed(files)) == "healthy"


@pytest.mark.parametrize(
    ("start", "verdict_word"), [(b"Nov 23 12:00:00 a log\n", "healthy"), (b"-----BEGIN CERTIFICATE-----\n", "unknown")]
)
def test_a_file_too_large_to_be_read_matters_where_it_holds_what_is_used(start, verdict_word, diagnosed, at):
    files = {**as_inventory(healthy(at=at)), "large.txt": start + b"M" * (17 * 1024 * 1024)}

    assert verdict(diagnosed(files)) == verdict_word


def test_a_file_that_the_inventory_names_and_nobody_sent_leaves_it_unknown(diagnosed, at):
    files = as_inventory(healthy(at=at))
    del files["nodes/expc2.example.com/trusted-ca.pem"]

    assert verdict(diagnosed(files)) == "unknown"


def test_a_check_that_failed_inside_is_not_a_check_that_holds(diagnosed, at, monkeypatch, caplog):
    def fails(view, say):
        raise RuntimeError("no such thing")

    broken = Rule(
        code="made-up",
        name="Made up",
        severity=Severity.LOW,
        confidence=Confidence.GENERAL,
        applies="Always.",
        sources=(),
        wordings={},
        check=fails,
    )
    registered = engine.rules()
    monkeypatch.setattr(engine, "rules", lambda: {**registered, "made-up": broken})

    found = diagnosed(as_inventory(healthy(at=at)))
    assert [item["code"] for item in found["findings"]] == ["internal-rule-failed"]
    assert verdict(found) == "unknown"
    assert sentence(found) == "Nothing wrong was found, but 1 check failed inside Expcert."
    [finding] = render(found)["findings"]
    assert finding["title"] == "A check failed inside Expcert: made-up"
    assert "RuntimeError" in finding["explanation"]
    assert "made-up" in caplog.text


def test_worse_comes_before_better(diagnosed, at):
    """What is broken is broken, however much else is unknown or ends soon."""
    plan = with_root_ending(healthy(at=at, unified_cm=0), timedelta(days=10))
    assert verdict(diagnosed(as_inventory(plan))) == "at-risk"

    plan.zone("expe.example.com", UC_ZONE).verify_name = "other.example.com"
    assert verdict(diagnosed(as_inventory(plan))) == "broken"


def test_a_finding_that_is_only_worth_knowing_puts_nothing_at_risk(diagnosed, at, monkeypatch):
    judged = _judged_healthy(diagnosed, at, monkeypatch)
    finding = engine.Finding(code="made-up", severity=Severity.INFO, variant="plain", params={})

    assert verdict(document(replace(judged, findings=(finding,)), [])) == "healthy"
    worse = replace(finding, severity=Severity.LOW)
    assert verdict(document(replace(judged, findings=(worse,)), [])) == "at-risk"


def _judged_healthy(diagnosed, at, monkeypatch):
    kept = []

    def keep(deployment, moment, **options):
        kept.append(judge(deployment, moment, **options))
        return kept[-1]

    monkeypatch.setattr("diagnostics.reports.diagnosis.judge", keep)
    diagnosed(as_inventory(healthy(at=at)))
    [judged] = kept
    assert isinstance(judged.view, View)
    return judged


def test_a_connection_that_cannot_be_told_keeps_an_estate_from_being_healthy(diagnosed, at, monkeypatch):
    judged = _judged_healthy(diagnosed, at, monkeypatch)
    first, *others = connection_verdicts(judged.view, ())
    unknown = {**first.client_verifies, Aspect.CHAIN: Judgement.CANNOT_TELL}

    assert summary(judged, [first, *others], [])["verdict"] == "healthy"
    told = summary(judged, [replace(first, client_verifies=unknown), *others], [])
    assert (told["verdict"], told["connections_open"]) == ("unknown", 1)
    assert "of 1 connection it cannot be told whether it works" in verdict_sentence(told, Words())


def test_a_stored_summary_of_an_older_release_still_reads():
    """It knew counts alone."""
    older = {"verdict": "unknown", "critical": 0, "high": 0, "medium": 0, "low": 0, "info": 0, "cannot_tell": 0}

    assert verdict_sentence(older, Words()) == "Nothing wrong was found, but not everything could be checked."
    assert verdict_sentence({**older, "verdict": "at-risk"}, Words()).startswith("Nothing is down")
