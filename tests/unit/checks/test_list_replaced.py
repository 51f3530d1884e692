"""BSG208 `list-replaced`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph.checks.list_replaced import list_replaced
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, told
from tests.unit.drawing import SUB

NEEDED: Final = """
=== x.bst
kind: manual
=== y.bst
kind: manual
=== include.yml
build-depends: [x.bst]
"""
CONF: Final = """
=== project.conf
split-rules:
  devel: ['%{includedir}/**', '%{libdir}/*.a', '%{libdir}/pkgconfig/**']
"""


def including(rest: str) -> str:
    return f"{NEEDED}=== a.bst\nkind: manual\n(@): include.yml\n{rest}"


def ruled(rules: str) -> str:
    return f"{CONF}=== a.bst\nkind: manual\npublic: {{bst: {{split-rules: {{devel: {rules}}}}}}}\n"


def test_dependencies_of_an_include_are_lost(tmp_path: Path) -> None:
    (only,) = found(list_replaced, project(including("build-depends: [y.bst]\n"), tmp_path))
    assert only.message == "'a.bst' replaces the build-depends of an include, and loses x.bst"
    assert only.elements == ("a.bst",)
    assert str(only.at) == "elements/a.bst:3:16"
    assert only.evidence == ("include.yml:1:16: the list that is replaced",)


def test_an_entry_that_is_a_mapping(tmp_path: Path) -> None:
    text = including("build-depends: [y.bst]\n").replace("[x.bst]", "[{filename: x.bst}, y.bst]")
    assert told(list_replaced, project(text, tmp_path)) == [
        ("a.bst", "'a.bst' replaces the build-depends of an include, and loses x.bst")
    ]
    text = f"{text}{SUB}=== sub/project.conf\n=== sub/x.bst\nkind: manual\n"
    text = text.replace("{filename: x.bst}", "{junction: sub.bst, filename: x.bst}")
    ((_, message),) = told(list_replaced, project(text, tmp_path))
    assert message.endswith("loses sub.bst:x.bst")


def test_an_include_loses_those_of_another(tmp_path: Path) -> None:
    text = including("").replace("(@): include.yml", "(@): outer.yml")
    text += "=== outer.yml\n(@): include.yml\nbuild-depends: [y.bst]\n"
    assert told(list_replaced, project(text, tmp_path)) == [
        ("", "an include replaces the build-depends of an include, and loses x.bst")
    ]


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "build-depends: {(>): [y.bst]}\n",
        "build-depends: {(=): [y.bst]}\n",
        "build-depends: [x.bst, y.bst]\n",
        "runtime-depends: [y.bst]\n",
    ],
)
def test_nothing_is_lost(rest: str, tmp_path: Path) -> None:
    assert found(list_replaced, project(including(rest), tmp_path)) == ()


def test_rules_that_repeat_a_part(tmp_path: Path) -> None:
    loaded = project(ruled("['%{includedir}/**', '%{bindir}/x']"), tmp_path)
    (only,) = found(list_replaced, loaded)
    assert only.message == (
        "'a.bst' replaces the split rules of 'devel', and loses "
        "%{libdir}/*.a, %{libdir}/pkgconfig/**"
    )
    assert only.evidence == ("project.conf:2:10: the list that is replaced",)


@pytest.mark.parametrize(
    "rules",
    [
        "['/**']",
        "['%{bindir}/x']",
        "[]",
        "['%{includedir}/**', '%{libdir}/**']",
        "['%{includedir}/**', '%{libdir}/*.a', '%{libdir}/pkgconfig/**', '%{bindir}/x']",
        "{(>): ['%{bindir}/x']}",
        "{(=): ['%{includedir}/**']}",
    ],
)
def test_rules_that_are_meant(rules: str, tmp_path: Path) -> None:
    assert found(list_replaced, project(ruled(rules), tmp_path)) == ()


def test_files_of_subprojects_are_not_ours(tmp_path: Path) -> None:
    text = f"{SUB}=== b.bst\nkind: stack\ndepends: ['sub.bst:a.bst']\n=== sub/project.conf\n"
    text += "".join(
        f"=== sub/{part}" for part in including("build-depends: [y.bst]\n").split("=== ")[1:]
    )
    loaded = project(text, tmp_path)
    assert len(loaded.elements) == 4
    assert found(list_replaced, loaded) == ()


def test_suppressed(tmp_path: Path) -> None:
    loaded = project(including("build-depends: [y.bst]\n"), tmp_path)
    assert is_silenced(list_replaced, loaded, "a.bst")
