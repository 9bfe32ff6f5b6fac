"""Zone peer addresses, TLS verify subject names, common names, cluster names and service domains."""

from functools import partial

from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import UC_ZONE
from tests.diagnostics.rules.cases.base import Table, reissue
from tests.diagnostics.rules.judging import said

NAMES = Table()
ADDRESS, IS_IP, VERIFY, PARTIAL, IN_CN, CLUSTER, DOMAIN = CODES = (
    "traversal-peer-address-not-in-cert",
    "traversal-peer-address-is-ip",
    "traversal-verify-name-not-in-cert",
    "traversal-verify-name-partial-cluster",
    "name-only-in-cn",
    "cluster-name-missing-from-san",
    "edge-domain-missing-from-san",
)
CORES, EDGES = ("expc1", "expc2"), ("expe1", "expe2")

address = partial(said, ADDRESS, "critical", zone=UC_ZONE)
in_cn = partial(said, IN_CN, "medium", zone=UC_ZONE)


def peers_of(plan: EstatePlan) -> list[str]:
    return plan.zone("expc.example.com", UC_ZONE).peers


@NAMES.case(
    "the certificate of an Expressway-E lacks its own name",
    address(variant="certificate", node="expe1", peers=CORES, about=["expe1 server"], wanted="expe1.example.com"),
)
def own_name_lost(plan: EstatePlan) -> None:
    reissue(plan, "expe1", common_name="expe.example.com", dns=["expe.example.com", "collab-edge.example.com"])


@NAMES.case(
    "a peer address is misspelt",
    address(variant="address", cluster="expc", peers=["expe2"], about=["expe2 server"], wanted="expe2.exmaple.com"),
)
def misspelt(plan: EstatePlan) -> None:
    peers_of(plan)[1] = "expe2.exmaple.com"


@NAMES.case(
    "a peer address is the internal name of an Expressway-E",
    address(variant="address", cluster="expc", peers=["expe1"], about=["expe1 server"], wanted="dmz-a.corp.internal"),
)
def internal_name(plan: EstatePlan) -> None:
    peers_of(plan)[0] = "dmz-a.corp.internal"


@NAMES.case(
    "both peer addresses are names that no Expressway-E has",
    *(
        address(variant="nobody", cluster="expc", peers=EDGES, wanted=wanted)
        for wanted in ("dmz-a.corp.internal", "dmz-b.corp.internal")
    ),
)
def nobody(plan: EstatePlan) -> None:
    peers_of(plan)[:] = ["dmz-a.corp.internal", "dmz-b.corp.internal"]


@NAMES.case("a single Expressway-C reaches Expressway-E by an internal name that is in the certificates", holds=ADDRESS)
def carried_internal_name(plan: EstatePlan) -> None:
    internal = ["dmz-a.corp.internal", "dmz-b.corp.internal"]
    for host, name in zip(EDGES, internal, strict=True):
        reissue(plan, host, dns=[f"{host}.example.com", "expe.example.com", "collab-edge.example.com", name])
    peers_of(plan)[:] = internal


@NAMES.case("capitals and a final dot make no other name", holds=(ADDRESS, VERIFY, PARTIAL, IN_CN))
def capitals(plan: EstatePlan) -> None:
    peers_of(plan)[0] = "EXPE1.Example.COM."
    plan.zone("expe.example.com", UC_ZONE).verify_name = "ExpC.example.com"


@NAMES.case(
    "a peer address is an IP address",
    said(
        IS_IP, "critical", cluster="expc", zone=UC_ZONE, peers=["expe1"], about=["expe1 server"], wanted="198.51.100.21"
    ),
)
def by_address(plan: EstatePlan) -> None:
    peers_of(plan)[0] = "198.51.100.21"


@NAMES.case("the certificate carries the IP address that the zone has", holds=IS_IP)
def address_carried(plan: EstatePlan) -> None:
    peers_of(plan)[0] = "198.51.100.21"
    reissue(plan, "expe1", ips=["198.51.100.21"])


@NAMES.case(
    "the IP address is in the certificate as a DNS name only",
    said(
        IS_IP, "critical", cluster="expc", zone=UC_ZONE, peers=["expe1"], about=["expe1 server"], wanted="198.51.100.21"
    ),
)
def address_as_name(plan: EstatePlan) -> None:
    peers_of(plan)[0] = "198.51.100.21"
    names = ["expe1.example.com", "expe.example.com", "collab-edge.example.com", "198.51.100.21"]
    reissue(plan, "expe1", dns=names)


@NAMES.case(
    "the TLS verify subject name is misspelt",
    said(
        VERIFY,
        "critical",
        cluster="expe",
        zone=UC_ZONE,
        peers=CORES,
        about=["expc1 server", "expc2 server"],
        wanted="expc.exmaple.com",
    ),
)
def verify_name_misspelt(plan: EstatePlan) -> None:
    plan.zone("expe.example.com", UC_ZONE).verify_name = "expc.exmaple.com"


@NAMES.case(
    "no Expressway-C certificate has the cluster name",
    *(
        said(
            VERIFY,
            "critical",
            variant="certificates",
            node=host,
            zone=UC_ZONE,
            peers=EDGES,
            about=[f"{host} server"],
            wanted="expc.example.com",
        )
        for host in CORES
    ),
    *(said(CLUSTER, "high", node=host, about=[f"{host} server"], wanted="expc.example.com") for host in CORES),
)
def cluster_name_on_nobody(plan: EstatePlan) -> None:
    for host in CORES:
        reissue(plan, host, dns=[f"{host}.example.com"])


@NAMES.case(
    "the TLS verify subject name is that of one Expressway-C",
    said(
        PARTIAL, "critical", node="expc2", zone=UC_ZONE, peers=EDGES, about=["expc2 server"], wanted="expc1.example.com"
    ),
    holds=VERIFY,
)
def name_of_one(plan: EstatePlan) -> None:
    plan.zone("expe.example.com", UC_ZONE).verify_name = "expc1.example.com"


@NAMES.case(
    "one of three Expressway-C certificates lacks the cluster name",
    said(
        PARTIAL, "critical", node="expc3", zone=UC_ZONE, peers=EDGES, about=["expc3 server"], wanted="expc.example.com"
    ),
    said(CLUSTER, "high", node="expc3", about=["expc3 server"], wanted="expc.example.com"),
    expressway_c=3,
)
def one_of_three(plan: EstatePlan) -> None:
    reissue(plan, "expc3", dns=["expc3.example.com"])


@NAMES.case(
    "from X15.5 the TLS verify subject name is looked for in the client certificate",
    said(
        PARTIAL, "critical", node="expc1", zone=UC_ZONE, peers=EDGES, about=["expc1 client"], wanted="expc.example.com"
    ),
    holds=CLUSTER,
    split_stores=True,
)
def client_certificate_counts(plan: EstatePlan) -> None:
    reissue(plan, "expc1", "client", dns=["expc1.example.com"])


@NAMES.case(
    "the name of an Expressway-E is in the common name alone",
    in_cn(node="expe1", about=["expe1 server"], wanted="expe1.example.com"),
)
def edge_in_cn(plan: EstatePlan) -> None:
    reissue(plan, "expe1", dns=["expe.example.com", "collab-edge.example.com"])


@NAMES.case(
    "the TLS verify subject name is in a common name alone",
    in_cn(node="expc2", about=["expc2 server"], wanted="expc.example.com"),
    said(CLUSTER, "high", node="expc2", about=["expc2 server"], wanted="expc.example.com"),
    holds=(VERIFY, PARTIAL),
)
def core_in_cn(plan: EstatePlan) -> None:
    reissue(plan, "expc2", common_name="expc.example.com", dns=["expc2.example.com"])


@NAMES.case("a common name of no account beside all names that are wanted", holds=IN_CN)
def other_cn(plan: EstatePlan) -> None:
    reissue(plan, "expe1", common_name="Edge of Example Corporation")
    reissue(plan, "expc1", common_name=None)


@NAMES.case(
    "a peer of an Expressway-E cluster lacks the cluster name",
    said(CLUSTER, "medium", node="expe1", about=["expe1 server"], wanted="expe.example.com"),
)
def edge_cluster_name(plan: EstatePlan) -> None:
    reissue(plan, "expe1", dns=["expe1.example.com", "collab-edge.example.com"])


@NAMES.case(
    "a peer of an Expressway-C cluster without zones lacks the cluster name",
    said(CLUSTER, "high", node="expc2", about=["expc2 server"], wanted="expc.example.com"),
    expressway_e=0,
)
def core_cluster_name(plan: EstatePlan) -> None:
    plan.cluster("expc.example.com").zones.clear()
    reissue(plan, "expc2", dns=["expc2.example.com"])


@NAMES.case(
    "a wildcard does not stand for the cluster name nor for a peer address",
    said(CLUSTER, "medium", node="expe2", about=["expe2 server"], wanted="expe.example.com"),
    in_cn(node="expe2", about=["expe2 server"], wanted="expe2.example.com"),
    holds=DOMAIN,
)
def wildcard(plan: EstatePlan) -> None:
    reissue(plan, "expe2", dns=["*.example.com"])


@NAMES.case("every peer has the cluster name in capitals", holds=CLUSTER)
def cluster_name_in_capitals(plan: EstatePlan) -> None:
    for host in CORES:
        reissue(plan, host, dns=[f"{host}.example.com", "EXPC.EXAMPLE.COM"])


TWO_DOMAINS = {"mra_domains": ("example.com", "example.net")}


@NAMES.case(
    "one Expressway-E certificate has one of two service domains",
    said(DOMAIN, "high", node="expe1", about=["expe1 server"], wanted="example.net"),
    **TWO_DOMAINS,
)
def one_domain(plan: EstatePlan) -> None:
    reissue(plan, "expe1", dns=["expe1.example.com", "expe.example.com", "collab-edge.example.com"])


@NAMES.case(
    "a service domain is in the common name alone",
    said(DOMAIN, "high", node="expe1", about=["expe1 server"], wanted="example.com"),
)
def domain_in_cn(plan: EstatePlan) -> None:
    reissue(plan, "expe1", common_name="example.com", dns=["expe1.example.com", "expe.example.com"])


@NAMES.case(
    "another host of the service domain is not the domain",
    said(DOMAIN, "high", node="expe2", about=["expe2 server"], wanted="example.com"),
)
def other_host(plan: EstatePlan) -> None:
    reissue(plan, "expe2", dns=["expe2.example.com", "expe.example.com", "www.example.com"])


@NAMES.case("one certificate has the domains themselves, the other with collab-edge", holds=DOMAIN, **TWO_DOMAINS)
def either_form(plan: EstatePlan) -> None:
    reissue(plan, "expe1", dns=["expe1.example.com", "expe.example.com", "example.com", "EXAMPLE.net"])
