"""Here-documents, found before the text is parsed.

The grammar of tree-sitter takes what is behind `<<` for one word with all that follows without a
blank (`<<EOF)`, `<<EOF;`), and does not know several here-documents of one line. So they are taken
out first: a scan that knows quotes, comments, substitutions and arithmetic finds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(rb"(?:\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"|[^\s\\'\"|&;<>()])+", re.DOTALL)
_QUOTES: Final = re.compile(rb"\\(.)|'([^']*)'|\"((?:\\.|[^\"\\])*)\"", re.DOTALL)
_BEFORE_A_WORD: Final = b" \t\n;&|()"


@dataclass(frozen=True, slots=True, kw_only=True)
class HereDocument:
    """A here-document."""

    operator: str
    """`<<` or `<<-`."""
    start: int
    """The offset of the operator."""
    begin: int
    """The offset of its content."""
    end: int
    """The offset behind the line that ends it."""
    raw: str
    """Its content as written, without the tabs that `<<-` takes away."""
    expands: bool
    """Whether expansions in it count: no part of the delimiter is quoted."""
    row: int
    """The line of the text that its content begins at, from 0."""


class Documents:
    """The here-documents of one text."""

    def __init__(self, data: bytes) -> None:
        """Scan `data`."""
        self._data = data
        self._at = 0
        self._modes = [b""]
        """What is open: `"`, `(`, `{`, a backquote; the first one is the text itself."""
        self._pending: list[tuple[int, str, bytes, bool]] = []
        self.found: list[HereDocument] = []
        self.unended: list[int] = []
        """Where the operators of those are whose end is not there."""
        while self._at < len(data):
            self._next()
        self.unended += (start for start, *_ in self._pending)
        self.whole = len(self._modes) == 1
        """Whether all quotes and parentheses are closed."""

    def _next(self) -> None:
        """Go on by one token."""
        data, at = self._data, self._at
        one = data[at : at + 1]
        if one == b"\\":
            self._at += 2
        elif self._substitution():
            return
        elif one == b'"' and self._modes[-1] == b'"':
            self._close()
        elif self._modes[-1] == b'"':
            self._at += 1
        elif one == b"}" and self._modes[-1] == b"{":
            self._close()
        elif one == b"'":
            end = data.find(b"'", at + 1)
            self._at = len(data) if end < 0 else end + 1
            self._modes += [b"'"] if end < 0 else []
        elif one == b'"':
            self._open(b'"', 1)
        else:
            self._operator(one)

    def _substitution(self) -> bool:
        """Go on by what begins or ends a substitution, which may be inside quotes too."""
        data, at = self._data, self._at
        if data.startswith(b"$((", at) or (
            self._modes[-1] in (b"", b"(", b"`") and data.startswith(b"((", at) and self._fresh()
        ):
            self._at = self._arithmetic(at)
        elif data.startswith(b"$(", at):
            self._open(b"(", 2)
        elif data.startswith(b"${", at):
            self._open(b"{", 2)
        elif data.startswith(b"$'", at) and self._modes[-1] != b'"':
            match = re.compile(rb"\$'(?:\\.|[^'\\])*'", re.DOTALL).match(data, at)
            self._at = match.end() if match else at + 1
        elif data.startswith(b"`", at):
            if self._modes[-1] == b"`":
                self._close()
            else:
                self._open(b"`", 1)
        else:
            return False
        return True

    def _operator(self, one: bytes) -> None:
        data, at = self._data, self._at
        plain = self._modes[-1] != b"{"
        if one == b"#" and plain and self._fresh():
            end = data.find(b"\n", at)
            self._at = len(data) if end < 0 else end
        elif one == b"\n" and plain:
            self._at += 1
            self._bodies()
        elif one == b"(" and plain:
            self._open(b"(", 1)
        elif one == b")" and self._modes[-1] == b"(":
            self._close()
        elif data.startswith(b"<<<", at):
            self._at += 3
        elif data.startswith(b"<<", at) and plain:
            self._delimiter()
        else:
            self._at += 1

    def _fresh(self) -> bool:
        """Return whether a word begins here."""
        return self._at == 0 or self._data[self._at - 1] in _BEFORE_A_WORD

    def _open(self, mode: bytes, size: int) -> None:
        self._modes.append(mode)
        self._at += size

    def _close(self) -> None:
        self._modes.pop()
        self._at += 1

    def _arithmetic(self, at: int) -> int:
        """Return where arithmetic ends; when it does not, it is parentheses."""
        depth = 0
        for match in re.compile(rb"[()\n]").finditer(self._data, at):
            if match[0] == b"\n":
                break
            depth += 1 if match[0] == b"(" else -1
            if not depth:
                return match.end()
        self._modes.append(b"(")
        return at + (2 if self._data.startswith(b"$", at) else 1)

    def _delimiter(self) -> None:
        start = self._at
        operator = "<<-" if self._data.startswith(b"<<-", start) else "<<"
        at = start + len(operator)
        while self._data[at : at + 1] in (b" ", b"\t"):
            at += 1
        match = _WORD.match(self._data, at)
        if not match:
            self._at = at
            return
        word = match[0]
        plain = _QUOTES.sub(lambda m: m[1] or m[2] or m[3] or b"", word)
        self._pending.append((start, operator, plain, plain == word))
        self._at = match.end()

    def _bodies(self) -> None:
        """Take the contents of all here-documents of the line that ended."""
        for start, operator, delimiter, expands in self._pending:
            begin, lines = self._at, []
            for line in self._lines():
                text = line.lstrip(b"\t") if operator == "<<-" else line
                if text.rstrip(b"\n") == delimiter:
                    break
                lines.append(text)
            else:
                self.unended.append(start)
            self.found.append(
                HereDocument(
                    operator=operator,
                    start=start,
                    begin=begin,
                    end=self._at,
                    raw=b"".join(lines).decode("utf-8", "replace"),
                    expands=expands,
                    row=self._data.count(b"\n", 0, begin),
                )
            )
        self._pending = []

    def _lines(self) -> Iterator[bytes]:
        while self._at < len(self._data):
            end = self._data.find(b"\n", self._at)
            start, self._at = self._at, len(self._data) if end < 0 else end + 1
            yield self._data[start : self._at]
