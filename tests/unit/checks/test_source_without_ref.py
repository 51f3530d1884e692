"""BSG301 `source-without-ref`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph.checks.source_without_ref import source_without_ref
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, told

WITHOUT = """
=== a.bst
kind: import
sources:
- {kind: tar, url: 'https://example.org/a.tar'}
=== b.bst
kind: manual
build-depends: [a.bst]
"""


def test_only_the_element_itself_is_told(tmp_path: Path) -> None:
    loaded = project(WITHOUT, tmp_path)
    ((names, message),) = told(source_without_ref, loaded)
    assert names == "a.bst"
    assert message.startswith("BuildStream does not build 'a.bst': ")
    assert message.endswith("it has no ref")
    (only,) = found(source_without_ref, loaded)
    assert only.fix == "bst source track a.bst"
    assert only.severity == "error"


@pytest.mark.parametrize(
    "source",
    [
        f"{{kind: tar, url: 'https://example.org/a.tar', ref: {'0' * 64}}}",
        "{kind: local, path: elements}",
    ],
)
def test_what_has_a_ref_or_needs_none(source: str, tmp_path: Path) -> None:
    text = f"=== a.bst\nkind: import\nsources:\n- {source}\n"
    assert found(source_without_ref, project(text, tmp_path)) == ()


def test_suppressed(tmp_path: Path) -> None:
    assert is_silenced(source_without_ref, project(WITHOUT, tmp_path), "a.bst")
