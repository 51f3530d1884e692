"""Reading one file of a project, without ever waiting for it or running out of memory."""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

from bstgraph.errors import ProjectError, Slug
from bstgraph.provenance import Provenance
from bstgraph.yaml._nodes import SourceFile

MAX_BYTES: Final = 8 * 2**20
"""Largest file that is read as YAML; real ones stay below 2**19."""

_REASONS: Final[dict[int, tuple[Slug, str]]] = {
    errno.ENOENT: ("missing-file", "no such file"),
    errno.ENOTDIR: ("missing-file", "no such file"),
    errno.EACCES: ("unreadable-file", "permission denied"),
    errno.ELOOP: ("unreadable-file", "a loop of symbolic links"),
    errno.ENAMETOOLONG: ("missing-file", "the name is too long"),
    errno.ENXIO: ("not-a-file", "not a regular file"),
}


def read(path: str, name: str, *, project: str = "", at: Provenance | None = None) -> SourceFile:
    """Return the file at `path`, called `name` in messages.

    `at` is the place that asked for it; errors point there, or at the file without one.

    Raises:
        ProjectError: `missing-file`, `unreadable-file`, `not-a-file` (a directory, a fifo),
            `too-large`, `invalid-yaml` (not UTF-8).
    """
    data = read_bytes(path, name, at=at)
    try:
        text = data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ProjectError(
            "invalid-yaml", "the file is not UTF-8", at=Provenance(name, line, column)
        ) from None
    return SourceFile(name, text.replace("\r\n", "\n").replace("\r", "\n"), project=project)


def read_bytes(
    path: str, name: str, *, at: Provenance | None = None, limit: int = MAX_BYTES
) -> bytes:
    """Return the content of a file of at most `limit` bytes, called `name` in messages.

    Raises:
        ProjectError: as `read`, but for `invalid-yaml`.
    """
    at = at or Provenance(name, 1, 1)
    try:
        # Without O_NONBLOCK, opening a fifo waits for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError:
        raise ProjectError("missing-file", f"'{name}' is no file name", at=at) from None
    except OSError as error:
        slug, reason = _REASONS.get(error.errno or 0, ("unreadable-file", str(error.strerror)))
        raise ProjectError(slug, f"cannot read {name}: {reason}", at=at) from None
    # Not fdopen: it raises for a directory, and leaves the handle open.
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            what = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
            raise ProjectError("not-a-file", f"cannot read {name}: it is {what}", at=at)
        with open(handle, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    except OSError as error:
        reason = f"cannot read {name}: {error.strerror}"
        raise ProjectError("unreadable-file", reason, at=at) from None
    finally:
        os.close(handle)
    if len(data) > limit:
        raise ProjectError("too-large", f"{name} is larger than {limit} bytes", at=at)
    return data
