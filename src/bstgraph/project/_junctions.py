"""Where the files of the project behind a junction are.

In this order: what the caller gives for the junction, its open workspace, its `local` sources, and
last the pinned commit in one of the caller's git clones, with the junction's own patches on it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from bstgraph.errors import ProjectError
from bstgraph.model import Source, Workspace
from bstgraph.project._includes import MissingJunctionError
from bstgraph.project._paths import is_inside
from bstgraph.project._state import JunctionElement

_OVERLAYS: Final = frozenset(("local", "patch", "patch_queue"))


class Staged(NamedTuple):
    """The files of a junction that were laid out."""

    folder: Path
    gaps: tuple[str, ...] = ()
    """What is known to be missing."""
    left_out: tuple[str, ...] = ()
    """The paths of what is missing; an empty one says that anything may be."""


class Checkouts(Protocol):
    """Whatever can lay out the files of a junction in a temporary folder; it stays as it is."""

    def commit(
        self, ref: str, project: Path, sources: Sequence[Source], *, submodules: bool, inside: str
    ) -> Staged | None:
        """Return a folder with the commit that `ref` pins at `inside`; None when nothing has it.

        Laid over the commit are the local, patch and patch_queue sources of `project` given.
        """

    def local(self, project: Path, sources: Sequence[Source]) -> Staged:
        """Return a folder with the local, patch and patch_queue sources of `project` alone."""


def locate(junction: JunctionElement, given: Mapping[str, str], checkouts: Checkouts) -> Path:
    """Find the directory of the subproject and keep it.

    Raises:
        ProjectError: the files are there but wrong (`checkout-failed`, `invalid-junction`).
        MissingJunctionError: nothing supplies them.
    """
    folder = _folder(junction, given, checkouts)
    path = Path(os.path.normpath(folder / junction.path)) if junction.path else folder
    try:
        real, root = os.path.realpath(path), os.path.realpath(folder)
    except ValueError:
        message = f"the path '{junction.path}' is no folder name"
        raise junction.error("invalid-junction", message) from None
    if not is_inside(real, (root,)):
        raise junction.error(
            "outside-project", f"the path '{junction.path}' leaves the junction's files"
        )
    junction.directory = path
    top = _inside(junction.path)
    below = (path.removeprefix(f"{top}/" if top else "") for path in junction.left_out)
    junction.left_out = list(below)
    return path


def _folder(junction: JunctionElement, given: Mapping[str, str], checkouts: Checkouts) -> Path:
    mapped = given.get(junction.name)
    if mapped is not None:
        junction.supplied_by = "mapping"
        folder = Path(mapped)
        if not folder.is_dir():
            message = f"the folder given for '{junction.name}' is not there: {mapped}"
            raise junction.error("checkout-failed", message)
        workspace = junction.workspace
        if workspace is not None and not _same(workspace.path, folder):
            junction.project_gaps.append(
                f"BuildStream reads '{junction.name}' from its open workspace {workspace.path}, "
                f"not from {mapped}"
            )
        return folder
    if junction.workspace is not None:
        junction.supplied_by = "workspace"
        return _workspace(junction, junction.workspace)
    own = Path(junction.project.directory)
    kinds = [source.kind for source in junction.sources]
    if kinds == ["local"] and (own / str(junction.sources[0].config["path"])).is_dir():
        junction.supplied_by = "local"
        return own / str(junction.sources[0].config["path"])
    if all(kind in _OVERLAYS for kind in kinds) and kinds:
        junction.supplied_by = "local"
        laid = checkouts.local(own, junction.sources)
        junction.gaps += laid.gaps
        return laid.folder
    return _checkout(junction, checkouts, own)


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.realpath(one) == os.path.realpath(other)
    except ValueError:
        return False


def _workspace(junction: JunctionElement, workspace: Workspace) -> Path:
    """Return the folder of the workspace that BuildStream reads instead of a junction's sources."""
    project = junction.project
    try:
        real = os.path.realpath(workspace.path)
    except ValueError:
        message = f"the workspace of '{junction.name}' is no folder name"
        raise ProjectError("invalid-junction", message, at=workspace.provenance) from None
    if not is_inside(real, (project.loader.toplevel.real_directory, *project.session.allowed)):
        raise MissingJunctionError(
            junction.name,
            f"the open workspace of junction '{junction.name}' is outside the project; "
            f"give --allow {real}",
        )
    if not os.path.isdir(real):
        message = f"the workspace of '{junction.name}' is no folder: {workspace.path}"
        raise ProjectError("invalid-junction", message, at=workspace.provenance)
    return workspace.path


def _checkout(junction: JunctionElement, checkouts: Checkouts, own: Path) -> Path:
    others = [source for source in junction.sources if source.kind not in _OVERLAYS]
    refs = [str(s.config.get("ref", "")) for s in others if s.kind.startswith("git")]
    if len(others) == 1 and refs and junction.sources[0] is others[0]:
        if not refs[0]:
            raise junction.error("invalid-junction", f"the junction '{junction.name}' has no ref")
        found = checkouts.commit(
            refs[0],
            own,
            junction.sources[1:],
            # Of the git kinds, git_repo alone leaves submodules empty.
            submodules=others[0].kind != "git_repo",
            inside=_inside(others[0].directory),
        )
        if found is not None:
            junction.supplied_by = "git"
            junction.gaps += found.gaps
            junction.left_out += found.left_out
            return found.folder
    wanted = f" at {refs[0]}" if refs else ""
    fix = f"--junction {junction.name}=DIR" + (" or --search DIR_OF_CLONES" if refs else "")
    raise MissingJunctionError(
        junction.name,
        f"the files of junction '{junction.name}'{wanted} are not at hand; give {fix}",
    )


def _inside(directory: str) -> str:
    """Return where a source is staged, relative to the top."""
    return os.path.normpath("/" + directory).lstrip("/")
