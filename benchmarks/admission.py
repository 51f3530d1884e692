"""Decide for many paths what a compose lets through: bstgraph and BuildStream's own filter.

    .venv/bin/python -m benchmarks.admission DIRECTORY LAYER --oracle .oracle/bin/python
        [--paths 700000] [--junction NAME=DIR ...] [--search DIR ...]

The split rules are those of all that LAYER stages in a real project. There are no built artifacts,
so the paths are drawn from the rules themselves and from names as distributions have them, the
same number for each element. Both sides take rules as text, compile them and decide, in one
process each; reading the project is not measured. What passes must be the same.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import bstgraph
from bstgraph.scopes import Scope
from bstgraph.splits import SplitsCache, filter_of

ORACLE: Final = Path(__file__).parents[1] / "tests" / "oracle" / "bst_splits.py"
FOLDERS: Final = (
    "usr/bin usr/sbin usr/libexec usr/lib usr/lib/x86_64-linux-gnu usr/lib/systemd/system "
    "usr/lib/python3.13/site-packages usr/lib/debug/dwz usr/include usr/include/glib-2.0 etc "
    "usr/share/doc usr/share/man/man1 usr/share/locale/de/LC_MESSAGES usr/share/icons/hicolor/48x48"
).split()
ENDINGS: Final = ("", ".so", ".so.1.2.3", ".a", ".la", ".h", ".py", ".pc", ".mo", ".1.gz", ".debug")


def drawn(dice: random.Random, rules: list[str], count: int) -> list[str]:
    """Return paths, a fifth of them such that a rule claims them."""
    made = []
    for _ in range(count):
        name = f"{dice.choice('abcdefgh')}{dice.randint(0, 999)}{dice.choice(ENDINGS)}"
        if rules and dice.random() < 0.2:
            rule = dice.choice(rules).lstrip("/")
            made.append(rule.replace("**", f"d/{name}").replace("*", name))
        else:
            made.append(f"{dice.choice(FOLDERS)}/{name}")
    return made


def main() -> None:
    """Measure and print."""
    arguments = parsed()
    pairs = dict(pair.split("=", 1) for pair in arguments.junction)
    project = bstgraph.load_project(
        arguments.directory, [arguments.layer], junctions=pairs, search=arguments.search
    )
    graph = bstgraph.Graph(project)
    layer = graph[project.targets[0]]
    chosen = filter_of(layer)
    if chosen is None:
        sys.exit(f"{layer.name} is neither a compose nor a filter")
    staged = [graph[name] for name in graph.dependencies_of(layer.name, scope=Scope.BUILD)]
    dice = random.Random(1)  # noqa: S311 - nothing is secret
    jobs: list[dict[str, Any]] = []
    for element in staged:
        rules = element.split_rules.domains
        paths = drawn(
            dice, [r for one in rules.values() for r in one], arguments.paths // len(staged)
        )
        texts = {
            "include": list(chosen.include or ()),
            "exclude": list(chosen.exclude),
            "orphans": chosen.orphans,
        }
        jobs.append({"rules": rules, "paths": paths, "filters": [texts], "seconds": True})
    lines = "".join(f"{json.dumps(job)}\n" for job in jobs)
    answers = subprocess.run(
        [arguments.oracle, ORACLE],
        input=lines,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    theirs = [json.loads(line) for line in answers.stdout.splitlines()]
    start = time.perf_counter()
    cache = SplitsCache()
    kept = []
    for job in jobs:
        admits = cache.splits(job["rules"]).filter(chosen).admits
        kept.append(sum(map(admits, job["paths"])))
    ours = time.perf_counter() - start
    if kept != [answer["kept"][0] for answer in theirs]:
        sys.exit("different paths pass")
    total, other = sum(len(job["paths"]) for job in jobs), sum(one["seconds"] for one in theirs)
    sys.stdout.write(
        f"{total:,} paths of {len(jobs):,} elements, {sum(kept):,} pass\n"
        f"bstgraph     {ours:7.2f} s\n"
        f"BuildStream  {other:7.2f} s\n"
        f"ratio        {other / ours:7.1f}\n"
    )


def parsed() -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(description="Split rules over many paths, side by side.")
    parser.add_argument("directory")
    parser.add_argument("layer")
    parser.add_argument("--oracle", default=".oracle/bin/python")
    parser.add_argument("--paths", type=int, default=700_000)
    parser.add_argument("--junction", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--search", action="append", default=[], metavar="DIR")
    return parser.parse_args()


if __name__ == "__main__":
    main()
