"""YAML text to nodes, by the events of libyaml as ruamel.yaml ships it.

What is refused here is what BuildStream refuses: anchors and aliases, foreign tags on scalars,
duplicate keys, more than one document, a root that is not a mapping.
"""

from __future__ import annotations

import re
from typing import Any, Final

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bstgraph.errors import ProjectError
from bstgraph.yaml._nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    SourceFile,
    split_lines,
)

MAX_DEPTH: Final = 150
"""Deepest nesting that is read; real projects stay below 20."""

MAX_NODES: Final = 500_000
"""Most values in one file; real ones stay below 20,000."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_CORE_TAG: Final = "tag:yaml.org,2002:"


def parse(file: SourceFile) -> MappingNode:
    """Return the root mapping of `file`; an empty file is an empty mapping.

    Raises:
        ProjectError: `invalid-yaml`, `duplicate-key` or `too-large` (nested too deeply).
    """
    _reject_controls(file)
    _reject_deep_flow(file)
    try:
        return _Builder(file).build()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = file.at(mark.line + 1, mark.column + 1) if mark else file.at(1, 1)
        problem = str(error.problem or error.context)
        fix = "write the text in quotes" if problem == "found unexpected ':'" else None
        raise ProjectError("invalid-yaml", problem, at=at, fix=fix) from None
    except YAMLError as error:
        reason = str(error).splitlines()[0]
        raise ProjectError("invalid-yaml", reason, at=file.at(1, 1)) from None


class ParsedFiles:
    """Parses files, each text once: nodes never change, so that loads can share them."""

    def __init__(self) -> None:
        """Know no file yet."""
        self._known: dict[tuple[str, str, str], MappingNode] = {}

    def parse(self, file: SourceFile) -> MappingNode:
        """Return the root mapping of `file`, as `parse` does.

        The same file is one of the same name, project and text.
        """
        key = (file.name, file.project, file.text)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = parse(file)
        return found


def _reject_controls(file: SourceFile) -> None:
    # libyaml rejects them too, but tells no place.
    found = _CONTROL.search(file.text)
    if found is not None:
        before = split_lines(file.text[: found.start()])
        at = file.at(len(before), len(before[-1]) + 1)
        message = f"the control character U+{ord(found.group()):04X} is not allowed"
        raise ProjectError("invalid-yaml", message, at=at, fix="write it as an escape, in quotes")


def _reject_deep_flow(file: SourceFile) -> None:
    # libyaml needs quadratic time for nested flow collections; no real file comes near.
    if file.text.count("[") + file.text.count("{") < 10_000:
        return
    depth = 0
    for number, line in enumerate(file.lines, 1):
        depth += line.count("[") + line.count("{") - line.count("]") - line.count("}")
        if depth > 10 * MAX_DEPTH:
            raise ProjectError("too-large", "nested too deeply", at=file.at(number, 1))


class _Builder:
    """Builds the tree of one document with a stack of open collections.

    Written for speed: one loop over the events, a collection is one stack entry of
    (container, keys seen or None, pending key).
    """

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        # Any: the parser is a C extension without types.
        self.parser: Any = CParser(file.text)

    def build(self) -> MappingNode:
        documents = 0
        root: Node | None = None
        while self.parser.check_event():
            event = self.parser.get_event()
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.fail(event, "more than one document")
                root = self.document()
        if root is None:
            return MappingNode({}, self.file, 1, 1)
        if not isinstance(root, MappingNode):
            raise root.error("invalid-yaml", f"expected a mapping, found {root.what}")
        return root

    def document(self) -> Node:
        """Return the root node of the document that has just begun."""
        root = self.start(self.parser.get_event())
        stack: list[Node] = [] if isinstance(root, ScalarNode) else [root]
        left = MAX_NODES
        while stack:
            top = stack[-1]
            event = self.parser.get_event()
            kind = type(event)
            if kind is MappingEndEvent or kind is SequenceEndEvent:
                stack.pop()
                continue
            if isinstance(top, MappingNode):
                key = self.key(event, top)
                event = self.parser.get_event()
                node = self.start(event)
                top.entries[key] = node
            else:
                node = self.start(event)
                top.items.append(node)  # type: ignore[attr-defined]  # only collections are open
            left -= 1
            if left < 0:
                raise node.error("too-large", f"more than {MAX_NODES:,} values in one file")
            if not isinstance(node, ScalarNode):
                stack.append(node)
                if len(stack) > MAX_DEPTH:
                    raise node.error("too-large", f"nested more than {MAX_DEPTH} levels deep")
        return root

    def key(self, event: Any, mapping: MappingNode) -> str:  # noqa: ANN401  (C extension)
        if type(event) is not ScalarEvent:
            raise self.fail(event, "a key must be a string")
        self.reject_anchor(event)
        self.reject_tag(event)
        key: str = event.value
        if key in mapping.entries:
            at = self.file.at(event.start_mark.line + 1, event.start_mark.column + 1)
            first = mapping.entries[key].line
            raise ProjectError(
                "duplicate-key", f"the key '{key}' is already in line {first}", at=at
            )
        return key

    def start(self, event: Any) -> Node:  # noqa: ANN401  (C extension)
        kind = type(event)
        mark = event.start_mark
        if kind is ScalarEvent:
            if event.anchor is not None:
                self.reject_anchor(event)
            if event.tag is not None:
                self.reject_tag(event)
            return ScalarNode(event.value.strip(), self.file, mark.line + 1, mark.column + 1)
        self.reject_anchor(event)
        if kind is MappingStartEvent:
            return MappingNode({}, self.file, mark.line + 1, mark.column + 1)
        if kind is SequenceStartEvent:
            return SequenceNode([], self.file, mark.line + 1, mark.column + 1)
        raise self.fail(event, f"unexpected {kind.__name__}")

    def reject_anchor(self, event: Any) -> None:  # noqa: ANN401  (C extension)
        if type(event) is AliasEvent or event.anchor is not None:
            raise self.fail(event, "anchors and aliases are not supported by BuildStream")

    def reject_tag(self, event: Any) -> None:  # noqa: ANN401  (C extension)
        if event.tag is not None and not event.tag.startswith(_CORE_TAG):
            raise self.fail(event, f"the tag '{event.tag}' is not supported by BuildStream")

    def fail(self, event: Any, message: str) -> ProjectError:  # noqa: ANN401  (C extension)
        at = self.file.at(event.start_mark.line + 1, event.start_mark.column + 1)
        return ProjectError("invalid-yaml", message, at=at)
