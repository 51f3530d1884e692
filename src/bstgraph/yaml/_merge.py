"""Composition: one mapping onto another, with the list directives `(>)` `(<)` `(=)`."""

from __future__ import annotations

from typing import Final

from bstgraph.errors import ProjectError
from bstgraph.yaml._nodes import MappingNode, Node, ScalarNode, SequenceNode

_APPEND: Final = "(>)"
_PREPEND: Final = "(<)"
_REPLACE: Final = "(=)"
_DIRECTIVES: Final = frozenset((_APPEND, _PREPEND, _REPLACE))
_CONDITIONS: Final = "(?)"


def is_directive(node: Node) -> bool:
    """Return whether `node` is a mapping of list directives and nothing else.

    Raises:
        ProjectError: `list-directive` when directives are mixed with other keys.
    """
    if not isinstance(node, MappingNode):
        return False
    entries = node.entries
    if _APPEND not in entries and _PREPEND not in entries and _REPLACE not in entries:
        return False
    for key in entries:
        if key not in _DIRECTIVES:
            raise node.error("list-directive", f"list directives are mixed with the key '{key}'")
    return True


def compose(target: MappingNode, source: MappingNode) -> MappingNode:
    """Return `target` with `source` composed onto it: what `source` says wins.

    Raises:
        ProjectError: `illegal-composite` for values of different types, `list-directive`.
    """
    entries = dict(target.entries)
    for key, value in source.entries.items():
        entries[key] = _compose_value(key, entries.get(key), value)
    placed = source if source.file is not None else target
    return MappingNode(entries, placed.file, placed.line, placed.column)


def _compose_value(key: str, old: Node | None, new: Node) -> Node:
    if isinstance(new, ScalarNode):
        if old is None or isinstance(old, ScalarNode):
            return new
        raise _illegal(key, old, new)
    if isinstance(new, SequenceNode):
        return _compose_sequence(key, old, new)
    mapping = new.as_mapping()
    if is_directive(mapping):
        return _compose_directive(key, old, mapping)
    if old is None:
        return _checked(mapping)
    if isinstance(old, MappingNode):
        return compose(old, mapping)
    raise _illegal(key, old, new)


def _compose_sequence(key: str, old: Node | None, new: SequenceNode) -> Node:
    if isinstance(old, SequenceNode) and key == _CONDITIONS:
        return SequenceNode([*old.items, *new.items], new.file, new.line, new.column)
    if old is None or isinstance(old, SequenceNode) or is_directive(old):
        return new
    raise _illegal(key, old, new)


def _compose_directive(key: str, old: Node | None, new: MappingNode) -> Node:
    if old is None:
        return new
    if isinstance(old, SequenceNode):
        before, replaced, after = _parts(new)
        items = old.items if replaced is None else replaced
        return SequenceNode([*before, *items, *after], new.file, new.line, new.column)
    if isinstance(old, MappingNode) and is_directive(old):
        return _merge_directives(old, new)
    raise _illegal(key, old, new)


def _parts(node: MappingNode) -> tuple[list[Node], list[Node] | None, list[Node]]:
    """Return what a directive mapping puts before, instead of, and after a list."""
    replaced = node.entries.get(_REPLACE)
    return (
        node.sequence(_PREPEND),
        None if replaced is None else replaced.as_sequence().items,
        node.sequence(_APPEND),
    )


def _merge_directives(old: MappingNode, new: MappingNode) -> MappingNode:
    """Return one directive mapping that does what `old` and then `new` would do."""
    before, replaced, after = _parts(new)
    old_before, old_replaced, old_after = _parts(old)
    if replaced is None:
        before, replaced, after = [*before, *old_before], old_replaced, [*old_after, *after]
    entries: dict[str, Node] = {}
    for key, items in ((_REPLACE, replaced), (_PREPEND, before), (_APPEND, after)):
        # An empty directive still says that this is a list.
        if items is not None and (key in old or key in new):
            entries[key] = SequenceNode(items, new.file, new.line, new.column)
    return MappingNode(entries, new.file, new.line, new.column)


def _checked(mapping: MappingNode) -> MappingNode:
    """Return `mapping`, having looked for mixed directives in the mappings below it."""
    for value in mapping.entries.values():
        if isinstance(value, MappingNode):
            is_directive(value)
            _checked(value)
    return mapping


def reject_directives(node: Node) -> None:
    """Raise ProjectError (`list-directive`) for a directive that found no list to act on."""
    if isinstance(node, MappingNode):
        for key, value in node.entries.items():
            if key in _DIRECTIVES:
                raise ProjectError(
                    "list-directive",
                    f"'{key}' has no list to act on",
                    at=node.key_place(key),
                    fix="write a plain list",
                )
            if not isinstance(value, ScalarNode):
                reject_directives(value)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            if not isinstance(item, ScalarNode):
                reject_directives(item)


def _illegal(key: str, old: Node, new: Node) -> ProjectError:
    was = f", which {old.provenance} gives as {old.what}" if old.provenance else f" ({old.what})"
    return new.error("illegal-composite", f"{new.what} cannot be composed onto '{key}'{was}")
