"""Split domains that a lower layer drops and a higher one asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.graph import Graph
from bstgraph.model import Element
from bstgraph.names import ElementName
from bstgraph.scopes import Scope
from bstgraph.splits import filter_of

_SHOWN: Final = 5


@check("BSG404", "dropped-domain", "warning")
def dropped_domain(subject: Subject) -> Iterator[Problem]:
    """Report split domains that a compose or filter includes and that all below it drop.

    Filters are cumulative (claim R10): what a lower layer drops cannot come back above it.
    """
    for element in subject.project.elements.values():
        rules = filter_of(element)
        for domain in dict.fromkeys(rules.include or ()) if rules is not None else ():
            if below := _dropping(subject.graph, element, domain):
                yield _problem(subject.graph, element, domain, below)


def _problem(
    graph: Graph, element: Element, domain: str, below: tuple[ElementName, ...]
) -> Problem:
    more = f" and {len(below) - 1:,} more, all that it stages, let" if below[1:] else " lets"
    return Problem(
        message=f"'{element.name}' includes the split domain '{domain}', and '{below[0]}'{more} "
        "nothing of it through",
        elements=(element.name,),
        at=element.provenance,
        evidence=tuple(f"{name}: {_why(graph[name], domain)}" for name in below[:_SHOWN]),
        fix=f"let '{domain}' through there, or stage what has it without that layer",
    )


def _dropping(graph: Graph, layer: Element, domain: str) -> tuple[ElementName, ...]:
    """Return the layers that a layer stages, if all that may have a domain has lost it there."""
    staged = graph.dependencies_of(layer.name, scope=Scope.BUILD, direct=layer.kind == "filter")
    found: list[ElementName] = []
    for name in staged:
        element = graph.get(name)
        if element is None or not _has_lost(element, domain):
            return ()
        if filter_of(element) is not None:
            found.append(name)
    return () if staged.gaps else tuple(found)


def _has_lost(element: Element, domain: str) -> bool:
    """Return whether nothing of a domain comes with an element."""
    rules = filter_of(element)
    if rules is not None:
        return domain in rules.exclude or (
            rules.include is not None and domain not in rules.include
        )
    return element.kind == "stack" or (
        not element.gaps and not element.split_rules.domains.get(domain)
    )


def _why(layer: Element, domain: str) -> str:
    rules = filter_of(layer)
    excluded = rules is not None and domain in rules.exclude
    return f"'{domain}' is in exclude" if excluded else f"'{domain}' is not in include"
