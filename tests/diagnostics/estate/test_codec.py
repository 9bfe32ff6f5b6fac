"""Observations are stored as JSON and come back as they were."""

import json
from pathlib import Path

import pytest

from diagnostics.estate.codec import FORMAT, decode, encode
from diagnostics.estate.observations import (
    CertificateFile,
    ClusterRef,
    DeploymentRef,
    Fact,
    FactKey,
    NodeRef,
    Placement,
    Slot,
    Source,
    StoreName,
    ZoneRef,
)
from diagnostics.readers import SourceFile, read
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.broken import sample_estate
from tests.diagnostics.estate.said import AT

WHERE = Source(upload="a.zip", member="x/y.txt", part="tomcat", line=3, text="Name: “UC”")
NODE = NodeRef(name="expc1", container="a.zip")
EACH = (
    Fact(source=WHERE, subject=NODE, key=FactKey.VERSION, value="X15.0", proven=True),
    Fact(source=WHERE, subject=DeploymentRef(), key=FactKey.MRA_ENABLED, value=False),
    Fact(source=WHERE, subject=ClusterRef(name="server"), key=FactKey.ROLE, value="expressway-c"),
    Fact(source=WHERE, subject=ZoneRef(owner=NODE, key="server"), key=FactKey.ZONE_PORT, value=7001),
    Fact(source=WHERE, subject=ZoneRef(owner=ClusterRef(name="c"), key="2"), key=FactKey.ZONE_NAME, value="UC"),
    CertificateFile(
        source=WHERE, form="pem", certificates=("aa", "bb"), lines=(1, None), crls=("cc",), keys=1, faults=2
    ),
    Placement(source=WHERE, node=NODE, path="a.zip/x", slot=Slot.SERVER, installed=True),
    Placement(source=WHERE, node=NODE, path="a.zip/x", store=StoreName.TRUSTED_CA),
    Placement(source=WHERE, node=NODE, path="a.zip/x", crl=True),
)


@pytest.mark.parametrize("item", EACH, ids=range(len(EACH)))
def test_every_kind_of_observation_comes_back_equal_and_of_the_same_types(item) -> None:
    (back,) = decode(json.loads(json.dumps(encode([item]))))
    assert back == item
    assert repr(back) == repr(item)  # an enum and its text are equal; their spelling is not


@pytest.mark.parametrize("form", [as_inventory, as_artefacts])
def test_a_whole_estate_comes_back_equal(form, tmp_path: Path) -> None:
    for path, content in form(sample_estate(AT)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    files = [
        SourceFile(name="estate", member=item.relative_to(tmp_path).as_posix(), path=item)
        for item in sorted(tmp_path.rglob("*"))
        if item.is_file()
    ]
    observations = read(files).observations
    assert {Fact, CertificateFile, Placement} <= {type(item) for item in observations}
    assert decode(json.loads(json.dumps(encode(observations)))) == tuple(observations)


def test_what_has_its_default_takes_no_room() -> None:
    (stored,) = encode([Placement(source=Source(upload="a"), node=NodeRef(name="n"), path="p", crl=True)])[
        "observations"
    ]
    assert stored == {
        "is": "placement",
        "source": {"is": "source", "upload": "a"},
        "node": {"is": "node", "name": "n"},
        "path": "p",
        "crl": True,
    }


def test_a_field_that_a_later_release_adds_is_passed_over() -> None:
    stored = encode(EACH[:1])
    stored["observations"][0]["mood"] = "fine"
    assert decode(stored) == EACH[:1]


@pytest.mark.parametrize("form", [None, "expcert-observations/2"])
def test_another_form_is_refused(form: str | None) -> None:
    assert FORMAT == "expcert-observations/1"
    with pytest.raises(ValueError, match="unknown form"):
        decode({"format": form, "observations": []})
