"""What-if: texts in the place of files, and elements in the place of elements."""

from __future__ import annotations

from pathlib import Path

import pytest

from bstgraph import compare, load_project, load_state
from bstgraph.diff import Changed, DependencyCause
from bstgraph.errors import BstGraphError
from bstgraph.graph import Graph
from bstgraph.model import Element, Project
from bstgraph.state import State
from bstgraph.stores import Contents
from bstgraph.testing import write
from tests.unit.builders import dependency, element
from tests.unit.drawing import SUB, names

TEXT = (
    SUB
    + """
=== sub/project.conf
=== sub/b.bst
kind: manual
=== project.conf
(@): include/conf.yml
variables: {level: "1"}
=== include/conf.yml
environment: {LEVEL: "%{level}"}
=== app.bst
kind: manual
build-depends: ["sub.bst:b.bst"]
=== deps.bst
kind: stack
depends: [app.bst]
=== files/a
x
"""
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(TEXT, tmp_path)


def order_gaps(state: State) -> set[str]:
    """Return the elements that have a gap about an order."""
    return {name for name, each in state.keys.items() if any("order" in gap for gap in each.gaps)}


def made(elements: list[Element]) -> State:
    graph = Graph.from_elements(elements)
    project = Project(
        name="top",
        directory=Path(),
        targets=graph.targets,
        elements=graph.elements,
        projects={},
    )
    return State.of(project, Contents())


def dependency_causes(change: Changed) -> list[DependencyCause]:
    return [cause for cause in change.causes if isinstance(cause, DependencyCause)]


def changed(root: Path, edits: dict[str, str | None]) -> dict[str, bool]:
    """Return which strict keys an edit changes, and whether they are exact."""
    before, after = load_state(root, ["deps.bst"]), load_state(root, ["deps.bst"], edits=edits)
    return {
        change.element: after.keys[change.element].strict.exact
        for change in compare(before, after)
        if isinstance(change, Changed) and change.strict
    }


class TestFiles:
    @pytest.mark.parametrize(
        ("edits", "expected"),
        [
            (
                {"elements/app.bst": "kind: manual\nbuild-depends: ['sub.bst:b.bst']\n"},
                [],
            ),
            ({"elements/app.bst": "kind: manual\n"}, ["app.bst", "deps.bst"]),
            (
                {"sub.bst:elements/b.bst": "kind: stack\n"},
                ["sub.bst:b.bst", "app.bst", "deps.bst"],
            ),
            ({"include/conf.yml": "environment: {LEVEL: '2'}\n"}, ["app.bst", "deps.bst"]),
            (
                {
                    "elements/deps.bst": "kind: stack\ndepends: [app.bst, new.bst]\n",
                    "elements/new.bst": "kind: manual\n",
                },
                ["deps.bst"],
            ),
            ({"elements/not-needed.bst": "kind: stack\n"}, []),
        ],
    )
    def test_keys(self, root: Path, edits: dict[str, str | None], expected: list[str]) -> None:
        assert changed(root, edits) == dict.fromkeys(expected, True)

    def test_the_same_as_files_that_were_written(self, root: Path) -> None:
        edits = {
            "project.conf": (root / "project.conf").read_text().replace('"1"', '"7"'),
            "elements/app.bst": "kind: manual\nconfig: {build-commands: ['%{level}']}\n",
        }
        told = load_state(root, ["deps.bst"], edits=edits).keys["deps.bst"].strict
        for name, text in edits.items():
            (root / name).write_text(text)
        assert load_state(root, ["deps.bst"]).keys["deps.bst"].strict == told

    def test_files_are_not_touched(self, root: Path) -> None:
        before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
        load_project(root, edits={"elements/app.bst": "kind: stack\n"})
        assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before

    def test_a_new_element_and_one_less_among_all(self, root: Path) -> None:
        edits = {"elements/z/new.bst": "kind: stack\n", "elements/deps.bst": None}
        assert names(load_project(root, edits=edits)) == [
            "sub.bst:b.bst",
            "app.bst",
            "sub.bst",
            "z/new.bst",
        ]

    def test_refs(self, root: Path) -> None:
        conf = (root / "project.conf").read_text() + "ref-storage: project.refs\n"
        source = "kind: import\nsources: [{kind: remote, url: 'https://a.example/x'}]\n"
        edits = {"project.conf": conf, "elements/deps.bst": source}
        found = load_state(root, ["deps.bst"], edits=edits).keys["deps.bst"].strict
        assert found.digest is None
        refs = "projects: {test: {deps.bst: [{ref: aa}]}}\n"
        found = (
            load_state(root, ["deps.bst"], edits={**edits, "project.refs": refs})
            .keys["deps.bst"]
            .strict
        )
        assert found.exact

    @pytest.mark.parametrize(
        ("edits", "slug", "place"),
        [
            ({"elements/app.bst": None}, "unknown-element", "elements/deps.bst:2:11"),
            ({"elements/app.bst": "kind: [\n"}, "invalid-yaml", "elements/app.bst:2:1"),
            ({"project.conf": None}, "no-project", "None"),
            ({"include/conf.yml": None}, "missing-file", "project.conf:1:6"),
        ],
    )
    def test_wrong(self, root: Path, edits: dict[str, str | None], slug: str, place: str) -> None:
        with pytest.raises(BstGraphError) as raised:
            load_project(root, ["deps.bst"], edits=edits)
        assert (raised.value.slug, str(raised.value.at)) == (slug, place)

    def test_what_is_not_read_as_yaml(self, root: Path) -> None:
        with pytest.raises(ValueError, match="'files/a' is edited, but it is not read as YAML"):
            load_project(root, edits={"files/a": "y"})


class TestElements:
    def test_a_dependency_more_is_what_the_file_would_say(self, root: Path) -> None:
        state = load_state(root)
        deps = state.graph["deps.bst"]
        more = dependency("sub.bst:b.bst")
        after = state.edited(deps.model_copy(update={"dependencies": (*deps.dependencies, more)}))
        (change,) = compare(state, after)
        assert isinstance(change, Changed)
        assert [(c.name, c.before, c.after) for c in dependency_causes(change)] == [
            (more.name, None, "all")
        ]
        text = "kind: stack\ndepends: [app.bst, 'sub.bst:b.bst']\n"
        assert dict(after.keys) == dict(load_state(root, edits={"elements/deps.bst": text}).keys)
        assert after.keys["deps.bst"].strict.exact

    def test_other_positions_are_another_order_in_the_file(self) -> None:
        """Of two names that BuildStream finds equal, the one that is written first comes first."""
        names = ["x.bst:sub.bst:b.bst", "y.bst:sub.bst:b.bst"]
        entries = [
            dependency(name).model_copy(update={"position": place})
            for place, name in enumerate(names)
        ]
        state = made([element(names[0]), element(names[1]), element("a.bst", *entries)])
        turned = tuple(e.model_copy(update={"position": 1 - (e.position or 0)}) for e in entries)
        user = state.graph["a.bst"]
        for update, wanted in ((turned, names[::-1]), (tuple(entries), names)):
            state = state.edited(user.model_copy(update={"dependencies": update}))
            assert [str(e.name) for e in state.graph["a.bst"].dependencies] == wanted

    def test_dependencies_made_by_hand_have_an_open_order(self) -> None:
        """BuildStream sorts what a file says, and no file has said this."""
        elements = [
            element("user.bst", "b.bst", "leaf.bst"),
            element("b.bst"),
            element("leaf.bst"),
            element("c.bst"),
            element("single.bst", "user.bst"),
        ]
        state = made(elements)
        user = state.graph["user.bst"]
        entries = (*user.dependencies, dependency("c.bst"))
        after = state.edited(user.model_copy(update={"dependencies": entries}))
        gap = "user.bst: its dependencies were edited, their order is taken as given"
        assert gap in after.keys["single.bst"].gaps
        assert order_gaps(after) == {"user.bst", "single.bst"}
        # One dependency has one order; but now the two of the user may have another one.
        below = state.graph["leaf.bst"].model_copy(update={"dependencies": (dependency("b.bst"),)})
        after = state.edited(below)
        assert order_gaps(after) == {"user.bst", "single.bst"}

    def test_a_new_element_with_dependencies_has_an_open_order(self, root: Path) -> None:
        state = load_state(root)
        new = element("new.bst", "app.bst", "sub.bst:b.bst", kind="stack", project="test")
        assert order_gaps(state.edited(new)) == {"new.bst"}
        placed = [
            entry.model_copy(update={"position": place})
            for place, entry in enumerate(new.dependencies)
        ]
        after = state.edited(new.model_copy(update={"dependencies": tuple(placed)}))
        assert order_gaps(after) == set()
        assert [str(e.name) for e in after.graph["new.bst"].dependencies] == [
            "sub.bst:b.bst",
            "app.bst",
        ]

    @pytest.mark.parametrize(
        ("name", "slug"), [("deps.bst", "circular-dependency"), ("no.bst", "unknown-element")]
    )
    def test_dependencies_that_cannot_be(self, root: Path, name: str, slug: str) -> None:
        state = load_state(root)
        app = state.graph["app.bst"]
        entries = (*app.dependencies, dependency(name))
        with pytest.raises(BstGraphError) as raised:
            state.edited(app.model_copy(update={"dependencies": entries}))
        assert raised.value.slug == slug

    def test_other_values_stay_exact(self, root: Path) -> None:
        state = load_state(root)
        app = state.graph["app.bst"].model_copy(update={"environment": {}})
        assert state.edited(app).keys["deps.bst"].strict.exact
