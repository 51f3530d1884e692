"""Digests of files and trees in projects, as BuildStream's content addressable storage has them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

from bstgraph.errors import printable
from bstgraph.kinds import KeyGapError
from bstgraph.stores._reading import Reader, UnreadableError, utf8, why
from bstgraph.stores._reapi import Directory, FileNode, Tree, hashed

LONGEST_LIST: Final = 2**28
"""Characters of all paths together that a list of the files of a tree may have."""


class Contents:
    """What lies on disk, looked at once: within one run, neither trees nor files are read again.

    Make a new one to see what has changed.
    """

    def __init__(
        self,
        *,
        home: str | os.PathLike[str] | None = None,
        allowed: Iterable[str | os.PathLike[str]] = (),
    ) -> None:
        """Read nothing yet.

        Args:
            home: the folder that `~` stands for; the user's home by default.
            allowed: folders outside the projects that may be read.
        """
        self._home = os.path.expanduser("~") if home is None else os.fspath(home)
        self._allowed = tuple(os.path.realpath(folder) for folder in allowed)
        self._reader = Reader()
        self._trees: dict[str, Tree | UnreadableError] = {}

    def project(
        self,
        directory: str | os.PathLike[str],
        *,
        allowed: Iterable[str | os.PathLike[str]] = (),
    ) -> ProjectContents:
        """Return the view of the project in `directory`, which may read `allowed` folders too."""
        own = tuple(os.path.realpath(folder) for folder in allowed)
        return ProjectContents(self, os.fspath(directory), allowed=(*self._allowed, *own))

    @property
    def home(self) -> str:
        """The folder that `~` stands for."""
        return self._home

    @property
    def reader(self) -> Reader:
        """What reads, and keeps to the limits of this run."""
        return self._reader

    def tree(self, path: str) -> Tree:
        """Return what the directory at a resolved path holds.

        Raises:
            UnreadableError: as it was when it was first asked for.
        """
        found = self._trees.get(path)
        if found is None:
            try:
                found = self._reader.tree(path)
            except UnreadableError as error:
                found = error.with_traceback(None)
            self._trees[path] = found
        if isinstance(found, UnreadableError):
            raise UnreadableError(found.reason, found.inside) from None
        return found


class ProjectContents:
    """The files of one project, as kinds look at them (`bstgraph.kinds.ProjectFiles`)."""

    def __init__(self, contents: Contents, directory: str, *, allowed: Sequence[str]) -> None:
        """Read nothing yet; `allowed` are resolved folders."""
        self._contents = contents
        self._root = os.path.realpath(directory)
        self._allowed = allowed

    def tree_digest(self, path: str) -> str:
        """Return the hash of BuildStream's CAS Directory for a directory, or for one file in it."""
        with _gaps(path):
            return self._tree(path).digest.hash

    def tree_files(self, path: str) -> Mapping[str, str]:
        """Return what `tree_digest` depends on: relative paths, sorted -> what is there.

        That is the SHA-256 of a file, then "executable" if it is, or "->" and the target of a
        link, or nothing for an empty directory.
        """
        with _gaps(path):
            found: dict[str, str] = {}
            room = LONGEST_LIST
            for inside, text in _entries(self._tree(path).directory):
                room -= len(inside)
                if room < 0:
                    raise UnreadableError("has too many long paths to list them")
                found[inside] = text
            return MappingProxyType(dict(sorted(found.items())))

    def sha256(self, path: str) -> str:
        """Return the hex SHA-256 of the content of a regular file; a link to one is followed."""
        with _gaps(path):
            return self._contents.reader.file(self._resolved(path))[0].hash

    def names(self, path: str) -> Sequence[str]:
        """Return the names in a directory, sorted by code point."""
        with _gaps(path):
            return self._contents.reader.names(self._resolved(path))

    def home_digest(self, path: str) -> str:
        """Return `tree_digest` of a path below the user's home, if its folder is allowed.

        `path` may begin with `~/`. A link to a file is followed here, as BuildStream does.
        """
        full = os.path.join(self._contents.home, path.removeprefix("~/"))
        with _gaps(path):
            real = os.path.realpath(full)
            self._require(real, self._allowed)
            if os.path.isdir(full) and not os.path.islink(full):
                return self._contents.tree(real).digest.hash
            return self._single(full, real).digest.hash

    def _tree(self, path: str) -> Tree:
        full = os.path.join(self._root, path)
        mode = os.lstat(full).st_mode
        real = self._resolved(path)
        # BuildStream looks past a slash or a dot at the end.
        if os.path.islink(PurePath(full)):
            raise UnreadableError("is a symbolic link")
        if stat.S_ISDIR(mode):
            return self._contents.tree(real)
        return self._single(full, real)

    def _single(self, full: str, real: str) -> Tree:
        found, _ = self._contents.reader.file(real)
        # Not the owner's bit, as in trees: BuildStream asks whether the user may run it.
        executable = os.access(full, os.X_OK)
        return hashed(Directory(files=(FileNode(utf8(os.path.basename(full)), found, executable),)))

    def _resolved(self, path: str) -> str:
        real = os.path.realpath(os.path.join(self._root, path), strict=True)
        self._require(real, (self._root, *self._allowed))
        return real

    def _require(self, real: str, folders: Sequence[str]) -> None:
        if not any(real == one or real.startswith(one.rstrip("/") + "/") for one in folders):
            folder = os.path.dirname(real)
            raise UnreadableError(f"is outside the project, allow its folder: --allow {folder}")


@contextmanager
def _gaps(path: str) -> Iterator[None]:
    """Turn what goes wrong into a KeyGapError about `path`, as the project writes it."""
    try:
        yield
    except UnreadableError as error:
        where = f"{path}: '{error.inside}'" if error.inside else f"'{path}'"
        raise KeyGapError(printable(f"{where} {error.reason}")) from error
    except OSError as error:
        raise KeyGapError(printable(f"'{path}' {why(error)}")) from error
    except ValueError as error:
        raise KeyGapError(printable(f"'{path}' is no file name")) from error


def _entries(root: Directory) -> Iterator[tuple[str, str]]:
    """Yield all that is below `root`; the path of a directory is made when it is entered."""
    yield from _own("", root)
    levels = [("", iter(root.directories))]
    while levels:
        prefix, unread = levels[-1]
        node = next(unread, None)
        if node is None:
            levels.pop()
            continue
        below = f"{prefix}{node.name.decode()}/"
        yield from _own(below, node.tree.directory)
        levels.append((below, iter(node.tree.directory.directories)))


def _own(prefix: str, directory: Directory) -> Iterator[tuple[str, str]]:
    for file in directory.files:
        executable = " executable" if file.executable else ""
        yield f"{prefix}{file.name.decode()}", f"{file.digest.hash}{executable}"
    for link in directory.symlinks:
        yield f"{prefix}{link.name.decode()}", f"-> {link.target.decode()}"
    if prefix and not any(directory):
        yield prefix.removesuffix("/"), ""
