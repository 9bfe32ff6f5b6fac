"""Files -> diagnosis documents, and the estates that the promised form must hold for."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import diagnose_reading
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.broken import sample_estate
from diagnostics.samples.healthy import UC_ZONE, healthy
from tests.builders import containers, every_kind, expressway, handover, logs, unified_cm

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\n\x9b31m\u202egnp.exe\u200b{node}%s"

Files = Mapping[str, bytes]
Document = dict[str, Any]
Diagnosed = Callable[..., Document]


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def diagnosed(tmp_path: Path) -> Diagnosed:
    """The document of files that were handed over together, as name -> bytes."""

    def diagnose(files: Files, at: datetime = AT) -> Document:
        sources = []
        for number, (name, content) in enumerate(files.items()):
            path = tmp_path / f"file-{number}"
            path.write_bytes(content)
            sources.append(SourceFile(name=name, path=path))
        return diagnose_reading(read(sources), at=at)

    return diagnose


def _hostile() -> EstatePlan:
    """Zones, certificates and files whose names want to do something to whoever reads them."""
    plan = healthy(at=AT)
    plan.name = f"Corp{HOSTILE}"
    zone = plan.zone("expe.example.com", UC_ZONE)
    zone.name, zone.verify_name = f"UC{HOSTILE}", f"expc{HOSTILE}.example.com"
    node = plan.node("expe1.example.com")
    node.identity["server"] = plan.authorities["unrelated-1"].reissue(
        node.issued("server"), common_name="evil\x1b[31m\u202e", organisation="a\nb"
    )
    plan.extra_files[f"note{HOSTILE}.pem"] = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"
    return plan


def _partial() -> Files:
    """Half of an estate, with a file that broke on the way."""
    files = as_artefacts(sample_estate(AT))
    kept = {name: content for name, content in files.items() if "expe1" in name or "expc1" in name}
    broken = next(name for name in files if "expc2" in name)
    return {**kept, broken: files[broken][:2000]}


def _with_revocation() -> EstatePlan:
    plan = healthy(at=AT, im_presence=2, ecdsa=True)
    issuing = plan.authorities["private-issuing"]
    node = plan.node("expc1.example.com")
    node.crls.append(issuing.crl([node.issued("server")], this_update=AT, next_update=AT))
    return plan


def _with_listing() -> Files:
    """A node of Unified CM known by what its command line printed, which lacks a CA that Expressway-C needs there."""
    plan = healthy(at=AT)
    node = plan.node("cucm1.example.com")
    node.trust["tomcat-trust"] = node.trust["callmanager-trust"] = [plan.authorities["unrelated-1"].certificate]
    files = {name: content for name, content in as_artefacts(plan).items() if "cucm1" not in name}
    return {**files, "putty.log": unified_cm.whole(node)}


def _with_questions() -> Files:
    """Two certificates that fit one place of a node equally well, and a container that is closed."""
    plan = healthy(at=AT)
    first, second = (
        plan.authorities["private-issuing"].reissue(plan.node(expressway.C1).issued("server")) for _ in range(2)
    )
    return {
        "xconf.txt": expressway.configuration_text(),
        "first.pem": first.pem,
        "second.pem": second.pem,
        "closed.pfx": containers.pfx(b"secret"),
    }


ESTATES: dict[str, Callable[[], Files]] = {
    "healthy-artefacts": lambda: as_artefacts(healthy(at=AT)),
    "healthy-inventory": lambda: as_inventory(healthy(at=AT)),
    "healthy-split-stores": lambda: as_artefacts(healthy(at=AT, split_stores=True)),
    "one-node-each": lambda: as_inventory(healthy(at=AT, expressway_c=1, expressway_e=1, version="X12.5.4")),
    "release-unknown": lambda: {
        name: content.replace(b"version:", b"x-version:") for name, content in as_inventory(healthy(at=AT)).items()
    },
    "sample": lambda: as_artefacts(sample_estate(AT)),
    "sample-as-inventory": lambda: as_inventory(sample_estate(AT)),
    "with-revocation": lambda: as_artefacts(_with_revocation()),
    "partial": _partial,
    "inventory-alone": lambda: {"inventory.yaml": as_inventory(healthy(at=AT))["inventory.yaml"]},
    "every-kind": lambda: {f"{number}/{built.kind}": built.valid() for number, built in enumerate(every_kind())},
    "every-kind-malformed": lambda: {
        f"{number}/{built.kind}": built.malformed() for number, built in enumerate(every_kind())
    },
    "every-way-to-hand-over": lambda: {f"{number}.cer": way.data for number, way in enumerate(handover.ways())},
    "with-listing": _with_listing,
    "with-questions": _with_questions,
    "with-signs": lambda: {**as_artefacts(healthy(at=AT)), "log.txt": logs.log_of(logs.EVERY_LINE, apart=0.01)},
    "hostile-names": lambda: as_inventory(_hostile()),
    "one-certificate": lambda: {"ca.pem": healthy(at=AT).authorities["public-root"].pem},
    "a-text": lambda: {"notes.txt": b"to do: certificates\n"},
    "an-empty-file": lambda: {"empty.pem": b""},
    "nothing": dict,
}


@pytest.fixture(params=ESTATES)
def estate(request: pytest.FixtureRequest) -> Files:
    """The files of each estate in turn."""
    return ESTATES[request.param]()


@pytest.fixture
def sample() -> Files:
    return ESTATES["sample"]()


@pytest.fixture
def hostile() -> Files:
    return ESTATES["hostile-names"]()
