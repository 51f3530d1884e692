"""Rules for a plugin of which only the shape of its file is known."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from bstgraph.kinds._api import ElementKind
from bstgraph.kinds._core_elements import Build
from bstgraph.model import PluginOutline

_MIN_VERSION: Final = re.compile(r"2\.[0-8](\..*)?", re.DOTALL)
_ATTRIBUTES: Final = {
    "BST_STRICT_REBUILD": "strict_rebuild",
    "BST_FORBID_BDEPENDS": "forbids_build_dependencies",
    "BST_FORBID_RDEPENDS": "forbids_runtime_dependencies",
    "BST_FORBID_SOURCES": "forbids_sources",
    "BST_ELEMENT_HAS_ARTIFACT": "has_artifact",
    "BST_RUN_COMMANDS": "with_commands",
}
"""Attributes of a plugin's class -> those of its rules that say the same."""


def is_plain_build(outline: PluginOutline) -> bool:
    """Return whether `plain_build_kind` knows all of a plugin that its keys depend on."""
    version = outline.attributes.get("BST_ARTIFACT_VERSION", 0)
    # In a key, True is not 1, and text is no number.
    return outline.plain and outline.base == "BuildElement" and type(version) is int


def min_version_refusal(outline: PluginOutline) -> str:
    """Return why BuildStream 2.8 loads no plugin like this; an empty text when it does."""
    wanted = outline.attributes.get("BST_MIN_VERSION")
    if isinstance(wanted, str) and _MIN_VERSION.fullmatch(wanted):
        return ""
    return "it has no BST_MIN_VERSION" if wanted is None else f"its BST_MIN_VERSION is {wanted!r}"


def plain_build_kind(name: str, outline: PluginOutline) -> type[ElementKind]:
    """Return the rules of a plugin that is a BuildElement but for its attributes.

    Raises:
        ValueError: the outline is not that of such a plugin.
    """
    if not is_plain_build(outline):
        raise ValueError(f"the plugin of '{name}' is more than a plain BuildElement")
    given = outline.attributes
    rules = {ours: bool(given[key]) for key, ours in _ATTRIBUTES.items() if key in given}
    version = int(given.get("BST_ARTIFACT_VERSION", 0))
    return _made(name, (*rules.items(), ("version", version)))


@cache
def _made(name: str, rules: tuple[tuple[str, int], ...]) -> type[ElementKind]:
    body = {"__doc__": f"Kind {name}, a BuildElement by its shape.", "name": name, **dict(rules)}
    return type("PlainBuild", (Build,), body)
