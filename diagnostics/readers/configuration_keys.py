"""The settings of an Expressway that are taken from its configuration, whatever form it comes in.

Keys as the text dump writes them, `#` for a number. Names of zones and their traversal settings are verbatim from dumps;
the others are the syntax of the X15.0 and X15.5 command line reference, which the dump is taken to follow. They are
compared without regard to case and blanks (dump `Edgesip`, manual `Edge`), so that the elements of the XML form fit too.
"""

from collections.abc import Iterable, Mapping

from diagnostics.estate.observations import FactKey, ZoneType

_SWAPPED = "alternates # peer address"  # the example line of the X15.0 manual, against its own syntax
_NODE = {
    "ip dns hostname": FactKey.HOST_NAME,
    "ip dns domain name": FactKey.DOMAIN_NAME,
    "alternates cluster name": FactKey.CLUSTER,
    "alternates configurationmaster": FactKey.CLUSTER_PRIMARY,  # up to X12, at least
    "alternates configurationprimary": FactKey.CLUSTER_PRIMARY,  # X15.0; the release of the new word is not known
    "alternates peer # address": FactKey.CLUSTER_PEER,
    _SWAPPED: FactKey.CLUSTER_PEER,
    "clusterconfiguration tls_verify": FactKey.TLS_VERIFICATION,  # as change logs call it; not seen in a dump
    "ethernet # ip v4 address": FactKey.ADDRESS,
    "ethernet # ip v6 address": FactKey.ADDRESS,
    "ethernet # ip v4 staticnat address": FactKey.ADDRESS,  # what static NAT shows to the outside
    "ethernet # ip v6 staticnat address": FactKey.ADDRESS,
    "dns server # address": FactKey.DNS_SERVER,
    "ip dns server # address": FactKey.DNS_SERVER,
    "ntp server # address": FactKey.NTP_SERVER,
    "edgeconfigserver verifyoriginserver": FactKey.VERIFY_ORIGIN_SERVER,
    "sip tls mode": FactKey.SIP_TLS,
    "sip tls port": FactKey.SIP_TLS_PORT,
    "sip mtls mode": FactKey.SIP_MUTUAL_TLS,
    "sip mtls port": FactKey.SIP_MUTUAL_TLS_PORT,
    "sip advanced siptlsversions": FactKey.SIP_TLS_VERSIONS,
    "sip advanced tlssignaturealgoprefrsa": FactKey.SIP_PREFERS_RSA,
    "sip tls certificate extendedkeyusage checking mode": FactKey.SIP_EKU_CHECKING,
    "sip tls certificate revocation checking mode": FactKey.REVOCATION_MODE,
    "sip tls certificate revocation checking ocsp mode": FactKey.REVOCATION_OCSP,
    "sip tls certificate revocation checking crl mode": FactKey.REVOCATION_CRL,
    "sip tls certificate revocation checking crl network fetch mode": FactKey.REVOCATION_CRL_FETCH,
    "sip tls certificate revocation checking source inaccessibility behavior": FactKey.REVOCATION_FALLBACK,
    "ciphers siptlsciphers value": FactKey.SIP_CIPHERS,
    "ciphers ucclienttlsciphers value": FactKey.UC_CLIENT_CIPHERS,
    "ciphers sshd_pfwd_pubkeyalgorithms value": FactKey.TUNNEL_KEY_ALGORITHMS,
    "xcp tls certificate cvs enablecvs": FactKey.XCP_VERIFICATION,
    "xcp tls certificate cvs verifyhostname": FactKey.XCP_VERIFY_HOST_NAME,
    "xcp tls certificate cvs certificaterevocationcheck": FactKey.XCP_REVOCATION,
    "xcp tls certificate cvs usecrl": FactKey.XCP_CRL,
    "xcp tls certificate cvs crlnetworkfetchenabled": FactKey.XCP_CRL_FETCH,
    "xcp tls certificate cvs useocsp": FactKey.XCP_OCSP,
    "xcp tls certificate cvs failoninaccessiblesource": FactKey.XCP_UNREACHABLE_FAILS,
    "xcp tls certificate cvs convertiptohostname": FactKey.XCP_ADDRESS_TO_NAME,
    "xcp tls certificate cvs enableserverekuupload": FactKey.SERVER_EKU_UPLOAD,
    "authentication certificate mode": FactKey.ADMIN_CERTIFICATE_MODE,
    "authentication certificate crlcheck": FactKey.ADMIN_CERTIFICATE_CRL,
    "authentication certificate crlinaccessible": FactKey.ADMIN_CERTIFICATE_FALLBACK,
    "externalmanager server certificate verification mode": FactKey.MANAGER_TLS_VERIFY,
    "login remote ldap encryption": FactKey.LDAP_ENCRYPTION,
    "login remote ldap crlcheck": FactKey.LDAP_CRL,
    "policy services service # tls verify mode": FactKey.POLICY_TLS_VERIFY,
    "remote syslog # transport": FactKey.SYSLOG_TRANSPORT,
    "remote syslog # crlcheck": FactKey.SYSLOG_CRL,
    "zones defaultzone sip tls verify mode": FactKey.DEFAULT_ZONE_TLS_VERIFY,
    "collaborationedge allowonboardingovermra": FactKey.MRA_ONBOARDING,
    "collaborationedge ssoenabled": FactKey.SSO_ENABLED,
    "collaborationedge jabbercenabled": FactKey.JABBER_GUEST_ENABLED,
}
# Behind `Zones Zone # <type>`: what stands under another type's word is inert.
_ZONE = {
    "sip tls verify subject name": FactKey.ZONE_VERIFY_NAME,
    "sip tls verify mode": FactKey.ZONE_TLS_VERIFY,
    "sip tls verify inboundclassification": FactKey.ZONE_INBOUND_MAPPING,
    "sip port": FactKey.ZONE_PORT,
    "sip transport": FactKey.ZONE_TRANSPORT,
    "sip media encryption mode": FactKey.ZONE_MEDIA_ENCRYPTION,
    "collaboration edge": FactKey.ZONE_UNIFIED_COMMUNICATIONS,
    "zoneprofile": FactKey.ZONE_PROFILE,
    "peer # address": FactKey.ZONE_PEER,
}
# Switches of a domain; the X15.0 manual documents `Edge` alone, dumps have the other four.
_DOMAIN = {
    "edge": FactKey.MRA_DOMAIN,
    "edgesip": FactKey.MRA_DOMAIN,
    "edgexmpp": FactKey.IM_PRESENCE_DOMAIN,
    "xmppfederation": FactKey.XMPP_FEDERATION_DOMAIN,
    "edgejabberc": FactKey.JABBER_GUEST_DOMAIN,
}
_OTHERS = (
    "systemunit name",
    "collaborationedge enabled",
    "sip domain # name",
    "zones zone # name",
    "zones zone # type",
)

ZONE_TYPES = {
    "traversalclient": ZoneType.TRAVERSAL_CLIENT,
    "traversalserver": ZoneType.TRAVERSAL_SERVER,
    "neighbor": ZoneType.NEIGHBOR,
    "dns": ZoneType.DNS,
}
FLAGS = frozenset(
    {
        FactKey.ZONE_TLS_VERIFY,
        FactKey.ZONE_UNIFIED_COMMUNICATIONS,
        FactKey.ZONE_INBOUND_MAPPING,
        FactKey.ZONE_SIP,
        FactKey.VERIFY_ORIGIN_SERVER,
        FactKey.SERVER_EKU_UPLOAD,
        FactKey.SIP_TLS,
        FactKey.SIP_MUTUAL_TLS,
        FactKey.SIP_PREFERS_RSA,
        FactKey.SIP_EKU_CHECKING,
        FactKey.REVOCATION_MODE,
        FactKey.REVOCATION_OCSP,
        FactKey.REVOCATION_CRL,
        FactKey.REVOCATION_CRL_FETCH,
        FactKey.XCP_VERIFICATION,
        FactKey.XCP_VERIFY_HOST_NAME,
        FactKey.XCP_REVOCATION,
        FactKey.XCP_CRL,
        FactKey.XCP_CRL_FETCH,
        FactKey.XCP_OCSP,
        FactKey.XCP_UNREACHABLE_FAILS,
        FactKey.XCP_ADDRESS_TO_NAME,
        FactKey.MANAGER_TLS_VERIFY,
        FactKey.POLICY_TLS_VERIFY,
        FactKey.DEFAULT_ZONE_TLS_VERIFY,
        FactKey.MRA_ONBOARDING,
        FactKey.SSO_ENABLED,
        FactKey.JABBER_GUEST_ENABLED,
        FactKey.MRA_ENABLED,
    }
)
PORTS = frozenset({FactKey.ZONE_PORT, FactKey.SIP_TLS_PORT, FactKey.SIP_MUTUAL_TLS_PORT})
# "Source Inaccessibility Behavior" in the words of the web interface and of the inventory.
WORDS: Mapping[FactKey, Mapping[str, str]] = {
    FactKey.REVOCATION_FALLBACK: {"ignore": "not-revoked", "fail": "revoked"},
    FactKey.TLS_VERIFICATION: {"permissive": "permissive", "enforcing": "enforce", "enforce": "enforce"},
}


def squeezed(path: str) -> str:
    return "".join(path.split())


NODE_KEYS: Mapping[str, FactKey] = {squeezed(path): key for path, key in _NODE.items()}
ZONE_KEYS: Mapping[str, FactKey] = {squeezed(path): key for path, key in _ZONE.items()}
DOMAIN_KEYS: Mapping[str, FactKey] = _DOMAIN
ZONE = "zoneszone#"
DOMAIN = "sipdomain#"


def _every_path() -> Iterable[str]:
    yield from _NODE
    yield from _OTHERS
    yield from (f"sip domain # {switch}" for switch in _DOMAIN)
    yield "zones zone # sip mode"
    yield from (f"zones zone # {kind} {setting}" for kind in ZONE_TYPES for setting in _ZONE)


# What the reader of the XML form keeps, and the words that a number follows.
EVERY_TEMPLATE = frozenset(squeezed(path) for path in _every_path())
NUMBERED = frozenset(
    squeezed(" ".join(words[:place]))
    for words in (path.split() for path in _every_path() if path != _SWAPPED)
    for place, word in enumerate(words)
    if word == "#"
)
