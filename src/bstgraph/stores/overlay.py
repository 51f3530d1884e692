"""What a junction lays over a checkout: its local, patch and patch_queue sources, in their order.

The files are staged as BuildStream stages sources. Patches are applied by `git apply`: the `patch`
program can be told by a patch to run commands.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bstgraph.errors import ProjectError
from bstgraph.model import Source
from bstgraph.stores._command import TIME_LIMIT, Git
from bstgraph.stores._paths import error, project_path, read_patch

MOST_PATHS: Final = 200_000
"""Files and directories that one local source may lay."""
MOST_PATCHES: Final = 2_000
"""Patches in one patch_queue."""

_DOS_HEADER: Final = re.compile(rb"^(?:---|\+\+\+|\*\*\*|diff) [^\n]*\r$", re.MULTILINE)
"""The patch program strips carriage returns from a patch whose header ends its lines in them."""
_COMPLAINT: Final = re.compile(r"(?:error|fatal): (?!while searching for)(.+)")
_MOVED: Final = re.compile(r"Hunk #\d+ succeeded at \d+ \(offset ")


def overlay(project_directory: Path, sources: Sequence[Source], into: Path) -> tuple[str, ...]:
    """Lay the local, patch and patch_queue sources over the files below `into`; return gaps.

    Sources of other kinds are passed over. Paths are relative to `project_directory`, the project
    that declares the junction, and may not leave it.

    Raises:
        ProjectError: a path breaks BuildStream's rules for paths, a patch does not apply or a file
            cannot be staged (`checkout-failed`).
    """
    gaps: list[str] = []
    git: Git | None = None
    for source in sources:
        if source.kind == "local":
            _lay_local(project_directory, source, into)
        elif source.kind == "patch":
            git = git or Git()
            gaps += _patch(git, project_directory, source, into)
        elif source.kind == "patch_queue":
            git = git or Git()
            _patch_queue(git, project_directory, source, into)
    return tuple(gaps)


def _lay_local(project_directory: Path, source: Source, into: Path) -> None:
    path = project_path(project_directory, source)
    target = _target(source, into)
    try:
        if path.is_dir():
            _Import(source, path).lay(target)
        elif _room(target / path.name):
            _copy(path, target / path.name, executable=os.access(path, os.X_OK))
    except OSError as problem:
        raise _unstaged(source, problem) from problem


class _Import:
    """One directory being laid over another, as BuildStream imports files.

    A file replaces a file, a link or an empty directory, and is passed over where a directory with
    something in it is. A directory joins a directory. Of the modes only the owner's executable bit
    is kept; what is no file, directory or link does not exist for BuildStream.
    """

    def __init__(self, source: Source, root: Path) -> None:
        self._source = source
        self._root = root
        self._count = 0

    def lay(self, target: Path) -> None:
        pending = [(self._root, target)]
        while pending:
            folder, below = pending.pop()
            for name in sorted(os.listdir(folder)):
                self._count += 1
                if self._count > MOST_PATHS:
                    message = f"it lays more than {MOST_PATHS:,} paths"
                    raise error(self._source, "too-large", message)
                path, place = folder / name, below / name
                mode = path.lstat().st_mode
                if stat.S_ISDIR(mode):
                    _make_directory(self._source, place)
                    pending.append((path, place))
                elif (stat.S_ISLNK(mode) or stat.S_ISREG(mode)) and _room(place):
                    _copy(path, place, executable=bool(mode & stat.S_IXUSR))


def _target(source: Source, into: Path) -> Path:
    """Return the folder that `source` is staged in, made below `into` without following links."""
    target = into
    for name in source.directory.lstrip("/").split("/"):
        if name == "..":  # Above the top is the top, as in BuildStream.
            target = target.parent if target != into else into
        elif name not in {"", "."}:
            target /= name
            _make_directory(source, target)
    return target


def _make_directory(source: Source, place: Path) -> None:
    try:
        place.mkdir()
    except FileExistsError as problem:
        if not stat.S_ISDIR(place.lstat().st_mode):
            message = f"'{place.name}' is a file or link in the junction, not a directory"
            raise error(source, "checkout-failed", message) from problem
    except (OSError, ValueError) as problem:
        raise _unstaged(source, problem) from problem


def _room(place: Path) -> bool:
    """Make room for a file at `place`; return False where something in a directory keeps it."""
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return True
    if not stat.S_ISDIR(mode):
        place.unlink()
    elif any(place.iterdir()):
        return False
    else:
        place.rmdir()
    return True


def _copy(path: Path, place: Path, *, executable: bool) -> None:
    """Copy a file or a link to `place`, where nothing is."""
    if path.is_symlink():
        place.symlink_to(path.readlink())
        return
    read = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(read, "rb") as file:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(place, flags, 0o777 if executable else 0o666), "wb") as copy:
            shutil.copyfileobj(file, copy)


def _unstaged(source: Source, problem: OSError | ValueError) -> ProjectError:
    reason = getattr(problem, "strerror", None) or str(problem)
    name = getattr(problem, "filename", None)
    where = f"'{os.path.basename(os.fsdecode(name))}': " if name else ""
    return error(source, "checkout-failed", f"cannot be laid over the junction: {where}{reason}")


def _patch(git: Git, project: Path, source: Source, into: Path) -> tuple[str, ...]:
    path = project_path(project, source, kind="file")
    try:
        strip = int(source.config.get("strip-level", "1"))
    except (TypeError, ValueError):
        strip = -1
    if strip < 0:
        raise error(source, "invalid-data", "the strip-level is not a number from 0 up")
    content = read_patch(project, source, path)
    target = _target(source, into)
    shown = str(source.config["path"])
    if not any(target.iterdir()):
        raise error(source, "checkout-failed", f"there are no files for the patch '{shown}'")
    if not content:
        return ()  # The patch program is content with an empty patch, git is not.
    if _DOS_HEADER.search(content):
        content = content.replace(b"\r\n", b"\n")
    exactly = _apply(git, content, target, f"-p{strip}", "--verbose", plain=True)
    if isinstance(exactly, _Applied) and not exactly.moved:
        return ()
    # The patch program also applies hunks whose outer lines of context differ.
    if isinstance(exactly, str):
        loosely = _apply(git, content, target, f"-p{strip}", "-C1", plain=True)
        if isinstance(loosely, str):
            raise _not_applied(source, shown, exactly)
    gap = f"the patch '{shown}' fits only elsewhere or in part: the patch program then leaves"
    return (f"{gap} a copy of the file as it was, NAME.orig, in the junction",)


def _patch_queue(git: Git, project: Path, source: Source, into: Path) -> None:
    path = project_path(project, source, kind="directory")
    target = _target(source, into)
    try:
        names = sorted(os.listdir(path))
    except OSError as problem:
        raise error(source, "unreadable-file", "the folder cannot be read") from problem
    if len(names) > MOST_PATCHES:
        raise error(source, "too-large", f"it has more than {MOST_PATCHES:,} patches")
    for name in names:
        applied = _apply(git, read_patch(project, source, path / name), target)
        if isinstance(applied, str):
            shown = os.path.join(str(source.config["path"]), name)
            raise _not_applied(source, shown, applied)


def _not_applied(source: Source, patch: str, complaint: str) -> ProjectError:
    return error(
        source,
        "checkout-failed",
        f"the patch '{patch}' does not apply to the junction's files: {complaint}",
        fix="compare the patch with the commit that the junction's ref pins",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    moved: bool
    """Whether a hunk was found at other lines than the patch says, if `--verbose` was given."""


def _apply(
    git: Git, patch: bytes, target: Path, *arguments: str, plain: bool = False
) -> _Applied | str:
    """Apply `patch`, all of it or nothing; return the first line that git complains with."""
    try:
        result = git.apply(patch, target, *arguments, plain=plain)
    except subprocess.TimeoutExpired:
        return f"git took more than {TIME_LIMIT:.0f} seconds"
    told = result.stderr.decode("utf-8", "backslashreplace").splitlines()
    if result.returncode == 0:
        return _Applied(moved=any(_MOVED.match(line) for line in told))
    found = next((match for line in told if (match := _COMPLAINT.match(line))), None)
    return found[1] if found else f"git ended with status {result.returncode}"
