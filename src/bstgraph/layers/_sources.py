"""The files of an import, from its sources."""

from __future__ import annotations

import posixpath

from bstgraph.files import Directory, File, tree_of
from bstgraph.keys import FileStore, project_files
from bstgraph.kinds import KeyGapError
from bstgraph.layers._staging import Root, StagingError
from bstgraph.model import Element, ProjectConf, Source


class SourceGapError(Exception):
    """What a source holds cannot be known; its text says why."""


def import_tree(
    element: Element, conf: ProjectConf | None, files: FileStore, *, source: str, target: str
) -> Directory:
    """Return the files of an import: what lies at `source` in its sources, put at `target`.

    Raises:
        SourceGapError: they cannot be known from what is at hand.
        StagingError: BuildStream cannot build it.
    """
    if conf is None:
        raise SourceGapError("its project is not at hand")
    root = Root()
    for one in element.staged_sources:
        root.stage(_source_tree(one, conf, files), 0, one.directory, sources=True)
    found: Directory | None = root.tree()
    for name in filter(None, source.strip("/").split("/")):
        below = found.entries.get(name) if found is not None else None
        found = below if isinstance(below, Directory) else None
    if found is None:
        raise StagingError(source.strip("/"), "its sources have no such directory")
    if not found.entries:
        raise StagingError(source.strip("/"), "no files were found there")
    output = Root()
    output.stage(found, 0, target.strip("/"))
    return output.tree()


def _source_tree(source: Source, conf: ProjectConf, files: FileStore) -> Directory:
    view = project_files(files.project(str(conf.directory)), conf.left_out)
    path = source.config.get("path")
    try:
        match source.kind:
            case "local" if isinstance(path, str):
                return view.tree(path)
            case "workspace" if isinstance(path, str):
                tree = view.workspace_tree(path)
                if tree is None:
                    raise SourceGapError(f"the workspace {path} is not there")
                return tree
            case "remote":
                return _remote(source)
    except KeyGapError as gap:
        raise SourceGapError(str(gap)) from gap
    raise SourceGapError(f"what a source of kind '{source.kind}' holds is not known here")


def _remote(source: Source) -> Directory:
    """Return the one file that is downloaded: its content is known by its digest alone."""
    ref, name = source.config.get("ref"), source.config.get("filename")
    if not isinstance(name, str):
        name = posixpath.basename(source.url or "").strip()
    if name in {"", ".", ".."} or "/" in name or not isinstance(ref, str):
        raise SourceGapError("the name or the digest of what is downloaded is not known")
    executable = str(source.config.get("executable", "")) in {"True", "true", "1"}
    return tree_of([(name, File(ref, -1, executable))])
