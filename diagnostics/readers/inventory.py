"""The inventory file `expcert-inventory/1` (YAML or JSON), the form promised in docs/uploads.md.

Everything but `format` and the names may be left out, and what is left out is unknown, not false. An unknown key is a
warning that names it and its line, a wrong type an error that does; both leave the rest of the file standing.
"""

import itertools
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from diagnostics.estate.observations import (
    ClusterRef,
    DeploymentRef,
    Fact,
    FactKey,
    FactValue,
    NodeRef,
    Observation,
    Origin,
    Placement,
    Role,
    Slot,
    Source,
    StoreName,
    Subject,
    ZoneRef,
    ZoneType,
)
from diagnostics.expressway.versions import looks_like_a_release
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.flaws import Flaw, malformed
from diagnostics.readers.inventory_table import read_table
from diagnostics.readers.wording import LONGEST_VALUE, decoded, printable, without_keys
from diagnostics.readers.yaml_lines import Noted, UnreadableYaml, items, items_of, read_yaml

FORMAT = "expcert-inventory/1"

_MRA_LISTS = {
    "domains": FactKey.MRA_DOMAIN,
    "xmpp_federation_domains": FactKey.XMPP_FEDERATION_DOMAIN,
    "chat_node_aliases": FactKey.CHAT_NODE_ALIAS,
    "phone_security_profiles": FactKey.PHONE_SECURITY_PROFILE,
    "cms_join_hosts": FactKey.CMS_JOIN_HOST,
}
_SETTING_FLAGS = {
    "verify_origin_server": FactKey.VERIFY_ORIGIN_SERVER,
    "server_eku_upload": FactKey.SERVER_EKU_UPLOAD,
    "sip_eku_checking": FactKey.SIP_EKU_CHECKING,
}
_MOST_PEERS = 100  # each node is said to have each peer; an Expressway cluster has 6, a Unified CM cluster 21
_ROLES = tuple(role.value for role in Role if role is not Role.EXPRESSWAY)

Handler = Callable[[str, Noted], None]  # the key as written in the file, and its value


def read_inventory(data: bytes, source: Source, limits: Limits) -> Taken:
    """Facts and placements; paths are relative to the inventory file itself."""
    if FORMAT.partition("/")[0] not in (whole := decoded(data)):
        table = read_table(data, source, limits)
        if table is not None:
            return table
    text, keys = without_keys(whole)
    noticed = tuple(Problem(code=ProblemCode.PRIVATE_KEY, line=line) for line in keys)
    try:
        document = read_yaml(text)
    except UnreadableYaml as error:
        params = {name: printable(value)[:200] for name, value in error.params.items()}
        problem = malformed(error.flaw, line=error.line, **params)
        return Taken(kind=Kind.INVENTORY, outcome=Outcome.NOT_READ, problems=(*noticed, problem))
    return _Inventory(source, text.splitlines(), noticed).taken(document)


class _Inventory:
    """One inventory being read."""

    def __init__(self, source: Source, lines: list[str], noticed: tuple[Problem, ...]) -> None:
        self._source, self._lines = source, lines
        self._observations: list[Observation] = []
        self._problems: list[Problem] = [*noticed]

    def taken(self, document: Noted) -> Taken:
        if not self._has_format(document):
            return Taken(kind=Kind.INVENTORY, outcome=Outcome.NOT_READ, problems=tuple(self._problems))
        self._each(
            "inventory",
            document,
            {
                "format": _known_already,
                "deployment": self._text(DeploymentRef(), FactKey.DEPLOYMENT_NAME),
                "mra": self._mra,
                "clusters": self._every(self._cluster),
            },
        )
        return Taken(
            kind=Kind.INVENTORY,
            outcome=Outcome.PARTLY if self._problems else Outcome.READ,
            observations=tuple(self._observations),
            problems=tuple(_once(self._problems)),
            found={"facts": len(self._observations)},
        )

    def _has_format(self, document: Noted) -> bool:
        if not isinstance(document.value, dict):
            self._wrong_type(document, "inventory", "mapping")
            return False
        stated = document.value.get("format", Noted(None, document.line))
        if stated.value != FORMAT:
            self._wrong_value(stated, "format", FORMAT)
            return False
        return True

    # the parts of the document

    def _mra(self, key: str, value: Noted) -> None:
        handlers: dict[str, Handler] = {
            name: self._every(self._text(DeploymentRef(), fact)) for name, fact in _MRA_LISTS.items()
        }
        self._each(key, value, {**handlers, "enabled": self._flag(DeploymentRef(), FactKey.MRA_ENABLED)})

    def _cluster(self, key: str, value: Noted) -> None:
        nodes = self._node_refs(value)
        if not nodes or "name" in items_of(value):
            name = self._name(value, "name", key)
            if name is None:
                return
            about: tuple[ClusterRef | NodeRef, ...] = (ClusterRef(name=name),)
        else:
            about = nodes  # peers whose cluster name nobody knows: what is said of the cluster is said of each
        cluster = about[0] if isinstance(about[0], ClusterRef) else None
        self._peers(value, nodes, always=cluster is None)
        self._each(
            key,
            value,
            {
                "name": _known_already,
                "peers": _known_already,
                "role": _for_each(about, lambda ref: self._choice(ref, FactKey.ROLE, _ROLES)),
                "version": _for_each(about, self._release),
                "tls_verification": _for_each(about, self._tls_verification),
                "settings": _for_each(about, self._settings),
                "nodes": self._every(lambda key, node: self._node(cluster, key, node)),
                "zones": lambda key, item: self._numbered_zones(about[0], key, item),
            },
        )

    def _node_refs(self, cluster: Noted) -> tuple[NodeRef, ...]:
        listed = items_of(cluster).get("nodes")
        nodes = listed.value if listed is not None and isinstance(listed.value, tuple) else ()
        names = [items_of(node).get("fqdn") for node in nodes]
        return tuple(
            NodeRef(name=printable(name.value.strip()))
            for name in names
            if name is not None and isinstance(name.value, str) and 0 < len(name.value.strip()) <= LONGEST_VALUE
        )

    def _peers(self, cluster: Noted, nodes: Sequence[NodeRef], *, always: bool) -> None:
        """The peers that the cluster is configured with, in so many words or because they are listed as its nodes."""
        stated = items_of(cluster).get("peers")
        if stated is None and not (always and len(nodes) > 1):
            return
        named = stated.value if stated is not None else nodes
        if isinstance(named, tuple) and max(len(named), len(nodes)) > _MOST_PEERS:
            self._problems.append(malformed(Flaw.PEERS_OF_MANY, line=cluster.line, limit=str(_MOST_PEERS)))
        elif stated is None:
            for node, peer in itertools.product(nodes, nodes):
                self._say(node, FactKey.CLUSTER_PEER, peer.name, Noted(None, cluster.line))
        else:
            for node in nodes:
                self._every(self._text(node, FactKey.CLUSTER_PEER))("peers", stated)

    def _tls_verification(self, ref: Subject) -> Handler:
        return self._choice(ref, FactKey.TLS_VERIFICATION, ("permissive", "enforce"))

    def _settings(self, ref: Subject) -> Handler:
        handlers: dict[str, Handler] = {name: self._flag(ref, fact) for name, fact in _SETTING_FLAGS.items()}
        revocation: dict[str, Handler] = {
            "mode": self._flag(ref, FactKey.REVOCATION_MODE),
            "fallback": self._choice(ref, FactKey.REVOCATION_FALLBACK, ("revoked", "not-revoked")),
        }
        handlers["revocation"] = lambda key, item: self._each(key, item, revocation)
        return lambda key, value: self._each(key, value, handlers)

    def _node(self, cluster: ClusterRef | None, key: str, value: Noted) -> None:
        name = self._name(value, "fqdn", key)
        if name is None:
            return
        ref = NodeRef(name=name)
        if cluster is not None:
            self._say(ref, FactKey.CLUSTER, cluster.name, Noted(None, value.line))
        self._each(
            key,
            value,
            {
                "fqdn": _known_already,
                "address": self._one_or_several(self._text(ref, FactKey.ADDRESS)),
                "version": self._release(ref),
                "server_entry": self._text(ref, FactKey.SERVER_ENTRY),
                "tls_verification": self._tls_verification(ref),
                "settings": self._settings(ref),
                "certificates": lambda key, item: self._files(ref, Slot, key, item),
                "trust": lambda key, item: self._files(ref, StoreName, key, item),
                "crls": self._every(lambda key, item: self._file(ref, None, key, item)),
            },
        )

    def _numbered_zones(self, cluster: ClusterRef | NodeRef, key: str, value: Noted) -> None:
        for number, zone in enumerate(self._listed(key, value), 1):
            self._zone(ZoneRef(owner=cluster, key=str(number)), key, zone)

    def _zone(self, ref: ZoneRef, key: str, value: Noted) -> None:
        if self._name(value, "name", key) is None:
            return
        self._each(
            key,
            value,
            {
                "name": self._text(ref, FactKey.ZONE_NAME),
                "type": self._choice(ref, FactKey.ZONE_TYPE, tuple(kind.value for kind in ZoneType)),
                "unified_communications": self._flag(ref, FactKey.ZONE_UNIFIED_COMMUNICATIONS),
                "port": self._number(ref, FactKey.ZONE_PORT),
                "transport": self._choice(ref, FactKey.ZONE_TRANSPORT, ("tls", "tcp", "udp", "auto")),
                "tls_verify": self._flag(ref, FactKey.ZONE_TLS_VERIFY),
                "tls_verify_subject_name": self._text(ref, FactKey.ZONE_VERIFY_NAME),
                "peers": self._every(self._text(ref, FactKey.ZONE_PEER)),
            },
        )

    # files

    def _files(self, ref: NodeRef, places: type[Slot] | type[StoreName], key: str, value: Noted) -> None:
        known = {place.value: place for place in places}
        handlers = {name: self._at_place(ref, place) for name, place in known.items()}
        self._each(key, value, handlers, any_case=True)

    def _at_place(self, ref: NodeRef, place: Slot | StoreName) -> Handler:
        return lambda key, path: self._file(ref, place, key, path)

    def _file(self, ref: NodeRef, place: Slot | StoreName | None, key: str, value: Noted) -> None:
        """A file at a place; without a place it is a revocation list."""
        if not isinstance(value.value, str):
            self._wrong_type(value, key, "text")
            return
        written = printable(value.value.strip())
        path = self._resolved(written)
        if path is None:
            problem = Problem(code=ProblemCode.MISSING_FILE, line=value.line, params={"path": written[:200]})
            self._problems.append(problem)
            return
        slot = place if isinstance(place, Slot) else None
        store = place if isinstance(place, StoreName) else None
        self._observations.append(
            Placement(source=self._at(value), node=ref, path=path, slot=slot, store=store, crl=place is None)
        )

    def _resolved(self, written: str) -> str | None:
        """The path of a file as `Source.path` has it; None where it leads out of the inventory's folder or archive."""
        path = written.replace("\\", "/")
        if path.startswith("/") or re.match(r"[A-Za-z]:", path):
            return None
        source = self._source
        # A file dropped by itself may lie in a folder too: its name then is the path in it.
        inside = source.file_path if source.member is None else source.member
        resolved = posixpath.normpath(posixpath.join(posixpath.dirname(inside), path))
        if resolved in (".", "..") or resolved.startswith("../"):
            return None
        return resolved if source.member is None else f"{source.upload}/{resolved}"

    # values

    def _each(self, key: str, value: Noted, handlers: Mapping[str, Handler], *, any_case: bool = False) -> None:
        if not isinstance(value.value, dict):
            self._wrong_type(value, key, "mapping")
            return
        for name, item in items(value):
            handler = handlers.get(name.casefold() if any_case else name)
            if handler is None:
                self._unknown(name, item)
            elif item.value is not None:
                handler(name, item)

    def _listed(self, key: str, value: Noted) -> tuple[Noted, ...]:
        if isinstance(value.value, tuple):
            return value.value
        self._wrong_type(value, key, "list")
        return ()

    def _every(self, handler: Handler) -> Handler:
        def handle(key: str, value: Noted) -> None:
            for item in self._listed(key, value):
                handler(key, item)

        return handle

    def _one_or_several(self, handler: Handler) -> Handler:
        """A node of two interfaces has two addresses."""
        every = self._every(handler)
        return lambda key, value: every(key, value) if isinstance(value.value, tuple) else handler(key, value)

    def _name(self, value: Noted, key: str, where: str) -> str | None:
        if not isinstance(value.value, dict):
            self._wrong_type(value, where, "mapping")
            return None
        stated = value.value.get(key) or value
        if not isinstance(stated.value, str) or not stated.value.strip():
            self._wrong_type(stated, key, "text")
            return None
        return self._short(key, stated, stated.value)

    def _text(self, subject: Subject, fact: FactKey) -> Handler:
        def handle(key: str, value: Noted) -> None:
            if isinstance(value.value, bool) or not isinstance(value.value, (str, int)):
                self._wrong_type(value, key, "text")
                return
            text = self._short(key, value, str(value.value))
            if text:  # nothing between the quotes is the same as nothing said
                self._say(subject, fact, text, value)

        return handle

    def _release(self, subject: Subject) -> Handler:
        said = self._text(subject, FactKey.VERSION)

        def handle(key: str, value: Noted) -> None:
            if isinstance(value.value, str) and value.value.strip() and not looks_like_a_release(value.value):
                self._problems.append(malformed(Flaw.NO_RELEASE, line=value.line, value=printable(value.value)[:80]))
            else:
                said(key, value)

        return handle

    def _short(self, key: str, value: Noted, text: str) -> str | None:
        text = printable(text.strip())
        if len(text) <= LONGEST_VALUE:
            return text
        self._problems.append(malformed(Flaw.VALUE_TOO_LONG, line=value.line, key=key, limit=str(LONGEST_VALUE)))
        return None

    def _flag(self, subject: Subject, fact: FactKey) -> Handler:
        def handle(key: str, value: Noted) -> None:
            if isinstance(value.value, bool):
                self._say(subject, fact, value.value, value)
            elif isinstance(value.value, str) and value.value.casefold() in ("on", "off"):
                self._say(subject, fact, value.value.casefold() == "on", value)
            else:
                self._wrong_type(value, key, "true-or-false")

        return handle

    def _number(self, subject: Subject, fact: FactKey) -> Handler:
        def handle(key: str, value: Noted) -> None:
            if isinstance(value.value, int) and not isinstance(value.value, bool) and 0 < value.value < 65536:
                self._say(subject, fact, value.value, value)
            else:
                self._wrong_type(value, key, "port")

        return handle

    def _choice(self, subject: Subject, fact: FactKey, known: tuple[str, ...]) -> Handler:
        def handle(key: str, value: Noted) -> None:
            text = str(value.value).casefold() if isinstance(value.value, str) else ""
            if text in known:
                self._say(subject, fact, text, value)
            else:
                self._wrong_value(value, key, ", ".join(known))

        return handle

    def _say(self, subject: Subject, key: FactKey, value: FactValue, noted: Noted) -> None:
        fact = Fact(source=self._at(noted), subject=subject, key=key, value=value, origin=Origin.PERSON)
        self._observations.append(fact)

    def _at(self, noted: Noted) -> Source:
        line = noted.line
        text = printable(self._lines[line - 1].strip())[:200] if line and line <= len(self._lines) else ""
        return replace(self._source, line=line, text=text)

    def _unknown(self, key: str, value: Noted) -> None:
        line = value.key_line or value.line
        self._problems.append(Problem(code=ProblemCode.UNKNOWN_KEY, line=line, params={"key": printable(key)[:80]}))

    def _wrong_type(self, value: Noted, key: str, wanted: str) -> None:
        params = {"key": key[:80], "wanted": wanted}
        self._problems.append(Problem(code=ProblemCode.WRONG_TYPE, line=value.line, params=params))

    def _wrong_value(self, value: Noted, key: str, known: str) -> None:
        params = {"key": key[:80], "value": _shown(value), "known": known}
        self._problems.append(Problem(code=ProblemCode.WRONG_VALUE, line=value.line, params=params))


def _once(problems: Iterable[Problem]) -> Iterable[Problem]:
    """What is wrong with a value that is said of several nodes is one problem."""
    return {(item.code, item.line, *sorted(item.params.items())): item for item in problems}.values()


def _for_each(refs: Sequence[ClusterRef | NodeRef], of: Callable[[Subject], Handler]) -> Handler:
    """A handler that says the same of several."""
    first, *others = [of(ref) for ref in refs]
    if not others:
        return first

    def handle(key: str, value: Noted) -> None:
        for handler in (first, *others):
            handler(key, value)

    return handle


def _known_already(key: str, value: Noted) -> None:
    """For keys that were looked at before the others."""


def _shown(value: Noted) -> str:
    return "…" if isinstance(value.value, (dict, tuple)) else printable(str(value.value))[:80]
