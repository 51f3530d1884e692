"""BSG101 `external-element`."""

from __future__ import annotations

from pathlib import Path

from bstgraph.checks.external_element import external_element
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced
from tests.unit.drawing import SUB

AWAY = """
=== sdk.bst
kind: junction
sources: [{kind: tar, url: 'https://example.com/sdk.tar', ref: abc}]
=== other.bst
kind: junction
sources: [{kind: tar, url: 'https://example.com/other.tar', ref: abc}]
=== a.bst
kind: stack
depends: ['sdk.bst:x.bst', 'sdk.bst:y.bst', 'other.bst:z.bst']
"""


def test_elements_are_folded_by_junction(tmp_path: Path) -> None:
    two, one = found(external_element, project(AWAY, tmp_path, targets=["a.bst"]))
    assert (one.elements, two.elements) == (
        ("sdk.bst:x.bst", "sdk.bst:y.bst"),
        ("other.bst:z.bst",),
    )
    assert one.message.startswith("the files of junction 'sdk.bst' are not at hand: ")
    assert one.fix == "give a checkout of it: --junction sdk.bst=DIR"


def test_files_that_are_at_hand(tmp_path: Path) -> None:
    text = f"{SUB}=== sub/project.conf\n=== sub/x.bst\nkind: stack\n"
    text += "=== a.bst\nkind: stack\ndepends: ['sub.bst:x.bst']\n"
    assert found(external_element, project(text, tmp_path)) == ()


def test_suppressed(tmp_path: Path) -> None:
    loaded = project(AWAY, tmp_path, targets=["a.bst"])
    assert is_silenced(external_element, loaded, "sdk.bst:* other.bst:*")
    assert not is_silenced(external_element, loaded, "sdk.bst:*")
