"""A text, run in thought: its statements in the order in which they run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from bstgraph.shell._commands import CommandNodes
from bstgraph.shell._scope import Function, Scope
from bstgraph.shell._simple import LimitError, Output, Text
from bstgraph.shell._syntax import Syntax, read, shown
from bstgraph.shell._values import (
    Command,
    Context,
    ContextKind,
    Part,
    Place,
    Runs,
    Script,
    Word,
    literal,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_SIMPLE: Final = frozenset(
    "command declaration_command unset_command test_command variable_assignment "
    "variable_assignments".split()
)
_FAILS: Final = re.compile(r"(?:.*[;{\n]\s*)?exit\s+[1-9]\d*\s*;?\s*\}?|false", re.DOTALL)
"""A command that always fails the text."""
_ASSIGNS: Final = re.compile(
    r"([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=|\b(?:read|for|local|export|"
    r"declare|unset|mapfile|readarray|getopts|printf)\b([^;\n|&]*)"
)


def parse(
    text: str,
    *,
    environment: Mapping[str, str] | None = None,
    directory: str | None = None,
    exit_on_error: bool = True,
) -> Script:
    """Return the commands that a shell runs for `text`, in their order, as far as that is known.

    `text` is what BuildStream gives `sh -c -e`: one item of a list of commands, its variables
    expanded. With `environment`, the variables that it runs with, a variable that is neither
    there nor assigned in the text is unset; without, it may have any value. `directory` is where
    it runs. Nothing is raised: what does not parse, or is known at run time only, is a gap.
    """
    output = Output()
    scope = Scope(environment=environment, directory=directory, errexit=exit_on_error)
    walk_text(Text(text=text, what="sh", place=Place(1, 1), exact=True), output, scope)
    return Script(commands=tuple(output.commands), gaps=tuple(output.gaps))


def walk_text(text: Text, output: Output, scope: Scope) -> None:
    """Run a whole text in `scope`; what is found is added to `output`."""
    syntax = read(text.text)
    if not isinstance(syntax, Syntax):
        output.gaps.append(syntax._replace(place=text.place))
        return
    try:
        Walk(output, scope, syntax, text).whole()
    except LimitError:
        # Whatever comes after the limit is not known; the gap says so.
        return


class Walk(CommandNodes):
    """Runs the statements of one text."""

    def __init__(self, output: Output, scope: Scope, syntax: Syntax, text: Text) -> None:
        """Run `syntax`, the tree of `text`."""
        super().__init__(output, scope, syntax, text)
        self.ignored = False
        """Whether a command that fails is passed over, as in a condition."""
        self.loops: dict[int, tuple[frozenset[str], bool, bool]] = {}

    def whole(self) -> None:
        """Run all of the text, then what `trap` says, then show what is never called."""
        for gap in self.syntax.gaps:
            place = gap.place
            line = self.base.line + place.line - 1
            at = Place(line, place.column) if self.exact else self.base
            self.gap(gap.kind, gap.message, at, gap.text)
        if self.syntax.gaps:
            with self.context("syntax", "perhaps", self.syntax.root):
                self.statements(self.syntax.root.children, tail=True)
        else:
            self.statements(self.syntax.root.children, tail=True)
        self.finish()

    def finish(self) -> None:
        """Run what is left for the end."""
        self.scope.left = None
        while self.traps:
            text, context = self.traps.pop(0)
            with self.inside(context):
                self.inner(text, self.scope)
        for function in self.defined:
            if function.name not in self.called:
                self.called.add(function.name)
                with self.context("function", "never", function.node, text=function.name):
                    self.body(function)

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

    def inner(self, text: Text, scope: Scope) -> None:
        """Run a text inside the text."""
        syntax = read(text.text)
        self.step(text.place, 2 * len(text.text))
        if not isinstance(syntax, Syntax):
            self.gap(syntax.kind, syntax.message, text.place, text.text)
            return
        other = Walk(self.output, scope, syntax, text)
        other.contexts, other.depth, other.subshells = self.contexts, self.depth, self.subshells
        other.active, other.ignored = self.active, self.ignored
        if text.what in ("eval", "trap"):
            other.called, other.defined, other.traps = self.called, self.defined, self.traps
            other.locals = self.locals
            other.statements_of(syntax)
        else:
            other.subshells += 1
            other.whole()

    def statements_of(self, syntax: Syntax) -> None:
        """Run the statements of a text that belongs to the shell that runs it."""
        for gap in syntax.gaps:
            self.gap(gap.kind, gap.message, self.base, gap.text)
        runs: Runs = "perhaps" if syntax.gaps else "always"
        with self.context("syntax" if syntax.gaps else "shell", runs, syntax.root):
            self.statements(syntax.root.children, tail=False)

    def body(self, function: Function) -> None:
        """Run the body of a function, which may be part of another text."""
        before = self.syntax, self.base, self.exact
        self.syntax, self.base, self.exact = function.syntax, function.base, function.exact
        redirects = [c for c in function.node.children if c.type.endswith("_redirect")]
        self.open_files(function.node, redirects)
        body = function.node.child_by_field_name("body")
        if body is not None:
            self.statement(body, tail=False)
        self.syntax, self.base, self.exact = before

    def statements(self, nodes: Sequence[Node], *, tail: bool) -> bool | None:
        """Run statements one after the other; return what the last one says."""
        named = [node for node in nodes if node.is_named and node.type != "comment"]
        status: bool | None = True
        for place, node in enumerate(nodes):
            if node.type == ";;":
                self.gap("syntax", "`;;` is not understood here", self.place(node), ";;")
            if not node.is_named or node.type == "comment":
                continue
            after = nodes[place + 1].type if place + 1 < len(nodes) else ""
            if after == "&":
                with self.separate("background", node):
                    self.statement(node, tail=False)
                status = True
            else:
                status = self.statement(node, tail=tail and node == named[-1])
        return status

    def statement(self, node: Node, *, tail: bool) -> bool | None:
        """Run one statement; return whether it succeeds, when that is known.

        `tail` says that the text fails when the statement fails.
        """
        self.step(self.place(node))
        match node.type:
            case kind if kind in _SIMPLE:
                status = self.simple(node)
            case "redirected_statement":
                status = self._redirected(node, tail=tail)
            case "list":
                status = self._list(node, tail=tail)
            case "pipeline":
                status = self._pipeline(node, tail=tail)
            case "negated_command":
                with self.passing_over(), self.context("negated", "always", node):
                    status = self.statements(node.children[1:], tail=False)
                status = None if status is None else not status
            case "subshell":
                tail = tail or (self.scope.errexit and not self.ignored)
                with self.separate("subshell", node):
                    status = self.statements(node.children[1:-1], tail=tail)
            case "compound_statement":
                status = self._compound(node, tail=tail)
            case _:
                status = self._control(node, tail=tail)
        return status

    def _control(self, node: Node, *, tail: bool) -> bool | None:
        match node.type:
            case "function_definition":
                self.define(node)
            case "if_statement":
                self._if(_clauses(node), tail=tail)
            case "while_statement":
                self._while(node)
            case "for_statement":
                self._for(node)
            case "c_style_for_statement":
                self._unsure_loop(node, "for")
            case "case_statement":
                self._case(node, tail=tail)
            case "ERROR":
                self.statements([c for c in node.children if _is_statement(c)], tail=False)
            case kind if kind.endswith("_redirect"):
                self.open_files(node, [node])
            case _:
                text = self.syntax.text(node)
                self.gap("syntax", "this is not understood", self.place(node), text)
        return None

    def substituted(self, node: Node) -> None:
        """Run the commands of a substitution."""
        with self.separate("substitution", node):
            self.statements(node.children[1:-1], tail=False)

    def _redirected(self, node: Node, *, tail: bool) -> bool | None:
        body = node.child_by_field_name("body")
        redirects = tuple(child for child in node.children if child != body)
        if body is None:
            self.open_files(node, redirects)
            return True
        last = body
        # A redirection behind several commands is that of the last one.
        while last.type in ("list", "pipeline", "negated_command") and last.named_children:
            last = last.named_children[-1]
        if last.type in _SIMPLE:
            self.redirects[last.id] = (*redirects, *self.redirects.pop(last.id, ()))
        else:
            self.open_files(node, redirects)
        return self.statement(body, tail=tail)

    def _compound(self, node: Node, *, tail: bool) -> bool | None:
        if node.children[0].type == "((":
            for name in re.findall(r"[A-Za-z_]\w*", self.syntax.text(node)):
                self.scope.variables[name] = None
            return None
        return self.statements(node.children[1:-1], tail=tail)

    def _list(self, node: Node, *, tail: bool) -> bool | None:
        parts = [child for child in node.children if child.type != "comment"]
        left, operator, right = parts[0], parts[1].type, parts[-1]
        both = operator == "&&"
        fatal = not both and not self.subshells and _FAILS.fullmatch(self.syntax.text(right))
        first = len(self.output.commands)
        with self.passing_over():
            status = self.statement(left, tail=(tail and both) or bool(fatal))
        if status is None:
            runs: Runs = "always" if both and tail else "perhaps"
        else:
            runs = "always" if status == both else "never"
        before, branch = self.scope, self.scope.copy()
        text, test = self.syntax.text(left), self._words_of(left, first)
        with (
            self.within(branch),
            self.context("and" if both else "or", runs, node, text=text, test=test, holds=both),
        ):
            second = self.statement(right, tail=tail)
        if runs == "always":
            before.take([branch])
        elif runs == "perhaps":
            before.take([before.copy(), branch])
        return second if runs == "always" and status is not None else status and None

    def _words_of(self, node: Node, first: int) -> tuple[Word, ...]:
        """Return the words of the simple command that a condition is."""
        found: list[Command] = self.output.commands[first:]
        if node.type in ("command", "test_command") and len(found) == 1:
            return found[0].words
        return ()

    def _pipeline(self, node: Node, *, tail: bool) -> bool | None:
        stages = [child for child in node.named_children if child.type != "comment"]
        before = self.piped, self.input
        for stage in stages:
            first = len(self.output.commands)
            last = stage == stages[-1]
            tail_here = last and (tail or (self.scope.errexit and not self.ignored))
            with self.separate("pipeline", stage):
                self.statement(stage, tail=tail_here)
            self.piped, self.input = True, _printed(self.output.commands[first:])
        self.piped, self.input = before
        return None

    def _if(self, clauses: Sequence[tuple[Node, list[Node], list[Node]]], *, tail: bool) -> None:
        """Run the clauses of a conditional: the node, the condition, the body of each."""
        node, condition, body = clauses[0]
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
        words = self._words_of(test, first) if test is not None else ()
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
                elif len(clauses) > 1:
                    self._if(clauses[1:], tail=tail)
        self.scope.take(branches)

    def _while(self, node: Node) -> None:
        body = node.child_by_field_name("body")
        until = node.children[0].type == "until"
        self._unsettle(node)
        inner = [child for child in node.children[1:] if child != body]
        first = len(self.output.commands)
        with self.passing_over():
            status = self.statements(inner, tail=False)
        if status is not None:
            status = status is not until
        runs: Runs = "perhaps" if status is None else "always" if status else "never"
        named = [child for child in inner if child.is_named]
        words = self._words_of(named[0], first) if len(named) == 1 else ()
        text = self.syntax.text(named[0]) if named else ""
        branch = self.scope.copy()
        with (
            self.within(branch),
            self.context("loop", runs, node, text=text, test=words, holds=not until),
        ):
            if body is not None:
                self._do(body)
        self._after_loop(branch, runs)

    def _unsure_loop(self, node: Node, text: str) -> None:
        """Run the body of a loop that may run or not."""
        self._unsettle(node)
        branch = self.scope.copy()
        body = node.child_by_field_name("body")
        with self.within(branch), self.context("loop", "perhaps", node, text=text):
            if body is not None:
                self._do(body)
        self._after_loop(branch, "perhaps")

    def _for(self, node: Node) -> None:
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
        if not items:
            self._turn(node, body, (text, name, None), "never")
        for item in items:
            runs: Runs = "perhaps" if item.glob or item.splits or chosen else "always"
            if runs == "perhaps":
                self._unsettle(body)
            self._turn(node, body, (text, name, _matched(item)), runs)
        if self.scope.left and self.scope.left.kind == "loop":
            self.scope.left = None

    def _turn(self, node: Node, body: Node, what: tuple[str, str, Word | None], runs: Runs) -> None:
        """Run the body of a `for` with one value."""
        text, name, value = what
        branch = self.scope.copy()
        branch.variables[name] = None if value is None else (value,)
        with self.within(branch), self.context("loop", runs, node, text=text):
            self._do(body)
        left = branch.left
        if left and left.kind == "loop" and left.text.startswith("continue"):
            branch.left = self.scope.left
        if runs == "always":
            self.scope.take([branch])
        elif runs == "perhaps":
            self.scope.take([self.scope.copy(), branch])

    def _do(self, body: Node) -> None:
        self.statements(body.children[1:-1], tail=False)

    def _after_loop(self, branch: Scope, runs: Runs) -> None:
        if branch.left and branch.left.kind == "loop":
            branch.left = self.scope.left
        if runs == "always":
            self.scope.take([branch])
        elif runs == "perhaps":
            self.scope.take([self.scope.copy(), branch])

    def _unsettle(self, node: Node) -> None:
        """Forget what a loop changes, as its body runs after other turns of it too."""
        if node.id not in self.loops:
            self.loops[node.id] = _changes(self.syntax.text(node))
        names, all_names, moves = self.loops[node.id]
        for name in names:
            self.scope.variables[name] = None
        if all_names:
            self.scope.forget()
        if moves:
            self.scope.directory = None

    def _case(self, node: Node, *, tail: bool) -> None:
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


def _changes(text: str) -> tuple[frozenset[str], bool, bool]:
    """Return the variables that a loop may change, whether it may be any, and if `cd` is in it."""
    names = frozenset(
        name
        for match in _ASSIGNS.finditer(text)
        for name in re.findall(r"[A-Za-z_]\w*", match[1] or match[2] or "")
    )
    all_names = bool(re.search(r"\b(?:eval|source|let)\b|\(\(|(?:^|\s)\.\s", text))
    return names, all_names, bool(re.search(r"\b(?:cd|pushd|popd|eval)\b", text))


def _clauses(node: Node) -> list[tuple[Node, list[Node], list[Node]]]:
    """Return the clauses of an `if`: the node, the condition and the body of each."""
    own: list[Node] = []
    more: list[tuple[Node, list[Node], list[Node]]] = []
    for child in node.children[1:]:
        if child.type == "elif_clause":
            more += _clauses(child)
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


def _is_statement(node: Node) -> bool:
    return (
        node.type in _SIMPLE
        or node.type.endswith(("_statement", "_redirect"))
        or (node.type in ("list", "pipeline", "subshell", "negated_command", "function_definition"))
    )


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


def _printed(commands: Sequence[Command]) -> Word | None:
    """Return what commands print, when it is plain: `cat <<EOF`, `echo TEXT`."""
    if len(commands) != 1:
        return None
    command = commands[0]
    bodies = [each.body for each in command.redirections if each.body is not None]
    match command.program:
        case "cat" if len(bodies) == 1 and not command.arguments:
            return bodies[0]
        case "echo" if not any(w.text.startswith("-") or "\\" in w.text for w in command.arguments):
            parts = [part for word in command.arguments for part in (*word.parts, Part(" "))]
            return Word((*parts[:-1], Part("\n")))
        case "printf" if len(command.arguments) == 1:
            word = command.arguments[0]
            plain = word.known and "%" not in word.text
            return literal(word.text.replace("\\n", "\n")) if plain else None
    return None
