"""The node's own certificate against the node's own list."""

from collections.abc import Iterator

from diagnostics.estate.observations import Role
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Severity, Wording
from diagnostics.rules.chains import chain_cause, chain_evidence, chain_key, refusal, unsettled
from diagnostics.rules.encounters import Encounter, absent_slots, own_encounters
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.view import View

_STEPS = (
    N_(
        "Get the missing CA certificate from your CA (or from the certificate's Certification Path tab in Windows: "
        "View Certificate, Details, Copy to File), as Base-64 PEM: {missing}. Where a copy lies among the uploads, "
        "the trust-gap page of {node} offers it as a download."
    ),
    N_("On {node}: {menu_trusted_ca}, Choose File, Append CA certificate. Repeat for each CA certificate."),
)

_REFUSED = Wording(
    title=N_("{node} does not trust the CA of its own certificate; missing: {missing}"),
    explanation=N_(
        "No path leads from the {slot} certificate of {node} through its own trusted CA list to a self-signed root. "
        "Every CA of the chain must be in that list before the certificate is uploaded; the list lacks {missing}."
    ),
    impact=N_(
        "The upload is refused with “Invalid certificate: Unrecognized CA. This certificate is not currently trusted "
        "by the Expressway.” If the certificate is in place already, the node sends it without its CA certificates "
        "and remote parties reject it."
    ),
    steps=(*_STEPS, N_("Then upload the certificate at {menu_server_certificate}, and restart.")),
    verify=N_("The upload is accepted, and this check holds when the new trusted CA list is uploaded here."),
    restart=True,
)

_GAP = Wording(
    title=N_("The trusted CA list of {node} lacks part of its own chain: {missing}"),
    explanation=N_(
        "The installed {slot} certificate of {node} chains through {missing}, which its own trusted CA list does not "
        "hold. A node sends only its own certificate unless the CA certificates above it are in its own list."
    ),
    impact=N_(
        "Nothing shows on {node} itself. Peers that do not hold the missing certificate reject the connection: "
        "“Unknown CA” in a capture, “sslv3 alert certificate unknown” in the event log of {node}."
    ),
    steps=(*_STEPS, N_("Restart at {menu_restart}; the chain is sent from then on.")),
    verify=N_(
        "openssl s_client -connect {node}:5061 -showcerts shows the CA certificates above the node's own certificate."
    ),
    restart=True,
)

_NOT_MISSING = N_(
    "Every CA certificate above the {slot} certificate of {node} is in its own trusted CA list, and OpenSSL still "
    "refuses the chain at {subject}: {words}. This is not a missing CA."
)
_HIDDEN = N_(
    "Every CA certificate above the {slot} certificate of {node} is in its own trusted CA list, but the list also holds "
    "{same_name} with another key, which is tried first, and the check ends there: {words}."
)
_PEERS_REFUSE = N_("Nothing shows on {node} itself. Peers that verify {node} by the same chain refuse it.")
_UPLOAD_REFUSED = N_(
    "The upload page checks the certificate against the same list and may refuse it. If the certificate is in place "
    "already, peers that verify {node} by the same chain refuse it."
)
_HAVE_CHECKED = N_("Have {subject} checked and re-issued by its CA; the certificate itself is at fault.")
_APPEND_REISSUED = N_(
    "Append the re-issued certificate on {node} and on every peer ({menu_trusted_ca}), delete the old one, and restart "
    "({menu_restart})."
)
_UNHIDE = (
    N_(
        "On {node}: {menu_trusted_ca}, delete the certificate with the same name and the wrong key by ticking it and "
        "Delete if nothing else needs it."
    ),
    N_("Restart at {menu_restart}."),
)
_HOLDS = N_("This check holds when the new trusted CA list is uploaded here.")


def _unfit(impact: str) -> dict[str, Wording]:
    """Where nothing is missing: before the upload and after it, but for who notices."""
    return {
        "refused": Wording(
            title=N_("The chain of the {slot} certificate of {node} is refused: {words}"),
            explanation=_NOT_MISSING,
            impact=impact,
            steps=(_HAVE_CHECKED, _APPEND_REISSUED),
            verify=_HOLDS,
            restart=True,
        ),
        "shadowed": Wording(
            title=N_("On {node} a CA of the same name hides one of its own chain"),
            explanation=_HIDDEN,
            impact=impact,
            steps=_UNHIDE,
            verify=_HOLDS,
            restart=True,
        ),
    }


_APPLIES = N_("Every Expressway whose certificate and trusted CA list are at hand, for each of its own certificates.")


@rule(
    "own-ca-not-trusted",
    name=N_("The CA of a node's own certificate is not in its trusted CA list"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=_APPLIES,
    sources=("221624", "X150-MRA"),
    wordings={"plain": _REFUSED, **_unfit(_UPLOAD_REFUSED)},
    note=N_(
        "Speaks where nothing proves that the certificate is installed already; where a diagnostic log does, "
        "own-chain-gap speaks instead."
    ),
)
def own_ca_not_trusted(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Before the upload: every CA of the chain must be in the list."""
    yield from _each(view, say, proven=False)


@rule(
    "own-chain-gap",
    name=N_("An installed certificate's own chain is not complete in the node's trusted CA list"),
    severity=Severity.HIGH,
    confidence=Confidence.DOCUMENTED,
    applies=_APPLIES,
    sources=("212475", "213872", "X150-MRA"),
    wordings={"plain": _GAP, **_unfit(_PEERS_REFUSE)},
)
def own_chain_gap(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """After the upload: what the list lacks, the node does not send."""
    yield from _each(view, say, proven=True)


def _each(view: View, say: Say, *, proven: bool) -> Iterator[Finding | Outcome]:
    for node in view.deployment.nodes(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY):
        for slot in () if proven else absent_slots(node):
            yield say.no_certificate(at_node(node), node, slot)
    for encounter in own_encounters(view):
        if encounter.installed is None or encounter.installed.proven is not proven:
            continue
        place = at_node(encounter.verifier)
        unknown = unsettled(view, say, encounter, place)
        if unknown is not None:
            yield unknown
        elif encounter.chain(view).trusted:
            yield say.holds(place)
        else:
            yield _finding(view, say, encounter)


def _finding(view: View, say: Say, encounter: Encounter) -> Finding:
    node, chain = encounter.verifier, encounter.chain(view)
    refused = refusal(view, encounter.store, chain)
    return say.violated(
        at_node(node),
        variant=refused.variant or "plain",
        store=encounter.store_name.value,
        certificates=[encounter.installed.certificate] if encounter.installed else [],
        missing=chain.missing,
        evidence=chain_evidence([encounter]),
        release=node.version.value if node.version else "",
        key=f"{encounter.slot.value} {chain_key(chain)}",
        cause=chain_cause(chain),
        slot=encounter.slot.value,
        words=refused.words,
        subject=refused.subject,
        same_name=refused.shadows,
    )
