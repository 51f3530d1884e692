"""Variables: a table of `%{name}` texts, resolved, and the expansion of values with it.

The rules are BuildStream's (`_variables`): a name is a letter and then letters, digits, `_` or
`-`; anything else between `%{` and `}` is text; the result of an expansion is not read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from bstgraph.errors import ProjectError, did_you_mean
from bstgraph.yaml import MappingNode, Node, ScalarNode, SequenceNode

MAX_VALUE: Final = 2**20
"""Longest text that one expansion may give, in characters; real ones stay below 2**15."""

MAX_TOTAL: Final = 2**28
"""Most characters that all expansions of one table family may give together."""

MAX_VALUES: Final = 2**23
"""Most values that all elements may have together; 1,800 real ones have 340,000."""

_REFERENCE: Final = re.compile(r"%\{([a-zA-Z][a-zA-Z0-9_-]*)\}")


class Budget:
    """Counts what expansions made, so that a hostile project ends in an error."""

    __slots__ = ("spent", "values")

    def __init__(self) -> None:
        """Start at nothing spent."""
        self.spent = 0
        self.values = 0

    def count(self, values: int, node: Node) -> None:
        """Note that `values` were made; raise ProjectError (`too-large`) when it is too much."""
        self.values += values
        if self.values > MAX_VALUES:
            raise node.error("too-large", "the elements have too many values together")

    def spend(self, parts: list[str], node: Node) -> str:
        """Return `parts` joined, or raise ProjectError (`too-large`) when that is too much."""
        length = sum(map(len, parts))
        self.spent += length
        if length > MAX_VALUE or self.spent > MAX_TOTAL:
            raise node.error("too-large", "expanding variables gives too much text")
        return "".join(parts)


def references(text: str) -> tuple[str, ...]:
    """Return the names of the variables that `text` refers to, in order."""
    return tuple(_REFERENCE.split(text)[1::2]) if "%{" in text else ()


Mode = Literal["strict", "lenient", "partial"]
"""What a reference to nothing does: an error, text as it stands, or a variable left out."""


def _loop(names: list[str], node: Node) -> ProjectError:
    shown = names if len(names) <= 12 else [*names[:8], "...", *names[-3:]]
    return node.error("variable-cycle", f"variables form a loop: {' -> '.join(shown)}")


class VariableTable:
    """A set of variables, resolved.

    Elements of a kind share nearly all variables, so a table can be overlaid: only what the
    changed variables reach is resolved again. `unknown` holds the names that were referred to
    but not defined, where the mode tolerates that.
    """

    def __init__(
        self, raw: Mapping[str, ScalarNode], *, mode: Mode = "strict", budget: Budget | None = None
    ) -> None:
        """Resolve `raw`.

        Raises:
            ProjectError: `undefined-variable`, `variable-cycle` (unless partial), `too-large`.
        """
        self.raw = dict(raw)
        self.mode = mode
        self.budget = budget if budget is not None else Budget()
        self.values: dict[str, str] = {}
        self.unknown: set[str] = set()
        self.changed: frozenset[str] = frozenset()
        """In an overlaid table, the variables whose value may differ from the table below."""
        self._users: dict[str, set[str]] | None = None
        self._hopeless: set[str] = set()
        self._resolve(self.raw)

    def overlay(self, raw: Mapping[str, ScalarNode], *, mode: Mode = "strict") -> VariableTable:
        """Return a table with `raw` over this one."""
        table = VariableTable({}, mode=mode, budget=self.budget)
        changed = self.reached_from(raw)
        table.changed = frozenset(changed)
        table.raw = {**self.raw, **raw}
        for node in raw.values():
            self.budget.count(len(table.raw), node)
            break
        table.values = {k: v for k, v in self.values.items() if k not in changed}
        table._resolve(name for name in table.raw if name not in table.values)
        return table

    def reached_from(self, changed: Iterable[str]) -> set[str]:
        """Return `changed` and every variable that refers to one of them, however far."""
        if self._users is None:
            users: dict[str, set[str]] = {}
            for name, node in self.raw.items():
                for reference in references(node.value):
                    users.setdefault(reference, set()).add(name)
            self._users = users
        reached: set[str] = set()
        waiting = list(changed)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self._users.get(name, ()))
        return reached

    def _resolve(self, wanted: Iterable[str]) -> None:
        """Resolve the variables `wanted` and what they need; a loop, for chains of any length."""
        for start in list(wanted):
            path: dict[str, Iterator[str]] = {}
            done = start in self.values or start in self._hopeless
            name: str | None = None if done else start
            while name is not None:
                if name not in path:
                    path[name] = iter(references(self.raw[name].value))
                name = self._next(name, path)

    def _next(self, name: str, path: dict[str, Iterator[str]]) -> str | None:
        """Return the next variable to look at after one step on `name`; None when all is done."""
        node = self.raw[name]
        for reference in path[name]:
            if reference in self.values:
                continue
            known = reference in self.raw
            if known and reference not in path and reference not in self._hopeless:
                return reference
            if self.mode == "partial":
                # All that is being resolved needs this one; remembered, so that a long chain
                # that ends in nothing is followed once.
                self._hopeless.update(path)
                return None
            if known:
                raise _loop([*list(path)[list(path).index(reference) :], reference], node)
            self._miss(reference, node)
        self.values[name] = self.text(node)
        del path[name]
        return next(reversed(path), None)

    def _miss(self, name: str, node: Node) -> None:
        if self.mode != "lenient":
            # The errors of a partial table are dropped, and looking for a near name is slow.
            fix = did_you_mean(name, self.raw) if self.mode == "strict" else None
            raise node.error("undefined-variable", f"the variable '{name}' is not defined", fix=fix)
        self.unknown.add(name)

    def text(self, node: ScalarNode) -> str:
        """Return the text of `node`, expanded; raise ProjectError (`undefined-variable`)."""
        value = node.value
        if "%{" not in value:
            return value
        parts = _REFERENCE.split(value)
        for index in range(1, len(parts), 2):
            name = parts[index]
            known = self.values.get(name)
            if known is None:
                self._miss(name, node)
                known = f"%{{{name}}}"
            parts[index] = known
        return self.budget.spend(parts, node)

    def data(self, node: Node) -> object:
        """Return the value of `node` as text, lists and dictionaries, expanded."""
        if isinstance(node, ScalarNode):
            return self.text(node) if "%{" in node.value else node.value
        if isinstance(node, MappingNode):
            return self.mapping(node)
        if not isinstance(node, SequenceNode):
            return None
        self.budget.count(len(node.items), node)
        return [self.data(item) for item in node.items]

    def mapping(self, node: MappingNode) -> dict[str, object]:
        """Return the mapping `node`, expanded; keys are not expanded."""
        self.budget.count(len(node.entries), node)
        return {key: self.data(value) for key, value in node.entries.items()}

    def nodes(self, node: Node, *, trimmed: bool = False) -> Node:
        """Return `node` with its scalars expanded, places kept.

        `trimmed` takes white space off both ends of what was expanded.
        """
        if isinstance(node, ScalarNode):
            if "%{" not in node.value:
                return node
            text = self.text(node)
            return ScalarNode(text.strip() if trimmed else text, node.file, node.line, node.column)
        if isinstance(node, SequenceNode):
            items = [self.nodes(item, trimmed=trimmed) for item in node.items]
            return SequenceNode(items, node.file, node.line, node.column)
        mapping = node.as_mapping()
        entries = {k: self.nodes(value, trimmed=trimmed) for k, value in mapping.entries.items()}
        return MappingNode(entries, node.file, node.line, node.column)
