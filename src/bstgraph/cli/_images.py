"""Commands about images: two variants side by side."""

from __future__ import annotations

import argparse

from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._loading import load
from bstgraph.cli._terminal import print_json, say


def parity(args: argparse.Namespace) -> int:
    """Tell what two variants of an image have and lack of each other."""
    from bstgraph.render import to_json, to_text
    from bstgraph.variants import parity as compared

    project, graph = load(args, [args.a] if args.other else [args.a, args.b])
    # Targets that are links are those that they lead to; the same one twice is there once.
    a, b, other = project.targets[0], project.targets[-1], None
    if args.other:
        second, other = load(
            argparse.Namespace(**{**vars(args), "directory": args.other}), [args.b]
        )
        b = second.targets[0]
    found = compared(graph, a, b, other=other)
    if args.json:
        print_json(to_json(found))
    else:
        say(to_text(found))
    return FINDINGS if found else FINE
