"""What cures a stale build, each cure checked by planning again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from bstgraph.artifacts import CacheState, ChangedCache
from bstgraph.display import Displayable
from bstgraph.errors import BstGraphError
from bstgraph.model import Dependency, Element
from bstgraph.names import ElementName
from bstgraph.plans._built import built
from bstgraph.plans._plan import plan
from bstgraph.plans._stale import RootEdge, StaleReport, stale
from bstgraph.state import State

Remedy: TypeAlias = Literal["strict-build", "strict-edge", "delete"]
"""What a cure does: a strict build, `strict: true` on dependencies, `bst artifact delete`."""

MOST_TRIED: Final = 3
"""How many deletions of one artifact are tried."""

MOST_EDGES: Final = 50
"""How many edges one cure marks at most: more than that is no cure that anybody would want."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cure(Displayable):
    """Something to do, what it costs, and what is left of the old bytes after it."""

    remedy: Remedy
    elements: tuple[ElementName, ...]
    """What is built strictly, or whose artifacts are deleted; the users of the edges."""
    edges: tuple[tuple[ElementName, ElementName], ...] = ()
    """The dependencies that are marked `strict: true`, user first. One that its user does not name
    itself is added as a build dependency."""
    built: tuple[ElementName, ...] = ()
    """What is built in the next build, in staging order."""
    remaining: tuple[ElementName, ...] = ()
    """What holds old bytes all the same."""
    unjudged: int = 0
    """How many elements could not be judged after it, that could be before."""
    later: int | None = None
    """For edges: how many elements a change of what they lead to builds from now on, at most.
    None for a cure that costs nothing later."""
    before: int | None = None
    """For edges: how many elements such a change built so far."""
    gaps: tuple[str, ...] = ()
    """What is not known about the cure."""
    command: str = field(default="", repr=False)
    """What to type; empty for edges."""

    @property
    def complete(self) -> bool:
        """Whether it is known that no old bytes are left, of what could be judged before."""
        return not self.remaining and not self.unjudged


def cures(report: StaleReport, *, remotes: Sequence[CacheState] = ()) -> tuple[Cure, ...]:
    """Return what cures the old bytes of `report`, the best first.

    Each was planned again with the same cache: first come the cures that leave nothing old, those
    that build less before others, and those that cost nothing later before those that do. A
    deletion of one artifact is listed even if it does not help, as people try just that.

    Args:
        report: what is stale; without old bytes there is nothing to cure.
        remotes: as they were given to `stale`.
    """
    if not any(each.old_bytes for each in report.elements.values()):
        return ()
    tries = _Tries(report, remotes)
    found = [tries.strict_build(), *tries.deletions(), *tries.marked()]
    return tuple(sorted(found, key=_rank))


def _rank(cure: Cure) -> tuple[bool, int, int, int]:
    order = ("strict-build", "delete", "strict-edge").index(cure.remedy)
    return not cure.complete, len(cure.remaining), len(cure.built), order


class _Tries:
    """Plans again, once for each cure."""

    def __init__(self, report: StaleReport, remotes: Sequence[CacheState]) -> None:
        self._report = report
        self._remotes = remotes
        self._state = report.plan.state
        self._cache = report.plan.cache
        self._targets = report.plan.targets

    def strict_build(self) -> Cure:
        targets = self._targets
        return Cure(
            remedy="strict-build",
            elements=targets,
            built=self._report.strict_plan.builds,
            command=f"bst --strict build {' '.join(targets)}",
        )

    def deletions(self) -> Iterator[Cure]:
        """Yield the deletion of each artifact that has a root edge, and of all that are old."""
        old = [
            name
            for name, each in self._report.elements.items()
            if each.step.artifact is not None and each.old_bytes
        ]
        rooted = [name for name in old if self._report.elements[name].edges]
        for name in rooted[:MOST_TRIED]:
            yield self._deleted([name])
        if len(old) > 1:
            yield self._deleted(old)

    def _deleted(self, names: Sequence[ElementName]) -> Cure:
        cache = ChangedCache(self._cache, without=self._keys_of(names))
        left = stale(self._state, cache, self._targets, remotes=self._remotes)
        gap = "a remote cache has artifacts too, which would be pulled again"
        return Cure(
            remedy="delete",
            elements=tuple(names),
            built=left.plan.builds,
            remaining=_old(left),
            unjudged=self._unjudged(left),
            command=f"bst artifact delete {' '.join(names)}",
            gaps=(gap,) if self._remotes else (),
        )

    def _keys_of(self, names: Iterable[ElementName]) -> Iterator[tuple[str, str, str]]:
        """Yield what `bst artifact delete` removes: the strict and the weak key of each."""
        for name in names:
            step = self._report.elements[name].step
            project, local = self._state.graph.elements[name].identity
            for key in (step.strict, step.weak):
                if key is not None and key.digest is not None:
                    yield project, local, key.digest

    def marked(self) -> Iterator[Cure]:
        """Yield `strict: true` on all root edges together, unless they are too many."""
        pairs: dict[tuple[ElementName, ElementName], RootEdge] = {}
        for edge in self._report.edges:
            # What has no old bytes, such as a stack, needs no cure and may take no such edge.
            old = self._report.elements[edge.user].old_bytes
            if old and edge.difference == "changed" and edge.dependency in self._state.keys:
                pairs.setdefault((edge.user, edge.dependency), edge)
        # One of a project below a junction cannot be edited here, but there.
        if not pairs or len(pairs) > MOST_EDGES:
            return
        try:
            state = self._state.edited(*self._with_strict(pairs.values()), label="strict edges")
        except (ValueError, BstGraphError):
            # A kind that takes no such dependency, such as a filter.
            return
        # An edited element has a key that nothing was stored under, also where the order of its
        # dependencies, and so the key, is a guess: a cache can be asked, unless more is not known.
        asked = ChangedCache(self._cache, provisional=True)
        cache = self._cache if self._state.keys.gaps else asked
        left = stale(state, cache, self._targets, remotes=self._remotes)
        touched = {edge.dependency for edge in pairs.values()}
        yield Cure(
            remedy="strict-edge",
            elements=tuple(dict.fromkeys(user for user, _ in pairs)),
            edges=tuple(pairs),
            built=left.plan.builds,
            remaining=_old(left),
            unjudged=self._unjudged(left),
            later=self._cost(state, touched),
            before=self._cost(self._state, touched),
            gaps=state.keys.gaps if not self._state.keys.gaps else (),
        )

    def _unjudged(self, left: StaleReport) -> int:
        before = {step.name for step in self._report.unknown}
        return sum(1 for step in left.unknown if step.name not in before)

    def _with_strict(self, edges: Iterable[RootEdge]) -> Iterator[Element]:
        by_user: dict[ElementName, list[ElementName]] = {}
        for edge in edges:
            by_user.setdefault(edge.user, []).append(edge.dependency)
        for user, names in by_user.items():
            element = self._state.graph.elements[user]
            yield element.model_copy(update={"dependencies": _strict(element, names)})

    def _cost(self, state: State, touched: Iterable[ElementName]) -> int:
        """Return how many elements are built when all of `touched` change, once all is built."""
        done = built(state.keys, self._targets)
        changed = [
            # Public data is in the key of every kind.
            element.model_copy(update={"public": {**element.public, "changed": "1"}})
            for element in map(state.graph.elements.__getitem__, touched)
        ]
        return len(plan(state.edited(*changed), done, self._targets).builds)


def _strict(element: Element, names: Sequence[ElementName]) -> tuple[Dependency, ...]:
    """Return the dependencies of an element with strict build dependencies on `names`."""
    made = [
        entry.model_copy(update={"build": True, "strict": True}) if entry.name in names else entry
        for entry in element.dependencies
    ]
    known = {entry.name for entry in made}
    made += [
        Dependency(name=name, path=name, build=True, runtime=False, strict=True)
        for name in names
        if name not in known
    ]
    return tuple(made)


def _old(report: StaleReport) -> tuple[ElementName, ...]:
    return tuple(name for name, each in report.elements.items() if each.old_bytes)
