"""Staging: trees put into one another as BuildStream does it, and whose each file is then.

The rules are those of BuildStream's `_casbaseddirectory.py` (import of one directory into
another) and `_overlapcollector.py` (what is told about files that were there already).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from bstgraph.files import Directory, Node, Untyped

ROOT_FOLDERS: Final = ("dev", "proc", "tmp")
"""The directories that a sandbox makes at its root when it runs a command."""


class StagingError(Exception):
    """BuildStream cannot stage a tree here; `path` is where, `reason` a clause about it."""

    def __init__(self, path: str, reason: str) -> None:
        """Keep both."""
        super().__init__(path, reason)
        self.path = path
        self.reason = reason


@dataclass(slots=True)
class _Folder:
    """A directory that was merged from several elements; its own trees stay as they are."""

    entries: dict[str, _Entry]
    gap: str = ""


_Inner: TypeAlias = Node | _Folder


class _Entry(NamedTuple):
    node: _Inner
    owner: int
    """Who staged it; for a directory, who made it."""


_NOTHING: Final = (None, None)


class Replaced(NamedTuple):
    """What staging one tree did to files that were there before."""

    overwritten: tuple[tuple[str, int], ...]
    """Paths that were files and whose they were."""
    ignored: tuple[str, ...]
    """Paths that are not staged: there is a directory with something in it."""
    untold: tuple[str, ...]
    """Paths of which it is not known whether they are files: they may be overwritten or not."""


class Root:
    """A root that trees are staged into, one after the other.

    Owners are numbers that the caller chooses. A subtree that one owner alone has is not copied:
    a root costs what its merged directories have in entries.
    """

    __slots__ = ("_root",)

    def __init__(self) -> None:
        """Begin with an empty root."""
        self._root = _Folder({})

    def stage(
        self, tree: Directory, owner: int, at: str = "", *, sources: bool = False
    ) -> Replaced:
        """Put `tree` at the directory `at`, made when it is not there; return what was replaced.

        Paths of the answer are relative to `at`; a directory on the way there that may be none
        has a leading slash. Among `sources` a file may replace an empty directory; among artifacts
        BuildStream fails on it.

        Raises:
            StagingError: a directory would replace a file or link, or a file an empty directory.
        """
        here = self._root
        merge = _Merge(owner, sources=sources)
        above = ""
        for name in filter(None, at.split("/")):
            above += f"/{name}"
            found = here.entries.get(name)
            if found is None:
                found = here.entries[name] = _Entry(_Folder({}), owner)
            elif isinstance(found.node, Untyped):
                merge.untold.append(above)
                found = here.entries[name] = _Entry(_Folder({}), found.owner)
            here = _opened(here, name, found, at)
        merge.run(here, tree)
        return Replaced(
            tuple(sorted(merge.overwritten)),
            tuple(sorted(merge.ignored)),
            tuple(sorted(merge.untold)),
        )

    def make_root_folders(self, owner: int) -> None:
        """Make what is there when a command has run at this root (`ROOT_FOLDERS`)."""
        for name in ROOT_FOLDERS:
            self._root.entries.setdefault(name, _Entry(Directory({}), owner))

    def owner(self, path: str) -> int | None:
        """Return whose the entry at `path` is, None where nothing is."""
        return self._at(path)[1]

    def is_directory(self, path: str) -> bool:
        """Return whether there is a directory at `path`."""
        return isinstance(self._at(path)[0], Directory | _Folder)

    def tree(self, at: str = "") -> Directory:
        """Return the tree at the directory `at`; an empty one where there is no directory."""
        inner, _ = self._at(at)
        if isinstance(inner, _Folder):
            return _frozen(inner)
        return inner if isinstance(inner, Directory) else Directory()

    def owned(
        self, tree: Directory | None = None, at: str = ""
    ) -> Iterator[tuple[str, Node, int | None]]:
        """Yield each path below `at`, what is there and whose it is, in the order of `walk`.

        With `tree`, its paths and what is there in it instead; the owner is None for what is not
        staged. This costs one step for each entry, where `owner` would look from the root.
        """
        inner, owner = self._at(at)
        levels: list[tuple[str, Directory, _Inner | None, int | None]] = [
            ("", self.tree(at) if tree is None else tree, inner, owner)
        ]
        while levels:
            prefix, directory, inner, owner = levels.pop()
            if prefix:
                yield prefix[:-1], directory, owner
            below = []
            merged = inner.entries if isinstance(inner, _Folder) else None
            alone = inner.entries if isinstance(inner, Directory) else {}
            for name in sorted(directory.entries):
                node = directory.entries[name]
                there: _Inner | None
                if merged is not None:
                    there, whose = merged.get(name, _NOTHING)
                else:
                    there = alone.get(name)
                    whose = None if there is None else owner
                if isinstance(node, Directory):
                    below.append((f"{prefix}{name}/", node, there, whose))
                else:
                    yield prefix + name, node, whose
            levels += reversed(below)

    def _at(self, path: str) -> tuple[_Inner | None, int | None]:
        inner: _Inner | None = self._root
        owner: int | None = None
        for name in filter(None, path.split("/")):
            inner, owner = _below(inner, name, owner)
        return inner, owner


def _below(inner: _Inner | None, name: str, owner: int | None) -> tuple[_Inner | None, int | None]:
    """Return what is at `name` in `inner` and whose it is; None twice where nothing is."""
    if isinstance(inner, _Folder):
        return inner.entries.get(name, _NOTHING)
    node = inner.entries.get(name) if isinstance(inner, Directory) else None
    return (None, None) if node is None else (node, owner)


class _Merge:
    """One tree on its way into another one."""

    __slots__ = ("_owner", "_sources", "ignored", "overwritten", "untold")

    def __init__(self, owner: int, *, sources: bool) -> None:
        self._owner = owner
        self._sources = sources
        self.overwritten: list[tuple[str, int]] = []
        self.ignored: list[str] = []
        self.untold: list[str] = []

    def run(self, root: _Folder, tree: Directory) -> None:
        pending = [(root, tree, "")]
        while pending:
            into, source, prefix = pending.pop()
            into.gap = into.gap or source.gap
            for name, node in source.entries.items():
                there = into.entries.get(name)
                if there is None:
                    into.entries[name] = _Entry(node, self._owner)
                elif not isinstance(node, Directory):
                    self._leaf(into, name, node, prefix + name)
                elif isinstance(there.node, Untyped):
                    self.untold.append(prefix + name)
                    into.entries[name] = _Entry(node, there.owner)
                else:
                    below = _opened(into, name, there, prefix + name)
                    pending.append((below, node, f"{prefix}{name}/"))

    def _leaf(self, into: _Folder, name: str, node: Node, path: str) -> None:
        """Put a file or link where something is already."""
        there = into.entries[name]
        if not isinstance(there.node, Directory | _Folder):
            if isinstance(node, Untyped) or isinstance(there.node, Untyped):
                self.untold.append(path)
            self.overwritten.append((path, there.owner))
            into.entries[name] = _Entry(node, self._owner)
        elif isinstance(node, Untyped):
            self.untold.append(path)
        elif there.node.entries or there.node.gap:
            self.ignored.append(path)
        elif self._sources:
            into.entries[name] = _Entry(node, self._owner)
        else:
            raise StagingError(path, "a file would replace an empty directory")


def _opened(into: _Folder, name: str, entry: _Entry, path: str) -> _Folder:
    """Return the directory `name` of `into` as one that can be merged into."""
    node = entry.node
    if isinstance(node, _Folder):
        return node
    if not isinstance(node, Directory):
        kind = "a file" if not hasattr(node, "target") else "a symbolic link"
        raise StagingError(path, f"a directory would replace {kind}")
    folder = _Folder({n: _Entry(below, entry.owner) for n, below in node.entries.items()}, node.gap)
    into.entries[name] = _Entry(folder, entry.owner)
    return folder


def _frozen(folder: _Folder) -> Directory:
    root: dict[str, Node] = {}
    pending = [(folder, root)]
    while pending:
        inner, entries = pending.pop()
        for name, (node, _) in inner.entries.items():
            if isinstance(node, _Folder):
                below: dict[str, Node] = {}
                entries[name] = Directory(below, node.gap)
                pending.append((node, below))
            else:
                entries[name] = node
    return Directory(root, folder.gap)


def filtered(tree: Directory, keep: Callable[[str], bool]) -> Directory:
    """Return what of `tree` passes `keep`, as when BuildStream imports it into an empty directory.

    A directory stays when it passes itself or when something in it does.
    """
    root: dict[str, Node] = {}
    copied: list[tuple[dict[str, Node], str, str, Directory]] = []
    pending = [("", tree, root)]
    while pending:
        prefix, directory, entries = pending.pop()
        for name, node in directory.entries.items():
            path = prefix + name
            if isinstance(node, Directory):
                below: dict[str, Node] = {}
                copy = entries[name] = Directory(below, node.gap)
                copied.append((entries, name, path, copy))
                pending.append((f"{path}/", node, below))
            elif keep(path):
                entries[name] = node
    # What lies in a directory was copied after it.
    for entries, name, path, copy in reversed(copied):
        if not (copy.entries or copy.gap or keep(path)):
            del entries[name]
    return Directory(root, tree.gap)
