"""The files of a project whose checkout lacks some of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bstgraph.files import Directory
from bstgraph.kinds import KeyGapError, ProjectFiles


class KeyFiles(ProjectFiles, Protocol):
    """The files of one project, and the workspaces that are open in it."""

    def tree(self, path: str) -> Directory:
        """Return what `tree_digest` is the digest of."""

    def workspace_digest(self, path: str, *, folder_times: bool = True) -> str | None:
        """Return the hash of a directory with the times in it; None where there is none."""

    def workspace_files(
        self, path: str, *, folder_times: bool = True
    ) -> Mapping[str, tuple[str, int | None]]:
        """Return what `workspace_digest` depends on: paths -> what is there, when it changed."""

    def workspace_tree(self, path: str) -> Directory | None:
        """Return what a workspace holds; None where there is no directory."""


class PartialFiles:
    """Files of a project, but for folders that BuildStream would find more in."""

    def __init__(self, files: KeyFiles, left_out: Iterable[str]) -> None:
        """Look at `files`; `left_out` are paths in the project, an empty one stands for any."""
        self._files = files
        self._left_out = tuple(left_out)

    def tree_digest(self, path: str) -> str:
        """Return the digest of a folder; raise KeyGapError for one that lacks something."""
        self._require_whole(path)
        return self._files.tree_digest(path)

    def tree_files(self, path: str) -> Mapping[str, str]:
        """Return the files of a folder; raise KeyGapError for one that lacks something."""
        self._require_whole(path)
        return self._files.tree_files(path)

    def tree(self, path: str) -> Directory:
        """Return what is in a folder; raise KeyGapError for one that lacks something."""
        self._require_whole(path)
        return self._files.tree(path)

    def sha256(self, path: str) -> str:
        """Return the hex SHA-256 of a file; raise KeyGapError for one that is left out."""
        self._require_whole(path)
        return self._files.sha256(path)

    def names(self, path: str) -> Sequence[str]:
        """Return the names in a folder; raise KeyGapError for one that lacks something."""
        self._require_whole(path)
        return self._files.names(path)

    def home_digest(self, path: str) -> str:
        """Return the digest of what lies below the user's home, not in the project."""
        return self._files.home_digest(path)

    def workspace_digest(self, path: str, *, folder_times: bool = True) -> str | None:
        """Raise KeyGapError: the times in a checkout are those of the checkout."""
        del folder_times
        raise KeyGapError(_no_times(path))

    def workspace_files(
        self, path: str, *, folder_times: bool = True
    ) -> Mapping[str, tuple[str, int | None]]:
        """Raise KeyGapError, as `workspace_digest`."""
        del folder_times
        raise KeyGapError(_no_times(path))

    def workspace_tree(self, path: str) -> Directory | None:
        """Return what a workspace holds, as the times in it do not matter here."""
        return self._files.workspace_tree(path)

    def _require_whole(self, path: str) -> None:
        folder = posixpath.normpath(path)
        for missing in self._left_out:
            if folder == "." or not missing or f"{missing}/".startswith(f"{folder}/"):
                what = f"'{missing}'" if missing else "what a patch leaves behind"
                raise KeyGapError(f"'{path}' lacks {what} as BuildStream finds it there")


def _no_times(path: str) -> str:
    return f"'{path}' is a workspace: its times of change are not in what was checked out"


def project_files(files: KeyFiles, left_out: Iterable[str]) -> KeyFiles:
    """Return the files of a project that lacks `left_out`, if it lacks anything."""
    missing = tuple(left_out)
    return PartialFiles(files, missing) if missing else files
