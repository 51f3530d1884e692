"""BSG201 `unreached-element`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bstgraph.checks.unreached_element import unreached_element
from bstgraph.names import ElementName
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, subject
from tests.unit.drawing import SUB

TAR: Final = "kind: manual\nsources: [{kind: tar, url: 'https://example.com/x.tar', ref: abc}]\n"
APP: Final = f"=== app.bst\n{TAR}=== all.bst\nkind: stack\ndepends: [app.bst]\n"
SWITCH: Final = """
=== project.conf
options:
  debug: {type: bool, description: d, default: false}
=== switch.bst
kind: stack
(?):
- debug: {depends: [other.bst]}
"""
OVERRIDE: Final = f"""{SUB}
config: {{overrides: {{x.bst: mine.bst}}}}
=== sub/project.conf
=== sub/x.bst
kind: stack
=== sub/y.bst
kind: stack
=== u.bst
kind: stack
depends: ['sub.bst:y.bst']
"""


def dead(*names: str, depends: str = "") -> str:
    """Return packages; they depend on the elements `depends`."""
    return "".join(f"=== {name}\n{TAR}depends: [{depends}]\n" for name in names)


def test_a_package_that_nothing_needs(tmp_path: Path) -> None:
    (only,) = found(unreached_element, project(APP + dead("old.bst"), tmp_path))
    assert only.message == "nothing needs the element 'old.bst'"
    assert only.elements == ("old.bst",)
    assert only.severity == "advice"
    assert str(only.at) == "elements/old.bst:1:1"


def test_all_of_them_together_with_what_only_they_need(tmp_path: Path) -> None:
    text = APP + dead("one.bst", "two.bst", depends="both.bst, app.bst")
    text += "=== both.bst\nkind: stack\ndepends: [far.bst]\n" + dead("far.bst")
    (only,) = found(unreached_element, project(text, tmp_path))
    assert only.message == "nothing needs 4 elements"
    assert only.elements == ("one.bst", "two.bst", "both.bst", "far.bst")
    assert only.evidence == (
        "one.bst: nothing depends on it",
        "two.bst: nothing depends on it",
        "both.bst: only one.bst, two.bst",
        "far.bst: only both.bst",
    )


@pytest.mark.parametrize(
    "text",
    [
        "=== tool.bst\nkind: manual\n",
        "=== group.bst\nkind: stack\n",
        "=== tool.py\n=== t.bst\nkind: manual\nsources: [{kind: local, path: tool.py}]\n",
        SWITCH + dead("other.bst"),
        "=== project.conf\ndefaults: {targets: [all.bst, product.bst]}\n" + dead("product.bst"),
        OVERRIDE + dead("mine.bst"),
    ],
    ids=["no sources", "stack", "own files", "condition", "default target", "override"],
)
def test_what_somebody_may_ask_for(text: str, tmp_path: Path) -> None:
    assert found(unreached_element, project(APP + text, tmp_path)) == ()


def test_elements_of_subprojects_are_not_ours(tmp_path: Path) -> None:
    text = APP + SUB + "=== sub/project.conf\n" + dead("sub/x.bst")
    text += dead("old.bst", depends="'sub.bst:x.bst'")
    (only,) = found(unreached_element, project(text, tmp_path))
    assert only.elements == ("old.bst",)


def test_without_all_elements_nothing_is_known(tmp_path: Path) -> None:
    text = APP + dead("old.bst", "new.bst")
    assert found(unreached_element, project(text, tmp_path, targets=["all.bst", "old.bst"])) == ()
    seen = subject(project(text, tmp_path))
    assert len(found(unreached_element, seen)) == 1
    partly = replace(seen, unreached=(ElementName("other.bst"),))
    assert found(unreached_element, partly) == ()


def test_suppressed(tmp_path: Path) -> None:
    seen = subject(project(APP + dead("old.bst", "new.bst"), tmp_path))
    assert is_silenced(unreached_element, seen, "old.bst new.bst")
    assert not is_silenced(unreached_element, seen, "old.bst")
