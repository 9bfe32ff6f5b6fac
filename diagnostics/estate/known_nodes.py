"""The nodes that anything speaks of, and which of them a certificate, a folder or a file's name means."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from diagnostics.estate.observations import Role
from diagnostics.expressway.stores import slot_called, store_called
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.names import as_address, covers, normalised

_MOST_NAMES = 2_000  # of a certificate looked at; a hostile one may hold far more, a real one has a hundred
_MOST_FITTING = 200  # nodes that a wildcard or a cluster's name fits; whoever has more is not asked about all of them
_LONGEST = 300  # characters of a folder or file name looked at
_RUN = re.compile(r"[^\W_]+")  # what stands between separators
_MOST_RUNS = 20  # of a name; every stretch of them is looked up
_ENDING = re.compile(r"(?:\.(?:zip|7z|rar|tar|tgz|tbz2?|txz|gz|bz2|xz)){1,3}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNode:
    """A node before anything is placed on it.

    Attributes:
        key: its full name, case-folded.
        clusters: names of the cluster that it is in, normalised.
        split: whether it has separate server and client certificates (X15.5); None: its release is not known.
        seen: something of it is among the uploads; otherwise a configuration names it as a peer, and it takes its full
            name as a common name, or a folder or file, to mean it.
    """

    key: str
    fqdn: str
    role: Role
    addresses: tuple[str, ...] = ()
    clusters: frozenset[str] = frozenset()
    split: bool | None = None
    seen: bool = True

    @property
    def host(self) -> str:
        return self.key if as_address(self.key) is not None else self.key.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The known nodes that the names in a certificate fit.

    Attributes:
        nodes: that it fits, those of the common name first.
        only: the one that it is for; None where it fits several equally well, or none.
        exact: it carries their full names, rather than an address, a bare host name, the cluster's name or a wildcard.
    """

    nodes: tuple[KnownNode, ...] = ()
    only: KnownNode | None = None
    exact: bool = False


class KnownNodes:
    """The nodes by their names."""

    def __init__(self, nodes: Iterable[KnownNode]) -> None:
        self._nodes = {node.key: node for node in nodes}
        self._by_name = {normalised(node.fqdn): node for node in self._nodes.values()}
        seen = [node for node in self._nodes.values() if node.seen]
        self._by_host = _by(seen, lambda node: (node.host,))
        self._by_address = _by(seen, _addresses)
        self._by_cluster = _by(seen, lambda node: node.clusters)
        self._by_domain = _by(seen, lambda node: (node.key.partition(".")[2],))
        self._words = _words(self._nodes.values())
        self._covering: dict[str, tuple[KnownNode, ...]] = {}
        self._meant: dict[str, KnownNode | None] = {}

    def get(self, key: str) -> KnownNode | None:
        """By its case-folded name."""
        return self._nodes.get(key)

    @property
    def names(self) -> frozenset[str]:
        """Every full name, case-folded."""
        return frozenset(self._nodes)

    def carried(self, certificate: Certificate) -> Carried:
        """By full name; else by address or bare host name; else by the cluster's name; else by a wildcard.

        Of several whose full names it carries, the common name says which it is for: the certificate request page of an
        Expressway offers to put the names of all peers into each peer's certificate. A Unified CM certificate with several
        is a multi-server certificate, which is for all of them.
        """
        common = [normalised(name) for name in certificate.subject.common_names]
        written = [*common, *(normalised(name) for name in certificate.names.dns[:_MOST_NAMES])]
        full = [self._by_name[name] for name in written if name in self._by_name and "." in name]
        exact = _unique(node for node in full if node.seen or normalised(node.fqdn) in common)
        if exact:
            named = [node for node in exact if normalised(node.fqdn) in common and node.role.is_expressway]
            only = exact[0] if len(exact) == 1 else named[0] if len(named) == 1 else None
            return Carried(nodes=exact, only=only, exact=True)
        addresses = [str(ip) for ip in certificate.names.ips[:_MOST_NAMES]]
        fitting = self._by_address_or_host(written, addresses) or _unique(
            node for name in written for node in self._by_cluster.get(name, ())[:_MOST_FITTING]
        )
        if fitting:
            return Carried(nodes=fitting, only=fitting[0] if len(fitting) == 1 else None)
        return Carried(nodes=self._covered(written))  # a wildcard is made for more hosts than are known

    def _by_address_or_host(self, written: list[str], addresses: list[str]) -> tuple[KnownNode, ...]:
        spelled = [*addresses, *(str(ip) for name in written if (ip := as_address(name)) is not None)]
        by_address = [node for address in spelled for node in self._by_address.get(address, ())]
        bare = [node for name in written if "." not in name for node in self._by_host.get(name, ())]
        # A node that is known by its bare host name alone.
        completed = [
            node
            for name in written
            if "." in name
            for node in self._by_host.get(name.partition(".")[0], ())
            if "." not in node.key
        ]
        return _unique((*by_address, *bare, *completed))

    def _covered(self, written: list[str]) -> tuple[KnownNode, ...]:
        return _unique(node for name in written if name.startswith("*.") for node in self._covered_by(name))

    def _covered_by(self, pattern: str) -> tuple[KnownNode, ...]:
        if pattern not in self._covering:
            near = self._by_domain.get(pattern[2:], ())
            self._covering[pattern] = tuple(
                islice((node for node in near if covers(pattern, node.fqdn)), _MOST_FITTING)
            )
        return self._covering[pattern]

    def meant(self, text: str) -> KnownNode | None:
        """The node that a folder's or a file's name holds: its full name, its address or its host name, between separators.

        "expc1" is in "expc1_server" and not in "expc10". The longest counts; None where there is none, or two have it.
        """
        text = _ENDING.sub("", text[:_LONGEST]).casefold()
        if text not in self._meant:
            self._meant[text] = self._find(text)
        return self._meant[text]

    def _find(self, text: str) -> KnownNode | None:
        runs = [match.span() for match in islice(_RUN.finditer(text), _MOST_RUNS)]
        spans = ((start, end) for first, (start, _) in enumerate(runs) for _, end in runs[first:])
        found: tuple[KnownNode, ...] = ()
        longest = 0
        for start, end in sorted(spans, key=lambda span: span[0] - span[1]):
            if end - start < longest:
                break
            if text[start:end] in self._words:
                longest = end - start
                found = _unique((*found, *self._words[text[start:end]]))
        return found[0] if len(found) == 1 else None


def _by(nodes: Iterable[KnownNode], keys: Callable[[KnownNode], Iterable[str]]) -> Mapping[str, tuple[KnownNode, ...]]:
    index: dict[str, list[KnownNode]] = defaultdict(list)
    for node in nodes:
        for key in keys(node):
            index[key].append(node)
    return {key: _unique(found) for key, found in index.items()}


def _addresses(node: KnownNode) -> list[str]:
    return [str(ip) for text in (*node.addresses, node.key) if (ip := as_address(text)) is not None]


def _words(nodes: Iterable[KnownNode]) -> Mapping[str, list[KnownNode]]:
    """What may stand for a node in a path. A host that is called like a slot or list ("ca") stands for nothing there."""
    words: dict[str, list[KnownNode]] = defaultdict(list)
    for node in nodes:
        for word in {node.key, node.host, *(address.casefold() for address in node.addresses)}:
            if len(word) > 1 and slot_called(word) is None and store_called(word) is None:
                words[word].append(node)
    return words


def _unique(nodes: Iterable[KnownNode]) -> tuple[KnownNode, ...]:
    return tuple({node.key: node for node in nodes}.values())


def folders(path: str) -> tuple[str, ...]:
    """The folders and archives that a file lies in, innermost first."""
    folder = posixpath.dirname(path)
    return tuple(reversed([part for part in folder.split("/") if part]))[:20]
