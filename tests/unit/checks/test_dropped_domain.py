"""BSG404 `dropped-domain`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.checks.dropped_domain import dropped_domain
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced

APP = """
=== a.bst
kind: manual
=== all.bst
kind: stack
depends: [lower.bst]
"""


def drawn(lower: str, upper: str, *, staged: str = "all.bst") -> str:
    """Return a compose over a stack of another one."""
    return f"""{APP}
=== lower.bst
kind: compose
build-depends: [a.bst]
config: {{{lower}}}
=== second.bst
kind: compose
build-depends: [a.bst]
config: {{exclude: [devel]}}
=== upper.bst
kind: compose
build-depends: [{staged}]
config: {{{upper}}}
"""


@pytest.mark.parametrize(
    ("lower", "why"),
    [
        ("exclude: [devel]", "'devel' is in exclude"),
        ("include: [doc]", "'devel' is not in include"),
    ],
)
def test_what_a_lower_layer_drops(lower: str, why: str, tmp_path: Path) -> None:
    (only,) = found(dropped_domain, project(drawn(lower, "include: [devel, doc]"), tmp_path))
    assert only.element == "upper.bst"
    assert only.message == (
        "'upper.bst' includes the split domain 'devel', and 'lower.bst' lets nothing of it through"
    )
    assert only.evidence == (f"lower.bst: {why}",)


def test_all_layers_below(tmp_path: Path) -> None:
    text = drawn("exclude: [devel]", "include: [devel]", staged="all.bst, second.bst")
    (only,) = found(dropped_domain, project(text, tmp_path))
    assert "and 1 more, all that it stages, let nothing of it through" in only.message


@pytest.mark.parametrize(
    ("lower", "upper", "staged"),
    [
        ("exclude: [doc]", "include: [devel]", "all.bst"),
        ("exclude: [devel]", "exclude: [devel]", "all.bst"),
        ("exclude: [devel]", "", "all.bst"),
        ("exclude: [devel]", "include: [devel]", "all.bst, a.bst"),
        ("exclude: [devel]", "include: [devel]", "a.bst"),
        ("include: [devel]", "include: [devel]", "all.bst, second.bst"),
    ],
)
def test_what_may_come(lower: str, upper: str, staged: str, tmp_path: Path) -> None:
    assert found(dropped_domain, project(drawn(lower, upper, staged=staged), tmp_path)) == ()


def test_suppressed(tmp_path: Path) -> None:
    loaded = project(drawn("exclude: [devel]", "include: [devel]"), tmp_path)
    assert is_silenced(dropped_domain, loaded, "upper.bst")
