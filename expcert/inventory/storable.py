"""Text from files made fit for every database: PostgreSQL refuses U+0000, and half a surrogate pair is no UTF-8 at all.

Both come out of hostile or damaged files (a subject, a member's name in a tar, an escape in JSON), and are shown as the
replacement character.
"""

from __future__ import annotations

import re
from typing import Any

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def text(value: str) -> str:
    """The same text, each character that cannot be stored replaced."""
    return _NOT_STORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def json(value: Any) -> Any:
    """The same JSON value, every string and key in it made storable."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {text(str(key)): json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json(item) for item in value]
    return value
