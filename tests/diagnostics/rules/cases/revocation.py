"""Revocation lists that were handed in."""

from datetime import timedelta
from functools import partial

from diagnostics.samples.blueprint import EstatePlan
from tests.diagnostics.rules.cases.base import Table, node
from tests.diagnostics.rules.judging import AT, FOLDER, said

REVOCATION = Table()
REVOKED, EXPIRED = "crl-revoked", "crl-expired"
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
CURRENT = {"this_update": AT - DAY, "next_update": AT + 6 * DAY}
STALE = {"this_update": AT - 8 * DAY, "next_update": AT - SECOND}

revoked = partial(said, REVOKED, "critical")


def placed(severity: str, host: str = "expe1") -> list:
    return [said(EXPIRED, severity, node=host, file=f"{FOLDER}/nodes/{host}.example.com/crl-1.pem")]


# Diagnostic archives hold no revocation lists, so nobody says which node has it.
LOOSE = [said(EXPIRED, "medium", file="crl_expe1_1.pem")]


@REVOCATION.case("the certificate of an Expressway-E is revoked", revoked(node="expe1", about=["expe1 server"]))
def leaf_revoked(plan: EstatePlan) -> None:
    edge = node(plan, "expe1")
    edge.crls.append(plan.authorities["public-issuing"].crl([edge.issued("server")], **CURRENT))


@REVOCATION.case(
    "the CA of two certificates is revoked",
    *(revoked(node=host, about=["public-issuing"]) for host in ("expe1", "expe2")),
)
def issuing_revoked(plan: EstatePlan) -> None:
    root = plan.authorities["public-root"]
    node(plan, "expe1").crls.append(root.crl([plan.authorities["public-issuing"]], **CURRENT))


@REVOCATION.case("a revocation list with other certificates in it", holds=(REVOKED, EXPIRED))
def others_revoked(plan: EstatePlan) -> None:
    issuing = plan.authorities["public-issuing"]
    other = issuing.issue(common_name="www.example.com", dns=["www.example.com"])
    node(plan, "expe1").crls.append(issuing.crl([other], **CURRENT))


@REVOCATION.case("a CA of the same name with another key has no say in it", holds=EXPIRED)
def forged(plan: EstatePlan) -> None:
    edge = node(plan, "expe1")
    other = plan.authorities["public-issuing"].rekeyed()
    edge.crls.append(other.crl([edge.issued("server")], **CURRENT))


@REVOCATION.case("a revocation that is still to come", holds=(REVOKED, EXPIRED))
def still_to_come(plan: EstatePlan) -> None:
    edge = node(plan, "expe1")
    later = {"this_update": AT + SECOND, "next_update": AT + 6 * DAY}
    edge.crls.append(plan.authorities["public-issuing"].crl([edge.issued("server")], **later))


def stale(plan: EstatePlan, checked: bool | None) -> None:
    plan.cluster("expe.example.com").settings.revocation = checked
    node(plan, "expe1").crls.append(plan.authorities["public-issuing"].crl(**STALE))


@REVOCATION.case(
    "a revocation list ran out a second ago and nobody says who checks it", *placed("medium"), artefacts=LOOSE
)
def stale_and_unsaid(plan: EstatePlan) -> None:
    stale(plan, None)


@REVOCATION.case("a revocation list ran out on a node that checks revocation", *placed("critical"), artefacts=LOOSE)
def stale_and_checked(plan: EstatePlan) -> None:
    stale(plan, True)


@REVOCATION.case("a revocation list ran out on a node that does not check revocation", *placed("low"), artefacts=LOOSE)
def stale_and_unchecked(plan: EstatePlan) -> None:
    stale(plan, False)


@REVOCATION.case(
    "a revocation list of the CA that an Expressway-E meets ran out, and both check revocation",
    *placed("critical"),
    artefacts=[said(EXPIRED, "high", node=host, file="crl_expe1_1.pem") for host in ("expe1", "expe2")],
)
def stale_and_met(plan: EstatePlan) -> None:
    plan.cluster("expe.example.com").settings.revocation = True
    node(plan, "expe1").crls.append(plan.authorities["private-issuing"].crl(**STALE))


@REVOCATION.case("a revocation list ends this second", holds=EXPIRED)
def ends_now(plan: EstatePlan) -> None:
    ends = {"this_update": AT - 7 * DAY, "next_update": AT}
    node(plan, "expe1").crls.append(plan.authorities["public-issuing"].crl(**ends))
