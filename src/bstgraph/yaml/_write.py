"""A value set in a YAML text; all else stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from bstgraph.yaml._nodes import MappingNode, Node, Plain, ScalarNode, SourceFile
from bstgraph.yaml._parse import parse

# Line breaks and what the reader refuses as it is.
_ESCAPED: Final = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def with_value(name: str, text: str, path: Sequence[str], value: object) -> str:
    """Return the text of a file with `value` at `path`, a key in each of the mappings on the way.

    Mappings that are not there are made. The line of a value that is replaced stays in its place;
    only where a value is no plain text of one line, the whole text is written anew, without its
    comments.

    Raises:
        ProjectError: the text is none that is read, or something on the way is no mapping.
        ValueError: the value is none of text, lists and mappings.
    """
    file = SourceFile(name, text)
    root = parse(file)
    wanted = root.plain()
    inner = wanted
    node: Node | None = root
    for key in path[:-1]:
        node = node.as_mapping().get(key) if node is not None else None
        below = inner.setdefault(key, {})
        if not isinstance(below, dict):
            raise (node or root).error("invalid-data", f"'{key}' is no mapping")
        inner = below
    inner[path[-1]] = told = _stripped(value)
    spliced = _spliced(file, root, path, told)
    if spliced is not None and parse(SourceFile(name, spliced)).plain() == wanted:
        return spliced
    return "".join(f"{_flow(key)}: {_flow(entry)}\n" for key, entry in wanted.items())


def _stripped(value: object) -> Plain:
    """Return a value as it is when it is read again; raise ValueError for what is no YAML."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return {key: _stripped(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_stripped(item) for item in value]
    what = f"text, a list or a mapping, not {type(value).__name__}"
    raise ValueError(f"a value is {what}")  # one for all


def _spliced(file: SourceFile, root: MappingNode, path: Sequence[str], value: Plain) -> str | None:
    """Return the text with as little as possible changed; None when that is not simple.

    It need not be right: the caller looks.
    """
    key, *below = path
    found = root.entries.get(key)
    if found is None:
        for inner in reversed(below):
            value = {inner: value}
        return _inserted(file, root, f"{_flow(key)}: {_flow(value)}")
    if below and isinstance(found, MappingNode):
        return _spliced(file, found, below, value)
    return _replaced(file, found, _flow(value))


def _inserted(file: SourceFile, node: MappingNode, entry: str) -> str | None:
    """Return the text with an entry more at the beginning of a mapping."""
    if not node.line:
        return f"{entry}\n{file.text}"
    before, after = _cut(file, node)
    if after.startswith("{"):
        return f"{before}{{{entry}{', ' if node.entries else ''}{after[1:]}"
    return f"{before}{entry}\n{' ' * (node.column - 1)}{after}"


def _replaced(file: SourceFile, node: Node, value: str) -> str | None:
    """Return the text with another value in the place of a scalar that is written plainly."""
    if not isinstance(node, ScalarNode) or not node.value:
        return None
    before, after = _cut(file, node)
    for written in (node.value, f'"{node.value}"', f"'{node.value}'"):
        if after.startswith(written):
            return before + value + after.removeprefix(written)
    return None


def _cut(file: SourceFile, node: Node) -> tuple[str, str]:
    """Return the text before and after the beginning of a node."""
    lines = file.lines
    # Every break that counts as one is a single character.
    start = sum(len(line) + 1 for line in lines[: node.line - 1]) + node.column - 1
    return file.text[:start], file.text[start:]


def _flow(value: Plain) -> str:
    """Return a value as YAML of one line, all texts in quotes; JSON is nearly that."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if not isinstance(value, str):
        return "[" + ", ".join(map(_flow, value)) + "]"
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
