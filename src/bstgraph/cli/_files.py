"""The commands about files: loads, asks one thing, renders."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from bstgraph.cli._commands import FINDINGS, FINE
from bstgraph.cli._layers import open_layers
from bstgraph.cli._loading import load, load_state
from bstgraph.cli._terminal import print_json, say
from bstgraph.errors import SelectionError


def admits(args: argparse.Namespace) -> int:
    """Tell which paths a compose or filter lets through, and by which rule."""
    from bstgraph.admission import admission
    from bstgraph.render import admission_table, admissions_to_json

    paths = [*args.paths, *(_listed(args.from_file) if args.from_file else ())]
    if not paths:
        args.parser.error("no path is given: name some, or read them with --from-file")
    targets = [args.layer, *([args.element] if args.element else ())]
    held = None
    if args.cache or args.manifest or args.files_of:
        layers = open_layers(args, load_state(args, targets))
        project, graph = layers.state.project, layers.graph
        held = layers.known_below(project.targets[0])
    else:
        project, graph = load(args, targets)
    layer = project.targets[0]
    owner = project.targets[-1] if args.element else None
    asked = paths if owner is None else [(owner, path) for path in paths]
    answers = list(admission(graph, layer, asked, contents=held))
    if args.json:
        print_json(admissions_to_json(layer, answers))
    else:
        say(admission_table(answers))
    return FINE if all(answer.verdict == "admitted" for answer in answers) else FINDINGS


def _listed(name: str) -> list[str]:
    """Return the paths in a file, or of standard input for `-`: by NUL if there is one, or line."""
    try:
        if name == "-":
            text = os.fsdecode(sys.stdin.buffer.read())
        else:
            text = os.fsdecode(Path(name).read_bytes())
    except OSError as error:
        raise SelectionError("unreadable-file", f"'{name}': {error.strerror}") from None
    return [path for path in text.split("\0" if "\0" in text else "\n") if path]
