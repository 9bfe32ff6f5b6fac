"""Revocation lists that were handed in."""

from collections.abc import Iterator
from itertools import pairwise

from diagnostics.estate.model import Node
from diagnostics.estate.observations import Source
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.revocation import Crl, issued_crl
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Place, Reason, Severity, Wording
from diagnostics.rules.encounters import OWN_CERTIFICATE, absent_slots, all_encounters
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.view import View


@rule(
    "crl-revoked",
    name=N_("A certificate in use is revoked"),
    severity=Severity.CRITICAL,
    confidence=Confidence.GENERAL,
    applies=N_("Every certificate in a slot, and every CA certificate on its path, for which a CRL was handed in."),
    sources=("221624", "CRL-X125"),
    wordings={
        "plain": Wording(
            title=N_("{subject} on {node} was revoked on {revoked}"),
            explanation=N_(
                "A revocation list of {issuer} (this update {this_update}) lists the certificate with serial number "
                "{serial}, revoked on {revoked}."
            ),
            impact=N_("Every verifier that checks revocation refuses {node}; the others should."),
            steps=(
                N_("Ask the CA why it was revoked; if the key may be known to others, treat it as exposed."),
                N_("On {node}: generate a new key and CSR, have it signed, upload it, restart."),
            ),
            verify=N_("The new certificate is not on the CA's current list."),
            restart=True,
        )
    },
)
def crl_revoked(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Listed in a CRL whose signature verifies with the issuer's key."""
    for node in view.deployment.nodes():
        for slot in absent_slots(node) if view.deployment.crls else ():
            yield say.no_certificate(at_node(node), node, slot)
        for slot, installed in node.certificates.items():
            said = [
                _revoked(say, view, node, certificate, crl, source)
                for certificate, issuer in _path_links(view, installed.certificate)
                for crl, source in view.deployment.crls
                if issued_crl(crl, issuer)
            ]
            revoked = [finding for finding in said if finding is not None]
            if revoked:
                yield from revoked
            elif said:
                yield say.holds(at_node(node))
            else:
                yield say.does_not_apply(at_node(node), Reason.NOTHING_OF_THE_KIND, what="crl", slot=slot.value)


def _path_links(view: View, leaf: Certificate) -> Iterator[tuple[Certificate, Certificate]]:
    """Each certificate of the best path with its issuer."""
    path = view.graph.explore(leaf).paths[0].certificates
    yield from pairwise(path)


def _revoked(say: Say, view: View, node: Node, certificate: Certificate, crl: Crl, source: Source) -> Finding | None:
    revoked = crl.revoked_on(certificate.serial) if certificate.serial is not None else None
    if revoked is None or revoked > view.at:
        return None
    return say.violated(
        at_node(node),
        certificates=(certificate,),
        evidence=(source,),
        release=node.version.value if node.version else "",
        key=certificate.sha256,
        cause=f"revoked {certificate.sha256}",
        subject=certificate.subject.text,
        issuer=crl.issuer.text,
        serial=f"{certificate.serial:x}",
        revoked=revoked.strftime("%Y-%m-%d"),
        this_update=crl.this_update.strftime("%Y-%m-%d"),
    )


@rule(
    "crl-expired",
    name=N_("A revocation list has run out"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "Every CRL that was handed in: critical where the node checks revocation, low where it does not, medium where "
        "nobody says. One that lies loose is high at every node that checks revocation and meets its CA's certificates."
    ),
    sources=("CRL-OLD",),
    wordings={
        "plain": Wording(
            title=N_("The revocation list of {issuer} ran out on {next_update}"),
            explanation=N_(
                "nextUpdate of the list is {next_update}, which lies {days_counted} before the moment judged at. Where "
                "CRL checking is on, an expired list makes every certificate of that CA count as revoked."
            ),
            impact=N_(
                "With revocation checking on, TLS connections to every holder of a certificate of {issuer} fail."
            ),
            steps=(
                N_("Get the current list from {issuer} and upload it at {menu_crl}, or switch automatic updates on."),
                N_("Revocation checking itself is set at {menu_sip}, “Certificate revocation checking mode”."),
            ),
            verify=N_("{menu_crl} shows a list whose next update lies ahead."),
        )
    },
)
def crl_expired(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """nextUpdate before the moment judged at, per node that holds the list, or once for a list that no node holds."""
    holders: dict[str, list[Node]] = {}
    for node in view.deployment.nodes():
        for crl in node.crls:
            holders.setdefault(crl.sha256, []).append(node)
    if not view.deployment.crls:
        yield say.does_not_apply(Place(), Reason.NOTHING_OF_THE_KIND, what="crl")
    for crl, source in view.deployment.crls:
        for place, severity, release in _places(view, crl, holders.get(crl.sha256, [])):
            if not crl.expired_at(view.at):
                yield say.holds(place)
                continue
            assert crl.next_update is not None
            yield say.violated(
                place,
                severity=severity,
                file=source.file_path,
                evidence=(source,),
                release=release,
                key=crl.sha256,
                cause=f"crl {crl.sha256}",
                issuer=crl.issuer.text,
                next_update=crl.next_update.strftime("%Y-%m-%d %H:%M UTC"),
                days=(view.at - crl.next_update).days,
            )


def _places(view: View, crl: Crl, holders: list[Node]) -> Iterator[tuple[Place, Severity, str]]:
    for node in holders:
        mode = node.settings.revocation_mode
        severity = Severity.MEDIUM if mode is None else Severity.CRITICAL if mode.value else Severity.LOW
        yield at_node(node), severity, node.version.value if node.version else ""
    if holders:
        return
    concerned = list(_checking(view, crl)) if crl.expired_at(view.at) else []
    for node in concerned:
        yield at_node(node), Severity.HIGH, node.version.value if node.version else ""
    if not concerned:
        yield Place(), Severity.MEDIUM, ""


def _checking(view: View, crl: Crl) -> Iterator[Node]:
    """Nodes that check revocation and meet certificates of the list's CA: a list that lies loose is likely theirs."""
    seen: set[str] = set()
    for encounter in all_encounters(view):
        node = encounter.verifier
        mode = node.settings.revocation_mode
        if node.fqdn in seen or encounter.service == OWN_CERTIFICATE or mode is None or not mode.value:
            continue
        if encounter.known and any(issued_crl(crl, item) for item in encounter.chain(view).path[1:]):
            seen.add(node.fqdn)
            yield node
