"""YAML (and so JSON) as plain values that know their lines, for messages that say where."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from diagnostics.readers.flaws import Flaw

DEEPEST = 40  # levels of nesting; an inventory has 6
MOST_VALUES = 100_000  # keys count too; an inventory of 1,000 nodes has about 30,000


class UnreadableYaml(Exception):
    """Not YAML, or YAML that could be made to unfold without end; `line` is 1-based, None where unknown."""

    def __init__(self, flaw: Flaw, line: int | None, **params: str) -> None:
        super().__init__(flaw.value)
        self.flaw, self.line, self.params = flaw, line, params


@dataclass(frozen=True, slots=True)
class Noted:
    """A value and where it stands.

    `line` is where a mapping's value or a list's item begins; for a value that is itself a mapping or list, and in
    `key_line` for every value, it is the line of its key. None in JSON that is not YAML.
    """

    value: "str | bool | int | tuple[Noted, ...] | dict[str, Noted] | None"
    line: int | None
    key_line: int | None = None


def read_yaml(text: str) -> Noted:
    """Raises `UnreadableYaml`. Anchors and aliases are refused: an inventory needs none, and they unfold."""
    try:
        _check_size(text)
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return _as_json(text, error)
    if node is None:
        raise UnreadableYaml(Flaw.EMPTY_DOCUMENT, 1)
    return _noted(node, 0)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _check_size(text: str) -> None:
    """Look at the events one by one before anything is built of them."""
    values = depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableYaml(Flaw.ALIASES, line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        values += isinstance(event, yaml.NodeEvent)
        if depth > DEEPEST:
            raise UnreadableYaml(Flaw.NESTED_TOO_DEEPLY, line)
        if values > MOST_VALUES:
            raise UnreadableYaml(Flaw.MORE_VALUES, line, limit=str(MOST_VALUES))


def _as_json(text: str, error: Exception) -> Noted:
    """JSON that is not YAML (tabs that indent) has no lines here, and is taken all the same."""
    refusal = _complaint(error)
    if sum(text.count(mark) for mark in ",:[{") > 2 * MOST_VALUES:
        raise refusal from error
    try:
        # Numbers stay as they are written: a release is no number, and the largest port has five digits.
        value = json.loads(text, parse_float=str, parse_constant=str, parse_int=_whole, object_pairs_hook=_unique)
        return _without_lines(value, 0)
    except json.JSONDecodeError as json_error:
        if text.lstrip()[:1] in ("{", "["):
            raise UnreadableYaml(Flaw.PARSER, json_error.lineno, said=json_error.msg) from json_error
        raise refusal from error
    except (ValueError, RecursionError):
        raise refusal from error


def _complaint(error: Exception) -> UnreadableYaml:
    mark = getattr(error, "problem_mark", None)
    words = getattr(error, "problem", None) or str(error) or type(error).__name__
    return UnreadableYaml(Flaw.PARSER, mark.line + 1 if mark else None, said=str(words))


def _noted(node: yaml.Node, depth: int, key_line: int | None = None) -> Noted:
    line = node.start_mark.line + 1
    if depth > DEEPEST:
        raise UnreadableYaml(Flaw.NESTED_TOO_DEEPLY, line)
    if isinstance(node, yaml.MappingNode):
        return Noted(_mapping(node, depth), key_line or line, key_line)
    if isinstance(node, yaml.SequenceNode):
        return Noted(tuple(_noted(item, depth + 1) for item in node.value), key_line or line, key_line)
    return Noted(_scalar(node), line, key_line)


def _mapping(node: yaml.MappingNode, depth: int) -> dict[str, Noted]:
    pairs: dict[str, Noted] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise UnreadableYaml(Flaw.KEY_NO_WORD, line)
        if key.value in pairs:
            raise UnreadableYaml(Flaw.KEY_TWICE, line, key=key.value[:80])
        pairs[str(key.value)] = _noted(value, depth + 1, line)
    return pairs


def _scalar(node: yaml.Node) -> str | bool | int | None:
    """The plain kinds only; anything else (dates, binary, fractions) stays the text that was written."""
    text = str(node.value)
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return text.casefold() in ("true", "yes", "on", "y")
    return _whole(text) if node.tag == "tag:yaml.org,2002:int" else text


def _whole(text: str) -> str | int:
    """Underscores, octal, base 60 and numbers beyond any use stay text."""
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else text


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return values


def _without_lines(value: object, depth: int) -> Noted:
    if depth > DEEPEST:
        raise UnreadableYaml(Flaw.NESTED_TOO_DEEPLY, None)
    if isinstance(value, dict):
        return Noted({str(key): _without_lines(item, depth + 1) for key, item in value.items()}, None)
    if isinstance(value, list):
        return Noted(tuple(_without_lines(item, depth + 1) for item in value), None)
    if value is None or isinstance(value, (str, bool, int)):
        return Noted(value, None)
    return Noted(str(value), None)


def items(noted: Noted) -> Iterator[tuple[str, Noted]]:
    """The pairs of a mapping; nothing where it is none."""
    return iter(noted.value.items()) if isinstance(noted.value, dict) else iter(())


def items_of(noted: Noted) -> dict[str, Noted]:
    """A mapping; empty where it is none."""
    return noted.value if isinstance(noted.value, dict) else {}
