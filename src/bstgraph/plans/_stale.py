"""What a build that is not strict would ship although it is old, and the edges that it comes from.

An element is *off* when its artifact, after the build, is another one than that of a strict build.
One that is off because an artifact is taken by its weak key is *stale*; one that is built anew, but
from something that is off, is *tainted*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from bstgraph.artifacts import BuiltFrom, CacheState
from bstgraph.display import Displayable
from bstgraph.images import SCRIPT_KINDS, is_image, staged_locations
from bstgraph.keys import RuleName
from bstgraph.model import Dependency, Element
from bstgraph.names import ElementName
from bstgraph.plans._plan import plan
from bstgraph.plans._values import Action, Plan, Step
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope
from bstgraph.state import State

Difference: TypeAlias = Literal["changed", "added", "removed"]
"""How a dependency differs from what an artifact was built from: another key, not there before,
not there any more."""

Verdict: TypeAlias = Action | Literal["stale", "tainted"]
"""What becomes of an element: what the build does with it, or that the outcome is off."""

_FILTERING = frozenset(("compose", "filter"))
_FILELESS = "stack"


@dataclass(frozen=True, slots=True, kw_only=True)
class RootEdge(Displayable):
    """A dependency that has changed without the weak key of its user seeing it."""

    user: ElementName
    """The element whose old artifact is taken."""
    dependency: ElementName
    """The element of its build scope that is another one now."""
    path: tuple[ElementName, ...]
    """From the user to the dependency: a build dependency, then runtime dependencies. Only the two
    ends when the edge is not there any more."""
    difference: Difference = "changed"
    strict: bool = False
    """Whether the first edge of the path is marked `strict: true`."""
    at: Provenance | None = field(default=None, compare=False, repr=False)
    """Where the first edge of the path is written."""

    @property
    def direct(self) -> bool:
        """Whether the user itself names the dependency."""
        return len(self.path) == 2

    def __str__(self) -> str:
        return " -> ".join(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleElement(Displayable):
    """An element whose artifact will be another one than that of a strict build."""

    step: Step
    edges: tuple[RootEdge, ...] = ()
    """The root edges of its own artifact; none when it only inherits."""
    through: tuple[ElementName, ...] = ()
    """The elements of its build scope that are off themselves, in staging order."""
    old_bytes: bool = True
    """Whether its files may be old; False for a stack, which has none, and for what is made of
    stacks that are off alone: then only the key differs."""
    gaps: tuple[str, ...] = ()

    @property
    def name(self) -> ElementName:
        """The full name."""
        return self.step.name

    @property
    def tainted(self) -> bool:
        """Whether it is built, from something that is off; else an old artifact is taken."""
        return self.step.action not in ("reuse", "unneeded")


@dataclass(frozen=True, kw_only=True)
class StaleReport(Displayable):
    """What a non-strict build of `plan.targets` would do, and what is old in it."""

    plan: Plan
    """The build that is not strict."""
    strict_plan: Plan
    """The strict build of the same targets, with the same cache."""
    elements: Mapping[ElementName, StaleElement]
    """What is off, by full name in staging order."""

    @property
    def rule(self) -> RuleName:
        """By which rule the keys were computed."""
        return self.plan.state.keys.rule

    @cached_property
    def stale(self) -> tuple[ElementName, ...]:
        """What is taken from the cache although it is old, or would be if it were needed."""
        return tuple(name for name, each in self.elements.items() if not each.tainted)

    @cached_property
    def tainted(self) -> tuple[ElementName, ...]:
        """What is built from something that is old."""
        return tuple(name for name, each in self.elements.items() if each.tainted)

    @cached_property
    def keys_only(self) -> tuple[ElementName, ...]:
        """What is off without old bytes: stacks."""
        return tuple(name for name, each in self.elements.items() if not each.old_bytes)

    @cached_property
    def layers(self) -> tuple[ElementName, ...]:
        """The composes and filters with old bytes that targets and images are made of.

        Others, such as those that only bring tools for a build, are not among them.
        """
        return tuple(
            name
            for name, each in self.elements.items()
            if each.old_bytes and each.step.kind in _FILTERING and name in self._shipped
        )

    @cached_property
    def images(self) -> tuple[ElementName, ...]:
        """The images with old bytes: scripts that are targets, or stage elsewhere than at `/`."""
        graph, targets = self.plan.state.graph, self.plan.targets
        return tuple(
            name
            for name, each in self.elements.items()
            if each.old_bytes
            and each.step.kind in SCRIPT_KINDS
            and (name in targets or is_image(graph.elements[name]))
        )

    @property
    def ships_old(self) -> bool:
        """Whether a layer or an image would hold old bytes."""
        return bool(self.layers or self.images)

    @cached_property
    def _shipped(self) -> frozenset[ElementName]:
        """What goes into targets and images, as far as composes and filters let it through."""
        graph = self.plan.state.graph
        images = (name for name in self.plan if name in graph.elements)
        waiting = [*self.plan.targets]
        waiting += (name for name in images if is_image(graph.elements[name]))
        seen: set[ElementName] = set()
        while waiting:
            name = waiting.pop()
            element = graph.get(name)
            if name not in seen and element is not None:
                seen.add(name)
                waiting += (entry.name for entry in element.dependencies if _ships(element, entry))
        return frozenset(seen)

    @cached_property
    def edges(self) -> tuple[RootEdge, ...]:
        """All root edges, by user in staging order."""
        return tuple(edge for each in self.elements.values() for edge in each.edges)

    @cached_property
    def unknown(self) -> tuple[Step, ...]:
        """The steps of which it is not known what they are, or whether they are stale."""
        return tuple(step for step in self.plan.values() if step.gaps)

    def roots_of(self, name: str) -> tuple[RootEdge, ...]:
        """Return the root edges that `name` is off for, its own and inherited ones.

        None for an element that is not off.
        """
        found: dict[RootEdge, None] = {}
        seen: set[ElementName] = set()
        waiting = [ElementName(name)]
        while waiting:
            each = waiting.pop()
            if each in seen or each not in self.elements:
                continue
            seen.add(each)
            found.update(dict.fromkeys(self.elements[each].edges))
            waiting += self.elements[each].through
        return tuple(edge for edge in self.edges if edge in found)

    def verdict(self, name: str) -> Verdict:
        """Return what becomes of an element of the plan.

        Raises:
            SelectionError: there is no such element in it.
        """
        step = self.plan[name]
        found = self.elements.get(step.name)
        if found is None:
            return step.action
        return "tainted" if found.tainted else "stale"

    def __bool__(self) -> bool:
        return bool(self.elements)

    def __repr__(self) -> str:
        return f"<StaleReport: {len(self.stale)} stale, {len(self.tainted)} tainted>"


def _ships(user: Element, entry: Dependency) -> bool:
    """Return whether what an element holds, or brings with it, comes from a dependency."""
    if entry.runtime or user.kind in _FILTERING:
        return True
    # An image has its tools at the root; any other script has nothing elsewhere.
    places = staged_locations(entry) if user.kind in SCRIPT_KINDS else ()
    return any(place != "/" or not is_image(user) for place in places)


def stale(
    state: State,
    cache: CacheState,
    targets: Iterable[str] = (),
    *,
    remotes: Sequence[CacheState] = (),
    retry_failed: bool = False,
) -> StaleReport:
    """Return what a non-strict build would ship although it is old.

    Args:
        state: the project with its keys; those of the runbook's rule give the runbook's verdict.
        cache: what the local cache has.
        targets: full names; the project's targets by default.
        remotes: what remote caches have that artifacts are pulled from.
        retry_failed: whether it is `bst build --retry-failed`.

    Raises:
        SelectionError: there is no such target.
    """
    wanted = tuple(targets)
    made, strict_plan = (
        plan(state, cache, wanted, strict=strict, remotes=remotes, retry_failed=retry_failed)
        for strict in (False, True)
    )
    return StaleReport(
        plan=made,
        strict_plan=strict_plan,
        elements=_Search(made, (cache, *remotes)).elements(),
    )


class _Search:
    """Finds what is off, and why, in one pass in staging order."""

    def __init__(self, made: Plan, caches: Sequence[CacheState]) -> None:
        self._plan = made
        self._caches = caches
        self._keys = made.state.keys
        self._graph = made.state.graph
        self._names = {
            self._graph.elements[name].identity: name for name in made if name in self._keys
        }
        self._off_bits = 0
        self._found: dict[ElementName, StaleElement] = {}

    def elements(self) -> Mapping[ElementName, StaleElement]:
        for name, step in self._plan.items():
            if step.off:
                self._found[name] = self._element(step)
                self._off_bits |= self._keys.bits([name])
        return self._found

    def _element(self, step: Step) -> StaleElement:
        through, _ = self._keys.staged(step.name, self._off_bits)
        edges: tuple[RootEdge, ...] = ()
        gaps: tuple[str, ...] = ()
        if step.artifact is not None:
            recorded = self._recorded(step)
            if recorded is None:
                gaps = ("what its artifact was built from is not known",)
                edges = tuple(self._edges(step.name, self._unseen(step.name)))
            else:
                edges = tuple(self._edges(step.name, self._differences(step.name, recorded)))
        inherited = any(self._found[each].old_bytes for each in through)
        old = step.kind != _FILELESS and (bool(edges) or inherited)
        return StaleElement(step=step, edges=edges, through=through, old_bytes=old, gaps=gaps)

    def _recorded(self, step: Step) -> Sequence[BuiltFrom] | None:
        for cache in self._caches:
            if step.artifact is not None and (found := cache.built_from(step.artifact)) is not None:
                return found
        return None

    def _differences(
        self, name: ElementName, recorded: Sequence[BuiltFrom]
    ) -> Iterator[tuple[ElementName, Difference]]:
        """Yield what the artifact was not built from as it will be after the build."""
        before = {(one.project, one.element): one.key for one in recorded}
        for each in self._keys.scope(name):
            step = self._plan.steps[each]
            element = self._graph.get(each)
            if element is None or step.strict is None:
                continue
            key = before.pop(element.identity, None)
            if key is None:
                yield each, "added"
            elif key != step.strict.digest and not self._inherits(step, key):
                yield each, "changed"
        for identity in before:
            yield self._names.get(identity, ElementName(identity[1])), "removed"

    @staticmethod
    def _inherits(step: Step, key: str) -> bool:
        """Return whether a dependency is itself taken, as old as `key`."""
        return step.off and step.strong is not None and step.strong.digest == key

    def _unseen(self, name: ElementName) -> Iterator[tuple[ElementName, Difference]]:
        """Yield what may have changed, where nobody recorded what an artifact was built from."""
        for each in self._keys.scope(name):
            step = self._plan.steps[each]
            if step.action == "build" or step.strong is None:
                yield each, "changed"

    def _edges(
        self, name: ElementName, differences: Iterable[tuple[ElementName, Difference]]
    ) -> Iterator[RootEdge]:
        direct = {entry.name: entry for entry in self._graph.elements[name].dependencies}
        users = self._users(name)
        for dependency, difference in differences:
            path = _path(users, name, dependency)
            entry = direct.get(path[1])
            yield RootEdge(
                user=name,
                dependency=dependency,
                path=path,
                difference=difference,
                strict=entry is not None and entry.build and entry.strict,
                at=entry.provenance if entry is not None else None,
            )

    def _users(self, name: ElementName) -> Mapping[ElementName, ElementName]:
        """Return what comes before each of the build scope of an element on a shortest way."""
        traversal = self._graph.traversal
        users = dict.fromkeys(traversal.direct(name, Scope.BUILD), name)
        waiting = list(users)
        for each in waiting:
            for below in traversal.direct(each, Scope.RUN):
                if below not in users:
                    users[below] = each
                    waiting.append(below)
        return users


def _path(
    users: Mapping[ElementName, ElementName], name: ElementName, dependency: ElementName
) -> tuple[ElementName, ...]:
    """Return a shortest way from an element to another one; the two ends when there is none."""
    if dependency not in users:
        return name, dependency
    path = [dependency]
    while path[-1] != name:
        path.append(users[path[-1]])
    return tuple(reversed(path))
