"""A text, run in thought: its statements in the order in which they run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from bstgraph.shell._branches import SIMPLE, Branches, clauses
from bstgraph.shell._limits import LimitError
from bstgraph.shell._scope import Function, Scope
from bstgraph.shell._simple import Output, Text
from bstgraph.shell._syntax import Syntax, read
from bstgraph.shell._values import (
    Command,
    Gap,
    Part,
    Place,
    Runs,
    Script,
    Word,
    literal,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_FAILS: Final = re.compile(r"(?:.*[;{\n]\s*)?exit\s+[1-9]\d*\s*;?\s*\}?|false", re.DOTALL)
"""A command that always fails the text."""


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
    except RecursionError:
        output.gaps.append(Gap("too-large", "the text is nested too deeply", text.place))


class Walk(Branches):
    """Runs the statements of one text."""

    def __init__(self, output: Output, scope: Scope, syntax: Syntax, text: Text) -> None:
        """Run `syntax`, the tree of `text`."""
        super().__init__(output, scope, syntax, text)

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
        self.scope.left, self.scope.failed = None, False
        while self.traps:
            for text, context in self.traps.pop(next(iter(self.traps))):
                with self.inside(context):
                    self.inner(text, self.scope)
        for function in self.defined:
            if function.name not in self.called:
                self.called.add(function.name)
                with self.context("function", "never", function.node, text=function.name):
                    self.body(function)

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
            if self.scope.left and self.scope.left.kind == "return":
                self.unsettle(body)
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
            case kind if kind in SIMPLE:
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
                if self.syntax.text(node).startswith("(("):
                    what = "`((` is arithmetic for bash and commands for other shells"
                    self.gap("syntax", what, self.place(node), self.syntax.text(node))
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
                self.conditional(clauses(node), tail=tail)
            case "while_statement":
                self.while_loop(node)
            case "for_statement":
                self.for_loop(node)
            case "c_style_for_statement":
                self.unsure_loop(node, "for")
            case "case_statement":
                self.choice(node, tail=tail)
            case "ERROR":
                self.statements([c for c in node.children if _is_statement(c)], tail=False)
            case kind if kind.endswith("_redirect"):
                self.open_files(node, [node])
            case _:
                text = self.syntax.text(node)
                self.gap("syntax", "this is not understood", self.place(node), text)
        return None

    def substituted(self, node: Node) -> None:
        """Run the commands of a substitution; a text that has one is not understood."""
        if not node.type.endswith("_substitution"):
            what = "the substitution in a pattern is not understood"
            self.gap("syntax", what, self.place(node), self.syntax.text(node))
            return
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
        if last.type in SIMPLE:
            self.redirects[last.id] = (*redirects, *self.redirects.pop(last.id, ()))
        else:
            self.open_files(node, redirects)
        return self.statement(body, tail=tail)

    def _compound(self, node: Node, *, tail: bool) -> bool | None:
        if node.children[0].type == "((":
            self.arithmetic(node)
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
        text, test = self.syntax.text(left), self.words_of(left, first)
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


def _is_statement(node: Node) -> bool:
    return (
        node.type in SIMPLE
        or node.type.endswith(("_statement", "_redirect"))
        or (node.type in ("list", "pipeline", "subshell", "negated_command", "function_definition"))
    )


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
