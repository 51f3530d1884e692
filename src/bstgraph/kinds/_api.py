"""What an element or source kind is to bstgraph, and the registries that hold them.

A kind is described, never run: which keys its configuration has and which rules of BuildStream
its elements must keep. A kind without a description is taken as it comes, with a gap.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, ClassVar, Final, Literal, TypeVar

from pydantic import BeforeValidator

from bstgraph.model import KindConfig

ELEMENT_KINDS: Final = "bstgraph.element_kinds"
SOURCE_KINDS: Final = "bstgraph.source_kinds"

_BOOLEANS: Final = {
    "True": True,
    "true": True,
    "1": True,
    "False": False,
    "false": False,
    "0": False,
}


def _boolean(value: object) -> object:
    if isinstance(value, str):
        if value not in _BOOLEANS:
            raise ValueError("write True or False")
        return _BOOLEANS[value]
    return value


Bool = Annotated[bool, BeforeValidator(_boolean)]
"""A boolean as BuildStream spells it: True, true, 1, False, false or 0."""


PathKind = Literal["any", "file", "directory"]
"""What a path of a project must be."""


class ElementKind:
    """One element kind; derive from it and set what differs.

    The attributes mirror those of BuildStream's plugins: `BST_FORBID_BDEPENDS` and so on.
    """

    name: ClassVar[str] = ""
    config_model: ClassVar[type[KindConfig]] = KindConfig
    defaults: ClassVar[str | None] = None
    """The file in bstgraph's own package with the kind's default YAML, for core kinds."""
    forbids_build_dependencies: ClassVar[bool] = False
    forbids_runtime_dependencies: ClassVar[bool] = False
    forbids_sources: ClassVar[bool] = False
    needs_sources: ClassVar[bool] = False
    has_artifact: ClassVar[bool] = True
    takes_dependency_config: ClassVar[bool] = False
    dependency_config_keys: ClassVar[frozenset[str] | None] = None
    """The keys of a dependency's `config`; None when any is taken."""


class SourceKind:
    """One source kind; derive from it and set what differs."""

    name: ClassVar[str] = ""
    url_key: ClassVar[str | None] = None
    """The configuration key that holds a URL with an alias, if there is one."""
    path_keys: ClassVar[Mapping[str, PathKind]] = {}
    """Keys that name a path of the project -> `any`, `file` or `directory`."""
    file_name_keys: ClassVar[frozenset[str]] = frozenset()
    """Keys that name one file, without a slash."""
    keys: ClassVar[frozenset[str] | None] = None
    """All keys the source takes; None when that is not known here."""
    required: ClassVar[frozenset[str]] = frozenset()


_K = TypeVar("_K")


def installed_entry_points(group: str, name: str) -> list[EntryPoint]:
    """Return the entry points of installed packages.

    In a notebook the current folder is on Python's path, and it may be a project that is looked
    at: a package that lies in it came with it, and its code must not run.
    """
    here = os.path.realpath(".")
    return [
        entry
        for entry in entry_points(group=group, name=name)
        if entry.dist is None or os.path.realpath(str(entry.dist.locate_file(""))) != here
    ]


def _load(group: str, name: str, base: type[_K]) -> type[_K] | None:
    for entry in installed_entry_points(group, name):
        found = entry.load()
        if not (isinstance(found, type) and issubclass(found, base)):
            raise TypeError(f"the entry point {entry.value} of {group} is no {base.__name__}")
        return found
    return None


class KindRegistry:
    """The element and source kinds that are known, built-in ones and those of entry points."""

    def __init__(
        self, elements: Iterable[type[ElementKind]], sources: Iterable[type[SourceKind]]
    ) -> None:
        """Register the given kinds; entry points are read when an unknown name comes."""
        self._elements: dict[str, type[ElementKind] | None] = {k.name: k for k in elements}
        self._sources: dict[str, type[SourceKind] | None] = {k.name: k for k in sources}

    def element(self, name: str) -> type[ElementKind] | None:
        """Return the element kind called `name`, or None when nothing describes it."""
        if name not in self._elements:
            self._elements[name] = _load(ELEMENT_KINDS, name, ElementKind)
        return self._elements[name]

    def source(self, name: str) -> type[SourceKind] | None:
        """Return the source kind called `name`, or None when nothing describes it."""
        if name not in self._sources:
            self._sources[name] = _load(SOURCE_KINDS, name, SourceKind)
        return self._sources[name]
