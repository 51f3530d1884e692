"""Which packages an image has files of, where, by which way, and through which filters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from bstgraph.graph import Graph
from bstgraph.images import ImageChain, Stage
from bstgraph.model import Dependency
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.splits import Filter, filter_of
from bstgraph.variants._filters import normal

MOST_WAYS: Final = 8
"""How many filters one element is followed through: chains of filters can be combined."""

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
    """From the script to it, along a shortest way."""
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


class _Arrival(NamedTuple):
    step: _Step
    previous: _Arrival | None
    at: Provenance | None


class Content:
    """The packages of one image."""

    def __init__(self, graph: Graph, chain: ImageChain) -> None:
        """Walk over all that the script stages as layers and parents."""
        self.packages: dict[ElementName, Package] = {}
        self.parents: dict[ElementName, None] = {}
        """All images underneath."""
        self.crowded: set[ElementName] = set()
        """Elements that arrive on so many ways that not all were followed."""
        self._graph = graph
        self._told = told(chain.root)
        for stage in chain.root.children:
            if _is_layer(stage):
                self._layer(chain.target, stage)
        for stage in chain.parents:
            self._parent(chain.target, stage)

    def _layer(self, script: ElementName, stage: Stage) -> None:
        location = stage.location or "/"
        start = _Arrival(_Step(stage.name, own=False, passes=OPEN), None, stage.provenance)
        for arrival in self._reached(start):
            package = self._package((script,), arrival)
            package.locations.add(location)
            package.filters.setdefault(location, set()).add(arrival.step.passes)

    def _parent(self, script: ElementName, top: Stage) -> None:
        """Take what is in a parent and its parents, each image once."""
        location = top.location or "/"
        pending: deque[tuple[tuple[ElementName, ...], Stage]] = deque([((script, top.name), top)])
        seen = {top.name}
        reached: set[_Step] = set()
        while pending:
            path, image = pending.popleft()
            self.parents[image.name] = None
            for stage in self._told.get(image.name, image).children:
                if stage.role == "parent" and stage.name not in seen:
                    seen.add(stage.name)
                    pending.append(((*path, stage.name), stage))
                elif _is_layer(stage):
                    first = _Step(stage.name, own=False, passes=OPEN)
                    start = _Arrival(first, None, stage.provenance)
                    for arrival in self._reached(start, filtered=False, reached=reached):
                        self._package(path, arrival).locations.add(location)

    def _package(self, above: tuple[ElementName, ...], arrival: _Arrival) -> Package:
        name = arrival.step.name
        if name not in self.packages:
            way = []
            step: _Arrival | None = arrival
            while step:
                way.append(step.step.name)
                step = step.previous
            path = (*above, *reversed(way))
            stacks = (n for n in way[1:] if (e := self._graph.get(n)) and e.kind == "stack")
            self.packages[name] = Package(
                name=name, path=path, stack=next(stacks, None), at=arrival.at
            )
        return self.packages[name]

    def _reached(
        self, start: _Arrival, *, filtered: bool = True, reached: set[_Step] | None = None
    ) -> Iterator[_Arrival]:
        """Yield the packages below `start`, those that are the fewest steps away first."""
        seen = set() if reached is None else reached
        ways: dict[ElementName, set[Filter]] = {}
        pending = deque([start])
        while pending:
            arrival = pending.popleft()
            step = arrival.step
            if step in seen:
                continue
            known = ways.setdefault(step.name, set())
            if step.passes not in known and len(known) == MOST_WAYS:
                self.crowded.add(step.name)
                continue
            known.add(step.passes)
            seen.add(step)
            if self._has_files(step.name):
                yield arrival
            for entry, below in self._below(step, filtered=filtered):
                pending.append(_Arrival(below, arrival, entry.provenance))

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
