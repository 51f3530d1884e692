"""Includes `(@)`: files composed under the mapping that asks for them.

BuildStream's order (`_includes`) matters and is kept: the last include is read first, a file is
parsed once per reader, and the first reader across a junction expands it with the variables of
the project it is in, for all later readers too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from bstgraph.project._options import OptionPool
from bstgraph.project._paths import require_inside
from bstgraph.project._session import Session
from bstgraph.variables import VariableTable
from bstgraph.yaml import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    compose,
)

MAX_DEPTH: Final = 50
"""Deepest nesting of includes that is followed; real ones stay below 5."""

DEPENDENCY_LISTS: Final = ("build-depends", "runtime-depends", "depends")
"""The keys of an element under which its dependencies are listed."""

_ESCAPE: Final = re.compile(r"\\[xuU\n]")
_VALUES_PER_INCLUDE: Final = 20


def _size(node: Node) -> int:
    """Return how many nodes the tree of `node` has."""
    if isinstance(node, ScalarNode):
        return 1
    children = node.entries.values() if isinstance(node, MappingNode) else node.as_sequence().items
    return 1 + len(children) + sum(_size(n) for n in children if not isinstance(n, ScalarNode))


def _mentions(node: Node, *keys: str) -> bool:
    """Return whether the file that `node` is the root of may have one of `keys`."""
    if node.file is None:
        return True
    text = node.file.text
    # A key may also be written with escapes.
    return any(key in text for key in keys) or _ESCAPE.search(text) is not None


class MissingJunctionError(Exception):
    """The files of a junction are not at hand; carries the junction's full name and the reason."""

    def __init__(self, junction: str, reason: str) -> None:
        """Keep both."""
        super().__init__(junction, reason)
        self.junction = junction
        self.reason = reason


class IncludeProject(Protocol):
    """What an include needs to know of a project."""

    session: Session
    directory: str
    real_directory: str

    @property
    def options(self) -> OptionPool:
        """The options in force."""

    def base_table(self, node: Node) -> VariableTable:
        """Return the project's base variables; raise ProjectError when they are not known yet."""

    def shown(self, path: str) -> str:
        """Return how a file of the project is called in messages."""


@dataclass(frozen=True, slots=True)
class IncludeTrace:
    """Takes what including found: the files, as messages call them, and what is not at hand."""

    files: set[str] = field(default_factory=set)
    gaps: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is being read: for which project, through which files, and how."""

    project: IncludeProject
    active: tuple[str, ...]
    only_local: bool
    conditionals: bool
    trace: IncludeTrace


class IncludeReader:
    """Reads includes for one reader: a project.conf, or all elements of one project."""

    def __init__(
        self,
        project: IncludeProject,
        find: Callable[[IncludeProject, str, Node], IncludeProject],
    ) -> None:
        """`find(project, junction, at)` gives a loaded subproject."""
        self._project = project
        self._find = find
        self._loaded: dict[tuple[str, str], MappingNode] = {}

    def process(
        self,
        node: MappingNode,
        *,
        only_local: bool = False,
        conditionals: bool = True,
        trace: IncludeTrace | None = None,
    ) -> MappingNode:
        """Return `node` with its includes composed in, and its conditionals applied if asked.

        `trace` takes the included files and those that are not at hand.

        Raises:
            ProjectError: `missing-file`, `include-loop`, `outside-project`, and what the included
                files themselves may hold.
        """
        taken = trace if trace is not None else IncludeTrace()
        return self._process(node, _Reading(self._project, (), only_local, conditionals, taken))

    def _process(self, node: MappingNode, reading: _Reading) -> MappingNode:
        # Few files hold a directive, and walking all the others finds nothing.
        if reading.conditionals and _mentions(node, "(?)", "(!)"):
            node = reading.project.options.apply(node)
        return self._expand(node, reading).as_mapping() if _mentions(node, "(@)") else node

    def _expand(self, node: Node, reading: _Reading) -> Node:
        if isinstance(node, ScalarNode):
            return node
        if isinstance(node, SequenceNode):
            items = [self._expand(item, reading) for item in node.items]
            if all(new is old for new, old in zip(items, node.items, strict=True)):
                return node
            return SequenceNode(items, node.file, node.line, node.column)
        mapping = self._with_includes(node.as_mapping(), reading)
        changed = {
            key: new
            for key, value in mapping.entries.items()
            if not isinstance(value, ScalarNode)
            and (new := self._expand(value, reading)) is not value
        }
        return mapping.with_entries(changed) if changed else mapping

    def _with_includes(self, mapping: MappingNode, reading: _Reading) -> MappingNode:
        wanted = mapping.get("(@)")
        if wanted is None:
            return mapping
        paths = [wanted] if isinstance(wanted, ScalarNode) else wanted.as_sequence().items
        if not paths:
            # BuildStream leaves an empty list where it is, and then rejects the key.
            return mapping
        mapping = mapping.without("(@)")
        for path in reversed(paths):
            included = self._included(path, reading)
            if included is not None:
                self._note_replaced(included, mapping)
                mapping = compose(included, mapping)
                self._spend(path, _size(mapping))
        return mapping

    def _note_replaced(self, included: MappingNode, mapping: MappingNode) -> None:
        """Keep the dependency lists of an include that those of what includes it replace."""
        for key in DEPENDENCY_LISTS:
            old, new = included.get(key), mapping.get(key)
            if isinstance(old, SequenceNode) and isinstance(new, SequenceNode):
                self._project.session.replaced.append((key, old, new))

    def _spend(self, asked: Node, values: int) -> None:
        """Count what including costs: a few files that include each other often can cost years."""
        session = self._project.session
        session.includes_left -= 1 + values // _VALUES_PER_INCLUDE
        if session.includes_left < 0:
            raise asked.error("too-large", "the includes of the project give too much together")

    def _included(self, path: Node, reading: _Reading) -> MappingNode | None:
        """Return the processed content of one include; None when it is skipped."""
        project = reading.project
        junction, crosses, local = path.as_str().rpartition(":")
        if crosses and reading.only_local:
            return None
        try:
            owner = self._find(project, junction, path) if crosses else project
        except MissingJunctionError as missing:
            what = f"{path.provenance}: the include '{path.as_str()}' could not be read"
            reading.trace.gaps.append(f"{what}: {missing.reason}")
            return None
        crossed = owner is not project
        file_path = os.path.join(owner.directory, local)
        node = self._load(path, local, owner, crossed=crossed)
        if file_path in reading.active:
            raise path.error("include-loop", f"'{path.as_str()}' is already being included")
        if len(reading.active) >= MAX_DEPTH:
            message = f"includes are nested more than {MAX_DEPTH} deep"
            raise path.error("too-large", message)
        conditionals = reading.conditionals or crossed
        active = (*reading.active, file_path)
        reading.trace.files.add(owner.shown(file_path))
        return self._process(
            node, replace(reading, project=owner, active=active, conditionals=conditionals)
        )

    def _load(
        self, asked: Node, local: str, owner: IncludeProject, *, crossed: bool
    ) -> MappingNode:
        session = owner.session
        path = os.path.join(owner.directory, local)
        key = (owner.directory, path)
        node = self._loaded.get(key)
        if node is None:
            at = asked.provenance
            real = require_inside(path, owner.real_directory, session.allowed, name=local, at=at)
            shown = owner.shown(path)
            node = session.parse(session.read(real, shown, project=owner.directory, at=at))
            if crossed:
                # BuildStream copies what it expanded, and a new scalar has no white space around.
                node = owner.base_table(asked).nodes(node, trimmed=True).as_mapping()
            self._loaded[key] = node
        return node
