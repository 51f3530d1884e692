"""Temporary checkouts of junctions: a pinned commit, and what a junction lays over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bstgraph.model import Source
from bstgraph.stores._temporary import TemporaryFolders
from bstgraph.stores.git import GitClones, commit_of
from bstgraph.stores.overlay import overlay


class TemporaryCheckouts(TemporaryFolders):
    """Checkouts from the git clones below some search roots, removed when this object goes."""

    def __init__(self, search: Iterable[Path | str] = ()) -> None:
        """Remember the search roots; raises SelectionError for one that is no directory."""
        super().__init__()
        self.clones = GitClones(search)
        self._gaps: dict[Path, tuple[str, ...]] = {}

    def commit(self, ref: str, *, submodules: bool = True) -> Path | None:
        """Return a new folder with the files of the commit that `ref` pins.

        None when it pins no commit, or no clone holds that. `submodules` says whether the kind of
        source fills submodules; they are left empty here, and then that is a gap.
        """
        commit = commit_of(ref)
        if commit is None or self.clones.find(commit) is None:
            return None
        folder = self.new(ref)
        self._gaps[folder] = self.clones.checkout(commit, folder, submodules=submodules)
        return folder

    def empty(self) -> Path:
        """Return a new, empty folder."""
        return self.new("sources")

    def gaps(self, folder: Path) -> tuple[str, ...]:
        """Return what the clone lacked for the checkout in `folder`."""
        return self._gaps.get(folder, ())

    def left_out(self, folder: Path) -> tuple[str, ...]:
        """Return the paths of what the clone lacked for the checkout in `folder`."""
        return self.clones.left_out(folder)

    def overlay(self, project: Path, sources: Sequence[Source], into: Path) -> tuple[str, ...]:
        """Lay the local, patch and patch_queue sources of `project` over `into`; return gaps."""
        return overlay(project, sources, into)
