"""Observations as plain JSON values and back: how they are stored, form `expcert-observations/1`.

Keys are the field names; what has its default is left out, so that a long trusted CA list stays small.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any

from diagnostics.estate.observations import (
    CertificateFile,
    ClusterRef,
    DeploymentRef,
    Fact,
    FactKey,
    Listed,
    Listing,
    NodeRef,
    Observation,
    Origin,
    Placement,
    Sign,
    SignCode,
    Slot,
    Source,
    StoreName,
    Subject,
    ZoneRef,
)

FORMAT = "expcert-observations/1"

_KINDS: dict[str, type[Any]] = {
    "fact": Fact,
    "certificates": CertificateFile,
    "placement": Placement,
    "listing": Listing,
    "listed": Listed,
    "sign": Sign,
    "node": NodeRef,
    "cluster": ClusterRef,
    "zone": ZoneRef,
    "deployment": DeploymentRef,
    "source": Source,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_ENUMS: dict[str, type[StrEnum]] = {
    "key": FactKey,
    "slot": Slot,
    "store": StoreName,
    "origin": Origin,
    "code": SignCode,
}


def encode(observations: Iterable[Observation]) -> dict[str, Any]:
    """A JSON-ready document of the observations, in their order."""
    return {"format": FORMAT, "observations": [_encoded(item) for item in observations]}


def decode(document: Mapping[str, Any]) -> tuple[Observation, ...]:
    """The observations of a stored document. Raises `ValueError` on a form that this release does not know."""
    if document.get("format") != FORMAT:
        raise ValueError(f"unknown form of stored observations: {document.get('format')!r}")
    return tuple(_decoded(item) for item in document["observations"])


def _encoded(item: Observation | Subject | Source) -> dict[str, Any]:
    values: dict[str, Any] = {"is": _NAMES[type(item)]}
    for field in fields(item):
        value = getattr(item, field.name)
        if field.default is not MISSING and value == field.default:
            continue
        values[field.name] = _encoded_value(value)
    return values


def _encoded_value(value: Any) -> Any:
    if type(value) in _NAMES:
        return _encoded(value)
    if isinstance(value, tuple):
        return [_encoded_value(item) for item in value]
    return value


def _decoded(values: Mapping[str, Any]) -> Any:
    kind = _KINDS[values["is"]]
    names = {field.name for field in fields(kind)}
    arguments = {name: _value(kind, name, value) for name, value in values.items() if name in names}
    return kind(**arguments)


def _value(kind: type[Any], name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _decoded(value)
    if isinstance(value, list):
        return tuple(_decoded(item) if isinstance(item, Mapping) else item for item in value)
    if name in _ENUMS and kind is not ZoneRef:
        return _ENUMS[name](value)
    return value
