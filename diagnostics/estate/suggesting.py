"""Where a file belongs of which nobody says so: by the names in the certificate, the folder, the file's name.

1. The certificate of a host belongs to the one known node that it is for (`KnownNodes.carried`). Where it fits several,
   the folder or the file's name decides between them; else it is asked.
2. A folder and file name that give it a slot of a node for which it is not ("expc1/server.pem" with the names of expc2)
   contradict it: misfiled, or installed on the wrong node. It is asked. A folder alone does not: people keep a peer's
   certificate beside their own.
3. A certificate whose names fit no known node belongs where folder and file name put it, if they name a slot.
4. The slot is that which folder or file name say, if the node has it and the usages allow it. Else, on an Expressway, it
   is the server certificate, unless it serves clients alone: from X15.5 on there is a slot for that. On Unified CM the
   names are the same in every slot, so it is asked.
5. CA certificates alone belong nowhere by themselves (they help to find what is missing). In a node's folder, or named
   after a node, a file with the name of a list is that list; a folder with the name of a list holds its entries.
6. A self-signed certificate that says that it is a CA is a host's, if it alone is in the file and is for a known node.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from diagnostics.estate.claims import Claim
from diagnostics.estate.known_nodes import KnownNode, KnownNodes
from diagnostics.estate.model import Place, PlaceReason
from diagnostics.estate.observations import CertificateFile, Role, Slot, StoreName
from diagnostics.estate.path_hints import PathHints, hints_of
from diagnostics.pki.certificate import CLIENT_AUTH, SERVER_AUTH, Certificate

MOST_CANDIDATES = 24  # places offered for one file; more than a person reads
_MOST_CLAIMS = 60  # places looked at for one file

_OF_EXPRESSWAY: tuple[Slot | StoreName, ...] = (Slot.SERVER, Slot.CLIENT, StoreName.TRUSTED_CA)
# Where it is not said, likeliest first: those that Expressway-C connects to.
_SLOTS: Mapping[Role, tuple[Slot, ...]] = {
    Role.UNIFIED_CM: (Slot.TOMCAT, Slot.CALLMANAGER),
    Role.IM_PRESENCE: (Slot.CUP_XMPP, Slot.TOMCAT, Slot.CUP),
    Role.UNITY_CONNECTION: (Slot.TOMCAT,),
}
_FOR_EC: Mapping[Slot, Slot] = {
    Slot.TOMCAT: Slot.TOMCAT_ECDSA,
    Slot.CALLMANAGER: Slot.CALLMANAGER_ECDSA,
    Slot.CUP: Slot.CUP_ECDSA,
    Slot.CUP_XMPP: Slot.CUP_XMPP_ECDSA,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Where a file may belong: one place is where it does belong, several are asked for.

    Attributes:
        claims: likeliest first; all of one file.
        ask: a single place of which it is not sure either.
        leaf: the certificate that it is about; None where it is a list.
    """

    claims: tuple[Claim, ...]
    leaf: Certificate | None
    ask: bool = False

    @property
    def certain(self) -> bool:
        return len(self.claims) == 1 and not self.ask

    @property
    def candidates(self) -> tuple[Place, ...]:
        return tuple(claim.place for claim in self.claims[:MOST_CANDIDATES])


class Suggesting:
    """Suggests places on the known nodes."""

    def __init__(self, nodes: KnownNodes, certificates: Mapping[str, Certificate]) -> None:
        self._nodes, self._certificates = nodes, certificates

    def of(self, file: CertificateFile) -> Suggestion | None:
        """None where nothing hints at a place: the file is loose."""
        known = tuple(
            {item: self._certificates[item] for item in file.certificates if item in self._certificates}.values()
        )
        if not known:
            return None
        hints = hints_of(file.source, self._nodes)
        if hints.entry and not (hints.alone and all(item.ca is True for item in known)):
            return None
        if hints.store is not None:
            return self._list(file, known, hints)
        leaf = self._leaf(file, known)
        if leaf is not None:
            return self._identity(file, leaf, hints)
        if hints.slot is not None and hints.node is not None and all(item.ca is True for item in known):
            return self._slot_by_path(file, None, hints)  # handed in as a certificate, whatever it is
        return None

    def with_alternatives(self, found: Suggestion) -> Suggestion:
        """With the slot for client certificates, where the server's is in doubt and the node has both."""
        (first, *others) = found.claims
        node = self._nodes.get(first.node.casefold())
        leaf = found.leaf
        if others or leaf is None or first.slot is not Slot.SERVER or node is None or node.split is not True:
            return found
        if leaf.serves(CLIENT_AUTH) is False:
            return found
        return replace(found, claims=(first, replace(first, slot=Slot.CLIENT)))

    def _leaf(self, file: CertificateFile, known: Sequence[Certificate]) -> Certificate | None:
        """The one certificate of a host in the file; None where there is none, or several and no key says which."""
        hosts = [item for item in known if item.ca is False or (item.ca is None and not item.self_issued)]
        if not hosts and len(known) == 1:
            (only,) = known
            return only if only.self_issued and self._nodes.carried(only).exact else None
        if len(hosts) > 1:
            hosts = [item for item in hosts if item.key is not None and item.key.spki_sha256 in file.key_ids]
        return hosts[0] if len(hosts) == 1 else None

    # the certificate of a host

    def _identity(self, file: CertificateFile, leaf: Certificate, hints: PathHints) -> Suggestion | None:
        carried = self._nodes.carried(leaf)
        hinted = hints.node
        if hinted is not None and hinted in carried.nodes and (carried.only is None or hints.slot is not None):
            if hinted == carried.only:
                return self._at(file, leaf, hints, ((hinted, PlaceReason.NAMES),), exact=carried.exact)
            return self._at(file, leaf, hints, ((hinted, hints.reason),), exact=carried.exact)
        if carried.only is not None:
            likely = [(carried.only, PlaceReason.NAMES)]
            if hinted is not None and hinted != carried.only and hints.slot in _slots_by_name(hinted):
                likely.append((hinted, hints.reason))
            return self._at(file, leaf, hints, likely, exact=carried.exact)
        if carried.nodes:
            fitting = [(node, PlaceReason.NAMES) for node in carried.nodes]
            found = self._at(file, leaf, hints, fitting, exact=False)
            return replace(found, ask=True) if found is not None else None
        if hints.slot is not None or hints.alone:
            return self._slot_by_path(file, leaf, hints)
        return None

    def _slot_by_path(self, file: CertificateFile, leaf: Certificate | None, hints: PathHints) -> Suggestion | None:
        nodes = _owners(hints)
        return self._at(file, leaf, hints, nodes, exact=False) if nodes else None

    def _at(
        self,
        file: CertificateFile,
        leaf: Certificate | None,
        hints: PathHints,
        nodes: Iterable[tuple[KnownNode, PlaceReason]],
        *,
        exact: bool,
    ) -> Suggestion | None:
        fitting = ((node, reason, slot) for node, reason in nodes for slot in _slots(node, leaf, hints))
        claims = tuple(
            Claim(
                file=file,
                node=node.fqdn,
                reason=reason,
                source=file.source,
                slot=slot,
                exact=exact and reason is PlaceReason.NAMES,
                agreed=(hints.node == node) + (hints.slot == slot),
            )
            for node, reason, slot in islice(fitting, _MOST_CLAIMS)
        )
        return Suggestion(claims=claims, leaf=leaf) if claims else None

    # lists

    def _list(self, file: CertificateFile, known: Sequence[Certificate], hints: PathHints) -> Suggestion | None:
        store = hints.store
        assert store is not None
        of_expressway = store in _OF_EXPRESSWAY
        owners = [(node, reason) for node, reason in _owners(hints) if node.role.is_expressway is of_expressway]
        if not owners:
            return None
        alone = hints.single and not hints.group and len(known) == 1
        if alone and hints.root:
            return None  # "root.pem" with one certificate is that root
        claim = Claim(
            file=file,
            node=owners[0][0].fqdn,
            reason=owners[0][1],
            source=file.source,
            store=store,
            group=hints.group,
        )
        others = tuple(replace(claim, node=node.fqdn, reason=reason) for node, reason in owners[1:])
        return Suggestion(claims=(claim, *others), leaf=None, ask=alone)


def _owners(hints: PathHints) -> list[tuple[KnownNode, PlaceReason]]:
    """The nodes that the path names: one, or two that contradict each other."""
    if hints.disputed:
        assert hints.folder_node is not None and hints.file_node is not None
        return [(hints.folder_node, PlaceReason.FOLDER), (hints.file_node, PlaceReason.FILE_NAME)]
    return [(hints.node, hints.reason)] if hints.node is not None else []


def _slots(node: KnownNode, leaf: Certificate | None, hints: PathHints) -> tuple[Slot, ...]:
    """The slots of the node that the certificate may be in; several where it cannot be told which."""
    if hints.slot is not None and hints.slot in _slots_by_name(node):
        doubted = node.role.is_expressway and leaf is not None and _doubted(hints.slot, leaf, node)
        return (hints.slot, *doubted) if doubted else (hints.slot,)
    if node.role.is_expressway:
        if leaf is not None and _serves_clients_alone(leaf) and node.split is not False:
            return (Slot.CLIENT,) if node.split else (Slot.CLIENT, Slot.SERVER)
        return () if hints.slot is Slot.CLIENT else (Slot.SERVER,)
    slots = _SLOTS.get(node.role, (Slot.TOMCAT,))
    if leaf is not None and leaf.key is not None and leaf.key.kind == "EC":
        return (*(_FOR_EC[slot] for slot in slots), *slots)
    return slots


def _slots_by_name(node: KnownNode) -> frozenset[Slot]:
    if not node.role.is_expressway:
        return frozenset(slot for slot in Slot if slot not in _OF_EXPRESSWAY)
    return frozenset({Slot.SERVER}) if node.split is False else frozenset({Slot.SERVER, Slot.CLIENT})


def _doubted(slot: Slot, leaf: Certificate, node: KnownNode) -> tuple[Slot, ...]:
    """The other slot of an Expressway, where the usages speak against the one that the name says."""
    if slot is Slot.SERVER and _serves_clients_alone(leaf) and node.split is not False:
        return (Slot.CLIENT,)
    if slot is Slot.CLIENT and leaf.serves(CLIENT_AUTH) is False and leaf.serves(SERVER_AUTH) is True:
        return (Slot.SERVER,)
    return ()


def _serves_clients_alone(leaf: Certificate) -> bool:
    return leaf.serves(CLIENT_AUTH) is True and leaf.serves(SERVER_AUTH) is False
