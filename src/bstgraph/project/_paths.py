"""Paths of a project: what may be read, and what leaves the project."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from bstgraph.errors import ProjectError
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


def project_path(node: ScalarNode, directory: str, *, root: str, kind: PathKind = "any") -> str:
    """Return the absolute path that `node` names in the project at `directory`.

    `root` is that directory without symbolic links.

    The rules, and their order, are those of BuildStream's project paths: not a symbolic link, no
    `..` at its start, existing, inside the project, not absolute, of the right kind.

    Raises:
        ProjectError: `outside-project`, `missing-file` or `not-a-file`.
    """
    path = os.path.join(directory, node.value)
    if "\0" in path:
        raise node.error("missing-file", f"'{node.value}' is no file name")
    if os.path.islink(path.rstrip("/")):
        raise _bad_path(node, "is a symbolic link")
    if node.value.split("/", 1)[0] == "..":
        raise _bad_path(node, "leaves the project")
    mode = _mode(node, path)
    if not is_inside(_resolved(path, root), (root,)):
        raise _bad_path(node, "leaves the project")
    if os.path.isabs(node.value):
        raise _bad_path(node, "is absolute")
    _check_kind(node, mode, kind)
    return path


def _mode(node: ScalarNode, path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except PermissionError:
        raise node.error("unreadable-file", f"no permission to look at '{node.value}'") from None
    except (OSError, ValueError):
        raise node.error("missing-file", f"the path '{node.value}' does not exist") from None


def _bad_path(node: ScalarNode, message: str) -> ProjectError:
    return node.error("outside-project", f"the path '{node.value}' {message}")


def _check_kind(node: ScalarNode, mode: int, kind: PathKind) -> None:
    is_file, is_directory = stat.S_ISREG(mode), stat.S_ISDIR(mode)
    if (kind != "directory" and is_file) or (kind != "file" and is_directory):
        return
    wanted = {"any": "a file or a directory", "file": "a regular file", "directory": "a directory"}
    raise node.error("not-a-file", f"the path '{node.value}' is not {wanted[kind]}")


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
