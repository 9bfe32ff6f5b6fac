"""The same estate as an inventory that names every file, and as folders of exported files: the same diagnosis."""

from pathlib import Path

import pytest
import yaml

from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import diagnose_reading
from diagnostics.samples.artefacts import as_inventory
from diagnostics.samples.authority import pem
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import healthy
from diagnostics.samples.inventory import INVENTORY
from tests.diagnostics.estate.said import AT

TITLES = {
    "server": "server.pem",
    "client": "client.pem",
    "tomcat": "tomcat.pem",
    "tomcat-ecdsa": "tomcat-ECDSA.pem",
    "callmanager": "CallManager.pem",
    "callmanager-ecdsa": "CallManager-ECDSA.pem",
    "cup": "cup.pem",
    "cup-xmpp": "cup-xmpp.pem",
}
STORES = {
    "tomcat-trust": "tomcat-trust",
    "callmanager-trust": "CallManager-trust",
    "cup-xmpp-trust": "cup-xmpp-trust",
}


def as_folders(plan: EstatePlan) -> dict[str, bytes]:
    """An inventory without a file, and for each node a folder; entries of Unified CM lists one by one."""
    document = yaml.safe_load(as_inventory(plan)[INVENTORY])
    for cluster in document["clusters"]:
        for node in cluster["nodes"]:
            node.pop("certificates", None)
            node.pop("trust", None)
    files = {INVENTORY: yaml.safe_dump(document).encode()}
    for node in plan.nodes():
        for slot in node.identity:
            files[f"exports/{node.host}/{TITLES[slot]}"] = node.issued(slot).pem
        for store, certificates in node.trust.items():
            if store == "trusted-ca":
                files[f"exports/{node.host}/trusted-ca.pem"] = pem(certificates)
                continue
            for item in certificates:
                name = f"entry_{item.serial_number:x}.pem"
                files[f"exports/{node.host}/{STORES[store]}/{name}"] = pem([item])
    return files


def findings(files: dict[str, bytes], folder: Path) -> tuple[str, set[tuple[str, str | None]]]:
    sources = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sources.append(SourceFile(name=name, path=path))
    document = diagnose_reading(read(sources), at=AT)
    assert [row["upload"] for row in document["files"] if row["asked"]] == []
    placed = [row["upload"] for row in document["files"] if row["upload"].endswith(".pem") and not row["placed"]]
    assert placed == []
    return document["summary"]["verdict"], {(item["code"], item["node"]) for item in document["findings"]}


def plain(plan: EstatePlan) -> None:
    """Nothing is wrong."""


def without_an_intermediate(plan: EstatePlan) -> None:
    plan.node("expe1.example.com").trust["trusted-ca"].remove(plan.authorities["private-issuing"].certificate)


def with_a_foreign_name(plan: EstatePlan) -> None:
    issuing = plan.authorities["private-issuing"]
    node = plan.node("expc2.example.com")
    node.identity["server"] = issuing.reissue(node.issued("server"), dns=["expc2.example.com"])


@pytest.mark.parametrize("spoiled", [plain, without_an_intermediate, with_a_foreign_name])
@pytest.mark.parametrize("split_stores", [False, True])
def test_folders_of_exports_come_to_the_same_diagnosis(spoiled, split_stores: bool, tmp_path: Path) -> None:
    plan = healthy(at=AT, im_presence=1, split_stores=split_stores, ecdsa=True)
    spoiled(plan)
    named = findings(as_inventory(plan), tmp_path / "named")
    assert findings(as_folders(plan), tmp_path / "folders") == named
