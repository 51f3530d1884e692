"""Say what BuildStream's own split rules make of paths: jobs and answers as JSON lines.

Run it with a Python that has BuildStream 2.8.1; it never imports bstgraph. Each line of standard
input is a job, each line of standard output the answer to one, in the same order::

    {"rules": {"devel": ["/usr/include/**"]}, "paths": ["usr/include/a.h"],
     "filters": [{"include": [], "exclude": ["devel"], "orphans": true}]}

The answer holds `admitted`, for each filter the paths that pass as a text of `0` and `1`, or
`error` where BuildStream fails on the rules. With `"seconds": true` in the job, the answer holds
how long the filters took in all instead.
"""

from __future__ import annotations

import json
import re
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

_Element: Any = import_module("buildstream.element").Element
_Node: Any = import_module("buildstream.node").Node


class _Bare(_Element):  # type: ignore[misc]  # BuildStream has no types
    """An element with public data and nothing else."""

    def __init__(self, public: Any) -> None:
        self._Element__splits = None
        self._public = public

    def __del__(self) -> None:
        """Leave out what a whole element does."""

    def get_public_data(self, domain: str) -> Any:
        return {"bst": self._public}[domain]


def filter_of(
    rules: Mapping[str, Sequence[str]], chosen: Mapping[str, Any]
) -> Callable[[str], bool]:
    """Return BuildStream's filter for an element that has `rules`."""
    public = _Node.from_dict({"split-rules": {d: list(globs) for d, globs in rules.items()}})
    made = _Bare(public)._Element__split_filter_func(
        include=chosen["include"], exclude=chosen["exclude"], orphans=chosen["orphans"]
    )
    return made or (lambda path: True)


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to one job."""
    started = time.perf_counter()
    try:
        filters = [filter_of(job["rules"], chosen) for chosen in job["filters"]]
    except re.error as error:
        return {"error": str(error)}
    found = ["".join("01"[bool(admits(p))] for p in job["paths"]) for admits in filters]
    if job.get("seconds"):
        return {"seconds": time.perf_counter() - started, "kept": [f.count("1") for f in found]}
    return {"admitted": found}


def main() -> None:
    """Answer every job."""
    warnings.simplefilter("ignore")  # Python warns about brackets in brackets
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")


if __name__ == "__main__":
    main()
