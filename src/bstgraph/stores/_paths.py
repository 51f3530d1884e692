"""Paths that a source names, and reading what they name."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path
from typing import Final

from bstgraph.errors import ProjectError, Slug
from bstgraph.kinds import PathKind
from bstgraph.model import Source
from bstgraph.project import check_path

LARGEST_PATCH: Final = 64 * 2**20
"""Bytes of the largest patch that is read."""


def error(source: Source, slug: Slug, message: str, *, fix: str | None = None) -> ProjectError:
    """Return an error at the place where `source` is written."""
    message = f"{source.kind} source: {message}"
    return ProjectError(slug, message, at=source.provenance, fix=fix)


def project_path(project_directory: Path, source: Source, *, kind: PathKind = "any") -> Path:
    """Return the resolved path that the `path` of `source` names.

    Raises:
        ProjectError: BuildStream's rules for paths of a project forbid it.
    """
    text = source.config.get("path")
    if not isinstance(text, str):
        raise error(source, "missing-key", "it needs a 'path'")
    root = os.path.realpath(project_directory)
    path = os.path.join(root, text)
    check_path(path, text, root=root, kind=kind, refusal=partial(error, source))
    return Path(os.path.realpath(path))


def read_patch(project_directory: Path, source: Source, path: Path) -> bytes:
    """Return the bytes of a patch: a regular file inside the project."""
    project = project_directory.resolve()
    shown = os.path.relpath(path, project)
    try:
        if not path.resolve(strict=True).is_relative_to(project):
            raise error(source, "outside-project", f"the patch '{shown}' lies outside the project")
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise error(source, "not-a-file", f"the patch '{shown}' is no regular file")
            content = file.read(LARGEST_PATCH + 1)
    except IsADirectoryError as problem:
        raise error(source, "not-a-file", f"the patch '{shown}' is a directory") from problem
    except (OSError, RuntimeError) as problem:
        raise error(source, "unreadable-file", f"the patch '{shown}' cannot be read") from problem
    if len(content) > LARGEST_PATCH:
        raise error(source, "too-large", f"the patch '{shown}' is over {LARGEST_PATCH:,} bytes")
    return content
