"""The text in a file: decoded, free of private keys, and fit to be stored and shown."""

import re

from diagnostics.pki.loading import utf16_as_utf8

LONGEST_VALUE = 1000  # characters of one setting; a DNS name has at most 253

_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")


def decoded(data: bytes) -> str:
    """UTF-8 or UTF-16, with or without its mark; what is neither becomes replacement characters."""
    return (utf16_as_utf8(data) or data).decode("utf-8-sig", "replace")


def without_keys(text: str) -> tuple[str, tuple[int, ...]]:
    """The text with the inside of every private key left out, and the 1-based lines at which they began.

    Line breaks stay, so that lines keep their numbers, and so does what indents the last line. An inside ends at the
    next dashes, or at a quote for one that is not closed.
    """
    parts: list[str] = []
    lines: list[int] = []
    position, line = 0, 1
    for begin in _KEY_BEGINS.finditer(text):
        if begin.start() < position:
            continue
        end = text.find("-----", begin.end())
        end = end if end >= 0 else len(text)
        quote = text.find('"', begin.end(), end)
        end = quote if quote >= 0 else end
        line += text.count("\n", position, begin.start())
        lines.append(line)
        breaks = text.count("\n", begin.end(), end)
        indent = text[text.rfind("\n", begin.end(), end) + 1 : end] if breaks else ""
        parts += [text[position : begin.end()], "\n" * breaks, "" if indent.strip() else indent]
        position, line = end, line + breaks
    return ("".join([*parts, text[position:]]) if parts else text), tuple(lines)


def printable(text: str) -> str:
    """Control characters, unpaired surrogates and invisible marks replaced: no database or page need see them."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else " " if letter.isspace() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
