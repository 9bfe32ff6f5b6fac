"""The settings as a process reads them: alone, with servers, behind HTTPS, and with something wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from expcert import data_directory

ASK = """
import json, sys
from django.conf import settings
names = sys.argv[1].split(",")
print(json.dumps({name: getattr(settings, name) for name in names}, default=str))
"""


def run(tmp_path: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A Python that sees no variable of this process but the path, and keeps its data in `tmp_path`."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    own = {
        "EXPCERT_DATA_DIR": str(tmp_path / "data"),
        "EXPCERT_ENV_FILE": str(tmp_path / ".env"),
        "DJANGO_SETTINGS_MODULE": "expcert.settings",
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=clean | own | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def ask(tmp_path: Path, *names: str, **variables: str) -> dict[str, object]:
    answer = run(tmp_path, "-c", ASK, ",".join(names), **variables)
    assert answer.returncode == 0, answer.stderr
    return dict(json.loads(answer.stdout))


def test_with_nothing_set_everything_is_kept_in_the_data_directory(tmp_path: Path):
    data = tmp_path / "data"
    found = ask(
        tmp_path,
        *("DATABASES", "EXPCERT_BROKER_EMBEDDED", "CELERY_BROKER_URL", "EXPCERT_CACHE_URL", "SECRET_KEY", "MEDIA_ROOT"),
        *("STATIC_ROOT", "DEBUG", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME", "ALLOWED_HOSTS"),
    )
    assert found["DATABASES"]["default"]["NAME"] == str(data / "expcert.sqlite3")
    assert found["EXPCERT_BROKER_EMBEDDED"] is True
    socket = data_directory.broker_socket(data)  # a temporary folder may be too deep for one inside
    assert found["CELERY_BROKER_URL"] == f"redis+socket://{socket}?virtual_host=0"
    assert found["EXPCERT_CACHE_URL"] == f"unix://{socket}?db=1"
    assert found["SECRET_KEY"] == (data / "secret_key").read_text(encoding="ascii")
    assert (found["MEDIA_ROOT"], found["STATIC_ROOT"]) == (str(data / "spool"), str(data / "static"))
    assert (found["DEBUG"], found["SESSION_COOKIE_SECURE"], found["SESSION_COOKIE_NAME"]) == (
        False,
        False,
        "expcert-session",
    )
    assert found["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]


def test_the_data_directory_and_what_is_in_it_are_private(tmp_path: Path):
    data = tmp_path / "data"
    ask(tmp_path, "DEBUG")
    for path in (data, data / "spool", data / "incoming"):
        assert path.stat().st_mode & 0o777 == 0o700, path
    assert (data / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_secret_key_of_ones_own_is_kept_out_of_the_data_directory(tmp_path: Path):
    key = "k" * 60
    assert ask(tmp_path, "SECRET_KEY", EXPCERT_SECRET_KEY=key) == {"SECRET_KEY": key}
    assert not (tmp_path / "data" / "secret_key").exists()


def test_sqlite_takes_the_write_lock_early_and_waits_for_it(tmp_path: Path):
    options = ask(tmp_path, "DATABASES")["DATABASES"]["default"]["OPTIONS"]
    assert (options["transaction_mode"], options["timeout"]) == ("IMMEDIATE", 20)
    assert "journal_mode=WAL" in options["init_command"]


def test_postgresql_keeps_connections_and_has_no_pool(tmp_path: Path):
    database = ask(
        tmp_path, "DATABASES", DATABASE_URL="postgres://expcert@db/expcert", EXPCERT_DATABASE_PASSWORD="p@ss"
    )["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["NAME"], database["PASSWORD"]) == ("db", "expcert", "p@ss")
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (60, True)
    assert "pool" not in database.get("OPTIONS", {})


def test_redis_serves_queue_and_cache_from_two_databases(tmp_path: Path):
    found = ask(
        tmp_path,
        *("EXPCERT_BROKER_EMBEDDED", "CELERY_BROKER_URL", "CACHES"),
        REDIS_URL="redis://cache.example.com:6379/4",
        EXPCERT_REDIS_PASSWORD="p@ss",
    )
    assert found["EXPCERT_BROKER_EMBEDDED"] is False
    assert found["CELERY_BROKER_URL"] == "redis://:p%40ss@cache.example.com:6379/4"
    assert found["CACHES"]["default"]["LOCATION"] == "redis://:p%40ss@cache.example.com:6379/5"


def test_https_makes_cookies_secure_and_redirects_all_but_health(tmp_path: Path):
    found = ask(
        tmp_path,
        *("SECURE_SSL_REDIRECT", "SECURE_REDIRECT_EXEMPT", "SECURE_HSTS_SECONDS"),
        *("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE"),
        *("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME"),
        EXPCERT_HTTPS="true",
        EXPCERT_TRUSTED_PROXY="192.0.2.1",
    )
    assert found == {
        "SECURE_SSL_REDIRECT": True,
        "SECURE_REDIRECT_EXEMPT": ["^healthz$", "^readyz$"],
        "SECURE_HSTS_SECONDS": 365 * 24 * 3600,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "LANGUAGE_COOKIE_SECURE": True,
        "SESSION_COOKIE_NAME": "__Host-expcert-session",
        "CSRF_COOKIE_NAME": "__Host-expcert-csrf",
    }


def test_a_deployment_behind_https_with_servers_passes_every_check(tmp_path: Path):
    checked = run(
        tmp_path,
        *("manage.py", "check", "--deploy", "--fail-level", "INFO"),
        DATABASE_URL="postgres://expcert@db/expcert",
        REDIS_URL="redis://:word@cache.example.com/0",
        EXPCERT_HTTPS="true",
        EXPCERT_TRUSTED_PROXY="192.0.2.1",
        EXPCERT_ALLOWED_HOSTS="expcert.example.com",
    )
    assert checked.returncode == 0, checked.stderr
    assert "no issues (2 silenced)" in checked.stdout  # SILENCED_SYSTEM_CHECKS says which and why


def test_a_public_address_is_one_of_the_names_it_answers_to(tmp_path: Path):
    hosts = ask(tmp_path, "EXPCERT_ALLOWED_HOSTS", EXPCERT_BIND="192.0.2.7:8000")["EXPCERT_ALLOWED_HOSTS"]
    assert hosts == ["192.0.2.7"]


def test_variables_may_stand_in_a_file_and_those_set_already_win(tmp_path: Path):
    (tmp_path / ".env").write_text("EXPCERT_WEB_THREADS=3\nEXPCERT_WEB_PROCESSES=3\n", encoding="utf-8")
    found = ask(tmp_path, "EXPCERT_WEB_THREADS", "EXPCERT_WEB_PROCESSES", EXPCERT_WEB_THREADS="5")
    assert found == {"EXPCERT_WEB_THREADS": 5, "EXPCERT_WEB_PROCESSES": 3}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("EXPCERT_DEBUG", "perhaps", "'perhaps' is neither true nor false"),
        ("EXPCERT_WORKER_PROCESSES", "0", "0 is not between 1 and 64"),
        ("EXPCERT_UPLOAD_MAX_BYTES", "2GB", "'2GB' is not a size"),
        ("EXPCERT_BIND", "8000", "'8000' is not ADDRESS:PORT"),
        ("EXPCERT_TRUSTED_PROXY", "proxy", "'proxy' is not an address or a network"),
        ("EXPCERT_LOG_LEVEL", "LOUD", "'LOUD' is not one of DEBUG"),
        ("DATABASE_URL", "mysql://db", "'mysql' is neither sqlite nor postgresql"),
        ("REDIS_URL", "amqp://queue", "'amqp' is not one of redis"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(tmp_path: Path, name: str, value: str, words: str):
    ended = run(tmp_path, "manage.py", "check", **{name: value})
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"Wrong setting: {name}: {words}")
    assert "Traceback" not in ended.stderr


def test_a_data_directory_that_cannot_be_made_is_one_sentence_too(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="ascii")
    ended = run(tmp_path, "manage.py", "check", EXPCERT_DATA_DIR=str(tmp_path / "file" / "data"))
    assert ended.returncode == 2
    assert ended.stderr.startswith("Wrong setting: EXPCERT_DATA_DIR: the secret key cannot be kept in")


def test_a_misspelt_variable_is_told_by_a_check(tmp_path: Path):
    checked = run(tmp_path, "manage.py", "check", EXPCERT_HTPS="true")
    assert checked.returncode == 0
    assert "expcert.W006" in checked.stderr
    assert "EXPCERT_HTPS" in checked.stderr
