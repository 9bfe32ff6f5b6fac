"""A line of a log fit to be stored and shown: no password, token, user name or key in it, and not too long."""

import re

from diagnostics.readers.wording import printable

LONGEST_QUOTE = 300  # characters of a quoted line
LONGEST_DETAIL = 200
REMOVED = "[removed]"

_SECRET_WORDS = (
    r"pass(?:word|phrase|wd|code)|secret|token|credential|authorization|cookie|community|api-?key|session-?id"
)
_NAMES = r"user(?:-?name|-?id)?|login|account"
# key="value" whose key speaks of a secret or names an account.
_PAIRS = re.compile(
    rf"(?i)(?<![\w-])([\w.-]{{0,40}}(?:{_SECRET_WORDS})[\w.-]{{0,40}}|{_NAMES})(\s?=\s?)"
    r"(?:\"[^\"]{0,4000}\"?|'[^']{0,4000}'?)"
)
# The same without quotes or as JSON, and the header fields of HTTP and SIP, which run to the end of what is said.
_BARE = re.compile(
    rf"(?i)(?<![\w-])((?:[\w.-]{{0,40}}(?:{_SECRET_WORDS})[\"']?\s?[:=]|(?:{_NAMES})\s?=)\s?[\"']?)"
    r"(?![\"']?\[removed\])[^\s\"',;&]{1,4000}"
)
_HEADERS = re.compile(
    r"(?i)\b((?:proxy-)?authorization|authentication-info|(?:set-)?cookie)(\s?:\s?)[^\"\r\n|]{1,4000}"
)
_SCHEMES = re.compile(r"(?i)\b(basic|bearer|digest)\s+[\w+/=.~-]{8,4000}")
_IN_ADDRESS = re.compile(r"://[^\s/@:\"']{0,200}:[^\s/@\"']{0,200}@")
_ARMOUR = re.compile(r"(-----BEGIN [A-Z0-9 ]{1,40}-----).{0,16384}?(-----END|$)", re.DOTALL)
_CIPHER = re.compile(r"\{(?:cipher|[A-Z0-9-]{3,12})\}[\w+/=.-]{1,4000}")
_BLOB = re.compile(r"(?<![\w+/])[\w+/]{64,4000}={0,2}")  # base64 of a key or certificate; no host name is that long


def quoted(text: str, longest: int = LONGEST_QUOTE) -> str:
    """The text without what must not be stored, at most `longest` characters; an ellipsis where it was cut."""
    text = text[: 16 * 1024]
    text = _ARMOUR.sub(rf"\1{REMOVED}\2", text)
    text = _HEADERS.sub(rf"\1\2{REMOVED}", text)
    text = _PAIRS.sub(rf'\1\2"{REMOVED}"', text)
    text = _SCHEMES.sub(rf"\1 {REMOVED}", text)
    text = _BARE.sub(rf"\1{REMOVED}", text)
    text = _IN_ADDRESS.sub(f"://{REMOVED}@", text)
    text = _CIPHER.sub(REMOVED, text)
    text = printable(_BLOB.sub(REMOVED, text)).strip()
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
