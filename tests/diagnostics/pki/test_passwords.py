"""A file of passwords: what is one, and that none of them shows."""

import copy
import pickle
import traceback

import pytest

from diagnostics.pki.passwords import LARGEST_FILE, LONGEST_PASSWORD, MOST_PASSWORDS, Passwords, UnusablePasswords


def listed(data: bytes) -> list[str]:
    return [word.decode("utf-8") for word in Passwords.from_lines(data).each()]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"one", ["one"]),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"one\rtwo", ["one", "two"]),
        (b" one \n\ttwo", [" one ", "\ttwo"]),
        (b"two\none\ntwo\n", ["two", "one"]),
        ("one\u2028still\x0bone\n".encode(), ["one\u2028still\x0bone"]),
        ("\ufeffgr\u00fcn\n".encode(), ["gr\u00fcn"]),
        ("gr\u00fcn\n\u20ac\n".encode("utf-16"), ["gr\u00fcn", "\u20ac"]),
        (b"\xfe\xff" + "gr\u00fcn\n".encode("utf-16-be"), ["gr\u00fcn"]),
        ("gr\u00fcn\u20ac\n".encode("cp1252"), ["gr\u00fcn\u20ac"]),
    ],
)
def test_one_password_on_each_line(data, words):
    assert listed(data) == words
    assert len(Passwords.from_lines(data)) == len(words)


UNUSABLE = {
    "a NUL": (b"fine\nhid\0den", "line 2 holds a NUL"),
    "too long": (b"fine\nhidden" + b"x" * LONGEST_PASSWORD, f"line 2 is longer than {LONGEST_PASSWORD}"),
    "too many": (b"".join(b"hidden%d\n" % n for n in range(MOST_PASSWORDS + 1)), f"more than {MOST_PASSWORDS}"),
    "too large": (b"hidden\n" * LARGEST_FILE, "larger than 256 KiB"),
}


@pytest.mark.parametrize(("data", "words"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_file_that_is_no_list_of_passwords_is_refused_without_a_word_of_it(data, words):
    with pytest.raises(UnusablePasswords, match=words) as caught:
        Passwords.from_lines(data)
    assert "hid" not in str(caught.value)
    assert "den" not in str(caught.value)


def test_as_many_as_are_taken_are_taken():
    words = [f"{number}".ljust(LONGEST_PASSWORD, "x") for number in range(MOST_PASSWORDS)]
    assert listed("\n".join(words).encode()) == words


def test_no_password_shows():
    passwords = Passwords.of(["hidden"])
    try:
        raise RuntimeError(passwords)
    except RuntimeError:
        told = traceback.format_exc()
    shown = [repr(passwords), str(passwords), f"{passwords}", f"{[passwords]}", told]
    assert [text for text in shown if "hidden" in text] == []
    assert copy.deepcopy(passwords) == pickle.loads(pickle.dumps(passwords)) == passwords
