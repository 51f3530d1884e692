"""What commands take from outside their sandbox that no key holds, by the programs they name.

What is pinned is none: BuildStream's sandbox sets the host name, `TZ` and `SOURCE_DATE_EPOCH`, and
an artifact keeps no times of files. The network of a build is the loopback device alone, so that a
program that asks for more fails, unless a worker of a remote execution service has a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from bstgraph.plans._commands import Simple

Influence: TypeAlias = Literal["clock", "host", "network", "random"]

_Words: TypeAlias = Sequence[str]


class Taken(NamedTuple):
    """Something that a command takes from outside."""

    code: Influence
    what: str
    """The program, file or variable."""


_READERS: Final = frozenset(
    "awk base64 cat cksum cut dd grep head md5sum od sed sha1sum sha256sum sha512sum shred shuf "
    "sort tail tr wc xxd".split()
)
_FILES: Final[Mapping[str, Influence]] = {
    "/dev/random": "random",
    "/dev/urandom": "random",
    "/proc/sys/kernel/random/boot_id": "random",
    "/proc/sys/kernel/random/uuid": "random",
    "/proc/cpuinfo": "host",
    "/proc/meminfo": "host",
    "/proc/version": "host",
}
_VARIABLES: Final[Mapping[str, Influence]] = {
    "EPOCHREALTIME": "clock",
    "EPOCHSECONDS": "clock",
    "RANDOM": "random",
    "SRANDOM": "random",
}


def influences(command: Simple) -> Iterator[Taken]:
    """Yield what a simple command takes from outside, each once."""
    rule = _PROGRAMS.get(command.program)
    if rule is not None and rule[1](command.words[1:]):
        yield Taken(rule[0], command.program)
    read = list(command.reads)
    if command.program in _READERS:
        read += [word.removeprefix("if=") for word in command.words[1:]]
    for file in dict.fromkeys(read):
        if file in _FILES:
            yield Taken(_FILES[file], file)
    for name in command.variables:
        if name in _VARIABLES:
            yield Taken(_VARIABLES[name], f"${name}")


def _always(words: _Words) -> bool:
    return not {"--help", "--version"}.intersection(words)


def _date(words: _Words) -> bool:
    """Return whether `date` tells the time of day, not one that it is given, sets or reads."""
    for word in words:
        told = word.startswith(("--date", "--file", "--help", "--ref", "--set", "--version"))
        short = word.startswith("-") and not word.startswith("--") and set("dfrs") & set(word)
        # A variable may hold any of these; a time in digits is set.
        if told or short or word.startswith("$") or word.isdigit():
            return False
    return True


def _uname(words: _Words) -> bool:
    """Return whether `uname` tells the kernel that runs."""
    long = {"--all", "--kernel-release", "--kernel-version"}
    return any(
        word in long or (not word.startswith("--") and word[:1] == "-" and set("arv") & set(word))
        for word in words
    )


def _processors(words: _Words) -> bool:
    return any(word.startswith("_NPROCESSORS") for word in words)


def _remote(words: _Words) -> bool:
    """Return whether a word is a URL of another machine."""
    return any(
        not word.startswith("-")
        and (scheme := word.partition("://"))[1]
        and scheme[0] not in {"file", "unix"}
        and not scheme[2].startswith(("127.", "[::1]", "localhost"))
        for word in words
    )


def _git(words: _Words) -> bool:
    """Return whether git is told to ask another repository, and that is one by its URL."""
    verbs = {"clone", "fetch", "ls-remote", "pull"}
    return bool(verbs.intersection(words)) and (
        _remote(words) or any(word.startswith("git@") for word in words)
    )


def _pip(words: _Words) -> bool:
    """Return whether pip looks packages up, rather than installing files that are there."""
    offline = {"--no-deps", "--no-index", "--find-links", "-f"}
    if not {"download", "install", "wheel"}.intersection(words[:1]):
        return False
    return not any(
        word in offline
        or word.startswith((".", "/", "$", "--find-links="))
        or "/" in word
        or word.endswith((".whl", ".zip", ".gz"))
        for word in words[1:]
    )


def _python(words: _Words) -> bool:
    return list(words[:2]) == ["-m", "pip"] and _pip(words[2:])


def _npm(words: _Words) -> bool:
    return bool({"ci", "i", "install"}.intersection(words[:1])) and "--offline" not in words


def _cargo(words: _Words) -> bool:
    return "fetch" in words[:1] and not {"--offline", "--frozen"}.intersection(words)


def _openssl(words: _Words) -> bool:
    """Return whether openssl makes keys or random bytes."""
    made = {"dhparam", "gendsa", "genpkey", "genrsa", "rand"}
    return bool(made.intersection(words[:1])) or bool({"-genkey", "-newkey"}.intersection(words))


def _ssh_keygen(words: _Words) -> bool:
    """Return whether a key is made, rather than one shown or looked up."""
    return bool(words) and not any(
        word[:1] == "-" and set("yleiBFHLRrYkQDIMKs") & set(word[1:2]) for word in words
    )


def _uuidgen(words: _Words) -> bool:
    """Return whether the UUID is not that of a name."""
    named = {"-m", "--md5", "-s", "--sha1", "-h", "-V", "--help", "--version"}
    return not named.intersection(words)


_PROGRAMS: Final[Mapping[str, tuple[Influence, Callable[[_Words], bool]]]] = {
    "cargo": ("network", _cargo),
    "curl": ("network", _remote),
    "date": ("clock", _date),
    "dbus-uuidgen": ("random", _always),
    "getconf": ("host", _processors),
    "git": ("network", _git),
    "lscpu": ("host", _always),
    "mcookie": ("random", _always),
    "npm": ("network", _npm),
    "nproc": ("host", _always),
    "openssl": ("random", _openssl),
    "pip": ("network", _pip),
    "pip3": ("network", _pip),
    "python": ("network", _python),
    "python3": ("network", _python),
    "ssh-keygen": ("random", _ssh_keygen),
    "systemd-machine-id-setup": ("random", _always),
    "uname": ("host", _uname),
    "uuidgen": ("random", _uuidgen),
    "wget": ("network", _remote),
}
"""Program -> what it takes, and a rule that tells from its arguments whether it does."""
