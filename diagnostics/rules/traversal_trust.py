"""Trust between Expressway-C and Expressway-E in the traversal zone (SIP TLS)."""

from collections.abc import Callable, Iterable, Iterator

from diagnostics.expressway.connections import SSH_TUNNEL
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.chains import chain_cause, chain_evidence, chain_key, refusal, signs_itself, unsettled
from diagnostics.rules.encounters import Encounter, clusters_without_zones, traversal_encounters
from diagnostics.rules.pairs import said_of_traversal
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_cluster, at_node
from diagnostics.rules.view import Chain, View

_GET = N_(
    "Get {missing}: the trust-gap page of {node} offers every copy that lies among the uploads as one PEM file; what "
    "is not there, the CA that issued the certificate of {peers} provides."
)
_APPEND = N_("On {node}: {menu_trusted_ca}, Choose File, Append CA certificate; once for each certificate.")
_ALL_PEERS = N_("Do the same on every other peer of {cluster}: the list is not replicated between cluster peers.")
_RESTART = N_("Restart {node} at {menu_restart}.")
APPEND_STEPS = (_GET, _APPEND, _ALL_PEERS, _RESTART)
_DOWN = N_(
    "The zone “{zone}” is down with “TLS negotiation error”. On {node} the event log has “self signed certificate in "
    "certificate chain” or “unable to get local issuer certificate”, which means an untrusted root. With it go calls "
    "and Mobile and Remote Access."
)
_REFUSED = N_(
    "The zone “{zone}” is down with “TLS negotiation error”, and with it go calls and Mobile and Remote Access. The "
    "event log of {node} names the reason in OpenSSL's own words."
)
# Of a chain that lacks nothing, as the tunnels and the connections to Unified CM say it too.
HIDDEN_TITLE = N_("On {node} a CA of the same name hides the one that {peers} needs")
HIDDEN = N_(
    "Every CA certificate of the chain of {peers} is in reach of {node}, but its {store} also holds {same_name} with "
    "another key, which is tried first, and the check ends there: {words}."
)
UNHIDE_STEPS = (
    N_(
        "On {node}: {menu_trusted_ca}, delete the certificate with the same name and the wrong key by ticking it and "
        "Delete if nothing else needs it."
    ),
    _ALL_PEERS,
    _RESTART,
)
REFUSED_TITLE = N_("{node} refuses the chain of {peers}: {words}")
REFUSED = N_(
    "Every CA certificate of the chain is there, and OpenSSL still refuses it at {subject}: {words}. This is not a "
    "missing CA."
)
REISSUE_STEPS = (N_("Have {subject} checked and re-issued by its CA; the certificate itself is at fault."), _RESTART)
_CHECK = N_(
    "{menu_zone_status}: the zone is Active. On Expressway-C, {menu_traversal_test} with the peer's FQDN passes."
)


def _wording(title: str, explanation: str, steps: tuple[str, ...] = APPEND_STEPS, impact: str = _DOWN) -> Wording:
    return Wording(title=title, explanation=explanation, impact=impact, steps=steps, verify=_CHECK, restart=True)


@rule(
    "traversal-peer-ca-not-trusted",
    name=N_("A traversal peer's CA is not trusted"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every traversal zone with TLS verify mode On, in both directions."),
    sources=("221624", "212475", "213872"),
    wordings={
        "root-absent": _wording(
            N_("{node} does not trust the root CA of {peers}; missing: {missing}"),
            N_(
                "The certificate of {peers} chains up to {missing_root}, which is not in the trusted CA list of "
                "{node}. An intermediate alone is not enough: the path must end in a self-signed root of that list."
            ),
        ),
        "self-signed": _wording(
            N_("{node} does not trust the self-signed certificate of {peers}"),
            N_(
                "No CA stands above the certificate of {peers}: it is signed by itself, so it must itself be in the "
                "trusted CA list of {node}, which does not hold it."
            ),
            (
                N_(
                    "Better: have the certificate of {peers} signed by a CA, upload it there and restart, and append the "
                    "CA certificates on every node that verifies it."
                ),
                N_(
                    "Or append this certificate on {node}: {menu_trusted_ca}, Choose File, Append CA certificate; it has "
                    "to be done again with every renewal."
                ),
                _ALL_PEERS,
                _RESTART,
            ),
        ),
        "intermediate-absent": _wording(
            N_("{node} cannot build the chain of {peers}; neither trusted nor sent: {missing}"),
            N_(
                "The trusted CA list of {node} holds the root and lacks the intermediate {missing}. It does not come over "
                "the wire either: a node sends only what its own list holds, and that of {peers} lacks the same."
            ),
            (
                _GET,
                _APPEND,
                _ALL_PEERS,
                N_("Append it on {peers} too, so that the full chain is sent; then restart both sides."),
            ),
        ),
        "issuer-unknown": _wording(
            N_("{node} cannot trust {peers}: nobody has handed in {missing}"),
            N_(
                "The chain of {peers} needs {missing} (key identifier {missing_key_id}), of which no copy lies in the "
                "trusted CA list of {node} nor anywhere else among the uploads."
            ),
        ),
        "same-name": _wording(
            N_("{node} holds a CA named like the issuer of {peers}, but with another key"),
            N_(
                "The trusted CA list of {node} holds {same_name} under the right name, but its key did not sign the "
                "certificate of {peers}. The one that did ({missing}, key identifier {missing_key_id}) is missing."
            ),
            (
                _GET,
                N_(
                    "On {node}: {menu_trusted_ca}, append the right certificate, and delete the one with the same name "
                    "by ticking it and Delete if nothing else needs it: the search stops at the first match."
                ),
                _ALL_PEERS,
                _RESTART,
            ),
        ),
        "shadowed": _wording(HIDDEN_TITLE, HIDDEN, UNHIDE_STEPS),
        "refused": _wording(REFUSED_TITLE, REFUSED, REISSUE_STEPS, _REFUSED),
    },
)
def traversal_peer_ca_not_trusted(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """The verifier's list lacks the root, or an intermediate that the other node does not send."""
    yield from without_both_ends(view, say)
    yield from _verification_off(view, say)
    yield from said_of_traversal(view, say)
    broken: list[Encounter] = []
    for encounter in traversal_encounters(view):
        if encounter.service == SSH_TUNNEL:
            continue
        unknown = unsettled(view, say, encounter)
        if unknown is not None:
            yield unknown
        elif encounter.chain(view).trusted:
            yield say.holds(at_node(encounter.verifier, peer=encounter.peer, zone=encounter.zone))
        else:
            broken.append(encounter)
    for group in groups_of(view, broken):
        yield untrusted(view, say, group, _variant)


@rule(
    "traversal-tls-verify-off",
    name=N_("TLS verify mode is off on a Unified Communications traversal zone"),
    severity=Severity.HIGH,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every traversal zone that is configured for Unified Communications."),
    sources=("ALARMS", "X143-ZONES", "X154-UC"),
    wordings={
        "plain": Wording(
            title=N_("TLS verify mode is off on the Unified Communications zone “{zone}” of {cluster}"),
            explanation=N_(
                "A Unified Communications traversal zone must verify its peer; here the verification is switched off, "
                "so the peer's certificate is not checked at all."
            ),
            impact=N_(
                "Mobile and Remote Access does not work as supported. Alarm 40040 “TLS verify mode is not enabled on "
                "a traversal zone configured for Unified Communications services”."
            ),
            steps=(
                N_("On {cluster}: {menu_zones}, zone “{zone}”, set TLS verify mode to On."),
                N_("Enter the TLS verify subject name on Expressway-E, and FQDNs as peer addresses on Expressway-C."),
            ),
            verify=N_("Alarm 40040 is gone, and the zone is Active at {menu_zone_status}."),
        )
    },
)
def traversal_tls_verify_off(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Either end of the zone may have it off."""
    for link in view.links:
        for cluster, zone in ((link.client, link.client_zone), (link.server, link.server_zone)):
            if cluster is None or zone is None:
                continue
            place = at_cluster(cluster, zone=zone)
            if not zone.carries_uc:
                yield say.does_not_apply(place, Reason.NOT_UNIFIED_COMMUNICATIONS, zone=zone.name)
            elif zone.tls_verify is None:
                yield say.cannot_tell(place, Reason.SETTING_UNKNOWN, setting="TLS verify mode", node=cluster.name)
            elif zone.tls_verify.value:
                yield say.holds(place)
            else:
                yield say.violated(place, evidence=(zone.tls_verify.source,), release=cluster.release)


def without_both_ends(view: View, say: Say, *, tunnels: bool = False) -> Iterator[Outcome]:
    """Zones whose other end nobody has handed in, or zones themselves; `tunnels`: of those that carry tunnels."""
    for cluster in clusters_without_zones(view):
        yield say.cannot_tell(at_cluster(cluster), Reason.ZONES_UNKNOWN, node=cluster.name)
    for link in view.links:
        for here, zone, there in (
            (link.client, link.client_zone, link.edges),
            (link.server, link.server_zone, link.client),
        ):
            if here is not None and zone is not None and not there and (link.carries_uc or not tunnels):
                yield say.cannot_tell(at_cluster(here, zone=zone), Reason.OTHER_END_UNKNOWN, zone=zone.name)


def _verification_off(view: View, say: Say) -> Iterator[Outcome]:
    for link in view.links:
        for here, zone, there in (
            (link.client, link.client_zone, link.edges),
            (link.server, link.server_zone, link.client),
        ):
            if here is not None and zone is not None and there and link.verifies(zone) is False:
                yield say.does_not_apply(at_cluster(here, zone=zone), Reason.VERIFY_OFF, zone=zone.name)


def groups_of(view: View, encounters: Iterable[Encounter]) -> Iterable[list[Encounter]]:
    """Encounters that one append on one node puts right, together."""
    groups: dict[tuple[str, ...], list[Encounter]] = {}
    for encounter in encounters:
        zone = encounter.zone.name if encounter.zone else ""
        key = (encounter.verifier.fqdn, zone, chain_key(encounter.chain(view)))
        groups.setdefault(key, []).append(encounter)
    return groups.values()


def _variant(chain: Chain) -> str:
    if signs_itself(chain):
        return "self-signed"
    if any(item.same_name for item in chain.missing):
        return "same-name"
    if chain.missing[-1].certificate is None:
        return "issuer-unknown"
    return "root-absent" if chain.root_missing else "intermediate-absent"


def untrusted(view: View, say: Say, group: list[Encounter], variant: Callable[[Chain], str]) -> Finding:
    """One node that does not trust the certificates of its peers; `variant` where the list lacks something."""
    first = group[0]
    chain = first.chain(view)
    refused = refusal(view, first.store, chain)
    top = chain.missing[-1] if chain.missing else None
    same_name = [item.subject.text for gap in chain.missing for item in gap.same_name]
    zone = first.zone or (first.link.client_zone or first.link.server_zone if first.link else None)
    return say.violated(
        at_node(first.verifier, zone=zone),
        variant=refused.variant or variant(chain),
        peers=[item.peer.fqdn for item in group],
        store=first.store_name.value,
        certificates=[item.installed.certificate for item in group if item.installed],
        missing=chain.missing,
        evidence=chain_evidence(group),
        release=first.verifier.version.value if first.verifier.version else "",
        key=chain_key(chain),
        cause=chain_cause(chain),
        services=(first.service,),
        missing_root=top.name if top else "",
        missing_key_id=(top.key_id or "not stated") if top else "",
        same_name=tuple(dict.fromkeys((*refused.shadows, *same_name))),
        words=refused.words,
        subject=refused.subject,
    )
