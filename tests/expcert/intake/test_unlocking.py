"""A PKCS#12 container whose password is asked for on the page: used once, and kept nowhere."""

import logging
import re
import stat
from html import unescape

import pytest
import redis
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse

from diagnostics.readers.base import Problem, ProblemCode
from diagnostics.readers.isolated import ReaderEnded
from diagnostics.samples.archives import zip_of
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.authority import Issued
from diagnostics.samples.healthy import healthy
from expcert.accounts.models import AuditEvent
from expcert.intake import spool, tasks, unlocking
from expcert.intake.models import Became, Review, Upload
from expcert.inventory.models import Certificate
from tests.expcert.intake.estates import PASSWORD, container
from tests.expcert.intake.test_private_keys import everything_stored, traces_of

pytestmark = [pytest.mark.reads_in_child, pytest.mark.usefixtures("empty_spool")]

WRONG = "never the password 8812"
FILE = "export/new-expe1.pfx"


@pytest.fixture
def plan(at):
    return healthy(at=at)


@pytest.fixture
def leaf(plan) -> Issued:
    return plan.authorities["private-issuing"].issue(common_name="lab.example.org", dns=["lab.example.org"])


@pytest.fixture
def locked(desk, plan, leaf) -> Upload:
    """An upload that waits with one closed container in it."""
    files = {**as_artefacts(plan), FILE: container(leaf, plan.authorities["private-issuing"])}
    upload = desk.read(desk.hand_over(files))
    assert upload.became == Became.WAITING
    return upload


@pytest.fixture
def page(client_of, desk):
    client = client_of(desk.user)

    class Page:
        def see(self, upload: Upload) -> str:
            return unescape(client.get(reverse("intake:review", args=[upload.pk])).content.decode())

        def send(self, upload: Upload, *passwords: str, do: str = "open"):
            """The form with these passwords in its fields, in their order."""
            text = self.see(upload)
            token = re.search(r'name="token" value="(\w+)"', text)[1]
            fields = dict(zip(re.findall(r'name="(password-[^"]+)"', text), passwords, strict=False))
            return client.post(
                reverse("intake:review", args=[upload.pk]), {"token": token, "do": do, **fields}, follow=True
            )

        def told(self, upload: Upload, *passwords: str, do: str = "open") -> list[str]:
            return [str(message) for message in self.send(upload, *passwords, do=do).context["messages"]]

    return Page()


def test_a_closed_container_makes_a_first_upload_wait_and_its_password_is_asked_for(locked, page):
    text = page.see(locked)

    assert f'Password of <span class="name">{FILE}</span>' in text
    (field,) = re.findall(r'<input id="password-1"[^>]*>', text)
    assert 'type="password"' in field
    assert 'autocomplete="off"' in field
    assert "value=" not in field


def test_the_container_waits_in_the_spool_alone_without_its_key(locked, leaf):
    (item,) = Review.objects.get(upload=locked).locked
    kept = [path for path in locked.spool.rglob("*") if path.is_file()]

    assert item["path"] == FILE
    assert [path.relative_to(locked.spool).as_posix() for path in kept] == [item["name"]]
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in locked.spool.rglob("*") if path.is_dir()} == {0o700}
    key, _, _ = pkcs12.load_key_and_certificates(kept[0].read_bytes(), PASSWORD.encode())
    assert key is None


def test_a_wrong_password_is_told_and_counts(locked, page, leaf):
    assert page.told(locked, WRONG) == [f"That is not the password of {FILE}."]

    review = Review.objects.get(upload=locked)
    assert (review.tries, len(review.locked)) == (1, 1)
    assert "9 more passwords are accepted" in page.see(locked)
    assert not Certificate.objects.filter(sha256=leaf.sha256).exists()


def test_the_right_password_brings_what_is_in_it_into_the_waiting_upload(locked, page, leaf, plan):
    told = page.told(locked, PASSWORD)

    assert told == [f"{FILE} is open. What was in it is part of the preview now."]
    assert Certificate.objects.filter(sha256=leaf.sha256).exists()
    locked.refresh_from_db()
    assert locked.became == Became.WAITING
    assert leaf.sha256 in locked.reading.certificates
    (file,) = [file for file in locked.reading.files["files"] if file["upload"] == FILE]
    assert (file["kind"], file["outcome"]) == ("pkcs12", "read")
    assert leaf.sha256 in file["certificates"]
    assert Review.objects.get(upload=locked).locked == []
    assert not [path for path in locked.spool.rglob("*") if path.is_file()]


def test_what_was_opened_is_in_the_diagnosis_once_it_is_applied(locked, page, desk, leaf):
    page.send(locked, PASSWORD)
    page.send(locked, do="apply")

    locked.refresh_from_db()
    assert locked.became == Became.APPLIED
    diagnosis = desk.diagnose(locked.deployment)
    (row,) = [row for row in diagnosis.document["files"] if row["upload"] == FILE]
    assert leaf.sha256 in row["certificates"]
    codes = {problem["code"] for problem in row["problems"]}
    assert not codes & {"needs-password", "no-password", "wrong-password"}
    assert not locked.spool.exists()


def test_it_may_stay_closed(locked, page, desk):
    page.send(locked, do="apply")

    locked.refresh_from_db()
    assert locked.became == Became.APPLIED
    assert not locked.spool.exists()
    diagnosis = desk.diagnose(locked.deployment)
    (row,) = [row for row in diagnosis.document["files"] if row["upload"] == FILE]
    assert row["outcome"] == "not-read"
    assert AuditEvent.objects.get(verb=AuditEvent.Verb.UPLOAD_APPLIED).detail["left closed"] == 1


def test_a_password_counts_whichever_button_is_pressed(locked, page, leaf):
    """Somebody types it and presses the main button: it must not be thrown away, nor the upload applied without it."""
    page.send(locked, PASSWORD, do="apply")

    locked.refresh_from_db()
    assert locked.became == Became.WAITING
    assert leaf.sha256 in locked.reading.certificates


def test_two_containers_have_a_password_each(desk, plan, leaf, page):
    other = plan.authorities["public-issuing"].issue(common_name="lab2.example.org", dns=["lab2.example.org"])
    files = {"a.pfx": container(leaf), "b.pfx": container(other, password="another one")}
    upload = desk.read(desk.hand_over(files))

    told = page.told(upload, WRONG, "another one")

    assert told == [
        "That is not the password of a.pfx.",
        "b.pfx is open. What was in it is part of the preview now.",
    ]
    assert [item["path"] for item in Review.objects.get(upload=upload).locked] == ["a.pfx"]
    page.send(upload, PASSWORD)
    upload.refresh_from_db()
    assert {leaf.sha256, other.sha256} <= set(upload.reading.certificates)


def test_a_container_inside_an_archive_is_asked_for_by_its_place_in_it(desk, leaf, page):
    upload = desk.read(desk.hand_over({"folder.zip": zip_of({"keys/expe1.p12": container(leaf)})}))

    assert "folder.zip/keys/expe1.p12" in page.see(upload)
    page.send(upload, PASSWORD)

    upload.refresh_from_db()
    (file,) = [file for file in upload.reading.files["files"] if file["member"] == "keys/expe1.p12"]
    assert file["certificates"] == [leaf.sha256]


@pytest.mark.parametrize("password", ["x" * 1001, "nul\0nul"])
def test_what_can_be_no_password_is_told(locked, page, password):
    assert page.told(locked, password) == [f"That cannot be the password of {FILE}: it is too long, or holds a NUL."]


def test_after_ten_passwords_no_more_are_tried(locked, page, monkeypatch):
    Review.objects.filter(upload=locked).update(tries=unlocking.MOST_TRIES - 1)
    assert page.told(locked, WRONG) == [f"That is not the password of {FILE}."]
    monkeypatch.setattr(unlocking, "unlock", lambda *_: pytest.fail("tried once more"))

    text = page.see(locked)
    assert "No more passwords are accepted" in text
    assert re.search(r'<input id="password-1"[^>]* disabled', text)
    told = page.told(locked, PASSWORD)

    assert told == [f"No more passwords are accepted for this upload. Upload {FILE} again to try more."]


def test_one_person_can_try_only_so_many_in_five_minutes_whatever_the_upload(locked, page, desk, monkeypatch):
    cache.set(f"container-passwords:{desk.user.pk}", unlocking._MOST_OF_ONE_PERSON)
    monkeypatch.setattr(unlocking, "unlock", lambda *_: pytest.fail("tried once more"))

    (told,) = page.told(locked, PASSWORD)

    assert "Wait five minutes" in told
    assert Review.objects.get(upload=locked).tries == 0


def test_a_container_that_ends_its_process_is_told_and_the_upload_goes_on(locked, page, monkeypatch, caplog):
    def ending(*_: object) -> None:
        raise ReaderEnded(Problem(code=ProblemCode.OUT_OF_TIME, params={"limit": "5 s"}))

    monkeypatch.setattr(unlocking, "unlock", ending)

    assert page.told(locked, PASSWORD) == [f"{FILE} could not be opened within the limits on time and memory."]
    assert PASSWORD not in caplog.text
    page.send(locked, do="apply")
    locked.refresh_from_db()
    assert locked.became == Became.APPLIED


def test_a_container_that_somebody_removed_from_the_spool_is_told(locked, page):
    spool.empty(locked)

    assert page.told(locked, PASSWORD) == [f"{FILE} is no longer kept. Upload it again to open it."]


def test_the_sweep_keeps_what_waits_and_removes_what_lies_beside_it(locked, page, leaf):
    """As after a worker that died between its commit and its clean-up."""
    (locked.spool / "0").write_bytes(b"left over")

    tasks.sweep_uploads()

    assert not (locked.spool / "0").exists()
    page.send(locked, PASSWORD)
    locked.refresh_from_db()
    assert leaf.sha256 in locked.reading.certificates
    tasks.sweep_uploads()
    assert not locked.spool.exists()


def test_an_attempt_that_was_taken_over_does_not_touch_what_the_next_one_keeps(locked):
    first = spool.keep_locked(locked, 7, {"a.pfx": b"one"})
    second = spool.keep_locked(locked, 8, {"a.pfx": b"two"})

    assert [spool.locked_bytes(locked, item["name"]) for item in (*first, *second)] == [b"one", b"two"]


def test_discarding_removes_the_container(locked, client_of, desk):
    client_of(desk.user).post(reverse("intake:discard", args=[locked.pk]))

    assert not locked.spool.exists()


def test_a_container_that_another_tab_has_opened_is_told_and_nothing_is_read_twice(locked, page, client_of, desk):
    text = page.see(locked)
    token = re.search(r'name="token" value="(\w+)"', text)[1]
    field = re.search(r'name="(password-[^"]+)"', text)[1]
    page.send(locked, PASSWORD)

    response = client_of(desk.user).post(
        reverse("intake:review", args=[locked.pk]), {"token": token, "do": "open", field: PASSWORD}, follow=True
    )

    assert response.status_code == 200
    locked.refresh_from_db()
    assert locked.reading.revision == 1


@pytest.mark.django_db(transaction=True)
def test_neither_password_nor_key_is_found_anywhere(desk, plan, leaf, page, client_of, caplog, empty_spool):
    """Database, spool, queue and cache, session, log and every page that is answered."""
    caplog.set_level(logging.DEBUG)
    upload = desk.read(desk.hand_over({**as_artefacts(plan), FILE: container(leaf)}))
    shown = []
    for password in (WRONG, PASSWORD):
        response = page.send(upload, password)
        shown += [response.content.decode(), str(response.headers), str(response.redirect_chain)]
        with redis.Redis.from_url(settings.EXPCERT_BROKER_URL) as server:
            shown.append(str(server.lrange("expcert:default", 0, -1)))
        shown.append(str(client_of(desk.user).session.items()))
    page.send(upload, do="apply")
    diagnosis = desk.diagnose(upload.deployment)
    client = client_of(desk.user)
    for name, key in (("triage:files", diagnosis.pk), ("intake:history", upload.deployment_id)):
        shown.append(client.get(reverse(name, args=[key])).content.decode())
    stored = everything_stored()
    spooled = b"".join(path.read_bytes() for path in empty_spool.rglob("*") if path.is_file())

    everything = "\n".join([stored, caplog.text, *shown, spooled.hex(), spooled.decode("latin-1")])
    assert leaf.sha256 in everything
    for secret in (PASSWORD, WRONG, PASSWORD.encode().hex(), WRONG.encode().hex(), *traces_of(leaf.key_pem)):
        assert secret not in everything


def test_an_error_page_shows_nothing_of_a_password(locked, client_of, desk, monkeypatch, settings, caplog):
    settings.DEBUG = True  # the most talkative that it can be
    name = Review.objects.get(upload=locked).locked[0]["name"]

    def failing(upload: object, name: str, password: str, **_: object) -> None:
        raise RuntimeError("while opening")

    monkeypatch.setattr("expcert.intake.review_views.try_password", failing)
    client = client_of(desk.user)
    client.raise_request_exception = False

    response = client.post(reverse("intake:review", args=[locked.pk]), {"do": "open", f"password-{name}": PASSWORD})

    assert response.status_code == 500
    assert PASSWORD not in unescape(response.content.decode())
    assert PASSWORD not in caplog.text


def test_a_page_asks_for_no_more_passwords_than_a_form_takes(locked, page):
    """A form with thousands of fields would be refused as a whole, and the upload could not be applied any more."""
    (item,) = Review.objects.get(upload=locked).locked
    heap = [item, *({"path": f"heap/{number}.pfx", "name": f"locked-1/{number}"} for number in range(1, 3_000))]
    Review.objects.filter(upload=locked).update(locked=heap)

    text = page.see(locked)

    assert len(re.findall(r'name="password-[^"]+"', text)) == 50
    assert "2950 more containers are closed. Upload them by themselves to open them." in text
    page.send(locked, do="apply")
    locked.refresh_from_db()
    assert locked.became == Became.APPLIED
