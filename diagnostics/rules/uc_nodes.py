"""Expressway-C towards Unified CM, IM and Presence and Unity Connection, and Unified CM towards Expressway-C."""

from collections.abc import Iterator, Sequence

from diagnostics.estate.model import Node
from diagnostics.estate.observations import Role
from diagnostics.expressway.versions import Change
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.chains import chain_cause, chain_evidence, chain_key, refusal, signs_itself, unsettled
from diagnostics.rules.encounters import Encounter, held_elsewhere, uc_encounters, ucm_encounters
from diagnostics.rules.pairs import said_of_uc
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_cluster, at_node
from diagnostics.rules.traversal_trust import HIDDEN, HIDDEN_TITLE, REFUSED, REFUSED_TITLE, REISSUE_STEPS, UNHIDE_STEPS
from diagnostics.rules.view import View

LOGIN_FAILS = N_(
    "Mobile and Remote Access logins fail after an upgrade, or failover between nodes does. The traffic server logs "
    "“Core server certificate verification failed for ({peers})”. Seen from X14.0.8 (note 225476) or X14.2 (note "
    "218018) on; before, only discovery with TLS verify mode On checks it."
)
_LINES_STOP = N_("An MRA login succeeds, and the traffic-server lines stop.")
_UCM_DROPS = N_(
    "Mobile and Remote Access provisioning and logins fail after an upgrade or renewal: Unified CM drops the connections "
    "of {peers} on 6971, 6972 and others."
)
_ON_EVERY_NODE = N_("{menu_ucm_certificates} lists the certificates on every node; an MRA login succeeds.")
_UCM_RESTART = N_(
    "Restart Cisco Tomcat, Cisco CallManager and (where TLS ends on Tomcat) HAProxy, and confirm that the change has "
    "reached the subscribers."
)


@rule(
    "uc-node-ca-not-trusted",
    name=N_("Expressway-C does not trust a Unified Communications node's certificate"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "Every certificate that Unified CM, IM and Presence and Unity Connection show to Expressway-C, unless Mobile "
        "and Remote Access is off: critical from X14.2, high from X14.0.8, medium before."
    ),
    sources=("225476", "218018", "RN-X1425", "X150-MRA", "X126-INSTALL", "ATS-SSL"),
    wordings={
        "chain": Wording(
            title=N_("{node} does not trust the {slots} certificate of {peers}; missing: {missing}"),
            explanation=N_(
                "Expressway-C verifies every request to {peers} against its trusted CA list, whatever TLS verify mode "
                "says. The chain of the {slots} certificate needs {missing}, which {node} does not hold."
            ),
            impact=LOGIN_FAILS,
            steps=(
                N_(
                    "Get {missing}: the trust-gap page of {node} offers what lies among the uploads; the rest is on the "
                    "Unified CM at {menu_ucm_certificates}."
                ),
                N_("On {node} and every other Expressway-C peer: {menu_trusted_ca}, append each certificate."),
                N_("Restart at {menu_restart}."),
            ),
            verify=_LINES_STOP,
            restart=True,
        ),
        "self-signed": Wording(
            title=N_("{node} does not trust the self-signed {slots} certificate of {peers}"),
            explanation=N_(
                "The {slots} certificate of {peers} is self-signed, so it must itself be in the trusted CA list of "
                "{node}. Self-signed certificates have to be loaded one by one, from every node, subscribers too."
            ),
            impact=LOGIN_FAILS,
            steps=(
                N_(
                    "Better: have the certificates of {peers} signed by a CA, and trust that CA once. Two self-signed "
                    "certificates with one common name (tomcat and CallManager) shadow each other on Expressway-C."
                ),
                N_("Or append this certificate on {node} and every other Expressway-C peer: {menu_trusted_ca}."),
                N_("Restart at {menu_restart}."),
            ),
            verify=_LINES_STOP,
            restart=True,
        ),
        "shadowed": Wording(
            title=HIDDEN_TITLE,
            explanation=HIDDEN,
            impact=LOGIN_FAILS,
            steps=UNHIDE_STEPS,
            verify=_LINES_STOP,
            restart=True,
        ),
        "refused": Wording(
            title=N_("{node} refuses the chain of the {slots} certificate of {peers}: {words}"),
            explanation=REFUSED,
            impact=LOGIN_FAILS,
            steps=REISSUE_STEPS,
            verify=_LINES_STOP,
            restart=True,
        ),
    },
    note=N_(
        "Two notes date the change differently (X14.0.8 and X14.2). Whether Unified CM sends its intermediates is "
        "not documented, so a missing intermediate alone weighs less than a missing root."
    ),
)
def uc_node_ca_not_trusted(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Root and intermediates of every certificate that C meets, from C's own list."""
    if view.mra_off:
        yield from when_mra_off(view, say, Role.EXPRESSWAY_C)
        return
    yield from none_known(view, say, view.uc_nodes)
    yield from said_of_uc(view, say)
    broken: dict[tuple[str, ...], list[Encounter]] = {}
    for encounter in uc_encounters(view):
        place = at_node(encounter.verifier, peer=encounter.peer)
        unknown = unsettled(view, say, encounter)
        if unknown is not None:
            yield unknown
        elif encounter.chain(view).trusted:
            yield say.holds(place)
        else:
            key = (encounter.verifier.fqdn, chain_key(encounter.chain(view)))
            broken.setdefault(key, []).append(encounter)
    for group in broken.values():
        yield _untrusted(view, say, group)


def _untrusted(view: View, say: Say, group: list[Encounter]) -> Finding:
    first = group[0]
    chain = first.chain(view)
    node = first.verifier
    refused = refusal(view, first.store, chain)
    variant = "self-signed" if signs_itself(chain) else "chain"
    return say.violated(
        at_node(node),
        variant=refused.variant or variant,
        severity=verification_weight(node, certain=not chain.missing or chain.root_missing),
        peers=[item.peer.fqdn for item in group],
        store=first.store_name.value,
        certificates=[item.installed.certificate for item in group if item.installed],
        missing=chain.missing,
        evidence=chain_evidence(group),
        release=node.version.value if node.version else "",
        key=chain_key(chain),
        cause=chain_cause(chain),
        services=tuple(dict.fromkeys(item.service for item in group)),
        slots=tuple(dict.fromkeys(item.slot.value for item in group)),
        words=refused.words,
        subject=refused.subject,
        same_name=refused.shadows,
    )


def verification_weight(client: Node, *, certain: bool = True) -> Severity:
    """How certain it is that this release verifies UC nodes on every request, and that it refuses them then."""
    switched_off = client.settings.verify_origin_server
    if switched_off is not None and not switched_off.value:
        return Severity.MEDIUM
    if client.has(Change.VERIFIES_UC_NODES_CERTAINLY):
        return Severity.CRITICAL if certain else Severity.HIGH
    if client.release is None or client.has(Change.VERIFIES_UC_NODES_PER_REQUEST):
        return Severity.HIGH
    return Severity.MEDIUM


@rule(
    "uc-expc-chain-missing-on-ucm",
    name=N_("Unified CM does not trust Expressway-C's certificate"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "tomcat-trust and CallManager-trust of every Unified CM, each by itself, in any security mode, from X14.0.2 on "
        "(medium before)."
    ),
    sources=("221624", "225476", "X150-MRA", "213872"),
    wordings={
        "plain": Wording(
            title=N_("{store} of {node} lacks the CA chain of {peers}: {missing}"),
            explanation=N_(
                "Expressway-C presents its certificate to Unified CM, which must build the chain from {store}. "
                "That list lacks {missing}. The full chain, root and intermediates, belongs in both tomcat-trust and "
                "CallManager-trust, even in non-secure mode."
            ),
            impact=N_(
                "Mobile and Remote Access provisioning and logins fail after an upgrade or renewal: Unified CM drops "
                "the connections of {peers} on 6971, 6972 and others; the traffic server logs “tlsv1 alert unknown ca”."
            ),
            steps=(
                N_("Get {missing}: the trust-gap page of {node} offers what lies among the uploads as one PEM file."),
                N_(
                    "On {node}: {menu_ucm_certificates}, Upload Certificate/Certificate chain, as {store}; once for "
                    "each certificate, root first."
                ),
                _UCM_RESTART,
            ),
            verify=_ON_EVERY_NODE,
            restart=True,
        ),
        "shadowed": Wording(
            title=HIDDEN_TITLE,
            explanation=HIDDEN,
            impact=_UCM_DROPS,
            steps=(
                N_(
                    "On {node}: {menu_ucm_certificates}, delete the certificate with the same name and the wrong key from "
                    "{store} if nothing else needs it."
                ),
                _UCM_RESTART,
            ),
            verify=N_("{menu_ucm_certificates} lists the right one alone; an MRA login succeeds."),
            restart=True,
        ),
        "refused": Wording(
            title=REFUSED_TITLE,
            explanation=REFUSED,
            impact=_UCM_DROPS,
            steps=(
                N_("Have {subject} checked and re-issued by its CA; the certificate itself is at fault."),
                N_("Put the new one in place of the old one, in {store} of every node where it stands there."),
                _UCM_RESTART,
            ),
            verify=_ON_EVERY_NODE,
            restart=True,
        ),
    },
)
def uc_expc_chain_missing_on_ucm(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Judged per node and store; one finding for all Expressway-C nodes with the same gap."""
    if view.mra_off:
        yield from when_mra_off(view, say, Role.UNIFIED_CM)
        return
    yield from none_known(view, say, tuple(view.deployment.nodes(Role.UNIFIED_CM)))
    yield from said_of_uc(view, say)
    broken: dict[tuple[str, ...], list[Encounter]] = {}
    for encounter in ucm_encounters(view):
        place = at_node(encounter.verifier, peer=encounter.peer)
        if held_elsewhere(view, encounter):
            yield say.does_not_apply(place, Reason.OTHER_CHECK, other="uc-expc-chain-missing-on-ucm")
            continue
        unknown = unsettled(view, say, encounter)
        if unknown is not None:
            yield unknown
        elif encounter.chain(view).trusted:
            yield say.holds(place)
        else:
            key = (encounter.verifier.fqdn, encounter.store_name.value, chain_key(encounter.chain(view)))
            broken.setdefault(key, []).append(encounter)
    for group in broken.values():
        yield _ucm_lacks(view, say, group)


def _ucm_lacks(view: View, say: Say, group: list[Encounter]) -> Finding:
    first = group[0]
    chain = first.chain(view)
    refused = refusal(view, first.store, chain)
    return say.violated(
        at_node(first.verifier),
        variant=refused.variant or "plain",
        severity=_ucm_weight(view, group),
        peers=[item.peer.fqdn for item in group],
        store=first.store_name.value,
        certificates=[item.installed.certificate for item in group if item.installed],
        missing=chain.missing,
        evidence=chain_evidence(group),
        key=f"{first.store_name.value} {chain_key(chain)}",
        cause=chain_cause(chain),
        services=tuple(dict.fromkeys(item.service for item in group)),
        words=refused.words,
        subject=refused.subject,
        same_name=refused.shadows,
    )


def _ucm_weight(view: View, group: list[Encounter]) -> Severity:
    presenting = [item.peer.has(Change.PRESENTS_CERTIFICATE_TO_UCM) for item in group]
    if all(known is False for known in presenting):
        return Severity.MEDIUM
    if all(known is None for known in presenting):
        return Severity.HIGH
    chain = group[0].chain(view)
    # Documented as needed, but Expressway-C sends what is missing.
    sent = bool(chain.missing) and not chain.root_missing and _sent_anyway(view, group)
    return Severity.HIGH if sent else Severity.CRITICAL


def _sent_anyway(view: View, group: list[Encounter]) -> bool:
    for item in group:
        assert item.installed is not None
        sent = {certificate.sha256 for certificate in view.sent(item.peer, item.installed)}
        lacking = {gap.certificate.sha256 if gap.certificate else "" for gap in item.chain(view).missing}
        if not lacking <= sent:
            return False
    return True


def none_known(view: View, say: Say, nodes: Sequence[Node]) -> Iterator[Outcome]:
    """Mobile and Remote Access needs a Unified CM, so one is there although nobody has handed anything of it in."""
    enabled = view.deployment.mra.enabled
    if not nodes and enabled is not None and enabled.value:
        for cluster in view.deployment.clusters_of(Role.EXPRESSWAY_C):
            yield say.cannot_tell(at_cluster(cluster), Reason.UC_NODES_UNKNOWN)


def when_mra_off(view: View, say: Say, *roles: Role) -> Iterator[Outcome]:
    if view.mra_off:
        for node in view.deployment.nodes(*roles):
            yield say.does_not_apply(at_node(node), Reason.MRA_OFF)
