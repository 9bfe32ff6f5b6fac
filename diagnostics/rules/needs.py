"""Which CA certificates each list needs, for which connection, and which of them it has: the trust-gap table.

1. Take every encounter whose list and certificate are known.
2. The CA certificates on its path (the one taken, or the one that lacks least) are what the list needs for it.
3. Fold the encounters of one list together: one row per CA certificate, with everyone who needs it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from diagnostics.estate.model import Node, TrustStore
from diagnostics.estate.observations import StoreName
from diagnostics.expressway.simulator import Stack
from diagnostics.pki.certificate import Certificate
from diagnostics.rules.encounters import Encounter, all_encounters
from diagnostics.rules.view import Chain, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Who needs a row: the connection, the peer met on it, and whether it cannot do without.

    `required` is False where the peer sends the certificate itself, so that the connection works without it and the
    documentation asks for it all the same.
    """

    service: str
    peer: str
    required: bool


@dataclass(slots=True, kw_only=True)
class Row:
    """One CA certificate that a list needs.

    `certificate` None: no copy is at hand, only its name and key identifier. `position` in the list, 0-based; None:
    missing.
    """

    subject: str
    key_id: str | None
    certificate: Certificate | None
    position: int | None
    uses: list[Use] = field(default_factory=list)

    @property
    def missing(self) -> bool:
        return self.position is None

    @property
    def required(self) -> bool:
        return any(use.required for use in self.uses)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerNeed:
    """One peer's certificate against the list, with every service that comes to the same chain."""

    peer: Node
    services: tuple[str, ...]
    chain: Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreNeeds:
    """A list and what it needs; rows that are missing first, then in the order of the path."""

    node: Node
    store: TrustStore
    rows: tuple[Row, ...]
    peers: tuple[PeerNeed, ...]
    unneeded: int


def store_needs(view: View) -> tuple[StoreNeeds, ...]:
    """Every list that is at hand and meets a certificate that is; computed once per view."""
    kept = view.kept.get("needs")
    if kept is None:
        kept = view.kept["needs"] = tuple(_needs(view))
    return kept  # type: ignore[return-value]


def _needs(view: View) -> Iterator[StoreNeeds]:
    by_store: dict[tuple[str, StoreName], list[Encounter]] = {}
    for encounter in all_encounters(view):
        if encounter.known:
            by_store.setdefault((encounter.verifier.fqdn, encounter.store_name), []).append(encounter)
    for encounters in by_store.values():
        yield _of_store(view, encounters)


def _of_store(view: View, encounters: list[Encounter]) -> StoreNeeds:
    node, store = encounters[0].verifier, encounters[0].store
    assert store is not None
    rows: dict[str, Row] = {}
    peers: dict[tuple[str, int], PeerNeed] = {}
    positions = {item.sha256: number for number, item in reversed(list(enumerate(store.certificates)))}
    for encounter in encounters:
        chain = encounter.chain(view)
        for row in _rows(encounter, chain, positions):
            kept = rows.setdefault(_row_key(row), row)
            kept.uses = list(dict.fromkeys((*kept.uses, *row.uses)))
        key = (encounter.peer.fqdn, id(chain))
        before = peers.get(key)
        services = (*before.services, encounter.service) if before else (encounter.service,)
        peers[key] = PeerNeed(peer=encounter.peer, services=tuple(dict.fromkeys(services)), chain=chain)
    ordered = sorted(rows.values(), key=lambda row: not row.missing)
    needed = {row.certificate.sha256 for row in ordered if row.certificate}
    return StoreNeeds(
        node=node,
        store=store,
        rows=tuple(ordered),
        peers=tuple(peers.values()),
        unneeded=sum(item.sha256 not in needed for item in store.certificates),
    )


def _rows(encounter: Encounter, chain: Chain, positions: Mapping[str, int]) -> Iterator[Row]:
    lacking = {item.certificate.sha256 for item in chain.missing if item.certificate}
    above = chain.path[1:] or chain.path
    if len(chain.path) == 1 and not (chain.trusted or lacking):
        above = ()  # the leaf alone, its issuer unknown: the leaf itself is nothing to trust
    for certificate in above:
        position = positions.get(certificate.sha256)
        # Found on the way but not in the list: the peer sent it.
        sent = position is None and certificate.sha256 not in lacking and encounter.stack is Stack.SIP
        use = Use(service=encounter.service, peer=encounter.peer.fqdn, required=not sent)
        yield Row(
            subject=certificate.subject.text,
            key_id=certificate.subject_key_id,
            certificate=certificate,
            position=position,
            uses=[use],
        )
    for item in chain.missing:
        if item.certificate is None:
            use = Use(service=encounter.service, peer=encounter.peer.fqdn, required=True)
            yield Row(subject=item.subject, key_id=item.key_id, certificate=None, position=None, uses=[use])


def _row_key(row: Row) -> str:
    return row.certificate.sha256 if row.certificate else f"{row.subject}/{row.key_id or ''}"
