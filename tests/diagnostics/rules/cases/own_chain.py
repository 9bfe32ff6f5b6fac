"""The node's own certificate against the node's own list."""

from datetime import timedelta
from typing import Any

from diagnostics.samples.authority import root
from diagnostics.samples.blueprint import EstatePlan
from tests.diagnostics.rules.cases.base import Table, every_list, hide, instead, node, without
from tests.diagnostics.rules.judging import AT, Said, said

OWN_CHAIN = Table()


def lacking(
    host: str, *missing: str, slot: str = "server", cluster: str | None = None
) -> tuple[list[Said], list[Said]]:
    """Before the upload by an inventory, after it by a diagnostic archive."""
    where: dict[str, Any] = {
        "node": host,
        "cluster": cluster,
        "store": "trusted-ca",
        "about": [f"{host} {slot}"],
        "missing": missing,
    }
    return [said("own-ca-not-trusted", "critical", **where)], [said("own-chain-gap", "high", **where)]


ROOT, ROOT_INSTALLED = lacking("expc1", "private-root")
BOTH_CAS, BOTH_CAS_INSTALLED = lacking("expc1", "private-issuing", "private-root")
NO_COPY, NO_COPY_INSTALLED = lacking("expc1", "?Example Corporation Issuing CA 2", cluster="expc1")
CLIENT, CLIENT_INSTALLED = lacking("expe1", "?Example Corporation Issuing CA 1", slot="client", cluster="expe1")


@OWN_CHAIN.case("one Expressway-C lacks the root of its own chain", *ROOT, artefacts=ROOT_INSTALLED)
def root_absent(plan: EstatePlan) -> None:
    without(plan, "expc1", "private-root")


@OWN_CHAIN.case("one Expressway-C has only a leaf of its own chain", *BOTH_CAS, artefacts=BOTH_CAS_INSTALLED)
def whole_chain_absent(plan: EstatePlan) -> None:
    without(plan, "expc1", "private-root", "private-issuing")


@OWN_CHAIN.case(
    "nobody has handed in the CA of a single node's certificate",
    *NO_COPY,
    artefacts=NO_COPY_INSTALLED,
    expressway_c=1,
    expressway_e=0,
    unified_cm=0,
)
def issuer_not_at_hand(plan: EstatePlan) -> None:
    other = root("Elsewhere", at=AT).intermediate("Example Corporation Issuing CA 2")
    host = node(plan, "expc1")
    host.identity["server"] = other.reissue(host.issued("server"))


HIDDEN, HIDDEN_INSTALLED = (
    [said(code, severity, variant="shadowed", node="expc1", store="trusted-ca", about=["expc1 server"])]
    for code, severity in (("own-ca-not-trusted", "critical"), ("own-chain-gap", "high"))
)


@OWN_CHAIN.case("a CA of the same name hides the root of its own chain", *HIDDEN, artefacts=HIDDEN_INSTALLED)
def own_root_hidden(plan: EstatePlan) -> None:
    every_list(plan, "private-issuing", plan.authorities["private-issuing"].renewed(authority_key_id=False))
    hide(plan, "expc1", "private-root")


@OWN_CHAIN.case("the order of a list plays no part", holds="own-ca-not-trusted", forms=("inventory",))
@OWN_CHAIN.case("nor does it in a list that is installed", holds="own-chain-gap", forms=("artefacts",))
def other_order(plan: EstatePlan) -> None:
    for item in plan.nodes():
        for listed in item.trust.values():
            listed.reverse()


@OWN_CHAIN.case(
    "a CA certificate of its own chain is there under the right name with another key",
    *ROOT,
    artefacts=ROOT_INSTALLED,
)
def other_key(plan: EstatePlan) -> None:
    instead(plan, "expc1", "private-root", plan.authorities["private-root"].rekeyed().certificate)


@OWN_CHAIN.case(
    "Expressway-E lacks the CA of its client certificate",
    *CLIENT,
    artefacts=CLIENT_INSTALLED,
    split_stores=True,
    expressway_c=0,
    expressway_e=1,
    unified_cm=0,
)
def client_chain(plan: EstatePlan) -> None:
    plan.cluster("expe1.example.com").zones.clear()
    without(plan, "expe1", "private-issuing")


@OWN_CHAIN.case(
    "a root that was renewed with the same key, in the list alone", holds=("own-ca-not-trusted",), forms=("inventory",)
)
def root_renewed(plan: EstatePlan) -> None:
    renewed = plan.authorities["private-root"].renewed(not_after=AT + timedelta(days=4000))
    every_list(plan, "private-root", renewed)
