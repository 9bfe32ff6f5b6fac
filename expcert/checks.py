"""System checks: a setting that is wrong, or unwise together with another, is told with an id and what to do."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage

from expcert import broker, data_directory

SHORTEST_SECRET_KEY = 50
Check = Callable[..., list[CheckMessage]]


def data_directory_is_ours(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    directory = Path(settings.EXPCERT_DATA_DIR)
    if not directory.is_dir() or not os.access(directory, os.W_OK | os.X_OK):
        return [
            checks.Error(
                f"The data directory {directory} cannot be written.",
                hint="Create it for the user that runs Expcert, or set EXPCERT_DATA_DIR to another place.",
                id="expcert.E001",
            )
        ]
    mode = data_directory.mode_of(directory)
    if mode & 0o077:
        return [
            checks.Warning(
                f"The data directory {directory} is open to other users (mode {mode:04o}).",
                hint=f"It holds the secret key and customers' files: chmod 700 {directory}",
                id="expcert.W001",
            )
        ]
    return []


def is_public(host: str) -> bool:
    """Whether a host name or address can be reached from another machine."""
    bare = host.strip("[]").lower()
    try:
        return not ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return bare != "localhost" and not bare.endswith(".localhost")


def passwords_are_not_sent_in_clear(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    public = [host for host in settings.EXPCERT_ALLOWED_HOSTS if is_public(host)]
    if settings.EXPCERT_HTTPS or not public:
        return []
    return [
        checks.Warning(
            f"HTTPS is off, but the product answers as {', '.join(public)}: passwords and sessions cross the network in clear.",
            hint="Put a proxy with a certificate in front, set EXPCERT_TRUSTED_PROXY to its address and EXPCERT_HTTPS=true.",
            id="expcert.W002",
        )
    ]


def https_has_a_proxy(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    if not settings.EXPCERT_HTTPS or settings.EXPCERT_TRUSTED_PROXY:
        return []
    return [
        checks.Warning(
            "HTTPS is on, but no proxy is trusted to say that a request came by HTTPS: every page will redirect to itself.",
            hint="Set EXPCERT_TRUSTED_PROXY to the address of the proxy that holds the certificate.",
            id="expcert.W003",
        )
    ]


def proxy_is_not_everybody(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    if all(network.prefixlen for network in settings.EXPCERT_TRUSTED_PROXY):
        return []
    return [
        checks.Error(
            "EXPCERT_TRUSTED_PROXY trusts every address: anyone can pretend to be anyone.",
            hint="Name the proxy's own address or network.",
            id="expcert.E002",
        )
    ]


def debug_is_off(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [
        checks.Warning(
            "EXPCERT_DEBUG is on: error pages show source code, and a page that fails skips the strict content policy.",
            hint="Only for development on your own machine.",
            id="expcert.W004",
        )
    ]


def hosts_are_named(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    if "*" not in settings.EXPCERT_ALLOWED_HOSTS:
        return []
    return [
        checks.Error(
            "EXPCERT_ALLOWED_HOSTS allows every host name: links that the product writes could be made to point elsewhere.",
            hint="List the names under which people reach it.",
            id="expcert.E003",
        )
    ]


def cache_and_queue_are_apart(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    if settings.EXPCERT_CACHE_URL.startswith("locmem:"):
        return [
            checks.Warning(
                "The cache is kept in each process alone, so the limits on signing in count per process.",
                hint="Unset EXPCERT_CACHE_URL, or give it a Redis address.",
                id="expcert.W005",
            )
        ]
    if not broker.same_place(settings.EXPCERT_CACHE_URL, settings.EXPCERT_BROKER_URL):
        return []
    return [
        checks.Error(
            "The cache and the queue share one Redis database: clearing the cache would throw away waiting work.",
            hint="Give EXPCERT_CACHE_URL another database number than REDIS_URL, or unset it.",
            id="expcert.E004",
        )
    ]


def secret_key_is_long(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    if len(settings.SECRET_KEY) >= SHORTEST_SECRET_KEY:
        return []
    return [
        checks.Error(
            f"EXPCERT_SECRET_KEY is shorter than {SHORTEST_SECRET_KEY} characters.",
            hint="Unset it to have one made, or use: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'",
            id="expcert.E005",
        )
    ]


def variables_are_known(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    return [
        checks.Warning(
            f"Nothing reads the variable {name}.",
            hint="It may be misspelt: .env.example lists all variables.",
            id="expcert.W006",
        )
        for name in settings.EXPCERT_UNKNOWN_VARIABLES
    ]


ALL: Sequence[Check] = (
    data_directory_is_ours,
    passwords_are_not_sent_in_clear,
    https_has_a_proxy,
    proxy_is_not_everybody,
    debug_is_off,
    hosts_are_named,
    cache_and_queue_are_apart,
    secret_key_is_long,
    variables_are_known,
)


def register() -> None:
    for check in ALL:
        checks.register(check, "expcert")
