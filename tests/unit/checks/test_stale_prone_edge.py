"""BSG501 `stale-prone-edge`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bstgraph.checks import Subject
from bstgraph.checks.stale_prone_edge import stale_prone_edge
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, subject

REST = """
=== lib.bst
kind: manual
=== b.bst
kind: manual
build-depends: [lib.bst]
=== other.bst
kind: manual
build-depends: [lib.bst]
=== all.bst
kind: stack
depends: [a.bst, b.bst]
=== layer.bst
kind: compose
build-depends: [all.bst]
=== image.bst
kind: script
build-depends:
- {filename: layer.bst, config: {location: /layer}}
config: {commands: ['true']}
"""


def seen(folder: Path, element: str) -> Subject:
    """Return a project that is built without strict keys, with `element` as `a.bst`."""
    loaded = project(f"=== a.bst\n{element}\n{REST}", folder)
    return replace(subject(loaded), non_strict=True)


def test_what_shares_a_dependency_is_told_once(tmp_path: Path) -> None:
    (only,) = found(stale_prone_edge, seen(tmp_path, "kind: manual\nbuild-depends: [lib.bst]"))
    assert only.elements == ("a.bst", "b.bst")
    assert only.message == (
        "when 'lib.bst' changes, 'a.bst' and 1 more are not built again by "
        "`bst --no-strict build`, and an image ships what was built with the old one"
    )
    assert only.severity == "advice"


@pytest.mark.parametrize(
    "element",
    [
        "kind: manual\nbuild-depends: [{filename: lib.bst, strict: true}]",
        "kind: manual\ndepends: [lib.bst]",
        "kind: manual\nruntime-depends: [lib.bst]",
        "kind: compose\nbuild-depends: [lib.bst]",
    ],
)
def test_what_is_seen_or_only_needed_to_run(element: str, tmp_path: Path) -> None:
    (only,) = found(stale_prone_edge, seen(tmp_path, element))
    assert only.elements == ("b.bst",)
    assert "'b.bst' is not built again" in only.message


def test_without_the_setting(tmp_path: Path) -> None:
    looked = seen(tmp_path, "kind: manual\nbuild-depends: [lib.bst]")
    assert found(stale_prone_edge, replace(looked, non_strict=False)) == ()


def test_suppressed(tmp_path: Path) -> None:
    looked = seen(tmp_path, "kind: manual\nbuild-depends: [lib.bst]")
    assert is_silenced(stale_prone_edge, looked, "a.bst b.bst")
