"""Text -> a syntax tree of tree-sitter, with here-documents set apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bstgraph.shell._documents import Documents, HereDocument
from bstgraph.shell._values import Gap, Place

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LARGEST: Final = 65_536
"""Bytes of a text; the time that the parser takes grows with the square in the worst case."""
_RUN: Final = re.compile(rb"[<>]{128}")
"""What tree-sitter takes longest for."""
_ASCII: Final = bytes(byte if byte < 0x80 else ord(".") for byte in range(256))
_MOST_ERRORS: Final = 20
_LONGEST_SHOWN: Final = 120

_parser: list[Parser] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """A text and its tree; `<<` of here-documents are `<` in the tree, and their bodies blank."""

    data: bytes
    root: Node
    documents: dict[int, HereDocument]
    """Where the operator begins -> the here-document."""
    gaps: tuple[Gap, ...]

    def text(self, node: Node) -> str:
        """Return what was written for `node`."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def between(self, start: int, end: int) -> str:
        """Return what was written between two offsets."""
        return self.data[start:end].decode("utf-8", "replace")

    def place(self, node: Node) -> Place:
        """Return where `node` begins."""
        return _place(self.data, node.start_byte)


def shown(text: str) -> str:
    """Return `text` on one line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 3]}..."


def read(text: str) -> Syntax | Gap:
    """Return the tree of `text`, or why it is not parsed at all."""
    data = text.encode("utf-8", "replace")
    start = Place(1, 1)
    if len(data) > LARGEST:
        return Gap("too-large", f"the text has more than {LARGEST:,} bytes", start)
    if b"\0" in data:
        return Gap("syntax", "the text has a NUL character", start)
    if _RUN.search(data):
        return Gap("too-large", "the text has too many `<` or `>` in a row", start)
    documents = Documents(data)
    plain = bytearray(data)
    for each in documents.found:
        operator = slice(each.start, each.start + len(each.operator))
        plain[operator] = b"<".ljust(len(each.operator))
        body = plain[each.begin : each.end]
        plain[each.begin : each.end] = bytes(10 if byte == 10 else 32 for byte in body)
    root = _parse(bytes(plain))
    gaps = list(_errors(root, data))
    if not gaps:
        gaps += (
            Gap("syntax", "the here-document does not end", _place(data, offset))
            for offset in documents.unended[:_MOST_ERRORS]
        )
        if not documents.whole or _nodes_of(root, "heredoc_redirect"):
            gaps.append(Gap("syntax", "the here-documents are not understood", start))
    return Syntax(
        data=data,
        root=root,
        documents={each.start: each for each in documents.found},
        gaps=tuple(gaps),
    )


def read_document(raw: str) -> tuple[Syntax, Node | None]:
    """Return the tree of the content of a here-document, and the node of the content.

    The content begins in the second line of the tree's text. There is no node where it does not
    parse.
    """
    # As a text in double quotes, except for the quotes, which are nothing special here; where
    # there are any, the grammar's own rule is taken, which does not know backquotes.
    if '"' not in raw:
        data, kind = f'x \\\n"{raw}"', "string"
    else:
        end = "END"
        while end in raw:
            end += "D"
        data, kind = f"x <<{end}\n{raw}{end}\n", "heredoc_body"
    encoded = data.encode("utf-8", "replace")
    root = _parse(encoded)
    syntax = Syntax(data=encoded, root=root, documents={}, gaps=())
    bodies = _nodes_of(root, kind)[:1]
    unclear = kind == "heredoc_body" and re.search(r"(?<!\\)`", raw)
    return syntax, None if root.has_error or unclear or not bodies else bodies[0]


def _parse(data: bytes) -> Node:
    """Return the tree of a text.

    The scanner of the grammar asks the C library for the class of a character with functions that
    take ASCII only, and reads anywhere in memory for others. So it gets a full stop for each byte
    of these, which is part of a word, and of no name, as they are.
    """
    # The parser is a native library that takes a while to load; few commands need it.
    import tree_sitter  # noqa: PLC0415
    import tree_sitter_bash  # noqa: PLC0415

    if not _parser:
        _parser.append(tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language())))
    return _parser[0].parse(data.translate(_ASCII)).root_node


def _errors(root: Node, data: bytes) -> Iterator[Gap]:
    if not root.has_error:
        return
    count = 0
    for node in _nodes(root):
        if not (node.is_error or node.is_missing):
            continue
        count += 1
        if count > _MOST_ERRORS:
            return
        written = data[node.start_byte : node.end_byte].decode("utf-8", "replace")
        if node.is_missing:
            message = "the text does not parse: something is missing here"
        else:
            message = "the text does not parse from here on"
        yield Gap("syntax", message, _place(data, node.start_byte), shown(written))


def _nodes(root: Node) -> Iterator[Node]:
    """Yield the nodes in the order of the text; below an error, none."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        if not node.is_error:
            pending += reversed(node.children)


def _nodes_of(root: Node, kind: str) -> list[Node]:
    return [node for node in _nodes(root) if node.type == kind]


def _place(data: bytes, offset: int) -> Place:
    begin = data.rfind(b"\n", 0, offset) + 1
    column = len(data[begin:offset].decode("utf-8", "replace")) + 1
    return Place(data.count(b"\n", 0, offset) + 1, column)
