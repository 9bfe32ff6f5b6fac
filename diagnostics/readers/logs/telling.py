"""Whether a text is a log, by its first bytes: the form of its lines, whatever stands before the first of them.

A log may quote a certificate, a dump or a status; a note about a certificate may quote a few lines of a log. What comes
first and what there is more of decides.
"""

import re

_TIME = rb"(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,Z+:-]{0,16}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
_LINE = re.compile(
    rb"^(?:\xef\xbb\xbf)?[ \t\"]{0,8}"
    + _TIME
    + rb"[ \t]{1,4}[\w.-]{1,253}[ \t]{1,4}([\w./-]{1,40})(?:\[\d{1,8}\])? ?:",
    re.MULTILINE,
)
# What an Expressway writes and other machines' logs have not.
_EXPRESSWAY = re.compile(
    rb"\b(?:UTCTime=\"|Event=\"|Module=\")"
    rb"|\b(?:tvcs|traffic_server|edgeconfigprovisioning|portforwarding|b2bua)(?:\[\d{1,8}\])? ?:"
    rb"|\[ET_NET \d{1,4} ?\]"
)
_OTHER = re.compile(
    rb"^[ \t]{0,8}(?:\*c xConfiguration |\*s |-----BEGIN |<Status[ >]|<Configuration[ >])", re.MULTILINE | re.IGNORECASE
)
_MOST = 400  # lines that are counted; a file's first bytes hold some hundred
_FEW, _MANY = 3, 20


def looks_like_log(text: bytes) -> bool:
    """Of the first bytes of a file; UTF-16 must have become UTF-8."""
    lines = _starts(_LINE, text)
    if not lines or not _EXPRESSWAY.search(text):
        return False
    others = _starts(_OTHER, text)
    if not others:
        return True
    if lines[0] < others[0]:
        return len(lines) >= _FEW and len(lines) >= len(others)
    return len(lines) >= _MANY * len(others)


def _starts(pattern: re.Pattern[bytes], text: bytes) -> list[int]:
    found: list[int] = []
    for match in pattern.finditer(text):
        found.append(match.start())
        if len(found) == _MOST:
            break
    return found
