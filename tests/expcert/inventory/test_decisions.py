"""Where people said that files belong, kept and given to the engine; and a file of a reading that is read again."""

import importlib

import pytest
from django.apps import apps

from diagnostics.estate.decisions import Decision
from diagnostics.estate.observations import CertificateFile, Slot, Source, StoreName
from diagnostics.readers import FileReading
from diagnostics.readers import Reading as EngineReading
from diagnostics.readers.base import Kind, Outcome, Problem, ProblemCode
from expcert.inventory import decisions, services
from expcert.inventory.merging import merged
from expcert.inventory.models import PlacementDecision, Reading

PFX = Source(upload="folder.zip", member="server.pfx")


def test_what_is_kept_is_what_the_engine_gets_in_the_order_in_which_it_was_said(deployment, engineer):
    first = Decision(path="a.cer", certificate="ab" * 32, names=("a.example.com",), node="a", slot=Slot.TOMCAT)
    second = Decision(path="b.pem", node="b", store=StoreName.TRUSTED_CA)
    third = Decision(path="c.pem")
    fourth = Decision(path="d.crl", node="b", crl=True)

    for item in (first, second, third, fourth):
        decisions.decide(deployment, [item], by=engineer)

    assert services.facts_of(deployment).decisions == (first, second, third, fourth)


def test_a_later_word_on_the_same_path_takes_the_place_of_the_earlier(deployment, engineer):
    decisions.decide(deployment, [Decision(path="a.cer", node="a", slot=Slot.SERVER)], by=engineer)
    decisions.decide(deployment, [Decision(path="a.cer", node="b", slot=Slot.SERVER)], by=None)

    row = PlacementDecision.objects.get()
    assert (row.node, row.decided_by) == ("b", None)


def test_a_place_that_this_release_does_not_know_is_none(deployment):
    PlacementDecision.objects.create(deployment=deployment, path="a.cer", node="a", slot="of-a-later-release")

    assert decisions.decisions_of(deployment) == (Decision(path="a.cer", node="a"),)


def test_a_path_that_no_database_takes_is_kept_as_the_files_show_it(deployment):
    decisions.decide(deployment, [Decision(path="a\x00\udc80.cer")], by=None)

    assert PlacementDecision.objects.get().path == "a��.cer"


# A file that is read again


def reading(*, problems: tuple[ProblemCode, ...], certificates: tuple[str, ...], keys: int, key_ids: tuple[str, ...]):
    return EngineReading(
        files=(
            FileReading(
                source=PFX,
                kind=Kind.PKCS12,
                size=900,
                outcome=Outcome.READ if certificates else Outcome.NOT_READ,
                problems=tuple(Problem(code=code) for code in problems),
                certificates=certificates,
            ),
        ),
        observations=(
            CertificateFile(source=PFX, form="pkcs12", certificates=certificates, lines=(), keys=keys, key_ids=key_ids),
        ),
        certificates={},
        crls={},
    )


def test_what_is_read_again_takes_the_place_of_what_was_said_and_the_key_that_was_seen_stays_said():
    other = FileReading(source=Source(upload="note.txt"), kind=Kind.TEXT, size=1, outcome=Outcome.NOT_READ)
    closed = reading(
        problems=(ProblemCode.PRIVATE_KEY, ProblemCode.NEEDS_PASSWORD), certificates=(), keys=1, key_ids=("cd" * 32,)
    )
    whole = EngineReading(files=(other, *closed.files), observations=closed.observations, certificates={}, crls={})

    found = merged(whole, reading(problems=(), certificates=("ab" * 32,), keys=0, key_ids=()))

    assert found.files[0] == other
    assert (found.files[1].outcome, found.files[1].certificates) == (Outcome.READ, ("ab" * 32,))
    assert [problem.code for problem in found.files[1].problems] == [ProblemCode.PRIVATE_KEY]
    (observation,) = found.observations
    assert (observation.keys, observation.key_ids) == (1, ("cd" * 32,))


# Rows of the release before


def test_readings_and_uploads_of_the_release_before_count_as_applied(desk, sample):
    upload = desk.read(desk.hand_over(sample))
    files, read_at = upload.files_read, upload.reading.read_at
    type(upload).objects.update(became="", files_read=0, settled_at=None)
    Reading.objects.update(applied_at=None)

    importlib.import_module("expcert.inventory.migrations.0003_apply_what_is_there").apply_what_is_there(apps, None)
    importlib.import_module("expcert.intake.migrations.0003_settle_what_is_there").settle_what_is_there(apps, None)

    upload.refresh_from_db()
    assert (upload.became, upload.files_read, upload.settled_at) == ("applied", files, read_at)
    assert upload.reading.applied_at == read_at
    assert files > len(sample)


@pytest.mark.parametrize("number", [1, 7])
def test_certificates_are_asked_for_in_portions_and_none_is_lost(desk, sample, monkeypatch, number):
    deployment = desk.read(desk.hand_over(sample)).deployment
    whole = services.facts_of(deployment).certificates

    monkeypatch.setattr(services, "_WANTED_AT_ONCE", number)

    assert services.facts_of(deployment).certificates.keys() == whole.keys()
    assert len(services.certificates_by_fingerprint(deployment, list(whole))) == len(whole)
