"""Temporary checkouts: what is in them, and that they go away."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bstgraph.errors import SelectionError
from bstgraph.model import Source
from bstgraph.stores import TemporaryCheckouts
from tests.unit.test_stores_git import SHA, commit_files, new_repository, object_path, run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return new_repository(tmp_path / "roots" / "repository")


class TestContent:
    def test_a_pinned_commit_with_an_overlay(self, tmp_path: Path, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        (tmp_path / "b").write_text("2")
        with TemporaryCheckouts([tmp_path / "roots"]) as checkouts:
            folder = checkouts.commit(f"v1-0-g{commit}")
            assert folder is not None
            assert checkouts.gaps(folder) == ()
            source = Source(kind="local", config={"path": "b"})
            assert checkouts.overlay(tmp_path, [source], folder) == ()
            assert sorted(os.listdir(folder)) == ["a", "b"]

    @pytest.mark.parametrize("ref", ["main", SHA])
    def test_nothing_to_check_out(self, repository: Path, ref: str) -> None:
        assert TemporaryCheckouts([repository]).commit(ref) is None
        assert TemporaryCheckouts().commit(ref) is None

    def test_gaps_are_kept(self, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        object_path(repository, run(repository, "rev-parse", "HEAD:a")).unlink()
        checkouts = TemporaryCheckouts([repository])
        folder = checkouts.commit(commit)
        assert folder is not None
        assert len(checkouts.gaps(folder)) == 1

    def test_every_folder_is_another(self, repository: Path) -> None:
        commit = commit_files(repository, {"a": "1"})
        with TemporaryCheckouts([repository]) as checkouts:
            folders = [checkouts.commit(commit), checkouts.commit(commit)]
            folders += [checkouts.empty(), checkouts.new("../x"), checkouts.new("../x")]
            assert len(set(folders)) == len(folders)
            assert len({folder.parent for folder in folders if folder}) == 1

    def test_a_search_root_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(SelectionError):
            TemporaryCheckouts([tmp_path / "nowhere"])


class TestRemoval:
    def test_at_close(self) -> None:
        checkouts = TemporaryCheckouts()
        folder = checkouts.empty()
        checkouts.close()
        checkouts.close()
        assert not folder.parent.exists()
        assert checkouts.empty().exists()

    def test_at_garbage_collection(self) -> None:
        checkouts = TemporaryCheckouts()
        folder = checkouts.empty()
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
            "folder = checkouts.empty()",
            f"assert str(folder).startswith({str(tmp_path.resolve())!r})",
            *(line.removeprefix(" " * 12) for line in program.splitlines()),
        ]
        path = os.pathsep.join(entry for entry in sys.path if entry)
        environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": path}
        command = [sys.executable, "-c", "\n".join(lines)]
        return subprocess.run(command, env=environment, check=False, capture_output=True).returncode
