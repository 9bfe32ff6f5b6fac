"""Dates, one second on either side of every boundary."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import healthy
from tests.diagnostics.rules.cases.base import every_list, node, reissue
from tests.diagnostics.rules.judging import AT, diagnosis, findings

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def spoken(plan: EstatePlan, at: datetime = AT) -> set[tuple[str, str]]:
    return {(item.code, item.severity) for item in findings(diagnosis(plan, at=at), plan)}


def ending(not_after: datetime, **shape: Any) -> EstatePlan:
    plan = healthy(at=AT)
    reissue(plan, "expc1", not_after=not_after, **shape)
    return plan


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (-DAY, {("server-cert-expired", "critical")}),
        (-SECOND, {("server-cert-expired", "critical")}),
        (timedelta(0), {("server-cert-expiring", "high")}),
        (SECOND, {("server-cert-expiring", "high")}),
        (7 * DAY, {("server-cert-expiring", "high")}),
        (7 * DAY + SECOND, {("server-cert-expiring", "medium")}),
        (30 * DAY, {("server-cert-expiring", "medium")}),
        (30 * DAY + SECOND, {("server-cert-expiring", "low")}),
        (60 * DAY, {("server-cert-expiring", "low")}),
        (60 * DAY + SECOND, set()),
    ],
    ids=str,
)
def test_the_end_of_a_certificate_weighs_by_the_time_that_is_left(left, expected):
    assert spoken(ending(AT + left)) == expected


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(SECOND, {("server-cert-not-yet-valid", "critical")}), (timedelta(0), set()), (-SECOND, set())],
    ids=str,
)
def test_the_beginning_of_a_certificate_counts_to_the_second(ahead, expected):
    assert spoken(ending(AT + 300 * DAY, not_before=AT + ahead)) == expected


def test_what_is_not_valid_yet_does_not_also_end_soon():
    assert spoken(ending(AT + 5 * DAY, not_before=AT + DAY)) == {("server-cert-not-yet-valid", "critical")}


@pytest.mark.parametrize(
    ("change", "left", "expected"),
    [
        ("not_after", -SECOND, {("trust-ca-expired", "high")}),
        ("not_after", timedelta(0), set()),
        ("not_before", SECOND, {("trust-ca-expired", "high")}),
        ("not_before", timedelta(0), set()),
    ],
    ids=str,
)
def test_the_dates_of_a_ca_count_to_the_second(change, left, expected):
    plan = healthy(at=AT)
    every_list(plan, "ucm-root", plan.authorities["ucm-root"].renewed(**{change: AT + left}))

    assert spoken(plan) == expected


@pytest.mark.parametrize(("left", "expected"), [(-SECOND, {("crl-expired", "medium")}), (timedelta(0), set())], ids=str)
def test_the_end_of_a_revocation_list_counts_to_the_second(left, expected):
    plan = healthy(at=AT)
    crl = plan.authorities["public-issuing"].crl(this_update=AT - 7 * DAY, next_update=AT + left)
    node(plan, "expe1").crls.append(crl)

    assert spoken(plan) == expected


@pytest.mark.parametrize(
    ("since", "expected"), [(SECOND, set()), (timedelta(0), {("crl-revoked", "critical")})], ids=str
)
def test_a_revocation_counts_from_its_second_on(since, expected):
    plan = healthy(at=AT)
    edge = node(plan, "expe1")
    dates = {"this_update": AT + since, "next_update": AT + 7 * DAY}
    edge.crls.append(plan.authorities["public-issuing"].crl([edge.issued("server")], **dates))

    assert spoken(plan) == expected


def test_the_moment_decides_and_not_the_clock_of_the_machine():
    plan = healthy(at=AT)

    assert spoken(plan) == set()
    assert ("server-cert-not-yet-valid", "critical") in spoken(plan, at=AT - 400 * DAY)
    assert ("server-cert-expired", "critical") in spoken(plan, at=AT + 400 * DAY)
    assert ("trust-ca-expired", "high") in spoken(plan, at=AT + 4000 * DAY)


def test_the_moment_may_be_told_in_any_time_zone():
    plan = ending(AT)
    tokyo = timezone(timedelta(hours=9))

    assert spoken(plan, at=AT.astimezone(tokyo)) == {("server-cert-expiring", "high")}
    assert spoken(plan, at=(AT + SECOND).astimezone(tokyo)) == {("server-cert-expired", "critical")}
    assert AT.astimezone(tokyo) == AT.astimezone(UTC)


@pytest.mark.parametrize(
    ("left", "days"),
    [(12 * DAY, 12), (12 * DAY + 5 * SECOND, 12), (13 * DAY - SECOND, 12), (DAY, 1), (SECOND, 0), (timedelta(0), 0)],
    ids=str,
)
def test_the_days_that_are_left_are_whole_ones(left, days):
    plan = ending(AT + left)
    (finding,) = diagnosis(plan)["findings"]

    assert finding["params"]["days"] == days


@pytest.mark.parametrize(("ago", "days"), [(SECOND, 0), (DAY - SECOND, 0), (DAY, 1), (3 * DAY + SECOND, 3)], ids=str)
def test_the_days_since_the_end_are_whole_ones(ago, days):
    plan = ending(AT - ago)
    (finding,) = diagnosis(plan)["findings"]

    assert finding["params"]["days"] == days
