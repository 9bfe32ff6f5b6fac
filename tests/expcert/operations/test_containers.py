"""The image, the composition and the list of variables: well formed, and true to the code."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from expcert import settings as settings_module

ROOT = Path(settings.BASE_DIR)
BIN = Path(sys.executable).parent
OURS = ("web", "worker", "beat", "migrate")
OTHERS = ("postgres", "redis")
# Read by the programs themselves and not by our settings.
OF_OTHERS = {
    "REMAP_SIGTERM",  # Celery
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "POSTGRES_USER",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD_FILE",
    "POSTGRES_INITDB_ARGS",
}


def known_variables() -> set[str]:
    return set(settings_module.env.known)


def is_known(name: str) -> bool:
    return name in known_variables() or name.removesuffix("_FILE") in known_variables()


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def services(composed: dict[str, Any]) -> dict[str, Any]:
    return dict(composed["services"])


@pytest.fixture(scope="module")
def stages() -> list[list[tuple[str, str]]]:
    """The Dockerfile's instructions, stage by stage."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    found: list[list[tuple[str, str]]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append((word, " ".join(rest.split())))
    return found


def of(stage: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for name, rest in stage if name == word]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_the_dockerfile_has_no_known_fault():
    checked = run(str(BIN / "hadolint"), "--failure-threshold", "style", "Dockerfile")
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_composition_keeps_to_its_schema():
    checker = str(BIN / "check-jsonschema")
    checked = run(checker, "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")
    assert checked.returncode == 0, checked.stdout


# The image


def test_the_image_runs_as_a_user_with_a_fixed_number(stages):
    final = stages[-1]
    assert of(final, "USER") == ["10001:10001"]
    assert "--uid 10001" in " ".join(of(final, "RUN"))
    words = [word for word, _ in final]
    assert words.index("USER") < words.index("CMD")
    assert "RUN" not in words[words.index("USER") :]


def test_what_is_installed_is_locked_by_hashes_and_not_compiled(stages):
    (installing,) = [line for line in of(stages[0], "RUN") if "install" in line]
    for option in ("--require-hashes", "--only-binary=:all:", "--no-deps", "-r requirements/run.txt"):
        assert option in installing
    for line in (line for stage in stages for line in of(stage, "RUN")):
        assert not re.search(r"\b(apt-get|gcc|build-essential)\b", line)


def test_the_lock_names_the_database_driver_and_the_server():
    lock = (ROOT / "requirements/run.txt").read_text(encoding="utf-8")
    names = re.findall(r"^([a-z0-9-]+)==", lock, flags=re.MULTILINE)
    assert {"psycopg", "psycopg-binary", "gunicorn", "celery", "django"} <= set(names)
    assert len(re.findall(r"--hash=sha256:", lock)) > len(names)


def test_static_files_are_collected_while_the_image_is_built(stages):
    (collecting,) = [line for line in of(stages[0], "RUN") if "collectstatic" in line]
    place = re.findall(r"EXPCERT_STATIC_ROOT=(\S+)", " ".join(of(stages[-1], "ENV")))
    assert place == re.findall(r"EXPCERT_STATIC_ROOT=(\S+)", collecting)
    assert any(line.endswith("/app /app") for line in of(stages[-1], "COPY"))


def test_the_secret_key_of_the_build_stays_out_of_the_image(stages):
    (collecting,) = [line for line in of(stages[0], "RUN") if "collectstatic" in line]
    (made_in,) = re.findall(r"EXPCERT_DATA_DIR=(\S+)", collecting)
    copied = [line.split()[-2] for line in of(stages[-1], "COPY") if line.startswith("--from=build")]
    assert copied == ["/opt/venv", "/app"]
    assert not any(made_in.startswith(place) for place in copied)


def test_everything_that_the_image_copies_is_there_and_let_through(stages):
    through = [line.removeprefix("!") for line in ignore_lines() if line.startswith("!")]
    copied = [part for line in of(stages[0], "COPY") for part in line.split()[:-1]]
    assert sorted(copied) == sorted(through)
    for name in copied:
        assert (ROOT / name).exists(), name


def ignore_lines() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_nothing_enters_the_build_unless_it_is_named():
    assert ignore_lines()[0] == "*"
    named = [line for line in ignore_lines() if line.startswith("!")]
    assert not {"!data", "!secrets", "!.env", "!.git", "!tests"} & set(named)


def test_the_image_sets_variables_that_are_known(stages):
    for stage in stages:
        for line in of(stage, "ENV"):
            for name in re.findall(r"([A-Z_]+)=", line):
                assert is_known(name) or name in OF_OTHERS, name


# The composition


def test_every_service_of_ours_runs_something_that_exists(services, stages):
    for name in OURS:
        command = services[name].get("command") or shlex.split(of(stages[-1], "CMD")[0].strip("[]").replace(",", " "))
        assert_exists(command)
        test = services[name].get("healthcheck", {}).get("test")
        if test:
            assert test[0] == "CMD"
            assert_exists(test[1:])


def assert_exists(command: list[str]) -> None:
    """A management command, or a program of a package that is installed, with modules of ours that can be found."""
    if command[:2] == ["python", "manage.py"]:
        assert command[2] in get_commands(), command
        return
    assert (BIN / command[0]).exists(), command
    if command[0] == "celery":
        assert importlib.util.find_spec(f"{command[command.index('-A') + 1]}.celery")
        assert {"worker", "beat"} & set(command)
        return
    assert command[0] == "gunicorn", command
    modules = [word.removeprefix("python:").partition(":")[0] for word in command if "expcert" in word]
    assert len(modules) == 2
    for module in modules:
        assert importlib.util.find_spec(module), module


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_celery_understands_its_command(services, name: str):
    command = services[name]["command"]
    asked = run(str(BIN / command[0]), *command[1:], "--help")
    assert asked.returncode == 0, asked.stderr
    options = {word for word in command if word.startswith("--") and word not in ("--quiet",)}
    assert options <= set(re.findall(r"--[a-z-]+", asked.stdout))


def test_every_variable_of_ours_is_one_that_the_settings_read(services):
    for name, service in services.items():
        for variable in service.get("environment", {}):
            assert is_known(variable) or variable in OF_OTHERS, f"{name}: {variable}"


def test_no_service_has_a_password_in_its_variables(composed, services):
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert not re.search(r"://[^/\s]*:[^/@\s]+@", text), "no password in an address"
    for service in services.values():
        for variable in service.get("environment", {}):
            assert "PASSWORD" not in variable or variable.endswith("_FILE"), variable
        assert set(service.get("secrets", [])) <= set(composed["secrets"])


def test_each_secret_that_is_read_is_one_that_is_given(services):
    for name, service in services.items():
        read = set(re.findall(r"/run/secrets/(\w+)", yaml.safe_dump(service)))
        assert read == set(service.get("secrets", [])), name


@pytest.mark.parametrize("name", [*OURS, *OTHERS])
def test_no_service_can_do_more_than_it_must(services, name: str):
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"]
    assert service["stop_grace_period"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)


@pytest.mark.parametrize("name", OTHERS)
def test_the_servers_are_reached_from_inside_only(composed, services, name: str):
    assert services[name]["networks"] == ["inside"]
    assert "ports" not in services[name]
    assert composed["networks"]["inside"]["internal"] is True


def test_only_web_is_reached_from_outside_and_only_from_this_machine(services):
    assert [name for name, service in services.items() if "ports" in service] == ["web"]
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_what_needs_the_database_waits_for_its_migration(services, name: str):
    conditions = {other: needed["condition"] for other, needed in services[name]["depends_on"].items()}
    assert conditions == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "redis": "service_healthy",
    }
    assert all("test" in services[other]["healthcheck"] for other in OTHERS)


def test_web_and_worker_share_the_place_where_uploads_wait(services):
    assert services["web"]["volumes"] == services["worker"]["volumes"] == ["data:/var/lib/expcert"]
    for name in OURS:
        assert services[name]["environment"]["EXPCERT_DATA_DIR"] == "/var/lib/expcert"


def seconds(text: str) -> int:
    number, unit = int(text[:-1]), text[-1]
    return number * {"s": 1, "m": 60}[unit]


def test_the_worker_is_given_more_time_to_end_than_it_takes(services):
    grace = settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT
    assert seconds(services["worker"]["stop_grace_period"]) >= grace + 10
    assert services["worker"]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"


def test_each_worker_has_a_heartbeat_of_its_own(services):
    place = services["worker"]["environment"]["EXPCERT_HEARTBEAT_FILE"]
    assert any(place.startswith(tmpfs.partition(":")[0] + "/") for tmpfs in services["worker"]["tmpfs"])


# .env.example


def example() -> tuple[list[str], str]:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return re.findall(r"^#([A-Z][A-Z0-9_]*)=", text, flags=re.MULTILINE), text


def test_the_example_lists_every_variable_once_and_no_other():
    names, _ = example()
    assert sorted(names) == sorted(known_variables())


def test_every_variable_of_the_example_has_a_sentence():
    _, text = example()
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"#[A-Z][A-Z0-9_]*=", line):
            assert re.fullmatch(r"# [A-Za-z].*\.", lines[number - 1]), line


def test_the_example_sets_nothing_by_itself():
    _, text = example()
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []


def test_the_example_names_the_defaults_that_hold():
    """What is written behind the sign is what the settings take when nothing is given."""
    _, text = example()
    shown = dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.+)$", text, flags=re.MULTILINE))
    numbers = {
        "EXPCERT_WEB_PROCESSES": settings.EXPCERT_WEB_PROCESSES,
        "EXPCERT_WEB_THREADS": settings.EXPCERT_WEB_THREADS,
        "EXPCERT_WORKER_PROCESSES": settings.CELERY_WORKER_CONCURRENCY,
        "EXPCERT_WORKER_GRACE_SECONDS": settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT,
        "EXPCERT_SHARE_MAX_DAYS": settings.EXPCERT_SHARE_MAX_DAYS,
        "EXPCERT_BIND": "{}:{}".format(*settings.EXPCERT_BIND),
        "EXPCERT_LOG_LEVEL": settings.EXPCERT_LOG_LEVEL,
        "EXPCERT_ADMIN_PATH": settings.EXPCERT_ADMIN_PATH,
        "EXPCERT_HTTPS": str(settings.EXPCERT_HTTPS).lower(),
        "EXPCERT_ADMIN": str(settings.EXPCERT_ADMIN).lower(),
    }
    assert {name: shown[name] for name in numbers} == {name: str(value) for name, value in numbers.items()}
    assert shown["EXPCERT_UPLOAD_MAX_BYTES"] == f"{settings.EXPCERT_UPLOAD_MAX_BYTES // 1024**3}GiB"
