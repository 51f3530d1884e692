"""What-if: each edit gives what the same edit on disk gives."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bstgraph import load_project, load_state, whatif
from bstgraph.errors import BstGraphError
from bstgraph.graph import Graph
from bstgraph.keys._partial import KeyFiles
from bstgraph.scenario import Scenario
from bstgraph.state import State
from bstgraph.stores import Contents
from bstgraph.testing import write
from tests.unit.builders import element
from tests.unit.drawing import SUB

TEXT = (
    SUB
    + """
=== sub/project.conf
options:
  level: {type: enum, values: [low, high], default: low, description: x}
=== sub/b.bst
kind: manual
variables: {mine: one}
config: {build-commands: ["make %{mine}"]}
=== sub/c.bst
kind: import
sources: [{kind: local, path: files/c}]
=== sub/files/c/x
inside
=== project.conf
options:
  debug: {type: bool, default: False, description: x}
  flavours: {type: flags, values: [a, b], default: [a], description: x, variable: flavours}
variables: {level: "1"}
(@): include/conf.yml
=== include/conf.yml
environment: {LEVEL: "%{level}"}
=== app.bst
kind: manual
build-depends: ["sub.bst:b.bst", tool.bst]
runtime-depends: [lib.bst]
depends:
- filename: data.bst
variables:
  # What it is called.
  title: app
environment: {OWN: "1"}
config:
  install-commands: ["%{title} %{flavours}"]
  (?):
  - debug:
      build-commands: [debug]
sources:
- {kind: remote, url: "https://a.example/x", ref: aa}
- {kind: local, path: files/app.txt}
=== tool.bst
kind: manual
=== lib.bst
kind: manual
depends: [tool.bst]
=== data.bst
kind: import
sources: [{kind: local, path: files/data}]
=== deps.bst
kind: stack
depends: [app.bst]
=== linked.bst
kind: link
config: {target: other.bst}
=== other.bst
kind: manual
depends: ["sub.bst:c.bst"]
=== files/app.txt
app
=== files/data/d/x
x
=== files/data/y
y
"""
)
Edit = Callable[[Scenario], Scenario]
Files = Mapping[str, str | bytes | None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = write(TEXT, tmp_path / "here")
    (made / "files/data/y").chmod(0o755)
    return made


def replaced(path: str, old: str, new: str) -> Callable[[Path], None]:
    """Return an edit of one file on disk."""

    def edit(root: Path) -> None:
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new, 1))

    return edit


def written(files: Files) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        for name, content in files.items():
            if content is None:
                (root / name).unlink()
                continue
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            data = content.encode() if isinstance(content, str) else content
            (root / name).write_bytes(data)

    return edit


def both(*edits: Callable[[Path], None]) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        for each in edits:
            each(root)

    return edit


def shown(state: State) -> object:
    """Return all that an edit in memory may not have different from one on disk."""
    graph = state.graph
    entries = {
        name: [(e.name, e.path, e.type, e.strict, e.other_paths) for e in graph[name].dependencies]
        for name in state.keys
    }
    return list(graph), graph.targets, dict(state.keys), entries, dict(graph.externals)


def on_disk(root: Path, change: Callable[[Path], None], targets: list[str]) -> State:
    copy = root.parent / "copy"
    shutil.copytree(root, copy, symlinks=True)
    change(copy)
    return load_state(copy, targets)


APP = "elements/app.bst"
DEPS = "elements/deps.bst"
MODEL: dict[str, tuple[Edit, Callable[[Path], None]]] = {
    "add": (
        lambda w: w.add("lib.bst", "data.bst", "runtime").add("lib.bst", "sub.bst:b.bst", "build"),
        replaced(
            "elements/lib.bst",
            "[tool.bst]",
            "[tool.bst, {filename: data.bst, type: runtime}, "
            "{filename: 'sub.bst:b.bst', type: build}]",
        ),
    ),
    "add across": (
        lambda w: w.add("lib.bst", "sub.bst:b.bst", "build", strict=True),
        replaced(
            "elements/lib.bst",
            "[tool.bst]",
            "[tool.bst, {filename: 'sub.bst:b.bst', type: build, strict: true}]",
        ),
    ),
    "add what is there": (
        lambda w: w.add("app.bst", "lib.bst", "build", strict=True).add("app.bst", "tool.bst"),
        replaced(
            APP,
            "- filename: data.bst\n",
            "- filename: data.bst\n- {filename: lib.bst, type: build, strict: true}\n- tool.bst\n",
        ),
    ),
    "add to none": (
        lambda w: w.add("tool.bst", "data.bst").add("tool.bst", "sub.bst:b.bst"),
        written(
            {"elements/tool.bst": "kind: manual\ndepends: [data.bst, 'sub.bst:b.bst']\n"},
        ),
    ),
    "remove": (
        lambda w: w.remove("app.bst", "data.bst"),
        replaced(APP, "depends:\n- filename: data.bst\n", ""),
    ),
    "strict": (
        lambda w: w.strict("app.bst", "tool.bst"),
        replaced(APP, "tool.bst]", "{filename: tool.bst, strict: true}]"),
    ),
    "ref": (lambda w: w.ref("app.bst", "bb"), replaced(APP, "ref: aa", "ref: bb")),
    "environment": (
        lambda w: w.environment("app.bst", "OWN", " 2 ").environment("app.bst", "B", "3"),
        replaced(APP, 'OWN: "1"', 'OWN: "2", B: 3'),
    ),
    "config": (
        lambda w: w.config("app.bst", "build-commands", ["a", " b "]),
        replaced(APP, "config:\n", "config:\n  build-commands: [a, b]\n"),
    ),
    "several of one element": (
        lambda w: w.ref("app.bst", "bb").remove("app.bst", "lib.bst").add("app.bst", "lib.bst"),
        both(
            replaced(APP, "ref: aa", "ref: bb"),
            replaced(APP, "runtime-depends: [lib.bst]\n", ""),
            replaced(APP, "- filename: data.bst\n", "- filename: data.bst\n- lib.bst\n"),
        ),
    ),
}
LOADED: dict[str, tuple[Edit, Callable[[Path], None]]] = {
    "variable": (
        lambda w: w.variable("app.bst", "title", "%{level} \u00e9"),
        replaced(APP, "title: app", "title: '%{level} \u00e9'"),
    ),
    "new variable in a junction": (
        lambda w: w.variable("sub.bst:b.bst", "mine", "two"),
        replaced("sub/elements/b.bst", "one", '"two"'),
    ),
    "environment with a variable": (
        lambda w: w.environment("app.bst", "OWN", "%{title}"),
        replaced(APP, 'OWN: "1"', "OWN: '%{title}'"),
    ),
    "config with a variable": (
        lambda w: w.config("app.bst", "install-commands", ["%{title}"]),
        replaced(APP, '["%{title} %{flavours}"]', '["%{title}"]'),
    ),
    "option": (
        lambda w: w.option("flavours", ["b"]),
        replaced("project.conf", "default: [a]", "default: [b]"),
    ),
    "option and what is edited in the model": (
        lambda w: w.add("deps.bst", "tool.bst").option("debug", value=True).ref("app.bst", "cc"),
        both(
            replaced(DEPS, "[app.bst]", "[app.bst, tool.bst]"),
            replaced("project.conf", "default: False", "default: True"),
            replaced(APP, "ref: aa", "ref: cc"),
        ),
    ),
    "file that is included": (
        lambda w: w.file("include/conf.yml", "environment: {LEVEL: '7'}\n"),
        written({"include/conf.yml": "environment: {LEVEL: '7'}\n"}),
    ),
    "file with a mark": (
        lambda w: w.file("./include/conf.yml", b"\xef\xbb\xbfenvironment: {A: b}\r\n"),
        written({"include/conf.yml": "environment: {A: b}\n"}),
    ),
    "file of an element, over what came before": (
        lambda w: (
            w.add("deps.bst", "lib.bst")
            .file(DEPS, "kind: stack\ndepends: [tool.bst]\n")
            .add("deps.bst", "data.bst")
        ),
        written({DEPS: "kind: stack\ndepends: [tool.bst, data.bst]\n"}),
    ),
    "variable after the file": (
        lambda w: w.element("app.bst", "kind: manual\n").variable("app.bst", "x", "1"),
        written({APP: "kind: manual\nvariables: {x: '1'}\n"}),
    ),
    "file of a junction by its path at the top": (
        lambda w: w.file("sub/elements/b.bst", "kind: stack\n"),
        written({"sub/elements/b.bst": "kind: stack\n"}),
    ),
    "element": (
        lambda w: w.element("new/foo.bst", "kind: manual\n").add("deps.bst", "new/foo.bst"),
        both(
            written({"elements/new/foo.bst": "kind: manual\n"}),
            replaced(DEPS, "[app.bst]", "[app.bst, new/foo.bst]"),
        ),
    ),
    "element in a junction": (
        lambda w: w.element("sub.bst:n.bst", "kind: stack\n").add("lib.bst", "sub.bst:n.bst"),
        both(
            written({"sub/elements/n.bst": "kind: stack\n"}),
            replaced("elements/lib.bst", "[tool.bst]", "[tool.bst, 'sub.bst:n.bst']"),
        ),
    ),
    "add what is not loaded": (
        lambda w: w.add("deps.bst", "other.bst"),
        replaced(DEPS, "[app.bst]", "[app.bst, other.bst]"),
    ),
    "add through a link": (
        lambda w: w.add("deps.bst", "linked.bst").strict("deps.bst", "other.bst"),
        replaced(DEPS, "[app.bst]", "[app.bst, {filename: linked.bst, strict: true}]"),
    ),
    "add twice": (
        lambda w: w.add("deps.bst", "linked.bst").add("deps.bst", "other.bst", "build"),
        replaced(DEPS, "[app.bst]", "[app.bst, linked.bst, {filename: other.bst, type: build}]"),
    ),
    "edits of what is not loaded": (
        lambda w: w.environment("other.bst", "A", "b"),
        both(replaced("elements/other.bst", "kind: manual", "kind: manual\nenvironment: {A: b}")),
    ),
    "add and remove": (
        lambda w: w.add("deps.bst", "other.bst").remove("deps.bst", "other.bst"),
        both(),
    ),
}
CONTENT: dict[str, tuple[Edit, Callable[[Path], None]]] = {
    "another content": (
        lambda w: w.file("files/data/d/x", "new").file("files/app.txt", b"\xff"),
        written({"files/data/d/x": "new", "files/app.txt": b"\xff"}),
    ),
    "what was executable": (
        lambda w: w.file("files/data/y", "new"),
        written({"files/data/y": "new"}),
    ),
    "new and less": (
        lambda w: w.file("files/data/n/m/o", "new").file("files/data/y", None),
        written({"files/data/n/m/o": "new", "files/data/y": None}),
    ),
    "an empty folder stays": (
        lambda w: w.file("files/data/d/x", None),
        written({"files/data/d/x": None}),
    ),
    "nothing taken away": (
        lambda w: w.file("files/data/no/such", None).file("files/data/no", None),
        both(),
    ),
    "in a junction": (
        lambda w: w.file("sub.bst:files/c/x", "new").add("deps.bst", "sub.bst:c.bst"),
        both(
            written({"sub/files/c/x": "new"}),
            replaced(DEPS, "[app.bst]", "[app.bst, 'sub.bst:c.bst']"),
        ),
    ),
    "twice": (
        lambda w: w.file("files/data/y", "1").file("files/data/y", "2"),
        written({"files/data/y": "2"}),
    ),
}


@pytest.mark.parametrize("targets", [["deps.bst"], []], ids=["a target", "all"])
@pytest.mark.parametrize("name", [*MODEL, *LOADED, *CONTENT])
def test_the_same_as_on_disk(root: Path, name: str, targets: list[str]) -> None:
    edit, change = {**MODEL, **LOADED, **CONTENT}[name]
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    state = load_state(root, targets)
    told = edit(whatif(state)).state
    assert shown(told) == shown(on_disk(root, change, targets))
    assert told.keys.gaps == ()
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", [*MODEL, "another content"])
def test_what_needs_no_load(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    edit, _ = {**MODEL, **CONTENT}[name]
    state = load_state(root)
    monkeypatch.setattr("bstgraph.load.read_project", None)
    assert dict(edit(whatif(state)).state.keys) != dict(state.keys)


class TestBuilder:
    def test_each_edit_gives_another_one(self, root: Path) -> None:
        first = whatif(load_state(root))
        second = first.option("debug", value=True)
        assert first.state is first.base
        assert (first.edits, second.edits) == ((), ("option debug",))
        assert second.state is second.state
        assert second.base is first.base
        assert repr(first) == "<Scenario: no edits>"
        third = second.strict("app.bst", "tool.bst")
        assert repr(third) == "<Scenario: option debug; app.bst: strict tool.bst>"
        assert third.state.label == "what if"

    def test_what_was_loaded_again_is_used_again(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        loaded = whatif(load_state(root)).option("debug", value=True)
        first = loaded.state
        monkeypatch.setattr("bstgraph.load.read_project", None)
        more = loaded.ref("app.bst", "bb").state
        assert more.keys["app.bst"].weak != first.keys["app.bst"].weak

    def test_graphs_and_projects(self, root: Path) -> None:
        project = load_project(root)
        wanted = load_state(project).keys
        for what in (project, Graph(project)):
            assert dict(whatif(what).state.keys) == dict(wanted)
            assert whatif(what).option("debug", value=True).state.keys["app.bst"].gaps == ()

    def test_what_was_given_to_the_first_load(self, root: Path) -> None:
        edits = {"elements/tool.bst": "kind: manual\nvariables: {x: '2'}\n"}
        state = load_state(root, options={"debug": True}, edits=edits, rule="runbook")
        found = (
            whatif(state)
            .variable("tool.bst", "y", "1")
            .config("tool.bst", "build-commands", ["%{x}"])
        )
        assert found.state.keys.rule == "runbook"
        assert found.state.graph["tool.bst"].config["build-commands"] == ["2"]
        assert found.state.graph["app.bst"].config["build-commands"] == ["debug"]

    def test_a_revision(self, root: Path) -> None:
        def git(*arguments: str) -> None:
            subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True)

        git("init", "-q")
        git("add", "-A")
        git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x")
        state = load_state(root, revision="HEAD")
        (root / "elements/tool.bst").write_text("kind: stack\n")
        told = whatif(state).variable("app.bst", "title", "x").state
        assert told.keys["tool.bst"] == state.keys["tool.bst"]
        assert told.keys["app.bst"] != state.keys["app.bst"]
        assert told.keys.gaps == ()

    def test_without_the_way_to_load_again(self, root: Path) -> None:
        state = load_state(root)
        lib = state.graph["lib.bst"]
        edited = state.edited(lib.model_copy(update={"environment": {"A": "b"}}))
        for what in (edited, edited.project):
            told = whatif(what).add("deps.bst", "tool.bst")
            assert told.state.keys["deps.bst"].gaps == ()
            with pytest.raises(ValueError, match="begin with a state of bstgraph"):
                _ = told.option("debug", value=True).state

    def test_files_that_are_read_elsewhere(self, root: Path) -> None:
        contents = Contents()

        class Store:
            def project(self, directory: str) -> KeyFiles:
                return contents.project(directory)

        told = whatif(State.of(load_project(root), Store()))
        assert told.environment("app.bst", "A", "b").state.keys["app.bst"].gaps == ()
        with pytest.raises(ValueError, match="files can be edited only where"):
            _ = told.file("files/app.txt", "x").state

    def test_a_project_made_by_hand(self) -> None:
        told = whatif(Graph.from_elements([element("a.bst"), element("b.bst")], targets=[]))
        assert list(told.environment("a.bst", "A", "b").add("a.bst", "b.bst").state.graph) == [
            "b.bst",
            "a.bst",
        ]


WRONG: dict[str, tuple[Edit, str]] = {
    "no element": (
        lambda w: w.ref("ap.bst", "x"),
        "there is no element 'ap.bst', did you mean 'app.bst'",
    ),
    "no element, without a load": (
        lambda w: whatif(w.ref("app.bst", "x").state).ref("ap.bst", "x"),
        "no element named 'ap.bst', did you mean 'app.bst'",
    ),
    "no dependency, without a load": (
        lambda w: whatif(w.ref("app.bst", "x").state).add("app.bst", "libb.bst"),
        "no element named 'libb.bst', did you mean 'lib.bst'",
    ),
    "no dependency": (
        lambda w: w.add("deps.bst", "othr.bst"),
        "there is no element 'othr.bst', did you mean 'other.bst'",
    ),
    "not a dependency": (
        lambda w: w.remove("deps.bst", "ap.bst"),
        "'deps.bst' does not depend on 'ap.bst' directly, did you mean 'app.bst'",
    ),
    "cycle": (lambda w: w.add("tool.bst", "app.bst"), "elements depend on each other: "),
    "a junction": (lambda w: w.add("deps.bst", "sub.bst"), "is a junction, which nothing can"),
    "upwards": (lambda w: w.add("sub.bst:b.bst", "lib.bst"), "'sub.bst:b.bst' cannot name"),
    "strict of a runtime dependency": (
        lambda w: w.strict("app.bst", "lib.bst"),
        "app.bst: 'lib.bst' is no build dependency",
    ),
    "no source": (lambda w: w.ref("app.bst", "x", 2), "app.bst has 2 sources, none is 2"),
    "no ref": (lambda w: w.ref("app.bst", "x", 1), "a source of kind 'local' has no ref"),
    "no option": (lambda w: w.option("debg", "x"), r"debg.*unknown-option"),
    "no file name": (lambda w: w.file("../x", "x"), "'../x' is no file of the project"),
    "no file": (lambda w: w.file("/etc/passwd", "x"), "'/etc/passwd' is no file of the project"),
    "no project": (lambda w: w.file("no.bst:x", "x"), "no project is loaded behind 'no.bst'"),
    "an element of no project": (
        lambda w: w.element("no.bst:x.bst", ""),
        "no project is loaded behind 'no.bst'",
    ),
    "a folder": (lambda w: w.file("files/data", "x"), "'files/data' is a directory"),
    "a link that leads out": (lambda w: w.file("out", "x"), "'out' leads out of its project"),
    "YAML that is no text": (
        lambda w: w.file("include/conf.yml", b"\xff"),
        "include/conf.yml is read as YAML: its content has to be UTF-8",
    ),
    "YAML that is wrong": (lambda w: w.element("app.bst", "kind: ["), "elements/app.bst:2:1"),
    "YAML that is not there": (
        lambda w: w.file(APP, None).variable("app.bst", "x", "1"),
        "elements/app.bst was taken away",
    ),
    "a variable of no element": (lambda w: w.variable("ap.bst", "x", "1"), "named 'ap.bst'"),
    "workspaces": (
        lambda w: w.file(".bst2/workspaces.yml", ""),
        ".bst2/workspaces.yml: it can be edited on disk only",
    ),
    "a rule of the kind": (
        lambda w: w.add("deps.bst", "tool.bst", "build"),
        "an element of kind 'stack' has dependencies that are build and runtime",
    ),
    "a protected variable": (lambda w: w.variable("app.bst", "max-jobs", "1"), "max-jobs"),
    "values that are no YAML": (
        lambda w: w.config("app.bst", "build-commands", {"a": 1}),  # type: ignore[dict-item]
        "not int",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong(root: Path, name: str) -> None:
    edit, message = WRONG[name]
    os.symlink("/etc/hostname", root / "out")
    scenario = edit(whatif(load_state(root, ["deps.bst"])))
    with pytest.raises((ValueError, BstGraphError)) as raised:
        _ = scenario.state
    assert re.search(message, str(raised.value)), raised.value


@pytest.mark.parametrize(
    "call",
    [
        lambda w: w.add("deps.bst", "app.bst", "al"),
        lambda w: w.add("deps.bst", "app.bst", "runtime", strict=True),
    ],
)
def test_wrong_calls(root: Path, call: Edit) -> None:
    scenario = whatif(load_state(root))
    with pytest.raises(ValueError, match=r"there is no dependency type|cannot be strict"):
        call(scenario)


class TestPlaces:
    """Files that are read in ways that no edit in memory reaches, and folders of many projects."""

    def test_plugins(self, tmp_path: Path) -> None:
        text = """
        === project.conf
        plugins: [{origin: local, path: plugins, elements: [own]}]
        === plugins/own.py
        from buildstream import BuildElement
        class Own(BuildElement):
            BST_MIN_VERSION = "2.0"
        def setup():
            return Own
        === plugins/own.yaml
        config: {build-commands: [a]}
        === a.bst
        kind: own
        """
        state = load_state(write(text, tmp_path))
        for name in ("plugins/own.py", "plugins/other.py"):
            with pytest.raises(ValueError, match="a plugin can be edited on disk only"):
                _ = whatif(state).file(name, "").state
        told = whatif(state).file("plugins/own.yaml", "config: {build-commands: [b]}\n").state
        assert told.graph["a.bst"].config["build-commands"] == ["b"]

    def test_what_is_laid_over_a_junction(self, tmp_path: Path) -> None:
        text = """
        === sub.bst
        kind: junction
        sources:
        - {kind: local, path: one}
        - {kind: local, path: two}
        === one/project.conf
        === two/
        === a.bst
        kind: stack
        depends: ["sub.bst:b.bst"]
        """
        below = write(text, tmp_path) / "two/elements/b.bst"
        below.parent.mkdir()
        below.write_text("kind: manual\n")
        state = load_state(tmp_path, ["a.bst"])
        with pytest.raises(ValueError, match=r"what is laid over the files of 'sub.bst' can be"):
            _ = whatif(state).file("two/elements/b.bst", "kind: stack\n").state
        told = whatif(state).file("sub.bst:elements/b.bst", "kind: stack\n").state
        assert told.graph["sub.bst:b.bst"].kind == "stack"

    def test_two_junctions_to_one_folder(self, tmp_path: Path) -> None:
        text = """
        === project.conf
        junctions: {duplicates: {sub: [one.bst, two.bst]}}
        === one.bst
        kind: junction
        sources: [{kind: local, path: sub}]
        === two.bst
        kind: junction
        sources: [{kind: local, path: sub}]
        === sub/project.conf
        name: sub
        === sub/b.bst
        kind: manual
        === a.bst
        kind: stack
        depends: ["one.bst:b.bst", "two.bst:b.bst"]
        """
        state = load_state(write(text, tmp_path), ["a.bst"])
        told = whatif(state).file("two.bst:elements/b.bst", "kind: stack\n").state
        assert [told.graph[f"{j}.bst:b.bst"].kind for j in ("one", "two")] == ["stack", "stack"]
