"""Each TLS connection of the estate with a verdict per direction, put together from what the rules look at.

A connection works when everything that either side verifies holds; it fails when one thing is violated; otherwise it
cannot be told. Nothing new is judged here, so that this table can never contradict the findings.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from diagnostics.estate.links import TraversalLink
from diagnostics.estate.model import InstalledCertificate, Node
from diagnostics.expressway.connections import CONNECTIONS, SSH_TUNNEL, TRAVERSAL_SIP, UC_HTTPS, UC_SIP
from diagnostics.expressway.versions import Change
from diagnostics.pki.certificate import CLIENT_AUTH, SERVER_AUTH
from diagnostics.pki.names import Match, normalised
from diagnostics.pki.verification import SecondOpinion, second_opinion
from diagnostics.rules.base import Finding, Judgement
from diagnostics.rules.encounters import (
    TRAVERSAL_PLAIN,
    Encounter,
    traversal_encounters,
    uc_encounters,
    ucm_encounters,
)
from diagnostics.rules.view import View


class Aspect(StrEnum):
    """What a side verifies of the other's certificate."""

    CHAIN = "chain"
    NAME = "name"
    USAGE = "usage"
    VALIDITY = "validity"


class Works(StrEnum):
    """The verdict on a connection."""

    WORKS = "works"
    FAILS = "fails"
    CANNOT_TELL = "cannot-tell"


Aspects = Mapping[Aspect, Judgement]
# What the client (True) and the server (False) meet on one connection: several certificates where a node has several.
_Sides = dict[bool, list[Encounter]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionVerdict:
    """One connection; an empty mapping: that side verifies nothing of the other, as far as is documented.

    `strict` is what cryptography's Web-PKI verifier says of the server's chain where OpenSSL accepts it.
    """

    service: str
    port: int | None
    client: Node
    server: Node
    zone: str | None
    client_verifies: Aspects
    server_verifies: Aspects
    strict: SecondOpinion | None
    findings: tuple[str, ...]

    @property
    def verdict(self) -> Works:
        said = (*self.client_verifies.values(), *self.server_verifies.values())
        if Judgement.VIOLATED in said:
            return Works.FAILS
        return Works.CANNOT_TELL if Judgement.CANNOT_TELL in said else Works.WORKS


def connection_verdicts(view: View, findings: Iterable[Finding]) -> tuple[ConnectionVerdict, ...]:
    """Every connection that is judged, traversal first."""
    relevant = _Relevant(findings)
    pairs: dict[tuple[str, str, str, str], _Sides] = {}
    for encounter in (*traversal_encounters(view), *_uc_pairs(view)):
        verifier_is_client = _verifier_is_client(encounter)
        client, server = (
            (encounter.verifier, encounter.peer) if verifier_is_client else (encounter.peer, encounter.verifier)
        )
        zone = encounter.link.name if encounter.link else ""
        sides = pairs.setdefault((encounter.service, client.fqdn, server.fqdn, zone), {True: [], False: []})
        sides[verifier_is_client].append(encounter)
    return tuple(_verdict(view, sides, relevant) for sides in pairs.values())


def _uc_pairs(view: View) -> Iterator[Encounter]:
    if not view.mra_off:
        yield from uc_encounters(view)
        yield from ucm_encounters(view)


def _verifier_is_client(encounter: Encounter) -> bool:
    """Expressway-C opens every connection judged here."""
    if encounter.link is not None:
        return encounter.link.client is not None and encounter.verifier in encounter.link.client.nodes
    return encounter.verifier.role.is_expressway


def _verdict(view: View, sides: _Sides, relevant: "_Relevant") -> ConnectionVerdict:
    by_client, by_server = sides[True], sides[False]
    some = (by_client or by_server)[0]
    client, server = (some.verifier, some.peer) if by_client else (some.peer, some.verifier)
    kind = CONNECTIONS[some.service]
    return ConnectionVerdict(
        service=some.service,
        port=some.link.port if some.link and some.link.port and some.service != SSH_TUNNEL else kind.port,
        client=client,
        server=server,
        zone=some.link.name if some.link else None,
        client_verifies=_together(_client_side(view, item) for item in by_client),
        server_verifies=_together(_server_side(view, item) for item in by_server),
        strict=_strict(view, by_client[0]) if by_client else None,
        findings=relevant.to(some.service, client, server, some.link),
    )


def _together(sides: Iterable[Aspects]) -> Aspects:
    """The worst of each aspect: whichever of its certificates the peer shows, it must do."""
    said: dict[Aspect, list[Judgement]] = {}
    for side in sides:
        for aspect, judgement in side.items():
            said.setdefault(aspect, []).append(judgement)
    return {
        aspect: Judgement.DOES_NOT_APPLY if set(all_of_it) == {Judgement.DOES_NOT_APPLY} else _worst(all_of_it)
        for aspect, all_of_it in said.items()
    }


def _client_side(view: View, encounter: Encounter) -> Aspects:
    """What Expressway-C verifies of the server's certificate."""
    client = encounter.verifier
    if encounter.link is None:
        origin = client.settings.verify_origin_server
        unverified = client.has(Change.VERIFIES_UC_NODES_PER_REQUEST) is False
        if unverified or (origin is not None and not origin.value):
            return dict.fromkeys(Aspect, Judgement.DOES_NOT_APPLY)
    return {
        Aspect.CHAIN: _chain(view, encounter),
        Aspect.NAME: _server_name(view, encounter),
        Aspect.USAGE: _usage(encounter.installed, SERVER_AUTH),
        Aspect.VALIDITY: _validity(view, encounter.installed),
    }


def _server_side(view: View, encounter: Encounter) -> Aspects:
    """What the server verifies of Expressway-C's certificate."""
    client = encounter.peer
    usage = _usage(encounter.installed, CLIENT_AUTH)
    name = Judgement.DOES_NOT_APPLY
    if encounter.link is None:
        usage = Judgement.DOES_NOT_APPLY  # not documented for Unified CM
        if client.has(Change.PRESENTS_CERTIFICATE_TO_UCM) is False:
            return dict.fromkeys(Aspect, Judgement.DOES_NOT_APPLY)
    elif encounter.service != SSH_TUNNEL:
        name = _verify_name(view, encounter)
        switch = encounter.verifier.settings.sip_eku_checking
        if switch is not None and not switch.value:
            usage = Judgement.DOES_NOT_APPLY
    return {
        Aspect.CHAIN: _chain(view, encounter),
        Aspect.NAME: name,
        Aspect.USAGE: usage,
        Aspect.VALIDITY: _validity(view, encounter.installed),
    }


def _chain(view: View, encounter: Encounter) -> Judgement:
    if not encounter.known:
        return Judgement.CANNOT_TELL
    chain = encounter.chain(view)
    if chain.trusted:
        return Judgement.VIOLATED if chain.outdated else Judgement.HOLDS
    if encounter.may_be_lost(view):
        return Judgement.CANNOT_TELL
    if encounter.link is None and chain.missing and not chain.root_missing:
        # Documentation wants the intermediate in the list; whether the peer sends it as well is not documented.
        return Judgement.CANNOT_TELL
    return Judgement.VIOLATED


def _server_name(view: View, encounter: Encounter) -> Judgement:
    if encounter.service == SSH_TUNNEL:
        return Judgement.DOES_NOT_APPLY  # nothing is documented about names in the tunnels
    if encounter.installed is None:
        return Judgement.CANNOT_TELL
    certificate = encounter.installed.certificate
    if encounter.link is None:
        wanted = encounter.peer.server_entry.value if encounter.peer.server_entry else encounter.peer.fqdn
        return _found(view.name(certificate, wanted, wildcards=True).match, also_cn=True)
    addresses = [
        peer.address.value
        for peer in encounter.link.peers
        if peer.node is not None and peer.node.fqdn == encounter.peer.fqdn
    ]
    if not addresses:
        return Judgement.CANNOT_TELL
    return _worst(_found(view.name(certificate, address).match) for address in addresses)


def _verify_name(view: View, encounter: Encounter) -> Judgement:
    zone = encounter.zone
    if encounter.installed is None or zone is None or zone.verify_name is None:
        return Judgement.CANNOT_TELL
    return _found(view.name(encounter.installed.certificate, zone.verify_name.value).match)


def _found(match: Match, *, also_cn: bool = False) -> Judgement:
    if match is Match.ABSENT:
        return Judgement.VIOLATED
    return Judgement.CANNOT_TELL if match is Match.ONLY_IN_CN and not also_cn else Judgement.HOLDS


def _usage(installed: InstalledCertificate | None, usage: str) -> Judgement:
    serves = installed.certificate.serves(usage) if installed else None
    if serves is None:
        return Judgement.CANNOT_TELL
    return Judgement.HOLDS if serves else Judgement.VIOLATED


def _validity(view: View, installed: InstalledCertificate | None) -> Judgement:
    if installed is None:
        return Judgement.CANNOT_TELL
    return Judgement.HOLDS if installed.certificate.valid_at(view.at) else Judgement.VIOLATED


def _worst(judgements: Iterable[Judgement]) -> Judgement:
    said = set(judgements)
    for worst in (Judgement.VIOLATED, Judgement.CANNOT_TELL):
        if worst in said:
            return worst
    return Judgement.HOLDS


def _strict(view: View, encounter: Encounter) -> SecondOpinion | None:
    if not encounter.known or not encounter.chain(view).trusted:
        return None
    assert encounter.installed is not None
    assert encounter.store is not None
    names = encounter.installed.certificate.names.dns
    return second_opinion(
        encounter.installed.certificate,
        helpers=view.sent(encounter.peer, encounter.installed)[1:],
        roots=[item for item in encounter.store.certificates if item.self_issued],
        at=view.at,
        server_name=names[0] if names else encounter.peer.fqdn,
    )


# Findings that bear on a connection. An entry without a service bears on every connection of its node.
_BEARING: Mapping[str, frozenset[str] | None] = {
    "server-cert-expired": None,
    "server-cert-not-yet-valid": None,
    "server-cert-expiring": None,
    "eku-server-auth-missing": None,
    "crl-revoked": None,
    "trust-ca-expired": None,
    "eku-client-auth-missing": frozenset({TRAVERSAL_SIP, TRAVERSAL_PLAIN, SSH_TUNNEL}),
    "ssh-tunnel-client-eku-missing": frozenset({SSH_TUNNEL}),
    "ssh-tunnel-intermediate-missing": frozenset({SSH_TUNNEL}),
    "traversal-peer-ca-not-trusted": frozenset({TRAVERSAL_SIP, TRAVERSAL_PLAIN, SSH_TUNNEL}),
    "traversal-tls-verify-off": frozenset({TRAVERSAL_SIP, TRAVERSAL_PLAIN}),
    "traversal-peer-address-not-in-cert": frozenset({TRAVERSAL_SIP, TRAVERSAL_PLAIN}),
    "traversal-peer-address-is-ip": frozenset({TRAVERSAL_SIP, TRAVERSAL_PLAIN}),
    "traversal-verify-name-not-in-cert": frozenset({TRAVERSAL_SIP, TRAVERSAL_PLAIN}),
    "traversal-verify-name-partial-cluster": frozenset({TRAVERSAL_SIP, TRAVERSAL_PLAIN}),
    "name-only-in-cn": frozenset({TRAVERSAL_SIP, TRAVERSAL_PLAIN}),
    "uc-node-ca-not-trusted": frozenset({UC_HTTPS, UC_SIP, "imp-xmpp", "unity-https"}),
    "uc-node-name-not-in-cert": frozenset({UC_HTTPS, UC_SIP, "imp-xmpp", "unity-https"}),
    "uc-expc-chain-missing-on-ucm": frozenset({UC_HTTPS, UC_SIP}),
}


class _Relevant:
    """Findings by the connections that they bear on."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._findings = [finding for finding in findings if finding.code in _BEARING]

    def to(self, service: str, client: Node, server: Node, link: TraversalLink | None) -> tuple[str, ...]:
        return tuple(item.id for item in self._findings if _bears(item, service, client, server, link))


def _bears(finding: Finding, service: str, client: Node, server: Node, link: TraversalLink | None) -> bool:
    services = _BEARING[finding.code]
    if services is not None and service not in services:
        return False
    if finding.code.startswith("uc-") and finding.services and service not in finding.services:
        return False
    zone_names = {zone.name for zone in (link.client_zone, link.server_zone) if zone} if link else set()
    if finding.zone is not None and finding.zone not in zone_names:
        return False
    ends = {normalised(client.fqdn): server, normalised(server.fqdn): client}
    if finding.node is not None:
        other = ends.get(normalised(finding.node))
        return other is not None and (not finding.peers or other.fqdn in finding.peers)
    at_cluster = finding.cluster in (client.cluster, server.cluster)
    return at_cluster and (not finding.peers or bool({client.fqdn, server.fqdn} & set(finding.peers)))
