"""What the public strategies draw: it loads, it is what it says, and nothing is left out."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

from hypothesis import HealthCheck, Phase, given, settings

from bstgraph import load_state
from bstgraph.names import complaint
from bstgraph.testing.strategies import (
    DrawnProject,
    Edit,
    History,
    Kind,
    edits,
    element_names,
    histories,
    projects,
)

SLOW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@given(element_names())
def test_names_are_accepted(name: str) -> None:
    assert complaint(name) is None
    assert all(part not in ("", ".", "..") for part in name.split("/"))


@given(element_names(folders=False))
def test_names_without_folders(name: str) -> None:
    assert "/" not in name


@SLOW
@given(projects())
def test_projects_load_as_they_are_drawn(drawn: DrawnProject) -> None:
    loaded = drawn.load()
    assert {str(name) for name in loaded.elements} == {one.name for one in drawn.elements}
    for element in drawn.elements:
        found = next(one for name, one in loaded.elements.items() if name == element.name)
        assert found.kind == element.kind
        assert {one.name: one.strict for one in found.dependencies} == {
            one.name: one.strict for one in element.dependencies
        }
    assert all(keys.strict.exact for keys in load_state(loaded).keys.values())


@SLOW
@given(histories())
def test_histories(history: History) -> None:
    assert len(history.projects) == len(history.edits) + 1
    files = dict(history.first.files())
    for edit, before in zip(history.edits, history.projects, strict=False):
        assert edit.before == before
        assert edit.files(), edit.told
        for path, content in edit.files().items():
            if content is None:
                del files[path]
            else:
                files[path] = content
        assert files == edit.after.files()
    history.projects[-1].load()


WITHOUT_LOADING = settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


def test_every_kind_and_every_edit_is_drawn() -> None:
    kinds: set[str] = set()
    told: set[str] = set()

    @WITHOUT_LOADING
    @given(projects().flatmap(edits))
    def look(edit: Edit) -> None:
        kinds.update(one.kind for one in edit.after.elements)
        names = sorted((one.name for one in (*edit.before.elements, *edit.after.elements)), key=len)
        text = edit.told
        for name in reversed(names):
            text = text.replace(name, "X")
        told.add(text)

    look()
    assert kinds == set(get_args(Kind))
    assert told == {
        "word of X",
        "add X",
        "remove X",
        "X needs X",
        "X needs X no more",
        "strictness of X in X",
    }


def test_only_this_module_needs_hypothesis() -> None:
    code = "import sys, bstgraph.testing; sys.exit('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
