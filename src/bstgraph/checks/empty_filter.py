"""Composes and filters that let nothing through."""

from __future__ import annotations

from collections.abc import Iterator

from bstgraph.checks._api import Problem, Subject, check
from bstgraph.files import Directory
from bstgraph.graph import Graph
from bstgraph.layers import Layers
from bstgraph.model import Element
from bstgraph.scopes import Scope
from bstgraph.splits import Filter, filter_of


@check("BSG403", "empty-filter", "warning")
def empty_filter(subject: Subject) -> Iterator[Problem]:
    """Report composes and filters that let nothing through of what they stage.

    It is told where the split rules show it, or where all files are known.
    """
    for element in subject.project.elements.values():
        rules = filter_of(element)
        if rules is None or rules.passes_all:
            continue
        why = _by_rules(subject.graph, element, rules)
        if not why and subject.layers is not None:
            why = _by_files(subject.graph, subject.layers, element)
        if why:
            yield Problem(
                message=f"'{element.name}' lets nothing through: {why}",
                elements=(element.name,),
                at=element.provenance,
                fix="include a domain that the elements have, or leave out `include`",
            )


def _by_rules(graph: Graph, element: Element, rules: Filter) -> str:
    """Return why no rule of what is staged can let anything through; empty if one may."""
    if rules.include is None or rules.orphans or rules.has_paths:
        return ""
    left = [domain for domain in rules.include if domain not in rules.exclude]
    if not left:
        return "all that it includes is in exclude too"
    staged = graph.dependencies_of(element.name, scope=Scope.BUILD, direct=element.kind == "filter")
    found = [graph.get(name) for name in staged]
    known = [one for one in found if one is not None and not one.gaps and one.split_rules.domains]
    if not found or len(known) < len(found) or staged.gaps:
        return ""
    if any(one.split_rules.domains.get(domain) for one in known for domain in left):
        return ""
    # BuildStream does not build a filter with a domain that there is not at all.
    if element.kind == "filter" and not all(
        domain in one.split_rules.domains for one in known for domain in left
    ):
        return ""
    quoted = " and ".join(f"'{domain}'" for domain in left)
    return f"nothing that it stages has a rule for {quoted}"


def _by_files(graph: Graph, layers: Layers, element: Element) -> str:
    """Return that all files are known and none passes; empty if one does or it is not known."""
    staged = graph.dependencies_of(element.name, scope=Scope.BUILD, direct=element.kind == "filter")
    # Most projects have elements whose files are not known, and then nothing has to be staged.
    held = 0
    for name in staged:
        found = layers.contents(name) if graph.get(name) is not None else None
        if found is None or not found.exact:
            return ""
        held += sum(1 for _, node in found.entries() if not isinstance(node, Directory))
    made = layers.contents(element.name)
    if (
        not held
        or not made.exact
        or any(not isinstance(node, Directory) for _, node in made.entries())
    ):
        return ""
    return f"none of the {held:,} files that it stages is in a domain that passes"
