"""Who opens TLS to whom, on which port, what each side presents and what it verifies.

"Client certificate" below means the server certificate up to X15.4 and the client certificate from X15.5 on (note
225693). A port of None depends on the configuration. `judged` says whether the rules of this engine judge the
connection from files; the rest is listed so that a reader sees what was not looked at.
"""

from dataclasses import dataclass
from enum import StrEnum


class Party(StrEnum):
    """An end of a connection."""

    EXPRESSWAY_C = "expressway-c"
    EXPRESSWAY_E = "expressway-e"
    EXPRESSWAY = "expressway"  # either of the two
    UNIFIED_CM = "unified-cm"
    IM_PRESENCE = "im-presence"
    UNITY_CONNECTION = "unity-connection"
    MEETING_SERVER = "meeting-server"
    CLIENT = "client"  # Jabber, Webex App, a room endpoint, a phone, a browser
    ANY_PEER = "any-peer"  # whatever the zone points to
    SERVICE = "service"  # LDAP, TMS, a cloud, a policy or CRL server


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionKind:
    """One row of the table of TLS connections; None in a `verifies` column: nothing is documented."""

    service: str
    title: str
    client: Party
    server: Party
    port: int | None
    client_verifies: str | None
    server_verifies: str | None
    sources: tuple[str, ...]
    changed: str = ""
    judged: bool = False


TRAVERSAL_SIP = "traversal-sip"
SSH_TUNNEL = "ssh-tunnel"
UC_HTTPS = "uc-https"
UC_SIP = "uc-sip"
IMP_XMPP = "imp-xmpp"
UNITY_HTTPS = "unity-https"
EDGE_CLIENT = "edge-client"

_ROWS: tuple[ConnectionKind, ...] = (
    ConnectionKind(
        service=TRAVERSAL_SIP,
        title="Traversal zone (SIP TLS)",
        client=Party.EXPRESSWAY_C,
        server=Party.EXPRESSWAY_E,
        port=7001,
        client_verifies="chain; zone peer address in the SAN; validity; revocation if enabled",
        server_verifies="chain; TLS verify subject name in the SAN; clientAuth; validity; revocation if enabled",
        sources=("X150-MRA", "X154-UC", "213872", "225482", "225693"),
        changed="X15.4: E may be serverAuth only. X15.5: the inbound check of clientAuth is a switch",
        judged=True,
    ),
    ConnectionKind(
        service=SSH_TUNNEL,
        title="SSH tunnels that carry HTTPS",
        client=Party.EXPRESSWAY_C,
        server=Party.EXPRESSWAY_E,
        port=2222,
        client_verifies="entire chain from its own trusted CA list; a root alone is not enough",
        server_verifies="entire chain from its own list; clientAuth, not switchable in X15.5",
        sources=("221624", "X150-MRA", "X155-STATUS", "225693"),
        judged=True,
    ),
    ConnectionKind(
        service="xcp",
        title="XCP (XMPP) between the pair",
        client=Party.EXPRESSWAY_C,
        server=Party.EXPRESSWAY_E,
        port=7400,
        client_verifies="chain; E's name through DNS, forward and reverse",
        server_verifies=None,
        sources=("X150-MRA", "117811"),
        changed="X8.8 introduced the DNS requirement",
    ),
    ConnectionKind(
        service="mra-sip-service",
        title="SIP SERVICE message that carries a certificate",
        client=Party.EXPRESSWAY_E,
        server=Party.EXPRESSWAY_C,
        port=None,
        client_verifies=None,
        server_verifies="both usages before X15.4",
        sources=("225482",),
        changed="X15.4 dropped the clientAuth check",
    ),
    ConnectionKind(
        service="traversal-plain",
        title="Traversal zone without Unified Communications",
        client=Party.EXPRESSWAY_C,
        server=Party.EXPRESSWAY_E,
        port=None,
        client_verifies="as the traversal zone, where TLS verify mode is On",
        server_verifies="as the traversal zone, where TLS verify mode is On",
        sources=("X143-ZONES", "225482"),
        judged=True,
    ),
    ConnectionKind(
        service="neighbor",
        title="Neighbor zone with TLS verify mode On",
        client=Party.EXPRESSWAY,
        server=Party.ANY_PEER,
        port=5061,
        client_verifies="chain; zone peer address in the SAN; validity",
        server_verifies="chain; peer address in the SAN; clientAuth of the initiator",
        sources=("X143-ZONES", "225482", "225693"),
        changed="X15.4: clientAuth still needed; X15.5: a switch",
    ),
    ConnectionKind(
        service="dns-zone",
        title="DNS zone, business to business",
        client=Party.EXPRESSWAY_E,
        server=Party.ANY_PEER,
        port=None,
        client_verifies="chain; TLS verify subject name in the SAN",
        server_verifies="inbound mapping: subject name in CN or SAN",
        sources=("X143-ZONES",),
    ),
    ConnectionKind(
        service="webex",
        title="Webex (hybrid call, edge)",
        client=Party.EXPRESSWAY_E,
        server=Party.SERVICE,
        port=5062,
        client_verifies="chain; TLS verify subject name",
        server_verifies="a public CA, full chain sent",
        sources=("212475", "X143-ZONES", "225693"),
        changed="X12.5 added the Webex zone",
    ),
    ConnectionKind(
        service="default-zone",
        title="Default Zone with mutual TLS",
        client=Party.ANY_PEER,
        server=Party.EXPRESSWAY_E,
        port=5061,
        client_verifies=None,
        server_verifies="chain; access rule against CN or any SAN",
        sources=("X143-ZONES",),
    ),
    ConnectionKind(
        service=UC_HTTPS,
        title="HTTPS to Unified CM through the traffic server",
        client=Party.EXPRESSWAY_C,
        server=Party.UNIFIED_CM,
        port=8443,
        client_verifies="from X14.0.8 / X14.2: chain and name on every request, whatever TLS verify mode says",
        server_verifies="full chain of Expressway-C in tomcat-trust and CallManager-trust, in any security mode",
        sources=("225476", "218018", "RN-X1425", "225693"),
        changed="X14.0.2, X14.0.8, X14.2, X15.5",
        judged=True,
    ),
    ConnectionKind(
        service=UC_SIP,
        title="Secure SIP line side and TFTP to Unified CM",
        client=Party.EXPRESSWAY_C,
        server=Party.UNIFIED_CM,
        port=5061,
        client_verifies="chain",
        server_verifies="Expressway-C's chain in CallManager-trust; phone security profile name in the SAN",
        sources=("213872", "X154-UC"),
        judged=True,
    ),
    ConnectionKind(
        service=IMP_XMPP,
        title="IM and Presence (HTTPS, XMPP)",
        client=Party.EXPRESSWAY_C,
        server=Party.IM_PRESENCE,
        port=8443,
        client_verifies="chain; FQDN",
        server_verifies="root of Expressway-C in cup-xmpp-trust and tomcat-trust",
        sources=("X150-MRA",),
        judged=True,
    ),
    ConnectionKind(
        service=UNITY_HTTPS,
        title="Unity Connection (HTTPS)",
        client=Party.EXPRESSWAY_C,
        server=Party.UNITY_CONNECTION,
        port=443,
        client_verifies="chain; host name of the Unified CM UC Service in the SAN",
        server_verifies=None,
        sources=("X150-MRA",),
        judged=True,
    ),
    ConnectionKind(
        service="cms-web-bridge",
        title="Meeting Server web bridge",
        client=Party.EXPRESSWAY_C,
        server=Party.MEETING_SERVER,
        port=443,
        client_verifies="chain and name by default since X14.2",
        server_verifies=None,
        sources=("RN-X1425", "210800"),
    ),
    ConnectionKind(
        service=EDGE_CLIENT,
        title="Jabber or Webex App over MRA",
        client=Party.CLIENT,
        server=Party.EXPRESSWAY_E,
        port=8443,
        client_verifies="the device's own list; the service domain or collab-edge.<domain> in the SAN, else a prompt",
        server_verifies="optional mutual TLS with activation-code onboarding",
        sources=("221624", "X150-MRA", "213872"),
        judged=True,
    ),
    ConnectionKind(
        service="edge-room",
        title="TC and CE room endpoints over MRA",
        client=Party.CLIENT,
        server=Party.EXPRESSWAY_E,
        port=8443,
        client_verifies="endpoint CA list; the service domain in the SAN, else the connection fails",
        server_verifies="CA of the endpoint's certificate where it has one",
        sources=("213872", "X150-MRA"),
    ),
    ConnectionKind(
        service="edge-phone",
        title="7800 and 8800 phones over MRA",
        client=Party.CLIENT,
        server=Party.EXPRESSWAY_E,
        port=8443,
        client_verifies="a fixed list of public CAs, no prompt",
        server_verifies="the onboarding CA list with mutual TLS",
        sources=("X150-MRA", "213872"),
    ),
    ConnectionKind(
        service="webrtc",
        title="WebRTC guests (web proxy)",
        client=Party.CLIENT,
        server=Party.EXPRESSWAY_E,
        port=443,
        client_verifies="browser rules; join URL host in the SAN",
        server_verifies=None,
        sources=("210800", "ALARMS"),
    ),
    ConnectionKind(
        service="xmpp-federation",
        title="XMPP federation",
        client=Party.EXPRESSWAY_E,
        server=Party.ANY_PEER,
        port=5269,
        client_verifies=None,
        server_verifies="federation domains and chat node aliases in E's SAN",
        sources=("FN74362", "X154-REQ"),
    ),
    ConnectionKind(
        service="cluster-database",
        title="Cluster database between peers",
        client=Party.EXPRESSWAY,
        server=Party.EXPRESSWAY,
        port=None,
        client_verifies="Enforce: chain, Peer N address in the SAN, mapped IP; Permissive: faults tolerated",
        server_verifies="the same",
        sources=("X140-CLUSTER", "225482"),
        changed="before X15.4 Enforce needs clientAuth",
    ),
    ConnectionKind(
        service="ldap",
        title="LDAP for login accounts",
        client=Party.EXPRESSWAY,
        server=Party.SERVICE,
        port=636,
        client_verifies="chain; configured address in the CN",
        server_verifies=None,
        sources=("X155-USERS",),
    ),
    ConnectionKind(
        service="external-manager",
        title="TMS or another external manager",
        client=Party.EXPRESSWAY,
        server=Party.SERVICE,
        port=443,
        client_verifies="only where Certificate verification mode is On",
        server_verifies=None,
        sources=("X126-CLUSTER",),
    ),
    ConnectionKind(
        service="cloud",
        title="Hybrid connectors, smart licensing, onboarding",
        client=Party.EXPRESSWAY,
        server=Party.SERVICE,
        port=443,
        client_verifies="root in the list; CN or SAN is the host name",
        server_verifies="clientAuth for MRA onboarding",
        sources=("ALARMS", "225482"),
    ),
    ConnectionKind(
        service="policy-crl",
        title="Policy server, CRL server over HTTPS",
        client=Party.EXPRESSWAY,
        server=Party.SERVICE,
        port=443,
        client_verifies="chain",
        server_verifies=None,
        sources=("CRL-X125", "CRL-OLD"),
    ),
    ConnectionKind(
        service="administrator",
        title="Administrator's browser",
        client=Party.CLIENT,
        server=Party.EXPRESSWAY,
        port=443,
        client_verifies="browser rules",
        server_verifies="client certificate modes",
        sources=("X153-NET",),
    ),
)

CONNECTIONS: dict[str, ConnectionKind] = {row.service: row for row in _ROWS}
