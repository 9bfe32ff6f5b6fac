"""Reading in the background with the real engine: the sample, hostile files, a second run, and a clean spool."""

import os
import shutil
import time
import uuid
from io import BytesIO
from tarfile import DIRTYPE, SYMTYPE, TarFile, TarInfo
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import redis
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError
from django.urls import reverse

from diagnostics.samples.archives import tar_gz, zip_of
from diagnostics.samples.artefacts import diagnostic_members, ucm_snapshot
from diagnostics.samples.authority import root
from diagnostics.samples.healthy import healthy
from expcert.intake import services, spool, tasks
from expcert.intake.models import Upload
from expcert.inventory.models import Certificate, Deployment, Reading
from expcert.triage.models import Diagnosis
from expcert.triage.tasks import diagnose
from expcert.work import NoLongerOwner, Problem, Pulse, State

pytestmark = [pytest.mark.reads_in_child, pytest.mark.usefixtures("empty_spool")]


def pulse_of(upload: Upload) -> Pulse:
    attempt = upload.claim()
    assert attempt is not None
    return Pulse(upload, attempt)


@pytest.mark.django_db(transaction=True)
def test_the_tasks_take_the_sample_from_the_door_to_the_diagnosis(client_of, engineer, empty_spool):
    """Through the real queue: what a commit put there, in turn, until it is empty."""
    client_of(engineer).post(reverse("intake:sample"))
    with redis.Redis.from_url(settings.EXPCERT_BROKER_URL) as server:
        waiting = server.llen("expcert:default")
        upload = Upload.objects.get()
        tasks.read_upload(str(upload.pk))
        assert server.llen("expcert:default") == waiting + 1
        server.delete("expcert:default")
    diagnosis = Diagnosis.objects.get()
    assert (diagnosis.upload, diagnosis.state) == (upload, State.QUEUED)
    diagnose(str(diagnosis.pk))

    upload.refresh_from_db()
    diagnosis.refresh_from_db()
    assert (upload.state, diagnosis.state, diagnosis.verdict) == (State.DONE, State.DONE, "broken")
    assert list(empty_spool.iterdir()) == []

    tasks.read_upload(str(upload.pk))
    diagnose(str(diagnosis.pk))
    assert (Reading.objects.count(), Diagnosis.objects.count()) == (1, 1)


def test_reading_stores_what_was_said_and_empties_the_spool(desk, sample, empty_spool):
    upload = desk.read(desk.hand_over(sample))

    assert (upload.state, upload.step) == (State.DONE, "storing")
    assert upload.reading.observations["observations"]
    read = {file["upload"] for file in upload.reading.files["files"]}
    assert read == set(sample)
    assert set(upload.reading.certificates) == set(Certificate.objects.values_list("sha256", flat=True))
    assert list(empty_spool.iterdir()) == []


def test_the_count_of_files_grows_while_they_are_read(desk, sample, monkeypatch):
    upload, seen = desk.hand_over(sample), []
    say = Pulse.say

    def noted(self, step=None, **numbers):
        seen.append(numbers.get("done"))
        say(self, step, **numbers)

    monkeypatch.setattr(Pulse, "say", noted)
    desk.read(upload)

    counts = [number for number in seen if number is not None]
    assert counts == list(range(len(counts)))
    assert counts[-1] == len(upload.reading.files["files"])


@pytest.mark.parametrize("where", ["at the end", "taken over"])
def test_a_reading_that_does_not_reach_its_end_stores_nothing_and_the_next_stores_it_once(
    where, desk, sample, monkeypatch
):
    upload = desk.hand_over(sample)
    error = {"at the end": OperationalError("gone"), "taken over": NoLongerOwner()}[where]
    with monkeypatch.context() as patched:

        def stopped(self) -> None:
            raise error

        patched.setattr(Pulse, "finish", stopped)
        with pytest.raises(type(error)):
            services.read_upload(upload, pulse_of(upload))
    assert not (Reading.objects.exists() or Certificate.objects.exists() or Diagnosis.objects.exists())
    assert sorted(path.name for path in upload.spool.iterdir()) == [str(number) for number in range(len(sample))]

    Upload.objects.filter(pk=upload.pk).update(state=State.QUEUED)
    desk.read(upload)

    assert (Reading.objects.count(), Diagnosis.objects.count()) == (1, 1)
    assert not upload.spool.exists()


def test_a_time_limit_that_strikes_while_a_file_is_read_ends_the_reading(desk, sample, monkeypatch):
    def slow(*_: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(services._Progress, "note", slow)
    upload = desk.hand_over(sample)

    with pytest.raises(SoftTimeLimitExceeded):
        services.read_upload(upload, pulse_of(upload))

    assert not Reading.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_time_limit_is_told_as_such(desk, sample, monkeypatch):
    def slow(*_: object, **__: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(services, "read_isolated", slow)
    upload = desk.hand_over(sample)

    tasks.read_upload(str(upload.pk))

    upload.refresh_from_db()
    assert (upload.state, upload.problem) == (State.FAILED, Problem.TIME_LIMIT)


# Hostile files


def bomb() -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", bytes(64 * 1024 * 1024))
    return packed.getvalue()


def nested(depth: int) -> bytes:
    content = zip_of({"server.pem": b"x"})
    for _ in range(depth):
        content = zip_of({"inner.zip": content})
    return content


def sly_tar() -> bytes:
    packed = BytesIO()
    with TarFile(fileobj=packed, mode="w") as archive:
        for name, kind in (("../../outside.pem", None), ("/etc/cron.d/x", None), ("link", SYMTYPE), ("dir", DIRTYPE)):
            member = TarInfo(name)
            if kind is not None:
                member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    return packed.getvalue()


def laughs() -> bytes:
    lines = ['<!DOCTYPE x [<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 12)]
    return ("<?xml version='1.0'?>" + "".join(lines) + "]><Status xmlns='urn:x'>&a11;</Status>").encode()


def aliases() -> bytes:
    lines = ["format: expcert-inventory/1", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 9)]
    return "\n".join(lines).encode()


def inventory_json(name: str) -> bytes:
    """The name as JSON would carry it, escapes and all."""
    node = f'{{"fqdn": "{name}", "address": "192.0.2.11"}}'
    cluster = f'{{"name": "{name}", "role": "expressway-c", "nodes": [{node}]}}'
    return f'{{"format": "expcert-inventory/1", "deployment": "{name}", "clusters": [{cluster}]}}'.encode()


def tar_named(name: bytes) -> bytes:
    """A tar whose one member has a name that may be no text."""
    packed = tar_of("NAME")
    header = packed[:512].replace(b"NAME".ljust(len(name), b"\0"), name, 1)
    total = sum(header[:148]) + 8 * 32 + sum(header[156:])
    return header[:148] + b"%06o\0 " % total + header[156:] + packed[512:]


def tar_of(name: str) -> bytes:
    packed = BytesIO()
    with TarFile(fileobj=packed, mode="w") as archive:
        member = TarInfo(name)
        member.size = 5
        archive.addfile(member, BytesIO(b"hello"))
    return packed.getvalue()


def spoiled(at, what: str, put: bytes) -> dict[str, bytes]:
    """The dumps and logs of a healthy estate with bytes in the middle of a word that stands in many places."""
    plan = healthy(at=at)
    node = plan.node("expc1.example.com")
    members = diagnostic_members(plan, node)
    return {path: content.replace(what.encode(), put) for path, content in members.items()}


def snapshot(at, server: str) -> bytes:
    plan = healthy(at=at)
    return ucm_snapshot(plan.node("cucm1.example.com")).replace(b"cucm1.example.com", server.encode())


def odd_certificate(at, name: str) -> bytes:
    return root("Example Root CA", at=at).issue(common_name=name, dns=["expc1.example.com"]).pem


HOSTILE = {
    "nothing": lambda at: {"empty.pem": b""},
    "zeros": lambda at: {"zeros.bin": bytes(5000)},
    "noise": lambda at: {"noise.pem": bytes(range(256)) * 40},
    "a zip bomb": lambda at: {"bomb.zip": bomb()},
    "archives in archives": lambda at: {"deep.zip": nested(8)},
    "a tar that climbs out": lambda at: {"sly.tar": sly_tar()},
    "a tar that breaks off": lambda at: {"cut.tar.gz": tar_gz({"server.pem": b"x" * 9000}, at)[:-30]},
    "a zip that breaks off": lambda at: {"cut.zip": zip_of({"server.pem": b"x" * 9000})[:-30]},
    "entities of entities": lambda at: {"xstat_dump_expc1.xml": laughs()},
    "aliases of aliases": lambda at: {"inventory.yaml": aliases()},
    "deep brackets": lambda at: {"inventory.json": b'{"format": "expcert-inventory/1", "x": ' + b"[" * 100_000},
    "deep yaml": lambda at: {"inventory.yaml": b"format: expcert-inventory/1\nx: " + b"[" * 20_000},
    "a NUL in names": lambda at: {"inventory.json": inventory_json("expc1\\u0000.example.com")},
    "half a character in names": lambda at: {"inventory.json": inventory_json("expc1\\ud800.example.com")},
    "a NUL in a subject": lambda at: {"server.pem": odd_certificate(at, "expc1\x00.example.com")},
    "a NUL in dumps": lambda at: spoiled(at, "UC traversal", b"UC\x00traversal"),
    "noise in dumps": lambda at: spoiled(at, "UC traversal", b"UC\xff\xfe\xed\xa0\x80traversal"),
    "a NUL in a snapshot name": lambda at: {"snapshot.json": snapshot(at, "cucm1\\u0000.example.com")},
    "half a character in a snapshot name": lambda at: {"snapshot.json": snapshot(at, "cucm1\\udc80.example.com")},
    "a tar member whose name is no text": lambda at: {"odd.tar": tar_named(b"\xff\xfe\xed.pem")},
    "names of 300 characters": lambda at: {"inventory.json": inventory_json("n" * 300 + ".example.com")},
    "a name that is a script": lambda at: {"inventory.json": inventory_json("<script>alert(1)</script>")},
    "a name that is a template": lambda at: {"inventory.json": inventory_json("{subject} {0} %s {{ 7 }}")},
    "a subject that is a script": lambda at: {"server.pem": odd_certificate(at, "<script>alert(1)</script>")},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_ends_in_a_diagnosis_that_can_be_read(kind, at, desk, client_of, empty_spool):
    started = time.monotonic()

    diagnosis = desk.diagnosis_of(HOSTILE[kind](at))

    assert diagnosis.state == State.DONE
    client = client_of(desk.user)
    for name in ("diagnosis", "trust", "zones", "connections", "files", "json"):
        response = client.get(reverse(f"triage:{name}", args=[diagnosis.pk]))
        assert response.status_code == 200, name
        if name != "json":
            assert b"<script>alert" not in response.content
    assert client.get(reverse("triage:workspace")).status_code == 200
    assert list(empty_spool.iterdir()) == []
    assert time.monotonic() - started < 60


@pytest.mark.parametrize(
    "kind", [kind for kind in HOSTILE if not any(word in kind for word in ("name", "subject", "dumps"))]
)
def test_what_could_not_be_read_is_told_with_a_reason(kind, at, desk):
    diagnosis = desk.diagnosis_of(HOSTILE[kind](at))

    assert any(file["problems"] for file in diagnosis.document["files"]), diagnosis.document["files"]
    assert diagnosis.verdict != "healthy"


def test_one_hostile_file_does_not_spoil_the_others(at, desk, sample):
    alone = desk.diagnosis_of(sample)
    spoiled = desk.diagnosis_of({**sample, "bomb.zip": bomb(), "sly.tar": sly_tar(), "noise.bin": bytes(99)})

    assert {item["id"] for item in alone.document["findings"]} == {item["id"] for item in spoiled.document["findings"]}


# Spools that nobody needs


def test_the_spool_of_an_upload_that_has_ended_is_removed_and_others_are_not(upload, deployment, empty_spool):
    waiting = Upload.objects.create(deployment=deployment)
    Upload.objects.filter(pk=upload.pk).update(state=State.FAILED)
    for row in (upload, waiting):
        row.spool.mkdir()
        (row.spool / "0").write_bytes(b"x")

    assert spool.remove_forgotten_spools() == 1

    assert [path.name for path in empty_spool.iterdir()] == [str(waiting.pk)]


@pytest.mark.django_db
@pytest.mark.parametrize("name", [str(uuid.UUID(int=7)), "no-id-at-all"])
@pytest.mark.parametrize(("minutes", "stays"), [(59, True), (61, False)])
def test_a_folder_without_an_upload_stays_for_an_hour_as_it_may_still_be_arriving(empty_spool, name, minutes, stays):
    folder = empty_spool / name
    folder.mkdir()
    then = time.time() - minutes * 60
    os.utime(folder, (then, then))

    spool.remove_forgotten_spools()

    assert folder.exists() is stays


@pytest.mark.django_db
def test_a_file_in_the_spool_and_a_folder_that_goes_away_meanwhile_do_no_harm(empty_spool, monkeypatch):
    (empty_spool / "stray").write_bytes(b"x")
    going = empty_spool / "going"
    going.mkdir()
    filtered = Upload._base_manager.filter

    def and_gone(*args: object, **kwargs: object):
        shutil.rmtree(going, ignore_errors=True)
        return filtered(*args, **kwargs)

    monkeypatch.setattr(Upload._base_manager, "filter", and_gone)

    spool.remove_forgotten_spools()

    assert [path.name for path in empty_spool.iterdir()] == ["stray"]


def test_the_sweep_sends_what_was_lost_and_empties_forgotten_spools(
    upload, deployment, empty_spool, django_capture_on_commit_callbacks
):
    ended = Upload.objects.create(deployment=deployment, state=State.DONE)
    ended.spool.mkdir()

    with django_capture_on_commit_callbacks() as callbacks:
        tasks.sweep_uploads()

    assert len(callbacks) == 1
    upload.refresh_from_db()
    assert upload.sendings == 1
    assert list(empty_spool.iterdir()) == []


def test_deleting_a_deployment_deletes_what_was_read_of_it(desk, sample):
    diagnosis = desk.diagnosis_of(sample)

    Deployment.objects.filter(pk=diagnosis.deployment_id).delete()

    assert not (Upload.objects.exists() or Reading.objects.exists() or Diagnosis.objects.exists())
