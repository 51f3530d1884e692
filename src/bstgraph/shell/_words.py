"""Words after expansion, as far as it is known what they become."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from bstgraph.shell._scope import Scope, Value
from bstgraph.shell._values import Part, Word, literal, number

if TYPE_CHECKING:
    from tree_sitter import Node

    from bstgraph.shell._syntax import Syntax

MOST_WORDS: Final = 5_000
"""Words that one word or one command may become."""
_EXPANDED: Final = frozenset(
    ("simple_expansion", "expansion", "command_substitution", "arithmetic_expansion")
)
_MOST_ATOMS: Final = 50_000
"""Pieces of all words that one word may become."""
_LONGEST: Final = 65_536
"""Characters of one word."""

_PARAMETER: Final = re.compile(
    r"\$\{(#?)(\w+|[@*#?$!-])(?:\[([^\]]*)\])?(:?[-+=?]|##?|%%?)?(.*)\}", re.DOTALL
)
_CHANGED: Final = re.compile(r"([A-Za-z_]\w*)\s*(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))")
"""What arithmetic may change."""
_EVERY: Final = re.compile(r'"\$(?:@|\{@\}|\{\w+\[@\]\})"')
_IN_DOUBLE_QUOTES: Final = re.compile(r"\\([$`\"\\])")
_ANSI_C: Final = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"', "r": "\r", "?": "?"}


class Atom(NamedTuple):
    """A piece of a word while it is made."""

    text: str
    known: bool = True
    quoted: bool = False
    """Whether no pattern in it counts and it is not split."""
    written: bool = False
    """Whether it is no result of an expansion: braces in it count."""
    ends: bool = False
    """Whether a word ends after it: an item of an array or an argument, but the last."""


class Words:
    """Expands the words of one text."""

    def __init__(self, syntax: Syntax, scope: Scope, substituted: Callable[[Node], None]) -> None:
        """Expand by what `scope` knows; `substituted` is told of the commands inside words.

        It gets substitutions, and texts that have some and are not parsed.
        """
        self._syntax = syntax
        self._scope = scope
        self._substituted = substituted

    def all(self, nodes: Iterable[Node]) -> tuple[Word, ...]:
        """Return the words that `nodes` become; too many of them are not known."""
        words = tuple(word for group in self._groups(nodes) for word in self.of(*group))
        if len(words) > MOST_WORDS:
            return (*words[:1], Word((Part("...", known=False),), splits=True))
        return words

    def _groups(self, nodes: Iterable[Node]) -> list[list[Node]]:
        """Return the nodes of each word; the grammar ends a word where its line goes on."""
        groups: list[list[Node]] = []
        for node in nodes:
            last = groups[-1][-1] if groups else None
            if last and self._syntax.between(last.end_byte, node.start_byte) == "\\\n":
                groups[-1].append(node)
            else:
                groups.append([node])
        return groups

    def of(self, *nodes: Node) -> tuple[Word, ...]:
        """Return the words that one word becomes; more or less than one by splitting."""
        atoms = tuple(atom for node in nodes for atom in self._atoms(node, quoted=False))
        return tuple(
            word
            for one in _braces(atoms, min(MOST_WORDS, _MOST_ATOMS // (len(atoms) + 1)))
            for word in _split(one)[:MOST_WORDS]
        )

    def one(self, node: Node | None) -> Word:
        """Return the word where it is not split: in an assignment or redirection."""
        if node is None:
            return literal("")
        return _joined(tuple(self._atoms(node, quoted=False)))

    def document(self, node: Node) -> Word:
        """Return the content of a here-document."""
        quote = 1 if node.type == "string" else 0
        return _joined(tuple(self._inside(node, node.start_byte + quote, node.end_byte - quote)))

    def _atoms(self, node: Node, *, quoted: bool) -> Iterator[Atom]:
        text = self._syntax.between(self._begin(node), node.end_byte)
        match node.type:
            case "word" | "number" | "extglob_pattern" | "regex" | "variable_name":
                yield from _unescaped(text)
            case "test_operator" | "special_variable_name":
                yield Atom(text, quoted=True)
            case "raw_string":
                yield Atom(text[1:-1], quoted=True)
            case "ansi_c_string":
                yield _ansi_c(text)
            case "string" | "translated_string":
                yield from self._quoted(node, text)
            case "concatenation" | "command_name":
                start = node.start_byte
                for child in node.children:
                    blanks = self._syntax.between(start, self._begin(child))
                    yield Atom(blanks, quoted=quoted)
                    yield from self._atoms(child, quoted=quoted)
                    start = child.end_byte
            case "simple_expansion":
                yield from self._value(text[1:], text, quoted=quoted)
            case "expansion":
                yield from self._expansion(node, text, quoted=quoted)
            case _:
                yield from self._computed(node, text, quoted=quoted)

    def _quoted(self, node: Node, text: str) -> Iterator[Atom]:
        if _EVERY.fullmatch(text):
            # Without items this is no word at all, where other quotes are an empty one.
            yield from self._atoms(node.named_children[0], quoted=True)
            return
        begin = node.start_byte + (2 if text.startswith("$") else 1)
        yield Atom("", quoted=True)
        yield from self._inside(node, begin, node.end_byte - 1)

    def _computed(self, node: Node, text: str, *, quoted: bool) -> Iterator[Atom]:
        """Yield what is known at run time, or is no expansion at all."""
        match node.type:
            case "command_substitution":
                self._substituted(node)
                names = [child for child in node.children if child.is_named]
                here = self._scope.directory
                if here and len(names) == 1 and self._syntax.text(names[0]) == "pwd":
                    yield Atom(here, quoted=quoted)
                else:
                    yield Atom(text, known=False, quoted=quoted)
            case "process_substitution":
                self._substituted(node)
                yield Atom(text, known=False, quoted=True)
            case "{" | "}" | "[" | "]" | "brace_expression" | "," | "=":
                yield Atom(text, written=True)
            case "$":
                yield Atom(text, quoted=True)
            case _:
                self._look_inside(node)
                for name in _CHANGED.findall(text):
                    self._scope.variables[name] = None
                yield Atom(text, known=False, quoted=quoted)

    def _look_inside(self, node: Node) -> None:
        """Tell of commands in what is not expanded, like arithmetic."""
        for child in node.children:
            if child.type in ("command_substitution", "process_substitution"):
                self._substituted(child)
            elif child.children:
                self._look_inside(child)
            elif child.is_named and re.search(r"\$\(|`", self._syntax.text(child)):
                # The grammar takes a pattern for plain text.
                self._substituted(child)

    def _inside(self, node: Node, start: int, end: int) -> Iterator[Atom]:
        """Yield the atoms of a text in double quotes: what is between expansions is literal."""
        for child in _expansions(node):
            yield self._literal(start, self._begin(child))
            yield from self._atoms(child, quoted=True)
            start = child.end_byte
        yield self._literal(start, end)

    def _begin(self, node: Node) -> int:
        """Return where a node begins; in quotes an expansion has the blanks before it too."""
        if node.type not in _EXPANDED:
            return node.start_byte
        text = self._syntax.text(node)
        return node.start_byte + len(text) - len(text.lstrip())

    def _literal(self, start: int, end: int) -> Atom:
        text = self._syntax.between(start, end).replace("\\\n", "")
        return Atom(_IN_DOUBLE_QUOTES.sub(r"\1", text), quoted=True)

    def _value(self, name: str, text: str, *, quoted: bool) -> Iterator[Atom]:
        """Yield the value of a variable or parameter."""
        value = self._lookup(name)
        if value is None:
            yield Atom(text, known=False, quoted=quoted and name not in "@*")
            return
        if name in ("@", "*"):
            yield from _items(value, quoted=quoted, joined=quoted and name == "*")
        else:
            yield from _items(value[:1], quoted=quoted, joined=False)

    def _lookup(self, name: str) -> Value:
        arguments = self._scope.arguments
        if name in ("@", "*"):
            return arguments
        if place := number(name):
            return None if arguments is None else arguments[place - 1 : place]
        if name == "#":
            if arguments is None or any(word.splits for word in arguments):
                return None
            return (literal(str(len(arguments))),)
        return self._scope.value(name) if name.isidentifier() else None

    def _expansion(self, node: Node, text: str, *, quoted: bool) -> Iterator[Atom]:
        match = _PARAMETER.fullmatch(text)
        unknown = Atom(text, known=False, quoted=quoted)
        if not match:
            self._look_inside(node)
            yield unknown
            return
        length, name, index, operator, rest = match.groups()
        value = self._item(name, index)
        if length or (rest and not operator) or (index in ("@", "*") and operator):
            self._look_inside(node)
            yield unknown
        elif not operator and value is None:
            yield unknown
        elif not operator and value is not None:
            every = index in ("@", "*") or name in ("@", "*")
            joined = quoted and "*" in (index, name)
            yield from _items(value if every else value[:1], quoted=quoted, joined=joined)
        else:
            yield from self._operated(node, (operator, rest), value, unknown)

    def _item(self, name: str, index: str | None) -> Value:
        value = self._lookup(name)
        if value is None or index in (None, "@", "*"):
            return value
        place = number(index)
        if place is not None and not any(word.splits for word in value):
            return value[place : place + 1]
        return None

    def _operated(
        self, node: Node, how: tuple[str, str], value: Value, unknown: Atom
    ) -> Iterator[Atom]:
        operator, pattern = how
        if value is None:
            self._look_inside(node)
            yield unknown
            return
        word = value[0] if value else None
        empty = word is None or (":" in operator and word.known and not word.text)
        if word and not word.known and ":" in operator and not word.prefix:
            self._look_inside(node)
            yield unknown
        elif operator[0] in "#%":
            found = _stripped(word.text if word else "", operator, pattern)
            self._look_inside(node)
            known = (word is None or word.known) and not re.search(r"[$`\\\"'\[]", pattern)
            yield Atom(found, quoted=unknown.quoted) if known else unknown
        elif operator[-1] == "+":
            if not empty:
                yield from self._operand(node, quoted=unknown.quoted)
        elif not empty:
            yield from _items(value[:1], quoted=unknown.quoted)
        elif operator[-1] == "?":
            yield unknown
        else:
            yield from self._operand(node, quoted=unknown.quoted)
            if operator[-1] == "=":
                self._scope.variables[self._syntax.text(node.children[1])] = None

    def _operand(self, node: Node, *, quoted: bool) -> Iterator[Atom]:
        """Yield what is behind the operator of `${x:-operand}`."""
        inner = [child for child in node.children if child.type not in ("${", "}")]
        place = next((i for i, child in enumerate(inner) if not child.is_named), len(inner))
        operand = inner[place + 1 :]
        if not operand:
            return
        start = operand[0].start_byte
        for child in operand:
            if self._begin(child) > start:
                yield Atom(self._syntax.between(start, self._begin(child)), quoted=quoted)
            yield from self._atoms(child, quoted=quoted)
            start = child.end_byte


def _expansions(node: Node) -> Iterator[Node]:
    """Yield the expansions directly inside a text."""
    for child in node.children:
        if child.type in _EXPANDED:
            yield child


def _items(value: Sequence[Word], *, quoted: bool, joined: bool = False) -> Iterator[Atom]:
    """Yield the atoms of the items of an array, or of one value."""
    for count, word in enumerate(value, 1):
        last = count == len(value)
        for place, part in enumerate(word.parts or (Part(""),)):
            ends = not last and not joined and place == max(len(word.parts) - 1, 0)
            yield Atom(part.text, part.known, quoted and not word.splits, ends=ends)
        if joined and not last:
            yield Atom(" ", quoted=True)


def _unescaped(text: str) -> Iterator[Atom]:
    """Yield a word without quotes, with its backslashes taken away."""
    for piece in re.findall(r"\\.|[^\\]+|\\", text, re.DOTALL):
        if piece == "\\\n":
            continue
        if piece.startswith("\\"):
            yield Atom(piece[1:], quoted=True)
        elif piece.startswith("~"):
            yield Atom(piece, known=False, quoted=True)
        else:
            yield Atom(piece, written=True)


def _ansi_c(text: str) -> Atom:
    inner = text[2:-1]
    if re.search(r"\\[^nt\\'\"r?]", inner):
        return Atom(text, known=False, quoted=True)
    return Atom(re.sub(r"\\(.)", lambda match: _ANSI_C[match[1]], inner), quoted=True)


def _stripped(text: str, operator: str, pattern: str) -> str:
    """Return `text` without the shortest or longest beginning or end that matches."""
    ends = range(len(text) + 1)
    if operator[0] == "#":
        sizes: Iterable[int] = ends if operator == "#" else reversed(ends)
        size = next((n for n in sizes if fnmatchcase(text[:n], pattern)), 0)
        return text[size:]
    starts = reversed(ends) if operator == "%" else ends
    start = next((n for n in starts if fnmatchcase(text[n:], pattern)), len(text))
    return text[:start]


def _braces(atoms: tuple[Atom, ...], most: int) -> Iterator[tuple[Atom, ...]]:
    """Yield what `{a,b}` stands for; without a comma at its level it stands for itself."""
    marks = _marks(atoms)
    found = _first_braces(marks)
    if found is None or most <= 1:
        yield tuple(_text(mark) for mark in marks) if found is not None else atoms
        return
    start, commas, end = found
    cuts = [start, *commas, end]
    for left, right in itertools.pairwise(cuts):
        inner = (*marks[:start], *marks[left + 1 : right], *marks[end + 1 :])
        yield from _braces(inner, most // len(cuts))


def _marks(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """Return atoms with `{`, `,` and `}` as atoms of their own where they count."""
    if not any(atom.written and ("{" in atom.text or "}" in atom.text) for atom in atoms):
        return atoms
    return tuple(
        atom._replace(text=piece)
        for atom in atoms
        for piece in (re.findall(r"[{},]|[^{},]+", atom.text) if atom.written else (atom.text,))
    )


def _text(atom: Atom) -> Atom:
    return atom._replace(written=False)


def _first_braces(marks: Sequence[Atom]) -> tuple[int, list[int], int] | None:
    """Return the first braces that have a comma at their level: where they and the commas are."""
    open_at: list[tuple[int, list[int]]] = []
    found: list[tuple[int, list[int], int]] = []
    for place, atom in enumerate(marks):
        if not atom.written:
            continue
        if atom.text == "{":
            open_at.append((place, []))
        elif atom.text == "," and open_at:
            open_at[-1][1].append(place)
        elif atom.text == "}" and open_at:
            start, commas = open_at.pop()
            if commas:
                found.append((start, commas, place))
    return min(found, key=lambda each: each[0]) if found else None


def _split(atoms: tuple[Atom, ...]) -> list[Word]:
    """Return the words that atoms become: split at white space in what was expanded."""
    words: list[Word] = []
    current: list[Atom] = []
    for atom in atoms:
        if not atom.quoted and not atom.written and atom.known and atom.text:
            pieces = re.split(r"[ \t\n]+", atom.text)
            for place, piece in enumerate(pieces):
                if place and any(each.text or each.quoted for each in current):
                    words.append(_joined(current))
                    current = []
                current.append(atom._replace(text=piece, ends=False))
        else:
            current.append(atom)
        if atom.ends:
            words.append(_joined(current))
            current = []
    if any(each.text or each.quoted for each in current):
        words.append(_joined(current))
    return words


def _joined(atoms: Sequence[Atom]) -> Word:
    parts: list[Part] = []
    size = 0
    for atom in atoms:
        size += len(atom.text)
        if size > _LONGEST:
            parts.append(Part("...", known=False))
            break
        if parts and parts[-1].known and atom.known:
            parts[-1] = Part(parts[-1].text + atom.text)
        elif atom.text or not atom.known:
            parts.append(Part(atom.text, atom.known))
    return Word(
        tuple(parts),
        glob=any(a.known and not a.quoted and re.search(r"[*?\[]", a.text) for a in atoms),
        splits=any(not a.known and not a.quoted for a in atoms),
    )
