"""Where sources of one upload contradict each other: a dump and an inventory, text and XML, two peers of one cluster.

What is known by one value alone (`Told.others`) is noted where it is merged (`merging.contradictions`). Here is what takes
more than one statement to see: lists, roles, and what peers of a cluster share.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from diagnostics.estate.merging import Statement, Statements, as_text, contradictions
from diagnostics.estate.model import Contradiction, Node, Told
from diagnostics.estate.observations import FactKey, Origin, Role, Source

# Configuration that Expressway keeps the same on every peer of a cluster.
_SHARED = (
    FactKey.TLS_VERIFICATION,
    FactKey.VERIFY_ORIGIN_SERVER,
    FactKey.SERVER_EKU_UPLOAD,
    FactKey.SIP_EKU_CHECKING,
    FactKey.REVOCATION_MODE,
    FactKey.REVOCATION_FALLBACK,
)
Spoken = tuple[tuple[str, ...], Source]  # the values of a list, and where the first of them stands


def of_node(node: Node, said: Statements) -> list[Contradiction]:
    """What is said differently of one node."""
    settings = node.settings
    found = contradictions(
        node.fqdn,
        {
            FactKey.VERSION: _release(node.version),
            FactKey.CLUSTER: said.text(FactKey.CLUSTER),
            FactKey.SERVER_ENTRY: node.server_entry,
            FactKey.TLS_VERIFICATION: settings.tls_verification,
            FactKey.VERIFY_ORIGIN_SERVER: settings.verify_origin_server,
            FactKey.SERVER_EKU_UPLOAD: settings.server_eku_upload,
            FactKey.SIP_EKU_CHECKING: settings.sip_eku_checking,
            FactKey.REVOCATION_MODE: settings.revocation_mode,
            FactKey.REVOCATION_FALLBACK: settings.revocation_fallback,
        },
    )
    return [*found, *_addresses(node.fqdn, said)]


def _release(told: Told[str] | None) -> Told[str] | None:
    """Without those that say the same release less exactly ("14.3" for X14.3.2, "15" for 15.0.1.12900-161)."""
    if told is None:
        return None
    return replace(told, others=tuple(item for item in told.others if not _is_same_release(item[0], told.value)))


def _is_same_release(one: str, other: str) -> bool:
    shorter, longer = sorted((re.findall(r"\d+", text[:60]) for text in (one, other)), key=len)
    return bool(shorter) and longer[: len(shorter)] == shorter


def _addresses(subject: str, said: Statements) -> Iterator[Contradiction]:
    """An inventory gives one address of a node that may have several: it must be one of those that the node shows.

    Its configuration shows all of them. A status has those of the interfaces alone, and not what static NAT shows to the
    outside, which may well be what somebody wrote down; a log tells of some by the way.
    """
    by_person, shown = _parted(said.newest(FactKey.ADDRESS))
    known = {as_text(item.fact.value).casefold() for item in shown}
    strange = [item for item in by_person if as_text(item.fact.value).casefold() not in known]
    if strange and any(item.origin is Origin.CONFIGURATION for item in shown):
        yield _lists(subject, FactKey.ADDRESS, [_spoken(shown), _spoken(strange)])


def of_role(subject: str, role: Role, by_zones: Told[str] | None, stated: Iterable[Statement]) -> list[Contradiction]:
    """A role that somebody wrote down against the traversal zones that the node has, or against another such role.

    What the status calls "Expressway" is left out: what it means is inferred.
    """
    written = [item for item in stated if item.origin in (Origin.PERSON, Origin.ANSWER, Origin.LISTING)]
    said = [(by_zones.value, by_zones.source)] if by_zones is not None else []
    said += [(as_text(item.fact.value), item.fact.source) for item in written]
    distinct: dict[str, Source] = {}
    for value, source in said:
        distinct.setdefault(value, source)
    if len(distinct) < 2:
        return []
    first = sorted(distinct.items(), key=lambda item: item[0] != role.value)
    return [Contradiction(subject=subject, what=FactKey.ROLE.value, said=tuple(first))]


def of_peers(
    cluster: str, members: Mapping[str, Statements], designated: Callable[[str], str]
) -> Iterator[Contradiction]:
    """What peers of one cluster say differently of what they share; `designated` is the full name of a peer."""
    if len(members) < 2:
        return
    for key in _SHARED:
        told = _newest_of(members.values(), key)
        values = {as_text(item.fact.value).casefold(): item for item in reversed(told)}
        if len(values) > 1:
            said = tuple((as_text(item.fact.value), item.fact.source) for item in reversed(values.values()))
            yield Contradiction(subject=cluster, what=key.value, said=said)
    named: dict[frozenset[str], Spoken] = {}
    newest = max((said.batch_of(FactKey.CLUSTER_PEER) for said in members.values()), default=-1)
    for member in members.values():
        peers = member.newest(FactKey.CLUSTER_PEER)
        if peers and member.batch_of(FactKey.CLUSTER_PEER) == newest:
            names = frozenset(designated(as_text(item.fact.value)).casefold() for item in peers)
            named.setdefault(names, _spoken(peers))
    if len(named) > 1:
        yield _lists(cluster, FactKey.CLUSTER_PEER, list(named.values()))


def _newest_of(members: Iterable[Statements], key: FactKey) -> list[Statement]:
    """What each member says in the newest upload that speaks of it; what people wrote of a node is no peer's word."""
    told = [item for said in members for item in said.newest(key) if item.origin is not Origin.PERSON]
    newest = max((item.batch for item in told), default=-1)
    return [item for item in told if item.batch == newest]


def of_deployment(said: Statements) -> Iterator[Contradiction]:
    """Mobile and Remote Access: an inventory against the dumps, all together."""
    by_person, shown = _parted(said.newest(FactKey.MRA_DOMAIN))
    if by_person and shown and _folded(by_person) != _folded(shown):
        yield _lists("", FactKey.MRA_DOMAIN, [_spoken(shown), _spoken(by_person)])
    by_person, shown = _parted(said.newest(FactKey.MRA_ENABLED))
    on = [item for item in shown if item.fact.value is True]
    decisive = (on or shown)[:1]
    if by_person and decisive and by_person[0].fact.value != decisive[0].fact.value:
        pair = tuple((as_text(item.fact.value), item.fact.source) for item in (*decisive, by_person[0]))
        yield Contradiction(subject="", what=FactKey.MRA_ENABLED.value, said=pair)


def of_lists(subject: str, key: FactKey, told: Iterable[Spoken]) -> Iterator[Contradiction]:
    """Lists of which each source says the whole."""
    distinct: dict[frozenset[str], Spoken] = {}
    for values, source in told:
        distinct.setdefault(frozenset(value.casefold() for value in values), (values, source))
    if len(distinct) > 1:
        yield _lists(subject, key, list(distinct.values()))


def _parted(said: Iterable[Statement]) -> tuple[list[Statement], list[Statement]]:
    """What people wrote down, and what files of the product say."""
    parts: dict[bool, list[Statement]] = defaultdict(list)
    for item in said:
        parts[item.origin is Origin.PERSON].append(item)
    return parts[True], parts[False]


def _folded(said: Iterable[Statement]) -> set[str]:
    return {as_text(item.fact.value).casefold() for item in said}


def _spoken(said: list[Statement]) -> Spoken:
    values = {as_text(item.fact.value).casefold(): as_text(item.fact.value) for item in reversed(said)}
    return tuple(reversed(values.values())), said[0].fact.source


def _lists(subject: str, key: FactKey, told: Iterable[Spoken]) -> Contradiction:
    return Contradiction(
        subject=subject, what=key.value, said=tuple((", ".join(values), source) for values, source in told)
    )
