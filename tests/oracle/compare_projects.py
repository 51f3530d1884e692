"""Load every element of every project below a folder with bstgraph and with BuildStream.

    python -m tests.oracle.compare_projects CHECKOUT/tests --cache answers.jsonl.gz

A project is a folder with a project.conf. Its elements are the .bst files below its element-path
that lie in no other project further down; each is loaded alone, with default options. The cache
keeps BuildStream's answers, so that the next run needs only bstgraph. BuildStream stages junctions
into the projects it loads (`.bst`): give it a copy.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.oracle.compare import Loaded, compare, load
from tests.oracle.oracle import Job, Oracle, OracleResult, interpreter, parse

_ELEMENT_PATH = re.compile(r"^element-path:[ ]*(\S+)[ ]*$", re.MULTILINE)
_OUTCOMES = (
    "both load equal",
    "both load but differ",
    "both reject",
    "only bst loads",
    "only bstgraph loads",
    "bstgraph crashes",
)


def jobs(root: Path) -> Iterator[Job]:
    """Yield a job for each element of each project below `root`."""
    for conf in sorted(root.rglob("project.conf")):
        if ".bst" in conf.parts:
            continue
        for element in elements(conf):
            yield Job(directory=conf.parent, targets=(element,))


def elements(conf: Path) -> Iterator[str]:
    """Yield the names of a project's own elements; none if its element-path is not there."""
    # Read without a parser: some of these files are broken on purpose.
    written = _ELEMENT_PATH.search(conf.read_text(encoding="utf-8", errors="replace"))
    folder = conf.parent / (written.group(1).strip("'\"") if written else ".")
    for path in sorted(folder.rglob("*.bst")):
        inner = [parent for parent in path.parents if parent.is_relative_to(conf.parent)]
        nested = any(
            (parent / "project.conf").exists() for parent in inner if parent != conf.parent
        )
        if path.is_file() and not nested and ".bst" not in path.relative_to(folder).parts:
            yield str(path.relative_to(folder))


def answers(found: list[Job], cache: Path | None) -> Iterator[OracleResult]:
    """Yield BuildStream's answers, those in the cache without asking it."""
    known = _read(cache) if cache and cache.exists() else {}
    missing = [job for job in found if _key(job) not in known]
    if missing:
        python = interpreter()
        if python is None:
            sys.exit("no BuildStream: set BSTGRAPH_ORACLE_PYTHON")
        with Oracle(python) as oracle:
            known.update({_key(job): answer for job, answer in oracle.run_raw(missing)})
        if cache:
            _write(cache, known)
    for job in found:
        yield parse(job, known[_key(job)])


def _key(job: Job) -> str:
    return "\n".join([str(job.directory), *job.targets])


def _read(cache: Path) -> dict[str, Any]:
    with gzip.open(cache, "rt", encoding="utf-8") as lines:
        return dict(json.loads(line) for line in lines)


def _write(cache: Path, known: Mapping[str, Any]) -> None:
    with gzip.open(cache, "wt", encoding="utf-8", compresslevel=3) as lines:
        lines.writelines(json.dumps(entry) + "\n" for entry in known.items())


def outcome(loaded: Loaded, result: OracleResult) -> tuple[str, list[str]]:
    """Return which of the outcomes it is, and the differences."""
    differences = compare(loaded, result)
    if loaded.crash is not None:
        return "bstgraph crashes", differences
    if result.error is not None:
        return "both reject" if loaded.error else "only bstgraph loads", differences
    if loaded.error is not None:
        return "only bst loads", differences
    return "both load but differ" if differences else "both load equal", differences


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Print the exceptions and a table of outcomes; return 1 if there are exceptions."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", type=Path)
    parser.add_argument("--cache", type=Path, help="where BuildStream's answers are kept")
    parser.add_argument("--rejected", action="store_true", help="show both messages of refusals")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    found = list(jobs(root))
    table: Counter[str] = Counter()
    loads = 0
    for result in answers(found, arguments.cache):
        loads += result.error is None
        loaded = load(result.job)
        kind, differences = outcome(loaded, result)
        table[kind] += 1
        shown = differences
        if kind == "both reject" and arguments.rejected:
            shown = [f"bst: {result.error and result.error.message}", f"bstgraph {loaded.outcome}"]
        if shown:
            name = result.job.directory.relative_to(root) / result.job.targets[0]
            _say("\n    ".join([f"{kind}: {name}", *shown[:8]]))
    _say(f"{len(found)} elements; BuildStream loads {loads} and refuses {len(found) - loads}")
    for kind in _OUTCOMES:
        _say(f"{table[kind]:6} {kind}")
    return int(table["both load equal"] + table["both reject"] != len(found))


if __name__ == "__main__":
    sys.exit(main())
