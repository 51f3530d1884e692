"""A model of BuildStream element graphs, without BuildStream."""

from __future__ import annotations

from bstgraph.load import load_project

__all__ = ["load_project"]
