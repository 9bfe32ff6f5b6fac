"""Clusters: names that every peer's certificate must share."""

from collections.abc import Iterator

from diagnostics.estate.model import Cluster, Node
from diagnostics.estate.observations import Role, Slot
from diagnostics.pki.names import Match, as_address, normalised
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_cluster, at_node
from diagnostics.rules.view import View


@rule(
    "cluster-name-missing-from-san",
    name=N_("A peer's certificate lacks the cluster name"),
    severity=Severity.HIGH,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every peer of an Expressway cluster of two or more: high on Expressway-C, medium on Expressway-E."),
    sources=("X154-REQ", "X154-ABOUT"),
    wordings={
        "plain": Wording(
            title=N_("The certificate of {node} lacks the cluster name {wanted}"),
            explanation=N_(
                "{node} is a peer of {cluster}. Its certificate carries {presented} and not the cluster FQDN, which "
                "the certificate of every peer should have beside its own name."
            ),
            impact=N_(
                "On Expressway-C a TLS verify subject name that is the cluster name fails for this peer, and features "
                "that use it (MRA, XMPP federation) with it. On Expressway-E it matters where somebody uses the name."
            ),
            steps=(
                N_(
                    "On {node}: {menu_server_certificate}, Generate CSR, with the FQDN of the Expressway cluster among "
                    "the subject alternative names; have it signed, upload it, restart."
                ),
            ),
            verify=N_("{menu_server_certificate}, Show (decoded), lists {wanted}."),
            restart=True,
        ),
    },
)
def cluster_name_missing_from_san(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """The cluster FQDN in the SAN of each peer; of no account for a single node."""
    for cluster in view.deployment.clusters_of(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY):
        if cluster.size < 2:
            yield say.does_not_apply(at_cluster(cluster), Reason.SINGLE_NODE, cluster=cluster.name)
        elif cluster.told_name is None or "." not in cluster.name or as_address(cluster.name) is not None:
            yield say.cannot_tell(at_cluster(cluster), Reason.CLUSTER_NAME_UNKNOWN, cluster=cluster.name)
        else:
            for node in cluster.nodes:
                yield _peer(view, say, cluster, node)


def _peer(view: View, say: Say, cluster: Cluster, node: Node) -> Finding | Outcome:
    installed = node.certificates.get(Slot.SERVER)
    if installed is None or cluster.told_name is None:
        return say.no_certificate(at_node(node), node, Slot.SERVER)
    check = view.name(installed.certificate, cluster.name)
    if check.match is Match.IN_SAN:
        return say.holds(at_node(node))
    return say.violated(
        at_node(node),
        severity=Severity.MEDIUM if node.role is Role.EXPRESSWAY_E else Severity.HIGH,
        certificates=(installed.certificate,),
        names=check,
        evidence=(cluster.told_name.source, installed.source),
        release=node.version.value if node.version else "",
        key=normalised(cluster.name),
        cause=f"reissue {installed.certificate.sha256}",
    )
