"""Paths of a project: what may be read, and what leaves the project."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import PurePath
from typing import Protocol

from bstgraph.errors import ProjectError, Slug
from bstgraph.kinds import PathKind
from bstgraph.provenance import Provenance
from bstgraph.yaml import ScalarNode


def is_inside(path: str, folders: Sequence[str]) -> bool:
    """Return whether the resolved `path` is one of the resolved `folders` or below one."""
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _resolved(path: str, root: str) -> str:
    """Return `path` without symbolic links; `root` is resolved.

    Thousands of files are asked for, nearly all of them below `root` and none a link: looking at
    the parts below it is several times cheaper than `realpath`.
    """
    prefix = root.rstrip("/") + "/"
    current = prefix[:-1]
    for part in path[len(prefix) :].split("/") if path.startswith(prefix) else ("",):
        current = f"{current}/{part}"
        if part in ("", ".", "..") or os.path.islink(current):
            return os.path.realpath(path)
    return path


def require_inside(
    path: str, root: str, allowed: Sequence[str], *, name: str, at: Provenance | None
) -> str:
    """Return the resolved `path`; raise ProjectError (`outside-project`) when it leaves `root`.

    `root` and `allowed` are resolved. BuildStream follows such paths; we only do so for folders
    that the caller allows.
    """
    try:
        real = _resolved(path, root)
    except (OSError, ValueError):
        raise ProjectError("missing-file", f"'{name}' is no file name", at=at) from None
    if is_inside(real, (root, *allowed)):
        return real
    raise ProjectError(
        "outside-project",
        f"'{name}' is outside the project (BuildStream would follow it, bstgraph does not)",
        at=at or Provenance(name, 1, 1),
        fix=f"allow its folder: --allow {os.path.dirname(real)}",
    )


class Refusal(Protocol):
    """Makes the error about a path at the place where it is written."""

    def __call__(self, slug: Slug, message: str) -> ProjectError:
        """Return the error."""


def project_path(node: ScalarNode, directory: str, *, root: str, kind: PathKind = "any") -> str:
    """Return the absolute path that `node` names in the project at `directory`.

    `root` is that directory without symbolic links.

    Raises:
        ProjectError: as `check_path` says.
    """
    # From `root`: the directory itself may be a link.
    check_path(os.path.join(root, node.value), node.value, root=root, kind=kind, refusal=node.error)
    return os.path.join(directory, node.value)


def check_path(path: str, written: str, *, root: str, kind: PathKind, refusal: Refusal) -> None:
    """Check a path that a project names, as it is `written` and joined to the project's directory.

    The rules, and their order, are those of BuildStream's project paths: not a symbolic link, no
    `..` at its start, existing, inside the project, not absolute, of the right kind.

    Raises:
        ProjectError: `outside-project`, `missing-file`, `unreadable-file` or `not-a-file`.
    """
    if "\0" in path:
        raise refusal("missing-file", f"'{written}' is no file name")
    # BuildStream looks past a slash or a dot at the end.
    if os.path.islink(PurePath(path)):
        raise refusal("outside-project", f"the path '{written}' is a symbolic link")
    if written.split("/", 1)[0] == "..":
        raise refusal("outside-project", f"the path '{written}' leaves the project")
    try:
        mode = os.lstat(path).st_mode
    except PermissionError:
        raise refusal("unreadable-file", f"no permission to look at '{written}'") from None
    except (OSError, ValueError):
        raise refusal("missing-file", f"the path '{written}' does not exist") from None
    if not is_inside(_resolved(path, root), (root,)):
        raise refusal("outside-project", f"the path '{written}' leaves the project")
    if os.path.isabs(written):
        raise refusal("outside-project", f"the path '{written}' is absolute")
    if not _is_of_kind(mode, kind):
        wanted = {"any": "a file or a directory", "file": "a regular file"}
        message = f"the path '{written}' is not {wanted.get(kind, 'a directory')}"
        raise refusal("not-a-file", message)


def _is_of_kind(mode: int, kind: PathKind) -> bool:
    return (kind != "directory" and stat.S_ISREG(mode)) or (kind != "file" and stat.S_ISDIR(mode))


def _unreadable(error: OSError) -> None:
    # os.walk passes over what it cannot list, and the project would seem to be smaller.
    reason = f"cannot list {error.filename}: {error.strerror}"
    raise ProjectError("unreadable-file", reason) from None


def element_files(folder: str) -> list[str]:
    """Return the names of all element files below `folder`, sorted; links out are not followed."""
    found: list[str] = []
    for directory, folders, files in os.walk(folder, onerror=_unreadable):
        # Where BuildStream stages junctions.
        folders[:] = sorted(name for name in folders if name != ".bst")
        found += [
            os.path.relpath(os.path.join(directory, name), folder)
            for name in files
            if name.endswith(".bst")
        ]
    return sorted(found)
