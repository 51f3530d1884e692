"""What a command reads and writes, as far as its name and arguments tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final, NamedTuple

from bstgraph.shell._scope import resolve
from bstgraph.shell._values import Command, Word, literal


class Access(NamedTuple):
    """A path that a command reads or writes."""

    path: str | None
    """Without `.` and `..`; the folder it lies in when not exact; None when not known."""
    exact: bool
    """Whether it is the path itself."""
    text: str
    """As written."""
    every: bool = False
    """Whether it stands for all that is in the folder, as `/layer/usr/etc/*` does."""


_UNKNOWN: Final = Access(path=None, exact=False, text="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What a command reads and writes."""

    reads: tuple[Access, ...] = ()
    writes: tuple[Access, ...] = ()
    known: bool = False
    """Whether it is a program whose arguments are understood here."""


class _Options(NamedTuple):
    """The options of a program that take a value."""

    letters: str = ""
    names: tuple[str, ...] = ()


class _Call:
    """The options and operands of a command."""

    def __init__(self, command: Command, options: _Options) -> None:
        self.command = command
        self.options: list[tuple[str, Word | None]] = []
        self.operands: list[Word] = []
        rest = list(command.arguments)
        while rest:
            word = rest.pop(0)
            if word.text == "--":
                self.operands += rest
                break
            if not word.text.startswith("-") or word.text == "-":
                self.operands.append(word)
            elif word.text.startswith("--"):
                self._long(word, options, rest)
            else:
                self._short(word, options, rest)

    def _long(self, word: Word, options: _Options, rest: list[Word]) -> None:
        name, equals, _ = word.text.partition("=")
        if equals:
            self.options.append((name, word.after(len(name) + 1)))
        elif name[2:] in options.names and rest:
            self.options.append((name, rest.pop(0)))
        else:
            self.options.append((name, None))

    def _short(self, word: Word, options: _Options, rest: list[Word]) -> None:
        for place, letter in enumerate(word.text[1:], 2):
            if letter in options.letters:
                value = word.after(place) if word.text[place:] else None
                if value is None and rest:
                    value = rest.pop(0)
                self.options.append((f"-{letter}", value))
                return
            self.options.append((f"-{letter}", None))

    def has(self, *names: str) -> bool:
        """Return whether one of these options was given."""
        return any(name in names for name, _ in self.options)

    def value(self, *names: str) -> Word | None:
        """Return the last value that one of these options was given."""
        found = [value for name, value in self.options if name in names and value]
        return found[-1] if found else None

    def at(self, *words: Word) -> tuple[Access, ...]:
        """Return where these words lead."""
        return tuple(_access(self.command, word) for word in words)

    def below(self, *names: str, inside: str = "") -> tuple[Access, ...]:
        """Return a path in the root that an option names, or in the root of the system."""
        root = self.value(*names) or literal("/")
        if inside:
            root = Word((*root.parts, *literal(f"/{inside}").parts))
        return self.at(root)


def _access(command: Command, word: Word) -> Access:
    path = resolve(word, command.directory, command.root)
    exact = word.known and not word.glob and path is not None
    return Access(path, exact, word.text, every=bool(re.search(r"[^*?\[]/\*$", word.text)))


def effects(command: Command) -> Effects:
    """Return what `command` reads and writes, its redirections included.

    Of a program that is not known here only the redirections are told.
    """
    opened = [_access(command, each.target) for each in command.redirections if each.writes]
    rule = _RULES.get(command.program or "")
    if not command.words:
        return Effects(writes=tuple(opened), known=True)
    if rule is None:
        return Effects(writes=tuple(opened))
    found = rule[1](_Call(command, rule[0]))
    return Effects(reads=found.reads, writes=(*found.writes, *opened), known=found.known)


def _reading(call: _Call) -> Effects:
    return Effects(reads=call.at(*call.operands), known=True)


def _nothing(call: _Call) -> Effects:
    del call
    return Effects(known=True)


def _writing(call: _Call) -> Effects:
    return Effects(writes=call.at(*call.operands), known=True)


def _changing(call: _Call) -> Effects:
    """Return the effects of `chmod` and the like: the first operand is no path."""
    skipped = 0 if call.has("--reference", "-b", "-m", "-x", "-M", "-X", "-k") else 1
    return Effects(writes=call.at(*call.operands[skipped:]), known=True)


def _copying(call: _Call) -> Effects:
    name = call.command.program
    if name == "install" and call.has("-d", "--directory"):
        return _writing(call)
    target, sources = call.value("-t", "--target-directory"), list(call.operands)
    if target is None:
        if len(sources) < 2:
            here = literal(".") if name == "ln" else None
            return Effects(writes=call.at(here) if here else (), known=here is not None)
        target = sources.pop()
    reads = call.at(*sources)
    writes = list(call.at(target))
    # Into a folder that is there, a source comes under its own name.
    for source in sources:
        base = source.text.rstrip("/").rpartition("/")[2]
        if (
            source.known
            and not source.glob
            and base not in ("", ".", "..")
            and (name != "rsync" or not source.text.endswith("/"))
        ):
            inside = Word((*target.parts, *literal(f"/{base}").parts))
            writes += call.at(inside)
    if name == "mv" or call.has("--remove-source-files"):
        writes += reads
    return Effects(reads=reads, writes=tuple(writes), known=True)


def _sed(call: _Call) -> Effects:
    files = call.operands if call.has("-e", "-f", "--expression", "--file") else call.operands[1:]
    if call.has("-i", "--in-place"):
        return Effects(writes=call.at(*files), known=True)
    return Effects(reads=call.at(*files), known=True)


def _awk(call: _Call) -> Effects:
    if call.has("-i", "--include"):
        return Effects()
    return Effects(reads=call.at(*call.operands[1:]), known=True)


def _tar(call: _Call) -> Effects:
    letters = "".join(name[1:] for name, _ in call.options if not name.startswith("--"))
    operands = list(call.operands)
    command = call.command
    first = command.arguments[0].text if command.arguments else ""
    folder, archive = call.value("-C", "--directory"), call.value("-f", "--file")
    if first and not first.startswith("-"):
        # The old form: letters without a dash, their values behind.
        letters += first
        operands = operands[1:]
        values = {letter: operands.pop(0) for letter in first if letter in "Cf" and operands}
        folder, archive = values.get("C", folder), values.get("f")
    where = call.at(folder or literal("."))
    if "x" in letters or call.has("--extract", "--get"):
        return Effects(writes=where, known=True)
    written = call.at(archive) if archive and archive.text != "-" else ()
    if "t" in letters or call.has("--list"):
        return Effects(reads=written, known=True)
    return Effects(reads=where, writes=written, known=True)


def _dd(call: _Call) -> Effects:
    outputs = [word.after(3) for word in call.operands if word.text.startswith("of=")]
    return Effects(writes=call.at(*outputs), known=True)


def _find(call: _Call) -> Effects:
    words = call.command.arguments
    places = [word for word in words if word.text not in ("-H", "-L", "-P")]
    paths = list(takewhile(lambda word: not word.text.startswith(("-", "(", "!")), places))
    where = call.at(*(paths or [literal(".")]))
    texts = [word.text for word in words]
    written = [
        after
        for word, after in pairwise(words)
        if word.text in ("-fprint", "-fls", "-fprint0", "-fprintf")
    ]
    deleted = where if "-delete" in texts else ()
    # What is deleted lies somewhere below.
    inner = tuple(each._replace(exact=False) for each in deleted)
    return Effects(reads=where, writes=(*inner, *call.at(*written)), known=True)


def _sort(call: _Call) -> Effects:
    output = call.value("-o", "--output")
    return Effects(
        reads=call.at(*call.operands), writes=call.at(output) if output else (), known=True
    )


def _packing(call: _Call) -> Effects:
    if call.has("-c", "--stdout", "--to-stdout", "-t", "-l", "--test", "--list"):
        return _reading(call)
    return _writing(call)


def _rooted(call: _Call) -> Effects:
    return Effects(writes=call.below("--root", "-R", "--prefix", "-P", "--sysroot"), known=True)


def _scripts(call: _Call) -> Effects:
    """Return the effects of a program that runs scripts in a root: it may do anything there."""
    return Effects(writes=_rooted(call).writes)


def _systemctl(call: _Call) -> Effects:
    verb = call.operands[0].text if call.operands else "list-units"
    if verb.startswith(("is-", "list-", "get-", "cat", "show", "status")):
        return Effects(reads=call.below("--root"), known=True)
    return Effects(writes=call.below("--root", inside="etc/systemd"), known=True)


def _ldconfig(call: _Call) -> Effects:
    if call.has("-p", "--print-cache", "-V", "--version", "-N", "-n", "-?", "--help"):
        return Effects(known=True)
    cache = call.value("-C")
    name = cache.text.lstrip("/") if cache else "etc/ld.so.cache"
    return Effects(writes=call.below("-r", inside=name), known=True)


def _depmod(call: _Call) -> Effects:
    if call.has("-n", "--dry-run", "--show"):
        return Effects(known=True)
    return Effects(writes=call.below("-b", "--basedir", inside="lib/modules"), known=True)


def _dconf(call: _Call) -> Effects:
    match [word.text for word in call.operands]:
        case ["update"]:
            return Effects(writes=call.below(inside="etc/dconf/db"), known=True)
        case ["update" | "compile", *_]:
            return Effects(writes=call.at(call.operands[1]), known=True)
    return Effects()


def _build_oci(call: _Call) -> Effects:
    """Return the layers that the document tells; it writes where it is run."""
    bodies = [each.body for each in call.command.redirections if each.body is not None]
    document = bodies[-1] if bodies else call.command.input
    writes = call.at(literal("."))
    if document is None:
        return Effects(reads=(_UNKNOWN,), writes=writes)
    found = re.findall(r"(?m)^[ \t]*(?:-[ \t]+)?layer:[ \t]*(.*?)[ \t]*(?:#.*)?$", document.text)
    layers = [literal(text.strip("\"'")) for text in found]
    if not document.known and any("$" in word.text for word in layers):
        return Effects(reads=(_UNKNOWN,), writes=writes)
    return Effects(reads=call.at(*layers), writes=writes, known=True)


def _all(
    names: str, rule: Callable[[_Call], Effects], letters: str = "", options: Iterable[str] = ()
) -> dict[str, tuple[_Options, Callable[[_Call], Effects]]]:
    return {name: (_Options(letters, tuple(options)), rule) for name in names.split()}


_RULES: Final[dict[str, tuple[_Options, Callable[[_Call], Effects]]]] = {
    **_all(
        "[ [[ : true false echo printf test export local declare typeset readonly unset set "
        "shift read exit return break continue trap wait sleep umask ulimit getopts let eval "
        "type hash which command uname date id seq expr basename dirname nproc env alias shopt",
        _nothing,
    ),
    **_all(
        "cat ls stat file du diff cmp head tail wc cut tr uniq grep egrep fgrep rg sha256sum "
        "sha1sum md5sum readlink realpath tree jq ldd nm objdump readelf strings cd pushd popd "
        "comm paste fold od xxd hexdump cksum column",
        _reading,
    ),
    **_all("cp mv", _copying, "tS", ("target-directory", "suffix")),
    **_all("ln", _copying, "tS", ("target-directory", "suffix")),
    **_all("install", _copying, "gmotS", ("group", "mode", "owner", "target-directory")),
    **_all("rsync", _copying, "efBMT", ("exclude", "include", "filter", "rsh", "files-from")),
    **_all("rm rmdir unlink shred tee sponge mkfifo strip chattr", _writing),
    **_all("glib-compile-schemas", _writing, "", ("targetdir",)),
    **_all("gtk-update-icon-cache gtk4-update-icon-cache update-mime-database", _writing, "i"),
    **_all("update-desktop-database gio-querymodules mknod", _writing, "m"),
    **_all("mkdir", _writing, "mZ", ("mode", "context")),
    **_all("touch truncate", _writing, "drts", ("date", "reference", "size")),
    **_all("chmod chown chgrp setcap setfattr setfacl", _changing, "nvmxMX", ()),
    **_all("sed", _sed, "efl", ("expression", "file")),
    **_all("awk gawk mawk", _awk, "vFf", ("assign", "field-separator", "file")),
    **_all("tar bsdtar", _tar, "CfTX", ("directory", "file", "exclude", "transform")),
    **_all("dd", _dd),
    **_all("find", _find),
    **_all("sort", _sort, "okStT", ("output", "key")),
    **_all("gzip gunzip xz unxz bzip2 bunzip2 zstd unzstd", _packing),
    **_all(
        "systemd-sysusers systemd-tmpfiles systemd-firstboot systemd-machine-id-setup "
        "systemd-hwdb bootctl kernel-install useradd usermod userdel groupadd groupmod groupdel "
        "passwd chpasswd fc-cache localedef",
        _rooted,
        "RPifu",
        ("root", "sysroot", "prefix"),
    ),
    **_all("prepare-image.sh", _scripts, "", ("sysroot", "initscripts", "seed", "rootsource")),
    **_all("systemctl", _systemctl, "", ("root",)),
    **_all("ldconfig", _ldconfig, "rCf", ()),
    **_all("depmod", _depmod, "bCEF", ("basedir", "config")),
    **_all("dconf", _dconf),
    **_all("build-oci", _build_oci),
}
"""Program -> its options that take a value, and what it does."""


def mentions(command: Command, path: str) -> Sequence[str]:
    """Return the words and assignments of `command` that have `path`, or a path below it."""
    pattern = re.compile(rf"(?:^|[=:,\"' ]){re.escape(path.rstrip('/'))}(?:[/:,\"' ]|$)")
    texts = [word.text for word in command.words]
    texts += [f"{name}={value.text}" for name, value in command.assignments]
    texts += [each.target.text for each in command.redirections]
    return tuple(text for text in texts if pattern.search(text))
