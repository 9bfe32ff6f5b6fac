"""YAML (and so JSON) as plain values that know their lines, for messages that say where."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

DEEPEST = 40  # levels of nesting; an inventory has 6


class UnreadableYaml(Exception):
    """Not YAML, or YAML that could be made to unfold without end; `line` is 1-based, None where unknown."""

    def __init__(self, words: str, line: int | None) -> None:
        super().__init__(words)
        self.words, self.line = words, line


@dataclass(frozen=True, slots=True)
class Noted:
    """A value and its line: a scalar, a tuple of `Noted`, or a dict of key to `Noted` (keys' lines are the values')."""

    value: "str | bool | int | float | tuple[Noted, ...] | dict[str, Noted] | None"
    line: int | None


def read_yaml(text: str) -> Noted:
    """Raises `UnreadableYaml`. Anchors and aliases are refused: an inventory needs none, and they unfold."""
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                mark = event.start_mark
                raise UnreadableYaml("aliases (*name) are not taken", mark.line + 1 if mark else None)
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError) as error:
        return _as_json(text, error)
    if node is None:
        raise UnreadableYaml("the file is empty", 1)
    return _noted(node, 0)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _as_json(text: str, error: yaml.YAMLError | RecursionError) -> Noted:
    """JSON that is not YAML (tabs between tokens) has no lines here, and is taken all the same."""
    try:
        return _without_lines(json.loads(text))
    except (ValueError, RecursionError):
        mark = getattr(error, "problem_mark", None)
        words = getattr(error, "problem", None) or str(error)
        raise UnreadableYaml(str(words), mark.line + 1 if mark else None) from error


def _noted(node: yaml.Node, depth: int) -> Noted:
    line = node.start_mark.line + 1
    if depth > DEEPEST:
        raise UnreadableYaml("nested too deeply", line)
    if isinstance(node, yaml.MappingNode):
        return Noted({str(key.value): _noted(value, depth + 1) for key, value in node.value}, line)
    if isinstance(node, yaml.SequenceNode):
        return Noted(tuple(_noted(item, depth + 1) for item in node.value), line)
    return Noted(_scalar(node), line)


def _scalar(node: yaml.Node) -> str | bool | int | float | None:
    """The plain kinds only; anything else (dates, binary) stays the text that was written."""
    text = str(node.value)
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return text.casefold() in ("true", "yes", "on", "y")
    if node.tag == "tag:yaml.org,2002:int" and text.lstrip("+-").isdigit():
        return int(text)
    return text


def _without_lines(value: object) -> Noted:
    if isinstance(value, dict):
        return Noted({str(key): _without_lines(item) for key, item in value.items()}, None)
    if isinstance(value, list):
        return Noted(tuple(_without_lines(item) for item in value), None)
    if value is None or isinstance(value, (str, bool, int, float)):
        return Noted(value, None)
    return Noted(str(value), None)


def items(noted: Noted) -> Iterator[tuple[str, Noted]]:
    """The pairs of a mapping; nothing where it is none."""
    return iter(noted.value.items()) if isinstance(noted.value, dict) else iter(())
