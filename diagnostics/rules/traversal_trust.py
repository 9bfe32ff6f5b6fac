"""Trust between Expressway-C and Expressway-E: the traversal zone (SIP TLS) and the SSH tunnels beside it."""

from collections.abc import Iterator, Sequence

from diagnostics.estate.model import TrustStore
from diagnostics.estate.observations import Source
from diagnostics.expressway.connections import SSH_TUNNEL
from diagnostics.pki.paths import MissingIssuer
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.encounters import Encounter, traversal_encounters
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_cluster, at_node, missing_cause, missing_key
from diagnostics.rules.view import Chain, View

_GET = N_(
    "Get {missing}: the trust-gap page of {node} offers every copy that lies among the uploads as one PEM file; what "
    "is not there, the CA that issued the certificate of {peers} provides."
)
_APPEND = N_("On {node}: {menu_trusted_ca}, Choose File, Append CA certificate; once for each certificate.")
_ALL_PEERS = N_("Do the same on every other peer of {cluster}: the list is not replicated between cluster peers.")
_RESTART = N_("Restart {node} at {menu_restart}.")
_STEPS = (_GET, _APPEND, _ALL_PEERS, _RESTART)
_BAD_SIGNATURE = 7  # X509_V_ERR_CERT_SIGNATURE_FAILURE
_DOWN = N_(
    "The zone “{zone}” is down with “TLS negotiation error”. On {node} the event log has “self signed certificate in "
    "certificate chain” or “unable to get local issuer certificate”, which means an untrusted root. With it go calls "
    "and Mobile and Remote Access."
)
_REFUSED = N_(
    "The zone “{zone}” is down with “TLS negotiation error”, and with it go calls and Mobile and Remote Access. The "
    "event log of {node} names the reason in OpenSSL's own words."
)
_CHECK = N_(
    "{menu_zone_status}: the zone is Active. On Expressway-C, {menu_traversal_test} with the peer's FQDN passes."
)


def _wording(title: str, explanation: str, steps: tuple[str, ...] = _STEPS, impact: str = _DOWN) -> Wording:
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
        "shadowed": _wording(
            N_("On {node} a CA of the same name hides the one that {peers} needs"),
            N_(
                "Every CA certificate of the chain of {peers} is in reach of {node}, but its trusted CA list also holds "
                "{same_name} with another key, which is tried first, and the check ends there: {words}."
            ),
            (
                N_(
                    "On {node}: {menu_trusted_ca}, delete the certificate with the same name and the wrong key by "
                    "ticking it and Delete if nothing else needs it."
                ),
                _ALL_PEERS,
                _RESTART,
            ),
        ),
        "refused": _wording(
            N_("{node} refuses the chain of {peers}: {words}"),
            N_(
                "Every CA certificate of the chain is there, and OpenSSL still refuses it at {subject}: {words}. "
                "This is not a missing CA."
            ),
            (
                N_("Have {subject} checked and re-issued by its CA; the certificate itself is at fault."),
                _RESTART,
            ),
            _REFUSED,
        ),
    },
)
def traversal_peer_ca_not_trusted(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """The verifier's list lacks the root, or an intermediate that the other node does not send."""
    yield from _without_both_ends(view, say)
    broken: dict[tuple[str, ...], list[Encounter]] = {}
    for encounter in traversal_encounters(view):
        if encounter.service == SSH_TUNNEL:
            continue
        place = at_node(encounter.verifier, peer=encounter.peer, zone=encounter.zone)
        unknown = _unknown(say, encounter)
        if unknown is not None:
            yield unknown
        elif encounter.chain(view).trusted:
            yield say.holds(place)
        else:
            broken.setdefault(_group(view, encounter), []).append(encounter)
    for group in broken.values():
        yield _finding(view, say, group)


@rule(
    "ssh-tunnel-intermediate-missing",
    name=N_("The SSH tunnels cannot build a peer's chain from the list alone"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every Unified Communications traversal zone, in both directions."),
    sources=("221624", "ALARMS", "X155-STATUS", "X150-MRA"),
    wordings={
        "plain": Wording(
            title=N_("The SSH tunnels of {node} to {peers} fail; missing: {missing}"),
            explanation=N_(
                "The trusted CA list of {node} holds the root of {peers} and lacks {missing}. The traversal zone comes up "
                "because the peer sends its chain; the SSH tunnels on TCP 2222 build the chain from the list "
                "alone and need every CA certificate of it."
            ),
            impact=N_(
                "The zone “{zone}” is Active and yet Mobile and Remote Access logins fail: {menu_ssh_status} shows "
                "“No SSH tunnels have been established”, alarms 35013 and 35014. Typical right after a renewal, when "
                "the CA has moved to a new intermediate."
            ),
            steps=_STEPS,
            verify=N_("{menu_ssh_status}: the tunnels are established; an MRA login succeeds."),
            restart=True,
        )
    },
    note=N_(
        "That the tunnels take nothing from the wire is inferred from note 221624; the mechanism is documented nowhere."
    ),
)
def ssh_tunnel_intermediate_missing(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Root present, an intermediate absent, judged from the list alone."""
    broken: dict[tuple[str, ...], list[Encounter]] = {}
    for encounter in traversal_encounters(view):
        if encounter.service != SSH_TUNNEL:
            continue
        place = at_node(encounter.verifier, peer=encounter.peer, zone=encounter.zone)
        unknown = _unknown(say, encounter)
        if unknown is not None:
            yield unknown
        elif encounter.chain(view).trusted:
            yield say.holds(place)
        elif _zone_fails_too(view, encounter):
            yield say.does_not_apply(place, Reason.OTHER_CHECK, other="traversal-peer-ca-not-trusted")
        else:
            broken.setdefault(_group(view, encounter), []).append(encounter)
    for group in broken.values():
        yield _finding(view, say, group, variant="plain")


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


def _unknown(say: Say, encounter: Encounter) -> Outcome | None:
    place = at_node(encounter.verifier, peer=encounter.peer, zone=encounter.zone)
    if encounter.store is None:
        return say.cannot_tell(
            place, Reason.LIST_UNKNOWN, node=encounter.verifier.fqdn, store=encounter.store_name.value
        )
    if encounter.installed is None:
        return say.cannot_tell(place, Reason.CERTIFICATE_UNKNOWN, node=encounter.peer.fqdn, slot=encounter.slot.value)
    return None


def _without_both_ends(view: View, say: Say) -> Iterator[Outcome]:
    for link in view.links:
        for here, zone, there in (
            (link.client, link.client_zone, link.server),
            (link.server, link.server_zone, link.client),
        ):
            if here is None or zone is None:
                continue
            if there is None:
                yield say.cannot_tell(at_cluster(here, zone=zone), Reason.OTHER_END_UNKNOWN, zone=zone.name)
            elif link.verifies(zone) is False:
                yield say.does_not_apply(at_cluster(here, zone=zone), Reason.VERIFY_OFF, zone=zone.name)


def _zone_fails_too(view: View, encounter: Encounter) -> bool:
    """The same peer fails in the SIP zone already; the tunnels then fail for the same certificate."""
    return any(
        other.service != SSH_TUNNEL
        and other.verifier is encounter.verifier
        and other.peer is encounter.peer
        and other.known
        and not other.chain(view).trusted
        for other in traversal_encounters(view)
    )


def _group(view: View, encounter: Encounter) -> tuple[str, ...]:
    """Encounters that one append on one node puts right."""
    chain = encounter.chain(view)
    zone = encounter.zone.name if encounter.zone else ""
    return (encounter.verifier.fqdn, zone, missing_key(chain.missing) or str(chain.verdict.certificate))


def _shadows(store: TrustStore | None, chain: Chain) -> list[str]:
    """Entries of the list that bear the name of a CA on the path and not its key, where a signature does not fit."""
    if chain.verdict.code != _BAD_SIGNATURE:
        return []
    keys = {item.subject.key: item.key for item in chain.path[1:]}
    entries = store.certificates if store else ()
    return [item.subject.text for item in entries if item.subject.key in keys and item.key != keys[item.subject.key]]


def _variant(missing: Sequence[MissingIssuer], shadows: Sequence[str]) -> str:
    if not missing:
        return "shadowed" if shadows else "refused"
    if any(item.same_name for item in missing):
        return "same-name"
    top = missing[-1]
    if top.certificate is None:
        return "issuer-unknown"
    return "root-absent" if top.is_root else "intermediate-absent"


def _finding(view: View, say: Say, group: list[Encounter], variant: str | None = None) -> Finding:
    first = group[0]
    chain = first.chain(view)
    top = chain.missing[-1] if chain.missing else None
    stopped = view.deployment.certificates.get(chain.verdict.certificate or "")
    shadows = [] if chain.missing else _shadows(first.store, chain)
    same_name = [*shadows, *(item.subject.text for gap in chain.missing for item in gap.same_name)]
    zone = first.zone or (first.link.client_zone or first.link.server_zone if first.link else None)
    return say.violated(
        at_node(first.verifier, zone=zone),
        variant=variant or _variant(chain.missing, shadows),
        peers=[item.peer.fqdn for item in group],
        store=first.store_name.value,
        certificates=[item.installed.certificate for item in group if item.installed],
        missing=chain.missing,
        evidence=_evidence(group),
        release=first.verifier.version.value if first.verifier.version else "",
        key=missing_key(chain.missing) or str(chain.verdict.certificate),
        cause=missing_cause(chain.missing),
        services=(first.service,),
        missing_root=top.name if top else "",
        missing_key_id=(top.key_id or "not stated") if top else "",
        same_name=tuple(dict.fromkeys(same_name)),
        words=chain.verdict.words,
        subject=stopped.subject.text if stopped else "",
    )


def _evidence(group: list[Encounter]) -> list[Source]:
    """The list that lacks it, and the certificates that need it."""
    lists = [file.source for item in group if item.store for file in item.store.files]
    return [*lists, *(item.installed.source for item in group if item.installed)]
