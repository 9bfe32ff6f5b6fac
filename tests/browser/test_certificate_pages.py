"""From the list of files to the CA certificates of a path, and away with them; readable at any width."""

import io
import zipfile
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography import x509
from playwright.sync_api import Browser, BrowserContext, Page

from diagnostics.samples.broken import WAITING_FILE

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PATH = "CA certificates of its path"


@pytest.fixture(scope="session")
def diagnosis(browser: Browser, server, signed_in) -> str:
    """The address of the sample's."""
    context = browser.new_context(storage_state=signed_in)
    page = context.new_page()
    page.goto(server.address)
    page.get_by_role("button", name="Open the sample estate").click()
    page.wait_for_url("**/diagnoses/**")
    address = page.url
    context.close()
    return address


def to_the_path(page: Page, diagnosis: str) -> None:
    """By the way that a person takes: the waiting renewal, the certificate in it, its path."""
    page.goto(f"{diagnosis}files/")
    row = page.get_by_role("row").filter(has_text=WAITING_FILE.rpartition("/")[2])
    row.locator("summary", has_text="certificate").first.click()
    row.get_by_role("link", name=PATH).first.click()
    page.get_by_role("heading", name="In the order of upload").wait_for()


def test_a_waiting_renewal_comes_with_its_file_converted_and_its_ca_certificates(page: Page, diagnosis: str) -> None:
    page.goto(f"{diagnosis}files/")
    row = page.get_by_role("row").filter(has_text=WAITING_FILE.rpartition("/")[2])
    with page.expect_download() as converted:
        row.get_by_role("link", name="Server certificate (PEM)").click()
    (host,) = x509.load_pem_x509_certificates(converted.value.path().read_bytes())

    to_the_path(page, diagnosis)
    with page.expect_download() as packed:
        page.get_by_role("link", name="Each as a file (zip)").click()
    with zipfile.ZipFile(io.BytesIO(packed.value.path().read_bytes())) as archive:
        names = archive.namelist()
        chain = [x509.load_pem_x509_certificate(archive.read(name)) for name in names]

    assert [name[:8] for name in names] == ["01-root-", "02-inter"]
    assert chain[0].subject == chain[0].issuer == chain[1].issuer
    host.verify_directly_issued_by(chain[1])


@pytest.mark.parametrize("width", [1280, 700, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_run_over_no_side_and_break_no_rule(
    width: int, scheme: str, diagnosis: str, context_with: Callable[..., BrowserContext], signed_in: object
) -> None:
    page = context_with(
        storage_state=signed_in, viewport={"width": width, "height": 900}, color_scheme=scheme
    ).new_page()
    for go in (lambda: page.goto(f"{diagnosis}files/"), lambda: to_the_path(page, diagnosis)):
        go()
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0
        found = Axe().run(page, options=WCAG)
        assert found.violations_count == 0, found.generate_report()
