"""Compare all cache keys of one project, from bstgraph and from the real BuildStream.

    .venv/bin/python -m benchmarks.keys DIRECTORY TARGET --bst .oracle/bin/bst [--runs 5]
        [--option NAME VALUE ...] [--allow DIR ...]

The project must load without a network. Both sides start cold and print the name and the strict key
of each element that TARGET needs, in staging order: BuildStream by `bst show`, bstgraph by
`load_state`. measure.py says how they run.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Final

from benchmarks.measure import measure, parser

KEYS: Final = """
import json
import sys
import bstgraph

directory, target, max_jobs, options, allow = sys.argv[1:]
state = bstgraph.load_state(
    directory,
    [target],
    options=json.loads(options),
    allow=json.loads(allow),
    max_jobs=int(max_jobs),
)
for name, keys in state.keys.items():
    print(name, keys.strict.digest)
"""


def commands(arguments: argparse.Namespace) -> dict[str, list[str]]:
    """Return the command of each side."""
    chosen = [word for pair in arguments.option for word in ("--option", *pair)]
    jobs = ["--max-jobs", str(arguments.max_jobs)]
    form = ["--format", "%{name} %{full-key}"]
    show = ["show", "--deps", "all", "--order", "stage", *form, arguments.target]
    directory = str(arguments.directory)
    ours = [
        directory,
        arguments.target,
        str(arguments.max_jobs),
        json.dumps(dict(arguments.option)),
        json.dumps(arguments.allow),
    ]
    return {
        "bst": [arguments.bst, "--no-colors", "--directory", directory, *jobs, *chosen, *show],
        "bstgraph": [sys.executable, "-c", KEYS, *ours],
    }


def main() -> None:
    """Measure and print."""
    found = parser("Keys of bstgraph and of bst, side by side.")
    found.add_argument("--max-jobs", type=int, default=2)
    found.add_argument("--allow", action="append", default=[], metavar="DIR")
    arguments = found.parse_args()
    measure(arguments, commands(arguments))


if __name__ == "__main__":
    main()
