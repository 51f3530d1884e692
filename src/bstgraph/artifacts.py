"""What a store of artifacts tells of one: its keys, what it was built from, where its files are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bstgraph.files import Directory
from bstgraph.model import Data


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFrom:
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
    built_from: tuple[BuiltFrom, ...] = ()
    """The whole build scope, in staging order."""


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
