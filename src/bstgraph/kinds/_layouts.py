"""Where dependencies are staged, and what all script-like kinds have in their keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from bstgraph.kinds._api import (
    Bool,
    ElementKind,
    ElementView,
    KeyData,
    dependency_settings,
)
from bstgraph.model import Element, KindConfig
from bstgraph.names import ElementName

Layout: TypeAlias = dict[str, list[str]]
"""Location, or the name of a variable -> dependencies, as written, in sorted order."""


def grouped(pairs: Iterable[tuple[str, str]]) -> Layout:
    """Return the second parts by the first, in order."""
    groups: Layout = {}
    for place, path in pairs:
        groups.setdefault(place, []).append(path)
    return groups


class Place(NamedTuple):
    """A place where an element stages another one, with all that this one needs at run time."""

    location: str
    """As written, `/` for the root of the sandbox."""
    path: str
    """What the layout in a key calls the other one."""
    name: ElementName


class LocationConfig(KindConfig):
    """Where a dependency is staged."""

    model_config = {"extra": "forbid"}
    location: str = "/"


class InputConfig(KindConfig):
    """Whether a dependency is what an image is made of, rather than a tool."""

    model_config = {"extra": "forbid"}
    input: Bool = False


class ScriptKind(ElementKind):
    """Base of the kinds that run commands over a layout (`ScriptElement`)."""

    forbids_runtime_dependencies = True
    forbids_sources = True
    dependency_model = KindConfig
    strict_rebuild = True

    @classmethod
    def install_root(cls, view: ElementView) -> str:
        """Return the directory that is collected."""
        return view.element.variables.get("install-root") or "/"

    @classmethod
    def root_read_only(cls, view: ElementView) -> bool:
        """Return whether commands may not write to what is staged at `/`."""
        del view
        return True

    @classmethod
    def commands(cls, view: ElementView) -> dict[str, KeyData] | None:
        """Return the commands by group, None when there is no group."""
        del view
        return None

    @classmethod
    def places(cls, view: ElementView) -> Iterator[Place]:
        """Yield where what is staged, as the plugin adds it; at `/` unless a kind says else."""
        for dependency, _ in dependency_settings(view, KindConfig):
            yield Place("/", dependency.path, dependency.name)

    @classmethod
    def layout(cls, view: ElementView) -> Layout:
        """Return what is staged by location, as it is in the key: that of `places`."""
        return grouped((place.location, place.path) for place in cls.places(view))

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return commands, layout, and where commands run."""
        return cls.script_key(view)

    @classmethod
    def script_key(cls, view: ElementView) -> dict[str, KeyData]:
        """Return the key that all of these kinds start from."""
        return {
            "commands": cls.commands(view),
            "cwd": view.element.variables.get("cwd") or "/",
            "install-root": cls.install_root(view),
            "layout": cls.layout(view),
            "root-read-only": cls.root_read_only(view),
        }


class ImageScriptKind(ScriptKind):
    """Base of the script kinds that make an image of the dependencies marked as `input`."""

    dependency_model = InputConfig

    @classmethod
    def refused(cls, element: Element) -> str | None:
        """Return that no dependency is the input."""
        configs = (config for dep in element.dependencies if dep.build for config in dep.config)
        if any(InputConfig.model_validate(config).input for config in configs):
            return None
        return f"an element of kind '{element.kind}' needs a dependency with 'input: True'"

    @classmethod
    def places(cls, view: ElementView) -> Iterator[Place]:
        """Yield inputs in the build root, all else at `/`."""
        root = view.element.variables.get("build-root", "/")
        for dependency, config in dependency_settings(view, InputConfig):
            location = root if config.input else "/"
            yield Place(location, dependency.path, dependency.name)
