"""The certificate-management snapshot of Unified CM, IM and Presence and Unity Connection (JSON, release 14 and later).

`GET /platformcom/api/v1/certmgr/config/snapshot/server` in the shape that public clients of it parse: identities and
trusts, each with PEM. The spelling of `trusts[].service`, with or without `-trust`, is not confirmed: both are taken.
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
    Placement,
    Role,
    Slot,
    Source,
    StoreName,
)
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken

_SLOTS = {slot.value: slot for slot in Slot if slot not in (Slot.SERVER, Slot.CLIENT)}
_STORES = {store.value: store for store in StoreName if store is not StoreName.TRUSTED_CA}


def read_ucm_snapshot(data: bytes, source: Source, limits: Limits) -> Taken | None:
    """None where the JSON is something else after all."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        problem = Problem(code=ProblemCode.MALFORMED, line=line, params={"detail": str(error)})
        return Taken(kind=Kind.UCM_SNAPSHOT, outcome=Outcome.NOT_READ, problems=(problem,))
    if not isinstance(document, dict) or not isinstance(document.get("server"), str) or not document["server"]:
        return None
    return _Snapshot(document, source, limits).taken()


class _Snapshot:
    """One snapshot being read."""

    def __init__(self, document: dict[str, Any], source: Source, limits: Limits) -> None:
        self._document, self._source, self._limits = document, source, limits
        self._node = NodeRef(name=document["server"])
        self._observations: list[Observation] = []
        self._certificates: list[Certificate] = []
        self._problems: list[Problem] = []
        self._services: set[str] = set()

    def taken(self) -> Taken:
        for entry in _entries(self._document.get("identities")):
            self._identity(entry)
        for entry in _entries(self._document.get("trusts")):
            self._trust(entry)
        self._say(FactKey.ROLE, self._role().value)
        return Taken(
            kind=Kind.UCM_SNAPSHOT,
            outcome=Outcome.PARTLY if self._problems else Outcome.READ,
            observations=tuple(self._observations),
            certificates=tuple(self._certificates),
            problems=tuple(self._problems),
            found={"certificates": len(self._certificates)},
        )

    def _role(self) -> Role:
        """By the services present. Unity Connection has tomcat alone and cannot be told from a bare Unified CM."""
        return Role.IM_PRESENCE if any(name.startswith("cup") for name in self._services) else Role.UNIFIED_CM

    def _say(self, key: FactKey, value: str) -> None:
        source = Source(upload=self._source.upload, member=self._source.member, text=f'"server": "{self._node.name}"')
        # Not "proven": an inventory that calls the node something else knows better than the list of services.
        self._observations.append(Fact(source=source, subject=self._node, key=key, value=value))

    def _identity(self, entry: dict[str, Any]) -> None:
        name = str(entry.get("service", "")).casefold()
        self._services.add(name)
        slot = _SLOTS.get(name)
        if slot is None:
            self._unknown(name)
            return
        if entry.get("certificate"):
            self._place([str(entry["certificate"])], part=slot.value, slot=slot)

    def _trust(self, entry: dict[str, Any]) -> None:
        name = str(entry.get("service", "")).casefold().removesuffix("-trust")
        self._services.add(name)
        store = _STORES.get(f"{name}-trust")
        if store is None:
            self._unknown(f"{name}-trust")
            return
        texts = [str(item.get("certificate", "")) for item in _entries(entry.get("certificate_data"))]
        self._place(texts, part=store.value, store=store)

    def _place(self, texts: list[str], *, part: str, slot: Slot | None = None, store: StoreName | None = None) -> None:
        found: list[Certificate] = []
        for text in texts:
            loaded = load(text.encode(), most=self._limits.certificates)
            found += [item.certificate for item in loaded.certificates]
            if not loaded.certificates:
                self._problems.append(
                    Problem(code=ProblemCode.BLOCK_LOST, params={"reason": "not-a-certificate", "detail": part})
                )
        source = Source(upload=self._source.upload, member=self._source.member, part=part)
        self._certificates += found
        self._observations.append(
            CertificateFile(
                source=source,
                form="pem",
                certificates=tuple(item.sha256 for item in found),
                lines=(None,) * len(found),
            )
        )
        self._observations.append(
            Placement(source=source, node=self._node, path=source.path, slot=slot, store=store, installed=True)
        )

    def _unknown(self, name: str) -> None:
        """Services that no rule speaks of (CAPF, TVS, ipsec) are not listed; what nobody has heard of is."""
        if not name.startswith(("capf", "tvs", "ipsec", "authz", "itl", "phone", "userlicensing", "directory")):
            self._problems.append(Problem(code=ProblemCode.UNKNOWN_SERVICE, params={"service": name[:60]}))


def _entries(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
