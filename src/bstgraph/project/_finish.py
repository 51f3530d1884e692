"""After all files were read: order, cycles, conflicts, and the models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from bstgraph import scopes
from bstgraph.errors import ProjectError
from bstgraph.model import (
    Data,
    Dependency,
    Element,
    External,
    Junction,
    Project,
    ProjectConf,
)
from bstgraph.names import ElementName
from bstgraph.project._depends import Entry
from bstgraph.project._loader import Loader
from bstgraph.project._observed import observe
from bstgraph.project._state import JunctionElement, ProjectState
from bstgraph.sorting import find_cycle, sort_all


def read_project(loader: Loader, targets: tuple[str, ...], also: tuple[str, ...] = ()) -> Project:
    """Load `targets` and return the Project; it has what `also` needs too.

    Raises:
        ProjectError: one error, or LoadErrors with all that do not depend on each other.
    """
    session = loader.session
    found = loader.load(targets)
    more = loader.load(also)
    if loader.toplevel.second is None:
        loader.toplevel.complete()
    entries = {name: element.entries for name, element in loader.loaded.items()}
    _check_cycles(loader, entries, [*found, *more])
    ordered = sort_all(entries) if not session.failed else entries
    elements = _elements(loader, ordered)
    _check_conflicts(loader)
    session.raise_errors()
    order = scopes.staging_order(_table(elements), [*found, *more], scopes.Scope.ALL)
    return _project(loader, found, {name: elements[name] for name in order if name in elements})


def _check_cycles(
    loader: Loader, entries: dict[ElementName, list[Entry]], targets: list[ElementName]
) -> None:
    cycle = find_cycle(entries, targets)
    if cycle is None:
        return
    start = loader.loaded[ElementName(cycle[0])]
    entry = next((e for e in start.entries if e.name == cycle[1]), None) if len(cycle) > 1 else None
    at = (entry.node if entry is not None else start.node).provenance
    message = f"elements depend on each other: {' -> '.join(cycle)}"
    loader.session.report(ProjectError("circular-dependency", message, at=at))


def _elements(
    loader: Loader, ordered: dict[ElementName, list[Entry]]
) -> dict[ElementName, Element]:
    elements: dict[ElementName, Element] = {}
    for name, load in loader.loaded.items():
        try:
            if load.kind == "junction":
                loader.junction_element(load)
            elements[name] = loader.resolver.element(load, ordered[name])
        except ProjectError as error:
            loader.session.report(error)
    return elements


def _table(elements: dict[ElementName, Element]) -> dict[ElementName, tuple[Dependency, ...]]:
    return {name: element.dependencies for name, element in elements.items()}


def _check_conflicts(loader: Loader) -> None:
    """Report projects of one name that were reached in several ways and are not declared so.

    The rule is that of BuildStream's `loadcontext.py`, over all projects that were opened.
    """
    by_name: dict[str, list[ProjectState]] = {}
    for project in loader.projects:
        by_name.setdefault(project.name, []).append(project)
    for name, projects in by_name.items():
        duplicates = [p for p in projects if _is_duplicate(p)]
        internal = [p for p in projects if p not in duplicates and _is_internal(p)]
        primary = [p for p in projects if p not in duplicates and p not in internal]
        if len(primary) > 1 or (primary and duplicates):
            second = (primary + duplicates)[1]
            ways = ", ".join(p.junction_name or "(toplevel)" for p in primary + duplicates)
            at = second.junction.node.provenance if second.junction is not None else None
            message = f"the project '{name}' is reached in several ways: {ways}"
            fix = "declare them under junctions: duplicates:, or use a link or an override"
            loader.session.report(ProjectError("junction-conflict", message, at=at, fix=fix))


def _is_duplicate(project: ProjectState) -> bool:
    return any(
        _names(above, above.duplicates.texts(project.name), project)
        for above in project.ancestors()
    )


def _is_internal(project: ProjectState) -> bool:
    return any(_names(above, above.internal, project) for above in project.ancestors())


def _names(ancestor: ProjectState, paths: list[str], project: ProjectState) -> bool:
    """Return whether one of `paths`, seen from `ancestor`, leads to `project`."""
    return any(ancestor.loader.peek(ancestor, path, None) is project for path in paths)


def _project(
    loader: Loader, targets: list[ElementName], elements: dict[ElementName, Element]
) -> Project:
    externals = {
        name: External(name=name, junction=missing.junction, reason=missing.reason)
        for name, missing in loader.externals.items()
    }
    projects = {state.junction_name: _conf(state) for state in loader.projects}
    gaps = [gap for state in loader.projects for gap in state.gaps]
    gaps += [missing.reason for missing in loader.externals.values()]
    gaps += [f"{j.name}: {gap}" for j in loader.junctions.values() for gap in j.gaps]
    top = loader.toplevel
    return Project(
        name=top.name,
        directory=Path(top.directory),
        targets=tuple(targets),
        elements=elements,
        externals=externals,
        projects=projects,
        junctions={ElementName(n): _junction(j) for n, j in loader.junctions.items()},
        links={
            ElementName(element.full_name): ElementName(state.full_name(element.link_target.value))
            for state in loader.projects
            for element in state.elements.values()
            if element.link_target is not None
        },
        dialect=loader.session.request.dialect,
        machine=loader.session.machine,
        allowed=loader.session.allowed,
        notes=tuple(loader.session.notes),
        observations=observe(loader),
        gaps=tuple(dict.fromkeys(gaps)),
        provenance=top.conf.provenance,
    )


def _conf(state: ProjectState) -> ProjectConf:
    second = state.second or state.first
    texts = {name: node.value for name, node in second.variables.items()}
    root = second.root

    def plain(key: str) -> dict[str, object]:
        node = root.mapping(key)
        return cast("dict[str, object]", node.plain()) if node is not None else {}

    return ProjectConf(
        name=state.name,
        junction=state.junction_name,
        directory=Path(state.directory),
        min_version=state.min_version,
        element_path=state.element_path,
        default_targets=state.default_targets,
        options=tuple(option.model() for option in second.options.options.values()),
        variables=texts,
        environment=plain("environment"),
        environment_nocache=tuple(root.texts("environment-nocache")),
        sandbox=plain("sandbox"),
        split_rules=plain("split-rules"),
        aliases=dict(second.aliases),
        mirrors=tuple(cast("list[Mapping[str, object]]", second.mirrors)),
        fatal_warnings=tuple(sorted(state.fatal_warnings)),
        plugins=tuple(origin.model() for origin in state.plugins.origins),
        ref_storage=state.ref_storage,
        disallow_subproject_uris=state.disallow_uris,
        shell=plain("shell"),
        element_overrides=cast("dict[str, object]", second.elements.plain()),
        source_overrides=cast("dict[str, object]", second.sources.plain()),
        files=tuple(sorted(state.files)),
        left_out=tuple(state.junction.left_out) if state.junction is not None else (),
        gaps=tuple(state.gaps),
        provenance=state.conf.provenance,
    )


def _junction(junction: JunctionElement) -> Junction:
    return Junction(
        name=ElementName(junction.name),
        project_name=junction.project.name,
        directory=junction.directory,
        supplied_by=junction.supplied_by,
        sources=junction.sources,
        options=cast("dict[str, Data]", junction.options.plain()),
        overrides={key: node.value for key, node in junction.overrides.items()},
        gaps=tuple(junction.gaps),
        provenance=junction.node.provenance,
    )
