"""Forecasts and stale reports as text: the verdict, where it comes from, what is old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bstgraph.forecast import Forecast
from bstgraph.keys import RuleName
from bstgraph.names import ElementName
from bstgraph.plans import Cure, RootEdge, StaleElement, StaleReport
from bstgraph.render._cures import cure_lines
from bstgraph.render._plans import cut, unjudged, unknown_lines
from bstgraph.render._wording import counted, some

_MOST_GROUPS: Final = 8
"""Changed dependencies that are told with their edges."""
_MOST_EDGES: Final = 5
_MOST_ROWS: Final = 25
_MOST_NAMES: Final = 3

RULES: Final[Mapping[RuleName, str]] = {"buildstream": "BuildStream", "runbook": "runbook"}
"""The names of the rules, as heads of columns."""

_TYPES: Final = {"build": "build-only", "runtime": "runtime-only", "all": "build and runtime"}
_CHANGES: Final = {"changed": "changed", "added": "is new", "removed": "is gone"}


def forecast_text(
    forecast: Forecast, cures: Sequence[Cure] = (), *, everything: bool = False
) -> str:
    """Return a forecast for a person who reads ten seconds: the verdict is the first line.

    Args:
        forecast: by one rule or both.
        cures: of its first report, the best first.
        everything: whether all elements, edges and gaps are told, however many there are.
    """
    report = forecast.report
    blocks = ["\n".join(_head(forecast)), *_groups(report, everything=everything)]
    rows = _rows(forecast, everything=everything)
    blocks += [*rows, *_differing(forecast)]
    if cures:
        blocks.append("\n".join(("to cure it:", *cure_lines(report, cures, everything=everything))))
    unknown = "\n".join(gap_lines(report, everything=everything))
    return "\n\n".join((*blocks, *((unknown,) if unknown else ())))


def stale_text(report: StaleReport) -> str:
    """Return one report as `forecast_text` has it, without cures."""
    return forecast_text(Forecast.of(report))


def short_forecast(forecast: Forecast) -> str:
    """Return the verdict, the root edges and what is not known, in few lines."""
    report = forecast.report
    lines = [f"Forecast, with {report.plan.cache.label}: {verdict(report)}"]
    if old := [each for each in report.elements.values() if each.old_bytes]:
        edges = [edge for each in old for edge in each.edges if edge.direct]
        edges = edges or [edge for each in old for edge in each.edges]
        lines += [f"  {edge_text(report, edge)}" for edge in edges[:_MOST_NAMES]]
        if len(edges) > _MOST_NAMES:
            lines.append(f"  and {len(edges) - _MOST_NAMES:,} more")
        lines.append(
            "  `bstgraph stale`, with the same --built or --cache, tells all, and what cures it"
        )
    # `bstgraph check` has no --all: the other command has.
    return "\n".join((*lines, *(line.removesuffix(": --all") for line in gap_lines(report))))


def verdict(report: StaleReport) -> str:
    """Return in one line what of a report would ship old bytes."""
    shipping = [
        counted(len(names), noun)
        for names, noun in ((report.layers, "layer"), (report.images, "image"))
        if names
    ]
    if shipping:
        return f"{' and '.join(shipping)} would ship old bytes"
    old = [each for each in report.elements.values() if each.old_bytes]
    if old:
        return f"{counted(len(old), 'element')} would be old, no layer and no image"
    if report.elements:
        keys = counted(len(report.elements), "element")
        return f"No bytes would be old: of {keys} nothing but the key is another one"
    if report.unknown:
        return f"Nothing stale that is known of, {unjudged(report.plan)}"
    if not any(step.artifact is not None for step in report.plan.values()):
        return "Nothing stale: nothing that is in the cache would be taken"
    return "Nothing stale"


def _head(forecast: Forecast) -> Iterator[str]:
    report = forecast.report
    if report.rule == "runbook":
        yield f"{verdict(report)}, by the runbook's rule (BuildStream has another one)"
    else:
        yield verdict(report)
    for rule, other in forecast.reports.items():
        if other is not report and _shipping(other) != _shipping(report):
            yield f"By the {RULES[rule]}'s rule, which is not what happens: {verdict(other)}"
    plan = report.plan
    yield f"  with {plan.cache.label}, and then"
    yield f"  `bst --no-strict build {some(plan.targets, _MOST_NAMES).replace(', ', ' ')}`"
    told = [
        f"{counted(len(plan.of('reuse')), 'element')} taken from the cache",
        f"{len(plan.builds):,} built",
        f"{len(plan.of('unneeded')):,} not looked at",
    ]
    yield f"  {', '.join(told)}"


def _shipping(report: StaleReport) -> frozenset[ElementName]:
    return frozenset((*report.layers, *report.images))


def _groups(report: StaleReport, *, everything: bool) -> Iterator[str]:
    """Yield a block for each dependency that changed without its users' weak keys seeing it."""
    groups: dict[tuple[ElementName, str], list[RootEdge]] = {}
    for edge in report.edges:
        if report.elements[edge.user].old_bytes:
            groups.setdefault((edge.dependency, edge.difference), []).append(edge)
    if not groups:
        return
    # One that is nobody's direct dependency follows from others most of the time.
    ordered = sorted(groups.items(), key=lambda item: not any(edge.direct for edge in item[1]))
    for (name, difference), edges in ordered[: None if everything else _MOST_GROUPS]:
        edges.sort(key=lambda edge: not edge.direct)
        lines = [f"{name} {_CHANGES[difference]}, which weak keys do not see:"]
        most = None if everything else _MOST_EDGES
        lines += [f"  {edge_text(report, edge)}" for edge in edges[:most]]
        if most is not None and len(edges) > most:
            lines.append(f"  and {len(edges) - most:,} more users: --all")
        yield "\n".join((*lines, *_held(report, edges)))
    if not everything and len(groups) > _MOST_GROUPS:
        yield f"and {len(groups) - _MOST_GROUPS:,} more dependencies that changed: --all"


def _held(report: StaleReport, edges: Sequence[RootEdge]) -> Iterator[str]:
    """Yield the images and layers that have old bytes for one of these edges, the last ones first.

    Images come first, of both what is nearer to the target.
    """
    wanted = frozenset(edges)
    for names, noun in ((report.images, "image"), (report.layers, "layer")):
        held = [name for name in reversed(names) if wanted.intersection(report.roots_of(name))]
        if held:
            yield f"  in {counted(len(held), noun)}: {some(held, _MOST_NAMES)}"


def edge_text(report: StaleReport, edge: RootEdge) -> str:
    """Return a root edge as a line: its path, what is written there, and where."""
    element = report.plan.state.graph.get(edge.user)
    entries = element.dependencies if element is not None else ()
    kinds = [entry.type for entry in entries if entry.name == edge.path[1]]
    written = [_TYPES[kinds[0]]] if kinds else []
    written.append("strict" if edge.strict else "not strict")
    if not kinds:
        written = ["no dependency any more"]
    where = f"  {edge.at}" if edge.at else ""
    return f"{edge} ({', '.join(written)}){where}"


def _rows(forecast: Forecast, *, everything: bool) -> Iterator[str]:
    """Yield the table of what is off by any of the rules, with a column for each if they differ."""
    off = [
        name
        for name in forecast.report.plan
        if any(name in report.elements for report in forecast.reports.values())
    ]
    if not off:
        return
    chosen = off if everything else _chosen(forecast.report, off)
    table = [_row(forecast, name) for name in chosen]
    differ = _differ(forecast)
    heads = [RULES[rule] for rule in forecast.reports] if differ else ["verdict"]
    size = len(heads)
    rows = [[*row[:size], *row[-3:]] for row in table]
    lines = _aligned([[*heads, "kind", "element", "why"], *rows])
    if len(off) > len(chosen):
        lines.append(f"and {len(off) - len(chosen):,} more: --all")
    yield "\n".join(lines)


def _chosen(report: StaleReport, off: Sequence[ElementName]) -> Sequence[ElementName]:
    """Return what is worth a row: first images and layers, then what has a root edge, the rest."""
    ships = _shipping(report)
    ranked = sorted(
        off,
        key=lambda name: (
            name not in ships,
            name not in report.elements or not report.elements[name].old_bytes,
            name not in report.elements or not report.elements[name].edges,
        ),
    )
    few = frozenset(ranked[:_MOST_ROWS])
    return [name for name in off if name in few]


def _row(forecast: Forecast, name: ElementName) -> Sequence[str]:
    cells = [_cell(forecast, rule, name) for rule in forecast.reports]
    found = next(report for report in forecast.reports.values() if name in report.elements)
    each = found.elements[name]
    whose = "" if found is forecast.report else f"{RULES[found.rule]}: "
    return [*cells, each.step.kind, name, whose + _why(each)]


def _cell(forecast: Forecast, rule: RuleName, name: ElementName) -> str:
    report = forecast.reports[rule]
    found = report.elements.get(name)
    if found is not None and not found.old_bytes:
        return "key only"
    told = report.verdict(name)
    return {"reuse": "as new", "unneeded": "as new", "build": "built"}.get(told, told)


def _why(found: StaleElement) -> str:
    names = tuple(dict.fromkeys(edge.dependency for edge in found.edges))
    if names:
        return f"taken by its weak key; other now: {some(names, 2)}"
    return f"made of {some(found.through, 2)}" if found.through else ""


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _differ(forecast: Forecast) -> bool:
    """Return whether the rules say different things of what is off by one of them."""
    off = {name for report in forecast.reports.values() for name in report.elements}
    return any(len({_cell(forecast, rule, name) for rule in forecast.reports}) > 1 for name in off)


def _differing(forecast: Forecast) -> Iterator[str]:
    if _differ(forecast):
        yield (
            "The rules differ. What happens is BuildStream's column: its weak keys name the whole "
            "build scope,\n"
            "those of the runbook (claim R6) direct dependencies alone, and of a stack none."
        )


def gap_lines(report: StaleReport, *, everything: bool = False) -> Iterator[str]:
    """Yield what is not known: how many elements could not be judged, and the first reasons."""
    yield from unknown_lines(report.plan, everything=everything)
    unrecorded = [each for each in report.elements.values() if each.gaps]
    if unrecorded:
        names = some([each.name for each in unrecorded], _MOST_NAMES)
        yield f"unknown: {unrecorded[0].gaps[0]}: {names}"
    for reason in cut(report.plan.refused, everything=everything):
        yield f"BuildStream refuses to begin: {reason}"
