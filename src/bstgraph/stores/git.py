"""Local git clones and mirrors: which one holds a commit, and its files in a folder.

Nothing is fetched, and nothing that a clone says is run. What a clone lacks is left out and listed.
"""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bstgraph.errors import ProjectError, SelectionError
from bstgraph.stores._command import LARGEST_OBJECT, Git, GitObject, ObjectReader

SEARCH_DEPTH: Final = 3
"""How many folders below a search root a clone may lie."""
SEARCH_ENTRIES: Final = 20_000
"""How many directory entries are looked at below one search root."""
MOST_PATHS: Final = 200_000
"""Files and directories in one checkout."""
MOST_BYTES: Final = 4 * 2**30
"""Bytes in one checkout."""

_REF: Final = re.compile(r"(?:.*-\d+-g)?([0-9a-f]{40})")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_FORBIDDEN_NAMES: Final = frozenset((b"", b".", b"..", b".git", b"git~1"))


def commit_of(ref: str) -> str | None:
    """Return the commit that a ref pins: `SHA` or `tag-12-gSHA`; None when it pins none.

    These are the spellings of the kinds git, git_repo and git_tag. An abbreviated commit, a branch
    or a tag name pins nothing: what it means depends on the clone.
    """
    match = _REF.fullmatch(ref)
    return match[1] if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clone:
    path: Path
    objects: Path


class GitClones:
    """The git clones and mirrors below some folders of this machine."""

    def __init__(self, roots: Iterable[Path | str]) -> None:
        """Remember `roots`: clones (bare or with a work tree), or folders with clones in them.

        Nothing is searched before the first question. Raises SelectionError for a root that is no
        directory.
        """
        self._roots = tuple(Path(os.path.abspath(root)) for root in roots)
        for root in self._roots:
            if not root.is_dir():
                raise SelectionError(
                    "missing-file", f"the search root '{root}' for git clones is not a directory"
                )
        self._clones: tuple[_Clone, ...] | None = None
        self._holders: dict[str, _Clone | None] = {}
        self._git: Git | None = None
        self._left_out: dict[Path, tuple[str, ...]] = {}

    @property
    def paths(self) -> tuple[Path, ...]:
        """The clones that were found, in the order of the roots and by name below each."""
        return tuple(clone.path for clone in self._all())

    def find(self, commit: str) -> Path | None:
        """Return the first clone that holds `commit` (40 hex digits) with its root directory."""
        holder = self._holder(commit)
        return holder.path if holder else None

    def checkout(self, commit: str, into: Path, *, submodules: bool = True) -> tuple[str, ...]:
        """Write the files of `commit` into the empty folder `into`; return what is missing.

        Args:
            commit: 40 hex digits, of a commit that `find` finds.
            into: Made when it does not exist.
            submodules: Whether the kind of source fills submodules: a submodule is an empty folder
                here, and then it is missing.

        Raises:
            ProjectError: `checkout-failed` for names that no tree may hold and for what the file
                system refuses, `too-large` for more than this library writes.
            ValueError: No clone holds the commit, or `into` is not empty.
        """
        holder = self._holder(commit)
        if holder is None:
            raise ValueError(f"no clone holds {commit}")
        what = f"commit {commit} of {holder.path}"
        try:
            if not into.is_dir():
                into.mkdir(parents=True, exist_ok=True)
            if any(into.iterdir()):
                raise ValueError(f"{into} is not empty")
            with self._command().objects(holder.objects) as reader:
                checkout = _Checkout(reader, into, what)
                gaps = checkout.write(commit, submodules=submodules)
            if checkout.has_attributes:
                converted = self._command().converted(into, checkout.files)
                gaps += tuple(f"{what}: git converts '{_shown(path)}'" for path in converted)
                checkout.left_out += map(_shown, converted)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProjectError("checkout-failed", f"{what} cannot be written: {reason}") from error
        self._left_out[into] = tuple(checkout.left_out)
        return gaps

    def left_out(self, into: Path) -> tuple[str, ...]:
        """Return the paths of what is missing in a folder that `checkout` filled."""
        return self._left_out.get(into, ())

    def _holder(self, commit: str) -> _Clone | None:
        if not _COMMIT.fullmatch(commit):
            raise ValueError(f"{commit!r} is not 40 hex digits")
        if commit not in self._holders:
            names = (f"{commit}^{{commit}}", f"{commit}^{{tree}}")
            self._holders[commit] = next(
                (c for c in self._all() if self._command().holds(c.objects, names)), None
            )
        return self._holders[commit]

    def _all(self) -> tuple[_Clone, ...]:
        if self._clones is None:
            found = [clone for root in self._roots for clone in _clones_below(root)]
            self._clones = tuple({clone.objects: clone for clone in reversed(found)}.values())[::-1]
        return self._clones

    def _command(self) -> Git:
        if self._git is None:
            self._git = Git()
        return self._git


def _clones_below(root: Path) -> Iterator[_Clone]:
    """Yield the clones at and below `root`, breadth first, by name; links are not followed."""
    level, left = [root], SEARCH_ENTRIES
    for _ in range(SEARCH_DEPTH + 1):
        below: list[Path] = []
        for folder in level:
            if clone := clone_at(folder):
                yield clone
                continue
            names = sorted(_subfolders(folder, left))
            left -= len(names)
            below += [folder / name for name in names]
        level = below


def _subfolders(folder: Path, limit: int) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(limit), entries, strict=False):
                if entry.is_dir(follow_symlinks=False):
                    yield entry.name
    except OSError:
        return  # What cannot be read has no clones for us.


def clone_at(folder: Path) -> _Clone | None:
    """Return the clone in `folder`: bare, with a `.git` folder, or with a `.git` file."""
    directories = git_directories(folder)
    return (
        _Clone(path=folder, objects=(directories[1] / "objects").resolve()) if directories else None
    )


def git_directories(folder: Path) -> tuple[Path, Path] | None:
    """Return the git directory of the clone in `folder`, and the one with its objects and refs.

    They differ in a linked work tree. None when there is no clone.
    """
    for git_dir in (folder / ".git", folder):
        if _is_git(git_dir):
            return git_dir, git_dir
    link = line_of(folder / ".git")
    if link and link.startswith("gitdir: "):
        git_dir = folder / link.removeprefix("gitdir: ")
        main = git_dir / (line_of(git_dir / "commondir") or ".")
        if (git_dir / "HEAD").is_file() and (main / "objects").is_dir():
            return git_dir, main
    return None


def _is_git(git_dir: Path) -> bool:
    return (
        (git_dir / "HEAD").is_file()
        and (git_dir / "refs").is_dir()
        and (git_dir / "objects").is_dir()
    )


def line_of(path: Path) -> str | None:
    """Return the first line of a small regular file."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            return os.fsdecode(file.readline(4096)).rstrip("\r\n")
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    path: bytes
    mode: int
    id: str


class _Checkout:
    """One checkout under way.

    Every directory is made before any file or link is, and none may exist already: so no path of
    a malformed tree goes through a link of the same tree.
    """

    def __init__(self, reader: ObjectReader, into: Path, what: str) -> None:
        self._reader = reader
        self._into = os.fsencode(into)
        self._what = what
        self._paths = self._bytes = 0
        self._gaps: list[str] = []
        self.left_out: list[str] = []
        """The paths that were not written."""
        self.files: list[bytes] = []
        """The files that were written."""

    @property
    def has_attributes(self) -> bool:
        """Whether git may write other files than those that it keeps."""
        return any(path.rpartition(b"/")[2] == b".gitattributes" for path in self.files)

    def write(self, commit: str, *, submodules: bool) -> tuple[str, ...]:
        blobs: dict[str, list[_Entry]] = defaultdict(list)
        directories = {f"{commit}^{{tree}}": [b""]}
        while directories:
            below: dict[str, list[bytes]] = defaultdict(list)
            for entry in self._listing(directories):
                if stat.S_ISDIR(entry.mode):
                    self._make_directory(entry.path)
                    below[entry.id].append(entry.path)
                elif stat.S_IFMT(entry.mode) == 0o160000:
                    self._make_directory(entry.path)
                    if submodules:
                        self._leave_out("submodule", entry.path, "is not checked out")
                else:
                    blobs[entry.id].append(entry)
            directories = below
        self._write_files(blobs)
        return tuple(self._gaps)

    def _listing(self, directories: Mapping[str, list[bytes]]) -> Iterator[_Entry]:
        """Yield what lies in `directories`: the name of a tree -> the paths that it has."""
        for name, tree in self._reader.read(list(directories)):
            content = self._content(tree, "directory", directories[name])
            entries = self._entries(content or b"")
            for parent in directories[name]:
                self._paths += len(entries)
                if self._paths > MOST_PATHS:
                    raise self._too_large(f"{MOST_PATHS:,} paths")
                for mode, own, identity in entries:
                    path = parent + b"/" + own if parent else own
                    yield _Entry(path=path, mode=mode, id=identity)

    def _entries(self, tree: bytes) -> tuple[tuple[int, bytes, str], ...]:
        try:
            entries = tuple(_entries(tree))
        except ValueError as error:
            raise self._malformed("a tree that cannot be read") from error
        for _, name, _ in entries:
            if b"/" in name or name.lower() in _FORBIDDEN_NAMES:
                raise self._malformed(f"the name '{_shown(name)}'")
        return entries

    def _write_files(self, blobs: Mapping[str, list[_Entry]]) -> None:
        for name, blob in self._reader.read(list(blobs)):
            entries = blobs[name]
            content = self._content(blob, "file", [entry.path for entry in entries])
            if content is None:
                continue
            self._bytes += len(content) * len(entries)
            if self._bytes > MOST_BYTES:
                raise self._too_large(f"{MOST_BYTES:,} bytes")
            for entry in entries:
                self._write_file(entry, content)

    def _content(self, found: GitObject | None, kind: str, paths: Iterable[bytes]) -> bytes | None:
        if found is not None and found.type != ("tree" if kind == "directory" else "blob"):
            raise self._malformed(f"a {found.type} as a {kind}")
        if found is not None and found.content is not None:
            return found.content
        reason = "is not in this clone" if found is None else f"is over {LARGEST_OBJECT:,} bytes"
        for path in paths:
            self._leave_out(kind, path, reason)
        return None

    def _make_directory(self, path: bytes) -> None:
        try:
            os.mkdir(os.path.join(self._into, path), 0o777)
        except FileExistsError as error:
            raise self._malformed(f"'{_shown(path)}' twice") from error

    def _write_file(self, entry: _Entry, content: bytes) -> None:
        path = os.path.join(self._into, entry.path)
        try:
            if stat.S_ISLNK(entry.mode):
                os.symlink(content, path)
            else:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                mode = 0o777 if entry.mode & 0o100 else 0o666
                with open(os.open(path, flags, mode), "wb", buffering=0) as file:
                    file.write(content)
                self.files.append(entry.path)
        except FileExistsError as error:
            raise self._malformed(f"'{_shown(entry.path)}' twice") from error
        except ValueError as error:
            raise self._malformed(f"a link '{_shown(entry.path)}' to no path") from error

    def _leave_out(self, kind: str, path: bytes, reason: str) -> None:
        self.left_out.append(_shown(path))
        self._gaps.append(f"{self._what}: {kind} '{_shown(path)}' {reason}")

    def _malformed(self, what: str) -> ProjectError:
        return ProjectError("checkout-failed", f"{self._what} is malformed: it holds {what}")

    def _too_large(self, what: str) -> ProjectError:
        return ProjectError("too-large", f"{self._what} holds more than {what}")


def _entries(tree: bytes) -> Iterator[tuple[int, bytes, str]]:
    """Yield mode, name and object of each entry of a tree as git stores it."""
    at = 0
    while at < len(tree):
        space = tree.index(b" ", at)
        end = tree.index(b"\0", space)
        if end + 21 > len(tree) or not re.fullmatch(rb"[0-7]{5,6}", tree[at:space]):
            raise ValueError("not an entry of a tree")
        yield int(tree[at:space], 8), tree[space + 1 : end], tree[end + 1 : end + 21].hex()
        at = end + 21


def _shown(path: bytes) -> str:
    return os.fsdecode(path).encode("utf-8", "backslashreplace").decode()
