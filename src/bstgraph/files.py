"""Trees of files as artifacts hold them: names, content, links, the executable bit, nothing else.

A tree is a `Directory`; below it, paths are relative and have no slash at either end. Trees are
never changed once they are made, so that several artifacts can share what they have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias


class File(NamedTuple):
    """A regular file."""

    hash: str = ""
    """The hex SHA-256 of its content; empty where only the name is known."""
    size: int = -1
    """Bytes; -1 where only the name is known."""
    executable: bool = False


class Link(NamedTuple):
    """A symbolic link."""

    target: str


@dataclass(frozen=True, slots=True)
class Untyped:
    """An entry of which only the name is known: a file, a link or an empty directory."""


class Directory:
    """A directory: name -> what is there. Two are equal when all below them is."""

    __slots__ = ("entries", "gap")

    def __init__(self, entries: Mapping[str, Node] | None = None, gap: str = "") -> None:
        """Take `entries` as they are; `gap` says why entries may be missing, empty if none is."""
        self.entries: Mapping[str, Node] = {} if entries is None else entries
        self.gap = gap

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Directory):
            return NotImplemented
        return self is other or (self.gap == other.gap and self.entries == other.entries)

    def __hash__(self) -> int:
        return hash(frozenset(self.entries))

    def __repr__(self) -> str:
        return f"<Directory: {', '.join(sorted(self.entries))}>"


Node: TypeAlias = File | Link | Untyped | Directory

EMPTY: Final = Directory()

_first: Final = itemgetter(0)


class TreeError(ValueError):
    """Paths that cannot be one tree, such as a file below a file."""


def walk(tree: Directory, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """Yield every path below `tree` with what is there, in the order of BuildStream's lists.

    That is, for a directory: itself, then its files and links by name, then its subdirectories by
    name (`CasBasedDirectory.list_relative_paths`). The root is left out; `prefix` is put before
    each path as it is.
    """
    levels = [(prefix, tree)]
    while levels:
        above, directory = levels.pop()
        if directory is not tree:
            yield above[:-1], directory
        below = []
        for name in sorted(directory.entries):
            node = directory.entries[name]
            if isinstance(node, Directory):
                below.append((f"{above}{name}/", node))
            else:
                yield above + name, node
        levels += reversed(below)


def paths(tree: Directory) -> Iterator[str]:
    """Yield every path below `tree`, in the order of `walk`."""
    return map(_first, walk(tree))


def lookup(tree: Directory, path: str) -> Node | None:
    """Return what is at `path`, None where nothing is; links are not followed."""
    node: Node | None = tree
    for name in path.split("/"):
        if not isinstance(node, Directory):
            return None
        node = node.entries.get(name)
    return node


def gaps(tree: Directory) -> Iterator[tuple[str, str]]:
    """Yield each directory of which entries may be missing, empty for the root, and why."""
    levels = [("", tree)]
    while levels:
        above, directory = levels.pop()
        if directory.gap:
            yield above[:-1], directory.gap
        entries = directory.entries.items()
        below = [(name, node) for name, node in entries if isinstance(node, Directory)]
        below.sort(key=_first, reverse=True)
        levels += ((f"{above}{name}/", node) for name, node in below)


def tree_of(entries: Iterable[tuple[str, Node]]) -> Directory:
    """Return the tree that has `entries` at their paths, and the directories above them.

    A directory among them stands for itself alone: what lies in it comes as entries of its own,
    before or after it, so that `tree_of(walk(tree))` is the tree.

    Raises:
        TreeError: a path is not relative and plain, occurs twice, or lies below a file.
    """
    root: dict[str, Node] = {}
    for path, node in entries:
        _place(root, path, node)
    return Directory(root)


def _place(root: dict[str, Node], path: str, node: Node) -> None:
    *above, name = path.split("/")
    if not {"", ".", ".."}.isdisjoint((*above, name)):
        raise TreeError(f"'{path}' is no path below a root")
    here = root
    for folder in above:
        found = here.setdefault(folder, Directory({}))
        if not isinstance(found, Directory) or not isinstance(found.entries, dict):
            raise TreeError(f"'{path}' lies below something that is no directory")
        here = found.entries
    there = here.get(name)
    if isinstance(node, Directory) and (there is None or isinstance(there, Directory)):
        below = there.entries if isinstance(there, Directory) else {}
        here[name] = Directory(below, node.gap)
        return
    if there is not None:
        raise TreeError(f"'{path}' is there twice")
    here[name] = node
