"""Extended key usages by role and release."""

from functools import partial

from diagnostics.samples.blueprint import EstatePlan
from tests.diagnostics.rules.cases.base import Table, node, reissue
from tests.diagnostics.rules.judging import said

USAGES = Table()
CLIENT_CODE, SERVER_CODE, TUNNEL_CODE = (
    "eku-client-auth-missing",
    "eku-server-auth-missing",
    "ssh-tunnel-client-eku-missing",
)

refused = partial(said, CLIENT_CODE, "critical", variant="refused")
client_store = partial(said, CLIENT_CODE, variant="client-store")
tunnels = partial(said, TUNNEL_CODE, "critical")
no_server = partial(said, SERVER_CODE, "critical")


@USAGES.case(
    "an Expressway-C certificate is for servers only",
    refused(node="expc1", about=["expc1 server"]),
    tunnels(node="expc1", about=["expc1 server"]),
    holds=SERVER_CODE,
)
def core_server_only(plan: EstatePlan) -> None:
    reissue(plan, "expc1", usages=("server",))


@USAGES.case(
    "an Expressway-E certificate is for servers only",
    refused(node="expe2", about=["expe2 server"]),
    holds=(SERVER_CODE, TUNNEL_CODE),
)
def edge_server_only(plan: EstatePlan) -> None:
    reissue(plan, "expe2", usages=("server",))


@USAGES.case(
    "after the upgrade to X15.5 Expressway-C has its server certificate in the client store",
    client_store("critical", node="expc1", about=["expc1 client"]),
    tunnels(node="expc1", about=["expc1 client"]),
    split_stores=True,
)
def core_copied(plan: EstatePlan) -> None:
    reissue(plan, "expc1", "client", usages=("server",))


@USAGES.case(
    "after the upgrade to X15.5 Expressway-E has its server certificate in the client store",
    client_store("medium", node="expe1", about=["expe1 client"]),
    holds=(SERVER_CODE, TUNNEL_CODE),
    split_stores=True,
)
def edge_copied(plan: EstatePlan) -> None:
    reissue(plan, "expe1", "client", usages=("server",))


@USAGES.case(
    "nobody says which release has an Expressway-E certificate for servers only",
    said(CLIENT_CODE, "medium", variant="release-unknown", node="expe1", about=["expe1 server"]),
    forms=("inventory",),
)
def edge_of_unknown_release(plan: EstatePlan) -> None:
    plan.cluster("expe.example.com").version = None
    reissue(plan, "expe1", usages=("server",))


@USAGES.case(
    "nobody says which release has an Expressway-C certificate for servers only, and no tunnels run from it",
    said(CLIENT_CODE, "high", variant="release-unknown", node="expc1", about=["expc1 server"]),
    forms=("inventory",),
    expressway_e=0,
)
def core_of_unknown_release(plan: EstatePlan) -> None:
    core = plan.cluster("expc.example.com")
    core.version = None
    core.zones.clear()
    reissue(plan, "expc1", usages=("server",))


@USAGES.case(
    "nobody says which release has an Expressway-C certificate for servers only, from which tunnels run",
    said(CLIENT_CODE, "high", variant="release-unknown", node="expc1", about=["expc1 server"]),
    said(TUNNEL_CODE, "high", variant="release-unknown", node="expc1", about=["expc1 server"]),
    forms=("inventory",),
)
def tunnels_of_unknown_release(plan: EstatePlan) -> None:
    plan.cluster("expc.example.com").version = None
    reissue(plan, "expc1", usages=("server",))


@USAGES.case(
    "nobody says which release has a client certificate for servers only: there is a slot for it, so it is X15.5",
    said(CLIENT_CODE, "critical", variant="client-store", node="expc1", about=["expc1 client"]),
    said(TUNNEL_CODE, "critical", node="expc1", about=["expc1 client"]),
    forms=("inventory",),
    split_stores=True,
)
def client_slot_of_unknown_release(plan: EstatePlan) -> None:
    plan.cluster("expc.example.com").version = None
    reissue(plan, "expc1", "client", usages=("server",))


@USAGES.case(
    "with split stores each certificate is for its own role alone",
    holds=(CLIENT_CODE, SERVER_CODE, TUNNEL_CODE),
    split_stores=True,
)
def own_roles(plan: EstatePlan) -> None:
    for host in ("expc1", "expc2", "expe1", "expe2"):
        reissue(plan, host, "client", usages=("client",))


@USAGES.case(
    "in X15.4 Expressway-E takes a certificate for servers only once it is told to",
    holds=(CLIENT_CODE, SERVER_CODE),
    version="X15.4",
)
def edge_allowed(plan: EstatePlan) -> None:
    plan.cluster("expe.example.com").settings.server_eku_upload = True
    for host in ("expe1", "expe2"):
        reissue(plan, host, usages=("server",))


@USAGES.case(
    "an Expressway-E certificate is for clients only",
    no_server(node="expe1", about=["expe1 server"]),
    holds=(CLIENT_CODE, TUNNEL_CODE),
)
def edge_client_only(plan: EstatePlan) -> None:
    reissue(plan, "expe1", usages=("client",))


@USAGES.case("a tomcat certificate is for clients only", no_server(node="cucm1", about=["cucm1 tomcat"]))
def tomcat_client_only(plan: EstatePlan) -> None:
    reissue(plan, "cucm1", "tomcat", usages=("client",))


@USAGES.case(
    "a certificate is for signing code and nothing else",
    no_server(node="expc2", about=["expc2 server"]),
    refused(node="expc2", about=["expc2 server"]),
    tunnels(node="expc2", about=["expc2 server"]),
)
def for_code(plan: EstatePlan) -> None:
    reissue(plan, "expc2", usages=("code",))


@USAGES.case(
    "with one release behind, the node's own release counts and not its cluster's",
    refused(node="expc2", about=["expc2 server"]),
    tunnels(node="expc2", about=["expc2 server"]),
    split_stores=True,
)
def one_behind(plan: EstatePlan) -> None:
    node(plan, "expc2").version = "X15.4"
    del node(plan, "expc2").identity["client"]
