"""Which paths of a stale layer are old: what a strict build would add, remove or change in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from bstgraph.display import Displayable
from bstgraph.files import EMPTY, Directory, File, Node, Untyped, walk
from bstgraph.garbage import paused_collector
from bstgraph.images import SCRIPT_KINDS
from bstgraph.layers import Layers
from bstgraph.names import ElementName
from bstgraph.plans import RootEdge, StaleElement, StaleReport

PathKind: TypeAlias = Literal["added", "removed", "changed", "perhaps"]
"""What a strict build would do with a path.

- `added`, `removed`, `changed`: both sides are known, and this is how they differ
- `perhaps`: the element that it is from would be built anew, and nobody knows its files yet
"""

_EXACT: Final = frozenset(("manifest", "image", "strict", "sources", "kind"))
"""The origins of contents that are those of a strict build."""

_PASSING: Final = frozenset(("compose", "filter")) | SCRIPT_KINDS
"""The kinds whose files are those of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathChange:
    """One path that is, or may be, another one after a strict build."""

    path: str
    kind: PathKind
    element: ElementName
    """Whose file it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StalePaths(Displayable):
    """How the files of one element that is off differ from those of a strict build.

    The files of a script are told as those of the layers that it stages, by their paths there.
    """

    name: ElementName
    changes: tuple[PathChange, ...] = field(repr=False)
    """By path."""
    gaps: tuple[str, ...] = ()
    """What could not be compared."""

    def of_kind(self, kind: PathKind) -> tuple[PathChange, ...]:
        """Return the changes of one kind, by path."""
        return tuple(change for change in self.changes if change.kind == kind)


@paused_collector()
def stale_paths(
    report: StaleReport,
    after: Layers,
    before: Layers | None = None,
    *,
    names: Iterable[str] = (),
) -> Mapping[ElementName, StalePaths]:
    """Return which paths are old in what `report` says is off, by full name in staging order.

    Overlaps are not looked at: a path may be covered by another element's. What integration and
    script commands make of the files is not known either.

    Args:
        report: what is off.
        after: the contents of the elements as they are now.
        before: the contents of what was built before, for a report about another state; without
            it old files are read from the stores of `after`.
        names: the elements to tell; by default those that hold old bytes.

    Raises:
        SelectionError: an element is not part of the plan.
    """
    wanted = [report.plan[name].name for name in names] or [
        name for name, each in report.elements.items() if each.old_bytes
    ]
    found = _Search(report, after, before)
    return {name: found.of(name) for name in wanted if name in report.elements}


class _Search:
    """Compares element by element, dependencies first, each once."""

    def __init__(self, report: StaleReport, after: Layers, before: Layers | None) -> None:
        self._report = report
        self._after = after
        self._before = before
        self._graph = report.plan.state.graph
        self._made: dict[ElementName, StalePaths] = {}
        # Staging order: what an element goes through is there before it.
        for name, each in report.elements.items():
            self._made[name] = self._compared(each)

    def of(self, name: ElementName) -> StalePaths:
        return self._made[name]

    def _compared(self, each: StaleElement) -> StalePaths:
        changes: dict[str, PathChange] = {}
        gaps: dict[str, None] = {}
        if each.step.kind in _PASSING:
            for dependency, found in self._below(each):
                changes.update(self._admitted(each, dependency, found.changes))
                gaps.update(dict.fromkeys(found.gaps))
        elif each.old_bytes:
            found = _of_one(each.name, self._old(each), self._new(each.name))
            changes = {change.path: change for change in found.changes}
            gaps = dict.fromkeys(found.gaps)
        return StalePaths(
            name=each.name,
            changes=tuple(changes[path] for path in sorted(changes)),
            gaps=tuple(gaps),
        )

    def _below(self, each: StaleElement) -> Iterator[tuple[ElementName, StalePaths]]:
        for name in each.through:
            if self._passes(each, name):
                yield name, self._made[name]
        for edge in each.edges:
            if self._passes(each, edge.dependency):
                old = self._recorded(each, edge)
                new = EMPTY if edge.difference == "removed" else self._new(edge.dependency)
                yield edge.dependency, _of_one(edge.dependency, old, new)

    def _passes(self, each: StaleElement, name: ElementName) -> bool:
        """Return whether the files of `name` go into `each`: not those of a script's tools."""
        if each.step.kind not in SCRIPT_KINDS or self._graph.get(name) is None:
            return True
        places = self._after.staged(each.name).locations
        return any(place.path != "/" and name in place.elements for place in places)

    def _admitted(
        self, each: StaleElement, name: ElementName, changes: Iterable[PathChange]
    ) -> Iterator[tuple[str, PathChange]]:
        element = self._graph.elements[each.name]
        known = self._graph.get(name) is not None
        admitter = self._after.admitter(name, element) if known else None
        for change in changes:
            if admitter is None or admitter.admits(change.path):
                yield change.path, change

    def _new(self, name: ElementName) -> Directory | None:
        """Return the files that a strict build gives an element, if they are known."""
        if self._graph.get(name) is None:
            return None
        contents = self._after.contents(name)
        return contents.tree if contents.origin in _EXACT and not contents.gaps else None

    def _old(self, each: StaleElement) -> Directory | None:
        """Return the files of the artifact that is taken."""
        artifact = each.step.artifact
        if self._before is not None:
            return self._known_before(each.name)
        if artifact is None:
            return None
        project, local = self._graph.elements[each.name].identity
        return self._stored(project, local, artifact.strong)

    def _recorded(self, each: StaleElement, edge: RootEdge) -> Directory | None:
        """Return the files that an artifact got from a dependency that has changed."""
        if edge.difference == "added":
            return EMPTY
        if self._before is not None:
            return self._known_before(edge.dependency)
        element = self._graph.get(edge.dependency)
        artifact = each.step.artifact
        if element is None or artifact is None:
            return None
        for store in self._after.stores:
            for one in store.built_from(artifact) or ():
                if (one.project, one.element) == element.identity:
                    return self._stored(one.project, one.element, one.key)
        return None

    def _known_before(self, name: ElementName) -> Directory | None:
        if self._before is None or name not in self._before.graph:
            return None
        contents = self._before.contents(name)
        return contents.tree if contents.known else None

    def _stored(self, project: str, element: str, key: str) -> Directory | None:
        for store in self._after.stores:
            for artifact in store.artifacts(project, element):
                if artifact.strong == key:
                    return store.tree(artifact)
        return None


def _of_one(name: ElementName, old: Directory | None, new: Directory | None) -> StalePaths:
    """Return how the files of one element differ; None where they are not known."""
    gaps = []
    if old is None:
        gaps.append(f"the old files of '{name}' are not known")
    if new is None:
        gaps.append(f"the files that '{name}' will have are not known")
    changes = tuple(
        PathChange(path=path, kind=kind, element=name) for path, kind in _differences(old, new)
    )
    return StalePaths(name=name, changes=changes, gaps=tuple(gaps))


def _differences(old: Directory | None, new: Directory | None) -> Iterator[tuple[str, PathKind]]:
    """Yield each path that differs, or may: all of them where one side is not known."""
    if old is None or new is None:
        known = new if old is None else old
        if known is not None:
            yield from ((path, "perhaps") for path in _leaves(known))
        return
    before, after = _leaves(old), _leaves(new)
    for path, node in after.items():
        if path not in before:
            yield path, "added"
        elif (kind := _compared(before[path], node)) is not None:
            yield path, kind
    yield from ((path, "removed") for path in before if path not in after)


def _leaves(tree: Directory) -> dict[str, Node]:
    """Return all paths but directories that hold something: others have those too."""
    return {
        path: node
        for path, node in walk(tree)
        if not (isinstance(node, Directory) and node.entries)
    }


def _compared(old: Node, new: Node) -> PathKind | None:
    """Return how two entries differ, None where they do not."""
    if isinstance(old, Directory) and isinstance(new, Directory):
        return None
    if isinstance(old, Untyped) or isinstance(new, Untyped):
        return "perhaps"
    if isinstance(old, File) and isinstance(new, File) and not (old.hash and new.hash):
        return "perhaps"
    return None if old == new else "changed"
