"""BSG405 `overlap`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bstgraph.checks import Subject
from bstgraph.checks.overlap import overlap
from bstgraph.load import open_layers
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, subject


def seen(folder: Path, *, whitelist: str = "", other: str = "one") -> Subject:
    """Return an image of two imports that have files of the same names."""
    text = f"""
=== first/one
1
=== first/two
2
=== second/{other}
3
=== first.bst
kind: import
sources: [{{kind: local, path: first}}]
=== second.bst
kind: import
sources: [{{kind: local, path: second}}]
runtime-depends: [first.bst]
public: {{bst: {{overlap-whitelist: [{whitelist}]}}}}
=== layer.bst
kind: compose
build-depends: [second.bst]
=== image.bst
kind: script
build-depends:
- {{filename: layer.bst, config: {{location: /layer}}}}
- {{filename: second.bst, config: {{location: /plain}}}}
config: {{commands: ['true']}}
"""
    made = subject(project(text, folder, targets=["image.bst"]))
    return replace(made, layers=open_layers(made.state))


def test_two_elements_are_told_once(tmp_path: Path) -> None:
    (only,) = found(overlap, seen(tmp_path))
    assert only.element == "second.bst"
    assert only.message == (
        "'second.bst' overwrites '/plain/one' and 1 more of 'first.bst' in what 'image.bst' "
        "stages, and its overlap-whitelist does not say that it may"
    )
    assert only.evidence == ("/plain/one", "/one")


@pytest.mark.parametrize(("whitelist", "other"), [("/one", "one"), ("", "three")])
def test_what_may_be(whitelist: str, other: str, tmp_path: Path) -> None:
    assert found(overlap, seen(tmp_path, whitelist=whitelist, other=other)) == ()


def test_files_that_are_not_known(tmp_path: Path) -> None:
    assert found(overlap, replace(seen(tmp_path), layers=None)) == ()


def test_suppressed(tmp_path: Path) -> None:
    assert is_silenced(overlap, seen(tmp_path), "second.bst")
