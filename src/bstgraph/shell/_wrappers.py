"""Commands that run another command: `sudo`, `env`, `chroot`, `xargs`, `sh -c` and others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from bstgraph.shell._scope import resolve
from bstgraph.shell._values import Assignment, Part, Word, literal

SHELLS: Final = frozenset(("ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"))
_ASSIGNED: Final = re.compile(r"([A-Za-z_]\w*)=")


class _Options(NamedTuple):
    """The options of a program that runs another one."""

    letters: str = ""
    """Those of one letter that take a value."""
    names: frozenset[str] = frozenset()
    """The long ones that take a value in the next word."""
    leading: int = 0
    """How many arguments come before the command."""


_WRAPPERS: Final = {
    "builtin": _Options(),
    "chroot": _Options(leading=1),
    "command": _Options(),
    "doas": _Options("uC"),
    "env": _Options("uCS", frozenset(("unset", "chdir", "split-string"))),
    "exec": _Options("a"),
    "fakeroot": _Options("lsbiu"),
    "flock": _Options("wE", leading=1),
    "ionice": _Options("cnpPu"),
    "nice": _Options("n", frozenset(("adjustment",))),
    "nohup": _Options(),
    "setsid": _Options(),
    "stdbuf": _Options("ioe"),
    "sudo": _Options("ugCDhprTRt", frozenset(("user", "group", "chdir", "host", "prompt"))),
    "time": _Options("fo"),
    "timeout": _Options("ks", leading=1),
    "xargs": _Options("adEILnPs", frozenset(("arg-file", "max-args", "max-procs", "delimiter"))),
}
_ANY: Final = Word((Part("...", known=False),), splits=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A command without what runs it."""

    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    through: tuple[str, ...] = ()
    directory: str | None = None
    root: str | None = "/"
    repeated: bool = False
    """Whether it may run several times or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellCall:
    """A call of a shell."""

    text: Word | None = None
    """What `-c` gives it."""
    file: Word | None = None
    """The file that it reads."""
    errexit: bool = False
    arguments: tuple[Word, ...] = field(default=())


def unwrap(call: Call) -> Call:
    """Return the command that is run in the end, with where and by what."""
    while call.words and call.words[0].known:
        name = call.words[0].text.rpartition("/")[2]
        if name == "busybox" and len(call.words) > 1:
            call = replace(call, words=call.words[1:])
            continue
        options = _WRAPPERS.get(name)
        inner = _inner(call, name, options) if options else None
        if inner is None:
            return call
        call = inner
    return call


def _inner(call: Call, name: str, options: _Options) -> Call | None:
    """Return what a program runs; None when it runs nothing."""
    rest = list(call.words[1:])
    through = (*call.through, name)
    call = replace(call, through=through)
    while rest and rest[0].text.startswith("-") and rest[0].text != "-":
        word = rest.pop(0)
        option = word.text
        if option == "--":
            break
        if name == "command" and re.fullmatch(r"-[pvV]*[vV][pvV]*", option):
            return None
        value, rest = _value(word, options, rest)
        if value is not None and name == "env" and re.match(r"-C|--chdir", option):
            call = replace(call, directory=resolve(value, call.directory, call.root))
    while name in ("env", "sudo") and rest and (match := _ASSIGNED.match(rest[0].text)):
        value = rest[0].after(match.end())
        call = replace(call, assignments=(*call.assignments, Assignment(match[1], value)))
        rest.pop(0)
    if name == "chroot" and rest:
        root = resolve(rest[0], call.directory, call.root) if rest[0].known else None
        call = replace(call, root=root, directory=root)
    rest = rest[options.leading :]
    if not rest:
        return None
    if name == "xargs":
        return replace(call, words=(*rest, _ANY), repeated=True)
    return replace(call, words=tuple(rest))


def _value(word: Word, options: _Options, rest: list[Word]) -> tuple[Word | None, list[Word]]:
    """Return the value of an option, and what is left of the words."""
    option = word.text
    if option.startswith("--"):
        name, equals, _ = option[2:].partition("=")
        if equals:
            return word.after(len(name) + 3), rest
        return (rest[0], rest[1:]) if name in options.names and rest else (None, rest)
    for place, letter in enumerate(option[1:], 2):
        if letter in options.letters:
            if option[place:]:
                return word.after(place), rest
            return (rest[0], rest[1:]) if rest else (None, rest)
    return None, rest


def shell_call(words: Sequence[Word]) -> ShellCall:
    """Return what a call of a shell runs."""
    rest = list(words[1:])
    errexit = takes_text = reads_input = False
    while rest and re.match(r"[-+].", rest[0].text):
        option = rest.pop(0).text
        if option == "--":
            break
        if option.startswith("--"):
            rest = rest[1:] if option in ("--rcfile", "--init-file") else rest
            continue
        on = option.startswith("-")
        takes_text |= on and "c" in option
        reads_input |= on and "s" in option
        errexit |= on and "e" in option
        if option[-1] in "oO" and rest:
            errexit |= on and rest.pop(0).text == "errexit"
    if takes_text:
        text = rest[0] if rest else literal("")
        return ShellCall(text=text, errexit=errexit, arguments=tuple(rest[2:]))
    if rest and rest[0].text == "-":
        rest = rest[1:]
    if reads_input or not rest:
        return ShellCall(errexit=errexit, arguments=tuple(rest))
    return ShellCall(file=rest[0], errexit=errexit, arguments=tuple(rest[1:]))


def found_commands(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """Return the commands that `find` runs with `-exec`; `{}` is what lies below its paths."""
    paths: list[Word] = []
    for word in words[1:]:
        if word.text in ("-H", "-L", "-P"):
            continue
        if word.text.startswith(("-", "(", "!")):
            break
        paths.append(word)
    commands = []
    rest = list(words[1:])
    while rest:
        if rest.pop(0).text not in ("-exec", "-execdir", "-ok", "-okdir"):
            continue
        end = next((i for i, w in enumerate(rest) if w.text in (";", "+")), len(rest))
        command, rest = rest[:end], rest[end + 1 :]
        for path in (paths or [literal(".")]) if command else ():
            below = Word((*path.parts, Part("/"), Part("{}", known=False)))
            commands.append(tuple(below if word.text == "{}" else word for word in command))
    return tuple(commands)
