"""The command `whatif`, and the paths that `stale` tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from bstgraph.cli import main
from bstgraph.testing import write

Run = Callable[..., tuple[int, str, str]]

PROJECT: Final = """
=== project.conf
options:
  fast: {type: bool, default: false, description: d, variable: fast}
=== data.bst
kind: import
sources: [{kind: local, path: f/data}]
=== tool.bst
kind: manual
build-depends: [data.bst]
environment: {LANG: C}
variables: {speed: slow}
config: {install-commands: ["make %{speed} %{fast}"]}
=== extra.bst
kind: import
sources: [{kind: local, path: f/extra}]
=== deps.bst
kind: stack
depends: [tool.bst]
=== layer.bst
kind: compose
build-depends: [deps.bst]
config: {integrate: false}
=== image.bst
kind: script
build-depends:
- filename: layer.bst
  config: {location: /layer}
config: {commands: [build-oci]}
=== f/data/usr/bin/a
a
=== f/extra/usr/bin/extra
x
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the project."""
    return write(PROJECT, tmp_path / "project")


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs a command there: status, output, errors."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "none"))

    def command(*arguments: str) -> tuple[int, str, str]:
        status = main(["-C", str(folder), *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return command


class TestEdits:
    def test_what_is_added_is_built_and_so_is_what_stages_it(self, run: Run) -> None:
        status, out, _ = run("whatif", "image.bst", "--add", "deps.bst", "extra.bst")
        assert status == 0
        assert out.splitlines()[:3] == [
            "If there were:",
            "  deps.bst: add extra.bst (all)",
            (
                "a build that is not strict would build 4 elements: "
                "extra.bst, deps.bst, layer.bst, image.bst"
            ),
        ]
        assert "By the runbook's rule, which is not what happens: 1 layer and 1 image" in out

    def test_the_runbook_alone_counts_where_it_is_asked_for(self, run: Run) -> None:
        edit = ("--add", "deps.bst", "extra.bst")
        assert run("whatif", "image.bst", *edit, "--rules", "runbook")[0] == 1
        assert run("whatif", "image.bst", *edit, "--rules", "both")[0] == 1

    def test_a_file_that_no_weak_key_above_sees(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "new").write_text("b")
        file = str(tmp_path / "new")
        status, out, _ = run("whatif", "image.bst", "--file", "f/data/usr/bin/a", file)
        assert status == 1
        assert "1 layer and 1 image would ship old bytes" in out
        assert "tool.bst -> data.bst" in out

    @pytest.mark.parametrize(
        ("edit", "built"),
        [
            (("--variable", "tool.bst", "speed", "quick"), ["tool.bst"]),
            (("--environment", "tool.bst", "LANG", "en"), ["tool.bst"]),
            (("--set-option", "fast", "True"), ["tool.bst"]),
            (("--add-build", "tool.bst", "extra.bst"), ["tool.bst", "extra.bst"]),
            (("--strict", "tool.bst", "data.bst"), ["tool.bst"]),
            (("--remove", "deps.bst", "tool.bst"), ["deps.bst"]),
        ],
    )
    def test_each_kind_of_edit(self, run: Run, edit: tuple[str, ...], built: list[str]) -> None:
        status, out, _ = run("whatif", "image.bst", *edit, "--json")
        assert status == 0
        document = json.loads(out)
        assert document["schema"] == "bstgraph/whatif/1"
        assert len(document["edits"]) == 1
        told = document["plan"]["builds"]
        assert set(built) <= set(told)
        assert {"layer.bst", "image.bst"} <= set(told)
        first, second = document["forecast"]["reports"]
        assert (first["rule"], first["ships-old"]) == ("buildstream", False)
        assert second["rule"] == "runbook"

    def test_edits_are_made_in_their_order(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "more").write_text("kind: stack\ndepends: [extra.bst]\n")
        edits = ("--element", "more.bst", str(tmp_path / "more"), "--add", "deps.bst", "more.bst")
        _, out, _ = run("whatif", "image.bst", *edits, "--all")
        assert "element more.bst" in out.splitlines()[1]
        assert "build 5 elements: extra.bst, more.bst, deps.bst, layer.bst, image.bst" in out

    def test_a_file_taken_away(self, run: Run) -> None:
        status, _, err = run("whatif", "image.bst", "--no-file", "elements/data.bst")
        assert status == 2
        assert "data.bst" in err


class TestWrong:
    def test_no_edit(self, run: Run) -> None:
        status, _, err = run("whatif", "image.bst")
        assert status == 2
        assert "no edit is given [empty-selection]" in err

    def test_no_such_dependency(self, run: Run) -> None:
        status, _, err = run("whatif", "image.bst", "--strict", "tool.bst", "dato.bst")
        assert status == 2
        assert "error:" in err

    def test_what_the_kind_forbids(self, run: Run) -> None:
        status, _, err = run("whatif", "image.bst", "--add", "layer.bst", "extra.bst")
        assert status == 2
        assert "[bad-edit]" in err
        assert "compose" in err

    def test_an_element_that_is_no_text(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "odd").write_bytes(b"\xff")
        status, _, err = run("whatif", "image.bst", "--element", "a.bst", str(tmp_path / "odd"))
        assert status == 2
        assert "[bad-edit]" in err


class TestPaths:
    def test_what_is_missing_by_the_runbook(self, run: Run, folder: Path, tmp_path: Path) -> None:
        after = PROJECT.replace("depends: [tool.bst]", "depends: [tool.bst, extra.bst]")
        write(after, tmp_path / "after")
        arguments = ("image.bst", "--built", str(folder), "--rules", "runbook", "--paths")
        status, out, _ = run("-C", str(tmp_path / "after"), "stale", *arguments)
        assert status == 1
        line = "  /usr/bin/extra is missing: a strict build adds it (extra.bst)"
        assert [one for one in out.splitlines() if one == line] == [line, line]
        assert "layer.bst: 1 path that is or may be old" in out
        _, out, _ = run("-C", str(tmp_path / "after"), "stale", *arguments, "--json")
        paths = json.loads(out)["paths"]
        assert [(each["element"], each["paths"]) for each in paths] == [
            (name, [{"path": "usr/bin/extra", "kind": "added", "element": "extra.bst"}])
            for name in ("layer.bst", "image.bst")
        ]

    def test_what_may_be_old(self, run: Run, folder: Path, tmp_path: Path) -> None:
        write(PROJECT.replace("\na\n", "\nb\n"), tmp_path / "after")
        arguments = ("stale", "image.bst", "--built", str(folder), "--paths")
        status, out, _ = run("-C", str(tmp_path / "after"), *arguments)
        assert status == 1
        assert "unknown: the files that 'tool.bst' will have are not known" in out
