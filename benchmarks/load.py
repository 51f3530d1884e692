"""Compare bstgraph with the real BuildStream on one project, as whole processes, side by side.

    .venv/bin/python benchmarks/load.py DIRECTORY TARGET --bst .oracle/bin/bst [--runs 5]
        [--option NAME VALUE ...]

The project must load without a network: its junctions local, or already staged by BuildStream.
Both sides start cold, load the project for TARGET and print the names of its elements in staging
order: BuildStream by `bst show --deps all --order stage`, bstgraph by `load_project`, `Graph` and
`staging_order`. The runs alternate, so that a busy moment of the machine hits both. One run of each
comes before, to fill the file cache.

Peak memory is the largest resident set of any one process of a side, as the kernel reports it to
`wait4`; BuildStream's cache daemon is a process of its own and is not added.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process from start to end."""

    seconds: float
    mebibytes: float
    names: tuple[str, ...]


def run(command: list[str]) -> Run:
    """Run `command` and measure it; end the benchmark when it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=messages
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        messages.seek(0)
        if process.returncode:
            sys.exit(f"{command[0]} failed:\n{messages.read().decode(errors='replace')}")
        names = tuple(output.read().decode().split())
    return Run(seconds=seconds, mebibytes=usage.ru_maxrss / 1024, names=names)


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


def report(runs: dict[str, list[Run]]) -> str:
    """Return the table of medians, and bstgraph's part of BuildStream's."""
    seconds = {side: statistics.median(run.seconds for run in runs[side]) for side in runs}
    memory = {side: statistics.median(run.mebibytes for run in runs[side]) for side in runs}
    lines = [f"{'':10} {'seconds':>9} {'fastest':>9} {'peak MiB':>9} {'elements':>9}"]
    for side, those in runs.items():
        fastest = min(run.seconds for run in those)
        lines.append(
            f"{side:10} {seconds[side]:9.2f} {fastest:9.2f} {memory[side]:9.0f}"
            f" {len(those[0].names):9}"
        )
    time_ratio = seconds["bstgraph"] / seconds["bst"]
    memory_ratio = memory["bstgraph"] / memory["bst"]
    lines.append(f"{'ratio':10} {time_ratio:9.2f} {'':9} {memory_ratio:9.2f}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="bstgraph and bst, side by side.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("target")
    parser.add_argument("--bst", default="bst", help="the real BuildStream's command")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--option", "-o", nargs=2, action="append", default=[], metavar=("NAME", "VALUE")
    )
    arguments = parser.parse_args()

    sides = commands(arguments)
    first = {side: run(command) for side, command in sides.items()}
    if first["bst"].names != first["bstgraph"].names:
        print("warning: the two do not name the same elements in the same order")
    runs: dict[str, list[Run]] = {side: [] for side in sides}
    for _ in range(arguments.runs):
        for side, command in sides.items():
            runs[side].append(run(command))
    print(
        f"{arguments.directory.resolve().name} {arguments.target}: median of {arguments.runs} runs"
    )
    print(report(runs))


if __name__ == "__main__":
    main()
