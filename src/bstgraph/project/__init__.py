"""A directory to a Project: project.conf, includes, junctions, plugins, elements."""

from __future__ import annotations

from bstgraph.project._finish import read_project
from bstgraph.project._junctions import Checkouts, Staged
from bstgraph.project._loader import Loader
from bstgraph.project._paths import check_path, element_files
from bstgraph.project._session import Dialect, Request, Session

__all__ = [
    "Checkouts",
    "Dialect",
    "Loader",
    "Request",
    "Session",
    "Staged",
    "check_path",
    "element_files",
    "read_project",
]
