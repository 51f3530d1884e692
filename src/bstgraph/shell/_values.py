"""What a shell text was read as: commands in the order in which they run, and gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Runs: TypeAlias = Literal["always", "perhaps", "never"]
"""Whether a command runs, provided that the text as a whole succeeds."""

ContextKind: TypeAlias = Literal[
    "and",
    "background",
    "case",
    "exit",
    "function",
    "if",
    "loop",
    "negated",
    "or",
    "pipeline",
    "shell",
    "subshell",
    "substitution",
    "syntax",
    "trap",
]
"""What a command is inside of.

- `and`, `or`: right of `&&`, `||`; `if`, `case`, `loop`: the statement of that name
- `exit`: below something that may leave before: `exit`, `return`, `break`, `continue`
- `function`: the body of a function, where it is called or, `never`, when nothing calls it
- `shell`: text that another shell is given: `sh -c TEXT`, `eval TEXT`, `sh <<EOF`
- `syntax`: a text that does not parse, so that nothing in it is certain
"""

GapKind: TypeAlias = Literal["syntax", "run-time", "recursion", "too-large"]
"""Why a part of the text is not known.

- `syntax`: it does not parse
- `run-time`: the command is put together while it runs
- `recursion`: a function calls itself
- `too-large`: a limit of this parser was reached
"""


class Place(NamedTuple):
    """A position in the text, both from 1; the column counts characters."""

    line: int
    column: int


class Part(NamedTuple):
    """A piece of a word; one that is not known has the text as written, as `$x`."""

    text: str
    known: bool = True


class Word(NamedTuple):
    """One word of a command after expansion, as far as that is known."""

    parts: tuple[Part, ...] = ()
    glob: bool = False
    """Whether it has `*`, `?` or `[` outside quotes: it stands for the paths that match."""
    splits: bool = False
    """Whether a part that is not known may become no word or several ones."""

    @property
    def text(self) -> str:
        """The text; parts that are not known as written."""
        return "".join(part.text for part in self.parts)

    @property
    def known(self) -> bool:
        """Whether all of it is known."""
        return all(part.known for part in self.parts)

    @property
    def prefix(self) -> str:
        """What is known at its beginning."""
        text = ""
        for part in self.parts:
            if not part.known:
                break
            text += part.text
        return text

    def after(self, count: int) -> Word:
        """Return the word without its first `count` characters, all of which are known."""
        first, *rest = self.parts
        return self._replace(parts=(Part(first.text[count:], first.known), *rest))


def number(text: str) -> int | None:
    """Return the number that `text` is; None for anything else, and for a number too large."""
    return int(text) if re.fullmatch("[0-9]{1,6}", text) else None


def literal(text: str) -> Word:
    """Return a word that is known."""
    return Word((Part(text),))


class Assignment(NamedTuple):
    """`NAME=VALUE`, alone or before a command."""

    name: str
    value: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirection:
    """One redirection of a command."""

    operator: str
    """As written: `>`, `>>`, `<`, `>&`, `&>`, `<<`, `<<-`, `<<<`, ..."""
    descriptor: int | None = None
    """The file descriptor that was written before the operator."""
    target: Word
    """The path or descriptor; for a here-document its delimiter."""
    body: Word | None = None
    """The text of a here-document or here-string."""
    line: int = 0
    """The line of the text that a here-document begins at; 0 when that is not known."""

    @property
    def writes(self) -> bool:
        """Whether a file is opened for writing."""
        if ">" not in self.operator:
            return False
        return not (
            self.operator.endswith("&") and number(self.target.text.rstrip("-")) is not None
        )

    @property
    def appends(self) -> bool:
        """Whether the file keeps what it has."""
        return ">>" in self.operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Something that a command is inside of."""

    kind: ContextKind
    runs: Runs
    """Whether what is inside runs when this is reached."""
    text: str = ""
    """The condition, the name of the function, or what leaves before; one line."""
    test: tuple[Word, ...] = ()
    """The words of the condition, when it is one simple command: `[`, `-d`, `/layer`, `]`."""
    holds: bool = True
    """Whether the condition has to succeed, or to fail."""
    place: Place


def runs_in(contexts: Iterable[Context]) -> Runs:
    """Return whether a command inside of all these runs."""
    found = {context.runs for context in contexts}
    return "never" if "never" in found else "perhaps" if "perhaps" in found else "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A simple command, run once; one without words only assigns or opens files.

    `sudo`, `env` and others that run another command are told in `through`; `words` are those of
    the command that is run.
    """

    words: tuple[Word, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    contexts: tuple[Context, ...] = ()
    """What it is inside of, the outermost first."""
    directory: str | None = None
    """The directory it runs in, absolute; None when that is not known."""
    root: str | None = "/"
    """The root of the file system it runs in, as `chroot` gives it; None when not known."""
    through: tuple[str, ...] = ()
    """The programs that run it, the outermost first: `sudo`, `xargs`, `chroot`."""
    input: Word | None = None
    """What a pipe gives it, when that is known."""
    place: Place
    text: str
    """As written, without here-documents."""

    @property
    def program(self) -> str | None:
        """The name of the program without its folder; None when there is none or not known."""
        if not self.words or not self.words[0].known:
            return None
        return self.words[0].text.rpartition("/")[2]

    @property
    def arguments(self) -> tuple[Word, ...]:
        """The words after the program."""
        return self.words[1:]

    @property
    def runs(self) -> Runs:
        """Whether it runs, provided that the text as a whole succeeds."""
        return runs_in(self.contexts)


class Gap(NamedTuple):
    """Something in a text that is not known."""

    kind: GapKind
    message: str
    """A clause that says what is not known and why."""
    place: Place
    text: str = ""
    """What is written there, one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A shell text."""

    commands: tuple[Command, ...] = ()
    """Simple commands in the order in which they run; those that never run are in there too."""
    gaps: tuple[Gap, ...] = ()
