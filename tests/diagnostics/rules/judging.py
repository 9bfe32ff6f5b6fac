"""From a plan to what the rules say of it, the same whole way that an upload goes, and in a form that can be compared."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography.x509 import load_der_x509_certificate

from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import diagnose_reading
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.authority import Issued, sha256
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.inventory import Files, as_inventory

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
FOLDER = "estate"  # the name under which an inventory and its files are handed over

DER = b"\x30"

FORMS: dict[str, Callable[[EstatePlan], Files]] = {"inventory": as_inventory, "artefacts": as_artefacts}
BOTH = tuple(FORMS)


@dataclass(frozen=True, kw_only=True)
class Said:
    """A finding as far as a person would tell it from another one.

    Certificates and missing CAs go by the plan's names: "expe1.example.com server", "private-root"; a CA of which no
    copy is at hand by its common name behind a question mark. `wanted` is the name that was looked for.
    """

    code: str
    severity: str
    variant: str = "plain"
    cluster: str | None = None
    node: str | None = None
    zone: str | None = None
    store: str | None = None
    peers: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    file: str | None = None
    wanted: str | None = None


def said(
    code: str,
    severity: str,
    *,
    variant: str = "plain",
    node: str | None = None,
    cluster: str | None = None,
    zone: str | None = None,
    store: str | None = None,
    peers: Iterable[str] = (),
    about: Iterable[str] = (),
    missing: tuple[str, ...] = (),
    file: str | None = None,
    wanted: str | None = None,
) -> Said:
    """A finding as a table states it: bare host names, the cluster by its nodes' name, and what is missing told once."""
    named = {item for item in missing if not item.startswith("?")}
    return Said(
        code=code,
        severity=severity,
        variant=variant,
        cluster=full(cluster or cluster_of(node)),
        node=full(node),
        zone=zone,
        store=store,
        peers=frozenset(str(full(peer)) for peer in peers),
        about=frozenset(held(item) for item in about) | named,
        missing=missing,
        file=file,
        wanted=wanted,
    )


def full(host: str | None) -> str | None:
    """Everything lives in one domain here."""
    return host and (host if "." in host else f"{host}.example.com")


def held(place: str) -> str:
    """ "expe1 server" -> "expe1.example.com server"; the name of an authority stays as it is."""
    host, space, slot = place.partition(" ")
    return f"{full(host)} {slot}" if space else place


def cluster_of(node: str | None) -> str | None:
    """As the healthy estate names clusters: of two nodes expc and expe, of a single one the node itself."""
    if node is None:
        return None
    return node[:-1] if node.startswith(("expc", "expe")) else node


def judged(files: Files, folder: Path, *, as_folder: bool, at: datetime = AT) -> dict[str, Any]:
    """The diagnosis document of files that are handed over in one folder, or one by one."""
    sources = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        source = SourceFile(name=FOLDER, member=name, path=path) if as_folder else SourceFile(name=name, path=path)
        sources.append(source)
    return diagnose_reading(read(sources), at=at)


def diagnosis(plan: EstatePlan, form: str = "inventory", *, at: datetime = AT) -> dict[str, Any]:
    """The diagnosis document of a plan in one of the `FORMS`."""
    return diagnosis_of(FORMS[form](plan), form, at=at)


def diagnosis_of(files: Files, form: str = "inventory", *, at: datetime = AT) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        return judged(files, Path(folder), as_folder=form == "inventory", at=at)


def findings(document: dict[str, Any], plan: EstatePlan) -> set[Said]:
    """What was found, by the names of the plan; two findings that a person could not tell apart are a failure."""
    names = labels(plan)
    found = [_said(item, names) for item in document["findings"]]
    assert len(set(found)) == len(found), f"the same thing is said twice: {found}"
    return set(found)


def labels(plan: EstatePlan) -> dict[str, str]:
    """Fingerprint -> the name by which the tables call it; an authority's name comes before a place."""
    names: dict[str, str] = {}
    for node in plan.nodes():
        for slot, item in node.identity.items():
            if isinstance(item, Issued):
                names[item.sha256] = f"{node.fqdn} {slot}"
            elif item[:1] == DER:
                names[sha256(load_der_x509_certificate(item))] = f"{node.fqdn} {slot}"
    for node in plan.nodes():
        for store, certificates in node.trust.items():
            for number, item in enumerate(certificates):
                names.setdefault(sha256(item), f"{node.fqdn} {store} {number}")
    return names | {item.sha256: name for name, item in plan.authorities.items()}


def _said(finding: dict[str, Any], names: dict[str, str]) -> Said:
    return Said(
        code=finding["code"],
        severity=finding["severity"],
        variant=finding["variant"],
        cluster=finding["cluster"],
        node=finding["node"],
        zone=finding["zone"],
        store=finding["store"],
        peers=frozenset(finding["peers"]),
        about=frozenset(names.get(item, item) for item in finding["certificates"]),
        missing=tuple(names[item["sha256"]] if item["sha256"] else f"?{item['name']}" for item in finding["missing"]),
        file=finding["file"],
        wanted=finding["names"]["expected"][0] if finding["names"] else None,
    )


def outcomes(document: dict[str, Any], code: str, outcome: str | None = None) -> list[dict[str, Any]]:
    """What came of one rule at each place; of one kind where `outcome` says so."""
    return [
        item
        for item in document["outcomes"]
        if item["code"] == code and (outcome is None or item["outcome"] == outcome)
    ]
