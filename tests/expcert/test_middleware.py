"""What every request passes through: whom to believe, the id, who must sign in, and what may be kept."""

import logging
import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path, reverse

from expcert.env import Environment
from expcert.middleware import PrivateByDefaultMiddleware, RequestIdMiddleware, TrustedProxyMiddleware, within

FORWARDED = {
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "444",
    "X-Request-ID": "forged-request-id",
}
PROXY = Environment({"PROXY": "10.0.0.0/8, 2001:db8::5"}).networks("PROXY")


def passed_on(address: str, **headers: str):
    """The request as the next middleware sees it."""
    seen = []

    def answer(request):
        seen.append(request)
        return HttpResponse()

    request = RequestFactory().get("/", headers=headers or FORWARDED)
    request.META["REMOTE_ADDR"] = address
    TrustedProxyMiddleware(answer)(request)
    return seen[0]


@pytest.fixture
def behind_a_proxy(settings):
    settings.EXPCERT_TRUSTED_PROXY = PROXY


def test_without_a_proxy_nobody_is_believed():
    request = passed_on("127.0.0.1")

    assert request.META["REMOTE_ADDR"] == "127.0.0.1"
    assert not {name for name in request.headers if name in FORWARDED}
    assert not request.is_secure()


@pytest.mark.usefixtures("behind_a_proxy")
def test_whoever_is_not_the_proxy_is_not_believed():
    request = passed_on("192.0.2.1")

    assert request.META["REMOTE_ADDR"] == "192.0.2.1"
    assert not {name for name in request.headers if name in FORWARDED}


@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize("proxy", ["10.1.2.3", "2001:db8::5"])
def test_the_proxy_is_believed(proxy):
    request = passed_on(proxy)

    assert request.META["REMOTE_ADDR"] == "198.51.100.7"
    assert request.is_secure()
    assert request.headers["X-Request-ID"] == "forged-request-id"
    assert "X-Forwarded-For" not in request.headers


@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize(
    ("chain", "visitor"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.99, 198.51.100.7", "198.51.100.7"),  # the first may be anybody's word
        ("203.0.113.99, 198.51.100.7, 10.0.0.9", "198.51.100.7"),
        ("10.0.0.8, 10.0.0.9", "10.0.0.8"),
        ("not-an-address", "10.1.2.3"),
        ("198.51.100.7, not-an-address", "10.1.2.3"),
        ("198.51.100.7, not-an-address, 10.0.0.9", "10.0.0.9"),
        ("", "10.1.2.3"),
        (" , ,", "10.1.2.3"),
        ("2001:db8::77", "2001:db8::77"),
        ("198.51.100.7:4711", "10.1.2.3"),
    ],
)
def test_the_visitor_is_the_last_address_that_no_proxy_of_ours_has(chain, visitor):
    assert passed_on("10.1.2.3", **{"X-Forwarded-For": chain}).META["REMOTE_ADDR"] == visitor


@pytest.mark.parametrize("address", ["", "unix:", "10.0.0.300", "::ffff:"])
def test_what_is_no_address_is_in_no_network(address):
    assert not within(address, PROXY)


def test_every_answer_has_an_id_of_its_own(client):
    ids = [client.get("/healthz")["X-Request-ID"] for _ in range(5)]

    assert len(set(ids)) == 5
    assert all(re.fullmatch("[0-9a-f]{16}", identity) for identity in ids)


@pytest.mark.parametrize("offered", ["short", "x" * 65, "with space in it", "new\u2028line-here", "a;b;c;d;e", ""])
def test_an_id_that_could_spoil_the_log_is_not_taken_over(offered):
    request = RequestFactory().get("/")
    request.META["HTTP_X_REQUEST_ID"] = offered

    response = RequestIdMiddleware(lambda request: HttpResponse())(request)

    assert response["X-Request-ID"] != offered


def test_an_id_of_the_proxy_is_taken_over():
    request = RequestFactory().get("/", headers={"X-Request-ID": "proxy-4711.a_b"})

    assert RequestIdMiddleware(lambda request: HttpResponse())(request)["X-Request-ID"] == "proxy-4711.a_b"


def test_a_request_leaves_one_line_without_its_query(client, db, caplog):
    caplog.set_level(logging.INFO, "expcert.requests")

    client.get("/account/sign-in/?next=/secret-place/")
    client.get("/healthz")
    client.get("/readyz")

    (record,) = [record for record in caplog.records if record.name == "expcert.requests"]
    assert re.fullmatch(r"GET /account/sign-in/ 200 \d+ ms", record.getMessage())


@pytest.mark.parametrize(
    ("said", "kept"), [("", "private, no-store"), ("max-age=60, public", "max-age=60, public")], ids=["nothing", "own"]
)
def test_a_page_is_kept_by_nobody_unless_it_says_otherwise(said, kept):
    def answer(request):
        return HttpResponse(headers={"Cache-Control": said} if said else {})

    response = PrivateByDefaultMiddleware(answer)(RequestFactory().get("/"))

    assert sorted(response["Cache-Control"].split(", ")) == sorted(kept.split(", "))


@pytest.mark.django_db  # closing the answer looks at the connection
def test_what_is_static_may_be_kept(client):
    response = client.get("/static/css/base.css")

    response.close()
    assert response.status_code == 200
    assert "no-store" not in response["Cache-Control"]


@pytest.mark.django_db
def test_every_page_forbids_what_pages_do_not_need(client):
    response = client.get(reverse("account_login"))

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_refused(client):
    assert client.get("/account/sign-in/", headers={"host": "evil.example"}).status_code == 400


# A view that nobody marked


def forgotten(request):
    return HttpResponse("the customer's estate")


urlpatterns = [path("forgotten/", forgotten), path("", include("expcert.urls"))]


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_a_view_that_nobody_thought_about_asks_for_a_sign_in(client_of, viewer):
    stranger = Client()

    response = stranger.get("/forgotten/")
    assert response.status_code == 302
    assert response["Location"] == f"{reverse(settings.LOGIN_URL)}?next=/forgotten/"
    assert stranger.get("/forgotten/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert client_of(viewer).get("/forgotten/").content == b"the customer's estate"


# A form that was open when the session ended


@pytest.fixture
def signed_out(client_of, viewer):
    """A browser whose session has ended on the server; its cookie is still there."""
    browser = client_of(viewer)
    browser.session.delete()
    return browser


@pytest.mark.django_db
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page_and_says_that_nothing_was_done(signed_out):
    page = "http://testserver/deployments/7/?page=2"

    response = signed_out.post(reverse("intake:sample"), headers={"referer": page})

    assert response["Location"] == f"{reverse(settings.LOGIN_URL)}?next=/deployments/7/%3Fpage%3D2"
    assert "what you sent was not done" in signed_out.get(response["Location"]).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "referer", ["", "https://evil.example/page", "//evil.example", "javascript:alert(1)", "nonsense["]
)
def test_where_the_page_of_the_form_is_not_known_it_leads_to_the_start(signed_out, referer):
    response = signed_out.post(reverse("intake:sample"), headers={"referer": referer} if referer else {})

    assert response["Location"] == f"{reverse(settings.LOGIN_URL)}?next=/"


@pytest.mark.django_db
def test_a_stranger_who_sends_a_form_leaves_no_session_behind():
    Client().post(reverse("intake:sample"))

    assert not Session.objects.exists()


@pytest.mark.django_db
def test_too_many_attempts_to_sign_in_are_told_on_a_page_of_ours(client):
    for _ in range(40):
        response = client.post(reverse(settings.LOGIN_URL), {"login": "nobody", "password": "wrong"})
        if response.status_code == 429:
            break

    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()
    assert "<header" in response.content.decode()
