"""Open workspaces: the folders that BuildStream builds elements from instead of their sources.

The toplevel project lists them in a file; files of that name in subprojects mean nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bstgraph.errors import ProjectError
from bstgraph.project._paths import require_inside
from bstgraph.provenance import Provenance
from bstgraph.yaml import MappingNode, Node, ScalarNode, parse, read

FILE: Final = ".bst2/workspaces.yml"
"""Where BuildStream keeps them, in the toplevel project."""

_FORMAT: Final = 4
"""The one version of the file that BuildStream 2 reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWorkspace:
    """One entry, as written."""

    path: ScalarNode
    last_build: ScalarNode | None


def read_workspaces(directory: str, allowed: Sequence[str]) -> Mapping[str, OpenWorkspace]:
    """Return the open workspaces of the project at `directory`, by full name of the element.

    Raises:
        ProjectError: the file is there, and is not one that BuildStream reads.
    """
    path = os.path.join(directory, FILE)
    try:
        os.stat(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        message = f"cannot look at {FILE}: {error.strerror}"
        raise ProjectError("unreadable-file", message, at=Provenance(FILE, 1, 1)) from None
    real = require_inside(path, os.path.realpath(directory), allowed, name=FILE, at=None)
    node = parse(read(real, FILE, project=directory))
    _check_version(node)
    entries = node.mapping("workspaces")
    return {name: _entry(each) for name, each in entries.entries.items()} if entries else {}


def _check_version(node: MappingNode) -> None:
    given = node.get("format-version")
    version = given.as_int() if given is not None else 0
    if version != _FORMAT:
        raise (given or node).error(
            "unsupported-version",
            f"{FILE} has format version {version}, BuildStream 2 reads {_FORMAT}",
            fix="close the workspaces and open them again",
        )


def _entry(node: Node) -> OpenWorkspace:
    entry = node.as_mapping()
    last_build = entry.get("last_build")
    return OpenWorkspace(
        path=entry.require("path").as_scalar(),
        last_build=last_build.as_scalar() if last_build is not None else None,
    )
