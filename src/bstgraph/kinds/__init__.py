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
    Int,
    KeyData,
    KeyGapError,
    KindRegistry,
    PathKind,
    ProjectFiles,
    SourceKind,
    SourceView,
    dependency_settings,
    element_settings,
    installed_entry_points,
    source_settings,
)
from bstgraph.kinds._choice import Choice, choose_element, choose_source
from bstgraph.kinds._core_elements import (
    CORE_KINDS,
    Build,
    BuildConfig,
    ComposeConfig,
    FilterConfig,
    ImportConfig,
    JunctionConfig,
    LinkConfig,
    ScriptConfig,
)
from bstgraph.kinds._core_sources import CORE_SOURCES, FILE_SOURCES
from bstgraph.kinds._download_sources import DOWNLOAD_SOURCES
from bstgraph.kinds._formats import KeyFormat, key_format
from bstgraph.kinds._git_sources import GIT_SOURCES
from bstgraph.kinds._images import IMAGE_KINDS
from bstgraph.kinds._language_sources import LANGUAGE_SOURCES
from bstgraph.kinds._layouts import LocationConfig, Place, ScriptKind
from bstgraph.kinds._oci import OCI_KINDS
from bstgraph.kinds._plain import plain_build_kind
from bstgraph.kinds._plugin_elements import PLUGIN_KINDS
from bstgraph.kinds._releases import fingerprint, release_of
from bstgraph.model import Plugin

__all__ = [
    "CORE_ELEMENT_NAMES",
    "CORE_SOURCE_NAMES",
    "Bool",
    "Build",
    "BuildConfig",
    "Choice",
    "ComposeConfig",
    "ElementKind",
    "ElementView",
    "FilterConfig",
    "ImportConfig",
    "Int",
    "JunctionConfig",
    "KeyData",
    "KeyFormat",
    "KeyGapError",
    "KindRegistry",
    "LinkConfig",
    "LocationConfig",
    "PathKind",
    "Place",
    "ProjectFiles",
    "ScriptConfig",
    "ScriptKind",
    "SourceKind",
    "SourceView",
    "dependency_settings",
    "element_rules",
    "element_settings",
    "fingerprint",
    "installed_entry_points",
    "key_format",
    "plain_build_kind",
    "registry",
    "release_of",
    "source_rules",
    "source_settings",
]

CORE_ELEMENT_NAMES = frozenset(kind.name for kind in CORE_KINDS)
"""Kinds that need no `plugins:` entry."""

CORE_SOURCE_NAMES = frozenset(kind.name for kind in CORE_SOURCES)
"""Source kinds that need no `plugins:` entry."""


@cache
def registry() -> KindRegistry:
    """Return the registry with the built-in kinds; entry points join it when they are asked for."""
    elements: tuple[type[ElementKind], ...] = (*CORE_KINDS, *PLUGIN_KINDS, *IMAGE_KINDS, *OCI_KINDS)
    sources: tuple[type[SourceKind], ...] = (
        *CORE_SOURCES,
        *FILE_SOURCES,
        *GIT_SOURCES,
        *DOWNLOAD_SOURCES,
        *LANGUAGE_SOURCES,
    )
    return KindRegistry(elements, sources)


def element_rules(name: str, plugin: Plugin | None) -> Choice[type[ElementKind]]:
    """Return the rules for the element kind `name` of this plugin (None: made by hand)."""
    return choose_element(registry(), name, plugin)


def source_rules(name: str, plugin: Plugin | None) -> Choice[type[SourceKind]]:
    """Return the rules for the source kind `name` of this plugin (None: made by hand)."""
    return choose_source(registry(), name, plugin)
