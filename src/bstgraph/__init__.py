"""A model of BuildStream element graphs, without BuildStream.

import bstgraph
project = bstgraph.load_project("examples/dakota")
graph = bstgraph.Graph(project)
bstgraph.image_chain(graph, "oci/dakota.bst")
"""

from __future__ import annotations

from bstgraph.errors import (
    BstGraphError,
    LoadErrors,
    ProjectError,
    SelectionError,
    SettingsError,
)
from bstgraph.load import load_project
from bstgraph.model import Dependency, Element, Junction, Project, ProjectConf, Source
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope

__all__ = [
    "BstGraphError",
    "Dependency",
    "Element",
    "ElementName",
    "Junction",
    "LoadErrors",
    "Project",
    "ProjectConf",
    "ProjectError",
    "Provenance",
    "Scope",
    "SelectionError",
    "SettingsError",
    "Source",
    "load_project",
]
