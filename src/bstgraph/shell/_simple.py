"""Simple commands: what they assign, where they go, and what they run in turn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from bstgraph.shell._limits import DEEPEST, MOST_COMMANDS, LimitError
from bstgraph.shell._scope import Function, Left, Scope, Value, resolve
from bstgraph.shell._statuses import status_of
from bstgraph.shell._syntax import shown
from bstgraph.shell._values import (
    Assignment,
    Command,
    Context,
    Gap,
    GapKind,
    Place,
    Redirection,
    Runs,
    Word,
    literal,
    number,
    runs_in,
)
from bstgraph.shell._wrappers import SHELLS, Call, found_commands, shell_call, unwrap

_RESERVED: Final = frozenset(
    "! { } [[ case do done elif else esac fi for function if in select then until while".split()
)


@dataclass(slots=True)
class Output:
    """What is found in a text and in the texts inside it."""

    commands: list[Command] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A simple command as it was written, after expansion."""

    words: tuple[Word, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    place: Place
    text: str
    bare: str = ""
    """The first word without expansion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text inside the text."""

    text: str
    what: str
    """What runs it: `sh -c`, `eval`."""
    place: Place
    exact: bool = False
    """Whether its lines follow `place`, or all of it has this place."""


class SimpleCommands(ABC):
    """Runs simple commands in a scope."""

    def __init__(self, output: Output, scope: Scope) -> None:
        """Begin; what is found is added to `output`."""
        self.output = output
        self.scope = scope
        self.contexts: tuple[Context, ...] = ()
        self.depth = 0
        self.subshells = 0
        self.input: Word | None = None
        """What the pipeline gives, when that is known."""
        self.piped = False
        self.active: tuple[str, ...] = ()
        self.called: set[str] = set()
        self.traps: dict[str, list[tuple[Text, Context]]] = {}
        self.locals: list[dict[str, Value]] = []
        self.defined: list[Function] = []

    @abstractmethod
    def inner(self, text: Text, scope: Scope) -> None:
        """Run a text inside the text."""

    @abstractmethod
    def body(self, function: Function) -> None:
        """Run the body of a function."""

    @contextmanager
    def inside(self, context: Context) -> Iterator[None]:
        """Run something in a context."""
        before, self.contexts = self.contexts, (*self.contexts, context)
        self.depth += 1
        try:
            if self.depth > DEEPEST:
                self.gap("too-large", "commands are nested too deeply", context.place)
                raise LimitError
            yield
        finally:
            self.depth -= 1
            self.contexts = before

    @contextmanager
    def within(self, scope: Scope) -> Iterator[None]:
        """Run something in another scope."""
        before, self.scope = self.scope, scope
        try:
            yield
        finally:
            self.scope = before

    def gap(self, kind: GapKind, message: str, place: Place, text: str = "") -> None:
        """Add a gap, once; one of a command that never runs tells nothing."""
        if kind == "run-time" and any(each.runs == "never" for each in self.current()):
            return
        gap = Gap(kind, message, place, shown(text))
        if gap not in self.output.gaps:
            self.output.gaps.append(gap)

    def step(self, place: Place, characters: int = 0) -> None:
        """Count some work; what is copied at every step is part of it."""
        self.output.steps += 1 + len(self.scope.variables) // 20 + characters // 200
        if self.output.steps > 10 * MOST_COMMANDS or len(self.output.commands) > MOST_COMMANDS:
            self.gap("too-large", f"more than {MOST_COMMANDS:,} commands run", place)
            raise LimitError

    def run(self, written: Written) -> bool | None:
        """Run a simple command; return whether it succeeds, when that is known."""
        size = sum(len(word.text) for word in written.words)
        size += sum(len(each.body.text) for each in written.redirections if each.body)
        self.step(written.place, size)
        if not written.words:
            self._emit(written, Call(words=(), directory=self.scope.directory))
            return True if not written.assignments else None
        if written.bare in _RESERVED:
            self.gap(
                "syntax", f"`{written.bare}` is not understood here", written.place, written.text
            )
        call = unwrap(
            Call(
                words=written.words,
                assignments=written.assignments,
                directory=self.scope.directory,
                root=self.scope.root,
            )
        )
        if call.repeated:
            context = Context(kind="loop", runs="perhaps", text="xargs", place=written.place)
            with self.inside(context):
                return self._run(written, call)
        return self._run(written, call)

    def _run(self, written: Written, call: Call) -> bool | None:
        word = call.words[0]
        if not word.known or word.splits:
            self.gap(
                "run-time",
                "which command this runs is known at run time only",
                written.place,
                written.text,
            )
            self._emit(written, call)
            return None
        name = word.text.rpartition("/")[2]
        if not call.through and word.text in self.scope.functions:
            self._emit_redirections(written)
            self._call(word.text, call, written)
            return None
        if name in SHELLS:
            self._shell(written, call)
            return None
        self._emit(written, call)
        if name == "find":
            for words in found_commands(call.words):
                context = Context(kind="loop", runs="perhaps", text="find", place=written.place)
                with self.inside(context):
                    inner = replace(call, words=words, through=(*call.through, "find"))
                    self._run(replace(written, redirections=()), unwrap(inner))
        effect = _BUILTINS.get(name)
        if effect and (not call.through or set(call.through) <= {"command", "builtin", "exec"}):
            effect(self, written, call)
        if "exec" in call.through:
            self._leave("exit", written)
        return status_of(name, call.words)

    def _emit(self, written: Written, call: Call) -> None:
        if not (call.words or call.assignments or written.assignments or written.redirections):
            return
        self.output.commands.append(
            Command(
                words=call.words,
                assignments=call.assignments or written.assignments,
                redirections=written.redirections,
                contexts=self.current(),
                directory=call.directory,
                root=call.root,
                through=call.through,
                input=self.input if self.piped else None,
                place=written.place,
                text=shown(written.text),
            )
        )

    def _emit_redirections(self, written: Written) -> None:
        if any(each.writes for each in written.redirections):
            bare = replace(written, words=(), assignments=())
            self._emit(bare, Call(words=(), directory=self.scope.directory, root=self.scope.root))

    def current(self) -> tuple[Context, ...]:
        """Return what a command here is inside of."""
        left = self.scope.left
        if not left and not self.scope.failed:
            return self.contexts
        if not left:
            place = Place(1, 1)
            return (*self.contexts, Context(kind="exit", runs="never", text="exit", place=place))
        context = Context(kind="exit", runs=left.runs, text=left.text, place=left.place)
        return (*self.contexts, context)

    def runs_here(self) -> Runs:
        """Return whether a command here runs."""
        return runs_in(self.current())

    def _call(self, name: str, call: Call, written: Written) -> None:
        """Run the body of a function where it is called."""
        function = self.scope.functions[name]
        if function is None:
            self.gap(
                "run-time",
                f"which body the function '{name}' has depends on what ran",
                written.place,
                written.text,
            )
            return
        self.called.add(name)
        if name in self.active:
            self.gap(
                "recursion", f"the function '{name}' calls itself", written.place, written.text
            )
            return
        before, active = self.scope.arguments, self.active
        left = self.scope.left
        self.scope.arguments, self.active = call.words[1:], (*active, name)
        self.locals.append({})
        with self.inside(Context(kind="function", runs="always", text=name, place=written.place)):
            self.body(function)
        self.scope.variables.update(self.locals.pop())
        self.active, self.scope.arguments = active, before
        if self.scope.left and self.scope.left.kind == "return":
            self.scope.left = left

    def _shell(self, written: Written, call: Call) -> None:
        """Run what another shell is given to run."""
        found = shell_call(call.words)
        if found.file is not None:
            self._emit(written, call)
            return
        self._emit_redirections(written)
        what, place, exact = f"{call.words[0].text} -c", written.place, False
        text = found.text
        if text is None:
            what = call.words[0].text
            text, line = self._standard_input(written)
            if text is None:
                return
            if line:
                place, exact = Place(line, 1), True
        if not text.known:
            self.gap(
                "run-time",
                f"the text that `{what}` runs is put together at run time",
                written.place,
                written.text,
            )
            return
        scope = self.scope.for_shell(errexit=found.errexit, arguments=found.arguments)
        scope.directory, scope.root = call.directory, call.root
        for name, value in call.assignments:
            scope.variables[name] = (value,)
            scope.exported.add(name)
        with self.inside(Context(kind="shell", runs="always", text=what, place=written.place)):
            self.inner(Text(text=text.text, what=what, place=place, exact=exact), scope)

    def _standard_input(self, written: Written) -> tuple[Word | None, int]:
        """Return what a command reads, and the line that it begins at."""
        for each in reversed(written.redirections):
            if each.body is not None:
                return each.body, each.line
            if each.operator == "<" and each.descriptor in (None, 0):
                self.gap(
                    "run-time",
                    "the text that the shell runs is in a file",
                    written.place,
                    written.text,
                )
                return None, 0
        if not self.piped:
            return None, 0
        if self.input is None:
            self.gap(
                "run-time",
                "the text that the shell runs comes from a pipe",
                written.place,
                written.text,
            )
        return self.input, 0

    def _leave(self, kind: str, written: Written) -> None:
        left = self.scope.left
        made = Left(kind, "never", shown(written.text), written.place)
        if left is None:
            self.scope.left = made
        elif left.runs == "perhaps":
            # It may have left a loop, say, before it leaves the text here.
            wider = made if kind == "exit" or left.kind == "loop" else left
            self.scope.left = wider._replace(runs="perhaps")


def _cd(runner: SimpleCommands, written: Written, call: Call) -> None:
    del written
    arguments = [word for word in call.words[1:] if word.text not in ("-P", "-L", "-e", "--")]
    if len(arguments) == 1 and arguments[0].known and arguments[0].text != "-":
        runner.scope.directory = resolve(arguments[0], call.directory, call.root)
    else:
        runner.scope.directory = None


def _nowhere(runner: SimpleCommands, written: Written, call: Call) -> None:
    del written, call
    runner.scope.directory = None


def _exit(runner: SimpleCommands, written: Written, call: Call) -> None:
    status = call.words[1].text if len(call.words) > 1 and call.words[1].known else "0"
    if number(status) and not (runner.subshells or runner.scope.left):
        runner.scope.failed = True
    else:
        runner._leave("exit", written)  # noqa: SLF001 - the functions here are parts of it


def _return(runner: SimpleCommands, written: Written, call: Call) -> None:
    del call
    runner._leave("return", written)  # noqa: SLF001
    if not runner.active and runner.scope.left:
        # Outside of functions dash leaves the text, and bash passes over it.
        runner.scope.left = runner.scope.left._replace(runs="perhaps")


def _break(runner: SimpleCommands, written: Written, call: Call) -> None:
    del call
    runner._leave("loop", written)  # noqa: SLF001


def _set(runner: SimpleCommands, written: Written, call: Call) -> None:
    del written
    words = list(call.words[1:])
    while words and words[0].text[:1] in ("-", "+") and len(words[0].text) > 1:
        option = words.pop(0).text
        if option == "--":
            runner.scope.arguments = tuple(words)
            return
        on = option.startswith("-")
        named = option[-1] == "o" and words and words.pop(0).text == "errexit"
        if "e" in option or named:
            runner.scope.errexit = on
    if words:
        runner.scope.arguments = tuple(words)


def _shift(runner: SimpleCommands, written: Written, call: Call) -> None:
    del written
    count = number(call.words[1].text) if len(call.words) > 1 else 1
    arguments = runner.scope.arguments
    if arguments is None or count is None or any(word.splits for word in arguments):
        runner.scope.arguments = None
    else:
        runner.scope.arguments = arguments[count:]


def _printf(runner: SimpleCommands, written: Written, call: Call) -> None:
    if call.words[1:2] == (literal("-v"),):
        _read(runner, written, call)


def _read(runner: SimpleCommands, written: Written, call: Call) -> None:
    del written
    for word in call.words[1:]:
        if word.text.isidentifier():
            runner.scope.variables[word.text] = None


def _forget(runner: SimpleCommands, written: Written, call: Call) -> None:
    del written, call
    runner.scope.forget()


def _eval(runner: SimpleCommands, written: Written, call: Call) -> None:
    runner.output.commands.pop()
    words = call.words[1:]
    if not all(word.known for word in words):
        runner.gap(
            "run-time",
            "the text that `eval` runs is put together at run time",
            written.place,
            written.text,
        )
        runner.scope.forget()
        return
    context = Context(kind="shell", runs="always", text="eval", place=written.place)
    with runner.inside(context):
        text = " ".join(word.text for word in words)
        runner.inner(Text(text=text, what="eval", place=written.place), runner.scope)


def _trap(runner: SimpleCommands, written: Written, call: Call) -> None:
    words = [word for word in call.words[1:] if word.text != "--"]
    if len(words) < 2 or words[0].text in ("-", ""):
        certain = runner.runs_here() == "always" and not runner.subshells
        for word in words[1:] if certain else ():
            runner.traps.pop("EXIT" if word.text == "0" else word.text, None)
        return
    if not words[0].known:
        runner.gap(
            "run-time",
            "the text that `trap` runs is put together at run time",
            written.place,
            written.text,
        )
        return
    certain = runner.runs_here() == "always" and not runner.subshells
    for word in words[1:]:
        name = "EXIT" if word.text == "0" else word.text
        context = Context(
            kind="trap",
            runs="always" if certain and name == "EXIT" else "perhaps",
            text=name,
            place=written.place,
        )
        before = [] if certain else runner.traps.get(name, [])
        text = Text(text=words[0].text, what="trap", place=written.place)
        runner.traps[name] = [
            *((each, replace(one, runs="perhaps")) for each, one in before),
            (text, context),
        ]


_BUILTINS: Final[dict[str, Callable[[SimpleCommands, Written, Call], None]]] = {
    ".": _forget,
    "break": _break,
    "cd": _cd,
    "chdir": _cd,
    "continue": _break,
    "eval": _eval,
    "exit": _exit,
    "getopts": _read,
    "let": _forget,
    "mapfile": _read,
    "popd": _nowhere,
    "printf": _printf,
    "pushd": _nowhere,
    "read": _read,
    "readarray": _read,
    "return": _return,
    "set": _set,
    "shift": _shift,
    "source": _forget,
    "trap": _trap,
}
