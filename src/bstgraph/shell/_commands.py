"""Nodes of the tree -> simple commands: their words, assignments, redirections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from bstgraph.shell._documents import HereDocument
from bstgraph.shell._scope import Function, Scope, Value
from bstgraph.shell._simple import Output, SimpleCommands, Text, Written
from bstgraph.shell._syntax import Syntax, read_document
from bstgraph.shell._values import Assignment, Part, Place, Redirection, Word, literal, number
from bstgraph.shell._words import MOST_WORDS, Words

if TYPE_CHECKING:
    from tree_sitter import Node

_ASSIGNMENTS: Final = frozenset(("variable_assignment", "variable_assignments"))
_REDIRECTS: Final = frozenset(("file_redirect", "herestring_redirect", "heredoc_redirect"))


class CommandNodes(SimpleCommands):
    """Reads the nodes of simple commands of one text, and runs them."""

    def __init__(self, output: Output, scope: Scope, syntax: Syntax, text: Text) -> None:
        """Read `syntax`, the tree of `text`."""
        super().__init__(output, scope)
        self.syntax = syntax
        self.base, self.exact = text.place, text.exact
        self.redirects: dict[int, tuple[Node, ...]] = {}
        """The node of a command -> redirections that are written outside of it."""

    @property
    def words(self) -> Words:
        """What expands words here."""
        return Words(self.syntax, self.scope, self.substituted)

    def substituted(self, node: Node) -> None:
        """Run the commands of a substitution."""
        raise NotImplementedError

    def place(self, node: Node) -> Place:
        """Return where `node` is in the whole text."""
        line, column = self.syntax.place(node)
        return Place(self.base.line + line - 1, column) if self.exact else self.base

    def simple(self, node: Node) -> bool | None:
        """Run a simple command; return whether it succeeds, when that is known."""
        outside = self.redirects.pop(node.id, ())
        words: tuple[Word, ...] = ()
        assignments: tuple[Assignment, ...] = ()
        match node.type:
            case "declaration_command":
                words = self._declared(node)
            case "unset_command":
                words = self._unset(node)
            case "test_command" if node.children[0].type == "((":
                self.arithmetic(node)
                return None
            case "test_command":
                words = tuple(self._test(node))
            case kind if kind in _ASSIGNMENTS:
                assignments = self._assigned(node)
            case _:
                assignments = self._before(node)
                words = self.words.all(_written_words(node))
        redirects = [child for child in node.children if child.type in _REDIRECTS]
        redirections, more = self._redirections((*redirects, *outside))
        last = max((node, *outside), key=lambda each: each.end_byte)
        name = node.child_by_field_name("name")
        return self.run(
            Written(
                words=(*words, *more),
                assignments=assignments,
                redirections=redirections,
                place=self.place(node),
                text=self.syntax.between(node.start_byte, last.end_byte),
                bare=self.syntax.text(name) if name else "",
            )
        )

    def arithmetic(self, node: Node) -> None:
        """Forget the variables that `((...))` may change."""
        for name in re.findall(r"[A-Za-z_]\w*", self.syntax.text(node)):
            self.scope.variables[name] = None

    def open_files(self, node: Node, redirects: Sequence[Node]) -> None:
        """Open the files of a compound statement."""
        redirections, _ = self._redirections(redirects)
        if redirections:
            text = " ".join(self.syntax.text(redirect) for redirect in redirects)
            self.run(Written(redirections=redirections, place=self.place(node), text=text))

    def _redirections(
        self, nodes: Sequence[Node]
    ) -> tuple[tuple[Redirection, ...], tuple[Word, ...]]:
        """Return redirections, and the words of the command that are written behind them."""
        found: list[Redirection] = []
        more: list[Word] = []
        for node in nodes:
            targets: list[Node] = []
            operator, descriptor, begin = "", None, node.start_byte
            for child in node.children:
                if child.type == "file_descriptor":
                    descriptor = number(self.syntax.text(child))
                elif not child.is_named and not operator:
                    operator, begin = child.type, child.start_byte
                elif child.is_named:
                    targets.append(child)
            words = self.words
            target = words.one(targets[0]) if targets else literal("")
            more += words.all(targets[1:])
            found.append(self._redirection((operator, descriptor), target, begin))
        return tuple(found), tuple(more)

    def _redirection(self, how: tuple[str, int | None], target: Word, begin: int) -> Redirection:
        operator, descriptor = how
        document = self.syntax.documents.get(begin)
        if document is None:
            body = target if operator == "<<<" else None
            return Redirection(operator=operator, descriptor=descriptor, target=target, body=body)
        content = self._content(document) if document.expands else literal(document.raw)
        return Redirection(
            operator=document.operator,
            descriptor=descriptor,
            target=target,
            body=content,
            line=self.base.line + document.row if self.exact else 0,
        )

    def _content(self, document: HereDocument) -> Word:
        """Return the content of a here-document after expansion."""
        raw = document.raw
        if not re.search(r"[$`\\]", raw):
            return literal(raw)
        before = self.syntax, self.base
        at = self.base.line + document.row
        self.syntax, node = read_document(raw)
        # The content is in the second line of that text.
        self.base = Place(at - 1, 1) if self.exact else self.base
        if node is None:
            place = Place(at, 1) if self.exact else self.base
            self.gap("syntax", "the here-document does not parse", place, raw)
            word = Word((Part(raw, known=False),))
        else:
            word = self.words.document(node)
        self.syntax, self.base = before
        return word

    def _before(self, node: Node) -> tuple[Assignment, ...]:
        """Return the assignments before a command, which hold for it alone."""
        return tuple(
            Assignment(name, _one(value))
            for child in node.children
            if child.type == "variable_assignment"
            for name, value, _ in [self._assignment(child)]
        )

    def _assigned(self, node: Node) -> tuple[Assignment, ...]:
        """Assign for good; return the assignments."""
        nodes = [node] if node.type == "variable_assignment" else node.named_children
        found = []
        for each in nodes:
            name, value, part = self._assignment(each)
            found.append(Assignment(name, _one(value)))
            self.scope.variables[name] = None if part else value
        return tuple(found)

    def _assignment(self, node: Node) -> tuple[str, Value, bool]:
        """Return a name, the value that it gets, and whether it is an item of an array only."""
        target = node.child_by_field_name("name")
        written = node.child_by_field_name("value")
        name = re.match(r"\w*", self.syntax.text(target))[0] if target else ""  # type: ignore[index]  # matches always
        value: Value
        if written is not None and written.type == "array":
            value = self.words.all(written.named_children)
        else:
            value = (self.words.one(written),)
        if any(child.type == "+=" for child in node.children):
            before = self.scope.value(name)
            if before is None:
                value = None
            elif written is not None and written.type == "array":
                value = (*before, *value)
            else:
                first = before[0].parts if before else ()
                value = (Word((*first, *value[0].parts)), *before[1:])
        if value is not None and len(value) > MOST_WORDS:
            value = None
        return name, value, bool(target) and target is not None and target.type == "subscript"

    def _declared(self, node: Node) -> tuple[Word, ...]:
        """Assign what `export`, `local`, `readonly` and `declare` do; return their words."""
        what = self.syntax.text(node.children[0])
        words = [literal(what)]
        for child in node.named_children:
            if child.type == "variable_assignment":
                name, value, part = self._assignment(child)
                words.append(Word((Part(f"{name}="), *_one(value).parts)))
            elif child.type in _REDIRECTS:
                continue
            else:
                found = self.words.of(child)
                words += found
                if child.type != "variable_name":
                    # Which variables these words name is not looked into.
                    if any(not word.known for word in found):
                        self.scope.forget()
                    continue
                name, value, part = (
                    self.syntax.text(child),
                    self.scope.value(self.syntax.text(child)),
                    False,
                )
                if what not in {"export", "readonly"}:
                    value = ()
            if what in ("local", "declare", "typeset") and self.locals:
                self.locals[-1].setdefault(name, self.scope.value(name))
            self.scope.variables[name] = None if part else value
            if what == "export":
                self.scope.exported.add(name)
        return tuple(words)

    def _unset(self, node: Node) -> tuple[Word, ...]:
        words = [literal(self.syntax.text(node.children[0]))]
        for child in node.named_children:
            words += self.words.of(child)
            name = self.syntax.text(child)
            if words[1].text == "-f":
                self.scope.functions.pop(name, None)
            else:
                self.scope.variables[name] = ()
        return tuple(words)

    def _test(self, node: Node) -> Iterator[Word]:
        """Yield the words of `[ ... ]` or `[[ ... ]]`."""
        for child in node.children:
            if child.type.endswith("_expression") and child.type != "brace_expression":
                yield from self._test(child)
            elif child.is_named:
                yield from self.words.of(child)
            else:
                yield literal(child.type)

    def define(self, node: Node) -> None:
        """Remember a function."""
        name = node.child_by_field_name("name")
        if name is not None:
            text = self.syntax.text(name)
            function = Function(text, node, self.syntax, self.base, self.exact)
            self.scope.functions[text] = function
            self.defined.append(function)


def _written_words(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.type in _REDIRECTS or child.type in _ASSIGNMENTS:
            continue
        after = child.next_sibling
        # `$"..."` is a text with the language of the reader.
        translates = child.type == "$" and after is not None and after.start_byte == child.end_byte
        if (child.is_named or child.type in ("$", "=~", "==")) and not translates:
            yield child


def _one(value: Value) -> Word:
    """Return the value as one word."""
    if value is None:
        return Word((Part("...", known=False),))
    if len(value) == 1:
        return value[0]
    parts = [part for word in value for part in (*word.parts, Part(" "))]
    return Word(tuple(parts[:-1]))
