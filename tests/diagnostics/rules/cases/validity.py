"""Dates of certificates in their slots, and of the CA certificates that a needed path runs through."""

from datetime import timedelta
from functools import partial

from diagnostics.samples.blueprint import EstatePlan
from tests.diagnostics.rules.cases.base import Table, every_list, node, reissue
from tests.diagnostics.rules.judging import AT, said

VALIDITY = Table()
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)

expe1 = partial(said, node="expe1", about=["expe1 server"])
tomcat = partial(said, node="cucm1", about=["cucm1 tomcat"], variant="ucm")
EVERYONE = ("expc1", "expc2", "expe1", "expe2")


@VALIDITY.case("an Expressway-E certificate has expired", expe1("server-cert-expired", "critical"))
def expired(plan: EstatePlan) -> None:
    reissue(plan, "expe1", not_before=AT - 90 * DAY, not_after=AT - SECOND)


@VALIDITY.case("a tomcat certificate has expired", tomcat("server-cert-expired", "critical"))
def tomcat_expired(plan: EstatePlan) -> None:
    reissue(plan, "cucm1", "tomcat", not_before=AT - 90 * DAY, not_after=AT - SECOND)


@VALIDITY.case("an Expressway-E certificate was put in early", expe1("server-cert-not-yet-valid", "critical"))
def early(plan: EstatePlan) -> None:
    reissue(plan, "expe1", not_before=AT + SECOND, not_after=AT + 90 * DAY)


@VALIDITY.case("a tomcat certificate was put in early", tomcat("server-cert-not-yet-valid", "critical"))
def tomcat_early(plan: EstatePlan) -> None:
    reissue(plan, "cucm1", "tomcat", not_before=AT + SECOND, not_after=AT + 90 * DAY)


@VALIDITY.case("an Expressway-E certificate ends in three days", expe1("server-cert-expiring", "high"))
def ends_soon(plan: EstatePlan) -> None:
    reissue(plan, "expe1", not_after=AT + 3 * DAY)


@VALIDITY.case("a tomcat certificate ends in fifty days", tomcat("server-cert-expiring", "low"))
def tomcat_ends_soon(plan: EstatePlan) -> None:
    reissue(plan, "cucm1", "tomcat", not_after=AT + 50 * DAY)


@VALIDITY.case(
    "a certificate that begins this second and ends in sixty days and a second",
    holds=("server-cert-expired", "server-cert-not-yet-valid", "server-cert-expiring"),
)
def just_in_time(plan: EstatePlan) -> None:
    for host in EVERYONE:
        reissue(plan, host, not_before=AT, not_after=AT + 60 * DAY + SECOND)


outdated = partial(said, "trust-ca-expired", "high", about=["private-issuing"])
CORES, EDGES = ("expc1", "expc2"), ("expe1", "expe2")


@VALIDITY.case(
    "the issuing CA of every Expressway-C has expired",
    *(outdated(node=host, store="trusted-ca", peers=[host]) for host in CORES),
    *(outdated(node=host, store="trusted-ca", peers=CORES) for host in EDGES),
    *(outdated(node="cucm1", store=store, peers=CORES) for store in ("tomcat-trust", "callmanager-trust")),
)
def issuing_expired(plan: EstatePlan) -> None:
    every_list(plan, "private-issuing", plan.authorities["private-issuing"].renewed(not_after=AT - SECOND))


@VALIDITY.case(
    "a root that only one list needs is not valid yet",
    outdated(node="expc1", cluster="expc1", store="trusted-ca", peers=["cucm1"], about=["ucm-root"]),
    expressway_c=1,
    expressway_e=0,
    forms=("inventory",),
)
def root_early(plan: EstatePlan) -> None:
    node(plan, "expc1").identity.clear()
    plan.cluster("expc1.example.com").zones.clear()
    every_list(plan, "ucm-root", plan.authorities["ucm-root"].renewed(not_before=AT + SECOND))


@VALIDITY.case("a CA certificate that nobody needs has expired", holds="trust-ca-expired")
def unneeded_expired(plan: EstatePlan) -> None:
    every_list(plan, "unrelated-1", plan.authorities["unrelated-1"].renewed(not_after=AT - SECOND))


@VALIDITY.case("an expired CA certificate stands beside its successor with the same key", holds="trust-ca-expired")
def successor_there(plan: EstatePlan) -> None:
    for item in plan.nodes():
        for listed in item.trust.values():
            for name in ("private-issuing", "public-issuing"):
                if plan.authorities[name].certificate in listed:
                    listed.insert(0, plan.authorities[name].renewed(not_after=AT - SECOND).certificate)
