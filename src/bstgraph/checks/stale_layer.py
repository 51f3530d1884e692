"""Layers and images that a build which is not strict would ship with old files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bstgraph.checks._api import Edit, Problem, Subject, check
from bstgraph.checks._edges import strict_edits
from bstgraph.names import ElementName
from bstgraph.plans import Cure, RootEdge, StaleReport, cures

_SHOWN: Final = 5


@check("BSG502", "stale-layer", "error")
def stale_layer(subject: Subject) -> Iterator[Problem]:
    """Report layers and images that a build which is not strict would ship with old files.

    Those that are old for the same dependencies are one finding; without a forecast there is none.
    """
    for report in subject.forecast.reports.values() if subject.forecast is not None else ():
        alike: dict[frozenset[ElementName], list[ElementName]] = {}
        # What is built upon the others comes first.
        for name in (*reversed(report.images), *reversed(report.layers)):
            changed = frozenset(edge.dependency for edge in _roots(report, name))
            alike.setdefault(changed, []).append(name)
        complete = [cure for cure in cures(report) if cure.complete] if alike else []
        for names in alike.values():
            yield _problem(subject, report, complete, names)


def _roots(report: StaleReport, name: ElementName) -> list[RootEdge]:
    """Return the edges by which old files come in; a stack has none."""
    return [edge for edge in report.roots_of(name) if report.elements[edge.user].old_bytes]


def _problem(
    subject: Subject, report: StaleReport, complete: list[Cure], names: list[ElementName]
) -> Problem:
    edges = list(dict.fromkeys(edge for name in names for edge in _roots(report, name)))
    told = [_edge(edge) for edge in edges[:_SHOWN]]
    if len(edges) > _SHOWN:
        told.append(f"and {len(edges) - _SHOWN:,} more")
    others = f" and {len(names) - 1:,} more" if names[1:] else ""
    rule = " by the runbook's rule (claim R6)" if report.rule == "runbook" else ""
    return Problem(
        message=f"'{names[0]}'{others} would have old files{rule}: `bst --no-strict build` takes "
        f"{_taken(edges)} from the cache",
        elements=tuple(names),
        at=next((edge.at for edge in edges if edge.at is not None), None),
        evidence=tuple(told),
        fix="; or ".join(_cures(complete)) or None,
        edits=_edits(subject, complete, edges),
    )


def _cures(complete: list[Cure]) -> list[str]:
    """Return in words the best cure that is short to tell, and what marks edges."""
    short = [
        cure
        for cure in complete
        if cure.remedy == "strict-build" or (cure.command and len(cure.elements) <= _SHOWN)
    ]
    told = [*short[:1], *(cure for cure in complete if cure.edges)]
    return [_cure(cure) for cure in told]


def _taken(edges: list[RootEdge]) -> str:
    users = list(dict.fromkeys(edge.user for edge in edges))
    if not users:
        return "old artifacts"
    return f"'{users[0]}'" + (f" and {len(users) - 1:,} more" if users[1:] else "")


def _edge(edge: RootEdge) -> str:
    what = {"changed": "changed", "added": "is new", "removed": "is gone"}[edge.difference]
    at = f" ({edge.at})" if edge.at is not None else ""
    return f"{edge}: '{edge.dependency}' {what}, and the weak key of '{edge.user}' is the same{at}"


def _cure(cure: Cure) -> str:
    if cure.command:
        return cure.command
    marked = ", ".join(f"{user} on {dependency}" for user, dependency in cure.edges[:_SHOWN])
    more = f" and {len(cure.edges) - _SHOWN:,} more" if len(cure.edges) > _SHOWN else ""
    return f"mark the dependency of {marked}{more} as `strict: true`"


def _edits(subject: Subject, complete: list[Cure], edges: list[RootEdge]) -> tuple[Edit, ...]:
    """Return what marks the edges as strict, where that cures all and each is written here."""
    marking = {pair for cure in complete for pair in cure.edges}
    found: list[Edit] = []
    for edge in edges:
        if (edge.user, edge.dependency) not in marking or not edge.direct:
            return ()
        made = strict_edits(subject.graph[edge.user], edge.at)
        if not made:
            return ()
        found += made
    return tuple(found)
