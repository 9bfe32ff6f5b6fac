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

    def converted(self, number: int, what: str) -> str:
        """Half of a file (`what`: "server" or "ca") as Expressway takes it; for members only."""
        return self._of_members("converted", number, what)

    def certificate(self, sha256: str) -> str:
        """One certificate as PEM; for members only."""
        return self._of_members("certificate", sha256)

    def path(self, sha256: str) -> str:
        """The CA certificates of a certificate's path; for members only, since it looks beyond the diagnosis."""
        return self._of_members("path", sha256)

    def path_file(self, sha256: str, what: str) -> str:
        """All of them in one file: `what` is "pem" or "zip"."""
        return self._of_members(f"path-{what}", sha256)

    def path_step(self, sha256: str, number: int) -> str:
        """One of them, by its number from 1."""
        return self._of_members("path-step", sha256, number)

    def _of_members(self, name: str, *keys: object) -> str:
        return reverse(f"triage:{name}", args=[self._key, *keys]) if self._namespace == "triage" else ""


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
