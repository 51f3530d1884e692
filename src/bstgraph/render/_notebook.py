"""Notebook displays: text and HTML for what the library returns, registered by class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Final

from bstgraph.answers import DependencyPath, Names, Paths, Why
from bstgraph.checks import Finding, Report
from bstgraph.diff import Comparison
from bstgraph.display import mimebundle
from bstgraph.forecast import Forecast
from bstgraph.graph import Graph
from bstgraph.images import ImageChain
from bstgraph.keys import CacheKey, ElementKeys, KeyInputs, Keys
from bstgraph.layers import Contents, Drift, ImageComparison, Ownership, Staging, Trace
from bstgraph.model import Element, Project
from bstgraph.plans import Plan, StaleReport
from bstgraph.render._text import to_text
from bstgraph.state import Explanation, State
from bstgraph.stores import Image
from bstgraph.variants import Parity

_MOST_ROWS: Final = 200
"""A table of more rows is cut: the page would be slow, and nobody reads it."""


def _preformatted(result: object) -> dict[str, str]:
    text = to_text(result)
    return {"text/plain": text, "text/html": f"<pre>{escape(text)}</pre>"}


def _project(project: Project) -> dict[str, str]:
    text = to_text(project)
    return {"text/plain": text, "text/html": _titled(text, _elements(project.elements.values()))}


def _graph(graph: Graph) -> dict[str, str]:
    text = to_text(graph)
    return {"text/plain": text, "text/html": _titled(text, _elements(graph.elements.values()))}


def _names(names: Names) -> dict[str, str]:
    table = _table(("", "element"), [(str(i), name) for i, name in enumerate(names, 1)])
    return {"text/plain": to_text(names), "text/html": _titled(f"{len(names):,} elements", table)}


def _keys(keys: Keys) -> dict[str, str]:
    rows = [(each.name, each.kind, str(each.strict), str(each.weak)) for each in keys.values()]
    table = _table(("element", "kind", "strict key", "weak key"), rows)
    text = to_text(keys)
    return {"text/plain": text, "text/html": _titled(text, table)}


def _elements(elements: Iterable[Element]) -> str:
    rows = [
        (element.name, element.kind, str(len(element.dependencies)), element.description)
        for element in elements
    ]
    return _table(("element", "kind", "dependencies", "description"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>"
        for row in rows[:_MOST_ROWS]
    )
    more = len(rows) - _MOST_ROWS
    rest = f"<p>and {more:,} more</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _titled(title: str, body: str) -> str:
    return f"<p>{escape(title).replace(chr(10), '<br>')}</p>{body}"


def register() -> None:
    """Give every class of results its display."""
    for shown in (
        CacheKey,
        Comparison,
        Contents,
        DependencyPath,
        Drift,
        Element,
        ElementKeys,
        Explanation,
        Finding,
        Forecast,
        Image,
        ImageChain,
        ImageComparison,
        KeyInputs,
        Ownership,
        Parity,
        Paths,
        Plan,
        Report,
        StaleReport,
        Staging,
        State,
        Trace,
        Why,
    ):
        mimebundle.register(shown, _preformatted)
    tables: Sequence[tuple[type, Callable[..., dict[str, str]]]] = (
        (Graph, _graph),
        (Keys, _keys),
        (Names, _names),
        (Project, _project),
    )
    for table, bundle in tables:
        mimebundle.register(table, bundle)
