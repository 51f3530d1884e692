"""Shorthands for tests that draw a project and look at one element of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Unpack

from bstgraph.model import Element, Project
from bstgraph.names import ElementName
from bstgraph.testing import LoadArguments, project

__all__ = ["SUB", "element", "named", "names", "project", "variables"]

SUB: Final = """
=== sub.bst
kind: junction
sources: [{kind: local, path: sub}]
"""
"""A junction to the project that is drawn in the folder `sub`."""


def named(loaded: Project, name: str = "a.bst") -> Element:
    """Return the element `name` of a project."""
    return loaded.elements[ElementName(name)]


def element(text: str, directory: Path, **arguments: Unpack[LoadArguments]) -> Element:
    """Return the element `a.bst` of the project drawn in `text`."""
    arguments.setdefault("targets", ["a.bst"])
    return named(project(text, directory, **arguments))


def variables(text: str, directory: Path, **arguments: Unpack[LoadArguments]) -> Mapping[str, str]:
    """Return the variables of `a.bst` of the project drawn in `text`."""
    return element(text, directory, **arguments).variables


def names(loaded: Project) -> list[str]:
    """Return the names of all elements, in staging order."""
    return [str(name) for name in loaded.elements]
