"""Which packages an image has files of, where, by which way, and through which filters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from bstgraph.graph import Graph
from bstgraph.images import ImageChain, Stage
from bstgraph.model import Dependency
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.splits import Filter, filter_of
from bstgraph.variants._filters import normal

MOST_WAYS: Final = 8
"""How many filters one element is followed through: chains of filters can be combined."""

MOST_STEPS: Final = 400_000
"""How many dependencies are followed in all, before each is followed only once more."""

LONGEST_END: Final = 15
"""How many names at each end of a way are told."""

OPEN: Final = Filter()
"""What lets everything through."""


def told(stage: Stage) -> dict[ElementName, Stage]:
    """Return each stage of a chain where all that it is made of is told."""
    found: dict[ElementName, Stage] = {}
    for _, each in stage.walk():
        if each.children:
            found.setdefault(each.name, each)
    return found


@dataclass(slots=True, kw_only=True)
class Package:
    """One package of an image."""

    name: ElementName
    path: tuple[ElementName, ...]
    """From the script to it, along a shortest way; of a long one the two ends."""
    stack: ElementName | None
    at: Provenance | None
    """Where the last step is written."""
    locations: set[str] = field(default_factory=set)
    filters: dict[str, set[Filter]] = field(default_factory=dict)
    """Location -> what passes on each way; not for what is in a parent."""

    @property
    def place(self) -> frozenset[str]:
        """Where it counts: in the layers, and in parents only where it is in none of these."""
        return frozenset(self.filters or self.locations)


class _Step(NamedTuple):
    """An element on a way, and what it is seen through."""

    name: ElementName
    own: bool
    """Whether only its own files count, as with what a filter filters."""
    passes: Filter


_Ways: TypeAlias = dict[tuple[ElementName, bool], set[Filter]]
"""Element, and whether only its own files count -> what it was seen through."""


class _Arrival(NamedTuple):
    """An element at the end of a way."""

    step: _Step
    previous: _Arrival | None
    at: Provenance | None
    head: tuple[ElementName, ...]
    """The first names of the way."""
    length: int
    """The number of all names."""
    stack: ElementName | None
    """The last stack before the element."""

    @property
    def path(self) -> tuple[ElementName, ...]:
        """The names of the way; of a long one its two ends."""
        tail: list[ElementName] = []
        step: _Arrival | None = self
        while step and len(tail) < min(LONGEST_END, self.length - len(self.head)):
            tail.append(step.step.name)
            step = step.previous
        return (*self.head, *reversed(tail))


class Content:
    """The packages of one image."""

    def __init__(self, graph: Graph, chain: ImageChain) -> None:
        """Walk over all that the script stages as layers and parents."""
        self.packages: dict[ElementName, Package] = {}
        self.parents: dict[ElementName, None] = {}
        """All images underneath."""
        self.crowded: dict[ElementName, None] = {}
        """Elements that arrive on so many ways that not all were followed."""
        self._graph = graph
        self._told = told(chain.root)
        self._ways: dict[str, _Ways] = {}
        self._left = MOST_STEPS
        for stage in chain.root.children:
            if _is_layer(stage):
                self._layer(chain.target, stage)
        for stage in chain.parents:
            self._parent(chain.target, stage)

    @property
    def complete(self) -> bool:
        """Whether all locations of all packages are known."""
        return self._left > 0

    def _layer(self, script: ElementName, stage: Stage) -> None:
        location = stage.location or "/"
        for arrival in self._reached((script,), stage, self._ways.setdefault(location, {})):
            package = self._package(arrival)
            package.locations.add(location)
            package.filters.setdefault(location, set()).add(arrival.step.passes)

    def _parent(self, script: ElementName, top: Stage) -> None:
        """Take what is in a parent and its parents, each image once."""
        location = top.location or "/"
        pending: deque[tuple[tuple[ElementName, ...], Stage]] = deque([((script, top.name), top)])
        seen = {top.name}
        ways: _Ways = {}
        while pending:
            path, image = pending.popleft()
            self.parents[image.name] = None
            for stage in self._told.get(image.name, image).children:
                if stage.role == "parent" and stage.name not in seen:
                    seen.add(stage.name)
                    above = (*path, stage.name)
                    pending.append(((*above[:LONGEST_END], *above[LONGEST_END:][-1:]), stage))
                elif _is_layer(stage):
                    for arrival in self._reached(path, stage, ways, filtered=False):
                        self._package(arrival).locations.add(location)

    def _package(self, arrival: _Arrival) -> Package:
        name = arrival.step.name
        if name not in self.packages:
            self.packages[name] = Package(
                name=name, path=arrival.path, stack=arrival.stack, at=arrival.at
            )
        return self.packages[name]

    def _reached(
        self, above: tuple[ElementName, ...], stage: Stage, ways: _Ways, *, filtered: bool = True
    ) -> Iterator[_Arrival]:
        """Yield the packages below `stage`, those that are the fewest steps away first."""
        if not self.complete:
            # Each package is still found once, wherever it is.
            ways, filtered = self._ways.setdefault("", {}), False
            self.crowded[stage.name] = None
        first = _Step(stage.name, own=False, passes=OPEN)
        start = _Arrival(
            first, None, stage.provenance, (*above, stage.name), len(above) + 1, stack=None
        )
        pending = deque([start])
        while pending:
            arrival = pending.popleft()
            if not self._is_new(arrival.step, ways):
                continue
            if self._has_files(arrival.step.name):
                yield arrival
            for entry, below in self._below(arrival.step, filtered=filtered):
                pending.append(self._next(arrival, entry, below))
                self._left -= 1

    def _is_new(self, step: _Step, ways: _Ways) -> bool:
        """Tell whether a step is to be taken, and note it."""
        known = ways.setdefault((step.name, step.own), set())
        if step.passes in known:
            return False
        if len(known) == MOST_WAYS:
            self.crowded[step.name] = None
            return False
        known.add(step.passes)
        return True

    def _next(self, arrival: _Arrival, entry: Dependency, step: _Step) -> _Arrival:
        short = len(arrival.head) < LONGEST_END and len(arrival.head) == arrival.length
        head = (*arrival.head, step.name) if short else arrival.head
        element = self._graph.get(arrival.step.name)
        stack = arrival.step.name if element and element.kind == "stack" else arrival.stack
        return _Arrival(step, arrival, entry.provenance, head, arrival.length + 1, stack)

    def _has_files(self, name: ElementName) -> bool:
        element = self._graph.get(name)
        return element is None or element.kind not in ("compose", "filter", "stack")

    def _below(self, step: _Step, *, filtered: bool) -> Iterator[tuple[Dependency, _Step]]:
        """Yield what the files of an element are from, and what comes along with it."""
        element = self._graph.get(step.name)
        if element is None:
            return
        rules = filter_of(element)
        if rules is not None:
            passes = normal(rules.under(step.passes)) if filtered else OPEN
            for entry in element.dependencies:
                if entry.build:
                    yield entry, _Step(entry.name, own=element.kind == "filter", passes=passes)
        if not step.own:
            for entry in element.dependencies:
                if entry.runtime:
                    yield entry, _Step(entry.name, own=False, passes=step.passes)


def _is_layer(stage: Stage) -> bool:
    """Return whether the files of what a script stages are part of the image."""
    # What is external and staged at `/` is taken for a tool.
    return stage.role == "layer" or (stage.role == "external" and stage.location != "/")
