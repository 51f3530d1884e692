"""BSG205 `unused-override`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from bstgraph.checks.unused_override import unused_override
from bstgraph.names import ElementName
from bstgraph.testing import project
from tests.unit.checks.looking import found, is_silenced
from tests.unit.drawing import SUB

FILES: Final = f"""{SUB}
config:
  overrides:
    x.bst: mine.bst
=== sub/project.conf
options:
  debug: {{type: bool, description: d, default: false}}
=== sub/x.bst
kind: manual
=== sub/y.bst
kind: manual
=== sub/user.bst
kind: stack
depends: [x.bst]
=== sub/debugger.bst
kind: stack
(?):
- debug: {{depends: [x.bst]}}
=== mine.bst
kind: manual
"""


def needing(*names: str) -> str:
    return f"=== a.bst\nkind: stack\ndepends: [{', '.join(map(repr, names))}]\n"


def test_nothing_asks_for_what_it_replaces(tmp_path: Path) -> None:
    text = FILES + needing("sub.bst:y.bst", "mine.bst")
    (only,) = found(unused_override, project(text, tmp_path))
    assert only.message == (
        "nothing asks for 'sub.bst:x.bst', which 'sub.bst' overrides with 'mine.bst'"
    )
    assert only.elements == ("sub.bst",)
    assert str(only.at) == "elements/sub.bst:6:12"


@pytest.mark.parametrize("name", ["sub.bst:x.bst", "sub.bst:user.bst", "sub.bst:debugger.bst"])
def test_something_asks_for_it(name: str, tmp_path: Path) -> None:
    assert found(unused_override, project(FILES + needing(name), tmp_path)) == ()


def test_a_junction_that_nothing_opens(tmp_path: Path) -> None:
    assert found(unused_override, project(FILES + needing("mine.bst"), tmp_path)) == ()


def test_a_junction_that_is_overridden(tmp_path: Path) -> None:
    text = f"""{SUB}
config:
  overrides:
    inner.bst: inner.bst
=== inner.bst
kind: junction
sources: [{{kind: local, path: inner}}]
=== sub/project.conf
=== sub/inner.bst
kind: junction
sources: [{{kind: local, path: nowhere}}]
=== sub/x.bst
kind: stack
depends: ['inner.bst:z.bst']
=== inner/project.conf
=== inner/z.bst
kind: manual
{needing("sub.bst:x.bst")}"""
    assert found(unused_override, project(text, tmp_path)) == ()


def test_overrides_of_subprojects_are_not_ours(tmp_path: Path) -> None:
    text = f"""{SUB}
=== sub/project.conf
=== sub/inner.bst
kind: junction
sources: [{{kind: local, path: inner}}]
config: {{overrides: {{x.bst: y.bst}}}}
=== sub/y.bst
kind: stack
depends: ['inner.bst:z.bst']
=== sub/inner/project.conf
=== sub/inner/x.bst
kind: manual
=== sub/inner/z.bst
kind: manual
{needing("sub.bst:y.bst")}"""
    loaded = project(text, tmp_path)
    assert loaded.junctions[ElementName("sub.bst:inner.bst")].overrides
    assert found(unused_override, loaded) == ()


def test_without_all_elements_nothing_is_known(tmp_path: Path) -> None:
    text = FILES + needing("sub.bst:y.bst") + "=== b.bst\nkind: stack\n"
    loaded = project(text, tmp_path, targets=["a.bst"])
    assert [use.used for use in loaded.observations.overrides] == [False]
    assert found(unused_override, loaded) == ()


def test_suppressed(tmp_path: Path) -> None:
    loaded = project(FILES + needing("sub.bst:y.bst"), tmp_path)
    assert is_silenced(unused_override, loaded, "sub.bst")
