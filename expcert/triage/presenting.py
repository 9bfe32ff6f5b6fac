"""A rendered report arranged as pages show it. Used by the pages of members and by those behind a share link alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import get_language

from diagnostics.reports.render import Words, render
from diagnostics.reports.sentences import MISSES, PLACE_REASONS, PLACES, ROLES, SERVICES, SLOTS, STORES

Row = Mapping[str, Any]

SEVERE = ("critical", "high")  # what a reader sees opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One cause: the finding that explains the others, and the others."""

    head: Row
    others: tuple[Row, ...]

    @property
    def places(self) -> list[str]:
        """Where something is to be done, each place once."""
        return list(dict.fromkeys(item["place"] for item in (self.head, *self.others) if item["place"]))

    @property
    def same_fault_elsewhere(self) -> tuple[Row, ...]:
        """The same finding at other places: the same remedy, carried out again."""
        return tuple(item for item in self.others if item["code"] == self.head["code"])

    @property
    def symptoms(self) -> tuple[Row, ...]:
        """Other findings that fall away with this one."""
        return tuple(item for item in self.others if item["code"] != self.head["code"])

    @property
    def reported(self) -> tuple[Row, ...]:
        """What nodes reported of it themselves, each line once, in the order of the report."""
        lines = {
            (line["code"], line["node"], str(line["source"])): line
            for item in (self.head, *self.others)
            for line in item["symptoms"]
        }
        return tuple(lines.values())

    @property
    def severe(self) -> bool:
        return self.head["severity"] in SEVERE


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustNode:
    """A node and its lists; `number` is its place in the report, by which its page is addressed."""

    number: int
    node: str
    cluster: str
    role_name: str
    lists: tuple[Row, ...]
    installed: tuple[tuple[str, CertificateLine], ...] = ()  # name of the slot, and what is in it

    @property
    def missing(self) -> int:
        return sum(entry["missing"] for entry in self.lists)

    @property
    def known(self) -> bool:
        return all(entry["known"] for entry in self.lists)


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

    @cached_property
    def findings(self) -> dict[str, Row]:
        """Every finding by its id, in the order of the report, with what a page shows beside it."""
        return {item["id"]: self._finding(item) for item in self.report["findings"]}

    def _finding(self, item: Row) -> Row:
        about = self.certificates(item["certificates"])
        missing = {gap["sha256"] for gap in item["missing"]}
        return {
            **item,
            "place": item["node"] or item["cluster"] or item["file"] or "",
            "trust_number": self._trust_number(item["node"]) if item["store"] else None,
            "about": [line for line in about if line.sha256 not in missing],
            "gaps": [{**gap, "facts": self.certificate(gap["sha256"])} for gap in item["missing"]],
            "miss_name": self._miss(item["names"]),
        }

    def _miss(self, names: Row | None) -> str:
        return self._words.named(MISSES, names["miss"]) if names and names["miss"] else ""

    @cached_property
    def problems(self) -> list[Problem]:
        """Findings by cause, in the order of their heads."""
        by_cause: dict[str, list[Row]] = {}
        for item in self.findings.values():
            if item["cause"]:
                by_cause.setdefault(item["cause"], []).append(item)
        return [
            Problem(head=item, others=tuple(by_cause.get(item["id"], ())))
            for item in self.findings.values()
            if not item["cause"]
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

    @cached_property
    def clusters(self) -> list[Row]:
        """Every cluster with its nodes and how much is wrong at each."""
        return [
            {
                **cluster,
                "role_name": self._words.named(ROLES, cluster["role"]),
                "members": [
                    {"fqdn": node, "version": cluster["versions"].get(node, ""), **self._burden(node)}
                    for node in cluster["nodes"]
                ],
            }
            for cluster in self.report["deployment"]["clusters"]
        ]

    def _burden(self, node: str) -> dict[str, Any]:
        """The worst severity at a node (empty: nothing found there) and the number of findings."""
        found = [item["severity"] for item in self.report["findings"] if item["node"] == node]
        return {"worst": found[0] if found else "", "findings": len(found)}

    @cached_property
    def _lists(self) -> list[Row]:
        """Every list of trusted certificates, with its number in the document and names for codes."""
        return [self._trust_list(number, entry) for number, entry in enumerate(self.report["trust"])]

    @cached_property
    def trust_nodes(self) -> list[TrustNode]:
        """Every node that has lists, in the order of the report."""
        by_node: dict[str, list[Row]] = {}
        for entry in self._lists:
            by_node.setdefault(entry["node"], []).append(entry)
        return [
            TrustNode(
                number=number,
                node=node,
                cluster=lists[0]["cluster"],
                role_name=lists[0]["role_name"],
                lists=tuple(lists),
            )
            for number, (node, lists) in enumerate(by_node.items())
        ]

    def trust_node(self, number: int) -> TrustNode | None:
        """One node, its lists with their rows; None where there is none of that number."""
        if not 0 <= number < len(self.trust_nodes):
            return None
        node = self.trust_nodes[number]
        lists = tuple(
            {
                **entry,
                "rows": [self._trust_row(row) for row in entry["rows"]],
                "finding_rows": [self.findings[found] for found in entry["findings"] if found in self.findings],
            }
            for entry in node.lists
        )
        return replace(node, lists=lists, installed=tuple(self.installed_on(node.node)))

    def _trust_number(self, node: str | None) -> int | None:
        return next((item.number for item in self.trust_nodes if item.node == node), None)

    def _trust_list(self, number: int, entry: Row) -> Row:
        present = sum(not row["missing"] for row in entry["rows"])
        at_hand = sum(1 for row in entry["rows"] if row["missing"] and row["required"] and row["sha256"])
        return {
            **entry,
            "number": number,
            "store_name": self._words.named(STORES, entry["store"]),
            "role_name": self._words.named(ROLES, entry["role"]),
            "needed": len(entry["rows"]),
            "present": present,
            "sent_only": len(entry["rows"]) - present - entry["missing"],
            "at_hand": at_hand,
        }

    def _trust_row(self, row: Row) -> Row:
        by_service: dict[str, list[str]] = {}
        for use in row["uses"]:
            _add(by_service.setdefault(self._words.named(SERVICES, use["service"]), []), use["peer"])
        state = "there" if not row["missing"] else "missing" if row["required"] else "sent"
        return {
            **row,
            "state": state,
            "facts": self.certificate(row["sha256"]),
            "services": list(by_service.items()),
            "more_copies": row["copy_count"] - len(row["copies"]),
        }

    @property
    def zones(self) -> list[Row]:
        """Every zone and end, those with a name that does not match first."""
        zones: list[Row] = [
            {
                **zone,
                "role_name": self._words.named(ROLES, zone["role"]),
                "checks": [self._zone_check(check) for check in zone["checks"]],
                "failing": sum(check["match"] == "absent" for check in zone["checks"]),
                "doubtful": sum(check["match"] == "only-in-cn" for check in zone["checks"]),
                "unknown": sum(check["match"] is None for check in zone["checks"]),
            }
            for zone in self.report["zones"]
        ]
        return sorted(zones, key=lambda zone: (not zone["failing"], not zone["doubtful"]))

    def _zone_check(self, check: Row) -> Row:
        facts = self.certificate(check["certificate"])
        return {
            **check,
            "miss_name": self._words.named(MISSES, check["miss"]) if check["miss"] else "",
            "facts": facts,
            "common_name": facts["name"] if facts else "",
        }

    @property
    def connections(self) -> list[Row]:
        """Every connection, those that fail first."""
        order = ("fails", "cannot-tell", "works")
        connections = [
            {
                **item,
                "service_name": self._words.named(SERVICES, item["service"]),
                "finding_rows": [self.findings[found] for found in item["findings"] if found in self.findings],
            }
            for item in self.report["connections"]
        ]
        return sorted(connections, key=lambda item: order.index(item["verdict"]))

    @property
    def files(self) -> list[Row]:
        """Rows as in the report, with the file's own name apart from where it lay, and slots in words."""
        return [
            {
                **item,
                **_path_parts(item["upload"], item["member"]),
                "held": self.certificates(item.get("certificates", ())),
                "conversion": self._conversion(number, item.get("conversion")),
                "place_names": [self._place_names(place) for place in item["places"]],
                "asked_names": [self._place_names(place) for place in item.get("asked", ())],
            }
            for number, item in enumerate(self.report["files"])
        ]

    def _place_names(self, place: Row) -> tuple[str, str, str]:
        """Node, slot or list, and why; the reason is empty where an earlier release did not store it."""
        reason = place.get("reason")
        why = self._words.named(PLACE_REASONS, reason) if reason else ""
        return place["node"], self._words.named(PLACES, place["place"]), why

    def _conversion(self, number: int, conversion: Row | None) -> Row | None:
        """What a file that Expressway refuses can be had as; None where that is nothing, or it is in the right form."""
        if not conversion:
            return None
        # Of several certificates of hosts each is a file of its own: which is the node's is not for us to guess.
        leaves = [] if conversion["server"] else self.certificates(conversion["leaves"])
        return {**conversion, "number": number, "undecided": leaves}

    def installed_at(self, sha256: str) -> tuple[tuple[str, str], ...]:
        """Node and name of the slot, wherever the certificate is installed."""
        return tuple(
            (node, self._words.named(SLOTS, slot))
            for cluster in self.report["deployment"]["clusters"]
            for node, slots in cluster.get("installed", {}).items()
            for slot, installed in slots.items()
            if installed == sha256
        )

    def installed_on(self, node: str) -> list[tuple[str, CertificateLine]]:
        """Name of the slot and certificate, of everything installed on a node."""
        return [
            (self._words.named(SLOTS, slot), line)
            for cluster in self.report["deployment"]["clusters"]
            for slot, sha256 in cluster.get("installed", {}).get(node, {}).items()
            for line in self.certificates([sha256])
        ]

    @property
    def contradictions(self) -> list[Row]:
        rows: list[Row] = self.report["contradictions"]
        return rows

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


def _path_parts(upload: str, member: str | None) -> dict[str, str]:
    folder, _, name = (f"{upload}/{member}" if member else upload).rpartition("/")
    return {"base_name": name, "folder": folder.replace("/", " › ")}


def _add(values: list[str], value: str) -> None:
    if value not in values:
        values.append(value)
