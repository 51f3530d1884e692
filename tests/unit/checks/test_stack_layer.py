"""BSG401 `stack-layer`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.checks.stack_layer import stack_layer
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, told

PACKAGES = """
=== a.bst
kind: manual
=== all.bst
kind: stack
depends: [a.bst]
=== layer.bst
kind: compose
build-depends: [all.bst]
"""


def image(name: str, *staged: str) -> str:
    """Return a script that stages elements: `all.bst at /layer`."""
    lines = [f"=== {name}", "kind: script", "build-depends:"]
    for each in staged:
        layer, _, place = each.partition(" at ")
        lines.append(f"- {{filename: {layer}, config: {{location: {place}}}}}")
    return "\n".join([*lines, "config: {commands: ['true']}", ""])


def test_a_stack_as_layer_is_told_once(tmp_path: Path) -> None:
    text = PACKAGES + image("base.bst", "a.bst at /", "all.bst at /layer")
    text += image("one.bst", "base.bst at /parent", "layer.bst at /layer")
    text += image("two.bst", "base.bst at /parent", "all.bst at /layer")
    messages = told(stack_layer, project(text, tmp_path, targets=["one.bst", "two.bst"]))
    assert messages == [
        (
            "all.bst",
            (
                f"'all.bst' is a stack: it has no files of its own, and '{name}' sees its whole "
                "runtime closure at /layer, unfiltered: 2 elements"
            ),
        )
        for name in ("base.bst", "two.bst")
    ]


@pytest.mark.parametrize("staged", ["layer.bst at /layer", "all.bst at /", "a.bst at /layer"])
def test_what_is_no_stack_as_layer(staged: str, tmp_path: Path) -> None:
    assert found(stack_layer, project(PACKAGES + image("i.bst", staged), tmp_path)) == ()


def test_a_stack_of_nothing(tmp_path: Path) -> None:
    text = "=== all.bst\nkind: stack\n" + image("i.bst", "all.bst at /layer")
    ((_, message),) = told(stack_layer, project(text, tmp_path))
    assert message.endswith("unfiltered: 1 element")


def test_suppressed(tmp_path: Path) -> None:
    loaded = project(PACKAGES + image("i.bst", "all.bst at /layer"), tmp_path)
    assert is_silenced(stack_layer, loaded, "all.bst")
