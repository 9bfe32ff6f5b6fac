"""The facts of a node, a zone and a deployment as texts by their keys, for comparing two estates."""

from collections.abc import Iterable, Mapping

from diagnostics.estate.merging import as_text
from diagnostics.estate.model import Node, Told, Zone
from diagnostics.estate.observations import FactKey

Values = Mapping[FactKey, tuple[str, ...]]


def facts_of_node(node: Node) -> Values:
    settings = node.settings
    return {
        FactKey.CLUSTER: (node.cluster,) if node.cluster else (),
        FactKey.ROLE: (node.role.value,),
        FactKey.VERSION: one(node.version),
        FactKey.ADDRESS: node.addresses,
        FactKey.SERVER_ENTRY: one(node.server_entry),
        FactKey.TLS_VERIFICATION: one(settings.tls_verification),
        FactKey.VERIFY_ORIGIN_SERVER: one(settings.verify_origin_server),
        FactKey.SERVER_EKU_UPLOAD: one(settings.server_eku_upload),
        FactKey.SIP_EKU_CHECKING: one(settings.sip_eku_checking),
        FactKey.REVOCATION_MODE: one(settings.revocation_mode),
        FactKey.REVOCATION_FALLBACK: one(settings.revocation_fallback),
    }


def facts_of_zone(zone: Zone) -> Values:
    return {
        FactKey.ZONE_TYPE: (zone.type.value,),
        FactKey.ZONE_PEER: several(zone.peers),
        FactKey.ZONE_PORT: one(zone.port),
        FactKey.ZONE_TRANSPORT: one(zone.transport),
        FactKey.ZONE_TLS_VERIFY: one(zone.tls_verify),
        FactKey.ZONE_VERIFY_NAME: one(zone.verify_name),
        FactKey.ZONE_UNIFIED_COMMUNICATIONS: one(zone.unified_communications),
    }


def one(told: Told[str] | Told[bool] | Told[int] | None) -> tuple[str, ...]:
    return () if told is None else (as_text(told.value),)


def several(told: Iterable[Told[str]]) -> tuple[str, ...]:
    return tuple(item.value for item in told)
