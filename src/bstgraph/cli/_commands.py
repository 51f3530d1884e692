"""The commands: each loads, asks one thing, renders and returns an exit status."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bstgraph.cli._loading import directory, load, load_state
from bstgraph.cli._terminal import print_json, say, tell
from bstgraph.errors import SelectionError

if TYPE_CHECKING:
    from bstgraph.graph import Graph
    from bstgraph.model import Element, Project
    from bstgraph.state import State

FINE: Final = 0
FINDINGS: Final = 1

_MOST_GAPS: Final = 5
"""Gaps that are told; a project without its junctions has hundreds."""


def show(args: argparse.Namespace) -> int:
    """List elements."""
    from bstgraph.load import load_state as with_keys
    from bstgraph.render import element_table, elements_to_json, format_element, needs_keys

    project, graph = load(args, args.targets)
    elements = _shown(args, project, graph)
    if args.json:
        print_json(elements_to_json(elements, gaps=graph.gaps))
    elif args.format is None:
        say(element_table(elements))
    else:
        keys = with_keys(project).keys if needs_keys(args.format) else {}
        try:
            lines = [format_element(e, args.format, keys.get(e.name)) for e in elements]
        except ValueError as error:
            args.parser.error(str(error))
        say("\n".join(lines))
    for gap in graph.gaps:
        tell(f"unknown: {gap}")
    return FINE


def _shown(args: argparse.Namespace, project: Project, graph: Graph) -> list[Element]:
    """Return the elements in the scope, of those that the selectors select, in order."""
    from bstgraph.scopes import Scope

    names: Sequence[str] = graph.staging_order(project.targets, scope=Scope(args.deps))
    if args.select:
        from bstgraph.selection import select

        selected = frozenset(select(graph, *args.select))
        names = [name for name in names if name in selected]
        if not names:
            text = f"no element in the scope '{args.deps}' is selected"
            raise SelectionError("empty-selection", text, fix="widen it: --deps all")
    elements = [element for name in names if (element := graph.get(name))]
    if args.order == "alpha":
        # As BuildStream does: by the name inside the project, without junctions.
        elements.sort(key=lambda element: element.local_name)
    return elements


def chain(args: argparse.Namespace) -> int:
    """Draw an image chain."""
    from bstgraph.images import image_chain
    from bstgraph.render import chain_tree, to_json

    project, graph = load(args, [args.target])
    chain = image_chain(graph, project.targets[0])
    if args.json:
        print_json(to_json(chain))
    else:
        say(chain_tree(chain, full=args.full))
    return FINE


def path(args: argparse.Namespace) -> int:
    """Tell why one element depends on another."""
    from bstgraph.render import to_json, to_text

    project, graph = load(args, [args.start, args.end])
    # Targets that are links are those that they lead to; the same one twice is there once.
    start, end = project.targets[0], project.targets[-1]
    graph.shortest_path(start, end)  # an error tells more than an empty list of paths
    found = graph.simple_paths(start, end) if args.all else graph.why(start, end)
    if args.json:
        print_json(to_json(found))
    else:
        say(to_text(found))
    return FINE


def keys(args: argparse.Namespace) -> int:
    """List weak and strict cache keys."""
    from bstgraph.render import key_summary, key_table, to_json

    state = load_state(args, args.targets)
    if args.json:
        print_json(to_json(state.keys))
    else:
        say(key_table(list(state.keys.values()), full=args.full))
    _tell_gaps(state.keys.gaps)
    tell(key_summary(state.keys))
    return FINE


def explain(args: argparse.Namespace) -> int:
    """Draw what the cache keys of an element are made of."""
    from bstgraph.render import to_json, to_text
    from bstgraph.state import explain_key

    state = load_state(args, [args.element])
    explanation = explain_key(state, state.project.targets[0])
    if args.json:
        print_json(to_json(explanation))
    else:
        say(to_text(explanation))
    return FINE


def diff(args: argparse.Namespace) -> int:
    """Tell which cache keys differ between two states of a project, and why."""
    from bstgraph.diff import compare
    from bstgraph.render import to_json, to_text

    before = _side(args, args.before, {})
    after = _side(args, args.after or directory(args), dict(args.option_after or ()))
    comparison = compare(before, after)
    if args.json:
        print_json(to_json(comparison))
    else:
        say(to_text(comparison))
    _tell_gaps(tuple(dict.fromkeys((*before.keys.gaps, *after.keys.gaps))))
    return FINDINGS if comparison else FINE


def _side(args: argparse.Namespace, name: str, options: dict[str, str]) -> State:
    """Return one side of a comparison: a folder, or else a revision."""
    folder = os.path.isdir(name)
    chosen = ", ".join(f"{option}={value}" for option, value in options.items())
    return load_state(
        args,
        args.target or (),
        at=name if folder else None,
        revision=None if folder else name,
        options=options,
        label=f"{name} with {chosen}" if chosen else name,
    )


def _tell_gaps(gaps: Sequence[str]) -> None:
    for gap in gaps[:_MOST_GAPS]:
        tell(f"unknown: {gap}")
    if len(gaps) > _MOST_GAPS:
        tell(f"unknown: and {len(gaps) - _MOST_GAPS:,} more")
