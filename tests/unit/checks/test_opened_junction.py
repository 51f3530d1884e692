"""BSG209 `opened-junction`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph.checks.opened_junction import opened_junction
from bstgraph.testing import load_error, project
from tests.unit.checks.looking import found, is_silenced
from tests.unit.drawing import SUB

FILES: Final = f"""{SUB}
=== sub/project.conf
=== sub/y.bst
kind: stack
=== link.bst
kind: link
config: {{target: sub.bst}}
"""


def needing(*names: str) -> str:
    return f"=== a.bst\nkind: stack\ndepends: [{', '.join(map(repr, names))}]\n"


@pytest.mark.parametrize("names", [("sub.bst:y.bst", "sub.bst"), ("link.bst",)])
def test_a_junction_that_build_stream_does_not_notice(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    loaded = project(FILES + needing(*names), tmp_path, targets=["a.bst"])
    (only,) = found(opened_junction, loaded)
    assert only.message == "'a.bst' depends on the junction 'sub.bst'"
    assert only.severity == "error"
    assert only.elements == ("a.bst",)
    assert only.fix == f"name an element behind it: {names[-1]}:NAME.bst"
    assert only.at is not None
    assert only.at.path == "elements/a.bst"


def test_one_that_it_refuses_is_an_error_of_loading(tmp_path: Path) -> None:
    error = load_error(FILES + needing("sub.bst"), tmp_path, targets=["a.bst"])
    assert error.slug == "bad-dependency"


def test_elements_behind_a_junction(tmp_path: Path) -> None:
    assert found(opened_junction, project(FILES + needing("sub.bst:y.bst"), tmp_path)) == ()


def test_elements_whose_files_are_not_at_hand(tmp_path: Path) -> None:
    text = "=== sub.bst\nkind: junction\nsources: [{kind: tar, url: 'https://x.org/s.tar'}]\n"
    text += needing("sub.bst:y.bst")
    assert found(opened_junction, project(text, tmp_path, targets=["a.bst"])) == ()


def test_suppressed(tmp_path: Path) -> None:
    loaded = project(FILES + needing("sub.bst:y.bst", "sub.bst"), tmp_path, targets=["a.bst"])
    assert is_silenced(opened_junction, loaded, "a.bst")
