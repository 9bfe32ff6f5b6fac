"""The node's own certificate against the node's own list."""

from collections.abc import Iterator

from diagnostics.estate.model import InstalledCertificate, Node
from diagnostics.estate.observations import Role, Slot, StoreName
from diagnostics.expressway.simulator import Stack
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node, missing_cause, missing_key
from diagnostics.rules.view import Chain, View

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

_APPLIES = N_("Every Expressway whose certificate and trusted CA list are at hand, for each of its own certificates.")


@rule(
    "own-ca-not-trusted",
    name=N_("The CA of a node's own certificate is not in its trusted CA list"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=_APPLIES,
    sources=("221624", "X150-MRA"),
    wordings={"plain": _REFUSED},
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
    wordings={"plain": _GAP},
)
def own_chain_gap(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """After the upload: what the list lacks, the node does not send."""
    yield from _each(view, say, proven=True)


def _each(view: View, say: Say, *, proven: bool) -> Iterator[Finding | Outcome]:
    for node in view.deployment.nodes(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY):
        place = at_node(node)
        slots = [slot for slot in (Slot.SERVER, Slot.CLIENT) if slot in node.certificates]
        if not slots:
            if not proven:
                yield say.cannot_tell(place, Reason.CERTIFICATE_UNKNOWN, node=node.fqdn, slot=Slot.SERVER.value)
            continue
        for slot in slots:
            installed = node.certificates[slot]
            if installed.proven is proven:
                yield from _one(view, say, node, slot, installed)


def _one(view: View, say: Say, node: Node, slot: Slot, installed: InstalledCertificate) -> Iterator[Finding | Outcome]:
    place = at_node(node)
    store = node.trust.get(StoreName.TRUSTED_CA)
    if store is None:
        yield say.cannot_tell(place, Reason.LIST_UNKNOWN, node=node.fqdn, store=StoreName.TRUSTED_CA.value)
        return
    chain = view.chain(store, (installed.certificate,), Stack.SSH)
    if chain.trusted:
        yield say.holds(place)
    elif not chain.missing:
        # The chain is there and OpenSSL refuses it for another reason; naming a CA as missing would be wrong.
        yield say.cannot_tell(place, Reason.UNREADABLE, node=node.fqdn, words=chain.verdict.words)
    else:
        yield _finding(say, node, slot, installed, chain)


def _finding(say: Say, node: Node, slot: Slot, installed: InstalledCertificate, chain: Chain) -> Finding:
    store = node.trust[StoreName.TRUSTED_CA]
    return say.violated(
        at_node(node),
        store=store.name.value,
        certificates=(installed.certificate,),
        missing=chain.missing,
        evidence=(installed.source, *(file.source for file in store.files)),
        release=node.version.value if node.version else "",
        key=f"{slot.value} {missing_key(chain.missing)}",
        cause=missing_cause(chain.missing),
        slot=slot.value,
    )
