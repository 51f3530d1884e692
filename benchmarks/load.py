"""Compare bstgraph with the real BuildStream on one project, as whole processes, side by side.

    .venv/bin/python -m benchmarks.load DIRECTORY TARGET --bst .oracle/bin/bst [--runs 5]
        [--option NAME VALUE ...]

The project must load without a network: its junctions local, or already staged by BuildStream.
Both sides start cold, load the project for TARGET and print the names of its elements in staging
order: BuildStream by `bst show --deps all --order stage`, bstgraph by `load_project`, `Graph` and
`staging_order`. measure.py says how they run.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final

from benchmarks.measure import measure, parser

LOAD: Final = """
import sys
import bstgraph

directory, target, *options = sys.argv[1:]
project = bstgraph.load_project(
    directory, targets=[target], options=dict(zip(options[::2], options[1::2], strict=True))
)
graph = bstgraph.Graph(project)
print("\\n".join(graph.staging_order(project.targets)))
"""


def commands(arguments: argparse.Namespace) -> dict[str, list[str]]:
    """Return the command of each side."""
    chosen = [word for pair in arguments.option for word in ("--option", *pair)]
    show = ["show", "--deps", "all", "--order", "stage", "--format", "%{name}", arguments.target]
    pairs = [word for pair in arguments.option for word in pair]
    directory = str(arguments.directory)
    return {
        "bst": [arguments.bst, "--no-colors", "--directory", directory, *chosen, *show],
        "bstgraph": [sys.executable, "-c", LOAD, directory, arguments.target, *pairs],
    }


def main() -> None:
    """Measure and print."""
    found = parser("bstgraph and bst, side by side.")
    arguments = found.parse_args()
    measure(arguments, commands(arguments))


if __name__ == "__main__":
    main()
