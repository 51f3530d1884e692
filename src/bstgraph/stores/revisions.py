"""Git revisions of a project: a name like `main~2` to a commit, and its files in a folder.

Names are looked up here, in the files below `.git`: git itself would read the configuration of the
repository, which can name programs to run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bstgraph.errors import SelectionError
from bstgraph.stores._command import Git, ObjectReader
from bstgraph.stores._temporary import TemporaryFolders
from bstgraph.stores.git import GitClones, clone_at, git_directories, line_of

# What git allows in the name of a ref, and `~N` and `^N` after it.
_REVISION: Final = re.compile(
    r"(?P<base>[^\x00-\x20\x7f~^:?*\[\\]+?)(?P<steps>(?:[~^][0-9]{0,6}){0,20})"
)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ABBREVIATED: Final = re.compile(r"[0-9a-f]{4,40}")
_PLACES: Final = (
    "{}",
    "refs/{}",
    "refs/tags/{}",
    "refs/heads/{}",
    "refs/remotes/{}",
    "refs/remotes/{}/HEAD",
)
"""Where git looks for a name, in its order."""
_MOST_SYMBOLIC: Final = 5
_LARGEST_REFS: Final = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The files of a project as they were in one commit."""

    commit: str
    directory: Path
    """The folder of the project in the checkout."""
    gaps: tuple[str, ...]
    """What the repository lacks of the commit."""
    left_out: tuple[str, ...]
    """Paths in the project that a work tree has and the checkout lacks."""


class Repository:
    """The git repository that a folder of a project lies in."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        """Find it at `directory` or above; raise SelectionError (`unknown-revision`)."""
        start = Path(os.path.realpath(directory))
        for folder in (start, *start.parents):
            directories = git_directories(folder)
            if directories is not None and clone_at(folder) is not None:
                self._own, self._main = directories
                self._top = folder
                self._inside = start.relative_to(folder)
                return
        raise SelectionError(
            "unknown-revision", f"{directory} is in no git repository", fix="name two folders"
        )

    def commit(self, revision: str) -> str:
        """Return the commit that a revision means: 40 hex digits.

        A revision is the name of a branch or tag, `HEAD` or `@`, or a commit, which may be
        abbreviated; `~N` and `^N` may follow.

        Raises:
            SelectionError: there is no such revision (`unknown-revision`).
            ProjectError: the repository cannot be read.
        """
        match = _REVISION.fullmatch(revision)
        if match is not None:
            for base in self._bases("HEAD" if match["base"] == "@" else match["base"]):
                with self.objects() as reader:
                    name = f"{base}{match['steps']}^{{commit}}"
                    ((_, found),) = reader.read([name])
                if found is not None and found.type == "commit":
                    return found.id
        raise SelectionError(
            "unknown-revision",
            f"there is no revision '{revision}' in {self._top}",
            fix=self._advice(),
        )

    def checkout(self, revision: str, folders: TemporaryFolders) -> Checkout:
        """Write the files of a revision into a new folder of `folders`.

        Raises:
            SelectionError, ProjectError: as `commit`; `checkout-failed`, `too-large`.
        """
        commit = self.commit(revision)
        folder = folders.new(commit)
        clones = GitClones([self._top])
        gaps = clones.checkout(commit, folder, submodules=True)
        inside = "" if self._inside == Path() else f"{self._inside.as_posix()}/"
        missing = (".git", *clones.left_out(folder))
        return Checkout(
            commit=commit,
            directory=folder / self._inside,
            gaps=gaps,
            left_out=tuple(p.removeprefix(inside) for p in missing if p.startswith(inside)),
        )

    @property
    def shallow(self) -> bool:
        """Whether it was cloned without all of its commits."""
        return (self._main / "shallow").is_file()

    @contextmanager
    def objects(self) -> Iterator[ObjectReader]:
        """Give a reader of its objects."""
        with Git().objects(self._main / "objects") as reader:
            yield reader

    def _advice(self) -> str:
        """Return what to do about a revision that is not found."""
        head = line_of(self._own / "HEAD") or ""
        branch = head.removeprefix("ref: ")
        if branch.startswith("refs/") and ".." not in branch:
            head = line_of(self._main / branch) or ""
        if _SHA256.fullmatch(head):
            return "name two folders: repositories with SHA-256 are not read here"
        if (self._main / "reftable").is_dir():
            return "give a commit: names that are kept in a reftable are not read here"
        if self.shallow:
            return "the clone is shallow: fetch more of it, or give a later commit"
        return "give a branch, a tag, HEAD or a commit, such as HEAD~1"

    def _bases(self, name: str) -> Iterator[str]:
        """Yield what `name` can be: what a ref says, then an abbreviated commit."""
        found = self._ref(name)
        if found is not None:
            yield found
        if _ABBREVIATED.fullmatch(name):
            yield name

    def _ref(self, name: str) -> str | None:
        for _ in range(_MOST_SYMBOLIC):
            if ".." in name or name.startswith(("/", ".")) or "//" in name:
                return None
            text = next(filter(None, map(self._stored, (p.format(name) for p in _PLACES))), None)
            if text is None or not text.startswith("ref: "):
                return text if text is not None and _COMMIT.fullmatch(text) else None
            name = text.removeprefix("ref: ")
        return None

    def _stored(self, place: str) -> str | None:
        """Return what is stored under the full name of a ref: a commit, or `ref: NAME`."""
        for folder in dict.fromkeys((self._own, self._main)):
            text = line_of(folder / place)
            if text is not None and (text.startswith("ref: ") or _COMMIT.fullmatch(text)):
                return text
        return self._packed().get(place)

    def _packed(self) -> dict[str, str]:
        path = self._main / "packed-refs"
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST_REFS:
                return {}
            text = path.read_text("utf-8", "replace")
        except OSError:
            return {}
        pairs = (line.split(" ", 1) for line in text.splitlines() if line[:1] not in ("#", "^"))
        return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}
