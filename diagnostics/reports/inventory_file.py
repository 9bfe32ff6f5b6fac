"""What is known of a deployment as an inventory file to take away, fill in and hand over again: YAML, JSON, CSV, XLSX.

Reading back what was written gives the same facts. Certificates are left out: they are files of their own, and a
comment says how to name them. Of an empty deployment it is a template with one example of each thing, commented out.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import yaml

from diagnostics.estate.model import Cluster, Deployment, Node, Settings, Told, Zone
from diagnostics.estate.observations import Role
from diagnostics.readers.inventory import FORMAT
from diagnostics.readers.inventory_columns import DEPLOYMENT_COLUMNS, NODE_COLUMNS, ZONE_COLUMNS, neutral
from diagnostics.reports.inventory_words import (
    CERTIFICATES,
    CONTRADICTIONS,
    EMPTY,
    EXAMPLE,
    INTRODUCTION,
    NOTES,
    ROW_NOTES,
)
from diagnostics.reports.printable import printable
from diagnostics.reports.render import Words
from diagnostics.reports.workbook import Sheet, workbook

Value: TypeAlias = "str | int | bool | list[Value] | dict[str, Value]"


class InventoryForm(StrEnum):
    """The forms that an inventory is written in; the value is the ending of the file's name."""

    YAML = "yaml"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"

    @property
    def content_type(self) -> str:
        return _CONTENT_TYPES[self]


_CONTENT_TYPES = {
    InventoryForm.YAML: "application/yaml",
    InventoryForm.JSON: "application/json",
    InventoryForm.CSV: "text/csv; charset=utf-8",
    InventoryForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SETTINGS = ("verify_origin_server", "server_eku_upload", "sip_eku_checking")
_NODE_HEADER = ("cluster", "role", "fqdn", *NODE_COLUMNS, *DEPLOYMENT_COLUMNS)
_ZONE_HEADER = ("cluster", "zone", *ZONE_COLUMNS)
_PROMISED = ("cluster", "role", "fqdn", "address", "version")  # columns that are there even where nobody said anything


def inventory_file(deployment: Deployment, form: InventoryForm, language: str = "en") -> bytes:
    """The file, UTF-8 where it is text. A CSV holds the nodes alone; the other forms hold zones, too."""
    words = Words(language)
    if form is InventoryForm.YAML:
        return _as_yaml(deployment, words).encode()
    if form is InventoryForm.JSON:
        return json.dumps(inventory_document(deployment), indent=2, ensure_ascii=False).encode()
    nodes = _node_table(deployment)
    if form is InventoryForm.CSV:
        return _as_csv(nodes, words)
    zones = _zone_table(deployment)
    notes = [words.gettext(line) for line in NOTES]
    return workbook([Sheet(title="Nodes", rows=nodes), Sheet(title="Zones", rows=zones)], notes)


def inventory_document(deployment: Deployment) -> dict[str, Value]:
    """The facts in the shape of `expcert-inventory/1`; what nobody said is not in it."""
    mra = deployment.mra
    return _said(
        format=FORMAT,
        deployment=deployment.name,
        mra=_said(
            enabled=_value(mra.enabled),
            domains=_values(mra.domains),
            xmpp_federation_domains=_values(mra.xmpp_federation_domains),
            chat_node_aliases=_values(mra.chat_node_aliases),
            phone_security_profiles=_values(mra.phone_security_profiles),
            cms_join_hosts=_values(mra.cms_join_hosts),
        ),
        clusters=[_cluster(cluster) for cluster in deployment.clusters],
    )


def _cluster(cluster: Cluster) -> Value:
    """What all nodes have alike is said of the cluster, anything else of each node."""
    nodes = cluster.nodes
    version = _alike([_value(node.version) for node in nodes])
    settings = _alike([_settings(node.settings) for node in nodes])
    verification = _alike([_value(node.settings.tls_verification) for node in nodes])
    return _said(
        name=cluster.name if _is_named(cluster) else None,
        role=_role(cluster.role),
        version=version,
        tls_verification=verification,
        settings=settings,
        peers=_peers(cluster),
        nodes=[
            _said(
                fqdn=node.fqdn,
                address=_one_or_several(node.addresses),
                version=_value(node.version) if version is None else None,
                server_entry=_value(node.server_entry),
                tls_verification=_value(node.settings.tls_verification) if verification is None else None,
                settings=_settings(node.settings) if settings is None else None,
            )
            for node in nodes
        ],
        zones=[_zone(zone) for zone in cluster.zones],
    )


def _is_named(cluster: Cluster) -> bool:
    """A single node is a cluster of its own name; peers of which nobody said the cluster's name have none.

    Nor has an entry of System > Server of which nothing else is known: it may turn out to be another name of a node.
    """
    return cluster.told_name is not None or (
        cluster.size < 2 and not any(_is_bare_entry(node) for node in cluster.nodes)
    )


def _is_bare_entry(node: Node) -> bool:
    entry = node.server_entry
    known = (*node.certificates, *node.trust, *node.addresses, *node.unread)
    return entry is not None and entry.value.casefold() == node.fqdn.casefold() and node.version is None and not known


def _peers(cluster: Cluster) -> list[Value]:
    """Named where they are not simply the nodes."""
    nodes = {node.fqdn.casefold() for node in cluster.nodes}
    named = [name for name in cluster.named_peers if name]
    return [*named] if named and {name.casefold() for name in named} != nodes else []


def _zone(zone: Zone) -> Value:
    return _said(
        name=zone.name,
        type=zone.type.value,
        unified_communications=_value(zone.unified_communications),
        port=_value(zone.port),
        transport=_transport(zone),
        tls_verify=_value(zone.tls_verify),
        tls_verify_subject_name=_value(zone.verify_name),
        peers=_values(zone.peers),
    )


def _transport(zone: Zone) -> str | None:
    return zone.transport.value.lower() if zone.transport is not None else None


def _settings(settings: Settings) -> dict[str, Value]:
    return _said(
        verify_origin_server=_value(settings.verify_origin_server),
        server_eku_upload=_value(settings.server_eku_upload),
        sip_eku_checking=_value(settings.sip_eku_checking),
        revocation=_said(mode=_value(settings.revocation_mode), fallback=_value(settings.revocation_fallback)),
    )


def _role(role: Role) -> str | None:
    return None if role is Role.EXPRESSWAY else role.value


def _alike(values: Sequence[Any]) -> Any:
    """The one value; None where they differ, or there is none."""
    first = values[0] if values else None
    return first if all(value == first for value in values) else None


def _value(told: Told[Any] | None) -> Any:
    return None if told is None else told.value


def _values(told: Iterable[Told[str]]) -> list[Value]:
    return [item.value for item in told]


def _one_or_several(values: Sequence[str]) -> "Value | None":
    if not values:
        return None
    return values[0] if len(values) == 1 else [*values]


def _said(**values: Any) -> dict[str, Value]:
    """Without what is not said: None, and empty text, lists and mappings."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", [], {})}


# YAML


def _as_yaml(deployment: Deployment, words: Words) -> str:
    document = inventory_document(deployment)
    if not deployment.clusters:
        head = [*_comments(words, INTRODUCTION), *_comments(words, EMPTY)]
        return "\n".join([*head, "", _dumped(document).rstrip(), "", *(_commented(EXAMPLE)), ""])
    head = [*_comments(words, INTRODUCTION), *_contradictions(deployment, words)]
    return "\n".join([*head, "", _dumped(document).rstrip(), "", *_comments(words, CERTIFICATES), ""])


def _dumped(document: dict[str, Value]) -> str:
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1_000_000))


def _comments(words: Words, lines: Iterable[str]) -> list[str]:
    return [f"# {line}".rstrip() for text in lines for line in words.gettext(text).splitlines() or [""]]


def _commented(text: str) -> list[str]:
    return [f"# {line}".rstrip() for line in text.splitlines()]


def _contradictions(deployment: Deployment, words: Words) -> list[str]:
    """What sources differ on is written once, as the rules use it; that they differ is not passed over."""
    if not deployment.contradictions:
        return []
    lines = [
        f"#   {printable(item.subject)}: {printable(str(item.what))}: "
        + " | ".join(printable(said) for said, _ in item.said)
        for item in deployment.contradictions[:50]
    ]
    return ["#", *_comments(words, CONTRADICTIONS), *lines]


# tables


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a row by column."""

    cells: Mapping[str, str]

    def under(self, header: Sequence[str]) -> list[str]:
        return [neutral(self.cells.get(name, "")) for name in header]


def _node_table(deployment: Deployment) -> list[list[str]]:
    rows = [_Row(_node_cells(cluster, node)) for cluster in deployment.clusters for node in cluster.nodes]
    if rows:
        rows[0] = _Row({**rows[0].cells, **_deployment_cells(deployment)})
    return _table(_NODE_HEADER, rows, _PROMISED)


def _zone_table(deployment: Deployment) -> list[list[str]]:
    rows = [
        _Row(
            {
                "cluster": cluster.name,
                "zone": zone.name,
                "type": zone.type.value,
                "unified_communications": _cell(_value(zone.unified_communications)),
                "port": _cell(_value(zone.port)),
                "transport": _cell(_transport(zone)),
                "tls_verify": _cell(_value(zone.tls_verify)),
                "tls_verify_subject_name": _cell(_value(zone.verify_name)),
                "peers": " ".join(peer.value for peer in zone.peers),
            }
        )
        for cluster in deployment.clusters
        for zone in cluster.zones
    ]
    return _table(_ZONE_HEADER, rows, _ZONE_HEADER)


def _table(header: Sequence[str], rows: Sequence[_Row], always: Sequence[str]) -> list[list[str]]:
    """The header and the rows; a column that says nothing is left out unless it is one of `always`."""
    shown = [name for name in header if name in always or any(row.cells.get(name) for row in rows)]
    return [[*shown], *(row.under(shown) for row in rows)]


def _node_cells(cluster: Cluster, node: Node) -> dict[str, str]:
    settings = node.settings
    peers = " ".join(_text(name) for name in _peers(cluster)) if _is_named(cluster) else " ".join(cluster.named_peers)
    return {
        "cluster": cluster.name if _is_named(cluster) else "",
        "role": _role(cluster.role) or "",
        "fqdn": node.fqdn,
        "address": " ".join(node.addresses),
        "version": _cell(_value(node.version)),
        "server_entry": _cell(_value(node.server_entry)),
        "cluster_peers": peers,
        "tls_verification": _cell(_value(settings.tls_verification)),
        **{name: _cell(_value(getattr(settings, name))) for name in _SETTINGS},
        "revocation_mode": _cell(_value(settings.revocation_mode)),
        "revocation_fallback": _cell(_value(settings.revocation_fallback)),
    }


def _deployment_cells(deployment: Deployment) -> dict[str, str]:
    mra = deployment.mra
    return {
        "deployment": deployment.name,
        "mra_enabled": _cell(_value(mra.enabled)),
        "mra_domains": " ".join(item.value for item in mra.domains),
        "xmpp_federation_domains": " ".join(item.value for item in mra.xmpp_federation_domains),
        "chat_node_aliases": " ".join(item.value for item in mra.chat_node_aliases),
        "phone_security_profiles": "; ".join(item.value for item in mra.phone_security_profiles),
        "cms_join_hosts": " ".join(item.value for item in mra.cms_join_hosts),
    }


def _cell(value: str | int | bool | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _text(value: Value) -> str:
    return str(value)


def _as_csv(rows: list[list[str]], words: Words) -> bytes:
    """With the mark that Excel needs in order to take UTF-8 for what it is."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows(rows)
    if len(rows) == 1:
        writer.writerows([f"# {words.gettext(line)}"] for line in ROW_NOTES)
    return out.getvalue().encode("utf-8-sig")
