"""What each plugin kind means; other distributions add kinds through entry points.

The entry-point groups are `bstgraph.element_kinds` and `bstgraph.source_kinds`; each entry names
a subclass of ElementKind or SourceKind, and the entry's name is the kind's.
"""

from __future__ import annotations

from functools import cache

from bstgraph.kinds._api import (
    Bool,
    ElementKind,
    ElementView,
    KeyData,
    KeyGapError,
    KindRegistry,
    PathKind,
    ProjectFiles,
    SourceKind,
    SourceView,
    installed_entry_points,
)
from bstgraph.kinds._elements import (
    CORE_KINDS,
    PLUGIN_KINDS,
    BuildConfig,
    ComposeConfig,
    FilterConfig,
    ImportConfig,
    JunctionConfig,
    LinkConfig,
    ScriptConfig,
)
from bstgraph.kinds._formats import KeyFormat, key_format
from bstgraph.kinds._releases import fingerprint, release_of
from bstgraph.kinds._sources import CORE_SOURCES, PLUGIN_SOURCES

__all__ = [
    "CORE_ELEMENT_NAMES",
    "CORE_SOURCE_NAMES",
    "Bool",
    "BuildConfig",
    "ComposeConfig",
    "ElementKind",
    "ElementView",
    "FilterConfig",
    "ImportConfig",
    "JunctionConfig",
    "KeyData",
    "KeyFormat",
    "KeyGapError",
    "KindRegistry",
    "LinkConfig",
    "PathKind",
    "ProjectFiles",
    "ScriptConfig",
    "SourceKind",
    "SourceView",
    "fingerprint",
    "installed_entry_points",
    "key_format",
    "registry",
    "release_of",
]

CORE_ELEMENT_NAMES = frozenset(kind.name for kind in CORE_KINDS)
"""Kinds that need no `plugins:` entry."""

CORE_SOURCE_NAMES = frozenset(kind.name for kind in CORE_SOURCES)
"""Source kinds that need no `plugins:` entry."""


@cache
def registry() -> KindRegistry:
    """Return the registry with the built-in kinds; entry points join it when they are asked for."""
    return KindRegistry((*CORE_KINDS, *PLUGIN_KINDS), (*CORE_SOURCES, *PLUGIN_SOURCES))
