"""An estate in which everything is right, for a test to spoil one thing of.

Names: Expressway-C expc1... in the cluster expc, Expressway-E expe1... in expe, Unified CM cucm1... in cucm, IM and
Presence imp1... in imp, all under one domain. Authorities: the company's own root and issuing CA sign Expressway-C; a
public-looking pair signs Expressway-E; a CA of the Unified CM administrators signs Unified CM and IM and Presence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509

from diagnostics.samples.authority import Authority, Issued, root
from diagnostics.samples.blueprint import ClusterPlan, EstatePlan, NodePlan, Role, SettingsPlan, Slot, ZonePlan, release
from diagnostics.samples.signing import BOTH_ROLES, KeyKind, Usage, utc

UC_ZONE = "UC traversal"
PUBLIC_ORGANISATION = "Example Public Trust Services"
# Public certificates live short: 95 days stay under the 100 that CAs may give from March 2027 (ballot SC-081).
PUBLIC_AGE, PUBLIC_LEFT = timedelta(days=20), timedelta(days=75)
UNRELATED = ("unrelated-1", "unrelated-2", "unrelated-3")

_PREFIXES: dict[Role, str] = {
    "expressway-c": "expc",
    "expressway-e": "expe",
    "unified-cm": "cucm",
    "im-presence": "imp",
}
_FIRST_ADDRESSES: dict[Role, tuple[str, int]] = {
    "expressway-c": ("192.0.2", 11),
    "expressway-e": ("198.51.100", 21),
    "unified-cm": ("192.0.2", 31),
    "im-presence": ("192.0.2", 41),
}


def healthy(
    *,
    at: datetime,
    expressway_c: int = 2,
    expressway_e: int = 2,
    unified_cm: int = 1,
    im_presence: int = 0,
    version: str | None = None,
    ucm_version: str = "15.0.1",
    domain: str = "example.com",
    mra_domains: Sequence[str] | None = None,
    split_stores: bool = False,
    ecdsa: bool = False,
) -> EstatePlan:
    """The plan of an estate without a fault, as of `at` (aware).

    Args:
        expressway_c, expressway_e, unified_cm, im_presence: how many nodes; 0 leaves the cluster out.
        version: of the Expressways; X14.3.2, or X15.5 with split stores, unless given.
        mra_domains: of Mobile and Remote Access; the domain itself unless given.
        split_stores: separate server and client certificates, as from X15.5 on.
        ecdsa: Unified CM has its -ECDSA certificates too.
    """
    counts: dict[Role, int] = {
        "expressway-c": expressway_c,
        "expressway-e": expressway_e,
        "unified-cm": unified_cm,
        "im-presence": im_presence,
    }
    plan = EstatePlan(
        name="Example Corp",
        at=utc(at),
        mra_domains=[domain] if mra_domains is None else list(mra_domains),
        authorities=authorities(utc(at)),
    )
    frame = _Frame(plan=plan, domain=domain, counts=counts, split_stores=split_stores, ecdsa=ecdsa)
    expressway_version = version or ("X15.5" if split_stores else "X14.3.2")
    made = (
        _expressway_c(frame, expressway_version) if expressway_c else None,
        _expressway_e(frame, expressway_version) if expressway_e else None,
        _unified_cm(frame, ucm_version) if unified_cm else None,
        _im_presence(frame, ucm_version) if im_presence else None,
    )
    plan.clusters = [cluster for cluster in made if cluster]
    return plan


def authorities(at: datetime) -> dict[str, Authority]:
    """Every CA of a healthy estate by its short name; the unrelated ones sign nothing in it."""
    private = root("Example Corporation Root CA", at=at)
    public = root("Example Public Trust Root R1", at=at, organisation=PUBLIC_ORGANISATION)
    unrelated = {
        name: root(f"Unrelated Root CA {number}", at=at, organisation=f"Unrelated Authority {number}")
        for number, name in enumerate(UNRELATED, start=1)
    }
    return {
        "private-root": private,
        "private-issuing": private.intermediate("Example Corporation Issuing CA 1"),
        "public-root": public,
        "public-issuing": public.intermediate("Example Public Trust TLS CA G1"),
        "ucm-root": root("Example Corporation UC Root CA", at=at),
        **unrelated,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What every cluster of one estate is made from."""

    plan: EstatePlan
    domain: str
    counts: dict[Role, int]
    split_stores: bool
    ecdsa: bool

    def names(self, role: Role) -> list[str]:
        """The FQDNs of the nodes."""
        return [f"{_PREFIXES[role]}{number}.{self.domain}" for number in range(1, self.counts[role] + 1)]

    def cluster_name(self, role: Role) -> str:
        """The cluster FQDN; of a single node, its own."""
        names = self.names(role)
        return names[0] if len(names) == 1 else f"{_PREFIXES[role]}.{self.domain}"

    def address(self, role: Role, index: int) -> str:
        network, first = _FIRST_ADDRESSES[role]
        return f"{network}.{first + index}"

    def trusting(self, *names: str) -> list[x509.Certificate]:
        """The named authorities with unrelated ones between them, as lists in the field look."""
        first, *others = UNRELATED
        wanted = (first, *names, *others)
        return [self.plan.authorities[name].certificate for name in wanted]


def _expressway_c(frame: _Frame, version: str) -> ClusterPlan:
    name = frame.cluster_name("expressway-c")
    settings = SettingsPlan(sip_eku_checking=True if frame.split_stores else None)
    if release(version) >= (14, 2):
        settings.verify_origin_server = True
    return ClusterPlan(
        name=name,
        role="expressway-c",
        version=version,
        tls_verification="enforce",
        settings=settings,
        nodes=[
            NodePlan(
                fqdn=fqdn,
                address=frame.address("expressway-c", index),
                identity=_private_identity(frame, fqdn, name),
                trust={
                    "trusted-ca": frame.trusting(
                        "public-issuing", "private-root", "ucm-root", "public-root", "private-issuing"
                    )
                },
            )
            for index, fqdn in enumerate(frame.names("expressway-c"))
        ],
        zones=[ZonePlan(name=UC_ZONE, kind="traversal-client", peers=frame.names("expressway-e"))],
    )


def _private_identity(frame: _Frame, fqdn: str, cluster: str) -> dict[Slot, Issued | bytes]:
    issuing = frame.plan.authorities["private-issuing"]
    names = _unique(fqdn, cluster)
    usages: tuple[Usage, ...] = ("server",) if frame.split_stores else BOTH_ROLES
    identity: dict[Slot, Issued | bytes] = {"server": issuing.issue(common_name=fqdn, dns=names, usages=usages)}
    if frame.split_stores:
        identity["client"] = issuing.issue(common_name=fqdn, dns=names)
    return identity


def _expressway_e(frame: _Frame, version: str) -> ClusterPlan:
    name = frame.cluster_name("expressway-e")
    verify_name = frame.cluster_name("expressway-c") if frame.counts["expressway-c"] else None
    return ClusterPlan(
        name=name,
        role="expressway-e",
        version=version,
        tls_verification="enforce",
        settings=SettingsPlan(sip_eku_checking=True if frame.split_stores else None),
        nodes=[
            NodePlan(
                fqdn=fqdn,
                address=frame.address("expressway-e", index),
                identity=_public_identity(frame, fqdn, name),
                trust={
                    "trusted-ca": frame.trusting("public-root", "private-issuing", "public-issuing", "private-root")
                },
            )
            for index, fqdn in enumerate(frame.names("expressway-e"))
        ],
        zones=[ZonePlan(name=UC_ZONE, kind="traversal-server", verify_name=verify_name)],
    )


def _public_identity(frame: _Frame, fqdn: str, cluster: str) -> dict[Slot, Issued | bytes]:
    """With split stores the public CA gives serverAuth alone, and the client certificate is a private one."""
    at = frame.plan.at
    names = _unique(fqdn, cluster, *(f"collab-edge.{domain}" for domain in frame.plan.mra_domains))
    server = frame.plan.authorities["public-issuing"].issue(
        common_name=fqdn,
        dns=names,
        usages=("server",) if frame.split_stores else BOTH_ROLES,
        not_before=at - PUBLIC_AGE,
        not_after=at + PUBLIC_LEFT,
    )
    identity: dict[Slot, Issued | bytes] = {"server": server}
    if frame.split_stores:
        issuing = frame.plan.authorities["private-issuing"]
        identity["client"] = issuing.issue(common_name=fqdn, dns=_unique(fqdn, cluster))
    return identity


def _unified_cm(frame: _Frame, version: str) -> ClusterPlan:
    slots: dict[Slot, KeyKind] = {"tomcat": "rsa", "callmanager": "rsa"}
    if frame.ecdsa:
        slots |= {"tomcat-ecdsa": "ec", "callmanager-ecdsa": "ec"}
    cluster = ClusterPlan(name=frame.cluster_name("unified-cm"), role="unified-cm", version=version)
    for index, fqdn in enumerate(frame.names("unified-cm")):
        node = _voice_node(frame, "unified-cm", index, fqdn, slots)
        node.trust = {store: _voice_trust(frame) for store in ("tomcat-trust", "callmanager-trust")}
        cluster.nodes.append(node)
    return cluster


def _im_presence(frame: _Frame, version: str) -> ClusterPlan:
    slots: dict[Slot, KeyKind] = {"tomcat": "rsa", "cup": "rsa", "cup-xmpp": "rsa"}
    cluster = ClusterPlan(name=frame.cluster_name("im-presence"), role="im-presence", version=version)
    for index, fqdn in enumerate(frame.names("im-presence")):
        node = _voice_node(frame, "im-presence", index, fqdn, slots)
        node.trust = {store: _voice_trust(frame) for store in ("tomcat-trust", "cup-xmpp-trust")}
        cluster.nodes.append(node)
    return cluster


def _voice_node(frame: _Frame, role: Role, index: int, fqdn: str, slots: dict[Slot, KeyKind]) -> NodePlan:
    issuer = frame.plan.authorities["ucm-root"]
    return NodePlan(
        fqdn=fqdn,
        address=frame.address(role, index),
        server_entry=fqdn,
        identity={slot: issuer.issue(common_name=fqdn, dns=[fqdn], key=key) for slot, key in slots.items()},
    )


def _voice_trust(frame: _Frame) -> list[x509.Certificate]:
    return frame.trusting("ucm-root", "private-root", "private-issuing")


def _unique(*names: str) -> list[str]:
    return list(dict.fromkeys(names))
