"""The columns of an inventory as a table, and what may stand in them: for whoever reads one and whoever writes one."""

import re
from collections.abc import Mapping

from diagnostics.estate.observations import FactKey, Role, ZoneType

ROLES = tuple(role.value for role in Role if role is not Role.EXPRESSWAY)
NODE_COLUMNS: Mapping[str, FactKey] = {
    "address": FactKey.ADDRESS,
    "version": FactKey.VERSION,
    "server_entry": FactKey.SERVER_ENTRY,
    "cluster_peers": FactKey.CLUSTER_PEER,
    "tls_verification": FactKey.TLS_VERIFICATION,
    "verify_origin_server": FactKey.VERIFY_ORIGIN_SERVER,
    "server_eku_upload": FactKey.SERVER_EKU_UPLOAD,
    "sip_eku_checking": FactKey.SIP_EKU_CHECKING,
    "revocation_mode": FactKey.REVOCATION_MODE,
    "revocation_fallback": FactKey.REVOCATION_FALLBACK,
}
DEPLOYMENT_COLUMNS: Mapping[str, FactKey] = {
    "deployment": FactKey.DEPLOYMENT_NAME,
    "mra_enabled": FactKey.MRA_ENABLED,
    "mra_domains": FactKey.MRA_DOMAIN,
    "xmpp_federation_domains": FactKey.XMPP_FEDERATION_DOMAIN,
    "chat_node_aliases": FactKey.CHAT_NODE_ALIAS,
    "phone_security_profiles": FactKey.PHONE_SECURITY_PROFILE,
    "cms_join_hosts": FactKey.CMS_JOIN_HOST,
}
ZONE_COLUMNS: Mapping[str, FactKey] = {
    "type": FactKey.ZONE_TYPE,
    "unified_communications": FactKey.ZONE_UNIFIED_COMMUNICATIONS,
    "port": FactKey.ZONE_PORT,
    "transport": FactKey.ZONE_TRANSPORT,
    "tls_verify": FactKey.ZONE_TLS_VERIFY,
    "tls_verify_subject_name": FactKey.ZONE_VERIFY_NAME,
    "peers": FactKey.ZONE_PEER,
}
OTHER_NAMES = {"ip": "address", "ip_address": "address", "release": "version", "zone_name": "zone"}
CHOICES: Mapping[FactKey, tuple[str, ...]] = {
    FactKey.ROLE: ROLES,
    FactKey.TLS_VERIFICATION: ("permissive", "enforce"),
    FactKey.REVOCATION_FALLBACK: ("revoked", "not-revoked"),
    FactKey.ZONE_TYPE: tuple(kind.value for kind in ZoneType),
    FactKey.ZONE_TRANSPORT: ("tls", "tcp", "udp", "auto"),
}
FLAGS = frozenset(
    {
        FactKey.VERIFY_ORIGIN_SERVER,
        FactKey.SERVER_EKU_UPLOAD,
        FactKey.SIP_EKU_CHECKING,
        FactKey.REVOCATION_MODE,
        FactKey.MRA_ENABLED,
        FactKey.ZONE_UNIFIED_COMMUNICATIONS,
        FactKey.ZONE_TLS_VERIFY,
    }
)
# Several values in one cell, apart by blanks, commas or semicolons; a profile's name may hold blanks.
_APART = re.compile(r"[\s,;]+")
SEVERAL: Mapping[FactKey, re.Pattern[str]] = {
    FactKey.ADDRESS: _APART,
    FactKey.CLUSTER_PEER: _APART,
    FactKey.MRA_DOMAIN: _APART,
    FactKey.XMPP_FEDERATION_DOMAIN: _APART,
    FactKey.CHAT_NODE_ALIAS: _APART,
    FactKey.CMS_JOIN_HOST: _APART,
    FactKey.ZONE_PEER: _APART,
    FactKey.PHONE_SECURITY_PROFILE: re.compile(r"[,;\n]+"),
}
# As a spreadsheet in one of these languages shows what is true.
TRUE = frozenset({"true", "yes", "on", "y", "1", "wahr", "vrai", "ja", "oui"})
FALSE = frozenset({"false", "no", "off", "n", "0", "falsch", "faux", "nein", "non"})
# What a spreadsheet takes for a formula, and a # for what it would otherwise be here: a comment, or an error.
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "#")


def neutral(text: str) -> str:
    """For a cell of a file that a spreadsheet opens: what it would take for a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith((*_STARTS_FORMULA, "'")) else text


def plain(text: str) -> str:
    """The opposite of `neutral`."""
    return text[1:] if text[:1] == "'" and text[1:].startswith((*_STARTS_FORMULA, "'")) else text
