"""Reading variables: every kind of value, and a wrong one is named and stops the program."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from expcert.env import Environment


def test_space_around_a_value_is_no_part_of_it():
    assert Environment({"NAME": "  value \n"}).text("NAME") == "value"


def test_an_empty_value_counts_as_not_given():
    assert Environment({"NAME": "  "}).text("NAME", "else") == "else"


def test_a_value_that_begins_with_a_dollar_sign_is_not_another_variables_name():
    assert Environment({"NAME": "$OTHER", "OTHER": "wrong"}).text("NAME") == "$OTHER"


def test_a_secret_may_stand_in_a_file(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("from the file\n", encoding="utf-8")
    assert Environment({"NAME_FILE": str(secret)}).text("NAME") == "from the file"


def test_the_file_wins_over_the_variable(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("from the file", encoding="utf-8")
    assert Environment({"NAME": "direct", "NAME_FILE": str(secret)}).text("NAME") == "from the file"


def test_a_secret_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ImproperlyConfigured, match=r"^NAME_FILE: cannot be read: .*no-such"):
        Environment({"NAME_FILE": str(tmp_path / "no-such")}).text("NAME")


def test_a_secret_file_that_is_not_text_is_named(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ImproperlyConfigured, match=r"^NAME_FILE: is not text"):
        Environment({"NAME_FILE": str(secret)}).text("NAME")


@pytest.mark.parametrize("word", ["true", "TRUE", "1", "yes", "On"])
def test_words_that_mean_true(word: str):
    assert Environment({"NAME": word}).flag("NAME", default=False) is True


@pytest.mark.parametrize("word", ["false", "False", "0", "no", "off"])
def test_words_that_mean_false(word: str):
    assert Environment({"NAME": word}).flag("NAME", default=True) is False


@pytest.mark.parametrize("default", [True, False])
def test_a_flag_that_is_not_given_is_its_default(default: bool):
    assert Environment({}).flag("NAME", default=default) is default


def test_a_flag_that_is_neither_is_refused():
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: 'maybe' is neither true nor false$"):
        Environment({"NAME": "maybe"}).flag("NAME", default=False)


@pytest.mark.parametrize(("word", "number"), [("1", 1), ("64", 64), ("", 7)])
def test_a_count_within_its_bounds(word: str, number: int):
    assert Environment({"NAME": word}).count("NAME", default=7, least=1, most=64) == number


@pytest.mark.parametrize("word", ["0", "65"])
def test_a_count_outside_its_bounds_is_refused(word: str):
    with pytest.raises(ImproperlyConfigured, match=rf"^NAME: {word} is not between 1 and 64$"):
        Environment({"NAME": word}).count("NAME", default=7, least=1, most=64)


@pytest.mark.parametrize("word", ["two", "-1", "1.5", "1_0", "0x10"])
def test_a_count_that_is_no_whole_number_is_refused(word: str):
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: .* is not a whole number$"):
        Environment({"NAME": word}).count("NAME", default=7, least=1, most=64)


@pytest.mark.parametrize(
    ("word", "size"),
    [("1048576", 2**20), ("512KiB", 2**19), ("2 GiB", 2**31), ("3mib", 3 * 2**20), ("1TiB", 2**40), ("", 99)],
)
def test_sizes_with_and_without_a_unit(word: str, size: int):
    assert Environment({"NAME": word}).size("NAME", default=99) == size


@pytest.mark.parametrize("word", ["2GB", "-1", "0", "0MiB", "1.5GiB", "GiB", "many"])
def test_a_size_that_is_not_understood_is_refused(word: str):
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: .* is not a size such as"):
        Environment({"NAME": word}).size("NAME", default=99)


def test_a_list_loses_its_empty_parts():
    assert Environment({"NAME": " a, b,,c ,"}).words("NAME", ("d",)) == ["a", "b", "c"]


@pytest.mark.parametrize("value", ["", " , "])
def test_a_list_of_nothing_is_its_default(value: str):
    assert Environment({"NAME": value}).words("NAME", ("d",)) == ["d"]


def test_networks_of_both_families():
    assert Environment({"NAME": "192.0.2.1, 198.51.100.0/24, 2001:db8::/32"}).networks("NAME") == [
        ipaddress.ip_network("192.0.2.1/32"),
        ipaddress.ip_network("198.51.100.0/24"),
        ipaddress.ip_network("2001:db8::/32"),
    ]


@pytest.mark.parametrize("word", ["proxy.example.com", "192.0.2.1/24", "192.0.2.256"])
def test_a_network_that_is_none_is_named(word: str):
    with pytest.raises(ImproperlyConfigured, match=rf"^NAME: '{word}' is not an address or a network$"):
        Environment({"NAME": f"192.0.2.1, {word}"}).networks("NAME")


def test_a_choice_is_one_of_those_allowed():
    assert Environment({"NAME": "b"}).choice("NAME", default="a", allowed=("a", "b")) == "b"
    assert Environment({}).choice("NAME", default="a", allowed=("a", "b")) == "a"
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: 'c' is not one of a, b$"):
        Environment({"NAME": "c"}).choice("NAME", default="a", allowed=("a", "b"))


def test_a_path_is_absolute_and_knows_the_home_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/srv/somebody")
    assert Environment({"NAME": "here"}).path("NAME", Path("there")) == tmp_path / "here"
    assert Environment({"NAME": "~/data"}).path("NAME", Path("there")) == Path("/srv/somebody/data")
    assert Environment({}).path("NAME", Path("there")) == tmp_path / "there"


@pytest.mark.parametrize(
    ("word", "address"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        ("[::1]:65535", ("::1", 65535)),
        ("", ("127.0.0.1", 1)),
    ],
)
def test_where_to_listen(word: str, address: tuple[str, int]):
    assert Environment({"NAME": word}).address("NAME", "127.0.0.1:1") == address


@pytest.mark.parametrize("word", ["8000", "localhost:8000", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:-1", "[::1]:x"])
def test_a_place_to_listen_that_is_none_is_refused(word: str):
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: .* is not ADDRESS:PORT"):
        Environment({"NAME": word}).address("NAME", "127.0.0.1:1")


def test_a_database_that_is_not_named_is_the_default():
    assert Environment({}).database("NAME", default={"ENGINE": "x"}, password="unused") == {"ENGINE": "x"}


def test_a_postgresql_database_with_its_password_apart():
    found = Environment({"NAME": "postgres://user@db.example.com:5433/expcert?sslmode=require"}).database(
        "NAME", default={}, password="p@ss/word"
    )
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.com", 5433, "expcert")
    assert (found["USER"], found["PASSWORD"]) == ("user", "p@ss/word")
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_a_password_in_the_address_is_unquoted():
    found = Environment({"NAME": "postgresql://user:p%40ss@db/expcert"}).database("NAME", default={})
    assert found["PASSWORD"] == "p@ss"


def test_a_sqlite_database_is_a_file():
    found = Environment({"NAME": "sqlite:////srv/expcert/db.sqlite3"}).database("NAME", default={})
    assert (found["ENGINE"], found["NAME"]) == ("django.db.backends.sqlite3", "/srv/expcert/db.sqlite3")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:"])
def test_a_sqlite_database_in_memory_is_refused_as_each_process_would_have_its_own(url: str):
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: names no file"):
        Environment({"NAME": url}).database("NAME", default={})


def test_a_kind_of_database_that_is_not_tested_is_refused():
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: 'mysql' is neither sqlite nor postgresql$"):
        Environment({"NAME": "mysql://user:hidden@db/expcert"}).database("NAME", default={})


@pytest.mark.parametrize("place", ["db:port/expcert", "db:99999/expcert", "[db/expcert"])
def test_a_database_address_that_cannot_be_read_is_named_without_its_password(place: str):
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: is not a database address$") as caught:
        Environment({"NAME": f"postgres://user:hidden@{place}"}).database("NAME", default={})
    assert "hidden" not in repr(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_a_redis_address_takes_its_password_from_elsewhere(scheme: str):
    read = Environment({"NAME": f"{scheme}://user@cache.example.com:6380/2"}).redis("NAME", password="p@ss/word")
    assert read == f"{scheme}://user:p%40ss%2Fword@cache.example.com:6380/2"


def test_a_password_in_the_redis_address_stays():
    assert Environment({"NAME": "redis://:own@cache/1"}).redis("NAME", password="other") == "redis://:own@cache/1"


def test_a_redis_socket_keeps_its_three_slashes():
    assert Environment({"NAME": "unix:///run/redis.sock?db=3"}).redis("NAME") == "unix:///run/redis.sock?db=3"


def test_a_redis_socket_takes_a_password_too():
    url = Environment({"NAME": "unix:///run/redis.sock?db=3"}).redis("NAME", password="word")
    assert url == "unix://:word@/run/redis.sock?db=3"


def test_no_redis_address_is_none():
    assert Environment({}).redis("NAME", password="unused") == ""


@pytest.mark.parametrize("url", ["http://cache/0", "cache:6379", "locmem://"])
def test_a_scheme_that_is_not_allowed_is_refused(url: str):
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: .* is not one of redis, rediss, unix$"):
        Environment({"NAME": url}).redis("NAME")


def test_a_further_scheme_where_it_makes_sense():
    assert Environment({"NAME": "locmem://"}).redis("NAME", more=("locmem",)) == "locmem://"


@pytest.mark.parametrize("url", ["redis://cache/first", "unix:///run/redis.sock?db=first"])
def test_a_redis_database_that_is_no_number_is_refused(url: str):
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: the database at its end is not a number$"):
        Environment({"NAME": url}).redis("NAME")


@pytest.mark.parametrize("place", ["cache:port/0", "[cache/0"])
def test_a_redis_address_that_cannot_be_read_is_named_without_its_password(place: str):
    with pytest.raises(ImproperlyConfigured, match=r"^NAME: is not the address of a Redis server$") as caught:
        Environment({"NAME": f"redis://:hidden@{place}"}).redis("NAME")
    assert caught.value.__suppress_context__


def test_a_variable_of_ours_that_nothing_asked_for_is_told():
    environment = Environment({"EXPCERT_BNID": "x", "EXPCERT_BIND": "", "EXPCERT_KEY_FILE": "", "PATH": "/bin"})
    environment.text("EXPCERT_BIND")
    environment.known.add("EXPCERT_KEY")
    assert environment.unknown() == ["EXPCERT_BNID"]
