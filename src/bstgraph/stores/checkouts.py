"""Temporary checkouts of junctions: a pinned commit, and what a junction lays over it."""

from __future__ import annotations

import posixpath
from collections.abc import Hashable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from bstgraph.kinds import KeyGapError
from bstgraph.model import Source
from bstgraph.project import Staged
from bstgraph.stores._temporary import TemporaryFolders
from bstgraph.stores.content import Contents
from bstgraph.stores.git import GitClones, commit_of
from bstgraph.stores.overlay import overlay
from bstgraph.yaml import ParsedFiles


class TemporaryCheckouts(TemporaryFolders):
    """Checkouts from the git clones below some search roots, removed when this object goes."""

    def __init__(self, search: Iterable[Path | str] = (), *, parent: Path | None = None) -> None:
        """Remember the search roots; raises SelectionError for one that is no directory.

        The folders are made in `parent`, by default in the system's temporary folder.
        """
        super().__init__(parent)
        self.clones = GitClones(search)

    def commit(
        self,
        ref: str,
        project: Path = Path(),
        sources: Sequence[Source] = (),
        *,
        submodules: bool = True,
        inside: str = "",
    ) -> Staged | None:
        """Return a folder with the files of the commit that `ref` pins, and sources laid over it.

        None when it pins no commit, or no clone holds that.

        Args:
            ref: a ref as the git kinds write it.
            project: the folder of the project that the sources are of.
            sources: its local, patch and patch_queue sources; those of other kinds are passed over.
            submodules: whether the kind of source fills submodules; they are left empty here, and
                then that is a gap.
            inside: where in the folder the commit lies.
        """
        commit = commit_of(ref)
        if commit is None or self.clones.find(commit) is None:
            return None
        whole = self.new(ref)
        folder = whole
        for part in PurePosixPath(inside).parts:
            # One after the other: what somebody takes away meanwhile is not made again.
            folder = folder / part
            folder.mkdir()
        gaps = self.clones.checkout(commit, folder, submodules=submodules)
        # BuildStream stages the git directory too.
        missing = [".git", *self.clones.left_out(folder)]
        laid = overlay(project, sources, whole)
        left_out = [posixpath.join(inside, path) for path in missing]
        if laid:
            # What a patch leaves behind may lie anywhere.
            left_out.append("")
        return Staged(whole, (*gaps, *laid), tuple(left_out))

    def local(self, project: Path, sources: Sequence[Source]) -> Staged:
        """Return a new folder with the local, patch and patch_queue sources of `project`."""
        folder = self.new("sources")
        return Staged(folder, overlay(project, sources, folder))


class SharedFiles:
    """Files of several loads, one after the other: the same is laid out and parsed once.

    A checkout is the same with the same sources over it, down to their content. The folders live
    as long as this object, or as what was loaded with it; it grows with each load.
    """

    def __init__(self, parent: Path | None = None) -> None:
        """Make nothing yet; `parent` is where to (the system's temporary folder by default)."""
        self.parsed = ParsedFiles()
        self.parent = parent
        self._made: dict[tuple[str, ...], _Remembering] = {}

    def checkouts(self, search: Iterable[str]) -> TemporaryCheckouts:
        """Return the checkouts from the clones below these roots.

        Raises:
            SelectionError: one is no directory.
        """
        roots = tuple(search)
        if roots not in self._made:
            self._made[roots] = _Remembering(roots, parent=self.parent)
        return self._made[roots]


class _Remembering(TemporaryCheckouts):
    """Checkouts that are the same the second time."""

    def __init__(self, search: Iterable[Path | str], *, parent: Path | None) -> None:
        super().__init__(search, parent=parent)
        self._known: dict[Hashable, Staged] = {}

    def commit(
        self,
        ref: str,
        project: Path = Path(),
        sources: Sequence[Source] = (),
        *,
        submodules: bool = True,
        inside: str = "",
    ) -> Staged | None:
        """Return what the same call returned before, as long as all that it reads is the same."""
        try:
            laid = tuple(_identity(project, sources))
        except KeyGapError:
            # What cannot be told apart is laid out each time; errors are told there.
            return super().commit(ref, project, sources, submodules=submodules, inside=inside)
        key = (ref, laid, submodules, inside)
        found = self._known.get(key)
        if found is None:
            found = super().commit(ref, project, sources, submodules=submodules, inside=inside)
            if found is not None:
                self._known[key] = found
        return found


def _identity(project: Path, sources: Sequence[Source]) -> Iterator[Hashable]:
    """Yield what identifies each source and the files that it lays.

    Raises:
        KeyGapError: its files cannot be told apart: they cannot be read, or lead elsewhere.
    """
    files = Contents().project(project)
    for source in sources:
        path = source.config.get("path")
        if not isinstance(path, str):
            raise KeyGapError("it has no path")
        read = tuple(files.tree_files(path).items())
        if any(what.startswith("->") for _, what in read):
            raise KeyGapError("it has links")
        yield source.kind, source.directory, repr(source.config), read
