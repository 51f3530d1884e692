"""The commands of an element, taken apart: which programs they run with which words.

This is no shell. It knows quotes, comments, here-documents, substitutions, redirections, lists of
commands and reserved words, and gives each simple command with its words. It looks into `sh -c`
but not into functions, `eval`, scripts and here-documents that a shell reads, and expands no
variable, so that programs may be run that it does not name. A pattern of `case` inside `$( )` ends
the substitution for it, and the rest is taken for what it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from bstgraph.errors import printable
from bstgraph.images import SCRIPT_KINDS
from bstgraph.model import Element

_LONGEST: Final = 200
"""Characters of a line that are kept as evidence, on either side of where a command begins."""

_SPACE: Final = frozenset(" \t\r")
_RESERVED: Final = frozenset("if then else elif do while until ! { } fi done esac time".split())
_HEADS: Final = frozenset("for case select function in [[".split())
"""What begins a line whose next words are no program."""
_WRAPPERS: Final = frozenset("command env exec nohup sudo".split())
_SHELLS: Final = frozenset("ash bash dash sh".split())

_ASSIGNED: Final = re.compile(r"[A-Za-z_]\w*\+?=")
_VARIABLE: Final = re.compile(r"\$\{?([A-Za-z_]\w*)")
_HEREDOC: Final = re.compile(r"<<(-?)[ \t]*(\\?)(['\"]?)([^\s'\"<>|;&()]+)\3")

_Quote: TypeAlias = Literal["", '"', "body"]


class Simple(NamedTuple):
    """One simple command."""

    words: tuple[str, ...]
    """The program and its arguments, without quotes; neither assignments nor reserved words."""
    reads: tuple[str, ...]
    """The files that are its input."""
    variables: tuple[str, ...]
    """The variables of the shell that it uses, in any place."""
    line: str
    """The line that it begins in."""

    @property
    def program(self) -> str:
        """The file name of the program; empty where there is none."""
        return self.words[0].rpartition("/")[2] if self.words else ""


def own_commands(element: Element) -> Iterator[str]:
    """Yield the texts that an element runs when it is built, in order."""
    for key, value in element.config.items():
        commands = element.kind in SCRIPT_KINDS or key.endswith("-commands")
        if commands and isinstance(value, list | tuple):
            yield from (text for text in value if isinstance(text, str))


def integration_commands(element: Element) -> Iterator[str]:
    """Yield the texts that are run where an element is staged, in order."""
    bst = element.public.get("bst")
    listed = bst.get("integration-commands") if isinstance(bst, dict) else None
    if isinstance(listed, list | tuple):
        yield from (text for text in listed if isinstance(text, str))


def simple_commands(text: str) -> tuple[Simple, ...]:
    """Return the simple commands of a text, in the order in which they begin."""
    found = []
    for one in _Reader(text).read():
        found.append(one)
        if (inner := _script(one)) is not None:
            found += [each._replace(line=one.line) for each in _Reader(inner).read()]
    return tuple(found)


def _script(command: Simple) -> str | None:
    """Return the script of `sh -c SCRIPT`."""
    if command.program in _SHELLS:
        for option, script in zip(command.words[1:], command.words[2:], strict=False):
            if not option.startswith("-"):
                return None
            if option.endswith("c") and not option.startswith("--"):
                return script
    return None


def _without_heads(words: Sequence[str]) -> tuple[str, ...]:
    """Return the words from the program on; none where there is no program."""
    wrapped = False
    for index, word in enumerate(words):
        if word in _HEADS:
            return ()
        if word in _WRAPPERS:
            wrapped = True
        elif not (word in _RESERVED or _ASSIGNED.match(word) or (wrapped and word[:1] == "-")):
            return tuple(words[index:])
    return ()


@dataclass(slots=True, kw_only=True)
class _Frame:
    """What is open: the text itself, or a list of commands in parentheses or backticks."""

    closer: str = ""
    data: bool = False
    """Whether its words are no commands: an array, arithmetic."""
    quote: _Quote = ""
    start: int = -1
    """Where the command began."""
    words: list[str] = field(default_factory=list)
    word: list[str] | None = None
    reads: list[str] = field(default_factory=list)
    variables: dict[str, None] = field(default_factory=dict)
    redirect: str = ""

    def end_word(self) -> None:
        """Put the word that is open where it belongs."""
        if self.word is None:
            return
        word, self.word = "".join(self.word), None
        if self.redirect == "<":
            self.reads.append(word)
        elif not self.redirect:
            self.words.append(word)
        self.redirect = ""

    def clear(self) -> None:
        """Forget the command that is open."""
        self.start = -1
        self.words, self.word, self.redirect = [], None, ""
        self.reads, self.variables = [], {}


class _Reader:
    """Reads one text from its beginning to its end; every character is looked at about once."""

    def __init__(self, text: str, *, body: bool = False) -> None:
        self._text = text
        self._at = 0
        self._body = body
        self._frames = [_Frame(quote="body" if body else "")]
        self._found: list[tuple[int, Simple]] = []
        self._waiting: list[re.Match[str]] = []
        """Here-documents that begin on the next line."""

    @property
    def _frame(self) -> _Frame:
        return self._frames[-1]

    def read(self) -> tuple[Simple, ...]:
        """Return the simple commands."""
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == "\\":
                self._escaped()
            elif character in "$`" and self._substitution(character):
                continue
            elif self._frame.quote:
                self._quoted(character)
            else:
                self._plain(character)
        while self._frames:
            self._end()
            self._frames.pop()
        return tuple(one for _, one in sorted(self._found, key=lambda pair: pair[0]))

    def _add(self, text: str, length: int = -1) -> None:
        """Add to the word that is open, and go on behind it."""
        frame = self._frame
        if frame.start < 0:
            frame.start = self._at
        if frame.word is None:
            frame.word = []
        frame.word.append(text)
        self._at += len(text) if length < 0 else length

    def _escaped(self) -> None:
        following = self._text[self._at + 1 : self._at + 2]
        if following == "\n":
            self._at += 2
        else:
            self._add(following, 2)

    def _substitution(self, character: str) -> bool:
        """Begin or end what is put in the place of text; tell whether there is such a thing."""
        if character == "`":
            if self._frame.closer == "`":
                self._close()
            else:
                self._add("", 1)
                self._frames.append(_Frame(closer="`"))
            return True
        if self._text.startswith("$(", self._at):
            self._add("", 2)
            arithmetic = self._text.startswith("(", self._at)
            self._frames.append(_Frame(closer=")", data=arithmetic))
            return True
        if match := _VARIABLE.match(self._text, self._at):
            self._add(match[0])
            self._frame.variables[match[1]] = None
            return True
        return False

    def _quoted(self, character: str) -> None:
        if character == '"' == self._frame.quote:
            self._frame.quote = ""
            self._add("", 1)
        else:
            self._add(character)

    def _plain(self, character: str) -> None:
        match character:
            case "'":
                end = self._text.find("'", self._at + 1)
                end = len(self._text) if end < 0 else end
                self._add(self._text[self._at + 1 : end], end + 1 - self._at)
            case '"':
                self._add("", 1)
                self._frame.quote = '"'
            case "<" | ">":
                self._redirected(character)
            case "(" | ")":
                self._parenthesis(character)
            case _ if character in " \t\r\n;&|#":
                self._between(character)
            case _:
                self._add(character)

    def _between(self, character: str) -> None:
        """Read what is between words or commands."""
        if character == "#":
            if self._frame.word is not None:
                self._add(character)
                return
            end = self._text.find("\n", self._at)
            self._at = len(self._text) if end < 0 else end
            return
        self._at += 1
        if character in _SPACE:
            self._frame.end_word()
        elif character != "&" or not self._text.startswith(">", self._at):
            self._end()
        if character == "\n" and self._waiting:
            self._bodies()

    def _redirected(self, character: str) -> None:
        frame = self._frame
        if frame.word is not None and "".join(frame.word).isdigit():
            frame.word = None
        frame.end_word()
        rest = self._text[self._at + 1 : self._at + 3]
        if rest.startswith("("):
            self._add("", 2)
            self._frames.append(_Frame(closer=")"))
        elif character == "<" and rest.startswith("<") and rest != "<<":
            match = None if frame.data else _HEREDOC.match(self._text, self._at)
            if match is not None:
                self._waiting.append(match)
            self._at = match.end() if match is not None else self._at + 2
        else:
            frame.redirect = character if rest[:1] not in {"<", "&"} else ">"
            self._at += 1
            while self._text[self._at : self._at + 1] in {"<", ">", "&", "|"}:
                self._at += 1

    def _parenthesis(self, character: str) -> None:
        frame = self._frame
        if character == ")":
            if frame.closer == ")":
                self._close()
            else:
                # The end of a pattern of `case`.
                frame.clear()
                self._at += 1
            return
        array = frame.word is not None and frame.word[-1:] == ["="]
        if not array:
            # What stands before it is the name of a function.
            frame.clear()
        self._at += 1
        self._frames.append(_Frame(closer=")", data=array or frame.data))

    def _close(self) -> None:
        self._end()
        closed = self._frames.pop()
        self._at += 1
        if closed.data:
            self._frame.variables.update(closed.variables)

    def _end(self) -> None:
        """End the command that is open."""
        frame = self._frame
        frame.end_word()
        if frame.data:
            # The variables of an array or of arithmetic are those of the command around it.
            frame.words.clear()
            return
        if frame.start >= 0:
            line = self._line(frame.start)
            words = () if frame.quote == "body" else _without_heads(frame.words)
            made = Simple(words, tuple(frame.reads), tuple(frame.variables), line)
            self._found.append((frame.start, made))
        frame.clear()

    def _line(self, start: int) -> str:
        before = max(start - _LONGEST, 0)
        first = self._text.rfind("\n", before, start) + 1 or before
        end = self._text.find("\n", start, start + _LONGEST)
        line = self._text[first : start + _LONGEST if end < 0 else end].strip()
        return printable(line)

    def _bodies(self) -> None:
        """Go past here-documents; what is substituted in them is run."""
        waiting, self._waiting = self._waiting, []
        for match in waiting:
            tabs = "\\t*" if match[1] else ""
            ending = re.compile(f"^{tabs}{re.escape(match[4])}$", re.MULTILINE)
            end = ending.search(self._text, self._at)
            stop = end.start() if end is not None else len(self._text)
            if not (match[2] or match[3] or self._body):
                body = _Reader(self._text[self._at : stop], body=True).read()
                self._found += [(self._at, one) for one in body]
            self._at = end.end() if end is not None else len(self._text)
