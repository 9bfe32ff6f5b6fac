"""What is kept out of the log and of error reports, beside what the lines themselves hold back."""

from __future__ import annotations

import logging
import sys

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.views.debug import ExceptionReporter


def test_an_error_report_of_django_shows_nothing_of_the_request():
    # Put together here, since a report does show the lines of the source.
    words = [f"hidden-{number}" for number in range(3)]
    request = RequestFactory().post("/uploads/new/", {"password": words[0]}, HTTP_COOKIE=f"session={words[1]}")
    try:
        local = words[2]
        raise ValueError(len(local))
    except ValueError:
        report = ExceptionReporter(request, *sys.exc_info())
        text = report.get_traceback_text() + report.get_traceback_html()
    assert "ValueError" in text
    assert [word for word in (*words, settings.SECRET_KEY) if word in text] == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_health_checks_write_no_line(client, caplog: pytest.LogCaptureFixture, path: str):
    caplog.set_level(logging.INFO, logger="expcert.requests")
    client.get(path)
    client.get("/account/sign-in/")
    messages = [record.getMessage() for record in caplog.records if record.name == "expcert.requests"]
    assert [message.split()[1] for message in messages] == ["/account/sign-in/"]
