"""What a change is, and what can cause one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from bstgraph.display import Displayable
from bstgraph.kinds import KeyData
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance

Path: TypeAlias = tuple[str, ...]
"""The way to a value in nested mappings and lists; list positions count from 0."""

ValueInput: TypeAlias = Literal[
    "kind", "plugin", "config", "public", "environment", "sandbox", "build-root", "fatal-warnings"
]
"""Which part of a key's inputs a value belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableChange:
    """A variable of an element that has another value."""

    name: str
    before: str
    """Empty when it was not there."""
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCause:
    """A value of the element itself: its configuration, environment, public data, sandbox."""

    input: ValueInput
    path: Path
    before: KeyData
    """None when it was not there."""
    after: KeyData
    """None when it is no longer there."""
    variables: tuple[VariableChange, ...] = ()
    """Variables whose change shows in the value, as far as the texts tell, shortest value first:
    others are often made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCause:
    """A source: added, removed, another ref, another URL."""

    number: int
    """Its place among the element's sources, from 1, in the state after, or else before."""
    kind: str
    path: Path
    """The way in the source's configuration; empty when the source is new or gone."""
    before: KeyData
    after: KeyData
    at: Provenance | None = None
    variables: tuple[VariableChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file that a source reads."""

    path: str
    """Below the folder that the source names."""
    change: Literal["added", "removed", "changed", "touched"]
    """`touched` is a file or folder of an open workspace of which the time alone is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCause:
    """Files that a source reads, or an open workspace."""

    number: int
    kind: str
    path: str
    """The file or folder as the source names it."""
    files: tuple[FileChange, ...]
    """By path; empty for a single file, and when the files cannot be told apart."""
    at: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyCause:
    """A dependency: new, gone, of another type, elsewhere in the order, of a renamed project."""

    name: ElementName
    before: str | None
    """Its type before (`build`, `runtime`, `all`; `, strict`), None when it is new."""
    after: str | None
    at: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionCause:
    """A key that is there in one of the states only."""

    before: str
    """Why there was none; empty when there was one."""
    after: str


Cause: TypeAlias = ValueCause | SourceCause | FileCause | DependencyCause | ResolutionCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """An element that is only in the state after."""

    element: ElementName


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """An element that is only in the state before."""

    element: ElementName


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An element with another key, or whose runtime dependencies change the keys of others."""

    element: ElementName
    weak: bool
    """Whether the weak key is another one."""
    strict: bool
    """Whether the strict key is another one."""
    causes: tuple[Cause, ...]
    """What of the element itself changed; empty when all is inherited."""
    inherited: tuple[ElementName, ...] = ()
    """Elements of its build scope that changed: those with causes first, at most 20."""
    inherited_count: int = 0
    """How many there are in all."""
    gaps: tuple[str, ...] = ()
    """What is not known about one of its keys, in either state."""


Change: TypeAlias = Added | Removed | Changed


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChange:
    """A project option that has another value."""

    project: str
    """The full name of the junction; empty for the toplevel project."""
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One cause, and all elements that have it."""

    cause: Cause
    """The first of its kind; where a variable shows in several inputs, one of these."""
    variables: tuple[VariableChange, ...]
    """The variables behind it; then causes are alike that have these."""
    inputs: tuple[str, ...]
    """Where it shows: `config`, `environment`, `source`, ...; sorted."""
    elements: tuple[ElementName, ...]
    """In staging order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Displayable):
    """Two states side by side; it iterates over the changes, and is false when there are none.

    The order: added and removed elements, then those that changed directly, then those that only
    inherit; each in staging order.
    """

    before: str
    after: str
    options: tuple[OptionChange, ...]
    """Options with another value: often the one cause behind all others."""
    machine: tuple[tuple[str, str, str], ...]
    """What differs of the machine: (name, before, after)."""
    changes: tuple[Change, ...]
    unchanged: int
    """The number of elements whose keys are the same."""

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    @property
    def roots(self) -> tuple[Changed, ...]:
        """The elements that changed directly, in staging order."""
        return tuple(c for c in self.changes if isinstance(c, Changed) and c.causes)

    @property
    def heirs(self) -> tuple[Changed, ...]:
        """The elements that changed only because of others, in staging order."""
        return tuple(c for c in self.changes if isinstance(c, Changed) and not c.causes)

    def folded(self) -> tuple[Fold, ...]:
        """Return the direct causes, each once, with the elements that have it.

        What most elements have comes first, then the order of the first element. Where a cause is
        written does not count.
        """
        found: dict[object, list[tuple[ElementName, Cause]]] = {}
        for change in self.roots:
            for cause in change.causes:
                found.setdefault(_alike(cause), []).append((change.element, cause))
        folds = [
            Fold(
                cause=pairs[0][1],
                variables=_variables(pairs[0][1]),
                inputs=tuple(sorted({_input(cause) for _, cause in pairs})),
                elements=tuple(dict.fromkeys(name for name, _ in pairs)),
            )
            for pairs in found.values()
        ]
        return tuple(sorted(folds, key=lambda fold: -len(fold.elements)))


def _variables(cause: Cause) -> tuple[VariableChange, ...]:
    return cause.variables if isinstance(cause, ValueCause | SourceCause) else ()


def _alike(cause: Cause) -> object:
    """Return what is equal for causes that are told as one."""
    if _variables(cause):
        return _variables(cause)
    if isinstance(cause, ValueCause | ResolutionCause):
        return repr(cause)
    return repr(replace(cause, at=None))


def _input(cause: Cause) -> str:
    match cause:
        case ValueCause():
            return cause.input
        case SourceCause():
            return "source"
        case FileCause():
            return "file"
        case DependencyCause():
            return "dependency"
        case ResolutionCause():
            return "resolution"
        case _:
            assert_never(cause)
