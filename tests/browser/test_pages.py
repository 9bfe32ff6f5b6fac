"""How the pages look: nothing runs over the side, whatever the width and the names; no rule of WCAG 2.2 AA is broken."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.blueprint import ZonePlan
from diagnostics.samples.healthy import healthy

TABS = ("", "trust/", "trust/0/", "zones/", "connections/", "files/", "links/")
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
WIDTHS = (1280, 700, 400)
LONG_DOMAIN = "unified-communications.subsidiaryoftheholding.example.com"  # with a host, all that a common name holds
LONGEST = ".".join(["n" * 61, "a" * 61, "m" * 61, "e" * 61])  # 247 characters without a place to break


def upload(page: Page, address: str, files: list[tuple[str, bytes]]) -> str:
    """The address of the diagnosis that comes of it."""
    page.goto(address)
    page.get_by_label(re.compile("Drop files")).set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    )
    page.get_by_role("button", name="Upload and diagnose").click()
    page.wait_for_url("**/diagnoses/**")
    return page.url


def long_names() -> list[tuple[str, bytes]]:
    plan = healthy(at=datetime.now(UTC), domain=LONG_DOMAIN)
    plan.zone(plan.clusters[1].name, "UC traversal").verify_name = LONGEST
    plan.cluster(f"expc.{LONG_DOMAIN}").zones.append(
        ZonePlan(name="Zone" + "WithALongName" * 12, kind="traversal-client", port=7003, peers=[LONGEST])
    )
    plan.node(f"expc1.{LONG_DOMAIN}").trust["trusted-ca"].clear()
    return list(as_artefacts(plan).items())


def a_thousand_files() -> list[tuple[str, bytes]]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(1000):
            archive.writestr(f"screenshots/{number:04d}.txt", f"note {number}")
    return [("notes.zip", packed.getvalue()), ("empty.pem", b"")]


@pytest.fixture(scope="session")
def diagnoses(browser: Browser, server, signed_in) -> dict[str, str]:
    """Addresses of diagnoses by what they show."""
    context = browser.new_context(storage_state=signed_in)
    page = context.new_page()
    page.goto(server.address)
    page.get_by_role("button", name="Open the sample estate").click()
    page.wait_for_url("**/diagnoses/**")
    found = {
        "sample": page.url,
        "long names": upload(page, server.address, long_names()),
        "a thousand files": upload(page, server.address, a_thousand_files()),
        "healthy": upload(page, server.address, list(as_artefacts(healthy(at=datetime.now(UTC))).items())),
    }
    context.close()
    return found


def sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("what", ["sample", "long names", "a thousand files", "healthy"])
def test_no_page_runs_over_the_side(
    what: str, width: int, diagnoses: dict[str, str], context_with: Callable[..., BrowserContext], signed_in
) -> None:
    page = context_with(storage_state=signed_in, viewport={"width": width, "height": 900}).new_page()
    over = {}
    for tab in TABS:
        if what == "a thousand files" and tab == "trust/0/":
            continue  # there is no node to have a list
        page.goto(diagnoses[what] + tab)
        if sideways(page) > 0:
            over[tab] = sideways(page)
    assert over == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("what", ["sample", "long names"])
def test_no_rule_of_accessibility_is_broken(
    what: str, scheme: str, server, diagnoses, context_with: Callable[..., BrowserContext], signed_in
) -> None:
    page = context_with(storage_state=signed_in, color_scheme=scheme).new_page()
    broken = {}
    pages = [diagnoses[what] + tab for tab in TABS]
    for address in [
        *pages,
        f"{server.address}/overview/",
        f"{server.address}/workspaces/",
        f"{server.address}/account/",
    ]:
        page.goto(address)
        violations = Axe().run(page, options=WCAG).response["violations"]
        if violations:
            broken[address] = [(item["id"], [node["html"][:120] for node in item["nodes"][:3]]) for item in violations]
    assert broken == {}


@pytest.mark.parametrize("forced", ["none", "active"])
def test_the_sign_in_page_is_accessible_too(forced: str, server, context_with: Callable[..., BrowserContext]) -> None:
    page = context_with(forced_colors=forced).new_page()
    page.goto(server.address)
    assert Axe().run(page, options=WCAG).response["violations"] == []


def test_a_shared_page_is_accessible_and_fits(
    server, diagnoses, context_with: Callable[..., BrowserContext], signed_in
) -> None:
    own = context_with(storage_state=signed_in).new_page()
    own.goto(diagnoses["long names"] + "links/")
    own.get_by_role("button", name="Make the link").click()
    link = own.locator("#new-link").inner_text()
    for width in WIDTHS:
        page = context_with(viewport={"width": width, "height": 900}).new_page()
        page.goto(link)
        assert sideways(page) <= 0
        assert Axe().run(page, options=WCAG).response["violations"] == []


def test_no_template_holds_inline_script_or_style() -> None:
    """The content policy would refuse it in the browser, where only a person who opens that very page would see."""
    templates = Path(__file__).parents[2] / "templates"
    inline = re.compile(r"""\sstyle=|\son[a-z]+=["']|hx-on|<style|<script(?![^>]*\ssrc=)""")
    found = [path.name for path in templates.rglob("*.html") if inline.search(path.read_text(encoding="utf-8"))]
    assert found == []
