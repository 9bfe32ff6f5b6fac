"""Links: how they are made, what is stored of them, when they open and when they do not."""

import base64
import hashlib
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from expcert.sharing import services
from expcert.sharing.models import Redaction, ShareLink
from expcert.triage.models import Diagnosis
from tests.expcert.sharing.conftest import PAGES

SECOND = timedelta(seconds=1)


def everything_stored() -> str:
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            parts += [str(row) for row in cursor.fetchall()]
    return "\n".join(parts)


def bare(response) -> tuple[int, bytes, dict[str, str]]:
    """What somebody without an account can tell of an answer, but for the id that every answer has."""
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    return response.status_code, response.content, headers


def test_a_token_is_32_bytes_of_chance(share):
    tokens = {share().token for _ in range(20)}

    assert len(tokens) == 20
    assert all(len(base64.urlsafe_b64decode(token + "=")) == 32 for token in tokens)


def test_of_a_token_its_digest_is_stored_and_nothing_else(share):
    made = share()

    assert made.link.token_sha256 == hashlib.sha256(made.token.encode()).hexdigest()
    assert made.token not in everything_stored()


def test_a_link_opens_without_an_account_and_leaves_no_session(share, open_link):
    response = open_link(share().token)

    assert response.status_code == 200
    assert settings.SESSION_COOKIE_NAME not in response.cookies


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(share, open_link, page):
    assert open_link(share().token, page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_unknown_expired_and_revoked_links_are_answered_alike(share, open_link, desk, page):
    expired, revoked = share(), share()
    ShareLink.objects.filter(pk=expired.link.pk).update(expires_at=timezone.now() - SECOND)
    services.revoke(revoked.link, request=desk.request())

    unknown = open_link("A" * 43, page)

    assert unknown.status_code == 404
    for token in (expired.token, revoked.token, "x", "A" * 500, revoked.token.lower()):
        assert bare(open_link(token, page)) == bare(unknown)


def test_a_link_opens_to_the_second_in_which_it_expires(share):
    link = share().link

    assert link.opens_at(link.expires_at - SECOND)
    assert not link.opens_at(link.expires_at)
    assert not link.opens_at(link.expires_at + SECOND)


def test_a_revoked_link_does_not_open_however_long_it_had(share, desk):
    link = share(days=30).link
    services.revoke(link, request=desk.request())
    first = ShareLink.objects.get().revoked_at

    services.revoke(ShareLink.objects.get(), request=desk.request())

    link.refresh_from_db()
    assert not link.opens
    assert link.revoked_at == first


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("opens", [True, False])
def test_nothing_on_the_way_keeps_or_passes_on_a_shared_page(share, open_link, page, opens):
    response = open_link(share().token if opens else "A" * 43, page)

    assert response["Cache-Control"] == "private, no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_shared_page_is_only_read(client, share, page, method):
    assert getattr(client, method)(f"/s/{share().token}/{page}").status_code in (403, 405)


def test_an_opening_and_a_download_are_counted_and_a_further_page_is_not(share, open_link):
    made = share()
    assert (made.link.opened, made.link.last_opened_at) == (0, None)

    for page in ("", "trust/", "zones/", "", "report.json"):
        open_link(made.token, page)

    made.link.refresh_from_db()
    assert made.link.opened == 3
    assert made.link.last_opened_at is not None


def test_a_link_that_does_not_open_counts_nothing(share, open_link, desk):
    made = share()
    services.revoke(made.link, request=desk.request())

    open_link(made.token)

    made.link.refresh_from_db()
    assert made.link.opened == 0


@pytest.mark.parametrize("days", [1, 90])
def test_a_link_lives_as_long_as_was_asked_for(share, days):
    made = share(days=days)

    assert abs(made.link.expires_at - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.parametrize("days", [0, -1, 91])
def test_a_link_does_not_live_longer_than_the_administrator_allows(share, days):
    with pytest.raises(services.CannotShare):
        share(days=days)

    assert not ShareLink.objects.exists()


def test_a_diagnosis_that_is_not_finished_cannot_be_shared(share, deployment):
    with pytest.raises(services.CannotShare):
        share(of=Diagnosis.objects.create(deployment=deployment))


def test_deleting_the_diagnosis_ends_its_links(share, open_link, diagnosis):
    token = share().token

    diagnosis.delete()

    assert open_link(token).status_code == 404


# The page where links are made


@pytest.fixture
def links_page(client_of, desk, diagnosis):
    client, address = client_of(desk.user), reverse("sharing:links", args=[diagnosis.pk])

    def ask(**data: object):
        return client.post(address, data) if data else client.get(address)

    return ask


def test_the_address_of_a_new_link_is_shown_this_once(links_page, open_link):
    text = links_page(days=7, redaction="nothing", note="for support").content.decode()
    token = re.search(r"http://testserver/s/([\w-]{43})/", text)[1]

    assert open_link(token).status_code == 200
    assert token not in links_page().content.decode()
    link = ShareLink.objects.get()
    assert (link.note, link.created_by.username) == ("for support", "engineer")
    assert "for support" in links_page().content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 0, "redaction": "nothing"},
        {"days": 91, "redaction": "nothing"},
        {"days": "many", "redaction": "nothing"},
        {"days": 7, "redaction": "everything"},
        {"days": 7},
        {"days": 7, "redaction": "nothing", "note": "x" * 201},
    ],
    ids=["no-day", "too-long", "no-number", "unknown", "none", "long-note"],
)
def test_a_form_that_is_wrong_makes_no_link_and_is_shown_again(links_page, wrong):
    response = links_page(**wrong)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert not ShareLink.objects.exists()


def test_the_ceiling_of_days_is_that_of_the_settings(links_page, settings):
    settings.EXPCERT_SHARE_MAX_DAYS = 3

    assert 'max="3"' in links_page().content.decode()
    assert links_page().context["form"]["days"].initial == 3
    links_page(days=4, redaction="nothing")
    assert not ShareLink.objects.exists()
    links_page(days=3, redaction="nothing")
    assert ShareLink.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_diagnosis_that_is_not_finished_has_no_links(client_of, engineer, deployment, method):
    row = Diagnosis.objects.create(deployment=deployment)

    response = getattr(client_of(engineer), method)(
        reverse("sharing:links", args=[row.pk]), {"days": 7, "redaction": "nothing"}
    )

    assert response.status_code == 404
    assert not ShareLink.objects.exists()


def test_revoking_ends_the_link_and_says_so(client_of, desk, share, open_link, diagnosis):
    made, client = share(), client_of(desk.user)

    response = client.post(reverse("sharing:revoke", args=[made.link.pk]), follow=True)

    assert response.redirect_chain[0][0] == reverse("sharing:links", args=[diagnosis.pk])
    assert "The link is revoked" in response.content.decode()
    assert open_link(made.token).status_code == 404


def test_the_list_of_links_takes_as_many_queries_for_many_as_for_one(client_of, desk, diagnosis, share):
    client, address = client_of(desk.user), reverse("sharing:links", args=[diagnosis.pk])
    counts = []
    for more in (1, 9):
        for _ in range(more):
            share()
        client.get(address)
        with CaptureQueriesContext(connection) as context:
            assert client.get(address).status_code == 200
        counts.append(len(context))

    assert counts[0] == counts[1] <= 9


@pytest.mark.parametrize("redaction", list(Redaction))
def test_a_shared_page_takes_two_queries_and_four_more_where_the_opening_is_kept(share, open_link, redaction):
    token = share(redaction=redaction).token
    for page, most in (("zones/", 2), ("", 6)):
        with CaptureQueriesContext(connection) as context:
            assert open_link(token, page).status_code == 200
        assert len(context) <= most, page
