"""Dependency scopes: what is traversed to build an element, to run it, or both; staging order.

The order is BuildStream's (`Element._dependencies` in `element.py`, `dependencies` in
`_pipeline.py`): depth first through the sorted direct dependencies, each element once, after what
it needs. Nothing here recurses and nothing asks about one path at a time: every question is one
pass over the dependency table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from heapq import heappop, heappush
from typing import TypeAlias

from bstgraph.model import Dependency, Element
from bstgraph.names import ElementName

Steps: TypeAlias = Mapping[ElementName, Sequence[ElementName]]
"""Element -> the elements one step away, in order; a name that is missing has none."""


class Scope(Enum):
    """Which dependencies a question follows; the values are those of `bst show --deps`."""

    BUILD = "build"
    """Direct build dependencies and what these need to run: what is staged for a build."""
    RUN = "run"
    """Runtime dependencies of runtime dependencies: what is needed to use an element."""
    ALL = "all"
    """Every dependency of every dependency."""
    NONE = "none"
    """No dependency at all."""


def staging_order(
    dependencies: Mapping[ElementName, Sequence[Dependency]],
    targets: Iterable[ElementName],
    scope: Scope = Scope.ALL,
) -> tuple[ElementName, ...]:
    """Return what `bst show --deps SCOPE --order stage` lists for `targets`, in its order.

    The targets are part of it, except in the build scope, where they are only if another target
    needs them.
    """
    return Traversal(dependencies).staging_order(targets, scope)


class Traversal:
    """A dependency table prepared for questions in any scope and either direction.

    Making it costs one pass, the first question against the direction of dependencies another.
    """

    def __init__(
        self,
        dependencies: Mapping[ElementName, Sequence[Dependency]],
        *,
        like: Traversal | None = None,
    ) -> None:
        """Split the table by dependency type; names that are no key of it have no dependencies.

        With `like`, the table has what is different there; no name is missing.
        """
        build, run, every = ({}, {}, {}) if like is None else like.copied()
        for name, entries in dependencies.items():
            build[name] = tuple(entry.name for entry in entries if entry.build)
            run[name] = tuple(entry.name for entry in entries if entry.runtime)
            # BuildStream goes through all build dependencies before any other.
            rest = tuple(entry.name for entry in entries if entry.runtime and not entry.build)
            every[name] = (*build[name], *rest)
        self._forward: dict[Scope, tuple[Steps, Steps]] = {
            Scope.BUILD: (build, run),
            Scope.RUN: (run, run),
            Scope.ALL: (every, every),
            Scope.NONE: ({}, {}),
        }
        """Scope -> the first step, and all further ones."""

    def copied(self) -> tuple[dict[ElementName, Sequence[ElementName]], ...]:
        """Return the steps of build dependencies, of runtime dependencies, and of both."""
        build, run = self._forward[Scope.BUILD]
        return dict(build), dict(run), dict(self._forward[Scope.ALL][0])

    @cached_property
    def _backward(self) -> dict[Scope, tuple[Steps, Steps]]:
        """The same against the direction of dependencies: the *last* step, and all before it."""
        build, run = (_reversed(steps) for steps in self._forward[Scope.BUILD])
        every = _reversed(self._forward[Scope.ALL][0])
        return {
            Scope.BUILD: (build, run),
            Scope.RUN: (run, run),
            Scope.ALL: (every, every),
            Scope.NONE: ({}, {}),
        }

    def staging_order(
        self, targets: Iterable[ElementName], scope: Scope
    ) -> tuple[ElementName, ...]:
        """Return what `bst show --deps SCOPE --order stage` lists; see `staging_order`."""
        roots: Iterable[ElementName] = dict.fromkeys(targets)
        first, further = self._forward[scope]
        if scope is Scope.BUILD:
            roots = [name for root in roots for name in first.get(root, ())]
        return tuple(_postorder(further, roots))

    def direct(self, name: ElementName, scope: Scope) -> tuple[ElementName, ...]:
        """Return the direct dependencies of `name`, in BuildStream's order."""
        return tuple(self._forward[scope][0].get(name, ()))

    def direct_dependants(self, name: ElementName, scope: Scope) -> tuple[ElementName, ...]:
        """Return the elements that depend on `name` directly, in the order of the table."""
        return tuple(self._backward[scope][0].get(name, ()))

    def dependencies(
        self, names: Iterable[ElementName], scope: Scope, depth: int | None = None
    ) -> set[ElementName]:
        """Return what is at least one step and at most `depth` steps below any of `names`."""
        if depth == 0:
            return set()
        first, further = self._forward[scope]
        return _closure(further, _step(first, names), depth and depth - 1)

    def dependants(
        self, names: Iterable[ElementName], scope: Scope, depth: int | None = None
    ) -> set[ElementName]:
        """Return the elements that have any of `names` among their `dependencies`."""
        if depth == 0:
            return set()
        last, before = self._backward[scope]
        return _step(last, _closure(before, names, depth and depth - 1))

    def shortest_path(
        self, start: ElementName, end: ElementName, scope: Scope
    ) -> tuple[ElementName, ...] | None:
        """Return one of the shortest paths, the first in BuildStream's order, or None."""
        distances = self._distances(end, scope)
        path = [start]
        while path[-1] != end:
            steps = self._forward[scope][len(path) > 1].get(path[-1], ())
            near = [name for name in steps if name in distances]
            if not near:
                return None
            path.append(min(near, key=distances.__getitem__))
        return tuple(path)

    def paths(
        self, start: ElementName, end: ElementName, scope: Scope
    ) -> Iterator[tuple[ElementName, ...]]:
        """Yield every simple path, shorter ones first, equally long ones in BuildStream's order.

        Every beginning of a path is continued only where it can still arrive, and the one that
        can arrive soonest goes first: without cycles, no work is in vain. There may be more paths
        than anyone can list, so stop when there are enough.
        """
        distances = self._distances(end, scope)
        # (length of the whole path at best, choices so far, path so far)
        queue: list[tuple[int, tuple[int, ...], tuple[ElementName, ...]]] = [(0, (), (start,))]
        while queue:
            _, choices, path = heappop(queue)
            if path[-1] == end:
                yield path
                continue
            steps = self._forward[scope][len(path) > 1].get(path[-1], ())
            for i, name in enumerate(steps):
                if name in distances and name not in path:
                    best = len(path) + distances[name]
                    heappush(queue, (best, (*choices, i), (*path, name)))

    def _distances(self, end: ElementName, scope: Scope) -> dict[ElementName, int]:
        """Return the number of further steps from each element to `end`."""
        before = self._backward[scope][1]
        distances = {end: 0}
        queue = [end]
        for name in queue:
            for nearer in before.get(name, ()):
                if nearer not in distances:
                    distances[nearer] = distances[name] + 1
                    queue.append(nearer)
        return distances


def table_of(
    elements: Mapping[ElementName, Element],
) -> Mapping[ElementName, tuple[Dependency, ...]]:
    """Return the dependency table of elements."""
    return {name: element.dependencies for name, element in elements.items()}


def changed_lists(
    before: Mapping[ElementName, Element], after: Mapping[ElementName, Element]
) -> dict[ElementName, Element] | None:
    """Return the elements of `after` whose dependencies are traversed in another way.

    New elements behind all others are among them. None where elements are missing, or in another
    order.
    """
    found: dict[ElementName, Element] = {}
    left = iter(before.items())
    for name, element in after.items():
        known, old = next(left, (None, None))
        if known is not None and known != name:
            return None
        if old is None or (old is not element and _steps(old) != _steps(element)):
            found[name] = element
    return found if next(left, None) is None else None


def _steps(element: Element) -> list[tuple[ElementName, bool, bool]]:
    return [(entry.name, entry.build, entry.runtime) for entry in element.dependencies]


def _reversed(steps: Steps) -> dict[ElementName, list[ElementName]]:
    turned: dict[ElementName, list[ElementName]] = {}
    for name, others in steps.items():
        for other in others:
            turned.setdefault(other, []).append(name)
    return turned


def _postorder(steps: Steps, roots: Iterable[ElementName]) -> Iterator[ElementName]:
    visited: set[ElementName] = set()
    for root in roots:
        if root in visited:
            continue
        visited.add(root)
        stack = [(root, iter(steps.get(root, ())))]
        while stack:
            name, rest = stack[-1]
            for other in rest:
                if other not in visited:
                    visited.add(other)
                    stack.append((other, iter(steps.get(other, ()))))
                    break
            else:
                stack.pop()
                yield name


def _step(steps: Steps, names: Iterable[ElementName]) -> set[ElementName]:
    return {other for name in names for other in steps.get(name, ())}


def _closure(steps: Steps, names: Iterable[ElementName], depth: int | None) -> set[ElementName]:
    """Return `names` and what is at most `depth` steps away from them."""
    reached = set(names)
    frontier = set(reached)
    while frontier and depth != 0:
        frontier = _step(steps, frontier) - reached
        reached |= frontier
        depth = depth and depth - 1
    return reached
