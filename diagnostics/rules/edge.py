"""What clients see on Expressway-E."""

from collections.abc import Iterator

from diagnostics.estate.model import Cluster, Node, Told
from diagnostics.estate.observations import Role, Slot
from diagnostics.pki.names import Match, normalised
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_cluster, at_node
from diagnostics.rules.view import View

COLLAB_EDGE = "collab-edge."  # the prefix that the CSR form's CollabEdgeDNS format adds


@rule(
    "edge-domain-missing-from-san",
    name=N_("An Expressway-E certificate lacks a service domain of Mobile and Remote Access"),
    severity=Severity.HIGH,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "Every Expressway-E that serves Mobile and Remote Access, for each domain with Unified CM registrations."
    ),
    sources=("221624", "213872", "X154-REQ"),
    wordings={
        "plain": Wording(
            title=N_("The certificate of {node} carries neither {domain} nor collab-edge.{domain}"),
            explanation=N_(
                "{domain} is a domain with Unified CM registrations on Expressway-C. Clients look for {domain} or "
                "collab-edge.{domain} in the certificate of {node}, which carries {presented}."
            ),
            impact=N_(
                "Jabber shows its untrusted-certificate warning at login for users of {domain}; TC and CE room "
                "endpoints do not connect at all."
            ),
            steps=(
                N_(
                    "On {node}: {menu_server_certificate}, Generate CSR, field “Unified CM registrations domains”, add "
                    "{domain} in format DNS or CollabEdgeDNS."
                ),
                N_("Have it signed, upload it, restart ({menu_restart}); the same on every other Expressway-E peer."),
            ),
            verify=N_("A client that signs in with {domain} sees no certificate warning."),
            restart=True,
        )
    },
)
def edge_domain_missing_from_san(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Either form satisfies clients; a wildcard does too, though Expressway does not support one of its own."""
    for cluster in _serving(view):
        if view.mra_off:
            yield say.does_not_apply(at_cluster(cluster), Reason.MRA_OFF)
            continue
        if not view.deployment.mra.domains:
            yield say.cannot_tell(at_cluster(cluster), Reason.DOMAINS_UNKNOWN)
            continue
        for node in cluster.nodes:
            if Slot.SERVER not in node.certificates:
                yield say.no_certificate(at_node(node), node, Slot.SERVER)
                continue
            for domain in view.deployment.mra.domains:
                yield _domain(view, say, node, domain)


def _serving(view: View) -> Iterator[Cluster]:
    """Expressway-E clusters with a Unified Communications zone; all of them where no zone is known at all."""
    edges = list(view.deployment.clusters_of(Role.EXPRESSWAY_E))
    carrying = {node.cluster for link in view.links if link.carries_uc for node in link.edges}
    for edge in edges:
        if edge.name in carrying or not edge.zones:
            yield edge


def _domain(view: View, say: Say, node: Node, domain: Told[str]) -> Finding | Outcome:
    installed = node.certificates[Slot.SERVER]
    plain = view.name(installed.certificate, domain.value, wildcards=True)
    prefixed = view.name(installed.certificate, COLLAB_EDGE + domain.value, wildcards=True)
    if any(check.match in (Match.IN_SAN, Match.BY_WILDCARD) for check in (plain, prefixed)):
        return say.holds(at_node(node))
    return say.violated(
        at_node(node),
        certificates=(installed.certificate,),
        names=plain,
        evidence=(domain.source, installed.source),
        release=node.version.value if node.version else "",
        key=normalised(domain.value),
        cause=f"reissue {installed.certificate.sha256}",
        services=("edge-client",),
        domain=domain.value,
    )
