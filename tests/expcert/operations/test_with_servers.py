"""`tests/with_servers.py`: a command beside a private PostgreSQL and a private Redis, and nothing left afterwards."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.with_servers import CannotRun, find_programs

from .running import command_line
from .waiting import alive, descendants, until

SCRIPT = "tests/with_servers.py"
USES_BOTH = """
import os, sys
import psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    assert connection.execute("select current_database()").fetchone() == ("expcert",)
    folder = connection.info.host
with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
    client.set("key", "value")
print(folder, os.environ["REDIS_URL"])
sys.exit(7)
"""
SAYS_WHERE_AND_STAYS = """
import os, time
print(os.environ["DATABASE_URL"], flush=True)
while True: time.sleep(60)
"""


def start(*command: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, SCRIPT, *command],
        cwd=settings.BASE_DIR,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def missing_programs() -> str:
    try:
        find_programs()
    except CannotRun as exc:
        return str(exc)
    return ""


needs_servers = pytest.mark.skipif(bool(missing_programs()), reason=missing_programs())


@needs_servers
def test_a_command_finds_both_and_its_status_is_passed_on():
    with start(sys.executable, "-c", USES_BOTH) as process:
        output, errors = process.communicate(timeout=90)
    assert process.returncode == 7, errors
    folders = re.findall(r"/[^\s?]*expcert-[^\s?/]+", output)
    assert len(folders) == 2
    assert not any(Path(folder).exists() for folder in folders)


@needs_servers
def test_a_command_that_is_killed_is_told_as_a_shell_would():
    with start("sh", "-c", "kill -KILL $$") as process:
        process.communicate(timeout=90)
    assert process.returncode == 128 + signal.SIGKILL


@needs_servers
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_it_ends(number: signal.Signals):
    with start(sys.executable, "-c", SAYS_WHERE_AND_STAYS) as process:
        assert process.stdout is not None
        process.stdout.readline()
        left = descendants(process.pid)
        servers = {pid for pid in left if "expcert-" in command_line(pid)}
        folders = {place for pid in servers for place in re.findall(r"/[^\s:?]*expcert-[^\s:?/]+", command_line(pid))}
        assert len(servers) >= 2
        process.send_signal(number)
        process.wait(60)
        try:
            until(lambda: not any(alive(pid) for pid in servers), what="the end of both servers")
        finally:
            for pid in left:  # the command itself outlives a SIGKILL, as it would a killed shell
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)
        process.communicate()


@needs_servers
def test_a_command_that_is_not_there_is_said():
    with start("no-such-command") as process:
        _, errors = process.communicate(timeout=90)
    assert (process.returncode, errors) == (2, "no-such-command: No such file or directory\n")


def test_without_a_command_it_says_how_it_is_used():
    with start() as process:
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (2, f"usage: {SCRIPT} COMMAND...\n")


def test_missing_programs_are_all_named_with_how_to_get_them(tmp_path: Path):
    hidden = f"""
import sys
sys.argv = ["{SCRIPT}", "true"]
import importlib.util
spec = importlib.util.spec_from_file_location("with_servers", "{SCRIPT}")
module = importlib.util.module_from_spec(spec)
sys.modules["with_servers"] = module
spec.loader.exec_module(module)
module.POSTGRES_PLACES = "/nowhere"
sys.exit(module.main(["true"]))
"""
    ended = subprocess.run(
        [sys.executable, "-c", hidden],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert "apt-get install postgresql" in ended.stderr
    assert "apt-get install redis-server" in ended.stderr
    assert "Traceback" not in ended.stderr
