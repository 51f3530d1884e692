"""Reading files and directories of projects that may be hostile, or may change meanwhile.

No link is followed, nothing is waited for, and what one run reads is limited.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from itertools import islice
from operator import attrgetter
from typing import Final, Literal, TypeAlias

from bstgraph.garbage import paused_collector
from bstgraph.stores._reapi import (
    Digest,
    Directory,
    DirectoryNode,
    FileNode,
    SymlinkNode,
    Tree,
    hashed,
)

MOST_ENTRIES: Final = 1_000_000
"""Entries of directories that one run looks at."""

MOST_BYTES: Final = 16 * 2**30
"""Bytes of files that one run reads."""

DEEPEST: Final = 500
"""Levels of a tree; each holds one open file, and BuildStream itself fails at about 950."""

LONGEST_PATH: Final = 4095
"""Bytes of a path inside a tree; BuildStream leaves out, silently, what is further down."""

_CHUNK: Final = 2**20
_name: Final = attrgetter("name")
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC

_identity: Final = attrgetter(
    "st_dev", "st_ino", "st_mode", "st_size", "st_mtime_ns", "st_ctime_ns"
)
"""What of the status of a file or folder is another when it changes."""

_Identity: TypeAlias = tuple[int, ...]

Times: TypeAlias = Literal["none", "files", "all"]
"""Whose times of change a tree holds: those of nothing, files, or files and folders below it."""


class UnreadableError(Exception):
    """Something cannot be read; `reason` is a clause whose subject is `inside` the path."""

    def __init__(self, reason: str, inside: str = "") -> None:
        """Keep both; `inside` is empty for the path itself."""
        super().__init__(reason, inside)
        self.reason = reason
        self.inside = inside


class Reader:
    """Reads within the limits of one run; a file that stays as it is, it reads once."""

    def __init__(self) -> None:
        """Begin a run."""
        self._digests: dict[_Identity, Digest] = {}
        self._entries = 0
        self._bytes = 0
        self._times: Times = "none"

    def file(self, name: str, *, folder: int | None = None) -> tuple[Digest, os.stat_result]:
        """Return digest and status of a regular file, in the open directory `folder` if given.

        Raises:
            OSError: it cannot be opened or read.
            UnreadableError: it is something else, changes, or is over the limit.
        """
        file = os.open(name, _FILE, dir_fd=folder)
        try:
            before = os.fstat(file)
            if not stat.S_ISREG(before.st_mode):
                raise UnreadableError("is no regular file")
            identity = _identity(before)
            found = self._digests.get(identity)
            if found is None:
                found = self._read(file, before.st_size)
                # By its name: another file may have taken it.
                after = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if _identity(after) != identity:
                    raise UnreadableError("changed while it was read")
                self._digests[identity] = found
            return found, before
        finally:
            os.close(file)

    def names(self, path: str) -> list[str]:
        """Return the names in a directory, sorted by code point.

        Raises:
            OSError: it is no directory, or cannot be listed.
            UnreadableError: it is over the limit.
        """
        folder = os.open(path, _FOLDER)
        try:
            return [entry.name for entry in self._entries_of(folder)]
        finally:
            os.close(folder)

    @paused_collector()
    def tree(self, path: str, times: Times = "none") -> Tree:
        """Return what a directory holds at any depth.

        Raises:
            UnreadableError: a part of it cannot be known.
        """
        levels: list[_Level] = []
        self._times = times
        try:
            self._enter(levels, path)
            while True:
                level = levels[-1]
                if level.unread:
                    level.current = level.unread.pop()
                    self._enter(levels, level.current)
                    continue
                level.current = ""
                done = hashed(level.directory())
                levels.pop().close()
                if not levels:
                    return done
                above = levels[-1]
                above.directories.append(DirectoryNode(utf8(above.current), done))
        except OSError as error:
            raise UnreadableError(why(error), _where(levels)) from error
        except UnreadableError as error:
            raise UnreadableError(error.reason, _where(levels)) from error
        finally:
            for level in levels:
                level.close()

    def _enter(self, levels: list[_Level], name: str) -> None:
        if len(levels) > DEEPEST:
            raise UnreadableError(f"is nested more than {DEEPEST} levels deep")
        above = levels[-1].folder if levels else None
        before = levels[-1].before + len(_raw(name)) + 1 if levels else 0
        timed = self._times == "all" and above is not None
        levels.append(_Level(os.open(name, _FOLDER, dir_fd=above), before=before, timed=timed))
        self._list(levels[-1])

    def _list(self, level: _Level) -> None:
        folder, room = level.folder, LONGEST_PATH - level.before
        timed = self._times != "none"
        for entry in self._entries_of(folder):
            name = level.current = entry.name
            if len(_raw(name)) > room:
                continue
            if entry.is_file(follow_symlinks=False):
                found, status = self.file(name, folder=folder)
                executable = bool(status.st_mode & stat.S_IXUSR)
                mtime = _mtime(status) if timed else None
                level.files.append(FileNode(utf8(name), found, executable, mtime))
            elif entry.is_symlink():
                target = os.readlink(name, dir_fd=folder)
                level.symlinks.append(SymlinkNode(utf8(name), utf8(target)))
            elif entry.is_dir(follow_symlinks=False):
                utf8(name)
                level.unread.append(name)
        level.current = ""
        level.unread.reverse()

    def _entries_of(self, folder: int) -> list[os.DirEntry[str]]:
        with os.scandir(folder) as entries:
            found = list(islice(entries, MOST_ENTRIES - self._entries + 1))
        self._entries += len(found)
        if self._entries > MOST_ENTRIES:
            self._entries = MOST_ENTRIES
            raise UnreadableError(f"holds too much: more than {MOST_ENTRIES:,} files in one run")
        found.sort(key=_name)
        return found

    def _read(self, file: int, size: int) -> Digest:
        self._bytes += size
        if self._bytes > MOST_BYTES:
            raise UnreadableError(f"is too large: more than {MOST_BYTES:,} bytes in one run")
        chunk = os.read(file, min(size + 1, _CHUNK))
        if len(chunk) == size < _CHUNK:
            # It gave less than was asked for: this is all, as the status afterwards confirms.
            return Digest(hashlib.sha256(chunk).hexdigest(), size)
        hasher = hashlib.sha256(chunk)
        left = size - len(chunk)
        while chunk and left >= 0 and (chunk := os.read(file, min(left + 1, _CHUNK))):
            hasher.update(chunk)
            left -= len(chunk)
        if left:
            raise UnreadableError("changed while it was read")
        return Digest(hasher.hexdigest(), size)


class _Level:
    """One open directory on the way down, and what is known of it so far."""

    __slots__ = (
        "_state",
        "before",
        "current",
        "directories",
        "files",
        "folder",
        "mtime",
        "symlinks",
        "unread",
    )

    def __init__(self, folder: int, *, before: int, timed: bool) -> None:
        self.folder = folder
        self.before = before
        """Bytes before a name in its path, counted from the root of the tree."""
        self.current = ""
        """The entry that is looked at."""
        self.unread: list[str] = []
        """Directories that are still to be entered, the next one last."""
        self.files: list[FileNode] = []
        self.directories: list[DirectoryNode] = []
        self.symlinks: list[SymlinkNode] = []
        status = os.fstat(folder)
        self.mtime = _mtime(status) if timed else None
        self._state = _identity(status)

    def directory(self) -> Directory:
        """Return what it holds, once everything is read."""
        if _identity(os.fstat(self.folder)) != self._state:
            raise UnreadableError("changed while it was read")
        return Directory(
            files=tuple(sorted(self.files)),
            directories=tuple(sorted(self.directories)),
            symlinks=tuple(sorted(self.symlinks)),
            mtime=self.mtime,
        )

    def close(self) -> None:
        os.close(self.folder)


def why(error: OSError) -> str:
    """Return what an operating system error says, as a clause whose subject is the file."""
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return "does not exist"
    return f"cannot be read: {(error.strerror or 'unknown reason').lower()}"


def _mtime(status: os.stat_result) -> int:
    """Return the time of the last change in microseconds, rounded down as buildbox does."""
    if not -(2**63) <= status.st_mtime_ns < 2**63:
        raise UnreadableError("has a time that BuildStream's tools cannot hold")
    return status.st_mtime_ns // 1000


def _where(levels: Sequence[_Level]) -> str:
    return "/".join(level.current for level in levels if level.current)


def _raw(text: str) -> bytes:
    """Return a name as it is on disk."""
    # Nearly all names are ASCII, which every encoding of file names has as it is.
    return text.encode() if text.isascii() else os.fsencode(text)


def utf8(text: str) -> bytes:
    """Return a name or a link's target as it is on disk; BuildStream fails unless it is UTF-8."""
    raw = _raw(text)
    try:
        raw.decode()
    except UnicodeDecodeError:
        raise UnreadableError("has a name or a target that is not UTF-8") from None
    return raw
