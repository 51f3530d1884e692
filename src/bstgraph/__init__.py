"""A model of BuildStream element graphs, without BuildStream.

import bstgraph
project = bstgraph.load_project("examples/dakota")
graph = bstgraph.Graph(project)
bstgraph.image_chain(graph, "oci/dakota.bst")

layers = bstgraph.open_layers(bstgraph.load_state("examples/dakota"))
layers.contents("oci/layers/bluefin.bst")
bstgraph.trace(layers, "/usr/bin/finder", "oci/dakota.bst")
"""

from __future__ import annotations

from bstgraph import render as _render
from bstgraph.checks import Finding, run_checks
from bstgraph.diff import compare
from bstgraph.errors import (
    BstGraphError,
    LoadErrors,
    ProjectError,
    SelectionError,
    SettingsError,
)
from bstgraph.graph import Graph
from bstgraph.images import ImageChain, image_chain, image_targets
from bstgraph.layers import Layers, owners, trace
from bstgraph.load import load_project, load_state, open_layers, whatif
from bstgraph.model import Dependency, Element, External, Project, Source
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope
from bstgraph.selection import select
from bstgraph.settings import Settings
from bstgraph.state import State, explain_key

__all__ = [
    "BstGraphError",
    "Dependency",
    "Element",
    "ElementName",
    "External",
    "Finding",
    "Graph",
    "ImageChain",
    "Layers",
    "LoadErrors",
    "Project",
    "ProjectError",
    "Provenance",
    "Scope",
    "SelectionError",
    "Settings",
    "SettingsError",
    "Source",
    "State",
    "compare",
    "explain_key",
    "image_chain",
    "image_targets",
    "load_project",
    "load_state",
    "open_layers",
    "owners",
    "run_checks",
    "select",
    "trace",
    "whatif",
]

# Importing `render` is what lets results show themselves in a notebook.
del _render
