"""Several uploads of one estate, and certificates of Unified CM that cannot be read."""

import json
from pathlib import Path
from typing import Any

from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import Batch, diagnose
from diagnostics.rules.base import Reason
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.healthy import healthy
from diagnostics.samples.inventory import INVENTORY, Files, as_inventory
from tests.diagnostics.rules.judging import AT, FOLDER, diagnosis_of

SERVER = "nodes/expc1.example.com/server.pem"


def uploads(folder: Path, *given: Files) -> dict[str, Any]:
    """The diagnosis of several uploads, oldest first, each a folder of the same name."""
    batches, certificates, crls = [], {}, {}
    for number, files in enumerate(given):
        sources = []
        for name, content in files.items():
            path = folder / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sources.append(SourceFile(name=FOLDER, member=name, path=path))
        reading = read(sources)
        batches.append(Batch(observations=reading.observations, files=reading.files))
        certificates |= reading.certificates
        crls |= reading.crls
    return diagnose(batches, certificates, crls, at=AT).document


def complaints(document: dict[str, Any]) -> list[tuple[int, str]]:
    return [
        (row["batch"], problem["params"]["path"])
        for row in document["files"]
        for problem in row["problems"]
        if problem["code"] == "missing-file"
    ]


def test_a_missing_file_is_said_of_the_upload_that_lacks_it_alone(tmp_path: Path) -> None:
    plan = healthy(at=AT)
    lacking = {path: content for path, content in as_inventory(plan).items() if path != SERVER}
    plan.node("expc1.example.com").identity.clear()

    assert complaints(uploads(tmp_path, lacking, as_inventory(plan))) == [(0, f"{FOLDER}/{SERVER}")]


def test_a_file_that_is_there_and_holds_nothing_is_not_called_missing(tmp_path: Path) -> None:
    files = as_inventory(healthy(at=AT))

    assert complaints(uploads(tmp_path, {**files, SERVER: b"no certificate at all\n"})) == []


def test_a_signing_request_in_a_later_upload_takes_the_certificate_of_the_earlier_one_away(tmp_path: Path) -> None:
    files = as_inventory(healthy(at=AT))
    later = {
        INVENTORY: files[INVENTORY],
        SERVER: b"-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n",
    }
    document = uploads(tmp_path, files, later)

    assert [(item["code"], item["node"]) for item in document["findings"]] == [
        ("cert-file-not-pem", "expc1.example.com")
    ]
    assert "own-ca-not-trusted" in {
        item["code"] for item in document["outcomes"] if item["reason"] == Reason.NOT_A_CERTIFICATE
    }


def test_a_certificate_of_a_snapshot_that_cannot_be_read_is_open_and_the_others_are_judged() -> None:
    files = as_artefacts(healthy(at=AT, expressway_c=1, expressway_e=1))
    name = "cucm1.example.com_certificates.json"
    document = json.loads(files[name])
    (entry,) = (item for item in document["identities"] if item["service"] == "CallManager")
    entry["certificate"] = entry["certificate"][:300]
    found = diagnosis_of({**files, name: json.dumps(document).encode()}, "artefacts")
    opened = {item["code"] for item in found["outcomes"] if item["outcome"] == "cannot-tell"}

    assert found["findings"] == []
    assert opened >= {"uc-node-ca-not-trusted", "uc-node-name-not-in-cert", "server-cert-expired", "trust-ca-expired"}
    assert {item["reason"] for item in found["outcomes"] if item["outcome"] == "cannot-tell"} == {
        Reason.NOT_A_CERTIFICATE
    }
    assert {item["params"]["slot"] for item in found["outcomes"] if item["outcome"] == "cannot-tell"} == {"callmanager"}
