"""A real browser on a real server: `manage.py serve` with its worker and broker, on a data directory of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from diagnostics.samples.broken import sample_files

PROJECT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60.0  # seconds for whatever a page waits for, on a machine that may be busy


@dataclass(frozen=True)
class Server:
    address: str
    password: str


class _Output:
    """The lines that the server prints, as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.text = ""
        self._grown = threading.Condition()
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._grown:
                self.text += line
                self._grown.notify_all()

    def found(self, pattern: str) -> re.Match[str]:
        with self._grown:
            self._grown.wait_for(lambda: re.search(pattern, self.text), timeout=PATIENCE)
        match = re.search(pattern, self.text)
        assert match, f"the server never printed {pattern!r}:\n{self.text}"
        return match


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {
        **os.environ,
        "EXPCERT_DATA_DIR": str(tmp_path_factory.mktemp("served")),
        "EXPCERT_BIND": "127.0.0.1:0",
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        output = _Output(process)
        try:
            password = output.found(r"password +(\S+)")[1]
            address = output.found(r"Expcert is ready: (\S+)")[1].rstrip("/")
            yield Server(address=address, password=password)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE)
    assert process.returncode == 0, output.text
    assert "Traceback" not in output.text, output.text


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert program, "a Chromium is needed for these tests (Debian: apt-get install chromium)"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What any page of the test said on its console; a test that leaves anything here fails (the content policy, say)."""
    said: list[str] = []
    yield said
    assert said == []


@pytest.fixture
def context_with(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(PATIENCE * 1000)
        context.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, server: Server) -> object:
    """The cookies of a session, signed in once."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, server)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(context_with: Callable[..., BrowserContext], signed_in: object) -> Page:
    return context_with(storage_state=signed_in).new_page()


@pytest.fixture
def sample(tmp_path: Path) -> list[Path]:
    """The built-in estate as files on disk, made for this moment."""
    paths = []
    for name, content in sample_files(datetime.now(UTC)).items():
        path = tmp_path / name
        path.write_bytes(content)
        paths.append(path)
    return paths


def sign_in(page: Page, server: Server) -> None:
    page.goto(server.address)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/overview/")
