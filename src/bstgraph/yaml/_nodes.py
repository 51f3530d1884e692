"""Nodes: scalars, sequences and mappings that know their file, line and column.

Nodes are never changed after they are made; composing makes new ones that share what is equal.
Every scalar is a string, stripped at both ends, as BuildStream reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

from bstgraph.errors import ProjectError, Slug, did_you_mean
from bstgraph.provenance import Provenance

_TRUE: Final = frozenset(("True", "true", "1"))
_FALSE: Final = frozenset(("False", "false", "0"))
_INT32: Final = 2**31
_LONGEST_LINE: Final = 5_000

Plain = str | list["Plain"] | dict[str, "Plain"]
"""A node without its positions: strings, lists and dictionaries."""


def split_lines(text: str) -> list[str]:
    """Return the lines of `text` as libyaml counts them: there are more breaks than newlines."""
    return re.split("[\n\x85\u2028\u2029]", text)


class SourceFile:
    """A file that was read: how it is called in messages, and its text."""

    def __init__(self, name: str, text: str, *, project: str = "") -> None:
        """Keep the name shown in messages, the text, and the directory of the project it is of."""
        self.name = name
        self.text = text
        self.project = project

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, for pictures."""
        return split_lines(self.text)

    def at(self, line: int, column: int) -> Provenance:
        """Return the place at `line` and `column`, both from 1."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Provenance(self.name, line, column, text)


class Node:
    """What all nodes share: the place, and typed access that fails with it."""

    __slots__ = ("column", "file", "line")
    what = "a value"

    def __init__(self, file: SourceFile | None, line: int, column: int) -> None:
        """Keep the place; `file` is None in a node that was made by code."""
        self.file = file
        self.line = line
        self.column = column

    @property
    def provenance(self) -> Provenance | None:
        """Where this was written; None for a node that was made by code."""
        return self.file.at(self.line, self.column) if self.file is not None else None

    def error(self, slug: Slug, message: str, *, fix: str | None = None) -> ProjectError:
        """Return an error at this node."""
        return ProjectError(slug, message, at=self.provenance, fix=fix)

    def _wrong(self, wanted: str) -> ProjectError:
        return self.error("invalid-data", f"expected {wanted}, found {self.what}")

    def as_mapping(self) -> MappingNode:
        """Return this mapping, or raise ProjectError."""
        raise self._wrong("a mapping")

    def as_sequence(self) -> SequenceNode:
        """Return this sequence, or raise ProjectError."""
        raise self._wrong("a list")

    def as_scalar(self) -> ScalarNode:
        """Return this scalar, or raise ProjectError."""
        raise self._wrong("a string")

    def as_str(self) -> str:
        """Return the text of this scalar, or raise ProjectError."""
        return self.as_scalar().value

    def as_bool(self) -> bool:
        """Return the truth value of this scalar, spelled as BuildStream wants, or raise."""
        text = self.as_str()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise self.error("invalid-data", f"'{text}' is not a boolean", fix="write True or False")

    def as_int(self) -> int:
        """Return the number of this scalar (32 bits, as in BuildStream), or raise."""
        text = self.as_str()
        try:
            number = int(text)
        except ValueError:
            raise self.error("invalid-data", f"'{text}' is not an integer") from None
        if not -_INT32 <= number < _INT32:
            raise self.error("invalid-data", f"'{text}' does not fit 32 bits")
        return number

    def plain(self) -> Plain:
        """Return the value without positions; a fresh structure."""
        raise NotImplementedError

    def scalars(self) -> Iterator[ScalarNode]:
        """Yield the scalars of this tree, depth first."""
        raise NotImplementedError


class ScalarNode(Node):
    """A string."""

    __slots__ = ("value",)
    what = "a string"

    def __init__(self, value: str, file: SourceFile | None, line: int, column: int) -> None:
        """Keep the value as given: the parser strips it."""
        self.value = value
        self.file = file
        self.line = line
        self.column = column

    def as_scalar(self) -> ScalarNode:
        return self

    def as_str(self) -> str:
        return self.value

    def plain(self) -> str:
        return self.value

    def scalars(self) -> Iterator[ScalarNode]:
        yield self


class SequenceNode(Node):
    """A list of nodes."""

    __slots__ = ("items",)
    what = "a list"

    def __init__(self, items: list[Node], file: SourceFile | None, line: int, column: int) -> None:
        """Keep the items; the list is not changed any more."""
        self.items = items
        self.file = file
        self.line = line
        self.column = column

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def as_sequence(self) -> SequenceNode:
        return self

    def as_strs(self) -> list[str]:
        """Return the texts of a list of scalars, or raise ProjectError."""
        return [item.as_str() for item in self.items]

    def plain(self) -> list[Plain]:
        return [item.plain() for item in self.items]

    def scalars(self) -> Iterator[ScalarNode]:
        for item in self.items:
            yield from item.scalars()


class MappingNode(Node):
    """A mapping of strings to nodes, in the order written."""

    __slots__ = ("entries",)
    what = "a mapping"

    def __init__(
        self, entries: dict[str, Node], file: SourceFile | None, line: int, column: int
    ) -> None:
        """Keep the entries; the dictionary is not changed any more."""
        self.entries = entries
        self.file = file
        self.line = line
        self.column = column

    def __contains__(self, key: object) -> bool:
        return key in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def as_mapping(self) -> MappingNode:
        return self

    def get(self, key: str) -> Node | None:
        """Return the node under `key`, or None."""
        return self.entries.get(key)

    def require(self, key: str) -> Node:
        """Return the node under `key`, or raise ProjectError."""
        node = self.entries.get(key)
        if node is None:
            raise self.error("missing-key", f"the key '{key}' is missing")
        return node

    def mapping(self, key: str) -> MappingNode | None:
        """Return the mapping under `key`, None when absent, or raise ProjectError."""
        node = self.entries.get(key)
        return None if node is None else node.as_mapping()

    def sequence(self, key: str) -> list[Node]:
        """Return the items under `key`, none when absent, or raise ProjectError."""
        node = self.entries.get(key)
        return [] if node is None else node.as_sequence().items

    def text(self, key: str, default: str = "") -> str:
        """Return the string under `key`, or raise ProjectError when it is none."""
        node = self.entries.get(key)
        return default if node is None else node.as_str()

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return the boolean under `key`, or raise ProjectError when it is none."""
        node = self.entries.get(key)
        return default if node is None else node.as_bool()

    def texts(self, key: str) -> list[str]:
        """Return the list of strings under `key`, or raise ProjectError when it is none."""
        node = self.entries.get(key)
        return [] if node is None else node.as_sequence().as_strs()

    def only(self, keys: Iterable[str]) -> None:
        """Raise ProjectError for the first key that is not one of `keys`."""
        allowed = frozenset(keys)
        for key in self.entries:
            if key not in allowed:
                raise ProjectError(
                    "unknown-key",
                    f"unexpected key '{key}'",
                    at=self.key_place(key),
                    fix=did_you_mean(key, allowed) or f"the keys are {', '.join(sorted(allowed))}",
                )

    def key_place(self, key: str) -> Provenance | None:
        """Return where `key` is written: found in the text before its value."""
        value = self.entries[key]
        if value.file is None:
            return self.provenance
        before = value.column - 1
        for line in range(value.line, max(0, value.line - 50), -1):
            column = _find_key(value.file.at(line, 1).text[:before], key)
            if column is not None:
                return value.file.at(line, column)
            before = _LONGEST_LINE
        return value.provenance

    def key_node(self, key: str) -> ScalarNode:
        """Return `key` as a node at the place where it is written."""
        place = self.key_place(key)
        if place is None:
            return ScalarNode(key, None, 0, 0)
        return ScalarNode(key, self.entries[key].file, place.line, place.column)

    def without(self, *keys: str) -> MappingNode:
        """Return this mapping without `keys`."""
        entries = {key: node for key, node in self.entries.items() if key not in keys}
        return MappingNode(entries, self.file, self.line, self.column)

    def with_entries(self, entries: Mapping[str, Node]) -> MappingNode:
        """Return this mapping with `entries` set."""
        return MappingNode({**self.entries, **entries}, self.file, self.line, self.column)

    def plain(self) -> dict[str, Plain]:
        return {key: node.plain() for key, node in self.entries.items()}

    def scalars(self) -> Iterator[ScalarNode]:
        for node in self.entries.values():
            yield from node.scalars()


def _find_key(text: str, key: str) -> int | None:
    """Return the column of the last `key:` in `text`, None when there is none.

    Linear in the text, and no regular expression: the text may be hostile.
    """
    end = len(text) if len(text) < _LONGEST_LINE else 0
    while key and (start := text.rfind(key, 0, end)) >= 0:
        left, right = text[:start], text[start + len(key) :]
        if left[-1:] in {"'", '"'} and right[:1] == left[-1:]:
            left, right = left[:-1], right[1:]
        if right.lstrip()[:1] == ":" and left.rstrip()[-1:] in {"", "{", ",", "-", "?", "["}:
            return len(left) + 1
        end = start
    return None


def synthetic(value: Plain) -> Node:
    """Return a node made by code, without a place."""
    if isinstance(value, str):
        return ScalarNode(value, None, 0, 0)
    if isinstance(value, list):
        return SequenceNode([synthetic(item) for item in value], None, 0, 0)
    return MappingNode({key: synthetic(item) for key, item in value.items()}, None, 0, 0)
