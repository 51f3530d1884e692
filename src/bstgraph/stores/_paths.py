"""BuildStream's rules for paths that a source may name, and reading what they name."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final, Literal

from bstgraph.errors import ProjectError, Slug
from bstgraph.model import Source

LARGEST_PATCH: Final = 64 * 2**20
"""Bytes of the largest patch that is read."""

_KINDS: Final = {"file": stat.S_ISREG, "directory": stat.S_ISDIR}


def error(source: Source, slug: Slug, message: str, *, fix: str | None = None) -> ProjectError:
    """Return an error at the place where `source` is written."""
    message = f"{source.kind} source: {message}"
    return ProjectError(slug, message, at=source.provenance, fix=fix)


def project_path(
    project_directory: Path, source: Source, *, kind: Literal["file", "directory"] | None = None
) -> Path:
    """Return the resolved path that the `path` of `source` names.

    The rules are those of BuildStream: relative to the project, inside it, there, no symbolic link
    itself, a file or a directory; when `kind` is given, of that kind.
    """
    text = source.config.get("path")
    if not isinstance(text, str):
        raise error(source, "missing-key", "it needs a 'path'")
    if Path(text).is_absolute() or Path(text).parts[:1] == ("..",):
        raise error(source, "outside-project", f"the path '{text}' is not below the project")
    try:
        project = project_directory.resolve(strict=True)
        if (project / text).is_symlink():
            raise error(source, "not-a-file", f"the path '{text}' is a symbolic link")
        real = (project / text).resolve(strict=True)
        mode = real.stat().st_mode
    except PermissionError as problem:
        raise error(source, "unreadable-file", f"no permission to read '{text}'") from problem
    except (OSError, RuntimeError, ValueError) as problem:
        raise error(source, "missing-file", f"the path '{text}' does not exist") from problem
    if not real.is_relative_to(project):
        raise error(source, "outside-project", f"the path '{text}' leads outside of the project")
    wanted = (kind,) if kind else tuple(_KINDS)
    if not any(_KINDS[one](mode) for one in wanted):
        raise error(source, "not-a-file", f"the path '{text}' is no {' or '.join(wanted)}")
    return real


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
