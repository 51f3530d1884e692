"""A store of artifacts in memory, and the layers of a project drawn in a test."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypedDict, Unpack

from bstgraph import load_state
from bstgraph.artifacts import Artifact
from bstgraph.files import Directory
from bstgraph.layers import Layers
from bstgraph.model import Data
from bstgraph.state import State
from bstgraph.testing import LoadArguments, project
from tests.unit.caches import drawn

OTHER: Final = "f" * 64
"""A key that no element has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An artifact to be."""

    files: Directory
    by: str = "strict"
    """The key of the element that it is stored under: `strict`, `weak` or `other`."""
    success: bool = True
    public: Mapping[str, Data] | None = field(default_factory=dict)


def built(*paths: str, **told: object) -> Stored:
    """Return an artifact with the files of `paths`, as `drawn` has them."""
    return Stored(files=drawn(*paths), **told)  # type: ignore[arg-type]


@dataclass(slots=True)
class MemoryStore:
    """Artifacts by the names of their elements, newest first."""

    label: str = "memory"
    stored: dict[tuple[str, str], list[tuple[Artifact, Stored]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The elements whose trees were read."""

    def built_from(self, artifact: Artifact) -> None:
        """Nobody recorded what an artifact was built from."""

    def put(self, state: State, name: str, stored: Stored) -> None:
        """Store an artifact of an element, older than all others of it."""
        element = state.graph[name]
        keys = state.keys[name]
        digests = {"strict": keys.strict.digest, "weak": keys.weak.digest, "other": OTHER}
        key = digests[stored.by]
        assert key is not None
        there = self.stored.setdefault(element.identity, [])
        made = Artifact(
            project=element.project_name,
            element=element.local_name,
            keys=(key,),
            strong=key,
            strict=key,
            weak=key,
            success=stored.success,
            modified=1000.0 - len(there),
        )
        there.append((made, stored))

    def artifacts(self, project: str, element: str) -> tuple[Artifact, ...]:
        """Return those of an element."""
        return tuple(made for made, _ in self.stored.get((project, element), ()))

    def _of(self, artifact: Artifact) -> Stored:
        listed = self.stored[artifact.project, artifact.element]
        return next(stored for made, stored in listed if made is artifact)

    def tree(self, artifact: Artifact) -> Directory:
        """Return the files."""
        self.asked.append(artifact.element)
        return self._of(artifact).files

    def public(self, artifact: Artifact) -> Mapping[str, Data] | None:
        """Return the public data."""
        return self._of(artifact).public


def store(
    state: State, artifacts: Mapping[str, Stored | Iterable[Stored]], label: str = "memory"
) -> MemoryStore:
    """Return a store with `artifacts`, those of an element newest first."""
    made = MemoryStore(label)
    for name, listed in artifacts.items():
        for one in (listed,) if isinstance(listed, Stored) else listed:
            made.put(state, name, one)
    return made


class Given(TypedDict, total=False):
    """What a test says of layers besides the project."""

    artifacts: Mapping[str, Stored | Iterable[Stored]]
    manifests: Mapping[str, Directory]
    predict: bool
    load: LoadArguments


def state_of(text: str, directory: Path, **load: Unpack[LoadArguments]) -> State:
    """Return the state of the project drawn in `text`, whose imports are `imports`."""
    return load_state(project(text, directory, **load))


def layered(text: str, directory: Path, **given: Unpack[Given]) -> Layers:
    """Return the layers of the project drawn in `text`; public data of artifacts default to it."""
    state = state_of(text, directory, **given.get("load", {}))
    stores = [store(state, artifacts)] if (artifacts := given.get("artifacts")) else []
    return Layers(
        state, stores, manifests=given.get("manifests"), predict=given.get("predict", False)
    )


def imports(**trees: str) -> str:
    """Return the text of imports: `imports(a="usr/x usr/y")` is `a.bst` with two files."""
    parts = []
    for name, paths in trees.items():
        parts.append(f"=== {name}.bst\nkind: import\nsources: [{{kind: local, path: f/{name}}}]\n")
        parts += [f"=== f/{name}/{path}\n{name}\n" for path in paths.split()]
    return "".join(parts)


def text(drawing: str) -> str:
    """Return a drawing without its indentation, to be joined with others."""
    return textwrap.dedent(drawing)
