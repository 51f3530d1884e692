"""Dependencies whose changes a build that is not strict does not see."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.model import Dependency, Element
from bstgraph.names import ElementName
from bstgraph.scopes import Scope


@check("BSG501", "stale-prone-edge", "advice")
def stale_prone_edge(subject: Subject) -> Iterator[Problem]:
    """Report build dependencies whose changes do not reach an image in a build that is not strict.

    Nothing is told unless the settings say that the project is built so (`non-strict = true`).
    Only elements of the toplevel project count, since others are not marked there. Whether an
    element takes over files of what it is built with, as with a static library, is not known.
    """
    if not subject.non_strict:
        return
    by_dependency: dict[ElementName, list[tuple[Element, Dependency]]] = {}
    for element in _shipped(subject):
        for entry in element.dependencies:
            if entry.build and not entry.runtime and not entry.strict:
                by_dependency.setdefault(entry.name, []).append((element, entry))
    for name, found in by_dependency.items():
        shown = f"'{found[0][0].name}'"
        others = f"{shown} and {len(found) - 1:,} more are" if found[1:] else f"{shown} is"
        yield Problem(
            message=f"when '{name}' changes, {others} not built again by `bst --no-strict build`, "
            "and an image ships what was built with the old one",
            elements=tuple(element.name for element, _ in found),
            at=found[0][1].provenance,
            fix="mark the dependency as `strict: true` where files of it get into what is built",
        )


def _shipped(subject: Subject) -> Iterator[Element]:
    """Yield the elements that images are made of and whose weak keys do not see their builds."""
    needed = {
        name
        for chain in subject.chains
        for name in subject.graph.dependencies_of(chain.target, scope=Scope.ALL)
    }
    for name, element in subject.project.elements.items():
        own = name in needed and not element.junction and element.kind != "stack"
        if own and not subject.state.keys.strict_rebuild(name):
            yield element
