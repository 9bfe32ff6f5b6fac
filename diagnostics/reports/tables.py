"""The tables beside the findings: connections, trust gaps per list, names per zone. JSON values, no sentences."""

from collections.abc import Iterable, Iterator
from typing import Any

from diagnostics.estate.links import TraversalLink
from diagnostics.estate.model import Cluster, Told, Zone
from diagnostics.estate.observations import StoreName, ZoneType
from diagnostics.pki.names import NameCheck
from diagnostics.reports.values import source_values
from diagnostics.rules.base import Finding
from diagnostics.rules.connections import ConnectionVerdict
from diagnostics.rules.needs import Row, StoreNeeds, store_needs
from diagnostics.rules.traversal_addresses import Reach, reaches
from diagnostics.rules.traversal_verify_names import Presenter, expectations
from diagnostics.rules.view import View


def connection_table(verdicts: Iterable[ConnectionVerdict]) -> list[dict[str, Any]]:
    """One row per connection, as promised in the report."""
    return [
        {
            "service": item.service,
            "port": item.port,
            "client": item.client.fqdn,
            "server": item.server.fqdn,
            "zone": item.zone,
            "verdict": item.verdict.value,
            "client_verifies": {aspect.value: said.value for aspect, said in item.client_verifies.items()},
            "server_verifies": {aspect.value: said.value for aspect, said in item.server_verifies.items()},
            "strict": {"opinion": item.strict.opinion.value, "words": item.strict.words} if item.strict else None,
            "findings": list(item.findings),
        }
        for item in verdicts
    ]


def trust_table(view: View, findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """One entry per node and list: what it needs, for whom, what it has, where a copy of the rest lies."""
    by_place: dict[tuple[str | None, str | None], list[str]] = {}
    for finding in findings:
        if finding.store is not None:
            by_place.setdefault((finding.node, finding.store), []).append(finding.id)
    judged = [_store(view, needs, by_place) for needs in store_needs(view)]
    seen = {(entry["node"], entry["store"]) for entry in judged}
    return [*judged, *_unknown_lists(view, seen)]


def _store(view: View, needs: StoreNeeds, by_place: dict[tuple[str | None, str | None], list[str]]) -> dict[str, Any]:
    return {
        "node": needs.node.fqdn,
        "cluster": needs.node.cluster,
        "role": needs.node.role.value,
        "store": needs.store.name.value,
        "known": True,
        "entries": len(needs.store.certificates),
        "listed_only": needs.store.listed_only,
        "unmatched": len(needs.store.unmatched),
        "unneeded": needs.unneeded,
        "missing": sum(row.missing and row.required for row in needs.rows),
        "rows": [_row(view, row) for row in needs.rows],
        "findings": by_place.get((needs.node.fqdn, needs.store.name.value), []),
    }


def _row(view: View, row: Row) -> dict[str, Any]:
    copies = view.deployment.copies.get(row.certificate.sha256, ()) if row.certificate else ()
    return {
        "subject": row.subject,
        "name": row.certificate.subject.short if row.certificate else row.subject,
        "key_id": row.key_id,
        "sha256": row.certificate.sha256 if row.certificate else None,
        "root": row.certificate.self_issued if row.certificate else None,
        "position": row.position,
        "missing": row.missing,
        "required": row.required,
        "uses": [{"service": use.service, "peer": use.peer, "required": use.required} for use in row.uses],
        # A copy in another node's list is as good as the CA's own file; a few places are enough to find one.
        "copies": [source_values(source) for source in copies[:5]],
        "copy_count": len(copies),
    }


def _unknown_lists(view: View, seen: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Expressways whose list nobody has handed in: the page must not be silent about them."""
    for node in view.deployment.nodes():
        if node.role.is_expressway and (node.fqdn, StoreName.TRUSTED_CA.value) not in seen:
            store = node.trust.get(StoreName.TRUSTED_CA)
            yield {
                "node": node.fqdn,
                "cluster": node.cluster,
                "role": node.role.value,
                "store": StoreName.TRUSTED_CA.value,
                "known": store is not None,
                "entries": len(store.certificates) if store else 0,
                "unneeded": 0,
                "missing": 0,
                "rows": [],
                "findings": [],
            }


def zone_table(view: View) -> list[dict[str, Any]]:
    """One entry per traversal zone and end: what is configured, what is presented, and how they compare."""
    addresses: dict[tuple[str, str], list[Reach]] = {}
    for reach in reaches(view):
        addresses.setdefault((reach.client.name, reach.zone.name), []).append(reach)
    presenters: dict[tuple[str, str], list[Presenter]] = {}
    for item in expectations(view):
        presenters.setdefault((item.server.name, item.zone.name), []).extend(item.presenters)
    entries: dict[tuple[str, str, ZoneType], dict[str, Any]] = {}  # nodes of no known cluster share a zone's other end
    for link in view.links:
        if link.client is not None and link.client_zone is not None:
            key = (link.client.name, link.client_zone.name)
            checks = [_reach_values(reach) for reach in addresses.get(key, [])]
            entry = _zone(link, link.client, link.client_zone, link.server, checks)
            entries.setdefault((*key, link.client_zone.type), entry)
        if link.server is not None and link.server_zone is not None:
            key = (link.server.name, link.server_zone.name)
            checks = [_presenter_values(presenter) for presenter in presenters.get(key, [])]
            entry = _zone(link, link.server, link.server_zone, link.client, checks)
            entries.setdefault((*key, link.server_zone.type), entry)
    return list(entries.values())


def _zone(
    link: TraversalLink, cluster: Cluster, zone: Zone, other: Cluster | None, checks: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "name": zone.name,
        "cluster": cluster.name,
        "nodes": [node.fqdn for node in cluster.nodes],
        "role": cluster.role.value,
        "type": zone.type.value,
        "other_cluster": other.name if other else None,
        "port": _told(zone.port),
        "unified_communications": _told(zone.unified_communications),
        "tls_verify": _told(zone.tls_verify),
        "verify_name": _told(zone.verify_name),
        "verifies": link.verifies(zone),
        "checks": checks,
    }


def _told(told: Told[str] | Told[bool] | Told[int] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    others = [{"value": value, **source_values(source)} for value, source in told.others]
    return {"value": told.value, "source": source_values(told.source), "others": others}


def _reach_values(reach: Reach) -> dict[str, Any]:
    return {
        "what": "peer-address",
        "wanted": reach.wanted,
        "source": source_values(reach.peer.address.source),
        "node": reach.peer.node.fqdn if reach.peer.node else None,
        "how": reach.peer.how.value,
        "certificate": reach.installed.certificate.sha256 if reach.installed else None,
        **_check_values(reach.check),
    }


def _presenter_values(presenter: Presenter) -> dict[str, Any]:
    return {
        "what": "verify-name",
        "wanted": presenter.check.wanted,
        "source": None,
        "node": presenter.node.fqdn,
        "how": "by-name",
        "certificate": presenter.installed.certificate.sha256,
        **_check_values(presenter.check),
    }


def _check_values(check: NameCheck | None) -> dict[str, Any]:
    if check is None:
        return {"match": None, "presented": [], "found": None, "nearest": None, "miss": None, "normalised": False}
    return {
        "match": check.match.value,
        "presented": list(check.presented),
        "found": check.found,
        "nearest": check.nearest,
        "miss": check.miss.value if check.miss else None,
        "normalised": check.normalised,
    }
