"""Dates: of the certificates in their slots, and of the CA certificates that a needed path runs through."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from diagnostics.estate.model import InstalledCertificate, Node
from diagnostics.estate.observations import Slot
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.encounters import absent_slots, all_encounters, held_elsewhere
from diagnostics.rules.needs import store_needs
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.view import View

# Days before the end, and how much they weigh; Expressway's own alarm 40069 counts down from some weeks.
EXPIRING = ((7, Severity.HIGH), (30, Severity.MEDIUM), (60, Severity.LOW))

_RENEW = (
    N_("On {node}: {menu_server_certificate}, Generate CSR; have it signed with the same names and usages."),
    N_(
        "Before the new certificate goes in, append its CA certificates on {node} and on every peer ({menu_trusted_ca}): "
        "a renewal often brings a new intermediate CA."
    ),
    N_("Upload the new certificate and restart ({menu_restart}), one peer of the cluster after the other."),
)
_RENEW_UCM = (
    N_("On {node}: {menu_ucm_certificates}, regenerate or renew the {slot} certificate with the same names."),
    N_("If its CA changes, append the new CA certificates on every Expressway-C first ({menu_trusted_ca})."),
    N_("Restart the services that the page names, one node after the other."),
)


def _wordings(title: str, explanation: str, impact: str, ucm_impact: str) -> dict[str, Wording]:
    """On an Expressway and on a UC node: the same fact, other consequences and other menus."""
    expressway = Wording(title=title, explanation=explanation, impact=impact, steps=_RENEW, verify=_SEEN, restart=True)
    ucm = Wording(
        title=title, explanation=explanation, impact=ucm_impact, steps=_RENEW_UCM, verify=_SEEN_UCM, restart=True
    )
    return {"plain": expressway, "ucm": ucm}


_APPLIES = N_("Every certificate in a slot of a node.")
_SEEN = N_("The certificate's dates on the node ({menu_server_certificate}), and this check with the new one uploaded.")
_SEEN_UCM = N_("The certificate's dates at {menu_ucm_certificates}, and this check with the new snapshot uploaded.")


@rule(
    "server-cert-expired",
    name=N_("A certificate has expired"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=_APPLIES,
    sources=("ALARMS", "X154-ABOUT", "221624"),
    wordings=_wordings(
        N_("The {slot} certificate of {node} expired on {not_after}"),
        N_("{subject} on {node} was valid until {not_after}; that was {days_counted} ago."),
        N_(
            "Every system that verifies {node} refuses it: traversal zones and SSH tunnels go down at the next "
            "connection, MRA logins fail, clients warn. Alarm 40068 “Server certificate validity”."
        ),
        N_(
            "Expressway-C refuses {node} (on every request from X14.0.8 or X14.2 on), so MRA logins and registrations "
            "fail; clients inside the network warn."
        ),
    ),
)
def server_cert_expired(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """notAfter lies before the moment judged at; the second of notAfter itself is still valid (RFC 5280)."""
    yield from _absent(view, say)
    for node, slot, installed in _slots(view):
        end = installed.certificate.not_after
        if end is None:
            yield say.cannot_tell(at_node(node), Reason.UNREADABLE, node=node.fqdn, words="notAfter")
        elif view.at > end:
            yield _finding(say, view, node, slot, installed, end, Severity.CRITICAL)
        else:
            yield say.holds(at_node(node))


@rule(
    "server-cert-not-yet-valid",
    name=N_("A certificate is not valid yet"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=_APPLIES,
    sources=("221624", "ALARMS"),
    wordings=_wordings(
        N_("The {slot} certificate of {node} is not valid before {not_before}"),
        N_(
            "{subject} on {node} becomes valid on {not_before}, {days_counted} from the moment judged at. Either it was "
            "put in early, or a clock is wrong (check NTP on {node} and its peers)."
        ),
        N_("Every system that verifies {node} refuses it until then."),
        N_("Expressway-C and every client that verifies {node} refuse it until then."),
    ),
)
def server_cert_not_yet_valid(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """notBefore lies after the moment judged at."""
    yield from _absent(view, say)
    for node, slot, installed in _slots(view):
        start = installed.certificate.not_before
        if start is None:
            yield say.cannot_tell(at_node(node), Reason.UNREADABLE, node=node.fqdn, words="notBefore")
        elif view.at < start:
            yield _finding(say, view, node, slot, installed, start, Severity.CRITICAL)
        else:
            yield say.holds(at_node(node))


@rule(
    "server-cert-expiring",
    name=N_("A certificate ends soon"),
    severity=Severity.HIGH,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every certificate in a slot of a node that is valid now: 7 days high, 30 medium, 60 low."),
    sources=("ALARMS", "X154-ABOUT"),
    wordings=_wordings(
        N_("The {slot} certificate of {node} ends in {days_counted}, on {not_after}"),
        N_("{subject} on {node} is valid until {not_after}."),
        N_("Nothing yet. From that day on every system that verifies {node} refuses it. Alarm 40069 counts the days."),
        N_("Nothing yet. From that day on Expressway-C and every client that verifies {node} refuse it."),
    ),
)
def server_cert_expiring(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """notAfter lies within 60 days of the moment judged at."""
    yield from _absent(view, say)
    for node, slot, installed in _slots(view):
        start, end = installed.certificate.not_before, installed.certificate.not_after
        if end is None or view.at > end:
            yield say.does_not_apply(at_node(node), Reason.OTHER_CHECK, other="server-cert-expired")
            continue
        if start is not None and view.at < start:
            yield say.does_not_apply(at_node(node), Reason.OTHER_CHECK, other="server-cert-not-yet-valid")
            continue
        left = end - view.at
        severity = next((weight for days, weight in EXPIRING if left <= timedelta(days=days)), None)
        if severity is None:
            yield say.holds(at_node(node))
        else:
            yield _finding(say, view, node, slot, installed, end, severity)


@rule(
    "trust-ca-expired",
    name=N_("A CA certificate that a needed path runs through has expired"),
    severity=Severity.HIGH,
    confidence=Confidence.INFERRED,
    applies=N_("Every trusted list, for the CA certificates that a connection of the estate needs."),
    sources=("221624", "VCS-TRUST", "X150-MRA"),
    wordings={
        "plain": Wording(
            title=N_("{store} of {node} relies on {subject}, which is outside its dates"),
            explanation=N_(
                "The only path from {peers} to a trusted root on {node} runs through {subject} "
                "(valid {not_before} to {not_after}). Nothing on Expressway watches the dates of CA certificates."
            ),
            impact=N_("{node} refuses the certificates that {subject} stands above, those of {peers}."),
            steps=(
                N_("Get the successor of {subject} from its CA and append it on {node}: {menu_trusted_ca}."),
                N_(
                    "Delete the expired certificate by ticking it and Delete; appending never replaces, and two CA "
                    "certificates with one subject shadow each other."
                ),
                N_("Restart at {menu_restart}."),
            ),
            verify=N_("This check holds with the new list uploaded, and the zone or login works again."),
            restart=True,
        )
    },
    note=N_("How Expressway builds paths around an expired CA certificate is not documented; OpenSSL refuses them."),
)
def trust_ca_expired(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """A chain that holds but for the dates of a CA certificate on it."""
    yield from _unknown_lists(view, say)
    for needs in store_needs(view):
        outdated = {item.sha256: item for need in needs.peers for item in need.chain.outdated}
        if not outdated:
            yield say.holds(at_node(needs.node))
        for certificate in outdated.values():
            users = [need for need in needs.peers if certificate in need.chain.outdated]
            yield say.violated(
                at_node(needs.node),
                store=needs.store.name.value,
                peers=[need.peer.fqdn for need in users],
                certificates=(certificate,),
                evidence=tuple(file.source for file in needs.store.files),
                release=needs.node.version.value if needs.node.version else "",
                key=certificate.sha256,
                cause=f"ca-outdated {certificate.sha256}",
                subject=certificate.subject.text,
                not_before=_day(certificate.not_before),
                not_after=_day(certificate.not_after),
                services=tuple(dict.fromkeys(service for need in users for service in need.services)),
            )


def _absent(view: View, say: Say) -> Iterator[Outcome]:
    for node in view.deployment.nodes():
        for slot in absent_slots(node):
            yield say.no_certificate(at_node(node), node, slot)


def _unknown_lists(view: View, say: Say) -> Iterator[Outcome]:
    """Lists that are not at hand, and certificates that would have met one, each once."""
    said: set[tuple[str, ...]] = set()
    for encounter in all_encounters(view):
        verifier, store_name = encounter.verifier, encounter.store_name
        known_list = encounter.store is not None
        key = (verifier.fqdn, store_name, *((encounter.peer.fqdn, encounter.slot) if known_list else ()))
        if encounter.known or key in said:
            continue
        said.add(key)
        if known_list:
            yield say.no_certificate(at_node(verifier, peer=encounter.peer), encounter.peer, encounter.slot)
        elif not held_elsewhere(view, encounter):
            yield say.no_list(at_node(verifier), verifier, store_name)


def _slots(view: View) -> Iterator[tuple[Node, Slot, InstalledCertificate]]:
    for node in view.deployment.nodes():
        for slot, installed in node.certificates.items():
            yield node, slot, installed


def _finding(
    say: Say, view: View, node: Node, slot: Slot, installed: InstalledCertificate, when: datetime, severity: Severity
) -> Finding:
    certificate = installed.certificate
    return say.violated(
        at_node(node),
        variant="plain" if node.role.is_expressway else "ucm",
        severity=severity,
        certificates=(certificate,),
        evidence=(installed.source,),
        release=node.version.value if node.version else "",
        key=f"{slot.value} {certificate.sha256}",
        cause=f"dates {certificate.sha256}",
        slot=slot.value,
        subject=certificate.subject.text,
        not_before=_day(certificate.not_before),
        not_after=_day(certificate.not_after),
        days=abs(when - view.at).days,
        services=("every-connection",),
    )


def _day(moment: datetime | None) -> str:
    """A date and time as everyone writes it, in UTC; empty where unreadable."""
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else ""
