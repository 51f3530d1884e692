"""BSG207 `impossible-condition`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph.checks.impossible_condition import MAX_ALL_CASES, impossible_condition
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, told

OPTIONS: Final = """
=== project.conf
options:
  debug: {type: bool, description: d, default: false}
  level: {type: enum, description: l, values: [low, high], default: low}
  parts: {type: flags, description: p, values: [docs, tools], default: []}
  cpu: {type: arch, description: c, values: [x86_64, aarch64]}
  mask: {type: element-mask, description: m, default: []}
"""


def element(expression: str, name: str = "a.bst") -> str:
    return f'=== {name}\nkind: manual\n(?):\n- "{expression}":\n    variables: {{v: x}}\n'


@pytest.mark.parametrize(
    "expression",
    [
        "level == 'medium'",
        "cpu == 'ppc64le'",
        "cpu in ('ppc64le', 'riscv64')",
        "level == 'low' and level == 'high'",
        "level == 'low' and not level == 'low'",
        "debug and level == 'medium'",
        "'manuals' in parts",
        "'docs' in parts and parts == []",
        "debug == 'True'",
        "false",
    ],
)
def test_it_holds_for_nothing(expression: str, tmp_path: Path) -> None:
    (only,) = found(
        impossible_condition, project(OPTIONS + element(expression), tmp_path, arch="x86_64")
    )
    assert only.message.startswith(f"the condition '{expression}' never holds")
    assert only.elements == ("a.bst",)
    assert only.at is not None
    assert (only.at.path, only.at.line) == ("elements/a.bst", 3)


@pytest.mark.parametrize(
    "expression",
    [
        "level == 'high'",
        "level == 'low'",
        "cpu == 'aarch64'",
        "debug and level == 'high' and 'docs' in parts and 'tools' in parts",
        "parts == ['docs', 'tools']",
        "'a.bst' in mask",
        "level == 'high' and 'a.bst' in mask",
    ],
)
def test_it_may_hold(expression: str, tmp_path: Path) -> None:
    drawn = OPTIONS + element(expression)
    assert found(impossible_condition, project(drawn, tmp_path, arch="x86_64")) == ()


def test_what_the_options_can_be(tmp_path: Path) -> None:
    loaded = project(OPTIONS + element("debug and level == 'no'"), tmp_path, arch="x86_64")
    ((_, message),) = told(impossible_condition, loaded)
    assert message.endswith("(the options can be debug: True, False; level: low, high)")
    loaded = project(OPTIONS + element("1 == 2"), tmp_path, arch="x86_64")
    assert told(impossible_condition, loaded) == [("a.bst", "the condition '1 == 2' never holds")]


def test_places_are_folded_and_those_in_no_element_stand_apart(tmp_path: Path) -> None:
    text = OPTIONS + "(@): include.yml\n=== include.yml\nvariables:\n  (?):\n"
    text += "  - level == 'no': {v: x}\n" + "".join(
        element("level == 'no'", name) for name in ("a.bst", "b.bst")
    )
    whole, ours = found(impossible_condition, project(text, tmp_path, arch="x86_64"))
    if whole.elements:
        whole, ours = ours, whole
    assert ours.elements == ("a.bst", "b.bst")
    assert ours.evidence == ("elements/b.bst:3:3",)
    assert whole.elements == ()
    assert str(whole.at) == "include.yml:3:5"


def test_inside_a_branch_that_is_not_taken(tmp_path: Path) -> None:
    text = OPTIONS + "=== a.bst\nkind: manual\nvariables:\n  (?):\n  - debug:\n      (?):\n"
    text += "      - level == 'no': {v: x}\n      - level == 'high': {v: y}\n"
    loaded = project(text, tmp_path, arch="x86_64")
    assert [at for _, at in told(impossible_condition, loaded)] == [
        "the condition 'level == 'no'' never holds (the options can be level: low, high)"
    ]


def test_what_fails_for_another_value_is_not_known(tmp_path: Path) -> None:
    text = OPTIONS + element("level == 'no' or (debug and 1 / 0 == 1)")
    assert found(impossible_condition, project(text, tmp_path, arch="x86_64")) == ()


def flags(number: int) -> str:
    """Return two options: flags with so many values, and a bool."""
    values = ", ".join(f"f{each}" for each in range(number))
    text = f"=== project.conf\noptions:\n  f: {{type: flags, description: f, values: [{values}]"
    return text + ", default: []}\n  b: {type: bool, description: b, default: false}\n"


@pytest.mark.parametrize(
    ("number", "expression", "findings"),
    [
        (12, "'no' in f", 1),
        (13, "'no' in f", 0),
        (11, "b and 'no' in f", 1),
        (12, "b and 'no' in f", 0),
    ],
)
def test_too_many_cases(number: int, expression: str, findings: int, tmp_path: Path) -> None:
    loaded = project(flags(number) + element(expression), tmp_path)
    assert len(found(impossible_condition, loaded)) == findings


def test_too_many_cases_of_all_conditions_together(tmp_path: Path) -> None:
    text = flags(11) + "".join(
        element(f"'no{number}' in f", f"{number}.bst") for number in range(20)
    )
    number = MAX_ALL_CASES // 2**11
    assert len(found(impossible_condition, project(text, tmp_path))) == number


def test_suppressed(tmp_path: Path) -> None:
    loaded = project(OPTIONS + element("level == 'no'"), tmp_path, arch="x86_64")
    assert is_silenced(impossible_condition, loaded, "a.bst")
