"""`load_project` and its arguments, and projects drawn with `bstgraph.testing`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import bstgraph
from bstgraph.errors import SettingsError
from bstgraph.settings import Settings
from bstgraph.testing import files, load_error, project, write
from tests.unit import drawing

TEXT = """
=== project.conf
options: {o: {type: bool, default: False, description: d, variable: o}}
=== a.bst
kind: manual
=== x/b.bst
kind: manual
depends: [a.bst]
=== x/c.bst
kind: manual
"""


class TestTargets:
    """The targets of the call, else those of the settings, else the project's, else all."""

    def test_all(self, tmp_path: Path) -> None:
        assert drawing.names(project(TEXT, tmp_path)) == ["a.bst", "x/b.bst", "x/c.bst"]

    def test_the_projects(self, tmp_path: Path) -> None:
        text = TEXT.replace("options:", "defaults: {targets: [x/b.bst]}\noptions:")
        assert drawing.names(project(text, tmp_path)) == ["a.bst", "x/b.bst"]

    def test_of_the_settings(self, tmp_path: Path) -> None:
        text = TEXT + "=== bstgraph.toml\ntargets = ['x/c.bst']\n"
        assert drawing.names(project(text, tmp_path)) == ["x/c.bst"]
        assert drawing.names(project(text, tmp_path, targets=["a.bst"])) == ["a.bst"]

    def test_given_twice(self, tmp_path: Path) -> None:
        loaded = project(TEXT, tmp_path, targets=["x/c.bst", "./x/c.bst", "a.bst"])
        assert loaded.targets == ("x/c.bst", "a.bst")


class TestGlobs:
    """A target may be a glob over the toplevel elements: `*` and `?` stop at a slash."""

    @pytest.mark.parametrize(
        ("glob", "expected"),
        [
            ("*.bst", ["a.bst"]),
            ("x/*.bst", ["a.bst", "x/b.bst", "x/c.bst"]),
            ("**.bst", ["a.bst", "x/b.bst", "x/c.bst"]),
            ("x/[c-z].bst", ["x/c.bst"]),
            ("x/[!b].bst", ["x/c.bst"]),
            ("?.bst", ["a.bst"]),
        ],
    )
    def test_matched(self, glob: str, expected: list[str], tmp_path: Path) -> None:
        assert drawing.names(project(TEXT, tmp_path, targets=[glob])) == expected


class TestCall:
    """A call that no project could make right is a ValueError or TypeError."""

    def test_one_text_for_a_list(self, tmp_path: Path) -> None:
        with pytest.raises(TypeError, match="targets is a list"):
            project(TEXT, tmp_path, targets="a.bst")

    @pytest.mark.parametrize("jobs", [0, -1, 2**31, True])
    def test_max_jobs(self, jobs: int, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="max_jobs"):
            project(TEXT, tmp_path, max_jobs=jobs)

    def test_dialect(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="no dialect"):
            project(TEXT, tmp_path, dialect="german")  # type: ignore[arg-type]  # on purpose


class TestArguments:
    """An argument comes before the settings, and `Settings()` ignores those of the project."""

    SETTINGS = TEXT + "=== bstgraph.toml\nmax-jobs = 7\n[options]\no = true\n"

    def test_settings(self, tmp_path: Path) -> None:
        values = drawing.variables(self.SETTINGS, tmp_path)
        assert (values["max-jobs"], values["o"]) == ("7", "1")

    def test_arguments(self, tmp_path: Path) -> None:
        values = drawing.variables(self.SETTINGS, tmp_path, max_jobs=2, options={"o": False})
        assert (values["max-jobs"], values["o"]) == ("2", "0")

    def test_ignored(self, tmp_path: Path) -> None:
        values = drawing.variables(self.SETTINGS, tmp_path, max_jobs=2, settings=Settings())
        assert values["o"] == "0"

    def test_wrong(self, tmp_path: Path) -> None:
        error = load_error(TEXT + "=== bstgraph.toml\ncolour = 'red'\n", tmp_path)
        assert isinstance(error, SettingsError)

    def test_max_jobs_of_the_machine(self, tmp_path: Path) -> None:
        expected = str(min(8, len(os.sched_getaffinity(0))))
        assert drawing.variables(TEXT, tmp_path)["max-jobs"] == expected


class TestNothingWritten:
    """Loading writes nothing into the project, and leaves no folder behind."""

    def test_files(self, tmp_path: Path) -> None:
        root = write(TEXT, tmp_path)
        before = sorted(root.rglob("*"))
        bstgraph.load_project(root)
        assert sorted(root.rglob("*")) == before


class TestDepth:
    """A deep project ends in an error, not in a traceback; a deep graph is read."""

    def test_a_long_chain_of_elements(self, tmp_path: Path) -> None:
        count = 1500
        text = "".join(
            f"=== e{i}.bst\nkind: stack\ndepends: [e{i + 1}.bst]\n" for i in range(count)
        )
        loaded = project(f"{text}=== e{count}.bst\nkind: stack\n", tmp_path, targets=["e0.bst"])
        assert drawing.names(loaded)[0] == f"e{count}.bst"
        assert len(loaded.elements) == count + 1

    def test_many_includes_inside_each_other(self, tmp_path: Path) -> None:
        count = 1000
        text = "".join(f"=== i{i}.yml\n(@): i{i + 1}.yml\n" for i in range(count))
        text += f"=== i{count}.yml\ndescription: x\n=== a.bst\nkind: manual\n(@): i0.yml\n"
        assert load_error(text, tmp_path).slug == "too-large"


class TestDrawing:
    """A drawn project has what its text has, and what every project must have."""

    def test_completed(self) -> None:
        drawn = files(
            """
            === a.bst
            kind: manual
            === sub/project.conf
            element-path: in
            === sub/b.bst
            kind: stack
            === sub/in/c.bst
            kind: stack
            === deep/elements/d.bst
            """
        )
        assert drawn == {
            "project.conf": "name: test\nmin-version: 2.0\nelement-path: elements\n",
            "elements/a.bst": "kind: manual\n",
            "sub/project.conf": "element-path: in\nname: sub\nmin-version: 2.0\n",
            "sub/in/b.bst": "kind: stack\n",
            "sub/in/c.bst": "kind: stack\n",
            "elements/deep/elements/d.bst": "",
            "elements/": "",
            "sub/in/": "",
        }

    def test_as_it_is(self) -> None:
        text = "=== project.conf\nname: x\n=== a.bst\n  a\n\n=== b/\n"
        assert files(text, complete=False) == {
            "project.conf": "name: x\n",
            "elements/a.bst": "  a\n\n",
            "b/": "",
        }

    def test_a_line_without_an_end(self) -> None:
        drawn = files("=== project.conf\nname: x")
        assert drawn["project.conf"] == "name: x\nmin-version: 2.0\nelement-path: elements\n"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("kind: manual\n", "text before"),
            ("=== a.bst\n=== a.bst\n", "drawn twice"),
            ("=== a.bst\n=== elements/a.bst\n", "drawn twice"),
            ("=== ../a.bst\n", "leaves the directory"),
            ("=== /a.bst\n", "leaves the directory"),
            ("=== x/../../a.bst\n", "leaves the directory"),
        ],
    )
    def test_wrong(self, text: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            files(text)

    def test_without_a_folder_of_its_own(self) -> None:
        loaded = project("=== a.bst\nkind: manual\n")
        folder = loaded.directory
        assert (folder / "elements" / "a.bst").exists()
        del loaded
        assert not folder.exists()

    def test_an_error_that_does_not_come(self, tmp_path: Path) -> None:
        with pytest.raises(AssertionError, match="the project loads"):
            load_error("=== a.bst\nkind: manual\n", tmp_path)


class TestWrongCalls:
    """What is wrong with the call is told as Python does, before anything is read."""

    @pytest.mark.parametrize(
        ("arguments", "error"),
        [
            ({"targets": "a.bst"}, TypeError),
            ({"search": "clones"}, TypeError),
            ({"allow": "/"}, TypeError),
            ({"dialect": "runbok"}, ValueError),
            ({"max_jobs": 0}, ValueError),
            ({"max_jobs": True}, ValueError),
            ({"max_jobs": "2"}, ValueError),
        ],
    )
    def test_refused(
        self, arguments: dict[str, Any], error: type[Exception], tmp_path: Path
    ) -> None:
        with pytest.raises(error):
            bstgraph.load_project(tmp_path, **arguments)
