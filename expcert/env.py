"""Reading the environment strictly: a value that is not understood stops the program and is named.

Every `NAME` may also be given as `NAME_FILE`, the path of a file that holds the value (for secrets in containers).
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv
from environ.fileaware_mapping import FileAwareMapping

from expcert import broker

OWN_PREFIX = "EXPCERT_"
TRUE_WORDS = frozenset({"true", "1", "yes", "on"})
FALSE_WORDS = frozenset({"false", "0", "no", "off"})
SIZE_UNITS = {"": 1, "KIB": 1024, "MIB": 1024**2, "GIB": 1024**3, "TIB": 1024**4}
SIZE_FORM = re.compile(r"^(?P<number>\d+)\s*(?P<unit>|KiB|MiB|GiB|TiB)$", re.IGNORECASE)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Environment:
    """One reader for one set of variables; it remembers the names it was asked for, so that a misspelt one can be told."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self.variables = os.environ if variables is None else variables
        self.known: set[str] = set()
        # The mapping and not the reader above it: the reader takes a value that begins with "$" for another variable's
        # name, which a generated password may well do.
        self._values = FileAwareMapping(env=self.variables)

    def text(self, name: str, default: str = "") -> str:
        """The value without surrounding space (a secret's file usually ends in a newline); empty counts as not given."""
        self.known.add(name)
        try:
            value = str(self._values.get(name, "")).strip()
        except OSError as exc:
            raise ImproperlyConfigured(f"{name}_FILE: cannot be read: {exc}") from exc
        except UnicodeDecodeError as exc:
            raise ImproperlyConfigured(f"{name}_FILE: is not text in UTF-8") from exc
        return value or default

    def flag(self, name: str, *, default: bool) -> bool:
        word = self.text(name).lower()
        if not word:
            return default
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        raise ImproperlyConfigured(f"{name}: {word!r} is neither true nor false")

    def count(self, name: str, *, default: int, least: int, most: int) -> int:
        word = self.text(name)
        if not word:
            return default
        if not re.fullmatch(r"\d+", word):
            raise ImproperlyConfigured(f"{name}: {word!r} is not a whole number")
        number = int(word)
        if not least <= number <= most:
            raise ImproperlyConfigured(f"{name}: {number} is not between {least} and {most}")
        return number

    def size(self, name: str, *, default: int) -> int:
        """Bytes, as a number or with a binary unit (`2GiB`)."""
        word = self.text(name)
        if not word:
            return default
        found = SIZE_FORM.match(word)
        if not found or int(found["number"]) == 0:
            raise ImproperlyConfigured(f"{name}: {word!r} is not a size such as 1048576, 512MiB or 2GiB")
        return int(found["number"]) * SIZE_UNITS[found["unit"].upper()]

    def words(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """A list separated by commas."""
        parts = [part.strip() for part in self.text(name).split(",")]
        return [part for part in parts if part] or list(default)

    def networks(self, name: str) -> list[Network]:
        """Addresses or networks separated by commas."""
        found = []
        for word in self.words(name):
            try:
                found.append(ipaddress.ip_network(word))
            except ValueError as exc:
                raise ImproperlyConfigured(f"{name}: {word!r} is not an address or a network") from exc
        return found

    def choice(self, name: str, *, default: str, allowed: tuple[str, ...]) -> str:
        word = self.text(name, default)
        if word not in allowed:
            raise ImproperlyConfigured(f"{name}: {word!r} is not one of {', '.join(allowed)}")
        return word

    def path(self, name: str, default: Path) -> Path:
        return Path(self.text(name, str(default))).expanduser().absolute()

    def address(self, name: str, default: str) -> tuple[str, int]:
        """Host and port to listen on, `127.0.0.1:8000` or `[::1]:8000`; port 0 lets the system choose."""
        word = self.text(name, default)
        host, colon, port = word.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        try:
            if not colon or not port.isdigit() or int(port) > 65535:
                raise ValueError
            return str(ipaddress.ip_address(host)), int(port)
        except ValueError as exc:
            raise ImproperlyConfigured(f"{name}: {word!r} is not ADDRESS:PORT, such as 127.0.0.1:8000") from exc

    def database(self, name: str, *, default: dict[str, Any], password: str = "") -> dict[str, Any]:
        """A database from its URL; SQLite and PostgreSQL are what the product is tested with."""
        url = self.text(name)
        if not url:
            return default
        scheme = _split(name, url, "a database address").scheme
        if scheme not in ("sqlite", "postgres", "postgresql"):
            raise ImproperlyConfigured(f"{name}: {scheme!r} is neither sqlite nor postgresql")
        found: dict[str, Any] = dict(FileAwareEnv.db_url_config(url))
        if scheme == "sqlite" and found["NAME"] == ":memory:":
            raise ImproperlyConfigured(f"{name}: names no file, and each process would have a database of its own")
        if password:
            found["PASSWORD"] = password
        return found

    def redis(self, name: str, *, default: str = "", password: str = "", more: tuple[str, ...] = ()) -> str:
        """The address of a Redis or Valkey server, `redis://`, `rediss://` or `unix://`; `more` allows further schemes."""
        url = self.text(name, default)
        if not url:
            return ""
        parts = _split(name, url, "the address of a Redis server")
        allowed = ("redis", "rediss", "unix", *more)
        if parts.scheme not in allowed:
            raise ImproperlyConfigured(f"{name}: {parts.scheme!r} is not one of {', '.join(allowed)}")
        if password and not parts.password:
            user, _, place = parts.netloc.rpartition("@")
            parts = parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}")
        url = broker.joined(parts)
        try:
            broker.database_number(url)
        except ValueError as exc:
            raise ImproperlyConfigured(f"{name}: the database at its end is not a number") from exc
        return url

    def unknown(self) -> list[str]:
        """Variables with our prefix that nothing asked for: most likely misspelt."""
        asked = self.known | {f"{name}_FILE" for name in self.known}
        return sorted(name for name in self.variables if name.startswith(OWN_PREFIX) and name not in asked)


def _split(name: str, url: str, what: str) -> SplitResult:
    """The parts of an address, with a port that is a number. The address may hold a password, so it is not said."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # looked at only when asked for
    except ValueError:
        raise ImproperlyConfigured(f"{name}: is not {what}") from None
    return parts
