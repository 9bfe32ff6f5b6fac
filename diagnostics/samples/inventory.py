"""The plan as an inventory file, `expcert-inventory/1`, with a PEM file for every slot and store."""

from collections.abc import Mapping
from typing import TypeAlias

import yaml

from diagnostics.samples.authority import Issued, pem
from diagnostics.samples.blueprint import ClusterPlan, EstatePlan, NodePlan, SettingsPlan, ZonePlan

INVENTORY = "inventory.yaml"

Value: TypeAlias = "str | int | bool | list[Value] | dict[str, Value] | None"
Files: TypeAlias = dict[str, bytes]


def as_inventory(plan: EstatePlan) -> Files:
    """Path -> bytes: the inventory, every certificate file it names, and the plan's extra files."""
    files: Files = {}
    document: dict[str, Value] = {
        "format": "expcert-inventory/1",
        "deployment": plan.name,
        "mra": {
            "enabled": plan.mra_enabled,
            "domains": [*plan.mra_domains],
            "xmpp_federation_domains": [*plan.xmpp_federation_domains],
            "chat_node_aliases": [*plan.chat_node_aliases],
            "phone_security_profiles": [*plan.phone_security_profiles],
            "cms_join_hosts": [*plan.cms_join_hosts],
        },
        "clusters": [_cluster(cluster, files) for cluster in plan.clusters],
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return {INVENTORY: text.encode(), **files, **plan.extra_files}


def content_of(held: Issued | bytes) -> bytes:
    """The file in a slot: the certificate alone, PEM, or the bytes that the plan has there."""
    return held.pem if isinstance(held, Issued) else held


def _cluster(cluster: ClusterPlan, files: Files) -> Value:
    return _said(
        name=cluster.name,
        role=cluster.role,
        version=cluster.version,
        tls_verification=cluster.tls_verification,
        settings=_settings(cluster.settings),
        nodes=[_node(node, files) for node in cluster.nodes],
        zones=[_zone(zone) for zone in cluster.zones],
    )


def _settings(settings: SettingsPlan) -> Value:
    revocation = _said(mode=settings.revocation, fallback=settings.revocation_fallback)
    return _said(
        verify_origin_server=settings.verify_origin_server,
        server_eku_upload=settings.server_eku_upload,
        sip_eku_checking=settings.sip_eku_checking,
        revocation=revocation,
    )


def _node(node: NodePlan, files: Files) -> Value:
    folder = f"nodes/{node.fqdn}"
    slots = {str(slot): content_of(held) for slot, held in node.identity.items()}
    stores = {str(store): pem(certificates) for store, certificates in node.trust.items()}
    lists = {f"crl-{number}": content for number, content in enumerate(node.crls, start=1)}
    return _said(
        fqdn=node.fqdn,
        address=node.address,
        version=node.version,
        server_entry=node.server_entry,
        certificates=_stored(folder, slots, files),
        trust=_stored(folder, stores, files),
        crls=[*_stored(folder, lists, files).values()],
    )


def _stored(folder: str, contents: Mapping[str, bytes], files: Files) -> dict[str, Value]:
    """Puts each content into `files` and says under which path."""
    paths = {name: f"{folder}/{name}.pem" for name in contents}
    files.update({paths[name]: content for name, content in contents.items()})
    return {**paths}


def _zone(zone: ZonePlan) -> Value:
    return _said(
        name=zone.name,
        type=zone.kind,
        unified_communications=zone.unified_communications,
        port=zone.port,
        tls_verify=zone.tls_verify,
        tls_verify_subject_name=zone.verify_name,
        peers=[*zone.peers],
    )


def _said(**values: Value) -> Value:
    """Without what is not said: None, and empty lists and mappings."""
    return {name: value for name, value in values.items() if value is not None and value not in ([], {})}
