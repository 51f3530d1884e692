"""BSG102 `gap`."""

from __future__ import annotations

from pathlib import Path

from bstgraph.checks.gap import gap
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, subject, told

UNKNOWN = """
=== project.conf
plugins: [{origin: pip, package-name: not-installed, elements: [odd]}]
=== a.bst
kind: odd
=== b.bst
kind: odd
=== c.bst
kind: stack
"""


def test_elements_share_what_is_not_known_of_them(tmp_path: Path) -> None:
    (only,) = found(gap, project(UNKNOWN, tmp_path))
    assert only.elements == ("a.bst", "b.bst")
    assert "odd" in only.message
    assert only.at is not None
    assert only.at.path == "elements/a.bst"


def test_a_gap_of_the_whole_project(tmp_path: Path) -> None:
    whole = project("=== a.bst\nkind: stack\n", tmp_path)
    partial = whole.model_copy(update={"gaps": ("something is missing",)})
    assert told(gap, partial) == [("", "something is missing")]


def test_a_project_that_is_all_known(tmp_path: Path) -> None:
    assert found(gap, project("=== a.bst\nkind: stack\n", tmp_path)) == ()


def test_suppressed(tmp_path: Path) -> None:
    seen = subject(project(UNKNOWN, tmp_path))
    assert is_silenced(gap, seen, "a.bst b.bst")
    assert not is_silenced(gap, seen, "a.bst")
