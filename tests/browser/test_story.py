"""The main job as a person does it: sign in, drop files, watch, read, share, revoke."""

import base64
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from diagnostics.pki.loading import load
from diagnostics.samples.broken import TYPED

DROP = """
(zone, files) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  for (const kind of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  }
}
"""


def drop(page: Page, files: list[Path]) -> None:
    """As a drag from the desktop ends: the same events with the same content."""
    contents = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in files]
    page.locator("[data-drop]").evaluate(DROP, contents)


def test_from_the_dropped_archives_to_a_link_that_is_gone(
    server, context_with: Callable[..., BrowserContext], sample: list[Path]
) -> None:
    own = context_with()
    page = own.new_page()
    page.goto(server.address)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Sign in").click()

    page.get_by_label("Name of the new deployment").fill("Dropped estate")
    drop(page, sample)
    page.wait_for_url("**/uploads/**")
    page.wait_for_url("**/diagnoses/**")

    expect(page.get_by_role("heading", name=re.compile("Something is broken"))).to_be_visible()
    causes = page.locator("details.problem")
    assert causes.count() == 6
    expect(causes.first).to_contain_text("ssh-tunnel-intermediate-missing")
    expect(causes.first).to_contain_text("Maintenance > Security > Trusted CA certificate")
    expect(causes.first).to_contain_text(re.compile(r"server_expe1_\S+\.pem, line 1"))
    diagnosis = page.url

    page.get_by_role("link", name="Trust gaps", exact=True).click()
    row = page.get_by_role("row").filter(has_text="expc2.example.com")
    expect(row).to_contain_text("missing")
    row.get_by_role("link", name="expc2.example.com").click()
    gap = page.get_by_role("row").filter(has_text="Example Public Trust TLS CA G2")
    expect(gap).to_contain_text("SSH tunnels")
    expect(gap).to_contain_text("ca_expc1_")
    with page.expect_download() as downloading:
        page.get_by_role("link", name=re.compile("Download the missing")).click()
    downloaded = load(Path(downloading.value.path()).read_bytes(), most=10)
    assert [found.certificate.subject.short for found in downloaded.certificates] == ["Example Public Trust TLS CA G2"]
    assert downloading.value.suggested_filename == "missing-expc2.example.com-trusted-ca.pem"

    page.get_by_role("link", name="Zone names").click()
    zone = page.locator("section.panel").filter(has_text="2 names do not match")
    expect(zone).to_contain_text(TYPED)
    expect(zone).to_contain_text("Nearest miss")

    page.get_by_role("link", name="Share", exact=True).first.click()
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#new-link").inner_text()

    other = context_with().new_page()
    answer = other.goto(link)
    assert answer is not None
    assert answer.status == 200
    assert answer.headers["referrer-policy"] == "no-referrer"
    expect(other.get_by_role("heading", name=re.compile("Something is broken"))).to_be_visible()
    assert other.locator("details.problem").count() == 6
    for tab in ("Trust gaps", "Zone names", "Connections", "Files"):
        other.get_by_role("link", name=tab, exact=True).click()
        expect(other.get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "page")
    assert other.context.cookies() == []
    answer = other.goto(diagnosis)
    assert "/account/sign-in/" in other.url, "the diagnosis itself is not open to the holder of a link"

    page.goto(diagnosis)
    page.get_by_role("link", name="Share", exact=True).first.click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text("revoked")
    gone = context_with_silent(other, link)
    assert gone == 404


def context_with_silent(page: Page, link: str) -> int:
    """The status of an address asked for without drawing it: a browser's console complains of every 404."""
    return page.request.get(link).status


def test_the_form_works_without_scripts(
    server, context_with: Callable[..., BrowserContext], signed_in, sample: list[Path]
) -> None:
    page = context_with(java_script_enabled=False, storage_state=signed_in).new_page()
    page.goto(server.address)
    page.get_by_label(re.compile("Drop files")).set_input_files(sample)
    page.get_by_role("button", name="Upload and diagnose").click()
    page.wait_for_url("**/diagnoses/**")
    expect(page.get_by_role("heading", name=re.compile("Something is broken"))).to_be_visible()


def test_the_sample_is_one_click_away(server, page: Page) -> None:
    page.goto(server.address)
    page.get_by_role("button", name="Open the sample estate").click()
    page.wait_for_url("**/diagnoses/**")
    expect(page.get_by_role("heading", name="Sample estate")).to_be_visible()
    assert page.locator("details.problem").count() == 6


def test_more_files_go_to_the_deployment_that_is_there(server, page: Page, sample: list[Path]) -> None:
    archives = [path for path in sample if path.name.startswith("diagnostic_log")]
    page.goto(server.address)
    page.get_by_label(re.compile("Drop files")).set_input_files(archives)
    page.get_by_role("button", name="Upload and diagnose").click()
    page.wait_for_url("**/diagnoses/**")
    open_questions = page.get_by_role("heading", name="Could not be told")
    expect(open_questions).to_be_visible()  # the dumps name a Unified CM of which nothing was handed over
    first = page.url
    page.get_by_role("link", name="Add files").click()
    page.get_by_label(re.compile("Drop files")).set_input_files([path for path in sample if path not in archives])
    page.get_by_role("button", name="Upload and diagnose").click()
    page.wait_for_url("**/review/")  # the renewed certificate among them takes the place of what the archive shows
    expect(page.locator("article.change").filter(has_text="expe2.example.com")).to_contain_text("replaced")
    page.get_by_role("button", name="Apply and diagnose").click()
    page.wait_for_url(re.compile(r"/diagnoses/(?!" + first.rstrip("/").rpartition("/")[2] + ")"))
    expect(page.locator("details.problem").filter(has_text="uc-expc-chain-missing-on-ucm")).to_be_visible()
    expect(open_questions).to_be_hidden()


def test_a_file_that_cannot_be_read_is_explained_and_the_next_upload_works(
    server, page: Page, sample: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "cut-off.zip"
    broken.write_bytes(b"PK\x03\x04" + bytes(500))
    page.goto(server.address)
    page.get_by_label(re.compile("Drop files")).set_input_files([broken])
    page.get_by_role("button", name="Upload and diagnose").click()
    page.wait_for_url("**/diagnoses/**")
    page.get_by_role("link", name="Files", exact=True).click()
    row = page.get_by_role("row").filter(has_text="cut-off.zip")
    expect(row).to_contain_text("The archive is damaged or cut off")
    expect(row).to_contain_text("not read")
    page.goto(server.address)
    page.get_by_label(re.compile("Drop files")).set_input_files(sample)
    page.get_by_role("button", name="Upload and diagnose").click()
    page.wait_for_url("**/diagnoses/**")
    expect(page.get_by_role("heading", name=re.compile("Something is broken"))).to_be_visible()
