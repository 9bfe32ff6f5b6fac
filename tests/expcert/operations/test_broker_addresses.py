"""One server, written as each library wants it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from expcert import broker


@pytest.mark.parametrize(
    "url",
    ["redis://cache:6379/2", "rediss://:word@cache/0", "unix:///run/redis.sock?db=3", "unix://:word@/run/redis.sock"],
)
def test_taking_an_address_apart_and_joining_it_changes_nothing(url: str):
    assert broker.joined(urlsplit(url)) == url


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("redis://cache", 0),
        ("redis://cache/", 0),
        ("redis://cache/7", 7),
        ("unix:///run/redis.sock", 0),
        ("unix:///run/redis.sock?db=7", 7),
    ],
)
def test_the_number_of_the_database(url: str, number: int):
    assert broker.database_number(url) == number


@pytest.mark.parametrize("url", ["redis://cache/one", "unix:///run/redis.sock?db=one"])
def test_a_database_that_is_no_number(url: str):
    with pytest.raises(ValueError, match="invalid literal"):
        broker.database_number(url)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("redis://:word@cache:6380", "redis://:word@cache:6380/5"),
        ("rediss://cache/1", "rediss://cache/5"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock?db=5"),
        ("unix:///run/redis.sock?db=1&protocol=3", "unix:///run/redis.sock?db=5&protocol=3"),
    ],
)
def test_the_same_server_with_another_database(url: str, other: str):
    assert broker.with_database(url, 5) == other
    assert broker.database_number(other) == 5


def test_celery_knows_a_socket_by_another_scheme():
    assert broker.for_celery("unix:///run/redis.sock?db=2") == "redis+socket:///run/redis.sock?virtual_host=2"


def test_celery_takes_other_addresses_as_they_are():
    assert broker.for_celery("rediss://:word@cache/2") == "rediss://:word@cache/2"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("redis://cache/0", "redis://cache:6379", True),
        ("redis://cache/0", "rediss://:word@CACHE/0", True),
        ("redis://cache/0", "redis://cache/1", False),
        ("redis://cache/0", "redis://other/0", False),
        ("redis://cache:1/0", "redis://cache:2/0", False),
        ("unix:///run/a.sock", "unix:///run/a.sock?db=0", True),
        ("unix:///run/a.sock", "unix:///run/b.sock", False),
        ("unix:///run/a.sock", "redis://cache/0", False),
    ],
)
def test_whether_two_addresses_mean_one_database(one: str, other: str, same: bool):
    assert broker.same_place(one, other) is same
    assert broker.same_place(other, one) is same
