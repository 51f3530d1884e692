"""BSG202 `duplicate-dependency`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph.checks.duplicate_dependency import duplicate_dependency
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, told

NEEDED: Final = """
=== x.bst
kind: manual
=== y.bst
kind: manual
=== link.bst
kind: link
config: {target: x.bst}
=== more.yml
build-depends: [x.bst]
=== a.bst
kind: manual
"""
TWICE: Final = "build-depends:\n- x.bst\n- y.bst\n- x.bst\n"


@pytest.mark.parametrize(
    ("depends", "line"),
    [
        (TWICE, 5),
        ("build-depends: [x.bst]\ndepends: [x.bst]\n", 2),
        ("depends: [x.bst]\nruntime-depends: [x.bst]\n", 3),
        ("depends:\n- {filename: x.bst, strict: true}\n- x.bst\n", 4),
        ("depends:\n- {filename: x.bst, type: build}\n- {filename: x.bst, type: all}\n", 3),
        ("depends:\n- filename: [y.bst, x.bst]\n- x.bst\n", 4),
    ],
)
def test_one_of_two_entries_adds_nothing(depends: str, line: int, tmp_path: Path) -> None:
    (only,) = found(duplicate_dependency, project(NEEDED + depends, tmp_path))
    assert only.message == "'a.bst' has 'x.bst' among its dependencies twice"
    assert only.elements == ("a.bst",)
    assert only.at is not None
    assert (only.at.path, only.at.line) == ("elements/a.bst", line)
    assert only.evidence[0].startswith("elements/a.bst:")


@pytest.mark.parametrize("other", ["link.bst", "./x.bst"])
def test_two_names_for_one_element(other: str, tmp_path: Path) -> None:
    text = f"{NEEDED}build-depends:\n- x.bst\n- {other}\n"
    assert told(duplicate_dependency, project(text, tmp_path)) == [
        ("a.bst", f"'a.bst' depends on 'x.bst' and on '{other}': both are 'x.bst'")
    ]


def test_three_times_is_told_twice(tmp_path: Path) -> None:
    text = NEEDED + TWICE + "- link.bst\n"
    places = [each.at for each in found(duplicate_dependency, project(text, tmp_path))]
    assert [place.line for place in places if place is not None] == [5, 6]


@pytest.mark.parametrize(
    "depends",
    [
        "depends: [x.bst, y.bst]\n",
        "build-depends: [x.bst]\nruntime-depends: [x.bst]\n",
        "build-depends: [{filename: x.bst, strict: true}]\nruntime-depends: [x.bst]\n",
        "build-depends: [y.bst]\n(@): more.yml\n",
        "build-depends:\n  (>): [x.bst]\n(@): more.yml\n",
    ],
)
def test_entries_that_add_something(depends: str, tmp_path: Path) -> None:
    assert found(duplicate_dependency, project(NEEDED + depends, tmp_path)) == ()


def test_one_element_at_two_locations(tmp_path: Path) -> None:
    text = NEEDED.replace("=== a.bst\nkind: manual", "=== a.bst\nkind: script")
    text += "config: {commands: ['true']}\nbuild-depends:\n"
    text += "".join(f"- {{filename: x.bst, config: {{location: /{n}}}}}\n" for n in "ab")
    assert found(duplicate_dependency, project(text, tmp_path)) == ()


def test_elements_of_subprojects_are_not_ours(tmp_path: Path) -> None:
    text = "=== sub.bst\nkind: junction\nsources: [{kind: local, path: sub}]\n"
    text += "=== sub/project.conf\n=== sub/x.bst\nkind: manual\n"
    text += "=== sub/a.bst\nkind: stack\ndepends: [x.bst, x.bst]\n"
    text += "=== b.bst\nkind: stack\ndepends: ['sub.bst:a.bst']\n"
    assert found(duplicate_dependency, project(text, tmp_path)) == ()


def test_suppressed(tmp_path: Path) -> None:
    assert is_silenced(duplicate_dependency, project(NEEDED + TWICE, tmp_path), "a.bst")
