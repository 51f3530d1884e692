"""Refs that live in `project.refs` and `junction.refs` instead of the element files."""

from __future__ import annotations

import os
from typing import Final, Literal

from bstgraph.errors import ProjectError
from bstgraph.project._options import OptionPool
from bstgraph.project._paths import require_inside
from bstgraph.project._session import Session
from bstgraph.yaml import MappingNode, parse, reject_directives

RefStorage = Literal["inline", "project.refs"]

_EMPTY: Final = MappingNode({}, None, 0, 0)


class Refs:
    """The refs of one file: project name -> element name -> one mapping per source."""

    def __init__(self, projects: MappingNode = _EMPTY) -> None:
        """Keep the `projects:` mapping."""
        self._projects = projects

    def lookup(self, project: str, element: str, index: int) -> MappingNode | None:
        """Return what is stored for the source `index` of an element, None when nothing is."""
        try:
            elements = self._projects.mapping(project)
            sources = elements.sequence(element) if elements is not None else []
        except ProjectError:
            # For BuildStream refs of another shape are none.
            return None
        return sources[index].as_mapping() if index < len(sources) else None


def load_refs(session: Session, path: str, shown: str, options: OptionPool) -> Refs:
    """Return the refs of the file at `path`, in the folder of its project; a missing one has none.

    Raises:
        ProjectError: the file cannot be read or is no refs file.
    """
    directory = os.path.dirname(path)
    if not session.has(path, shown):
        return Refs()
    path = require_inside(path, os.path.realpath(directory), (), name=shown, at=None)
    node = options.apply(parse(session.read(path, shown, project=directory)))
    node.only(("projects",))
    reject_directives(node)
    return Refs(node.mapping("projects") or _EMPTY)
