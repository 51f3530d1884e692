"""Terminal text for what the library answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from itertools import islice

from bstgraph.answers import DependencyPath, Paths, Why
from bstgraph.checks import Finding, Report
from bstgraph.diff import Comparison
from bstgraph.forecast import Forecast
from bstgraph.graph import Graph
from bstgraph.images import ImageChain
from bstgraph.keys import KeyInputs, Keys
from bstgraph.layers import Contents, Drift, ImageComparison, Ownership, Staging, Trace
from bstgraph.model import Element, Project
from bstgraph.plans import Plan, StaleReport
from bstgraph.render._against import against_text
from bstgraph.render._diff import comparison_text
from bstgraph.render._findings import finding_text, report_text
from bstgraph.render._keys import explanation_tree, inputs_text, key_summary, state_text
from bstgraph.render._layers import (
    contents_summary,
    drift_text,
    ownership_summary,
    staging_text,
    trace_text,
)
from bstgraph.render._oci import image_text
from bstgraph.render._plans import plan_text
from bstgraph.render._stale import forecast_text, stale_text
from bstgraph.render._tree import chain_lines
from bstgraph.render._variants import parity_text
from bstgraph.render._wording import counted, some
from bstgraph.state import Explanation, State
from bstgraph.stores import Image
from bstgraph.variants import Parity


@singledispatch
def to_text(result: object) -> str:
    """Return `result` as text for a terminal, without a newline at its end."""
    return str(result)


@to_text.register(ImageChain)
def _(chain: ImageChain) -> str:
    return chain_tree(chain)


def chain_tree(chain: ImageChain, *, full: bool = False) -> str:
    """Return a chain as a tree that fits a screen; `full` draws every stage instead."""
    return "\n".join((*chain_lines(chain, full=full), *_gap_lines(chain.gaps)))


@to_text.register(Image)
def _(image: Image) -> str:
    return image_text(image)


@to_text.register(Element)
def _(element: Element) -> str:
    lines = [f"{element.name}  {element.kind}"]
    if description := " ".join(element.description.split()):
        lines.append(f"  {description}")
    width = max((len(entry.type) for entry in element.dependencies), default=0)
    lines += [f"  {entry.type:{width}}  {entry.name}" for entry in element.dependencies]
    return "\n".join((*lines, *_gap_lines(element.gaps)))


@to_text.register(Project)
def _(project: Project) -> str:
    elements = counted(len(project.elements), "element")
    lines = [f"project {project.name}: {elements} for {some(project.targets, 3)}"]
    if len(project.projects) > 1:
        lines[0] += f", from {counted(len(project.projects), 'project')}"
    if project.externals:
        lines.append(f"not at hand: {counted(len(project.externals), 'element')}")
    return "\n".join((*lines, *_gap_lines(project.gaps)))


@to_text.register(Graph)
def _(graph: Graph) -> str:
    return "\n".join((repr(graph), *_gap_lines(graph.gaps)))


def element_table(elements: Iterable[Element]) -> str:
    """Return one line for each element: its kind and its full name."""
    rows = [(element.kind, element.name) for element in elements]
    width = max((len(kind) for kind, _ in rows), default=0)
    return "\n".join(f"{kind:{width}}  {name}" for kind, name in rows)


@to_text.register(DependencyPath)
def _(path: DependencyPath) -> str:
    rows = [
        (edge.type + (", strict" if edge.dependency.strict else ""), edge.dependency.name, edge)
        for edge in path.edges
    ]
    kinds = max((len(row[0]) for row in rows), default=0)
    width = max((len(row[1]) for row in rows), default=0)
    lines: list[str] = [*path.names[:1]]
    for kind, name, edge in rows:
        lines.append(f"  {kind:{kinds}}  {name:{width}}  {edge.provenance or ''}".rstrip())
    return "\n".join(lines)


@to_text.register(Paths)
def _(paths: Paths) -> str:
    blocks = [to_text(path) for path in paths]
    if paths.capped:
        blocks.append(f"and more than these {len(paths):,}")
    return "\n\n".join((*blocks, *_gap_lines(paths.gaps)))


@to_text.register(Why)
def _(why: Why) -> str:
    # The last line of a Why's own text tells how it is used and how many paths there are.
    use = str(why).rpartition("\n")[2]
    return "\n".join((to_text(why.path), use, *_gap_lines(why.gaps)))


to_text.register(Comparison)(comparison_text)
to_text.register(Forecast)(forecast_text)
to_text.register(Finding)(finding_text)
to_text.register(Plan)(plan_text)
to_text.register(Report)(report_text)
to_text.register(StaleReport)(stale_text)
to_text.register(Contents)(contents_summary)
to_text.register(Drift)(drift_text)
to_text.register(Explanation)(explanation_tree)
to_text.register(ImageComparison)(against_text)
to_text.register(KeyInputs)(inputs_text)
to_text.register(Keys)(key_summary)
to_text.register(Ownership)(ownership_summary)
to_text.register(Staging)(staging_text)
to_text.register(State)(state_text)
to_text.register(Trace)(trace_text)


@to_text.register(Parity)
def _(compared: Parity) -> str:
    return "\n".join((parity_text(compared), *_gap_lines(compared.gaps)))


def _gap_lines(gaps: Iterable[str]) -> Iterator[str]:
    shown = list(islice(gaps, 6))
    yield from (f"unknown: {gap}" for gap in shown[:5])
    if len(shown) > 5:
        yield "unknown: and more"
