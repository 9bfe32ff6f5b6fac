"""The built-in sample: an estate with several faults that tell a story typical of the field.

Expressway-E's public certificates run out, so the first of them was renewed. The CA had moved to a new intermediate in
the meantime; the administrator added it to three nodes and forgot the fourth, so the zone from there stays up (the
intermediate comes over the wire) while its SSH tunnels are down. The request for the new certificate left out one of
the two MRA domains. The second certificate ends in twelve days; its renewal was exported from Windows in binary form
and cannot be uploaded. Besides, a second traversal zone never came up, for a slip in the TLS verify subject name; and
Unified CM has the Expressway-C chain in CallManager-trust but not in tomcat-trust, which the release in use wants.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.authority import Issued
from diagnostics.samples.blueprint import EstatePlan, NodePlan, Slot, Store, ZonePlan
from diagnostics.samples.healthy import PUBLIC_AGE, PUBLIC_LEFT, healthy
from diagnostics.samples.inventory import Files

DOMAINS = ("example.com", "example.net")
B2B_ZONE, B2B_PORT = "B2B traversal", 7002
TYPED = "expc.exmaple.com"  # for expc.example.com
RENEWED_AGO, DAYS_LEFT = timedelta(days=2), timedelta(days=12)
ATTEMPTS = 3  # of each Expressway-C peer to bring the mistyped zone up, while the log was taken
WAITING_FILE = "new_server_expe2.cer"
NEW_INTERMEDIATE = "public-issuing-new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in the sample, as a diagnosis must find it.

    Attributes:
        code: of the rule, as in the catalogue of rules.
        node: where it sits; None: it sits in a setting that all nodes of the cluster share.
        peer: the other end that suffers or that the fault is about; None: every one, or nobody in particular.
        certificate: node and slot of the certificate it is about; None: it is about no installed certificate.
        missing: the CAs that are absent, by their names in `EstatePlan.authorities`.
        file: the upload it is about; None: what is installed is at fault.
        meaning: one sentence for people who read the sample's source.
    """

    code: str
    cluster: str
    node: str | None
    peer: str | None = None
    zone: str | None = None
    store: Store | None = None
    certificate: tuple[str, Slot] | None = None
    missing: tuple[str, ...] = ()
    file: str | None = None
    meaning: str


FAULTS: tuple[Fault, ...] = (
    Fault(
        code="ssh-tunnel-intermediate-missing",
        cluster="expc.example.com",
        node="expc2.example.com",
        peer="expe1.example.com",
        store="trusted-ca",
        missing=(NEW_INTERMEDIATE,),
        meaning="The trusted CA list of expc2 lacks the intermediate that signed the renewed certificate of expe1.",
    ),
    Fault(
        code="traversal-verify-name-not-in-cert",
        cluster="expe.example.com",
        node=None,
        zone=B2B_ZONE,
        meaning="The zone's TLS verify subject name is mistyped and stands in no Expressway-C certificate.",
    ),
    Fault(
        code="edge-domain-missing-from-san",
        cluster="expe.example.com",
        node="expe1.example.com",
        certificate=("expe1.example.com", "server"),
        meaning="The renewed certificate of expe1 carries neither example.net nor collab-edge.example.net.",
    ),
    Fault(
        code="uc-expc-chain-missing-on-ucm",
        cluster="cucm1.example.com",
        node="cucm1.example.com",
        store="tomcat-trust",
        missing=("private-root", "private-issuing"),
        meaning="tomcat-trust of Unified CM lacks root and intermediate of the Expressway-C certificates.",
    ),
    Fault(
        code="server-cert-expiring",
        cluster="expe.example.com",
        node="expe2.example.com",
        certificate=("expe2.example.com", "server"),
        meaning="The certificate of expe2 ends in twelve days.",
    ),
    Fault(
        code="cert-file-not-pem",
        cluster="expe.example.com",
        node="expe2.example.com",
        file=WAITING_FILE,
        meaning="The renewal for expe2 is a DER file, which Expressway does not take.",
    ),
)
# Other codes of the catalogue that speak of the same facts: the lists of expc1 and expc2 differ, and the renewal that
# waits for expe2 comes from another intermediate.
ALSO_TRUE = frozenset({"trust-differs-between-peers", "renewal-issuer-changed"})


def sample_estate(at: datetime) -> EstatePlan:
    """The sample as of `at` (aware): two Expressway-C, two Expressway-E, one Unified CM, and `FAULTS`."""
    plan = healthy(at=at, mra_domains=DOMAINS)
    plan.name = "Example Corp (sample)"
    _renew_first_edge(plan)
    _let_second_edge_run_out(plan)
    _add_mistyped_zone(plan)
    _forget_tomcat_trust(plan)
    return plan


def sample_files(at: datetime) -> Files:
    """The sample as the files that a customer would drop: archives, a snapshot, a certificate file."""
    return as_artefacts(sample_estate(at))


def _renew_first_edge(plan: EstatePlan) -> None:
    renewed, forgotten = plan.node("expe1.example.com"), plan.node("expc2.example.com")
    issuer = plan.authorities["public-root"].intermediate("Example Public Trust TLS CA G2")
    plan.authorities[NEW_INTERMEDIATE] = issuer
    renewed.identity["server"] = issuer.reissue(
        renewed.issued("server"),
        dns=[renewed.fqdn, "expe.example.com", f"collab-edge.{DOMAINS[0]}"],
        not_before=plan.at - RENEWED_AGO,
        not_after=plan.at - RENEWED_AGO + PUBLIC_AGE + PUBLIC_LEFT,
    )
    for node in plan.nodes("expressway-c", "expressway-e"):
        if node is not forgotten:
            node.trust["trusted-ca"].append(issuer.certificate)
    title = "Unified Communications SSH tunnel failure"
    words = f"This system cannot communicate with one or more remote hosts: {renewed.fqdn}"
    forgotten.alarms.append(f"{title} - {words}")
    forgotten.log.append(_raised("35013", "error", f"{title}: {words}"))


def _let_second_edge_run_out(plan: EstatePlan) -> None:
    node = plan.node("expe2.example.com")
    installed = plan.authorities["public-issuing"].reissue(
        node.issued("server"),
        not_before=plan.at + DAYS_LEFT - PUBLIC_AGE - PUBLIC_LEFT,
        not_after=plan.at + DAYS_LEFT,
    )
    node.identity["server"] = installed
    node.log.append(_raised("40069", "alert", f"Server certificate expires in {DAYS_LEFT.days} days: Renew it"))
    plan.extra_files[WAITING_FILE] = _waiting_renewal(plan, installed).der


def _raised(number: str, severity: str, words: str) -> str:
    """An alarm as the log has it; the status writes " - " where the log writes ": "."""
    return f'alarm: Level="WARN" Event="Alarm Raised" Id="{number}" Severity="{severity}" Detail="{words}"'


def _waiting_renewal(plan: EstatePlan, installed: Issued) -> Issued:
    """Right in every respect but its form."""
    return plan.authorities[NEW_INTERMEDIATE].reissue(
        installed,
        not_before=plan.at - timedelta(days=1),
        not_after=plan.at - timedelta(days=1) + PUBLIC_AGE + PUBLIC_LEFT,
    )


def _add_mistyped_zone(plan: EstatePlan) -> None:
    """For calls to other companies; Mobile and Remote Access does not use it."""
    core, edge = plan.cluster("expc.example.com"), plan.cluster("expe.example.com")
    cause = "TLS negotiation error"
    peers = [node.fqdn for node in edge.nodes]
    for cluster, zone in (
        (core, ZonePlan(name=B2B_ZONE, kind="traversal-client", peers=peers)),
        (edge, ZonePlan(name=B2B_ZONE, kind="traversal-server", verify_name=TYPED)),
    ):
        zone.unified_communications, zone.port, zone.cause = False, B2B_PORT, cause
        cluster.zones.append(zone)
    for attempt in range(ATTEMPTS):
        for server in edge.nodes:
            for number, client in enumerate(core.nodes):
                port = 25201 + number + 10 * attempt
                server.log += _refused(server, client, port)


def _refused(server: NodePlan, client: NodePlan, port: int) -> list[str]:
    """What Expressway-E logs of a handshake in which it misses the name: what it was shown, the event, the end."""
    ssl = 'tvcs: Module="developer.ssl" Level="DEBUG" Thread="0x7f930adab700": Detail='
    ends = f'Src-ip="{client.address}" Src-port="{port}" Dst-ip="{server.address}" Dst-port="{B2B_PORT}"'
    words = "Peer's TLS certificate identity was unacceptable"
    return [
        f'{ssl}"Found common name in peer certificate" CommonName="{client.fqdn}"',
        f'{ssl}"Found DNS alt-name in peer certificate" AltName="{client.fqdn}"',
        f'{ssl}"Found DNS alt-name in peer certificate" AltName="expc.example.com"',
        f'tvcs: Event="Inbound TLS Negotiation Error" Service="SIP" {ends} Detail="{words}" Common-name="{TYPED}"',
        f'tvcs: Module="network.tcp" Level="DEBUG":  {ends} Detail="TCP Connection Closed" Reason="{words}"',
    ]


def _forget_tomcat_trust(plan: EstatePlan) -> None:
    unified_cm = plan.node("cucm1.example.com")
    for name in ("private-root", "private-issuing"):
        unified_cm.trust["tomcat-trust"].remove(plan.authorities[name].certificate)
    for node in plan.nodes("expressway-c"):
        node.log.append(
            f"traffic_server[2030]: [ET_NET 1] ERROR: SSL connection failed for '{unified_cm.fqdn}': "
            "error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca"
        )
