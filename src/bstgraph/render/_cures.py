"""Cures of a stale build as text: what to type or write, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bstgraph.names import ElementName
from bstgraph.plans import Cure, StaleReport
from bstgraph.render._format import to_yaml
from bstgraph.render._wording import counted, some

_MOST_EDGES: Final = 6
_MOST_NAMES: Final = 3
_MOST_DELETED: Final = 8
"""How many elements a command names; one with more is longer than anybody reads."""


def cure_lines(
    report: StaleReport, cures: Sequence[Cure], *, everything: bool = False
) -> Iterator[str]:
    """Yield the cures of `report`, numbered, the best first; then what is none."""
    good = [cure for cure in cures if cure.complete]
    for number, cure in enumerate(good, 1):
        first, *rest = _cure(report, cure, everything=everything)
        yield f"  {number}. {first}"
        yield from (f"     {line}" for line in rest)
    bad = [cure for cure in cures if not cure.complete]
    for cure in bad if everything else bad[:1]:
        first, *rest = _cure(report, cure, everything=everything)
        yield f"  no cure: {first}"
        yield from (f"     {line}" for line in rest)
    if len(bad) > 1 and not everything:
        yield f"  and {len(bad) - 1:,} more that leave something old: --all"


def _cure(report: StaleReport, cure: Cure, *, everything: bool) -> Iterator[str]:
    match cure.remedy:
        case "strict-build":
            yield cure.command
        case "delete" if len(cure.elements) > _MOST_DELETED and not everything:
            most = " ".join(cure.elements[:_MOST_NAMES])
            rest = len(cure.elements) - _MOST_NAMES
            yield f"bst artifact delete {most} ({rest:,} more: --all), and build again"
        case "delete":
            yield f"{cure.command}, and build again"
        case _:
            yield "write `strict: true`, and build again:"
            yield from (f"  {line}" for line in _edges(report, cure, everything=everything))
    yield f"builds {counted(len(cure.built), 'element')}, {_left(cure)}"
    if cure.later is not None:
        before = f", so far {cure.before:,}" if cure.before is not None else ""
        changed = "it changes" if len({name for _, name in cure.edges}) == 1 else "these change"
        yield f"from now on, {counted(cure.later, 'element')} built when {changed}{before}"
    yield from (f"unknown: {gap}" for gap in cure.gaps[:_MOST_NAMES])


def _left(cure: Cure) -> str:
    if cure.complete:
        return "leaves nothing old"
    if not cure.remaining:
        return f"of {counted(cure.unjudged, 'element')} it is not known what is left"
    return f"leaves {len(cure.remaining):,} old: {some(cure.remaining, _MOST_NAMES)}"


def _edges(report: StaleReport, cure: Cure, *, everything: bool) -> Iterator[str]:
    """Yield the dependencies to write, below the file that each belongs into."""
    for user, dependency in cure.edges[: None if everything else _MOST_EDGES]:
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
    if len(cure.edges) > _MOST_EDGES and not everything:
        yield f"and {len(cure.edges) - _MOST_EDGES:,} more: --all"


def _seen_from(junction: str, name: ElementName) -> str:
    """Return what an element of a project calls another one of it or of one below it."""
    return name.removeprefix(f"{junction}:") if junction else name
