"""The graph of a project's elements: structure, navigation, and why one element needs another.

Edges go from an element to what it depends on. An *external* node stands for an element of a
junction whose files are not at hand; it has no dependencies that could be known, and each result
that reaches one says so in its `gaps`.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise
from pathlib import Path, PurePath, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from bstgraph import names
from bstgraph.answers import DependencyPath, Edge, Names, Paths, Touched, Why
from bstgraph.display import Displayable
from bstgraph.errors import SelectionError, did_you_mean
from bstgraph.model import Element, External, Project
from bstgraph.names import ElementName
from bstgraph.provenance import Provenance
from bstgraph.scopes import Scope, Traversal, changed_lists, table_of
from bstgraph.sorting import Relation, find_cycle

if TYPE_CHECKING:
    import networkx as nx

_LOCAL_SOURCES = frozenset(("local", "patch", "patch_queue"))
"""The source kinds whose `path` is a file or directory of the project."""

T = TypeVar("T")
KeyT = TypeVar("KeyT")


class Graph(Displayable):
    """The elements of a project and the dependencies between them; it never changes.

    Iterating gives the full names of all nodes in staging order, external ones included.
    """

    def __init__(self, project: Project, *, like: Graph | None = None) -> None:
        """Take all elements and external elements of `project`.

        Args:
            project: the elements.
            like: the graph of a project that this one is an edit of: where all dependencies are
                the same, what was computed of them is shared.
        """
        self.elements: Mapping[ElementName, Element] = MappingProxyType(dict(project.elements))
        """The elements by full name; external ones have no element."""
        self.externals: Mapping[ElementName, External] = MappingProxyType(dict(project.externals))
        """What stands for elements of junctions whose files are not at hand."""
        self.targets: tuple[ElementName, ...] = tuple(project.targets)
        """The full names of the targets, in the order they were given."""
        self._project = project
        changed = None
        if like is not None and (self.targets, [*self.externals]) == (
            like.targets,
            [*like.externals],
        ):
            changed = changed_lists(like.elements, self.elements)
        same = like if changed is not None and not changed else None
        table = table_of(self.elements if changed is None else changed)
        below = like.traversal if like is not None and changed is not None else None
        self.traversal: Traversal = (
            same.traversal if same is not None else Traversal(table, like=below)
        )
        """The dependency table, for analyses that ask set questions of their own."""
        self._position: Mapping[ElementName, int]
        if same is not None:
            self._position = same._position  # noqa: SLF001  # another one of this class
        else:
            everything = (*self.targets, *self.elements, *self.externals)
            order = self.traversal.staging_order(everything, Scope.ALL)
            self._position = {name: i for i, name in enumerate(order)}
            self._check(self.elements if changed is None else changed)
        # A loaded project says once what is missing; elements made by hand may not.
        unsaid = [n for n, each in self.externals.items() if each.reason not in project.gaps]
        self.gaps: tuple[str, ...] = (*project.gaps, *self.gaps_of(unsaid))
        """What could not be known about the project, and why nodes are external."""

    @classmethod
    def from_elements(
        cls,
        elements: Iterable[Element],
        *,
        targets: Iterable[str] | None = None,
        externals: Iterable[External] = (),
    ) -> Graph:
        """Return the graph of these elements; without targets, these are what nothing needs."""
        given = tuple(elements)
        found = {element.name: element for element in given}
        if len(found) < len(given):
            raise ValueError("two elements have the same name")
        outside = {external.name: external for external in externals}
        if targets is None:
            needed = {entry.name for element in found.values() for entry in element.dependencies}
            targets = [name for name in (*found, *outside) if name not in needed]
        project = Project(
            name="",
            directory=Path(),
            targets=tuple(ElementName(name) for name in targets),
            elements=found,
            externals=outside,
            projects={},
        )
        return cls(project)

    def _check(self, elements: Mapping[ElementName, Element]) -> None:
        for element in elements.values():
            for entry in element.dependencies:
                if entry.name not in self.elements and entry.name not in self.externals:
                    raise self._unknown(entry.name, at=entry.provenance or element.provenance)
        for name in self.targets:
            self._known(name)

    def __repr__(self) -> str:
        outside = f", {len(self.externals)} external" if self.externals else ""
        return f"<Graph: {len(self.elements)} elements{outside}>"

    def __iter__(self) -> Iterator[ElementName]:
        return iter(self._position)

    def __len__(self) -> int:
        return len(self._position)

    def __contains__(self, name: object) -> bool:
        return name in self.elements or name in self.externals

    def __getitem__(self, name: str) -> Element:
        known = self._known(name)
        if known in self.externals:
            reason = self.externals[known].reason
            raise SelectionError("unknown-element", f"'{name}' is not at hand: {reason}")
        return self.elements[known]

    @property
    def project(self) -> Project:
        """The project that it is the graph of."""
        return self._project

    def get(self, name: str) -> Element | None:
        """Return the element of this name, or None for an external or unknown one."""
        return self.elements.get(ElementName(name))

    @cached_property
    def relation(self) -> Relation:
        """Who depends on whom, as it is when dependencies are sorted; made on first use.

        Raises:
            ValueError: elements depend on each other.
        """
        return Relation(table_of(self.elements))

    @cached_property
    def nx(self) -> nx.DiGraph[str]:
        """The same as a frozen networkx graph, nodes in staging order, made on first use.

        Node attributes: `kind`, `project`, `local_name`, `external`; edge attributes: `type`,
        `build`, `runtime`, `strict`, `config`, `path`.
        """
        # Importing networkx takes longer than all our own questions.
        import networkx as nx  # noqa: PLC0415

        graph: nx.DiGraph[str] = nx.DiGraph()
        for name in self:
            element, local = self.get(name), names.split(name)[1]
            kind, project = (element.kind, element.project_name) if element else ("", "")
            graph.add_node(
                name, kind=kind, project=project, local_name=local, external=element is None
            )
        for edge in self._edges():
            entry = edge.dependency
            graph.add_edge(
                edge.dependant,
                entry.name,
                type=entry.type,
                build=entry.build,
                runtime=entry.runtime,
                strict=entry.strict,
                config=entry.config,
                path=entry.path,
            )
        nx.freeze(graph)
        return graph

    def dependencies_of(
        self, name: str, *, scope: Scope = Scope.ALL, direct: bool = False
    ) -> Names:
        """Return what `name` depends on, without itself; direct ones in BuildStream's order."""
        known = self._known(name)
        if direct:
            found = self.traversal.direct(known, scope)
            return Names(names=found, gaps=self.gaps_of([known]))
        found = self.traversal.staging_order([known], scope)
        gaps = self.gaps_of(dict.fromkeys((*found, known)))
        return Names(names=tuple(other for other in found if other != known), gaps=gaps)

    def dependants_of(self, name: str, *, scope: Scope = Scope.ALL, direct: bool = False) -> Names:
        """Return the elements that have `name` among their dependencies in this scope."""
        known = self._known(name)
        if direct:
            found = set(self.traversal.direct_dependants(known, scope))
        else:
            found = self.traversal.dependants([known], scope) - {known}
        # Another external element might depend on this one.
        return Names(names=self.in_staging_order(found), gaps=self.gaps_of([known]))

    def staging_order(
        self, targets: Iterable[str] | str | None = None, *, scope: Scope = Scope.ALL
    ) -> Names:
        """Return what `bst show --deps SCOPE --order stage` lists: dependencies come first.

        The graph's own targets are taken when none are given. In the build scope a target is part
        of the result only if another one needs it.
        """
        if targets is None:
            targets = self.targets
        elif isinstance(targets, str):
            targets = (targets,)
        known = [self._known(target) for target in targets]
        found = self.traversal.staging_order(known, scope)
        return Names(names=found, gaps=self.gaps_of(found))

    def shortest_path(self, start: str, end: str, *, scope: Scope = Scope.ALL) -> DependencyPath:
        """Return a shortest path along dependencies; of several, the first as BuildStream sorts."""
        found = self.traversal.shortest_path(self._known(start), self._known(end), scope)
        if found is None:
            raise self._no_path(ElementName(start), ElementName(end), scope)
        return self._path(found)

    def simple_paths(
        self, start: str, end: str, *, scope: Scope = Scope.ALL, limit: int = 100
    ) -> Paths:
        """Return at most `limit` paths, shortest first; none is a result too."""
        if limit < 1:
            raise ValueError("a limit is at least 1")
        found = self.traversal.paths(self._known(start), self._known(end), scope)
        first = list(islice(found, limit + 1))
        paths = tuple(self._path(path) for path in first[:limit])
        gaps = self._reached_gaps(ElementName(start))
        return Paths(paths=paths, capped=len(first) > limit, gaps=gaps)

    def why(self, dependant: str, dependency: str, *, limit: int = 100) -> Why:
        """Return why `dependant` depends on `dependency`; at most `limit` paths are counted."""
        paths = self.simple_paths(dependant, dependency, limit=limit)
        start, end = ElementName(dependant), ElementName(dependency)
        if not paths or start == end:
            raise self._no_path(start, end, Scope.ALL)
        return Why(
            dependant=start,
            dependency=end,
            path=paths[0],
            paths=len(paths),
            capped=paths.capped,
            staged=end in self.traversal.dependencies([start], Scope.BUILD),
            runtime=end in self.traversal.dependencies([start], Scope.RUN),
            gaps=paths.gaps,
        )

    def roots(self) -> Names:
        """Return what nothing depends on."""
        needed = {edge.dependency.name for edge in self._edges()}
        return Names(names=tuple(name for name in self if name not in needed))

    def cycles(self) -> tuple[tuple[ElementName, ...], ...]:
        """Return one cycle of each group of elements that depend on each other.

        The first name is repeated at the end. Loaded projects have none; see `from_elements`.
        """
        import networkx as nx  # noqa: PLC0415  # as above

        cycles = []
        for component in nx.strongly_connected_components(self.nx):
            group = {ElementName(name) for name in component}
            inner = {
                name: [entry for entry in self.elements[name].dependencies if entry.name in group]
                for name in self.in_staging_order(group)
                if name in self.elements
            }
            if cycle := find_cycle(inner, inner):
                cycles.append(tuple(map(ElementName, cycle)))
        return tuple(sorted(cycles, key=lambda cycle: self._position[cycle[0]]))

    def touched_by(self, changed: Iterable[str | os.PathLike[str]]) -> Touched:
        """Return what a change of these elements or files touches, with all dependants.

        Files are paths in the toplevel project, absolute ones, or as in a Provenance
        (`sdk.bst:files/a`). A file touches the element that it declares and the elements that
        have it in a local source or include it; project.conf, what it includes, and the refs files
        touch all elements of their project.
        """
        direct: set[ElementName] = set()
        unmatched = []
        for text in (os.fspath(each) for each in changed):
            found = {ElementName(text)} if text in self else self._files.users(text)
            direct |= found
            if not found:
                unmatched.append(text)
        touched = direct | self.traversal.dependants(direct, Scope.ALL)
        gaps = tuple(f"no element is known to use '{text}'" for text in unmatched)
        return Touched(
            names=self.in_staging_order(touched),
            direct=self.in_staging_order(direct),
            unmatched=tuple(unmatched),
            gaps=(*gaps, *self.gaps_of(direct)),
        )

    def by_identity(self, identity: tuple[str, str]) -> tuple[ElementName, ...]:
        """Return the elements of one (project name, local name): several with duplicates."""
        return tuple(self._identities.get(identity, ()))

    def in_staging_order(self, wanted: Iterable[ElementName]) -> tuple[ElementName, ...]:
        """Return these nodes in staging order."""
        return tuple(sorted(wanted, key=self._position.__getitem__))

    def gaps_of(self, wanted: Iterable[ElementName]) -> tuple[str, ...]:
        """Return what is not known because there are external nodes among `wanted`."""
        groups: dict[tuple[str, str], list[ElementName]] = {}
        for name in wanted:
            if external := self.externals.get(name):
                groups.setdefault((external.junction, external.reason), []).append(name)
        return tuple(
            f"{_subject(found, junction)} external: {reason}"
            for (junction, reason), found in groups.items()
        )

    def suggestion(self, name: str) -> str | None:
        """Return "did you mean 'x'?" for a name that is unknown, or None."""
        known = [*self.elements, *self.externals]
        full = [each for each in known if names.split(each)[1] == name]
        return f"did you mean '{full[0]}'?" if full else did_you_mean(name, known)

    def _known(self, name: str) -> ElementName:
        if name not in self:
            raise self._unknown(name)
        return ElementName(name)

    def _unknown(self, name: str, at: Provenance | None = None) -> SelectionError:
        hint = self.suggestion(name)
        return SelectionError("unknown-element", f"no element named '{name}'", at=at, fix=hint)

    def _no_path(self, start: ElementName, end: ElementName, scope: Scope) -> SelectionError:
        turned = self.traversal.shortest_path(end, start, scope) is not None
        fix = f"ask the other way round: '{end}' depends on '{start}'"
        gaps = "".join(f" ({gap})" for gap in self._reached_gaps(start))
        within = "" if scope is Scope.ALL else f" in the {scope.value} scope"
        text = f"'{start}' does not depend on '{end}'{within}{gaps}"
        return SelectionError("no-path", text, fix=fix if turned and start != end else None)

    def _reached_gaps(self, start: ElementName) -> tuple[str, ...]:
        if not self.externals:
            return ()
        reached = self.traversal.dependencies([start], Scope.ALL) | {start}
        return self.gaps_of(self.in_staging_order(reached))

    def _path(self, found: tuple[ElementName, ...]) -> DependencyPath:
        edges = tuple(
            Edge(
                dependant=dependant,
                dependency=next(
                    entry for entry in self.elements[dependant].dependencies if entry.name == name
                ),
            )
            for dependant, name in pairwise(found)
        )
        return DependencyPath(names=found, edges=edges)

    def _edges(self) -> Iterator[Edge]:
        for name in self:
            if name in self.elements:
                for entry in self.elements[name].dependencies:
                    yield Edge(dependant=name, dependency=entry)

    @cached_property
    def _identities(self) -> dict[tuple[str, str], list[ElementName]]:
        return _grouped((self.elements[n].identity, n) for n in self if n in self.elements)

    @cached_property
    def _files(self) -> _Files:
        return _Files(self._project, self)


class _Files:
    """Which elements use which files: an index, so that each changed file is one look-up.

    A file is a pair: the full name of a junction (empty: toplevel), and a path in its project.
    """

    def __init__(self, project: Project, nodes: Iterable[ElementName]) -> None:
        self._project = project
        self._nodes = [(names.split(name)[0], name) for name in nodes]
        self._junctions = {"", *(junction for junction, _ in self._nodes)}
        elements = project.elements.values()
        self._declaring = _grouped(
            (self._written(element.junction, element.provenance), element.name)
            for element in elements
            if element.provenance
        )
        self._sources = _grouped(
            (place, element.name)
            for element in elements
            for place in _read_places(element, project.directory)
        )
        self._including = _grouped(
            (_place(file), element.name) for element in elements for file in element.files
        )
        included = (
            (_place(file), conf.junction)
            for conf in project.projects.values()
            for file in conf.files
        )
        own = (
            (_place(file), junction)
            for junction in self._junctions
            for file in _conf_files(junction)
        )
        self._confs = _grouped((*included, *own))
        self._subprojects = _grouped(
            (self._written(names.split(junction.name)[0], junction.provenance), junction.name)
            for junction in project.junctions.values()
            if junction.provenance
        )

    def users(self, text: str) -> set[ElementName]:
        """Return the elements that a change of the junction element or file `text` touches."""
        found = set(self._below(text)) if text in self._project.junctions else set()
        for junction, path in self._places(text):
            found.update(self._declaring.get((junction, path), ()))
            found.update(self._including.get((junction, path), ()))
            for parent in (path, *map(str, PurePosixPath(path).parents)):
                found.update(self._sources.get((junction, parent), ()))
            for name in self._subprojects.get((junction, path), ()):
                found.update(self._below(name))
            confs = self._confs.get((junction, path), ())
            found.update(name for inside, name in self._nodes if inside in confs)
        return found

    def _below(self, name: str) -> Iterator[ElementName]:
        """Yield the elements of the subproject behind a junction, and of its subprojects."""
        return (full for inside, full in self._nodes if f"{inside}:".startswith(f"{name}:"))

    def _places(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield what `text` may mean: a file of a subproject may lie in the toplevel one too."""
        directory = self._project.directory
        path = Path(os.path.normpath(directory / text))
        yield "", PurePath(os.path.relpath(path, directory)).as_posix()
        for i in (i for i, char in enumerate(text) if char == ":"):
            if text[:i] in self._junctions:
                yield text[:i], posixpath.normpath(text[i + 1 :])
        for conf in self._project.projects.values():
            if conf.junction and path.is_relative_to(conf.directory):
                yield conf.junction, path.relative_to(conf.directory).as_posix()

    @staticmethod
    def _written(junction: str, provenance: Provenance | None) -> tuple[str, str]:
        path = provenance.path if provenance else ""
        return junction, path.removeprefix(f"{junction}:")


def _grouped(pairs: Iterable[tuple[KeyT, T]]) -> dict[KeyT, list[T]]:
    groups: dict[KeyT, list[T]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _read_places(element: Element, directory: Path) -> Iterator[tuple[str, str]]:
    """Yield (junction, path) of each folder or file that the element's sources are read from."""
    if element.workspace is not None:
        yield "", PurePath(os.path.relpath(element.workspace.path, directory)).as_posix()
        return
    for source in element.sources:
        path = source.config.get("path")
        if source.kind in _LOCAL_SOURCES and isinstance(path, str):
            yield element.junction, posixpath.normpath(path)


def _place(file: str) -> tuple[str, str]:
    """Return (junction, path) of a file as a Provenance names it."""
    junction, _, path = file.rpartition(":")
    return junction, posixpath.normpath(path)


def _conf_files(junction: str) -> Iterator[str]:
    """Yield the files that every element of a project depends on, as a Provenance names them."""
    for name in ("project.conf", "project.refs", "junction.refs"):
        yield f"{junction}:{name}" if junction else name


def _subject(found: Sequence[ElementName], junction: str) -> str:
    if len(found) == 1:
        return f"'{found[0]}' is"
    return f"{len(found)} elements of '{junction}' are"
