"""The git command, run so that it obeys nothing but its arguments.

Every call gets an empty repository of our own as its git directory, and a clone's object folder as
a place to read objects from. So the configuration, hooks, attributes and refs of a clone, which
can name programs to run, are never read, its owner does not matter, and git has no remote to ask.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from bstgraph.errors import ProjectError
from bstgraph.stores._temporary import TemporaryFolders

TIME_LIMIT: Final = 120.0
"""Seconds that one run of git may take; a fifo among the objects would hold it up for ever."""
LARGEST_OBJECT: Final = 256 * 2**20
"""Bytes of the largest object that is read."""

# So few that the names fit into the smallest pipe: git reads on while we have not read its answers.
_NAMES_AT_ONCE: Final = 64

_CONFIGURATION: Final = """\
[core]
\trepositoryformatversion = 0
\tbare = false
\tbigFileThreshold = 64m
"""
_PLAIN: Final = "* -text -ident -filter -working-tree-encoding\n"
_CONVERSIONS: Final = ("eol", "ident", "filter", "working-tree-encoding")
_NO_NAMES: Final = frozenset((b"unspecified", b"unset", b"set", b""))


@dataclass(frozen=True, slots=True, kw_only=True)
class GitObject:
    """An object of a clone; `content` is None when it is larger than we read."""

    id: str
    type: str
    size: int
    content: bytes | None


class Git:
    """The git command of this machine with an empty repository of our own."""

    def __init__(self) -> None:
        """Find the command; raises ProjectError `checkout-failed` without one."""
        self._program = _program()
        self._holder = TemporaryFolders()
        self._home = self._holder.new("git")
        (self._home / "HEAD").write_text("ref: refs/heads/none\n")
        (self._home / "config").write_text(_CONFIGURATION)
        for name in ("info", "objects", "refs"):
            (self._home / name).mkdir()

    def apply(
        self, patch: bytes, work_tree: Path, *arguments: str, plain: bool
    ) -> subprocess.CompletedProcess[bytes]:
        """Apply `patch` to the files below `work_tree`; git itself refuses paths outside.

        `plain` says that the .gitattributes files below `work_tree` mean nothing.
        """
        (self._home / "info" / "attributes").write_text(_PLAIN if plain else "")
        command = [self._program, "apply", "--whitespace=nowarn", *arguments]
        environment = self._environment() | {"GIT_WORK_TREE": str(work_tree)}
        return subprocess.run(
            command,
            input=patch,
            capture_output=True,
            cwd=work_tree,
            env=environment,
            timeout=TIME_LIMIT,
            check=False,
        )

    def converted(self, work_tree: Path, paths: Sequence[bytes]) -> tuple[bytes, ...]:
        """Return the files that git writes otherwise than it keeps them, by .gitattributes."""
        (self._home / "info" / "attributes").write_text("")
        try:
            answer = subprocess.run(
                [self._program, "check-attr", "--stdin", "-z", *_CONVERSIONS],
                input=b"".join(path + b"\0" for path in paths),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=work_tree,
                env=self._environment() | {"GIT_WORK_TREE": str(work_tree)},
                timeout=TIME_LIMIT,
                check=True,
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return tuple(paths)
        fields = answer.stdout.split(b"\0")
        triples = zip(fields[::3], fields[1::3], fields[2::3], strict=False)
        return tuple(dict.fromkeys(path for path, *rule in triples if _converts(*rule)))

    def holds(self, objects: Path, names: Sequence[str]) -> bool:
        """Return whether all of `names` can be read from the object folder `objects`."""
        try:
            answer = subprocess.run(
                [self._program, "cat-file", "--batch-check"],
                input="".join(f"{name}\n" for name in names).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._home,
                env=self._environment(objects),
                timeout=TIME_LIMIT / 4,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
        lines = answer.stdout.splitlines()
        return len(lines) == len(names) and all(line.split()[-1].isdigit() for line in lines)

    @contextmanager
    def objects(self, objects: Path) -> Iterator[ObjectReader]:
        """Give a reader of the object folder `objects`."""
        process = subprocess.Popen(
            [self._program, "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._home,
            env=self._environment(objects),
        )
        timer = threading.Timer(TIME_LIMIT, process.kill)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdin is not None  # noqa: S101 - both are pipes
            assert process.stdout is not None  # noqa: S101
            with process.stdin, process.stdout:
                yield ObjectReader(process.stdin.fileno(), process.stdout)
        finally:
            timer.cancel()
            process.kill()
            process.wait()

    def _environment(self, objects: Path | None = None) -> dict[str, str]:
        home = str(self._home)
        return {
            "PATH": os.pathsep.join(_folders()),
            "LC_ALL": "C",
            "HOME": home,
            "XDG_CONFIG_HOME": home,
            "GIT_DIR": home,
            "GIT_OBJECT_DIRECTORY": str(objects or self._home / "objects"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ALLOW_PROTOCOL": "",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_PAGER": "cat",
        }


class ObjectReader:
    """A running `git cat-file --batch`."""

    def __init__(self, requests: int, answers: IO[bytes]) -> None:
        """Talk over two pipes: `requests` is a file descriptor, so that nothing is buffered."""
        self._requests = requests
        self._answers = answers

    def read(self, names: Sequence[str]) -> Iterator[tuple[str, GitObject | None]]:
        """Yield each of `names` with its object, or with None when the clone lacks it."""
        for start in range(0, len(names), _NAMES_AT_ONCE):
            some = names[start : start + _NAMES_AT_ONCE]
            try:
                os.write(self._requests, "".join(f"{name}\n" for name in some).encode())
            except BrokenPipeError as error:
                raise _ended() from error
            for name in some:
                yield name, self._object()

    def _object(self) -> GitObject | None:
        header = self._answers.readline().split()
        if not header:
            raise _ended()
        if len(header) != 3 or not header[2].isdigit():
            return None
        size = int(header[2])
        content = self._content(size)
        identity, kind = header[0].decode(), header[1].decode()
        if content is not None and _digest(kind, content) != identity:
            raise ProjectError("checkout-failed", f"the git object {identity} is damaged")
        return GitObject(id=identity, type=kind, size=size, content=content)

    def _content(self, size: int) -> bytes | None:
        """Read `size` bytes and a line end; forget what is too large to keep."""
        if size <= LARGEST_OBJECT:
            content = self._answers.read(size + 1)
            if len(content) != size + 1:
                raise _ended()
            return content[:-1]
        left = size + 1
        while left:
            read = len(self._answers.read(min(left, 2**20)))
            if not read:
                raise _ended()
            left -= read
        return None


def _digest(kind: str, content: bytes) -> str:
    digest = hashlib.sha1(f"{kind} {len(content)}\0".encode(), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def _ended() -> ProjectError:
    return ProjectError(
        "checkout-failed",
        f"git stopped while it read objects (it may take {TIME_LIMIT:.0f} seconds)",
        fix="look at the clone with `git fsck`",
    )


def _folders() -> list[str]:
    """Return the folders on PATH; a relative one could lie inside a checkout."""
    return [path for path in os.get_exec_path() if os.path.isabs(path)]


def _converts(attribute: bytes, value: bytes) -> bool:
    """Return whether an attribute changes what is written, on Linux."""
    if attribute in (b"eol", b"ident"):
        return value == (b"crlf" if attribute == b"eol" else b"set")
    return value not in _NO_NAMES


def _program() -> str:
    program = shutil.which("git", path=os.pathsep.join(_folders()))
    if program is None:
        raise ProjectError(
            "checkout-failed",
            "there is no git command on PATH to read junctions with",
            fix="install git, or name a checkout of the junction yourself",
        )
    return program
