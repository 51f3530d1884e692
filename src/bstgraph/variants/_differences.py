"""What can differ between two variants of an image; each difference says where it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from bstgraph.display import Displayable
from bstgraph.images import Filter, Role
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance

Side: TypeAlias = Literal["a", "b"]

FilterField: TypeAlias = Literal[
    "include", "exclude", "orphans", "integrate", "include-paths", "exclude-paths"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyStage:
    """A stage that the other variant has nothing to set against."""

    side: Side
    name: ElementName
    kind: str
    role: Role
    location: str | None
    """Where it is staged; None below a location."""
    filter: Filter | None
    at_a: Provenance | None
    """The dependency that brings it in."""
    at_b: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStage:
    """Two stages in the same place that are not of the same sort, or one at two locations."""

    what: Literal["location", "role", "kind", "parent", "tool"]
    """The first of these that differs; the last two are another element in this role."""
    a: ElementName
    b: ElementName
    value_a: str
    value_b: str
    location: str | None
    """Where both are staged; None when that is what differs."""
    at_a: Provenance | None
    at_b: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChange:
    """One setting of two paired composes or filters."""

    a: ElementName
    b: ElementName
    field: FilterField
    value_a: tuple[str, ...] | bool | None
    """Domains or paths, sorted; None for all of them."""
    value_b: tuple[str, ...] | bool | None
    at_a: Provenance | None
    """The compose or filter."""
    at_b: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveChange:
    """Packages of both variants of which other files arrive, all stages together."""

    location: str
    packages: tuple[ElementName, ...]
    """In staging order of A; for all of them the difference is this one."""
    without_a: tuple[str, ...]
    """Domains that A leaves out on each way, and B does not, sorted."""
    without_b: tuple[str, ...]
    a: tuple[Filter, ...]
    """The ways, where those of A and B differ in more than these domains; else empty.

    A way through which nothing passes that does not pass through another one is not told.
    """
    b: tuple[Filter, ...]
    at_a: Provenance | None
    """Where the first of these packages comes in."""
    at_b: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyPackage:
    """A package of which only one variant has files."""

    side: Side
    name: ElementName
    kind: str
    """Empty for an external element, which may stand for several packages."""
    locations: tuple[str, ...]
    """Where the script stages what brings it in, sorted; that of a parent for what is in it."""
    path: tuple[ElementName, ...]
    """A shortest way from the script to it, both included; of a long one, 15 names at each end."""
    stack: ElementName | None
    """The last stack on this way."""
    at_a: Provenance | None
    """Where the last step of this way is written."""
    at_b: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPackage:
    """Packages of the same local name, of another junction or project."""

    a: ElementName
    b: ElementName
    project_a: str
    project_b: str
    at_a: Provenance | None
    at_b: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPackages:
    """Packages that both have, at other locations.

    Being in a parent counts where a package is in no layer: that what is in a layer is underneath
    as well follows from the parent.
    """

    packages: tuple[ElementName, ...]
    """In staging order of A."""
    locations_a: tuple[str, ...]
    """Sorted; with those of parents."""
    locations_b: tuple[str, ...]
    at_a: Provenance | None
    """Where the first of these packages comes in."""
    at_b: Provenance | None


class Line(NamedTuple):
    """A line of a command."""

    group: str
    """The list of commands in the configuration: `commands` for a script."""
    step: int
    """The command in that list, from 1."""
    number: int
    """The line of the command, from 1."""
    text: str
    """Without white space at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptChange:
    """Successive lines of one command."""

    change: Literal["removed", "added", "changed", "moved", "split"]
    """`removed` are lines of A only; with `split` a new command begins in one variant only."""
    script_a: ElementName
    script_b: ElementName
    a: tuple[Line, ...]
    b: tuple[Line, ...]
    at_a: Provenance | None
    at_b: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """A value that the commands run with."""

    part: Literal["environment", "variable", "config", "sandbox"]
    name: str
    script_a: ElementName
    script_b: ElementName
    a: str | None
    """None when it is not there."""
    b: str | None
    at_a: Provenance | None
    at_b: Provenance | None


Difference: TypeAlias = (
    OnlyStage
    | OtherStage
    | FilterChange
    | EffectiveChange
    | OnlyPackage
    | OtherPackage
    | PlacedPackages
    | ScriptChange
    | ValueChange
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePair:
    """Two stages that were compared with each other."""

    role: Role
    """That of A."""
    location: str | None
    """That of A."""
    a: ElementName
    b: ElementName


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of the two images."""

    name: ElementName
    project: str
    packages: int
    """The packages in its layers and in its parents, each once."""
    layers: tuple[tuple[str, ElementName], ...]
    """Location and element, sorted by location."""
    parents: tuple[tuple[str, ElementName], ...]
    commands: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity(Displayable):
    """Two images side by side; it iterates over the differences, and is false without any.

    The order: stages, filters, packages, commands, values; each in the order of A, then of B.
    """

    a: Variant
    b: Variant
    differences: tuple[Difference, ...]
    pairs: tuple[StagePair, ...]
    """What was set against each other, in the order of A."""
    shared: int
    """The number of packages that both have."""
    built_upon: Literal["", "a", "b"] = ""
    """`b` when A is among the parents of B or theirs, `a` when it is the other way round."""
    gaps: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.differences)

    def __len__(self) -> int:
        return len(self.differences)

    def __repr__(self) -> str:
        return f"<Parity of {self.a.name!r} and {self.b.name!r}: {len(self)} differences>"
