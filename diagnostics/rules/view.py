"""The estate as rules look at it: each chain judged once, each name looked up once, kept for all rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from diagnostics.estate.links import TraversalLink, traversal_links, uc_nodes
from diagnostics.estate.model import Deployment, InstalledCertificate, Node, TrustStore
from diagnostics.estate.observations import StoreName
from diagnostics.expressway.simulator import Stack, helpers, sent
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.names import NameCheck, check_name
from diagnostics.pki.paths import IssuerGraph, MissingIssuer, Shortfall, shortfall
from diagnostics.pki.verification import EXPIRED, NOT_YET_VALID, Verdict, Verifier
from diagnostics.rules.base import Finding, Symptom


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """How one leaf fares with one list.

    Attributes:
        verdict: OpenSSL's, without regard to dates.
        dated: OpenSSL's at the moment judged at.
        path: the certificates of the path taken, leaf first; where it failed, of the path that lacks least.
        missing: what the list lacks, from the leaf upwards; empty where `verdict` accepts.
        outdated: CA certificates of the path that are outside their dates, where that alone makes it fail.
    """

    verdict: Verdict
    dated: Verdict
    path: tuple[Certificate, ...]
    missing: tuple[MissingIssuer, ...]
    outdated: tuple[Certificate, ...]

    @property
    def trusted(self) -> bool:
        return self.verdict.trusted

    @property
    def root_missing(self) -> bool:
        """The top of the path is what is missing (or nothing at hand tells how far up it goes)."""
        return bool(self.missing) and (self.missing[-1].is_root is not False)


class View:
    """A deployment at a moment, with everything that is worth computing once."""

    def __init__(self, deployment: Deployment, at: datetime) -> None:
        self.deployment = deployment
        self.at = at
        self.verifier = Verifier()
        self.graph = IssuerGraph(deployment.certificates.values(), self.verifier)
        self._chains: dict[tuple[int, tuple[str, ...]], Chain] = {}
        self.kept: dict[str, object] = {}  # what other modules of this room compute once per view
        self.said: list[Finding] = []  # by the rules that have run so far, for those that come after them
        self.symptoms: dict[str, list[Symptom]] = {}  # by the id of the finding that explains them
        self._sent: dict[tuple[str, str], tuple[Certificate, ...]] = {}
        self._names: dict[tuple[str, str, bool], NameCheck] = {}

    @cached_property
    def links(self) -> tuple[TraversalLink, ...]:
        return traversal_links(self.deployment)

    @cached_property
    def uc_nodes(self) -> tuple[Node, ...]:
        return uc_nodes(self.deployment)

    @property
    def mra_off(self) -> bool:
        """Mobile and Remote Access is switched off, as far as anybody said."""
        enabled = self.deployment.mra.enabled
        return enabled is not None and not enabled.value

    def client_certificate(self, node: Node) -> InstalledCertificate | None:
        """What the node presents as TLS client: the client certificate from X15.5, the server certificate before."""
        return node.certificates.get(node.client_slot)

    def sent(self, node: Node, installed: InstalledCertificate) -> tuple[Certificate, ...]:
        """What the node sends with that certificate (see `expressway.simulator`)."""
        store = node.trust.get(StoreName.TRUSTED_CA)
        key = (node.fqdn, installed.certificate.sha256)
        if key not in self._sent:
            own = store.certificates if store else ()
            self._sent[key] = sent(installed.certificate, own, self.graph)
        return self._sent[key]

    def chain(self, store: TrustStore, presented: Sequence[Certificate], stack: Stack) -> Chain:
        """How `presented` (leaf first) fares with `store` in the given TLS stack."""
        aids = helpers(stack, presented)
        # The lists live as long as the deployment does, so their identity is a fit key, and a short one.
        key = (id(store), (presented[0].sha256, *(item.sha256 for item in aids)))
        if key not in self._chains:
            self._chains[key] = self._judge(store, presented[0], aids)
        return self._chains[key]

    def _judge(self, store: TrustStore, leaf: Certificate, aids: Sequence[Certificate]) -> Chain:
        trusted = self.verifier.trusted_list(store.certificates)
        verdict = self.verifier.verify(leaf, helpers=aids, trusted=trusted, at=None)
        dated = self.verifier.verify(leaf, helpers=aids, trusted=trusted, at=self.at)
        known = {item.sha256: item for item in (*store.certificates, *aids, leaf)}
        if verdict.trusted:
            path = tuple(known[sha256] for sha256 in verdict.chain if sha256 in known)
            return Chain(verdict=verdict, dated=dated, path=path, missing=(), outdated=self._outdated(path, dated))
        lack = self._shortfall(store, leaf, aids)
        if not lack.missing and aids:
            lack = self._unaided(store, leaf) or lack
        return Chain(verdict=verdict, dated=dated, path=lack.path.certificates, missing=lack.missing, outdated=())

    def _unaided(self, store: TrustStore, leaf: Certificate) -> Shortfall | None:
        """What the list itself lacks, if that is what it fails for though the peer sends it.

        Once OpenSSL has taken a certificate from the list it looks for the issuers above it there alone.
        """
        lack = self._shortfall(store, leaf, ())
        copies = [item.certificate for item in lack.missing if item.certificate is not None]
        if not copies or len(copies) < len(lack.missing):
            return None
        mended = self.verifier.trusted_list((*store.certificates, *copies))
        return lack if self.verifier.verify(leaf, helpers=(), trusted=mended, at=None).trusted else None

    def _shortfall(self, store: TrustStore, leaf: Certificate, aids: Sequence[Certificate]) -> Shortfall:
        listed = store.fingerprints
        held = listed | {item.sha256 for item in aids}
        return shortfall(leaf, self.graph, held=held, listed=listed, list_entries=store.certificates)

    def _outdated(self, path: Sequence[Certificate], dated: Verdict) -> tuple[Certificate, ...]:
        if dated.trusted or dated.code not in (EXPIRED, NOT_YET_VALID):
            return ()
        return tuple(item for item in path[1:] if not item.valid_at(self.at))

    def name(self, certificate: Certificate, wanted: str, *, wildcards: bool = False) -> NameCheck:
        """Whether the certificate carries the name; kept."""
        key = (certificate.sha256, wanted, wildcards)
        if key not in self._names:
            self._names[key] = check_name(certificate, wanted, wildcards=wildcards)
        return self._names[key]
