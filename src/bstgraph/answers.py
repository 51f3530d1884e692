"""What a graph answers: frozen values that print, iterate and say what could not be known."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, overload

from bstgraph.display import Displayable
from bstgraph.model import Dependency
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance

T_co = TypeVar("T_co", covariant=True)


class _Items(Sequence[T_co]):
    """A sequence over the one tuple that a result is about."""

    __slots__ = ()

    @abstractmethod
    def _items(self) -> tuple[T_co, ...]:
        """Return the tuple."""

    def __len__(self) -> int:
        return len(self._items())

    @overload
    def __getitem__(self, index: int) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T_co, ...]: ...
    def __getitem__(self, index: int | slice) -> T_co | tuple[T_co, ...]:
        return self._items()[index]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names(_Items[ElementName], Displayable):
    """Elements by full name, in staging order unless a query says otherwise."""

    names: tuple[ElementName, ...]
    gaps: tuple[str, ...] = ()
    """What could not be known, so that elements may be missing here."""

    def _items(self) -> tuple[ElementName, ...]:
        return self.names

    def __str__(self) -> str:
        return "\n".join(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One direct dependency, seen from the element that has it."""

    dependant: ElementName
    dependency: Dependency

    @property
    def type(self) -> Literal["build", "runtime", "all"]:
        """The dependency type as BuildStream writes it."""
        return self.dependency.type

    @property
    def provenance(self) -> Provenance | None:
        """Where the dependency is written."""
        return self.dependency.provenance

    def __str__(self) -> str:
        strict = ", strict" if self.dependency.strict else ""
        where = f" at {self.provenance}" if self.provenance else ""
        return f"{self.dependant} -> {self.dependency.name} ({self.type}{strict}){where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyPath(_Items[ElementName], Displayable):
    """A way from one element to another along dependencies, both ends included."""

    names: tuple[ElementName, ...]
    edges: tuple[Edge, ...]

    def _items(self) -> tuple[ElementName, ...]:
        return self.names

    def __str__(self) -> str:
        return "\n".join(map(str, self.edges)) or "".join(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths(_Items[DependencyPath], Displayable):
    """Simple paths between two elements, shortest first."""

    paths: tuple[DependencyPath, ...]
    capped: bool
    """Whether there are more than were asked for."""
    gaps: tuple[str, ...] = ()

    def _items(self) -> tuple[DependencyPath, ...]:
        return self.paths

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.paths))


@dataclass(frozen=True, slots=True, kw_only=True)
class Why(Displayable):
    """Why one element depends on another."""

    dependant: ElementName
    dependency: ElementName
    path: DependencyPath
    """A shortest path; its edges say where each dependency is written."""
    paths: int
    """The number of simple paths; with `capped`, there are more than these."""
    capped: bool
    staged: bool
    """Whether BuildStream stages `dependency` to build `dependant` (build scope)."""
    runtime: bool
    """Whether `dependency` is needed to run `dependant` (run scope)."""
    gaps: tuple[str, ...] = ()

    def __str__(self) -> str:
        count = f"more than {self.paths}" if self.capped else f"{self.paths}"
        uses = {
            (True, True): "staged to build it and needed to run it",
            (True, False): "staged to build it, not needed to run it",
            (False, True): "needed to run it, not staged to build it",
            (False, False): "needed only to build something that it depends on",
        }[self.staged, self.runtime]
        return f"{self.path}\n{self.dependency} is {uses}; paths: {count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched(Names):
    """The elements that a change touches, directly or through their dependencies."""

    direct: tuple[ElementName, ...]
    """Those that were named, or that are written in a changed file or read one as a source."""
    unmatched: tuple[str, ...] = ()
    """Changed files that no element is known to use; an included file is one of them."""
