"""What nodes reported: explained by a finding, in need of one, or nothing to do with certificates.

Logs and status files come in archives alone.
"""

from datetime import timedelta

from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import UC_ZONE
from tests.builders.logs import (
    ALERT,
    CLOSED,
    CREDENTIALS,
    EXPC,
    EXPE,
    FORBIDDEN,
    IDENTITY,
    SELF_SIGNED,
    inbound,
    outbound,
    proxy_failed,
    proxy_name,
    proxy_untrusted,
    unreachable,
    user_failed,
)
from tests.diagnostics.rules.cases.base import Table, node, reissue, without
from tests.diagnostics.rules.judging import AT, said

SYMPTOMS = Table()
ARTEFACTS = ("artefacts",)
UNEXPLAINED, OTHERWISE = "symptom-unexplained", "symptom-not-a-certificate"
PARTNER = "203.0.113.45"


@SYMPTOMS.case(
    "a stranger whose root is not in the list",
    said(UNEXPLAINED, "medium", variant="untrusted", node="expe1", peers=[PARTNER]),
    holds=OTHERWISE,
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expe1").log.append(inbound(SELF_SIGNED, peer=PARTNER))


STRANGERS = [f"203.0.113.{number}" for number in range(1, 21)]


@SYMPTOMS.case(
    "a public address that strangers try",
    said(UNEXPLAINED, "info", variant="strangers", node="expe1", peers=STRANGERS),
    said(OTHERWISE, "info", variant="strangers", node="expe2", peers=STRANGERS),
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expe1").log += [inbound(SELF_SIGNED, peer=peer, port=5061) for peer in STRANGERS]
    node(plan, "expe2").log += [inbound("no shared cipher", peer=peer, port=5061) for peer in STRANGERS]


@SYMPTOMS.case(
    "a Unified CM cluster of which nothing was uploaded, that refuses the certificate",
    said(
        UNEXPLAINED,
        "medium",
        variant="strangers",
        node="expc1",
        peers=[f"cucm{number}" for number in range(11, 18)],
    ),
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expc1").log += [proxy_failed(f"cucm{number}.example.com") for number in range(11, 18)]


@SYMPTOMS.case(
    "a traversal zone that misses a name which, by the files, is there",
    said(UNEXPLAINED, "medium", variant="name", node="expe1", peers=["expc1"]),
    holds=OTHERWISE,
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expe1").log.append(inbound(IDENTITY, peer=EXPC, port=7001))


@SYMPTOMS.case(
    "a zone of which the log says the name that it misses in the certificate of another company",
    said(UNEXPLAINED, "medium", variant="name-known", node="expc1", peers=[PARTNER]),
    holds=OTHERWISE,
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expc1").log.append(outbound(IDENTITY, peer=PARTNER, port=5061, name="sip.example.org"))


@SYMPTOMS.case(
    "a partner who refuses the certificate of Expressway-E",
    said(UNEXPLAINED, "medium", variant="rejected", node="expe1", peers=[PARTNER]),
    holds=OTHERWISE,
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expe1").log.append(inbound(ALERT, peer=PARTNER))


@SYMPTOMS.case(
    "a Unified CM of which nothing was uploaded, in every way in which the HTTP proxy stumbles over it",
    said(UNEXPLAINED, "medium", variant="proxy-untrusted", node="expc1", peers=["cucm7"]),
    said(UNEXPLAINED, "medium", variant="proxy-name", node="expc1", peers=["cucm8"]),
    said(UNEXPLAINED, "medium", variant="proxy-rejected", node="expc1", peers=["cucm9"]),
    holds=OTHERWISE,
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expc1").log += [
        proxy_untrusted("cucm7.example.com"),
        proxy_name("cucm8.example.com", sni="cucm8"),
        proxy_failed("cucm9.example.com"),
    ]


@SYMPTOMS.case(
    "an HTTP proxy that complains and goes on",
    said(UNEXPLAINED, "info", variant="proxy-untrusted", node="expc1", peers=["cucm7"]),
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expc1").log.append(proxy_untrusted("cucm7.example.com", action="Continue"))


@SYMPTOMS.case(
    "SSH tunnels that are down though every chain is there",
    said(UNEXPLAINED, "medium", variant="tunnels", node="expc1", peers=["expe1"]),
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expc1").alarms.append(
        "Unified Communications SSH tunnel failure - "
        "This system cannot communicate with one or more remote hosts: expe1.example.com"
    )


@SYMPTOMS.case(
    "a zone that failed in TLS though every chain and name is there",
    said(UNEXPLAINED, "medium", variant="zone", node="expc1", zone=UC_ZONE, peers=["expe1", "expe2"]),
    said(UNEXPLAINED, "medium", variant="zone", node="expc2", zone=UC_ZONE, peers=["expe1", "expe2"]),
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    plan.zone("expc.example.com", UC_ZONE).cause = "TLS negotiation error"


@SYMPTOMS.case(
    "an alarm about a certificate that nothing explains",
    said(UNEXPLAINED, "info", variant="alarm", node="expc2"),
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expc2").alarms.append(
        "Cluster communication failure - The system is unable to communicate with one or more of the cluster peers"
    )


@SYMPTOMS.case(
    "a failure that was seen before the certificate in place was issued",
    said(UNEXPLAINED, "info", variant="stale", node="expe1", peers=["expc1"]),
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    reissue(plan, "expc1", not_before=AT - timedelta(seconds=5))
    node(plan, "expe1").log.append(inbound("certificate has expired", peer=EXPC, port=7001))


@SYMPTOMS.case(
    "a root that is missing on one node, whose log says so",
    said(
        "traversal-peer-ca-not-trusted",
        "critical",
        variant="root-absent",
        node="expc1",
        zone=UC_ZONE,
        store="trusted-ca",
        peers=["expe1", "expe2"],
        about=["expe1 server", "expe2 server"],
        missing=("public-root",),
    ),
    holds=UNEXPLAINED,
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    without(plan, "expc1", "public-root")
    node(plan, "expc1").log.append(outbound(SELF_SIGNED, peer=EXPE, name="expe1.example.com"))


@SYMPTOMS.case(
    "failures that are none of a certificate",
    said(OTHERWISE, "info", variant="credentials", node="expe1", peers=["expc1"]),
    said(OTHERWISE, "info", variant="credentials", node="expc1", peers=["cucm1"]),
    said(OTHERWISE, "info", variant="forbidden", node="expc1"),
    said(OTHERWISE, "info", variant="unreachable", node="expc1", peers=["expe1"]),
    said(OTHERWISE, "info", variant="closed", node="expc2", peers=["expe1"]),
    said(OTHERWISE, "info", variant="other", node="expe2", peers=[PARTNER]),
    forms=ARTEFACTS,
)
def _(plan: EstatePlan) -> None:
    node(plan, "expe1").log.append(CREDENTIALS)
    node(plan, "expc1").log += [user_failed(), FORBIDDEN, unreachable()]
    node(plan, "expc2").log.append(outbound(CLOSED, peer=EXPE, name="expe1.example.com"))
    node(plan, "expe2").log.append(inbound("unsupported protocol", peer=PARTNER, port=5061))
