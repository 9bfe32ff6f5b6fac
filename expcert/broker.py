"""The addresses of one Redis or Valkey server, as each library wants them written."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit, urlunsplit


def joined(parts: SplitResult) -> str:
    """`urlunsplit`, which for schemes that it does not know would drop the two slashes of `unix:///path`."""
    url = urlunsplit(parts)
    prefix = f"{parts.scheme}:"
    return url if url.startswith(f"{prefix}//") else f"{prefix}//{url.removeprefix(prefix)}"


def database_number(url: str) -> int:
    """The numbered database of a Redis address; 0 where none is written. Raises ValueError for one that is no number."""
    parts = urlsplit(url)
    named = parse_qs(parts.query).get("db", [""])[0] if parts.scheme == "unix" else parts.path.strip("/")
    return int(named or 0)


def with_database(url: str, number: int) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        query = {name: values[0] for name, values in parse_qs(parts.query).items()} | {"db": str(number)}
        return joined(parts._replace(query=urlencode(query)))
    return joined(parts._replace(path=f"/{number}"))


def for_celery(url: str) -> str:
    """kombu knows a unix socket by another scheme, and its database by another name."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    query = urlencode({"virtual_host": database_number(url)})
    return joined(parts._replace(scheme="redis+socket", query=query))


def same_place(one: str, other: str) -> bool:
    """Whether two addresses mean the same database of the same server."""
    first, second = urlsplit(one), urlsplit(other)
    if first.scheme == "unix" or second.scheme == "unix":
        server = (first.scheme, first.path) == (second.scheme, second.path)
    else:
        server = (first.hostname, first.port or 6379) == (second.hostname, second.port or 6379)
    return server and database_number(one) == database_number(other)
