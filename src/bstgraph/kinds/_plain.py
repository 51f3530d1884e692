"""Rules for a plugin of which only the shape of its file is known."""

from __future__ import annotations

from functools import cache

from bstgraph.kinds._api import ElementKind, ElementView
from bstgraph.kinds._core_elements import Build
from bstgraph.model import PluginOutline


def plain_build_kind(name: str, outline: PluginOutline) -> type[ElementKind]:
    """Return the rules of a plugin that is a BuildElement but for its attributes.

    Raises:
        ValueError: the outline is not that of such a plugin.
    """
    if not outline.plain or outline.base != "BuildElement":
        raise ValueError(f"the plugin of '{name}' is more than a plain BuildElement")
    attributes = outline.attributes
    return _made(
        name,
        bool(attributes.get("BST_STRICT_REBUILD", False)),
        bool(attributes.get("BST_RUN_COMMANDS", True)),
        int(attributes.get("BST_ARTIFACT_VERSION", 0)),
    )


@cache
def _made(name: str, strict: bool, runs: bool, version: int) -> type[ElementKind]:  # noqa: FBT001
    class PlainBuild(Build):
        """A kind that BuildStream's own BuildElement describes."""

        strict_rebuild = strict

        @classmethod
        def artifact_version(cls, view: ElementView) -> int:
            """Return the version that the plugin's file has."""
            del view
            return version

        @classmethod
        def runs_commands(cls, view: ElementView) -> bool:
            """Return what the plugin's file says."""
            del view
            return runs

    PlainBuild.name = name
    return PlainBuild
