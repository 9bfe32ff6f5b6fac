"""What a person sees when a page is not there, is forbidden, or fails through our own fault."""

import logging

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.debug import get_exception_reporter_filter

from expcert.logs import ContextFilter

SECRET = "the-secret-in-the-local-variable"


def explode(*_: object, **__: object) -> None:
    secret = SECRET  # noqa: F841  (a report of the error may show local variables)
    raise RuntimeError("details of the failure")


@pytest.fixture
def failing(client_of, engineer, monkeypatch) -> Client:
    monkeypatch.setattr("expcert.triage.views.workspace_for", explode)
    client = client_of(engineer)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("address", ["/no/such/page/", "/s/", "/diagnoses/1/", "/static/no-such-file.css"])
def test_an_address_that_is_not_there(client_of, engineer, address):
    response = client_of(engineer).get(address)

    assert response.status_code == 404
    assert "Traceback" not in response.content.decode()


def test_the_page_that_is_not_there_says_so_and_leads_back(client_of, engineer):
    response = client_of(engineer).get("/no/such/page/")

    assert "There is nothing here" in response.content.decode()
    assert 'href="/"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_our_own_failure_shows_the_id_to_report(failing):
    response = failing.get(reverse("triage:workspace"))

    assert response["X-Request-ID"] in response.content.decode()


def test_our_own_failure_gives_no_detail(failing, caplog):
    caplog.set_level(logging.INFO)

    response = failing.get(reverse("triage:workspace"))

    text = response.content.decode()
    assert response.status_code == 500
    assert "That is our fault" in text
    assert response["X-Request-ID"]
    for detail in ("details of the failure", "RuntimeError", "Traceback", SECRET, "expcert/", ".py"):
        assert detail not in text
    assert "details of the failure" in caplog.text


def test_the_id_on_the_page_is_the_one_in_the_log(failing, caplog):
    caplog.handler.addFilter(context := ContextFilter())
    try:
        response = failing.get(reverse("triage:workspace"))
    finally:
        caplog.handler.removeFilter(context)

    errors = [record for record in caplog.records if record.exc_info]
    assert errors
    assert {record.request_id for record in errors} == {response["X-Request-ID"]}


def test_even_the_talkative_page_of_a_developer_shows_no_value(failing, settings):
    settings.DEBUG = True

    text = failing.get(reverse("triage:workspace"), {"q": "typed-by-somebody"}).content.decode()

    assert "RuntimeError" in text
    assert settings.SECRET_KEY not in text
    assert failing.cookies[settings.SESSION_COOKIE_NAME].value not in text


def test_error_reports_show_neither_settings_nor_values():
    request = RequestFactory().post("/", {"password": SECRET}, headers={"cookie": f"session={SECRET}"})
    found = get_exception_reporter_filter(request)

    assert type(found).__name__ == "NothingShown"
    assert found.is_active(request)
    assert not list(found.get_traceback_frame_variables(request, None))
    for shown in (
        found.get_safe_settings(),
        found.get_safe_request_meta(request),
        found.get_safe_cookies(request),
        found.get_post_parameters(request),
    ):
        assert shown == {}


def test_a_form_without_its_token_is_explained(engineer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(engineer)

    response = client.post(reverse("intake:sample"))

    assert response.status_code == 403
    assert "DEBUG" not in response.content.decode()


def test_a_role_that_is_too_low_is_explained(client_of, viewer):
    response = client_of(viewer).post(reverse("intake:sample"))

    assert response.status_code == 403
    assert "<html" in response.content.decode()


@pytest.mark.parametrize("address", ["/account/sign-in/", "/healthz"])
def test_a_page_that_a_stranger_may_see_gives_nothing_away(client, db, address):
    text = client.get(address).content.decode()

    for word in (str(settings.DATA_DIR), "sqlite", "Django", "celery"):
        assert word.casefold() not in text.casefold()
