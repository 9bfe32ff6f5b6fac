"""TLS verify subject names: what Expressway-E expects in the certificate of every Expressway-C that connects."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from diagnostics.estate.links import TraversalLink
from diagnostics.estate.model import Cluster, InstalledCertificate, Node, Told, Zone
from diagnostics.pki.names import Match, NameCheck, closeness, normalised
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Place, Reason, Severity, Wording
from diagnostics.rules.encounters import clusters_without_zones
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_cluster, at_node
from diagnostics.rules.view import View

_DOWN = N_(
    "The zone “{zone}” is down with “TLS negotiation error”. On Expressway-E the event log has “Inbound TLS "
    "Negotiation Error … Peer's TLS certificate identity was unacceptable”. Everything that runs through the zone is "
    "down with it."
)
_ACTIVE = N_("{menu_zone_status}: the zone is Active to every peer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presenter:
    """An Expressway-C whose certificate is at hand, and how it stands to the name that is expected of it."""

    node: Node
    installed: InstalledCertificate
    check: NameCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A zone that verifies its clients by name, and the clients that it meets.

    `clients`: one cluster; several where nothing uploaded says that the nodes are one.
    """

    server: Cluster
    zone: Zone
    clients: tuple[Cluster, ...]
    wanted: Told[str]
    presenters: tuple[Presenter, ...]

    @property
    def met_by_nobody(self) -> bool:
        return all(presenter.check.match is Match.ABSENT for presenter in self.presenters)

    @property
    def names_the_client(self) -> bool:
        """It expects the very name of the Expressway-C cluster: the zone is right, and certificates lack the name."""
        return normalised(self.wanted.value) in {normalised(client.name) for client in self.clients}

    @property
    def client_names(self) -> str | tuple[str, ...]:
        names = tuple(client.name for client in self.clients)
        return names if len(names) > 1 else names[0]


def expectations(view: View) -> Iterator[Expectation]:
    """Every traversal-server zone that verifies, where the name and a certificate to hold it against are at hand."""
    found: dict[tuple[str, str], Expectation] = {}
    for link in _verifying(view):
        server, zone, client = link.server, link.server_zone, link.client
        if server is None or zone is None or client is None or zone.verify_name is None:
            continue
        presenters = tuple(_presenters(view, client, zone.verify_name.value))
        before = found.get((server.name, zone.name))
        if presenters and before is None:
            found[server.name, zone.name] = Expectation(
                server=server, zone=zone, clients=(client,), wanted=zone.verify_name, presenters=presenters
            )
        elif presenters and before is not None and client not in before.clients:
            found[server.name, zone.name] = replace(
                before, clients=(*before.clients, client), presenters=(*before.presenters, *presenters)
            )
    yield from found.values()


def _verifying(view: View) -> Iterator[TraversalLink]:
    for link in view.links:
        if link.server_zone is not None and link.verifies(link.server_zone) is not False:
            yield link


def _presenters(view: View, client: Cluster, wanted: str) -> Iterator[Presenter]:
    for node in client.nodes:
        installed = view.client_certificate(node)
        if installed is not None:
            yield Presenter(node=node, installed=installed, check=view.name(installed.certificate, wanted))


@rule(
    "traversal-verify-name-not-in-cert",
    name=N_("The TLS verify subject name is in no Expressway-C certificate"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every traversal-server zone with TLS verify mode On, against the certificates Expressway-C presents."),
    sources=("221624", "X154-UC", "X143-ZONES", "212475"),
    wordings={
        "plain": Wording(
            title=N_("Zone “{zone}” expects {wanted}, which no certificate of {client_cluster} carries"),
            explanation=N_(
                "The TLS verify subject name on {server_cluster} is {wanted}; the certificates of {peers} carry "
                "{presented}. Nearest: {nearest}."
            ),
            impact=_DOWN,
            steps=(
                N_(
                    "On {server_cluster}: {menu_zones}, zone “{zone}”, set TLS verify subject name to the name that "
                    "every certificate of {client_cluster} carries (its cluster FQDN): {common}."
                ),
                N_("Or re-issue the certificates of {peers} with {wanted} among their subject alternative names."),
            ),
            verify=_ACTIVE,
        ),
        "certificates": Wording(
            title=N_("The certificate of {node} lacks {wanted}, which zone “{zone}” expects"),
            explanation=N_(
                "The TLS verify subject name on {server_cluster} is {wanted}, the name of {client_cluster} itself. No "
                "certificate of it carries that name; the one of {node} carries {presented}."
            ),
            impact=_DOWN,
            steps=(
                N_(
                    "Re-issue the certificate of {node} with {wanted} among its subject alternative names "
                    "({menu_server_certificate}, Generate CSR), upload it and restart; the same on every other peer."
                ),
            ),
            verify=_ACTIVE,
            restart=True,
        ),
    },
)
def traversal_verify_name_not_in_cert(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """None of the peers' certificates has the name, neither in the SAN nor in the CN."""
    yield from unknown_names(view, say)
    for expected in expectations(view):
        if not expected.met_by_nobody:
            yield say.holds(at_cluster(expected.server, zone=expected.zone))
        elif expected.names_the_client:
            for presenter in expected.presenters:
                yield _certificate_lacks(say, expected, presenter, variant="certificates")
        else:
            yield _zone_expects(say, expected)


@rule(
    "traversal-verify-name-partial-cluster",
    name=N_("The TLS verify subject name is not in every peer's certificate"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "Every traversal-server zone with TLS verify mode On that meets an Expressway-C cluster of two or more."
    ),
    sources=("221624", "X140-CLUSTER", "X143-ZONES"),
    wordings={
        "plain": Wording(
            title=N_("The certificate of {node} lacks {wanted}, which zone “{zone}” expects of every peer"),
            explanation=N_(
                "The TLS verify subject name on {server_cluster} is {wanted}. Other peers of {cluster} carry it, "
                "{node} carries {presented}."
            ),
            impact=N_(
                "The zone “{zone}” is up from some Expressway-C peers only; calls and logins that go through {node} "
                "fail. "
                "Expressway-E logs “Peer's TLS certificate identity was unacceptable”."
            ),
            steps=(
                N_(
                    "Re-issue the certificate of {node} with {wanted} among its subject alternative names "
                    "({menu_server_certificate}, Generate CSR), upload it and restart."
                ),
                N_(
                    "If {wanted} is the name of one peer alone, set the TLS verify subject name on {server_cluster} to "
                    "the cluster FQDN instead, and make sure that every peer's certificate has that."
                ),
            ),
            verify=_ACTIVE,
            restart=True,
        ),
    },
)
def traversal_verify_name_partial_cluster(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Some peers' certificates have the name, and this one has not."""
    yield from unknown_names(view, say)
    for expected in expectations(view):
        client = expected.clients[0]
        if len(expected.clients) == 1 and client.size < 2:
            place = at_cluster(client, zone=expected.zone)
            yield say.does_not_apply(place, Reason.SINGLE_NODE, cluster=client.name)
            continue
        for presenter in expected.presenters:
            place = at_node(presenter.node, zone=expected.zone)
            if presenter.check.match is not Match.ABSENT:
                yield say.holds(place)
            elif expected.met_by_nobody:
                yield say.does_not_apply(place, Reason.OTHER_CHECK, other="traversal-verify-name-not-in-cert")
            else:
                yield _certificate_lacks(say, expected, presenter, variant="plain")


def unknown_names(view: View, say: Say) -> Iterator[Outcome]:
    """What keeps a zone's name from being held against every certificate that it meets."""
    for cluster in clusters_without_zones(view):
        yield say.cannot_tell(at_cluster(cluster), Reason.ZONES_UNKNOWN, node=cluster.name)
    for link in view.links:
        server, zone, client = link.server, link.server_zone, link.client
        if server is None or zone is None:
            yield from _no_server_zone(say, link)
            continue
        if link.verifies(zone) is False:
            continue
        place = at_cluster(server, zone=zone)
        if zone.verify_name is None:
            yield say.cannot_tell(place, Reason.VERIFY_NAME_UNKNOWN, zone=zone.name, node=server.name)
        elif client is None:
            yield say.cannot_tell(place, Reason.OTHER_END_UNKNOWN, zone=zone.name)
        else:
            for node in client.nodes:
                if view.client_certificate(node) is None:
                    yield say.no_certificate(place, node, node.client_slot)


def _no_server_zone(say: Say, link: TraversalLink) -> Iterator[Outcome]:
    """A zone of Expressway-C whose other end is not known, or known without its configuration."""
    if link.client is None or link.client_zone is None:
        return
    zone = link.client_zone
    if link.server is None:
        yield say.cannot_tell(at_cluster(link.client, zone=zone), Reason.OTHER_END_UNKNOWN, zone=zone.name)
        return
    for cluster in dict.fromkeys(node.cluster for node in link.edges):
        place = Place(cluster=cluster, zone=zone.name)
        yield say.cannot_tell(place, Reason.VERIFY_NAME_UNKNOWN, zone=zone.name, node=cluster)


def _certificate_lacks(say: Say, expected: Expectation, presenter: Presenter, *, variant: str) -> Finding:
    """The remedy is at the node whose certificate lacks the name."""
    node, certificate = presenter.node, presenter.installed.certificate
    alone = variant == "plain"
    return say.violated(
        at_node(node, zone=expected.zone),
        variant=variant,
        peers=[peer.fqdn for peer in expected.server.nodes],
        certificates=(certificate,),
        names=presenter.check,
        evidence=(expected.wanted.source, presenter.installed.source),
        release=node.version.value if node.version else "",
        key=normalised(expected.wanted.value),
        cause=f"reissue {certificate.sha256}" if alone else _zone_cause(expected),
        client_cluster=expected.client_names,
        server_cluster=expected.server.name,
    )


def _zone_expects(say: Say, expected: Expectation) -> Finding:
    """The remedy is in the zone: no certificate was ever meant to carry that name."""
    nearest = min((presenter.check for presenter in expected.presenters), key=closeness)
    shared = [{normalised(name) for name in presenter.check.presented} for presenter in expected.presenters]
    return say.violated(
        at_cluster(expected.server, zone=expected.zone),
        peers=[presenter.node.fqdn for presenter in expected.presenters],
        certificates=[presenter.installed.certificate for presenter in expected.presenters],
        names=nearest,
        evidence=(expected.wanted.source, *(presenter.installed.source for presenter in expected.presenters)),
        release=expected.server.release,
        key=normalised(expected.wanted.value),
        cause=_zone_cause(expected),
        client_cluster=expected.client_names,
        server_cluster=expected.server.name,
        common=tuple(sorted(set.intersection(*shared))),
    )


def _zone_cause(expected: Expectation) -> str:
    return f"verify-name {expected.server.name} {expected.zone.name}"
