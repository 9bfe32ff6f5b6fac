"""Names that stand in the common name alone."""

from collections.abc import Iterator

from diagnostics.estate.model import InstalledCertificate, Node, Zone
from diagnostics.pki.names import Match, NameCheck, normalised
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Severity, Wording
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.traversal_addresses import reaches
from diagnostics.rules.traversal_verify_names import expectations
from diagnostics.rules.view import View


@rule(
    "name-only-in-cn",
    name=N_("A wanted name is in the common name and not among the subject alternative names"),
    severity=Severity.MEDIUM,
    confidence=Confidence.INFERRED,
    applies=N_("Every peer address and TLS verify subject name of a traversal zone with TLS verify mode On."),
    sources=("X154-UC", "X140-CLUSTER", "117811", "X154-MAINT"),
    wordings={
        "plain": Wording(
            title=N_("{wanted} is only in the common name of {node}'s certificate"),
            explanation=N_(
                "Zone “{zone}” looks for {wanted}. The certificate of {node} has it as common name, and as subject "
                "alternative names {presented}. Current guides use the subject alternative names and not the common "
                "name; older texts allow either."
            ),
            impact=N_(
                "The zone may come up on older releases and fail on the next upgrade. Not documented per release."
            ),
            steps=(
                N_(
                    "Re-issue the certificate of {node} with {wanted} in both places ({menu_server_certificate}, "
                    "Generate CSR), upload it and restart."
                ),
            ),
            verify=N_("{menu_zone_status}: the zone is Active to every peer, also after an upgrade."),
            restart=True,
        ),
    },
    note=N_("Documents disagree on the common name; a match there is neither a clean pass nor a hard failure."),
)
def name_only_in_cn(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Neither a clean pass nor a hard failure: documents disagree."""
    for reach in reaches(view):
        if reach.peer.node is not None and reach.installed is not None and reach.check is not None:
            yield _judge(say, reach.peer.node, reach.zone, reach.installed, reach.check)
    for expected in expectations(view):
        for presenter in expected.presenters:
            yield _judge(say, presenter.node, expected.zone, presenter.installed, presenter.check)


def _judge(say: Say, node: Node, zone: Zone, installed: InstalledCertificate, check: NameCheck) -> Finding | Outcome:
    if check.match is not Match.ONLY_IN_CN:
        return say.holds(at_node(node, zone=zone))
    return say.violated(
        at_node(node, zone=zone),
        certificates=(installed.certificate,),
        names=check,
        evidence=(installed.source,),
        release=node.version.value if node.version else "",
        key=normalised(check.wanted),
        cause=f"reissue {installed.certificate.sha256}",
    )
