"""Conditionals, loops and `case`: what runs, perhaps runs, or never does."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from bstgraph.shell._commands import CommandNodes
from bstgraph.shell._scope import Left, Scope
from bstgraph.shell._simple import Output, Text
from bstgraph.shell._syntax import Syntax, shown
from bstgraph.shell._values import Command, Context, ContextKind, Part, Runs, Word

if TYPE_CHECKING:
    from tree_sitter import Node

SIMPLE: Final = frozenset(
    "command declaration_command unset_command test_command variable_assignment "
    "variable_assignments".split()
)
"""The nodes that are one simple command."""
_ASSIGNS: Final = re.compile(
    r"([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=|\b(?:read|for|local|export|"
    r"declare|unset|mapfile|readarray|getopts|printf)\b([^;\n|&]*)"
)


_DEFINES: Final = re.compile(r"([\w-]+)\s*\(\s*\)|\bfunction\s+([\w-]+)")


class _Changes(NamedTuple):
    """What a part of a text may change."""

    variables: frozenset[str]
    functions: frozenset[str]
    words: frozenset[str]
    """All words of it, among them the functions that it calls."""
    anything: bool
    """Whether it may change any variable."""
    moves: bool
    """Whether it may change the directory."""
    sets: bool
    """Whether it may change the arguments or options of the shell."""


class Branches(CommandNodes):
    """Runs statements that run others."""

    def __init__(self, output: Output, scope: Scope, syntax: Syntax, text: Text) -> None:
        """Run `syntax`, the tree of `text`."""
        super().__init__(output, scope, syntax, text)
        self.ignored = False
        """Whether a command that fails is passed over, as in a condition."""
        self.changes: dict[tuple[int, int], _Changes] = {}

    @abstractmethod
    def statements(self, nodes: Sequence[Node], *, tail: bool) -> bool | None:
        """Run statements one after the other; return what the last one says."""

    @contextmanager
    def context(
        self,
        kind: ContextKind,
        runs: Runs,
        node: Node,
        *,
        text: str = "",
        test: tuple[Word, ...] = (),
        holds: bool = True,
    ) -> Iterator[None]:
        """Run something inside the statement `node`."""
        made = Context(
            kind=kind,
            runs=runs,
            text=shown(text),
            test=test,
            holds=holds,
            place=self.place(node),
        )
        with self.inside(made):
            yield

    @contextmanager
    def separate(self, kind: ContextKind, node: Node) -> Iterator[None]:
        """Run something in a process of its own."""
        self.subshells += 1
        try:
            with self.within(self.scope.copy()), self.context(kind, "always", node):
                yield
        finally:
            self.subshells -= 1

    @contextmanager
    def passing_over(self) -> Iterator[None]:
        """Run something whose failure does not end the text."""
        before, self.ignored = self.ignored, True
        try:
            yield
        finally:
            self.ignored = before

    def words_of(self, node: Node, first: int) -> tuple[Word, ...]:
        """Return the words of the simple command that a condition is."""
        found: list[Command] = self.output.commands[first:]
        if node.type in ("command", "test_command") and len(found) == 1:
            return found[0].words
        return ()

    def conditional(
        self, chain: Sequence[tuple[Node, list[Node], list[Node]]], *, tail: bool
    ) -> None:
        """Run the chain of a conditional: the node, the condition, the body of each."""
        node, condition, body = chain[0]
        if node.type == "else_clause":
            self.statements(body, tail=tail)
            return
        first = len(self.output.commands)
        with self.passing_over():
            status = self.statements(condition, tail=False)
        named = [child for child in condition if child.is_named]
        holds, test = True, named[0] if len(named) == 1 else None
        if test is not None and test.type == "negated_command":
            holds, test = False, test.named_children[-1]
        words = self.words_of(test, first) if test is not None else ()
        text = self.syntax.between(named[0].start_byte, named[-1].end_byte) if named else ""
        branches = []
        for wanted in (True, False):
            runs: Runs = "perhaps" if status is None else "always" if status is wanted else "never"
            branch = self.scope.copy()
            if runs != "never":
                branches.append(branch)
            with (
                self.within(branch),
                self.context("if", runs, node, text=text, test=words, holds=holds is wanted),
            ):
                if wanted:
                    self.statements(body, tail=tail)
                elif len(chain) > 1:
                    self.conditional(chain[1:], tail=tail)
        self.scope.take(branches)

    def while_loop(self, node: Node) -> None:
        body = node.child_by_field_name("body")
        until = node.children[0].type == "until"
        self.unsettle(node)
        inner = [child for child in node.children[1:] if child != body]
        first = len(self.output.commands)
        with self.passing_over():
            status = self.statements(inner, tail=False)
        if status is not None:
            status = status is not until
        runs: Runs = "perhaps" if status is None else "always" if status else "never"
        named = [child for child in inner if child.is_named]
        words = self.words_of(named[0], first) if len(named) == 1 else ()
        text = self.syntax.text(named[0]) if named else ""
        branch = self.scope.copy()
        with (
            self.within(branch),
            self.context("loop", runs, node, text=text, test=words, holds=not until),
        ):
            if body is not None:
                self._do(body)
        self._after_loop(node, branch, runs)

    def unsure_loop(self, node: Node, text: str) -> None:
        """Run the body of a loop that may run or not."""
        self.unsettle(node)
        branch = self.scope.copy()
        body = node.child_by_field_name("body")
        with self.within(branch), self.context("loop", "perhaps", node, text=text):
            if body is not None:
                self._do(body)
        self._after_loop(node, branch, "perhaps")

    def for_loop(self, node: Node) -> None:
        variable, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        if variable is None or body is None:
            return
        name = self.syntax.text(variable)
        values = node.children_by_field_name("value")
        if values or any(child.type == "in" for child in node.children):
            items = self.words.all(values)
        else:
            given = self.scope.arguments
            items = (Word((Part("$@", known=False),), splits=True),) if given is None else given
        end = body.start_byte
        text = self.syntax.between(node.start_byte, end).strip().rstrip(";")
        chosen = node.children[0].type == "select"
        before = self.scope.left
        if not items:
            self._turn(node, body, (text, name, None), "never")
        for item in items:
            runs: Runs = "perhaps" if item.glob or item.splits or chosen else "always"
            if runs == "perhaps":
                self.unsettle(body)
            self._turn(node, body, (text, name, _matched(item)), runs)
        if self._leaves_loop(self.scope, before):
            self.scope.left = before
            self.unsettle(node)

    def _turn(self, node: Node, body: Node, what: tuple[str, str, Word | None], runs: Runs) -> None:
        """Run the body of a `for` with one value."""
        text, name, value = what
        branch = self.scope.copy()
        branch.variables[name] = None if value is None else (value,)
        with self.within(branch), self.context("loop", runs, node, text=text):
            self._do(body)
        left = branch.left
        goes_on = (
            self._leaves_loop(branch, self.scope.left)
            and left is not None
            and left.text.startswith("continue")
        )
        if goes_on:
            branch.left = self.scope.left
        if runs == "always":
            self.scope.take([branch])
        elif runs == "perhaps":
            self.scope.take([self.scope.copy(), branch])
        if goes_on:
            self.unsettle(body)

    def _do(self, body: Node) -> None:
        self.statements(body.children[1:-1], tail=False)

    @staticmethod
    def _leaves_loop(scope: Scope, before: Left | None) -> bool:
        """Return whether something in a loop leaves it; `before` is what left an outer one."""
        return scope.left is not None and scope.left.kind == "loop" and scope.left != before

    def _after_loop(self, node: Node, branch: Scope, runs: Runs) -> None:
        left = self._leaves_loop(branch, self.scope.left)
        if left:
            branch.left = self.scope.left
        if runs == "always":
            self.scope.take([branch])
        elif runs == "perhaps":
            self.scope.take([self.scope.copy(), branch])
        if left:
            self.unsettle(node)

    def unsettle(self, node: Node) -> None:
        """Forget what a loop or function changes: it may have run in part or several times."""
        pending, seen = [(self.syntax, node)], set[str]()
        while pending:
            syntax, part = pending.pop()
            key = id(syntax), part.id
            if key not in self.changes:
                self.changes[key] = _changes(syntax.text(part))
            changes = self.changes[key]
            # Functions that it calls change things too.
            called = (changes.words & self.scope.functions.keys()) - seen
            seen |= called
            functions = [self.scope.functions[name] for name in called]
            bodies = [(f.syntax, f.node.child_by_field_name("body")) for f in functions if f]
            pending += [(syntax, body) for syntax, body in bodies if body is not None]
            self._forget(changes)

    def _forget(self, changes: _Changes) -> None:
        for name in changes.variables:
            self.scope.variables[name] = None
        for name in changes.functions:
            self.scope.functions[name] = None
        if changes.anything:
            self.scope.forget()
        if changes.moves:
            self.scope.directory = None
        if changes.sets:
            self.scope.arguments, self.scope.errexit = None, False

    def choice(self, node: Node, *, tail: bool) -> None:
        value = self.words.one(node.child_by_field_name("value"))
        items = [child for child in node.named_children if child.type == "case_item"]
        branches: list[Scope] = []
        fits: list[bool | None] = [self._fits(value, item) for item in items]
        if any(child.type in (";&", ";;&") for item in items for child in item.children):
            fits = [None] * len(items)
        decided = False
        for item, fit in zip(items, fits, strict=True):
            runs: Runs = "perhaps"
            if decided or fit is False:
                runs = "never"
            elif fit and not branches:
                runs = "always"
            branch = self.scope.copy()
            if runs != "never":
                branches.append(branch)
            text = f"case {value.text} in {self._pattern(item)})"
            with self.within(branch), self.context("case", runs, item, text=text):
                self.statements(_after(item, ")"), tail=tail)
            decided = decided or fit is True
        if not decided:
            branches.append(self.scope.copy())
        self.scope.take(branches)

    def _pattern(self, item: Node) -> str:
        return " | ".join(map(self.syntax.text, item.children_by_field_name("value")))

    def _fits(self, value: Word, item: Node) -> bool | None:
        """Return whether a value matches one of the patterns, when that is known."""
        found: list[bool | None] = []
        for pattern in item.children_by_field_name("value"):
            written = self.syntax.text(pattern)
            word = self.words.one(pattern)
            if written == "*":
                found.append(True)
            elif not value.known or not word.known or re.search(r"[\\()]", written):
                found.append(None)
            elif re.search(r"['\"]", written):
                found.append(None if word.glob else value.text == word.text)
            else:
                found.append(fnmatchcase(value.text, word.text))
        return True if True in found else None if None in found else False


def _changes(text: str) -> _Changes:
    """Return what a part of a text may change."""
    return _Changes(
        variables=frozenset(
            name
            for match in _ASSIGNS.finditer(text)
            for name in re.findall(r"[A-Za-z_]\w*", match[1] or match[2] or "")
        ),
        functions=frozenset(match[1] or match[2] for match in _DEFINES.finditer(text)),
        words=frozenset(re.findall(r"[\w-]+", text)),
        anything=bool(re.search(r"\b(?:eval|source|let)\b|\(\(|(?:^|\s)\.\s", text)),
        moves=bool(re.search(r"\b(?:cd|pushd|popd|eval)\b", text)),
        sets=bool(re.search(r"\b(?:set|shift|eval)\b", text)),
    )


def clauses(node: Node) -> list[tuple[Node, list[Node], list[Node]]]:
    """Return the clauses of an `if`: the node, the condition and the body of each."""
    own: list[Node] = []
    more: list[tuple[Node, list[Node], list[Node]]] = []
    for child in node.children[1:]:
        if child.type == "elif_clause":
            more += clauses(child)
        elif child.type == "else_clause":
            more.append((child, [], child.children[1:]))
        elif child.type != "fi":
            own.append(child)
    then = next((i for i, child in enumerate(own) if child.type == "then"), len(own))
    return [(node, own[:then], own[then + 1 :]), *more]


def _after(node: Node, kind: str) -> list[Node]:
    """Return the statements of a case item: what is behind its patterns."""
    children = node.children
    place = next((i for i, child in enumerate(children) if child.type == kind), len(children))
    return [child for child in children[place + 1 :] if child.type not in (";;", ";&", ";;&")]


def _matched(item: Word) -> Word | None:
    """Return what a variable of a loop becomes: of a pattern only the folder is known."""
    if item.splits:
        return None
    if not item.glob:
        return item
    prefix = re.split(r"[*?\[]", item.prefix)[0]
    folder = prefix[: prefix.rfind("/") + 1]
    rest = Part(item.text[len(folder) :], known=False)
    return Word((Part(folder), rest) if folder else (rest,))
