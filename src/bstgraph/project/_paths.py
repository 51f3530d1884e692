"""Paths of a project: what may be read, and what leaves the project."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import Literal

from bstgraph.errors import ProjectError, Slug
from bstgraph.provenance import Provenance
from bstgraph.yaml import ScalarNode

PathKind = Literal["any", "file", "directory"]


def is_inside(path: str, folders: Sequence[str]) -> bool:
    """Return whether the resolved `path` is one of the resolved `folders` or below one."""
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def require_inside(
    path: str, root: str, allowed: Sequence[str], *, name: str, at: Provenance | None
) -> str:
    """Return the resolved `path`; raise ProjectError (`outside-project`) when it leaves `root`.

    `root` and `allowed` are resolved. BuildStream follows such paths; we only do so for folders
    that the caller allows.
    """
    try:
        real = os.path.realpath(path)
    except (OSError, ValueError):
        raise ProjectError("missing-file", f"cannot resolve {name!r}", at=at) from None
    if is_inside(real, (root, *allowed)):
        return real
    raise ProjectError(
        "outside-project",
        f"'{name}' is outside the project (BuildStream would follow it, bstgraph does not)",
        at=at,
        fix=f"allow its folder: --allow {os.path.dirname(real)}",
    )


def project_path(node: ScalarNode, directory: str, *, kind: PathKind = "any") -> str:
    """Return the absolute path that `node` names in the project at `directory`.

    The rules, and their order, are those of BuildStream's project paths: not a symbolic link, no
    `..` at its start, existing, inside the project, not absolute, of the right kind.

    Raises:
        ProjectError: `outside-project`, `missing-file` or `not-a-file`.
    """
    text = node.as_str()
    path = os.path.join(directory, text)

    def fail(slug: Slug, message: str) -> ProjectError:
        return node.error(slug, f"the path '{text}' {message}")

    if "\0" in text:
        raise fail("missing-file", "does not exist")
    if os.path.islink(path.rstrip("/")):
        raise fail("outside-project", "is a symbolic link")
    if text.split("/", 1)[0] == "..":
        raise fail("outside-project", "leaves the project")
    if not os.path.lexists(path):
        raise fail("missing-file", "does not exist")
    if not is_inside(os.path.realpath(path), (os.path.realpath(directory),)):
        raise fail("outside-project", "leaves the project")
    if os.path.isabs(text):
        raise fail("outside-project", "is absolute")
    mode = os.stat(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise fail("not-a-file", "is neither a file nor a directory")
    if kind == "file" and not stat.S_ISREG(mode):
        raise fail("not-a-file", "is not a regular file")
    if kind == "directory" and not stat.S_ISDIR(mode):
        raise fail("not-a-file", "is not a directory")
    return path
