"""Compare our keys with those that a project records beside its elements.

A file `NAME.expected` beside `NAME.bst` holds the strict key of that element on x86-64 Linux; the
cache key test of BuildStream's sources is such a project::

    python -m tests.oracle.expected_keys buildstream/tests/cachekey/project target.bst
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import bstgraph


def main() -> int:
    """Print how many keys are equal, and each that is not; return whether there are such."""
    parser = argparse.ArgumentParser(description="Compare keys with recorded ones.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("targets", nargs="*")
    arguments = parser.parse_args()
    project = bstgraph.load_project(
        arguments.directory, arguments.targets, arch="x86_64", max_jobs=2
    )
    keys = bstgraph.load_state(project).keys
    folder = arguments.directory / project.conf.element_path
    expected = {
        str(path.relative_to(folder).with_suffix(".bst")): path.read_text("utf-8").strip()
        for path in sorted(folder.rglob("*.expected"))
    }
    ours = {name: keys[name].strict.digest if name in keys else None for name in expected}
    different = [name for name, digest in expected.items() if ours[name] != digest]
    sys.stdout.write(f"{len(expected) - len(different)} of {len(expected)} keys are equal\n")
    for name in different:
        sys.stdout.write(f"{name}: expected {expected[name]}, ours {ours[name]}\n")
    return int(bool(different) or not expected)


if __name__ == "__main__":
    sys.exit(main())
