"""One line of a log, taken apart: `<local ISO time with offset> <host> <process>: key="value" ... UTCTime="..."`.

The form is that of published lines (notes 212475, 117811 and 217230). Copies from web articles have blanks inside the
quotes, so values are trimmed; OpenSSL's and the HTTP proxy's own texts have neither keys nor quotes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_SYSLOG_TIME = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"  # without year and zone: it tells no moment
_HEAD = re.compile(
    rf"(?:^|(?<=[\s\"]))(?P<time>{_TIME}|{_SYSLOG_TIME})\s{{1,4}}(?P<host>[\w.-]{{1,253}})\s{{1,4}}"
    r"(?P<process>[\w./-]{1,40})(?:\[\d{1,8}\])?\s?:"
)
_PAIR = re.compile(r'\s([A-Za-z][\w-]{0,40})="([^"]{0,2000})"')
_DOUBLED = re.compile(r'=""[^"\s]')  # a line in a table that was saved as CSV (how exports look is a guess)
_UTC_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?")


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        text: the whole of it.
        time: UTC, as 2026-01-15T10:30:00Z; None where it does not say.
        host, process: empty where the line begins in the middle.
        values: the trimmed values by key, of a key that repeats the first.
    """

    text: str
    time: str | None
    host: str
    process: str
    values: Mapping[str, str]

    def get(self, key: str) -> str:
        """The value of the key, empty where there is none."""
        return self.values.get(key, "")

    def port(self, key: str) -> int | None:
        """A port number; None where it is none."""
        return port_of(self.get(key))


def port_of(text: str) -> int | None:
    """None where it is no port number."""
    known = text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536
    return int(text) if known else None


def records(line: bytes) -> list[Record]:
    """The records of a line: one, or several where they were pasted together."""
    text = line.decode("utf-8", "replace").strip("\ufeff\r\n\t ")
    if _DOUBLED.search(text):
        text = text.replace('""', '"').strip('"')
    head = _HEAD.match(text)
    # One record bears its year twice, in local time and in UTCTime.
    if head is not None and text.count(text[:5]) <= 2:
        return [_record(text, head)]
    heads = list(_HEAD.finditer(text))
    if len(heads) <= 1:
        return [_record(text, heads[0] if heads else None)]
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        _record(text[head.start() : end].rstrip(), _HEAD.match(text[head.start() : end]))
        for head, end in zip(heads, ends, strict=True)
    ]


def times_in(text: bytes) -> list[str]:
    """The moments of the lines in these bytes, UTC, as far as they tell any."""
    told = (_local_time(match["time"]) for match in _HEAD.finditer(text.decode("utf-8", "replace")))
    return [time for time in told if time is not None]


def host_in(head: bytes) -> str:
    """The host column of the first line in these bytes that has one; empty where none has."""
    match = _HEAD.search(head.decode("utf-8", "replace"))
    return match["host"] if match else ""


def _record(text: str, head: re.Match[str] | None) -> Record:
    values: dict[str, str] = {}
    for key, value in _PAIR.findall(f" {text}"):
        values.setdefault(key, value.strip())
    time = _utc_time(values["UTCTime"]) if "UTCTime" in values else None
    if time is None and head is not None:
        time = _local_time(head["time"])
    return Record(
        text=text,
        time=time,
        host=head["host"] if head else "",
        process=head["process"] if head else "",
        values=values,
    )


@lru_cache(maxsize=1024)
def _utc_time(text: str) -> str | None:
    match = _UTC_TIME.match(text)
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        return None
    return _written(moment)


@lru_cache(maxsize=1024)
def _local_time(text: str) -> str | None:
    """None without an offset: what is local somewhere tells no moment."""
    try:
        moment = datetime.fromisoformat(text.replace(",", "."))
        return _written(moment.astimezone(UTC)) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _written(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
