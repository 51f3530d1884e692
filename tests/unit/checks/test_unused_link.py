"""BSG204 `unused-link`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph.checks.unused_link import unused_link
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced, told
from tests.unit.drawing import SUB

FILES: Final = f"""{SUB}
=== project.conf
options:
  debug: {{type: bool, description: d, default: false}}
=== sub/project.conf
=== sub/x.bst
kind: manual
=== sub/inc.yml
variables: {{v: x}}
=== x.bst
kind: manual
=== old.bst
kind: link
config: {{target: x.bst}}
=== away.bst
kind: link
config: {{target: sub.bst}}
"""
USED: Final = "=== a.bst\nkind: stack\ndepends: [old.bst, 'away.bst:x.bst']\n"


def test_nothing_goes_through_it(tmp_path: Path) -> None:
    text = FILES + "=== a.bst\nkind: stack\ndepends: [x.bst, 'sub.bst:x.bst']\n"
    assert told(unused_link, project(text, tmp_path)) == [
        ("away.bst", "nothing goes through the link 'away.bst' to 'sub.bst'"),
        ("old.bst", "nothing goes through the link 'old.bst' to 'x.bst'"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        USED,
        USED.replace("old.bst", "two.bst") + "=== two.bst\nkind: link\nconfig: {target: old.bst}\n",
        "=== a.bst\nkind: stack\ndepends: [old.bst]\n(@): 'away.bst:inc.yml'\n",
        USED.replace("[old.bst, ", "[") + "(?):\n- debug: {depends: {(>): [old.bst]}}\n",
    ],
)
def test_links_that_lead_somewhere(text: str, tmp_path: Path) -> None:
    assert found(unused_link, project(FILES + text, tmp_path)) == ()


def test_a_link_that_an_override_is_spelled_through(tmp_path: Path) -> None:
    text = f"""
=== x.bst
kind: manual
=== a.bst
kind: stack
depends: ['sub.bst:x.bst', 'sub.bst:y.bst']
{SUB}
config: {{overrides: {{other.bst: x.bst}}}}
=== sub/project.conf
=== sub/other.bst
kind: link
config: {{target: x.bst}}
=== sub/x.bst
kind: manual
=== sub/y.bst
kind: stack
"""
    assert found(unused_link, project(text, tmp_path)) == ()


def test_default_targets_are_asked_for(tmp_path: Path) -> None:
    text = FILES.replace("options:", "defaults: {targets: [a.bst, old.bst]}\noptions:") + USED
    text = text.replace("[old.bst, 'away", "['away")
    assert found(unused_link, project(text, tmp_path)) == ()


def test_without_all_elements_nothing_is_known(tmp_path: Path) -> None:
    text = FILES + "=== a.bst\nkind: stack\ndepends: [x.bst]\n"
    loaded = project(text, tmp_path, targets=["old.bst", "a.bst"])
    assert [use.used for use in loaded.observations.links] == [False]
    assert found(unused_link, loaded) == ()


def test_suppressed(tmp_path: Path) -> None:
    assert is_silenced(unused_link, project(FILES, tmp_path), "old.bst away.bst")
