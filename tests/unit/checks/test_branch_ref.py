"""BSG303 `branch-ref`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.checks.blind_spot import blind_spot
from bstgraph.checks.branch_ref import branch_ref
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, told


def drawn(ref: str) -> str:
    """Return a project with a git source."""
    return f"""
=== project.conf
plugins:
- {{origin: pip, package-name: buildstream-plugins, sources: [git]}}
=== a.bst
kind: import
sources:
- {{kind: git, url: 'https://example.org/a.git', track: main, ref: '{ref}'}}
"""


@pytest.mark.parametrize("ref", ["main", "v1.0", "refs/heads/main"])
def test_a_name(ref: str, tmp_path: Path) -> None:
    loaded = project(drawn(ref), tmp_path)
    ((names, message),) = told(branch_ref, loaded)
    assert names == "a.bst"
    assert message == (
        f"'a.bst' has the ref '{ref}': the ref of a git source is no commit: what it names may move"
    )
    assert found(blind_spot, loaded) == ()


@pytest.mark.parametrize("ref", ["0" * 40, "1.0-3-g0123456"])
def test_a_commit(ref: str, tmp_path: Path) -> None:
    assert found(branch_ref, project(drawn(ref), tmp_path)) == ()


def test_suppressed(tmp_path: Path) -> None:
    assert is_silenced(branch_ref, project(drawn("main"), tmp_path), "a.bst")
