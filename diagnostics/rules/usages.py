"""Extended key usages: what each certificate may be used for, by role and release."""

from collections.abc import Callable, Iterable, Iterator

from diagnostics.estate.model import InstalledCertificate, Node
from diagnostics.estate.observations import Role, Slot
from diagnostics.expressway.versions import Change
from diagnostics.pki.certificate import CLIENT_AUTH, SERVER_AUTH
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.encounters import absent_slots
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.view import View

_Without = Callable[[Say, Node, InstalledCertificate], Finding | Outcome]

_REISSUE = N_(
    "Re-issue the certificate of {node} with both serverAuth and clientAuth. Public CAs no longer give clientAuth by "
    "default: use an alternative public root that still does, or a private CA (for Expressway-C; Expressway-E faces "
    "browsers and phones). Make sure that the CA does not strip the request that the built-in CSR carries. Upload it at "
    "{menu_server_certificate} and restart ({menu_restart})."
)
_UPGRADE = N_(
    "Or upgrade Expressway-C and Expressway-E together to X15.5, which keeps server and client certificates apart, and "
    "give Expressway-C a client certificate from a private CA that Expressway-E trusts; restart it afterwards."
)
_ACTIVE = N_("The upload is accepted; {menu_zone_status} shows the zone Active and {menu_ssh_status} the tunnels.")


@rule(
    "eku-client-auth-missing",
    name=N_("A certificate that acts as client may not (clientAuth missing)"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "Expressway-C: the certificate it presents as TLS client. Expressway-E: the server certificate before X15.4, "
        "in X15.4 unless EnableServerEkuUpload is On; the client certificate from X15.5."
    ),
    sources=("225482", "225693", "FN74362", "X154-UC", "213872"),
    wordings={
        "refused": Wording(
            title=N_("The certificate of {node} has no clientAuth, which {release} demands"),
            explanation=N_(
                "{subject} allows {usages} only. Before X15.5 one certificate serves both roles, and {node} is a TLS "
                "client too; the upload page of {release} refuses it."
            ),
            impact=N_(
                "The upload is refused; forced in by other means, the traversal zone, an enforcing cluster, neighbor "
                "zones with TLS verify, and MRA registrations fail."
            ),
            steps=(_REISSUE, _UPGRADE),
            verify=_ACTIVE,
            restart=True,
        ),
        "client-store": Wording(
            title=N_("The client certificate of {node} has no clientAuth"),
            explanation=N_(
                "{subject} allows {usages} only. It is what {node} presents as TLS client from X15.5 on; typical after "
                "an upgrade, which copies the server certificate into the client store."
            ),
            impact=N_(
                "On Expressway-C the Unified Communications zone is down while Expressway-E checks usages on inbound "
                "SIP TLS, and the SSH tunnels are down either way. On Expressway-E far ends that insist on clientAuth "
                "reject its outbound calls."
            ),
            steps=(
                N_(
                    "Give {node} a client certificate with clientAuth at {menu_client_certificate} (a private CA is the "
                    "practical way), and append its CA on the peers that verify it."
                ),
                N_("Restart at {menu_restart}."),
            ),
            verify=_ACTIVE,
            restart=True,
        ),
        "release-unknown": Wording(
            title=N_("The certificate of {node} has no clientAuth"),
            explanation=N_(
                "{subject} allows {usages} only. {node} presents it as TLS client unless its release is X15.5 or later "
                "and it has a client certificate of its own; nothing among the uploads says which release it is."
            ),
            impact=N_("Before X15.5 the upload is refused, and the traversal zone and the SSH tunnels fail."),
            steps=(
                N_(
                    "Upload the diagnostic log of {node} (its xstat_dump names the release) to settle which case it is."
                ),
                _REISSUE,
                _UPGRADE,
            ),
            verify=_ACTIVE,
            restart=True,
        ),
    },
)
def eku_client_auth_missing(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """By role and release as in note 225482's table."""
    yield from _each_client(
        view, say, view.deployment.nodes(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E), _without_client_auth
    )


def _each_client(view: View, say: Say, nodes: Iterable[Node], without: _Without) -> Iterator[Finding | Outcome]:
    """Whether each of these may act as client; `without` says what it means where one may not."""
    for node in nodes:
        installed = view.client_certificate(node)
        if installed is None:
            yield say.no_certificate(at_node(node), node, node.client_slot)
            continue
        serves = installed.certificate.serves(CLIENT_AUTH)
        if serves is None:
            yield say.cannot_tell(at_node(node), Reason.NO_USAGE_EXTENSION, node=node.fqdn)
        elif serves:
            yield say.holds(at_node(node))
        else:
            yield without(say, node, installed)


def _without_client_auth(say: Say, node: Node, installed: InstalledCertificate) -> Finding | Outcome:
    client_end = node.role is Role.EXPRESSWAY_C
    if node.client_slot is Slot.SERVER and node.release is None:
        severity = Severity.HIGH if client_end else Severity.MEDIUM
        return _finding(say, node, Slot.SERVER, installed, "release-unknown", severity)
    if node.client_slot is Slot.CLIENT:
        severity = Severity.CRITICAL if client_end else Severity.MEDIUM
        return _finding(say, node, Slot.CLIENT, installed, "client-store", severity)
    if not client_end and node.has(Change.EDGE_TAKES_SERVER_ONLY):
        allowed = node.settings.server_eku_upload
        if allowed is None:
            setting = "XCP TLS Certificate CVS EnableServerEkuUpload"
            return say.cannot_tell(at_node(node), Reason.SETTING_UNKNOWN, setting=setting, node=node.fqdn)
        if allowed.value:
            return say.holds(at_node(node))
    return _finding(say, node, Slot.SERVER, installed, "refused", Severity.CRITICAL)


@rule(
    "eku-server-auth-missing",
    name=N_("A certificate that acts as server may not (serverAuth missing)"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_("The server certificate of every Expressway, and the tomcat and CallManager certificates of UC nodes."),
    sources=("213872", "X143-ZONES"),
    wordings={
        "plain": Wording(
            title=N_("The {slot} certificate of {node} has no serverAuth"),
            explanation=N_("{subject} allows {usages} only, and {node} presents it as TLS server."),
            impact=N_("Every client that checks usages refuses {node}: traversal peers, Jabber, browsers."),
            steps=(
                N_(
                    "Re-issue the {slot} certificate of {node} with serverAuth (and clientAuth where the node is a "
                    "client with it too), upload it and restart."
                ),
            ),
            verify=N_("openssl x509 -in FILE -noout -ext extendedKeyUsage names TLS Web Server Authentication."),
            restart=True,
        )
    },
    note=N_("That it matters on Unified CM as on Expressway is general knowledge of TLS."),
)
def eku_server_auth_missing(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Only a certificate with the extension and without serverAuth; without the extension nothing is documented."""
    for node in view.deployment.nodes():
        for slot in absent_slots(node):
            if slot is not Slot.CLIENT:
                yield say.no_certificate(at_node(node), node, slot)
        for slot, installed in node.certificates.items():
            if slot is Slot.CLIENT:
                continue
            serves = installed.certificate.serves(SERVER_AUTH)
            if serves is None:
                yield say.cannot_tell(at_node(node), Reason.NO_USAGE_EXTENSION, node=node.fqdn)
            elif serves:
                yield say.holds(at_node(node))
            else:
                yield _finding(say, node, slot, installed, "plain", Severity.CRITICAL)


@rule(
    "ssh-tunnel-client-eku-missing",
    name=N_("The SSH tunnels need clientAuth on Expressway-C"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every Expressway-C with a Unified Communications traversal zone."),
    sources=("225693", "221624"),
    wordings={
        "plain": Wording(
            title=N_("The SSH tunnels of {node} fail: the certificate it presents has no clientAuth"),
            explanation=N_(
                "The tunnels on TCP 2222 check the extended key usage of the certificate of {node} themselves; "
                "{subject} allows {usages} only. Switching the SIP check of usages off (X15.5) does not help here."
            ),
            impact=N_(
                "Mobile and Remote Access logins and the web proxy fail even where the zone is Active: "
                "{menu_ssh_status} shows no tunnels, alarms 35013 and 35014."
            ),
            steps=(
                N_(
                    "Give {node} a certificate with clientAuth, and append its CA on every Expressway-E "
                    "({menu_trusted_ca})."
                ),
                N_("Restart at {menu_restart}."),
            ),
            verify=N_("{menu_ssh_status}: the tunnels are established."),
            restart=True,
        ),
        "release-unknown": Wording(
            title=N_("The SSH tunnels of {node} fail unless it presents another certificate: clientAuth is missing"),
            explanation=N_(
                "The tunnels on TCP 2222 check the extended key usage of the certificate that {node} presents as TLS "
                "client. {subject} allows {usages} only; it is that certificate unless the release is X15.5 or later "
                "and {node} has a client certificate of its own. Nothing among the uploads says which release it is."
            ),
            impact=N_(
                "Before X15.5 Mobile and Remote Access logins and the web proxy fail: {menu_ssh_status} shows no "
                "tunnels, alarms 35013 and 35014."
            ),
            steps=(
                N_(
                    "Upload the diagnostic log of {node} (its xstat_dump names the release) to settle which case it is."
                ),
                N_(
                    "Before X15.5: give {node} a certificate with clientAuth, append its CA on every Expressway-E "
                    "({menu_trusted_ca}), and restart ({menu_restart})."
                ),
            ),
            verify=N_("{menu_ssh_status}: the tunnels are established."),
            restart=True,
        ),
    },
)
def ssh_tunnel_client_eku_missing(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """In every release: the check of TCP 2222 cannot be switched off."""
    clients = {node.fqdn: node for link in view.links if link.carries_uc and link.client for node in link.client.nodes}
    yield from _each_client(view, say, clients.values(), _tunnels_fail)


def _tunnels_fail(say: Say, node: Node, installed: InstalledCertificate) -> Finding:
    """As sure as it is that this is the certificate which the node presents."""
    if node.client_slot is Slot.SERVER and node.release is None:
        return _finding(say, node, Slot.SERVER, installed, "release-unknown", Severity.HIGH)
    return _finding(say, node, node.client_slot, installed, "plain", Severity.CRITICAL)


def _finding(
    say: Say, node: Node, slot: Slot, installed: InstalledCertificate, variant: str, severity: Severity
) -> Finding:
    certificate = installed.certificate
    return say.violated(
        at_node(node),
        variant=variant,
        severity=severity,
        certificates=(certificate,),
        evidence=(installed.source, *((node.version.source,) if node.version else ())),
        release=node.version.value if node.version else "",
        key=f"{slot.value} {certificate.sha256}",
        cause=f"usage {certificate.sha256}",
        slot=slot.value,
        subject=certificate.subject.text,
        usages=certificate.usage_names,
    )
