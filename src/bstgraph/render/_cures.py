"""Cures of a stale build as text: what to type or write, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bstgraph.names import ElementName
from bstgraph.plans import Cure, StaleReport
from bstgraph.render._format import to_yaml
from bstgraph.render._wording import counted, some

_MOST_CURES: Final = 6
_MOST_EDGES: Final = 6
_MOST_NAMES: Final = 3


def cure_lines(report: StaleReport, cures: Sequence[Cure]) -> Iterator[str]:
    """Yield the cures of `report`, numbered, the best first."""
    for number, cure in enumerate(cures[:_MOST_CURES], 1):
        first, *rest = _cure(report, cure)
        yield f"  {number}. {first}"
        yield from (f"     {line}" for line in rest)
    if len(cures) > _MOST_CURES:
        yield f"  and {len(cures) - _MOST_CURES:,} more that help less: --json"


def _cure(report: StaleReport, cure: Cure) -> Iterator[str]:
    match cure.remedy:
        case "strict-build":
            yield cure.command
        case "delete":
            yield f"{cure.command}  and build again"
        case "strict-edge":
            yield "mark what was not seen, and build again:"
            yield from (f"  {line}" for line in _edges(report, cure))
    yield f"builds {counted(len(cure.built), 'element')}, {_left(cure)}"
    if cure.later is not None:
        before = f", {cure.before:,} as it is" if cure.before is not None else ""
        yield (
            f"later: such a change builds {counted(cure.later, 'element')}{before}; "
            "and never goes unseen"
        )
    yield from (f"unknown: {gap}" for gap in cure.gaps[:_MOST_NAMES])


def _left(cure: Cure) -> str:
    if cure.complete:
        return "leaves nothing old"
    return f"leaves {len(cure.remaining):,} old: {some(cure.remaining, _MOST_NAMES)}"


def _edges(report: StaleReport, cure: Cure) -> Iterator[str]:
    """Yield the dependencies to write, below the file that each belongs into."""
    for user, dependency in cure.edges[:_MOST_EDGES]:
        element = report.plan.state.graph.elements[user]
        entry = next((one for one in element.dependencies if one.name == dependency), None)
        if entry is not None and entry.build:
            yield f"at {entry.provenance or user}"
            filename = entry.path
        else:
            at = element.provenance
            yield f"in build-depends of {at.path if at else user}"
            filename = _seen_from(element.junction, dependency)
        yaml = to_yaml([{"filename": filename, "strict": "true"}]).rstrip("\n")
        yield from (f"  {line}" for line in yaml.split("\n"))
    if len(cure.edges) > _MOST_EDGES:
        yield f"and {len(cure.edges) - _MOST_EDGES:,} more: --json"


def _seen_from(junction: str, name: ElementName) -> str:
    """Return what an element of a project calls another one of it or of one below it."""
    return name.removeprefix(f"{junction}:") if junction else name
