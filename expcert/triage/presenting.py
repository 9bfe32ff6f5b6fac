"""A rendered report arranged as pages show it. Used by the pages of members and by those behind a share link alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from diagnostics.reports.render import Words, render
from diagnostics.reports.sentences import MISSES, ROLES, SERVICES, SLOTS, STORES

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One cause: the finding that explains the others, and the others."""

    head: Row
    others: tuple[Row, ...]

    @property
    def places(self) -> list[str]:
        """Where something is to be done, each place once."""
        return list(dict.fromkeys(item["node"] or item["cluster"] or "" for item in (self.head, *self.others)))

    @property
    def same_fault_elsewhere(self) -> tuple[Row, ...]:
        """The same finding at other places: the same remedy, carried out again."""
        return tuple(item for item in self.others if item["code"] == self.head["code"])

    @property
    def symptoms(self) -> tuple[Row, ...]:
        """Other findings that fall away with this one."""
        return tuple(item for item in self.others if item["code"] != self.head["code"])


@dataclass(slots=True, kw_only=True)
class OpenQuestion:
    """Checks that one and the same upload would settle."""

    settled_by: str
    reasons: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateLine:
    """A certificate with its fingerprint, as lists on a page name it."""

    sha256: str
    facts: Row


class ReportPages:
    """A diagnosis document in the reader's language, cut into what each page needs."""

    def __init__(self, document: dict[str, Any]) -> None:
        language = get_language() or "en"
        self.report = render(document, language)
        self._words = Words(language)

    @property
    def judged_at(self) -> datetime:
        return datetime.fromisoformat(self.report["at"])

    @property
    def summary(self) -> Row:
        summary: Row = self.report["summary"]
        return summary

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Severities that occur, worst first."""
        names = ("critical", "high", "medium", "low", "info")
        return [(name, self.summary[name]) for name in names if self.summary[name]]

    @property
    def problems(self) -> list[Problem]:
        """Findings by cause, in the order of their heads."""
        findings = self.report["findings"]
        by_cause: dict[str, list[Row]] = {}
        for item in findings:
            if item["cause"]:
                by_cause.setdefault(item["cause"], []).append(item)
        return [
            Problem(head=item, others=tuple(by_cause.get(item["id"], ()))) for item in findings if not item["cause"]
        ]

    @property
    def open_questions(self) -> list[OpenQuestion]:
        """What could not be told, by what would settle it."""
        questions: dict[str, OpenQuestion] = {}
        for item in self.report["outcomes"]:
            if item["outcome"] != "cannot-tell":
                continue
            settled_by = item["settled_by"] or item["reason"]
            question = questions.setdefault(settled_by, OpenQuestion(settled_by=settled_by))
            _add(question.reasons, item["reason"])
            _add(question.checks, item["name"])
        return list(questions.values())

    @property
    def checked(self) -> int:
        """How many checks were made and hold."""
        return sum(item["outcome"] == "holds" for item in self.report["outcomes"])

    @property
    def clusters(self) -> list[Row]:
        return [
            {**cluster, "role_name": self._words.named(ROLES, cluster["role"])}
            for cluster in self.report["deployment"]["clusters"]
        ]

    @property
    def trust(self) -> list[Row]:
        """Every list, with its number in the document and names for codes."""
        return [self._trust_list(number, entry) for number, entry in enumerate(self.report["trust"])]

    def trust_list(self, number: int) -> Row | None:
        """One list with its rows; None where there is none of that number."""
        entries = self.report["trust"]
        if not 0 <= number < len(entries):
            return None
        entry = self._trust_list(number, entries[number])
        findings = {item["id"]: item for item in self.report["findings"]}
        return {
            **entry,
            "rows": [self._trust_row(row) for row in entry["rows"]],
            "finding_rows": [findings[found] for found in entry["findings"] if found in findings],
        }

    def _trust_list(self, number: int, entry: Row) -> Row:
        at_hand = sum(1 for row in entry["rows"] if row["missing"] and row["required"] and row["sha256"])
        return {
            **entry,
            "number": number,
            "store_name": self._words.named(STORES, entry["store"]),
            "role_name": self._words.named(ROLES, entry["role"]),
            "needed": len(entry["rows"]),
            "at_hand": at_hand,
        }

    def _trust_row(self, row: Row) -> Row:
        by_service: dict[str, list[str]] = {}
        for use in row["uses"]:
            _add(by_service.setdefault(self._words.named(SERVICES, use["service"]), []), use["peer"])
        return {**row, "facts": self.certificate(row["sha256"]), "services": list(by_service.items())}

    @property
    def zones(self) -> list[Row]:
        return [
            {
                **zone,
                "role_name": self._words.named(ROLES, zone["role"]),
                "checks": [
                    {**check, "miss_name": self._words.named(MISSES, check["miss"]) if check["miss"] else ""}
                    for check in zone["checks"]
                ],
                "failing": sum(check["match"] in ("absent", "only-in-cn") for check in zone["checks"]),
            }
            for zone in self.report["zones"]
        ]

    @property
    def connections(self) -> list[Row]:
        findings = {item["id"]: item for item in self.report["findings"]}
        return [
            {
                **item,
                "service_name": self._words.named(SERVICES, item["service"]),
                "finding_rows": [findings[found] for found in item["findings"] if found in findings],
            }
            for item in self.report["connections"]
        ]

    @property
    def files(self) -> list[Row]:
        """Rows as in the report, with the depth of a member in its archive and slots in words."""
        return [
            {
                **item,
                "depth": (item["member"] or "").count("/"),
                "place_names": [
                    (place["node"], self._words.named({**SLOTS, **STORES}, place["place"])) for place in item["places"]
                ],
            }
            for item in self.report["files"]
        ]

    @property
    def contradictions(self) -> list[Row]:
        rows: list[Row] = self.report["contradictions"]
        return rows

    def finding(self, identity: str) -> Row | None:
        """One finding by its id."""
        return next((item for item in self.report["findings"] if item["id"] == identity), None)

    def certificate(self, sha256: str | None) -> Row | None:
        """The facts of a certificate; None where the document holds none."""
        facts: Row | None = self.report["certificates"].get(sha256) if sha256 else None
        return facts

    def certificates(self, fingerprints: Iterable[str]) -> list[CertificateLine]:
        """Those of the given certificates whose facts the document holds."""
        return [
            CertificateLine(sha256=item, facts=facts)
            for item in fingerprints
            if (facts := self.certificate(item)) is not None
        ]


def _add(values: list[str], value: str) -> None:
    if value not in values:
        values.append(value)
