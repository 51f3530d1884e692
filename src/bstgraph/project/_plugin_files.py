"""The files of a plugin: where they are, and which plugin the Python is, read as data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Final, Literal

from bstgraph import kinds
from bstgraph.errors import ProjectError
from bstgraph.model import Plugin
from bstgraph.project._outline import read_outline
from bstgraph.project._paths import require_inside
from bstgraph.project._session import Session
from bstgraph.yaml import read_bytes

_MAX_BYTES: Final = 256 * 2**10
"""Largest Python file that is looked at; the largest known plugin has 2**16."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginFiles:
    """Where the files of one plugin are."""

    folder: str
    shown: str
    """The Python file as messages call it."""
    defaults: str
    """The path of the default YAML; empty when there is none."""
    defaults_shown: str
    root: str | None = None
    """The folder that its files must not leave; None for an installed package."""


def recognise(
    plugin_type: Literal["elements", "sources"],
    name: str,
    files: PluginFiles,
    *,
    origin: Literal["local", "pip"],
    session: Session,
) -> Plugin:
    """Return what the Python file of the kind `name` is known to be, or looks like."""

    def content(module: str) -> bytes | None:
        return _content(files, module, session.allowed)

    plugin = Plugin(origin=origin, file=files.shown)
    python = None if _is_hidden(files.folder, name) else content(name)
    if python is None:
        return plugin
    release = kinds.release_of(plugin_type, name, kinds.fingerprint(python, content))
    if release:
        return plugin.model_copy(update={"release": release})
    session.outlines_left -= len(python)
    if session.outlines_left < 0:
        return plugin
    return plugin.model_copy(update={"outline": read_outline(python)})


def _content(files: PluginFiles, module: str, allowed: Sequence[str]) -> bytes | None:
    path = os.path.join(files.folder, f"{module}.py")
    try:
        if files.root is not None:
            path = require_inside(path, files.root, allowed, name=files.shown, at=None)
        return read_bytes(path, files.shown, limit=_MAX_BYTES)
    except ProjectError:
        return None


def _is_hidden(folder: str, name: str) -> bool:
    """Return whether Python would import something else than `name`.py as `name`."""
    others = (f"{name}/__init__.py", *(name + suffix for suffix in EXTENSION_SUFFIXES))
    return any(os.path.lexists(os.path.join(folder, other)) for other in others)
