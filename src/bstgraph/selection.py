"""Selecting elements with short texts, as dbt and others do.

    selection = argument ...                what any argument selects
    argument  = term {"," term}             what all of its terms select
    term      = ["!" | "not:"] [[N] "+"] matcher ["+" [N]]
    matcher   = ["kind:" | "project:"] pattern

`+x` adds all dependencies of x, `2+x` those at most two steps away; `x+` and `x+2` add dependants.
`!x`, or `not:x`, is everything else; an argument of such terms only takes away from what the
others select, or from everything. A pattern is a full name, a kind or a project name; in it, as in
BuildStream, `*` is anything without a `/`, `?` one character and `**` anything. In names these two
do not match a `:` either, so `*.bst` stays in the toplevel project.

    oci/*.bst                               the elements of one directory
    +oci/image.bst,!kind:stack              all that goes into an image, without the stacks
    sdk.bst:**  !project:freedesktop-sdk    two arguments: a junction, without one project
    components/openssl.bst+1                an element, and what depends on it directly

No element name has a `*` or `?`; a term that is a full name selects that element, even when it
also reads as something else. What matches nothing is an error: it is a typing mistake more often
than not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bstgraph.answers import Names
from bstgraph.errors import SelectionError, did_you_mean
from bstgraph.graph import Graph
from bstgraph.model import Element
from bstgraph.names import ElementName
from bstgraph.scopes import Scope

_TERM = re.compile(
    r"(?P<negated>!|not:)?"
    r"(?:(?P<above>\d*)\+)?"
    r"(?:(?P<method>kind|project):)?"
    r"(?P<pattern>.+?)"
    r"(?:\+(?P<below>\d*))?"
)
_Method: TypeAlias = Literal["name", "kind", "project"]
_METHODS: Mapping[str | None, _Method] = {None: "name", "kind": "kind", "project": "project"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    """One term, parsed; `dependencies` and `dependants` are depths, None for no limit."""

    text: str
    pattern: str
    negated: bool = False
    method: _Method = "name"
    dependencies: int | None = 0
    dependants: int | None = 0


@dataclass(slots=True)
class _Selecting:
    """One selection under way: the graph, and the external nodes that were met."""

    graph: Graph
    scope: Scope
    met: set[ElementName] = field(default_factory=set)

    def argument(self, terms: Iterable[_Term]) -> set[ElementName]:
        """Return what all of `terms` select."""
        found = set(self.graph)
        for term in terms:
            matched = self.term(term)
            found = found - matched if term.negated else found & matched
        return found

    def term(self, term: _Term) -> set[ElementName]:
        """Return what a term selects, as if it were not negated."""
        matched = self.matched(term)
        if not matched:
            raise self.nothing(term)
        walk = self.graph.traversal
        found = matched | walk.dependencies(matched, self.scope, term.dependencies)
        found |= walk.dependants(matched, self.scope, term.dependants)
        self.met |= found & self.graph.externals.keys()
        return found

    def matched(self, term: _Term) -> set[ElementName]:
        """Return what the matcher of a term selects."""
        if term.method == "name":
            if term.pattern in self.graph:
                return {ElementName(term.pattern)}
            accepts = _compiled(term.pattern, "[^/:]")
            return {name for name in self.graph if accepts.fullmatch(name)}
        # External elements have a kind and a project too, but nobody here knows them.
        self.met |= self.graph.externals.keys()
        accepts = _compiled(term.pattern, "[^/]")
        return {
            name
            for name, element in self.graph.elements.items()
            if accepts.fullmatch(_word(element, term.method))
        }

    def nothing(self, term: _Term) -> SelectionError:
        """Return the error for a term that matches nothing."""
        if term.method == "name":
            hint = self.graph.suggestion(term.pattern)
        else:
            known = (_word(element, term.method) for element in self.graph.elements.values())
            hint = did_you_mean(term.pattern, set(known))
        return SelectionError("empty-selection", f"'{term.text}' matches no element", fix=hint)


def select(graph: Graph, *selectors: str, scope: Scope = Scope.ALL) -> Names:
    """Return the elements that `selectors` select, in staging order; none of them: all.

    `scope` is what `+` follows. The grammar is in the documentation of this module.

    Raises:
        SelectionError: a selector, or all of them together, selects nothing (`empty-selection`).
    """
    selecting = _Selecting(graph, scope)
    added: set[ElementName] = set()
    kept = set(graph)
    only_taken_away = True
    for selector in selectors:
        terms = _parsed(graph, selector)
        found = selecting.argument(terms)
        if all(term.negated for term in terms):
            kept &= found
            continue
        only_taken_away = False
        if not found:
            raise SelectionError("empty-selection", f"no element matches all of '{selector}'")
        added |= found
    found = kept if only_taken_away else kept & added
    if selectors and not found:
        raise SelectionError("empty-selection", f"nothing is left of '{' '.join(selectors)}'")
    return Names(
        names=graph.in_staging_order(found),
        gaps=graph.gaps_of(graph.in_staging_order(selecting.met)),
    )


def _parsed(graph: Graph, selector: str) -> list[_Term]:
    if selector in graph:
        return [_Term(text=selector, pattern=selector)]
    return [_term(graph, text.strip()) for text in selector.split(",")]


def _term(graph: Graph, text: str) -> _Term:
    if text in graph:
        return _Term(text=text, pattern=text)
    match = _TERM.fullmatch(text)
    if not match:
        raise SelectionError("empty-selection", f"'{text}' is no selector: it names nothing")
    return _Term(
        text=text,
        pattern=match["pattern"],
        negated=match["negated"] is not None,
        method=_METHODS[match["method"]],
        dependencies=_depth(match["above"]),
        dependants=_depth(match["below"]),
    )


def _word(element: Element, method: _Method) -> str:
    """Return what a `kind:` or `project:` pattern is compared with."""
    return element.kind if method == "kind" else element.project_name


def _depth(digits: str | None) -> int | None:
    """Return how far a `+` goes: not at all without it, without limit when no number is given."""
    if digits is None:
        return 0
    return int(digits) if digits else None


def _compiled(pattern: str, single: str) -> re.Pattern[str]:
    meaning = {"**": ".*", "*": f"{single}*", "?": single}
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    return re.compile("".join(meaning.get(part) or re.escape(part) for part in parts), re.DOTALL)
