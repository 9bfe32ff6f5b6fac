"""Which decision of a person speaks of which file, for this upload and later ones."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from diagnostics.estate.claims import Claim
from diagnostics.estate.decisions import Decision
from diagnostics.estate.model import PlaceReason
from diagnostics.estate.naming import NodeNames
from diagnostics.estate.observations import CertificateFile, NodeRef, Observation, Placement, Role, Slot, StoreName
from diagnostics.pki.certificate import Certificate

_TIME = re.compile(r"\d{4}[-_.]?\d{2}[-_.]?\d{2}[\dT_:.\-+Z ]{0,40}")

_OF_EXPRESSWAY: tuple[Slot | StoreName, ...] = (Slot.SERVER, Slot.CLIENT, StoreName.TRUSTED_CA)


def decided_files(
    batches: Sequence[Sequence[Observation]], decisions: Sequence[Decision], certificates: Mapping[str, Certificate]
) -> dict[tuple[int, str], Decision]:
    """Batch number and path of a file -> the decision about it, those of the latest decision first.

    `decisions` in the order in which they were made.
    """
    if not decisions:
        return {}
    speaking = Decided(decisions, certificates)
    made = {decision: turn for turn, decision in enumerate(decisions)}
    found: dict[tuple[int, str], Decision] = {}
    for number, batch in enumerate(batches):
        placed = {item.path.casefold() for item in batch if isinstance(item, Placement)}
        for file in batch:
            if not isinstance(file, CertificateFile):
                continue
            decision = speaking.of(file, stated=file.source.path.casefold() in placed)
            if decision is not None:
                found[number, file.source.path] = decision
    return dict(sorted(found.items(), key=lambda item: -made[item[1]]))


def decided_nodes(decisions: Iterable[Decision], names: NodeNames) -> Iterator[NodeRef]:
    """The nodes that they name; one that nothing else knows is made by it."""
    return (NodeRef(name=names.designated(item.node)) for item in decisions if item.node is not None)


def roles_decided(decisions: Iterable[Decision]) -> dict[str, Role]:
    """By the places that people gave nodes (their case-folded names), for those of which nothing else tells the role."""
    roles: dict[str, Role] = {}
    for decision in decisions:
        place = decision.slot or decision.store
        if decision.node is not None and place is not None and place not in _OF_EXPRESSWAY:
            role = Role.IM_PRESENCE if place.value.startswith("cup") else Role.UNIFIED_CM
            roles.setdefault(decision.node.casefold(), role)
    return roles


class Decided:
    """Which decision speaks of which file; the latest that fits."""

    def __init__(self, decisions: Sequence[Decision], certificates: Mapping[str, Certificate]) -> None:
        self._certificates = certificates
        self._by_certificate: dict[str | None, list[Decision]] = defaultdict(list)
        self._by_path: dict[str, list[Decision]] = defaultdict(list)
        self._by_names: dict[frozenset[str], list[Decision]] = defaultdict(list)
        for decision in reversed(decisions):
            self._by_certificate[decision.certificate].append(decision)
            self._by_path[decision.path].append(decision)
            self._by_names[frozenset(decision.names)].append(decision)

    def of(self, file: CertificateFile, *, stated: bool) -> Decision | None:
        """None where nobody decided anything of it. `stated`: something else says for sure where the file belongs.

        1. The same certificate. Of a file with a sure place, only where the path is the same too, but for the time in it:
           a copy that somebody moved takes nothing from the archive in which the node shows the certificate. Of CA
           certificates alone likewise: every list may begin with the same root.
        2. The same path, unless what lies there now is for another host altogether. A list has no host; it follows where
           the path has a folder, since "ca.pem" by itself may be any node's.
        3. A certificate with the same names, that is a renewal, unless such certificates were put in different places.
        """
        known = [self._certificates[sha256] for sha256 in file.certificates if sha256 in self._certificates]
        leaf = leaf_of(known)
        is_list = leaf is None or leaf.ca is True
        path = file.source.path
        for decision in self._by_certificate.get(leaf.sha256, ()) if leaf is not None else ():
            if not (stated or is_list) or _same_file(decision.path, path):
                return decision
        names = names_of(leaf)
        for decision in self._by_path.get(path, ()):
            if decision.crl and not file.crls:
                continue
            if _may_follow(decision, names, is_list=is_list):
                return decision
        return None if stated or is_list else self._renewed(names)

    def _renewed(self, names: frozenset[str]) -> Decision | None:
        fitting = self._by_names.get(names, []) if names else []
        places = {(item.node, item.slot, item.store, item.crl) for item in fitting}
        return fitting[0] if len(places) == 1 else None


def _may_follow(decision: Decision, names: frozenset[str], *, is_list: bool) -> bool:
    """What lies at the path now may be what was decided about: nothing was known of it, or it is alike."""
    if decision.certificate is None:
        return True
    if is_list:
        return decision.slot is None and "/" in decision.path
    return not (decision.names or names) or bool(names & frozenset(decision.names))


def _same_file(one: str, other: str) -> bool:
    """Whatever the time in it, which every diagnostic log has, and the name under which the same folder was packed."""
    one, other = (_TIME.sub("#", path).casefold() for path in (one, other))
    inside = one.partition("/")[2]
    return one == other or ("/" in inside and inside == other.partition("/")[2])


def leaf_of(certificates: Iterable[Certificate]) -> Certificate | None:
    """The first that is no CA, else the first; None where there is none. What decisions are about."""
    all_of_them = list(certificates)
    return next((item for item in all_of_them if item.ca is not True), all_of_them[0] if all_of_them else None)


def names_of(certificate: Certificate | None) -> frozenset[str]:
    """Common names and alternative names, case-folded."""
    if certificate is None:
        return frozenset()
    return frozenset(name.casefold() for name in (*certificate.subject.common_names, *certificate.names.texts))


def decided(decision: Decision, file: CertificateFile, names: NodeNames) -> Claim | None:
    """None where the file is to belong to no node."""
    if decision.node is None or [decision.slot is not None, decision.store is not None, decision.crl].count(True) != 1:
        return None
    return Claim(
        file=file,
        node=names.of(NodeRef(name=names.designated(decision.node))),
        reason=PlaceReason.PERSON,
        source=file.source,
        slot=decision.slot,
        store=decision.store,
        crl=decision.crl,
    )
