"""Expressway-C towards Unified CM, IM and Presence and Unity Connection, and Unified CM towards Expressway-C."""

from collections.abc import Iterator, Sequence

from diagnostics.estate.model import Node
from diagnostics.estate.observations import Role, Slot
from diagnostics.expressway.versions import Change
from diagnostics.pki.names import Match
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.encounters import UC_MAIN_SLOT, Encounter, uc_encounters, ucm_encounters
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_cluster, at_node, missing_cause, missing_key
from diagnostics.rules.view import View

_LOGIN_FAILS = N_(
    "Mobile and Remote Access logins fail after an upgrade, or failover between nodes does. The traffic server logs "
    "“Core server certificate verification failed for ({peers})”. Seen from X14.0.8 (note 225476) or X14.2 (note "
    "218018) on; before, only discovery with TLS verify mode On checks it."
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
            impact=_LOGIN_FAILS,
            steps=(
                N_(
                    "Get {missing}: the trust-gap page of {node} offers what lies among the uploads; the rest is on the "
                    "Unified CM at {menu_ucm_certificates}."
                ),
                N_("On {node} and every other Expressway-C peer: {menu_trusted_ca}, append each certificate."),
                N_("Restart at {menu_restart}."),
            ),
            verify=N_("An MRA login succeeds, and the traffic-server lines stop."),
            restart=True,
        ),
        "self-signed": Wording(
            title=N_("{node} does not trust the self-signed {slots} certificate of {peers}"),
            explanation=N_(
                "The {slots} certificate of {peers} is self-signed, so it must itself be in the trusted CA list of "
                "{node}. Self-signed certificates have to be loaded one by one, from every node, subscribers too."
            ),
            impact=_LOGIN_FAILS,
            steps=(
                N_(
                    "Better: have the certificates of {peers} signed by a CA, and trust that CA once. Two self-signed "
                    "certificates with one common name (tomcat and CallManager) shadow each other on Expressway-C."
                ),
                N_("Or append this certificate on {node} and every other Expressway-C peer: {menu_trusted_ca}."),
                N_("Restart at {menu_restart}."),
            ),
            verify=N_("An MRA login succeeds, and the traffic-server lines stop."),
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
        yield from _mra_off(view, say, Role.EXPRESSWAY_C)
        return
    yield from _none_known(view, say, view.uc_nodes)
    broken: dict[tuple[str, ...], list[Encounter]] = {}
    for encounter in uc_encounters(view):
        place = at_node(encounter.verifier, peer=encounter.peer)
        unknown = _unknown(say, encounter)
        if unknown is not None:
            yield unknown
        elif encounter.chain(view).trusted:
            yield say.holds(place)
        else:
            chain = encounter.chain(view)
            key = (encounter.verifier.fqdn, missing_key(chain.missing) or chain.verdict.words)
            broken.setdefault(key, []).append(encounter)
    for group in broken.values():
        yield _untrusted(view, say, group)


def _untrusted(view: View, say: Say, group: list[Encounter]) -> Finding | Outcome:
    first = group[0]
    chain = first.chain(view)
    node = first.verifier
    if not chain.missing:
        return say.cannot_tell(
            at_node(node, peer=first.peer), Reason.UNREADABLE, node=first.peer.fqdn, words=chain.verdict.words
        )
    self_signed = len(chain.path) == 1 and chain.missing[0].certificate is chain.path[0]
    return say.violated(
        at_node(node),
        variant="self-signed" if self_signed else "chain",
        severity=_verification_weight(node, root_missing=chain.root_missing),
        peers=[item.peer.fqdn for item in group],
        store=first.store_name.value,
        certificates=[item.installed.certificate for item in group if item.installed],
        missing=chain.missing,
        evidence=(
            *(file.source for item in group[:1] if item.store for file in item.store.files),
            *(item.installed.source for item in group if item.installed),
        ),
        release=node.version.value if node.version else "",
        key=missing_key(chain.missing),
        cause=missing_cause(chain.missing),
        services=tuple(dict.fromkeys(item.service for item in group)),
        slots=tuple(dict.fromkeys(item.slot.value for item in group)),
    )


def _verification_weight(client: Node, *, root_missing: bool = True) -> Severity:
    """How certain it is that this release verifies UC nodes on every request."""
    switched_off = client.settings.verify_origin_server
    if switched_off is not None and not switched_off.value:
        return Severity.MEDIUM
    if client.has(Change.VERIFIES_UC_NODES_CERTAINLY):
        return Severity.CRITICAL if root_missing else Severity.HIGH
    if client.release is None or client.has(Change.VERIFIES_UC_NODES_PER_REQUEST):
        return Severity.HIGH
    return Severity.MEDIUM


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
                    "certificate with every node): {menu_ucm_certificates} on {node}."
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
                    "{node})."
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
        yield from _mra_off(view, say, Role.UNIFIED_CM, Role.IM_PRESENCE, Role.UNITY_CONNECTION)
        return
    yield from _none_known(view, say, view.uc_nodes)
    weight = min((_verification_weight(client) for client in clients), key=lambda item: item.rank)
    for node in view.uc_nodes:
        wanted = node.server_entry.value if node.server_entry else node.fqdn
        slots = [slot for slot in (Slot.TOMCAT, Slot.CALLMANAGER) if slot in node.certificates]
        if not slots:
            yield say.cannot_tell(at_node(node), Reason.CERTIFICATE_UNKNOWN, node=node.fqdn, slot=UC_MAIN_SLOT.value)
        for slot in slots:
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
        peers=[client.fqdn for client in view.deployment.nodes(Role.EXPRESSWAY_C)],
        certificates=(installed.certificate,),
        names=check,
        evidence=(*((node.server_entry.source,) if node.server_entry else ()), installed.source),
        key=f"{slot.value} {wanted.casefold()}",
        cause=f"reissue {installed.certificate.sha256}",
        slots=(slot.value,),
    )


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
                N_(
                    "Restart Cisco Tomcat, Cisco CallManager and (where TLS ends on Tomcat) HAProxy, and confirm that "
                    "the certificates have reached the subscribers."
                ),
            ),
            verify=N_("{menu_ucm_certificates} lists the certificates on every node; an MRA login succeeds."),
            restart=True,
        )
    },
)
def uc_expc_chain_missing_on_ucm(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Judged per node and store; one finding for all Expressway-C nodes with the same gap."""
    if view.mra_off:
        yield from _mra_off(view, say, Role.UNIFIED_CM)
        return
    yield from _none_known(view, say, tuple(view.deployment.nodes(Role.UNIFIED_CM)))
    broken: dict[tuple[str, ...], list[Encounter]] = {}
    for encounter in ucm_encounters(view):
        place = at_node(encounter.verifier, peer=encounter.peer)
        if encounter.store is None and _held_elsewhere(view, encounter):
            yield say.does_not_apply(place, Reason.OTHER_CHECK, other="uc-expc-chain-missing-on-ucm")
            continue
        unknown = _unknown(say, encounter)
        if unknown is not None:
            yield unknown
        elif encounter.chain(view).trusted:
            yield say.holds(place)
        else:
            chain = encounter.chain(view)
            key = (encounter.verifier.fqdn, encounter.store_name.value, missing_key(chain.missing))
            broken.setdefault(key, []).append(encounter)
    for group in broken.values():
        yield _ucm_lacks(view, say, group)


def _ucm_lacks(view: View, say: Say, group: list[Encounter]) -> Finding | Outcome:
    first = group[0]
    chain = first.chain(view)
    if not chain.missing:
        return say.cannot_tell(
            at_node(first.verifier, peer=first.peer), Reason.UNREADABLE, node=first.peer.fqdn, words=chain.verdict.words
        )
    presenting = [item.peer.has(Change.PRESENTS_CERTIFICATE_TO_UCM) for item in group]
    severity = Severity.MEDIUM if all(known is False for known in presenting) else Severity.CRITICAL
    if severity is Severity.CRITICAL and all(known is None for known in presenting):
        severity = Severity.HIGH
    if severity is Severity.CRITICAL and not chain.root_missing and _sent_anyway(view, group):
        severity = Severity.HIGH  # documented as needed, but Expressway-C sends what is missing
    return say.violated(
        at_node(first.verifier),
        severity=severity,
        peers=[item.peer.fqdn for item in group],
        store=first.store_name.value,
        certificates=[item.installed.certificate for item in group if item.installed],
        missing=chain.missing,
        evidence=(
            *(file.source for item in group[:1] if item.store for file in item.store.files),
            *(item.installed.source for item in group if item.installed),
        ),
        key=f"{first.store_name.value} {missing_key(chain.missing)}",
        cause=missing_cause(chain.missing),
        services=tuple(dict.fromkeys(item.service for item in group)),
    )


def _sent_anyway(view: View, group: list[Encounter]) -> bool:
    for item in group:
        assert item.installed is not None
        sent = {certificate.sha256 for certificate in view.sent(item.peer, item.installed)}
        lacking = {gap.certificate.sha256 if gap.certificate else "" for gap in item.chain(view).missing}
        if not lacking <= sent:
            return False
    return True


def _held_elsewhere(view: View, encounter: Encounter) -> bool:
    """Another node of the cluster has handed its list in; Unified CM replicates it to subscribers."""
    return any(
        encounter.store_name in node.trust
        for node in view.deployment.nodes(Role.UNIFIED_CM)
        if node.cluster == encounter.verifier.cluster
    )


def _unknown(say: Say, encounter: Encounter) -> Outcome | None:
    place = at_node(encounter.verifier, peer=encounter.peer)
    if encounter.store is None:
        return say.cannot_tell(
            place, Reason.LIST_UNKNOWN, node=encounter.verifier.fqdn, store=encounter.store_name.value
        )
    if encounter.installed is None:
        return say.cannot_tell(place, Reason.CERTIFICATE_UNKNOWN, node=encounter.peer.fqdn, slot=encounter.slot.value)
    return None


def _none_known(view: View, say: Say, nodes: Sequence[Node]) -> Iterator[Outcome]:
    """Mobile and Remote Access needs a Unified CM, so one is there although nobody has handed anything of it in."""
    enabled = view.deployment.mra.enabled
    if not nodes and enabled is not None and enabled.value:
        for cluster in view.deployment.clusters_of(Role.EXPRESSWAY_C):
            yield say.cannot_tell(at_cluster(cluster), Reason.UC_NODES_UNKNOWN)


def _mra_off(view: View, say: Say, *roles: Role) -> Iterator[Outcome]:
    if view.mra_off:
        for node in view.deployment.nodes(*roles):
            yield say.does_not_apply(at_node(node), Reason.MRA_OFF)
