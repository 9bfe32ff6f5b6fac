"""How a rule speaks: every sentence is a finding or an outcome at a place."""

from collections.abc import Sequence

from diagnostics.estate.model import Cluster, Node, Zone
from diagnostics.estate.observations import Slot, Source, StoreName
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.names import NameCheck
from diagnostics.pki.paths import MissingIssuer
from diagnostics.rules.base import Finding, Judgement, Outcome, ParamValue, Place, Reason, Rule, Severity


def at_node(node: Node, *, peer: Node | str | None = None, zone: Zone | None = None) -> Place:
    """A place on a node."""
    return Place(
        cluster=node.cluster,
        node=node.fqdn,
        peer=peer.fqdn if isinstance(peer, Node) else peer,
        zone=zone.name if zone else None,
    )


def at_cluster(cluster: Cluster, *, peer: str | None = None, zone: Zone | None = None) -> Place:
    """A place in the configuration that a cluster shares; of a single node, that node."""
    node = cluster.nodes[0].fqdn if cluster.size == 1 and len(cluster.nodes) == 1 else None
    return Place(cluster=cluster.name, node=node, peer=peer, zone=zone.name if zone else None)


class Say:
    """Speaks for one rule."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def holds(self, place: Place, **params: ParamValue) -> Outcome:
        return self._outcome(Judgement.HOLDS, place, None, params)

    def does_not_apply(self, place: Place, reason: Reason, **params: ParamValue) -> Outcome:
        return self._outcome(Judgement.DOES_NOT_APPLY, place, reason, params)

    def cannot_tell(self, place: Place, reason: Reason, **params: ParamValue) -> Outcome:
        return self._outcome(Judgement.CANNOT_TELL, place, reason, params)

    def no_certificate(self, place: Place, node: Node, slot: Slot) -> Outcome:
        """Nothing can be told without the certificate of that slot."""
        file = node.unread.get(slot)
        if file is None:
            return self.cannot_tell(place, Reason.CERTIFICATE_UNKNOWN, node=node.fqdn, slot=slot.value)
        reason = Reason.CA_ALONE if file.certificates else Reason.NOT_A_CERTIFICATE
        return self.cannot_tell(place, reason, node=node.fqdn, slot=slot.value, file=file.source.path)

    def no_list(self, place: Place, node: Node, store: StoreName) -> Outcome:
        """Nothing can be told without that list."""
        file = node.unread.get(store)
        if file is None:
            return self.cannot_tell(place, Reason.LIST_UNKNOWN, node=node.fqdn, store=store.value)
        path = file.source.path
        return self.cannot_tell(place, Reason.NOT_A_LIST, node=node.fqdn, store=store.value, file=path)

    def violated(
        self,
        place: Place,
        *,
        variant: str = "plain",
        severity: Severity | None = None,
        peers: Sequence[str] = (),
        store: str | None = None,
        file: str | None = None,
        certificates: Sequence[Certificate] = (),
        missing: Sequence[MissingIssuer] = (),
        names: NameCheck | None = None,
        evidence: Sequence[Source] = (),
        release: str = "",
        key: str = "",
        cause: str = "",
        services: Sequence[str] = (),
        **params: ParamValue,
    ) -> Finding:
        """A finding. The place's names are parameters of its sentences, as are `peers` and `names`."""
        about = dict.fromkeys(item.sha256 for item in certificates)
        about |= dict.fromkeys(item.certificate.sha256 for item in missing if item.certificate)
        others = tuple(dict.fromkeys(peers)) or ((place.peer,) if place.peer else ())
        standard: dict[str, ParamValue] = {
            "node": place.node or place.cluster or "",
            "cluster": place.cluster or "",
            "zone": place.zone or "",
            "peers": others,
            "store": store or "",
            "file": file or "",
        }
        return Finding(
            code=self._rule.code,
            severity=severity or self._rule.severity,
            variant=variant,
            params={**standard, **_missing_params(missing), **_name_params(names), **params},
            cluster=place.cluster,
            node=place.node,
            peers=others,
            zone=place.zone,
            store=store,
            file=file,
            certificates=tuple(about),
            missing=tuple(missing),
            names=names,
            evidence=tuple(dict.fromkeys(evidence)),
            release=release,
            key=key,
            cause=cause,
            services=tuple(services),
        )

    def _outcome(
        self, judgement: Judgement, place: Place, reason: Reason | None, params: dict[str, ParamValue]
    ) -> Outcome:
        return Outcome(
            code=self._rule.code,
            judgement=judgement,
            cluster=place.cluster,
            node=place.node,
            peer=place.peer,
            zone=place.zone,
            reason=reason,
            params=params,
        )


def _missing_params(missing: Sequence[MissingIssuer]) -> dict[str, ParamValue]:
    if not missing:
        return {}
    return {"missing": tuple(item.name for item in missing)}


def _name_params(names: NameCheck | None) -> dict[str, ParamValue]:
    if names is None:
        return {}
    return {"wanted": names.wanted, "presented": names.presented, "nearest": names.nearest or ""}


def missing_key(missing: Sequence[MissingIssuer]) -> str:
    """What is missing, as a key: the certificates' fingerprints, else the names and key identifiers asked for."""
    return " ".join(
        item.certificate.sha256 if item.certificate else f"{item.subject}/{item.key_id or ''}" for item in missing
    )


def missing_cause(missing: Sequence[MissingIssuer]) -> str:
    """All that is missing for want of the same CA certificate is one problem, on however many nodes."""
    return f"missing-ca {missing_key(missing[-1:])}" if missing else ""
