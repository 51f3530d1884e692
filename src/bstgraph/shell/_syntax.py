"""Text -> a syntax tree of tree-sitter, with here-documents set apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bstgraph.shell._values import Gap, Place

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LARGEST: Final = 65_536
"""Bytes of a text; the time that the parser takes grows with the square in the worst case."""
_RUN: Final = re.compile(rb"[<>]{128}")
"""What tree-sitter takes longest for."""
_MOST_ERRORS: Final = 20
_LONGEST_SHOWN: Final = 120

_parser: list[Parser] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class HereDocument:
    """A here-document."""

    operator: str
    body: Node | None
    """Its content in the first tree, for what is expanded in it; None when that is nothing."""
    raw: str
    """Its content as written."""
    expands: bool
    row: int
    """The first line of its content, from 0."""


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
        return _place(self.data, node)


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
    first = _parse(data)
    documents = dict(_documents(first, data))
    plain = bytearray(data)
    for offset, (document, begin, end) in documents.items():
        operator = document.operator.encode()
        plain[offset : offset + len(operator)] = b"<".ljust(len(operator))
        plain[begin:end] = bytes(byte if byte == 0x0A else 0x20 for byte in plain[begin:end])
    root = _parse(bytes(plain)) if documents else first
    return Syntax(
        data=data,
        root=root,
        documents={offset: document for offset, (document, _, _) in documents.items()},
        gaps=tuple(_errors(root, data)),
    )


def _parse(data: bytes) -> Node:
    # The parser is a native library that takes a while to load; few commands need it.
    import tree_sitter  # noqa: PLC0415
    import tree_sitter_bash  # noqa: PLC0415

    if not _parser:
        _parser.append(tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language())))
    return _parser[0].parse(data).root_node


def _documents(root: Node, data: bytes) -> Iterator[tuple[int, tuple[HereDocument, int, int]]]:
    """Yield the here-documents: where the operator is, and from where to where the body is."""
    for node in _nodes(root, "heredoc_redirect"):
        parts = {child.type: child for child in node.children}
        start, end = parts.get("heredoc_start"), parts.get("heredoc_end")
        operator = next((kind for kind in ("<<-", "<<") if kind in parts), None)
        if start is None or end is None or operator is None:
            continue
        body = parts.get("heredoc_body")
        # The body in the tree begins after the first tabs of `<<-`.
        offset = data.rfind(b"\n", 0, (body or end).start_byte) + 1
        raw = data[offset : end.start_byte].decode("utf-8", "replace")
        if operator == "<<-":
            raw = re.sub(r"(?m)^\t+", "", raw)
        word = data[start.start_byte : start.end_byte]
        document = HereDocument(
            operator=operator,
            body=body,
            raw=raw,
            expands=not re.search(rb"['\"\\]", word),
            row=(body or end).start_point[0],
        )
        yield parts[operator].start_byte, (document, offset, end.end_byte)


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
            message = "the text does not parse"
        yield Gap("syntax", message, _place(data, node), shown(written))


def _nodes(root: Node, kind: str | None = None) -> Iterator[Node]:
    """Yield the nodes of one kind, in the order of the text; below an error, none."""
    pending = [root]
    while pending:
        node = pending.pop()
        if kind is None or node.type == kind:
            yield node
        if kind is not None or not node.is_error:
            pending += reversed(node.children)


def _place(data: bytes, node: Node) -> Place:
    row, column = node.start_point
    begin = node.start_byte - column
    return Place(row + 1, len(data[begin : node.start_byte].decode("utf-8", "replace")) + 1)
