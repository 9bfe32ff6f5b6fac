"""Links to the sample's diagnosis, and how somebody without an account opens them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.broken import sample_estate
from expcert.sharing import services
from expcert.sharing.models import Redaction
from expcert.sharing.services import NewLink

PAGES = ("", "trust/", "trust/0/", "zones/", "connections/", "files/", "report.json")


@pytest.fixture
def share(desk, diagnosis) -> Callable[..., NewLink]:
    def make(*, days: int = 7, redaction: Redaction = Redaction.NOTHING, note: str = "", of=None) -> NewLink:
        return services.share(of or diagnosis, request=desk.request(), days=days, redaction=redaction, note=note)

    return make


@pytest.fixture
def open_link() -> Callable:
    """Opens a page behind a token as somebody whom the product does not know."""

    def get(token: str, page: str = "", **headers: str):
        return Client(REMOTE_ADDR="203.0.113.5").get(f"/s/{token}/{page}", headers=headers)

    return get


@pytest.fixture
def with_addresses(desk, at: datetime):
    """A diagnosis in which addresses stand wherever they can: settings, names, log lines, certificates, file names."""
    plan = sample_estate(at)
    edge = plan.node("expe1.example.com")
    edge.identity["server"] = plan.authorities["public-issuing"].issue(
        common_name="198.51.100.21",
        dns=["expe1.example.com"],
        ips=["198.51.100.21", "2001:db8::21"],
        not_before=at - timedelta(days=3),
        not_after=at + timedelta(days=60),
    )
    zone = plan.zone("expc.example.com", "UC traversal")
    zone.peers = ["198.51.100.21", "2001:db8::22"]
    plan.extra_files["from-192.0.2.77/2001:db8::77/note.txt"] = b"nothing"
    upload = desk.hand_over(as_artefacts(plan), name="Estate at 192.0.2.200")
    return desk.diagnose(desk.read(upload).deployment)
