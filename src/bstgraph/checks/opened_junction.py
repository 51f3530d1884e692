"""Dependencies on junction elements that BuildStream does not notice."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check


@check("BSG209", "opened-junction", "error")
def opened_junction(subject: Subject) -> Iterator[Problem]:
    """Report dependencies on junction elements, which can be loaded but not built.

    BuildStream refuses them, but for those on a junction that it has opened already, or that is
    reached through a link or another junction.
    """
    graph = subject.graph
    for name, element in subject.project.elements.items():
        for dependency in element.dependencies:
            found = graph.get(dependency.name)
            if not element.junction and found is not None and found.kind == "junction":
                yield Problem(
                    message=f"'{name}' depends on the junction '{dependency.name}'",
                    elements=(name,),
                    at=dependency.provenance,
                    fix=f"name an element behind it: {dependency.path}:NAME.bst",
                )
