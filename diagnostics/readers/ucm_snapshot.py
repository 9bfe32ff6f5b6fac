"""Certificates of Unified CM, IM and Presence and Unity Connection as their REST interface gives them (release 14 on).

`GET /platformcom/api/v1/certmgr/config/snapshot/server` in the shape that public clients of it parse: identities and
trusts, each with PEM. The spelling of `trusts[].service`, with or without `-trust`, is not confirmed: both are taken.
`GET .../config/trust/certificate?service=tomcat` gives one list, as an array or in `certificates`, and names neither the
server nor the service: what it is must come from the names of file and folder. That `.../config/identity/certificates`
has the same shape is inferred.
"""

import json
from collections.abc import Iterator
from typing import Any

from diagnostics.estate.observations import (
    CertificateFile,
    Fact,
    FactKey,
    NodeRef,
    Observation,
    Origin,
    Placement,
    Role,
    Slot,
    Source,
    StoreName,
)
from diagnostics.expressway.stores import slot_called, store_called
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import Loaded, load
from diagnostics.pki.names import as_address
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.certificates import read_certificates
from diagnostics.readers.flaws import Flaw, Flawed, malformed
from diagnostics.readers.member_names import container
from diagnostics.readers.wording import LONGEST_VALUE, decoded, printable, without_keys

_OF_EXPRESSWAY = (Slot.SERVER, Slot.CLIENT)
# Commas, colons and brackets before anything is built of them; a snapshot of 5,000 certificates has about 40,000.
_MOST_MARKS = 400_000
# Services that these servers have and no rule speaks of.
_PASSED_OVER = (
    "capf",
    "tvs",
    "ipsec",
    "authz",
    "itl",
    "phone",
    "userlicensing",
    "directory",
    "cup-",
    "samlsso",
    "hapr",
)


def read_ucm_snapshot(data: bytes, source: Source, limits: Limits) -> Taken | None:
    """None where the JSON is something else after all."""
    text, keys = without_keys(decoded(data))
    noticed = tuple(Problem(code=ProblemCode.PRIVATE_KEY, line=line) for line in keys)
    try:
        if sum(text.count(mark) for mark in ",:[{") > _MOST_MARKS:
            raise Flawed(Flaw.TOO_MANY_VALUES)
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        if '"identities"' not in text and '"trusts"' not in text:
            return read_certificates(data, source, limits)
        problem = malformed(Flaw.TOO_MANY_VALUES)
        if isinstance(error, json.JSONDecodeError):
            problem = malformed(Flaw.JSON, line=error.lineno, said=error.msg, column=str(error.colno))
        elif not isinstance(error, Flawed):
            problem = malformed(Flaw.JSON_TOO_DEEP)
        return Taken(kind=Kind.UCM_SNAPSHOT, outcome=Outcome.NOT_READ, problems=(*noticed, problem))
    if not isinstance(document, dict) or not _speaks_of_services(document):
        answer = list(_entries(document if isinstance(document, list) else _of_key(document, "certificates")))
        if any(isinstance(entry.get("certificate"), str) for entry in answer):
            return _Answer(source, limits).taken(answer, noticed)
        return read_certificates(data, source, limits)  # other JSON with certificates in it
    server = document.get("server")
    if not isinstance(server, str) or not 0 < len(server.strip()) <= LONGEST_VALUE:
        problem = Problem(code=ProblemCode.WHICH_NODE)
        return Taken(kind=Kind.UCM_SNAPSHOT, outcome=Outcome.NOT_READ, problems=(*noticed, problem))
    return _Snapshot(document, printable(server.strip()), source, limits).taken(noticed)


def _of_key(document: object, key: str) -> object:
    return document.get(key) if isinstance(document, dict) else None


def _speaks_of_services(document: dict[str, Any]) -> bool:
    """Other programs have "identities" in their JSON too."""
    entries = (*_entries(document.get("identities")), *_entries(document.get("trusts")))
    return any("service" in entry for entry in entries) or isinstance(document.get("server"), str)


class _Lists:
    """Lists and slots of one file being read."""

    def __init__(self, source: Source, limits: Limits, node: NodeRef | None) -> None:
        self._source, self._limits, self._node = source, limits, node
        self._observations: list[Observation] = []
        self._certificates: list[Certificate] = []
        self._problems: list[Problem] = []
        self._services: set[str] = set()
        self._texts = 0

    def _taken(self, noticed: tuple[Problem, ...]) -> Taken:
        lost = any(problem.code is not ProblemCode.NODE_NOT_NAMED for problem in self._problems)
        return Taken(
            kind=Kind.UCM_SNAPSHOT,
            outcome=Outcome.PARTLY if lost else Outcome.READ,
            observations=tuple(self._observations),
            certificates=tuple(self._certificates),
            problems=(*noticed, *self._problems),
            found={"certificates": len(self._certificates)},
        )

    def _place(
        self,
        texts: list[str],
        *,
        part: str | None,
        slot: Slot | None = None,
        store: StoreName | None = None,
        request: str = "",
    ) -> None:
        source = Source(upload=self._source.upload, member=self._source.member, part=part)
        if any(isinstance(item, CertificateFile) and item.source == source for item in self._observations):
            self._problems.append(malformed(Flaw.TAKEN_TWICE, what=str(part)))
            return
        loaded = [self._loaded(text) for text in texts]
        found = [item.certificate for one in loaded for item in one.certificates]
        self._note_losses(loaded, part or "certificate")
        self._certificates += found
        self._observations.append(
            CertificateFile(
                source=source,
                form="pem",
                certificates=tuple(item.sha256 for item in found),
                lines=(None,) * len(found),
                faults=sum(max(len(one.faults), not one.certificates) for one in loaded),
                request_ids=self._request_ids(request),
            )
        )
        if self._node is not None:
            self._observations.append(
                Placement(source=source, node=self._node, path=source.path, slot=slot, store=store, installed=True)
            )

    def _request_ids(self, text: str) -> tuple[str, ...]:
        """Of the request that is open for a slot; empty where there is none, or none that can be read."""
        found = self._loaded(text).requests if text.strip() else ()
        return tuple(request.spki_sha256 for request in found if request.spki_sha256)

    def _loaded(self, text: str) -> Loaded:
        self._texts += 1
        most = self._limits.certificates if self._texts <= self._limits.certificates else 0
        return load(text.encode("utf-8", "replace"), most=most)

    def _note_losses(self, loaded: list[Loaded], part: str) -> None:
        for one in loaded:
            reasons = {fault.code.value for fault in one.faults}
            if not one.certificates and not reasons:
                reasons = {"not-a-certificate"}
            self._problems += (
                Problem(code=ProblemCode.BLOCK_LOST, params={"reason": reason, "detail": part})
                for reason in sorted(reasons)
            )

    def _unknown(self, name: str) -> None:
        """What no rule speaks of is not listed; what nobody has heard of is."""
        if not name.startswith(_PASSED_OVER):
            self._problems.append(Problem(code=ProblemCode.UNKNOWN_SERVICE, params={"service": printable(name)[:60]}))


class _Snapshot(_Lists):
    """One snapshot."""

    def __init__(self, document: dict[str, Any], server: str, source: Source, limits: Limits) -> None:
        full = "." in server or as_address(server) is not None
        super().__init__(source, limits, NodeRef(name=server, container=None if full else container(source)))
        self._document, self._server = document, server

    def taken(self, noticed: tuple[Problem, ...]) -> Taken:
        for entry in _entries(self._document.get("identities")):
            self._identity(entry)
        for entry in _entries(self._document.get("trusts")):
            self._trust(entry)
        self._say(FactKey.ROLE, self._role().value)
        return self._taken(noticed)

    def _role(self) -> Role:
        """By the services present. Unity Connection has tomcat alone and cannot be told from a bare Unified CM."""
        return Role.IM_PRESENCE if any(name.startswith("cup") for name in self._services) else Role.UNIFIED_CM

    def _say(self, key: FactKey, value: str) -> None:
        assert self._node is not None
        source = Source(upload=self._source.upload, member=self._source.member, text=f'"server": "{self._server}"')
        # Not "proven": an inventory that calls the node something else knows better than the list of services.
        self._observations.append(Fact(source=source, subject=self._node, key=key, value=value, origin=Origin.ANSWER))

    def _identity(self, entry: dict[str, Any]) -> None:
        name = str(entry.get("service", "")).casefold()
        self._services.add(name)
        called = slot_called(name)
        if called is None or Slot(called) in _OF_EXPRESSWAY:
            self._unknown(name)
            return
        slot = Slot(called)
        if entry.get("certificate"):
            request = entry.get("csr")
            text = request if isinstance(request, str) else ""
            self._place([str(entry["certificate"])], part=slot.value, slot=slot, request=text)

    def _trust(self, entry: dict[str, Any]) -> None:
        name = str(entry.get("service", "")).casefold().removesuffix("-trust")
        self._services.add(name)
        called = store_called(f"{name}-trust")
        if called is None or called == StoreName.TRUSTED_CA:
            self._unknown(f"{name}-trust")
            return
        store = StoreName(called)
        if not isinstance(entry.get("certificate_data"), list):
            # Left out is not empty: an empty list would say that the node trusts nobody.
            self._problems.append(malformed(Flaw.NO_CERTIFICATE_DATA, store=store.value))
            return
        texts = [str(item.get("certificate", "")) for item in _entries(entry["certificate_data"])]
        self._place(texts, part=store.value, store=store)


class _Answer(_Lists):
    """The answer about one list, or about the identities."""

    def __init__(self, source: Source, limits: Limits) -> None:
        super().__init__(source, limits, None)

    def taken(self, entries: list[dict[str, Any]], noticed: tuple[Problem, ...]) -> Taken:
        by_slot: dict[str, list[str]] = {}
        rest: list[str] = []
        for entry in entries:
            text = entry.get("certificate")
            if not isinstance(text, str) or not text:
                continue
            slot = slot_called(str(entry.get("service", "")))
            (by_slot.setdefault(slot, []) if slot else rest).append(text)
        self._problems.append(Problem(code=ProblemCode.NODE_NOT_NAMED))
        for slot, texts in by_slot.items():
            self._place(texts, part=slot, slot=Slot(slot))
        if rest:
            self._place(rest, part=None)
        return self._taken(noticed)


def _entries(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
