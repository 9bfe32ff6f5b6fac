"""Text that no database would take whole."""

import json

import pytest

from expcert.inventory import storable


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("日本語 😀", "日本語 😀"),
        ("a\x00b", "a�b"),
        ("\ud800", "�"),
        ("x\udcff.pem", "x�.pem"),
        ("tab\tand line\n", "tab\tand line\n"),
    ],
)
def test_what_cannot_be_stored_is_replaced_and_the_rest_is_kept(text, kept):
    assert storable.text(text) == kept
    storable.text(text).encode()


def test_every_string_of_a_document_is_made_storable_and_nothing_else_changes():
    document = {"a\x00": ["\ud800", 1, None, True, {"b": ("x\x00", 2.5)}], "c": {}}

    stored = storable.json(document)

    assert stored == {"a�": ["�", 1, None, True, {"b": ["x�", 2.5]}], "c": {}}
    assert "\\u0000" not in json.dumps(stored)
    assert document["a\x00"][0] == "\ud800", "what was given is left as it is"
