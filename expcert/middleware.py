"""What every request passes through before and after the apps."""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from expcert import logs
from expcert.env import Network

Answer = Callable[[HttpRequest], HttpResponse]

log = logging.getLogger("expcert.requests")

ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
FORWARDED_HEADERS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_REQUEST_ID",
)
# Asked every few seconds by machines; a line for each would bury the rest.
QUIET_PATHS = frozenset({"/healthz", "/readyz"})


def within(address: str, networks: Iterable[Network]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)


class TrustedProxyMiddleware:
    """Believes `X-Forwarded-*` and `X-Request-ID` from the proxies of EXPCERT_TRUSTED_PROXY, and drops them from others.

    Afterwards REMOTE_ADDR is the visitor's address, which the sign-in limits and the audit trail count on.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.trusted: list[Network] = settings.EXPCERT_TRUSTED_PROXY

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if within(request.META.get("REMOTE_ADDR", ""), self.trusted):
            request.META["REMOTE_ADDR"] = self.visitor(request)
            request.META.pop("HTTP_X_FORWARDED_FOR", None)
        else:
            for header in FORWARDED_HEADERS:
                request.META.pop(header, None)
        return self.get_response(request)

    def visitor(self, request: HttpRequest) -> str:
        """The last address in the chain that is not one of our proxies: what stands before it, anyone can write."""
        peer = str(request.META["REMOTE_ADDR"])
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        for address in reversed(chain):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                return peer
            if not within(address, self.trusted):
                return address
            peer = address
        return peer


class RequestIdMiddleware:
    """Gives every request an id, for its log lines and for the person who reports an error, and logs its end."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.META.get("HTTP_X_REQUEST_ID", "")
        identity = offered if ACCEPTED_ID.fullmatch(offered) else secrets.token_hex(8)
        token = logs.request_id.set(identity)
        started = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = identity
            if request.path not in QUIET_PATHS:
                spent = (time.monotonic() - started) * 1000
                log.info("%s %s %d %.0f ms", request.method, request.path, response.status_code, spent)
            return response
        finally:
            logs.request_id.reset(token)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's, which asks for a sign-in on every view that is not marked otherwise, with a word for htmx.

    A fragment that polls after the session ended must not draw the sign-in page into its place: the whole page reloads,
    and is sent to sign in itself. A form that was sent after it ended cannot be sent again by signing in: that leads back
    to the page on which the form stood, and says that nothing was done.
    """

    def handle_no_permission(  # type: ignore[override]  # the stubs name the one class that Django itself returns
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        if request.headers.get("HX-Request") == "true":
            return HttpResponseClientRefresh()
        if request.method in ("GET", "HEAD", "OPTIONS", "TRACE"):
            return super().handle_no_permission(request, view_func)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:  # strangers leave no session behind
            messages.warning(
                request,
                _("You were signed out, so what you sent was not done. Sign in, look at it, and send it again."),
            )
        return redirect_to_login(
            page_of_form(request), self.get_login_url(view_func), self.get_redirect_field_name(view_func)
        )


def page_of_form(request: HttpRequest) -> str:
    """The path from which a form was sent, as the browser says; the start page where it says nothing, or lies."""
    sent_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(sent_from, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(sent_from)
    if not parts.netloc:  # no browser sends a relative one
        return "/"
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


class PrivateByDefaultMiddleware:
    """No cache on the way, and no browser, keeps a page, unless the view says otherwise: these are customers' estates."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response
