"""The page for our own failures."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseServerError
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token

from expcert import logs


@login_not_required
@requires_csrf_token
def our_failure(request: HttpRequest) -> HttpResponseServerError:
    """Says that it is our fault, with the id under which the log has the reason; asks nothing of the database."""
    page = loader.get_template("500.html")
    return HttpResponseServerError(page.render({"request_id": logs.request_id.get()}))
