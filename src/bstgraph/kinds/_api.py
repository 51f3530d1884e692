"""What an element or source kind is to bstgraph, and the registries that hold them.

A kind is described, never run: which keys its configuration has and which rules of BuildStream
its elements must keep. A kind without a description is taken as it comes, with a gap.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, ClassVar, Final, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BeforeValidator, ValidationError

from bstgraph.files import Node
from bstgraph.model import Dependency, Element, KindConfig, Model, Source, SourceConfig
from bstgraph.names import ElementName

ELEMENT_KINDS: Final = "bstgraph.element_kinds"
SOURCE_KINDS: Final = "bstgraph.source_kinds"

_LONGEST_PATTERN: Final = 4096

_INT32: Final = 2**31

BOOLEANS: Final = {
    "True": True,
    "true": True,
    "1": True,
    "False": False,
    "false": False,
    "0": False,
}


def _boolean(value: object) -> object:
    if isinstance(value, str):
        if value not in BOOLEANS:
            raise ValueError("write True or False")
        return BOOLEANS[value]
    return value


Bool = Annotated[bool, BeforeValidator(_boolean)]
"""A boolean as BuildStream spells it: True, true, 1, False, false or 0."""


def _integer(value: object) -> object:
    if isinstance(value, str):
        try:
            number = int(value)
        except ValueError:
            raise ValueError("write a whole number") from None
        if not -_INT32 <= number < _INT32:
            raise ValueError("the number does not fit 32 bits")
        return number
    return value


Int = Annotated[int, BeforeValidator(_integer)]
"""A number as BuildStream reads it: what Python's `int` takes, within 32 bits."""


def _pattern(value: object) -> object:
    if isinstance(value, str):
        if len(value) > _LONGEST_PATTERN:
            raise ValueError("the regular expression is too long")
        try:
            re.compile(value)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(f"this is no regular expression: {error}") from None
    return value


Pattern = Annotated[str, BeforeValidator(_pattern)]
"""A regular expression of Python; it is compiled and never matched with anything."""


PathKind = Literal["any", "file", "directory"]
"""What a path of a project must be."""


KeyData: TypeAlias = bool | int | str | Sequence["KeyData"] | Mapping[str, "KeyData"] | None
"""What a cache key is made of: JSON without fractions."""


class KeyGapError(Exception):
    """An input of a cache key cannot be known; its text says why. It becomes a gap of the key."""


class ProjectFiles(Protocol):
    """The files of one project, as kinds look at them; paths are as the project writes them.

    Every method raises KeyGapError for what is missing, unreadable, changing or outside.
    """

    def tree_digest(self, path: str) -> str:
        """Return the hash of BuildStream's CAS Directory for a directory, or for one file in it."""

    def tree_files(self, path: str) -> Mapping[str, str]:
        """Return what `tree_digest` depends on: relative paths, sorted -> what is there."""

    def sha256(self, path: str) -> str:
        """Return the hex SHA-256 of the content of a regular file."""

    def names(self, path: str) -> Sequence[str]:
        """Return the names in a directory, sorted by code point."""

    def home_digest(self, path: str) -> str:
        """Return `tree_digest` of a path below the user's home, if the caller allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementView:
    """An element as its kind looks at it to make its key."""

    element: Element
    settings: KindConfig
    """The element's config as the kind's `config_model`."""
    find: Callable[[ElementName], Element | None]
    """Returns another element of the project by its full name; None for an external one."""
    release: tuple[int, ...] = ()
    """The first release of the plugin's package with the file in use; empty for the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source as its kind looks at it to make its key."""

    source: Source
    settings: SourceConfig
    """The source's config as the kind's `config_model`."""
    files: ProjectFiles
    release: tuple[int, ...] = ()
    """The first release of the plugin's package with the file in use; empty for the newest."""


_Config = TypeVar("_Config", bound=KindConfig)
_SourceConfig = TypeVar("_SourceConfig", bound=SourceConfig)


def element_settings(view: ElementView, model: type[_Config]) -> _Config:
    """Return the settings of `view` as `model`: the kind's `config_model`, or one it derives from.

    Raises:
        KeyGapError: the config is not known in full, or was never checked and is wrong.
    """
    if isinstance(view.settings, model):
        return view.settings
    return _checked(view.element.config, model, f"the config of kind '{view.element.kind}'")


def source_settings(view: SourceView, model: type[_SourceConfig]) -> _SourceConfig:
    """Return the settings of `view` as `model`: the kind's `config_model`, or one it derives from.

    Raises:
        KeyGapError: the config is not known in full, or was never checked and is wrong.
    """
    if isinstance(view.settings, model):
        return view.settings
    return _checked(view.source.config, model, f"the config of source kind '{view.source.kind}'")


def dependency_settings(
    view: ElementView, model: type[_Config]
) -> Iterator[tuple[Dependency, _Config]]:
    """Yield the build dependencies with each of their configs; an entry without has the default.

    Raises:
        KeyGapError: a config was never checked and is wrong.
    """
    for dependency in view.element.dependencies:
        for config in (dependency.config or ({},)) if dependency.build else ():
            yield dependency, _checked(config, model, f"the config of '{dependency.path}'")


_M = TypeVar("_M", bound=Model)


def _checked(config: Mapping[str, object], model: type[_M], what: str) -> _M:
    try:
        return model.model_validate(config)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise KeyGapError(f"{what} is not what the rules expect: {key}: {first['msg']}") from None


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
    dependency_model: ClassVar[type[KindConfig] | None] = None
    """What the `config` of a build dependency holds; None when the kind takes none."""
    strict_rebuild: ClassVar[bool] = False
    """Whether weak keys hold the weak keys of all that is staged (`BST_STRICT_REBUILD`)."""

    @classmethod
    def at_release(cls, release: tuple[int, ...]) -> type[ElementKind]:
        """Return the rules for the plugin file of `release`, empty for the newest.

        Only what no other method can tell by the release of its view needs a class of its own.
        """
        del release
        return cls

    @classmethod
    def refused(cls, element: Element) -> str | None:
        """Return why BuildStream refuses `element` although each value of it is right."""
        del element
        return None

    version: ClassVar[int] = 0
    """`BST_ARTIFACT_VERSION`, unless `artifact_version` says else."""
    with_commands: ClassVar[bool] = True
    """`BST_RUN_COMMANDS`, unless `runs_commands` says else."""

    @classmethod
    def artifact_version(cls, view: ElementView) -> int:
        """Return `BST_ARTIFACT_VERSION`."""
        del view
        return cls.version

    @classmethod
    def runs_commands(cls, view: ElementView) -> bool:
        """Return `BST_RUN_COMMANDS`: whether sandbox and environment are part of the key."""
        del view
        return cls.with_commands

    stages: ClassVar[bool] = True
    """Whether the files of dependencies are put into the sandbox before it is built."""

    @classmethod
    def files(
        cls, view: ElementView, scope: Sequence[Element]
    ) -> Sequence[tuple[str, Node]] | None:
        """Return the files of an element where its kind alone says what they are, by their paths.

        None where they are what a build makes or what is staged. `scope` is the build scope, in
        staging order.
        """
        del view, scope
        return None

    @classmethod
    def unique_key(cls, view: ElementView) -> KeyData:
        """Return what `get_unique_key` of BuildStream's plugin returns.

        Raises:
            KeyGapError: something that the key depends on cannot be known.
        """
        raise KeyGapError(f"the rules for kind '{view.element.kind}' do not say what is in its key")


class SourceKind:
    """One source kind; derive from it and set what differs."""

    name: ClassVar[str] = ""
    config_model: ClassVar[type[SourceConfig]] = SourceConfig
    """What a source holds; keys that it does not have are refused where `extra` is "forbid"."""
    url_key: ClassVar[str | None] = None
    """The configuration key that holds a URL with an alias, if there is one."""
    path_keys: ClassVar[Mapping[str, PathKind]] = {}
    """Keys that name a path of the project -> `any`, `file` or `directory`."""
    file_name_keys: ClassVar[frozenset[str]] = frozenset()
    """Keys that name one file, without a slash."""
    ref_keys: ClassVar[frozenset[str]] = frozenset(("ref",))
    """The keys that a refs file may hold; none for a source without refs."""
    inline_ref: ClassVar[bool] = True
    """Whether an element file may hold the ref."""
    keeps_ref: ClassVar[bool] = False
    """Whether an entry without a ref in the toplevel's project.refs leaves the inline one."""

    @classmethod
    def at_release(cls, release: tuple[int, ...]) -> type[SourceKind]:
        """Return the rules for the plugin file of `release`, empty for the newest."""
        del release
        return cls

    @classmethod
    def unresolved(cls, view: SourceView) -> str | None:
        """Return why BuildStream has no key for this source yet, None when it has one."""
        if not cls.ref_keys or view.source.config.get("ref") is not None:
            return None
        return "it has no ref"

    @classmethod
    def unique_key(cls, view: SourceView) -> KeyData:
        """Return what `get_unique_key` of BuildStream's plugin returns.

        Raises:
            KeyGapError: something that the key depends on cannot be known.
        """
        raise KeyGapError(f"the rules for kind '{view.source.kind}' do not say what is in its key")


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
