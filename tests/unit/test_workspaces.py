"""Open workspaces: the file that lists them, digests with times, keys, and what changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from bstgraph import compare, load_state
from bstgraph.diff import Changed, FileCause, FileChange, ResolutionCause, SourceCause
from bstgraph.errors import ProjectError
from bstgraph.kinds import KeyGapError
from bstgraph.model import Element, Project
from bstgraph.names import ElementName
from bstgraph.state import State
from bstgraph.stores.content import Contents
from bstgraph.testing import load_error, project, write
from tests.unit import drawing
from tests.unit.timed_trees import BASE, OFTEN, TIMED, TimedVector, plant_timed
from tests.unit.trees import File

DRAWN: Final = """
=== a.bst
kind: import
sources: [{kind: local, path: files, directory: below}]
=== b.bst
kind: manual
build-depends: [a.bst]
=== files/x
x
"""


def workspaces(**paths: str) -> str:
    """Return the file that opens workspaces: element (without .bst) -> path."""
    entries = "".join(f"  {name}.bst: {{path: {path}}}\n" for name, path in paths.items())
    return f"=== .bst2/workspaces.yml\nformat-version: 4\nworkspaces:\n{entries}"


OPEN: Final = DRAWN + workspaces(a="ws")


def state(directory: Path, text: str = OPEN, **arguments: str) -> State:
    """Return the state of a project drawn in `text`, its workspace in the folder `ws`."""
    loaded = project(text, directory, arch="x86_64")
    if not (directory / "ws").exists():
        plant_timed(directory / "ws")
    return load_state(loaded, **arguments)  # type: ignore[arg-type]  # as given


def digests(found: State, name: str = "a.bst") -> tuple[str | None, str | None]:
    return found.keys[name].weak.digest, found.keys[name].strict.digest


class TestDigest:
    @pytest.mark.parametrize("vector", TIMED.values(), ids=TIMED)
    def test_vectors(self, tmp_path: Path, vector: TimedVector) -> None:
        plant_timed(tmp_path / "t", times=vector.times)
        files = Contents().project(tmp_path)
        assert files.workspace_digest("t") == vector.digest
        assert files.workspace_digest("t", folder_times=False) == vector.earlier

    def test_the_same_folder_as_a_local_source(self, tmp_path: Path) -> None:
        plant_timed(tmp_path / "t")
        files = Contents().project(tmp_path)
        assert files.workspace_digest("t") == BASE.digest
        assert files.tree_digest("t") == (
            "4a07a9ca924ce720fe23206186cfead0bda67a16a4d239c4e7aa0f2c257f6d89"
        )
        assert files.workspace_digest("t") == BASE.digest

    @pytest.mark.parametrize("path", ["t", "t/", "t/d/..", "l", "l/", "{root}/t"])
    def test_spellings_and_links(self, tmp_path: Path, path: str) -> None:
        plant_timed(tmp_path / "t")
        (tmp_path / "l").symlink_to("t")
        files = Contents().project(tmp_path)
        assert files.workspace_digest(path.format(root=tmp_path)) == BASE.digest

    def test_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "l").symlink_to("nowhere")
        files = Contents().project(tmp_path)
        assert files.workspace_digest("no") is None
        assert files.workspace_digest("l") is None
        assert dict(files.workspace_files("no")) == {}

    def test_gaps(self, tmp_path: Path) -> None:
        out = plant_timed(tmp_path / "out")
        plant_timed(tmp_path / "p/late", times={"f": 10**19})
        (tmp_path / "p/l").symlink_to("../out")
        files = Contents().project(tmp_path / "p")
        for path in ("../out", "l", str(out), "../missing"):
            with pytest.raises(KeyGapError, match="is outside the project, allow it: --allow"):
                files.workspace_digest(path)
        with pytest.raises(KeyGapError, match="'late/f' is no folder"):
            files.workspace_digest("late/f")
        with pytest.raises(KeyGapError, match="late: 'f' has a time that BuildStream's tools"):
            files.workspace_digest("late")
        allowing = Contents(allowed=[out]).project(tmp_path / "p")
        assert allowing.workspace_digest("l") == BASE.digest

    def test_listing(self, tmp_path: Path) -> None:
        plant_timed(tmp_path / "t", times={"f": -1, "d": OFTEN + 1000})
        files = Contents().project(tmp_path)
        f = "252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111"
        g = "cd0aa9856147b6c5b4ff2b7dfee5da20aa38253099ef1b4a64aced233c9afe29"
        expected = {
            "d": ("", 10**15 + 1),
            "d/e": ("", 10**15),
            "d/g": (f"{g} executable", 10**15),
            "f": (f, -1),
            "l": ("-> f", None),
        }
        assert dict(files.workspace_files("t")) == expected
        assert list(files.workspace_files("t")) == list(expected)
        assert dict(files.workspace_files("t", folder_times=False)) == {
            **expected,
            "d": ("", None),
            "d/e": ("", None),
        }


class TestKeys:
    def test_vectors(self, tmp_path: Path) -> None:
        found = state(tmp_path)
        assert digests(found) == (
            "195f56a774e7ef087e3952710ee05b06593aa7528ffd25b1195edbd01a55bff8",
            "07d633338ea8218342c5178570043614b5eecb928900b71cfe3185a3680b5685",
        )
        assert digests(found, "b.bst") == (
            "232bb9a51b1272045f9894bf0130d9bc2bbf681f71b94c4d97207bcefe85b4f9",
            "4fa75357686def3792d57e0712fde16e2c92cbe6ff5f3b2d5822b7ff10f153aa",
        )
        assert found.keys["b.bst"].strict.exact
        (source,) = found.keys.own("a.bst").sources
        assert source.data() == {"key": BASE.digest, "name": "workspace"}
        assert str(source.at) == ".bst2/workspaces.yml:3:17"

    def test_a_release_that_ignores_the_times_of_folders(self, tmp_path: Path) -> None:
        found = state(tmp_path, release="2.3")
        assert digests(found) == (
            "5c9edda3baa2c4d5b682675e839e5bcb1fa7b74f335d505290111397cd8c07b3",
            "aba6d14d5fba8422b6c9af32c4f4fd3c89b04644d03a484fcd22efeddcc092d8",
        )
        assert found.keys["a.bst"].strict.exact
        (tmp_path / "ws/d/new").write_text("")
        (tmp_path / "ws/d/new").unlink()
        assert digests(state(tmp_path, release="2.3")) == digests(found)
        assert digests(state(tmp_path)) != digests(found)

    def test_no_folder_is_no_key(self, tmp_path: Path) -> None:
        found = load_state(project(OPEN, tmp_path)).keys
        absent = f"there is no folder for its workspace at {tmp_path}/ws"
        assert (found["a.bst"].weak.digest, found["a.bst"].weak.absent) == (None, absent)
        assert found["b.bst"].weak.digest is not None
        assert found["b.bst"].strict.absent == "'a.bst' has none"
        assert found.gaps == ()

    def test_outside_of_the_project(self, tmp_path: Path) -> None:
        out = plant_timed(tmp_path / "out")
        text = DRAWN + workspaces(a="../out")
        inside = digests(state(tmp_path / "p"))
        closed = load_state(project(text, tmp_path / "q", arch="x86_64")).keys["a.bst"]
        (gap,) = closed.weak.gaps
        assert gap == (
            f"the workspace of a.bst: '{tmp_path}/q/../out' is outside the project, allow it: "
            f"--allow {out}"
        )
        assert digests(load_state(project(text, tmp_path / "r", arch="x86_64", allow=[out]))) == (
            inside
        )

    def test_the_sources_are_not_looked_at(self, tmp_path: Path) -> None:
        plant_timed(tmp_path / "ws")
        wrong = ("[{kind: tar, url: 'x:y'}]", "[{kind: nobody}]", "[{kind: workspace}]", "text")
        drawn = [OPEN.replace("[{kind: local, path: files, directory: below}]", w) for w in wrong]
        exact = [state(tmp_path, text).keys["a.bst"].strict for text in (OPEN, *drawn)]
        assert len({key.digest for key in exact}) == 1
        assert all(key.exact for key in exact)

    def test_subprojects(self, tmp_path: Path) -> None:
        """The toplevel's file alone counts, with full names."""
        sub = drawing.SUB + DRAWN.replace("=== ", "=== sub/") + "=== sub/project.conf\nname: sub\n"
        text = sub + "=== c.bst\nkind: stack\ndepends: ['sub.bst:a.bst']\n"
        ignored = workspaces(a="../ws").replace("=== ", "=== sub/")
        for drawn, kind in (
            (text + ignored, "local"),
            (text + workspaces(a="ws"), "local"),
            (text + workspaces(**{"sub.bst:a": "ws"}), "workspace"),
        ):
            loaded = state(tmp_path, drawn)
            assert loaded.keys.own("sub.bst:a.bst").sources[0].kind == kind
        assert loaded.keys.own("sub.bst:a.bst").sources[0].key == BASE.digest

    def test_a_revision_has_no_times(self, tmp_path: Path) -> None:
        loaded = project(OPEN, tmp_path)
        plant_timed(tmp_path / "ws")
        conf = loaded.conf.model_copy(update={"left_out": (".git",)})
        checkout = loaded.model_copy(update={"projects": {"": conf}})
        (gap,) = load_state(checkout).keys["a.bst"].weak.gaps
        assert "its times of change are not in what was checked out" in gap


class TestFile:
    def opened(self, tmp_path: Path, text: str) -> Element:
        return drawing.named(project(f"{DRAWN}=== .bst2/workspaces.yml\n{text}", tmp_path))

    def test_none(self, tmp_path: Path) -> None:
        assert drawing.named(project(DRAWN, tmp_path)).workspace is None

    def test_what_is_kept(self, tmp_path: Path) -> None:
        found = self.opened(
            tmp_path,
            "format-version: '+4'\nother: 1\nworkspaces:\n"
            "  ./a.bst: {path: x}\n"
            "  a.bst: {path: 'w/%{element-name}/', last_build: key, more: [1]}\n",
        )
        assert found.workspace is not None
        assert found.workspace.path == tmp_path / "w/a.bst"
        assert str(found.workspace.provenance) == ".bst2/workspaces.yml:5:17"
        assert [source.kind for source in found.sources] == ["local"]
        (staged,) = found.staged_sources
        assert (staged.kind, dict(staged.config)) == (
            "workspace",
            {"path": str(tmp_path / "w/a.bst")},
        )

    def test_nothing_open(self, tmp_path: Path) -> None:
        assert self.opened(tmp_path, "format-version: 4\n").workspace is None

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("format-version: 3", "1:17: .bst2/workspaces.yml has format version 3, BuildStream 2"),
            ("format-version: 5", "1:17: .bst2/workspaces.yml has format version 5, BuildStream 2"),
            ("workspaces: {}", "1:1: .bst2/workspaces.yml has format version 0, BuildStream 2"),
            ("", "1:1: .bst2/workspaces.yml has format version 0, BuildStream 2 reads 4"),
            ("format-version: four", "1:17: 'four' is not an integer"),
            ("format-version: 4\nworkspaces: [a]", "2:13: expected a mapping, found a list"),
            ("format-version: 4\nworkspaces: {a: b}", "2:17: expected a mapping, found a string"),
            ("format-version: 4\nworkspaces: {z: {}}", "2:17: the key 'path' is missing"),
            ("format-version: 4\nworkspaces: {z: {path: []}}", "2:24: expected a string"),
            (
                "format-version: 4\nworkspaces: {z: {path: x, last_build: {}}}",
                "2:39: expected a string, found a mapping",
            ),
            (
                "format-version: 4\nworkspaces: {a.bst: {path: '%{no}'}}",
                "2:28: the variable 'no' is not defined",
            ),
            (
                "format-version: 4\nworkspaces: {a.bst: {path: x, last_build: '%{no}'}}",
                "2:43: the variable 'no' is not defined",
            ),
        ],
    )
    def test_what_buildstream_refuses(self, tmp_path: Path, text: str, error: str) -> None:
        found = load_error(f"{DRAWN}=== .bst2/workspaces.yml\n{text}\n", tmp_path)
        assert str(found).startswith(f".bst2/workspaces.yml:{error}")

    @pytest.mark.parametrize(
        ("change", "slug"),
        [
            (lambda path: path.symlink_to("../../out"), "outside-project"),
            (lambda path: path.mkdir(), "not-a-file"),
            (os.mkfifo, "not-a-file"),
            (lambda path: path.symlink_to(path), "unreadable-file"),
            (lambda path: path.write_bytes(b"\xff"), "invalid-yaml"),
            (lambda path: path.write_bytes(b"#" * (8 * 2**20 + 1)), "too-large"),
        ],
    )
    def test_harm(self, tmp_path: Path, change: Callable[[Path], object], slug: str) -> None:
        (tmp_path / "out").write_text("format-version: 4\n")
        root = write(DRAWN, tmp_path / "p")
        (root / ".bst2").mkdir()
        change(root / ".bst2/workspaces.yml")
        assert load_error("=== c.bst\nkind: stack\n", root).slug == slug

    def test_a_link_to_nothing_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / ".bst2").mkdir()
        (tmp_path / ".bst2/workspaces.yml").symlink_to("nowhere")
        assert drawing.named(project(DRAWN, tmp_path)).workspace is None

    def test_kinds_without_sources(self, tmp_path: Path) -> None:
        text = "=== a.bst\nkind: stack\n=== l.bst\nkind: link\nconfig: {target: a.bst}\n"
        error = load_error(text + workspaces(a="ws"), tmp_path / "a", targets=["a.bst"])
        assert str(error) == (
            ".bst2/workspaces.yml:3:17: an element of kind 'stack' takes no sources [element-rule]"
        )
        error = load_error(text + workspaces(l="ws"), tmp_path / "l", targets=["l.bst"])
        assert str(error) == (".bst2/workspaces.yml:3:17: a link takes no workspace [element-rule]")

    def test_a_kind_that_needs_a_source_has_one(self, tmp_path: Path) -> None:
        loaded = project("=== a.bst\nkind: import\n" + workspaces(a="ws"), tmp_path)
        assert drawing.named(loaded).sources == ()

    def test_one_look_without_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(DRAWN, tmp_path)
        looked: list[str] = []
        for name in ("stat", "lstat", "open", "scandir"):
            real = getattr(os, name)

            def look(path: object, *args: object, real: object = real, **kwargs: object) -> object:
                looked.extend([str(path)] if ".bst2" in str(path) else [])
                return real(path, *args, **kwargs)  # type: ignore[operator]  # a function of os

            monkeypatch.setattr(os, name, look)
        project(DRAWN, tmp_path)
        assert looked == [f"{tmp_path}/.bst2/workspaces.yml"]


class TestJunction:
    TEXT: Final = """
    === sub.bst
    kind: junction
    sources: [{kind: git_repo, url: 'x:y'}]
    === c.bst
    kind: stack
    depends: ["sub.bst:a.bst"]
    """

    def loaded(self, tmp_path: Path, path: str = "ws", **arguments: object) -> Project:
        sub = DRAWN + "=== project.conf\nname: sub\n"
        write(sub, tmp_path / "out")
        write(sub, tmp_path / "p/in/ws")
        (tmp_path / "p/link").symlink_to("in/ws")
        text = workspaces(sub=path)
        drawn = "\n".join(line.removeprefix("    ") for line in self.TEXT.splitlines())
        return project(drawn + "\n" + text, tmp_path / "p", targets=["c.bst"], **arguments)  # type: ignore[arg-type]  # as given

    @pytest.mark.parametrize("path", ["in/ws", "link"])
    def test_the_workspace_is_the_project(self, tmp_path: Path, path: str) -> None:
        loaded = self.loaded(tmp_path, path)
        assert drawing.names(loaded) == ["sub.bst:a.bst", "c.bst"]
        found = loaded.junctions[ElementName("sub.bst")]
        assert (found.supplied_by, found.directory) == ("workspace", tmp_path / "p" / path)
        assert loaded.gaps == ()
        assert load_state(loaded).keys["c.bst"].strict.exact

    def test_outside(self, tmp_path: Path) -> None:
        loaded = self.loaded(tmp_path, "../out")
        (gap,) = loaded.gaps
        assert gap == (
            "the open workspace of junction 'sub.bst' is outside the project; "
            f"give --allow {tmp_path}/out"
        )
        assert drawing.names(self.loaded(tmp_path / "q", "../out", allow=[tmp_path])) == [
            "sub.bst:a.bst",
            "c.bst",
        ]

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ProjectError, match=r"the workspace of 'sub\.bst' is no") as caught:
            self.loaded(tmp_path, "nowhere")
        assert str(caught.value).startswith(".bst2/workspaces.yml:3:19: ")

    def test_the_caller_s_folder_comes_first(self, tmp_path: Path) -> None:
        given = tmp_path / "out"
        loaded = self.loaded(tmp_path, "in/ws", junctions={"sub.bst": given})
        assert loaded.junctions[ElementName("sub.bst")].supplied_by == "mapping"
        (gap,) = load_state(loaded).keys["c.bst"].strict.gaps
        assert gap == (
            f"BuildStream reads 'sub.bst' from its open workspace {tmp_path}/p/in/ws, "
            f"not from {given}"
        )

    @pytest.mark.parametrize("path", ["'a\\0'", "'%{x'", "'" + "n" * 5000 + "'"])
    def test_no_folder_name(self, tmp_path: Path, path: str) -> None:
        path = path.replace("'", '"')
        with pytest.raises(ProjectError):
            self.loaded(tmp_path / "a", path)
        loaded = self.loaded(tmp_path / "b", path, junctions={"sub.bst": tmp_path / "b/out"})
        assert load_state(loaded).keys["c.bst"].strict.gaps
        state(tmp_path / "c", DRAWN + workspaces(a=path))

    def test_the_same_folder_is_no_gap(self, tmp_path: Path) -> None:
        loaded = self.loaded(tmp_path, "link", junctions={"sub.bst": tmp_path / "p/in/ws"})
        assert load_state(loaded).keys["c.bst"].strict.exact


class TestChanges:
    def causes(self, before: State, after: State, name: str = "a.bst") -> list[object]:
        found = {c.element: c for c in compare(before, after) if isinstance(c, Changed)}
        return list(found[ElementName(name)].causes)

    def test_files(self, tmp_path: Path) -> None:
        before = state(tmp_path)
        root = plant_timed(
            tmp_path / "ws", {"d/new": File()}, {"f": OFTEN + 1000, "d": OFTEN + 1000}
        )
        (root / "d/g").unlink()
        os.utime(root / "d", ns=(0, OFTEN + 1000))
        (cause,) = self.causes(before, state(tmp_path))
        assert isinstance(cause, FileCause)
        assert (cause.number, cause.kind, cause.path) == (1, "workspace", str(root))
        assert cause.files == (
            FileChange(path="d", change="touched"),
            FileChange(path="d/g", change="removed"),
            FileChange(path="d/new", change="added"),
            FileChange(path="f", change="touched"),
        )
        assert [c.element for c in compare(before, state(tmp_path)).heirs] == ["b.bst"]

    def test_content(self, tmp_path: Path) -> None:
        before = state(tmp_path)
        (tmp_path / "ws/f").write_text("other")
        (cause,) = self.causes(before, state(tmp_path))
        assert isinstance(cause, FileCause)
        assert cause.files == (FileChange(path="f", change="changed"),)

    def test_opened_and_closed(self, tmp_path: Path) -> None:
        opened = state(tmp_path / "a")
        closed = state(tmp_path / "b", DRAWN)
        for before, after, kinds in (
            (closed, opened, ("local", "workspace")),
            (opened, closed, ("workspace", "local")),
        ):
            (cause,) = self.causes(before, after)
            assert isinstance(cause, SourceCause)
            assert isinstance(cause.before, dict)
            assert isinstance(cause.after, dict)
            assert (cause.before["kind"], cause.after["kind"]) == kinds

    def test_another_place_is_no_change(self, tmp_path: Path) -> None:
        plant_timed(tmp_path / "b/deep/er")
        moved = state(tmp_path / "b", DRAWN + workspaces(a="deep/er"))
        assert not compare(state(tmp_path / "a"), moved)

    def test_a_folder_that_is_gone(self, tmp_path: Path) -> None:
        before = state(tmp_path / "a")
        after = load_state(project(OPEN, tmp_path / "b", arch="x86_64"))
        assert any(isinstance(c, ResolutionCause) for c in self.causes(before, after))

    def test_what_a_file_of_a_workspace_touches(self, tmp_path: Path) -> None:
        touched = state(tmp_path).graph.touched_by
        assert touched(["ws/d/g"]).direct == ("a.bst",)
        assert touched([tmp_path / "ws"]).direct == ("a.bst",)
        assert touched(["files/x"]).direct == ()
