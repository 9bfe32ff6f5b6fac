"""Where the pages of one report live: for members under the diagnosis, for others behind a share link."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAddresses:
    """The addresses that templates link to; `pem` and `json` are empty where nothing can be downloaded."""

    overview: str
    trust: str
    zones: str
    connections: str
    files: str
    json: str
    _namespace: str
    _key: str

    def trust_node(self, number: int) -> str:
        return reverse(f"{self._namespace}:trust-node", args=[self._key, number])

    def pem(self, number: int) -> str:
        """The missing CA certificates of a list as PEM; for members only."""
        return reverse("triage:missing-pem", args=[self._key, number]) if self._namespace == "triage" else ""


def report_addresses(namespace: str, key: UUID | str) -> ReportAddresses:
    """`namespace` is "triage" (key: the diagnosis's id) or "sharing" (key: the token)."""

    def at(name: str) -> str:
        return reverse(f"{namespace}:{name}", args=[key])

    return ReportAddresses(
        overview=at("diagnosis"),
        trust=at("trust"),
        zones=at("zones"),
        connections=at("connections"),
        files=at("files"),
        json=at("json"),
        _namespace=namespace,
        _key=str(key),
    )
