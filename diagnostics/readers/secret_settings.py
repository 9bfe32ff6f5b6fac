"""Which settings hold secrets. Nothing of them is kept, whatever the file: name, value, quote or problem.

An enciphered value begins with {cipher} (seen in a real dump); the names are the last words of keys in dumps, status
files and REST answers.
"""

import re

_NAME = re.compile(
    r"(?:pass(?:word|phrase|wd|code)|secret|communit(?:y|yname)|token|credentials?|privatekey|presharedkey"
    r"|authkey|releasekey|optionkey|pin)$"
)


def is_secret_name(name: str) -> bool:
    """Of a key, element or member, in any spelling: `AxlPassword`, `axl_password`, `SNMP CommunityName`."""
    return _NAME.search(re.sub(r"[^a-z]", "", name.casefold())) is not None


def is_secret_value(value: str) -> bool:
    return "{cipher}" in value.casefold()
