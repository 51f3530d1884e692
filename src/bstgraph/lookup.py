"""Paths and programs in trees of files, as a program whose root directory it is finds them.

The rules are those of Linux: a link with an absolute target begins at the root of the tree, `..`
in the root is the root, and a path may lead through at most 40 links.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from bstgraph.files import Directory, File, Link, Node, Untyped

DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for when nothing else is said."""

MOST_LINKS: Final = 40
"""Links that one path may lead through."""

Problem: TypeAlias = Literal["", "missing", "not-a-directory", "link-loop", "unknown"]
"""Why a path leads to nothing, empty when it leads somewhere.

- `missing`: there is no such name
- `not-a-directory`: it goes on, or ends in a slash, behind what is no directory
- `link-loop`: it leads through too many links
- `unknown`: it leads through a part of the tree that is not known, see the gap
"""

Refusal: TypeAlias = Literal[
    "dangling", "link-loop", "not-a-directory", "directory", "not-executable", "unknown"
]
"""Why what is there under the name of a program cannot be run.

- `dangling`: a link to what is not there
- `not-a-directory`, `link-loop`: a link that leads to nothing for that reason
- `directory`, `not-executable`: what is there is no program
- `unknown`: the tree does not tell what is there, or whether anything is
"""


class Step(NamedTuple):
    """A link that was followed: where it is, without further links, and its target as written."""

    path: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Where a path leads."""

    path: str
    """The path that was asked for."""
    resolved: str
    """Where it leads without links, relative to the root, which is empty; with a problem, the
    place where it was met."""
    node: Node | None
    """What is there; None with a problem."""
    links: tuple[Step, ...] = ()
    """The links that it leads through, in order."""
    problem: Problem = ""
    gap: str = ""
    """What is not known of the tree when that is the problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that has the name of a program, but cannot be run."""

    path: str
    reason: Refusal
    resolution: Resolution = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which file is run for the name of a program."""

    name: str
    path: str
    """The directories that were looked through, with colons between them."""
    found: str = ""
    """The path that is run, absolute; empty when there is none."""
    resolution: Resolution | None = None
    """Where that path leads; None when there is none."""
    candidates: tuple[Candidate, ...] = ()
    """What was there before it but cannot be run, in order."""

    @property
    def resolved(self) -> str:
        """The absolute path of the file without links; empty when there is none."""
        return f"/{self.resolution.resolved}" if self.resolution is not None else ""

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is not known of the tree and could make another answer."""
        unknown = (one for one in self.candidates if one.reason == "unknown")
        return tuple(
            f"{one.path}: {one.resolution.gap or 'only its name is known'}" for one in unknown
        )


def resolve(tree: Directory, path: str, *, follow: bool = True) -> Resolution:
    """Return where `path` leads, seen from the root of `tree`.

    Args:
        tree: the files.
        path: absolute or relative, which is the same; empty is the root.
        follow: whether a link at the very end of the path is followed too.
    """
    way = _Way(tree, path, follow=follow)
    way.go()
    return Resolution(
        path=path,
        resolved="/".join(way.names),
        node=None if way.problem else way.node,
        links=tuple(way.links),
        problem=way.problem,
        gap=way.gap,
    )


class _Way:
    """The way of one path through a tree."""

    def __init__(self, tree: Directory, path: str, *, follow: bool) -> None:
        self.names: list[str] = []
        """The names from the root to the place that was reached."""
        self.node: Node = tree
        """What is at that place."""
        self.links: list[Step] = []
        self.problem: Problem = ""
        self.gap = ""
        self._tree = tree
        self._follow = follow
        self._above: list[Node] = []
        self._left = _parts(path)[::-1]

    def go(self) -> None:
        """Go to the end, or to a problem."""
        while self._left and not self.problem:
            name = self._left.pop()
            if isinstance(self.node, Directory):
                self._enter(self.node, name)
            elif isinstance(self.node, Untyped):
                self.problem = "unknown"
                self.gap = f"only the name of '/{'/'.join(self.names)}' is known"
            else:
                self.problem = "not-a-directory"

    def _enter(self, directory: Directory, name: str) -> None:
        if name == "..":
            if self.names:
                self.names.pop()
                self.node = self._above.pop()
        elif name not in {"", "."}:
            found = directory.entries.get(name)
            if isinstance(found, Link) and (self._left or self._follow):
                self._turn(name, found.target)
                return
            self.names.append(name)
            if found is not None:
                self._above.append(directory)
                self.node = found
            else:
                self.problem = "unknown" if directory.gap else "missing"
                self.gap = directory.gap

    def _turn(self, name: str, target: str) -> None:
        self.links.append(Step("/".join((*self.names, name)), target))
        if len(self.links) > MOST_LINKS:
            self.problem = "link-loop"
            return
        if target.startswith("/"):
            self.names.clear()
            self._above.clear()
            self.node = self._tree
        self._left += reversed(_parts(target))


def _parts(path: str) -> list[str]:
    """Return the names in `path`; an empty one at the end asks for a directory."""
    parts = path.split("/")
    return [*filter(None, parts), ""] if path and not parts[-1] else [*filter(None, parts)]


def which(tree: Directory, name: str, *, path: str = DEFAULT_PATH, directory: str = "/") -> Which:
    """Return which file is run for `name`, as `execvp` and shells look for it.

    A name with a slash is itself the path. Only a regular file that is executable is run.

    Args:
        tree: the files.
        name: the name of a program.
        path: directories with colons between them; an empty one is `directory`.
        directory: where relative paths begin.
    """
    refused: list[Candidate] = []
    for candidate in _candidates(name, path, directory):
        resolution = resolve(tree, candidate)
        reason = _refusal(tree, resolution)
        if reason == "":
            return Which(
                name=name,
                path=path,
                found=candidate,
                resolution=resolution,
                candidates=tuple(refused),
            )
        if reason is not None:
            refused.append(Candidate(path=candidate, reason=reason, resolution=resolution))
    return Which(name=name, path=path, candidates=tuple(refused))


def _candidates(name: str, path: str, directory: str) -> Iterator[str]:
    """Yield the absolute paths to look at, each once."""
    if not name:
        return
    below = f"/{directory.strip('/')}/" if directory.strip("/") else "/"
    if "/" in name:
        yield name if name.startswith("/") else below + name
        return
    folders = (folder if folder.startswith("/") else below + folder for folder in path.split(":"))
    yield from dict.fromkeys(f"{folder.rstrip('/')}/{name}" for folder in folders)


def _refusal(tree: Directory, resolution: Resolution) -> Refusal | Literal[""] | None:
    """Return why what is there is not run, empty if it is; None if nothing is there."""
    match resolution.node:
        case File():
            return "" if resolution.node.executable else "not-executable"
        case Directory():
            return "directory"
        case Untyped():
            return "unknown"
        case _:
            return _missing(tree, resolution)


def _missing(tree: Directory, resolution: Resolution) -> Refusal | None:
    if resolution.problem == "unknown":
        return "unknown"
    entry = resolve(tree, resolution.path, follow=False)
    if not isinstance(entry.node, Link):
        return None
    match resolution.problem:
        case "link-loop" | "not-a-directory" as reason:
            return reason
        case _:
            return "dangling"
