"""`manage.py serve` as people start it: a process of its own, on a data directory and a free port of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from .waiting import alive, descendants, until

STARTS_WITHIN = 90.0  # seconds; migrations, static files and imports, on a busy machine


def environment(data: Path, **variables: str) -> dict[str, str]:
    """Nothing of this process but the path; servers only where a test names them."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    own = {
        "EXPCERT_DATA_DIR": str(data),
        "EXPCERT_ENV_FILE": str(data / "no-such-file"),
        "EXPCERT_BIND": "127.0.0.1:0",
        "EXPCERT_WEB_PROCESSES": "1",
        "EXPCERT_WORKER_PROCESSES": "1",
        "EXPCERT_WORKER_GRACE_SECONDS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    return clean | own | variables


class Server:
    """A server that was started, its lines so far, and everything that it left running."""

    def __init__(self, data: Path, **variables: str) -> None:
        self.data = data
        self.lines: list[str] = []
        self.seen: set[int] = set()  # whatever it started, so that a test that fails leaves none of it behind
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=settings.BASE_DIR,
            env=environment(data, **variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            self.lines.extend(iter(output.readline, ""))

    @property
    def output(self) -> str:
        return "".join(list(self.lines))

    def line(self, form: str, within: float = STARTS_WITHIN) -> re.Match[str]:
        """The first line of its output with this form; fails if it ends without."""

        deadline = time.monotonic() + within
        while not (match := re.search(form, self.output, re.MULTILINE)):
            ended = self.process.poll() is not None and not self._reader.is_alive()
            assert not ended and time.monotonic() < deadline, f"no line {form!r} in:\n{self.output}"
            time.sleep(0.02)
        return match

    @property
    def address(self) -> str:
        return self.line(r"Expcert is ready: http://([^/]+)/")[1]

    @property
    def password(self) -> str:
        self.line(r"Expcert is ready")
        return self.line(r"password +([a-z2-9-]{24})")[1]

    def processes(self) -> set[int]:
        found = descendants(self.process.pid)
        self.seen |= found
        return found

    def processes_under(self, number: int) -> set[int]:
        return descendants(number)

    def process_of(self, words: str) -> int:
        """The one child of the supervisor whose command line holds these words."""

        def found() -> list[int]:
            candidates = [number for number in self.processes() if words in command_line(number)]
            return [number for number in candidates if parent_of(number) == self.process.pid]

        return until(found, what=f"a process of {words!r}")[0]

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self, within: float = 40.0) -> int:
        status = self.process.wait(within)
        self._reader.join(within)
        return status

    def kill(self) -> None:
        """As the kernel does it when memory runs out: the supervisor alone, without a word."""
        self.processes()
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """After a test, however it went."""
        self.processes()
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(40)
        for number in self.seen:
            if alive(number):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(20)


def command_line(number: int) -> str:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def parent_of(number: int) -> int:
    try:
        return int(Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return 0


@contextlib.contextmanager
def running(data: Path, **variables: str) -> Iterator[Server]:
    server = Server(data, **variables)
    try:
        yield server
    finally:
        server.end()


class Browser:
    """Just enough of one: keeps cookies, sends forms and files."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection(self.address, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer.status, answer.headers, content

    def sign_in(self, username: str, password: str) -> None:
        status, _, page = self.ask("GET", "/account/sign-in/")
        assert status == 200, page
        form = {
            "login": username,
            "password": password,
            "csrfmiddlewaretoken": self.token(page),
        }
        status, _, page = self.ask(
            "POST", "/account/sign-in/", urlencode(form).encode(), Content_Type="application/x-www-form-urlencoded"
        )
        assert status == 302, page.decode(errors="replace")
        assert "expcert-session" in self.cookies

    def token(self, page: bytes) -> str:
        found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        return found[1].decode() if found else self.cookies["expcert-csrf"]

    def upload(self, name: str, content: bytes) -> str:
        """Hands one file over; the id of the upload."""
        edge = secrets.token_hex(16)
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
            f"{self.cookies['expcert-csrf']}\r\n".encode(),
            f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode(),
            content,
            f"\r\n--{edge}--\r\n".encode(),
        ]
        status, _, answer = self.ask(
            "POST",
            "/uploads/new/",
            b"".join(parts),
            Content_Type=f"multipart/form-data; boundary={edge}",
            Accept="application/json",
        )
        assert status == 201, answer.decode(errors="replace")
        return urlsplit(json.loads(answer)["location"]).path.strip("/").split("/")[-1]
