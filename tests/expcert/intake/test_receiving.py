"""Taking files in: what is stored, where, under which names, and what is refused."""

import io
import stat
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import StopUpload
from django.core.handlers import wsgi
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse

from expcert.accounts.models import Membership, Workspace
from expcert.intake import naming, services, spool, views
from expcert.intake.models import Upload
from expcert.intake.uploadhandlers import BoundedUploadHandler
from expcert.inventory.models import Deployment
from expcert.work import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_spool")]

CONTENT = b"-----BEGIN CERTIFICATE-----\nnot one\n"


def names() -> list[str]:
    return list(Upload.objects.get().files.values_list("name", flat=True))


def nothing_is_left() -> bool:
    folders = (Path(settings.EXPCERT_SPOOL_DIR), Path(settings.FILE_UPLOAD_TEMP_DIR))
    return not Upload.objects.exists() and not any(list(folder.iterdir()) for folder in folders)


def test_one_file_is_taken_in_for_a_new_deployment(send_files, engineer, workspace):
    response = send_files([("server.pem", CONTENT)])

    upload = Upload.objects.get()
    assert (response.status_code, response.json()) == (201, {"location": reverse("triage:progress", args=[upload.pk])})
    assert (upload.state, upload.uploaded_by) == (State.QUEUED, engineer)
    assert upload.sent_at is not None
    assert (upload.deployment.workspace, upload.deployment.name) == (workspace, "server.pem")
    assert list(upload.files.values_list("number", "name", "size")) == [(0, "server.pem", len(CONTENT))]
    assert (upload.spool / "0").read_bytes() == CONTENT


def test_a_form_without_scripts_leads_to_the_progress(send_files):
    response = send_files([("server.pem", CONTENT)], json=False)

    assert response.status_code == 302
    assert response["Location"] == reverse("triage:progress", args=[Upload.objects.get().pk])


def test_several_files_keep_their_order_and_content(send_files):
    files = [(f"file-{number}.pem", b"content %d" % number) for number in range(30)]

    send_files(files)

    upload = Upload.objects.get()
    assert names() == [name for name, _ in files]
    assert [(upload.spool / str(number)).read_bytes() for number in range(30)] == [content for _, content in files]


def test_a_folder_keeps_its_shape(send_files):
    paths = ["estate/expc1/server.pem", "estate/expc2/server.pem", "estate/inventory.yaml"]

    send_files([(path.rpartition("/")[2], CONTENT) for path in paths], paths=paths)

    assert names() == paths
    assert Upload.objects.get().deployment.name == paths[0]


def test_paths_that_do_not_match_the_files_are_not_believed(send_files):
    send_files([("a.pem", CONTENT), ("b.pem", CONTENT)], paths=["only/one.pem"])

    assert names() == ["a.pem", "b.pem"]


def test_files_of_one_name_are_told_apart(send_files):
    send_files([("server.pem", b"1"), ("server.pem", b"2"), ("SERVER.PEM", b"3"), ("server (2).pem", b"4")])

    assert names() == ["server.pem", "server (2).pem", "SERVER (3).PEM", "server (2) (2).pem"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/shadow", "etc/shadow"),
        ("D:\\exports\\of me\\server.pem", "D:/exports/of me/server.pem"),
        ("a/./b//c.pem", "a/b/c.pem"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\nc\x1b[31m.pem", "a�b�c�[31m.pem"),
        ("invoice\u202efdp.pem", "invoice�fdp.pem"),
        ("x" * 900 + ".pem", "x" * 396 + ".pem"),
        ("日本語/証明書.pem", "日本語/証明書.pem"),
        ("<img src=x onerror=alert(1)>.pem", "<img src=x onerror=alert(1)>.pem"),
        ("lone\udc80surrogate.pem", "lone�surrogate.pem"),
    ],
)
def test_a_hostile_name_is_only_ever_shown(path, shown):
    assert naming.unique_names([path]) == [shown]


def test_names_never_outgrow_their_column_and_stay_different():
    long = ["x" * 900 + ".pem"] * 12 + ["x." + "y" * 900] * 3

    found = naming.unique_names(long)

    assert len(set(found)) == 15
    assert max(map(len, found)) <= naming.LONGEST_NAME


def test_a_hostile_name_reaches_nothing_outside_of_the_spool(send_files, empty_spool):
    send_files([("passwd", CONTENT), ("x", CONTENT)], paths=["../../../../etc/passwd", "/x"])

    upload = Upload.objects.get()
    assert [path.name for path in empty_spool.iterdir()] == [str(upload.pk)]
    assert sorted(path.name for path in upload.spool.iterdir()) == ["0", "1"]


@pytest.mark.parametrize("way", ["browser", "service", "sample"])
def test_the_spool_is_open_to_its_owner_alone(way, send_files, desk, door):
    if way == "browser":
        send_files([("server.pem", CONTENT)])
    elif way == "service":
        desk.hand_over({"server.pem": CONTENT})
    else:
        door.post(reverse("intake:sample"))

    spool = Upload.objects.get().spool
    assert stat.S_IMODE(spool.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in spool.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["EXPCERT_SPOOL_DIR", "FILE_UPLOAD_TEMP_DIR"])
def test_the_folders_that_files_pass_through_are_private(name):
    assert stat.S_IMODE(Path(getattr(settings, name)).stat().st_mode) == 0o700


def test_further_files_go_to_the_deployment_that_is_named(send_files, deployment):
    send_files([("server.pem", CONTENT)], deployment=str(deployment.pk))

    assert Upload.objects.get().deployment == deployment
    assert Deployment.objects.count() == 1


def test_a_new_deployment_may_be_given_a_name(send_files):
    send_files([("server.pem", CONTENT)], name="  Example Corp, Berlin ")

    assert Deployment.objects.get().name == "Example Corp, Berlin"


@pytest.mark.parametrize("wrong", ["not-an-id", "00000000-0000-4000-8000-000000000000"])
def test_a_deployment_that_is_not_there_is_refused(send_files, wrong):
    response = send_files([("server.pem", CONTENT)], deployment=wrong)

    assert response.status_code == 400
    assert "deployment" in response.json()["error"]
    assert not Upload.objects.exists()


def test_a_deployment_of_another_workspace_is_as_one_that_is_not_there(send_files, engineer):
    elsewhere = Workspace.objects.create(name="Zoo")  # after the other by name, so not the one in use
    foreign = Deployment.objects.create(workspace=elsewhere, name="theirs")
    absent = send_files([("server.pem", CONTENT)], deployment="00000000-0000-4000-8000-000000000000").json()

    assert send_files([("server.pem", CONTENT)], deployment=str(foreign.pk)).json() == absent
    Membership.objects.create(user=engineer, workspace=elsewhere, role="engineer")
    assert send_files([("server.pem", CONTENT)], deployment=str(foreign.pk)).json() == absent
    assert nothing_is_left()


@pytest.fixture
def zoo(engineer) -> Workspace:
    """Another workspace of the same person; the one in use is the first by name."""
    workspace = Workspace.objects.create(name="Zoo")
    Membership.objects.create(user=engineer, workspace=workspace, role="engineer")
    return workspace


def test_files_go_to_the_workspace_of_the_page_and_not_to_the_one_that_another_tab_has_opened(
    send_files, door, workspace, zoo
):
    page = door.get(reverse("triage:workspace")).content.decode()
    assert f'name="workspace" value="{workspace.pk}"' in page
    door.post(reverse("accounts:open", args=[zoo.pk]))

    send_files([("server.pem", CONTENT)], workspace=str(workspace.pk))

    assert Upload.objects.get().deployment.workspace == workspace


def test_the_sample_too_is_opened_in_the_workspace_of_the_page(door, workspace, zoo):
    door.post(reverse("accounts:open", args=[zoo.pk]))

    door.post(reverse("intake:sample"), {"workspace": str(workspace.pk)})

    assert Deployment.objects.get().workspace == workspace


def test_a_deployment_is_looked_for_in_the_workspace_of_the_page(send_files, deployment, zoo):
    assert send_files([("a.pem", CONTENT)], workspace=str(zoo.pk), deployment=str(deployment.pk)).status_code == 400
    assert nothing_is_left()


@pytest.mark.parametrize("wrong", ["not-an-id", "00000000-0000-4000-8000-000000000000", "theirs"])
def test_a_workspace_that_is_not_there_or_not_ones_own_takes_no_files(send_files, wrong):
    theirs = Workspace.objects.create(name="theirs")

    response = send_files([("a.pem", CONTENT)], workspace=str(theirs.pk) if wrong == "theirs" else wrong)

    assert response.status_code == 404
    assert nothing_is_left()


def test_a_viewer_of_the_workspace_of_the_page_may_not_upload_there(send_files, engineer, zoo):
    Membership.objects.filter(user=engineer, workspace=zoo).update(role="viewer")

    assert send_files([("a.pem", CONTENT)], workspace=str(zoo.pk)).status_code == 403
    assert nothing_is_left()


def test_two_thousand_files_of_one_name_are_told_apart_in_no_time():
    started = time.process_time()

    found = naming.unique_names(["server.pem"] * 2_000)

    assert (len(set(found)), found[-1]) == (2_000, "server (2000).pem")
    assert time.process_time() - started < 1


def test_what_takes_time_is_done_before_the_database_is_held(door, send_files, monkeypatch):
    """On SQLite a transaction stops every other writer from its first moment."""
    held = []
    for module, name in ((services, "unique_names"), (services, "sample_files")):
        real = getattr(module, name)

        def noted(*args: object, real=real):
            held.append(len(connection.savepoint_ids))
            return real(*args)

        monkeypatch.setattr(module, name, noted)
    outside = len(connection.savepoint_ids)

    send_files([("server.pem", CONTENT)])
    door.post(reverse("intake:sample"))

    assert held == [outside, outside]


@pytest.mark.parametrize("name", ["x" * 201, "nul\x00"])
def test_a_name_that_cannot_be_one_is_refused_in_words_about_the_name(send_files, name):
    response = send_files([("server.pem", CONTENT)], name=name)

    assert response.status_code == 400
    assert "name" in response.json()["error"]
    assert nothing_is_left()


def test_no_file_is_refused(door):
    response = door.post(reverse("intake:receive"), {}, headers={"accept": "application/json"})

    assert response.status_code == 400
    assert "No file was chosen" in response.json()["error"]


def test_a_refusal_is_told_on_the_page_where_there_are_no_scripts(door):
    response = door.post(reverse("intake:receive"), {}, follow=True)

    assert response.status_code == 200
    assert "No file was chosen" in response.content.decode()


def test_an_empty_file_is_taken_and_left_to_the_reader(send_files):
    assert send_files([("empty.pem", b"")]).status_code == 201
    assert Upload.objects.get().files.get().size == 0


def test_what_is_announced_as_too_large_is_refused_unread(door, monkeypatch, settings):
    settings.EXPCERT_UPLOAD_MAX_BYTES = 1000
    monkeypatch.setattr(wsgi.WSGIRequest, "read", lambda *_: pytest.fail("the body was read"))

    response = door.post(
        reverse("intake:receive"), b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="1001"
    )

    assert response.status_code == 302
    assert nothing_is_left()


def test_too_large_is_said_in_a_unit_that_people_use(send_files, settings):
    settings.EXPCERT_UPLOAD_MAX_BYTES = 2048

    response = send_files([("server.pem", b"x" * 4096)])

    assert response.status_code == 413
    assert "2.0\xa0KB" in response.json()["error"]
    assert nothing_is_left()


def test_a_body_that_is_longer_than_announced_is_stopped_while_it_arrives(send_files, settings, monkeypatch):
    """As where a server in front does not hold a request to its length."""
    settings.EXPCERT_UPLOAD_MAX_BYTES = 300_000
    monkeypatch.setattr(views, "_announced", lambda request: 10)

    response = send_files([("small.pem", CONTENT), ("large.pem", b"x" * 200_000), ("more.pem", b"x" * 200_000)])

    assert response.status_code == 413
    assert nothing_is_left()


def test_the_bound_counts_all_files_of_a_request_together(settings):
    settings.EXPCERT_UPLOAD_MAX_BYTES = 100
    handler = BoundedUploadHandler(RequestFactory().post("/"))
    for _ in range(2):
        handler.new_file("files", "f", "application/octet-stream", 0)
        handler.receive_data_chunk(b"x" * 50, 0)
        handler.file.close()
    assert not handler.too_large

    handler.new_file("files", "f", "application/octet-stream", 0)
    with pytest.raises(StopUpload):
        handler.receive_data_chunk(b"x", 0)
    handler.file.close()

    assert handler.too_large


@pytest.mark.parametrize("length", ["", "-5", "a lot", "9" * 30])
def test_a_length_that_is_none_is_an_answer_and_no_failure(door, length):
    response = door.post(
        reverse("intake:receive"), b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=length
    )

    assert response.status_code in (302, 400)
    assert nothing_is_left()


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_body_that_breaks_off_leaves_nothing_behind(door, cut):
    boundary = "edge"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="server.pem"\r\n\r\n'.encode()
        + b"x" * 50_000
        + f"\r\n--{boundary}--\r\n".encode()
    )

    response = door.generic(
        "POST",
        reverse("intake:receive"),
        body[: int(len(body) * cut)],
        content_type=f"multipart/form-data; boundary={boundary}",
    )

    assert response.status_code < 500
    assert not list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())


def test_a_large_folder_is_taken_in_one_go(send_files):
    files = [(f"{number}.pem", CONTENT) for number in range(1_100)]

    response = send_files(files, paths=[f"estate/{name}" for name, _ in files])

    assert response.status_code == 201
    assert Upload.objects.get().files.count() == 1_100


def test_too_many_files_are_refused_in_words(send_files, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 5

    response = send_files([(f"{number}.pem", CONTENT) for number in range(6)])

    assert response.status_code == 413
    assert "more than 5 files" in response.json()["error"]
    assert nothing_is_left()


def test_an_upload_without_the_token_of_the_form_is_refused(engineer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(engineer)
    page = client.get(reverse("triage:workspace"))
    files = {"files": io.BytesIO(CONTENT)}

    assert client.post(reverse("intake:receive"), files).status_code == 403
    assert nothing_is_left()

    token = str(page.context["csrf_token"])
    by_header = client.post(reverse("intake:receive"), {"files": io.BytesIO(CONTENT)}, headers={"x-csrftoken": token})
    by_field = client.post(reverse("intake:receive"), {"files": io.BytesIO(CONTENT), "csrfmiddlewaretoken": token})
    assert (by_header.status_code, by_field.status_code) == (302, 302)
    assert Upload.objects.count() == 2


def test_a_failure_while_files_are_moved_leaves_neither_rows_nor_files(send_files, door, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool.os, "replace", full)
    door.raise_request_exception = False

    assert send_files([("server.pem", CONTENT)]).status_code == 500
    assert not Upload.objects.exists()
    assert not Deployment.objects.exists()
    assert not list(Path(settings.EXPCERT_SPOOL_DIR).iterdir())


def test_the_sample_is_opened_as_a_deployment_of_its_own(door, workspace):
    response = door.post(reverse("intake:sample"))

    upload = Upload.objects.get()
    assert response["Location"] == reverse("triage:progress", args=[upload.pk])
    assert upload.deployment.is_sample
    assert upload.files.count() == len(list(upload.spool.iterdir())) == 6


@pytest.mark.django_db
def test_a_form_that_wants_no_file_takes_none(client, settings):
    response = client.post(
        reverse("account_login"), {"login": "x", "password": "y", "files": SimpleUploadedFile("a.bin", b"x" * 100_000)}
    )

    assert response.status_code < 500
    assert not list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())
