"""Run bstgraph and the real BuildStream as whole processes, side by side, and compare.

The runs alternate, so that a busy moment of the machine hits both. One run of each comes before, to
fill the file cache. Peak memory is the largest resident set of any one process of a side, as the
kernel reports it to `wait4`; BuildStream's cache daemon is a process of its own and is not added.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process from start to end."""

    seconds: float
    mebibytes: float
    lines: int
    """How many it printed."""
    digest: str
    """The SHA-256 of what it printed: the text would stay in memory, and a process starts with
    the peak of the one that started it."""


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
        lines = sum(1 for _ in output)
        output.seek(0)
        digest = hashlib.file_digest(output, "sha256").hexdigest()
    mebibytes = usage.ru_maxrss / 1024
    return Run(seconds=seconds, mebibytes=mebibytes, lines=lines, digest=digest)


def compare(commands: Mapping[str, list[str]], runs: int, *, same: bool = True) -> str:
    """Run each side `runs` times and return the table of medians, bstgraph's part of BuildStream's.

    The sides are `bst` and `bstgraph`; when they print other lines, the table says so, unless they
    are not to be the `same`.
    """
    first = {side: run(command) for side, command in commands.items()}
    measured: dict[str, list[Run]] = {side: [] for side in commands}
    for _ in range(runs):
        for side, command in commands.items():
            measured[side].append(run(command))
    if not same:
        return report(measured)
    equal = first["bst"].digest == first["bstgraph"].digest
    told = f"both print the same {first['bst'].lines:,} lines"
    return f"{report(measured)}\n{told if equal else 'WARNING: they do not print the same lines'}"


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser of what all of these programs take."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("directory", type=Path)
    made.add_argument("target")
    made.add_argument("--bst", default="bst", help="the real BuildStream's command")
    made.add_argument("--runs", type=int, default=5)
    made.add_argument(
        "--option", "-o", nargs=2, action="append", default=[], metavar=("NAME", "VALUE")
    )
    return made


def measure(arguments: argparse.Namespace, commands: Mapping[str, list[str]]) -> None:
    """Run both sides as the arguments say, and print."""
    name = f"{arguments.directory.resolve().name} {arguments.target}"
    print(f"{name}: median of {arguments.runs} runs")
    print(compare(commands, arguments.runs))


def report(runs: dict[str, list[Run]]) -> str:
    """Return the table of medians, and bstgraph's part of BuildStream's."""
    seconds = {side: statistics.median(run.seconds for run in runs[side]) for side in runs}
    memory = {side: statistics.median(run.mebibytes for run in runs[side]) for side in runs}
    lines = [f"{'':10} {'seconds':>9} {'fastest':>9} {'peak MiB':>9}"]
    for side, those in runs.items():
        fastest = min(run.seconds for run in those)
        lines.append(f"{side:10} {seconds[side]:9.2f} {fastest:9.2f} {memory[side]:9.0f}")
    time_ratio = seconds["bstgraph"] / seconds["bst"]
    memory_ratio = memory["bstgraph"] / memory["bst"]
    lines.append(f"{'ratio':10} {time_ratio:9.2f} {'':9} {memory_ratio:9.2f}")
    return "\n".join(lines)
