"""System checks: each speaks of its fault and is silent without it."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from django.core.checks.registry import registry

from expcert import checks


def ids(found: list[CheckMessage]) -> list[str | None]:
    assert all(message.hint for message in found), "a check that says what is wrong says what to do"
    return [message.id for message in found]


def test_every_check_is_registered():
    assert set(checks.ALL) <= registry.registered_checks


def test_a_private_data_directory_is_in_order(settings, tmp_path: Path):
    tmp_path.chmod(0o700)
    settings.EXPCERT_DATA_DIR = tmp_path
    assert checks.data_directory_is_ours() == []


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_a_data_directory_open_to_others_is_told(settings, tmp_path: Path, mode: int):
    tmp_path.chmod(mode)
    settings.EXPCERT_DATA_DIR = tmp_path
    found = checks.data_directory_is_ours()
    assert ids(found) == ["expcert.W001"]
    assert f"{mode:04o}" in found[0].msg


def test_a_data_directory_that_is_a_file_is_an_error(settings, tmp_path: Path):
    settings.EXPCERT_DATA_DIR = tmp_path / "file"
    settings.EXPCERT_DATA_DIR.write_text("", encoding="ascii")
    assert ids(checks.data_directory_is_ours()) == ["expcert.E001"]


def test_a_data_directory_that_is_not_there_is_an_error(settings, tmp_path: Path):
    settings.EXPCERT_DATA_DIR = tmp_path / "nowhere"
    assert ids(checks.data_directory_is_ours()) == ["expcert.E001"]


@pytest.mark.parametrize("host", ["localhost", "expcert.localhost", "LOCALHOST", "127.0.0.2", "[::1]", "::1"])
def test_hosts_that_only_this_machine_reaches(host: str):
    assert not checks.is_public(host)


@pytest.mark.parametrize("host", ["expcert.example.com", "192.0.2.1", "[2001:db8::1]", "0.0.0.0", "notlocalhost"])
def test_hosts_that_others_reach(host: str):
    assert checks.is_public(host)


def test_a_public_name_without_https_sends_passwords_in_clear(settings):
    settings.EXPCERT_HTTPS = False
    settings.EXPCERT_ALLOWED_HOSTS = ["localhost", "expcert.example.com"]
    found = checks.passwords_are_not_sent_in_clear()
    assert ids(found) == ["expcert.W002"]
    assert "expcert.example.com" in found[0].msg
    assert "localhost" not in found[0].msg


def test_a_public_name_with_https_is_in_order(settings):
    settings.EXPCERT_HTTPS = True
    settings.EXPCERT_ALLOWED_HOSTS = ["expcert.example.com"]
    assert checks.passwords_are_not_sent_in_clear() == []


def test_a_machine_that_serves_itself_needs_no_https(settings):
    settings.EXPCERT_HTTPS = False
    settings.EXPCERT_ALLOWED_HOSTS = []
    assert checks.passwords_are_not_sent_in_clear() == []


def test_https_that_nobody_may_announce_redirects_for_ever(settings):
    settings.EXPCERT_HTTPS, settings.EXPCERT_TRUSTED_PROXY = True, []
    assert ids(checks.https_has_a_proxy()) == ["expcert.W003"]


def test_https_behind_a_proxy_is_in_order(settings):
    settings.EXPCERT_HTTPS, settings.EXPCERT_TRUSTED_PROXY = True, [ipaddress.ip_network("192.0.2.1/32")]
    assert checks.https_has_a_proxy() == []


@pytest.mark.parametrize("everybody", ["0.0.0.0/0", "::/0"])
def test_a_proxy_that_is_everybody_is_an_error(settings, everybody: str):
    settings.EXPCERT_TRUSTED_PROXY = [ipaddress.ip_network("192.0.2.1/32"), ipaddress.ip_network(everybody)]
    assert ids(checks.proxy_is_not_everybody()) == ["expcert.E002"]


@pytest.mark.parametrize("networks", [[], ["192.0.2.0/24", "2001:db8::/32"]])
def test_no_proxy_and_a_named_one_are_in_order(settings, networks: list[str]):
    settings.EXPCERT_TRUSTED_PROXY = [ipaddress.ip_network(network) for network in networks]
    assert checks.proxy_is_not_everybody() == []


@pytest.mark.parametrize(("debug", "expected"), [(True, ["expcert.W004"]), (False, [])])
def test_debugging_is_told(settings, debug: bool, expected: list[str]):
    settings.DEBUG = debug
    assert ids(checks.debug_is_off()) == expected


@pytest.mark.parametrize(("hosts", "expected"), [(["a.example.com", "*"], ["expcert.E003"]), (["a.example.com"], [])])
def test_every_host_name_is_too_many(settings, hosts: list[str], expected: list[str]):
    settings.EXPCERT_ALLOWED_HOSTS = hosts
    assert ids(checks.hosts_are_named()) == expected


@pytest.mark.parametrize(
    ("cache", "queue", "expected"),
    [
        ("redis://cache/1", "redis://cache/0", []),
        ("redis://other/0", "redis://cache/0", []),
        ("redis://cache/0", "redis://cache:6379", ["expcert.E004"]),
        ("unix:///run/a.sock?db=1", "unix:///run/a.sock?db=0", []),
        ("unix:///run/a.sock", "unix:///run/a.sock?db=0", ["expcert.E004"]),
        ("locmem://", "redis://cache/0", ["expcert.W005"]),
    ],
)
def test_the_cache_and_the_queue_are_apart(settings, cache: str, queue: str, expected: list[str]):
    settings.EXPCERT_CACHE_URL, settings.EXPCERT_BROKER_URL = cache, queue
    assert ids(checks.cache_and_queue_are_apart()) == expected


@pytest.mark.parametrize(("length", "expected"), [(49, ["expcert.E005"]), (50, [])])
def test_a_short_secret_key_is_an_error(settings, length: int, expected: list[str]):
    settings.SECRET_KEY = "k" * length
    found = checks.secret_key_is_long()
    assert ids(found) == expected
    assert all(settings.SECRET_KEY not in str(message) for message in found)


@pytest.mark.parametrize("names", [[], ["EXPCERT_BNID", "EXPCERT_HTPS"]])
def test_each_variable_that_nothing_reads_is_told(settings, names: list[str]):
    settings.EXPCERT_UNKNOWN_VARIABLES = names
    found = checks.variables_are_known()
    assert ids(found) == ["expcert.W006"] * len(names)
    assert [name for name, message in zip(names, found, strict=True) if name in message.msg] == names
