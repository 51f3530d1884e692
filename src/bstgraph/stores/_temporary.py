"""Temporary folders that go away by themselves."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self


class TemporaryFolders:
    """A holder of temporary folders: they live as long as it does.

    They are removed when it is closed, left as a context, garbage collected, or when Python exits,
    and only by the process that made them. The parent folder is private to the user.
    """

    def __init__(self, parent: Path | None = None) -> None:
        """Make nothing yet; `parent` is where to (the system's temporary folder by default)."""
        self._parent = parent
        self._folder: Path | None = None
        self._count = 0
        self._finalize: weakref.finalize[[Path, int], TemporaryFolders] | None = None

    def new(self, name: str) -> Path:
        """Return a new empty folder, with `name` somewhere in its path."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="bstgraph-", dir=self._parent)).resolve()
            self._finalize = weakref.finalize(self, _remove, self._folder, os.getpid())
        self._count += 1
        readable = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.")[:80]
        folder = self._folder / f"{self._count}-{readable}"
        folder.mkdir(mode=0o700)
        return folder

    def close(self) -> None:
        """Remove the folders; the holder may be used again."""
        if self._finalize is not None:
            self._finalize()
        self._folder = self._finalize = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _remove(folder: Path, owner: int) -> None:
    """Remove `folder`, unless this is a forked child of the process `owner` that made it."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
