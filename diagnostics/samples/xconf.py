"""The text configuration dump of one Expressway node: `*c xConfiguration <path>: "<value>"`, one setting a line.

Line form and the keys of traversal zones are as seen in dumps that Cisco published (note 212475); the other keys follow
the CLI reference of the X15.0 Administrator Guide. The real thing has several hundred lines more.
"""

import base64
import re

from diagnostics.samples.blueprint import ClusterPlan, EstatePlan, NodePlan, ZoneKind, ZonePlan, release

Settings = dict[str, str | None]  # None: the setting is there and unset

PEERS = 6  # a cluster and a zone have six places for peers
TYPES: dict[ZoneKind, str] = {
    "traversal-client": "TraversalClient",
    "traversal-server": "TraversalServer",
    "neighbor": "Neighbor",
    "dns": "DNS",
}
# In the dump a password is enciphered; this one says what it is.
PASSWORD = "{cipher}" + base64.b64encode(b"made up for a sample, opens nothing").decode()

_CIPHERS = "EECDH:EDH:HIGH:-AES256+SHA:!MEDIUM:!LOW:!3DES:!MD5:!PSK:!eNULL:!aNULL:!aDH"
_EVERYWHERE: Settings = {
    "Administration HTTPS Mode": "On",
    "Administration SSH Mode": "On",
    "Administration TimeOut": "30",
    "Applications ConferenceFactory Mode": "Off",
    "Authentication Certificate Crlcheck": "None",
    "Authentication Certificate Crlinaccessible": "Ignore",
    "Authentication Certificate Mode": "NotRequired",
    "Bandwidth Default": "64",
    "Bandwidth Downspeed PerCall Mode": "On",
    "Bandwidth Downspeed Total Mode": "On",
    "Call Loop Detection Mode": "On",
    "Call Routed Mode": "Always",
    "Call Services CallsToUnknownIPAddresses": "Indirect",
    "Ciphers HTTPSCiphers Value": _CIPHERS,
    "Ciphers HTTPSProtocol Value": "minTLSv1.2",
    "Ciphers ReverseProxyTLSCiphers Value": _CIPHERS,
    "Ciphers ReverseProxyTLSProtocol Value": "minTLSv1.2",
    "Ciphers SIPTLSCiphers Value": _CIPHERS,
    "Ciphers UcClientTLSCiphers Value": _CIPHERS,
    "Ciphers UcClientTLSProtocol Value": "minTLSv1.2",
    "Ciphers XCPTLSCiphers Value": _CIPHERS,
    "Ciphers XCPTLSProtocol Value": "minTLSv1.2",
    "CollaborationEdge AllowOnboardingOverMra": "Off",
    "CollaborationEdge JabbercEnabled": "Off",
    "CollaborationEdge SsoEnabled": "Off",
    "CollaborationEdgeDeployments 1 UserReadableName": "Default deployment",
    "DNS Server 1 Address": "192.0.2.53",
    "DNS Server 2 Address": "192.0.2.54",
    "DNS Server 3 Address": None,
    "EdgeConfigServer CredentialTtl": "28800",
    "EdgeConfigServer PurgeInterval": "43200",
    "EdgeConfigServer RateLimitLogins": "3",
    "EdgeConfigServer RateLimitPeriod": "300",
    "Ethernet 1 IP V4 StaticNAT Address": None,
    "Ethernet 1 IP V4 StaticNAT Mode": "Off",
    "Ethernet 1 IP V4 SubnetMask": "255.255.255.0",
    "ExternalManager Address": None,
    "ExternalManager Server Certificate Verification Mode": "On",
    "H323 Mode": "Off",
    "IP DNS SearchDomains": None,
    "IP External Interface": "LAN1",
    "IPProtocol": "IPv4",
    "Interworking Mode": "RegisteredOnly",
    "Login Remote LDAP CRLCheck": "None",
    "Login Remote LDAP Encryption": "TLS",
    "NTP Server 1 Address": "192.0.2.123",
    "NTP Server 2 Address": None,
    "Policy AdministratorPolicy Mode": "Off",
    "Registration RestrictionPolicy Mode": "None",
    "SIP Advanced SipTlsVersions": "TLSv1.2",
    "SIP MTLS Mode": "Off",
    "SIP MTLS Port": "5062",
    "SIP Mode": "On",
    "SIP TCP Mode": "Off",
    "SIP TCP Port": "5060",
    "SIP TLS Certificate Revocation Checking CRL Mode": "On",
    "SIP TLS Certificate Revocation Checking CRL Network Fetch Mode": "On",
    "SIP TLS Certificate Revocation Checking OCSP Mode": "On",
    "SIP TLS Mode": "On",
    "SIP TLS Port": "5061",
    "SIP UDP Mode": "Off",
    "SIP UDP Port": "5060",
    "SNMP CommunityName": "made-up-community",
    "TimeZone Name": "UTC",
    "Traversal Media Port End": "59999",
    "Traversal Media Port Start": "36000",
    "XCP TLS Certificate CVS CertificateRevocationCheck": "Off",
    "XCP TLS Certificate CVS EnableCvs": "On",
    "XCP TLS Certificate CVS VerifyHostname": "On",
    "Zones DefaultZone Authentication Mode": "DoNotCheckCredentials",
    "Zones DefaultZone SIP TLS Verify Mode": "Off",
    "Zones LocalZone DefaultSubZone Registrations": "Deny",
}
_TRAVERSAL: Settings = {
    "Authentication Mode": "DoNotCheckCredentials",
    "Authentication UserName": "traversal",
    "H323 Port": "1719",
    "H323 Protocol": "Assent",
    "Registrations": "Allow",
    "SIP Media AesGcm Support": "Off",
    "SIP Media Encryption Mode": "On",
    "SIP Media ICE Support": "Off",
    "SIP Multistream Mode": "On",
    "SIP ParameterPreservation Mode": "On",
    "SIP Poison Mode": "Off",
    "SIP PreloadedSipRoutes Accept": "Off",
    "SIP Protocol": "Assent",
}
_BY_TYPE: dict[str, Settings] = {
    "TraversalClient": {
        **_TRAVERSAL,
        "Accept Delegated Credential Checks": "Off",
        "Authentication Password": PASSWORD,
        "RetryInterval": "120",
        "SIP TURN Server Address": None,
        "SIP TURN Server Port": None,
    },
    "TraversalServer": {
        **_TRAVERSAL,
        "H323 H46019 Demultiplexing Mode": "Off",
        "H323 Port": "6001",
        "TCPProbe KeepAliveInterval": "20",
        "TCPProbe RetryCount": "5",
        "TCPProbe RetryInterval": "2",
        "UDPProbe KeepAliveInterval": "20",
        "UDPProbe RetryCount": "5",
        "UDPProbe RetryInterval": "2",
    },
    "Neighbor": {
        "Authentication Mode": "DoNotCheckCredentials",
        "H323 Port": "1719",
        "Monitor": "Yes",
        "SIP Media Encryption Mode": "Auto",
        "ZoneProfile": "CiscoUnifiedCommunicationsManager",
    },
    "DNS": {
        "IncludeAddressRecord": "Off",
        "SIP Media Encryption Mode": "Auto",
        "SIP Media ICE Support": "Off",
        "SIP TLS Verify InboundClassification": "Off",
        "ZoneProfile": "Default",
    },
}


def xconf_dump(plan: EstatePlan, node: NodePlan) -> bytes:
    """What `xconf_dump_*.txt` of the node says. The cluster's TLS verification mode is in no dump that was seen."""
    cluster = plan.cluster_of(node.fqdn)
    settings = _EVERYWHERE | _own(node) | _alternates(cluster, plan.version_of(node)) | _switches(cluster)
    settings |= {"CollaborationEdge Enabled": _on(plan.mra_enabled)}
    if cluster.role == "expressway-c":
        settings |= _domains(plan)
    for number, zone in enumerate(zones_of(plan, cluster), start=1):
        settings |= {f"Zones Zone {number} {key}": value for key, value in _zone(zone).items()}
    return "".join(
        f"*c xConfiguration {key}: {_quoted(settings[key])}\n" for key in sorted(settings, key=_order)
    ).encode()


def zones_of(plan: EstatePlan, cluster: ClusterPlan) -> list[ZonePlan]:
    """The cluster's zones in the order of their creation.

    With Mobile and Remote Access on, Expressway-C has made a neighbor zone named CEtls-<node> to every Unified CM node.
    """
    automatic: list[ZonePlan] = []
    if cluster.role == "expressway-c" and plan.mra_enabled:
        automatic = [_automatic_zone(node.server_entry or node.fqdn) for node in plan.nodes("unified-cm")]
    return [*cluster.zones, *automatic]


def _automatic_zone(address: str) -> ZonePlan:
    return ZonePlan(name=f"CEtls-{address}", kind="neighbor", unified_communications=False, port=5061, peers=[address])


def _own(node: NodePlan) -> Settings:
    return {
        "Ethernet 1 IP V4 Address": node.address,
        "IP DNS Domain Name": node.domain,
        "IP DNS Hostname": node.host,
        "SystemUnit Name": node.host,
    }


def _alternates(cluster: ClusterPlan, version: str) -> Settings:
    """The cluster; a single node has neither name nor peers here. X14 calls the first peer primary (guide of X15.0)."""
    clustered = len(cluster.nodes) > 1
    first = "ConfigurationPrimary" if release(version) >= (14,) else "ConfigurationMaster"
    settings: Settings = {"Alternates Cluster Name": cluster.name if clustered else None, f"Alternates {first}": "1"}
    addresses = [node.fqdn for node in cluster.nodes] if clustered else []
    return settings | _places("Alternates ", addresses)


def _switches(cluster: ClusterPlan) -> Settings:
    """Only what the plan states, and revocation checking, which every dump has."""
    chosen = cluster.settings
    behaviour = {None: "Ignore", "not-revoked": "Ignore", "revoked": "Fail"}[chosen.revocation_fallback]
    settings: Settings = {
        "SIP TLS Certificate Revocation Checking Mode": _on(bool(chosen.revocation)),
        "SIP TLS Certificate Revocation Checking Source Inaccessibility Behavior": behaviour,
    }
    for key, value in (
        ("EdgeConfigServer VerifyOriginServer", chosen.verify_origin_server),
        ("XCP TLS Certificate CVS EnableServerEkuUpload", chosen.server_eku_upload),
        ("SIP TLS Certificate ExtendedKeyUsage Checking Mode", chosen.sip_eku_checking),
    ):
        if value is not None:
            settings[key] = _on(value)
    return settings


def _domains(plan: EstatePlan) -> Settings:
    names = list(dict.fromkeys((*plan.mra_domains, *plan.xmpp_federation_domains)))
    settings: Settings = {}
    for number, name in enumerate(names, start=1):
        registers = _on(name in plan.mra_domains)
        settings |= {
            f"SIP Domain {number} Edgejabberc": "Off",
            f"SIP Domain {number} Edgesip": registers,
            f"SIP Domain {number} Edgexmpp": registers,
            f"SIP Domain {number} Name": name,
            f"SIP Domain {number} Sip": "Off",
            f"SIP Domain {number} Xmppfederation": _on(name in plan.xmpp_federation_domains),
        }
    return settings


def _zone(zone: ZonePlan) -> Settings:
    kind = TYPES[zone.kind]
    settings: Settings = {"H323 Mode": "Off", "HopCount": "15", "Name": zone.name, "SIP Mode": "On", "Type": kind}
    own = dict(_BY_TYPE[kind]) | {"SIP TLS Verify Mode": _on(zone.tls_verify)}
    if zone.kind != "dns":
        own |= {"SIP Port": str(zone.port), "SIP Transport": "TLS"}
    if zone.kind in ("traversal-client", "traversal-server"):
        own["Collaboration Edge"] = _on(zone.unified_communications)
    if zone.kind in ("traversal-client", "neighbor"):
        own |= _places("", zone.peers)
    if zone.kind in ("traversal-server", "dns"):
        own["SIP TLS Verify Subject Name"] = zone.verify_name
    return settings | {f"{kind} {key}": value for key, value in own.items()}


def _places(prefix: str, addresses: list[str]) -> Settings:
    filled: list[str | None] = [*addresses, *([None] * (PEERS - len(addresses)))]
    return {f"{prefix}Peer {number} Address": address for number, address in enumerate(filled, start=1)}


def _on(value: bool) -> str:
    return "On" if value else "Off"


def _quoted(value: str | None) -> str:
    return "" if value is None else f'"{value}"'


def _order(key: str) -> list[tuple[int, str]]:
    """Alphabetical, with numbers in their order: Zone 10 after Zone 2."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", key)]
