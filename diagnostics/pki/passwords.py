"""Passwords on their way to a container: in no message, log line or representation of anything that holds them."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MOST_PASSWORDS = 100  # of one file: each costs every container its rounds
LONGEST_PASSWORD = 1_000  # characters
LARGEST_FILE = 256 * 1024  # bytes; room for that many of that length


class UnusablePasswords(ValueError):
    """A list of passwords that cannot be one; the message names lines and never what is on them."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """Each once, in order. None of them opens only what is not locked, or locked with the empty one."""

    _all: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self._all)

    def each(self) -> Iterator[bytes]:
        """As UTF-8."""
        return (password.encode("utf-8") for password in self._all)

    @classmethod
    def of(cls, words: Iterable[str]) -> "Passwords":
        """Raises `UnusablePasswords`."""
        kept: dict[str, None] = {}
        for number, word in enumerate(words, start=1):
            # The empty one is tried in any case. OpenSSL would end a password at its first NUL.
            if "\0" in word:
                raise UnusablePasswords(f"line {number} holds a NUL, which no password can")
            if len(word) > LONGEST_PASSWORD:
                raise UnusablePasswords(f"line {number} is longer than {LONGEST_PASSWORD} characters")
            if word:
                kept[word] = None
        if len(kept) > MOST_PASSWORDS:
            raise UnusablePasswords(f"more than {MOST_PASSWORDS} passwords")
        return cls(tuple(kept))

    @classmethod
    def from_lines(cls, data: bytes) -> "Passwords":
        """A file with one on each line; blanks count, line ends of any system do not. Raises `UnusablePasswords`."""
        if len(data) > LARGEST_FILE:
            raise UnusablePasswords(f"larger than {LARGEST_FILE // 1024} KiB")
        return cls.of(_text(data).replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _text(data: bytes) -> str:
    """In what Notepad and other editors save: UTF-16 with its mark, UTF-8, or “ANSI” as it is in the West."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
