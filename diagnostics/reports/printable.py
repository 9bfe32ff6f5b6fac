"""Foreign text made safe to show: names and subjects come from whoever made the certificate or the file.

What does not print is written as an escape, never dropped: a terminal sequence does nothing, text that runs backwards
does not mislead, and a zero-width blank inside a peer address, which is a fault of its own, can be seen.
"""

import unicodedata

_LONGEST = 300  # characters of one value; a subject may hold megabytes


def printable(text: str) -> str:
    """One line without control or formatting characters; blanks of any kind become plain ones."""
    return text if text.isprintable() else "".join(map(_shown, text))


def short(text: str) -> str:
    """`printable`, and cut in the middle where it is too long for a sentence: both ends tell values apart."""
    if len(text) > _LONGEST:
        half = (_LONGEST - 1) // 2
        text = f"{text[:half]}…{text[-half:]}"
    return printable(text)


def escaped_json(text: str) -> str:
    """A JSON text in which every character that does not print is a JSON escape; its value stays the same.

    Line feeds are kept, which JSON has between values only.
    """
    return "\n".join(
        line if line.isprintable() else "".join(_as_json(letter) for letter in line) for line in text.split("\n")
    )


def _shown(letter: str) -> str:
    if letter.isprintable():
        return letter
    if letter.isspace() and letter not in "\x1c\x1d\x1e\x1f":
        return " "
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _as_json(letter: str) -> str:
    if letter.isprintable() or unicodedata.category(letter) == "Zs":
        return letter
    return "".join(f"\\u{int.from_bytes(unit, 'big'):04x}" for unit in _utf16(letter))


def _utf16(letter: str) -> list[bytes]:
    data = letter.encode("utf-16-be", "surrogatepass")
    return [data[start : start + 2] for start in range(0, len(data), 2)]
