"""An upload on its way to a diagnosis, as its page shows it and as the page asks again."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from expcert.intake.models import Upload, UploadedFile
from expcert.triage.models import Diagnosis
from expcert.triage.progress import progress_of
from expcert.work import Problem, State


@pytest.fixture
def handed_over(upload: Upload) -> Upload:
    UploadedFile.objects.create(upload=upload, number=0, name="a.pem", size=1)
    UploadedFile.objects.create(upload=upload, number=1, name="b.pem", size=1)
    return upload


@pytest.fixture
def ask(client_of, engineer, upload):
    client, address = client_of(engineer), reverse("triage:progress", args=[upload.pk])

    def get(*, fragment: bool = False):
        return client.get(address, headers={"HX-Request": "true"} if fragment else {})

    return get


def steps(upload: Upload) -> list[tuple[str, str]]:
    found = progress_of(Upload.objects.get(pk=upload.pk))
    return [(step.state, step.detail) for step in found.steps]


def test_an_upload_that_waits_for_a_worker(handed_over):
    assert steps(handed_over) == [("done", "2 files"), ("now", "waiting for a worker"), ("waiting", "")]


def test_an_upload_that_is_being_read_says_how_far(handed_over):
    handed_over.beat(handed_over.claim(), step="reading", done=1)
    assert steps(handed_over)[1] == ("now", "1 file or archive member")

    handed_over.beat(1, done=17)
    assert steps(handed_over)[1] == ("now", "17 files and archive members")


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Problem.TIME_LIMIT, "longer than is allowed"),
        (Problem.GAVE_UP, "Every attempt ended without a result"),
        (Problem.INTERNAL, "Something failed inside the product"),
    ],
)
def test_a_reading_that_failed_says_why_and_does_not_ask_again(handed_over, ask, problem, words):
    handed_over.fail(handed_over.claim(), problem)

    assert progress_of(handed_over).failed
    text = ask().content.decode()
    assert words in text
    assert "hx-get" not in text
    assert 'http-equiv="refresh"' not in text


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("", "waiting for a worker"),
        ("loading", "loading the estate"),
        ("judging", "checking every connection"),
        ("storing", "writing the report"),
    ],
)
def test_the_diagnosis_says_what_it_is_at(handed_over, step, words):
    handed_over.finish(handed_over.claim())
    Diagnosis.objects.create(deployment=handed_over.deployment, upload=handed_over, step=step)

    assert steps(handed_over)[1][0] == "done"
    assert steps(handed_over)[2] == ("now", words)


def test_a_diagnosis_that_failed_says_why(handed_over, ask):
    handed_over.finish(handed_over.claim())
    row = Diagnosis.objects.create(deployment=handed_over.deployment, upload=handed_over)
    row.fail(row.claim(), Problem.TIME_LIMIT)

    assert progress_of(handed_over).failed
    assert "longer than is allowed" in ask().content.decode()


def test_a_problem_that_this_release_has_no_words_for_is_shown_as_its_code(handed_over):
    handed_over.fail(handed_over.claim(), "of-a-later-release")

    assert steps(handed_over)[1] == ("failed", "of-a-later-release")


def test_the_newest_diagnosis_counts(handed_over):
    handed_over.finish(handed_over.claim())
    old = timezone.now() - timedelta(minutes=5)
    kept = {"deployment": handed_over.deployment, "upload": handed_over}
    Diagnosis.objects.create(**kept, state=State.DONE, created_at=old)
    assert progress_of(handed_over).diagnosis_address

    Diagnosis.objects.create(**kept)

    assert progress_of(handed_over).diagnosis_address == ""


def test_the_whole_page_asks_again_with_scripts_and_without(handed_over, ask):
    text = ask().content.decode()

    assert f'hx-get="{reverse("triage:progress", args=[handed_over.pk])}"' in text
    assert '<noscript><meta http-equiv="refresh"' in text
    assert "<html" in text


def test_a_fragment_is_the_part_that_changes_and_nothing_else(handed_over, ask):
    text = ask(fragment=True).content.decode()

    assert "<html" not in text
    assert re.match(r'\s*<div class="[^"]*" id="progress"', text)
    assert text.strip() in ask().content.decode()


def test_the_end_leads_to_the_diagnosis(desk, sample, client_of):
    upload = desk.hand_over(sample)
    client, address = client_of(desk.user), reverse("triage:progress", args=[upload.pk])
    assert client.get(address).status_code == 200

    diagnosis = desk.diagnose(desk.read(upload).deployment)

    target = reverse("triage:diagnosis", args=[diagnosis.pk])
    assert client.get(address)["Location"] == target
    assert client.get(address, headers={"HX-Request": "true"})["HX-Redirect"] == target


def test_a_long_reading_is_asked_after_less_often(handed_over):
    handed_over.claim()
    assert progress_of(Upload.objects.get(pk=handed_over.pk)).delay == 400

    Upload.objects.filter(pk=handed_over.pk).update(created_at=timezone.now() - timedelta(minutes=1))

    assert progress_of(Upload.objects.get(pk=handed_over.pk)).delay == 2000


def test_a_fragment_after_the_session_has_ended_reloads_the_whole_page(client, handed_over):
    address = reverse("triage:progress", args=[handed_over.pk])

    response = client.get(address, headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Refresh"]) == (200, "true")
    assert response.content == b""
