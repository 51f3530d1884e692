"""BSG206 `unused-option`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph.checks import Choice, run_checks
from bstgraph.checks.unused_option import unused_option
from bstgraph.testing import project
from tests.unit.checks.looking import found, subject, told
from tests.unit.drawing import SUB

CONF: Final = "=== project.conf\n{more}options:\n  level: {{type: bool, description: d, default: "
PLAIN: Final = CONF.format(more="") + "false}\n"
EXPORTED: Final = CONF.format(more="") + "false, variable: lvl}\n"
ELEMENT: Final = "=== a.bst\nkind: manual\n"


def test_no_condition_names_it(tmp_path: Path) -> None:
    (only,) = found(unused_option, project(PLAIN + ELEMENT, tmp_path))
    assert only.message == "no condition asks for the option 'level'"
    assert str(only.at) == "project.conf:2:10"
    assert only.elements == ()


def test_nothing_uses_its_variable(tmp_path: Path) -> None:
    assert told(unused_option, project(EXPORTED + ELEMENT, tmp_path)) == [
        ("", "no condition asks for the option 'level', and nothing uses the variable 'lvl'")
    ]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN + ELEMENT + "(?):\n- level: {variables: {v: x}}\n",
        PLAIN + ELEMENT + "(?):\n- not level: {variables: {v: x}}\n",
        PLAIN + ELEMENT + "(?):\n- 1 == 2:\n    (?):\n    - level: {variables: {v: x}}\n",
        PLAIN + "variables:\n  (?):\n  - level: {v: x}\n" + ELEMENT,
        PLAIN + ELEMENT + "(@): i.yml\n=== i.yml\n(?):\n- level: {variables: {v: x}}\n",
        PLAIN + SUB + "(?):\n- level: {config: {path: x}}\n=== sub/project.conf\n" + ELEMENT,
        EXPORTED + ELEMENT + "variables: {v: '%{lvl}'}\n",
        EXPORTED + ELEMENT + "(?):\n- 1 == 2: {variables: {v: '%{lvl}'}}\n",
        EXPORTED + "variables: {v: '%{lvl}'}\n" + ELEMENT,
        EXPORTED + SUB + "config: {options: {x: '%{lvl}'}}\n=== sub/project.conf\noptions:\n"
        "  x: {type: bool, description: d, default: true}\n=== sub/y.bst\nkind: manual\n"
        "=== a.bst\nkind: stack\ndepends: ['sub.bst:y.bst']\n",
        EXPORTED.replace("lvl", "prefix") + ELEMENT,
        EXPORTED.replace("lvl", "notparallel") + ELEMENT,
    ],
)
def test_options_with_an_effect(text: str, tmp_path: Path) -> None:
    assert found(unused_option, project(text, tmp_path)) == ()


def test_a_kind_uses_the_variable(tmp_path: Path) -> None:
    text = EXPORTED + "plugins: [{origin: local, path: p, elements: [odd]}]\n"
    text += "=== p/odd.py\n=== p/odd.yaml\nvariables: {v: '%{lvl}'}\n=== a.bst\nkind: odd\n"
    assert found(unused_option, project(text, tmp_path)) == ()


def test_without_all_elements_nothing_is_known(tmp_path: Path) -> None:
    text = PLAIN + ELEMENT + "=== b.bst\nkind: stack\n"
    assert found(unused_option, project(text, tmp_path, targets=["b.bst"])) == ()


def test_an_edit_takes_the_place_of_the_file(tmp_path: Path) -> None:
    text = PLAIN + ELEMENT + "=== b.bst\nkind: stack\n(?):\n- level: {depends: [a.bst]}\n"
    assert found(unused_option, project(text, tmp_path)) == ()
    edits = {"elements/b.bst": None}
    assert len(found(unused_option, project(text, tmp_path, edits=edits))) == 1


def test_suppressed(tmp_path: Path) -> None:
    """No element has the finding: only the whole check can be ignored."""
    seen = subject(project(PLAIN + ELEMENT, tmp_path))
    assert run_checks(seen, Choice(ignore=("BSG206",)), checks=[unused_option]).findings == ()
