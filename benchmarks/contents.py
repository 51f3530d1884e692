"""List the files of artifacts, bstgraph and the real BuildStream side by side.

    .venv/bin/python -m benchmarks.contents DIRECTORY --bst .oracle/bin/bst [--from /usr]
        [--most 250000] [--runs 3]

In DIRECTORY, which is made and kept for further runs, a project is written whose first element is
an `import` of the names, links and modes of at most `--most` real files below `--from` (each with
the first bytes of its content: what a list costs does not depend on the rest), and is built by
`bst` with elements that take their files from it: `compose`, `filter` and `stack`. Then both sides
list all four: `bst artifact list-contents`, and one process that reads the cache by `LocalCache`.

Then the same lists with the element that each path is from: one process of bstgraph, which loads
the project with its keys, beside `bst artifact list-contents` of all elements in one call, and one
call after the other, as people do it. BuildStream does not tell whose a path is: a layer that is
not listed yet has to be looked for in the others' lists, which is not measured. measure.py says how
they run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.measure import compare

ELEMENTS: Final = {
    "tree.bst": {"kind": "import", "sources": [{"kind": "local", "path": "files"}]},
    "composed.bst": {
        "kind": "compose",
        "build-depends": ["tree.bst"],
        "config": {"integrate": False, "exclude": ["doc", "locale"]},
    },
    "filtered.bst": {
        "kind": "filter",
        "build-depends": ["tree.bst"],
        "config": {"include": ["runtime", "devel"], "include-orphans": True},
    },
    "stack.bst": {"kind": "stack", "depends": ["composed.bst", "filtered.bst"]},
}

LIST: Final = """
import sys
from bstgraph.files import paths
from bstgraph.stores.cache import LocalCache

cache = LocalCache(sys.argv[1])
for element in sys.argv[2:]:
    artifact = cache.artifacts("contents", element)[0]
    print(f"  {element}:")
    tree = cache.tree(artifact)
    sys.stdout.writelines(f"\\t{path}\\n" for path in paths(tree))
    if not tree.entries:
        print("\\tThis element has no associated artifacts")
print()
"""

OWN: Final = """
import sys
from bstgraph import load_state
from bstgraph.files import paths
from bstgraph.layers import owners
from bstgraph.load import open_layers

layers = open_layers(load_state(sys.argv[1], sys.argv[3:]), caches=[sys.argv[2]])
told = 0
for element in sys.argv[3:]:
    print(f"  {element}:")
    contents = layers.contents(element)
    sys.stdout.writelines(f"\\t{path}\\n" for path in contents)
    if not contents.tree.entries:
        print("\\tThis element has no associated artifacts")
    if contents.origin not in ("strict", "kind"):
        sys.exit(f"{element} is not as it was built: {contents.told}")
    told += sum(row.element is not None for row in owners(layers, element))
print()
print(f"{told} paths have their element", file=sys.stderr)
"""

EACH: Final = """
import subprocess, sys

elements = sys.argv[sys.argv.index("--") + 1:]
command = sys.argv[1:-len(elements) - 1]
for element in elements:
    subprocess.run([*command, element], check=True, stderr=subprocess.DEVNULL)
"""

_BYTES: Final = 64


def plant(root: Path, source: str, most: int) -> int:
    """Copy at most `most` files and links below `source` with their folders; return how many."""
    count = 0
    for path, status in itertools.islice(_found(source), most):
        target = root / os.path.relpath(path, source)
        target.parent.mkdir(parents=True, exist_ok=True)
        if os.path.islink(path):
            target.symlink_to(os.readlink(path))
        else:
            with open(path, "rb") as file:
                target.write_bytes(file.read(_BYTES))
            target.chmod(0o755 if status.st_mode & 0o100 else 0o644)
        count += 1
    return count


def _found(source: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the regular files and links below `source` that can be read and have UTF-8 names."""
    for folder, folders, files in os.walk(source):
        folders.sort()
        for name in sorted((*files, *folders)):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            known = path.isprintable() and (os.path.islink(path) or name in files)
            if known and (os.path.islink(path) or os.access(path, os.R_OK)):
                yield path, status


def prepare(directory: Path, bst: list[str], sources: list[str], most: int) -> None:
    """Write the project and build it, unless that was done before."""
    directory.mkdir(parents=True, exist_ok=True)
    configuration = {
        "cachedir": str(directory / "cache"),
        "sourcedir": str(directory / "sources"),
        "logdir": str(directory / "logs"),
    }
    (directory / "buildstream.conf").write_text(json.dumps(configuration))
    project = directory / "project"
    if not project.exists():
        (project / "files").mkdir(parents=True)
        conf = {"name": "contents", "min-version": "2.0", "element-path": "elements"}
        (project / "project.conf").write_text(json.dumps(conf))
        (project / "elements").mkdir()
        for name, element in ELEMENTS.items():
            (project / "elements" / name).write_text(json.dumps(element))
        count = 0
        for source in sources:
            # At their own places, so that the split rules find something to split.
            count += plant(project / f"files{os.path.abspath(source)}", source, most - count)
        print(f"{count:,} files and links from {', '.join(sources)}")
    subprocess.run([*bst, "build", *ELEMENTS], check=True, capture_output=True)


def main() -> None:
    """Prepare, measure and print."""
    parser = argparse.ArgumentParser(description="bstgraph and bst list the same artifacts.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--bst", default="bst", help="the real BuildStream's command")
    parser.add_argument("--from", dest="sources", action="append", help="default: /usr")
    parser.add_argument("--most", type=int, default=250_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    directory = arguments.directory.resolve()
    # Lines of bst's log go to its standard error.
    options = ["--no-interactive", "--no-colors", "--config", str(directory / "buildstream.conf")]
    bst = [arguments.bst, *options, "--directory", str(directory / "project")]
    prepare(directory, bst, arguments.sources or ["/usr"], arguments.most)
    listed = [*bst, "artifact", "list-contents"]
    each = [sys.executable, "-c", EACH, *listed, "--", *ELEMENTS]
    project, cache = str(directory / "project"), str(directory / "cache")
    lists = [sys.executable, "-c", LIST, cache, *ELEMENTS]
    owned = [sys.executable, "-c", OWN, project, cache, *ELEMENTS]
    print(f"{len(ELEMENTS)} elements: median of {arguments.runs} runs")
    print(compare({"bst": [*listed, *ELEMENTS], "bstgraph": lists}, arguments.runs))
    print("contents and ownership, in one process, project loaded with keys")
    print(compare({"bst": [*listed, *ELEMENTS], "bstgraph": owned}, arguments.runs))
    print("the same, bst called for one element after the other")
    print(compare({"bst": each, "bstgraph": owned}, arguments.runs, same=False))


if __name__ == "__main__":
    main()
