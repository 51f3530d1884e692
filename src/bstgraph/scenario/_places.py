"""What files of a project are called, and which of them are read in which way."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from bstgraph import names
from bstgraph.errors import SelectionError
from bstgraph.model import Project
from bstgraph.names import ElementName

_CONF_FILES: Final = ("project.conf", "project.refs", "junction.refs")
_LAID_OVER: Final = frozenset(("local", "patch", "patch_queue"))


def file_of(name: str, project: Project) -> str:
    """Return how messages call the file of an element, which need not be there."""
    found = project.elements.get(ElementName(name)) or project.junctions.get(ElementName(name))
    if found is not None and found.provenance is not None:
        return found.provenance.path
    junction, local = names.split(name)
    conf = project.projects.get(junction)
    if conf is None:
        raise SelectionError("unknown-element", f"no project is loaded behind '{junction}'")
    path = posixpath.normpath(posixpath.join(conf.element_path, local))
    return f"{junction}:{path}" if junction else path


def split(name: str, project: Project) -> tuple[str, str]:
    """Return the junction and the path in its project of a file as messages call it."""
    found = [j for j in project.projects if j and name.startswith(f"{j}:")]
    junction = max(found, key=len, default="")
    path = name.removeprefix(f"{junction}:") if junction else name
    behind = path.rpartition(":")[0]
    if behind.endswith(".bst"):
        raise SelectionError("unknown-element", f"no project is loaded behind '{behind}'")
    path = posixpath.normpath(path)
    if path.startswith(("/", "../")) or path in (".", ".."):
        raise ValueError(f"'{name}' is no file of the project: give its path in there")
    return junction, path


def spellings(name: str, project: Project) -> Iterator[str]:
    """Yield all that messages call a file, which may lie in several projects."""
    junction, path = split(name, project)
    yield f"{junction}:{path}" if junction else path
    full = project.projects[junction].directory / path
    for conf in project.projects.values():
        if conf.junction != junction and full.is_relative_to(conf.directory):
            inside = full.relative_to(conf.directory).as_posix()
            yield f"{conf.junction}:{inside}" if conf.junction else inside


def yaml_files(project: Project) -> frozenset[str]:
    """Return the files that are read as YAML, as far as that is known before another load."""
    found: set[str] = set()
    for element in project.elements.values():
        found.update(element.files)
    for conf in project.projects.values():
        found.update(conf.files)
        prefix = f"{conf.junction}:" if conf.junction else ""
        found.update(prefix + name for name in _CONF_FILES)
    return frozenset(found)


def plugin_files(project: Project) -> Iterator[str]:
    for element in project.elements.values():
        for plugin in (element.plugin, *(source.plugin for source in element.sources)):
            if plugin is not None and plugin.file:
                yield plugin.file


def laid_over(project: Project) -> Iterator[tuple[str, str]]:
    """Yield (path, junction) for what was copied to make the folder of a junction."""
    for junction in project.junctions.values():
        sources = junction.sources
        in_place = [source.kind for source in sources] == ["local"]
        if in_place or junction.supplied_by in ("mapping", "workspace"):
            continue
        above = names.split(junction.name)[0]
        for source in sources:
            path = source.config.get("path")
            if source.kind in _LAID_OVER and isinstance(path, str):
                inside = posixpath.normpath(path)
                yield f"{above}:{inside}" if above else inside, junction.name
