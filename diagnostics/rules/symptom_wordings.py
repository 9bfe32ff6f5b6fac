"""The sentences of findings about what nodes reported: what it means, whom it concerns, and what to upload or look at."""

from diagnostics.rules.base import N_, Wording

_PEER_LOG = N_(
    "Upload the diagnostic logs of {node} and of {others} as the nodes made them, taken at the same time: they hold the "
    "certificates, the lists, the zones and both halves of each failed handshake."
)
_RESTARTED = N_(
    "If a certificate or list of {node} was changed lately, restart it ({menu_restart}): changes need that to take effect."
)
_AGAIN = N_("A new diagnostic log of {node}, uploaded here, no longer has such lines.")
_SIP = N_("Calls and registrations between {node} and {others} fail, as long as this goes on.")
_MRA = N_("Users of Mobile and Remote Access whose requests go to {others} cannot sign in or lose services.")

UNEXPLAINED: dict[str, Wording] = {
    "untrusted": Wording(
        title=N_("{node} does not trust the certificate of {others}, and nothing uploaded says why"),
        explanation=N_(
            "{node} refused the certificate that it was shown: “{detail}”, last at {last}. (Where it reads “self signed "
            "certificate in certificate chain”, the root is not in the trusted CA list of {node}; it does not mean a "
            "self-signed certificate.)"
        ),
        impact=_SIP,
        steps=(
            _PEER_LOG,
            N_(
                "If {others} is another company's or a cloud service, upload its CA certificates, root and intermediates."
            ),
            _RESTARTED,
        ),
        verify=_AGAIN,
    ),
    "name": Wording(
        title=N_("{node} misses a name in the certificate of {others}, and nothing uploaded says which"),
        explanation=N_(
            "The certificate that {node} was shown carries none of the names that it expects: “{detail}”, last at {last}."
        ),
        impact=_SIP,
        steps=(
            _PEER_LOG,
            N_(
                "Compare the TLS verify subject name or the peer address of the zone on {node} ({menu_zones}) with the "
                "names in the certificate of {others}; a connection that fits no zone lands in the Default Zone."
            ),
        ),
        verify=_AGAIN,
    ),
    "name-known": Wording(
        title=N_("{node} looks for {wanted} in the certificate of {others} and does not find it"),
        explanation=N_(
            "The certificate that {node} was shown does not carry {wanted}, by the log the name that it looked for: "
            "“{detail}”, last at {last}. Nothing uploaded shows where that name is set, or why the certificate lacks it."
        ),
        impact=_SIP,
        steps=(
            N_(
                "See where {wanted} stands as TLS verify subject name or as peer address of a zone on {node} "
                "({menu_zones}). If it is mistyped, put it right there; else have the certificate of {others} re-issued "
                "with that name."
            ),
            _PEER_LOG,
        ),
        verify=_AGAIN,
    ),
    "rejected": Wording(
        title=N_("The certificate of {node} is refused by {others}, and nothing uploaded says why"),
        explanation=N_(
            "The other end ended the handshake with the alert “{detail}”, last at {last}. It is the list of {others} that "
            "lacks something, or the certificate of {node} that does not satisfy it."
        ),
        impact=_SIP,
        steps=(
            _PEER_LOG,
            N_(
                "If {others} is another company's or a cloud service, ask there which CA is missing; see to it that root "
                "and intermediates of the certificate of {node} are in its own trusted CA list, else they are not sent."
            ),
            _RESTARTED,
        ),
        verify=_AGAIN,
    ),
    "proxy-untrusted": Wording(
        title=N_("The HTTP proxy of {node} does not trust the certificate of {others}, and nothing uploaded says why"),
        explanation=N_(
            "The proxy for Mobile and Remote Access could not verify the chain that {others} showed: “{detail}”, last at "
            "{last}."
        ),
        impact=_MRA,
        steps=(
            N_("Upload the certificate snapshot of {others} (or its show cert own, with the PEM blocks)."),
            N_("Upload the diagnostic log of {node} in its present state, with its trusted CA list."),
            _RESTARTED,
        ),
        verify=_AGAIN,
    ),
    "proxy-name": Wording(
        title=N_("The certificate of {others} lacks the name by which the HTTP proxy of {node} reaches it"),
        explanation=N_(
            "The proxy for Mobile and Remote Access asked for {wanted} and was shown a certificate without that name, "
            "last at {last}. Nothing uploaded shows that certificate."
        ),
        impact=_MRA,
        steps=(
            N_("Upload the certificate snapshot of {others} (or its show cert own, with the PEM blocks)."),
            N_(
                "Compare its names with the entry under System > Server in Unified CM; both must be the same full name."
            ),
        ),
        verify=_AGAIN,
    ),
    "proxy-rejected": Wording(
        title=N_("The certificate of {node} is refused over HTTPS by {others}, and nothing uploaded says why"),
        explanation=N_(
            "The handshake of the HTTP proxy was ended by {others} with the alert “{detail}”, last at {last}: most often the "
            "CA certificates of {node} are missing in its tomcat-trust or CallManager-trust."
        ),
        impact=_MRA,
        steps=(
            N_("Upload the certificate snapshot of {others}, which has its trust stores."),
            N_("If its stores were changed lately, restart the Tomcat and CallManager services there."),
        ),
        verify=_AGAIN,
    ),
    "tunnels": Wording(
        title=N_("The SSH tunnels of {node} are down, and nothing uploaded says why"),
        explanation=N_(
            "{node} reports “{detail}”. The tunnels need the entire chain of the other side in the trusted CA list of "
            "each end, and TCP port 2222 open from Expressway-C to Expressway-E."
        ),
        impact=N_("Nobody can sign in over Mobile and Remote Access through these nodes."),
        steps=(
            N_("Upload the diagnostic logs of all Expressway-C and Expressway-E peers, each in its present state."),
            N_("See to it that no firewall blocks or inspects TCP port 2222."),
            _RESTARTED,
        ),
        verify=N_("{menu_ssh_status} shows the tunnels as active."),
    ),
    "zone": Wording(
        title=N_("Zone “{zone}” of {node} has failed, and nothing uploaded says why"),
        explanation=N_("The status of {node} shows the zone as failed: “{detail}”."),
        impact=N_("No call goes through the zone; with Unified Communications, nobody signs in through it."),
        steps=(
            N_("Upload the diagnostic logs of every node at the other end of zone “{zone}”."),
            _RESTARTED,
        ),
        verify=N_("The zone is shown as Active at {menu_zones}."),
    ),
    "alarm": Wording(
        title=N_("{node} raised an alarm about certificates: {alarm}"),
        explanation=N_(
            "The alarm reads “{detail}”. No finding here is its cause, as far as can be told from what was uploaded."
        ),
        impact=N_("As the alarm says."),
        steps=(
            N_("Upload the diagnostic logs of {node} and of the other peers of its cluster in their present state."),
            N_("To acknowledge the alarm on {node} only marks it as seen; it is over when its cause is gone."),
        ),
        verify=N_("The alarm is gone from the list of alarms of {node}."),
    ),
    "strangers": Wording(
        title=N_("{node} and {count} machines of which nothing was uploaded do not accept each other's certificates"),
        explanation=N_(
            "Handshakes with {others} failed over a certificate, the last one at {last} with “{detail}”. None of these "
            "addresses is that of a node among the uploads."
        ),
        impact=N_(
            "Whoever is behind these addresses; on a public address most of them are strangers who try the port."
        ),
        steps=(
            N_("Look through the addresses for partners, cloud services and nodes of your own."),
            N_(
                "Upload the diagnostic logs of those that are yours, and the CA certificates of those that are partners."
            ),
        ),
        verify=_AGAIN,
    ),
    "stale": Wording(
        title=N_("{node} reported trouble with certificates that were replaced since"),
        explanation=N_(
            "“{detail}” was last seen at {last}, with {others}; the certificates in question were replaced later, on "
            "{changed}. Most likely it is over."
        ),
        impact=N_("Nobody, if the replacement put it right."),
        steps=(N_("Upload a diagnostic log of {node} that was taken after {changed}, to be sure."),),
        verify=_AGAIN,
    ),
}

_LOG_TITLE = N_("{node} reported something that looks like a certificate problem and is none: {detail}")

NOT_A_CERTIFICATE: dict[str, Wording] = {
    "credentials": Wording(
        title=_LOG_TITLE,
        explanation=N_(
            "A user name or password was refused in what {node} exchanges with {others}, last at {last}. TLS itself came "
            "about, so the certificates were accepted."
        ),
        impact=N_(
            "A zone with wrong credentials stays down and looks like one with a TLS fault; a user cannot sign in."
        ),
        steps=(
            N_(
                "For a traversal zone: compare user name and password in the zone on Expressway-C with those in the "
                "authentication database of Expressway-E."
            ),
            N_("For a user: check the account on Unified CM, and that its home cluster is the one that was asked."),
        ),
        verify=_AGAIN,
    ),
    "forbidden": Wording(
        title=_LOG_TITLE,
        explanation=N_(
            "The HTTP proxy of {node} answered requests with “403 Forbidden”, last at {last}: a domain or service that "
            "is not allowed, not a certificate."
        ),
        impact=N_("Users whose domain is not enabled cannot sign in over Mobile and Remote Access."),
        steps=(
            N_("On Expressway-C: {menu_domains}, switch on the services for the domain that users sign in with."),
            N_("Check the HTTP allow list for the server that was asked for."),
        ),
        verify=_AGAIN,
    ),
    "unreachable": Wording(
        title=_LOG_TITLE,
        explanation=N_("{node} could not reach {others}, last at {last}: “{detail}”. No TLS handshake was begun."),
        impact=N_("The service behind that connection is down for those who depend on it."),
        steps=(
            N_("See whether the service runs at {others}, and whether a firewall lets {node} reach its port."),
            N_("See whether {node} resolves the name to the right address, forward and reverse."),
        ),
        verify=_AGAIN,
    ),
    "closed": Wording(
        title=N_(
            "Connections between {node} and {others} were cut in the TLS handshake, without a word about certificates"
        ),
        explanation=N_(
            "The connection ended without a TLS alert: “{detail}”, last at {last}. A firewall or proxy that inspects TLS "
            "does that, a load balancer that tests a port, and port scanners on a public address."
        ),
        impact=N_("If {others} is a peer of yours, its connections fail; if it is a stranger, nobody."),
        steps=(
            N_("If {others} is a peer of yours, exempt the connection from TLS inspection on every firewall between."),
            N_("Upload the diagnostic log of {others} of the same time, which says whether it hung up and why."),
        ),
        verify=_AGAIN,
    ),
    "strangers": Wording(
        title=N_("TLS between {node} and {count} machines of which nothing was uploaded fails, not over certificates"),
        explanation=N_("Handshakes with {others} failed, the last one at {last} with “{detail}”."),
        impact=N_("Nobody of yours, unless one of these addresses is a partner's."),
        steps=(
            N_("Look through the addresses for partners; their TLS versions and ciphers must fit those of {node}."),
            N_("On a public address, strangers who try the port are no reason to do anything."),
        ),
        verify=_AGAIN,
    ),
    "other": Wording(
        title=N_("TLS handshakes between {node} and {others} failed for a reason other than certificates: {detail}"),
        explanation=N_(
            "“{detail}”, last at {last}, speaks of protocol versions, ciphers or of something that is not TLS at all."
        ),
        impact=N_("If {others} is a peer of yours, its connections fail; if it is a stranger, nobody."),
        steps=(
            N_("Compare the TLS versions and cipher lists of both ends (Maintenance > Security > Ciphers)."),
            N_("On a public address, strangers who try the port are no reason to do anything."),
        ),
        verify=_AGAIN,
    ),
}
