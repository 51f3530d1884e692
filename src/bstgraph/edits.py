"""Elements edited in memory: read again, and refused where BuildStream would refuse them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from bstgraph import kinds
from bstgraph.errors import ProjectError
from bstgraph.graph import Graph
from bstgraph.kinds import ElementKind, SourceKind
from bstgraph.model import (
    Dependency,
    Element,
    KindConfig,
    Project,
    ProjectConf,
    Source,
    SourceConfig,
)
from bstgraph.names import ElementName
from bstgraph.scopes import Scope

_DEEPEST: Final = 150
_SCHEMES: Final = frozenset("http https ftp file git sftp ssh".split())


def reread(
    element: Element,
    conf: ProjectConf | None,
    find: Callable[[ElementName], Element | None],
) -> Element:
    """Return `element` with settings that follow from its config, and those of its sources.

    Args:
        element: the edited element.
        conf: the project.conf of its project.
        find: other elements of the edited project.

    Raises:
        ValueError: BuildStream would not load it.
    """
    for part in (element.public, element.environment, element.config):
        _check_data(element, part)
    kind = kinds.element_rules(element.kind, element.plugin).checked
    settings = KindConfig()
    if kind is not None:
        settings = kind.config_model.model_validate(dict(element.config))
        _check_rules(element, kind, find)
    for source in element.sources:
        _check_data(element, source.config)
        _check_source(element, source, conf)
    sources = tuple(map(reread_source, element.sources))
    return element.model_copy(update={"settings": settings, "sources": sources})


def in_order(project: Project, like: Graph) -> tuple[Project, Graph]:
    """Return an edited project with all dependencies as BuildStream sorts them, and its graph.

    `like` is the graph before the edit.

    How BuildStream sorts a list depends on the order in the file and on the lists of all others.
    Where the order in the file is not known, because the dependencies have no positions, they stay
    as they are, which is a gap of all elements that need such a list.

    Raises:
        SelectionError: a dependency does not exist.
        ProjectError: elements depend on each other (`circular-dependency`).
    """
    before = like.project
    edited = [name for name in project.elements if _has_other_order(name, project, before)]
    if not edited:
        return project, Graph(project, like=like)
    elements = dict(project.elements)
    above = _above(edited, project, like)
    unplaced = [name for name in above if not _placed(name, project, before)]
    for name in set(edited).difference(unplaced):
        elements[name] = _with_positions(elements[name])
    try:
        relation = like.relation.edited({name: elements[name].dependencies for name in above})
    except ValueError:
        told = " -> ".join(Graph(project).cycles()[0])
        text = f"elements depend on each other: {told}"
        raise ProjectError("circular-dependency", text) from None
    again = set(edited)
    again.update(n for n in above if relation.differs(like.relation, elements[n].dependencies))
    for name in again.difference(unplaced):
        entries = tuple(relation.sorted(sorted(elements[name].dependencies, key=_position)))
        if entries != elements[name].dependencies:
            elements[name] = elements[name].model_copy(update={"dependencies": entries})
    ordered = project.model_copy(update={"elements": elements})
    graph = Graph(ordered, like=like)
    if not unplaced:
        return ordered, graph
    _mark_open_orders(elements, unplaced, edited, graph)
    return ordered, Graph(ordered, like=graph)


def _mark_open_orders(
    elements: dict[ElementName, Element],
    unplaced: Sequence[ElementName],
    edited: Sequence[ElementName],
    graph: Graph,
) -> None:
    """Give gaps to all elements that need one whose order is not known."""
    told_of: set[ElementName] = set()
    for name in sorted(unplaced, key=lambda name: name not in edited):
        if name in edited or name not in told_of:
            users = (name, *graph.dependants_of(name))
            told_of.update(users)
            for user in users:
                elements[user] = _with_open_order(elements[user], name)


def needed(project: Project, graph: Graph) -> tuple[Project, Graph]:
    """Return a project without what none of its targets needs, and its graph; both may be as given.

    A project made by hand without targets keeps all.
    """
    if not project.targets:
        return project, graph
    found = graph.traversal.staging_order(project.targets, Scope.ALL)
    if len(found) == len(graph):
        return project, graph
    update = {
        "elements": {n: project.elements[n] for n in found if n in project.elements},
        "externals": {n: each for n, each in project.externals.items() if n in set(found)},
    }
    pruned = project.model_copy(update=update)
    return pruned, Graph(pruned)


def _has_other_order(name: ElementName, project: Project, before: Project) -> bool:
    element, old = project.elements[name], before.elements.get(name)
    if old is element:
        return False
    return bool(element.dependencies) if old is None else _order(old) != _order(element)


def _above(edited: Iterable[ElementName], project: Project, like: Graph) -> list[ElementName]:
    """Return the edited elements and all that need them."""
    found = set(edited)
    for name in like:
        # Only the edited ones have other dependencies than before, and the others are in order.
        if not found.isdisjoint(like.traversal.direct(name, Scope.ALL)):
            found.add(name)
    return [name for name in project.elements if name in found]


def _placed(name: ElementName, project: Project, before: Project) -> bool:
    """Return whether the order of the dependencies in the file is known."""
    entries = project.elements[name].dependencies
    old = before.elements.get(name)
    known = (*entries, *(old.dependencies if old is not None else ()))
    return len(entries) < 2 or any(entry.position is not None for entry in known)


def _with_positions(element: Element) -> Element:
    """Return `element` with a position for each dependency; those without one come last."""
    after = max((entry.position for entry in element.dependencies if entry.position), default=0)
    entries = []
    for entry in element.dependencies:
        if entry.position is None:
            after += 1
            entries.append(entry.model_copy(update={"position": after}))
        else:
            entries.append(entry)
    return element.model_copy(update={"dependencies": tuple(entries)})


def _position(entry: Dependency) -> int:
    return entry.position or 0


def _with_open_order(element: Element, edited: ElementName) -> Element:
    """Return `element` with the gap that it needs `edited`, whose order is not known."""
    gap = f"{edited}: its dependencies were edited, their order is taken as given"
    return element.model_copy(update={"gaps": (*element.gaps, gap)})


def reread_source(source: Source) -> Source:
    """Return `source` with settings that follow from its config.

    Raises:
        ValueError: the config is none of its kind.
    """
    kind = kinds.source_rules(source.kind, source.plugin).checked
    settings = SourceConfig()
    if kind is not None:
        settings = kind.config_model.model_validate(dict(source.config))
    return source.model_copy(update={"settings": settings})


def _order(element: Element) -> tuple[tuple[str, bool, bool, int | None], ...]:
    return tuple((e.name, e.build, e.runtime, e.position) for e in element.dependencies)


def _check_data(element: Element, value: object, depth: int = 0) -> None:
    """Raise ValueError for what no YAML file of BuildStream can say."""
    if depth > _DEEPEST:
        raise ValueError(f"{element.name}: a value is nested more than {_DEEPEST} levels deep")
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError(f"{element.name}: half a character in {value[:80]!r}")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _check_data(element, key, _DEEPEST)
            _check_data(element, inner, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for inner in value:
            _check_data(element, inner, depth + 1)
    else:
        what = f"text, a list or a mapping, not {type(value).__name__}"
        raise ValueError(f"{element.name}: a value is {what}")  # noqa: TRY004  # one for all


def _check_rules(
    element: Element, kind: type[ElementKind], find: Callable[[ElementName], Element | None]
) -> None:
    build = [entry for entry in element.dependencies if entry.build]
    runtime = [entry for entry in element.dependencies if entry.runtime]
    broken = {
        "takes no build dependencies": kind.forbids_build_dependencies and build,
        "takes no runtime dependencies": kind.forbids_runtime_dependencies and runtime,
        "takes no sources": kind.forbids_sources and element.sources,
        "needs a source": kind.needs_sources and not element.sources,
        "takes no dependency config": kind.dependency_model is None
        and any(entry.config for entry in build),
        "has dependencies that are build and runtime dependencies": element.kind == "stack"
        and build != runtime,
        "has one build dependency, which is no stack and no runtime dependency": (
            element.kind == "filter" and not _is_filtered(build, find)
        ),
    }
    for rule, holds in broken.items():
        if holds:
            raise ValueError(f"{element.name}: an element of kind '{element.kind}' {rule}")


def _is_filtered(build: list[Dependency], find: Callable[[ElementName], Element | None]) -> bool:
    if len(build) != 1 or build[0].runtime:
        return False
    parent = find(build[0].name)
    kind = kinds.element_rules(parent.kind, parent.plugin).kind if parent is not None else None
    return kind is None or kind.has_artifact


def _check_source(element: Element, source: Source, conf: ProjectConf | None) -> None:
    kind = kinds.source_rules(source.kind, source.plugin).checked
    if kind is None or conf is None:
        return
    for key in kind.file_name_keys:
        if "/" in str(source.config.get(key, "")):
            raise ValueError(f"{element.name}: '{key}' of a {source.kind} source is no path")
    url = _url(kind, source)
    alias, separator, _ = url.partition(":")
    if not alias or not separator or alias.lower() in _SCHEMES:
        if url and "unaliased-url" in conf.fatal_warnings:
            raise ValueError(f"{element.name}: '{url}' has no alias, which is fatal here")
    elif alias not in conf.aliases and not conf.gaps:
        raise ValueError(f"{element.name}: the alias '{alias}' is not defined")


def _url(kind: type[SourceKind], source: Source) -> str:
    url = source.config.get(kind.url_key) if kind.url_key is not None else None
    return url if isinstance(url, str) else ""
