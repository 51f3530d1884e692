"""Record which release of a package a plugin file is of, in `src/bstgraph/kinds/releases.json`.

    python -m tests.oracle.record_releases RELEASE elements FOLDER [KIND...]
    python -m tests.oracle.record_releases RELEASE sources FOLDER [KIND...]

FOLDER holds the plugins of an unpacked release; without KIND all of them are recorded. A file
that an earlier release has stays with that one.

A file of a commit between two releases may be recorded for the first release after it, if
`configure`, `get_unique_key`, `load_ref`, `is_resolved` and the class attributes of the two differ
in nothing that a key depends on. The plugin of a project has no releases: 1, and 2 after its rules
changed.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bstgraph.kinds import fingerprint

DATA: Final = Path(__file__).parents[2] / "src" / "bstgraph" / "kinds" / "releases.json"

Releases = dict[str, dict[str, dict[str, list[str]]]]
"""Plugin type -> kind -> release -> fingerprints."""


def plugin_kinds(folder: Path) -> list[str]:
    """Return the names of the plugins in `folder`: its modules with a function `setup`."""
    return sorted(
        path.stem
        for path in folder.glob("*.py")
        if any(
            isinstance(found, ast.FunctionDef) and found.name == "setup"
            for found in ast.parse(path.read_bytes()).body
        )
    )


def fingerprint_of(folder: Path, kind: str) -> str:
    """Return the fingerprint of a plugin.

    Raises:
        ValueError: it imports something beside it that its fingerprint does not see.
    """
    seen: set[str] = set()

    def beside(module: str) -> bytes:
        seen.add(module)
        return (folder / f"{module}.py").read_bytes()

    digest = fingerprint((folder / f"{kind}.py").read_bytes(), beside)
    for module in (kind, *sorted(seen)):
        for node in ast.walk(ast.parse((folder / f"{module}.py").read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.level and node.module not in seen:
                raise ValueError(f"{module}.py: line {node.lineno} is an import nobody sees")
    if digest is None:
        raise ValueError(f"{kind}.py has too many modules beside it")
    return digest


def order(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def merged(known: Releases, release: str, plugin_type: str, found: dict[str, str]) -> Releases:
    """Return `known` with the fingerprints of some kinds recorded for `release`."""
    result: Releases = json.loads(json.dumps(known))
    for kind, digest in found.items():
        releases = result.setdefault(plugin_type, {}).setdefault(kind, {})
        first = min([release, *(r for r, d in releases.items() if digest in d)], key=order)
        for digests in releases.values():
            if digest in digests:
                digests.remove(digest)
        releases.setdefault(first, []).append(digest)
    return {
        name: {
            kind: {r: sorted(releases[r]) for r in sorted(releases, key=order) if releases[r]}
            for kind, releases in sorted(result[name].items())
        }
        for name in sorted(result)
    }


def main(arguments: list[str]) -> int:
    """Record what the command line says."""
    release, plugin_type, folder, *names = arguments
    where = Path(folder)
    order(release)
    if plugin_type not in ("elements", "sources"):
        raise SystemExit("the second argument is 'elements' or 'sources'")
    kinds: Iterable[str] = names or plugin_kinds(where)
    found = {kind: fingerprint_of(where, kind) for kind in kinds}
    known = json.loads(DATA.read_text("utf-8"))
    result = merged(known, release, plugin_type, found)
    DATA.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
