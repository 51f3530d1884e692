"""Packages that nothing in the project needs."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.model import Element
from bstgraph.names import ElementName


@check("BSG201", "unreached-element", "advice")
def unreached_element(subject: Subject) -> Iterator[Problem]:
    """Report packages of the project that nothing needs, and what only they need.

    A package has sources, all of which are fetched. What has none (stacks, scripts, composes), or
    has files of the project itself (tools, tests), is taken for something to ask for by name.
    It looks only where all element files of the project were read.
    """
    observed = subject.project.observations
    if not observed.complete or subject.unreached:
        return
    dead = _unneeded(subject, kept=_kept(subject))
    if dead:
        one = f"nothing needs the element '{dead[0]}'"
        at = subject.graph[dead[0]].provenance
        yield Problem(
            message=one if len(dead) == 1 else f"nothing needs {len(dead)} elements",
            elements=tuple(dead),
            at=at,
            evidence=tuple(f"{name}: {_why(subject, name)}" for name in dead),
            fix="list them where they belong, take the files away, or make them default targets",
        )


def _kept(subject: Subject) -> set[ElementName]:
    """Return elements that are named elsewhere than in dependencies that are in force."""
    project = subject.project
    replacing = (
        text for junction in project.junctions.values() for text in junction.overrides.values()
    )
    named = (*project.conf.default_targets, *replacing)
    return {
        *project.observations.mentioned,
        *(ElementName(text) for text in named),
        *(chain.target for chain in subject.chains),
    }


def _unneeded(subject: Subject, *, kept: set[ElementName]) -> list[ElementName]:
    """Return packages that nothing depends on and what only these need, in that order."""
    graph = subject.graph
    dead: dict[ElementName, None] = {}
    waiting = [
        name
        for name, element in subject.project.elements.items()
        if _is_package(element) and not graph.dependants_of(name, direct=True)
    ]
    while waiting:
        name = waiting.pop(0)
        element = graph.get(name)
        ours = element is not None and not element.junction
        if name in dead or name in kept or not ours:
            continue
        if all(user in dead for user in graph.dependants_of(name, direct=True)):
            dead[name] = None
            waiting += graph.dependencies_of(name, direct=True)
    return list(dead)


def _is_package(element: Element) -> bool:
    kinds = {source.kind for source in element.sources}
    return element.kind != "junction" and bool(kinds) and "local" not in kinds


def _why(subject: Subject, name: ElementName) -> str:
    users = subject.graph.dependants_of(name, direct=True)
    return f"only {', '.join(users)}" if users else "nothing depends on it"
