"""The name by which Expressway-C reaches a Unified Communications node must be in every certificate that it meets."""

from collections.abc import Iterator

from diagnostics.estate.model import Node
from diagnostics.estate.observations import Role, Slot
from diagnostics.pki.names import Match
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Severity, Wording
from diagnostics.rules.encounters import UC_SLOTS, absent_slots
from diagnostics.rules.pairs import uc_pairs
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.uc_nodes import none_known, verification_weight, when_mra_off
from diagnostics.rules.view import View


@rule(
    "uc-node-name-not-in-cert",
    name=N_("A Unified Communications node's certificate lacks the name that Expressway-C uses"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "The certificates of UC nodes against the node's entry in Unified CM's System > Server (or, where nobody "
        "states it, the node's own name): critical from X14.2, high from X14.0.8, medium before."
    ),
    sources=("225476", "218018", "X154-UC", "ATS-SSL", "ATS-HOST"),
    wordings={
        "plain": Wording(
            title=N_("The {slots} certificate of {node} does not carry {wanted}, the name Expressway-C uses"),
            explanation=N_(
                "Expressway-C reaches the node as {wanted} (its entry in System > Server) and looks for that name in "
                "the certificate, which carries {presented}. Nearest: {nearest}."
            ),
            impact=N_(
                "Mobile and Remote Access logins fail, or fail over wrongly. The traffic server logs “SNI ({wanted}) "
                "not in certificate. Action=Terminate”."
            ),
            steps=(
                N_(
                    "Re-issue the {slots} certificate with {wanted} among its subject alternative names (a multi-server "
                    "certificate with every node): {menu_ucm_certificates} on {node}; then restart the services that the "
                    "page names, one node after the other."
                ),
                N_(
                    "Or change the entry at {menu_ucm_server_list} to a name that the certificate carries, an FQDN, and "
                    "then on Expressway-C {menu_ucm_servers}, Refresh servers."
                ),
            ),
            verify=N_("An MRA login succeeds; the traffic-server line is gone."),
            restart=True,
        ),
        "assumed": Wording(
            title=N_("The {slots} certificate of {node} does not carry {wanted}, the node's own name"),
            explanation=N_(
                "Nothing among the uploads states the node's entry in System > Server; its own name is {wanted}. The "
                "certificate carries {presented}. Nearest: {nearest}. If the entry is a name that the certificate "
                "carries, this finding falls away."
            ),
            impact=N_(
                "Mobile and Remote Access logins fail, or fail over wrongly. The traffic server logs “SNI ({wanted}) "
                "not in certificate. Action=Terminate”."
            ),
            steps=(
                N_(
                    "Look up the entry of the node at {menu_ucm_server_list}; it must be an FQDN that the certificate "
                    "carries."
                ),
                N_(
                    "If it is {wanted}: re-issue the {slots} certificate with that name ({menu_ucm_certificates} on "
                    "{node}), and restart the services that the page names."
                ),
                N_("If you change the entry instead: on Expressway-C {menu_ucm_servers}, Refresh servers."),
            ),
            verify=N_("An MRA login succeeds; the traffic-server line is gone."),
            restart=True,
        ),
    },
    note=N_("Common name and wildcards are accepted as upstream Apache Traffic Server does; Cisco's build may differ."),
)
def uc_node_name_not_in_cert(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """SAN first, then the first CN; wildcards as the traffic server upstream takes them."""
    clients = list(view.deployment.nodes(Role.EXPRESSWAY_C))
    if view.mra_off or not clients:
        yield from when_mra_off(view, say, Role.UNIFIED_CM, Role.IM_PRESENCE, Role.UNITY_CONNECTION)
        return
    yield from none_known(view, say, view.uc_nodes)
    weight = min((verification_weight(client) for client in clients), key=lambda item: item.rank)
    for node in view.uc_nodes:
        wanted = node.server_entry.value if node.server_entry else node.fqdn
        met = [slot for slot, _ in UC_SLOTS[node.role]]
        for slot in absent_slots(node):
            if slot in met:
                yield say.no_certificate(at_node(node), node, slot)
        for slot in met:
            if slot in node.certificates:
                yield _uc_name(view, say, node, slot, wanted, weight)


def _uc_name(view: View, say: Say, node: Node, slot: Slot, wanted: str, weight: Severity) -> Finding | Outcome:
    installed = node.certificates[slot]
    check = view.name(installed.certificate, wanted, wildcards=True)
    if check.match is not Match.ABSENT:
        return say.holds(at_node(node))
    return say.violated(
        at_node(node),
        variant="plain" if node.server_entry else "assumed",
        severity=weight,
        peers=[client.fqdn for client in uc_pairs(view).clients],
        certificates=(installed.certificate,),
        names=check,
        evidence=(*((node.server_entry.source,) if node.server_entry else ()), installed.source),
        key=f"{slot.value} {wanted.casefold()}",
        cause=f"reissue {installed.certificate.sha256}",
        slots=(slot.value,),
    )
