"""Temporary checkouts: what is in them, and that they go away."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bstgraph.errors import ProjectError, SelectionError
from bstgraph.model import Source
from bstgraph.stores import SharedFiles, TemporaryCheckouts
from tests.unit.test_stores_git import SHA, commit_files, new_repository, object_path, run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "roots" / "repository")


class TestContent:
    def test_a_pinned_commit_with_an_overlay(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        (tmp_path / "b").write_text("2")
        source = Source(kind="local", config={"path": "b"})
        with TemporaryCheckouts([tmp_path / "roots"]) as checkouts:
            found = checkouts.commit(f"v1-0-g{commit}", tmp_path, [source])
            assert found is not None
            assert found[1:] == ((), (".git",))
            assert sorted(os.listdir(found.folder)) == ["a", "b"]
            laid = checkouts.local(tmp_path, [source])
            assert (laid.gaps, os.listdir(laid.folder)) == ((), ["b"])

    def test_a_commit_in_a_folder(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        (tmp_path / "b").write_text("2")
        source = Source(kind="local", config={"path": "b"})
        found = TemporaryCheckouts([repository]).commit(commit, tmp_path, [source], inside="x/y")
        assert found is not None
        assert found.left_out == ("x/y/.git",)

    @pytest.mark.parametrize("ref", ["main", SHA])
    def test_nothing_to_check_out(self, repository: Path, ref: str) -> None:
        assert TemporaryCheckouts([repository]).commit(ref) is None
        assert TemporaryCheckouts().commit(ref) is None

    def test_gaps_are_kept(self, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        object_path(repository, run(repository, "rev-parse", "HEAD:a")).unlink()
        found = TemporaryCheckouts([repository]).commit(commit)
        assert found is not None
        assert len(found.gaps) == 1
        assert found.left_out == (".git", "a")

    def test_every_folder_is_another(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        with TemporaryCheckouts([repository], parent=tmp_path) as checkouts:
            found = [checkouts.commit(commit), checkouts.commit(commit)]
            folders = [one.folder for one in found if one is not None]
            folders += [checkouts.local(tmp_path, ()).folder]
            folders += [checkouts.new("../x"), checkouts.new("../x")]
            assert len(set(folders)) == 5
            assert {folder.parent.parent for folder in folders} == {tmp_path.resolve()}

    def test_a_search_root_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(SelectionError):
            TemporaryCheckouts([tmp_path / "nowhere"])


class TestRemoval:
    def test_at_close(self) -> None:
        checkouts = TemporaryCheckouts()
        folder = checkouts.new("x")
        checkouts.close()
        checkouts.close()
        assert not folder.parent.exists()
        assert checkouts.new("x").exists()

    def test_at_garbage_collection(self) -> None:
        checkouts = TemporaryCheckouts()
        folder = checkouts.new("x")
        del checkouts
        gc.collect()
        assert not folder.parent.exists()

    @pytest.mark.parametrize(("end", "status"), [("", 0), ("raise SystemExit(3)", 3), ("1/0", 1)])
    def test_at_exit(self, tmp_path: Path, end: str, status: int) -> None:
        assert self.python(tmp_path, end) == status
        assert list(tmp_path.iterdir()) == []

    def test_not_by_a_child(self, tmp_path: Path) -> None:
        program = """
            child = os.fork()
            if not child:
                raise SystemExit
            os.waitpid(child, 0)
            assert folder.exists()
            checkouts.close()
            assert not folder.exists()
        """
        assert self.python(tmp_path, program) == 0
        assert list(tmp_path.iterdir()) == []

    @staticmethod
    def python(tmp_path: Path, program: str) -> int:
        """Run `program` in a Python that has made a temporary folder below `tmp_path`."""
        lines = [
            "import os",
            "from bstgraph.stores import TemporaryCheckouts",
            "checkouts = TemporaryCheckouts()",
            "folder = checkouts.new('x')",
            f"assert str(folder).startswith({str(tmp_path.resolve())!r})",
            *(line.removeprefix(" " * 12) for line in program.splitlines()),
        ]
        path = os.pathsep.join(entry for entry in sys.path if entry)
        environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": path}
        command = [sys.executable, "-c", "\n".join(lines)]
        return subprocess.run(command, env=environment, check=False, capture_output=True).returncode


class TestShared:
    """What several loads share is laid out once, and only while it is the same."""

    def test_the_same_once(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        for name in ("one", "two", "three"):
            (tmp_path / name / "patches").mkdir(parents=True)
            (tmp_path / name / "patches/x").write_text("y" if name == "three" else "x")
        source = Source(kind="local", config={"path": "patches"})
        shared = SharedFiles(tmp_path)
        checkouts = shared.checkouts([str(repository)])
        assert shared.checkouts([str(repository)]) is checkouts
        assert shared.checkouts([]) is not checkouts
        one, two, three = (
            checkouts.commit(commit, tmp_path / name, [source]) for name in ("one", "two", "three")
        )
        assert one == two
        assert one is not None
        assert three is not None
        assert (three.folder / "x").read_text() == "y"
        assert (one.folder / "x").read_text() == "x"
        others = [
            checkouts.commit(commit),
            checkouts.commit(commit, submodules=False),
            checkouts.commit(commit, inside="x"),
            checkouts.commit(
                commit, tmp_path / "one", [source.model_copy(update={"directory": "z"})]
            ),
        ]
        assert len({each.folder for each in (*others, one, three) if each is not None}) == 6
        assert checkouts.commit(SHA) is None

    def test_what_cannot_be_told_apart(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        (tmp_path / "files").mkdir()
        (tmp_path / "files/link").symlink_to("elsewhere")
        checkouts = SharedFiles(tmp_path).checkouts([str(repository)])
        source = Source(kind="local", config={"path": "files"})
        one, two = (checkouts.commit(commit, tmp_path, [source]) for _ in range(2))
        assert one is not None
        assert two is not None
        assert one.folder != two.folder
        with pytest.raises(ProjectError):
            checkouts.commit(commit, tmp_path, [Source(kind="local", config={})])
