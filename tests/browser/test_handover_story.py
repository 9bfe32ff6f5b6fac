"""A mixed folder of sixty files is dropped: what is asked, what becomes of each, and what the next upload replaces."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from diagnostics.samples.healthy import healthy
from diagnostics.samples.inventory import Files
from tests.browser.handover import CONTAINER, FOLDER, PASSWORD, QUESTIONS, estate, handover, second_handover
from tests.expcert.intake.estates import without_snapshot

# What a drag of a folder from the desktop ends in: entries to walk through, which come in portions.
DROP_FOLDER = """
(zone, files) => {
  const fileEntry = (path, content) => ({
    isFile: true, isDirectory: false, fullPath: path,
    file: (done) => {
      const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
      done(new File([bytes], path.split("/").pop()));
    },
  });
  const folderEntry = (path) => {
    const names = new Set();
    for (const [name] of files) {
      if (("/" + name).startsWith(path + "/")) {
        names.add(("/" + name).slice(path.length + 1).split("/")[0]);
      }
    }
    const children = [...names].map((name) => {
      const found = files.find(([file]) => "/" + file === `${path}/${name}`);
      return found ? fileEntry(`${path}/${name}`, found[1]) : folderEntry(`${path}/${name}`);
    });
    return {
      isFile: false, isDirectory: true, fullPath: path,
      createReader: () => {
        let at = 0;
        return { readEntries: (done) => { const some = children.slice(at, at + 10); at += 10; done(some); } };
      },
    };
  };
  const top = folderEntry("/" + files[0][0].split("/")[0]);
  const event = new DragEvent("drop", { bubbles: true, cancelable: true });
  Object.defineProperty(event, "dataTransfer", { value: { items: [{ webkitGetAsEntry: () => top }], files: [] } });
  zone.dispatchEvent(event);
}
"""
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def drop_folder(page: Page, files: Files) -> None:
    contents = [[path, base64.b64encode(content).decode()] for path, content in files.items()]
    page.locator("[data-drop]").evaluate(DROP_FOLDER, contents)


def question(page: Page, path: str):
    return page.get_by_role("group", name=path)


def password_field(page: Page):
    return page.get_by_label(f"Password of {FOLDER}/{CONTAINER}")


def row_of(page: Page, path: str):
    """The row of a file: its own name, and the folder that it lies in, if any, below it."""
    folder, _, name = path.rpartition("/")
    exact = page.locator("th .name", has_text=re.compile(rf"^{re.escape(name)}$"))
    row = page.locator("tbody tr").filter(has=exact)
    return row.filter(has_text=f"in {folder.replace('/', ' › ')}") if folder else row


def test_sixty_files_from_the_dropped_folder_to_the_diagnosis_and_a_week_later(server, page: Page) -> None:
    plan = estate(datetime.now(UTC))
    files = handover(plan)
    assert len(files) == 60
    page.goto(server.address)
    page.get_by_label("Name of the new deployment").fill("Case 4711")
    drop_folder(page, files)
    page.wait_for_url("**/uploads/**")
    page.wait_for_url("**/review/")

    # Two questions and one password; nothing is diagnosed before they are answered.
    expect(page.get_by_role("heading", name="Where do these 2 files belong?")).to_be_visible()
    expect(page.get_by_role("heading", name="1 container is closed")).to_be_visible()
    assert page.locator("fieldset.question").count() == 2
    password_field(page).fill("Winter-2025")
    page.get_by_role("button", name=re.compile("^Open")).click()
    expect(page.get_by_role("status")).to_contain_text("That is not the password of")
    assert password_field(page).input_value() == ""
    question(page, QUESTIONS[0]).get_by_label(re.compile("cucm1.example.com: tomcat")).check()
    password_field(page).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is open")
    expect(password_field(page)).to_have_count(0)
    chosen = question(page, QUESTIONS[0]).get_by_label(re.compile("cucm1.example.com: tomcat"))
    expect(chosen).to_be_checked()
    question(page, QUESTIONS[1]).get_by_label(re.compile("cucm2.example.com: CallManager")).check()
    page.get_by_role("button", name="Apply and diagnose").click()
    page.wait_for_url("**/diagnoses/**")
    expect(page.get_by_role("heading", name="Case 4711", exact=True)).to_be_visible()

    # Each of the sixty is named in one line, with what it is and what became of it.
    page.get_by_role("link", name="Files", exact=True).click()
    for path in files:
        row = row_of(page, path)
        expect(row).to_have_count(1)
        kind, became = row.locator("td").nth(0).inner_text(), row.locator("td").nth(1).inner_text()
        assert kind.strip() and became.strip(), path
    expect(row_of(page, f"{FOLDER}/{QUESTIONS[0]}")).to_contain_text("cucm1.example.com")
    expect(row_of(page, f"{FOLDER}/{QUESTIONS[1]}")).to_contain_text("CallManager")
    expect(row_of(page, f"{FOLDER}/{CONTAINER}").locator("summary", has_text="certificate")).to_have_count(1)

    # A week later: what is replaced is shown first, and what was answered is not asked again.
    page.get_by_role("link", name="Add files").click()
    drop_folder(page, second_handover(plan))
    page.wait_for_url("**/review/")
    assert page.locator("fieldset.question").count() == 0
    expect(page.locator("article.change").filter(has_text="expe1.example.com").first).to_contain_text("replaced")
    for node in ("cucm1.example.com", "cucm2.example.com"):
        expect(page.get_by_role("heading", name=node)).to_be_visible()
    expect(page.locator("p").filter(has_text="Left as they are:")).to_contain_text("expc1.example.com")
    first_upload = page.url
    page.goto(server.address)
    page.get_by_role("link", name=re.compile("Answer Case 4711")).click()
    assert page.url == first_upload
    page.get_by_role("button", name="Apply and diagnose").click()
    page.wait_for_url("**/diagnoses/**")
    page.get_by_role("link", name="Files", exact=True).click()
    for path, place in zip(QUESTIONS, ("tomcat", "CallManager"), strict=True):
        rows = row_of(page, f"{FOLDER}/{path}")
        expect(rows).to_have_count(2)
        expect(rows.last).to_contain_text(place)

    # One click moves a file, and one takes that back.
    other = row_of(page, f"{FOLDER}/CA/certnew (1).cer")
    other.locator("summary", has_text="Say where it belongs").click()
    other.locator("select").select_option("trusted-ca@expc1.example.com")
    other.get_by_role("button", name=re.compile("^Put it there")).click()
    page.wait_for_url("**/diagnoses/**")
    page.get_by_role("link", name="Files", exact=True).click()
    expect(other).to_contain_text("expc1.example.com")
    page.get_by_role("link", name="History", exact=True).click()
    uploads = page.get_by_role("region", name="Uploads", exact=True)
    expect(uploads.get_by_text("applied", exact=True)).to_have_count(2)
    said = page.get_by_role("region", name="Where people said that files belong")
    expect(said.get_by_role("row").filter(has_text="certnew (1).cer")).to_contain_text("trusted CA list")
    said.get_by_role("button", name=re.compile(r"Take back .*certnew \(1\)")).click()
    page.wait_for_url("**/diagnoses/**")
    page.get_by_role("link", name="Files", exact=True).click()
    expect(other).not_to_contain_text("trusted CA list, ")


def test_the_review_works_without_scripts(server, context_with: Callable[..., BrowserContext], signed_in) -> None:
    files = handover(estate(datetime.now(UTC)))
    page = context_with(java_script_enabled=False, storage_state=signed_in).new_page()
    page.goto(server.address)
    page.get_by_label(re.compile("Drop files")).set_input_files(as_chosen(files))
    page.get_by_role("button", name="Upload and diagnose").click()
    page.wait_for_url("**/review/")
    page.locator("fieldset.question").first.get_by_label(re.compile("tomcat")).check()
    page.get_by_role("button", name="Show what these answers change").click()
    expect(page.locator("fieldset.question").first.get_by_label(re.compile("tomcat"))).to_be_checked()
    page.get_by_role("button", name="Discard this upload").click()
    expect(page.get_by_role("status")).to_contain_text("was discarded")
    expect(page.get_by_role("region", name="Uploads", exact=True)).to_contain_text("discarded")


def as_chosen(files: Files) -> list[dict[str, object]]:
    return [
        {"name": path.rpartition("/")[2], "mimeType": "application/octet-stream", "buffer": content}
        for path, content in files.items()
    ]


# How the pages look


@pytest.fixture(scope="session")
def pages(browser: Browser, server, signed_in) -> dict[str, str]:
    """Addresses of reviews and of a history, by what they show."""
    context = browser.new_context(storage_state=signed_in)
    page = context.new_page()
    page.set_default_timeout(60_000)
    long = "unified-communications.subsidiaryoftheholding.example.com"
    found = {}
    for name, files in (
        ("sixty files", handover(estate(datetime.now(UTC)))),
        ("long names", {"n" * 180 + path.replace("/", "-"): content for path, content in long_names(long).items()}),
    ):
        page.goto(server.address)
        page.get_by_label(re.compile("Drop files")).set_input_files(as_chosen(files))
        page.get_by_role("button", name="Upload and diagnose").click()
        page.wait_for_url("**/review/")
        found[name] = page.url
    page.get_by_role("link", name=re.compile("n{20}")).click()
    found["history"] = page.url
    found["workspace"] = f"{server.address}/overview/"
    context.close()
    return found


def long_names(domain: str) -> Files:
    plan = healthy(at=datetime.now(UTC), domain=domain)
    node = plan.node(f"cucm1.{domain}")
    return {f"cucm1.{domain}.cer": node.issued("tomcat").der, **without_snapshot(plan)}


@pytest.mark.parametrize("width", [1280, 700, 400])
def test_no_page_of_the_review_runs_over_the_side(
    width: int, pages, context_with: Callable[..., BrowserContext], signed_in
) -> None:
    page = context_with(storage_state=signed_in, viewport={"width": width, "height": 900}).new_page()
    over = {}
    for name, address in pages.items():
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((item) => (item.open = true))")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            over[name] = wider
    assert over == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_review_breaks_no_rule_of_accessibility(
    scheme: str, pages, context_with: Callable[..., BrowserContext], signed_in
) -> None:
    page = context_with(storage_state=signed_in, color_scheme=scheme).new_page()
    broken = {}
    for name, address in pages.items():
        page.goto(address)
        violations = Axe().run(page, options=WCAG).response["violations"]
        if violations:
            broken[name] = [(item["id"], [node["html"][:120] for node in item["nodes"][:3]]) for item in violations]
    assert broken == {}
