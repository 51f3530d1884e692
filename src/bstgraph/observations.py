"""What loading notices and the loaded elements do not show: what was asked for, and what never was.

Only the toplevel project is told about: what lies in others is not its maintainer's to change.
"""

from __future__ import annotations

from dataclasses import dataclass

from bstgraph.names import ElementName
from bstgraph.provenance import Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A dependency that another entry of the same element says already."""

    element: ElementName
    dependency: ElementName
    """What both resolve to."""
    path: str
    """The dependency as the first entry writes it."""
    other: str
    """As the second one does: the same text, another spelling or a link."""
    at: Provenance | None
    """The entry that adds nothing."""
    kept: Provenance | None
    """The entry that says all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUse:
    """A link element that was read, and whether anything goes through it."""

    name: ElementName
    target: str
    """As written."""
    used: bool
    at: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideUse:
    """One of the `overrides` of a junction that was opened, and whether anything met it."""

    junction: ElementName
    path: str
    """What it replaces, a path in the subproject."""
    target: str
    used: bool
    """Whether something was replaced, or would be with other options, as far as one can see."""
    at: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition `(?)` that does not hold, in one place."""

    expression: str
    at: Provenance | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedList:
    """A list that a plain list takes the place of, and what is lost by it."""

    element: ElementName | None
    """The element in whose file the new list is; None for an include."""
    key: str
    """`depends`, `build-depends`, `runtime-depends` of an include, or a split domain."""
    dropped: tuple[str, ...]
    """What only the old list has, as written."""
    kept: tuple[str, ...]
    """What both have."""
    added: tuple[str, ...]
    """What only the new list has."""
    at: Provenance | None
    """The new list."""
    old: Provenance | None
    """The old one, in an include, project.conf or a plugin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What was noticed while the toplevel project was loaded."""

    complete: bool = False
    """Whether all element files of the toplevel project were read: only then is what nothing asked
    for really unused."""
    repeats: tuple[Repeat, ...] = ()
    """In the order of loading."""
    links: tuple[LinkUse, ...] = ()
    """By name."""
    overrides: tuple[OverrideUse, ...] = ()
    """In the order of the junctions, and as written there."""
    options_asked: frozenset[str] = frozenset()
    """The options that a condition names or whose variable is used in a file that was read."""
    conditions: tuple[Condition, ...] = ()
    """Those that do not hold, each place once; those inside a branch that is not taken too."""
    replaced: tuple[ReplacedList, ...] = ()
    """Those by which something is lost, each once, in the order of loading."""
    mentioned: frozenset[ElementName] = frozenset()
    """Elements named in branches that are not taken: other options may need them."""
