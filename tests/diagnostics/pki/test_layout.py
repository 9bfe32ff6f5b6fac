"""What OpenSSL's PEM reader takes, asked of the openssl command."""

import random

import pytest

from diagnostics.pki.loading import Form, load
from tests.builders.containers import chain

LEAF = chain()[0]
LINES = LEAF.pem.splitlines()
BEGIN, BODY, END = LINES[0], b"".join(LINES[1:-1]), LINES[-1]
SPLINTERS = (
    b"\n",
    b"\r\n",
    b"\r",
    b" ",
    b"\t",
    b"\n\n",
    b"\xc2\xa0",
    b"\0",
    b"-",
    b":",
    b"=",
    b"x",
    b"\x0c",
    b"hello\n",
)
SPLINTERS += (b"-----", b"\xef\xbb\xbf", b">", b"A", b"\x1a", b"\\n", b"AAAA")


def in_columns(width: int, *, blank: int = 0) -> bytes:
    rows = b"\n".join(BODY[at : at + width] for at in range(0, len(BODY), width))
    return BEGIN + b"\n" + b"\n" * blank + rows + b"\n" + END + b"\n"


LAYOUTS = {
    **{f"{width} columns": (in_columns(width), True) for width in (4, 10, 63, 65, 76, 128, 253, 4096)},
    "one blank line before 64 columns": (in_columns(64, blank=1), True),
    "one blank line before 76 columns": (in_columns(76, blank=1), False),
    "two blank lines": (in_columns(64, blank=2), False),
    "a blank line before END": (LEAF.pem.replace(b"\n-----END", b"\n\n-----END"), False),
    "a blank before END": (LEAF.pem.replace(b"\n-----END", b"\n -----END"), False),
    "blanks before the body": (LEAF.pem.replace(b"\nM", b"\n   M"), True),
    "blanks inside of lines": (LEAF.pem.replace(LINES[2], LINES[2][:9] + b"  " + LINES[2][9:]), True),
    "letters that are not ASCII at the end of a line": (LEAF.pem.replace(LINES[2], LINES[2] + b"\xc2\xa0"), True),
    "a mark of byte order in the middle": (b"words\n\xef\xbb\xbf" + LEAF.pem, False),
    "a tab in the label": (LEAF.pem.replace(b"BEGIN ", b"BEGIN\t"), False),
    "too much padding": (LEAF.pem.replace(b"\n-----END", b"=\n-----END"), False),
    "the end mark of DOS": (LEAF.pem + b"\x1a", True),
    "a form feed before": (b"\x0c" + LEAF.pem, False),
}


@pytest.mark.parametrize(("data", "taken"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_layout_is_called_pem_where_openssl_takes_it(openssl, data, taken):
    loaded = load(data, most=5)

    assert openssl.loads(data) is taken
    assert (loaded.form is Form.PEM) is taken
    assert loaded.certificates[0].certificate.sha256 == LEAF.sha256


@pytest.mark.parametrize("between", [bytes(99), b"\0words\n"])
def test_what_stands_behind_a_nul_is_not_seen_by_openssl(openssl, between):
    data = between + LEAF.pem

    assert not openssl.loads(data)
    assert load(data, most=5).form is Form.ODD_PEM
    assert load(LEAF.pem + data, most=5).form is Form.ODD_PEM
    assert load(LEAF.pem + bytes(99), most=5).form is Form.PEM


def splintered(chance: random.Random) -> bytes:
    """The block with up to three splinters in it, most of them near its marks."""
    data = LEAF.pem
    for _ in range(chance.choice((1, 1, 2, 3))):
        near = (0, len(BEGIN), len(BEGIN) + 1, max(data.find(b"-----END"), 0), len(data), chance.randrange(len(data)))
        place = max(0, chance.choice(near) + chance.choice((-1, 0, 0, 1)))
        splinter = chance.choice(SPLINTERS)
        data = data[:place] + (splinter + data[place:] if chance.random() < 0.7 else data[place + 1 :])
    return data


@pytest.mark.parametrize("seed", range(4))
def test_no_block_is_called_pem_that_openssl_refuses_and_none_is_lost_that_it_takes(openssl, seed):
    chance = random.Random(seed)
    for _ in range(40):
        data = splintered(chance)
        loaded, taken = load(data, most=5), openssl.loads(data)
        assert loaded.form is not Form.PEM or taken, data
        assert loaded.certificates or not taken, data
