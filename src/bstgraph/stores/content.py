"""Digests of files and trees in projects, as BuildStream's content addressable storage has them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from types import MappingProxyType
from typing import Final, TypeVar

from bstgraph import files
from bstgraph.errors import printable
from bstgraph.kinds import KeyGapError
from bstgraph.stores._edited import EditedFiles
from bstgraph.stores._reading import Reader, Times, UnreadableError, utf8, why
from bstgraph.stores._reapi import Digest, Directory, FileNode, Tree, hashed

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
        self._trees: dict[tuple[str, Times], Tree | UnreadableError] = {}
        self._edited = EditedFiles()

    def edited(self, files: Mapping[tuple[str, str], bytes | None]) -> Contents:
        """Return the same with other files in memory; what was read is not read again.

        Args:
            files: (folder of a project, path in it) -> the content to take instead, None for no
                such file. A new file is not executable, one that is on disk stays what it is. A
                file below another file, or in the place of a link in a folder, is a gap of the keys
                that need it.

        Raises:
            ValueError: a path leads out of its project, or is a directory.
        """
        resolved: dict[str, bytes | None] = {}
        for (folder, path), content in files.items():
            real = os.path.realpath(os.path.join(folder, path))
            if not _is_in(real, (os.path.realpath(folder), *self._allowed)):
                raise ValueError(f"'{path}' leads out of its project")
            if os.path.isdir(real):
                raise ValueError(f"'{path}' is a directory")
            resolved[real] = content
        made = Contents(home=self._home, allowed=self._allowed)
        made._reader, made._trees = self._reader, self._trees
        made._edited = self._edited.with_more(resolved)
        return made

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

    @property
    def edits(self) -> EditedFiles:
        """The files that are edited in memory."""
        return self._edited

    def names(self, path: str) -> list[str]:
        """Return the names in the directory at a resolved path, sorted by code point."""
        if not self._edited.reaches(path):
            return self._reader.names(path)
        return self._edited.names(path, self._reader.names(path) if os.path.isdir(path) else ())

    def file(self, path: str) -> Digest:
        """Return the digest of the regular file at a resolved path."""
        found = self._edited.digest(path)
        return found if found is not None else self._reader.file(path)[0]

    def tree(self, path: str, times: Times = "none") -> Tree:
        """Return what the directory at a resolved path holds.

        Raises:
            UnreadableError: as it was when it was first asked for.
        """
        if not self._edited.reaches(path):
            return self._on_disk(path, times)
        if times != "none":
            raise UnreadableError("holds a file edited in memory, which has no time of change")
        return self._edited.tree(
            path, self._on_disk(path, times) if os.path.lexists(path) else None
        )

    def _on_disk(self, path: str, times: Times) -> Tree:
        found = self._trees.get((path, times))
        if found is None:
            try:
                found = self._reader.tree(path, times)
            except UnreadableError as error:
                found = error.with_traceback(None)
            self._trees[path, times] = found
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
            return MappingProxyType(dict(sorted(_listed(_entries(self._tree(path).directory)))))

    def tree(self, path: str) -> files.Directory:
        """Return what `tree_digest` is the digest of."""
        with _gaps(path):
            return _as_files(self._tree(path).directory)

    def sha256(self, path: str) -> str:
        """Return the hex SHA-256 of the content of a regular file; a link to one is followed."""
        with _gaps(path):
            return self._contents.file(self._resolved(path)).hash

    def names(self, path: str) -> Sequence[str]:
        """Return the names in a directory, sorted by code point."""
        with _gaps(path):
            return self._contents.names(self._resolved(path))

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

    def workspace_digest(self, path: str, *, folder_times: bool = True) -> str | None:
        """Return the hash of a directory with the times in it; None where there is none.

        `folder_times` says whether the times of directories below it count, not of files alone.
        """
        with _gaps(path):
            tree = self._workspace(path, folder_times=folder_times)
            return tree.digest.hash if tree is not None else None

    def workspace_files(
        self, path: str, *, folder_times: bool = True
    ) -> Mapping[str, tuple[str, int | None]]:
        """Return what `workspace_digest` depends on: relative paths, sorted -> what is there.

        That is a text as in `tree_files`, empty for a directory, and the time of the last change
        in microseconds, None where that does not count.
        """
        with _gaps(path):
            tree = self._workspace(path, folder_times=folder_times)
            found = _timed_entries(tree.directory) if tree is not None else iter(())
            return MappingProxyType(dict(sorted(_listed(found))))

    def workspace_tree(self, path: str) -> files.Directory | None:
        """Return what a workspace holds; None where there is no directory."""
        with _gaps(path):
            tree = self._workspace(path, folder_times=False)
            return _as_files(tree.directory) if tree is not None else None

    def _workspace(self, path: str, *, folder_times: bool) -> Tree | None:
        real = os.path.realpath(os.path.join(self._root, path))
        folders = (self._root, *self._allowed)
        if not _is_in(real, folders):
            raise UnreadableError(f"is outside the project, allow it: --allow {real}")
        if not os.path.exists(real):
            return None
        if not os.path.isdir(real):
            raise UnreadableError("is no folder")
        return self._contents.tree(real, "all" if folder_times else "files")

    def _tree(self, path: str) -> Tree:
        full = os.path.join(self._root, path)
        real = self._resolved(path)
        # BuildStream looks past a slash or a dot at the end.
        if os.path.islink(PurePath(full)):
            raise UnreadableError("is a symbolic link")
        edits = self._contents.edits
        is_file = real in edits.files or not (edits.reaches(real) or os.path.isdir(real))
        return self._single(full, real) if is_file else self._contents.tree(real)

    def _single(self, full: str, real: str) -> Tree:
        found = self._contents.file(real)
        # Not the owner's bit, as in trees: BuildStream asks whether the user may run it.
        executable = os.access(full, os.X_OK)
        return hashed(Directory(files=(FileNode(utf8(os.path.basename(full)), found, executable),)))

    def _resolved(self, path: str) -> str:
        full = os.path.join(self._root, path)
        real = os.path.realpath(full)
        # What is only in memory is not there for a strict look.
        if not self._contents.edits.reaches(real):
            os.lstat(full)
            real = os.path.realpath(full, strict=True)
        self._require(real, (self._root, *self._allowed))
        return real

    def _require(self, real: str, folders: Sequence[str]) -> None:
        if not _is_in(real, folders):
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


def _is_in(real: str, folders: Sequence[str]) -> bool:
    return any(real == one or real.startswith(one.rstrip("/") + "/") for one in folders)


_Entry = TypeVar("_Entry", bound=tuple[str, object])


def _listed(entries: Iterator[_Entry]) -> Iterator[_Entry]:
    """Yield `entries` as long as their paths fit into a list."""
    room = LONGEST_LIST
    for entry in entries:
        room -= len(entry[0])
        if room < 0:
            raise UnreadableError("has too many long paths to list them")
        yield entry


def _entries(root: Directory) -> Iterator[tuple[str, str]]:
    """Yield all files, links and empty directories below `root`: the path, what is there."""
    for prefix, directory in _directories(root):
        for file in directory.files:
            yield f"{prefix}{file.name.decode()}", _told(file)
        for link in directory.symlinks:
            yield f"{prefix}{link.name.decode()}", f"-> {link.target.decode()}"
        if prefix and not (directory.files or directory.directories or directory.symlinks):
            yield prefix.removesuffix("/"), ""


def _timed_entries(root: Directory) -> Iterator[tuple[str, tuple[str, int | None]]]:
    """Yield all that is below `root`, directories too: the path, what is there, when it changed."""
    for prefix, directory in _directories(root):
        for file in directory.files:
            yield f"{prefix}{file.name.decode()}", (_told(file), file.mtime)
        for link in directory.symlinks:
            yield f"{prefix}{link.name.decode()}", (f"-> {link.target.decode()}", None)
        if prefix:
            yield prefix.removesuffix("/"), ("", directory.mtime)


def _as_files(root: Directory) -> files.Directory:
    """Return `root` without times and digests of directories."""
    entries: dict[str, files.Node] = {
        node.name.decode(): files.File(node.digest.hash, node.digest.size, node.executable)
        for node in root.files
    }
    for link in root.symlinks:
        entries[link.name.decode()] = files.Link(link.target.decode())
    for below in root.directories:
        entries[below.name.decode()] = _as_files(below.tree.directory)
    return files.Directory(entries)


def _told(file: FileNode) -> str:
    return f"{file.digest.hash} executable" if file.executable else file.digest.hash


def _directories(root: Directory) -> Iterator[tuple[str, Directory]]:
    """Yield `root` and all directories below; the path of one is made when it is entered."""
    yield "", root
    levels = [("", iter(root.directories))]
    while levels:
        prefix, unread = levels[-1]
        node = next(unread, None)
        if node is None:
            levels.pop()
            continue
        below = f"{prefix}{node.name.decode()}/"
        yield below, node.tree.directory
        levels.append((below, iter(node.tree.directory.directories)))
