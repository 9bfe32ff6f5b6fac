"""Names that stand in the common name alone."""

from collections.abc import Iterator

from diagnostics.estate.model import InstalledCertificate, Node, Zone
from diagnostics.pki.names import Match, NameCheck, as_address, normalised
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.traversal_addresses import Reach, reaches, unknown_reach
from diagnostics.rules.traversal_verify_names import expectations, unknown_names
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
            by_address = as_address(reach.wanted) is not None
            other = "traversal-peer-address-is-ip" if by_address else "traversal-peer-address-not-in-cert"
            yield _judge(say, reach.peer.node, reach.zone, reach.installed, reach.check, other)
        else:
            yield _undesignated(view, say, reach)
    yield from unknown_names(view, say)
    for expected in expectations(view):
        nobody = expected.met_by_nobody
        other = "traversal-verify-name-not-in-cert" if nobody else "traversal-verify-name-partial-cluster"
        for presenter in expected.presenters:
            yield _judge(say, presenter.node, expected.zone, presenter.installed, presenter.check, other)


def _undesignated(view: View, say: Say, reach: Reach) -> Outcome:
    """Which node is meant is not known; the rule about addresses has judged all that it may mean."""
    unknown = unknown_reach(view, say, reach)
    return unknown or say.does_not_apply(reach.place, Reason.OTHER_CHECK, other="traversal-peer-address-not-in-cert")


def _judge(
    say: Say, node: Node, zone: Zone, installed: InstalledCertificate, check: NameCheck, other: str
) -> Finding | Outcome:
    """`other` is the rule that speaks where the name is absent altogether."""
    if check.match is Match.ABSENT:
        return say.does_not_apply(at_node(node, zone=zone), Reason.OTHER_CHECK, other=other)
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
