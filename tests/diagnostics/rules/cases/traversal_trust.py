"""Trust between Expressway-C and Expressway-E: the zone and the SSH tunnels beside it."""

from functools import partial

from diagnostics.samples.authority import self_signed
from diagnostics.samples.blueprint import EstatePlan, ZonePlan
from diagnostics.samples.healthy import UC_ZONE
from diagnostics.samples.signing import BOTH_ROLES
from tests.diagnostics.rules.cases.base import Table, elsewhere, every_list, hide, instead, node, without
from tests.diagnostics.rules.judging import AT, said

TRAVERSAL_TRUST = Table()
ZONE_CODE, TUNNEL_CODE, OFF_CODE = (
    "traversal-peer-ca-not-trusted",
    "ssh-tunnel-intermediate-missing",
    "traversal-tls-verify-off",
)
CORES, EDGES = ("expc1", "expc2"), ("expe1", "expe2")
CORE_LEAVES, EDGE_LEAVES = (tuple(f"{host} server" for host in hosts) for hosts in (CORES, EDGES))
G1 = "?Example Public Trust TLS CA G1"

at_core = partial(said, severity="critical", zone=UC_ZONE, store="trusted-ca", peers=EDGES, about=EDGE_LEAVES)
at_edge = partial(said, severity="critical", zone=UC_ZONE, store="trusted-ca", peers=CORES, about=CORE_LEAVES)


def own_gaps(code: str, severity: str, *hosts: str, missing: tuple[str, ...]) -> list:
    """What the nodes' own chains lack at the same time: it is why they do not send it."""
    return [
        said(code, severity, node=host, store="trusted-ca", about=[f"{host} server"], missing=missing) for host in hosts
    ]


@TRAVERSAL_TRUST.case(
    "one Expressway-C lacks the root of Expressway-E",
    at_core(ZONE_CODE, variant="root-absent", node="expc1", missing=("public-root",)),
)
def root_absent(plan: EstatePlan) -> None:
    without(plan, "expc1", "public-root")


@TRAVERSAL_TRUST.case(
    "every Expressway-C lacks root and intermediate of Expressway-E, which sends the intermediate",
    *(at_core(ZONE_CODE, variant="root-absent", node=host, missing=("public-root",)) for host in CORES),
)
def chain_absent(plan: EstatePlan) -> None:
    without(plan, "expc1 expc2", "public-root", "public-issuing")


@TRAVERSAL_TRUST.case(
    "one Expressway-E lacks the root of Expressway-C",
    at_edge(ZONE_CODE, variant="root-absent", node="expe2", missing=("private-root",)),
)
def root_absent_on_edge(plan: EstatePlan) -> None:
    without(plan, "expe2", "private-root")


_MISSING = ("public-issuing",)
_ZONE_DOWN = at_core(ZONE_CODE, variant="intermediate-absent", node="expc1", missing=_MISSING)


@TRAVERSAL_TRUST.case(
    "an intermediate is neither in the list of one Expressway-C nor sent by Expressway-E",
    _ZONE_DOWN,
    *own_gaps("own-ca-not-trusted", "critical", *EDGES, missing=_MISSING),
    artefacts=[_ZONE_DOWN, *own_gaps("own-chain-gap", "high", *EDGES, missing=_MISSING)],
)
def intermediate_absent(plan: EstatePlan) -> None:
    without(plan, "expc1 expe1 expe2", "public-issuing")


_NO_COPY = [at_core(ZONE_CODE, variant="issuer-unknown", node=host, missing=(G1,)) for host in CORES]


@TRAVERSAL_TRUST.case(
    "nobody has handed in the intermediate of Expressway-E",
    *_NO_COPY,
    *own_gaps("own-ca-not-trusted", "critical", *EDGES, missing=(G1,)),
    artefacts=[*_NO_COPY, *own_gaps("own-chain-gap", "high", *EDGES, missing=(G1,))],
)
def issuer_unknown(plan: EstatePlan) -> None:
    without(plan, "expc1 expc2 expe1 expe2", "public-issuing")


@TRAVERSAL_TRUST.case(
    "one Expressway-C holds another root of the same name",
    at_core(ZONE_CODE, variant="same-name", node="expc1", missing=("public-root",)),
)
def same_name(plan: EstatePlan) -> None:
    instead(plan, "expc1", "public-root", plan.authorities["public-root"].rekeyed().certificate)


# The nodes refuse their own chain as well, before the upload and after it.
OWN_REFUSED, OWN_REFUSED_INSTALLED = (
    [said(code, severity, variant="refused", node=host, store="trusted-ca", about=[f"{host} server"]) for host in EDGES]
    for code, severity in (("own-ca-not-trusted", "critical"), ("own-chain-gap", "high"))
)
_REFUSED_NAMES = [
    at_core(ZONE_CODE, variant="refused", node=core, peers=[edge], about=[f"{edge} server"])
    for core in CORES
    for edge in EDGES
]


@TRAVERSAL_TRUST.case(
    "the intermediate may not sign for the names of Expressway-E",
    *_REFUSED_NAMES,
    *OWN_REFUSED,
    artefacts=[*_REFUSED_NAMES, *OWN_REFUSED_INSTALLED],
)
def refused_names(plan: EstatePlan) -> None:
    every_list(plan, "public-issuing", elsewhere(plan.authorities["public-issuing"]))


_REFUSED = [at_core(ZONE_CODE, variant="refused", node=host) for host in CORES]
_REFUSED_INSTALLED = [*_REFUSED, *OWN_REFUSED_INSTALLED]


@TRAVERSAL_TRUST.case(
    "the issuer of Expressway-E is in every list and is no CA", *_REFUSED, *OWN_REFUSED, artefacts=_REFUSED_INSTALLED
)
def not_a_ca(plan: EstatePlan) -> None:
    every_list(plan, "public-issuing", plan.authorities["public-issuing"].renewed(ca=False))


@TRAVERSAL_TRUST.case(
    "one CA certificate more than the CA above allows is in the chain of Expressway-E",
    *_REFUSED,
    *OWN_REFUSED,
    artefacts=_REFUSED_INSTALLED,
)
def too_long(plan: EstatePlan) -> None:
    last = plan.authorities["public-issuing"].renewed(path_length=0)
    every_list(plan, "public-issuing", last)
    beyond = plan.authorities["public-issuing-beyond"] = last.intermediate("Example Public Trust TLS CA G1 Branch")
    for item in plan.nodes("expressway-c", "expressway-e"):
        item.trust["trusted-ca"].append(beyond.certificate)
    for host in EDGES:
        edge = node(plan, host)
        edge.identity["server"] = beyond.reissue(edge.issued("server"))


@TRAVERSAL_TRUST.case(
    "without key identifiers another root of the same name hides the right one in one list",
    at_core(ZONE_CODE, variant="shadowed", node="expc1"),
)
def shadowed(plan: EstatePlan) -> None:
    every_list(plan, "public-issuing", plan.authorities["public-issuing"].renewed(authority_key_id=False))
    hide(plan, "expc1", "public-root")


@TRAVERSAL_TRUST.case(
    "Expressway-E has a self-signed certificate that its own list holds and that of Expressway-C does not",
    *(
        at_core(
            ZONE_CODE,
            variant="self-signed",
            node=host,
            peers=["expe1"],
            about=(),
            missing=("expe1.example.com server",),
        )
        for host in CORES
    ),
    expressway_e=1,
)
def self_signed_edge(plan: EstatePlan) -> None:
    edge = node(plan, "expe1")
    names = ["expe1.example.com", "collab-edge.example.com"]
    edge.identity["server"] = self_signed("expe1.example.com", at=AT, dns=names, usages=BOTH_ROLES)
    edge.trust["trusted-ca"].append(edge.issued("server").certificate)


@TRAVERSAL_TRUST.case(
    "one Expressway-C lacks the intermediate that Expressway-E sends",
    at_core(TUNNEL_CODE, node="expc1", missing=("public-issuing",)),
    holds=ZONE_CODE,
)
def tunnels_down(plan: EstatePlan) -> None:
    without(plan, "expc1", "public-issuing")


@TRAVERSAL_TRUST.case(
    "one Expressway-E lacks the intermediate that Expressway-C sends",
    at_edge(TUNNEL_CODE, node="expe1", missing=("private-issuing",)),
    holds=ZONE_CODE,
)
def tunnels_down_on_edge(plan: EstatePlan) -> None:
    without(plan, "expe1", "private-issuing")


@TRAVERSAL_TRUST.case(
    "one Expressway-C holds another intermediate of the same name, and Expressway-E sends the right one",
    at_core(TUNNEL_CODE, node="expc1", missing=("public-issuing",)),
    holds=ZONE_CODE,
)
def tunnels_same_name(plan: EstatePlan) -> None:
    instead(plan, "expc1", "public-issuing", plan.authorities["public-issuing"].rekeyed().certificate)


@TRAVERSAL_TRUST.case(
    "after a renewal from a new intermediate one of two Expressway-E certificates is not trusted by the tunnels",
    said(
        TUNNEL_CODE,
        "critical",
        node="expc2",
        zone=UC_ZONE,
        store="trusted-ca",
        peers=["expe1"],
        about=["expe1 server"],
        missing=("public-issuing-new",),
    ),
)
def renewal(plan: EstatePlan) -> None:
    fresh = plan.authorities["public-root"].intermediate("Example Public Trust TLS CA G2")
    plan.authorities["public-issuing-new"] = fresh
    edge = node(plan, "expe1")
    edge.identity["server"] = fresh.reissue(edge.issued("server"))
    for host in ("expc1", *EDGES):
        node(plan, host).trust["trusted-ca"].append(fresh.certificate)


@TRAVERSAL_TRUST.case(
    "a cross-certificate leads to another root that the list has",
    holds=(ZONE_CODE, TUNNEL_CODE, "own-ca-not-trusted"),
    forms=("inventory",),
)
def crossed(plan: EstatePlan) -> None:
    crossing = plan.authorities["unrelated-1"].cross_sign(plan.authorities["public-root"])
    for host in CORES:
        instead(plan, host, "public-root", crossing.certificate)


OFF = said(OFF_CODE, "high", cluster="expc", zone=UC_ZONE)


def off(plan: EstatePlan) -> None:
    plan.zone("expc.example.com", UC_ZONE).tls_verify = False


@TRAVERSAL_TRUST.case(
    "the zone does not verify, and the tunnels of one Expressway-C lack the root of Expressway-E",
    OFF,
    at_core(TUNNEL_CODE, variant="root-absent", node="expc1", missing=("public-root",)),
)
def tunnels_without_root(plan: EstatePlan) -> None:
    off(plan)
    without(plan, "expc1", "public-root")


@TRAVERSAL_TRUST.case(
    "the zone does not verify, and the tunnels of one Expressway-C lack the intermediate of Expressway-E",
    OFF,
    at_core(TUNNEL_CODE, variant="intermediate-absent", node="expc1", missing=("public-issuing",)),
)
def tunnels_without_intermediate(plan: EstatePlan) -> None:
    off(plan)
    without(plan, "expc1", "public-issuing")


@TRAVERSAL_TRUST.case(
    "the zone does not verify, and the tunnels of one Expressway-C refuse the root of Expressway-E",
    OFF,
    *(at_core(TUNNEL_CODE, variant="refused", node="expc1", peers=[host], about=[f"{host} server"]) for host in EDGES),
)
def tunnels_refuse(plan: EstatePlan) -> None:
    off(plan)
    instead(plan, "expc1", "public-root", elsewhere(plan.authorities["public-root"]).certificate)


@TRAVERSAL_TRUST.case(
    "the zone does not verify, and in the list of one Expressway-C the root of Expressway-E is hidden from the tunnels",
    OFF,
    at_core(TUNNEL_CODE, variant="shadowed", node="expc1"),
)
def tunnels_shadowed(plan: EstatePlan) -> None:
    off(plan)
    shadowed(plan)


@TRAVERSAL_TRUST.case("TLS verify mode is off on Expressway-E", said(OFF_CODE, "high", cluster="expe", zone=UC_ZONE))
def off_on_edge(plan: EstatePlan) -> None:
    plan.zone("expe.example.com", UC_ZONE).tls_verify = False


@TRAVERSAL_TRUST.case(
    "TLS verify mode is off on a single Expressway-C",
    said(OFF_CODE, "high", node="expc1", cluster="expc1", zone=UC_ZONE),
    expressway_c=1,
)
def off_on_core(plan: EstatePlan) -> None:
    plan.zone("expc1.example.com", UC_ZONE).tls_verify = False


@TRAVERSAL_TRUST.case(
    "TLS verify mode is off on a zone without Unified Communications beside one with it", holds=OFF_CODE
)
def off_elsewhere(plan: EstatePlan) -> None:
    plan.cluster("expc.example.com").zones.append(
        ZonePlan(
            name="B2B",
            kind="traversal-client",
            unified_communications=False,
            port=7002,
            tls_verify=False,
            peers=["expe1.example.com", "expe2.example.com"],
        )
    )
    plan.cluster("expe.example.com").zones.append(
        ZonePlan(name="B2B", kind="traversal-server", unified_communications=False, port=7002, tls_verify=False)
    )
