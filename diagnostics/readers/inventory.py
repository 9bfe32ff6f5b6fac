"""The inventory file `expcert-inventory/1` (YAML or JSON), the form promised in docs/uploads.md.

Everything but `format` and the names may be left out, and what is left out is unknown, not false. An unknown key is a
warning that names it and its line, a wrong type an error that does; both leave the rest of the file standing.
"""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import replace

from diagnostics.estate.observations import (
    ClusterRef,
    DeploymentRef,
    Fact,
    FactKey,
    FactValue,
    NodeRef,
    Observation,
    Placement,
    Role,
    Slot,
    Source,
    StoreName,
    Subject,
    ZoneRef,
    ZoneType,
)
from diagnostics.pki.loading import utf16_as_utf8
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.yaml_lines import Noted, UnreadableYaml, items, read_yaml

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


def read_inventory(data: bytes, source: Source, limits: Limits) -> Taken:
    """Facts and placements; paths are relative to the inventory file itself."""
    text = (utf16_as_utf8(data) or data).decode("utf-8-sig", "replace")
    try:
        document = read_yaml(text)
    except UnreadableYaml as error:
        problem = Problem(code=ProblemCode.MALFORMED, line=error.line, params={"detail": error.words})
        return Taken(kind=Kind.INVENTORY, outcome=Outcome.NOT_READ, problems=(problem,))
    return _Inventory(source, text.splitlines()).taken(document)


class _Inventory:
    """One inventory being read."""

    def __init__(self, source: Source, lines: list[str]) -> None:
        self._source, self._lines = source, lines
        self._observations: list[Observation] = []
        self._problems: list[Problem] = []

    def taken(self, document: Noted) -> Taken:
        if not self._has_format(document):
            return Taken(kind=Kind.INVENTORY, outcome=Outcome.NOT_READ, problems=tuple(self._problems))
        self._each(
            document,
            {
                "format": lambda value: None,
                "deployment": lambda value: self._text(DeploymentRef(), FactKey.DEPLOYMENT_NAME, value),
                "mra": self._mra,
                "clusters": lambda value: self._every(value, "clusters", self._cluster),
            },
        )
        return Taken(
            kind=Kind.INVENTORY,
            outcome=Outcome.PARTLY if self._problems else Outcome.READ,
            observations=tuple(self._observations),
            problems=tuple(self._problems),
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

    def _mra(self, value: Noted) -> None:
        def several(key: FactKey) -> Callable[[Noted], None]:
            return lambda listed: self._texts(DeploymentRef(), key, listed)

        handlers = {name: several(key) for name, key in _MRA_LISTS.items()}
        handlers["enabled"] = lambda flag: self._flag(DeploymentRef(), FactKey.MRA_ENABLED, flag)
        self._each(value, handlers)

    def _cluster(self, value: Noted) -> None:
        name = self._name(value, "name", "clusters")
        role = self._closed(value, "role", Role)
        if name is None:
            return
        ref = ClusterRef(name=name)
        self._each(
            value,
            {
                "name": lambda item: None,
                "role": lambda item: self._say(ref, FactKey.ROLE, role, item) if role else None,
                "version": lambda item: self._text(ref, FactKey.VERSION, item),
                "tls_verification": lambda item: self._choice(
                    ref, FactKey.TLS_VERIFICATION, item, "tls_verification", ("permissive", "enforce")
                ),
                "settings": lambda item: self._settings(ref, item),
                "nodes": lambda item: self._every(item, "nodes", lambda node: self._node(ref, node)),
                "zones": lambda item: self._numbered_zones(ref, item),
            },
        )

    def _settings(self, ref: ClusterRef, value: Noted) -> None:
        def flag(key: FactKey) -> Callable[[Noted], None]:
            return lambda item: self._flag(ref, key, item)

        handlers = {name: flag(key) for name, key in _SETTING_FLAGS.items()}
        handlers["revocation"] = lambda item: self._each(
            item,
            {
                "mode": lambda mode: self._flag(ref, FactKey.REVOCATION_MODE, mode),
                "fallback": lambda mode: self._text(ref, FactKey.REVOCATION_FALLBACK, mode),
            },
        )
        self._each(value, handlers)

    def _node(self, cluster: ClusterRef, value: Noted) -> None:
        name = self._name(value, "fqdn", "nodes")
        if name is None:
            return
        ref = NodeRef(name=name)
        self._say(ref, FactKey.CLUSTER, cluster.name, Noted(None, value.line))
        self._each(
            value,
            {
                "fqdn": lambda item: None,
                "address": lambda item: self._text(ref, FactKey.ADDRESS, item),
                "version": lambda item: self._text(ref, FactKey.VERSION, item),
                "server_entry": lambda item: self._text(ref, FactKey.SERVER_ENTRY, item),
                "certificates": lambda item: self._files(
                    item, Slot, lambda place, path, at: self._at_slot(ref, place, path, at)
                ),
                "trust": lambda item: self._files(
                    item, StoreName, lambda place, path, at: self._at_store(ref, place, path, at)
                ),
                "crls": lambda item: self._every(item, "crls", lambda path: self._crl(ref, path)),
            },
        )

    def _numbered_zones(self, cluster: ClusterRef, value: Noted) -> None:
        for number, zone in enumerate(self._listed(value, "zones"), 1):
            self._zone(ZoneRef(owner=cluster, key=str(number)), zone)

    def _zone(self, ref: ZoneRef, value: Noted) -> None:
        name = self._name(value, "name", "zones")
        kind = self._closed(value, "type", ZoneType)
        if name is None or kind is None:
            return
        self._each(
            value,
            {
                "name": lambda item: self._text(ref, FactKey.ZONE_NAME, item),
                "type": lambda item: self._say(ref, FactKey.ZONE_TYPE, kind, item),
                "unified_communications": lambda item: self._flag(ref, FactKey.ZONE_UNIFIED_COMMUNICATIONS, item),
                "port": lambda item: self._number(ref, FactKey.ZONE_PORT, item),
                "tls_verify": lambda item: self._flag(ref, FactKey.ZONE_TLS_VERIFY, item),
                "tls_verify_subject_name": lambda item: self._text(ref, FactKey.ZONE_VERIFY_NAME, item),
                "peers": lambda item: self._texts(ref, FactKey.ZONE_PEER, item),
            },
        )

    # files

    def _files(
        self, value: Noted, places: type[Slot] | type[StoreName], place: Callable[[str, str, Source], None]
    ) -> None:
        known = {item.value for item in places}
        if not isinstance(value.value, dict):
            self._wrong_type(value, "certificates", "mapping")
            return
        for name, path in items(value):
            if name.casefold() not in known:
                self._problems.append(Problem(code=ProblemCode.UNKNOWN_KEY, line=path.line, params={"key": name}))
            elif isinstance(path.value, str):
                place(name.casefold(), self._resolved(path.value), self._at(path))
            elif path.value is not None:
                self._wrong_type(path, name, "text")

    def _at_slot(self, ref: NodeRef, slot: str, path: str, source: Source) -> None:
        self._observations.append(Placement(source=source, node=ref, path=path, slot=Slot(slot)))

    def _at_store(self, ref: NodeRef, store: str, path: str, source: Source) -> None:
        self._observations.append(Placement(source=source, node=ref, path=path, store=StoreName(store)))

    def _crl(self, ref: NodeRef, value: Noted) -> None:
        if isinstance(value.value, str):
            path = self._resolved(value.value)
            self._observations.append(Placement(source=self._at(value), node=ref, path=path, crl=True))
        else:
            self._wrong_type(value, "crls", "text")

    def _resolved(self, path: str) -> str:
        """The path of a file as `Source.path` has it; it can only name what was handed over beside the inventory."""
        folder = posixpath.dirname(self._source.file_path)
        return posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))

    # values

    def _each(self, value: Noted, handlers: Mapping[str, Callable[[Noted], None]]) -> None:
        if value.value is None:
            return
        if not isinstance(value.value, dict):
            self._wrong_type(value, "/".join(handlers), "mapping")
            return
        for key, item in items(value):
            handler = handlers.get(key)
            if handler is None:
                self._problems.append(Problem(code=ProblemCode.UNKNOWN_KEY, line=item.line, params={"key": key[:80]}))
            elif item.value is not None:
                handler(item)

    def _listed(self, value: Noted, key: str) -> tuple[Noted, ...]:
        if isinstance(value.value, tuple):
            return value.value
        self._wrong_type(value, key, "list")
        return ()

    def _every(self, value: Noted, key: str, handler: Callable[[Noted], None]) -> None:
        for item in self._listed(value, key):
            handler(item)

    def _name(self, value: Noted, key: str, where: str) -> str | None:
        if not isinstance(value.value, dict):
            self._wrong_type(value, where, "mapping")
            return None
        stated = value.value.get(key)
        if stated is None or not isinstance(stated.value, str) or not stated.value.strip():
            self._wrong_type(stated or value, key, "text")
            return None
        return stated.value.strip()

    def _closed(self, value: Noted, key: str, kinds: type[Role] | type[ZoneType]) -> str | None:
        stated = value.value.get(key) if isinstance(value.value, dict) else None
        if stated is None:
            return None
        known = [kind.value for kind in kinds if kind is not Role.EXPRESSWAY]
        if str(stated.value).casefold() in known:
            return str(stated.value).casefold()
        self._wrong_value(stated, key, ", ".join(known))
        return None

    def _text(self, subject: Subject, key: FactKey, value: Noted) -> None:
        if isinstance(value.value, (str, int)) and not isinstance(value.value, bool):
            self._say(subject, key, str(value.value).strip(), value)
        else:
            self._wrong_type(value, key.value, "text")

    def _texts(self, subject: Subject, key: FactKey, value: Noted) -> None:
        for item in self._listed(value, key.value):
            self._text(subject, key, item)

    def _flag(self, subject: Subject, key: FactKey, value: Noted) -> None:
        if isinstance(value.value, bool):
            self._say(subject, key, value.value, value)
        elif isinstance(value.value, str) and value.value.casefold() in ("on", "off"):
            self._say(subject, key, value.value.casefold() == "on", value)
        else:
            self._wrong_type(value, key.value, "true-or-false")

    def _number(self, subject: Subject, key: FactKey, value: Noted) -> None:
        if isinstance(value.value, int) and not isinstance(value.value, bool) and 0 < value.value < 65536:
            self._say(subject, key, value.value, value)
        else:
            self._wrong_type(value, key.value, "port")

    def _choice(self, subject: Subject, key: FactKey, value: Noted, name: str, known: tuple[str, ...]) -> None:
        text = str(value.value).casefold()
        if text in known:
            self._say(subject, key, text, value)
        else:
            self._wrong_value(value, name, ", ".join(known))

    def _say(self, subject: Subject, key: FactKey, value: FactValue, noted: Noted) -> None:
        self._observations.append(Fact(source=self._at(noted), subject=subject, key=key, value=value))

    def _at(self, noted: Noted) -> Source:
        line = noted.line
        text = self._lines[line - 1].strip()[:200] if line and line <= len(self._lines) else ""
        return replace(self._source, line=line, text=text)

    def _wrong_type(self, value: Noted, key: str, wanted: str) -> None:
        self._problems.append(
            Problem(code=ProblemCode.WRONG_TYPE, line=value.line, params={"key": key[:80], "wanted": wanted})
        )

    def _wrong_value(self, value: Noted, key: str, known: str) -> None:
        self._problems.append(
            Problem(
                code=ProblemCode.WRONG_VALUE,
                line=value.line,
                params={"key": key[:80], "value": str(value.value)[:80], "known": known},
            )
        )
