"""Signing in and out, the limits on trying, and what the sessions are like. The counts are in the real cache."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from expcert.accounts import services
from expcert.accounts.models import AuditEvent, User

PASSWORD = "correct-horse-battery"
SIGN_IN = "/account/sign-in/"


@pytest.fixture
def somebody(person: Callable[..., User]) -> User:
    user = person("somebody", "engineer")
    user.set_password(PASSWORD)
    user.save()
    return user


def attempt(name: str, password: str, address: str = "192.0.2.1"):
    return Client(REMOTE_ADDR=address).post(SIGN_IN, {"login": name, "password": password})


def succeeded(response) -> bool:
    return response.status_code == 302 and settings.SESSION_COOKIE_NAME in response.cookies


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


def test_the_right_password_opens_a_session_and_leads_in(somebody):
    response = attempt("somebody", PASSWORD)

    assert succeeded(response)
    assert response["Location"] == reverse("accounts:home")


@pytest.mark.parametrize(
    ("name", "password"), [("somebody", "wrong"), ("nobody", PASSWORD), ("SOMEBODY'; --", PASSWORD), ("", "")]
)
def test_anything_else_does_not(somebody, name, password):
    response = attempt(name, password)

    assert response.status_code == 200
    assert settings.SESSION_COOKIE_NAME not in response.cookies
    assert PASSWORD not in response.content.decode()


def test_a_name_that_exists_and_one_that_does_not_are_answered_alike(somebody):
    known, unknown = (attempt(name, "wrong").content.decode() for name in ("somebody", "nobodyxx"))

    def bare(page: str, name: str) -> str:
        kept = [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]
        return "\n".join(kept).replace(name, "")

    assert bare(known, "somebody") == bare(unknown, "nobodyxx")


def test_a_person_who_was_switched_off_does_not_come_in(somebody):
    User.objects.filter(pk=somebody.pk).update(is_active=False)

    response = attempt("somebody", PASSWORD)

    assert not Session.objects.exists() or "_auth_user_id" not in Session.objects.get().get_decoded()
    assert response.status_code in (200, 302)


def test_a_session_lasts_a_working_day_and_its_cookie_is_out_of_reach_of_scripts(somebody):
    cookie = attempt("somebody", PASSWORD).cookies[settings.SESSION_COOKIE_NAME]

    assert int(cookie["max-age"]) == 8 * 3600
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert Session.objects.get().expire_date - timezone.now() <= timedelta(hours=8)


def test_the_session_is_a_new_one_after_signing_in(somebody):
    client = Client()
    client.get(SIGN_IN)
    session = client.session
    session["before"] = "set by somebody else"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key

    client.post(SIGN_IN, {"login": "somebody", "password": PASSWORD})

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != session.session_key


def test_signing_out_ends_the_session(somebody):
    client = Client()
    client.post(SIGN_IN, {"login": "somebody", "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

    client.post(reverse("account_logout"))

    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert client.get(reverse("triage:workspace")).status_code == 302
    assert verbs() == ["signed-in", "signed-out"]


def test_the_page_leads_back_to_where_one_was_going_but_to_no_other_host(somebody):
    for wanted, reached in (("/account/", "/account/"), ("https://elsewhere.example/", reverse("accounts:home"))):
        response = Client().post(SIGN_IN, {"login": "somebody", "password": PASSWORD, "next": wanted})
        assert response["Location"] == reached


def test_after_five_wrong_passwords_the_account_is_closed_for_a_while_even_to_the_right_one(somebody):
    for number in range(5):
        attempt("somebody", "wrong", address=f"192.0.2.{number}")

    assert not succeeded(attempt("somebody", PASSWORD, address="192.0.2.99"))


def test_four_wrong_passwords_close_nothing(somebody):
    for _ in range(4):
        attempt("somebody", "wrong")

    assert succeeded(attempt("somebody", PASSWORD))


def test_after_ten_failures_an_address_is_closed_for_every_account_and_another_address_is_not(somebody):
    for number in range(10):
        attempt(f"guess-{number}", "wrong", address="192.0.2.66")

    assert not succeeded(attempt("somebody", PASSWORD, address="192.0.2.66"))
    assert succeeded(attempt("somebody", PASSWORD, address="192.0.2.67"))


def test_the_limits_count_for_the_visitor_and_not_for_what_a_header_says(somebody):
    """No proxy is trusted here, so a forged X-Forwarded-For gives no fresh address."""
    for number in range(10):
        Client(REMOTE_ADDR="192.0.2.66").post(
            SIGN_IN, {"login": f"guess-{number}", "password": "wrong"}, headers={"x-forwarded-for": f"192.0.2.{number}"}
        )

    response = Client(REMOTE_ADDR="192.0.2.66").post(
        SIGN_IN, {"login": "somebody", "password": PASSWORD}, headers={"x-forwarded-for": "192.0.2.200"}
    )
    assert not succeeded(response)


def test_nobody_signs_up_and_no_password_is_sent_by_mail():
    for name in ("account_signup", "account_reset_password", "account_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_a_password_is_changed_by_whoever_knows_the_old_one(client, somebody):
    client.post(SIGN_IN, {"login": "somebody", "password": PASSWORD})
    new = "another-long-passphrase"

    wrong = client.post(
        reverse("account_change_password"), {"oldpassword": "wrong", "password1": new, "password2": new}
    )
    assert wrong.status_code == 200
    right = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )

    assert (right.status_code, right["Location"]) == (302, reverse("accounts:account"))
    assert succeeded(attempt("somebody", new))
    assert verbs().count("password-changed") == 1


@pytest.mark.parametrize("weak", ["too-short", "482910573826", "administrator", "somebody1234"])
def test_a_weak_password_is_not_taken(client, somebody, weak):
    client.post(SIGN_IN, {"login": "somebody", "password": PASSWORD})

    response = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
    )

    assert response.status_code == 200
    assert User.objects.get(pk=somebody.pk).check_password(PASSWORD)


def test_a_new_password_ends_the_sessions_of_the_old(somebody):
    client = Client()
    client.post(SIGN_IN, {"login": "somebody", "password": PASSWORD})
    assert client.get(reverse("accounts:account")).status_code == 200

    services.reset_password(User.objects.get(pk=somebody.pk))

    assert client.get(reverse("accounts:account")).status_code == 302


def test_passwords_are_kept_as_argon2_hashes(somebody):
    assert User.objects.get(pk=somebody.pk).password.startswith("argon2$argon2id$")
