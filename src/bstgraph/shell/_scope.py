"""What is known at one point of a text: variables, functions, the directory."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, TypeVar

from bstgraph.shell._values import Runs, Word, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from bstgraph.shell._syntax import Syntax
    from bstgraph.shell._values import Place

_T = TypeVar("_T")

Value: TypeAlias = tuple[Word, ...] | None
"""The items of an array, or one word; None when it is not known."""

_OF_THE_SHELL: Final = re.compile(
    r"BASH\w*|COLUMNS|DIRSTACK|EPOCH\w+|E?UID|FUNCNAME|GROUPS|HIST\w+|HOST\w+|IFS|LINENO|"
    r"LINES|MACHTYPE|OLDPWD|OPT\w+|OSTYPE|PATH|PIPESTATUS|PPID|PS\d|PWD|RANDOM|REPLY|SECONDS|SHELL|SHELLOPTS|"
    r"SHLVL|SRANDOM|TERM|_|HOME|LOGNAME|USER"
)
"""Variables that a shell or what starts it may set by itself."""


class Left(NamedTuple):
    """What leaves the text, a function or a loop before its end."""

    kind: str
    """`exit`, `return` or `loop`."""
    runs: Runs
    """Whether what is below still runs: `never` or `perhaps`."""
    text: str
    place: Place


class Function(NamedTuple):
    """A function of the text: its definition."""

    name: str
    node: Node
    syntax: Syntax
    base: Place
    exact: bool


class Scope:
    """What is known where a command runs."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str] | None,
        directory: str | None,
        errexit: bool,
        root: str | None = "/",
    ) -> None:
        """Begin; with `environment` None a variable that is not assigned may be anything."""
        self.closed = environment is not None
        self.variables: dict[str, Value] = {
            name: (literal(value),) for name, value in (environment or {}).items()
        }
        self.exported = set(self.variables)
        self.functions: dict[str, Function | None] = {}
        self.arguments: tuple[Word, ...] | None = ()
        self.directory = directory
        self.root = root
        self.errexit = errexit
        self.left: Left | None = None
        self.failed = False
        """Whether the text fails when it gets here."""

    def copy(self) -> Scope:
        """Return a scope that changes by itself."""
        other = Scope(environment=None, directory=self.directory, errexit=self.errexit)
        other.closed, other.root = self.closed, self.root
        other.variables = dict(self.variables)
        other.exported = set(self.exported)
        other.functions = dict(self.functions)
        other.arguments, other.left, other.failed = self.arguments, self.left, self.failed
        return other

    def for_shell(self, *, errexit: bool, arguments: tuple[Word, ...]) -> Scope:
        """Return the scope of another shell that is started here."""
        other = self.copy()
        other.variables = {n: v for n, v in self.variables.items() if n in self.exported}
        other.functions, other.left = {}, None
        other.arguments, other.errexit = arguments, errexit
        return other

    def value(self, name: str) -> Value:
        """Return the value of a variable; an empty tuple when it has none."""
        if name == "PWD" and name not in self.variables:
            return None if self.directory is None else (literal(self.directory),)
        if name in self.variables:
            return self.variables[name]
        return () if self.closed and not _OF_THE_SHELL.fullmatch(name) else None

    def forget(self) -> None:
        """Forget all variables: something unseen may have set them."""
        self.variables = dict.fromkeys(self.variables)
        self.closed = False

    def take(self, branches: Sequence[Scope]) -> None:
        """Become what is known after one of `branches`, whichever it was."""
        live = [branch for branch in branches if not branch.failed]
        if not live:
            self.failed = True
            return
        names = {name for branch in live for name in branch.variables}
        self.closed = all(branch.closed for branch in live)
        self.variables = {n: _same([branch.value(n) for branch in live]) for n in names}
        self.exported = set.intersection(*(branch.exported for branch in live))
        defined = {name for branch in live for name in branch.functions}
        self.functions = {
            name: _same([branch.functions.get(name) for branch in live]) for name in defined
        }
        self.directory = _same([branch.directory for branch in live])
        self.arguments = _same([branch.arguments for branch in live])
        self.errexit = all(branch.errexit for branch in live)
        self.left = _leave([branch.left for branch in live])


def _same(values: Sequence[_T | None]) -> _T | None:
    """Return what all values are, or None."""
    return values[0] if all(value == values[0] for value in values) else None


def _leave(found: Sequence[Left | None]) -> Left | None:
    left = [each for each in found if each]
    if not left:
        return None
    never = len(left) == len(found) and all(each.runs == "never" for each in left)
    return left[0]._replace(runs="never" if never else "perhaps")


def resolve(word: Word, directory: str | None, root: str | None = "/") -> str | None:
    """Return the path of a word without `.` and `..`; None when it is not known.

    A word that is known at its beginning only gives the directory that it certainly lies in, and
    so does one with a pattern in it.
    """
    text = word.prefix
    if not word.known or word.glob:
        match = re.search(r"[*?\[]", text) if word.glob else None
        text = text[: match.start()] if match else text
        text = text[: text.rfind("/") + 1]
        if ".." in word.text.split("/"):
            return None
    if not word.text or (not text and not (word.known and word.glob)) or text.startswith("~"):
        return None
    if not text.startswith("/"):
        if directory is None:
            return None
        text = posixpath.join(directory, text)
    elif root is None:
        return None
    elif root != "/":
        text = f"{root}/{text}"
    return "/" + posixpath.normpath(text).lstrip("/")
