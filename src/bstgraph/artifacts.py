"""Artifacts: their keys, what each was built from, where their files are; and what caches have.

A *store* finds artifacts by element and reads their files. A *cache state* answers what BuildStream
asks a cache: whether it has an artifact under one key. BuildStream's cache on disk is both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from bstgraph.files import Directory
from bstgraph.model import Data


class BuiltFrom(NamedTuple):
    """An element that an artifact was built from, with the key of the artifact that was used."""

    project: str
    element: str
    """The name in its own project."""
    key: str
    """The strong key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One artifact, as BuildStream stores it."""

    project: str
    """The name of the project that owns the element, as the store writes it."""
    element: str
    """The name of the element as the store writes it; several elements may share one."""
    keys: tuple[str, ...]
    """The keys that it is stored under, sorted."""
    strong: str
    strict: str
    weak: str
    success: bool
    """Whether the build succeeded; BuildStream stores failed ones too."""
    modified: float
    """When it was last stored or used, in seconds since 1970."""
    files: str = ""
    """The hash of its tree; empty for an artifact without files."""
    files_size: int = 0
    public: str = ""
    """The hash of its public data."""
    public_size: int = 0
    gaps: tuple[str, ...] = ()
    """What its keys were computed without, where they come from a computation."""


class ArtifactStore(Protocol):
    """A place where artifacts are found by the name of their element."""

    @property
    def label(self) -> str:
        """What to call the store."""

    def artifacts(self, project: str, element: str) -> tuple[Artifact, ...]:
        """Return those stored for an element, given by its local name, newest first."""

    def tree(self, artifact: Artifact) -> Directory:
        """Return the files; what cannot be read is a gap of the directory that it is missing in."""

    def public(self, artifact: Artifact) -> Mapping[str, Data] | None:
        """Return the public data, None where it cannot be read."""

    def built_from(self, artifact: Artifact) -> Sequence[BuiltFrom] | None:
        """Return the whole build scope in staging order, None where that is not known."""


class CacheState(Protocol):
    """What a cache has, as BuildStream asks it: artifacts by one key of one element."""

    @property
    def label(self) -> str:
        """What to call the cache."""

    @property
    def provisional(self) -> bool:
        """Whether its keys were computed, so that keys with gaps can be looked up in it too.

        A real cache knows real keys only: that it lacks a key with gaps says nothing.
        """

    def cached(self, project: str, element: str, key: str) -> Artifact | None:
        """Return the artifact under a key of an element, given by its local name.

        None where there is none, or not all of it: then BuildStream takes it as not cached.
        """

    def built_from(self, artifact: Artifact) -> Sequence[BuiltFrom] | None:
        """Return the whole build scope in staging order, None where that is not known."""


Recorded: TypeAlias = Callable[[Artifact], Sequence[BuiltFrom] | None]
"""What an artifact was built from: the build scope in staging order, None where not known."""

_Place: TypeAlias = tuple[str, str, str]
"""A project, an element as stores write it, a key."""


class MemoryCache:
    """Artifacts in memory, as a `CacheState`; it never changes, see `ChangedCache`.

    Where two artifacts have the same key, the later one counts, as a later build overwrites the
    weak key in BuildStream's cache.
    """

    def __init__(
        self,
        label: str,
        artifacts: Iterable[Artifact] = (),
        *,
        recorded: Recorded | None = None,
        provisional: bool = False,
    ) -> None:
        """Take the artifacts, each under all of its `keys`.

        Args:
            label: what to call the cache.
            artifacts: in the order in which they were stored.
            recorded: tells what they were built from; None where nobody knows.
            provisional: whether keys with gaps can be looked up in it.
        """
        self.label = label
        self.provisional = provisional
        self._recorded = recorded
        self._found: dict[_Place, Artifact] = {
            (artifact.project, artifact.element, key): artifact
            for artifact in artifacts
            for key in artifact.keys
        }

    def __repr__(self) -> str:
        return f"<MemoryCache {self.label!r}: {len(set(map(id, self._found.values())))} artifacts>"

    def cached(self, project: str, element: str, key: str) -> Artifact | None:
        """Return the artifact under a key, None where there is none."""
        return self._found.get((project, ref_name(element), key))

    def built_from(self, artifact: Artifact) -> Sequence[BuiltFrom] | None:
        """Return the whole build scope in staging order, None where that is not known."""
        return self._recorded(artifact) if self._recorded is not None else None


class ChangedCache:
    """A cache state with artifacts more and keys fewer, as a `CacheState`; nothing is written."""

    def __init__(
        self,
        base: CacheState,
        *,
        added: CacheState | None = None,
        without: Iterable[tuple[str, str, str]] = (),
        label: str = "",
        provisional: bool | None = None,
    ) -> None:
        """Lay changes over `base`.

        Args:
            base: what is changed.
            added: what goes before it.
            without: project, local name of the element and key of what `base` has no longer.
            label: what to call it; as `base` by default.
            provisional: whether keys with gaps can be looked up in it; as in `base` by default.
        """
        self.label = label or base.label
        self.provisional = base.provisional if provisional is None else provisional
        self._base = base
        self._added = added
        self._without = frozenset(
            (project, ref_name(element), key) for project, element, key in without
        )

    def cached(self, project: str, element: str, key: str) -> Artifact | None:
        """Return the artifact under a key, None where there is none."""
        found = self._added.cached(project, element, key) if self._added is not None else None
        if found is None and (project, ref_name(element), key) not in self._without:
            found = self._base.cached(project, element, key)
        return found

    def built_from(self, artifact: Artifact) -> Sequence[BuiltFrom] | None:
        """Return the whole build scope in staging order, None where that is not known."""
        if self._added is not None:
            own = self._added.cached(artifact.project, artifact.element, artifact.strong)
            if own is artifact:
                return self._added.built_from(artifact)
        return self._base.built_from(artifact)


def ref_name(element: str) -> str:
    """Return what BuildStream's caches call an element, given by its local name.

    Folders are joined by `-`, the last extension is gone, and what is no ASCII letter, digit,
    `.`, `-` or `_` is a `_`.
    """
    normal, _ = os.path.splitext(element.replace("/", "-"))
    return re.sub(r"[^0-9A-Za-z._-]", "_", normal)
