"""A document made fit for other eyes: IP addresses as stable placeholders.

The same address is the same placeholder everywhere in the document, so that a reader still sees what belongs
together (full masking makes diagnosis impossible). Placeholders are counted, never hashed: a hash of an IPv4 address
is reversed by trying them all.
"""

import re
from typing import Any

from diagnostics.pki.names import as_address

_CANDIDATE = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])")


def without_addresses(document: dict[str, Any]) -> dict[str, Any]:
    """A copy in which every IP address, in keys and values alike, reads "address-1", "address-2" and so on."""
    redacted = _Redaction().value(document)
    assert isinstance(redacted, dict)
    return {**redacted, "redacted": ["addresses"]}


class _Redaction:
    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return _CANDIDATE.sub(self._replace, value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}
        return value

    def _replace(self, match: re.Match[str]) -> str:
        address = as_address(match[0])
        if address is None:
            return match[0]
        return self._placeholders.setdefault(str(address), f"address-{len(self._placeholders) + 1}")
